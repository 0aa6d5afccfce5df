"""The loop of deferred acceptance where offers have ceilings or horizontal reserves (beside pools or no
rule).

The seats of an offer lie in groups: its pools; or one group for each ceiling and one for everybody else; or
one for each reserve and one for the rest. A newcomer is weighed against those who are held. This gives the
same as choosing anew from all who ever applied, as each rule chooses the best basis of a matroid, and the
reserves then fill up by order (path independence: Sönmez and Yenmez 2022).
"""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int8, Int32, Int64, Unsigned
from allocation.compiled import compiled
from allocation.kernels import MASK, SHIFT, let_go, push, replace_worst, without_ends
from allocation.pool_kernels import EVERYBODY, run_down

POOLS, CEILINGS, RESERVES = range(3)
NOT_REACHED = -2
DIRECTLY = -1


@compiled
def applicants_propose_under_rules(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    tie: Int32,
    person_at: Int32,
    rule: Int8,
    group_start: Int64,
    group_open: Bool,
    member: Unsigned,
    seat_start: Int64,
    room: Int64,
) -> tuple[Int64, Int32]:
    """Deferred acceptance in a strict order where offer `o` chooses by `rule[o]` and has `room[o]` seats.

    Its groups are `group_start[o]:group_start[o + 1]`, the last one that of the rest if it has quotas; group
    `g` owns `seat_start[g]:seat_start[g + 1]`. Bit j of `member[p]`: the person of wish `p` belongs to the
    offer's j-th group. Returns `held` and, int32[n], the position of everybody's pool (0 without pools).
    """
    heap = np.empty(seat_start[-1], np.int64)
    size = np.zeros(seat_start.size - 1, np.int64)
    bar = np.where(np.diff(seat_start) > 0, np.int64(EVERYBODY), np.int64(-1))
    bits_at = np.zeros(wish_start.size - 1, np.uint64)
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
                bits_at[tie[a]] = member[p]
                first, last = group_start[o], group_start[o + 1]
                if rule[o] == POOLS:
                    out = run_down(heap, size, seat_start, bar, first, first, last, group_open, key, bits_at)
                else:
                    groups = first, last, room[o]
                    out = by_quotas(rule[o], heap, size, seat_start, groups, key, bits_at)
                if out != tie[a]:
                    if out >= 0:
                        leavers[leaving] = person_at[out]
                        leaving += 1
                    break
                p += 1
            held[a] = p
        let_go(leavers, leaving, held)
        queue, leavers, waiting = leavers, queue, leaving
    pool = pools_of_ruled(heap, size, seat_start, group_start, rule, person_at)
    return without_ends(held, wish_start), pool


@compiled
def by_quotas(
    rule: int,
    heap: Int64,
    size: Int64,
    seat_start: Int64,
    groups: tuple[int, int, int],
    key: int,
    bits_at: Unsigned,
) -> int:
    """Let a person into an offer with ceilings or reserves; the tie of whoever leaves, or -1."""
    first, last, room = groups
    if rule == CEILINGS:
        return under_ceilings(heap, size, seat_start, first, last, room, key, bits_at[key & MASK])
    return with_reserves(heap, size, seat_start, first, last, room, key, bits_at)


@compiled
def pools_of_ruled(
    heap: Int64, size: Int64, seat_start: Int64, group_start: Int64, rule: Int8, person_at: Int32
) -> Int32:
    """The position of everybody's pool in its offer, 0 at offers without pools, -1 without a place."""
    pool = np.full(person_at.size, -1, np.int32)
    for o in range(rule.size):
        for g in range(group_start[o], group_start[o + 1]):
            for seat in range(seat_start[g], seat_start[g] + size[g]):
                pool[person_at[heap[seat] & MASK]] = g - group_start[o] if rule[o] == POOLS else 0
    return pool


@compiled
def under_ceilings(
    heap: Int64, size: Int64, seat_start: Int64, first: int, last: int, room: int, key: int, bits: int
) -> int:
    """Let a person in under the ceilings; the tie of whoever leaves, or -1."""
    g = last - 1
    for k in range(first, last - 1):
        if (np.int64(bits) >> np.int64(k - first)) & 1:
            g = k
    base = seat_start[g]
    seats = seat_start[g + 1] - base
    if size[g] == seats:  # the category is full
        if seats == 0 or key > heap[base]:
            return key & MASK
        out = heap[base]
        replace_worst(heap, base, seats, key)
        return int(out & MASK)
    taken = 0
    worst, of_worst = np.int64(-1), first
    for k in range(first, last):
        taken += size[k]
        if size[k] > 0 and heap[seat_start[k]] > worst:
            worst, of_worst = heap[seat_start[k]], k
    if taken == room:
        if key > worst:
            return key & MASK
        top = seat_start[of_worst]
        size[of_worst] -= 1
        replace_worst(heap, top, size[of_worst], heap[top + size[of_worst]])
    push(heap, base, size[g], key)
    size[g] += 1
    return int(worst & MASK) if taken == room else -1


@compiled
def with_reserves(
    heap: Int64,
    size: Int64,
    seat_start: Int64,
    first: int,
    last: int,
    room: int,
    key: int,
    bits_at: Unsigned,
) -> int:
    """Let a person in with horizontal reserves; the tie of whoever leaves, or -1.

    Seats of a reserve lie in no order; the last group is the heap of the rest.
    """
    rest = last - 1
    matched = 0
    for k in range(first, rest):
        matched += size[k]
    out = into_reserves(heap, size, seat_start, first, rest, key, bits_at)
    base = seat_start[rest]
    if out < 0:  # one more reserved position is filled
        if matched + 1 + size[rest] <= room:
            return -1
        if size[rest] == 0:
            return worst_reserved(heap, size, seat_start, first, rest) & MASK
        worst = heap[base]
        size[rest] -= 1
        replace_worst(heap, base, size[rest], heap[base + size[rest]])
        return int(worst & MASK)
    if matched + size[rest] < room:
        push(heap, base, size[rest], out)
        size[rest] += 1
        return -1
    if size[rest] == 0 or out > heap[base]:
        return int(out & MASK)
    worst = heap[base]
    replace_worst(heap, base, size[rest], out)
    return int(worst & MASK)


@compiled
def into_reserves(
    heap: Int64, size: Int64, seat_start: Int64, first: int, rest: int, key: int, bits_at: Unsigned
) -> int:
    """Put a person among those who fill reserved positions; the key of whoever does not, -1 if all do.

    Follows who could change to which reserve, from the newcomer's on. A free position at the end of such
    a chain takes everybody in; else the worst of all who were met goes.
    """
    number = rest - first
    through = np.full(number, NOT_REACHED, np.int64)  # the seat whose holder could change to the reserve
    before = np.zeros(number, np.int64)  # and the reserve of that seat
    queue = np.empty(number, np.int64)
    end = reach(bits_at[key & MASK], DIRECTLY, 0, through, before, queue, 0)
    worst, seat_of_worst, of_worst = key, -1, -1
    at = 0
    while at < end:
        c = queue[at]
        at += 1
        base = seat_start[first + c]
        seats = seat_start[first + c + 1] - base
        if size[first + c] < seats:
            free = base + size[first + c]
            size[first + c] += 1
            move_up(heap, free, c, through, before, key)
            return -1
        for seat in range(base, base + seats):
            if heap[seat] > worst:
                worst, seat_of_worst, of_worst = int(heap[seat]), seat, int(c)
            if end < number:
                end = reach(bits_at[heap[seat] & MASK], seat, c, through, before, queue, end)
    if seat_of_worst >= 0:
        move_up(heap, seat_of_worst, of_worst, through, before, key)
    return worst


@compiled
def reach(bits: int, seat: int, c: int, through: Int64, before: Int64, queue: Int64, end: int) -> int:
    """Note the reserves that the person on a seat of reserve `c` could fill. New length of the queue."""
    for d in range(through.size):
        if through[d] == NOT_REACHED and (np.int64(bits) >> np.int64(d)) & 1:
            through[d] = seat
            before[d] = c
            queue[end] = d
            end += 1
    return end


@compiled
def move_up(heap: Int64, seat: int, c: int, through: Int64, before: Int64, key: int) -> None:
    """Fill a seat of reserve `c` along the chain that led there; the newcomer takes the first one."""
    while through[c] >= 0:
        heap[seat] = heap[through[c]]
        seat = through[c]
        c = before[c]
    heap[seat] = key


@compiled
def worst_reserved(heap: Int64, size: Int64, seat_start: Int64, first: int, rest: int) -> int:
    """Take the worst of all who fill reserved positions off their seat; their key."""
    worst, at, of_worst = -1, 0, first
    for k in range(first, rest):
        for seat in range(seat_start[k], seat_start[k] + size[k]):
            if heap[seat] > worst:
                worst, at, of_worst = int(heap[seat]), seat, k
    size[of_worst] -= 1
    heap[at] = heap[seat_start[of_worst] + size[of_worst]]
    return worst
