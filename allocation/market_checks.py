"""What a market of arrays must satisfy before any mechanism sees it. Every problem is listed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocation.arrays import Int64, read_only
from allocation.market import Figures, Market, Pools, Quotas, Terms
from values.problems import BadInput, Problem, bad_input

HIGHEST_STANDING = 2**31 - 2
MOST_POOLS = 64
MOST_CEILINGS = 64
MOST_RESERVES = 12
"""Reserves are checked against every set of their categories."""

Sized = tuple[str, NDArray[np.generic] | None, int]
"""An array's name, the array, and the length it must have."""


def checked_starts(starts: ArrayLike, lists: int) -> Int64:
    """Where each person's list begins and the last one ends.

    Raises:
        BadInput: `market.array_shape`, or `market.list_bounds` unless they start at 0 and never fall.
    """
    bounds = read_only(starts, np.int64, "wish_start")
    if bounds.shape != (lists + 1,):
        raise bad_input("market.array_shape", name="wish_start", size=bounds.size, expected=lists + 1)
    if bounds[0] != 0 or (np.diff(bounds) < 0).any():
        raise bad_input("market.list_bounds")
    return bounds


def check_market(market: Market) -> None:
    """Check a market of arrays.

    Raises:
        BadInput: with every problem found.
    """
    problems = [*_ids(market), *_shapes(market), *_coordinates(market)]
    if problems:  # the rest would index out of bounds
        raise BadInput(problems)
    problems = [*_offers(market), *_wishes(market), *_ties(market), *_pools(market), *_terms(market)]
    problems += [*_quotas(market), *_regions(market)]
    if problems:
        raise BadInput(problems)


def _ids(market: Market) -> Iterator[Problem]:
    lists = (("market.duplicate_applicant", market.applicants), ("market.duplicate_offer", market.offers))
    for code, ids in lists:
        seen: set[str] = set()
        for name in ids if len(set(ids)) < len(ids) else ():
            if name in seen:
                yield Problem.of(code, id=name)
            seen.add(name)


def _shapes(market: Market) -> Iterator[Problem]:
    n, m, w = len(market.applicants), len(market.offers), int(market.wish_start[-1])
    arrays: list[Sized] = [
        ("capacity", market.capacity, m),
        ("wish_offer", market.wish_offer, w),
        ("standing", market.standing, w),
        ("ranking", market.ranking, n),
        ("tie_order", market.tie_order, n),
        ("wish_tie", market.wish_tie, w),
        *_pool_arrays(market.pools, m, w),
        *_figure_arrays(market.figures, n, m, w),
        *_term_arrays(market.terms, n),
        *_quota_arrays("ceilings", market.ceilings, m, w),
        *_quota_arrays("reserves", market.reserves, m, w),
        *_region_arrays(market, m),
        ("minimum", market.minimum, m),
        ("consents", market.consents, n),
    ]
    for name, array, size in arrays:
        if array is not None and array.shape != (size,):
            yield Problem.of("market.array_shape", name=name, size=array.size, expected=size)


def _pool_arrays(pools: Pools | None, m: int, w: int) -> list[Sized]:
    if pools is None:
        return []
    return [
        ("pools.start", pools.start, m + 1),
        ("pools.seats", pools.seats, len(pools.category)),
        ("pools.open", pools.open, len(pools.category)),
        ("pools.member", pools.member, w),
        ("pools.declared", pools.declared, m),
    ]


def _quota_arrays(name: str, quotas: Quotas | None, m: int, w: int) -> list[Sized]:
    if quotas is None:
        return []
    return [
        (f"{name}.start", quotas.start, m + 1),
        (f"{name}.seats", quotas.seats, len(quotas.category)),
        (f"{name}.member", quotas.member, w),
    ]


def _region_arrays(market: Market, m: int) -> list[Sized]:
    regions = market.regions
    if regions is None:
        return []
    return [
        ("regions.cap", regions.cap, len(regions.names)),
        ("regions.of_offer", regions.of_offer, m),
        ("regions.target", regions.target, m),
        ("regions.turn", regions.turn, m),
    ]


def _figure_arrays(figures: Figures, n: int, m: int, w: int) -> list[Sized]:
    return [
        ("figures.points", figures.points, n),
        ("figures.wish_points", figures.wish_points, w),
        ("figures.tier", figures.tier, w),
        ("figures.listed", figures.listed, m),
        *((f"figures.keys.{key.name}", key.values, n) for key in figures.keys),
    ]


def _term_arrays(terms: Terms | None, n: int) -> list[Sized]:
    if terms is None:
        return []
    return [
        ("terms.pair_start", terms.pair_start, n + 1),
        ("terms.pair_cost", terms.pair_cost, terms.pair_offer.size),
        ("terms.accepts", terms.accepts, n),
        ("terms.guaranteed", terms.guaranteed, n),
    ]


def _coordinates(market: Market) -> Iterator[Problem]:
    terms = market.terms
    for name, places, rows in (
        ("terms.homes", None if terms is None else terms.homes, len(market.applicants)),
        ("terms.sites", None if terms is None else terms.sites, len(market.offers)),
    ):
        if places is not None and places.shape != (rows, 2):
            yield Problem.of("market.array_shape", name=name, size=places.size, expected=2 * rows)


def _offers(market: Market) -> Iterator[Problem]:
    for o in np.flatnonzero(market.capacity < 0):
        yield Problem.of("market.negative_capacity", offer=market.offers[o], capacity=market.capacity[o])


def _wishes(market: Market) -> Iterator[Problem]:
    from allocation.kernels import repeats_an_offer

    m = len(market.offers)
    if market.wish_offer.size == 0:
        return
    if market.wish_offer.min() < 0 or market.wish_offer.max() >= m:
        yield Problem.of("market.array_range", name="wish_offer", lowest=0, highest=m - 1)
        return
    if market.standing.min() < 0 or market.standing.max() > HIGHEST_STANDING:
        yield Problem.of("market.array_range", name="standing", lowest=0, highest=HIGHEST_STANDING)
    wish = repeats_an_offer(market.wish_start, market.wish_offer, m)
    if wish >= 0:
        person, offer = market.wish_person[wish], market.wish_offer[wish]
        yield Problem.of(
            "market.repeated_wish", applicant=market.applicants[person], offer=market.offers[offer]
        )


def _ties(market: Market) -> Iterator[Problem]:
    order, n = market.tie_order, len(market.applicants)
    if order is not None and n:
        whole = order.min() == 0 and order.max() == n - 1
        if not whole or np.bincount(order, minlength=n).max() > 1:
            yield Problem.of("market.order_not_strict", name="tie_order")
    lots = market.wish_tie
    if lots is not None and lots.size:
        if lots.min() < 0:
            yield Problem.of("market.array_range", name="wish_tie", lowest=0, highest=2**31 - 1)
        place = np.lexsort((lots, market.standing, market.wish_offer))
        columns = (column[place] for column in (lots, market.standing, market.wish_offer))
        if np.all([column[1:] == column[:-1] for column in columns], axis=0).any():
            yield Problem.of("market.order_not_strict", name="wish_tie")


def _pools(market: Market) -> Iterator[Problem]:
    pools = market.pools
    if pools is None:
        return
    sizes = np.diff(pools.start)
    if pools.start[0] != 0 or pools.start[-1] != len(pools.category) or (sizes < 0).any():
        yield Problem.of("market.list_bounds")
        return
    for o in np.flatnonzero(sizes > min(MOST_POOLS, pools.member.dtype.itemsize * 8)):
        yield Problem.of("market.too_many_pools", offer=market.offers[o], pools=sizes[o], most=MOST_POOLS)
    running = np.concatenate([[0], np.cumsum(pools.seats)])
    total = running[pools.start[1:]] - running[pools.start[:-1]]
    for o in np.flatnonzero(total != market.capacity):
        yield Problem.of(
            "market.pools_do_not_add_up", offer=market.offers[o], seats=total[o], capacity=market.capacity[o]
        )
    if (pools.seats < 0).any():
        yield Problem.of("market.array_range", name="pools.seats", lowest=0, highest=np.iinfo(np.int64).max)


def _terms(market: Market) -> Iterator[Problem]:
    terms, m = market.terms, len(market.offers)
    if terms is None:
        return
    bounds = terms.pair_start
    if bounds[0] != 0 or bounds[-1] != terms.pair_offer.size or (np.diff(bounds) < 0).any():
        yield Problem.of("market.list_bounds")
    if terms.pair_offer.size and (terms.pair_offer.min() < 0 or terms.pair_offer.max() >= m):
        yield Problem.of("market.array_range", name="terms.pair_offer", lowest=0, highest=m - 1)


def _quotas(market: Market) -> Iterator[Problem]:
    """At most one rule an offer, few enough categories, and nobody under two ceilings of one offer."""
    rules = np.zeros(len(market.offers), np.int64)
    if market.pools is not None:
        rules += market.pools.declared
    for quotas, most in ((market.ceilings, MOST_CEILINGS), (market.reserves, MOST_RESERVES)):
        if quotas is None:
            continue
        rules += quotas.ruled
        for o in np.flatnonzero(np.diff(quotas.start) > most):
            number = int(np.diff(quotas.start)[o])
            yield Problem.of("market.too_many_quotas", offer=market.offers[o], number=number, most=most)
        if (quotas.seats < 0).any():
            yield Problem.of("market.array_range", name="quotas", lowest=0, highest=np.iinfo(np.int64).max)
    for o in np.flatnonzero(rules > 1):
        yield Problem.of("market.two_choice_rules", offer=market.offers[o])
    if market.ceilings is not None:
        bits = market.ceilings.member
        for p in np.flatnonzero(bits & (bits - np.minimum(bits, np.uint64(1)))):
            person, offer = market.wish_person[p], market.wish_offer[p]
            yield Problem.of(
                "market.ceilings_overlap", applicant=market.applicants[person], offer=market.offers[offer]
            )


def _regions(market: Market) -> Iterator[Problem]:
    """Targets fit into the seats and into the region; minimum seats into the capacity."""
    if market.minimum is not None:
        for o in np.flatnonzero((market.minimum < 0) | (market.minimum > market.capacity)):
            yield Problem.of(
                "market.minimum_over_capacity",
                offer=market.offers[o],
                minimum=market.minimum[o],
                capacity=market.capacity[o],
            )
    regions = market.regions
    if regions is None:
        return
    inside = np.flatnonzero(regions.of_offer >= 0)
    for o in inside[(regions.target[inside] < 0) | (regions.target[inside] > market.capacity[inside])]:
        yield Problem.of(
            "market.target_over_capacity",
            offer=market.offers[o],
            target=regions.target[o],
            capacity=market.capacity[o],
        )
    total = np.zeros(len(regions.names), np.int64)
    np.add.at(total, regions.of_offer[inside], regions.target[inside])
    for r in np.flatnonzero(total > regions.cap):
        yield Problem.of(
            "market.targets_over_cap", region=regions.names[r], targets=total[r], cap=regions.cap[r]
        )
