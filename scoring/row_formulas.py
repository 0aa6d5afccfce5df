"""Formulas that are worked out for each row of a long table before the rows are taken together.

A value is stored as a whole number of 1 / `row_unit`, so that rows of different denominators add up exactly.
"""

from __future__ import annotations

from math import lcm

import polars as pl

from scoring.fact_model import DerivedFact
from scoring.formula_columns import Quotient, formula_quotient, rounded, scaled_quotient
from scoring.policy import Policy
from scoring.units import quantity_span_of_column, row_span

MOST_ROWS = 10_000
"""Rows of one person that a sum is proven to fit for."""


def row_unit(policy: Policy, rule: DerivedFact) -> int:
    """By what every row's value is a whole number: decimals kept, or all denominators that can occur."""
    assert rule.each is not None
    if rule.each.round is not None:
        kept = rule.each.round.to
        return int(10 ** (rule.decimals if kept is None else kept))
    span = row_span(policy, rule)
    assert span is not None, "the load checks refuse it"
    return lcm(*range(span.least, span.greatest + 1)) if not span.is_constant else span.least


def row_column(policy: Policy, rule: DerivedFact) -> pl.Expr:
    """The value of each row in units of 1 / `row_unit`; null as soon as one of its cells is open."""
    assert rule.each is not None
    columns = policy.tables[rule.from_table or ""].columns
    unit = row_unit(policy, rule)

    def number(name: str) -> Quotient:
        span = quantity_span_of_column(columns[name])
        return Quotient(pl.col(name).cast(pl.Int64), span.least, span)

    value = formula_quotient(rule.each.formula, number, _read_again)
    if rule.each.round is not None:
        mode = rule.each.round.mode
        return rounded(scaled_quotient(value, unit), 1, mode, _read_again).cast(pl.Int64)
    return (value.numerator * (unit // value.denominator)).cast(pl.Int64)


def _read_again(column: pl.Expr) -> pl.Expr:
    return column
