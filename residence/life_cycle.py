"""Registration and permit: two transition tables, one function, dated events in, states and deadlines out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
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
    ("registered", "away"): "registered",
    ("registered", "back"): "registered",
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
    ("valid", "remind"): "valid",
    ("valid", "confiscate"): "terminated",
    ("valid", "correct"): "valid",
    ("valid", "replace"): "valid",
    ("valid", "lapse"): "suspended",
    ("valid", "hukou"): "terminated",
    ("valid", "death"): "terminated",
    ("suspended", "endorse"): "valid",
    ("suspended", "not_endorsed"): "terminated",
    ("suspended", "remind"): "suspended",
    ("suspended", "confiscate"): "terminated",
    ("suspended", "hukou"): "terminated",
    ("suspended", "death"): "terminated",
}
HOME_VISIT = "home_visit"
EVENTS = tuple(sorted({kind for _, kind in (*REGISTRATION, *PERMIT)}))


@dataclass(frozen=True)
class Event:
    """Something that happened or was done on a day.

    `ground`: of an exemption (`arrive`), of a waiver (`apply`), `home_visit` of an absence (`away`), or
    `extended` for the longer time to issue (`accept`). `stay_days`: how long somebody who arrives means to
    stay; None if not known. `area`: where somebody arrives or moves to, as the rules' `area` divides the
    map; empty if that does not change or is not kept. `reasons`: why an application is refused (`refuse`,
    `deny`) or a permit not endorsed.
    """

    day: date
    kind: str
    ground: str = ""
    stay_days: int | None = None
    area: str = ""
    reasons: tuple[str, ...] = ()

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
class Refusal:
    """A `refuse`, `deny` or `not_endorsed`, with the reasons that the person was told."""

    day: date
    kind: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """One person's registration and permit after some events.

    `residence_from`: the day from which residence counts; `counted_until`: the day on which the person
    left or lost the permit for good, if so. `gaps_told`: what the application lacks was told. `anchor`:
    the day whose anniversaries the permit is endorsed by; `due` the next of them. `gaps`: suspensions
    that ended, first and last day. `away_since`, `away_ground`: an absence that lasts. `reminded`: the last
    day on which the person was reminded of the endorsement that is due.
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
    area: str = ""
    away_since: date | None = None
    away_ground: str = ""
    reminded: date | None = None
    refusals: tuple[Refusal, ...] = ()


def replace(state: State, **changes: object) -> State:
    """A state with other values; ten times as fast as for any dataclass, as a registry needs millions."""
    changed = object.__new__(State)
    changed.__dict__.update(state.__dict__, **changes)
    return changed


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


def is_same_area(one: str, other: str, rules: Rules) -> bool:
    """Whether a move between two areas stays inside: the same one, or zones that count as one."""
    if one == other:
        return True
    if rules.zones_count_as == "part_of_every_county":
        return one in rules.same_area or other in rules.same_area
    return {one, other} <= rules.same_area


def broken_since(state: State, day: date, rules: Rules) -> date | None:
    """The day from which residence is no longer continuous, if at the end of `day` it is not.

    So it is during an absence that nothing bridges, and after a move that was to be registered and was not.
    """
    away = broken_by_absence(state, day, rules)
    return min([*([away] if away else []), *late_moves(state, day, rules)], default=None)


def broken_by_absence(state: State, day: date, rules: Rules) -> date | None:
    """The day on which somebody went away for longer, at the end of `day`, than the rules bridge."""
    if state.away_since is None:
        return None
    days = (day - state.away_since).days
    if state.away_ground == HOME_VISIT and (rules.home_visits is None or days <= rules.home_visits):
        return None
    return state.away_since if days > rules.absence else None


def late_moves(state: State, day: date, rules: Rules) -> list[date]:
    """The days of moves whose registration is overdue, in order, where only timely ones are bridged."""
    if rules.moves_inside == "bridged":
        return []
    return sorted(item.begun for item in state.open if item.duty == "change" and item.last_day < day)


def endorsement_window(due: date, rules: Rules) -> tuple[date, date]:
    """First and last day on which the endorsement that is due can be had; also when to remind."""
    period = rules.endorsement_window
    if period.unit == "months":
        return add_months(due, -period.count), due
    return due - timedelta(days=period.count), due


def _arrive(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    state = replace(state, arrived_on=event.day, area=event.area)
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
    if event.area and state.area and not is_same_area(state.area, event.area, rules):
        raise bad_input("residence.other_area", day=event.day, area=event.area, before=state.area)
    state = replace(state, area=event.area or state.area)
    return _with_duty(state, "change", event.day, rules.change_within, calendar)


def _change(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    if rules.change_within and not any(item.duty == "change" for item in state.open):
        raise bad_input("residence.nothing_changed", day=event.day)
    if (late := late_moves(state, event.day, rules)) and state.counted_until is None:
        restart = late[-1] if rules.moves_inside == "restart_at_move_if_late" else event.day
        assert state.residence_from is not None
        state = replace(state, residence_from=max(restart, state.residence_from))
    return _fulfilled(state, "change", event.day)


def _away(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    if state.away_since:
        raise bad_input("residence.away_twice", day=event.day, since=state.away_since)
    if event.ground not in ("", HOME_VISIT):
        raise _unknown_ground(event, [HOME_VISIT])
    return replace(state, away_since=event.day, away_ground=event.ground)


def _back(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    if state.away_since is None:
        raise bad_input("residence.not_away", day=event.day)
    anew = state.counted_until is None and broken_by_absence(state, event.day, rules)
    restart = event.day if anew else state.residence_from
    return replace(state, residence_from=restart, away_since=None, away_ground="")


def _leave(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    """The person's own duties end, but for those that are overdue."""
    kept = tuple(item for item in state.open if item.duty == "issue" or item.last_day < event.day)
    return replace(
        _counted_until(replace(state, open=kept), event.day, rules), away_since=None, away_ground=""
    )


def _apply(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    _require_registered(state, event)
    if event.ground and event.ground not in rules.waivers:
        raise _unknown_ground(event, rules.waivers)
    assert state.residence_from is not None
    if (since := broken_since(state, event.day, rules)) and not event.ground:
        raise bad_input("residence.not_continuous", day=event.day, since=since)
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
    state = replace(state, anchor=anchor, due=_anniversary_after(anchor, event.day, rules))
    return _fulfilled(state, "issue", event.day)


def _refuse(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    return replace(state, refusals=(*state.refusals, Refusal(event.day, event.kind, event.reasons)))


def _deny(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    return _fulfilled(_refuse(state, event, rules, calendar), "issue", event.day)


def _remind(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    return replace(state, reminded=event.day)


def _confiscate(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    """A permit got by fraud is taken away. Residence counts no further."""
    return _counted_until(state, event.day, rules)


def _endorse(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    """Next due: the anniversary after the one that was due; after a late one, the first that is to come."""
    _require_registered(state, event)
    state = replace(state, reminded=None)
    assert state.anchor is not None
    assert state.due is not None
    if state.permit == "valid":
        _require_window(state, event, rules)
        return replace(state, due=_anniversary_after(state.anchor, state.due, rules))
    gap = (state.due + timedelta(days=1), event.day - timedelta(days=1))
    gaps = state.gaps if gap[1] < gap[0] else (*state.gaps, gap)
    restart = event.day if rules.suspension_effect == "reset" else state.residence_from
    due = _anniversary_after(state.anchor, event.day, rules)
    return replace(state, gaps=gaps, residence_from=restart, due=due)


def _not_endorsed(state: State, event: Event, rules: Rules, calendar: WorkCalendar) -> State:
    if state.permit == "valid":
        _require_window(state, event, rules)
    return _counted_until(_refuse(state, event, rules, calendar), event.day, rules)


def _counted_until(state: State, day: date, rules: Rules) -> State:
    """Residence ends on a day, or has ended before: earlier, or when a suspension that lasts began."""
    broken = broken_since(state, day, rules)
    ends = [day, *(end for end in (state.counted_until, broken) if end)]
    if state.permit == "suspended" and state.due and rules.suspension_effect != "ignore":
        ends.append(state.due + timedelta(days=1))
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


def _anniversary_after(anchor: date, day: date, rules: Rules) -> date:
    """The first anniversary of `anchor` after `day`; `leap_day` says what 29 February is in other years."""
    years = max(day.year - anchor.year, 1)
    while _anniversary(anchor, years, rules) <= day:
        years += 1
    return _anniversary(anchor, years, rules)


def _anniversary(anchor: date, years: int, rules: Rules) -> date:
    found = add_months(anchor, 12 * years)
    moves = found.day != anchor.day and rules.leap_day == "march_1"
    return found + timedelta(days=1) if moves else found


_EFFECTS = {
    "arrive": _arrive,
    "declare": _declare,
    "move": _move,
    "change": _change,
    "away": _away,
    "back": _back,
    "leave": _leave,
    "hukou": _leave,
    "death": _leave,
    "apply": _apply,
    "supplement": _supplement,
    "accept": _accept,
    "issue": _issue,
    "refuse": _refuse,
    "deny": _deny,
    "endorse": _endorse,
    "not_endorsed": _not_endorsed,
    "remind": _remind,
    "confiscate": _confiscate,
    "lapse": _lapse,
}
