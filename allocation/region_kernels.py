"""The loop of deferred acceptance where offers share a cap beyond their targets."""

from __future__ import annotations

import numpy as np

from allocation.arrays import Int32, Int64
from allocation.compiled import compiled
from allocation.kernels import MASK, SHIFT, let_go, push, replace_worst, without_ends


@compiled
def applicants_propose_under_caps(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    tie: Int32,
    person_at: Int32,
    seat_start: Int64,
    region: Int32,
    cap: Int64,
    target: Int64,
    inside: Int64,
    first: Int64,
) -> Int64:
    """Flexible deferred acceptance in a strict order.

    Region `r` has the offers `inside[first[r]:first[r + 1]]` in the order in which they take one more person
    each beyond their targets; `region[o]` is -1 for an offer in none.
    """
    heap = np.empty(seat_start[-1], np.int64)
    size = np.zeros(seat_start.size - 1, np.int64)
    taken = np.zeros(cap.size, np.int64)
    held = wish_start[:-1].copy()
    queue = np.arange(held.size).astype(np.int32)
    leavers = np.empty_like(queue)
    waiting = queue.size
    while waiting > 0:
        leaving = 0
        for turn in range(waiting):
            a = queue[turn]
            p = held[a]
            while p < wish_start[a + 1]:
                o = wish_offer[p]
                key = np.int64(standing[p]) << SHIFT | tie[a]
                out = admit(heap, size, taken, seat_start, region, cap, target, inside, first, o, key)
                if out < 0:
                    break
                if out & MASK == tie[a]:
                    p += 1
                    continue
                leavers[leaving] = person_at[out & MASK]
                leaving += 1
                break
            held[a] = p
        let_go(leavers, leaving, held)
        queue, leavers, waiting = leavers, queue, leaving
    return without_ends(held, wish_start)


@compiled
def admit(
    heap: Int64,
    size: Int64,
    taken: Int64,
    seat_start: Int64,
    region: Int32,
    cap: Int64,
    target: Int64,
    inside: Int64,
    first: Int64,
    o: int,
    key: int,
) -> int:
    """Admit somebody to an offer; the key of who must go for it, perhaps their own, or -1 for nobody."""
    base = seat_start[o]
    seats = seat_start[o + 1] - base
    if size[o] == seats:
        if seats == 0 or key > heap[base]:
            return key
        out = heap[base]
        replace_worst(heap, base, seats, key)
        return int(out)
    push(heap, base, size[o], key)
    size[o] += 1
    r = region[o]
    if r < 0:
        return -1
    if taken[r] < cap[r]:
        taken[r] += 1
        return -1
    last = last_in_turn(size, target, inside, first[r], first[r + 1])
    out = heap[seat_start[last]]
    size[last] -= 1
    replace_worst(heap, seat_start[last], size[last], heap[seat_start[last] + size[last]])
    return int(out)


@compiled
def last_in_turn(size: Int64, target: Int64, inside: Int64, first: int, end: int) -> int:
    """The offer that took the last person when a region filled up turn by turn beyond the targets."""
    last, most = inside[first], np.int64(-1)
    for at in range(first, end):
        beyond = size[inside[at]] - target[inside[at]]
        if beyond > 0 and beyond >= most:
            last, most = inside[at], beyond
    return int(last)
