"""Facts that are computed by a formula from other facts, in columns."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from scoring.formula_columns import Quotient, formula_quotient, rounded, scaled_quotient
from scoring.policy import Policy
from scoring.units import quantity_bounds


def formula_column(policy: Policy, name: str) -> pl.Expr:
    """The fact in its stored unit; null as soon as one of its facts is unknown."""
    rule = policy.derived[name]
    value = formula_quotient(rule.formula or "", lambda fact: _number(policy, fact), _read_again)
    return rounded(scaled_quotient(value, 10**rule.decimals), 1, rule.round, _read_again).cast(pl.Int64)


def _number(policy: Policy, fact: str) -> Quotient:
    span = quantity_bounds(policy, fact)
    return Quotient(pl.col(fact).cast(pl.Int64), span.least, span)


def _read_again(column: pl.Expr) -> pl.Expr:
    return column


def formulas_in_order(policy: Policy, names: Iterable[str]) -> list[str]:
    """The facts among these that have a formula, each after those that its formula reads."""
    left = [name for name in names if name in policy.derived and policy.derived[name].formula is not None]
    order: list[str] = []
    while left:
        ready = [name for name in left if not set(policy.derived[name].sources) & set(left)]
        assert ready  # the load check refuses circles
        order += ready
        left = [name for name in left if name not in ready]
    return order
