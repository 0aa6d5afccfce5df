"""One person's sheet: how the points came about and what came of them, as text or as a page.

Everything is said twice over, in words and in figures, each line with its clause; what is said of
the outcome is what happened, never what another total would have brought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Literal

from publication.arithmetic import Detail, Reading, fact_text, line_details
from publication.messages import Lang, sentence
from publication.notice import day_text
from publication.pages import page
from publication.resources import template
from publication.sheet_sums import is_limited, is_limited_there, sums
from publication.trace_text import Trace, listed, trace_sentence
from scoring.constructs import Title
from scoring.explain import Explanation, Line, Reason
from scoring.policy import SourceDocument
from values.points import to_text


@dataclass(frozen=True)
class Outcome:
    """What came of a ranked candidate. Totals as text; `last_admitted` is None if seats were left.

    In a service that does not rank by points it is always None.

    `scope` names the ranking, with `ranked` people and `seats`; `rank` is shared by people whom no
    key separates, `position` is not. `offer` is the name of the place given (or refused) and `stage`
    the stage that decided; `waiting` the place on the waiting list. `second`: admitted by a second ranking of
    what was left. `number` is what the service calls the number in `waiting`, if it gives nothing else.
    `there` is the total at the offer, where it differs from offer to offer.
    """

    outcome: Literal["placed", "gave_up", "waiting", "qualified"]
    scope: Title
    ranked: int
    seats: int
    rank: int
    position: int
    last_admitted: str | None
    offer: str = ""
    stage: str = ""
    waiting: int | None = None
    second: bool = False
    number: Title | None = None
    there: str | None = None


@dataclass(frozen=True)
class NotCalled:
    """Why somebody eligible did not enter the ranking: the place by a date, and how many were called in.

    `ticket`: that of the draw among those with the last date called in, if it decided.
    """

    scope: Title
    by: Title
    day: date
    place: int
    called: int
    cite: str
    ticket: str | None = None


@dataclass(frozen=True)
class Drawn:
    """That somebody was called in by lot, of those with the same date (`by`); the ticket decided."""

    by: Title
    day: date
    ticket: str
    cite: str


Came = Outcome | NotCalled
"""What came of somebody eligible."""


@dataclass(frozen=True)
class SheetLine:
    """A score line in one language."""

    points: str
    title: str
    clause: str
    details: tuple[Detail, ...]
    attested: str = ""


@dataclass(frozen=True)
class SheetGroup:
    """The lines of a group with their sum ("" while a line is pending or group limits apply)."""

    title: str
    sum: str
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True)
class Sheet:
    """The whole sheet in one language: what both renderings print, in their order."""

    lang: Lang
    heading: str
    banner: str | None
    facts: tuple[tuple[str, str], ...]
    status: str
    reasons: tuple[str, ...]
    groups: tuple[SheetGroup, ...]
    sums: tuple[tuple[str, str], ...]
    outcome: tuple[str, ...]
    months: tuple[str, ...] = ()


def sheet_of(
    explanation: Explanation,
    lang: Lang,
    *,
    documents: Mapping[str, SourceDocument],
    outcome: Came | None = None,
    illustrative: Title | None = None,
    months: tuple[Trace, ...] = (),
    departures: tuple[str, ...] = (),
    bodies: Mapping[str, Sequence[Title]] = MappingProxyType({}),
) -> Sheet:
    """Write an explanation out in one language.

    `documents` are the policy's, for the clauses; `outcome` is None if there was no round or the
    candidate may not be ranked; `illustrative` says what in the round is not real; `months` tells how
    the subject's ledgers were counted, `departures` what was read otherwise than the policy says; `bodies`
    who attests what a line reads, by indicator (`publication.attesting`).
    """
    reading = Reading(lang, explanation.scale, documents)
    banner = None
    if illustrative is not None:
        banner = sentence("notice.illustrative", {"text": getattr(illustrative, lang)}, lang)
    return Sheet(
        lang=lang,
        heading=reading.say("heading" if explanation.has_points else "heading_without_points"),
        banner=banner,
        facts=(*_facts(explanation, reading), *((reading.say("departure"), text) for text in departures)),
        status=reading.say(_status(explanation, outcome)),
        reasons=tuple(reason_sentence(reason, reading) for reason in explanation.reasons),
        groups=_groups(explanation, reading, bodies),
        sums=tuple(sums(explanation, reading)),
        outcome=tuple(_outcome(explanation, outcome, reading)),
        months=tuple(trace_sentence(trace, reading) for trace in months),
    )


def explanation_text(sheet: Sheet) -> str:
    """The sheet for a terminal: points first, then item, clause and, below, the arithmetic."""
    separator = "：" if sheet.lang == "zh" else ": "
    rows = [sheet.heading, *([sheet.banner] if sheet.banner else []), ""]
    rows += [f"{label}{separator}{value}" for label, value in sheet.facts]
    rows += [f"{sentence('explanation.status', {}, sheet.lang)}{separator}{sheet.status}"]
    rows += [f"  - {reason}" for reason in sheet.reasons]
    for group in sheet.groups:
        rows += ["", f"{group.title}{separator}{group.sum}" if group.sum else group.title]
        for line in group.lines:
            rows += [f"{line.points:>8}  {line.title}  [{line.clause}]"]
            rows += [f"{'':12}{'  ' * detail.depth}{detail.text}" for detail in line.details]
    rows += ["", *(f"{label}{separator}{value}" for label, value in sheet.sums)]
    if sheet.outcome:
        rows += [
            "",
            sentence("explanation.outcome", {}, sheet.lang),
            *(f"  {text}" for text in sheet.outcome),
        ]
    if sheet.months:
        rows += ["", sentence("explanation.months", {}, sheet.lang), *(f"  {text}" for text in sheet.months)]
    return "\n".join(rows) + "\n"


def explanation_html(sheet: Sheet) -> str:
    """The sheet as one self-contained page."""
    return page("explanation.html").render(
        sheet=sheet,
        t=lambda code: sentence(f"explanation.{code}", {}, sheet.lang),
        style=template("page.css") + template("explanation.css"),
    )


def _status(explanation: Explanation, outcome: Came | None) -> str:
    """The sentence of a status."""
    if isinstance(outcome, NotCalled) and explanation.status == "eligible":
        return "status_not_called"
    if explanation.gives is None:
        return f"status_{explanation.status}"
    codes = {"eligible": "status_entitled", "pending": "status_entitlement_open"}
    return codes.get(explanation.status, "status_not_entitled")


def _facts(explanation: Explanation, reading: Reading) -> tuple[tuple[str, str], ...]:
    policy = getattr(explanation.policy_title, reading.lang)
    service = getattr(explanation.service_title, reading.lang)
    shown = {
        "candidate": explanation.candidate,
        "subject": explanation.subject,
        "policy": reading.say("policy_text", policy=policy, service=service),
        "as_of": day_text(explanation.as_of, reading.lang),
        "policy_digest": explanation.policy_digest,
    }
    return tuple((reading.say(code), value) for code, value in shown.items())


def reason_sentence(reason: Reason, reading: Reading) -> str:
    """Why somebody is not ranked: the criterion with its clause, and the facts it read."""
    title, clause = getattr(reason.title, reading.lang), reading.clause(reason.cite)
    unknown = reason.code.startswith("unknown:")
    code = "with_clause" if reason.code == "below_gate" else "reason_unknown" if unknown else "reason_not_met"
    if reason.sanction:
        code = "sanction" if reason.until is None else "sanction_until"
    until = None if reason.until is None else day_text(reason.until, reading.lang)
    parts = [
        reading.say(code, title=title, clause=clause, until=until),
        *(fact_text(fact, reading) for fact in reason.facts),
    ]
    return ("；" if reading.lang == "zh" else "; ").join(parts)


Bodies = Mapping[str, Sequence[Title]]


def _groups(explanation: Explanation, reading: Reading, bodies: Bodies) -> tuple[SheetGroup, ...]:
    """Lines under the heading of their group, both in the policy's order."""
    marks = {one.column: getattr(one.title, reading.lang) for one in explanation.marked}

    def heading(line: Line) -> str:
        group = str(getattr(line.group_title, reading.lang))
        return group if line.at is None else reading.say("group_marked", group=group, title=marks[line.at])

    headed = groupby(explanation.lines, key=heading)
    return tuple(_group(explanation, title, tuple(lines), reading, bodies) for title, lines in headed)


def _group(
    explanation: Explanation, title: str, lines: tuple[Line, ...], reading: Reading, bodies: Bodies
) -> SheetGroup:
    known = [line.points for line in lines if line.points is not None]
    plain = len(known) == len(lines) and not (is_limited(explanation) or is_limited_there(explanation))
    shown = reading.points(sum(known)) if plain else ""
    return SheetGroup(
        title, shown, tuple(_line(line, reading, bodies.get(line.indicator, ())) for line in lines)
    )


def _line(line: Line, reading: Reading, bodies: Sequence[Title]) -> SheetLine:
    title, clause = getattr(line.title, reading.lang), reading.clause(line.cite)
    shown = listed([getattr(body, reading.lang) for body in bodies], reading)
    attested = sentence("own.attested", {"bodies": shown}, reading.lang) if bodies else ""
    return SheetLine(reading.points(line.points), title, clause, line_details(line, reading), attested)


def _came(outcome: Outcome) -> str:
    """The sentence for what came of somebody: a seat of a quota has no offer, a list may have no numbers."""
    if outcome.outcome == "waiting" and outcome.waiting is None:
        return "waiting_unnumbered"
    if outcome.second and outcome.outcome == "placed":
        return "placed_second"
    by_quota = outcome.outcome in ("placed", "gave_up") and not outcome.offer
    return f"{outcome.outcome}_quota" if by_quota else outcome.outcome


def _not_called(told: NotCalled, reading: Reading) -> Iterator[str]:
    scope, by = (getattr(title, reading.lang) for title in (told.scope, told.by))
    day, clause = day_text(told.day, reading.lang), reading.clause(told.cite)
    figures = {"place": told.place, "called": told.called, "day": day, "clause": clause}
    yield reading.say("not_called", scope=scope, by=by, **figures)
    if told.ticket is not None:
        yield reading.say("not_drawn", ticket=told.ticket)


def _outcome(explanation: Explanation, outcome: Came | None, reading: Reading) -> Iterator[str]:
    if isinstance(outcome, NotCalled):
        yield from _not_called(outcome, reading)
        return
    if explanation.gives is not None:
        code = "entitled" if explanation.status == "eligible" else "not_entitled"
        gives, clause = getattr(explanation.gives, reading.lang), reading.clause(explanation.gives_cite or "")
        yield reading.say(code, gives=gives, clause=clause)
        return
    if outcome is None:
        if explanation.status != "eligible":
            yield reading.say("not_ranked")
        return
    code = "position" if outcome.rank == outcome.position else "position_tied"
    scope = getattr(outcome.scope, reading.lang)
    if outcome.number is not None:
        gives = getattr(outcome.number, reading.lang)
        yield reading.say("number", scope=scope, ranked=outcome.ranked, gives=gives, number=outcome.waiting)
        return
    counts = {"ranked": outcome.ranked, "seats": outcome.seats, "rank": outcome.rank}
    yield reading.say(code, scope=scope, position=outcome.position, **counts)
    yield reading.say(_came(outcome), offer=outcome.offer, stage=outcome.stage, waiting=outcome.waiting)
    if not (explanation.has_points and explanation.ranks_by_total):
        return
    if explanation.marked:
        yield reading.say("by_total_there")
        if outcome.there is not None:
            yield reading.say("there", offer=outcome.offer, total=outcome.there)
    elif outcome.last_admitted is None:
        yield reading.say("not_filled")
    else:
        total = None if explanation.total is None else to_text(explanation.total, explanation.scale)
        equal = outcome.outcome == "waiting" and total == outcome.last_admitted
        yield reading.say("last_admitted_equal" if equal else "last_admitted", total=outcome.last_admitted)
    yield reading.say("no_promise")
