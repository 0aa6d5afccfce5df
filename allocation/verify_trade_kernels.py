"""Loops that look for cycles of exchanges in an allocation. No mechanism is imported or copied."""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.compiled import compiled


@compiled
def offers_that_lead_on(
    wish_start: Int64, wish_offer: Int32, granted: Int64, edge: Bool, n_offers: int
) -> int:
    """How many offers lead to a cycle of moves. A wish marked `edge` is a move from the place its person
    holds, which all their marked wishes stand before.

    An offer that no move leaves leads nowhere, nor does one whose moves all go to such offers. 0: no cycle.
    """
    out, into, comes_from = moves_between(wish_start, wish_offer, granted, edge, n_offers)
    queue = np.empty(n_offers, np.int64)
    end = 0
    for o in range(n_offers):
        if out[o] == 0:
            queue[end] = o
            end += 1
    at = 0
    while at < end:
        for k in range(into[queue[at]], into[queue[at] + 1]):
            s = comes_from[k]
            out[s] -= 1
            if out[s] == 0:
                queue[end] = s
                end += 1
        at += 1
    return n_offers - end


@compiled
def moves_between(
    wish_start: Int64, wish_offer: Int32, granted: Int64, edge: Bool, n_offers: int
) -> tuple[Int64, Int64, Int32]:
    """By offer: how many moves leave it; offsets (m + 1,) of those into it; and where these come from."""
    out = np.zeros(n_offers, np.int64)
    into = np.zeros(n_offers + 1, np.int64)
    for a in range(granted.size):
        for p in range(wish_start[a], granted[a]):
            if edge[p]:
                out[wish_offer[granted[a]]] += 1
                into[wish_offer[p] + 1] += 1
    into = np.cumsum(into)
    filled = into[:-1].copy()
    comes_from = np.empty(into[-1], np.int32)
    for a in range(granted.size):
        for p in range(wish_start[a], granted[a]):
            if edge[p]:
                comes_from[filled[wish_offer[p]]] = wish_offer[granted[a]]
                filled[wish_offer[p]] += 1
    return out, into, comes_from


@compiled
def ranks_can_improve(
    wish_start: Int64, wish_offer: Int32, granted: Int64, capacity: Int64, longest: int
) -> bool:
    """Whether moves exist that give more first choices, or as many and more second ones, and so on.

    Moves form a graph of offers and one node for having none and for free seats. What moves gain is a list
    of numbers, a place of rank r counting one in the r-th; lists compare from the front. Gains that keep
    growing after as many rounds as there are nodes go round a cycle (Bellman and Ford).
    """
    m = capacity.size
    used = np.zeros(m, np.int64)
    for a in range(granted.size):
        if granted[a] >= 0:
            used[wish_offer[granted[a]]] += 1
    gain = np.zeros((m + 1, longest), np.int32)
    new = np.zeros(longest, np.int32)
    for _ in range(m + 2):
        changed = False
        for a in range(granted.size):
            changed = move_one(a, wish_start, wish_offer, granted, capacity, gain, new) or changed
        for o in range(m):
            if used[o] < capacity[o]:
                new[:] = gain[o]
                changed = raised(gain, m, new) or changed
            if used[o] > 0:
                new[:] = gain[m]
                changed = raised(gain, o, new) or changed
        if not changed:
            return False
    return True


@compiled
def move_one(
    a: int, wish_start: Int64, wish_offer: Int32, granted: Int64, capacity: Int64, gain: Int32, new: Int32
) -> bool:
    """Pass the gain of where a person is on to wherever they could be. Whether any rose."""
    m = capacity.size
    changed = False
    for p in range(wish_start[a], wish_start[a + 1] + 1):
        goal = wish_offer[p] if p < wish_start[a + 1] else m
        if p == granted[a] or (goal == m and granted[a] < 0) or (goal < m and capacity[goal] == 0):
            continue
        new[:] = gain[wish_offer[granted[a]] if granted[a] >= 0 else m]
        if granted[a] >= 0:
            new[granted[a] - wish_start[a]] -= 1
        if goal < m:
            new[p - wish_start[a]] += 1
        changed = raised(gain, goal, new) or changed
    return changed


@compiled
def raised(gain: Int32, node: int, new: Int32) -> bool:
    """Take the new gain of a node if it is larger."""
    for r in range(new.size):
        if new[r] != gain[node, r]:
            if new[r] < gain[node, r]:
                return False
            gain[node, :] = new
            return True
    return False
