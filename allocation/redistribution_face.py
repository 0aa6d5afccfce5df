"""The last stage: among all outcomes that are equally good so far, the one that people are owed in turn.

Moves between offers form a graph: an edge a -> b is a person at `a` who could be at `b`; one more node
stands for the free seats (o -> free: `o` has a seat left; free -> o: one person of `o` may leave).
Outcomes differ by cycles of moves. With prices (`offer_prices`) no cycle has negative cost, and the
outcomes of least cost are exactly those reached by moves that cost nothing at these prices.

`settle` goes down the ranking. A person at `a` may have the better offer `b` if and only if moves lead
back from `b` to `a`. Offers carry the number of a component: whoever can move can only move inside one.
A search that fails has found a part nobody can leave or enter; it becomes a component of its own. Both
ends search by turns, so a failure costs what the smaller part costs: all failures together
O(p log m) for p pairs and m offers.

People are numbered by the ranking, 0 = best. The last stage counts in int64 throughout, so that each
kernel is compiled once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.compiled import compiled


@compiled
def offer_prices(
    start: Int64, offer: Int32, cost: Int64, cost_held: Int64, first: Int64, members: Int64, seats: Int64
) -> Int64:
    """Cost of the cheapest moves that end at each offer, int64[m+1], <= 0; the last entry: free seats.

    Offer `o` holds `members[first[o]:first[o + 1]]`; their own places cost `cost_held`.

    price[b] <= price[a] + what the cheapest move a -> b adds (Bellman-Ford). Without people or seats
    all are 0. Empty if some cycle of moves saves cost: then the allocation was not of least cost.
    """
    m = seats.size
    used = first[1:] - first[:-1]
    price = np.zeros(m + 1, np.int64)
    fell = np.ones(m + 1, np.bool_)
    for _ in range(m + 2):
        if not fell.any():
            return price
        for a in range(m):
            if fell[a]:
                fell[a] = False
                if used[a] < seats[a]:
                    lower(m, price[a], price, fell)
                lower_by_people(
                    a, members[first[a] : first[a + 1]], start, offer, cost, cost_held, price, fell
                )
        if fell[m]:
            fell[m] = False
            for o in range(m):
                if used[o] > 0:
                    lower(o, price[m], price, fell)
    return np.empty(0, np.int64)


@compiled
def lower_by_people(
    a: int,
    people: Int64,
    start: Int64,
    offer: Int32,
    cost: Int64,
    cost_held: Int64,
    price: Int64,
    fell: Bool,
) -> None:
    """Pass the price of offer `a` on to wherever its people could move."""
    for v in people:
        for e in range(start[v], start[v + 1]):
            lower(offer[e], price[a] + cost[e] - cost_held[v], price, fell)


@compiled
def lower(node: int, new: int, price: Int64, fell: Bool) -> None:
    """Take the new price if it is lower."""
    if new < price[node]:
        price[node] = new
        fell[node] = True


class Face(NamedTuple):
    """The outcomes still possible: one of them (`held`), and the moves that lead to the others."""

    start: Int64  # person -> pairs that are possible, the best for the person first
    offer: Int64  # pair -> offer
    seats: Int64
    loose: Bool  # offer -> may it hold more or fewer people (int(m) is the node of the free seats)
    held: Int64  # person -> offer; changed in place
    used: Int64  # offer -> people, with those who cannot move; changed in place
    listed: Int64  # offer -> offsets into `who`
    who: Int64  # people who could be at the offer, by number


class Search(NamedTuple):
    """Room for the searches. `way` holds per node whom the move there moves (-1: a seat), and from where."""

    component: Int64
    first: Int64  # chains of the people each offer holds
    after: Int64
    before: Int64
    listed_from: Int64  # whoever is listed before has had a turn
    seen: Int64  # [2, m+1]: number of the last search that came here, forward and backward
    mover: Int64  # [2, m+1]
    other: Int64  # [2, m+1]: the node the move comes from (forward) or goes to (backward)
    queue: Int64  # [2, m+1]
    ends: Int64  # [2, 2]: head and tail of the queues
    work: Int64  # [2]


FORWARD = 0
BACKWARD = 1
NOT_MET = -1
SEAT = -1


@compiled
def settle(face: Face) -> int:
    """Give each person in turn the best offer still possible, in `face.held`. How many searches it took."""
    s = room_for(face)
    components = 1
    searches = 0
    for person in range(face.held.size):
        here = face.held[person]
        for e in range(face.start[person], face.start[person + 1]):
            better = face.offer[e]
            if better == here:
                break
            if s.component[better] != s.component[here]:
                continue
            searches += 1
            met = search(searches, person, better, here, face, s)
            if met >= 0:
                exchange(person, better, here, met, face, s)
                break
            split(-met - 1, components, s)
            components += 1
    return searches


@compiled
def room_for(face: Face) -> Search:
    """Chains of everybody where they sit now, one component, nothing searched."""
    m = face.seats.size
    n = face.held.size
    s = Search(
        np.zeros(m + 1, np.int64),
        np.full(m, -1, np.int64),
        np.full(n, -1, np.int64),
        np.full(n, -1, np.int64),
        face.listed[:-1].copy(),
        np.zeros((2, m + 1), np.int64),
        np.full((2, m + 1), -1, np.int64),
        np.full((2, m + 1), -1, np.int64),
        np.full((2, m + 1), -1, np.int64),
        np.zeros((2, 2), np.int64),
        np.zeros(2, np.int64),
    )
    for person in range(n - 1, -1, -1):
        join(person, face.held[person], face, s)
    return s


@compiled
def search(number: int, person: int, better: int, here: int, face: Face, s: Search) -> int:
    """Look for moves that lead from `better` to `here`, by people behind `person` in the ranking.

    Answers with the node where both ends met, or -1 - (the direction that could go no further).
    """
    for way, node in ((FORWARD, better), (BACKWARD, here)):
        s.seen[way, node] = number
        s.queue[way, 0] = node
        s.ends[way, 0] = 0
        s.ends[way, 1] = 1
        s.work[way] = 0
    while True:
        way = FORWARD if s.work[FORWARD] <= s.work[BACKWARD] else BACKWARD
        if s.ends[way, 0] == s.ends[way, 1]:
            return -1 - way
        node = s.queue[way, s.ends[way, 0]]
        s.ends[way, 0] += 1
        if node == face.seats.size:
            met = spread_over_seats(number, way, face, s)
        elif way == FORWARD:
            met = spread_forward(number, person, node, face, s)
        else:
            met = spread_backward(number, person, node, face, s)
        if met != NOT_MET:
            return met


@compiled
def spread_forward(number: int, person: int, node: int, face: Face, s: Search) -> int:
    """Follow those who could leave `node`."""
    has_seat = face.loose[node] and face.used[node] < face.seats[node]
    if has_seat and reach(number, FORWARD, node, face.seats.size, SEAT, s):
        return face.seats.size
    v = s.first[node]
    while v >= 0:
        onward = s.after[v]
        if v < person:
            leave(v, node, s)  # settled: not looked at again
        elif v > person:
            s.work[FORWARD] += face.start[v + 1] - face.start[v]
            for e in range(face.start[v], face.start[v + 1]):
                if reach(number, FORWARD, node, face.offer[e], v, s):
                    return int(face.offer[e])
        v = onward
    return NOT_MET


@compiled
def spread_backward(number: int, person: int, node: int, face: Face, s: Search) -> int:
    """Follow those who could come to `node`."""
    gives_seat = face.loose[node] and face.used[node] > 0
    if gives_seat and reach(number, BACKWARD, node, face.seats.size, SEAT, s):
        return face.seats.size
    while s.listed_from[node] < face.listed[node + 1] and face.who[s.listed_from[node]] <= person:
        s.listed_from[node] += 1
    s.work[BACKWARD] += face.listed[node + 1] - s.listed_from[node]
    for place in range(s.listed_from[node], face.listed[node + 1]):
        v = face.who[place]
        if reach(number, BACKWARD, node, face.held[v], v, s):
            return int(face.held[v])
    return NOT_MET


@compiled
def spread_over_seats(number: int, way: int, face: Face, s: Search) -> int:
    """From the node of the free seats: forward to offers a person may leave, backward to those with room."""
    m = face.seats.size
    s.work[way] += m
    for o in range(m):
        open_to_it = face.used[o] > 0 if way == FORWARD else face.used[o] < face.seats[o]
        if face.loose[o] and open_to_it and reach(number, way, m, o, SEAT, s):
            return o
    return NOT_MET


@compiled
def reach(number: int, way: int, node: int, to: int, mover: int, s: Search) -> bool:
    """Note the move between `node` and a new node `to`. Whether the other end has been there."""
    if s.seen[way, to] == number or s.component[to] != s.component[node]:
        return False
    s.seen[way, to] = number
    s.mover[way, to] = mover
    s.other[way, to] = node
    s.queue[way, s.ends[way, 1]] = to
    s.ends[way, 1] += 1
    return bool(s.seen[1 - way, to] == number)


@compiled
def split(way: int, number: int, s: Search) -> None:
    """What a search could not get out of is a component of its own."""
    for node in s.queue[way, : s.ends[way, 1]]:
        s.component[node] = number


@compiled
def exchange(person: int, better: int, here: int, met: int, face: Face, s: Search) -> None:
    """Make the moves found: better -> … -> met -> … -> here, and `person` from `here` to `better`."""
    node = met
    while node != better:
        source = s.other[FORWARD, node]
        step(s.mover[FORWARD, node], source, node, face, s)
        node = source
    node = met
    while node != here:
        goal = s.other[BACKWARD, node]
        step(s.mover[BACKWARD, node], node, goal, face, s)
        node = goal
    step(person, here, better, face, s)


@compiled
def step(mover: int, source: int, goal: int, face: Face, s: Search) -> None:
    """One move; `mover` SEAT: a seat of `source` fills for good, or one of `goal` comes free."""
    if mover != SEAT:
        leave(mover, source, s)
        join(mover, goal, face, s)
    elif goal == face.seats.size:
        face.used[source] += 1
    else:
        face.used[goal] -= 1


@compiled
def leave(person: int, o: int, s: Search) -> None:
    """Take a person out of the chain of offer `o`."""
    if s.before[person] >= 0:
        s.after[s.before[person]] = s.after[person]
    else:
        s.first[o] = s.after[person]
    if s.after[person] >= 0:
        s.before[s.after[person]] = s.before[person]


@compiled
def join(person: int, o: int, face: Face, s: Search) -> None:
    """Seat a person at offer `o`, at the head of its chain."""
    face.held[person] = o
    s.before[person] = -1
    s.after[person] = s.first[o]
    if s.first[o] >= 0:
        s.before[s.first[o]] = person
    s.first[o] = person
