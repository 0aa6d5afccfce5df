"""Offers with ceilings or reserves, one by one: who wants in or is in, in order, and what the offer would
choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from allocation.arrays import Bool, Int64, Unsigned
from allocation.market import Market
from allocation.places import by_offer


@dataclass(frozen=True, eq=False)
class RuledOffer:
    """One offer with quotas. `wish` are the wishes for it, best placed first; `bits` their categories."""

    offer: int
    is_ceiling: bool
    categories: tuple[str, ...]
    seats: Int64
    room: int
    wish: Int64
    bits: Unsigned

    def choose(self, rows: Bool) -> tuple[Bool, int]:
        """Which of some of the rows the offer takes, and how many reserve positions they fill (0:
        ceilings)."""
        from allocation.choice_kernels import chosen_under_ceilings, chosen_with_reserves

        found, filled = np.zeros(rows.size, bool), 0
        if self.is_ceiling:
            found[rows] = chosen_under_ceilings(self.bits[rows], self.seats, self.room)
        else:
            found[rows], filled = chosen_with_reserves(self.bits[rows], self.seats, self.room)
        return found, filled

    def ahead_of(self, holders: Unsigned, own: int) -> int:
        """See `admitted_ahead_of`; the categories of those it has, in order, and of one more."""
        from allocation.choice_kernels import admitted_ahead_of

        return admitted_ahead_of(holders, own, self.seats, self.room, self.is_ceiling)


def ruled_offers(market: Market, keys: Int64, held: Int64) -> Iterator[RuledOffer]:
    """The offers with quotas, each with the wishes of those who are in or would rather be.

    `keys` (w,) is where everybody stands at each, `held` (n,) the wish that came true, -1 for none.
    """
    if not market.has_quotas:
        return
    last = np.where(held >= 0, held, market.wish_start[1:] - 1)
    counts = np.arange(keys.size) <= last[market.wish_person]
    wishes = np.flatnonzero(counts & is_ruled(market)[market.wish_offer])
    start, rows = by_offer(market.wish_offer[wishes], keys[wishes], len(market.offers))
    rows = wishes[rows]
    for quotas in (market.ceilings, market.reserves):
        if quotas is None:
            continue
        for o in np.flatnonzero(quotas.ruled):
            own = slice(int(quotas.start[o]), int(quotas.start[o + 1]))
            wish = rows[start[o] : start[o + 1]]
            yield RuledOffer(
                int(o),
                quotas is market.ceilings,
                quotas.category[own],
                np.ascontiguousarray(quotas.seats[own]),
                int(market.capacity[o]),
                wish,
                quotas.member[wish],
            )


def is_ruled(market: Market) -> Bool:
    """(m,) which offers have quotas."""
    ruled = np.zeros(len(market.offers), bool)
    for quotas in (market.ceilings, market.reserves):
        if quotas is not None:
            ruled |= quotas.ruled
    return ruled


@dataclass(frozen=True, eq=False)
class QuotaLines:
    """The cut-offs of offers with quotas: one line a set of categories that people who want in belong to.

    By line (l,): `offer`, `categories`, `admitted` (of that set), `full`, and `last`, the wish of the person
    whom the next one of that set would have to stand ahead of, -1 if nobody could. `of_wish` (w,) is the line
    of each wish of people who are in or would rather be, else -1.
    """

    offer: Int64
    categories: tuple[tuple[str, ...], ...]
    admitted: Int64
    full: Bool
    last: Int64
    of_wish: Int64


def quota_lines(market: Market, ruled: Iterable[RuledOffer], held: Int64) -> QuotaLines:
    """The lines of an allocation; `held` (n,) is the wish that came true, -1 for none.

    `ruled` are the offers with quotas, with the wishes of those who are in or would rather be.
    """
    is_held = np.zeros(market.wish_offer.size, bool)
    is_held[held[held >= 0]] = True
    of_wish = np.full(is_held.size, -1, np.int64)
    rows: list[tuple[int, tuple[str, ...], int, bool, int]] = []
    for offer in ruled:
        inside = is_held[offer.wish]
        holders, holder_bits = offer.wish[inside], offer.bits[inside]
        for bits in np.unique(offer.bits):
            same = offer.bits == bits
            of_wish[offer.wish[same]] = len(rows)
            ahead = offer.ahead_of(holder_bits, int(bits))
            full = ahead < holders.size + 1
            last = int(holders[ahead - 1]) if full and ahead else -1
            names = tuple(name for j, name in enumerate(offer.categories) if int(bits) >> j & 1)
            rows.append((offer.offer, names, int((same & inside).sum()), full, last))
    return QuotaLines(
        np.array([row[0] for row in rows], np.int64),
        tuple(row[1] for row in rows),
        np.array([row[2] for row in rows], np.int64),
        np.array([row[3] for row in rows], bool),
        np.array([row[4] for row in rows], np.int64),
        of_wish,
    )


def in_order(quotas: QuotaLines) -> list[int]:
    """The lines as they are shown: by the names of their categories."""
    return sorted(range(quotas.offer.size), key=quotas.categories.__getitem__)
