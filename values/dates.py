"""Calendar arithmetic as the policies use it: months with the last-day rule, full years and months."""

from __future__ import annotations

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day `months` later; a day the month lacks becomes its last day.

    >>> add_months(date(2015, 3, 31), -1)
    datetime.date(2015, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= 28:  # every month has it
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def full_months(start: date, end: date) -> int:
    """Completed months from `start` to `end` (0 on the day itself; negative if `end` is earlier).

    The n-th month is complete on `add_months(start, n)`: from 31 January one month is complete on
    the last of February.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def full_years(start: date, end: date) -> int:
    """Completed years (周岁, 满n年): the anniversary counts; 29 February completes on 28 February."""
    return full_months(start, end) // 12


def month_number(day: date) -> int:
    """Months since year 0: the number a `month` column stores."""
    return day.year * 12 + day.month - 1
