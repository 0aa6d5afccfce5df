"""The loops of `verify_redistribution`. Written without the mechanism: no placement is made here."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.compiled import compiled


@compiled
def weakest_to_leave(
    listed: Int64, who: Int32, held: Int32, turn: Int64, by_turn: Int64, has_room: Bool
) -> Int64:
    """For each offer the turn of the last person who would have to go if one more came, int64[m].

    Moves along the people's other offers end with somebody who leaves or at a free seat; the best such
    end for the newcomer counts: n at a free seat, -1 if the offer has neither seats nor people. The people
    who could be at offer `o` are `who[listed[o]:listed[o + 1]]`. Each offer is reached once, backwards from
    the free seats and then from the last person, so the whole costs O(p).
    """
    n, m = held.size, has_room.size
    answer = np.full(m, -1, np.int64)
    stack = np.empty(m, np.int64)
    top = 0
    for o in range(m):
        if has_room[o]:
            answer[o] = n
            stack[top] = o
            top += 1
    for place in range(n - 1, -2, -1):
        while top > 0:
            top -= 1
            goal = stack[top]
            for v in who[listed[goal] : listed[goal + 1]]:
                if held[v] >= 0 and answer[held[v]] < 0:
                    answer[held[v]] = answer[goal]
                    stack[top] = held[v]
                    top += 1
        if place >= 0:
            o = held[by_turn[place]]
            if o >= 0 and answer[o] < 0:
                answer[o] = turn[by_turn[place]]
                stack[top] = o
                top += 1
    return answer


@compiled
def saving_cycle(
    start: Int64, offer: Int32, cost: Int64, cost_held: Int64, held: Int32, used: Int64, seats: Int64
) -> tuple[Int64, Int64, Int64]:
    """Prices of the offers and of a free seat, int64[m+1], or moves round a cycle that save cost.

    The second and third array are the people of such a cycle and the offers they would move to (empty if
    there is none; a move of a free seat has person -1). Bellman–Ford over the moves; the cycle shows up among
    the moves that set the prices last.
    """
    m = seats.size
    price = np.zeros(m + 1, np.int64)
    source = np.full(m + 1, -1, np.int64)
    mover = np.full(m + 1, -1, np.int64)
    fell = np.ones(m + 1, np.bool_)
    nobody = np.empty(0, np.int64)
    while fell.any():
        before = fell
        fell = np.zeros(m + 1, np.bool_)
        for v in range(held.size):
            if held[v] >= 0 and before[held[v]]:
                for e in range(start[v], start[v + 1]):
                    new = price[held[v]] + cost[e] - cost_held[v]
                    offer_price(new, held[v], v, offer[e], price, source, mover, fell)
        for o in range(m):
            if used[o] < seats[o]:
                offer_price(price[o], o, -1, m, price, source, mover, fell)
        for o in range(m):
            if used[o] > 0:
                offer_price(price[m], m, -1, o, price, source, mover, fell)
        people, goals = cycle_of(source, mover)
        if people.size:
            return price, people, goals
    return price, nobody, nobody


@compiled
def offer_price(
    new: int, begin: int, person: int, goal: int, price: Int64, source: Int64, mover: Int64, fell: Bool
) -> None:
    """Let the move of `person` from `begin` set the price of `goal`, if that is lower."""
    if new < price[goal]:
        price[goal] = new
        source[goal] = begin
        mover[goal] = person
        fell[goal] = True


@compiled
def cycle_of(source: Int64, mover: Int64) -> tuple[Int64, Int64]:
    """A cycle among `source[node] -> node`, as movers and goals; empty if there is none."""
    walk = np.full(source.size, -1, np.int64)
    for begin in range(source.size):
        node = begin
        while node >= 0 and walk[node] < 0:
            walk[node] = begin
            node = source[node]
        if node >= 0 and walk[node] == begin:
            length = 1
            at = source[node]
            while at != node:
                at = source[at]
                length += 1
            goals = np.empty(length, np.int64)
            for k in range(length):
                goals[k] = at
                at = source[at]
            return mover[goals], goals
    return np.empty(0, np.int64), np.empty(0, np.int64)


class Places(NamedTuple):
    """Who sits where, and who could be elsewhere. People are numbered by ranking; node m is free seats."""

    start: Int64  # person -> pairs
    offer: Int32  # pair -> offer
    better: Bool  # pair -> does the person prefer it to the own place
    held: Int32
    loose: Bool  # offer -> may it hold more or fewer people
    room: Bool  # offer -> has it a free seat
    first: Int64  # offer -> offsets into `members`
    members: Int32  # the people of the offers, the last-ranked first


class Walk(NamedTuple):
    """Room for the searches. What a vain one went through is a `part` that nobody enters or leaves."""

    part: Int64
    seen: Int64
    queue: Int64
    length: Int64  # [1]


@compiled
def passed_over(places: Places) -> Int64:
    """For each person the pair they were owed and did not get, int64[n], -1 for none.

    A pair is owed if the person prefers it, and moves of people ranked behind lead from its offer to the
    person's.
    """
    nodes = places.room.size + 1
    owed = np.full(places.held.size, -1, np.int64)
    walk = Walk(
        np.zeros(nodes, np.int64), np.zeros(nodes, np.int64), np.empty(nodes, np.int64), np.zeros(1, np.int64)
    )
    searches = 0
    for person in range(places.held.size):
        here = places.held[person]
        for e in range(places.start[person], places.start[person + 1]):
            goal = places.offer[e]
            if not places.better[e] or walk.part[goal] != walk.part[here]:
                continue
            searches += 1
            if leads_back(goal, here, person, searches, places, walk):
                owed[person] = e
                break
            walk.part[walk.queue[: walk.length[0]]] = searches
    return owed


@compiled
def leads_back(begin: int, goal: int, person: int, number: int, places: Places, walk: Walk) -> bool:
    """Whether moves of people behind `person` lead from `begin` to `goal`; if not, `walk` has where to."""
    m = places.room.size
    walk.length[0] = 0
    visit(begin, begin, number, walk)
    at = 0
    while at < walk.length[0]:
        node = walk.queue[at]
        at += 1
        if node == m:
            for o in range(m):
                if places.loose[o]:
                    visit(o, begin, number, walk)
        else:
            if places.loose[node] and places.room[node]:
                visit(m, begin, number, walk)
            for v in places.members[places.first[node] : places.first[node + 1]]:
                if v <= person:
                    break
                for e in range(places.start[v], places.start[v + 1]):
                    visit(places.offer[e], begin, number, walk)
        if walk.seen[goal] == number:
            return True
    return False


@compiled
def visit(node: int, begin: int, number: int, walk: Walk) -> None:
    """Queue a node of the same part that this search has not seen."""
    if walk.seen[node] != number and walk.part[node] == walk.part[begin]:
        walk.seen[node] = number
        walk.queue[walk.length[0]] = node
        walk.length[0] += 1
