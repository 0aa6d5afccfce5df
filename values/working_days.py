"""Working days over the State Council's yearly holiday notices, swapped weekends (调休) included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar import constants

from values.canonical import digest_of
from values.problems import bad_input

_FRIDAY = 4


@dataclass(frozen=True)
class WorkCalendar:
    """The years whose notice is known, and the days on which an ordinary week is wrong.

    `off`: days that are not worked though they may be weekdays. `worked`: weekends that are worked.
    No day is in both. `sources`: where days that an office added come from.
    """

    years: frozenset[int]
    off: frozenset[date]
    worked: frozenset[date]
    sources: tuple[str, ...] = ()

    def with_days(
        self,
        *,
        off: Iterable[date] = (),
        worked: Iterable[date] = (),
        years: Iterable[int] = (),
        source: str = "",
    ) -> WorkCalendar:
        """A calendar in which these days are as told, whatever they were before."""
        rest, work = frozenset(off), frozenset(worked)
        return WorkCalendar(
            self.years | frozenset(years),
            (self.off - work) | rest,
            (self.worked - rest) | work,
            (*self.sources, source) if source else self.sources,
        )

    def digest(self) -> str:
        """Digest of the days alone: to be kept with a deadline that was computed from them."""
        return digest_of(
            {
                "years": sorted(self.years),
                "off": sorted(day.isoformat() for day in self.off),
                "worked": sorted(day.isoformat() for day in self.worked),
            }
        )


STATE_COUNCIL = WorkCalendar(
    frozenset(day.year for day in constants.holidays),
    frozenset(constants.holidays),
    frozenset(day for day in constants.workdays if chinese_calendar.is_workday(day)),
)
"""Every year whose notice the installed chinesecalendar holds."""


def is_working_day(day: date, calendar: WorkCalendar = STATE_COUNCIL) -> bool:
    """Whether offices work on that day: make-up weekends count, holidays and bridge days do not.

    Raises:
        BadInput: `calendar.year_missing`: the year's notice is not in the calendar. Nothing is guessed.
    """
    if day.year not in calendar.years:
        raise bad_input("calendar.year_missing", day=day.isoformat(), year=day.year)
    return day in calendar.worked or (day.weekday() <= _FRIDAY and day not in calendar.off)


def working_days_after(day: date, count: int, calendar: WorkCalendar = STATE_COUNCIL) -> date:
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
        count -= is_working_day(day, calendar)
    return day


def working_day_from(day: date, calendar: WorkCalendar = STATE_COUNCIL) -> date:
    """The day itself if it is worked, else the next day that is (Civil Code art. 203).

    Raises:
        BadInput: `calendar.year_missing`, as for `working_days_after`.
    """
    return day if is_working_day(day, calendar) else working_days_after(day, 1, calendar)
