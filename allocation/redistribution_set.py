"""Which people are placed: the best set of a transversal matroid, found by augmenting paths.

The sets of people who can be placed together are the independent sets of a matroid, so going down
the ranking and keeping everybody who can still be placed gives the set that is best at the first place
where two sets differ. A person who fits is let in along a path of moves a -> b -> … -> free seat on
which everybody placed stays placed; `level[o]` is a lower bound of the number of moves from offer `o`
to a free seat. Levels never fall: free offers keep level 0, and whoever moves or joins takes the
offer of the lowest level, so no move makes a free seat nearer. What a search has found useless stays
useless until the level rises, so each offer goes on looking where it stopped.

Source: J. Edmonds, D. R. Fulkerson, "Transversals and matroid partition", J. Res. NBS 69B (1965);
R. K. Ahuja, J. B. Orlin, "Distance-directed augmenting path algorithms", Naval Res. Log. 38 (1991).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from allocation.arrays import Int32, Int64
from allocation.compiled import compiled


class Seating(NamedTuple):
    """The allocation while it grows. The people of an offer are a chain; -1 ends it."""

    start: Int64  # person -> pairs
    offer: Int32  # pair -> offer
    seats: Int64
    used: Int64
    held: Int32  # person -> offer
    first: Int64  # offer -> first of its people
    last: Int64
    after: Int64  # person -> next of the same offer
    before: Int64
    level: Int64
    at_level: Int64  # how many offers stand at a level
    next_up: Int64  # offer -> whom the search looks at next
    lowest: Int64  # offer -> lower bound of the levels its people before `next_up` could go to
    mover: Int64  # the path: mover[s] takes target[s]
    target: Int64


@compiled
def best_set(start: Int64, offer: Int32, seats: Int64, people: Int64) -> Int32:
    """Place as many of the best of `people` (best first) as fit together.

    `start` int64[n+1] and `offer` int32[p] list the offers a person could take. Answers with the offer
    of each person, int32[n], -1 for none. Who is placed is unique; where is not.
    """
    n = start.size - 1
    m = seats.size
    s = Seating(
        start,
        offer,
        seats,
        np.zeros(m, np.int64),
        np.full(n, -1, np.int32),
        np.full(m, -1, np.int64),
        np.full(m, -1, np.int64),
        np.full(n, -1, np.int64),
        np.full(n, -1, np.int64),
        np.zeros(m, np.int64),
        np.zeros(m + 1, np.int64),
        np.full(m, -1, np.int64),
        np.full(m, m + 1, np.int64),
        np.empty(m + 1, np.int64),
        np.empty(m + 1, np.int64),
    )
    s.at_level[0] = m
    for person in people:
        steps = path_to_free_seat(person, s)
        if steps > 0:
            follow(steps, s)
    return s.held


@compiled
def path_to_free_seat(person: int, s: Seating) -> int:
    """Write the moves that let `person` in to the path. How many; 0 if there is no path.

    An offer above level m can reach no free seat, now or later.
    """
    never = s.seats.size + 1
    depth = 0
    s.mover[0] = person
    s.target[0] = lowest_offer(person, -1, s)
    while s.target[0] >= 0 and s.level[s.target[0]] < never:
        o = s.target[depth]
        if s.used[o] < s.seats[o]:
            return depth + 1
        if find_move(o, depth + 1, s):
            depth += 1
            continue
        raise_level(o, min(s.lowest[o] + 1, never), s)
        if depth > 0:
            depth -= 1
        else:
            s.target[0] = lowest_offer(person, -1, s)
    return 0


@compiled
def find_move(o: int, step: int, s: Seating) -> bool:
    """Write somebody of offer `o` who can go one level down as a step of the path, if there is one."""
    while s.next_up[o] >= 0:
        v = s.next_up[o]
        onward = lowest_offer(v, o, s)
        if onward >= 0:
            if s.level[onward] == s.level[o] - 1:
                s.mover[step] = v
                s.target[step] = onward
                return True
            s.lowest[o] = min(s.lowest[o], s.level[onward])
        s.next_up[o] = s.after[v]
    return False


@compiled
def lowest_offer(person: int, but: int, s: Seating) -> int:
    """The person's offer of the lowest level, other than `but`; -1 for none."""
    best = -1
    for e in range(s.start[person], s.start[person + 1]):
        o = s.offer[e]
        if o != but and (best < 0 or s.level[o] < s.level[best]):
            best = o
    return best


@compiled
def raise_level(o: int, new: int, s: Seating) -> None:
    """Give an offer its new level. A level that empties cuts everything above off from free seats."""
    never = s.seats.size + 1
    old = s.level[o]
    s.at_level[old] -= 1
    s.level[o] = new
    s.next_up[o] = s.first[o]
    s.lowest[o] = never
    if new < never:
        s.at_level[new] += 1
    if s.at_level[old] > 0:
        return
    for other in range(s.level.size):
        if old < s.level[other] < never:
            s.at_level[s.level[other]] -= 1
            s.level[other] = never


@compiled
def follow(steps: int, s: Seating) -> None:
    """Make the moves of a path, the last first; only the last offer gains a person."""
    for step in range(steps - 1, -1, -1):
        person = s.mover[step]
        if s.held[person] >= 0:
            leave(person, s)
        join(person, s.target[step], s)
    s.used[s.target[steps - 1]] += 1


@compiled
def leave(person: int, s: Seating) -> None:
    """Take a person out of the chain of the offer held."""
    o = s.held[person]
    ahead, behind = s.before[person], s.after[person]
    if s.next_up[o] == person:
        s.next_up[o] = behind
    if ahead >= 0:
        s.after[ahead] = behind
    else:
        s.first[o] = behind
    if behind >= 0:
        s.before[behind] = ahead
    else:
        s.last[o] = ahead


@compiled
def join(person: int, o: int, s: Seating) -> None:
    """Put a person at the end of an offer's chain, where the search has not yet been."""
    s.held[person] = o
    s.after[person] = -1
    s.before[person] = s.last[o]
    if s.last[o] >= 0:
        s.after[s.last[o]] = person
    else:
        s.first[o] = person
    s.last[o] = person
    if s.next_up[o] < 0:
        s.next_up[o] = person
