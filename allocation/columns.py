"""A market as its tables state it, before anything is removed or ranked: the same for JSON and Parquet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocation.arrays import Bool, Int8, Int32, Int64
from allocation.market import Key
from allocation.memberships import Memberships

LIST, COMMON, POINTS = range(3)
"""Where an offer's order comes from: its own list, the market's list, or points."""

NO_MINIMUM = np.iinfo(np.int64).min
NO_MAXIMUM = np.iinfo(np.int64).max
NO_TIER = np.iinfo(np.int32).max
"""Somebody has no class at an offer they did not wish for, and does not stand there."""


@dataclass(frozen=True, eq=False)
class Rules:
    """Who may have a place where.

    By offer (m,): the least points in units, the household size from `least` to `most`. Row by row,
    `offer` requires `category`. `household` (n,) is each person's size.
    """

    minimum_points: Int64
    least: Int64
    most: Int64
    household: Int64
    offer: Int32
    category: Int32


@dataclass(frozen=True, eq=False)
class PoolRows:
    """Pools row by row, offers in order, an offer's pools in precedence order; category -1 is everybody."""

    offer: Int32
    category: Int32
    seats: Int64
    open: Bool


@dataclass(frozen=True, eq=False)
class LimitRows:
    """Ceilings or reserves row by row, offers in order: so many seats of the offer for the category."""

    offer: Int32
    category: Int32
    seats: Int64


@dataclass(frozen=True, eq=False)
class RegionRows:
    """Regions (r,) with their caps; by offer (m,): the region (-1 none), the target, the turn in its region.

    `turn` is -1 throughout a region that states no order.
    """

    names: tuple[str, ...]
    cap: Int64
    of_offer: Int32
    target: Int64
    turn: Int32


@dataclass(frozen=True, eq=False)
class Points:
    """Points of people (n,) or of wishes (w,) in units of 10^-scale, and who has any."""

    units: Int64
    known: Bool
    scale: int


@dataclass(frozen=True, eq=False)
class Pairs:
    """Who could be placed where by redistribution, row by row, at which cost; `accepts`, `guaranteed` (n,).

    With `homes` (n, 2) and `sites` (m, 2) in 10^-5 degrees there are no rows: the cost is the distance,
    of no use above `max_cost`. People who do not accept may have any home.
    """

    person: Int32
    offer: Int32
    cost: Int64
    accepts: Bool
    guaranteed: Bool
    homes: Int64 | None = None
    sites: Int64 | None = None
    max_cost: int | None = None

    @staticmethod
    def by_distance(
        homes: Int64, sites: Int64, accepts: Bool, guaranteed: Bool, max_cost: int | None
    ) -> Pairs:
        """Everybody everywhere, by distance."""
        none, long = np.empty(0, np.int32), np.empty(0, np.int64)
        return Pairs(none, none, long, accepts, guaranteed, homes, sites, max_cost)


@dataclass(frozen=True, eq=False)
class Columns:
    """The tables of a market; (n,) people, (m,) offers, (w,) wishes as listed, by person and rank.

    `source` (m,) is `LIST`, `COMMON` or `POINTS`. `places` (w,) is the person's place on the list of an offer
    that has one, `common` (n,) the place on the market's list, -1 for not on it; equals share a number.
    `wish_points` are the offers' own, `points` the people's. `minimum` (m,) seats must be filled, `consents`
    (n,) to a waiver. Where `listed` (w,) is false nobody wished for the pair: it only says who stands where.
    """

    applicants: tuple[str, ...]
    offers: tuple[str, ...]
    capacity: Int64
    wish_person: Int32
    wish_offer: Int32
    source: Int8
    places: Int64 | None
    common: Int64 | None
    points: Points | None
    wish_points: Points | None
    tier: Int32 | None
    keys: tuple[Key, ...]
    memberships: Memberships
    rules: Rules | None
    pools: PoolRows | None
    pairs: Pairs | None
    ceilings: LimitRows | None = None
    reserves: LimitRows | None = None
    regions: RegionRows | None = None
    minimum: Int64 | None = None
    consents: Bool | None = None
    listed: Bool | None = None
