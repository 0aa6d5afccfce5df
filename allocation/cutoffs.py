"""Cut-offs: who was last admitted, by offer, pool and way in. Enough to replay the whole allocation.

A line is full when it turns people away: a further person gets in only ahead of its last admitted. A
line that is not full admits everybody. With regional caps or minimum seats a line is full where somebody
waits. Where bands of choices decide, the band comes before the figures. In a pool members come before
others, so the members' line is full only when members hold all its seats; the others' line is full when all
seats are taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.figure_texts import figures_at
from allocation.market import Market, Pools, TiePolicy
from allocation.outcome import Allocation
from allocation.places import desired_wishes, held_wishes
from allocation.quota_choice import QuotaLines, RuledOffer, in_order, is_ruled, quota_lines, ruled_offers
from allocation.standing import banded, keys_of


@dataclass(frozen=True, eq=False)
class Cutoffs:
    """One row a line (l,), offer by offer, pool by pool, members before others.

    `offer`, `pool` (position in the offer, -1 without pools), `others` (the line of those outside the
    category), `seats` (of the offer or pool), `admitted`, `full`, `last`: the index of the wish of the
    last admitted person, -1 for nobody. Equal last people: the one whose id is smallest as bytes.
    `start` (m + 1,) cuts the lines by offer. `quotas` are the lines of offers with ceilings or reserves,
    which replace those here.
    """

    start: Int64
    offer: Int32
    pool: Int32
    others: Bool
    seats: Int64
    admitted: Int64
    full: Bool
    last: Int64
    quotas: QuotaLines | None = None


def cutoffs(market: Market, allocation: Allocation, *, ruled: Iterable[RuledOffer] | None = None) -> Cutoffs:
    """The cut-offs of an allocation; of the round before it if it is a redistribution. O(n + w).

    `ruled` are the offers with quotas if they are known already; their wishes are sorted for it otherwise.
    """
    settled = allocation.main or allocation
    market = banded(market, settled.bands)
    held = held_wishes(market, settled.assigned)
    lines = blank_lines(market)
    people = np.flatnonzero(held >= 0)
    line = _line_of_people(market, settled, held[people], lines)
    admitted = np.bincount(line, minlength=lines.offer.size)
    last = _last_admitted(market, settled.ties, held[people], line, lines.offer.size)
    full = _full(market, settled, lines, admitted)
    quotas = None
    if market.has_quotas:
        if ruled is None:
            keys = keys_of(market, settled.ties, np.arange(market.wish_offer.size))
            ruled = ruled_offers(market, keys, held)
        quotas = quota_lines(market, ruled, held)
    return Cutoffs(
        lines.start, lines.offer, lines.pool, lines.others, lines.seats, admitted, full, last, quotas
    )


def cutoff_document(
    market: Market, allocation: Allocation, lines: Cutoffs
) -> dict[str, list[dict[str, object]]]:
    """The lines by offer id as market documents show them; equal last people are an inner list."""
    settled = allocation.main or allocation
    shown: dict[str, list[dict[str, object]]] = {offer: [] for offer in market.offers}
    equals = _equal_last(banded(market, settled.bands), settled, lines)
    ruled = is_ruled(market)
    for row in np.flatnonzero(~ruled[lines.offer]).tolist():
        line: dict[str, object] = {
            "category": _category(market, lines, row),
            "entry": "fallback" if lines.others[row] else "member",
            "full": bool(lines.full[row]),
            "last_admitted": equals[row],
        }
        if lines.last[row] >= 0:
            line |= _band(settled, int(lines.last[row])) | figures_at(market, int(lines.last[row]))
        shown[market.offers[lines.offer[row]]].append(line)
    if lines.quotas is not None:
        _show_quota_lines(market, lines.quotas, shown)
    return shown


def _band(settled: Allocation, wish: int) -> dict[str, object]:
    return {} if settled.bands is None else {"band": int(settled.bands[wish])}


def _show_quota_lines(market: Market, quotas: QuotaLines, shown: dict[str, list[dict[str, object]]]) -> None:
    """Lines of sets of categories, in the order of the sets' names."""
    for row in in_order(quotas):
        line: dict[str, object] = {
            "categories": list(quotas.categories[row]),
            "entry": "member",
            "full": bool(quotas.full[row]),
            "last_admitted": None,
        }
        wish = int(quotas.last[row])
        if wish >= 0:
            line["last_admitted"] = market.applicants[market.wish_person[wish]]
            line |= figures_at(market, wish)
        shown[market.offers[quotas.offer[row]]].append(line)


def blank_lines(market: Market) -> Cutoffs:
    """The lines a market has, before anybody is admitted."""
    m, pools = len(market.offers), market.pools
    if pools is None:
        return _lines(np.arange(m), np.full(m, -1), np.zeros(m, bool), market.capacity, m)
    k = len(pools.category)
    has_others = pools.open & np.array([category is not None for category in pools.category], bool)
    pool = np.repeat(np.arange(k), 1 + has_others)
    others = np.zeros(pool.size, bool)
    others[1:] = pool[1:] == pool[:-1]
    offer = np.repeat(np.arange(m), np.diff(pools.start))[pool]
    position = np.where(pools.declared[offer], pool - pools.start[offer], -1)
    return _lines(offer, position, others, pools.seats[pool], m)


def _lines(offer: Int64, pool: Int64, others: Bool, seats: Int64, m: int) -> Cutoffs:
    size = offer.size
    return Cutoffs(
        np.searchsorted(offer, np.arange(m + 1)).astype(np.int64),
        offer.astype(np.int32),
        pool.astype(np.int32),
        others,
        seats,
        np.zeros(size, np.int64),
        np.zeros(size, bool),
        np.full(size, -1, np.int64),
    )


def _line_of_people(market: Market, settled: Allocation, held: Int64, lines: Cutoffs) -> Int64:
    """The line by which each placed person came in."""
    offer = market.wish_offer[held]
    if market.pools is None:
        return offer.astype(np.int64)
    pool = np.maximum(settled.pool[market.wish_person[held]], 0)
    line_of_pool = np.flatnonzero(~lines.others)  # every pool has a members' line
    line = line_of_pool[market.pools.start[offer] + pool]
    outside = ~is_member(market.pools, held, pool)
    return line + outside


def is_member(pools: Pools, wish: Int64, pool: Int32) -> Bool:
    """Whether the person of each wish belongs to the category of that offer's pool."""
    bits = pools.member[wish].astype(np.uint64)
    member: Bool = (bits >> pool.astype(np.uint64)) & np.uint64(1) == 1
    return member


def _last_admitted(market: Market, ties: TiePolicy, held: Int64, line: Int64, n_lines: int) -> Int64:
    last = np.full(n_lines, -1, np.int64)
    ids = market.applicants
    at_last = _at_last(market, ties, held, line, n_lines)
    for row in sorted(at_last, key=lambda row: ids[market.wish_person[held[row]]].encode(), reverse=True):
        last[line[row]] = held[row]
    return last


def _at_last(market: Market, ties: TiePolicy, held: Int64, line: Int64, n_lines: int) -> Int64:
    """Which of the placed people stand last in their line."""
    keys = keys_of(market, ties, held)
    worst = np.full(n_lines, -1, np.int64)
    np.maximum.at(worst, line, keys)
    return np.flatnonzero(keys == worst[line])


def _full(market: Market, settled: Allocation, lines: Cutoffs, admitted: Int64) -> Bool:
    if market.pools is not None:
        members = np.flatnonzero(~lines.others)
        of_pool = np.cumsum(~lines.others) - 1
        taken = np.bincount(of_pool, admitted, members.size).astype(np.int64)
        # a member displaces any other, so the members' line binds only when they hold every seat
        full: Bool = np.where(lines.others, taken[of_pool], admitted) >= lines.seats
        return full
    full = admitted >= market.capacity
    if settled.ties == "exclude_all" or market.regions is not None or market.minimum is not None:
        wanted = market.wish_offer[desired_wishes(market, settled.assigned)]
        full = full | (np.bincount(wanted, minlength=full.size) > 0)
    return full


def _equal_last(market: Market, settled: Allocation, lines: Cutoffs) -> list[str | list[str] | None]:
    """Per line the last admitted person's id, or the sorted ids of those who equal them."""
    held = held_wishes(market, settled.assigned)
    people = np.flatnonzero(held >= 0)
    line = _line_of_people(market, settled, held[people], lines)
    names: list[list[str]] = [[] for _ in range(lines.offer.size)]
    for row in _at_last(market, settled.ties, held[people], line, lines.offer.size):
        names[line[row]].append(market.applicants[people[row]])
    return [sorted(group) if len(group) > 1 else (group[0] if group else None) for group in names]


def _category(market: Market, lines: Cutoffs, row: int) -> str | None:
    if market.pools is None or lines.pool[row] < 0:
        return None
    return market.pools.category[int(market.pools.start[lines.offer[row]]) + int(lines.pool[row])]
