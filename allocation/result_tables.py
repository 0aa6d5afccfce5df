"""The answer as tables, for markets in folders: assignment, cut-offs, waiting lists. Sorted by id."""

from __future__ import annotations

import numpy as np
import polars as pl

from allocation.cutoffs import Cutoffs, cutoff_document
from allocation.market import Market
from allocation.outcome import has_lines
from allocation.quota_choice import in_order, is_ruled
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
    if not has_lines(allocation):
        return pl.DataFrame(schema=schema)
    shown = cutoff_document(market, allocation, lines)
    if (allocation.main or allocation).bands is not None:
        schema["band"] = pl.Int64
    if lines.quotas is not None:
        schema["categories"] = pl.List(pl.String)
    rows = [dict.fromkeys(schema) | line | {"offer": offer} for offer in shown for line in shown[offer]]
    for row, counts in zip(rows, _counts(market, lines), strict=True):
        row |= counts
        last, keys = row["last_admitted"], row["tie_keys"]
        row["last_admitted"] = "|".join(last) if isinstance(last, list) else last
        row["tie_keys"] = [str(key) for key in keys] if isinstance(keys, list) else None
    return pl.DataFrame(rows, schema=schema).sort("offer", maintain_order=True)


def _counts(market: Market, lines: Cutoffs) -> list[dict[str, object]]:
    """Pool, seats and people of every line, as `cutoff_document` puts the lines in order."""
    by_offer: list[list[dict[str, object]]] = [[] for _ in market.offers]
    ruled = is_ruled(market)
    for row in np.flatnonzero(~ruled[lines.offer]).tolist():
        pool, seats = int(lines.pool[row]), int(lines.seats[row])
        by_offer[lines.offer[row]].append(
            {"pool": None if pool < 0 else pool, "seats": seats, "admitted": int(lines.admitted[row])}
        )
    if lines.quotas is not None:
        for row in in_order(lines.quotas):
            o = int(lines.quotas.offer[row])
            by_offer[o].append(
                {"seats": int(market.capacity[o]), "admitted": int(lines.quotas.admitted[row])}
            )
    return [counts for of_offer in by_offer for counts in of_offer]


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
