"""Conditions as Boolean expressions, null where unknown: what `scoring.truths` says for one person."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from scoring.conditions import AllOf, AnyOf, Compare, ComparePoints, Condition, Known
from scoring.policy import Policy
from scoring.units import common_unit, constants, domain_of, points_constants

Reads = Callable[[str], pl.Expr]


def condition_by(policy: Policy, condition: Condition, fact: Reads, line: Reads) -> pl.Expr:
    """Boolean, null where unknown (Kleene: Polars' own `&` and `|`).

    `fact` gives a fact's column, `line` the points of another indicator in units.
    """
    if isinstance(condition, str):
        return fact(condition)
    if isinstance(condition, Known):
        return fact(condition.known).is_not_null()
    if isinstance(condition, Compare):
        return _compare(policy, condition, fact)
    if isinstance(condition, ComparePoints):
        limits = points_constants(policy, condition)
        return _holds(condition.operator, line(condition.indicator), limits)
    if isinstance(condition, AllOf | AnyOf):
        join = operator.and_ if isinstance(condition, AllOf) else operator.or_
        return functools.reduce(join, (condition_by(policy, part, fact, line) for part in condition.parts))
    return ~condition_by(policy, condition.part, fact, line)


def _compare(policy: Policy, compare: Compare, fact: Reads) -> pl.Expr:
    column = fact(compare.fact)
    if compare.other is None:
        return _holds(compare.operator, column, constants(policy, compare))
    other, domain = fact(compare.other), domain_of(policy, compare.fact)
    assert domain is not None
    if domain.type == "choice":
        return column.cast(pl.String) == other.cast(pl.String)
    if not domain.is_quantity:
        return _holds(compare.operator, column, (other,))
    one, two = common_unit(policy, (compare.fact, compare.other))
    return _holds(compare.operator, _times(column, one), (_times(other, two),))


def _times(column: pl.Expr, factor: int) -> pl.Expr:
    return column if factor == 1 else column * factor


def _holds(name: str, column: pl.Expr, values: Sequence[Any]) -> pl.Expr:
    found: pl.Expr
    if name == "in":
        found = functools.reduce(operator.or_, (column == value for value in values))
    elif name == "between":
        found = (column >= values[0]) & (column <= values[1])
    else:
        found = _TESTS[name](column, values[0])
    return found


_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "is": operator.eq,
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
}
