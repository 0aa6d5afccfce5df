"""Time that has passed: completed years, months or days between two dates, in columns and for one person.

A day to count up to is a date, an anchor (`values.anchors`), or a date fact; left out, the as-of date.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from scoring.fact_model import DerivedFact, Elapsed
from values.anchors import ANCHORS, anchored
from values.dates import full_months

Day = date | str | None


def fixed_day(day: Day, as_of: date) -> date | None:
    """The day if it is the same for everybody; None if it is a date fact."""
    if day is None:
        return as_of
    if isinstance(day, date):
        return day
    return anchored(day, as_of) if day in ANCHORS else None


def day_column(day: Day, as_of: date) -> pl.Expr:
    """The day of everybody."""
    fixed = fixed_day(day, as_of)
    return pl.col(str(day)) if fixed is None else pl.lit(fixed)


def elapsed_column(unit: Elapsed, since: pl.Expr, until: pl.Expr) -> pl.Expr:
    """Int64, negative if `until` is earlier; null where a date is. As `elapsed`."""
    if unit == "days":
        return (until - since).dt.total_days()
    months = (until.dt.year().cast(pl.Int64) - since.dt.year().cast(pl.Int64)) * 12
    months = months + until.dt.month().cast(pl.Int64) - since.dt.month().cast(pl.Int64)
    complete = (since.dt.day() <= until.dt.day()) | (until == until.dt.month_end())
    months = months - (~complete).cast(pl.Int64)
    return months // 12 if unit == "years" else months


def elapsed(unit: Elapsed, since: date, until: date) -> int:
    """Completed units; negative if `until` is earlier. The first day is not counted.

    A month is complete on the day of the same number, or on the last day of a month that lacks it.
    """
    if unit == "days":
        return (until - since).days
    months = full_months(since, until)
    return months // 12 if unit == "years" else months


def exceeded_column(unit: Elapsed, since: pl.Expr, until: pl.Expr) -> pl.Expr:
    """The most units than which more has passed; 0 on the day itself, negative if `until` is earlier.

    More than n years have passed on the day after the n-th anniversary: on its eve n were complete.
    """
    eve = elapsed_column(unit, since, until.dt.offset_by("-1d"))
    return pl.when(since == until).then(pl.lit(0, pl.Int64)).otherwise(eve)


def derived_column(rule: DerivedFact, as_of: date) -> pl.Expr:
    """A fact that counts time, as the rule treats dates that lie ahead (a refused one stays negative)."""
    assert rule.elapsed is not None
    unit, since = rule.elapsed
    counted = exceeded_column if rule.counts == "exceeded" else elapsed_column
    column = counted(unit, pl.col(since), day_column(rule.as_of, as_of))
    if rule.future == "refuse":
        return column
    instead = pl.lit(0 if rule.future == 0 else None, pl.Int64)
    return pl.when(column < 0).then(instead).otherwise(column)
