"""The shipped rounds as a demonstration: official seats, synthetic people, the same tables a bureau files."""

from __future__ import annotations

import polars as pl

from publication.canonical_csv import canonical_csv
from publication.tables import Table
from scenarios.config import RoundConfig
from scenarios.synthetic import synthetic_city
from scenarios.tables import Applications, empty_tables, round_schemas
from scoring.pack import Pack
from values.tables import TableSchema

SEED = 2015
"""Any number; it moves the invented people only."""


def demo_tables(pack: Pack, config: RoundConfig, quotas: pl.DataFrame, *, families: int) -> dict[str, bytes]:
    """The tables of a shipped round as CSV files by name, with about `families` synthetic families."""
    schemas = round_schemas(pack.policy, config.service)
    invented = synthetic_applications(pack, config, quotas, seed=SEED, families=families).tables()
    return {f"{name}.csv": _as_csv(schema, invented[name]) for name, schema in schemas.items()}


def synthetic_applications(
    pack: Pack, config: RoundConfig, quotas: pl.DataFrame, *, seed: int, families: int
) -> Applications:
    """A synthetic city with the tables that the round's service reads."""
    city = synthetic_city(pack.policy, quotas, seed=seed, families=families, as_of=config.as_of)
    used = {name: city[name] for name in round_schemas(pack.policy, config.service)}
    ledgers = {name: used.pop(name) for name in pack.policy.ledgers if name in used}
    return Applications(**{**empty_tables(), **used}, ledgers=ledgers)


def _as_csv(schema: TableSchema, frame: pl.DataFrame) -> bytes:
    columns = tuple(column for column in schema.columns if column.name in frame.columns)
    narrowed = TableSchema(schema.name, columns, schema.unique, schema.may_be_empty)
    return canonical_csv(Table(narrowed, frame.select(column.name for column in columns)))
