"""Points are exact: integers inside, decimal text outside."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from values.points import MAX_SCALE, to_text, to_units
from values.problems import BadInput, Place

scales = st.integers(0, MAX_SCALE)


@given(st.integers(-(10**18), 10**18), scales)
def test_text_and_units_are_each_others_inverse(units: int, scale: int) -> None:
    assert to_units(to_text(units, scale), scale) == units


@given(st.integers(-(10**18), 10**18), scales)
def test_the_text_is_the_exact_value_and_the_shortest_one(units: int, scale: int) -> None:
    text = to_text(units, scale)

    assert Decimal(text) == Decimal(units).scaleb(-scale)
    assert not ("." in text and text.endswith(("0", ".")))
    assert text != "-0"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_decimals_and_their_text_give_the_same_units(amount: Decimal) -> None:
    assert to_units(amount, 3) == to_units(format(amount, "f"), 3) == int(amount.scaleb(3))


@pytest.mark.parametrize(
    ("amount", "scale", "units"),
    [
        ("1.5", 2, 150),
        ("+1.50", 1, 15),
        ("-0.05", 2, -5),
        (7, 0, 7),
        ("007", 1, 70),
        (Decimal("1E+2"), 0, 100),
    ],
)
def test_amounts_are_read_as_policies_write_them(amount: str | int | Decimal, scale: int, units: int) -> None:
    assert to_units(amount, scale) == units


@pytest.mark.parametrize("amount", ["", "1.", ".5", "1e3", "1,000", "五", " 1", "1\n", "--1", "nan"])
def test_what_is_no_plain_decimal_is_refused(amount: str) -> None:
    with pytest.raises(BadInput, match="points.not_a_number"):
        to_units(amount, 2)


def test_truth_values_are_no_amounts() -> None:
    with pytest.raises(BadInput, match="points.not_a_number"):
        to_units(True, 0)


@pytest.mark.parametrize(("amount", "scale"), [("0.125", 2), ("1.5", 0), ("-0.01", 1)])
def test_an_amount_with_more_decimals_than_the_scale_is_refused_with_its_place(
    amount: str, scale: int
) -> None:
    with pytest.raises(BadInput) as refused:
        to_units(amount, scale, Place(file="pack.yaml", line=3, column=9))

    (problem,) = refused.value.problems
    assert str(problem) == f"pack.yaml:3:9: points.inexact (decimals={scale}, value={amount})"
