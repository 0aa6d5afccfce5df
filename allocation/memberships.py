"""Who belongs to which category."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocation.arrays import Bool, Int32, Int64


@dataclass(frozen=True, eq=False)
class Memberships:
    """Who belongs to which category: pairs of a person and a category (both row numbers)."""

    people: int
    names: tuple[str, ...]
    person: Int32
    category: Int32

    def holds(self, person: Int32, category: Int32) -> Bool:
        """Row by row, whether the person belongs to the category; always for category -1 (everybody)."""
        if len(self.names) <= 64:
            bits = self._bits[person] >> np.maximum(category, 0).astype(np.uint64)
            within: Bool = (bits & np.uint64(1) == 1) | (category < 0)
            return within
        wanted = person.astype(np.int64) * len(self.names) + category
        at = np.minimum(np.searchsorted(self._sorted, wanted), max(self._sorted.size - 1, 0))
        found = self._sorted[at] == wanted if self._sorted.size else np.zeros(wanted.size, bool)
        held: Bool = found | (category < 0)
        return held

    @cached_property
    def _bits(self) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        bits = np.zeros(self.people, np.uint64)
        np.bitwise_or.at(bits, self.person, np.uint64(1) << self.category.astype(np.uint64))
        return bits

    @cached_property
    def _sorted(self) -> Int64:
        return np.unique(self.person.astype(np.int64) * len(self.names) + self.category)
