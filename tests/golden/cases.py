"""Worked cases as files a lawyer can read, turned into the tables of a round."""

from __future__ import annotations

from collections.abc import Sequence
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

FILED = {"filed_at": "2015-03-16T09:00", "longitude": "113.38", "latitude": "22.52"}


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
    return outcomes_of(facts_of_cases(policy, [case]))[0]


def outcomes_of(facts: Facts) -> list[dict[str, object]]:
    """What the engine gives for every case of `facts_of_cases`, in the form of `expect`."""
    policy = facts.policy
    scores = score(facts)
    standings = qualify(facts, assess(facts), scores)
    lines = scores.lines.rows(named=True) if scores.lines.width else [{} for _ in range(facts.frame.height)]
    codes = {
        pair: reasons["code"].to_list()
        for (pair,), reasons in standings.reasons.partition_by("pair", as_dict=True).items()
    }
    return [
        {
            "indicators": {name: _text(policy, amount) for name, amount in lines[pair].items()},
            "subtotal": _text(policy, totals["subtotal"]),
            "total": _text(policy, totals["total"]),
            "status": STATUSES[standings.pair_status[pair]],
            "reasons": codes.get(pair, []),
            "multiplied": totals["multiplied"],
        }
        for pair, totals in enumerate(scores.totals.rows(named=True))
    ]


def facts_of_case(policy: Policy, case: Case) -> Facts:
    """The facts frame of a case: one subject, one candidate."""
    return facts_of_cases(policy, [case])


def facts_of_cases(policy: Policy, cases: Sequence[Case]) -> Facts:
    """The facts frame of cases of one service and date: one pair a case, in the order of the cases."""
    ((service, as_of),) = {(str(case.given["service"]), case.given["as_of"]) for case in cases}
    assert isinstance(as_of, date)
    schemas = round_schemas(policy, service)
    own = policy.services[service].candidate.takes == "own"
    subjects, candidates = [], []
    ledgers: dict[str, list[dict[str, object]]] = {name: [] for name in policy.ledgers}
    for number, case in enumerate(cases, 1):
        subject = f"S{number:05}"
        ids = {"candidate": subject if own else f"C{number:05}", "subject": subject}
        subjects.append({"subject": subject, **_part(case, "subject")})
        candidates.append({**FILED, **ids, **_part(case, "candidate")})
        for name, rows in _part(case, "ledgers").items():
            ledgers[name] += [{"subject": subject, **row} for row in rows]  # type: ignore[attr-defined]
    frames = {name: frame_of(schemas[name], rows) for name, rows in ledgers.items()}
    applicants = with_measures(policy, service, frame_of(schemas["applicants"], subjects), frames)
    return assemble(policy, service, applicants, frame_of(schemas["candidates"], candidates), as_of=as_of)


def _part(case: Case, part: str) -> dict[str, object]:
    found = case.given.get(part, {})
    assert isinstance(found, dict)
    return found


def _completed(defaults: dict[str, object], case: dict[str, object]) -> dict[str, object]:
    given: dict[str, object] = {}
    for name, value in {"subject": {}, "candidate": {}, "ledgers": {}, **defaults}.items():
        own = case.get(name)
        given[name] = {**value, **(own or {})} if isinstance(value, dict) else (own or value)  # type: ignore[dict-item]
    unknown = set(case) - set(given) - {"case", "expect"}
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
