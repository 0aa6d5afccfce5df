"""Days relative to a date: the first and last of its month and year, the last of the year before."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

ANCHORS = ("month_start", "month_end", "year_start", "year_end", "previous_year_end")


def anchored(anchor: str, day: date) -> date:
    """The day that an anchor means.

    >>> anchored("month_end", date(2016, 2, 3)), anchored("previous_year_end", date(2016, 2, 3))
    (datetime.date(2016, 2, 29), datetime.date(2015, 12, 31))
    """
    match anchor:
        case "month_start":
            return day.replace(day=1)
        case "month_end":
            return day.replace(day=monthrange(day.year, day.month)[1])
        case "year_start":
            return date(day.year, 1, 1)
        case "year_end":
            return date(day.year, 12, 31)
        case "previous_year_end":
            return date(day.year - 1, 12, 31)
    raise ValueError(anchor)
