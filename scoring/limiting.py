"""A column within its limits."""

from __future__ import annotations

import polars as pl


def limited(column: pl.Expr, floor: int | None, cap: int | None) -> pl.Expr:
    """A short expression within its limits, faster than `clip`. Null compares as unknown and stays null.

    Where the limits cross the cap holds.
    """
    result = column
    if floor is not None:
        low = floor if cap is None else min(floor, cap)
        result = pl.when(column < low).then(pl.lit(low, pl.Int64)).otherwise(result)
    return result if cap is None else pl.when(column > cap).then(pl.lit(cap, pl.Int64)).otherwise(result)
