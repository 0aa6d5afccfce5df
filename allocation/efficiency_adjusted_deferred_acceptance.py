"""Efficiency-adjusted deferred acceptance: priorities that only cost others are waived, if their owners
consent.

1. Run deferred acceptance.
2. An offer that nobody would rather have is settled: its people keep it, and leave with it. People without a
   place are settled too.
3. If somebody settled does not consent, the offers left that they would rather have accept nobody who stands
   behind them there.
4. Repeat from 1 with the people and offers left until everybody is settled. Nothing is run again for that:
   the places are still stable among those left, so the better ones are found by rotations. Each offer left
   asks the best-placed of those who would rather have it; where that leads around, everybody moves.

Nobody is worse off than under deferred acceptance, and consenting costs nobody anything.

Keeps: no justified envy of those who do not consent, non-wasteful; efficient if all consent. Breaks:
truthfulness, cut-offs.

Source: O. Kesten, "School choice with consent", QJE 125 (2010); this form: Q. Tang and J. Yu, "A new
perspective on Kesten's school choice with consent idea", J. Economic Theory 154 (2014); the rotations:
Y. Faenza and X. Zhang, "Legal assignments and fast EADAM with consent via classical theory of stable
matchings", Operations Research 70 (2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Bool, Int32
from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, TiePolicy
from allocation.outcome import (
    BASE_LAWS,
    CAPACITY,
    EFFICIENT,
    NO_ENVY_WITHOUT_CONSENT,
    NON_WASTEFUL,
    Allocation,
    no_pool,
    offers_of_wishes,
)
from allocation.places import by_offer
from allocation.score_limits import seat_bounds
from allocation.standing import StrictOrder, check_tie_order, refuse_equals, strict_order
from values.progress import Progress, no_progress

NAME = "efficiency_adjusted_deferred_acceptance"


@dataclass(frozen=True)
class EfficiencyAdjustedDeferredAcceptance:
    """Efficiency-adjusted deferred acceptance. Who consents is the market's."""

    name: ClassVar[str] = NAME

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `efficiency_adjusted_deferred_acceptance`."""
        return efficiency_adjusted_deferred_acceptance(market, ties=ties, progress=progress)


def efficiency_adjusted_deferred_acceptance(
    market: Market, *, ties: TiePolicy = "refuse", progress: Progress = no_progress
) -> Allocation:
    """Deferred acceptance, then what its rejections cost nobody else. O(w log w).

    Raises:
        BadInput: `market.pools_need`, `market.choice_rule_needs`, `market.rule_needs`, `market.ties_need`,
            `market.no_tie_order`.
        Refused: `allocation.tie_refused` if two people are equal at an offer both list.
    """
    check_combination(Combination(NAME, ties, rules=rules_of(market)))
    check_tie_order(market, ties)
    if ties == "refuse":
        refuse_equals(market)
    consents = np.zeros(len(market.applicants), bool) if market.consents is None else market.consents
    progress("allocation", 0, 1)
    assigned = _settle_all(market, strict_order(market), consents)
    progress("allocation", 1, 1)
    promised = BASE_LAWS | {CAPACITY, NON_WASTEFUL, NO_ENVY_WITHOUT_CONSENT}
    if consents.all():
        promised |= {EFFICIENT}
    return Allocation(NAME, ties, assigned, no_pool(market), promised, has_cutoffs=False)


def _settle_all(market: Market, order: StrictOrder, consents: Bool) -> Int32:
    from allocation.kernels import applicants_propose
    from allocation.place_kernels import mark_desired
    from allocation.trading_kernels import settle

    start, offer = market.wish_start, market.wish_offer
    seats = seat_bounds(market, market.capacity)
    held = applicants_propose(start, offer, order.standing, order.tie, order.person_at, seats)
    wanted = np.flatnonzero(mark_desired(start, held))
    keys = order.standing[wanted].astype(np.int64) << 31 | order.tie[market.wish_person[wanted]]
    first, rows = by_offer(offer[wanted], keys, len(market.offers))
    settle(start, offer, held, first, wanted[rows], consents)
    return offers_of_wishes(market, held)
