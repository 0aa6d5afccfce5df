"""The answer as tables, for markets in folders: assignment, cut-offs, waiting lists. Sorted by id."""

from __future__ import annotations

import numpy as np
import polars as pl

from allocation.cutoffs import cutoff_document
from allocation.result import sits_in_stated_pool
from allocation.why_not import Outcome


def result_tables(outcome: Outcome) -> dict[str, pl.DataFrame]:
    """`assignment`, `cutoffs` and `waiting` by name."""
    return {
        "assignment": assignment_table(outcome),
        "cutoffs": cutoffs_table(outcome),
        "waiting": waiting_table(outcome),
    }


def assignment_table(outcome: Outcome) -> pl.DataFrame:
    """`applicant`, `offer` or null, `pool` or null; sorted by applicant."""
    market, allocation = outcome.market, outcome.allocation
    stated = pl.Series(sits_in_stated_pool(market, allocation))
    return (
        pl.DataFrame(
            {
                "applicant": pl.Series(market.applicants, dtype=pl.String),
                "offer": _named(market.offers, allocation.assigned),
                "pool": pl.Series(allocation.pool, dtype=pl.Int32),
            }
        )
        .with_columns(pl.when(stated).then("pool").alias("pool"))
        .sort("applicant")
    )


def cutoffs_table(outcome: Outcome) -> pl.DataFrame:
    """One row a line, sorted by offer, in the pools' order; equal last people are joined by `|`."""
    market, lines, allocation = outcome.market, outcome.cutoffs, outcome.allocation
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "offer": pl.String,
        "pool": pl.Int32,
        "category": pl.String,
        "entry": pl.String,
        "seats": pl.Int64,
        "admitted": pl.Int64,
        "full": pl.Boolean,
        "last_admitted": pl.String,
        "tier": pl.Int64,
        "points": pl.String,
        "tie_keys": pl.List(pl.String),
    }
    if allocation.request is not None and allocation.main is None:
        return pl.DataFrame(schema=schema)
    shown = cutoff_document(market, allocation, lines)
    rows = [dict.fromkeys(schema) | line | {"offer": offer} for offer in shown for line in shown[offer]]
    for row, pool, seats, admitted in zip(
        rows, lines.pool.tolist(), lines.seats.tolist(), lines.admitted.tolist(), strict=True
    ):
        row |= {"pool": None if pool < 0 else pool, "seats": seats, "admitted": admitted}
        last, keys = row["last_admitted"], row["tie_keys"]
        row["last_admitted"] = "|".join(last) if isinstance(last, list) else last
        row["tie_keys"] = [str(key) for key in keys] if isinstance(keys, list) else None
    return pl.DataFrame(rows, schema=schema).sort("offer", maintain_order=True)


def waiting_table(outcome: Outcome) -> pl.DataFrame:
    """`offer`, `place`, `applicant`; sorted by all three. Equals share a place."""
    market, waiting = outcome.market, outcome.waiting
    return pl.DataFrame(
        {
            "offer": _named(market.offers, waiting.offer),
            "place": pl.Series(waiting.place, dtype=pl.Int64),
            "applicant": _named(market.applicants, waiting.person),
        }
    ).sort("offer", "place", "applicant")


def _named(ids: tuple[str, ...], rows: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> pl.Series:
    """The ids of row numbers, null for -1."""
    indices = pl.Series(rows, dtype=pl.Int64)
    return pl.Series(ids, dtype=pl.String).gather(indices.set(indices < 0, None))
