"""Strictly more than n units of time: the day after n are complete, in columns and as the auditor counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.elapsed import derived_column
from scoring.fact_model import DerivedFact, Elapsed
from values.dates import add_months
from verifier.verify_facts import time_passed

days = st.dates(date(2010, 1, 1), date(2020, 12, 31))
DAY = timedelta(days=1)


def counted(unit: str, since: date, until: date, **keys: object) -> int | None:
    """The fact on a day, worked out twice."""
    written = {f"{unit}_since": "since", "counts": "exceeded", "as_of": "until", **keys}
    rule = DerivedFact.model_validate({"title": {"zh": "名", "en": "name"}, "of": "subject", **written})
    frame = pl.DataFrame({"since": [since], "until": [until]})
    found: int | None = frame.select(derived_column(rule, until)).item()
    told = time_passed(written, {"since": str(since), "until": str(until)}, until)
    assert told == ("" if found is None else str(found))
    return found


@given(days, st.integers(0, 40), st.sampled_from(get_args(Elapsed)))
def test_n_units_are_exceeded_on_the_day_after_they_are_complete(since: date, n: int, unit: Elapsed) -> None:
    """Not on the anniversary; what has not begun to pass is exceeded by nothing."""
    steps = {"years": 12, "months": 1, "days": 0}[unit] * n
    complete = since + n * DAY if unit == "days" else add_months(since, steps)

    assert counted(unit, since, complete + DAY) == n
    assert counted(unit, since, complete) == max(n - 1, 0)


@pytest.mark.parametrize(
    ("since", "until", "years"),
    [
        (date(2016, 2, 29), date(2017, 2, 28), 0),
        (date(2016, 2, 29), date(2017, 3, 1), 1),
        (date(2016, 2, 29), date(2020, 2, 29), 3),
        (date(2016, 2, 29), date(2020, 3, 1), 4),
        (date(2010, 5, 1), date(2013, 5, 1), 2),
        (date(2010, 5, 1), date(2013, 5, 2), 3),
    ],
)
def test_an_anniversary_is_not_more_than_the_years(since: date, until: date, years: int) -> None:
    assert counted("years", since, until) == years


@pytest.mark.parametrize(("future", "found"), [("refuse", -1), (0, 0), ("unknown", None)])
def test_a_date_that_lies_ahead_is_treated_as_the_rule_says(future: object, found: int | None) -> None:
    assert counted("days", date(2015, 5, 2), date(2015, 5, 2), future=future) == 0
    late = counted("months", date(2015, 6, 1), date(2015, 5, 1), future=future)
    assert late == found if future != "refuse" else late is not None and late < 0
