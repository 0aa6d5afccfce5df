"""One subject's rows of a round's ledgers, and how they gave the months that were scored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from publication.explanation import ResidenceTrace, RowsTrace, Trace
from scenarios.measured import trace_months
from scenarios.residence_facts import trace_residence
from scenarios.tables import aggregates, histories_schema, measures, residence_measures, round_schemas
from scoring.aggregates import rows_read
from scoring.explain import Explanation
from scoring.facts import Facts
from scoring.policy import Policy
from scoring.scalar import Person, shown_fact
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
    rows = _aggregates(inputs, policy, facts, explanation, person)
    return (*months, *rows, *_residence(folder, inputs, policy, facts, explanation, person))


def _aggregates(
    inputs: Path, policy: Policy, facts: Facts, explanation: Explanation, person: Person
) -> Iterator[RowsTrace]:
    """What the person's rows of long tables came to; nothing where finished figures were handed in."""
    schemas = round_schemas(policy, facts.service)
    for name in aggregates(policy, facts.service):
        rule = policy.derived[name]
        table = policy.tables[rule.from_table or ""]
        who = explanation.subject if table.of == "subject" else explanation.candidate
        rows = _rows_of(inputs, schemas[rule.from_table or ""], who, key=table.of)
        if rows is not None:
            shown = shown_fact(policy, name, person).value_text
            read = rows_read(policy, name, person, rows, facts.as_of)
            yield RowsTrace(
                rule.title, table.title, rule.cite or "", None if shown is None else shown.zh, read
            )


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
