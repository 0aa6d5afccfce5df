"""The table `applicants` of a market folder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from allocation.arrays import Bool, Int64
from allocation.columns import Points
from allocation.distance import LATITUDE_LIMIT, LONGITUDE_LIMIT, UNITS_PER_DEGREE
from allocation.frame_reading import FrameReading, decimal_parts, normalised, numbered, written_decimals
from allocation.market import Key
from allocation.memberships import Memberships
from allocation.reading import LARGEST

KNOWN = frozenset(
    {
        "id",
        "points",
        "tie_keys",
        "categories",
        "household_size",
        "location",
        "accepts_redistribution",
        "guaranteed",
        "consents",
    }
)
LATER = frozenset({"family"})
LOCATION_DECIMALS = len(str(UNITS_PER_DEGREE)) - 1


@dataclass(frozen=True, eq=False)
class Locations:
    """Longitude and latitude (rows, 2) in 10^-5 degrees, of the rows in `known`."""

    units: Int64
    known: Bool


@dataclass(frozen=True, eq=False)
class People:
    """The applicants (n). `numbers` looks ids up; `household` is empty without the column, 0 unknown."""

    table: FrameReading
    ids: tuple[str, ...]
    numbers: pl.DataFrame
    points: Points | None
    keys: tuple[tuple[Int64, int], ...]
    categories: pl.DataFrame
    household: Int64
    locations: Locations | None
    accepts: Bool
    guaranteed: Bool
    consents: Bool

    def memberships(self, other_names: set[str]) -> Memberships:
        """Who belongs to which category; names nobody holds may be added."""
        names = tuple(sorted(set(self.categories["category"]) | other_names))
        codes = pl.Series(range(len(names)), dtype=pl.Int32)
        category = self.categories["category"].replace_strict(
            pl.Series(names, dtype=pl.String), codes, return_dtype=pl.Int32
        )
        person = self.categories["person"].to_numpy().astype(np.int32)
        return Memberships(len(self.ids), names, person, category.to_numpy())

    def named_keys(self, names: tuple[str, ...]) -> tuple[Key, ...]:
        """The tie keys under their names."""
        return tuple(Key(name, *key) for name, key in zip(names, self.keys, strict=True))


def read_people(table: FrameReading, scale: int) -> People:
    """The applicants; `scale` is that of all points of the market."""
    if not table.columns({"id"}, KNOWN, LATER):
        return _nobody(table)
    ids = table.texts("id")
    duplicate = ids.is_duplicated() & ~ids.is_first_distinct() & (ids != "")
    table.wrong_rows("market.duplicate_applicant", "id", duplicate.to_numpy(), cell="id")
    points = None
    if table.has("points"):
        points = Points(*table.amounts("points", scale), scale)
    return People(
        table=table,
        ids=tuple(ids.to_list()),
        numbers=numbered(ids),
        points=points,
        keys=_keys(table, None if points is None else points.known),
        categories=_categories(table),
        household=table.sizes("household_size"),
        locations=read_locations(table),
        accepts=table.flags("accepts_redistribution", True),
        guaranteed=table.flags("guaranteed", False),
        consents=table.flags("consents", False),
    )


def _nobody(table: FrameReading) -> People:
    nothing = pl.Series("id", [], dtype=pl.String)
    empty = pl.DataFrame(schema={"person": pl.Int32, "category": pl.String})
    none = np.empty(0, bool)
    return People(
        table, (), numbered(nothing), None, (), empty, np.empty(0, np.int64), None, none, none, none
    )


def _keys(table: FrameReading, ranked: Bool | None) -> tuple[tuple[Int64, int], ...]:
    """The tie keys one by one, each in units of its own scale; whoever has points needs all of them."""
    if not table.has("tie_keys"):
        return ()
    column = table.lists("tie_keys")
    length = column.list.len().fill_null(0)
    most = int(length.max() or 0)  # type: ignore[arg-type]
    wanted = (length > 0).to_numpy() if ranked is None else (length > 0).to_numpy() | ranked
    for row in np.flatnonzero(wanted & (length != most).to_numpy()):
        name = table.frame["id"][int(row)]
        table.wrong(
            "market.tie_keys", "tie_keys", int(row), applicant=name, found=length[int(row)], expected=most
        )
    return tuple(_key(table, column.list.get(at, null_on_oob=True)) for at in range(most))


def _key(table: FrameReading, values: pl.Series) -> tuple[Int64, int]:
    if values.dtype.is_integer():
        numbers = values.cast(pl.Int64, strict=False).fill_null(0).to_numpy()
        table.wrong_rows("market.too_large", "tie_keys", np.abs(numbers) >= LARGEST)
        return numbers, 0
    if values.dtype != pl.String:
        table.wrong("market.column_not_amounts", "tie_keys", column="tie_keys", found=values.dtype)
        return np.zeros(values.len(), np.int64), 0
    scale = written_decimals(values)
    parts, known = decimal_parts(values, scale), values.is_not_null().to_numpy()
    table.wrong_rows("points.not_a_number", "tie_keys", known & ~parts["good"].to_numpy())
    inexact = known & parts["good"].to_numpy() & ~parts["exact"].to_numpy()
    table.wrong_rows("points.inexact", "tie_keys", inexact, decimals=scale)
    large = known & parts["good"].to_numpy() & parts["units"].is_null().to_numpy()
    table.wrong_rows("market.too_large", "tie_keys", large)
    return parts["units"].fill_null(0).to_numpy(), scale


def _categories(table: FrameReading) -> pl.DataFrame:
    """Person and category, one row each."""
    if not table.has("categories"):
        return pl.DataFrame(schema={"person": pl.Int32, "category": pl.String})
    column = table.lists("categories").cast(pl.List(pl.String))
    rows = pl.DataFrame({"category": column}).with_row_index("person").explode("category").drop_nulls()
    return rows.with_columns(normalised(rows["category"])).unique(maintain_order=True)


def read_locations(table: FrameReading) -> Locations | None:
    """`location`: a list of longitude and latitude in degrees, as decimal text or integers."""
    if not table.has("location"):
        return None
    column = table.lists("location").cast(pl.List(pl.String))
    known = column.is_not_null().to_numpy()
    table.wrong_rows(
        "market.location", "location", known & (column.list.len() != 2).fill_null(False).to_numpy()
    )
    units = np.zeros((column.len(), 2), np.int64)
    for at, limit in ((0, LONGITUDE_LIMIT), (1, LATITUDE_LIMIT)):
        parts = decimal_parts(column.list.get(at, null_on_oob=True), LOCATION_DECIMALS)
        units[:, at] = parts["units"].fill_null(limit + 1).to_numpy()
        good = parts["good"].to_numpy() & (np.abs(units[:, at]) <= limit)
        table.wrong_rows("market.location", "location", known & ~good)
    return Locations(units, known)
