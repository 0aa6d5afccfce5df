"""Top trading cycles: priorities are rights to a place that people may trade.

1. Everybody points at the best-liked offer that has a place left, each such offer at the person who stands
   first there of those who are left.
2. There is a cycle. Everybody on one gets the place they point at and leaves; somebody whose list is used
   up leaves without.
3. Repeat until nobody is left.

An offer may point at somebody who did not wish for it but stands first there; what they have to trade does
not depend on their list. People an offer does not rank, or who may not have a place there, it never points
at.

Keeps: efficient, truthful. Breaks: no justified envy; there is no cut-off, as places change hands.

Source: L. Shapley and H. Scarf, "On cores and indivisibility", J. Math. Economics 1 (1974); A. Abdulkadiroğlu
and T. Sönmez, "School choice: a mechanism design approach", AER 93 (2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Int32, Int64
from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, TiePolicy
from allocation.outcome import (
    BASE_LAWS,
    CAPACITY,
    EFFICIENT,
    NON_WASTEFUL,
    Allocation,
    no_pool,
    offers_of_wishes,
)
from allocation.places import by_offer
from allocation.standing import check_tie_order, keys_of, refuse_equal_pairs
from values.progress import Progress, no_progress

NAME = "top_trading_cycles"


@dataclass(frozen=True)
class TopTradingCycles:
    """Top trading cycles. It has no parameters."""

    name: ClassVar[str] = NAME

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `top_trading_cycles`."""
        return top_trading_cycles(market, ties=ties, progress=progress)


def top_trading_cycles(
    market: Market, *, ties: TiePolicy = "refuse", progress: Progress = no_progress
) -> Allocation:
    """Trade until nobody is left. O(w log w) for w wishes and bystanders.

    Raises:
        BadInput: `market.pools_need`, `market.choice_rule_needs`, `market.rule_needs`, `market.ties_need`,
            `market.no_tie_order`.
        Refused: `allocation.tie_refused` if two people are equal at an offer.
    """
    from allocation.trading_kernels import trade

    check_combination(Combination(NAME, ties, rules=rules_of(market)))
    check_tie_order(market, ties)
    progress("allocation", 0, 1)
    first, in_order = _orders(market, ties)
    held = trade(market.wish_start, market.wish_offer, first, in_order, market.capacity)
    progress("allocation", 1, 1)
    promised = BASE_LAWS | {CAPACITY, NON_WASTEFUL, EFFICIENT}
    assigned = offers_of_wishes(market, held)
    return Allocation(NAME, ties, assigned, no_pool(market), promised, has_cutoffs=False)


def _orders(market: Market, ties: TiePolicy) -> tuple[Int64, Int32]:
    """Everybody who stands at each offer, the first in front: offsets (m + 1,) and people."""
    by, wished = market.bystanders, np.zeros(len(market.offers), bool)
    wished[market.wish_offer] = True
    rows = np.flatnonzero(wished[by.offer])  # nobody ever points at the others
    offer = np.concatenate([market.wish_offer, by.offer[rows]])
    person = np.concatenate([market.wish_person, by.person[rows]])
    if ties == "refuse":
        refuse_equal_pairs(market, offer, np.concatenate([market.standing, by.standing[rows]]), person)
    own = keys_of(market, ties, np.arange(market.wish_offer.size))
    keys = np.concatenate([own, _keys(market, ties)[rows]])
    first, order = by_offer(offer, keys, len(market.offers))
    return first, person[order]


def _keys(market: Market, ties: TiePolicy) -> Int64:
    """The order numbers of bystanders, as `keys_of` gives those of wishes."""
    by = market.bystanders
    keys = by.standing.astype(np.int64) << 31
    if ties not in ("lottery", "order"):
        return keys
    if by.lot is not None:
        return keys | by.lot
    return keys if market.tie_order is None else keys | market.tie_order[by.person]
