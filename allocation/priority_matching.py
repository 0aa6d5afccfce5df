"""Priority matching: the best set of placed people by one ranking, then the best lists can do.

1. The set: going down the ranking, somebody is placed if that is possible beside everybody already to be
   placed. No other set of people who can be placed together is lexicographically better (a transversal
   matroid).
2. Of all ways to place exactly that set, the least sum of places on the own lists.
3. Going down the ranking, each gets the best-listed offer that is still possible.

This is `redistribution` over the own lists with the place on the list as cost, and is computed so.

Keeps: nobody is placed before a better-ranked person who could have been; the largest number placed; least
total place. Breaks: no justified envy (somebody may have to take a worse choice so that another is placed),
truthfulness, cut-offs.

Source: J. Edmonds and D. R. Fulkerson, "Transversals and matroid partition" (1965); A. E. Roth, T. Sönmez and
M. U. Ünver, "Pairwise kidney exchange", J. Economic Theory 125 (2005), for priority mechanisms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Int32
from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, TiePolicy
from allocation.outcome import (
    BASE_LAWS,
    BEST_SET,
    CAPACITY,
    IN_TURN,
    LEAST_COST,
    Allocation,
    Request,
    no_pool,
)
from allocation.redistribution import redistribute
from allocation.standing import refuse_equal_ranks, strict_places
from values.problems import bad_input
from values.progress import Progress, no_progress

NAME = "priority_matching"


@dataclass(frozen=True)
class PriorityMatching:
    """Priority matching. It has no parameters: lists are strict, so they settle what is left equal."""

    name: ClassVar[str] = NAME

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `priority_matching`."""
        return priority_matching(market, ties=ties, progress=progress)


def priority_matching(
    market: Market, *, ties: TiePolicy = "refuse", progress: Progress = no_progress
) -> Allocation:
    """The exact outcome by augmenting paths and a minimum-cost flow.

    Raises:
        BadInput: `market.no_common_ranking`, `market.no_tie_order`, `market.ties_need`, `market.pools_need`,
            `market.choice_rule_needs`, `market.rule_needs`.
        Refused: `allocation.ranking_tie_refused` if equals compete; those of `redistribution.redistribute`.
    """
    one_ranking = market.ranking is not None
    check_combination(Combination(NAME, ties, rules=rules_of(market), one_ranking=one_ranking))
    if ties in ("lottery", "order") and market.tie_order is None:
        raise bad_input("market.no_tie_order", ties=ties)
    if ties == "refuse":
        refuse_equal_ranks(market, market.wish_person.astype(np.int64), market.wish_offer)
    request = _request(market)
    assigned: Int32 = redistribute(
        cost_start=request.start,
        cost_offer=request.offer,
        cost=request.cost,
        seats=request.seats,
        order=request.order,
        wish_position=request.wish,
        progress=progress,
    )
    promised = BASE_LAWS | {CAPACITY, BEST_SET, LEAST_COST, IN_TURN}
    pool = no_pool(market)
    return Allocation(NAME, ties, assigned, pool, promised, request=request, has_cutoffs=False)


def _request(market: Market) -> Request:
    n, m = len(market.applicants), len(market.offers)
    place = np.arange(market.wish_offer.size) - market.wish_start[market.wish_person]
    return Request(
        people=np.arange(n),
        start=market.wish_start,
        offer=market.wish_offer,
        cost=place + 1,
        wish=place.astype(np.int32),
        seats=market.capacity,
        order=strict_places(market, np.arange(n)),
        guaranteed=np.zeros(n, bool),
        offer_order=np.arange(m, dtype=np.int32),
        then="least_cost",
        max_cost=None,
    )
