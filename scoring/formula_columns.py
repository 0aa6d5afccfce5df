"""Formulas as columns: a numerator and a denominator above 0, both Int64, whose bounds are proven.

Every operation mirrors one of `scoring.quotients`, which says how large its result can get.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, lcm

import polars as pl

from scoring.formulas import Amount, Expression, Extreme, Name, Negative, Operation, names_in, parse
from scoring.quotients import Span, amount_span, extreme, inverse, multiplied, operated, opposite, scaled
from scoring.rounding import RoundingMode, divided_column

Bind = Callable[[pl.Expr], pl.Expr]
"""Makes a column that may be read several times."""


@dataclass(frozen=True)
class Quotient:
    """numerator / denominator; the denominator is a number where the span is constant."""

    numerator: pl.Expr
    denominator: int | pl.Expr
    span: Span

    @staticmethod
    def of(numerator: pl.Expr, denominator: int | pl.Expr, span: Span) -> Quotient:
        """With a constant denominator as a number."""
        return Quotient(numerator, span.least if span.is_constant else denominator, span)


def formula_quotient(text: str, number: Callable[[str], Quotient], bind: Bind) -> Quotient:
    """The value of a formula; null as soon as one of its facts is unknown."""
    tree = parse(text)
    found = _quotient(tree, number, bind)
    names = names_in(tree)
    if not names:
        return Quotient(
            pl.repeat(found.span.low.numerator, pl.len(), dtype=pl.Int64), found.denominator, found.span
        )
    if not _drops_nulls(tree):
        return found
    known = pl.all_horizontal(number(name).numerator.is_not_null() for name in names)
    guarded = pl.when(known).then(found.numerator).otherwise(pl.lit(None, pl.Int64))
    return Quotient(guarded, found.denominator, found.span)


def times(left: Quotient, right: Quotient) -> Quotient:
    """The product."""
    span = multiplied(left.span, right.span)
    return Quotient.of(left.numerator * right.numerator, left.denominator * right.denominator, span)


def scaled_quotient(one: Quotient, by: int) -> Quotient:
    """The quotient times a whole number above 0."""
    common = gcd(by, one.span.least) if one.span.is_constant else 1
    span = scaled(one.span, by)
    factor = by // common
    return Quotient.of(one.numerator if factor == 1 else one.numerator * factor, one.denominator, span)


def rounded(one: Quotient, unit: int, mode: RoundingMode | None, bind: Bind) -> pl.Expr:
    """Whole multiples of `unit`; without a mode the quotient is known to be whole."""
    if mode is None:
        whole = one.denominator
        return one.numerator if isinstance(whole, int) and whole == 1 else one.numerator // whole
    denominator = one.denominator * unit
    if isinstance(denominator, int) and denominator == 1:
        return one.numerator
    several = mode.startswith("half")
    numerator = bind(one.numerator) if several else one.numerator
    by = bind(denominator) if several and isinstance(denominator, pl.Expr) else denominator
    whole = divided_column(numerator, by, mode)
    return whole if unit == 1 else whole * unit


def _drops_nulls(expression: Expression) -> bool:
    match expression:
        case Extreme():
            return True
        case Negative(part):
            return _drops_nulls(part)
        case Operation(_, left, right):
            return _drops_nulls(left) or _drops_nulls(right)
        case _:
            return False


def _quotient(expression: Expression, number: Callable[[str], Quotient], bind: Bind) -> Quotient:
    match expression:
        case Amount(value):
            span = amount_span(value)
            return Quotient(pl.lit(value.numerator, pl.Int64), value.denominator, span)
        case Name(name):
            return number(name)
        case Negative(part):
            return _opposite(_quotient(part, number, bind))
        case Extreme(which, parts):
            found = _quotient(parts[0], number, bind)
            for part in parts[1:]:
                found = _extreme(which, found, _quotient(part, number, bind), bind)
            return found
        case Operation(sign, left, right):
            one, two = _quotient(left, number, bind), _quotient(right, number, bind)
            return _operated(sign, one, two)


def _operated(sign: str, left: Quotient, right: Quotient) -> Quotient:
    if sign == "*":
        return times(left, right)
    if sign == "/":
        return times(left, _inverse(right))
    right = _opposite(right) if sign == "-" else right
    one, two, denominator = _common(left, right)
    return Quotient.of(one + two, denominator, operated("+", left.span, right.span))


def _opposite(one: Quotient) -> Quotient:
    return Quotient(-one.numerator, one.denominator, opposite(one.span))


def _inverse(one: Quotient) -> Quotient:
    """The sign moves to the numerator: the load checks prove that the quotient never changes it."""
    denominator = one.denominator
    top = pl.lit(denominator, pl.Int64) if isinstance(denominator, int) else denominator
    if one.span.high < 0:
        return Quotient.of(-top, -one.numerator, inverse(one.span))
    return Quotient.of(top, one.numerator, inverse(one.span))


def _extreme(which: str, left: Quotient, right: Quotient, bind: Bind) -> Quotient:
    """Null where one numerator is may become the other one here: the whole formula is guarded."""
    span = extreme(which, [left.span, right.span])
    one, two, denominator = _common(left, right)
    if left.span.is_constant and right.span.is_constant:
        horizontal = pl.min_horizontal if which == "min" else pl.max_horizontal
        return Quotient.of(horizontal(one, two), denominator, span)
    takes_left = bind(one <= two if which == "min" else one >= two)
    numerator = pl.when(takes_left).then(left.numerator).otherwise(right.numerator)
    divisor = pl.when(takes_left).then(left.denominator).otherwise(right.denominator)
    return Quotient.of(bind(numerator), bind(divisor.cast(pl.Int64)), span)


def _common(left: Quotient, right: Quotient) -> tuple[pl.Expr, pl.Expr, int | pl.Expr]:
    """Both numerators over a common denominator."""
    one, two = left.denominator, right.denominator
    if isinstance(one, int) and isinstance(two, int):
        whole = lcm(one, two)
        return _by(left.numerator, whole // one), _by(right.numerator, whole // two), whole
    return left.numerator * two, right.numerator * one, one * two


def _by(column: pl.Expr, factor: int) -> pl.Expr:
    return column if factor == 1 else column * factor
