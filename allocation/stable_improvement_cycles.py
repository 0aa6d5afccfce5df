"""Stable improvement cycles: gains that chance, not priority, has cost, without new justified envy.

1. Separate equals by the lottery or the explicit order and run deferred acceptance.
2. Somebody at one offer who desires another may go there if nobody who desires it stands ahead of them in
   the weak priorities (equals may all go). People without a place who desire an offer count among those.
3. While there is a cycle of such moves from offer to offer, carry one out: that of the first person in the
   tie order who is on one, each person tries the better-liked offer first, each offer its people in the tie
   order.

Keeps: no justified envy towards the weak priorities, non-wasteful; nobody can gain without a loss of
somebody or such envy (student-optimal). Breaks: truthfulness, cut-offs.

Source: A. Erdil and H. Ergin, "What's the matter with tie-breaking?", AER 98 (2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, TiePolicy
from allocation.outcome import (
    BASE_LAWS,
    CAPACITY,
    NO_IMPROVEMENT,
    NO_JUSTIFIED_ENVY,
    NON_WASTEFUL,
    Allocation,
    no_pool,
    offers_of_wishes,
)
from allocation.score_limits import seat_bounds
from allocation.standing import refuse_equals, strict_order
from values.problems import bad_input
from values.progress import Progress, no_progress

NAME = "stable_improvement_cycles"


@dataclass(frozen=True)
class StableImprovementCycles:
    """Stable improvement cycles. It has no parameters."""

    name: ClassVar[str] = NAME

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `stable_improvement_cycles`."""
        return stable_improvement_cycles(market, ties=ties, progress=progress)


def stable_improvement_cycles(
    market: Market, *, ties: TiePolicy = "refuse", progress: Progress = no_progress
) -> Allocation:
    """Deferred acceptance, then cycles one by one, O(w) each.

    Raises:
        BadInput: `market.pools_need`, `market.choice_rule_needs`, `market.rule_needs`, `market.ties_need`;
            `market.no_tie_order` if `ties` needs one order of all people and the market has none.
        Refused: `allocation.tie_refused`.
    """
    from allocation.kernels import applicants_propose
    from allocation.trading_kernels import improve

    check_combination(Combination(NAME, ties, rules=rules_of(market)))
    if ties == "refuse":
        refuse_equals(market)
    elif market.tie_order is None or market.wish_tie is not None:
        raise bad_input("market.no_tie_order", ties=ties)
    progress("allocation", 0, 2)
    order = strict_order(market)
    lists = (market.wish_start, market.wish_offer, market.standing)
    seats = seat_bounds(market, market.capacity)
    held = applicants_propose(*lists, order.tie, order.person_at, seats)
    progress("allocation", 1, 2)
    improve(*lists, order.tie, len(market.offers), held)
    progress("allocation", 2, 2)
    promised = BASE_LAWS | {CAPACITY, NON_WASTEFUL, NO_JUSTIFIED_ENVY, NO_IMPROVEMENT}
    assigned = offers_of_wishes(market, held)
    return Allocation(NAME, ties, assigned, no_pool(market), promised, is_weak=True, has_cutoffs=False)
