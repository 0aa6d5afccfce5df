"""Worked by hand from the notices on the holidays of 2015 and 2024 to 2026 (and that of 3 September 2015)."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

import chinese_calendar
import numpy as np
import pytest

from values.problems import BadInput
from values.working_days import (
    STATE_COUNCIL,
    WorkCalendar,
    is_working_day,
    working_day_from,
    working_days_after,
)

# Days on which an ordinary calendar is wrong: weekends that are worked, weekdays that are not.
WORKED_WEEKENDS = list(
    map(
        date.fromisoformat,
        """2015-01-04 2015-02-15 2015-02-28 2015-09-06 2015-10-10
        2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
        2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
        2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10""".split(),
    )
)
HOLIDAYS = """
    2015-01-01 2015-01-03, 2015-02-18 2015-02-24, 2015-04-04 2015-04-06, 2015-05-01 2015-05-03,
    2015-06-20 2015-06-22, 2015-09-03 2015-09-05, 2015-09-26 2015-09-27, 2015-10-01 2015-10-07,
    2024-01-01 2024-01-01, 2024-02-10 2024-02-17, 2024-04-04 2024-04-06, 2024-05-01 2024-05-05,
    2024-06-08 2024-06-10, 2024-09-15 2024-09-17, 2024-10-01 2024-10-07,
    2025-01-01 2025-01-01, 2025-01-28 2025-02-04, 2025-04-04 2025-04-06, 2025-05-01 2025-05-05,
    2025-05-31 2025-06-02, 2025-10-01 2025-10-08,
    2026-01-01 2026-01-03, 2026-02-15 2026-02-23, 2026-04-04 2026-04-06, 2026-05-01 2026-05-05,
    2026-06-19 2026-06-21, 2026-09-25 2026-09-27, 2026-10-01 2026-10-07
"""
HOLIDAY_SPANS = [tuple(map(date.fromisoformat, span.split())) for span in HOLIDAYS.split(",")]


@pytest.mark.parametrize("year", [2015, 2024, 2025, 2026])
def test_every_day_of_the_year_is_as_the_notice_has_it(year: int) -> None:
    holidays = {
        start + timedelta(days=n) for start, end in HOLIDAY_SPANS for n in range((end - start).days + 1)
    }
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365 + isleap(year))]

    expected = [day in WORKED_WEEKENDS or (day.weekday() < 5 and day not in holidays) for day in days]

    assert [is_working_day(day) for day in days] == expected


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2015, 6, 1), 5, date(2015, 6, 8)),  # Monday: 2, 3, 4, 5, then 8
        (date(2015, 6, 15), 5, date(2015, 6, 23)),  # Monday 22 is the Dragon Boat holiday
        (date(2015, 9, 2), 1, date(2015, 9, 6)),  # 3 to 5 September off, Sunday the 6th worked
        (date(2015, 9, 30), 5, date(2015, 10, 13)),  # 8, 9, Saturday 10, 12, 13
        (date(2015, 10, 9), 1, date(2015, 10, 10)),  # a Saturday that is worked
        (date(2026, 2, 13), 3, date(2026, 2, 25)),  # Saturday 14, then 24, 25
        (date(2026, 2, 17), 1, date(2026, 2, 24)),  # started on a holiday: the next working day is day one
        (date(2026, 2, 17), 5, date(2026, 2, 28)),  # 24, 25, 26, 27, Saturday 28
    ],
)
def test_the_first_day_is_not_counted_and_swapped_weekends_are(
    start: date, count: int, expected: date
) -> None:
    assert working_days_after(start, count) == expected


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2099, 1, 2)])
def test_a_year_without_its_notice_is_named_not_guessed(day: date) -> None:
    with pytest.raises(BadInput) as raised:
        is_working_day(day)

    problem = raised.value.problems[0]
    assert problem.code == "calendar.year_missing"
    assert dict(problem.params) == {"day": day.isoformat(), "year": str(day.year)}


def test_a_deadline_that_runs_into_a_missing_year_is_refused() -> None:
    with pytest.raises(BadInput, match=r"calendar\.year_missing"):
        working_days_after(date(2026, 12, 31), 20_000)


def test_the_length_of_a_period_must_be_at_least_one_day() -> None:
    with pytest.raises(ValueError, match="below one"):
        working_days_after(date(2015, 6, 1), 0)


def test_a_rest_day_moves_to_the_next_working_day_and_a_worked_one_stays() -> None:
    assert working_day_from(date(2026, 2, 15)) == date(2026, 2, 24)
    assert working_day_from(date(2026, 2, 14)) == date(2026, 2, 14)


def test_every_shipped_year_is_whole_and_no_day_is_both_off_and_worked() -> None:
    assert STATE_COUNCIL.years == set(range(2004, max(STATE_COUNCIL.years) + 1))
    assert not STATE_COUNCIL.off & STATE_COUNCIL.worked
    assert all(day.weekday() >= 5 for day in STATE_COUNCIL.worked)


def test_days_told_later_win_over_earlier_ones() -> None:
    saturday, monday = date(2026, 7, 25), date(2026, 7, 27)
    swapped = STATE_COUNCIL.with_days(off=[monday], worked=[saturday])

    assert (is_working_day(saturday, swapped), is_working_day(monday, swapped)) == (True, False)
    back = swapped.with_days(off=[saturday], worked=[monday])
    assert (is_working_day(saturday, back), is_working_day(monday, back)) == (False, True)


def test_the_digest_tells_calendars_apart_by_their_days_alone() -> None:
    closed = STATE_COUNCIL.with_days(off=[date(2026, 7, 27)])

    assert closed.digest() != STATE_COUNCIL.digest()
    assert closed.digest() == STATE_COUNCIL.with_days(off=[date(2026, 7, 27)], source="order 1").digest()
    assert WorkCalendar(frozenset([2026]), frozenset(), frozenset()).digest() != closed.digest()


# Weekdays that are off and weekends that are worked, as the package `holidays` 0.108 has them
# (`country_holidays("CN").is_working_day`, run on 2026-11-21 for every day of 2024 to 2026).
OTHER_OFF = """
    2024-01-01 2024-02-12 2024-02-13 2024-02-14 2024-02-15 2024-02-16 2024-04-04 2024-04-05 2024-05-01
    2024-05-02 2024-05-03 2024-06-10 2024-09-16 2024-09-17 2024-10-01 2024-10-02 2024-10-03 2024-10-04
    2024-10-07 2025-01-01 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-02-03 2025-02-04 2025-04-04
    2025-05-01 2025-05-02 2025-05-05 2025-06-02 2025-10-01 2025-10-02 2025-10-03 2025-10-06 2025-10-07
    2025-10-08 2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23
    2026-04-06 2026-05-01 2026-05-04 2026-05-05 2026-06-19 2026-09-25 2026-10-01 2026-10-02 2026-10-05
    2026-10-06 2026-10-07
""".split()
OTHER_WORKED = """
    2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12 2025-01-26
    2025-02-08 2025-04-27 2025-09-28 2025-10-11 2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20
    2026-10-10
""".split()


def test_two_public_libraries_say_the_same_of_every_day_from_2024_to_2026() -> None:
    """chinesecalendar by its own function, `holidays` by the table above."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(1096)]
    others = [
        day.isoformat() in OTHER_WORKED or (day.weekday() < 5 and day.isoformat() not in OTHER_OFF)
        for day in days
    ]

    ours = [is_working_day(day) for day in days]

    assert days[-1] == date(2026, 12, 31)
    assert ours == [chinese_calendar.is_workday(day) for day in days]
    assert ours == others


def test_a_period_begun_on_a_holiday_does_not_first_move_to_a_working_day() -> None:
    """chinesecalendar's own `find_workday` does, and so ends a day late (Civil Code art. 201)."""
    holiday = date(2026, 2, 17)

    assert chinese_calendar.find_workday(1, holiday) == date(2026, 2, 25)
    assert working_days_after(holiday, 1) == date(2026, 2, 24)


def test_weeks_of_five_days_miscount_a_month_of_swapped_weekends() -> None:
    """9 to 28 February 2026: numpy, told the holidays, still misses the two Saturdays that are worked."""
    first, after = date(2026, 2, 9), date(2026, 3, 1)
    worked = [day for n in range(20) if is_working_day(day := first + timedelta(days=n))]

    assert len(worked) == 11  # 9 to 14, 24 to 28
    assert np.busday_count(first, after, holidays=[date.fromisoformat(day) for day in OTHER_OFF]) == 9
