"""One subject's rows of a round's ledgers, and how they gave the months that were scored."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from publication.trace_text import ResidenceTrace, Trace
from scenarios.measured import trace_months
from scenarios.residence_facts import trace_residence
from scenarios.row_traces import trace_rows
from scenarios.tables import histories_schema, measures, residence_measures, round_schemas
from scoring.explain import Explanation
from scoring.facts import Facts
from scoring.policy import Policy
from scoring.scalar import Person
from storage.importers import checked_frame, find_table, read_csv_rows, read_table
from storage.rounds import residence_beside
from values.tables import TableSchema


def months_of(folder: Path, policy: Policy, facts: Facts, explanation: Explanation) -> tuple[Trace, ...]:
    """How months and residence of the explained subject were counted; empty where finished ones were given.

    Raises:
        BadInput: problems of the subject's rows, or of a ledger that is not a CSV file.
    """
    if not folder.is_dir():
        return ()
    inputs = folder / "inputs" if (folder / "inputs").is_dir() else folder
    schemas = round_schemas(policy, facts.service)
    spells = {
        name: _rows_of(inputs, schemas[name], explanation.subject)
        for name in policy.ledgers
        if name in schemas
    }
    known = {name: frame for name, frame in spells.items() if frame is not None}
    person = _person(facts, explanation)
    months = trace_months(policy, measures(policy, facts.service), person, known)
    own = _own_rows(inputs, policy, facts, explanation)
    rows = trace_rows(policy, facts.service, own, person, facts.as_of)
    return (*months, *rows, *_residence(folder, inputs, policy, facts, explanation, person))


def _own_rows(
    inputs: Path, policy: Policy, facts: Facts, explanation: Explanation
) -> dict[str, pl.DataFrame]:
    """The explained person's rows of every long table of the round that is there."""
    schemas = round_schemas(policy, facts.service)
    found: dict[str, pl.DataFrame] = {}
    for name, table in policy.tables.items():
        who = explanation.subject if table.of == "subject" else explanation.candidate
        rows = _rows_of(inputs, schemas[name], who, key=table.of) if name in schemas else None
        found |= {} if rows is None else {name: rows}
    return found


def _residence(
    folder: Path, inputs: Path, policy: Policy, facts: Facts, explanation: Explanation, person: Person
) -> tuple[ResidenceTrace, ...]:
    names = residence_measures(policy, facts.service)
    own = _rows_of(inputs, histories_schema(), explanation.subject) if names else None
    residence = None if own is None else residence_beside(folder)
    if own is None or residence is None:
        return ()
    return trace_residence(policy, names, person, own, residence, facts.as_of)


def _rows_of(folder: Path, schema: TableSchema, who: str, *, key: str = "subject") -> pl.DataFrame | None:
    path = find_table(folder, schema.name)
    if path is None:
        return None
    if path.suffix == ".csv":
        return checked_frame(read_csv_rows(path, key, who), _may_be_empty(schema))
    return read_table(path, schema).filter(pl.col(key) == who)


def _may_be_empty(schema: TableSchema) -> TableSchema:
    return TableSchema(schema.name, schema.columns, schema.unique, may_be_empty=True)


def _person(facts: Facts, explanation: Explanation) -> Person:
    """The explained pair's row of the facts frame."""
    candidate = facts.candidates.index_of(explanation.candidate)
    subject = facts.subjects.index_of(explanation.subject)
    pair = (facts.candidate_row == candidate) & (facts.subject_row == subject)
    return facts.frame.row(int(pair.argmax()), named=True)
