"""The shipped rounds as a demonstration: official seats, synthetic people, the same tables a bureau files."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, Protocol

import polars as pl

from publication.canonical_csv import canonical_csv
from publication.tables import Table
from scenarios.config import RoundConfig
from scenarios.synthetic import synthetic_city
from scenarios.synthetic_draw import synthetic_draw
from scenarios.synthetic_housing import synthetic_households
from scenarios.tables import Applications, empty_tables, round_schemas
from scoring.pack import Pack
from scoring.policy import Policy
from values.tables import TableSchema

SEED = 2015
"""Any number; it moves the invented people only."""


class Generator(Protocol):
    """Invents the tables of a round, perhaps more of them, with more columns, than its service reads."""

    def __call__(
        self, policy: Policy, quotas: pl.DataFrame, *, seed: int, families: int, as_of: date
    ) -> dict[str, pl.DataFrame]: ...


class Invented(NamedTuple):
    """Who invents the people of a service, and how many households the demonstration has at most."""

    generator: Generator
    most: int | None


GENERATORS = {
    "school": Invented(synthetic_city, None),
    "housing": Invented(synthetic_households, 1_400),
    "draw": Invented(synthetic_draw, 3_000),
}
"""By service; a service based on another has the other's people."""


def demo_tables(pack: Pack, config: RoundConfig, quotas: pl.DataFrame, *, families: int) -> dict[str, bytes]:
    """The tables of a shipped round as CSV files by name, with about `families` synthetic families."""
    schemas = round_schemas(pack.policy, config.service)
    fewer = min(families, _invented(pack.policy, config.service).most or families)
    invented = synthetic_applications(pack, config, quotas, seed=SEED, families=fewer).tables()
    return {f"{name}.csv": _as_csv(schema, invented[name]) for name, schema in schemas.items()}


def synthetic_applications(
    pack: Pack, config: RoundConfig, quotas: pl.DataFrame, *, seed: int, families: int
) -> Applications:
    """Synthetic people with the tables and columns that the round's service reads."""
    policy, schemas = pack.policy, round_schemas(pack.policy, config.service)
    generator = _invented(policy, config.service).generator
    invented = generator(policy, quotas, seed=seed, families=families, as_of=config.as_of)
    used = {name: _columns(schema, invented[name]) for name, schema in schemas.items()}
    ledgers = {name: used.pop(name) for name in policy.side_tables if name in used}
    return Applications(**{**empty_tables(), **used}, ledgers=ledgers)  # type: ignore[arg-type]


def _invented(policy: Policy, service: str) -> Invented:
    return GENERATORS[policy.services[service].based_on or service]


def _columns(schema: TableSchema, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(column.name for column in schema.columns if column.name in frame.columns)


def _as_csv(schema: TableSchema, frame: pl.DataFrame) -> bytes:
    columns = tuple(column for column in schema.columns if column.name in frame.columns)
    narrowed = TableSchema(schema.name, columns, schema.unique, schema.may_be_empty)
    return canonical_csv(Table(narrowed, frame))
