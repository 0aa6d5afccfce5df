"""The loops of verification. Written from the laws alone; no mechanism is imported or copied.

An order number says who stands before whom: `standing << 31 | lot`, with one bit above for those outside a
pool's category. The lot is 0 for everyone where equals count as equal.
"""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int32, Int64, Unsigned
from allocation.compiled import compiled

ENVY = 1
WASTE = 2
UNEQUAL = 4
OUTSIDE = 1 << 62


@compiled
def order_number(p: int, a: int, standing: Int32, lot: Int32, wish_lot: Int32) -> int:
    """Where the person of wish `p` stands at its offer. `wish_lot` is empty unless offers draw their own."""
    drawn = wish_lot[p] if wish_lot.size else lot[a]
    number: int = np.int64(standing[p]) << 31 | drawn
    return number


@compiled
def wishes_granted(wish_start: Int64, wish_offer: Int32, assigned: Int32) -> Int64:
    """(n,) index of the wish for the offer assigned, -1 for none."""
    granted = np.full(assigned.size, -1, np.int64)
    for a in range(assigned.size):
        p = wish_start[a]
        while assigned[a] >= 0 and p < wish_start[a + 1]:
            if wish_offer[p] == assigned[a]:
                granted[a] = p
                break
            p += 1
    return granted


@compiled
def liked_better(wish_start: Int64, granted: Int64) -> Bool:
    """(w,) the wishes liked better than the place held."""
    better = np.zeros(wish_start[-1], np.bool_)
    for a in range(granted.size):
        better[wish_start[a] : granted[a] if granted[a] >= 0 else wish_start[a + 1]] = True
    return better


@compiled
def worst_of_holders(
    slot: Int64,
    outside: Bool,
    granted: Int64,
    standing: Int32,
    lot: Int32,
    wish_lot: Int32,
    n_slots: int,
) -> Int64:
    """Per slot (offer or pool) the largest order number of those who hold a seat there, -1 if nobody."""
    worst = np.full(n_slots, -1, np.int64)
    for a in range(granted.size):
        if granted[a] >= 0 and slot[a] >= 0:
            number = order_number(granted[a], a, standing, lot, wish_lot)
            if outside[a]:
                number |= OUTSIDE
            worst[slot[a]] = max(worst[slot[a]], number)
    return worst


@compiled
def left_out(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    lot: Int32,
    wish_lot: Int32,
    granted: Int64,
    free: Int64,
    worst: Int64,
) -> Unsigned:
    """(w,) what is wrong with each wish that is liked better than the place held. Bits as above."""
    wrong = np.zeros(wish_offer.size, np.uint8)
    for a in range(granted.size):
        last = granted[a] if granted[a] >= 0 else wish_start[a + 1]
        for p in range(wish_start[a], last):
            o = wish_offer[p]
            number = order_number(p, a, standing, lot, wish_lot)
            flags = 0
            if number < worst[o]:
                flags |= ENVY
            if free[o] > 0:
                flags |= WASTE
            if np.int64(standing[p]) <= worst[o] >> 31:
                flags |= UNEQUAL
            wrong[p] = flags
    return wrong


@compiled
def left_out_of_pools(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    lot: Int32,
    wish_lot: Int32,
    granted: Int64,
    pool: Int32,
    pool_start: Int64,
    pool_open: Bool,
    member: Unsigned,
    free: Int64,
    worst: Int64,
) -> tuple[Unsigned, Bool]:
    """The same pool by pool, and (n,) who sits in a pool although an earlier one would have taken them."""
    wrong = np.zeros(wish_offer.size, np.uint8)
    too_late = np.zeros(granted.size, np.bool_)
    for a in range(granted.size):
        last = granted[a] if granted[a] >= 0 else wish_start[a + 1]
        for p in range(wish_start[a], last):
            first, end = pool_start[wish_offer[p]], pool_start[wish_offer[p] + 1]
            number = order_number(p, a, standing, lot, wish_lot)
            wrong[p] = pools_would_take(number, member[p], first, end, pool_open, free, worst)
        if granted[a] >= 0 and pool[a] > 0:
            p = granted[a]
            first = pool_start[wish_offer[p]]
            number = order_number(p, a, standing, lot, wish_lot)
            flags = pools_would_take(number, member[p], first, first + pool[a], pool_open, free, worst)
            too_late[a] = flags != 0
    return wrong, too_late


@compiled
def pools_would_take(
    number: int, member: int, first: int, end: int, pool_open: Bool, free: Int64, worst: Int64
) -> int:
    """What is wrong if a person with this order number has no seat in the pools `first:end`."""
    flags = 0
    for k in range(first, end):
        inside = (np.int64(member) >> np.int64(k - first)) & 1 == 1
        if inside or pool_open[k]:
            in_pool = number if inside else number | OUTSIDE
            if free[k] > 0:
                flags |= ENVY | WASTE
            if in_pool < worst[k]:
                flags |= ENVY
    return flags


@compiled
def replay(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    lot: Int32,
    wish_lot: Int32,
    limit: Int64,
) -> Int64:
    """(n,) the first wish whose offer's cut-off lets the person in: order number up to `limit` (m,)."""
    entered = np.full(wish_start.size - 1, -1, np.int64)
    for a in range(entered.size):
        for p in range(wish_start[a], wish_start[a + 1]):
            if order_number(p, a, standing, lot, wish_lot) <= limit[wish_offer[p]]:
                entered[a] = p
                break
    return entered


@compiled
def replay_pools(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    lot: Int32,
    wish_lot: Int32,
    pool_start: Int64,
    member: Unsigned,
    member_limit: Int64,
    other_limit: Int64,
) -> tuple[Int64, Int32]:
    """The same where each pool has a limit for its members and one for others; and the pool entered."""
    entered = np.full(wish_start.size - 1, -1, np.int64)
    pool = np.full(entered.size, -1, np.int32)
    for a in range(entered.size):
        p = wish_start[a]
        while p < wish_start[a + 1] and entered[a] < 0:
            first, end = pool_start[wish_offer[p]], pool_start[wish_offer[p] + 1]
            number = order_number(p, a, standing, lot, wish_lot)
            for k in range(first, end):
                inside = (np.int64(member[p]) >> np.int64(k - first)) & 1 == 1
                if number <= (member_limit[k] if inside else other_limit[k]):
                    entered[a] = p
                    pool[a] = k - first
                    break
            p += 1
    return entered, pool
