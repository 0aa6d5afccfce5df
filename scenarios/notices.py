"""The public notice of a decided round: one for the whole, or one for each value of the first scope fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from allocation.arrays import Int64
from publication.canonical_csv import decimal_texts
from publication.departure_text import departure_titles
from publication.masking import mask_names
from publication.notice import ROW_COLUMNS, LegalBasis, Notice, NoticeSection
from scenarios.marked_wishes import marked_titles
from scenarios.round import Round
from scoring.constructs import Title
from values.working_days import STATE_COUNCIL

ALL = "all"
"""The one notice of a service that ranks everybody together."""


def notice_of(decided: Round) -> Notice:
    """The notice of the whole round, a section a scope in the order of the pack's members."""
    config, policy = decided.config, decided.pack.policy
    rule = policy.services[config.service]
    first = config.notice.published_on
    basis = tuple(LegalBasis(document.number, document.title) for document in policy.documents.values())
    return Notice(
        title=config.title,
        office=config.notice.office,
        contact=config.notice.contact,
        published_on=first,
        objections_from=first,
        objections_until=rule.notice.period.last_day(first, STATE_COUNCIL),
        basis=basis,
        illustrative=illustrative_text(decided),
        record_digest=decided.record.digest,
        sections=_sections(decided),
        has_points=decided.ground.ranking.total is not None,
        departures=departure_titles(policy),
    )


def notices_by_place(decided: Round, whole: Notice) -> dict[str, Notice]:
    """The notice of the whole round cut by the first fact of the scope: one a town, or one in all."""
    if not decided.pack.policy.services[decided.config.service].ranking.scope:
        return {ALL: whole}
    places: dict[str, list[NoticeSection]] = {}
    for section in whole.sections:
        places.setdefault(section.scope.split("/")[0], []).append(section)
    titles = _members(decided, 0)
    return {
        place: replace(whole, title=_joined(whole.title, titles[place]), sections=tuple(sections))
        for place, sections in places.items()
    }


def illustrative_text(decided: Round) -> Title | None:
    """What is not real: the round's own words, and a service whose rules are not official."""
    given = decided.config.illustrative
    if decided.pack.policy.status_of(decided.config.service) != "illustrative":
        return given
    rules = Title(
        zh="本轮次的分配办法为示例，并非该市公布的规则。",
        en="The allocation rules of this round are illustrative; the city has not published them.",
    )
    return rules if given is None else Title(zh=rules.zh + given.zh, en=f"{rules.en} {given.en}")


def _sections(decided: Round) -> tuple[NoticeSection, ...]:
    rows, nobody = _rows(decided), pl.DataFrame(schema=ROW_COLUMNS)
    ground = decided.ground
    seats = dict(ground.quotas.select("scope", "seats").rows())
    given, place_in_print = _given(decided), _print_order(decided)
    sections = {
        scope: _section(decided, scope, seats[scope], given[scope], rows.get(scope, nobody))
        for scope in seats
    }
    if second := _second(decided):
        for scope, left, entered in zip(ground.scopes, *(counts.tolist() for counts in second), strict=True):
            sections[scope] = replace(sections[scope], left=left, entered=entered)
    return tuple(sections[scope] for scope in sorted(seats, key=place_in_print))


def _given(decided: Round) -> dict[str, int]:
    """How many seats of each scope were given out, to whomever; a place given up and refilled counts once."""
    ground, placement = decided.ground, decided.placement
    stages = decided.pack.policy.services[decided.config.service].allocation.stages
    kept = _keeps(decided, placement.outcomes()).to_numpy()
    if stages[0].seats == "quotas":
        where = ground.person_scope[kept]
    else:
        where = ground.offer_scope[placement.offer[kept]]
    counts = np.bincount(where, minlength=len(ground.scopes)).tolist()
    return dict(zip(ground.scopes, counts, strict=True))


def _keeps(decided: Round, outcomes: pl.Series) -> pl.Series:
    """Whether each outcome uses up a seat."""
    refilled = decided.pack.policy.services[decided.config.service].allocation.refusal.refill
    return ~outcomes.is_in(["waiting", "gave_up"] if refilled else ["waiting"])


def _section(decided: Round, scope: str, seats: int, given: int, rows: pl.DataFrame) -> NoticeSection:
    admitted = rows.filter(_keeps(decided, rows["outcome"]))
    full = given >= seats and given > 0
    heading = decided.pack.policy.scope_title(decided.config.service, scope)
    last = admitted.filter(pl.col("position") == pl.col("position").max())
    cut_off = last["total"][0] if full and not last.is_empty() and _has_one_total(decided) else None
    policy, service = decided.pack.policy, decided.config.service
    numbers = policy.services[service].numbers
    gives = None if numbers is None else numbers.gives
    counts, marked = (seats, rows.height, admitted.height), marked_titles(policy, service)
    return NoticeSection(scope, heading, *counts, full, cut_off, rows, gives=gives, marked=marked)


def _has_one_total(decided: Round) -> bool:
    """Whether people have points, and as many at every offer."""
    return decided.ground.ranking.total is not None and not decided.ground.marked


def _second(decided: Round) -> tuple[Int64, Int64] | None:
    """(scopes,) the seats of each that a second ranking took, and its people who were admitted by that."""
    results, ground = decided.placement.results, decided.ground
    if not results[-1].stage.is_second:
        return None
    seats = ground.quotas["seats"].to_numpy()
    first, second = (
        np.bincount(ground.person_scope[result.assigned >= 0], minlength=seats.size)
        for result in results[-2:]
    )
    return np.maximum(seats - first, 0), second


def _rows(decided: Round) -> dict[str, pl.DataFrame]:
    """Everyone ranked, by scope, in the order of their positions."""
    ground, placement = decided.ground, decided.placement
    offer = pl.Series(placement.offer, dtype=pl.Int64)
    totals = ground.ranking.total
    frame = pl.DataFrame(
        {
            "position": ground.priority.position,
            "application": ground.names,
            "name": _masked_names(decided),
            "total": "" if totals is None else decimal_texts(pl.Series(totals), decided.facts.policy.scale),
            "outcome": placement.outcomes(),
            "offer": ground.offers["name"].gather(offer.set(offer < 0, None)).fill_null(""),
            "waiting": pl.Series(placement.waiting, dtype=pl.Int64).replace(0, None),
        },
        schema_overrides=ROW_COLUMNS,
    )
    ordered = frame.with_columns(scope=pl.Series(ground.person_scope)).sort(
        "scope", "position", "application"
    )
    names = ground.scopes.to_list()
    parts = ordered.partition_by("scope", as_dict=True, include_key=False)
    return {names[scope]: rows for (scope,), rows in parts.items()}


def _masked_names(decided: Round) -> pl.Series:
    candidates = decided.ground.candidates
    if "name" not in candidates.columns:
        return pl.repeat("", candidates.height, dtype=pl.String, eager=True)
    return mask_names(candidates["name"].cast(pl.String))


def _members(decided: Round, index: int) -> dict[str, Title]:
    policy = decided.pack.policy
    fact = policy.services[decided.config.service].ranking.scope[index]
    return policy.facts[fact].members or {}


def _print_order(decided: Round) -> Callable[[str], tuple[int, ...]]:
    rule = decided.pack.policy.services[decided.config.service].ranking
    if not rule.scope:
        return lambda scope: ()
    orders = [list(_members(decided, index)) for index in range(len(rule.scope))]
    return lambda scope: tuple(
        order.index(part) for order, part in zip(orders, scope.split("/"), strict=True)
    )


def _joined(title: Title, place: Title) -> Title:
    return Title(zh=f"{title.zh}：{place.zh}", en=f"{title.en}: {place.en}")
