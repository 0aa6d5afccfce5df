"""Months follow the last-day rule; a full year is reached on the anniversary."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from values.dates import add_months, full_months, full_years, month_number

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2015, 3, 31), -1, date(2015, 2, 28)),
        (date(2016, 3, 31), -1, date(2016, 2, 29)),
        (date(2016, 2, 29), 12, date(2017, 2, 28)),
        (date(2015, 12, 31), 2, date(2016, 2, 29)),
        (date(2015, 1, 15), 0, date(2015, 1, 15)),
        (date(2015, 1, 15), -13, date(2013, 12, 15)),
    ],
)
def test_a_day_the_month_lacks_becomes_its_last_day(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@given(days, st.integers(-600, 600))
def test_adding_months_moves_the_month_number_by_as_many(day: date, months: int) -> None:
    moved = add_months(day, months)

    assert month_number(moved) - month_number(day) == months
    assert moved.day <= day.day


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2015, 1, 31), date(2015, 2, 27), 0),
        (date(2015, 1, 31), date(2015, 2, 28), 1),
        (date(2015, 1, 15), date(2015, 2, 14), 0),
        (date(2015, 1, 15), date(2015, 2, 15), 1),
        (date(2015, 1, 15), date(2015, 1, 15), 0),
        (date(2015, 2, 15), date(2015, 1, 15), -1),
    ],
)
def test_a_month_is_complete_on_its_day(start: date, end: date, months: int) -> None:
    assert full_months(start, end) == months


@given(days, st.integers(0, 3000))
def test_full_months_are_as_many_as_fit(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    months = full_months(start, end)

    assert add_months(start, months) <= end < add_months(start, months + 1)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(1990, 5, 31), date(2015, 5, 30), 24),
        (date(1990, 5, 31), date(2015, 5, 31), 25),
        (date(2000, 2, 29), date(2001, 2, 27), 0),
        (date(2000, 2, 29), date(2001, 2, 28), 1),
        (date(2000, 2, 29), date(2004, 2, 28), 3),
        (date(2000, 2, 29), date(2004, 2, 29), 4),
    ],
)
def test_a_year_is_full_on_the_anniversary(born: date, on: date, age: int) -> None:
    assert full_years(born, on) == age


def test_months_are_numbered_from_year_zero() -> None:
    assert month_number(date(2015, 1, 31)) == 2015 * 12
    assert month_number(date(2015, 12, 1)) == 2015 * 12 + 11
