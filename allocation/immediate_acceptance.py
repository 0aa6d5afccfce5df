"""Immediate acceptance (志愿优先, Boston): choice order first, then priority.

1. Everybody proposes to their first choice; each offer takes the best, up to its capacity. That is final.
2. Round by round whoever has no place proposes to the next choice; each offer takes the best for what is
   left.

These are the bands of `parallel` with one choice each, and are computed so.

Keeps: efficient, non-wasteful, one cut-off an offer (of choice and priority). Breaks: no justified envy,
truthfulness: a first choice that is out of reach costs the second.

Source: A. Abdulkadiroğlu and T. Sönmez, "School choice: a mechanism design approach", AER 93 (2003);
H. Ergin and T. Sönmez, "Games of school choice under the Boston mechanism", J. Public Economics 90 (2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from allocation.market import Market, TiePolicy
from allocation.outcome import Allocation
from allocation.parallel import EVERYBODY, parallel
from values.progress import Progress

NAME = "immediate_acceptance"


@dataclass(frozen=True)
class ImmediateAcceptance:
    """Immediate acceptance. It has no parameters."""

    name: ClassVar[str] = NAME

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `parallel.parallel`, which says what it raises."""
        return parallel(market, by_category=((EVERYBODY, (1,)),), ties=ties, name=NAME, progress=progress)
