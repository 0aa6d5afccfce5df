"""Flexible deferred acceptance: offers of a region share a cap; each fills its target first.

1. Everybody proposes to the best-liked offer that has not refused them.
2. Each offer keeps the best who propose, up to its target. Then the offers of a region, in its order and
   turn by turn, keep one more each, up to their capacities, until the cap of the region is reached.
3. Whoever is not kept goes to 1. What is kept at the end is final.

Keeps: no justified envy, the regional caps, one cut-off an offer, truthful for applicants; strongly stable:
a place stays empty only where the region is full and filling it would not bring its offers closer to their
targets. Breaks: non-wasteful (where a cap binds), efficiency.

Source: Y. Kamada and F. Kojima, "Efficient matching under distributional constraints", AER 105 (2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Int32, Int64
from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, Regions, TiePolicy
from allocation.outcome import (
    BASE_LAWS,
    CAPACITY,
    CUTOFFS,
    NO_JUSTIFIED_ENVY,
    REGIONAL_CAPS,
    STRONGLY_STABLE,
    Allocation,
    no_pool,
    offers_of_wishes,
)
from allocation.score_limits import seat_bounds, seat_bounds_of
from allocation.standing import StrictOrder, check_tie_order, refuse_equals, strict_order
from values.problems import BadInput, Problem
from values.progress import Progress, no_progress

NAME = "flexible_deferred_acceptance"


@dataclass(frozen=True)
class FlexibleDeferredAcceptance:
    """Flexible deferred acceptance. Caps, targets and orders are the market's."""

    name: ClassVar[str] = NAME

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `flexible_deferred_acceptance`."""
        return flexible_deferred_acceptance(market, ties=ties, progress=progress)


def flexible_deferred_acceptance(
    market: Market, *, ties: TiePolicy = "refuse", progress: Progress = no_progress
) -> Allocation:
    """The strongly stable outcome of the regions' orders. O(w × offers of a region) at worst.

    Raises:
        BadInput: `market.no_regions`; `market.region_order` where the order matters and is not stated;
            `market.pools_need`, `market.choice_rule_needs`, `market.rule_needs`, `market.ties_need`,
            `market.no_tie_order`.
        Refused: `allocation.tie_refused` if two people are equal at an offer both list.
    """
    check_combination(Combination(NAME, ties, rules=rules_of(market)))
    check_tie_order(market, ties)
    if market.regions is None:
        raise BadInput([Problem.of("market.no_regions")])
    _check_orders(market, market.regions)
    if ties == "refuse":
        refuse_equals(market)
    progress("allocation", 0, 1)
    order = strict_order(market)
    held = fill_by_turns(
        market.wish_start, market.wish_offer, order, seat_bounds(market, market.capacity), market.regions
    )
    progress("allocation", 1, 1)
    promised = BASE_LAWS | {CAPACITY, CUTOFFS, NO_JUSTIFIED_ENVY, REGIONAL_CAPS, STRONGLY_STABLE}
    return Allocation(NAME, ties, offers_of_wishes(market, held), no_pool(market), promised)


def fill_by_turns(
    wish_start: Int64, wish_offer: Int32, order: StrictOrder, seat_start: Int64, regions: Regions
) -> Int64:
    """The wish that comes true for each person, -1 for none."""
    from allocation.region_kernels import applicants_propose_under_caps

    rows = np.flatnonzero(regions.of_offer >= 0)
    rows = rows[np.lexsort((regions.turn[rows], regions.of_offer[rows]))]
    first = np.searchsorted(regions.of_offer[rows], np.arange(regions.cap.size + 1)).astype(np.int64)
    return applicants_propose_under_caps(
        wish_start,
        wish_offer,
        order.standing,
        order.tie,
        order.person_at,
        seat_start,
        np.ascontiguousarray(regions.of_offer, np.int32),
        np.ascontiguousarray(regions.cap, np.int64),
        np.ascontiguousarray(regions.target, np.int64),
        rows,
        first,
    )


def _check_orders(market: Market, regions: Regions) -> None:
    """A region needs an order if its cap can bind while two of its offers could go beyond their targets.

    Raises:
        BadInput: `market.region_order`.
    """
    could_take = np.diff(seat_bounds_of(market.wish_offer, market.capacity))
    could_take = np.minimum(could_take, np.bincount(market.wish_offer, minlength=could_take.size))
    problems = []
    for r, name in enumerate(regions.names):
        inside = np.flatnonzero(regions.of_offer == r)
        beyond = np.count_nonzero(could_take[inside] > regions.target[inside])
        binds = could_take[inside].sum() > regions.cap[r]
        turns = regions.turn[inside]
        if binds and beyond > 1 and (turns.min() < 0 or np.unique(turns).size < turns.size):
            problems.append(Problem.of("market.region_order", region=name))
    if problems:
        raise BadInput(problems)
