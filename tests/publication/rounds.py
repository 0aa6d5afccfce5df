"""A small decided round as the tables and objects a record is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl

from publication.record import RoundTables
from publication.tables import Table
from values.canonical import digest_of
from values.tables import Column, TableSchema

EAST = "east/primary"
ID = Column("candidate", "id")
RANKING = TableSchema(
    "ranking",
    (
        ID,
        Column("scope", "id"),
        Column("total", "decimal", decimals=2),
        Column("filed_at", "datetime"),
        Column("ticket", "text"),
        Column("rank", "integer"),
        Column("position", "integer"),
    ),
)
OUTCOMES = TableSchema(
    "outcomes",
    (
        ID,
        Column("outcome", "choice", members=("placed", "gave_up", "waiting")),
        Column("stage", "id"),
        Column("offer", "id"),
        Column("waiting", "integer"),
    ),
)
CUTOFFS = TableSchema("cutoffs", (Column("stage", "id"), Column("seat", "id"), Column("seats", "integer")))
QUOTAS = TableSchema("quotas", (Column("scope", "id"), Column("seats", "integer")))
OFFERS = TableSchema("offers", (Column("offer", "id"), Column("scope", "id"), Column("name", "text")))
EXCLUDED = TableSchema("excluded", (ID, Column("status", "id"), Column("reasons", "text")))
PREFERENCES = TableSchema("preferences", (ID, Column("rank", "integer"), Column("offer", "id")))


def small_round(reasons: tuple[str, ...] = ("below_gate", "below_gate|permit")) -> RoundTables:
    """Three ranked for two seats, one of whom gave up; the rest excluded for `reasons`."""
    tables = {
        "ranking.csv": _table(
            RANKING,
            [
                ("b", EAST, 9000, datetime(2015, 3, 1, 9, 30), "bb" * 32, 1, 1),
                ("c", EAST, 8750, datetime(2015, 3, 1, 9, 30), "cc" * 32, 2, 2),
                ("a", EAST, 8750, datetime(2015, 3, 1, 9, 30), "dd" * 32, 2, 3),
            ],
        ),
        "outcomes.csv": _table(
            OUTCOMES,
            [
                ("c", "gave_up", "placement", "school2", None),
                ("a", "waiting", "selection", None, 1),
                ("b", "placed", "placement", "school1", None),
            ],
        ),
        "cutoffs.csv": _table(CUTOFFS, [("selection", EAST, 2), ("admission", "school1", 1)]),
        "quotas.csv": _table(QUOTAS, [(EAST, 2)]),
        "offers.csv": _table(OFFERS, [("school2", EAST, "东区二小"), ("school1", EAST, "东区,一小")]),
        "excluded.csv": _table(EXCLUDED, [(f"x{n}", "ineligible", codes) for n, codes in enumerate(reasons)]),
        "preferences.csv": _table(
            PREFERENCES, [("b", 10, "school1"), ("b", 9, "school2"), ("a", 1, "school1")]
        ),
    }
    policy = {"format": "policy/1", "id": "test/points"}
    return RoundTables(
        tables=tables,
        inputs={
            "preferences": tables["preferences.csv"], "policy.yaml": b"id: test\n", "round.json": b"{}\n"
        },
        policy=policy,
        round={
            "id": "test-2015", "title": {"zh": "测试", "en": "test"}, "service": "school",
            "as_of": "2015-04-30", "illustrative": None, "corrects": None,
        },
        description={"id": "test/points", "digest": digest_of(policy), "documents": []},
        engine={"jifen": "0.1.0", "python": "3.11.7"},
        draw=None,
        ranking={"scope": ["town", "stage"], "keys": [], "ties": ["lottery"]},
        score={"lines": [], "groups": [], "multiplier": None, "gate": None, "takes": "own"},
        stages=({"name": "selection"}, {"name": "admission"}, {"name": "placement"}),
        refusal={"gives_up": True, "refill": False},
    )  # fmt: skip


def with_tables(tables: RoundTables, **changed: pl.DataFrame) -> RoundTables:
    """The same round with other rows in some tables, named without `.csv`."""
    found: Mapping[str, Table] = tables.tables
    swapped = {f"{name}.csv": Table(found[f"{name}.csv"].schema, frame) for name, frame in changed.items()}
    return replace(tables, tables={**found, **swapped})


def _table(schema: TableSchema, rows: list[tuple[object, ...]]) -> Table:
    stored = {"decimal": pl.Int64(), "integer": pl.Int64(), "datetime": pl.Datetime("us")}
    types = {
        c.name: pl.Enum(c.members) if c.type == "choice" else stored.get(c.type, pl.String())
        for c in schema.columns
    }
    return Table(schema, pl.DataFrame(rows, schema=types, orient="row"))
