"""The loops of trading: top trading cycles, and cycles of improvement among people whom priorities tie."""

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
def improve(
    wish_start: Int64, wish_offer: Int32, standing: Int32, person_at: Int32, n_offers: int, held: Int64
) -> int:
    """Carry out stable improvement cycles until there is none; changes `held`. Number of cycles."""
    best = np.empty(n_offers, np.int32)
    step = np.empty(wish_offer.size, np.bool_)
    cycles = 0
    while True:
        mark_steps(wish_start, wish_offer, standing, held, best, step)
        first, movers = who_could_move(wish_start, wish_offer, held, step, person_at, n_offers)
        found = False
        tried = np.full(n_offers, -1, np.int64)
        for turn in range(person_at.size):
            a = person_at[turn]
            moves = held[a] >= 0 and first[wish_offer[held[a]]] < first[wish_offer[held[a]] + 1]
            if moves and swap_from(a, wish_start, wish_offer, held, step, first, movers, tried):
                found = True
                break
        if not found:
            return cycles
        cycles += 1


@compiled
def mark_steps(
    wish_start: Int64, wish_offer: Int32, standing: Int32, held: Int64, best: Int32, step: Bool
) -> None:
    """Mark the wishes of those who hold a place, desire another and stand first of all who desire it.

    Whoever has no place counts among those who desire.
    """
    best[:] = np.int32(2**31 - 1)
    step[:] = False
    for a in range(held.size):
        last = held[a] if held[a] >= 0 else wish_start[a + 1]
        for p in range(wish_start[a], last):
            best[wish_offer[p]] = min(best[wish_offer[p]], standing[p])
    for a in range(held.size):
        if held[a] >= 0:
            for p in range(wish_start[a], held[a]):
                step[p] = standing[p] == best[wish_offer[p]]


@compiled
def who_could_move(
    wish_start: Int64, wish_offer: Int32, held: Int64, step: Bool, person_at: Int32, n_offers: int
) -> tuple[Int64, Int64]:
    """Those who could take a step that may lie on a cycle, offer by offer in the order of ties.

    Takes away, again and again, the steps to offers that nobody could leave. Changes `step`.
    """
    while True:
        leaving = np.zeros(n_offers, np.int64)
        for a in range(held.size):
            if held[a] >= 0 and step[wish_start[a] : held[a]].any():
                leaving[wish_offer[held[a]]] += 1
        changed = False
        for p in range(step.size):
            if step[p] and leaving[wish_offer[p]] == 0:
                step[p] = False
                changed = True
        if not changed:
            break
    first = np.zeros(n_offers + 1, np.int64)
    first[1:] = np.cumsum(leaving)
    filled = first[:-1].copy()
    movers = np.empty(first[-1], np.int64)
    for a in person_at:
        if held[a] >= 0 and step[wish_start[a] : held[a]].any():
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
