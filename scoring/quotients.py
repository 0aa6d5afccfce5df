"""Exact quotients: how large a formula's numerator and denominator can get.

Columns hold a quotient as two Int64, the denominator above 0. `Span` bounds them before anybody is scored,
so that no step of the arithmetic can leave Int64 (`peak`) and no divisor can be 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm

from scoring.formulas import Amount, Expression, Extreme, Name, Negative, Operation

INT64 = 2**63


class DivisorZero(ArithmeticError):
    """A divisor that can be 0; `low` and `high` are its bounds."""

    def __init__(self, low: Fraction, high: Fraction) -> None:
        super().__init__("divisor")
        self.low, self.high = low, high


@dataclass(frozen=True)
class Span:
    """What a quotient can be.

    The value lies in [low, high]; the numerator is at most `most` away from 0 and a multiple of `step`
    (0: only 0); the denominator lies in [least, greatest], and is constant where these are equal; no
    number on the way is larger than `peak`.
    """

    low: Fraction
    high: Fraction
    most: int
    step: int
    least: int
    greatest: int
    peak: int

    @property
    def is_constant(self) -> bool:
        """Whether the denominator never changes."""
        return self.least == self.greatest

    @property
    def fits(self) -> bool:
        """Whether Int64 holds every number on the way."""
        return self.peak < INT64

    def is_whole(self, unit: int) -> bool:
        """Whether every value is a multiple of 1 / unit."""
        return self.is_constant and (self.step * unit) % self.least == 0


def quantity_span(low: int, high: int, denominator: int, step: int = 1) -> Span:
    """A stored quantity between two limits over its unit."""
    most = max(abs(low), abs(high))
    ends = Fraction(low, denominator), Fraction(high, denominator)
    return Span(*ends, most, step, denominator, denominator, max(most, denominator))


def amount_span(value: Fraction) -> Span:
    """A number."""
    return quantity_span(value.numerator, value.numerator, value.denominator, abs(value.numerator))


def span_of(expression: Expression, named: Callable[[str], Span]) -> Span:
    """What a formula can give, from what its names can be.

    Raises:
        DivisorZero: somewhere a divisor can be 0.
    """
    match expression:
        case Amount(value):
            return amount_span(value)
        case Name(name):
            return named(name)
        case Negative(part):
            return opposite(span_of(part, named))
        case Extreme(which, parts):
            return extreme(which, [span_of(part, named) for part in parts])
        case Operation(sign, left, right):
            return operated(sign, span_of(left, named), span_of(right, named))


def opposite(span: Span) -> Span:
    """The span of the negative."""
    return replace(span, low=-span.high, high=-span.low)


def operated(sign: str, left: Span, right: Span) -> Span:
    """The span of two quotients under one of the four signs."""
    if sign == "-":
        return operated("+", left, opposite(right))
    if sign == "+":
        return _added(left, right)
    return multiplied(left, right if sign == "*" else inverse(right))


def multiplied(left: Span, right: Span) -> Span:
    """The span of a product."""
    ends = [one * two for one in (left.low, left.high) for two in (right.low, right.high)]
    most, greatest = left.most * right.most, left.greatest * right.greatest
    peak = max(left.peak, right.peak, most, greatest)
    step = left.step * right.step
    return Span(min(ends), max(ends), most, step, left.least * right.least, greatest, peak)


def inverse(span: Span) -> Span:
    """One divided by the quotient, the denominator still above 0.

    Raises:
        DivisorZero: it can be 0.
    """
    if span.low <= 0 <= span.high:
        raise DivisorZero(span.low, span.high)
    nearest = min(abs(span.low), abs(span.high))
    least, greatest = max(1, int(nearest * span.least)), span.most
    if span.is_constant and span.low == span.high:
        greatest = least  # a number: its numerator is known
    step = span.least if span.is_constant else 1
    return Span(1 / span.high, 1 / span.low, span.greatest, step, least, greatest, span.peak)


def extreme(which: str, parts: Sequence[Span]) -> Span:
    """The span of the least or greatest of several."""
    found = parts[0]
    for part in parts[1:]:
        found = _chosen(which, found, part)
    return found


def _added(left: Span, right: Span) -> Span:
    most, step, least, greatest = _common(left, right, lambda one, two: one + two)
    peak = max(left.peak, right.peak, most, greatest)
    return Span(left.low + right.low, left.high + right.high, most, step, least, greatest, peak)


def _chosen(which: str, left: Span, right: Span) -> Span:
    pick = min if which == "min" else max
    low, high = pick(left.low, right.low), pick(left.high, right.high)
    most, step, least, greatest = _common(left, right, max)
    peak = max(left.peak, right.peak, most, greatest)
    if left.is_constant and right.is_constant:
        return Span(low, high, most, step, least, greatest, peak)
    bounds = max(left.most, right.most), 1, min(left.least, right.least), max(left.greatest, right.greatest)
    return Span(low, high, *bounds, peak)


def _common(left: Span, right: Span, join: Callable[[int, int], int]) -> tuple[int, int, int, int]:
    """Numerator, step and denominators after both were brought to a common denominator."""
    if left.is_constant and right.is_constant:
        whole = lcm(left.least, right.least)
        one, two = whole // left.least, whole // right.least
        return join(left.most * one, right.most * two), gcd(left.step * one, right.step * two), whole, whole
    most = join(left.most * right.greatest, right.most * left.greatest)
    return most, 1, left.least * right.least, left.greatest * right.greatest


def scaled(span: Span, by: int) -> Span:
    """The span of the quotient times a whole number above 0, cancelled against a constant denominator."""
    common = gcd(by, span.least) if span.is_constant else 1
    left, most = by // common, span.most * (by // common)
    least, greatest = span.least // common, span.greatest // common
    peak = max(span.peak, most)
    return Span(span.low * by, span.high * by, most, span.step * left, least, greatest, peak)
