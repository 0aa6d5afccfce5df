"""A person's history of events: the state it leads to, and the facts of a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from residence.life_cycle import Event, Obligation, Permit, Registration, State, advance, elapsed
from residence.rules import Rules
from values.dates import full_months
from values.problems import BadInput, Place, Problem
from values.working_days import WorkCalendar


@dataclass(frozen=True)
class Facts:
    """What is so on a day, and since when.

    `residence_months`: completed months that count; None if nothing does yet. `not_counted`:
    suspensions left out of them, first and last day. `overdue`: obligations whose last day has passed.
    """

    as_of: date
    registration: Registration
    permit: Permit
    residence_from: date | None
    residence_months: int | None
    not_counted: tuple[tuple[date, date], ...]
    endorsement_due: date | None
    open: tuple[Obligation, ...]
    overdue: tuple[Obligation, ...]


def replay(events: Iterable[Event], rules: Rules, calendar: WorkCalendar, *, person: str = "") -> State:
    """The state after events in order of time, from the beginning.

    Raises:
        BadInput: the first event that cannot be, as `advance`; the place names the person and the
            number of the event, from 1.
    """
    state = State()
    for number, event in enumerate(events, start=1):
        try:
            state = advance(state, event, rules, calendar)
        except BadInput as wrong:
            place = Place(file=person, row=number, field=event.kind)
            raise BadInput(Problem(item.code, item.params, place) for item in wrong.problems) from None
    return state


def facts_on(state: State, as_of: date, rules: Rules) -> Facts:
    """The facts of a day on or after the state's last event.

    Residence counts until the person leaves, becomes a local, dies or is not endorsed, and until the day an
    endorsement was due while the permit is suspended. Suspensions that ended are left out with `pause`
    (the beginning moves by as many days), begin the count anew with `reset`, and are no matter with
    `ignore`, which also counts through one that lasts.

    Raises:
        ValueError: `as_of` is before the last event.
    """
    if state.last and as_of < state.last:
        raise ValueError(f"{as_of} is before the last event")
    now = elapsed(state, as_of)
    ends = [as_of, *([now.counted_until] if now.counted_until else [])]
    if now.permit == "suspended" and now.due and rules.suspension_effect != "ignore":
        ends.append(now.due)
    left_out = now.gaps if rules.suspension_effect == "pause" else ()
    months = None
    if now.residence_from:
        days = sum((last - first).days + 1 for first, last in left_out)
        months = max(0, full_months(now.residence_from + timedelta(days=days), min(ends)))
    return Facts(
        as_of,
        now.registration,
        now.permit,
        now.residence_from,
        months,
        left_out,
        now.due if now.permit in ("valid", "suspended") else None,
        now.open,
        tuple(item for item in now.open if item.last_day < as_of),
    )
