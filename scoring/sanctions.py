"""Sanctions: whether one is in effect on the as-of date, in columns and for one person."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from scoring.columns import condition_column
from scoring.conditions import Truth, facts_of
from scoring.policy import Policy
from scoring.scalar import Person, truth_of
from scoring.standing_model import Sanction, Until
from values.dates import add_months


def sanction_facts(rule: Sanction) -> tuple[str, ...]:
    """The facts a sanction reads."""
    return (*facts_of(rule.when), *(() if rule.until is None else (rule.until.fact,)))


def in_effect_column(policy: Policy, rule: Sanction, as_of: date) -> pl.Expr:
    """True, false or null (unknown): its condition holds and its last day has not passed."""
    holds = condition_column(policy, rule.when)
    return holds if rule.until is None else holds & (_last_day_column(rule.until) >= as_of)


def waits_column(policy: Policy, rule: Sanction, as_of: date) -> pl.Expr:
    """Whether the case waits: it is unknown and may not be ignored, or only its end is unknown."""
    open_ = in_effect_column(policy, rule, as_of).is_null()
    if rule.unknown == "pending":
        return open_
    return open_ & condition_column(policy, rule.when).fill_null(False)


def _last_day_column(until: Until) -> pl.Expr:
    """The day itself counts; a day that the month lacks is its last day (Civil Code art. 202)."""
    day = pl.col(until.fact)
    if until.days is not None:
        return day.dt.offset_by(f"{until.days}d")
    months = _months(until)
    return day.dt.offset_by(f"{months}mo") if months else day


def _months(until: Until) -> int:
    return (until.years or 0) * 12 + (until.months or 0)


def in_effect(policy: Policy, rule: Sanction, person: Person, as_of: date) -> Truth:
    """The same for one person."""
    holds = truth_of(policy, rule.when, person)
    if holds is False or rule.until is None:
        return holds
    end = last_day(rule.until, person)
    over = None if end is None else end < as_of
    return False if over else None if over is None or holds is None else True


def waits(policy: Policy, rule: Sanction, person: Person, as_of: date) -> bool:
    """Whether one person's case waits for this sanction."""
    open_ = in_effect(policy, rule, person, as_of) is None
    return open_ and (rule.unknown == "pending" or truth_of(policy, rule.when, person) is True)


def last_day(until: Until, person: Person) -> date | None:
    """The last day on which the sanction is in effect; None if it is unknown."""
    day = person.get(until.fact)
    if not isinstance(day, date):
        return None
    return day + timedelta(days=until.days) if until.days else add_months(day, _months(until))
