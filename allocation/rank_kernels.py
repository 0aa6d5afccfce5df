"""The loops of rank-maximal matching: a largest matching rank by rank, and what every best outcome shares."""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int8, Int32, Int64
from allocation.compiled import compiled

UNREACHED, EVEN, ODD = range(3)


@compiled
def match_by_ranks(
    wish_start: Int64,
    wish_offer: Int32,
    person: Int32,
    capacity: Int64,
    first: Int64,
    listed: Int64,
) -> tuple[Int64, Bool, Bool, Bool]:
    """A rank-maximal outcome, and all of them: those that use only wishes that are `alive`, place everybody
    in `bound` people and fill every one of the `bound` offers.

    `listed[first[o]:first[o + 1]]` are the wishes for offer `o`; `person[p]` is whose wish `p` is. Returns
    `held` (n,), `alive` (w,), and the bound people (n,) and offers (m,).
    """
    n, m = wish_start.size - 1, capacity.size
    alive = capacity[wish_offer] > 0
    held = np.full(n, -1, np.int64)
    used = np.zeros(m, np.int64)
    bound, bound_offer = np.zeros(n, np.bool_), np.zeros(m, np.bool_)
    chain = np.full((3, max(n, m)), -1, np.int64)  # first of an offer; after, before of a person
    rank = 0
    more = True
    while more:
        seen = np.zeros(m, np.bool_)
        for a in range(n):
            if held[a] < 0:
                augment(a, rank, wish_start, wish_offer, person, capacity, alive, held, used, chain, seen)
        people = np.zeros(n, np.int8)
        offers = np.zeros(m, np.int8)
        label_from_people(rank, wish_start, wish_offer, alive, held, chain, people, offers)
        label_from_seats(
            rank, wish_start, wish_offer, person, capacity, first, listed, alive, held, used, people, offers
        )
        bound |= people != EVEN
        bound_offer |= offers != EVEN
        more = False
        for p in range(alive.size):
            if not alive[p]:
                continue
            mine, its = people[person[p]], offers[wish_offer[p]]
            if p - wish_start[person[p]] <= rank:
                alive[p] = not ((mine == ODD and its != EVEN) or (its == ODD and mine != EVEN))
            else:
                alive[p] = mine == EVEN and its == EVEN
                more = more or alive[p]
        rank += 1
    return held, alive, bound, bound_offer


@compiled
def augment(
    a: int,
    rank: int,
    wish_start: Int64,
    wish_offer: Int32,
    person: Int32,
    capacity: Int64,
    alive: Bool,
    held: Int64,
    used: Int64,
    chain: Int64,
    seen: Bool,
) -> None:
    """Place one more person if moves of others make room. Offers of failed searches stay `seen`."""
    queue = np.empty(seen.size, np.int64)
    through = np.empty(seen.size, np.int64)
    end = 0
    at = -1
    b = a
    while True:
        for p in range(wish_start[b], min(wish_start[b + 1], wish_start[b] + rank + 1)):
            o = wish_offer[p]
            if not alive[p] or seen[o]:
                continue
            seen[o] = True
            through[o] = p
            queue[end] = o
            end += 1
            if used[o] < capacity[o]:
                used[o] += 1
                for k in range(end):
                    seen[queue[k]] = False
                fill_up(o, through, wish_offer, person, held, chain)
                return
        # the next person who holds a place at an offer of the queue
        b = chain[1, b] if at >= 0 else -1
        while b < 0:
            at += 1
            if at >= end:
                return
            b = chain[0, queue[at]]


@compiled
def fill_up(o: int, through: Int64, wish_offer: Int32, person: Int32, held: Int64, chain: Int64) -> None:
    """Carry out the moves that lead to offer `o`, the last one first."""
    while True:
        p = through[o]
        a = person[p]
        left = held[a]
        if left >= 0:
            unlink(a, wish_offer[left], chain)
        held[a] = p
        link(a, o, chain)
        if left < 0:
            return
        o = wish_offer[left]


@compiled
def link(a: int, o: int, chain: Int64) -> None:
    """Seat a person at an offer."""
    chain[1, a] = chain[0, o]
    chain[2, a] = -1
    if chain[0, o] >= 0:
        chain[2, chain[0, o]] = a
    chain[0, o] = a


@compiled
def unlink(a: int, o: int, chain: Int64) -> None:
    """Take a person off an offer."""
    if chain[2, a] >= 0:
        chain[1, chain[2, a]] = chain[1, a]
    else:
        chain[0, o] = chain[1, a]
    if chain[1, a] >= 0:
        chain[2, chain[1, a]] = chain[2, a]


@compiled
def label_from_people(
    rank: int,
    wish_start: Int64,
    wish_offer: Int32,
    alive: Bool,
    held: Int64,
    chain: Int64,
    people: Int8,
    offers: Int8,
) -> None:
    """Label what alternating paths from people without a place reach."""
    queue = np.empty(held.size, np.int64)
    end = 0
    for a in range(held.size):
        if held[a] < 0:
            people[a] = EVEN
            queue[end] = a
            end += 1
    at = 0
    while at < end:
        a = queue[at]
        at += 1
        for p in range(wish_start[a], min(wish_start[a + 1], wish_start[a] + rank + 1)):
            o = wish_offer[p]
            if alive[p] and offers[o] == UNREACHED:
                offers[o] = ODD
                b = chain[0, o]
                while b >= 0:
                    people[b] = EVEN
                    queue[end] = b
                    end += 1
                    b = chain[1, b]


@compiled
def label_from_seats(
    rank: int,
    wish_start: Int64,
    wish_offer: Int32,
    person: Int32,
    capacity: Int64,
    first: Int64,
    listed: Int64,
    alive: Bool,
    held: Int64,
    used: Int64,
    people: Int8,
    offers: Int8,
) -> None:
    """Label what alternating paths from offers with a seat left reach."""
    queue = np.empty(capacity.size, np.int64)
    end = 0
    for o in range(capacity.size):
        if used[o] < capacity[o]:
            offers[o] = EVEN
            queue[end] = o
            end += 1
    at = 0
    while at < end:
        o = queue[at]
        at += 1
        for k in range(first[o], first[o + 1]):
            p = listed[k]
            a = person[p]
            if not alive[p] or p - wish_start[a] > rank or held[a] == p or people[a] != UNREACHED:
                continue
            people[a] = ODD
            its = wish_offer[held[a]]
            if offers[its] == UNREACHED:
                offers[its] = EVEN
                queue[end] = its
                end += 1
