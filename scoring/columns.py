"""Conditions and nodes as Polars expressions: exact Int64 units, null means unknown.

Each expression gives exactly what `scoring.scalar` gives for one person. Polars functions that drop
nulls (`max_horizontal`, `otherwise`) are guarded, so that unknown never becomes a band, a cap or a
pass. Chains of `when` stand where `clip`, `fill_null` or a sum of comparisons would also do, for speed;
only short expressions are repeated, so that a plan stays about as long as its pack.
"""

from __future__ import annotations

import functools
import operator
from decimal import Decimal

import polars as pl

from scoring.conditions import AllOf, AnyOf, Compare, Condition
from scoring.constructs import Bands, Flag, Highest, Lookup, Per, PointsNode, Sum
from scoring.policy import Indicator, Policy
from scoring.units import constants, domain_of, points, quantity


def condition_column(policy: Policy, condition: Condition) -> pl.Expr:
    """Boolean, null where unknown (Kleene: Polars' own `&` and `|`)."""
    if isinstance(condition, str):
        return pl.col(condition)
    if isinstance(condition, Compare):
        return _compare(policy, condition)
    if isinstance(condition, AllOf):
        return functools.reduce(operator.and_, (condition_column(policy, part) for part in condition.parts))
    if isinstance(condition, AnyOf):
        return functools.reduce(operator.or_, (condition_column(policy, part) for part in condition.parts))
    return ~condition_column(policy, condition.part)


def indicator_column(policy: Policy, indicator: Indicator) -> pl.Expr:
    """A line of the score sheet: negative for deductions, null where it stays pending."""
    unknown = None if indicator.unknown is None else indicator.unknown.points
    column = node_column(policy, indicator.points, unknown)
    return -column if indicator.kind == "deduction" else column


def node_column(policy: Policy, node: PointsNode, unknown: Decimal | None = None) -> pl.Expr:
    """A node's points in units, all modifiers applied.

    Where it is unknown it earns its own `unknown` points, else those given here, else it is null.
    """
    amount = unknown if node.unknown is None else node.unknown.points
    empty = None if amount is None else points(policy, amount)
    if node.when is None and node.floor is None and node.cap is None:
        return _construct(policy, node, empty)
    column = _construct(policy, node, None)
    if node.when is not None:
        column = _chosen(condition_column(policy, node.when), column, None)
    floor = None if node.floor is None else points(policy, node.floor)
    cap = None if node.cap is None else points(policy, node.cap)
    bounded = column.clip(floor, cap) if node.children() else limited(column, floor, cap)
    return _filled(bounded, empty)


def limited(column: pl.Expr, floor: int | None, cap: int | None) -> pl.Expr:
    """A short expression within its limits, faster than `clip`. Null compares as unknown and stays null.

    Where the limits cross the cap holds.
    """
    result = column
    if floor is not None:
        low = floor if cap is None else min(floor, cap)
        result = pl.when(column < low).then(_units(low)).otherwise(result)
    return result if cap is None else pl.when(column > cap).then(_units(cap)).otherwise(result)


def _construct(policy: Policy, node: PointsNode, empty: int | None) -> pl.Expr:
    """The points before any modifier; `empty` is what unknown earns."""
    if isinstance(node, Flag):
        return _chosen(condition_column(policy, node.flag), _units(points(policy, node.points)), empty)
    if isinstance(node, Lookup):
        return _lookup(policy, node, empty)
    if isinstance(node, Bands):
        return _bands(policy, node, empty)
    if isinstance(node, Per):
        return _filled(_per(policy, node), empty)
    parts = [node_column(policy, part) for part in node.parts]
    if isinstance(node, Sum):
        return _filled(functools.reduce(operator.add, parts), empty)
    return pl.when(_all_known(policy, node)).then(pl.max_horizontal(*parts)).otherwise(_units(empty))


def _units(amount: int | None) -> pl.Expr:
    return pl.lit(amount, pl.Int64)


def _filled(column: pl.Expr, empty: int | None) -> pl.Expr:
    return column if empty is None else column.fill_null(_units(empty))


def _chosen(truth: pl.Expr, column: pl.Expr, empty: int | None) -> pl.Expr:
    """The column where it is true, 0 where it is false, `empty` where it is unknown."""
    if empty == 0:
        return pl.when(truth).then(column).otherwise(_units(0))
    return pl.when(truth).then(column).when(~truth).then(_units(0)).otherwise(_units(empty))


def _lookup(policy: Policy, node: Lookup, empty: int | None) -> pl.Expr:
    domain = domain_of(policy, node.lookup)
    assert domain is not None
    table = pl.Series([points(policy, node.points[member]) for member in domain.members], dtype=pl.Int64)
    member = pl.col(node.lookup).to_physical()
    # `gather` is twice as fast without nulls among its indices: unknown reads row 0 and is not used.
    found = pl.lit(table).gather(member.fill_null(0))
    return pl.when(member.is_null()).then(_units(empty)).otherwise(found)


def _bands(policy: Policy, node: Bands, empty: int | None) -> pl.Expr:
    """Asked in the order unknown, first row, second row, …: null would fall through to the last row."""
    column = pl.col(node.bands)
    amounts = [_units(points(policy, row.points)) for row in node.rows]
    result = amounts.pop()
    for row, amount in zip(reversed(node.rows), reversed(amounts), strict=False):
        result = pl.when(column < quantity(policy, node.bands, row.start)).then(amount).otherwise(result)
    return pl.when(column.is_null()).then(_units(empty)).otherwise(result)


def _per(policy: Policy, node: Per) -> pl.Expr:
    every, over = quantity(policy, node.per, node.every), quantity(policy, node.per, node.over)
    column = pl.col(node.per)
    domain = domain_of(policy, node.per)
    assert domain is not None
    excess = column if over == 0 and domain.minimum >= 0 else limited(column - over, 0, None)
    steps = excess if every == 1 else excess // every
    return steps * points(policy, node.points)


def _all_known(policy: Policy, node: Sum | Highest) -> pl.Expr:
    return functools.reduce(operator.and_, (_known(policy, part) for part in node.parts))


def _known(policy: Policy, node: PointsNode) -> pl.Expr:
    """Whether a node has a value, told from its facts, because its column would be computed twice."""
    if node.unknown is not None:
        return pl.lit(True)
    if isinstance(node, Sum | Highest):
        known = _all_known(policy, node)
    elif isinstance(node, Flag):
        known = condition_column(policy, node.flag).is_not_null()
    else:
        known = pl.col(_measured(node)).is_not_null()
    if node.when is None:
        return known
    holds = condition_column(policy, node.when)
    return holds.is_not_null() & (~holds | known)


def _measured(node: Lookup | Bands | Per) -> str:
    if isinstance(node, Lookup):
        return node.lookup
    return node.bands if isinstance(node, Bands) else node.per


def _compare(policy: Policy, compare: Compare) -> pl.Expr:
    column, values = pl.col(compare.fact), constants(policy, compare)
    match compare.operator:
        case "is":
            return column == values[0]
        case "in":
            return functools.reduce(operator.or_, (column == value for value in values))
        case "at_least":
            return column >= values[0]
        case "at_most":
            return column <= values[0]
        case "more_than":
            return column > values[0]
        case "less_than":
            return column < values[0]
        case _:
            return (column >= values[0]) & (column <= values[1])
