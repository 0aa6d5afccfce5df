"""Legal periods: a number of days, working days, months or years, and the day on which one ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from values.dates import add_months
from values.working_days import WorkCalendar, working_day_from, working_days_after

Unit = Literal["working_days", "days", "months", "years"]


@dataclass(frozen=True)
class Period:
    """A length of time as a rule states it, at least one unit.

    `rolls_over`: a last day on which offices rest is moved to the next working day (Civil Code art.
    203). Working days never end on a rest day, so they cannot roll over.
    """

    count: int
    unit: Unit
    rolls_over: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a period that cannot be."""
        if self.count < 1 or self.unit not in get_args(Unit):
            raise ValueError(f"no period of {self.count} {self.unit}")
        if self.rolls_over and self.unit == "working_days":
            raise ValueError("a period of working days cannot roll over")

    def last_day(self, start: date, calendar: WorkCalendar) -> date:
        """The day on which the period ends, if `start` is the day of the event that begins it.

        The first day is not counted (Civil Code art. 201). Months and years end on the day of the
        same number, or on the last day of a month that lacks it (art. 202): one month from 31
        January ends on 28 or 29 February, a year from 29 February ends on 28 February.

        Raises:
            BadInput: `calendar.year_missing`, if a working day must be told from a rest day in a
                year without its notice. Calendar periods that do not roll over need no notice.
        """
        match self.unit:
            case "working_days":
                return working_days_after(start, self.count, calendar)
            case "days":
                end = start + timedelta(days=self.count)
            case "months":
                end = add_months(start, self.count)
            case "years":
                end = add_months(start, 12 * self.count)
        return working_day_from(end, calendar) if self.rolls_over else end
