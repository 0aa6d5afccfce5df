"""Stored units as the exact decimals that people compute with."""

from __future__ import annotations

import polars as pl


def as_decimal(units: pl.Expr, decimals: int) -> pl.Expr:
    """Integers of 10^-decimals as exact decimals: 1234 with two decimals is 12.34."""
    exact = pl.Decimal(38, decimals)
    amount: pl.Expr = units.cast(exact) / 10**decimals
    return amount.cast(exact)
