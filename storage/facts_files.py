"""Facts for scoring alone: a round's folder, an audit bundle, or one flat table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from scenarios.measured import measured
from scenarios.residence_facts import with_residence
from scenarios.tables import HISTORIES, pairs_schema, round_schemas
from scoring.facts import Facts, assemble, assemble_pairs
from scoring.policy import Policy
from storage.bundle_facts import facts_in_bundle
from storage.importers import read_table
from storage.rounds import read_some_tables, residence_beside
from values.problems import Place, bad_input
from values.tables import TableSchema


def read_facts(
    path: Path, policy: Policy, service: str, *, as_of: date, beside: Policy | None = None
) -> Facts:
    """The facts of everyone in a folder of tables (people, ledgers, long tables) or in one file.

    Columns and tables that only the policy `beside` reads may be there too.

    Raises:
        BadInput: every problem of the tables; `round.unknown_service`.
    """
    if service not in policy.services:
        known = ", ".join(policy.services)
        raise bad_input("round.unknown_service", Place(file=str(path)), service=service, known=known)
    if path.is_dir():
        return _folder_facts(path, policy, service, as_of, beside)
    schema = pairs_schema(policy, service)
    if beside is not None and service in beside.services:
        schema = widened(schema, pairs_schema(beside, service))
    return assemble_pairs(policy, service, _with_candidates(read_table(path, schema)), as_of=as_of)


def widened(schema: TableSchema, other: TableSchema) -> TableSchema:
    """A schema with the columns that only another one has, which need not be there."""
    known = {column.name for column in schema.columns}
    more = (
        replace(column, required=False, complete=False)
        for column in other.columns
        if column.name not in known
    )
    return replace(schema, columns=(*schema.columns, *more))


def read_facts_of(path: Path, policy: Policy, service: str, *, as_of: date, candidate: str) -> Facts:
    """Facts among which are the candidate's: of nobody else if an audit bundle of the same round has them.

    Raises:
        BadInput: as `read_facts`; `facts.nobody_of_that_name`, `storage.damaged_bundle`.
    """
    alone = facts_in_bundle(path, policy, service, as_of=as_of, candidate=candidate)
    return read_facts(path, policy, service, as_of=as_of) if alone is None else alone


def _folder_facts(folder: Path, policy: Policy, service: str, as_of: date, beside: Policy | None) -> Facts:
    inputs = folder / "inputs" if (folder / "inputs").is_dir() else folder
    schemas = round_schemas(policy, service)
    if beside is not None and service in beside.services:
        others = round_schemas(beside, service)
        both = schemas.keys() & others.keys()
        schemas |= {name: widened(schemas[name], others[name]) for name in both}
    wanted = {
        name: schema
        for name, schema in schemas.items()
        if name in ("applicants", "candidates", HISTORIES, *policy.side_tables)
    }
    frames = read_some_tables(inputs, wanted)
    candidates, applicants = frames.pop("candidates"), frames.pop("applicants")
    histories = frames.pop(HISTORIES, None)
    residence = None if histories is None else residence_beside(folder)
    handed = with_residence(policy, service, applicants, histories, residence, as_of)
    applicants, candidates = measured(policy, service, handed, candidates, frames, as_of=as_of)
    return assemble(policy, service, applicants, candidates, as_of=as_of)


def _with_candidates(pairs: pl.DataFrame) -> pl.DataFrame:
    """An optional column that a file lacks comes as nulls: then everyone is their own candidate."""
    return pairs.with_columns(pl.col("candidate").fill_null(pl.col("subject")))
