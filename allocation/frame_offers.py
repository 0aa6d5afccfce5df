"""The tables `offers` and `pools` of a market folder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from allocation.arrays import Bool, Int64
from allocation.columns import NO_MAXIMUM, NO_MINIMUM, PoolRows, Rules
from allocation.frame_people import Locations, People, read_locations
from allocation.frame_reading import FrameReading, normalised, numbered, row_numbers
from allocation.memberships import Memberships
from allocation.offer_rules import OfferRules, read_offer_rules
from allocation.reading import Reading

RULES = ("ceilings", "horizontal_reserves", "min_seats", "region", "target")
KNOWN = frozenset(
    {"id", "capacity", "priority", "requires", "household_size", "minimum_points", "location", *RULES}
)
POOLS = frozenset({"offer", "position", "category", "seats", "fallback"})
FALLBACKS = ("open", "none")


@dataclass(frozen=True, eq=False)
class Offers:
    """The offers (m). `least` and `most` household sizes, `minimum` points in units, with the sentinels of
    `columns` where an offer sets none; `requires` has the columns offer and category."""

    table: FrameReading
    ids: tuple[str, ...]
    numbers: pl.DataFrame
    capacity: Int64
    listed: Bool
    least: Int64
    most: Int64
    minimum: Int64
    requires: pl.DataFrame
    locations: Locations | None

    def rules(self, people: People, memberships: Memberships) -> Rules | None:
        """Who may have a place where; None if no offer sets a rule."""
        sized = (self.least > NO_MINIMUM).any()
        if not (sized or self.requires.height or (self.minimum > NO_MINIMUM).any()):
            return None
        code = {name: at for at, name in enumerate(memberships.names)}
        return Rules(
            self.minimum,
            self.least,
            self.most,
            people.household if sized else np.empty(0, np.int64),
            self.requires["offer"].to_numpy().astype(np.int32),
            np.array([code[name] for name in self.requires["category"]], np.int32),
        )


def read_offers(table: FrameReading, scale: int) -> Offers:
    """The offers; `scale` is that of all points of the market."""
    empty = np.empty(0, np.int64)
    requires = pl.DataFrame(schema={"offer": pl.Int32, "category": pl.String})
    if not table.columns({"id", "capacity"}, KNOWN):
        nobody = numbered(pl.Series("id", [], dtype=pl.String))
        none = np.empty(0, bool)
        return Offers(table, (), nobody, empty, none, empty, empty, empty, requires, None)
    ids = table.texts("id")
    duplicate = ids.is_duplicated() & ~ids.is_first_distinct() & (ids != "")
    table.wrong_rows("market.duplicate_offer", "id", duplicate.to_numpy(), cell="id")
    capacity = table.integers("capacity")
    for row in np.flatnonzero(capacity < 0):
        table.wrong(
            "market.negative_capacity", "capacity", int(row), offer=ids[int(row)], capacity=capacity[row]
        )
    least, most = _windows(table)
    minimum = np.full(ids.len(), NO_MINIMUM)
    if table.has("minimum_points"):
        units, known = table.amounts("minimum_points", scale)
        minimum = np.where(known, units, NO_MINIMUM)
    if table.has("requires"):
        column = table.lists("requires").cast(pl.List(pl.String))
        rows = pl.DataFrame({"category": column}).with_row_index("offer").explode("category").drop_nulls()
        requires = rows.with_columns(normalised(rows["category"]))
    listed = table.frame["priority"].is_not_null().to_numpy() if table.has("priority") else None
    return Offers(
        table,
        tuple(ids.to_list()),
        numbered(ids),
        np.maximum(capacity, 0),
        np.zeros(ids.len(), bool) if listed is None else listed,
        least,
        most,
        minimum,
        requires,
        read_locations(table),
    )


def offer_rules(reading: Reading, offers: Offers) -> list[OfferRules]:
    """Ceilings, reserves (columns of structs), minimum seats, regions and targets, row by row."""
    stated = [name for name in RULES if offers.table.has(name)]
    rows = offers.table.frame.select(stated).to_dicts() if stated else [{} for _ in offers.ids]
    return [
        read_offer_rules(reading, row, name, f"offers[{at}]")
        for at, (name, row) in enumerate(zip(offers.ids, rows, strict=True))
    ]


def _windows(table: FrameReading) -> tuple[Int64, Int64]:
    """The smallest and largest household of each offer."""
    least, most = (np.full(table.frame.height, bound) for bound in (NO_MINIMUM, NO_MAXIMUM))
    if not table.has("household_size"):
        return least, most
    column = table.lists("household_size").cast(pl.List(pl.Int64), strict=False)
    known = column.is_not_null().to_numpy()
    low, high = (column.list.get(at, null_on_oob=True).fill_null(0).to_numpy() for at in (0, 1))
    wrong = (column.list.len() != 2).fill_null(True).to_numpy() | (low < 1) | (low > high)
    table.wrong_rows("market.window", "household_size", known & wrong)
    return np.where(known, low, least), np.where(known, high, most)


def list_places(offers: Offers, people: People) -> pl.DataFrame:
    """Offer, person and place, row by row, of the offers that rank people by a list."""
    table = offers.table
    schema = {"offer": pl.Int64, "person": pl.Int64, "place": pl.Int64}
    if not table.has("priority"):
        return pl.DataFrame(schema=schema)
    column = table.lists("priority").cast(pl.List(pl.String))
    rows = pl.DataFrame({"id": column}).with_row_index("offer").explode("id").drop_nulls()
    rows = rows.with_columns(normalised(rows["id"]), place=pl.int_range(pl.len()).over("offer"))
    rows = rows.with_columns(person=pl.Series(row_numbers(rows["id"], people.numbers)))
    for row in rows.filter(pl.col("person") < 0).iter_rows(named=True):
        table.wrong("market.unknown_applicant", "priority", row["offer"], applicant=row["id"])
    repeated = rows.filter((pl.col("person") >= 0) & pl.struct("offer", "person").is_duplicated())
    for row in repeated.unique(["offer", "person"], maintain_order=True).iter_rows(named=True):
        table.wrong("market.listed_twice", "priority", row["offer"], id=row["id"])
    return rows.filter(pl.col("person") >= 0).select(pl.col(name).cast(kind) for name, kind in schema.items())


def read_pools(table: FrameReading | None, offers: Offers) -> tuple[pl.DataFrame, set[str]] | None:
    """The pools by offer and position, and the categories they name; None without any."""
    if table is None or not table.frame.height:
        return None
    if not table.columns({"offer", "position", "category", "seats"}, POOLS):
        return None
    rows = pl.DataFrame(
        {
            "offer": table.rows_of("offer", offers.numbers, "market.unknown_offer", "offer"),
            "position": table.integers("position"),
            "category": normalised(table.frame["category"].cast(pl.String)),
            "seats": table.integers("seats", 0),
            "open": _is_open(table),
        }
    ).filter(pl.col("offer") >= 0)
    twice = rows.filter(pl.struct("offer", "position").is_duplicated()).select("offer", "position")
    for offer, position in twice.unique().sort("offer", "position").iter_rows():
        table.wrong("market.pool_twice", "position", offer=offers.ids[offer], position=position)
    sums = rows.group_by("offer").agg(pl.col("seats").sum()).sort("offer")
    for offer, seats in sums.iter_rows():
        if seats != offers.capacity[offer]:
            table.wrong(
                "market.pools_do_not_add_up",
                "seats",
                offer=offers.ids[offer],
                seats=seats,
                capacity=offers.capacity[offer],
            )
    return rows.sort("offer", "position"), set(rows["category"].drop_nulls())


def _is_open(table: FrameReading) -> Bool:
    if not table.has("fallback"):
        return np.ones(table.frame.height, bool)
    column = table.frame["fallback"].cast(pl.String).fill_null("open")
    known = ", ".join(FALLBACKS)
    table.wrong_rows("market.unknown_word", "fallback", ~column.is_in(FALLBACKS).to_numpy(), known=known)
    return (column != "none").to_numpy()


def pool_rows(pools: pl.DataFrame, memberships: Memberships) -> PoolRows:
    """The pools as columns."""
    code: dict[str | None, int] = {name: at for at, name in enumerate(memberships.names)} | {None: -1}
    return PoolRows(
        pools["offer"].to_numpy().astype(np.int32),
        np.array([code[name] for name in pools["category"]], np.int32),
        pools["seats"].to_numpy(),
        pools["open"].to_numpy(),
    )
