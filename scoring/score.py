"""Points: every line of every score sheet, group sums, sub-total, factor and total. Exact, in columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from scoring.columns import Columns
from scoring.counted import counted_lines, setting_columns
from scoring.facts import Facts
from scoring.policy import Policy
from scoring.totals import MARKED, gated_column, limited_sums, total_column

TOTALS = ("subtotal", "multiplied", "total")


@dataclass(frozen=True)
class Scores:
    """One row a pair, Int64 units of 10^-scale, null where a line stays pending.

    `lines` has one column an indicator of the service (0 where it was set aside: voided by a sanction, or
    excluded by another line), `groups` one a group (caps applied), and `totals` the columns `subtotal`,
    `multiplied` (Boolean) and `total`. `gated` is what the gate looks at. `marked` has one column for each
    mark of wishes: what is added to the total there. In a service without points there are no lines and every
    total is null.
    """

    lines: pl.DataFrame
    groups: pl.DataFrame
    totals: pl.DataFrame
    gated: pl.Series
    marked: pl.DataFrame


def score(facts: Facts) -> Scores:
    """Score every pair for the service. A total is null as long as one of its lines is."""
    policy, service = facts.policy, facts.service
    lines, groups = tuple(policy.indicators_of(service)), groups_of(policy, service)
    frame = score_lazily(policy, service, facts.frame.lazy(), as_of=facts.as_of).collect()
    named = frame.select(f"group:{group}" for group in groups)
    named.columns = list(groups)
    marked = frame.select(pl.col(f"{MARKED}{name}").alias(name) for name in policy.marks_of(service))
    return Scores(frame.select(lines), named, frame.select(TOTALS), frame["gated"], marked)


def score_lazily(policy: Policy, service: str, facts: pl.LazyFrame, *, as_of: date) -> pl.LazyFrame:
    """The same on a lazy frame of facts, for tables that do not fit in memory.

    Returns the lines as they count, `group:<id>` for every group, `at:<column>` for every mark of wishes,
    `subtotal`, `multiplied`, `total` and `gated`, among columns of intermediate sums; facts are left out.
    """
    lines = policy.indicators_of(service)
    columns = Columns(policy)
    found = [columns.indicator(line).alias(name) for name, line in lines.items()]
    settings = setting_columns(policy, service, as_of)
    multiplied = _multiplied(columns, service).alias("multiplied")
    scored = columns.over(facts).select(*found, *settings, multiplied)
    scored = limited_sums(policy, service, counted_lines(policy, service, scored))
    return scored.with_columns(
        total_column(policy, service).alias("total"), gated_column(policy, service).alias("gated")
    )


def groups_of(policy: Policy, service: str) -> tuple[str, ...]:
    """The groups that have indicators of the service, in print order."""
    return tuple(dict.fromkeys(line.group for line in policy.indicators_of(service).values()))


def _multiplied(columns: Columns, service: str) -> pl.Expr:
    rule = columns.policy.services[service].multiplier
    # One value a person even where there are no lines to tell how many people there are.
    return pl.repeat(False, pl.len()) if rule is None else columns.condition(rule.when)
