"""What pending totals can still become, of many people at once: what `scoring.possible` says of one.

The lines are worked out in columns, and so are the sums, unless sanctions void lines or lines exclude each
other: then each person's lines are added up one by one.
"""

from __future__ import annotations

import functools
import operator
from datetime import date

import polars as pl

from scoring.bounds import raw_bounds
from scoring.columns import Columns
from scoring.constructs import First, Highest, Lowest, PointsNode, Sum
from scoring.counted import voids_of
from scoring.limiting import limited
from scoring.policy import Indicator, Policy
from scoring.possible import possible_totals
from scoring.reading import HAS_SPOUSE, contexts
from scoring.totals import limited_sums, total_column
from scoring.units import points

Ends = tuple[pl.Expr, pl.Expr]
LEAST, MOST = "least", "most"
NOTHING = pl.lit(0, pl.Int64)


def possible_ends(policy: Policy, service: str, people: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """`least` and `most` in units, a row for each pair in `people`, a frame of facts of the service."""
    lines = policy.indicators_of(service)
    columns = Columns(policy)
    found: list[pl.Expr] = []
    for name, line in lines.items():
        low, high = _line(columns, line)
        found += [low.alias(f"{LEAST}:{name}"), high.alias(f"{MOST}:{name}")]
    rule = policy.services[service].multiplier
    applies = pl.repeat(False, pl.len()) if rule is None else columns.condition(rule.when)
    ranges = columns.over(people.lazy()).select(*found, applies.alias("multiplied")).collect()
    if voids_of(policy, service) or policy.exclusive_of(service):
        return _one_by_one(policy, service, people, ranges, as_of)
    return _summed(policy, service, ranges)


def _summed(policy: Policy, service: str, ranges: pl.DataFrame) -> pl.DataFrame:
    """The sums of both ends, multiplied or not where that is open."""
    totals: list[pl.Series] = []
    for side in (LEAST, MOST):
        own = [pl.col(f"{side}:{name}").alias(name) for name in policy.indicators_of(service)]
        sums = limited_sums(policy, service, ranges.lazy().select(*own, "multiplied"))
        open_ = pl.col("multiplied").fill_null
        for way in (True, False):
            total = sums.with_columns(multiplied=open_(way)).select(total_column(policy, service)).collect()
            totals.append(total.to_series().alias(f"{side}{way}"))
    every = [pl.col(series.name) for series in totals]
    ends = [pl.min_horizontal(every).alias(LEAST), pl.max_horizontal(every).alias(MOST)]
    return pl.DataFrame(totals).select(ends)


def _one_by_one(
    policy: Policy, service: str, people: pl.DataFrame, ranges: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    lines = tuple(policy.indicators_of(service))
    found = []
    for person, told in zip(people.iter_rows(named=True), ranges.iter_rows(named=True), strict=True):
        each = {name: (told[f"{LEAST}:{name}"], told[f"{MOST}:{name}"]) for name in lines}
        found.append(
            possible_totals(policy, service, person, each, multiplied=told["multiplied"], as_of=as_of)
        )
    return pl.DataFrame(found, schema={LEAST: pl.Int64, MOST: pl.Int64}, orient="row")


def _line(columns: Columns, line: Indicator) -> Ends:
    """A line before it is set aside: as it is where it is known."""
    known = columns.bound(columns.indicator(line))
    low, high = _ends(columns, line.points)
    low, high = (-high, -low) if line.kind == "deduction" else (low, high)
    return _where(known, low), _where(known, high)


def _ends(columns: Columns, node: PointsNode) -> Ends:
    """The least and the most that a node can still earn."""
    policy = columns.policy
    value = columns.bound(columns.node(node))
    low, high = _before_modifiers(columns, node)
    if node.when is not None:
        open_ = columns.bound(_applies(columns, node).is_null())
        low = pl.when(open_).then(pl.min_horizontal(low, NOTHING)).otherwise(low)
        high = pl.when(open_).then(pl.max_horizontal(high, NOTHING)).otherwise(high)
    floor = None if node.floor is None else points(policy, node.floor)
    cap = None if node.cap is None else points(policy, node.cap)
    first, last = (columns.bound(_where(value, limited(end, floor, cap))) for end in (low, high))
    return first, last


def _before_modifiers(columns: Columns, node: PointsNode) -> Ends:
    here = columns.inside(contexts(node, columns.context)[0])
    raw = columns.bound(columns.together(node) if node.whose is not None else here.raw(node))
    plain = node.times is None and node.round is None and node.whose is None
    if plain and isinstance(node, Sum | Highest | Lowest | First):
        low, high = _parts(here, node)
    else:
        bounds = raw_bounds(columns.policy, node)
        low, high = pl.lit(bounds.low, pl.Int64), pl.lit(bounds.high, pl.Int64)
    return _where(raw, low), _where(raw, high)


def _parts(here: Columns, node: Sum | Highest | Lowest | First) -> Ends:
    parts = [_ends(here, part) for part in node.parts]
    lows, highs = [low for low, _ in parts], [high for _, high in parts]
    if isinstance(node, Sum):
        return functools.reduce(operator.add, lows), functools.reduce(operator.add, highs)
    if isinstance(node, Highest):
        return pl.max_horizontal(lows), pl.max_horizontal(highs)
    if isinstance(node, Lowest):
        return pl.min_horizontal(lows), pl.min_horizontal(highs)
    ruled_out = [_applies(here, part).eq_missing(False) for part in node.parts]
    lows, highs = (
        [pl.when(out).then(NOTHING).otherwise(end) for out, end in zip(ruled_out, ends, strict=True)]
        for ends in (lows, highs)
    )
    return pl.min_horizontal(NOTHING, *lows), pl.max_horizontal(NOTHING, *highs)


def _applies(columns: Columns, node: PointsNode) -> pl.Expr:
    """Whether a node's precondition holds: of both persons the scored one's is asked."""
    if node.when is None:
        return pl.lit(True)
    holds = columns.inside(contexts(node, columns.context)[0]).condition(node.when)
    return pl.col(HAS_SPOUSE) & holds if node.whose == "spouse" else holds


def _where(known: pl.Expr, end: pl.Expr) -> pl.Expr:
    return pl.when(known.is_not_null()).then(known).otherwise(end)
