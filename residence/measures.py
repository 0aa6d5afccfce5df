"""Spells become months for everybody at once: how long something has lasted, with the policy's rule for gaps.

People lie one behind the other on a single axis of months, `row * _SPAN + month`, so that joining, cutting
and counting spells is arithmetic on sorted whole numbers. `residence.spells` says what is computed.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from residence.spells import SpellRule

Int64 = NDArray[np.int64]
Spans = tuple[Int64, Int64]
"""First and last month (n,) on the axis, sorted; disjoint once joined."""

_SPAN = 2**20
"""More than any month number, so that no month of one person is one of the next."""


def sorted_spells(spells: pl.DataFrame, subjects: pl.Series) -> pl.DataFrame:
    """A ledger's spells with `row`, the place of their subject in `subjects`, sorted for measuring.

    `spells` has `subject`, `first_month`, `last_month` (month numbers, both included) and any other
    columns; spells may overlap and come in any order. Spells of people not in `subjects` are left out.
    """
    rows = pl.DataFrame({"subject": subjects}).with_row_index("row")
    return spells.join(rows, on="subject", how="inner").sort("row", "first_month", "last_month")


def months_covered(
    spells: pl.DataFrame,
    up_to: pl.Series,
    rule: SpellRule,
    *,
    also_in: pl.DataFrame | None = None,
    not_during: pl.DataFrame | None = None,
) -> pl.Series:
    """Months of each person's spells, looked back from a month, as `residence.spells` defines them.

    `spells`, `also_in` and `not_during` have `row`, `first_month`, `last_month`, sorted by these (see
    `sorted_spells`). `up_to` (n,) holds each person's month; a null gives null. People without spells
    have 0 months. Linear but for n log n look-ups of the other ledgers.
    """
    month = up_to.fill_null(-1).cast(pl.Int64).to_numpy()
    own = _joined(_on_axis(spells, month))
    if also_in is not None:
        own = _in_both(own, _joined(_on_axis(also_in, month)))
    during = None if not_during is None else _joined(_on_axis(not_during, month))
    row = own[0] // _SPAN
    kept = _kept_runs(own, row, month, rule, during)
    months = np.zeros(month.size, dtype=np.int64)
    np.add.at(months, kept[0], kept[1])
    return pl.Series("months", months).set(up_to.is_null(), None)


def _on_axis(spells: pl.DataFrame, month: Int64) -> Spans:
    """Spells cut at the month they are looked back from; later ones left out."""
    row, first, last = (
        spells[name].cast(pl.Int64).to_numpy() for name in ("row", "first_month", "last_month")
    )
    last = np.minimum(last, month[row])
    inside, begin = first <= last, row * _SPAN
    first, last = begin + first, begin + last
    return (first, last) if inside.all() else (first[inside], last[inside])


def _joined(spans: Spans) -> Spans:
    """Spans that overlap or touch as one; months stay so far below `_SPAN` that people's never do."""
    first, last = spans
    if not first.size:
        return spans
    reach = np.maximum.accumulate(last)
    begins = np.append(True, first[1:] > reach[:-1] + 1)
    ends = np.append(begins[1:], True)
    return first[begins], reach[ends]


def _in_both(one: Spans, two: Spans) -> Spans:
    """The parts that two sets of disjoint spans share."""
    begin = np.searchsorted(two[1], one[0])
    count = np.maximum(np.searchsorted(two[0], one[1], side="right") - begin, 0)
    own = np.repeat(np.arange(one[0].size), count)
    other = np.arange(own.size) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin, count)
    return np.maximum(one[0][own], two[0][other]), np.minimum(one[1][own], two[1][other])


def _kept_runs(
    own: Spans, row: Int64, month: Int64, rule: SpellRule, during: Spans | None
) -> tuple[Int64, Int64]:
    """Person and months of every run that counts. A run is what `residence.spells` calls a spell."""
    first, last = own
    if not first.size:
        return row, row
    same = row[1:] == row[:-1]
    starts = np.flatnonzero(np.append(True, ~same | (first[1:] - last[:-1] - 1 > rule.bridge)))
    person, reach = row[starts], np.append(last[starts[1:] - 1], last[-1])
    if rule.bridged_months == "counted":
        first, last = first[starts], reach
        starts, row = np.arange(starts.size), person
    length = np.add.reduceat(last - first + 1, starts)
    counted = np.add.reduceat(_counted(first, last, row, month, rule, during), starts)
    long = length >= (rule.at_least_months or 0)
    if rule.on_break == "stop":
        is_last = np.append(person[1:] != person[:-1], True)
        long &= is_last & (person * _SPAN + month[person] - reach <= rule.bridge)
    person, counted = person[long], counted[long]
    if rule.on_break == "longest":
        order = np.lexsort((counted, person))
        person, counted = person[order], counted[order]
    if rule.on_break in ("longest", "last") and person.size:
        is_last = np.append(person[1:] != person[:-1], True)
        person, counted = person[is_last], counted[is_last]
    return person, counted


def _counted(
    first: Int64, last: Int64, row: Int64, month: Int64, rule: SpellRule, during: Spans | None
) -> Int64:
    """How many months of each span are in the window and in no span of `during`."""
    if rule.within_months is not None:
        first = np.maximum(first, row * _SPAN + month[row] - rule.within_months + 1)
    months: Int64 = np.maximum(last - first + 1, 0)
    return months if during is None else months - np.where(months > 0, _overlap(first, last, during), 0)


def _overlap(first: Int64, last: Int64, during: Spans) -> Int64:
    """How many months of each span the others have."""
    return _up_to(last, during) - _up_to(first - 1, during)


def _up_to(month: Int64, spans: Spans) -> Int64:
    """How many months of the disjoint spans lie at or before each month."""
    before = np.append(0, np.cumsum(spans[1] - spans[0] + 1))
    behind = np.searchsorted(spans[0], month, side="right")
    over = np.append(0, spans[1])[behind] - month
    found: Int64 = before[behind] - np.maximum(np.where(behind > 0, over, 0), 0)
    return found
