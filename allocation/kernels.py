"""The loops of the mechanisms: strict order and tied groups. Pools have `pool_kernels`.

All kernels read the market's lists: person `a` likes `wish_offer[wish_start[a]:wish_start[a + 1]]`, best
first, and stands at `standing` there. They answer with `held` int64[n]: the index of the wish that came
true, -1 for none. A person's place in an offer's order is one integer,

    key = standing << 31 | tie

(smaller is better); the people an offer holds are a heap with the worst key at its root. Heaps lie
one behind the other in one array: offer `o` owns `heap[seat_start[o]:seat_start[o + 1]]`.

People propose in rounds: whoever is let go proposes again in the next round. Any sequence gives the same
result; with a queue the memory of many people is read at once, where a chain of rejections waits for
each (a million people: a third less time).
"""

from __future__ import annotations

import numpy as np

from allocation.arrays import Int32, Int64
from allocation.compiled import compiled

SHIFT = 31
MASK = (1 << SHIFT) - 1
BLOCK = 64


@compiled
def push(heap: Int64, base: int, size: int, key: int) -> None:
    """Add a key to a heap of `size` keys that has room."""
    child = size
    while child > 0:
        parent = (child - 1) >> 1
        above = heap[base + parent]
        if above >= key:
            break
        heap[base + child] = above
        child = parent
    heap[base + child] = key


@compiled
def replace_worst(heap: Int64, base: int, size: int, key: int) -> None:
    """Put a key in the place of the root of a heap of `size` keys."""
    parent = 0
    child = 1
    while child < size:
        below = heap[base + child]
        if child + 1 < size and heap[base + child + 1] > below:
            child += 1
            below = heap[base + child]
        if below <= key:
            break
        heap[base + parent] = below
        parent = child
        child = 2 * parent + 1
    heap[base + parent] = key


@compiled
def repeats_an_offer(wish_start: Int64, wish_offer: Int32, n_offers: int) -> int:
    """Index of the first wish that repeats an offer of the same list, or -1."""
    seen_by = np.full(n_offers, -1, np.int64)
    for a in range(wish_start.size - 1):
        for p in range(wish_start[a], wish_start[a + 1]):
            if seen_by[wish_offer[p]] == a:
                return p
            seen_by[wish_offer[p]] = a
    return -1


@compiled
def serve_in_order(wish_start: Int64, wish_offer: Int32, order: Int32, capacity: Int64) -> Int64:
    """Each person in `order` takes the best-liked offer that has a seat left."""
    left = capacity.copy()
    held = np.full(wish_start.size - 1, -1, np.int64)
    for a in order:
        for p in range(wish_start[a], wish_start[a + 1]):
            if left[wish_offer[p]] > 0:
                left[wish_offer[p]] -= 1
                held[a] = p
                break
    return held


@compiled
def look_ahead(
    queue: Int32,
    start: int,
    stop: int,
    held: Int64,
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    near: Int64,
) -> None:
    """Bring the next proposals of a block of the queue near: the reads do not wait for each other."""
    for j in range(start, stop):
        near[j - start] = held[queue[j]] + wish_start[queue[j] + 1]
    for j in range(start, stop):
        p = held[queue[j]]
        if p < wish_start[queue[j] + 1]:
            near[j - start] = wish_offer[p] + standing[p]


@compiled
def let_go(queue: Int32, number: int, held: Int64) -> None:
    """Everybody in the queue goes on to the next wish."""
    for j in range(number):
        held[queue[j]] += 1


@compiled
def without_ends(held: Int64, wish_start: Int64) -> Int64:
    """-1 for everyone who has gone through the whole list."""
    for a in range(held.size):
        if held[a] == wish_start[a + 1]:
            held[a] = -1
    return held


@compiled
def applicants_propose(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    tie: Int32,
    person_at: Int32,
    seat_start: Int64,
) -> Int64:
    """Deferred acceptance in a strict order. `person_at` is the inverse of `tie`."""
    heap = np.empty(seat_start[-1], np.int64)
    size = np.zeros(seat_start.size - 1, np.int64)
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
            a = queue[turn]
            p = held[a]
            while p < wish_start[a + 1]:
                o = wish_offer[p]
                key = np.int64(standing[p]) << SHIFT | tie[a]
                base = seat_start[o]
                seats = seat_start[o + 1] - base
                if size[o] < seats:
                    push(heap, base, size[o], key)
                    size[o] += 1
                    break
                if seats > 0 and key < heap[base]:
                    leavers[leaving] = person_at[heap[base] & MASK]
                    leaving += 1
                    replace_worst(heap, base, seats, key)
                    break
                p += 1
            held[a] = p
        let_go(leavers, leaving, held)
        queue, leavers, waiting = leavers, queue, leaving
    return without_ends(held, wish_start)


@compiled
def offers_propose(
    wish_start: Int64, wish_offer: Int32, ask_start: Int64, ask_wish: Int64, person: Int32, capacity: Int64
) -> Int64:
    """Deferred acceptance with the offers proposing.

    `ask_wish[ask_start[o]:ask_start[o + 1]]` are the wishes for offer `o`, best placed person first;
    `person[p]` is whose wish `p` is.
    """
    n_offers = capacity.size
    asked = ask_start[:-1].copy()
    room = capacity.copy()
    held = np.full(wish_start.size - 1, -1, np.int64)
    waiting = np.arange(n_offers)
    top = n_offers
    while top > 0:
        o = waiting[top - 1]
        if room[o] == 0 or asked[o] == ask_start[o + 1]:
            top -= 1
            continue
        p = ask_wish[asked[o]]
        asked[o] += 1
        a = person[p]
        if held[a] >= 0 and held[a] < p:
            continue
        room[o] -= 1
        if room[o] == 0:  # an offer is on the stack while it has room
            top -= 1
        left = held[a]
        held[a] = p
        if left >= 0:
            o = wish_offer[left]
            if room[o] == 0:
                waiting[top] = o
                top += 1
            room[o] += 1
    return held


@compiled
def pop_equals(heap: Int64, base: int, size: int, worst: int, leavers: Int32, leaving: int) -> int:
    """Let everybody at standing `worst` go from the heap. New number of leavers."""
    while size > 0 and heap[base] >> SHIFT == worst:
        leavers[leaving] = heap[base] & MASK
        leaving += 1
        size -= 1
        replace_worst(heap, base, size, heap[base + size])
    return leaving


@compiled
def lowest_limits_within_capacity(
    wish_start: Int64, wish_offer: Int32, standing: Int32, seat_start: Int64
) -> Int64:
    """H-stable limits: a tied group that does not fit whole stays out whole.

    Whoever stands at `limit` or behind is refused; limits only ever tighten.
    """
    heap = np.empty(seat_start[-1], np.int64)
    size = np.zeros(seat_start.size - 1, np.int64)
    limit = np.full(seat_start.size - 1, MASK, np.int64)
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
            a = queue[turn]
            p = held[a]
            while p < wish_start[a + 1]:
                o = wish_offer[p]
                s = np.int64(standing[p])
                base = seat_start[o]
                if s < limit[o] and size[o] == seat_start[o + 1] - base:
                    worst = heap[base] >> SHIFT if size[o] > 0 else np.int64(-1)
                    limit[o] = max(s, worst)
                    before = leaving
                    leaving = pop_equals(heap, base, size[o], limit[o], leavers, leaving)
                    size[o] -= leaving - before
                if s < limit[o]:
                    push(heap, base, size[o], s << SHIFT | a)
                    size[o] += 1
                    break
                p += 1
            held[a] = p
        let_go(leavers, leaving, held)
        queue, leavers, waiting = leavers, queue, leaving
    return without_ends(held, wish_start)


@compiled
def squeeze_in(
    heap: Int64,
    base: int,
    seats: int,
    key: int,
    overflow: Int32,
    next_in: Int32,
    o: int,
    leavers: Int32,
    leaving: int,
) -> int:
    """Admit a person to a full offer: equal to the worst, or ahead of it. New number of leavers."""
    worst = heap[base] >> SHIFT
    beyond = key & MASK
    if key >> SHIFT < worst:
        beyond = heap[base] & MASK
        replace_worst(heap, base, seats, key)
    next_in[beyond] = overflow[o]
    overflow[o] = beyond
    if heap[base] >> SHIFT < worst:  # the seats are full without the group: the whole group goes
        while overflow[o] >= 0:
            leavers[leaving] = overflow[o]
            leaving += 1
            overflow[o] = next_in[overflow[o]]
    return leaving


@compiled
def lowest_limits_filling_capacity(
    wish_start: Int64, wish_offer: Int32, standing: Int32, seat_start: Int64
) -> Int64:
    """L-stable limits: the tied group at the limit enters whole.

    An offer's heap holds as many people as it has seats. Those beyond are a chain (`overflow`, `next_in`);
    they all stand where the heap's worst stands, and leave together when that standing moves up.
    """
    heap = np.empty(seat_start[-1], np.int64)
    size = np.zeros(seat_start.size - 1, np.int64)
    overflow = np.full(seat_start.size - 1, -1, np.int32)
    held = wish_start[:-1].copy()
    queue = np.arange(held.size).astype(np.int32)
    leavers = np.empty_like(queue)
    next_in = np.empty_like(queue)
    near = np.empty(BLOCK, np.int64)
    waiting = queue.size
    while waiting > 0:
        leaving = 0
        for turn in range(waiting):
            if turn % BLOCK == 0:
                stop = min(turn + BLOCK, waiting)
                look_ahead(queue, turn, stop, held, wish_start, wish_offer, standing, near)
            a = queue[turn]
            p = held[a]
            while p < wish_start[a + 1]:
                o = wish_offer[p]
                s = np.int64(standing[p])
                base = seat_start[o]
                seats = seat_start[o + 1] - base
                if size[o] < seats:
                    push(heap, base, size[o], s << SHIFT | a)
                    size[o] += 1
                    break
                if seats > 0 and s <= heap[base] >> SHIFT:
                    key = s << SHIFT | a
                    leaving = squeeze_in(heap, base, seats, key, overflow, next_in, o, leavers, leaving)
                    break
                p += 1
            held[a] = p
        let_go(leavers, leaving, held)
        queue, leavers, waiting = leavers, queue, leaving
    return without_ends(held, wish_start)
