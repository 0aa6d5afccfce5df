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
from typing import Literal, get_args

from publication.arithmetic import Detail, Reading, fact_text, line_details
from publication.messages import Lang, sentence
from publication.notice import day_text
from publication.pages import page
from publication.residence_text import residence_sentence_parts
from publication.resources import template
from publication.sheet_sums import is_limited, is_limited_there, sums
from residence.life_cycle import Event
from residence.residence_time import ResidenceTime
from residence.spells import SpellRule, Stretch, Traced, Why
from scoring.aggregates import RowsRead
from scoring.constructs import Title
from scoring.explain import Explanation, Line, Reason
from scoring.policy import SourceDocument
from scoring.residence_rule import MEMBERS
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
    """Why somebody eligible did not enter the ranking: the place by a date, and how many were called in."""

    scope: Title
    by: Title
    day: date
    place: int
    called: int
    cite: str


Came = Outcome | NotCalled
"""What came of somebody eligible."""


@dataclass(frozen=True)
class MonthsTrace:
    """How ledgers' spells gave a number of months: the spells, the rule, and what it calls things.

    `months` is what was scored. `excluded` names the kinds of rows left out; `during` and `both` are the
    titles of the other ledgers that were asked.
    """

    title: Title
    cite: str
    months: object
    traced: Traced
    rule: SpellRule
    excluded: str = ""
    during: Title | None = None
    both: Title | None = None


@dataclass(frozen=True)
class ResidenceTrace:
    """How a history of registration and permit gave a fact of residence.

    `value` is what was scored, `measure` which fact it is (`scoring.residence_rule`), `rules_cite` the place
    and clause that say what a suspension means.
    """

    title: Title
    cite: str
    value: object
    measure: str | None
    time: ResidenceTime
    events: tuple[Event, ...]
    rules_cite: str


@dataclass(frozen=True)
class RowsTrace:
    """How rows of a long table gave an aggregate; `value` is None where an open cell leaves it unknown."""

    title: Title
    table: Title
    cite: str
    value: str | None
    read: RowsRead


Trace = MonthsTrace | ResidenceTrace | RowsTrace


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
    listed = _listed([getattr(body, reading.lang) for body in bodies], reading)
    attested = sentence("own.attested", {"bodies": listed}, reading.lang) if bodies else ""
    return SheetLine(reading.points(line.points), title, clause, line_details(line, reading), attested)


def _came(outcome: Outcome) -> str:
    """The sentence for what came of somebody: a seat of a quota has no offer, a list may have no numbers."""
    if outcome.outcome == "waiting" and outcome.waiting is None:
        return "waiting_unnumbered"
    if outcome.second and outcome.outcome == "placed":
        return "placed_second"
    by_quota = outcome.outcome in ("placed", "gave_up") and not outcome.offer
    return f"{outcome.outcome}_quota" if by_quota else outcome.outcome


def _outcome(explanation: Explanation, outcome: Came | None, reading: Reading) -> Iterator[str]:
    if isinstance(outcome, NotCalled):
        scope, by = (getattr(title, reading.lang) for title in (outcome.scope, outcome.by))
        day, clause = day_text(outcome.day, reading.lang), reading.clause(outcome.cite)
        figures = {"place": outcome.place, "called": outcome.called, "day": day, "clause": clause}
        yield reading.say("not_called", scope=scope, by=by, **figures)
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


def trace_sentence(trace: Trace, reading: Reading) -> str:
    """What a measure came from."""
    if isinstance(trace, MonthsTrace):
        return months_sentence(trace, reading)
    if isinstance(trace, RowsTrace):
        return _rows_sentence(trace, reading)
    return residence_sentence(trace, reading)


def _rows_sentence(trace: RowsTrace, reading: Reading) -> str:
    """One aggregate: its value, and how many rows counted, were left out or are open."""
    title, table = getattr(trace.title, reading.lang), getattr(trace.table, reading.lang)
    value = reading.say("rows_unknown") if trace.value is None else trace.value
    figures = {
        "rows": trace.read.counted + trace.read.open + trace.read.left_out,
        "counted": trace.read.counted,
    }
    clause = reading.clause(trace.cite)
    parts = [reading.say("rows_counted", title=title, table=table, value=value, clause=clause, **figures)]
    parts += [reading.say("rows_left_out", rows=trace.read.left_out)] if trace.read.left_out else []
    parts += [reading.say("rows_open", rows=trace.read.open)] if trace.read.open else []
    return ("；" if reading.lang == "zh" else "; ").join(parts)


def months_sentence(trace: MonthsTrace, reading: Reading) -> str:
    """One measure: months that count, gaps that were bridged, and what does not count with its reason."""
    traced, rule = trace.traced, trace.rule
    counted = [part for part in traced.stretches if part.counted]
    title = getattr(trace.title, reading.lang)
    head = reading.say("months_counted", title=title, months=trace.months, clause=reading.clause(trace.cite))
    parts = [head]
    if counted:
        parts.append(" + ".join(_stretch(part, reading) for part in counted))
    if traced.bridged:
        code = "months_bridged_counted" if rule.bridged_months == "counted" else "months_bridged"
        parts.append(reading.say(code, gaps=_listed(traced.bridged, reading), most=rule.bridge))
    parts += [_lost(trace, why, reading) for why in get_args(Why) if why]
    return ("；" if reading.lang == "zh" else "; ").join(filter(None, parts))


def _lost(trace: MonthsTrace, why: Why, reading: Reading) -> str:
    """What does not count for one reason."""
    lost = [part for part in trace.traced.stretches if part.why == why]
    if not lost:
        return ""
    shown = _listed([_stretch(part, reading) for part in lost], reading)
    other = trace.both if why == "not_in_both" else trace.during
    figures = {
        "gap": lost[-1].gap,
        "within": trace.rule.within_months,
        "least": trace.rule.at_least_months,
        "kinds": trace.excluded,
        "other": "" if other is None else getattr(other, reading.lang),
    }
    code = "months_lost" if why == "break" else f"months_{why}"
    return reading.say(code, spells=shown, **figures)


def residence_sentence(trace: ResidenceTrace, reading: Reading) -> str:
    """A fact of residence: the spells that count and those that do not, or the events behind a state."""
    title = getattr(trace.title, reading.lang)
    value = trace.value if trace.measure not in MEMBERS else MEMBERS[trace.measure].get(str(trace.value))
    shown = getattr(value, reading.lang) if isinstance(value, Title) else value
    head = reading.say("months_counted", title=title, months=shown, clause=reading.clause(trace.cite))
    parts = residence_sentence_parts(trace.time, trace.events, trace.measure, trace.rules_cite, reading.lang)
    return ("；" if reading.lang == "zh" else "; ").join([head, *parts])


def _stretch(part: Stretch, reading: Reading) -> str:
    first, last = (f"{month // 12:04d}-{month % 12 + 1:02d}" for month in (part.first, part.last))
    return reading.say("months_stretch", first=first, last=last, months=part.months)


def _listed(items: Sequence[object], reading: Reading) -> str:
    return ("、" if reading.lang == "zh" else ", ").join(map(str, items))
