"""A table of points as a column: row by row what `scoring.scalar_constructs` says for one person."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

import polars as pl

from scoring.constructs import Table
from scoring.policy import Policy
from scoring.table_rows import Cell, TableRow, Within, listed
from scoring.units import cell_value, points


def table_column(
    policy: Policy, node: Table, fact: Callable[[str], pl.Expr], bind: Callable[[pl.Expr], pl.Expr]
) -> pl.Expr:
    """The points in units, null where they are unknown."""
    rows = [_row(policy, row, fact) for row in node.rows]
    amounts = [pl.lit(points(policy, row.points), pl.Int64) for row in node.rows]
    nothing = pl.lit(None if node.otherwise is None else points(policy, node.otherwise), pl.Int64)
    if node.hit in ("unique", "first"):
        return _first(rows, amounts, nothing)
    rows = [bind(row) for row in rows]
    known = functools.reduce(operator.and_, (row.is_not_null() for row in rows))
    some = functools.reduce(operator.or_, rows)
    if node.hit == "sum":
        zero = pl.lit(0, pl.Int64)
        held = [pl.when(row).then(amount).otherwise(zero) for row, amount in zip(rows, amounts, strict=True)]
        found = functools.reduce(operator.add, held)
    else:
        missing = pl.lit(None, pl.Int64)
        held = [
            pl.when(row).then(amount).otherwise(missing) for row, amount in zip(rows, amounts, strict=True)
        ]
        found = pl.max_horizontal(*held)
    return pl.when(known & some).then(found).when(known).then(nothing).otherwise(pl.lit(None, pl.Int64))


def _first(rows: list[pl.Expr], amounts: list[pl.Expr], nothing: pl.Expr) -> pl.Expr:
    """The first row that holds; null as soon as a row is open. Rows that exclude each other have one such."""
    result = nothing
    for row, amount in zip(reversed(rows), reversed(amounts), strict=True):
        result = pl.when(row).then(amount).when(row.is_null()).then(pl.lit(None, pl.Int64)).otherwise(result)
    return result


def _row(policy: Policy, row: TableRow, fact: Callable[[str], pl.Expr]) -> pl.Expr:
    cells = (_cell(policy, name, cell, fact(name)) for name, cell in row.where.items())
    return functools.reduce(operator.and_, cells)


def _cell(policy: Policy, name: str, cell: Cell, column: pl.Expr) -> pl.Expr:
    if not isinstance(cell, Within):
        values = (cell_value(policy, name, each) for each in listed(cell))
        return functools.reduce(operator.or_, (column == value for value in values))
    ends = []
    if cell.start is not None:
        ends.append(column >= cell_value(policy, name, cell.start))
    if cell.below is not None:
        ends.append(column < cell_value(policy, name, cell.below))
    return functools.reduce(operator.and_, ends)
