"""People given as plain values, one household a case, as the tables that a round would read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial

import polars as pl

from scenarios.case_forms import Given
from scenarios.measured import measured
from scenarios.tables import TABLE_NAMES, round_schemas
from scoring.facts import Facts, assemble
from scoring.policy import Policy
from scoring.reading import HAS_SPOUSE
from values.dates import month_number
from values.points import to_units
from values.problems import BadInput, Place, Problem
from values.tables import Column, TableSchema
from values.yaml_marks import Document, Path

FILED: Mapping[str, object] = {"filed_at": "2000-01-01T09:00", "longitude": "113.38", "latitude": "22.52"}
"""When and from where a case applies, if it does not say: neither moves points."""

Person = Mapping[str, object]


@dataclass(frozen=True)
class Household:
    """Those who are scored, the one who is placed, and the rows of long tables of the first."""

    subject: Person
    second_subject: Person | None
    candidate: Person
    rows: Mapping[str, Sequence[Person]]
    spouse: Person | None = None


def household(given: Given) -> Household:
    """The people and rows of a completed case."""
    rows = {**given.ledgers, **given.tables}
    return Household(given.subject, given.second_subject, given.candidate, rows, given.spouse)


def facts_of_households(
    policy: Policy, service: str, households: Sequence[Household], *, as_of: date
) -> Facts:
    """The facts of all households, candidates in the order given. FILED holds where a household says nothing.

    Raises:
        BadInput: `facts.*` of what no table could hold.
    """
    filed = (replace(one, candidate={**FILED, **one.candidate}) for one in households)
    named = {f"{number:05}": one for number, one in enumerate(filed, 1)}
    frames = tables_of_households(policy, service, named)
    people = frames.pop("applicants"), frames.pop("candidates")
    applicants, children = measured(policy, service, *people, frames, as_of=as_of)
    return assemble(policy, service, applicants, children, as_of=as_of)


def tables_of_households(
    policy: Policy, service: str, households: Mapping[str, Household]
) -> dict[str, pl.DataFrame]:
    """The applicants, the candidates (with the ids given) and every long table of the service, by name.

    Raises:
        BadInput: `examples.wrong_value`.
    """
    schemas = round_schemas(policy, service)
    own = policy.services[service].candidate.takes == "own"
    rows: dict[str, list[Person]] = {name: [] for name in schemas if name not in TABLE_NAMES}
    rows |= {"applicants": [], "candidates": []}
    for candidate, one in households.items():
        ids = {"candidate": candidate, "subject": candidate if own else f"{candidate}/1"}
        first = _read(_married(one, f"{candidate}/spouse"), schemas["applicants"])
        rows["applicants"].append({"subject": ids["subject"], **first})
        if one.spouse is not None and "spouse" in first:
            spouse = _read(one.spouse, schemas["applicants"])
            rows["applicants"].append({"subject": f"{candidate}/spouse", **spouse})
        if one.second_subject is not None:
            ids["second_subject"] = f"{candidate}/2"
            second = _read(one.second_subject, schemas["applicants"])
            rows["applicants"].append({"subject": ids["second_subject"], **second})
        rows["candidates"].append({**_read(one.candidate, schemas["candidates"]), **ids})
        for name in one.rows.keys() & rows.keys():
            key = policy.tables[name].of if name in policy.tables else "subject"
            rows[name] += [{key: ids[key], **row} for row in one.rows[name]]
    return {name: frame_of(schemas[name], found) for name, found in rows.items()}


def _married(household: Household, spouse: str) -> Person:
    """The first subject with the spouse named; somebody of whom no spouse is told has none."""
    told = {HAS_SPOUSE: household.spouse is not None, **household.subject}
    return told if household.spouse is None else {**told, "spouse": spouse}


@dataclass(frozen=True)
class Sources:
    """Where what is said about somebody may stand in a file: paths, the nearest first, the defaults last."""

    document: Document
    paths: tuple[Path, ...]

    def path(self, parts: Sequence[str], *key: str | int) -> Path:
        """The path of `key` below the first of these parts that has it; where somebody stands if none has."""
        below = ((*path, part, *key) for path in self.paths for part in parts)
        return next((path for path in below if path in self.document.places), self.paths[0])

    def place(self, parts: Sequence[str], *key: str | int) -> Place:
        """The place of `path`."""
        return self.document.place(self.path(parts, *key))

    def is_default(self, parts: Sequence[str], *key: str | int) -> bool:
        """Whether `key` is said by the defaults."""
        return self.path(parts, *key)[: len(self.paths[-1])] == self.paths[-1]


@dataclass(frozen=True)
class Sheets:
    """The tables of a service, and the columns that the tables of any service of the pack have."""

    schemas: Mapping[str, TableSchema]
    known: frozenset[str]


def sheets_of(policy: Policy, service: str) -> Sheets:
    """What a household may say in a service."""
    known = (
        column.name
        for name in policy.services
        for schema in round_schemas(policy, name).values()
        for column in schema.columns
    )
    return Sheets(round_schemas(policy, service), frozenset(known))


def household_problems(
    sheets: Sheets, household: Household, sources: Sources, idle: Container[str] = ()
) -> Iterator[Problem]:
    """What a household says that the tables of the service cannot hold, each at its place.

    Facts in `idle` may be given though nothing reads them: another reading of the pack does.

    Codes: `examples.unknown_fact`, `.unknown_rows`, `.wrong_value`.
    """
    schemas = sheets.schemas
    parts = {"subject": (household.subject, "applicants"), "candidate": (household.candidate, "candidates")}
    if household.second_subject is not None:
        parts["second_subject"] = (household.second_subject, "applicants")
    if household.spouse is not None:
        parts["spouse"] = (household.spouse, "applicants")
    for part, (person, table) in parts.items():
        where = (part,) if part == "candidate" else (part, "subject")
        columns = {column.name for column in schemas[table].columns}
        read = {
            fact: value
            for fact, value in person.items()
            if fact in columns
            or not (fact in idle or (fact in sheets.known and sources.is_default(where, fact)))
        }
        yield from cell_problems(read, schemas[table], partial(sources.place, where))
    where = ("ledgers", "tables")
    for name, rows in household.rows.items():
        if name in schemas and name not in TABLE_NAMES:
            for number, row in enumerate(rows):
                yield from cell_problems(row, schemas[name], partial(sources.place, where, name, number))
        elif not sources.is_default(where, name):
            long = ", ".join(name for name in schemas if name not in TABLE_NAMES) or "–"
            yield Problem.of("examples.unknown_rows", sources.place(where, name), name=name, known=long)


def frame_of(schema: TableSchema, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Rows of plain values as the frame that a table of this schema is read into.

    Raises:
        BadInput: `examples.wrong_value` of a value that the column cannot hold.
    """
    columns = [
        pl.Series(column.name, [stored(column, row.get(column.name)) for row in rows], dtype=_dtype(column))
        for column in schema.columns
        if column.required or any(column.name in row for row in rows)
    ]
    return pl.DataFrame(columns)


def stored(column: Column, value: object) -> object:
    """A plain value as the column's frame holds it; None is unknown.

    Raises:
        BadInput: `examples.wrong_value`.
    """
    if value is None:
        return None
    try:
        found = _converted(column, value)
    except (ValueError, InvalidOperation, BadInput):
        raise BadInput([_wrong(column, value)]) from None
    limited = column.type in ("integer", "decimal") and isinstance(found, int)
    low, high = column.minimum, column.maximum
    if limited and not ((low is None or low <= found) and (high is None or found <= high)):  # type: ignore[operator]
        raise BadInput([_wrong(column, value)])
    return found


def _converted(column: Column, value: object) -> object:
    match column.type:
        case "choice" if value in column.members:
            return value
        case "integer" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "decimal" if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
            return to_units(str(value), column.decimals)
        case "boolean" if isinstance(value, bool):
            return value
        case "date" if isinstance(value, date):
            return value
        case "month":
            return month_number(date.fromisoformat(f"{value}-01"))
        case "datetime":
            return datetime.fromisoformat(str(value))
        case "id" | "text":
            return str(value)
    raise ValueError


def _wrong(column: Column, value: object) -> Problem:
    return Problem.of("examples.wrong_value", fact=column.name, value=value, expected=_expected(column))


def _expected(column: Column) -> str:
    if column.members:
        return " | ".join(column.members)
    if column.type in ("integer", "decimal") and column.minimum is not None and column.maximum is not None:
        unit = 10**column.decimals
        return f"{column.type}, {column.minimum // unit} … {column.maximum // unit}"
    return column.type


def cell_problems(
    row: Mapping[str, object], schema: TableSchema, place_of: Callable[[str], Place]
) -> Iterator[Problem]:
    """What the columns of a table cannot hold, each at its place.

    Codes: `examples.unknown_fact`, `.wrong_value`.
    """
    columns = {column.name: column for column in schema.columns}
    for name, value in row.items():
        if name not in columns:
            near = difflib.get_close_matches(name, columns, 1)
            yield Problem.of(
                "examples.unknown_fact", place_of(name), fact=name, near=near[0] if near else "–"
            )
            continue
        try:
            stored(columns[name], value)
        except BadInput as error:
            yield from (Problem(one.code, one.params, place_of(name)) for one in error.problems)


def _read(person: Person, schema: TableSchema) -> dict[str, object]:
    """What the table has a column for."""
    known = {column.name for column in schema.columns}
    return {name: value for name, value in person.items() if name in known}


def _dtype(column: Column) -> pl.DataType | type[pl.DataType]:
    if column.type == "choice":
        return pl.Enum(column.members)
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {
        "integer": pl.Int64,
        "decimal": pl.Int64,
        "boolean": pl.Boolean,
        "date": pl.Date,
        "datetime": pl.Datetime("us"),
        "month": pl.Int32,
    }
    return kinds.get(column.type, pl.String)
