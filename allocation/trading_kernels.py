"""The loops of trading: top trading cycles, cycles of improvement among people whom priorities tie, and
settling with consent."""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.compiled import compiled

NOT_ON_PATH = -1


@compiled
def trade(wish_start: Int64, wish_offer: Int32, first: Int64, in_order: Int32, capacity: Int64) -> Int64:
    """Top trading cycles. Offer `o` points at the first of `in_order[first[o]:first[o + 1]]` who is left.

    Follows the arrows from person to person until one is met again, which is a cycle, or until somebody has
    no wish left and goes. Arrows of the others stay as they are, so the walk goes on from where it was.
    """
    n = wish_start.size - 1
    left = capacity.copy()
    top = first[:-1].copy()
    at = wish_start[:-1].copy()
    held = np.full(n, -1, np.int64)
    gone = np.zeros(n, np.bool_)
    place = np.full(n, NOT_ON_PATH, np.int64)
    path = np.empty(n, np.int64)
    for begin in range(n):
        if gone[begin]:
            continue
        path[0] = begin
        place[begin] = 0
        length = 1
        while length > 0:
            a = path[length - 1]
            while at[a] < wish_start[a + 1] and left[wish_offer[at[a]]] == 0:
                at[a] += 1
            if at[a] == wish_start[a + 1]:
                gone[a] = True
                length -= 1
                continue
            o = wish_offer[at[a]]
            while gone[in_order[top[o]]]:
                top[o] += 1
            b = in_order[top[o]]
            if place[b] == NOT_ON_PATH:
                path[length] = b
                place[b] = length
                length += 1
                continue
            for j in range(place[b], length):
                held[path[j]] = at[path[j]]
                left[wish_offer[at[path[j]]]] -= 1
                gone[path[j]] = True
            length = place[b]
    return held


@compiled
def settle(
    wish_start: Int64, wish_offer: Int32, held: Int64, first: Int64, waiting: Int64, consents: Bool
) -> None:
    """Steps 2 to 4 of efficiency-adjusted deferred acceptance, from a stable `held`, which it changes.

    `waiting[first[o]:first[o + 1]]` are the wishes of those who would rather have offer `o`, best-placed
    first. Offer `o` points at the first of them who is left, and she at the offer she holds. On a cycle
    everybody moves. An offer that points at nobody is closed and its people are settled with it. Arrows of
    the others stay as they are, so the walk goes on from where it was.
    """
    m = first.size - 1
    top, end = first[:-1].copy(), first[1:].copy()
    at = np.full(wish_offer.size, -1, np.int64)
    at[waiting] = np.arange(waiting.size)
    owner, head, after = who_holds(wish_start, wish_offer, held, m)
    for a in np.flatnonzero((held < 0) & ~consents):
        bar(wish_start[a], wish_start[a + 1], wish_offer, at, end)
    closed = np.zeros(m, np.bool_)
    place = np.full(m, NOT_ON_PATH, np.int64)
    path = np.empty(m, np.int64)
    for begin in range(m):
        length = 0
        while not closed[begin]:
            if length == 0:
                path[0], place[begin], length = begin, 0, 1
            o = path[length - 1]
            while top[o] < end[o] and is_settled(waiting[top[o]], owner, wish_offer, held, closed):
                top[o] += 1
            if top[o] >= end[o]:
                closed[o] = True
                place[o] = NOT_ON_PATH
                bar_behind_holders(head[o], owner, wish_start, wish_offer, held, after, consents, at, end)
                length -= 1
                continue
            other = wish_offer[held[owner[waiting[top[o]]]]]
            if place[other] == NOT_ON_PATH:
                path[length], place[other] = other, length
                length += 1
                continue
            for j in range(place[other], length):
                p = waiting[top[path[j]]]
                held[owner[p]] = p
                after[p], head[path[j]] = head[path[j]], p
            begin_of_cycle = place[other]
            place[path[begin_of_cycle:length]] = NOT_ON_PATH
            length = begin_of_cycle


@compiled
def who_holds(wish_start: Int64, wish_offer: Int32, held: Int64, m: int) -> tuple[Int32, Int64, Int64]:
    """(w,) whose each wish is; and the wishes that came true at each offer, as chains: the first (m,), and
    what comes after each (w,)."""
    owner = np.empty(wish_offer.size, np.int32)
    head, after = np.full(m, -1, np.int64), np.full(wish_offer.size, -1, np.int64)
    for a in range(held.size):
        owner[wish_start[a] : wish_start[a + 1]] = a
        if held[a] >= 0:
            after[held[a]] = head[wish_offer[held[a]]]
            head[wish_offer[held[a]]] = held[a]
    return owner, head, after


@compiled
def is_settled(p: int, owner: Int32, wish_offer: Int32, held: Int64, closed: Bool) -> bool:
    """Whether the person of wish `p` has gone, or has that or something better by now."""
    own = held[owner[p]]
    gone: bool = own <= p or closed[wish_offer[own]]
    return gone


@compiled
def bar_behind_holders(
    p: int,
    owner: Int32,
    wish_start: Int64,
    wish_offer: Int32,
    held: Int64,
    after: Int64,
    consents: Bool,
    at: Int64,
    end: Int64,
) -> None:
    """`bar` for everybody on the chain from wish `p` who has not moved on and does not consent."""
    while p >= 0:
        if held[owner[p]] == p and not consents[owner[p]]:
            bar(wish_start[owner[p]], p, wish_offer, at, end)
        p = after[p]


@compiled
def bar(begin: int, last: int, wish_offer: Int32, at: Int64, end: Int64) -> None:
    """The offers of the wishes `begin:last` take nobody who stands behind the person there."""
    for p in range(begin, last):
        end[wish_offer[p]] = min(end[wish_offer[p]], at[p])


@compiled
def improve(
    wish_start: Int64,
    wish_offer: Int32,
    standing: Int32,
    tie: Int32,
    n_offers: int,
    held: Int64,
) -> int:
    """Carry out stable improvement cycles until there is none; changes `held`. Number of cycles.

    `tie` (n,) is everybody's place in the order of ties.
    """
    best = np.empty(n_offers, np.int32)
    step = np.zeros(wish_offer.size, np.bool_)
    cycles = 0
    while True:
        able = mark_steps(wish_start, wish_offer, standing, held, best, step)
        able = able[np.argsort(tie[able])]
        first, movers = who_could_move(able, wish_start, wish_offer, held, step, n_offers)
        tried = np.full(n_offers, -1, np.int64)
        found = False
        for a in able:
            if first[wish_offer[held[a]]] < first[wish_offer[held[a]] + 1]:
                found = swap_from(a, wish_start, wish_offer, held, step, first, movers, tried)
            if found:
                break
        for a in able:
            step[wish_start[a] : wish_start[a + 1]] = False
        if not found:
            return cycles
        cycles += 1


@compiled
def mark_steps(
    wish_start: Int64, wish_offer: Int32, standing: Int32, held: Int64, best: Int32, step: Bool
) -> Int64:
    """Mark the wishes of those who hold a place, desire another and stand first of all who desire it.

    Whoever has no place counts among those who desire. The people who have such wishes.
    """
    best[:] = np.int32(2**31 - 1)
    for a in range(held.size):
        last = held[a] if held[a] >= 0 else wish_start[a + 1]
        for p in range(wish_start[a], last):
            best[wish_offer[p]] = min(best[wish_offer[p]], standing[p])
    able = np.empty(held.size, np.int64)
    found = 0
    for a in range(held.size):
        marked = False
        for p in range(wish_start[a], held[a]):
            step[p] = standing[p] == best[wish_offer[p]]
            marked = marked or step[p]
        if marked:
            able[found] = a
            found += 1
    return able[:found].copy()


@compiled
def who_could_move(
    able: Int64, wish_start: Int64, wish_offer: Int32, held: Int64, step: Bool, n_offers: int
) -> tuple[Int64, Int64]:
    """Those of `able` who could take a step that may lie on a cycle, offer by offer, in their order.

    Takes away, again and again, the steps to offers that nobody could leave. Changes `step`.
    """
    changed = True
    while changed:
        leaving = np.zeros(n_offers, np.int64)
        for a in able:
            if step[wish_start[a] : held[a]].any():
                leaving[wish_offer[held[a]]] += 1
        changed = False
        for a in able:
            for p in range(wish_start[a], held[a]):
                if step[p] and leaving[wish_offer[p]] == 0:
                    step[p] = False
                    changed = True
    first = np.zeros(n_offers + 1, np.int64)
    first[1:] = np.cumsum(leaving)
    filled = first[:-1].copy()
    movers = np.empty(first[-1], np.int64)
    for a in able:
        if step[wish_start[a] : held[a]].any():
            movers[filled[wish_offer[held[a]]]] = a
            filled[wish_offer[held[a]]] += 1
    return first, movers


@compiled
def swap_from(
    begin: int,
    wish_start: Int64,
    wish_offer: Int32,
    held: Int64,
    step: Bool,
    first: Int64,
    movers: Int64,
    tried: Int64,
) -> bool:
    """Search a cycle of steps back to a person's offer, depth first, and carry it out.

    People try their steps in the order of their lists, offers their people in the order of ties. An offer
    is tried once: if no step leads back from it, none does later. `tried[o]` is the person of whose search.
    """
    home = wish_offer[held[begin]]
    path = np.empty(tried.size + 1, np.int64)  # people
    taken = np.empty(tried.size + 1, np.int64)  # the step each of them tries
    member = np.empty(tried.size + 1, np.int64)  # the place of each among the movers of the offer
    path[0], taken[0], member[0] = begin, wish_start[begin], -1
    tried[home] = begin
    depth = 0
    while True:
        a, p = path[depth], taken[depth]
        while p < held[a]:
            if step[p] and (wish_offer[p] == home or tried[wish_offer[p]] != begin):
                break
            p += 1
        taken[depth] = p
        if p < held[a] and wish_offer[p] == home:
            for d in range(depth + 1):
                held[path[d]] = taken[d]
            return True
        if p < held[a]:
            tried[wish_offer[p]] = begin
            depth += 1
            member[depth] = first[wish_offer[p]]
            path[depth] = movers[member[depth]]
            taken[depth] = wish_start[path[depth]]
            continue
        if depth == 0:
            return False
        member[depth] += 1
        if member[depth] < first[wish_offer[held[a]] + 1]:
            path[depth] = movers[member[depth]]
            taken[depth] = wish_start[path[depth]]
        else:  # nobody else at this offer
            depth -= 1
            taken[depth] += 1
