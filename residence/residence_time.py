"""Residence time on any day: continuous and cumulative, and the spells that it comes from.

Time is counted in days, laid end to end before the last day that counts, and told in completed months: n days
up to a day d are the months from d - n to d. So a single spell has the months from its first day, as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from residence.history import facts_on
from residence.life_cycle import Event, State, advance, broken_since, elapsed
from residence.rules import Rules
from values.dates import full_months
from values.problems import BadInput, Place, Problem
from values.working_days import WorkCalendar

Why = Literal[
    "",
    "suspended",  # an endorsement was overdue
    "late_endorsement",  # after it residence counts anew
    "absence",  # longer than the rules bridge
    "late_change",  # a move registered too late
    "other_stay",  # before somebody left, or lost the permit for good, and came again
]
_RESTARTS: dict[str, Why] = {"endorse": "late_endorsement", "change": "late_change", "back": "absence"}


@dataclass(frozen=True)
class Part:
    """Days of residence or of its interruption, from `first` up to but without `after`.

    `continuous`, `cumulative`: whether they enter that count. `why`: the reason if they do not enter both.
    """

    first: date
    after: date
    continuous: bool
    cumulative: bool
    why: Why = ""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.after - self.first).days


@dataclass(frozen=True)
class ResidenceTime:
    """Completed months that count on a day; None before residence begins. `parts` in order of time."""

    as_of: date
    continuous_months: int | None
    cumulative_months: int | None
    parts: tuple[Part, ...]


def stays(events: Iterable[Event]) -> list[list[Event]]:
    """A person's events cut into stays: each begins with an arrival."""
    found: list[list[Event]] = []
    for event in events:
        if event.kind == "arrive" or not found:
            found.append([])
        found[-1].append(event)
    return found


def states_of(events: Sequence[Event], rules: Rules, calendar: WorkCalendar) -> list[list[State]]:
    """The state after every event, by stay. A stay begins where the one before has ended.

    Raises:
        BadInput: the first event that cannot be, as `advance`; its place has the number of the event.
    """
    found: list[list[State]] = []
    number = 0
    for stay in stays(events):
        state = State()
        found.append([])
        for event in stay:
            number += 1
            try:
                _refuse_overlap(found, state, event)
                state = advance(state, event, rules, calendar)
            except BadInput as wrong:
                place = Place(row=number, field=event.kind)
                raise BadInput(Problem(item.code, item.params, place) for item in wrong.problems) from None
            found[-1].append(state)
    return found


def _refuse_overlap(found: list[list[State]], state: State, event: Event) -> None:
    """A new stay may begin only after the one before has ended, and on no earlier day."""
    before = found[-2][-1] if len(found) > 1 and state.last is None else None
    if before is None:
        return
    ended = before.registration == "ended" or before.permit == "terminated"
    if not ended or (before.last and event.day < before.last):
        raise BadInput(
            [Problem.of("residence.histories_overlap", last=before.last or "–", arrived=event.day)]
        )


def residence_time(
    events: Sequence[Event], as_of: date, rules: Rules, calendar: WorkCalendar
) -> ResidenceTime:
    """What counts on a day, of the events up to it.

    Continuous: since the last time that residence began or began anew, suspensions left out with `pause`.
    Cumulative: absences and late moves do not undo what was before them; a late endorsement does with
    `reset`, and an earlier stay does not count with the termination effect `reset`.

    Raises:
        BadInput: as `states_of`.
    """
    known = [event for event in events if event.day <= as_of]
    return time_of_stays(stays(known), states_of(known, rules, calendar), as_of, rules)


def time_of_stays(
    events: Sequence[Sequence[Event]], histories: Sequence[Sequence[State]], as_of: date, rules: Rules
) -> ResidenceTime:
    """`residence_time` of events and states by stay, none after `as_of`."""
    parts: list[Part] = []
    for index, (stay, states) in enumerate(zip(events, histories, strict=True)):
        last = index == len(histories) - 1
        until = as_of if last else events[index + 1][0].day
        for part in _parts(stay, states, until, rules):
            kept = part if last else _earlier(part, rules)
            parts = [_undone(one) for one in parts] if part.why == "late_endorsement" else parts
            parts += [kept] if kept.days > 0 else []
    current = facts_on(histories[-1][-1], as_of, rules) if histories else None
    begun = current is not None and current.residence_from is not None
    continuous = [part for part in parts if part.continuous]
    cumulative = [part for part in parts if part.cumulative]
    return ResidenceTime(
        as_of,
        _months(continuous) if begun else None,
        _months(cumulative) if begun or cumulative else None,
        tuple(parts),
    )


def _earlier(part: Part, rules: Rules) -> Part:
    kept = part.cumulative and rules.termination_effect == "keep"
    return Part(part.first, part.after, False, kept, part.why or "other_stay")


def _undone(part: Part) -> Part:
    """What was before a late endorsement with `reset`."""
    return replace(part, cumulative=False, why="late_endorsement") if part.cumulative else part


def _months(parts: Sequence[Part]) -> int:
    if not parts:
        return 0
    days = sum(part.days for part in parts)
    return full_months(parts[-1].after - timedelta(days=days), parts[-1].after)


def _parts(events: Sequence[Event], states: Sequence[State], until: date, rules: Rules) -> Iterator[Part]:
    """The spells and interruptions of one stay up to a day."""
    before = State()
    for event, state in zip(events, states, strict=True):
        began, anew = before.residence_from, state.residence_from
        if began and anew and anew != began:
            why = _RESTARTS[event.kind]
            stopped = min(_stops(before, event.day, rules), anew)
            undone = why == "late_endorsement"
            yield from _without_gaps(
                began, stopped, before.gaps, rules, continuous=False, why=why, undone=undone
            )
            yield Part(stopped, anew, False, False, "suspended" if undone else why)
        before = state
    if before.residence_from:
        stopped = max(_stops(before, until, rules), before.residence_from)
        yield from _without_gaps(before.residence_from, stopped, before.gaps, rules, continuous=True)
        now = elapsed(before, until)
        ended = before.counted_until is not None and before.counted_until <= stopped
        if stopped < until and not ended:
            suspended = now.permit == "suspended" and rules.suspension_effect != "ignore"
            yield Part(stopped, until, False, False, _standing(now, until, rules, suspended=suspended))


def _standing(now: State, until: date, rules: Rules, *, suspended: bool) -> Why:
    """Why residence stands still at the end."""
    if suspended and now.due and now.due + timedelta(days=1) == _stops(now, until, rules):
        return "suspended"
    return (
        "absence" if now.away_since and now.away_since == broken_since(now, until, rules) else "late_change"
    )


def _stops(state: State, day: date, rules: Rules) -> date:
    """Up to when residence has counted at the end of a day."""
    now = elapsed(state, day)
    broken = None if now.counted_until else broken_since(now, day, rules)
    ends = [day, *(end for end in (now.counted_until, broken) if end)]
    if now.permit == "suspended" and now.due and rules.suspension_effect != "ignore":
        ends.append(now.due + timedelta(days=1))
    return min(ends)


def _without_gaps(
    first: date,
    after: date,
    gaps: Sequence[tuple[date, date]],
    rules: Rules,
    *,
    continuous: bool,
    why: Why = "",
    undone: bool = False,
) -> Iterator[Part]:
    """A spell, its suspensions as parts of their own if they do not count."""
    for begins, ends in gaps if rules.suspension_effect == "pause" else ():
        begins, resumes = max(begins, first), min(ends + timedelta(days=1), after)
        if begins < resumes:
            yield Part(first, begins, continuous, not undone, why)
            yield Part(begins, resumes, False, False, "suspended")
            first = resumes
    yield Part(first, after, continuous, not undone, why)
