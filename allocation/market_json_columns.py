"""From the rows of a JSON document to the columns of a market: sources of priority, points, pools, costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from allocation.arrays import Bool, Int8, Int32, Int64
from allocation.columns import (
    COMMON,
    LIST,
    NO_MAXIMUM,
    NO_MINIMUM,
    NO_TIER,
    POINTS,
    Columns,
    Pairs,
    Points,
    PoolRows,
    Rules,
)
from allocation.market import Key
from allocation.market_json_rows import Location, Offer, Person
from allocation.memberships import Memberships
from allocation.offer_rules import Region, limit_rows, minimum_seats, region_rows
from allocation.reading import Reading, read_places
from values.points import to_units

COST = frozenset({"applicant", "offer", "cost"})


@dataclass(frozen=True, eq=False)
class Rows:
    """The document's people and offers, and their row numbers."""

    reading: Reading
    people: list[Person]
    offers: list[Offer]
    person_row: Mapping[str, int]
    offer_row: Mapping[str, int]

    @staticmethod
    def of(reading: Reading, people: list[Person], offers: list[Offer]) -> Rows:
        """Number the rows as listed."""
        return Rows(
            reading,
            people,
            offers,
            {person.id: row for row, person in enumerate(people)},
            {offer.id: row for row, offer in enumerate(offers)},
        )

    @property
    def rank_differently(self) -> bool:
        """Whether an offer has a list or points of its own."""
        return any(offer.priority is not None or offer.points is not None for offer in self.offers)

    def wishes(self, *, everybody: bool) -> Iterator[tuple[int, int, bool]]:
        """Person and offer of every wish for an offer that exists; with `everybody` also of other pairs."""
        for row, person in enumerate(self.people):
            listed = [self.offer_row[name] for name, _ in person.preferences if name in self.offer_row]
            yield from ((row, offer, True) for offer in listed)
            if everybody:
                others = set(range(len(self.offers))).difference(listed)
                yield from ((row, offer, False) for offer in sorted(others))


def columns_of(
    rows: Rows,
    *,
    common_priority: object,
    costs: object,
    scale: int | None,
    key_names: tuple[str, ...],
    ranks_people: bool,
    has_costs: bool,
    max_cost: int | None,
    regions: list[Region],
    pairs_of_everybody: bool = False,
) -> Columns:
    """The columns of a document's rows; problems go to its reading.

    `scale` is the declared scale of points (None: as many decimals as the document writes).
    `ranks_people`: the mechanism goes by one ranking of people, `has_costs`: and by costs, none above
    `max_cost`. `pairs_of_everybody`: it matters who stands where without a wish.
    """
    pairs = np.array([*rows.wishes(everybody=pairs_of_everybody)], np.int32).reshape(-1, 3)
    person, offer = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    common = None
    if common_priority is not None:
        common = read_places(rows.reading, common_priority, "$.common_priority", rows.person_row)
    listed = pairs[:, 2] == 1
    source = _sources(rows, common is not None)
    _check_sources(rows, common is not None, ranks_people)
    decimals = _decimals(rows) if scale is None else scale
    stated = [offer.rules for offer in rows.offers]
    memberships = _memberships(rows)
    return Columns(
        applicants=tuple(person.id for person in rows.people),
        offers=tuple(offer.id for offer in rows.offers),
        capacity=np.array([offer.capacity for offer in rows.offers], np.int64),
        wish_person=person,
        wish_offer=offer,
        source=source,
        places=_list_places(rows, person, offer),
        common=common,
        points=_points(rows, decimals),
        wish_points=_own_points(rows, person, offer, decimals),
        tier=_tiers(rows, person, offer, source, listed),
        keys=_keys(rows, key_names),
        memberships=memberships,
        rules=_rules(rows, memberships.names, decimals),
        pools=_pools(rows, memberships.names),
        pairs=_pairs(rows, costs, max_cost) if has_costs else None,
        ceilings=limit_rows([rules.ceilings for rules in stated], memberships.names),
        reserves=limit_rows([rules.reserves for rules in stated], memberships.names),
        regions=region_rows(stated, regions),
        minimum=minimum_seats(stated),
        consents=np.array([person.consents for person in rows.people], bool),
        listed=listed,
    )


def _sources(rows: Rows, has_common: bool) -> Int8:
    """(m,) where each offer's order comes from."""
    default = COMMON if has_common else POINTS
    return np.array([default if x.priority is None else LIST for x in rows.offers], np.int8)


def _check_sources(rows: Rows, has_common: bool, ranks_people: bool) -> None:
    """One source per offer: a list, the market's list, or points; nothing is given that would be ignored."""
    reading = rows.reading
    for offer in rows.offers:
        own = [("priority", offer.priority), ("points", offer.points)]
        given = [name for name, value in own if value is not None]
        given += ["common_priority"] if has_common else []
        if len(given) > 1:
            reading.wrong("market.two_sources", offer.path, offer=offer.id, sources=", ".join(given))
    lists_only = all(offer.priority is not None for offer in rows.offers) and bool(rows.offers)
    minimum = any(offer.minimum_points is not None for offer in rows.offers)
    needed = minimum or (ranks_people and not has_common)
    for person in rows.people if (has_common or lists_only) and not needed else ():
        if person.points is not None or person.tier:
            source = "common_priority" if has_common else "priority"
            field = "points" if person.points is not None else "tier"
            reading.wrong("market.would_be_ignored", f"{person.path}.{field}", field=field, source=source)


def _list_places(rows: Rows, person: Int32, offer: Int32) -> Int64 | None:
    """(w,) places on the lists of offers that have one; every list is read, wished for or not."""
    lists = {
        row: read_places(rows.reading, x.priority, f"{x.path}.priority", rows.person_row)
        for row, x in enumerate(rows.offers)
        if x.priority is not None
    }
    if not lists:
        return None
    places = np.full(offer.size, -1, np.int64)
    for row, on_list in lists.items():
        wishes = np.flatnonzero(offer == row)
        places[wishes] = on_list[person[wishes]]
    return places


def _decimals(rows: Rows) -> int:
    """The most decimals that any points of the document are written with."""
    texts = [person.points for person in rows.people] + [offer.minimum_points for offer in rows.offers]
    texts += [text for offer in rows.offers for text in (offer.points or {}).values()]
    return max((written_decimals(text) for text in texts if text is not None), default=0)


def written_decimals(text: str) -> int:
    """How many digits stand after the point.

    >>> written_decimals("87.50"), written_decimals("9")
    (2, 0)
    """
    return len(text.partition(".")[2])


def _points(rows: Rows, scale: int) -> Points | None:
    known = np.array([person.points is not None for person in rows.people], bool)
    if not known.any():
        return None
    units = [to_units(person.points or "0", scale) for person in rows.people]
    return Points(np.array(units, np.int64), known, scale)


def _own_points(rows: Rows, person: Int32, offer: Int32, scale: int) -> Points | None:
    if all(x.points is None for x in rows.offers):
        return None
    texts = [
        (rows.offers[o].points or {}).get(rows.people[a].id)
        for a, o in zip(person.tolist(), offer.tolist(), strict=True)
    ]
    units = np.array([to_units(text or "0", scale) for text in texts], np.int64)
    return Points(units, np.array([text is not None for text in texts], bool), scale)


def _tiers(rows: Rows, person: Int32, offer: Int32, source: Int8, listed: Bool) -> Int32 | None:
    """(w,) the class at each offer that ranks by points; if anybody has one, everybody needs it."""
    if not any(x.tier for x in rows.people):
        return None
    tiers = np.zeros(person.size, np.int64)
    for wish, (a, o) in enumerate(zip(person.tolist(), offer.tolist(), strict=True)):
        tier = rows.people[a].tier.get(rows.offers[o].id)
        if tier is not None:
            tiers[wish] = tier
        elif source[o] == POINTS and not listed[wish]:
            tiers[wish] = NO_TIER
        elif source[o] == POINTS:
            path, name = rows.people[a].path, rows.offers[o].id
            rows.reading.wrong("market.missing_tier", f"{path}.tier", applicant=rows.people[a].id, offer=name)
    # only their order counts, and figures show them as written
    return tiers.astype(np.int32)


def _keys(rows: Rows, names: tuple[str, ...]) -> tuple[Key, ...]:
    """The tie keys as numbers at the scale each is written with."""
    return tuple(_key(rows, name, at) for at, name in enumerate(names))


def count_keys(rows: Rows) -> int:
    """How many tie keys everybody has; people who are ranked by points must all have as many."""
    most = max((len(person.tie_keys) for person in rows.people), default=0)
    ranked = {name for offer in rows.offers for name in offer.points or ()}
    for person in rows.people:
        found = len(person.tie_keys)
        if found != most and (found or person.points is not None or person.id in ranked):
            path = f"{person.path}.tie_keys"
            rows.reading.wrong("market.tie_keys", path, applicant=person.id, found=found, expected=most)
    return most


def _key(rows: Rows, name: str, at: int) -> Key:
    texts = [person.tie_keys[at] if at < len(person.tie_keys) else "0" for person in rows.people]
    scale = max((written_decimals(text) for text in texts), default=0)
    return Key(name, np.array([to_units(text, scale) for text in texts], np.int64), scale)


def _memberships(rows: Rows) -> Memberships:
    named = {name for person in rows.people for name in person.categories}
    named |= {name for offer in rows.offers for name in offer.requires}
    named |= {pool.category for offer in rows.offers for pool in offer.pools if pool.category is not None}
    named |= {name for offer in rows.offers for name in offer.rules.categories}
    names = tuple(sorted(named))
    code = {name: at for at, name in enumerate(names)}
    held = [(row, code[name]) for row, person in enumerate(rows.people) for name in set(person.categories)]
    pairs = np.array(held, np.int32).reshape(-1, 2)
    return Memberships(len(rows.people), names, pairs[:, 0], pairs[:, 1])


def _rules(rows: Rows, names: tuple[str, ...], scale: int) -> Rules | None:
    ruled = [x for x in rows.offers if x.household_size or x.requires or x.minimum_points is not None]
    if not ruled:
        return None
    code = {name: at for at, name in enumerate(names)}
    windows = [x.household_size or (NO_MINIMUM, NO_MAXIMUM) for x in rows.offers]
    minima = [
        NO_MINIMUM if x.minimum_points is None else to_units(x.minimum_points, scale) for x in rows.offers
    ]
    required = [(row, code[name]) for row, x in enumerate(rows.offers) for name in x.requires]
    pairs = np.array(required, np.int32).reshape(-1, 2)
    sizes = [person.household_size or 1 for person in rows.people]
    return Rules(
        np.array(minima, np.int64),
        np.array([least for least, _ in windows], np.int64),
        np.array([most for _, most in windows], np.int64),
        np.array(sizes if any(x.household_size for x in rows.offers) else [], np.int64),
        pairs[:, 0],
        pairs[:, 1],
    )


def _pools(rows: Rows, names: tuple[str, ...]) -> PoolRows | None:
    code: dict[str | None, int] = {name: at for at, name in enumerate(names)} | {None: -1}
    pools = [(row, pool) for row, offer in enumerate(rows.offers) for pool in offer.pools]
    if not pools:
        return None
    return PoolRows(
        np.array([row for row, _ in pools], np.int32),
        np.array([code[pool.category] for _, pool in pools], np.int32),
        np.array([pool.seats for _, pool in pools], np.int64),
        np.array([pool.open for _, pool in pools], bool),
    )


def _pairs(rows: Rows, costs: object, max_cost: int | None) -> Pairs | None:
    """Who could go where: the costs as listed, else the distance between locations."""
    accepts = np.array([person.accepts for person in rows.people], bool)
    guaranteed = np.array([person.guaranteed for person in rows.people], bool)
    if costs is not None:
        person, offer, cost = _listed_costs(rows, costs)
        return Pairs(person, offer, cost, accepts, guaranteed)
    if all(x.location is None for x in rows.people) or all(x.location is None for x in rows.offers):
        return None
    wanted = [*((x.id, x.path, x.location) for x in rows.people if x.accepts)]
    wanted += [(x.id, x.path, x.location) for x in rows.offers]
    for name, path, location in wanted:
        if location is None:
            rows.reading.wrong("market.missing_location", f"{path}.location", id=name)
    homes, sites = (_located([x.location for x in side]) for side in (rows.people, rows.offers))
    return Pairs.by_distance(homes, sites, accepts, guaranteed, max_cost)


def _listed_costs(rows: Rows, costs: object) -> tuple[Int32, Int32, Int64]:
    """`costs`: rows of applicant, offer and cost, or an object of objects."""
    found: dict[tuple[int, int], int] = {}
    for name, offer, cost, path in _cost_entries(rows.reading, costs):
        a, o = rows.person_row.get(name), rows.offer_row.get(offer)
        if a is None:
            rows.reading.wrong("market.unknown_applicant", path, applicant=name)
        if o is None:
            rows.reading.wrong("market.unknown_offer", path, offer=offer)
        number = rows.reading.whole(cost, f"{path}.cost" if isinstance(costs, list) else path)
        if a is None or o is None or number is None:
            continue
        if (a, o) in found:
            rows.reading.wrong("market.cost_twice", path, applicant=name, offer=offer)
        found[a, o] = number
    pairs = np.array([*found], np.int32).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], np.array([*found.values()], np.int64)


def _cost_entries(reading: Reading, costs: object) -> Iterator[tuple[str, str, object, str]]:
    if not isinstance(costs, dict):
        for row, path in reading.rows(costs, "$.costs"):
            table = reading.table(row, path)
            reading.keys(table, path, COST, ())
            name = reading.name(table.get("applicant"), f"{path}.applicant")
            offer = reading.name(table.get("offer"), f"{path}.offer")
            if name is not None and offer is not None:
                yield name, offer, table.get("cost"), path
        return
    for key, inner in costs.items():
        for inner_key, cost in reading.table(inner, f"$.costs.{key}").items():
            path = f"$.costs.{key}.{inner_key}"
            name, offer = reading.name(key, path), reading.name(inner_key, path)
            if name is not None and offer is not None:
                yield name, offer, cost, path


def _located(locations: list[Location | None]) -> Int64:
    return np.array([location or (0, 0) for location in locations], np.int64).reshape(-1, 2)
