"""Working days over the State Council's yearly holiday notices, swapped weekends (调休) included."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

from values.problems import bad_input


def is_working_day(day: date) -> bool:
    """Whether offices work on that day: make-up weekends count, holidays and bridge days do not.

    Raises:
        BadInput: `calendar.year_missing`: the year's notice is not in the calendar. Nothing is guessed.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError as missing:
        raise bad_input("calendar.year_missing", day=day.isoformat(), year=day.year) from missing


def working_days_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`; the first day is not counted (Civil Code art. 201).

    >>> working_days_after(date(2015, 9, 2), 1)
    datetime.date(2015, 9, 6)

    Raises:
        BadInput: `calendar.year_missing`, if a day on the way lies in a year without its notice.
        ValueError: `count` is below one.
    """
    if count < 1:
        raise ValueError(f"count {count} is below one")
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
