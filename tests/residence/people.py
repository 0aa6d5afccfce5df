"""Invented people: histories, jobs, homes and ledgers, short enough to be read in a test."""

from __future__ import annotations

from datetime import date, timedelta

from residence.eligibility import Person, judge_application
from residence.findings import Finding, Judgement
from residence.history import replay
from residence.life_cycle import Event, State
from residence.routes import InsuredMonth, Record, RouteFacts, judge_routes
from residence.rules import Rules
from values.dates import add_months
from values.problems import BadInput
from values.working_days import STATE_COUNCIL as CALENDAR

NOTHING = RouteFacts((), (), (), ())
"""Known to have no job, no home, no school and no insurance."""


def on(day: str, kind: str, ground: str = "", stay_days: int | None = None, area: str = "") -> Event:
    return Event(date.fromisoformat(day), kind, ground, stay_days, area)


def arrived(day: str, area: str = "") -> list[Event]:
    """Arrived and declared on the same day."""
    return [on(day, "arrive", stay_days=400, area=area), on(day, "declare")]


def state_of(events: list[Event], rules: Rules) -> State:
    return replay(events, rules, CALENDAR)


def holder(issued: str) -> list[Event]:
    """Registered 200 days before; permit issued on the day."""
    day = date.fromisoformat(issued)
    begin = (day - timedelta(days=200)).isoformat()
    return [*arrived(begin), on(issued, "apply"), on(issued, "accept"), on(issued, "issue")]


def code_of(events: list[Event], rules: Rules) -> str:
    """The code of the one problem that a history has."""
    try:
        state_of(events, rules)
    except BadInput as wrong:
        (problem,) = wrong.problems
        return problem.code
    raise AssertionError("the history was accepted")


def job(kind: str, since: str, until: str = "", term_end: str = "", **marks: bool) -> Record:
    return Record(kind, date.fromisoformat(since), _day(until), _day(term_end), marks)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def insured(
    last: str, months: int, *, kinds: str = "pension medical", back_paid: bool | None = False
) -> tuple[InsuredMonth, ...]:
    """Months up to and including the month of `last`."""
    day = date.fromisoformat(last)
    return tuple(
        InsuredMonth(add_months(day, -n), frozenset(kinds.split()), back_paid) for n in range(months)
    )


def route(name: str, facts: RouteFacts, day: str, rules: Rules) -> Judgement:
    """The judgement of one route on a day."""
    judgement = judge_routes(facts, date.fromisoformat(day), rules)
    return next(part for part in judgement.parts if part.name == name)


def way(route_name: str, way_name: str, facts: RouteFacts, day: str, rules: Rules) -> Judgement:
    """The judgement of one way of a route on a day."""
    return next(part for part in route(route_name, facts, day, rules).parts if part.name == way_name)


def told(findings: tuple[Finding, ...]) -> list[str]:
    """Code, answer and clause of findings."""
    return [f"{item.what.code.partition('.')[2]} {item.answer} {item.cite}" for item in findings]


def may_apply(events: list[Event], facts: RouteFacts, day: str, rules: Rules, ground: str = "") -> str:
    """The answer to an application without guardians."""
    person = Person(facts, born=date(1990, 1, 1), ground=ground)
    return judge_application(state_of(events, rules), person, date.fromisoformat(day), rules, CALENDAR).answer
