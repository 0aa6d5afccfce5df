"""Efficiency-adjusted deferred acceptance: priorities that only cost others are waived, if their owners
consent.

1. Run deferred acceptance.
2. An offer that nobody would rather have is settled: its people keep it, and leave with it. People without a
   place are settled too.
3. If somebody settled does not consent, the offers left that they would rather have accept nobody who stands
   behind them there.
4. Repeat with the people and offers left until everybody is settled.

Nobody is worse off than under deferred acceptance, and consenting costs nobody anything.

Keeps: no justified envy of those who do not consent, non-wasteful; efficient if all consent. Breaks:
truthfulness, cut-offs.

Source: O. Kesten, "School choice with consent", QJE 125 (2010); this form: Q. Tang and J. Yu, "A new
perspective on Kesten's school choice with consent idea", J. Economic Theory 154 (2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Bool, Int32, Int64, read_only
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
)
from allocation.score_limits import seat_bounds_of
from allocation.standing import StrictOrder, check_tie_order, refuse_equals, strict_order
from values.progress import Progress, no_progress

NAME = "efficiency_adjusted_deferred_acceptance"
NO_BAR = 2**62


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
    """Rounds of deferred acceptance, each on what the last one left; at most one an offer.

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
    assigned = _settle_all(market, strict_order(market), consents, progress)
    promised = BASE_LAWS | {CAPACITY, NON_WASTEFUL, NO_ENVY_WITHOUT_CONSENT}
    if consents.all():
        promised |= {EFFICIENT}
    return Allocation(NAME, ties, assigned, no_pool(market), promised, has_cutoffs=False)


@dataclass(frozen=True, eq=False)
class _Left:
    """The wishes that are left, person by person: `person` (numbers), `offer`, `standing`, `key`."""

    person: Int32
    offer: Int32
    standing: Int32
    key: Int64

    def only(self, kept: Bool) -> _Left:
        return _Left(self.person[kept], self.offer[kept], self.standing[kept], self.key[kept])


def _settle_all(market: Market, order: StrictOrder, consents: Bool, progress: Progress) -> Int32:
    keys = order.standing.astype(np.int64) << 31 | order.tie[market.wish_person]
    left = _Left(market.wish_person, market.wish_offer, order.standing, keys)
    assigned = np.full(len(market.applicants), -1, np.int32)
    open_offers = market.capacity > 0
    m = len(market.offers)
    progress("allocation", 0, m)
    while left.offer.size:
        found, desired = _accept(market, left, order, assigned.size)
        wanted = np.zeros(m, bool)
        wanted[left.offer[desired]] = True
        settled = (found < 0) | ~wanted[found]
        still = np.zeros(assigned.size, bool)
        still[left.person] = True
        leaves = settled & still
        assigned[leaves] = found[leaves]
        bar = np.full(m, NO_BAR)
        objecting = desired & (leaves & ~consents)[left.person]
        np.minimum.at(bar, left.offer[objecting], left.key[objecting])
        open_offers &= wanted
        kept = ~leaves[left.person] & open_offers[left.offer] & (left.key < bar[left.offer])
        left = left.only(kept)
        progress("allocation", m - int(open_offers.sum()), m)
    progress("allocation", m, m)
    return assigned


def _accept(market: Market, left: _Left, order: StrictOrder, n: int) -> tuple[Int32, Bool]:
    """Deferred acceptance among the wishes left: offers (n,), and which of the wishes are liked better."""
    from allocation.kernels import applicants_propose
    from allocation.place_kernels import mark_desired

    start = read_only(
        np.concatenate([[0], np.cumsum(np.bincount(left.person, minlength=n))]), np.int64, "start"
    )
    offer = read_only(left.offer, np.int32, "offer")
    standing = read_only(left.standing, np.int32, "standing")
    seats = seat_bounds_of(offer, market.capacity)
    held = applicants_propose(start, offer, standing, order.tie, order.person_at, seats)
    found = np.where(held >= 0, offer[np.maximum(held, 0)], np.int32(-1))
    return found, mark_desired(start, held)
