"""Formulas: the closed grammar, exact values, proven bounds, and rounding in whole numbers."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scoring.formulas import Expression, FormulaError, fraction_text, names_in, parse, value_of, written
from scoring.quotients import DivisorZero, Span, amount_span, quantity_span, span_of
from scoring.rounding import RoundingMode, divided, divided_column

NAMES = {"a": (-30, 40), "b": (1, 12), "c": (0, 900)}
MODES: dict[RoundingMode, str] = {
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
}

numbers = st.sampled_from(["0", "1", "2", "3", "0.5", "12", "0.05"])


def formulas(depth: int = 3) -> st.SearchStrategy[str]:
    """Formulas over a, b and c as somebody might write them."""
    leaf = st.one_of(numbers, st.sampled_from(list(NAMES)))
    if depth == 0:
        return leaf
    inner = formulas(depth - 1)
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*"), inner),
        st.builds("-{}".format, inner),
        st.builds("{}({}, {})".format, st.sampled_from(("min", "max")), inner, inner),
    )


def span_of_name(name: str) -> Span:
    return quantity_span(*NAMES[name], 10 if name == "c" else 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5 + 2 * (56 - a)", "37"),
        ("2 - 3 - 4", "-5"),
        ("12 / 3 / 2", "2"),
        ("2 * 3 + 4 * 5", "26"),
        ("-a + 1", "-39"),
        ("--a", "40"),
        ("-(a - 50) / 4", "2.5"),
        ("(1 - a / 13) * 35", Fraction(-945, 13)),
        ("min(a, 30, 12.5)", "12.5"),
        ("max(min(a, 3), 0.1)", "3"),
        ("1 / 3 * 3", "1"),
    ],
)
def test_a_formula_has_its_exact_value(text: str, value: str | Fraction) -> None:
    """Times and division bind stronger than plus and minus, and go from left to right."""
    assert value_of(parse(text), {"a": Fraction(40)}) == Fraction(value)


@pytest.mark.parametrize(
    ("text", "code", "column", "found"),
    [
        ("", "formula_ends", 1, ""),
        ("1 + ", "formula_ends", 4, ""),
        ("(a - 1", "formula_ends", 7, ""),
        ("a b", "formula_unexpected", 3, "b"),
        ("a)", "formula_unexpected", 2, ")"),
        ("* 3", "formula_unexpected", 1, "*"),
        ("min(3, )", "formula_unexpected", 8, ")"),
        ("2 ^ 3", "formula_character", 3, "^"),
        ("2 × 3", "formula_character", 3, "×"),
        ("1e3", "formula_character", 1, "1e3"),
        ("1.2.3", "formula_character", 1, "1.2.3"),
        ("__import__('os')", "formula_function", 1, "__import__"),
        ("sqrt(4)", "formula_function", 1, "sqrt"),
        ("1 + min(2)", "formula_arguments", 5, "min"),
        ("(" * 41 + "1" + ")" * 41, "formula_too_deep", 41, ""),
        ("1 + " * 100 + "1", "formula_too_long", 400, ""),
    ],
)
def test_what_is_no_formula_is_refused_at_its_column(text: str, code: str, column: int, found: str) -> None:
    with pytest.raises(FormulaError) as error:
        parse(text)

    assert (error.value.code, error.value.column, error.value.found) == (code, column, found)


@given(formulas(), st.integers(-30, 40), st.integers(1, 12), st.integers(0, 900))
def test_no_value_leaves_the_proven_bounds(text: str, a: int, b: int, c: int) -> None:
    """Whatever the facts, value, exactness and divisors are as the span says before anybody is scored."""
    tree = parse(text)
    try:
        span = span_of(tree, span_of_name)
    except DivisorZero:
        assume(False)

    value = value_of(tree, {"a": Fraction(a), "b": Fraction(b), "c": Fraction(c, 10)})

    assert span.low <= value <= span.high
    if span.is_constant:
        assert (value * span.least).denominator == 1
    if span.is_whole(100):
        assert (value * 100).denominator == 1


@given(formulas())
def test_a_formula_written_out_reads_as_the_same_formula(text: str) -> None:
    """Brackets are kept where they matter."""
    tree = parse(text)
    shown = written(tree, str).translate(str.maketrans("−×÷", "-*/"))

    assert _value(parse(shown)) == _value(tree)
    assert set(names_in(parse(shown))) == set(names_in(tree))


def _value(tree: Expression) -> Fraction | None:
    try:
        return value_of(tree, {"a": Fraction(7, 3), "b": Fraction(-2), "c": Fraction(5, 11)})
    except ZeroDivisionError:
        return None


@pytest.mark.parametrize("text", ["1 / a", "1 / (b - 5)", "2 / 0", "b / (a * c)", "1 / min(a, b)"])
def test_a_divisor_that_can_be_zero_is_refused(text: str) -> None:
    with pytest.raises(DivisorZero):
        span_of(parse(text), span_of_name)


def test_a_formula_that_leaves_int64_is_seen_before_it_runs() -> None:
    """The product of the numerators counts, not the value alone."""
    wide = quantity_span(0, 10**12, 100)

    assert span_of(parse("a"), lambda _: wide).fits
    assert not span_of(parse("a * a / 100000000000"), lambda _: wide).fits
    assert amount_span(Fraction(1, 3)).is_constant


@given(st.integers(-10_000, 10_000), st.integers(1, 60), st.sampled_from(list(MODES)))
def test_numbers_and_columns_round_as_decimal_arithmetic_does(
    numerator: int, denominator: int, mode: RoundingMode
) -> None:
    """Floor goes towards minus infinity, half up away from zero."""
    if (numerator * 1000) % denominator == 0:
        due = int((Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), MODES[mode]))
        assert divided(numerator, denominator, mode) == due
    frame = pl.DataFrame({"n": [numerator, None], "d": [denominator, denominator]})
    for divisor in (denominator, pl.col("d")):
        found = frame.select(divided_column(pl.col("n"), divisor, mode))
        assert found.to_series().to_list() == [divided(numerator, denominator, mode), None]


@pytest.mark.parametrize(
    ("value", "text"), [("2.50", "2.5"), ("-0.125", "−0.125"), ("300", "300"), ("0", "0"), ("10/3", "10/3")]
)
def test_an_exact_number_is_written_as_a_decimal_where_it_is_one(value: str, text: str) -> None:
    assert fraction_text(Fraction(value)) == text
