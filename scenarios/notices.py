"""The public notice of a decided round: one for the whole, or one for each value of the first scope fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from publication.masking import mask
from publication.notice import LegalBasis, Notice, NoticeRow, NoticeSection
from scenarios.round import Round
from scoring.constructs import Title
from values.points import to_text
from values.working_days import working_days_after


def notice_of(decided: Round) -> Notice:
    """The notice of the whole round, a section a scope in the order of the pack's members."""
    config, policy = decided.config, decided.pack.policy
    rule = policy.services[config.service]
    days = rule.notice.working_days
    basis = tuple(LegalBasis(document.number, document.title) for document in policy.documents.values())
    return Notice(
        title=config.title,
        office=config.notice.office,
        contact=config.notice.contact,
        published_on=config.notice.published_on,
        objections_from=config.notice.published_on,
        objections_until=working_days_after(config.notice.published_on, days),
        basis=basis,
        illustrative=illustrative_text(decided),
        record_digest=decided.record.digest,
        sections=_sections(decided),
    )


def notices_by_place(decided: Round) -> dict[str, Notice]:
    """The same notice cut by the first fact of the scope: one a town."""
    whole = notice_of(decided)
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
    rows = _rows(decided)
    ground = decided.ground
    seats = dict(ground.quotas.select("scope", "seats").rows())
    place_in_print = _print_order(decided)
    return tuple(
        _section(decided, scope, seats[scope], rows.get(scope, ()))
        for scope in sorted(seats, key=place_in_print)
    )


def _section(decided: Round, scope: str, seats: int, rows: tuple[NoticeRow, ...]) -> NoticeSection:
    admitted = [row for row in rows if row.outcome != "waiting"]
    full = len(admitted) >= seats and bool(admitted)
    titles = [_members(decided, index)[part] for index, part in enumerate(scope.split("/"))]
    heading = Title(zh=" ".join(title.zh for title in titles), en=", ".join(title.en for title in titles))
    last = max(admitted, key=lambda row: row.position).total if full else None
    return NoticeSection(scope, heading, seats, len(rows), len(admitted), last, rows)


def _rows(decided: Round) -> dict[str, tuple[NoticeRow, ...]]:
    """Everyone ranked, by scope, in the order of their positions."""
    ground, placement = decided.ground, decided.placement
    names = _masked_names(decided)
    offers = ground.offers["name"].to_list()
    rows: dict[str, list[NoticeRow]] = {}
    scopes = ground.scopes.gather(ground.person_scope).to_list()
    totals = decided.ground.ranking.values[:, 0].tolist()
    outcomes = placement.outcome_names()
    for index, candidate in enumerate(ground.people):
        offer = int(placement.offer[index])
        row = NoticeRow(
            position=int(ground.priority.position[index]),
            application=candidate,
            name=names[index],
            total=to_text(totals[index], decided.facts.policy.scale),
            outcome=outcomes[index],  # type: ignore[arg-type]
            offer=offers[offer] if offer >= 0 else "",
            waiting=int(placement.waiting[index]) or None,
        )
        rows.setdefault(scopes[index], []).append(row)
    return {scope: tuple(sorted(found, key=_by_position)) for scope, found in rows.items()}


def _by_position(row: NoticeRow) -> tuple[int, str]:
    return row.position, row.application


def _masked_names(decided: Round) -> list[str]:
    candidates = decided.ground.candidates
    if "name" not in candidates.columns:
        return [""] * candidates.height
    return [mask(name or "", "name") for name in candidates["name"].cast(pl.String)]


def _members(decided: Round, index: int) -> dict[str, Title]:
    policy = decided.pack.policy
    fact = policy.services[decided.config.service].ranking.scope[index]
    return policy.facts[fact].members or {}


def _print_order(decided: Round) -> Callable[[str], tuple[int, ...]]:
    rule = decided.pack.policy.services[decided.config.service].ranking
    orders = [list(_members(decided, index)) for index in range(len(rule.scope))]
    return lambda scope: tuple(
        order.index(part) for order, part in zip(orders, scope.split("/"), strict=True)
    )


def _joined(title: Title, place: Title) -> Title:
    return Title(zh=f"{title.zh}：{place.zh}", en=f"{title.en}: {place.en}")
