"""Exact division with a stated direction of rounding, for one number and for a column."""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from pydantic import BeforeValidator, Field

from scoring.conditions import PackModel

RoundingMode = Literal["floor", "ceiling", "half_up", "half_even"]


class Rounding(PackModel):
    """To how many decimals (as many as points have if it does not say), and which way."""

    to: int | None = Field(default=None, ge=0, le=9)
    mode: RoundingMode

    def unit(self, scale: int) -> int:
        """How many units of 10^-scale are one unit of the last decimal kept."""
        return 1 if self.to is None else 10 ** max(scale - self.to, 0)


def _mode_alone(value: object) -> object:
    return {"mode": value} if isinstance(value, str) else value


RoundingRule = Annotated[
    Rounding, BeforeValidator(_mode_alone, json_schema_input_type=Rounding | RoundingMode)
]
"""Written `half_up`, or `{to: 1, mode: half_up}`."""


def divided(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """numerator / denominator as a whole number; `denominator` > 0.

    Floor goes towards minus infinity, ceiling towards plus infinity, both others to the nearest; halfway,
    half up goes away from zero and half even to the even number.

    >>> divided(-5, 2, "half_up"), divided(-5, 2, "floor"), divided(5, 2, "half_even")
    (-3, -3, 2)
    """
    below, left = divmod(numerator, denominator)
    if mode == "floor":
        return below
    if mode == "ceiling":
        return below + (left > 0)
    if 2 * left == denominator:
        return below + (below % 2 if mode == "half_even" else int(numerator > 0))
    return below + (2 * left > denominator)


def divided_column(numerator: pl.Expr, denominator: int | pl.Expr, mode: RoundingMode) -> pl.Expr:
    """The same in Int64; null stays null. Twice numerator and denominator must be within Int64."""
    if isinstance(denominator, int) and denominator == 1:
        return numerator
    below = numerator // denominator
    left = numerator - below * denominator
    if mode == "floor":
        return below
    if mode == "ceiling":
        return below + (left > 0).cast(pl.Int64)
    up = below - below // 2 * 2 if mode == "half_even" else (numerator > 0).cast(pl.Int64)
    above = (2 * left > denominator).cast(pl.Int64)
    return below + pl.when(2 * left == denominator).then(up).otherwise(above)
