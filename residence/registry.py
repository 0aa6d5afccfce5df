"""Everybody's histories: each person's standing on a day, or all that contradicts itself in the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import polars as pl

from residence.history import Facts, Reminder, facts_on, reminder_on
from residence.life_cycle import EVENTS, Event, State
from residence.residence_time import ResidenceTime, states_of, stays, time_of_stays
from residence.rules import Rules
from values.problems import BadInput, Place, Problem
from values.working_days import WorkCalendar

TABLE = "histories"
ROW = "row"
BLOCK = 10_000
"""People whose rows are objects at one time."""
OPTIONAL = ("number", "ground", "stay_days", "area", "office", "department", "reasons")
"""Columns that a table of histories may have beside `subject`, `day` and `event`."""


@dataclass(frozen=True)
class Entry:
    """One row of a history: the event, where it stands, and who told of it."""

    row: int
    event: Event
    department: str = ""


@dataclass(frozen=True)
class Standing:
    """One person on a day. `office` is the last that dealt with them; `stays` end with the current one."""

    person: str
    office: str
    facts: Facts
    time: ResidenceTime
    reminder: Reminder | None
    stays: tuple[tuple[Event, ...], ...]
    state: State


@dataclass(frozen=True)
class Refused:
    """One person whose rows contradict themselves or the rules."""

    person: str
    office: str
    problems: tuple[Problem, ...]


def standings(
    histories: pl.DataFrame,
    as_of: date,
    rules: Rules,
    calendar: WorkCalendar,
    *,
    areas: Collection[str] | None = None,
    offices: Collection[str] | None = None,
    file: str = TABLE,
) -> Iterator[Standing | Refused]:
    """Everybody in order of id: the standing on `as_of`, or why there is none. Nobody stops the others.

    `histories` has `subject`, `day`, `event`, those of `OPTIONAL` that are kept, and `row`, where each
    row stands for whoever reads the problems. A person's events are in the order of `number`, or without it
    of the rows. `areas` and `offices`: those that exist, if it is known. `file` is named in problems.
    """
    order = ["subject", "number", ROW] if "number" in histories.columns else ["subject", ROW]
    lacking = [pl.lit(None).alias(name) for name in OPTIONAL if name not in histories.columns]
    rows = histories.sort(order).with_columns(lacking)
    for own in _by_person(rows.select("subject", ROW, "day", "event", *OPTIONAL)):
        found = _standing(own, as_of, rules, calendar, areas, offices)
        yield _in_file(found, file) if isinstance(found, Refused) else found


def _by_person(rows: pl.DataFrame) -> Iterator[list[tuple[object, ...]]]:
    """Each person's rows; few people at a time become objects."""
    lengths = rows["subject"].rle().struct.field("len").cast(pl.Int64)
    ends = lengths.cum_sum()
    at = 0
    for block in range(0, lengths.len(), BLOCK):
        counts = lengths.slice(block, BLOCK)
        until = int(ends[min(block + BLOCK, lengths.len()) - 1])
        told = rows.slice(at, until - at).rows()
        begin = 0
        for count in counts.to_list():
            yield told[begin : begin + count]
            begin += count
        at = until


def _in_file(refused: Refused, file: str) -> Refused:
    told = (replace(problem, place=replace(problem.place, file=file)) for problem in refused.problems)
    return replace(refused, problems=tuple(told))


def _standing(
    rows: list[tuple[object, ...]],
    as_of: date,
    rules: Rules,
    calendar: WorkCalendar,
    areas: Collection[str] | None,
    offices: Collection[str] | None,
) -> Standing | Refused:
    person = str(rows[0][0])
    office = next((str(row[8]) for row in reversed(rows) if row[8]), "")
    problems = [*_unreadable(person, rows), *_unknown_places(person, rows, areas, offices)]
    if problems:
        return Refused(person, office, tuple(problems))
    entries = _once([_entry(row) for row in rows])
    problems = [*_contradictions(person, entries), *_out_of_order(person, entries)]
    if problems:
        return Refused(person, office, tuple(problems))
    events = [entry.event for entry in entries]
    try:
        states = states_of(events, rules, calendar)
    except BadInput as wrong:
        told = (problem for item in wrong.problems for problem in _told(person, item, entries))
        return Refused(person, office, tuple(told))
    return _found(person, office, events, states, as_of, rules, calendar)


def _found(
    person: str,
    office: str,
    events: list[Event],
    states: list[list[State]],
    as_of: date,
    rules: Rules,
    calendar: WorkCalendar,
) -> Standing:
    if events[-1].day > as_of:
        events = [event for event in events if event.day <= as_of]
        states = states_of(events, rules, calendar)
    parts = stays(events)
    state = states[-1][-1] if states else State()
    facts = facts_on(state, as_of, rules)
    time = time_of_stays(parts, states, as_of, rules)
    return Standing(
        person, office, facts, time, reminder_on(state, as_of, rules), tuple(map(tuple, parts)), state
    )


def _entry(row: tuple[object, ...]) -> Entry:
    _, at, day, kind, _, ground, stay, area, _, department, reasons = row
    assert isinstance(at, int)
    assert isinstance(day, date)
    told = tuple(str(reasons).split("; ")) if reasons else ()
    days = stay if isinstance(stay, int) else None
    return Entry(
        at, Event(day, str(kind), str(ground or ""), days, str(area or ""), told), str(department or "")
    )


def _unreadable(person: str, rows: list[tuple[object, ...]]) -> Iterator[Problem]:
    """Rows without what every row needs."""
    for row in rows:
        for name, value in (("day", row[2]), ("event", row[3])):
            if value is None:
                yield _problem("registry.cell_missing", row[1], name, person=person, column=name)
        if row[3] is not None and row[3] not in EVENTS:
            known = ", ".join(EVENTS)
            yield _problem(
                "registry.event_unknown", row[1], "event", person=person, event=row[3], known=known
            )
    numbers = [(row[4], row[1]) for row in rows if row[4] is not None]
    for row in rows if numbers else ():
        if row[4] is None:
            yield _problem("registry.cell_missing", row[1], "number", person=person, column="number")
    for (one, first), (two, second) in pairwise(numbers):
        if one == two:
            yield _problem("registry.number_twice", second, "number", person=person, number=one, other=first)


def _unknown_places(
    person: str,
    rows: list[tuple[object, ...]],
    areas: Collection[str] | None,
    offices: Collection[str] | None,
) -> Iterator[Problem]:
    for row in rows:
        for name, place, known in (("area", row[7], areas), ("office", row[8], offices)):
            if place and known is not None and place not in known:
                yield _problem("registry.place_unknown", row[1], name, person=person, name=place)


def _once(entries: Sequence[Entry]) -> list[Entry]:
    """What several departments tell alike is one event."""
    kept: dict[Event, Entry] = {}
    found = []
    for entry in entries:
        before = kept.get(entry.event)
        if before is None or before.department == entry.department:
            kept[entry.event] = entry
            found.append(entry)
    return found


_ONCE = ("arrive", "declare", "apply", "accept", "issue", "leave", "hukou", "death")
"""Between two of these of one kind something else must have ended what the first began."""


def _contradictions(person: str, entries: Sequence[Entry]) -> Iterator[Problem]:
    """Departments that tell of the same event on different days, or in different words."""
    open_: dict[str, Entry] = {}
    for entry in entries:
        kind, before = entry.event.kind, open_.get(entry.event.kind)
        both = before is not None and before.department and entry.department
        if before is not None and both and before.department != entry.department:
            yield _contradiction(person, entry, before)
        if kind in ("arrive", "leave", "hukou", "death", "refuse", "deny", "not_endorsed", "confiscate"):
            open_ = {name: known for name, known in open_.items() if name == kind}
        if kind in _ONCE:
            open_[kind] = entry


def _contradiction(person: str, entry: Entry, before: Entry) -> Problem:
    return _problem(
        "registry.contradiction",
        entry.row,
        "event",
        person=person,
        event=entry.event.kind,
        department=entry.department,
        day=entry.event.day,
        other=before.row,
        other_event=before.event.kind,
        other_department=before.department,
        other_day=before.event.day,
    )


def _out_of_order(person: str, entries: Sequence[Entry]) -> Iterator[Problem]:
    latest = entries[0]
    for entry in entries[1:]:
        if entry.event.day < latest.event.day:
            yield _problem(
                "registry.out_of_order",
                entry.row,
                "day",
                person=person,
                event=entry.event.kind,
                day=entry.event.day,
                other=latest.row,
                other_event=latest.event.kind,
                other_day=latest.event.day,
            )
        else:
            latest = entry


_CONFLICTS = (
    "residence.not_allowed",
    "residence.out_of_order",
    "residence.histories_overlap",
    "residence.not_registered",
    "residence.away_twice",
    "residence.not_away",
    "residence.nothing_changed",
    "residence.told_once",
)
"""What one department says and another cannot: not a day too early, a word unknown or a notice missing."""
_BY_ITSELF = ("calendar.year_missing", "residence.stay_unknown", "residence.ground_unknown")
"""What is wrong with an event whatever was before it."""


def _told(person: str, problem: Problem, entries: Sequence[Entry]) -> Iterator[Problem]:
    """A refused event with its row and person, and what it does not fit; departments that differ instead."""
    index = problem.place.row - 1
    entry, before = entries[index], entries[index - 1] if index else None
    conflict = problem.code in _CONFLICTS
    both = before is not None and before.department and entry.department
    if conflict and before is not None and both and before.department != entry.department:
        yield _contradiction(person, entry, before)
        return
    yield Problem(problem.code, problem.params, Place(file=TABLE, row=entry.row, field="event"))
    if problem.code in _BY_ITSELF:
        yield _problem("registry.whose", entry.row, "event", person=person, event=entry.event.kind)
        return
    if before is None:
        yield _problem("registry.first", entry.row, "event", person=person, event=entry.event.kind)
        return
    yield _problem(
        "registry.follows",
        entry.row,
        "event",
        person=person,
        event=entry.event.kind,
        day=entry.event.day,
        other=before.row,
        other_event=before.event.kind,
        other_day=before.event.day,
    )


def _problem(code: str, row: object, field: str, **params: object) -> Problem:
    assert isinstance(row, int)
    return Problem.of(code, Place(file=TABLE, row=row, field=field), **params)
