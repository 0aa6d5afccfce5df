"""Loops over everybody's list that several rooms of this package need; no law is decided here."""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.compiled import compiled


@compiled
def find_places(wish_start: Int64, wish_offer: Int32, assigned: Int32) -> Int64:
    """(n,) index of the wish for the offer assigned; -1 without a place or for an unlisted one."""
    held = np.full(assigned.size, -1, np.int64)
    for a in range(assigned.size):
        for p in range(wish_start[a], wish_start[a + 1]):
            if wish_offer[p] == assigned[a]:
                held[a] = p
                break
    return held


@compiled
def mark_desired(wish_start: Int64, held: Int64) -> Bool:
    """(w,) whether the wish is liked better than the place held (all, without a listed one)."""
    desired = np.zeros(wish_start[-1], np.bool_)
    for a in range(held.size):
        last = held[a] if held[a] >= 0 else wish_start[a + 1]
        desired[wish_start[a] : last] = True
    return desired


@compiled
def sort_at_offers(wish_offer: Int32, keys: Int64, start: Int64) -> Int64:
    """Row numbers of the wishes, offer after offer as `start` cuts them, the best key first in each."""
    filled = start[:-1].copy()
    rows = np.empty(wish_offer.size, np.int64)
    for p in range(wish_offer.size):
        rows[filled[wish_offer[p]]] = p
        filled[wish_offer[p]] += 1
    for o in range(start.size - 1):
        of_offer = rows[start[o] : start[o + 1]]
        of_offer[:] = of_offer[np.argsort(keys[of_offer])]
    return rows


@compiled
def connect(person: Int64, offer: Int32, n_offers: int) -> Int64:
    """(m,) a number per offer, equal for offers that people's pairs connect. Pairs lie person by person."""
    part = np.arange(n_offers)
    for e in range(1, person.size):
        if person[e] == person[e - 1]:
            one, other = root(part, offer[e]), root(part, offer[e - 1])
            part[max(one, other)] = min(one, other)
    for o in range(n_offers):
        part[o] = root(part, o)
    return part


@compiled
def root(part: Int64, o: int) -> int:
    """The first offer of the part that `o` is in; shortens the way there."""
    while part[o] != o:
        part[o] = part[part[o]]
        o = part[o]
    return o


@compiled
def repeated_wishes(start: Int64, offer: Int32, n_offers: int) -> Bool:
    """(w,) whether the same list has named the offer before."""
    seen_by = np.full(n_offers, -1, np.int64)
    repeated = np.zeros(offer.size, np.bool_)
    for a in range(start.size - 1):
        for p in range(start[a], start[a + 1]):
            repeated[p] = seen_by[offer[p]] == a
            seen_by[offer[p]] = a
    return repeated
