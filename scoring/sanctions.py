"""Sanctions: whether one is in effect on the as-of date, in columns and for one person."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from scoring.columns import condition_column
from scoring.conditions import Truth, facts_of
from scoring.policy import Policy
from scoring.scalar import Person, truth_of
from scoring.standing_model import Reach, Sanction, Since
from values.dates import add_months


def sanction_facts(rule: Sanction) -> tuple[str, ...]:
    """The facts a sanction reads."""
    return (*facts_of(rule.when), *(reach.fact for reach in (rule.since, rule.until) if reach is not None))


def in_effect_column(policy: Policy, rule: Sanction, as_of: date) -> pl.Expr:
    """True, false or null (unknown): its condition holds, it has begun and its last day has not passed."""
    holds = condition_column(policy, rule.when)
    if rule.since is not None:
        holds = holds & (_day_column(rule.since) <= as_of)
    return holds if rule.until is None else holds & (_day_column(rule.until) >= as_of)


def waits_column(policy: Policy, rule: Sanction, as_of: date) -> pl.Expr:
    """Whether the case waits: it is unknown and may not be ignored, or only its time is unknown."""
    open_ = in_effect_column(policy, rule, as_of).is_null()
    if rule.unknown == "pending":
        return open_
    return open_ & condition_column(policy, rule.when).fill_null(False)


def _day_column(reach: Reach) -> pl.Expr:
    """A day that the month lacks is its last day (Civil Code art. 202)."""
    day = pl.col(reach.fact)
    if reach.calendar_years is not None:
        first = isinstance(reach, Since)
        return pl.date(day.dt.year() + reach.calendar_years, *((1, 1) if first else (12, 31)))
    if reach.days is not None:
        return day.dt.offset_by(f"{reach.days}d")
    months = _months(reach)
    return day.dt.offset_by(f"{months}mo") if months else day


def _months(reach: Reach) -> int:
    return (reach.years or 0) * 12 + (reach.months or 0)


def in_effect(policy: Policy, rule: Sanction, person: Person, as_of: date) -> Truth:
    """The same for one person."""
    truths = [truth_of(policy, rule.when, person)]
    for reach in (rule.since, rule.until):
        if reach is not None:
            day = day_of(reach, person)
            reached = None if day is None else day <= as_of if reach is rule.since else day >= as_of
            truths.append(reached)
    return False if False in truths else None if None in truths else True


def waits(policy: Policy, rule: Sanction, person: Person, as_of: date) -> bool:
    """Whether one person's case waits for this sanction."""
    open_ = in_effect(policy, rule, person, as_of) is None
    return open_ and (rule.unknown == "pending" or truth_of(policy, rule.when, person) is True)


def day_of(reach: Reach, person: Person) -> date | None:
    """The first or the last day on which the sanction is in effect; None if it is unknown."""
    day = person.get(reach.fact)
    if not isinstance(day, date):
        return None
    if reach.calendar_years is not None:
        year = day.year + reach.calendar_years
        return date(year, 1, 1) if isinstance(reach, Since) else date(year, 12, 31)
    return day + timedelta(days=reach.days) if reach.days else add_months(day, _months(reach))
