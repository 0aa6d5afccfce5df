"""One subject's rows of a round's ledgers, and how they gave the months that were scored."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from publication.explanation import MonthsTrace
from scenarios.measured import trace_months
from scenarios.tables import measures, round_schemas
from scoring.explain import Explanation
from scoring.facts import Facts
from scoring.policy import Policy
from scoring.scalar import Person
from storage.importers import checked_frame, find_table, read_csv_rows, read_table
from values.tables import TableSchema


def months_of(
    folder: Path, policy: Policy, facts: Facts, explanation: Explanation
) -> tuple[MonthsTrace, ...]:
    """How the months of the explained subject were counted; empty where finished months were handed in.

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
    return trace_months(policy, measures(policy, facts.service), _person(facts, explanation), known)


def _rows_of(folder: Path, schema: TableSchema, subject: str) -> pl.DataFrame | None:
    path = find_table(folder, schema.name)
    if path is None:
        return None
    if path.suffix == ".csv":
        return checked_frame(read_csv_rows(path, "subject", subject), _may_be_empty(schema))
    return read_table(path, schema).filter(pl.col("subject") == subject)


def _may_be_empty(schema: TableSchema) -> TableSchema:
    return TableSchema(schema.name, schema.columns, schema.unique, may_be_empty=True)


def _person(facts: Facts, explanation: Explanation) -> Person:
    """The explained pair's row of the facts frame."""
    candidate = facts.candidates.index_of(explanation.candidate)
    subject = facts.subjects.index_of(explanation.subject)
    pair = (facts.candidate_row == candidate) & (facts.subject_row == subject)
    return facts.frame.row(int(pair.argmax()), named=True)
