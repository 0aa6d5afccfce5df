"""The waiting list of every offer: who would rather be there, in the offer's order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocation.arrays import Int32, Int64
from allocation.market import Market
from allocation.outcome import Allocation
from allocation.places import by_offer, desired_wishes
from allocation.standing import banded, keys_of


@dataclass(frozen=True, eq=False)
class Waiting:
    """One row a person and offer (r,), offer by offer, best placed first; equals share a place.

    `wish` is the market's wish, `place` counts 1, 1, 3. `start` (m + 1,) cuts the rows by offer.
    """

    start: Int64
    offer: Int32
    person: Int32
    wish: Int64
    place: Int64


def waiting_lists(market: Market, allocation: Allocation) -> Waiting:
    """Everybody at every offer they wished for and like better than the place they have. O(w log w)."""
    market = banded(market, (allocation.main or allocation).bands)
    wish = np.flatnonzero(desired_wishes(market, allocation.assigned))
    keys = keys_of(market, (allocation.main or allocation).ties, wish)
    start, rows = by_offer(market.wish_offer[wish], keys, len(market.offers))
    wish, keys = wish[rows], keys[rows]
    offer = market.wish_offer[wish]
    new = np.ones(wish.size, bool)
    new[1:] = (offer[1:] != offer[:-1]) | (keys[1:] != keys[:-1])
    first = np.maximum.accumulate(np.where(new, np.arange(wish.size), 0))
    return Waiting(start, offer, market.wish_person[wish], wish, first - start[offer] + 1)


def waiting_document(market: Market, waiting: Waiting) -> dict[str, list[str | list[str]]]:
    """The lists by offer id, offers without anybody left out; an inner list is a tie, sorted by id."""
    lists: dict[str, list[str | list[str]]] = {}
    for o in np.flatnonzero(np.diff(waiting.start)):
        rows = slice(waiting.start[o], waiting.start[o + 1])
        groups: dict[int, list[str]] = {}
        for person, place in zip(waiting.person[rows], waiting.place[rows], strict=True):
            groups.setdefault(int(place), []).append(market.applicants[person])
        lists[market.offers[o]] = [sorted(group) if len(group) > 1 else group[0] for group in groups.values()]
    return lists
