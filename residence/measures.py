"""Spells become months: how long something has lasted, with the policy's rule for gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

BridgedMonths = Literal["excluded", "counted"]
OnBreak = Literal["stop", "sum"]
Int64 = NDArray[np.int64]

_SPAN = 2**20
"""More than any month number, so that `row * _SPAN + month` orders by row, then month."""


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
    *,
    bridge: int,
    bridged_months: BridgedMonths,
    on_break: OnBreak,
) -> pl.Series:
    """Months covered by each person's spells, traced back from a month.

    `spells` has `row`, `first_month`, `last_month`, sorted by these (see `sorted_spells`). `up_to`
    (n,) holds each person's month; a null gives null. A gap of at most `bridge` missing months does
    not break continuity, and neither does one between the last covered month and `up_to` itself.
    With `on_break="stop"` only the run that reaches `up_to` counts, with `"sum"` all covered months
    do. Bridged gap months count only if told so. People without spells have 0 months.
    """
    month = up_to.fill_null(-1).cast(pl.Int64).to_numpy()
    row, first, last = _clipped(spells, month)
    covered_before = _covered_before(row, first, last)
    gap = np.maximum(first - covered_before - 1, 0)
    counted = np.maximum(last - np.maximum(first - 1, covered_before), 0)
    if bridged_months == "counted":
        counted = counted + np.where(gap <= bridge, gap, 0)
    if on_break == "stop":
        reach = np.maximum(covered_before, last)
        kept = _run_reaching_the_end(row, gap > bridge, month[row] - reach, bridge)
        # a run starts after its break: the gap before its first spell is no part of it
        row, counted = row[kept], counted[kept]
    months = np.zeros(month.size, dtype=np.int64)
    np.add.at(months, row, counted)
    return pl.Series("months", months).set(up_to.is_null(), None)


def _clipped(spells: pl.DataFrame, month: Int64) -> tuple[Int64, Int64, Int64]:
    """Spells cut at the month they are traced back from; later ones left out."""
    row, first, last = (
        spells[name].cast(pl.Int64).to_numpy() for name in ("row", "first_month", "last_month")
    )
    last = np.minimum(last, month[row])
    inside = first <= last
    return row[inside], first[inside], last[inside]


def _covered_before(row: Int64, first: Int64, last: Int64) -> Int64:
    """The last month covered by the person's earlier spells; the month before the own first for the first."""
    reached = np.maximum.accumulate(row * _SPAN + last) - row * _SPAN
    before = np.empty_like(first)
    before[:1] = first[:1] - 1
    same = row[1:] == row[:-1]
    before[1:] = np.where(same, reached[:-1], first[1:] - 1)
    return before


def _run_reaching_the_end(
    row: Int64, is_break: NDArray[np.bool_], missing: Int64, bridge: int
) -> NDArray[np.bool_]:
    """Which spells belong to the last unbroken run, if it reaches the month traced back from."""
    if not row.size:
        return np.zeros(0, dtype=bool)
    breaks = np.cumsum(is_break)
    is_last = np.append(row[1:] != row[:-1], True)
    last_of = np.flatnonzero(is_last)[np.cumsum(is_last) - is_last]
    unbroken: NDArray[np.bool_] = (breaks == breaks[last_of]) & (missing[last_of] <= bridge)
    return unbroken


@dataclass(frozen=True)
class Stretch:
    """Months without a gap, both ends included. `counted`: whether they enter the measure.

    `gap` is how many months are missing between this stretch and what follows it: the next stretch, or
    the month traced back from.
    """

    first: int
    last: int
    gap: int
    counted: bool

    @property
    def months(self) -> int:
        """How many months it covers."""
        return self.last - self.first + 1


def stretches(
    spells: Iterable[tuple[int, int]], up_to: int, *, bridge: int, on_break: OnBreak
) -> tuple[Stretch, ...]:
    """One person's spells as stretches in time order, the way `months_covered` counts them."""
    merged: list[list[int]] = []
    for first, last in sorted((first, min(last, up_to)) for first, last in spells if first <= up_to):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    if not merged:
        return ()
    follows = [first for first, _ in merged[1:]] + [up_to + 1]
    gaps = [after - last - 1 for (_, last), after in zip(merged, follows, strict=True)]
    return tuple(
        Stretch(first, last, gap, on_break == "sum" or max(gaps[index:]) <= bridge)
        for index, ((first, last), gap) in enumerate(zip(merged, gaps, strict=True))
    )
