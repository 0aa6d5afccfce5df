"""The tables `preferences` and `costs` of a market folder: millions of rows of a person and an offer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from allocation.arrays import Bool, Int8, Int32, Int64
from allocation.columns import LIST, NO_MINIMUM, NO_TIER, POINTS, Pairs, Points
from allocation.frame_offers import Offers
from allocation.frame_people import People
from allocation.frame_reading import FrameReading
from allocation.reading import Reading

PREFERENCES = frozenset({"applicant", "rank", "offer", "tier", "points"})
MOST_PAIRS = 20_000_000
"""So many pairs of everybody with every offer are compared where trade goes by points of the offers' own."""

COSTS = frozenset({"applicant", "offer", "cost"})


@dataclass(frozen=True, eq=False)
class Wishes:
    """The wishes (w,) by person and rank; `row` is each one's row in the table, -1 for a pair nobody wished
    for."""

    table: FrameReading
    row: Int64
    person: Int32
    offer: Int32
    points: Points | None

    def tiers(self, source: Int8, people: People, offers: Offers) -> Int32 | None:
        """(w,) the class at each offer that ranks by points, None without any."""
        if not self.table.has("tier") or self.table.frame["tier"].is_null().all():
            return None
        column = self.table.frame["tier"]
        wished = self.row >= 0
        missing = column.is_null().to_numpy()[self.row] & (source[self.offer] == POINTS) & wished
        for wish in np.flatnonzero(missing):
            names = {
                "applicant": people.ids[self.person[wish]],
                "offer": offers.ids[self.offer[wish]],
            }
            self.table.wrong("market.missing_tier", "tier", int(self.row[wish]), **names)
        tiers = column.cast(pl.Int64, strict=False).fill_null(0).to_numpy()
        outside = (tiers < -(2**31)) | (tiers >= 2**31)
        self.table.wrong_rows("market.too_large", "tier", outside)
        return np.where(wished, np.where(outside, 0, tiers)[self.row], NO_TIER).astype(np.int32)


def read_wishes(table: FrameReading, people: People, offers: Offers, scale: int) -> Wishes:
    """The wishes; those for unknown people or offers are left out after their problem is noted."""
    if not table.columns({"applicant", "rank", "offer"}, PREFERENCES):
        none = np.empty(0, np.int32)
        return Wishes(table, np.empty(0, np.int64), none, none, None)
    person = table.rows_of("applicant", people.numbers, "market.unknown_applicant", "applicant")
    offer = table.rows_of("offer", offers.numbers, "market.unknown_offer", "offer")
    rank = table.integers("rank", 1)
    row = np.flatnonzero((person >= 0) & (offer >= 0))
    row = row[_in_list_order(person[row], rank[row])]
    wishes = Wishes(
        table,
        row,
        person[row].astype(np.int32),
        offer[row].astype(np.int32),
        _own_points(table, row, scale),
    )
    _check_lists(wishes, rank[row], people, offers)
    return wishes


def _in_list_order(person: Int64, rank: Int64) -> Int64 | slice:
    """Row numbers by person and rank; all as they are if they lie so already."""
    step, better = np.diff(person), np.diff(rank)
    if ((step > 0) | ((step == 0) & (better > 0))).all():
        return slice(None)
    return np.lexsort((rank, person))


def _own_points(table: FrameReading, row: Int64, scale: int) -> Points | None:
    """The points of the pair, where an offer counts its own."""
    if not table.has("points") or table.frame["points"].is_null().all():
        return None
    units, known = table.amounts("points", scale)
    return Points(units[row], known[row], scale)


def with_bystanders(
    reading: Reading, wishes: Wishes, source: Int8, lists: pl.DataFrame, people: People
) -> Wishes:
    """The wishes, and after each person's own the other offers where they stand; none if all rank alike.

    Where classes decide, nobody has one at an offer they did not wish for.
    """
    by_tier = wishes.table.has("tier") and wishes.table.frame["tier"].is_not_null().any()
    if (source != LIST).all() and wishes.points is None:
        return wishes
    by_points = np.flatnonzero(source == POINTS) if not by_tier else np.empty(0, np.int64)
    n, m = len(people.ids), source.size
    if by_points.size * n > MOST_PAIRS:
        reading.wrong("market.too_many_pairs", "$.mechanism", pairs=by_points.size * n, most=MOST_PAIRS)
        return wishes
    everybody = (np.arange(n)[:, None] * m + by_points).ravel()
    listed = lists["person"].to_numpy() * m + lists["offer"].to_numpy()
    stated = wishes.person.astype(np.int64) * m + wishes.offer
    others = np.setdiff1d(np.concatenate([everybody, listed]), stated)
    pairs = np.concatenate([stated, others])
    order = np.argsort(pairs // m, kind="stable")
    at = np.concatenate([np.arange(stated.size), np.full(others.size, -1)])[order]
    return Wishes(
        wishes.table,
        np.append(wishes.row, -1)[at],  # -1 is the last
        (pairs[order] // m).astype(np.int32),
        (pairs[order] % m).astype(np.int32),
        _points_at(wishes.points, at),
    )


def _points_at(points: Points | None, at: Int64) -> Points | None:
    """The offers' own points of some wishes, none for -1."""
    if points is None:
        return None
    return Points(np.where(at >= 0, points.units[at], 0), (at >= 0) & points.known[at], points.scale)


def _check_lists(wishes: Wishes, rank: Int64, people: People, offers: Offers) -> None:
    """Nobody gives one rank twice or lists an offer twice."""
    from allocation.place_kernels import repeated_wishes

    person = wishes.person
    start = np.searchsorted(person, np.arange(len(people.ids) + 1)).astype(np.int64)
    same_rank = np.zeros(person.size, bool)
    same_rank[1:] = (person[1:] == person[:-1]) & (rank[1:] == rank[:-1])
    for wish in np.flatnonzero(same_rank):
        name = people.ids[person[wish]]
        wishes.table.wrong(
            "market.rank_twice", "rank", int(wishes.row[wish]), applicant=name, rank=rank[wish]
        )
    for wish in np.flatnonzero(repeated_wishes(start, wishes.offer, len(offers.ids))):
        wishes.table.wrong(
            "market.listed_twice", "offer", int(wishes.row[wish]), id=offers.ids[wishes.offer[wish]]
        )


def check_sizes(wishes: Wishes, people: People, offers: Offers, *, anywhere: bool) -> None:
    """Whoever could come to an offer with a household window has a size; `anywhere`: not only if listed."""
    sized = offers.least > NO_MINIMUM
    unknown = people.household == 0 if people.household.size else np.ones(len(people.ids), bool)
    could_come = people.accepts & (anywhere and bool(sized.any()))
    could_come[wishes.person[sized[wishes.offer]]] = True
    for row in np.flatnonzero(could_come & unknown):
        people.table.wrong("market.missing", "household_size", int(row), key="household_size")


def read_costs(
    table: FrameReading | None, people: People, offers: Offers, max_cost: int | None
) -> Pairs | None:
    """Who could be placed where: the table's rows, else the distances; None without either."""
    if table is not None:
        return _listed_costs(table, people, offers)
    if people.locations is None or offers.locations is None:
        return None
    homes, sites = people.locations, offers.locations
    for side, missing in ((people, people.accepts & ~homes.known), (offers, ~sites.known)):
        for row in np.flatnonzero(missing):
            side.table.wrong("market.missing_location", "location", int(row), id=side.ids[row])
    return Pairs.by_distance(homes.units, sites.units, people.accepts, people.guaranteed, max_cost)


def _listed_costs(table: FrameReading, people: People, offers: Offers) -> Pairs | None:
    if not table.columns(COSTS, COSTS):
        return None
    person = table.rows_of("applicant", people.numbers, "market.unknown_applicant", "applicant")
    offer = table.rows_of("offer", offers.numbers, "market.unknown_offer", "offer")
    cost = table.integers("cost")
    good = (person >= 0) & (offer >= 0)
    pair = np.where(good, person * len(offers.ids) + offer, -1 - np.arange(person.size))
    for row in np.flatnonzero(~_is_first(pair)):
        name, place = people.ids[person[row]], offers.ids[offer[row]]
        table.wrong("market.cost_twice", "offer", int(row), applicant=name, offer=place)
    rows, columns = person[good].astype(np.int32), offer[good].astype(np.int32)
    return Pairs(rows, columns, cost[good], people.accepts, people.guaranteed)


def _is_first(values: Int64) -> Bool:
    first = np.zeros(values.size, bool)
    first[np.unique(values, return_index=True)[1]] = True
    return first
