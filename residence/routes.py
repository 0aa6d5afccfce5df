"""The three routes to a permit: stable employment, stable home, continuous schooling; three-valued."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import get_args

from residence.findings import Answer, Finding, Judgement, all_of, answer_of, any_of, judged
from residence.rule_sections import MARKS, RECORDS, Route, Way
from residence.rules import Rules
from values.dates import add_months, full_months, month_number
from values.periods import Period
from values.problems import BadInput, Place, Problem

_BEST: Mapping[Answer, int] = {"met": 2, "unknown": 1, "not_met": 0}


@dataclass(frozen=True)
class Record:
    """A job, a home or a school in the area of the rules; the kinds are `rule_sections.RECORDS`.

    `until`: the last day, None while it goes on. `term_end`: the last day agreed in the contract or lease,
    None if not known; the mark `open_ended` says that none was agreed. `marks`: what is known of it
    (`rule_sections.MARKS`); a mark that is not there is not known.
    """

    kind: str
    since: date
    until: date | None = None
    term_end: date | None = None
    marks: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class InsuredMonth:
    """A month (any day of it) of social insurance paid in the area of the rules.

    `kinds`: of insurance (`injury` is work injury), empty if not known. `back_paid`: None if not known.
    """

    month: date
    kinds: frozenset[str] = frozenset()
    back_paid: bool | None = None


@dataclass(frozen=True)
class RouteFacts:
    """What is known of a person: None is nothing, the empty tuple is that there is none."""

    employment: tuple[Record, ...] | None = None
    home: tuple[Record, ...] | None = None
    schooling: tuple[Record, ...] | None = None
    insurance: tuple[InsuredMonth, ...] | None = None


def judge_routes(facts: RouteFacts, day: date, rules: Rules) -> Judgement:
    """Whether one of the three routes is met on a day; its parts are the routes, theirs the ways.

    Every way is judged, so that all reasons and clauses are there; of several records that a way may
    rest on, the one that comes nearest is shown.

    Raises:
        BadInput: `residence.record…`: records that contradict themselves or that the rules do not know.
    """
    if wrong := list(_problems(facts)):
        raise BadInput(wrong)
    routes = []
    for route in get_args(Route):
        ways = tuple(
            _judge_way(way, route, facts, day, rules) for way in rules.routes.get(route, {}).values()
        )
        routes.append(Judgement(route, any_of(way.answer for way in ways), (), ways))
    return Judgement("routes", any_of(route.answer for route in routes), (), tuple(routes))


def insured_months(
    ledger: Collection[InsuredMonth], day: date, rules: Rules, without: Collection[str]
) -> tuple[int, int]:
    """Months that count on a day: those that surely do, and those that may.

    Months of a quality in `without` do not count. Continuous months reach back from the month of the
    day, or the month before if `insurance_up_to` allows, over gaps of at most `insurance_gap` months.
    """
    end = month_number(day)
    sure, perhaps = _good_months(ledger, without)
    if rules.insurance_counts == "in_all":
        return sum(month <= end for month in sure), sum(month <= end for month in perhaps)
    return _reaching(sure, end, rules), _reaching(perhaps, end, rules)


def _good_months(ledger: Collection[InsuredMonth], without: Collection[str]) -> tuple[set[int], set[int]]:
    paid: dict[int, set[str]] = {}
    perhaps: dict[int, set[str]] = {}
    for item in ledger:
        month = month_number(item.month)
        back_paid = item.back_paid if "back_paid" in without else False
        if back_paid is False:
            paid.setdefault(month, set()).update(item.kinds or {"?"})
        if not back_paid:
            perhaps.setdefault(month, set()).update(item.kinds or {"?"})
    if "injury_only" not in without:
        return set(paid), set(perhaps)
    sure = {month for month, kinds in paid.items() if kinds - {"injury", "?"}}
    return sure, {month for month, kinds in perhaps.items() if kinds != {"injury"}}


def _reaching(months: set[int], end: int, rules: Rules) -> int:
    """How many months the unbroken run has that reaches `end`."""
    allowed, missing, counted = int(rules.insurance_up_to == "month_before"), 0, 0
    for month in range(end, min(months, default=end + 1) - 1, -1):
        if month in months:
            counted, missing, allowed = counted + 1, 0, rules.insurance_gap
            continue
        missing += 1
        if missing > allowed:
            break
    return counted


def judge_insurance(
    ledger: Collection[InsuredMonth] | None,
    day: date,
    rules: Rules,
    *,
    needed: int,
    without: Collection[str],
    cite: str,
) -> Finding:
    """Whether so many months of social insurance count on a day."""
    low, high = (0, needed) if ledger is None else insured_months(ledger, day, rules, without)
    answer: Answer = "met" if low >= needed else "unknown" if high >= needed else "not_met"
    have = "–" if ledger is None else str(low) if low == high else f"{low}–{high}"
    return Finding(answer, Problem.of("finding.insured", have=have, needed=needed), cite)


def _judge_way(way: Way, route: str, facts: RouteFacts, day: date, rules: Rules) -> Judgement:
    findings = list(_judge_records(way, getattr(facts, route), day, rules))
    if way.insured:
        findings.append(
            judge_insurance(
                facts.insurance, day, rules, needed=way.insured, without=way.without, cite=way.cite
            )
        )
    return judged(way.name, findings)


def _judge_records(
    way: Way, records: tuple[Record, ...] | None, day: date, rules: Rules
) -> Iterator[Finding]:
    if way.kinds is not None and not way.kinds:
        return
    kinds = ", ".join(sorted(way.kinds)) if way.kinds else "any_kind"
    known = [record for record in records or () if way.kinds is None or record.kind in way.kinds]
    current = [record for record in known if _is_current(record, way, day)]
    found = "unknown" if records is None else answer_of(bool(current))
    yield Finding(found, Problem.of("finding.record", kinds=kinds, day=day), way.cite)
    candidates = [_judge_record(record, known, way, day, rules) for record in current]
    yield from max(candidates, key=_nearness, default=())


def _is_current(record: Record, way: Way, day: date) -> bool:
    """Whether it holds on the day, or, where that is enough, in the month up to the day."""
    begin = day.replace(day=1) if way.in_month else day
    return record.since <= day and (record.until is None or record.until >= begin)


def _nearness(findings: tuple[Finding, ...]) -> tuple[int, int, int]:
    answers = [finding.answer for finding in findings]
    return _BEST[all_of(answers)], answers.count("met"), answers.count("unknown")


def _judge_record(
    record: Record, known: list[Record], way: Way, day: date, rules: Rules
) -> tuple[Finding, ...]:
    findings = []
    if way.lasted:
        findings.append(_judge_length(record, known, way.lasted, way.cite, day, rules))
    if way.term:
        findings.append(_judge_term(record, way.term, way.cite))
    findings += [_judge_mark(record, mark, only_if, way.cite) for mark, only_if in way.marks]
    return tuple(findings)


def _judge_length(
    record: Record, known: list[Record], needed: Period, cite: str, day: date, rules: Rules
) -> Finding:
    """So long without a break; earlier records of the way count if at most `route_gap` days lie between."""
    begin = record.since
    for other in sorted(known, key=lambda item: item.since, reverse=True):
        ends = other.until or day
        if other.since < begin and (begin - ends).days - 1 <= rules.route_gap:
            begin = other.since
    end = day if record.until is None else min(record.until + timedelta(days=1), day)
    lasted = _after(begin, needed) <= end
    shown = Problem.of("finding.lasted", have=_length(begin, end, needed), needed=_told(needed))
    return Finding(answer_of(lasted), shown, cite)


def _judge_term(record: Record, needed: Period, cite: str) -> Finding:
    if record.marks.get("open_ended"):
        return Finding("met", Problem.of("finding.term", have="open_ended", needed=_told(needed)), cite)
    if record.term_end is None:
        return Finding("unknown", Problem.of("finding.term", have="–", needed=_told(needed)), cite)
    end = record.term_end + timedelta(days=1)
    have = _length(record.since, end, needed)
    enough = _after(record.since, needed) <= end
    return Finding(answer_of(enough), Problem.of("finding.term", have=have, needed=_told(needed)), cite)


def _judge_mark(record: Record, mark: str, only_if: str, cite: str) -> Finding:
    answer = answer_of(record.marks.get(mark))
    if only_if:
        not_needed = record.marks.get(only_if)
        answer = any_of([answer, answer_of(None if not_needed is None else not not_needed)])
    return Finding(answer, Problem.of("finding.mark", mark=mark), cite)


def _after(begin: date, length: Period) -> date:
    """The day on which it is full: the anniversary, or the day of the same number."""
    if length.unit == "days":
        return begin + timedelta(days=length.count)
    return add_months(begin, length.count * (12 if length.unit == "years" else 1))


def _length(begin: date, end: date, like: Period) -> str:
    if like.unit == "days":
        return f"{max(0, (end - begin).days)} days"
    return f"{max(0, full_months(begin, end))} months"


def _told(length: Period) -> str:
    return f"{length.count} {length.unit}"


def _problems(facts: RouteFacts) -> Iterator[Problem]:
    for route in get_args(Route):
        for number, record in enumerate(getattr(facts, route) or (), start=1):
            place = Place(row=number, field=route)
            unknown = sorted(({record.kind} - RECORDS[route]) | (set(record.marks) - MARKS[route]))
            if unknown:
                yield Problem.of("residence.record_unknown", place, route=route, words=", ".join(unknown))
            ends = [end for end in (record.until, record.term_end) if end is not None]
            if any(end < record.since for end in ends):
                yield Problem.of("residence.record_order", place, since=record.since, until=min(ends))
