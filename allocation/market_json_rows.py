"""The applicants and offers of a `market/1` JSON document, one by one, before they become columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from allocation.distance import LATITUDE_LIMIT, LONGITUDE_LIMIT, UNITS_PER_DEGREE
from allocation.offer_rules import OfferRules, read_offer_rules
from allocation.reading import Reading

APPLICANT = frozenset(
    {
        "id",
        "preferences",
        "points",
        "tie_keys",
        "categories",
        "household_size",
        "tier",
        "location",
        "accepts_redistribution",
        "guaranteed",
        "consents",
    }
)
APPLICANT_LATER = frozenset({"family"})
OFFER = frozenset(
    {
        "id",
        "capacity",
        "priority",
        "points",
        "pools",
        "household_size",
        "requires",
        "minimum_points",
        "location",
        "ceilings",
        "horizontal_reserves",
        "min_seats",
        "region",
        "target",
    }
)
POOL = frozenset({"category", "seats", "fallback"})

Location = tuple[int, int]
"""Longitude and latitude in 10^-5 degrees."""


@dataclass(frozen=True)
class Person:
    """One applicant as written; amounts are texts. None or empty where the document says nothing."""

    id: str
    path: str
    preferences: tuple[tuple[str, str], ...]
    points: str | None
    tie_keys: tuple[str, ...]
    categories: tuple[str, ...]
    household_size: int | None
    tier: dict[str, int]
    location: Location | None
    accepts: bool
    guaranteed: bool
    consents: bool


@dataclass(frozen=True)
class Pool:
    """One pool as written."""

    category: str | None
    seats: int
    open: bool


@dataclass(frozen=True)
class Offer:
    """One offer as written. `priority` and `points` are None where the offer has none of its own."""

    id: str
    path: str
    capacity: int
    priority: object
    points: dict[str, str] | None
    pools: tuple[Pool, ...]
    household_size: tuple[int, int] | None
    requires: tuple[str, ...]
    minimum_points: str | None
    location: Location | None
    rules: OfferRules


def read_people(reading: Reading, value: object, scale: int) -> list[Person]:
    """All applicants; those without a usable id are left out after their problem is noted."""
    people, seen = [], set[str]()
    for row, path in reading.rows(value, "$.applicants"):
        table = reading.table(row, path)
        reading.keys(table, path, APPLICANT, APPLICANT_LATER)
        name = _id(reading, table, path, seen, "market.duplicate_applicant")
        if name is not None:
            people.append(_person(reading, table, name, path, scale))
    return people


def read_offers(reading: Reading, value: object, scale: int) -> list[Offer]:
    """All offers; those without a usable id are left out after their problem is noted."""
    offers, seen = [], set[str]()
    for row, path in reading.rows(value, "$.offers"):
        table = reading.table(row, path)
        reading.keys(table, path, OFFER, ())
        name = _id(reading, table, path, seen, "market.duplicate_offer")
        if name is not None:
            offers.append(_offer(reading, table, name, path, scale))
    return offers


def _id(reading: Reading, table: dict[str, object], path: str, seen: set[str], twice: str) -> str | None:
    """The row's id; two that differ only in Unicode form are the same."""
    if "id" not in table:
        reading.wrong("market.missing", f"{path}.id", key="id")
        return None
    name = reading.name(table["id"], f"{path}.id")
    if name in seen:
        reading.wrong(twice, f"{path}.id", id=name)
        return None
    if name is not None:
        seen.add(name)
    return name


def _person(reading: Reading, table: dict[str, object], name: str, path: str, scale: int) -> Person:
    size, points = table.get("household_size"), table.get("points")
    keys = [
        reading.amount(key, place) for key, place in reading.rows(table.get("tie_keys"), f"{path}.tie_keys")
    ]
    return Person(
        id=name,
        path=path,
        preferences=_once(reading, table.get("preferences"), f"{path}.preferences"),
        points=None if points is None else reading.amount(points, f"{path}.points", scale),
        tie_keys=tuple(key if key is not None else "0" for key in keys),
        categories=tuple(x for x, _ in reading.names(table.get("categories"), f"{path}.categories")),
        household_size=None if size is None else reading.whole(size, f"{path}.household_size", 1) or 1,
        tier=_tiers(reading, table.get("tier"), f"{path}.tier"),
        location=read_location(reading, table.get("location"), f"{path}.location"),
        accepts=reading.flag(table.get("accepts_redistribution"), f"{path}.accepts_redistribution", True),
        guaranteed=reading.flag(table.get("guaranteed"), f"{path}.guaranteed", False),
        consents=reading.flag(table.get("consents"), f"{path}.consents", False),
    )


def _once(reading: Reading, value: object, path: str) -> tuple[tuple[str, str], ...]:
    """A list of names with their paths, each at most once."""
    found: dict[str, str] = {}
    for name, place in reading.names(value, path):
        if name in found:
            reading.wrong("market.listed_twice", place, id=name)
        found.setdefault(name, place)
    return tuple(found.items())


def _tiers(reading: Reading, value: object, path: str) -> dict[str, int]:
    if value is None:
        return {}
    tiers = {}
    for offer, tier in reading.table(value, path).items():
        name, number = reading.name(offer, f"{path}.{offer}"), reading.whole(tier, f"{path}.{offer}")
        if name is not None and number is not None:
            tiers[name] = number
    return tiers


def _offer(reading: Reading, table: dict[str, object], name: str, path: str, scale: int) -> Offer:
    if "capacity" not in table:
        reading.wrong("market.missing", f"{path}.capacity", key="capacity")
    capacity = reading.whole(table.get("capacity", 0), f"{path}.capacity")
    if capacity is not None and capacity < 0:
        reading.wrong("market.negative_capacity", f"{path}.capacity", offer=name, capacity=capacity)
    minimum = table.get("minimum_points")
    return Offer(
        id=name,
        path=path,
        capacity=max(capacity or 0, 0),
        priority=table.get("priority"),
        points=_own_points(reading, table.get("points"), f"{path}.points", scale),
        pools=_pools(reading, table, name, path, capacity),
        household_size=_window(reading, table.get("household_size"), f"{path}.household_size"),
        requires=tuple(x for x, _ in reading.names(table.get("requires"), f"{path}.requires")),
        minimum_points=None if minimum is None else reading.amount(minimum, f"{path}.minimum_points", scale),
        location=read_location(reading, table.get("location"), f"{path}.location"),
        rules=read_offer_rules(reading, table, name, path),
    )


def _own_points(reading: Reading, value: object, path: str, scale: int) -> dict[str, str] | None:
    if value is None:
        return None
    points = {}
    for person, amount in reading.table(value, path).items():
        name, text = (
            reading.name(person, f"{path}.{person}"),
            reading.amount(amount, f"{path}.{person}", scale),
        )
        if name is not None and text is not None:
            points[name] = text
    return points


def _pools(
    reading: Reading, table: dict[str, object], offer: str, path: str, capacity: int | None
) -> tuple[Pool, ...]:
    pools = []
    for row, place in reading.rows(table.get("pools"), f"{path}.pools"):
        pool = reading.table(row, place)
        reading.keys(pool, place, POOL, ())
        category = pool.get("category")
        if "seats" not in pool:
            reading.wrong("market.missing", f"{place}.seats", key="seats")
        seats = reading.whole(pool.get("seats", 0), f"{place}.seats", 0)
        fallback = reading.choice(pool.get("fallback", "open"), f"{place}.fallback", ("open", "none"))
        name = None if category is None else reading.name(category, f"{place}.category")
        pools.append(Pool(name, seats or 0, fallback != "none"))
    total = sum(pool.seats for pool in pools)
    if pools and capacity is not None and capacity >= 0 and total != capacity:
        reading.wrong(
            "market.pools_do_not_add_up", f"{path}.pools", offer=offer, seats=total, capacity=capacity
        )
    return tuple(pools)


def _window(reading: Reading, value: object, path: str) -> tuple[int, int] | None:
    """The smallest and largest household an offer takes."""
    if value is None:
        return None
    bounds = [reading.whole(item, place, 1) for item, place in reading.rows(value, path)]
    if len(bounds) != 2:
        reading.wrong("market.window", path)
        return None
    least, most = bounds
    if least is None or most is None:
        return None
    if least > most:
        reading.wrong("market.window", path)
    return least, most


def read_location(reading: Reading, value: object, path: str) -> Location | None:
    """Longitude and latitude in degrees: the only numbers with a fraction, as nobody is ranked by them."""
    if value is None:
        return None
    items = reading.rows(value, path)
    units = [_degrees(reading, item, place) for item, place in items]
    if len(units) != 2 or units[0] is None or units[1] is None:
        if len(items) != 2:
            reading.wrong("market.location", path)
        return None
    if abs(units[0]) > LONGITUDE_LIMIT or abs(units[1]) > LATITUDE_LIMIT:
        reading.wrong("market.location", path)
    return units[0], units[1]


def _degrees(reading: Reading, value: object, path: str) -> int | None:
    """10^-5 degrees, rounded half even to what is about a metre."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        reading.wrong("market.location", path)
        return None
    try:
        degrees = Decimal(str(value)) * UNITS_PER_DEGREE
        return int(degrees.to_integral_value(ROUND_HALF_EVEN))
    except (InvalidOperation, ValueError, OverflowError):
        reading.wrong("market.location", path)
        return None


def check_known(reading: Reading, people: list[Person], offers: list[Offer]) -> None:
    """Preferences, tiers and own points name offers and people that exist."""
    offer_ids, person_ids = {offer.id for offer in offers}, {person.id for person in people}
    for person in people:
        for name, place in person.preferences:
            if name not in offer_ids:
                reading.wrong("market.unknown_offer", place, offer=name)
        for name in person.tier:
            if name not in offer_ids:
                reading.wrong("market.unknown_offer", f"{person.path}.tier.{name}", offer=name)
    for offer in offers:
        for name in offer.points or ():
            if name not in person_ids:
                reading.wrong("market.unknown_applicant", f"{offer.path}.points.{name}", applicant=name)


def check_sizes(reading: Reading, people: list[Person], offers: list[Offer], *, anywhere: bool) -> None:
    """Whoever could come to an offer with a household window has a size; `anywhere`: not only if listed."""
    sized = {offer.id for offer in offers if offer.household_size is not None}
    for person in people if sized else ():
        could_come = anywhere and person.accepts
        if person.household_size is None and (could_come or sized & {name for name, _ in person.preferences}):
            reading.wrong("market.missing", f"{person.path}.household_size", key="household_size")
