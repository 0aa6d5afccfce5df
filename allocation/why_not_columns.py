"""The commonest reasons for many wishes at once: behind the last admitted by band, tier, points or places.

The same entries as `why_not` makes one by one, which remains for everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.cutoffs import Cutoffs
from allocation.figure_texts import fixed_text
from allocation.market import Market
from allocation.outcome import Allocation, has_lines

Entry = dict[str, object]


def reasons_by_line(
    market: Market, allocation: Allocation, lines: Cutoffs, wish: Int64
) -> list[Entry | None]:
    """(k,) for each of these wishes for better-liked offers the reason, without offer and waiting list; None
    where more than the offer's one line decides. O(k)."""
    found: list[Entry | None] = [None] * wish.size
    settled = allocation.main or allocation
    alone = allocation.request is None or allocation.main is not None
    if not (alone and has_lines(allocation)) or market.pools is not None or market.has_quotas:
        return found
    offer = market.wish_offer[wish]
    shared = market.regions is not None or market.minimum is not None or settled.ties == "exclude_all"
    plain = (market.capacity[offer] > 0) & (lines.last[offer] >= 0)
    if shared:
        plain &= lines.admitted[offer] >= lines.seats[offer]
    own, last = wish[plain], lines.last[offer[plain]]
    at = np.flatnonzero(plain)
    open_ = np.ones(at.size, bool)
    for decided, entries in _steps(market, settled, own, last):
        now = open_ & decided
        for row, entry in zip(at[now].tolist(), entries(now), strict=True):
            found[row] = entry
        open_ &= ~decided
        if not open_.any():
            break
    return found


Step = tuple[Bool, Callable[[Bool], list[Entry]]]


def _steps(market: Market, settled: Allocation, own: Int64, last: Int64) -> list[Step]:
    """What may decide, first things first: which wishes, and the entries of those asked for."""
    figures, steps = market.figures, list[Step]()
    listed = np.zeros(own.size, bool)
    if figures.listed is not None:
        listed = figures.listed[market.wish_offer[own]]
    if settled.bands is not None:
        one, two = settled.bands[own], settled.bands[last]
        steps.append((one != two, _numbers("later_band", "band", "last_admitted_band", one, two)))
    if figures.tier is not None:
        one, two = figures.tier[own], figures.tier[last]
        steps.append(((one != two) & ~listed, _numbers("lower_tier", "tier", "last_admitted_tier", one, two)))
    by = _points_behind(market, own, last)
    if by is not None:
        steps.append(((by != 0) & ~listed, _points(by, figures.points_scale)))
    places = market.standing[own].astype(np.int64) - market.standing[last]
    undecided = listed if figures.keys else np.ones(own.size, bool)
    steps.append(((places > 0) & undecided, _places(places)))
    # what is left: tie keys, the draw, the order, one by one
    return steps


def _points_behind(market: Market, own: Int64, last: Int64) -> Int64 | None:
    figures = market.figures
    if figures.wish_points is not None:
        return figures.wish_points[last] - figures.wish_points[own]
    if figures.points is None:
        return None
    behind: Int64 = figures.points[market.wish_person[last]] - figures.points[market.wish_person[own]]
    return behind


def _numbers(reason: str, name: str, other: str, one: Int32, two: Int32) -> Callable[[Bool], list[Entry]]:
    return lambda rows: [
        {"reason": reason, name: a, other: b}
        for a, b in zip(one[rows].tolist(), two[rows].tolist(), strict=True)
    ]


def _points(by: Int64, scale: int) -> Callable[[Bool], list[Entry]]:
    text = cache(lambda units: fixed_text(units, scale))
    return lambda rows: [{"reason": "below_cutoff", "by": text(units)} for units in by[rows].tolist()]


def _places(places: Int64) -> Callable[[Bool], list[Entry]]:
    return lambda rows: [{"reason": "below_cutoff", "places": count} for count in places[rows].tolist()]
