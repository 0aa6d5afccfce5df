"""The spells that a measure reads, by subject: one person's own are found at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from allocation.arrays import Int64
from residence.measures import sorted_spells


@dataclass(frozen=True, eq=False)
class OwnSpells:
    """What a measure reads of a ledger: spells sorted by subject; `start` (n_subjects + 1,) cuts them."""

    start: Int64
    first: list[int]
    last: list[int]

    def of(self, subject: int) -> list[tuple[int, int]]:
        """One subject's spells, first and last month."""
        rows = slice(int(self.start[subject]), int(self.start[subject + 1]))
        return list(zip(self.first[rows], self.last[rows], strict=True))


def own_spells(ledger: pl.DataFrame, subjects: pl.Series) -> OwnSpells:
    """The spells of a ledger, cut by these subjects."""
    rows = sorted_spells(ledger, subjects)
    start = np.searchsorted(rows["row"].to_numpy(), np.arange(subjects.len() + 1))
    return OwnSpells(start, rows["first_month"].to_list(), rows["last_month"].to_list())
