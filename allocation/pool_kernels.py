"""The loop of deferred acceptance over offers whose seats lie in ordered pools.

A pool's order is: members of its category first, then everybody else, each by the key of `kernels`; one
more bit, `OTHER`, above the key says so. A newcomer runs down the pools of the offer; a pool that prefers
her to its worst holder takes her, and the one it lets go runs on from there. This gives the same as
choosing anew from all who ever applied (Kominers and Sönmez 2016: slots filled in order).
"""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int32, Int64, Unsigned
from allocation.compiled import compiled, compiled_into_callers
from allocation.kernels import BLOCK, MASK, SHIFT, let_go, look_ahead, push, replace_worst, without_ends

OTHER = 1 << 62
EVERYBODY = (1 << 63) - 1


@compiled
def applicants_propose_to_pools(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    tie: Int32,
    person_at: Int32,
    pool_start: Int64,
    pool_open: Bool,
    member: Unsigned,
    seat_start: Int64,
) -> tuple[Int64, Int32]:
    """Deferred acceptance with pools in a strict order.

    Offer `o` has the pools `pool_start[o]:pool_start[o + 1]`; pool `k` owns the heap
    `seat_start[k]:seat_start[k + 1]`. Bit j of `member[p]`: the person of wish `p` belongs to the category
    of the offer's j-th pool. Returns `held` and, int32[n], the pool's position in its offer (-1 none).
    """
    heap = np.empty(seat_start[-1], np.int64)
    size = np.zeros(seat_start.size - 1, np.int64)
    bar = np.where(np.diff(seat_start) > 0, np.int64(EVERYBODY), np.int64(-1))
    bits_at = np.zeros(wish_start.size - 1, member.dtype)  # by tie: small, so that it stays in the cache
    held = wish_start[:-1].copy()
    queue = np.arange(held.size).astype(np.int32)
    leavers = np.empty_like(queue)
    near = np.empty(BLOCK, np.int64)
    waiting = queue.size
    while waiting > 0:
        leaving = 0
        for turn in range(waiting):
            if turn % BLOCK == 0:
                stop = min(turn + BLOCK, waiting)
                look_ahead(queue, turn, stop, held, wish_start, wish_offer, standing, near)
                look_at_members(queue, turn, stop, held, wish_start, tie, member, near)
            a = queue[turn]
            p = held[a]
            while p < wish_start[a + 1]:
                o = wish_offer[p]
                key = np.int64(standing[p]) << SHIFT | tie[a]
                first, last = pool_start[o], pool_start[o + 1]
                at = first_that_takes(bar, first, last, pool_open, key, member[p])
                if at < last:
                    bits_at[tie[a]] = member[p]
                    out = run_down(heap, size, seat_start, bar, at, first, last, pool_open, key, bits_at)
                    if out >= 0:
                        leavers[leaving] = person_at[out]
                        leaving += 1
                    break
                p += 1
            held[a] = p
        let_go(leavers, leaving, held)
        queue, leavers, waiting = leavers, queue, leaving
    pool = pools_of_holders(heap, size, seat_start, pool_start, person_at)
    return without_ends(held, wish_start), pool


@compiled
def look_at_members(
    queue: Int32,
    start: int,
    stop: int,
    held: Int64,
    wish_start: Int64,
    tie: Int32,
    member: Unsigned,
    near: Int64,
) -> None:
    """Bring lots and memberships of the next proposals near, as `look_ahead` does with the proposals."""
    for j in range(start, stop):
        if held[queue[j]] < wish_start[queue[j] + 1]:
            near[j - start] = tie[queue[j]] + np.int64(member[held[queue[j]]])


@compiled_into_callers
def first_that_takes(bar: Int64, first: int, last: int, pool_open: Bool, key: int, member: int) -> int:
    """The first of the pools `first:last` of an offer that takes a person with `key`, or `last`."""
    for k in range(first, last):
        in_pool = pool_key(key, member, k - first)
        if in_pool < bar[k] and (pool_open[k] or not in_pool & OTHER):
            return k
    return last


@compiled_into_callers
def run_down(
    heap: Int64,
    size: Int64,
    seat_start: Int64,
    bar: Int64,
    at: int,
    first: int,
    last: int,
    pool_open: Bool,
    key: int,
    bits_at: Unsigned,
) -> int:
    """Send a person with `key` down the pools `first:last` of an offer, from the pool `at` on.

    `bar` is the key that one must be ahead of to get into each pool. Returns the tie of whoever falls out at
    the end, or -1.
    """
    for k in range(at, last):
        in_pool = pool_key(key, bits_at[key & MASK], k - first)
        if in_pool >= bar[k] or (in_pool & OTHER and not pool_open[k]):
            continue
        base = seat_start[k]
        seats = seat_start[k + 1] - base
        if size[k] < seats:
            push(heap, base, size[k], in_pool)
            size[k] += 1
            if size[k] == seats:
                bar[k] = heap[base]
            return -1
        key = heap[base] & ~OTHER
        replace_worst(heap, base, seats, in_pool)
        bar[k] = heap[base]
    return key & MASK


@compiled
def pools_of_holders(
    heap: Int64, size: Int64, seat_start: Int64, pool_start: Int64, person_at: Int32
) -> Int32:
    """The position of everybody's pool in its offer, -1 without a place."""
    pool = np.full(person_at.size, -1, np.int32)
    for o in range(pool_start.size - 1):
        for k in range(pool_start[o], pool_start[o + 1]):
            for seat in range(seat_start[k], seat_start[k] + size[k]):
                pool[person_at[heap[seat] & MASK]] = k - pool_start[o]
    return pool


@compiled_into_callers
def pool_key(key: int, member: int, place: int) -> int:
    """The key in the order of the offer's pool at `place`."""
    if (np.int64(member) >> np.int64(place)) & 1:
        return key
    return key | OTHER
