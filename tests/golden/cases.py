"""Worked cases as files a lawyer can read, turned into the tables of a round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from scenarios.measured import with_measures
from scenarios.tables import round_schemas
from scoring.candidates import qualify
from scoring.eligibility import STATUSES, assess
from scoring.facts import Facts, assemble
from scoring.policy import Policy
from scoring.score import score
from values.dates import month_number
from values.points import to_text, to_units
from values.tables import Column, TableSchema
from values.yaml_marks import read_yaml


@dataclass(frozen=True)
class Case:
    """One worked case: the facts that differ from the defaults, and what the text gives."""

    name: str
    given: dict[str, object]
    expect: dict[str, object]


def read_cases(path: Path) -> list[Case]:
    """The cases of a file, each completed with the file's defaults."""
    document = read_yaml(path.read_text("utf-8"), path.name).value
    defaults = document["defaults"]  # type: ignore[index]
    return [Case(case["case"], _completed(defaults, case), case["expect"]) for case in document["cases"]]  # type: ignore[index]


def outcome_of(policy: Policy, case: Case) -> dict[str, object]:
    """What the engine gives for a case, in the form of `expect`."""
    facts = facts_of_case(policy, case)
    scores = score(facts)
    standings = qualify(facts, assess(facts), scores)
    lines = scores.lines.row(0, named=True) if scores.lines.width else {}
    totals = scores.totals.row(0, named=True)
    return {
        "indicators": {name: _text(policy, amount) for name, amount in lines.items()},
        "subtotal": _text(policy, totals["subtotal"]),
        "total": _text(policy, totals["total"]),
        "status": STATUSES[standings.pair_status[0]],
        "reasons": standings.reasons.filter(pl.col("pair") == 0)["code"].to_list(),
        "multiplied": totals["multiplied"],
    }


def facts_of_case(policy: Policy, case: Case) -> Facts:
    """The facts frame of a case: one subject, one candidate."""
    service = str(case.given["service"])
    schemas = round_schemas(policy, service)
    subject: dict[str, object] = {"subject": "S1", **case.given["subject"]}  # type: ignore[dict-item]
    own = policy.services[service].candidate.takes == "own"
    ids: dict[str, object] = {"candidate": "S1" if own else "C1", "subject": "S1"}
    candidate = {**ids, **case.given["candidate"]}  # type: ignore[dict-item]
    candidate = {"filed_at": "2015-03-16T09:00", "longitude": "113.38", "latitude": "22.52", **candidate}
    ledgers = case.given["ledgers"]
    frames = {
        name: frame_of(schemas[name], [{"subject": "S1", **row} for row in ledgers.get(name, [])])  # type: ignore[attr-defined]
        for name in policy.ledgers
    }
    applicants = with_measures(policy, service, frame_of(schemas["applicants"], [subject]), frames)
    as_of = case.given["as_of"]
    assert isinstance(as_of, date)
    return assemble(policy, service, applicants, frame_of(schemas["candidates"], [candidate]), as_of=as_of)


def _completed(defaults: dict[str, object], case: dict[str, object]) -> dict[str, object]:
    given: dict[str, object] = {}
    for name, value in defaults.items():
        own = case.get(name)
        given[name] = {**value, **(own or {})} if isinstance(value, dict) else (own or value)  # type: ignore[dict-item]
    unknown = set(case) - set(defaults) - {"case", "expect"}
    assert not unknown, unknown
    return given


def frame_of(schema: TableSchema, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of plain values as the frame that a table of this schema is read into."""
    known = {column.name for column in schema.columns}
    for row in rows:
        assert set(row) <= known, set(row) - known
    columns = [
        pl.Series(column.name, [_stored(column, row.get(column.name)) for row in rows], dtype=_dtype(column))
        for column in schema.columns
        if column.required or any(column.name in row for row in rows)
    ]
    return pl.DataFrame(columns)


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


def _stored(column: Column, value: object) -> object:
    if value is None:
        return None
    if column.type == "decimal":
        return to_units(str(value), column.decimals)
    if column.type == "month":
        return month_number(date.fromisoformat(f"{value}-01"))
    if column.type == "datetime":
        return datetime.fromisoformat(str(value))
    return value


def _text(policy: Policy, units: int | None) -> str | None:
    return None if units is None else to_text(units, policy.scale)
