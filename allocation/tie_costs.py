"""What a tie policy costs: seats left empty, seats exceeded, people whom the treatment of equals decides
about.

* `exclude_all`: seats left where a tied group was turned away; the people of those groups.
* `admit_all`: people beyond the capacity; the tied groups at the limits that exceed one.
* `lottery`, `order`: the people at a limit who are equal to somebody on the other side of it.
* `refuse`: nothing, as ties decided nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocation.arrays import Int64
from allocation.market import Market
from allocation.outcome import Allocation
from allocation.places import desired_wishes, held_wishes
from allocation.standing import banded


@dataclass(frozen=True)
class TieCost:
    """`unfilled` seats that a policy left empty, `overfilled` beyond capacity, `people` it decided about."""

    policy: str
    unfilled: int
    overfilled: int
    people: int

    def document(self) -> dict[str, object]:
        """As it stands in results."""
        return {
            "policy": self.policy,
            "seats_unfilled": self.unfilled,
            "seats_overfilled": self.overfilled,
            "people_affected": self.people,
        }


def tie_cost(market: Market, allocation: Allocation) -> TieCost:
    """The cost of the policy that an allocation (or the round before it) went by. O(n + w)."""
    settled = allocation.main or allocation
    market = banded(market, settled.bands)
    held = held_wishes(market, settled.assigned)
    held = held[held >= 0]
    wanted = np.flatnonzero(desired_wishes(market, settled.assigned))
    m = market.capacity.size
    free = market.capacity - np.bincount(market.wish_offer[held], minlength=m)
    if settled.ties == "admit_all":
        groups = _at_limit(market, held, worst=True)
        people = groups[free[market.wish_offer[groups]] < 0]
        return TieCost(settled.ties, 0, int(-free[free < 0].sum()), _count(market, people))
    if settled.ties == "exclude_all":
        groups = _at_limit(market, wanted, worst=False)
        people = groups[free[market.wish_offer[groups]] > 0]
        turned_away = np.unique(market.wish_offer[people])
        return TieCost(settled.ties, int(free[turned_away].sum()), 0, _count(market, people))
    if settled.ties == "refuse" or settled.request is not None:
        return TieCost(settled.ties, 0, 0, 0)
    return TieCost(settled.ties, 0, 0, _count(market, _on_both_sides(market, held, wanted)))


def _at_limit(market: Market, wish: Int64, *, worst: bool) -> Int64:
    """Of some wishes those at the worst (or best) standing of their offer."""
    sign = 1 if worst else -1
    offer, standing = market.wish_offer[wish], sign * market.standing[wish].astype(np.int64)
    limit = np.full(market.capacity.size, -(2**62), np.int64)
    np.maximum.at(limit, offer, standing)
    at_limit: Int64 = wish[standing == limit[offer]]
    return at_limit


def _on_both_sides(market: Market, held: Int64, wanted: Int64) -> Int64:
    """Wishes of people who got in, or wait, and are equal at that offer to somebody who waits, or got in."""
    last, first = np.full(market.capacity.size, -1), np.full(market.capacity.size, 2**31)
    np.maximum.at(last, market.wish_offer[held], market.standing[held])
    np.minimum.at(first, market.wish_offer[wanted], market.standing[wanted])
    held = held[market.standing[held] >= first[market.wish_offer[held]]]
    wanted = wanted[market.standing[wanted] <= last[market.wish_offer[wanted]]]
    inside, outside = (
        market.wish_offer[rows].astype(np.int64) << 31 | market.standing[rows] for rows in (held, wanted)
    )
    return np.concatenate([held[np.isin(inside, outside)], wanted[np.isin(outside, inside)]])


def _count(market: Market, wish: Int64) -> int:
    return int(np.unique(market.wish_person[wish]).size)
