"""Points that count at some offers only: which wishes are marked, and everybody's total at each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import polars as pl

from allocation.arrays import Int32, Int64
from allocation.standing import dense_standing
from scenarios.tables import mark_cells
from scoring.constructs import Title
from scoring.facts import Facts
from scoring.policy import Policy
from scoring.ranking import Ranking

Better = Literal["higher", "lower"]


def with_open_marks(facts: Facts, preferences: pl.DataFrame) -> Facts:
    """The facts with who has filed a wish of which it must be known, and is not, whether it is marked."""
    marks = facts.policy.marks_of(facts.service)
    names = tuple(name for name, mark in marks.items() if mark.unknown == "pending")
    if not names:
        return facts
    cells = preferences.select("candidate", *mark_cells(preferences, names))
    open_ = {name: cells.filter(pl.col(name).is_null())["candidate"].implode() for name in names}
    found = {name: facts.candidates.is_in(people).to_numpy() for name, people in open_.items()}
    return replace(facts, open_marks=found)


def marked_titles(policy: Policy, service: str) -> tuple[Title, ...]:
    """The lines of a service that count at some offers only, by name."""
    lines = policy.indicators_of(service).values()
    return tuple(line.title for line in lines if line.at is not None)


def totals_of_wishes(wishes: pl.DataFrame, ranking: Ranking, marked: Mapping[str, Int64]) -> pl.Series:
    """(w,) the total of each person (`person`, a row of the ranking) at the offer wished for, in units.

    `marked` (n,) by column is what is added at the wishes which that column marks.
    """
    assert ranking.total is not None  # such points need a total to be added to
    person = wishes["person"].to_numpy()
    total = ranking.total[person]
    for name, points in marked.items():
        total = total + np.where(wishes[name].fill_null(False).to_numpy(), points[person], 0)
    return pl.Series("total", total, dtype=pl.Int64)


def standing_at_offers(ranking: Ranking, person: Int32, total: Int64, tier: Int32 | None) -> Int32:
    """(w,) how wishes stand: the tier at the offer, if there are any, then the keys with the total there."""
    first: list[tuple[Int64, Better]] = [] if tier is None else [(tier.astype(np.int64), "lower")]
    there = [
        (total if key.name == "total" else values[person], key.better)
        for key, values in zip(ranking.keys, ranking.values.T, strict=True)
    ]
    return dense_standing(*first, *there)
