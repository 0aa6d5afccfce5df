"""A person's history of events: the state it leads to, and the facts of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from residence.life_cycle import (
    Event,
    Obligation,
    Permit,
    Refusal,
    Registration,
    State,
    advance,
    broken_since,
    elapsed,
    endorsement_window,
)
from residence.rules import Rules
from values.dates import full_months
from values.problems import BadInput, Place, Problem, bad_input
from values.working_days import WorkCalendar


@dataclass(frozen=True)
class Facts:
    """What is so on a day, and since when.

    `residence_months`: completed months that count; None if nothing does yet. `not_counted`:
    suspensions left out of them, first and last day. `overdue`: obligations whose last day has passed.
    `broken_since`: residence is not continuous since then, and stands still. `score_frozen`: points may not
    be used while the permit is suspended. `unreasoned`: refusals without reasons.
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
    broken_since: date | None = None
    score_frozen: bool = False
    unreasoned: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class Reminder:
    """An endorsement to remind of. `days_left` is negative once it is overdue."""

    opens: date
    due: date
    days_left: int
    reminded: date | None


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

    Residence counts until the person leaves, becomes a local, dies or is not endorsed, through the day an
    endorsement was due while the permit is suspended, and until the day since which it is broken.
    Suspensions that ended are left out with `pause` (the beginning moves by as many days), begin the count
    anew with `reset`, and are no matter with `ignore`, which also counts through one that lasts.

    Raises:
        ValueError: `as_of` is before the last event.
    """
    if state.last and as_of < state.last:
        raise ValueError(f"{as_of} is before the last event")
    now = elapsed(state, as_of)
    broken = None if now.counted_until else broken_since(now, as_of, rules)
    ends = [as_of, *(end for end in (now.counted_until, broken) if end)]
    if now.permit == "suspended" and now.due and rules.suspension_effect != "ignore":
        ends.append(now.due + timedelta(days=1))
    left_out = _since(now.residence_from, now.gaps) if rules.suspension_effect == "pause" else ()
    months = None
    if now.residence_from:
        days = sum(max(0, (min(last + timedelta(1), min(ends)) - first).days) for first, last in left_out)
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
        broken,
        now.permit == "suspended" and rules.suspended_score == "frozen",
        tuple(item for item in now.refusals if not item.reasons),
    )


def _since(begun: date | None, gaps: Sequence[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """The suspensions since residence began: those before an absence or late move count no more."""
    return tuple((max(first, begun), last) for first, last in gaps if begun and last >= begun)


def months_over(histories: Sequence[State], as_of: date, rules: Rules) -> int:
    """Months of residence over a person's histories in order of time, the last one still going on.

    With `termination_effect` `keep`, the months of earlier histories (a permit that was terminated, a
    stay that ended) are added, each up to the arrival that begins the next; with `reset` only the last
    history counts.

    Raises:
        BadInput: `residence.histories_overlap`: an earlier history has events after the next one begins.
    """
    if rules.termination_effect == "reset":
        histories = histories[-1:]
    months = 0
    for index, state in enumerate(histories):
        after = histories[index + 1].arrived_on if index + 1 < len(histories) else None
        if after and state.last and state.last > after:
            raise bad_input("residence.histories_overlap", last=state.last, arrived=after)
        months += facts_on(state, min(as_of, after or as_of), rules).residence_months or 0
    return months


def reminder_on(state: State, as_of: date, rules: Rules) -> Reminder | None:
    """What to remind a holder of on a day: from the day the window opens until the permit is endorsed."""
    now = elapsed(state, as_of)
    if now.permit not in ("valid", "suspended") or now.due is None:
        return None
    opens, due = endorsement_window(now.due, rules)
    return Reminder(opens, due, (due - as_of).days, now.reminded) if as_of >= opens else None
