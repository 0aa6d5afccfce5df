"""Facts for scoring alone: a round's folder, an audit bundle, or one flat table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from scenarios.marked_wishes import with_open_marks
from scenarios.measured import measured
from scenarios.residence_facts import with_residence
from scenarios.spare_columns import flat_schema, with_spare
from scenarios.tables import HISTORIES, no_preferences, round_schemas, widened
from scoring.facts import Facts, assemble, assemble_pairs
from scoring.pack import Pack
from storage.bundle_facts import facts_in_bundle
from storage.importers import read_table
from storage.rounds import read_some_tables, residence_beside
from values.problems import Place, bad_input
from values.tables import TableSchema


def read_facts(path: Path, pack: Pack, service: str, *, as_of: date, beside: Pack | None = None) -> Facts:
    """The facts of everyone in a folder of tables (people, ledgers, long tables) or in one file.

    Columns and tables that only the pack `beside` reads may be there too.

    Raises:
        BadInput: every problem of the tables; `round.unknown_service`.
    """
    policy = pack.policy
    if service not in policy.services:
        known = ", ".join(policy.services)
        raise bad_input("round.unknown_service", Place(file=str(path)), service=service, known=known)
    if path.is_dir():
        return _folder_facts(path, pack, service, as_of, beside)
    schema = flat_schema(pack, service)
    if beside is not None and service in beside.policy.services:
        schema = widened(schema, flat_schema(beside, service))
    return assemble_pairs(policy, service, _with_candidates(read_table(path, schema)), as_of=as_of)


def read_facts_of(path: Path, pack: Pack, service: str, *, as_of: date, candidate: str) -> Facts:
    """Facts among which are the candidate's: of nobody else if an audit bundle of the same round has them.

    Raises:
        BadInput: as `read_facts`; `facts.nobody_of_that_name`, `storage.damaged_bundle`.
    """
    alone = facts_in_bundle(path, pack.policy, service, as_of=as_of, candidate=candidate)
    return read_facts(path, pack, service, as_of=as_of) if alone is None else alone


def _folder_facts(folder: Path, pack: Pack, service: str, as_of: date, beside: Pack | None) -> Facts:
    inputs = folder / "inputs" if (folder / "inputs").is_dir() else folder
    policy = pack.policy
    schemas = with_spare(round_schemas(policy, service), pack, service)
    if beside is not None and service in beside.policy.services:
        others = with_spare(round_schemas(beside.policy, service), beside, service)
        both = schemas.keys() & others.keys()
        schemas |= {name: widened(schemas[name], others[name]) for name in both}
    read = ("applicants", "candidates", HISTORIES, *policy.side_tables)
    wanted = {name: schema for name, schema in schemas.items() if name in read}
    if policy.marks_of(service):
        wanted["preferences"] = _without_marks(schemas["preferences"])
    frames = read_some_tables(inputs, wanted)
    candidates, applicants = frames.pop("candidates"), frames.pop("applicants")
    wishes = frames.pop("preferences", no_preferences())
    histories = frames.pop(HISTORIES, None)
    residence = None if histories is None else residence_beside(folder)
    handed = with_residence(policy, service, applicants, histories, residence, as_of)
    applicants, candidates = measured(policy, service, handed, candidates, frames, as_of=as_of)
    return with_open_marks(assemble(policy, service, applicants, candidates, as_of=as_of), wishes)


def _without_marks(wishes: TableSchema) -> TableSchema:
    """The table of wishes, which may have no marks yet: then it is not known which wishes are marked."""
    return replace(wishes, columns=tuple(replace(column, required=False) for column in wishes.columns))


def _with_candidates(pairs: pl.DataFrame) -> pl.DataFrame:
    """An optional column that a file lacks comes as nulls: then everyone is their own candidate."""
    return pairs.with_columns(pl.col("candidate").fill_null(pl.col("subject")))
