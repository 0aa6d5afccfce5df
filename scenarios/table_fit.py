"""Whether the tables of a round, read under its own policy, can be read under a changed one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from scenarios.tables import Applications, round_schemas
from scoring.policy import Policy
from values.problems import Place, Problem
from values.tables import Column


def misfits(
    policy: Policy, changed: Policy, service: str, tables: Applications, place: Place
) -> Iterator[Problem]:
    """What the changed policy reads and the tables do not hold, or hold as something else.

    Codes: `what_if.table_missing`, `what_if.column_missing` (absent, or with empty cells where none may
    be), `what_if.column_changed` (another type, other members or limits).
    """
    old = {
        name: {column.name: column for column in schema.columns}
        for name, schema in round_schemas(policy, service).items()
    }
    frames = tables.tables()
    for name, schema in round_schemas(changed, service).items():
        if name not in frames or (name not in old and frames[name].is_empty()):
            yield Problem.of("what_if.table_missing", place, table=name)
            continue
        for column in schema.columns:
            code = _misfit(column, old.get(name, {}).get(column.name), frames[name])
            if code is not None:
                yield Problem.of(code, place, table=name, column=column.name)


def _misfit(column: Column, before: Column | None, frame: pl.DataFrame) -> str | None:
    if before is not None and _kind(column) != _kind(before):
        return "what_if.column_changed"
    cells = frame.get_column(column.name, default=None)
    optional = before is None or not before.required  # then readers fill a column that is not there
    absent = cells is None or (optional and cells.null_count() == frame.height)
    incomplete = column.complete and cells is not None and cells.null_count() > 0
    return "what_if.column_missing" if (column.required and absent) or incomplete else None


def _kind(column: Column) -> Column:
    """What its cells are, whether or not there must be some."""
    return replace(column, required=True, complete=False)


def in_scopes(tables: Applications, scope: tuple[str, ...]) -> Applications:
    """The quotas summed up to wider scopes: by town and stage becomes by stage."""
    quotas = (
        tables.quotas.group_by(scope).agg(pl.col("seats").sum())
        if scope
        else tables.quotas.select(pl.col("seats").sum())
    )
    return replace(tables, quotas=quotas)
