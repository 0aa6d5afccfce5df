"""Rules of offers that both forms of a market state alike: ceilings, reserves, minimum seats, regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocation.arrays import Int64
from allocation.columns import LimitRows, RegionRows
from allocation.reading import Reading, read_order

REGION = frozenset({"id", "cap", "order"})


@dataclass(frozen=True)
class OfferRules:
    """What an offer states, as written; `path` is where. Empty, 0 or None where it says nothing."""

    offer: str
    path: str
    ceilings: dict[str, int]
    reserves: dict[str, int]
    min_seats: int
    region: str | None
    target: int | None

    @property
    def categories(self) -> set[str]:
        """The categories it names."""
        return {*self.ceilings, *self.reserves}


@dataclass(frozen=True)
class Region:
    """One region as written; `order` is empty where it states none."""

    id: str
    cap: int
    order: tuple[str, ...]


def read_offer_rules(reading: Reading, table: dict[str, object], offer: str, path: str) -> OfferRules:
    """The rules of one offer, from its row."""
    region = table.get("region")
    return OfferRules(
        offer,
        path,
        _seats_by_category(reading, table.get("ceilings"), f"{path}.ceilings"),
        _seats_by_category(reading, table.get("horizontal_reserves"), f"{path}.horizontal_reserves"),
        _number(reading, table, "min_seats", path) or 0,
        None if region is None else reading.name(region, f"{path}.region"),
        _number(reading, table, "target", path),
    )


def read_regions(reading: Reading, value: object, rules: Sequence[OfferRules]) -> list[Region]:
    """`regions`, each with its cap; offers name regions that exist, orders the offers of their region."""
    regions: dict[str, Region] = {}
    for row, path in reading.rows(value, "$.regions"):
        table = reading.table(row, path)
        reading.keys(table, path, REGION, ())
        for key in sorted({"id", "cap"} - set(table)):
            reading.wrong("market.missing", f"{path}.{key}", key=key)
        name = reading.name(table["id"], f"{path}.id") if "id" in table else None
        cap = reading.whole(table.get("cap", 0), f"{path}.cap", 0)
        if name in regions:
            reading.wrong("market.listed_twice", f"{path}.id", id=name)
        elif name is not None:
            inside = [offer.offer for offer in rules if offer.region == name]
            order = read_order(reading, table.get("order"), f"{path}.order", inside)
            regions[name] = Region(name, cap or 0, order)
    for offer in rules:
        if offer.region is not None and offer.region not in regions:
            reading.wrong("market.unknown_id", f"{offer.path}.region", id=offer.region)
        elif offer.region is not None and offer.target is None:
            reading.wrong("market.missing", f"{offer.path}.target", key="target")
        elif offer.region is None and offer.target is not None:
            reading.wrong("market.missing", f"{offer.path}.region", key="region")
    return list(regions.values())


def limit_rows(stated: Sequence[dict[str, int]], names: Sequence[str]) -> LimitRows | None:
    """The ceilings (or the reserves) of all offers as columns; `names` are all categories."""
    code = {name: at for at, name in enumerate(names)}
    rows = [(row, code[name], seats) for row, limits in enumerate(stated) for name, seats in limits.items()]
    if not rows:
        return None
    offer, category, seats = zip(*rows, strict=True)
    return LimitRows(np.array(offer, np.int32), np.array(category, np.int32), np.array(seats, np.int64))


def minimum_seats(rules: Sequence[OfferRules]) -> Int64 | None:
    """(m,) the seats to be filled, None if no offer states any."""
    minimum = np.array([offer.min_seats for offer in rules], np.int64)
    return minimum if minimum.any() else None


def region_rows(rules: Sequence[OfferRules], regions: Sequence[Region]) -> RegionRows | None:
    """The regions as columns, None without any."""
    if not regions:
        return None
    number = {region.id: at for at, region in enumerate(regions)}
    turn = {name: at for region in regions for at, name in enumerate(region.order)}
    return RegionRows(
        tuple(number),
        np.array([region.cap for region in regions], np.int64),
        np.array([number.get(offer.region or "", -1) for offer in rules], np.int32),
        np.array([offer.target or 0 for offer in rules], np.int64),
        np.array([turn.get(offer.offer, -1) for offer in rules], np.int32),
    )


def _number(reading: Reading, table: dict[str, object], key: str, path: str) -> int | None:
    return None if table.get(key) is None else reading.whole(table[key], f"{path}.{key}", 0)


def _seats_by_category(reading: Reading, value: object, path: str) -> dict[str, int]:
    """Seats by category; a category without a number (an empty cell of a table) is not stated."""
    seats: dict[str, int] = {}
    for category, number in reading.table(value, path).items() if value is not None else ():
        if number is None:
            continue
        name, limit = reading.name(category, path), reading.whole(number, f"{path}.{category}", 0)
        if name in seats:
            reading.wrong("market.listed_twice", f"{path}.{category}", id=name)
        if name is not None and limit is not None:
            seats[name] = limit
    return seats
