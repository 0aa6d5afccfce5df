"""Registration and permit: two transition tables, one function, dated events in, states and deadlines out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from residence.rules import Rules
from values.dates import add_months
from values.periods import Period
from values.problems import BadInput, bad_input
from values.working_days import WorkCalendar

Registration = Literal["none", "arrived", "registered", "ended"]
Permit = Literal["none", "applied", "accepted", "valid", "suspended", "terminated"]
Duty = Literal["declare", "change", "issue"]

REGISTRATION: dict[tuple[Registration, str], Registration] = {
    ("none", "arrive"): "arrived",
    ("arrived", "declare"): "registered",
    ("arrived", "leave"): "ended",
    ("arrived", "hukou"): "ended",
    ("arrived", "death"): "ended",
    ("registered", "move"): "registered",
    ("registered", "change"): "registered",
    ("registered", "leave"): "ended",
    ("registered", "hukou"): "ended",
    ("registered", "death"): "ended",
}
PERMIT: dict[tuple[Permit, str], Permit] = {
    ("none", "apply"): "applied",
    ("applied", "supplement"): "applied",
    ("applied", "accept"): "accepted",
    ("applied", "refuse"): "none",
    ("accepted", "issue"): "valid",
    ("accepted", "deny"): "none",
    ("valid", "endorse"): "valid",
    ("valid", "not_endorsed"): "terminated",
    ("valid", "correct"): "valid",
    ("valid", "replace"): "valid",
    ("valid", "lapse"): "suspended",
    ("valid", "hukou"): "terminated",
    ("valid", "death"): "terminated",
    ("suspended", "endorse"): "valid",
    ("suspended", "not_endorsed"): "terminated",
    ("suspended", "hukou"): "terminated",
    ("suspended", "death"): "terminated",
}
EVENTS = tuple(sorted({kind for _, kind in (*REGISTRATION, *PERMIT)}))


@dataclass(frozen=True)
class Event:
    """Something that happened or was done on a day.

    `ground`: of an exemption (`arrive`), of a waiver (`apply`), or `extended` for the longer time to
    issue (`accept`). `stay_days`: how long somebody who arrives means to stay; None if not known.
    """

    day: date
    kind: str
    ground: str = ""
    stay_days: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a stay of less than no days."""
        if self.stay_days is not None and self.stay_days < 0:
            raise ValueError(f"a stay of {self.stay_days} days")


@dataclass(frozen=True)
class Obligation:
    """Something to be done up to and including `last_day`, by the person or (`issue`) by the office."""

    duty: Duty
    begun: date
    last_day: date


@dataclass(frozen=True)
class Fulfilled:
    """An obligation that was met on a day, in time or late."""

    obligation: Obligation
    on: date

    @property
    def late(self) -> bool:
        """Whether it was met after its last day."""
        return self.on > self.obligation.last_day


@dataclass(frozen=True)
class State:
    """One person's registration and permit after some events.

    `residence_from`: the day from which residence counts; `counted_until`: the day on which the person
    left or lost the permit for good, if so. `gaps_told`: what the application lacks was told. `anchor`:
    the day whose anniversaries the permit is endorsed by; `due` the next of them. `gaps`: suspensions
    that ended, first and last day.
    """

    registration: Registration = "none"
    permit: Permit = "none"
    last: date | None = None
    arrived_on: date | None = None
    residence_from: date | None = None
    counted_until: date | None = None
    gaps_told: bool = False
    anchor: date | None = None
    due: date | None = None
    gaps: tuple[tuple[date, date], ...] = ()
    open: tuple[Obligation, ...] = ()
    fulfilled: tuple[Fulfilled, ...] = ()


def advance(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    """The state after an event. A permit whose day of endorsement has passed lapses first.

    A lapse need not be entered; one that is must be of the right day.

    Raises:
        BadInput: `residence.out_of_order`, `residence.not_allowed`, or what the event itself lacks
            (`residence.…`); `calendar.year_missing` if a deadline needs a notice that is not there.
    """
    if state.last and event.day < state.last:
        raise bad_input("residence.out_of_order", event=event.kind, day=event.day, last=state.last)
    if event.kind != "lapse":
        state = elapsed(state, event.day)
    registration = REGISTRATION.get((state.registration, event.kind))
    permit = PERMIT.get((state.permit, event.kind))
    if registration is None and permit is None:
        raise bad_input(
            "residence.not_allowed",
            registration=state.registration,
            permit=state.permit,
            event=event.kind,
            day=event.day,
        )
    effect = _EFFECTS.get(event.kind)
    after = effect(state, event, rules, calendar) if effect else state
    return replace(
        after,
        registration=registration or state.registration,
        permit=permit or state.permit,
        last=event.day,
    )


def elapsed(state: State, day: date) -> State:
    """The state at the end of a day without events: suspended from the day after an endorsement was due."""
    if state.permit == "valid" and state.due and day > state.due:
        return replace(state, permit="suspended", last=state.due + timedelta(days=1))
    return state


def endorsement_window(due: date, rules: Rules) -> tuple[date, date]:
    """First and last day on which the endorsement that is due can be had; also when to remind."""
    period = rules.endorsement_window
    if period.unit == "months":
        return add_months(due, -period.count), due
    return due - timedelta(days=period.count), due


def _arrive(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    state = replace(state, arrived_on=event.day)
    if rules.counts_from == "arrival":
        state = replace(state, residence_from=event.day)
    if _is_exempt(event, rules):
        return state
    return _with_duty(state, "declare", event.day, rules.declare_within, calendar)


def _is_exempt(event: Event, rules: Rules) -> bool:
    """Whether nobody need register: too short a stay, or an exempt one."""
    if event.ground and event.ground not in rules.exemptions:
        raise _unknown_ground(event, rules.exemptions)
    if event.ground:
        longest = rules.exemptions[event.ground]
        if longest is None:
            return True
        if _stay(event) <= longest:
            return True
    return rules.minimum_stay is not None and _stay(event) < rules.minimum_stay


def _stay(event: Event) -> int:
    if event.stay_days is None:
        raise bad_input("residence.stay_unknown", day=event.day)
    return event.stay_days


def _declare(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    if rules.counts_from == "registration":
        state = replace(state, residence_from=event.day)
    return _fulfilled(state, "declare", event.day)


def _move(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    """Address or workplace changed. Without a period for it there is a right to register it, but no duty."""
    return _with_duty(state, "change", event.day, rules.change_within, calendar)


def _change(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    if rules.change_within and not any(item.duty == "change" for item in state.open):
        raise bad_input("residence.nothing_changed", day=event.day)
    return _fulfilled(state, "change", event.day)


def _leave(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    """The person's own duties end, but for those that are overdue."""
    kept = tuple(item for item in state.open if item.duty == "issue" or item.last_day < event.day)
    return _counted_until(replace(state, open=kept), event.day, rules)


def _apply(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    _require_registered(state, event)
    if event.ground and event.ground not in rules.waivers:
        raise _unknown_ground(event, rules.waivers)
    assert state.residence_from is not None
    earliest = rules.residence_needed.last_day(state.residence_from, calendar)
    if not event.ground and event.day < earliest:
        raise bad_input("residence.too_soon", day=event.day, earliest=earliest)
    return replace(state, gaps_told=False)


def _supplement(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    if state.gaps_told:
        raise bad_input("residence.told_once", day=event.day)
    return replace(state, gaps_told=True)


def _accept(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    _require_registered(state, event)
    if event.ground and (event.ground != "extended" or rules.issue_within_extended is None):
        raise _unknown_ground(event, ["extended"] if rules.issue_within_extended else [])
    period = rules.issue_within_extended if event.ground else rules.issue_within
    return _with_duty(state, "issue", event.day, period, calendar)


def _issue(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    _require_registered(state, event)
    anchor = event.day if rules.endorsement_anchor == "issue" else state.residence_from
    assert anchor is not None
    state = replace(state, anchor=anchor, due=_anniversary_after(anchor, event.day))
    return _fulfilled(state, "issue", event.day)


def _deny(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    return _fulfilled(state, "issue", event.day)


def _endorse(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    """Next due: the anniversary after the one that was due; after a late one, the first that is to come."""
    _require_registered(state, event)
    assert state.anchor is not None
    assert state.due is not None
    if state.permit == "valid":
        _require_window(state, event, rules)
        return replace(state, due=_anniversary_after(state.anchor, state.due))
    gap = (state.due + timedelta(days=1), event.day - timedelta(days=1))
    gaps = state.gaps if gap[1] < gap[0] else (*state.gaps, gap)
    restart = event.day if rules.suspension_effect == "reset" else state.residence_from
    due = _anniversary_after(state.anchor, event.day)
    return replace(state, gaps=gaps, residence_from=restart, due=due)


def _not_endorsed(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    if state.permit == "valid":
        _require_window(state, event, rules)
    return _counted_until(state, event.day, rules)


def _counted_until(state: State, day: date, rules: Rules) -> State:
    """Residence ends on a day, or has ended before: earlier, or when a suspension that lasts began."""
    ends = [day, *([state.counted_until] if state.counted_until else [])]
    if state.permit == "suspended" and state.due and rules.suspension_effect != "ignore":
        ends.append(state.due)
    return replace(state, counted_until=min(ends))


def _lapse(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    assert state.due is not None
    expected = state.due + timedelta(days=1)
    if event.day != expected:
        raise bad_input("residence.lapse_day", day=event.day, expected=expected)
    return state


def _require_registered(state: State, event: Event) -> None:
    if state.registration != "registered":
        raise bad_input("residence.not_registered", event=event.kind, day=event.day)


def _require_window(state: State, event: Event, rules: Rules) -> None:
    assert state.due is not None
    opens, due = endorsement_window(state.due, rules)
    if event.day < opens:
        raise bad_input("residence.before_window", day=event.day, opens=opens, due=due)


def _unknown_ground(event: Event, known: Collection[str]) -> BadInput:
    shown = ", ".join(sorted(known)) or "–"
    return bad_input("residence.ground_unknown", event=event.kind, ground=event.ground, known=shown)


def _with_duty(state: State, duty: Duty, begun: date, period: Period | None, calendar: WorkCalendar) -> State:
    if period is None:
        return state
    return replace(state, open=(*state.open, Obligation(duty, begun, period.last_day(begun, calendar))))


def _fulfilled(state: State, duty: Duty, on: date) -> State:
    done = tuple(Fulfilled(item, on) for item in state.open if item.duty == duty)
    kept = tuple(item for item in state.open if item.duty != duty)
    return replace(state, open=kept, fulfilled=state.fulfilled + done)


def _anniversary_after(anchor: date, day: date) -> date:
    """The first anniversary of `anchor` after `day`; one of 29 February is 28 February in other years."""
    years = max(day.year - anchor.year, 1)
    while add_months(anchor, 12 * years) <= day:
        years += 1
    return add_months(anchor, 12 * years)


_EFFECTS = {
    "arrive": _arrive,
    "declare": _declare,
    "move": _move,
    "change": _change,
    "leave": _leave,
    "hukou": _leave,
    "death": _leave,
    "apply": _apply,
    "supplement": _supplement,
    "accept": _accept,
    "issue": _issue,
    "deny": _deny,
    "endorse": _endorse,
    "not_endorsed": _not_endorsed,
    "lapse": _lapse,
}
