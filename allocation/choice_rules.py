"""Deferred acceptance where offers choose by ceilings or horizontal reserves: the seats as the kernel takes
them.

* Ceilings: going down the order, whoever's category is full is skipped. The categories capped at one offer
  are disjoint, so this chooses the best basis of a laminar matroid.
* Horizontal reserves (may overlap): going down the order, first whoever raises the largest number of reserve
  positions that can be filled together (a maximum matching); then the seats left fill by order. If more
  positions are reserved than there are seats, only as many count as there are seats.

Source: T. Sönmez and M. B. Yenmez, "Affirmative action in India via vertical, horizontal, and overlapping
reservations", Econometrica 90 (2022); A. Abdulkadiroğlu and T. Sönmez, "School choice", AER 93 (2003).
"""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int8, Int32, Int64, Unsigned
from allocation.market import Market, Quotas
from allocation.score_limits import seat_bounds
from allocation.standing import StrictOrder


def to_rules(market: Market, order: StrictOrder) -> tuple[Int64, Int32]:
    """Who holds which wish (n,), -1 for none, and the position of everybody's pool."""
    from allocation.rule_kernels import applicants_propose_under_rules

    rule, start, seats, is_open, member = _groups(market)
    room = np.diff(seat_bounds(market, market.capacity))
    bounded = np.minimum(seats, np.repeat(room, np.diff(start)))
    return applicants_propose_under_rules(
        market.wish_start,
        market.wish_offer,
        order.standing,
        order.tie,
        order.person_at,
        rule,
        start,
        is_open,
        member,
        np.concatenate([np.zeros(1, np.int64), np.cumsum(bounded)]),
        room,
    )


def _groups(market: Market) -> tuple[Int8, Int64, Int64, Bool, Unsigned]:
    """Each offer's rule; offsets, seats and openness of its groups; and (w,) who belongs to which."""
    from allocation.rule_kernels import CEILINGS, RESERVES

    m = len(market.offers)
    rule = np.zeros(m, np.int8)
    number, member = np.ones(m, np.int64), np.ones(market.wish_offer.size, np.uint64)
    seats_of: list[Int64] = [market.capacity[o : o + 1] for o in range(m)]
    open_of = [np.ones(1, bool)] * m
    pools = market.pools
    if pools is not None:
        number = np.diff(pools.start)
        member = pools.member.astype(np.uint64)
        for o in range(m):
            own = slice(int(pools.start[o]), int(pools.start[o + 1]))
            seats_of[o], open_of[o] = pools.seats[own], pools.open[own]
    for quotas, kind in ((market.ceilings, CEILINGS), (market.reserves, RESERVES)):
        if quotas is None:
            continue
        ruled = quotas.ruled
        rule[ruled] = kind
        number = np.where(ruled, np.diff(quotas.start) + 1, number)
        member = np.where(ruled[market.wish_offer], quotas.member, member)
        for o in np.flatnonzero(ruled).tolist():
            seats_of[o] = _seats_of(quotas, o, int(market.capacity[o]))
            open_of[o] = np.ones(seats_of[o].size, bool)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(number)])
    seats = np.concatenate([np.empty(0, np.int64), *seats_of])
    return rule, start, seats, np.concatenate([np.empty(0, bool), *open_of]), member


def _seats_of(quotas: Quotas, offer: int, capacity: int) -> Int64:
    """The seats of an offer's quotas, and as many for the rest as there are altogether."""
    own = quotas.seats[quotas.start[offer] : quotas.start[offer + 1]]
    return np.append(np.minimum(own, capacity), capacity).astype(np.int64)
