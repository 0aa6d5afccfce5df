"""Serial dictatorship: one ranking for all offers; each in turn takes the best open place.

1. Put everybody in the one ranking; what is equal follows the tie policy.
2. Going down it, each takes the best-liked offer that has a place left, or none if there is none.

This is "points first, then wishes" (积分优先、遵循志愿) and the parallel wishes of one admission batch.

Keeps: no justified envy, non-wasteful, efficient, truthful (with a strict order), cut-offs. With one
ranking it equals deferred acceptance. Under `exclude_all` and `admit_all` equals share one fate
(`score_limits`); these two are neither efficient nor truthful.

Source: M. A. Satterthwaite and H. Sonnenschein, "Strategy-proof allocation mechanisms at differentiable
points", RES 48 (1981); L.-G. Svensson, "Strategy-proof allocation of indivisible goods", SCW 16 (1999).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from allocation.arrays import Int32
from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, TiePolicy
from allocation.outcome import EFFICIENT, Allocation, no_pool, offers_of_wishes, promised_laws
from allocation.score_limits import admit_all, exclude_all, without_chance
from values.problems import bad_input
from values.progress import Progress, no_progress

NAME = "serial_dictatorship"


@dataclass(frozen=True)
class SerialDictatorship:
    """Serial dictatorship. It has no parameters."""

    name: ClassVar[str] = NAME

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `serial_dictatorship`."""
        return serial_dictatorship(market, ties=ties, progress=progress)


def serial_dictatorship(
    market: Market, *, ties: TiePolicy = "refuse", progress: Progress = no_progress
) -> Allocation:
    """Each in turn takes the best open place. O(n log n + w).

    Raises:
        BadInput: `market.no_common_ranking` if the offers rank people differently; `market.pools_need`;
            `market.no_tie_order` if `ties` is `lottery` or `order` and the market has none, or one per offer.
        Refused: `allocation.tie_refused` (see `score_limits.without_chance`).
    """
    _check(market, ties)
    progress("allocation", 0, 1)
    if ties == "admit_all":
        allocation = admit_all(market, NAME)
    elif ties == "exclude_all":
        allocation = exclude_all(market, NAME)
    elif ties == "refuse":
        allocation = without_chance(market, NAME)
        allocation = replace(allocation, promised=allocation.promised | {EFFICIENT})
    else:
        allocation = _in_turn(market, ties)
    progress("allocation", 1, 1)
    return allocation


def _check(market: Market, ties: TiePolicy) -> None:
    ranking = market.ranking
    alike = ranking is not None and np.array_equal(market.standing, ranking[market.wish_person])
    check_combination(Combination(NAME, ties, rules=rules_of(market), one_ranking=alike))
    if ties in ("lottery", "order") and market.tie_order is None:
        raise bad_input("market.no_tie_order", ties=ties)


def _in_turn(market: Market, ties: TiePolicy) -> Allocation:
    from allocation.kernels import serve_in_order

    held = serve_in_order(market.wish_start, market.wish_offer, turns(market), market.capacity)
    promised = promised_laws(ties, pools=False) | {EFFICIENT}
    return Allocation(NAME, ties, offers_of_wishes(market, held), no_pool(market), promised)


def turns(market: Market) -> Int32:
    """(n,) row numbers in the order of the one ranking, equals by the tie order."""
    assert market.ranking is not None
    place = market.ranking.astype(np.int64) << 31
    if market.tie_order is not None:
        place |= market.tie_order
    return np.argsort(place).astype(np.int32)
