"""Points: every line of every score sheet, group sums, sub-total, factor and total. Exact, in columns."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass

import polars as pl

from scoring.columns import Columns, limited
from scoring.facts import Facts
from scoring.policy import Policy
from scoring.units import factor, points

TOTALS = ("subtotal", "multiplied", "total")


@dataclass(frozen=True)
class Scores:
    """One row a pair, Int64 units of 10^-scale, null where a line stays pending.

    `lines` has one column an indicator of the service, `groups` one a group (caps applied), and
    `totals` the columns `subtotal`, `multiplied` (Boolean) and `total`. In a service without points
    there are no lines and every total is null.
    """

    lines: pl.DataFrame
    groups: pl.DataFrame
    totals: pl.DataFrame


def score(facts: Facts) -> Scores:
    """Score every pair for the service. A total is null as long as one of its lines is."""
    policy, service = facts.policy, facts.service
    lines, groups = tuple(policy.indicators_of(service)), groups_of(policy, service)
    frame = score_lazily(policy, service, facts.frame.lazy()).collect()
    named = frame.select(_group_name(group) for group in groups)
    named.columns = list(groups)
    return Scores(frame.select(lines), named, frame.select(TOTALS))


def score_lazily(policy: Policy, service: str, facts: pl.LazyFrame) -> pl.LazyFrame:
    """The same on a lazy frame of facts, for tables that do not fit in memory.

    Returns the lines, `group:<id>` for every group, `subtotal`, `multiplied` and `total`; facts are
    left out.
    """
    lines = policy.indicators_of(service)
    columns = Columns(policy)
    found = [columns.indicator(line).alias(name) for name, line in lines.items()]
    multiplied = _multiplied(columns, service).alias("multiplied")
    scored = columns.over(facts).select(*found, multiplied)
    groups = groups_of(policy, service)
    scored = scored.with_columns(_group(policy, service, name).alias(_group_name(name)) for name in groups)
    members = [pl.col(_group_name(name)) for name in groups]
    subtotal = functools.reduce(operator.add, members) if members else pl.lit(None, pl.Int64)
    scored = scored.with_columns(subtotal.alias("subtotal"))
    return scored.with_columns(_total(policy, service).alias("total"))


def groups_of(policy: Policy, service: str) -> tuple[str, ...]:
    """The groups that have indicators of the service, in print order."""
    return tuple(dict.fromkeys(line.group for line in policy.indicators_of(service).values()))


def _group_name(group: str) -> str:
    return f"group:{group}"


def _group(policy: Policy, service: str, name: str) -> pl.Expr:
    group = policy.groups[name]
    members = (pl.col(key) for key, line in policy.indicators_of(service).items() if line.group == name)
    total = functools.reduce(operator.add, members)
    floor = None if group.floor is None else points(policy, group.floor)
    cap = None if group.cap is None else points(policy, group.cap)
    return limited(total, floor, cap)


def _multiplied(columns: Columns, service: str) -> pl.Expr:
    rule = columns.policy.services[service].multiplier
    # One value a person even where there are no lines to tell how many people there are.
    return pl.repeat(False, pl.len()) if rule is None else columns.condition(rule.when)


def _total(policy: Policy, service: str) -> pl.Expr:
    """The product is exact: the load check proves that every sub-total is a multiple of the divisor."""
    rule = policy.services[service].multiplier
    if rule is None:
        return pl.col("subtotal")
    numerator, denominator = factor(rule.factor)
    product = pl.col("subtotal") * numerator // denominator
    plain = pl.when(~pl.col("multiplied")).then(pl.col("subtotal"))
    return plain.when(pl.col("multiplied")).then(product).otherwise(None)
