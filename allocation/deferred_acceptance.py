"""Deferred acceptance (Gale-Shapley), with tied groups, ordered pools of seats, ceilings and reserves.

Applicants propose:

1. Everybody proposes to the best-liked offer that has not refused them.
2. Each offer keeps the best of those it keeps and those who propose, up to its capacity, and refuses
   the rest. With pools, the pools choose one after the other from those not yet taken: the best members
   of the pool's category, then, unless `fallback` is none, the best of all others. Ceilings and horizontal
   reserves: `choice_rules`.
3. Repeat until nobody proposes. What is kept is final.

Offers propose: each offer with a free place asks the best person not yet asked; people keep the offer they
like best; repeat until no offer has a free place and somebody left to ask.

Keeps: no justified envy, non-wasteful, cut-offs; truthful for applicants if they propose and the order is
strict. Of all outcomes without justified envy the applicants' version is best, the offers' worst, for every
applicant. Breaks: efficiency. Under `exclude_all` and `admit_all` (`score_limits`) equals share one
fate and truthfulness is lost.

Source: D. Gale and L. S. Shapley, "College admissions and the stability of marriage", AMM 69 (1962);
A. E. Roth and M. Sotomayor, "Two-sided matching" (1990); pools: S. D. Kominers and T. Sönmez, "Matching with
slot-specific priorities", Theoretical Economics 11 (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from allocation.arrays import Int32, Int64
from allocation.choice_rules import to_rules
from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, Pools, TiePolicy
from allocation.outcome import Allocation, no_pool, offers_of_wishes, promised_laws
from allocation.places import by_offer
from allocation.score_limits import admit_all, exclude_all, seat_bounds, without_chance
from allocation.standing import StrictOrder, check_tie_order, refuse_equals, strict_order
from values.progress import Progress, no_progress

NAME = "deferred_acceptance"
Proposing = Literal["applicants", "offers"]


@dataclass(frozen=True)
class DeferredAcceptance:
    """Deferred acceptance; `proposing` says who asks."""

    name: ClassVar[str] = NAME
    proposing: Proposing = "applicants"

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `deferred_acceptance`."""
        return deferred_acceptance(market, ties=ties, proposing=self.proposing, progress=progress)


def deferred_acceptance(
    market: Market,
    *,
    ties: TiePolicy = "refuse",
    proposing: Proposing = "applicants",
    progress: Progress = no_progress,
) -> Allocation:
    """The stable outcome that is best for applicants (or for offers). O(w log of the largest capacity).

    With `ties="refuse"` the plain case needs only that the ties do not matter; pools and proposing offers
    need that nobody is equal at an offer both list.

    Raises:
        BadInput: `market.pools_need`, `market.choice_rule_needs` if pools, ceilings or reserves meet
            proposing offers or tied groups; `market.rule_needs` for regions and minimum seats;
            `market.ties_need` if proposing offers meet tied groups; `market.no_tie_order` without the order
        that `ties` names. Refused: `allocation.tie_refused`.
    """
    _check(market, ties, proposing)
    progress("allocation", 0, 1)
    if ties == "admit_all":
        allocation = admit_all(market, NAME)
    elif ties == "exclude_all":
        allocation = exclude_all(market, NAME)
    elif ties == "refuse" and not _chooses_by_rule(market) and proposing == "applicants":
        allocation = without_chance(market, NAME)
    else:
        allocation = _in_strict_order(market, ties, proposing)
    progress("allocation", 1, 1)
    return allocation


def _check(market: Market, ties: TiePolicy, proposing: Proposing) -> None:
    offers_propose = proposing == "offers"
    check_combination(Combination(NAME, ties, offers_propose=offers_propose, rules=rules_of(market)))
    check_tie_order(market, ties)


def _chooses_by_rule(market: Market) -> bool:
    return market.pools is not None or market.has_quotas


def _in_strict_order(market: Market, ties: TiePolicy, proposing: Proposing) -> Allocation:
    if ties == "refuse":
        refuse_equals(market)
    order = strict_order(market)
    pool = no_pool(market)
    if market.has_quotas:
        held, pool = to_rules(market, order)
        pool = pool if market.pools is not None else no_pool(market)
    elif market.pools is not None:
        held, pool = _to_pools(market, market.pools, order)
    elif proposing == "offers":
        held = _offers_ask(market, order)
    else:
        held = _applicants_ask(market, order)
    promised = promised_laws(ties, pools=market.pools is not None, quotas=market.has_quotas)
    return Allocation(NAME, ties, offers_of_wishes(market, held), pool, promised)


def _applicants_ask(market: Market, order: StrictOrder) -> Int64:
    from allocation.kernels import applicants_propose

    return applicants_propose(
        market.wish_start,
        market.wish_offer,
        order.standing,
        order.tie,
        order.person_at,
        seat_bounds(market, market.capacity),
    )


def _offers_ask(market: Market, order: StrictOrder) -> Int64:
    from allocation.kernels import offers_propose

    keys = order.standing.astype(np.int64) << 31 | order.tie[market.wish_person]
    ask_start, ask_wish = by_offer(market.wish_offer, keys, market.capacity.size)
    return offers_propose(
        market.wish_start, market.wish_offer, ask_start, ask_wish, market.wish_person, market.capacity
    )


def _to_pools(market: Market, pools: Pools, order: StrictOrder) -> tuple[Int64, Int32]:
    from allocation.pool_kernels import applicants_propose_to_pools

    return applicants_propose_to_pools(
        market.wish_start,
        market.wish_offer,
        order.standing,
        order.tie,
        order.person_at,
        pools.start,
        pools.open,
        pools.member,
        _pool_bounds(market, pools),
    )


def _pool_bounds(market: Market, pools: Pools) -> Int64:
    """Offsets of the seats of every pool, none more than the people who list its offer could fill."""
    most = seat_bounds(market, market.capacity)
    reachable = np.repeat(np.diff(most), np.diff(pools.start))
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.minimum(pools.seats, reachable))])
