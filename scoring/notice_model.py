"""How long results are on show."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from scoring.conditions import PackModel
from values.periods import Period


class NoticeRule(PackModel):
    """The least length of the public notice, in working days or in days of the calendar.

    `rolls_over`: a last day of the calendar on which offices rest is moved to the next working day.
    """

    working_days: int | None = Field(default=None, ge=1)
    calendar_days: int | None = Field(default=None, ge=1, le=366)
    rolls_over: Literal[True] | None = None
    cite: str

    @model_validator(mode="after")
    def _one(self) -> NoticeRule:
        if (self.working_days is None) == (self.calendar_days is None):
            raise ValueError("notice_days")
        if self.rolls_over and self.calendar_days is None:
            raise ValueError("notice_rolls_over")
        return self

    @property
    def period(self) -> Period:
        """The length, and how its last day is found."""
        if self.calendar_days is None:
            return Period(self.working_days or 1, "working_days")
        return Period(self.calendar_days, "days", rolls_over=self.rolls_over is True)
