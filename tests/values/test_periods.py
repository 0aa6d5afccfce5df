"""Periods end as the Civil Code counts them: arts. 201 to 203."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from values.periods import Period, Unit
from values.problems import BadInput
from values.working_days import STATE_COUNCIL, WorkCalendar, is_working_day, working_day_from

NO_NOTICE = WorkCalendar(frozenset(), frozenset(), frozenset())
starts = st.dates(date(2005, 1, 1), date(2014, 12, 31))
calendar_periods = st.builds(Period, st.integers(1, 120), st.sampled_from(["days", "months"]), st.booleans())


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        (date(2026, 3, 2), Period(15, "days"), date(2026, 3, 17)),  # the 2nd is not counted
        (date(2026, 9, 20), Period(15, "days"), date(2026, 10, 5)),  # inside the National Day holiday
        (date(2026, 9, 20), Period(15, "days", rolls_over=True), date(2026, 10, 8)),
        (date(2026, 9, 25), Period(15, "days", rolls_over=True), date(2026, 10, 10)),  # worked Saturday
        (date(2026, 2, 6), Period(10, "days", rolls_over=True), date(2026, 2, 24)),  # nine days of rest
        (date(2026, 1, 31), Period(1, "months"), date(2026, 2, 28)),
        (date(2024, 1, 31), Period(1, "months"), date(2024, 2, 29)),
        (date(2024, 2, 29), Period(1, "months"), date(2024, 3, 29)),  # its own day, not the last one
        (date(2024, 2, 29), Period(1, "years"), date(2025, 2, 28)),
        (date(2024, 2, 29), Period(4, "years"), date(2028, 2, 29)),
        (date(2025, 8, 31), Period(6, "months"), date(2026, 2, 28)),
        (date(2026, 2, 17), Period(1, "working_days"), date(2026, 2, 24)),  # begun on a holiday
        (date(2026, 2, 1), Period(11, "working_days"), date(2026, 2, 14)),  # the worked Saturday is the 11th
    ],
)
def test_a_period_ends_on_its_last_day(start: date, period: Period, end: date) -> None:
    assert period.last_day(start, STATE_COUNCIL) == end


@given(starts, calendar_periods)
def test_rolling_over_gives_the_first_working_day_from_the_last_day_on(start: date, period: Period) -> None:
    plain = Period(period.count, period.unit).last_day(start, STATE_COUNCIL)
    end = period.last_day(start, STATE_COUNCIL)

    assert plain == end or period.rolls_over
    assert end == (working_day_from(plain) if period.rolls_over else plain)
    skipped = [plain + timedelta(days=n) for n in range((end - plain).days)]
    assert not any(map(is_working_day, skipped))


@given(starts, st.integers(1, 60), st.sampled_from(["working_days", "days", "months"]))
def test_a_later_start_or_a_longer_period_never_ends_earlier(start: date, count: int, unit: Unit) -> None:
    end = Period(count, unit).last_day(start, STATE_COUNCIL)

    assert start < end
    assert end <= Period(count, unit).last_day(start + timedelta(days=1), STATE_COUNCIL)
    assert end < Period(count + 1, unit).last_day(start, STATE_COUNCIL)


@given(starts, st.integers(1, 60))
def test_a_period_of_working_days_holds_as_many(start: date, count: int) -> None:
    end = Period(count, "working_days").last_day(start, STATE_COUNCIL)
    days = [start + timedelta(days=n + 1) for n in range((end - start).days)]

    assert sum(map(is_working_day, days)) == count
    assert is_working_day(end)


@pytest.mark.parametrize("period", [Period(3, "working_days"), Period(15, "days", rolls_over=True)])
def test_a_period_that_asks_for_working_days_names_the_missing_notice(period: Period) -> None:
    with pytest.raises(BadInput) as raised:
        period.last_day(date(2027, 1, 4), STATE_COUNCIL)

    assert dict(raised.value.problems[0].params)["year"] == "2027"


def test_a_calendar_period_needs_no_notice() -> None:
    assert Period(15, "days").last_day(date(2031, 1, 4), NO_NOTICE) == date(2031, 1, 19)


@pytest.mark.parametrize(
    ("count", "unit", "rolls_over"),
    [(0, "days", False), (-1, "months", False), (3, "working_days", True), (3, "weeks", False)],
)
def test_periods_that_cannot_be_are_refused(count: int, unit: Unit, rolls_over: bool) -> None:
    with pytest.raises(ValueError, match="period"):
        Period(count, unit, rolls_over)
