"""Reading tables column by column while every problem is collected with its row and column."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from allocation.arrays import Bool, Int64
from allocation.reading import LARGEST
from values.points import MAX_SCALE
from values.problems import Place, Problem

SHOWN = 10_000
"""Of one kind in one column so many problems are listed; one more says how many were not."""

FIRST_ROW = 2
"""The header is row 1, as spreadsheets count."""


class FrameReading:
    """One table and the problems found in it."""

    def __init__(self, name: str, frame: pl.DataFrame, problems: list[Problem]) -> None:
        self.name = name
        self.frame = frame
        self.problems = problems

    def columns(self, required: Collection[str], known: Collection[str], later: Collection[str] = ()) -> bool:
        """Whether the required columns are there; refuses unknown ones, and by name those of later."""
        for column in self.frame.columns:
            if column in later:
                self.wrong("market.not_available", column, name=column)
            elif column not in known:
                self.wrong("market.unknown_column", column, column=column)
        missing = [column for column in required if column not in self.frame.columns]
        for column in missing:
            self.wrong("market.missing_column", column, column=column, table=self.name)
        return not missing

    def has(self, column: str) -> bool:
        """Whether the table has the column."""
        return column in self.frame.columns

    def wrong(self, code: str, column: str, row: int | None = None, /, **params: object) -> None:
        """Note a problem of a column or of one of its rows (from 0)."""
        place = Place(file=self.name, row=0 if row is None else row + FIRST_ROW, field=column)
        self.problems.append(Problem.of(code, place, **params))

    def wrong_rows(
        self, code: str, column: str, bad: Bool, /, *, cell: str = "value", **params: object
    ) -> None:
        """Note a problem of every marked row, with the cell as the parameter `cell`."""
        rows = np.flatnonzero(bad)
        values = self.frame[column]
        for row in rows[:SHOWN]:
            shown = {cell: values[int(row)]} | params
            self.wrong(code, column, int(row), **shown)
        if rows.size > SHOWN:
            self.wrong("market.more_problems", column, problem=code, number=rows.size - SHOWN)

    def texts(self, column: str) -> pl.Series:
        """Ids or names: text, no empty cell, in Unicode NFC."""
        series = self.frame[column]
        if series.dtype not in (pl.String, pl.Categorical, pl.Enum, pl.Null):
            self.wrong("market.column_not_text", column, column=column, found=series.dtype)
            return pl.Series(column, [""] * series.len(), dtype=pl.String)
        series = normalised(series.cast(pl.String))
        empty = (series.is_null() | (series == "")).fill_null(True)
        self.wrong_rows("market.empty_cell", column, empty.to_numpy())
        return series.fill_null("")

    def integers(self, column: str, least: int | None = None) -> Int64:
        """Integers, no empty cell."""
        series = self.frame[column]
        if not series.dtype.is_integer() and series.dtype != pl.Null:
            self.wrong("market.column_not_whole", column, column=column, found=series.dtype)
            return np.zeros(series.len(), np.int64)
        empty = series.is_null().to_numpy()
        self.wrong_rows("market.empty_cell", column, empty)
        numbers = series.cast(pl.Int64, strict=False).fill_null(0).to_numpy()
        self.wrong_rows("market.too_large", column, ~empty & ((numbers >= LARGEST) | (numbers <= -LARGEST)))
        if least is not None:
            self.wrong_rows("market.too_small", column, ~empty & (numbers < least), least=least)
        return numbers

    def flags(self, column: str, default: bool) -> Bool:
        """True or false; an empty cell or a missing column is the default."""
        if not self.has(column):
            return np.full(self.frame.height, default)
        series = self.frame[column]
        if series.dtype not in (pl.Boolean, pl.Null):
            self.wrong("market.column_not_flags", column, column=column, found=series.dtype)
            return np.full(series.len(), default)
        return series.cast(pl.Boolean).fill_null(default).to_numpy()

    def amounts(self, column: str, scale: int) -> tuple[Int64, Bool]:
        """Amounts in units of 10^-scale, and which cells hold one. Integers are units, texts decimals."""
        series = self.frame[column]
        known = series.is_not_null().to_numpy()
        if series.dtype.is_integer():
            return self._checked_units(column, series, known), known
        if series.dtype not in (pl.String, pl.Null):
            self.wrong("market.column_not_amounts", column, column=column, found=series.dtype)
            return np.zeros(series.len(), np.int64), known
        parts = decimal_parts(series.cast(pl.String), scale)
        self.wrong_rows("points.not_a_number", column, known & ~parts["good"].to_numpy())
        inexact = known & parts["good"].to_numpy() & ~parts["exact"].to_numpy()
        self.wrong_rows("points.inexact", column, inexact, decimals=scale)
        return self._checked_units(column, parts["units"], known & ~inexact & parts["good"].to_numpy()), known

    def _checked_units(self, column: str, series: pl.Series, wanted: Bool) -> Int64:
        units = series.cast(pl.Int64, strict=False)
        numbers = units.fill_null(0).to_numpy()
        large = units.is_null().to_numpy() | (numbers >= LARGEST) | (numbers <= -LARGEST)
        self.wrong_rows("market.too_large", column, wanted & large)
        return np.where(wanted & ~large, numbers, 0)

    def lists(self, column: str) -> pl.Series:
        """A column of lists; empty cells stay empty."""
        series = self.frame[column]
        if isinstance(series.dtype, pl.Array):
            return series.arr.to_list()
        if isinstance(series.dtype, pl.List) and not isinstance(series.dtype.inner, pl.List):
            return series
        if series.dtype != pl.Null:
            self.wrong("market.column_not_lists", column, column=column, found=series.dtype)
        return pl.Series(column, [None] * series.len(), dtype=pl.List(pl.String))

    def sizes(self, column: str) -> Int64:
        """Positive integers, 0 for an empty cell; nothing without the column."""
        if not self.has(column):
            return np.empty(0, np.int64)
        series = self.frame[column]
        if not series.dtype.is_integer() and series.dtype != pl.Null:
            self.wrong("market.column_not_whole", column, column=column, found=series.dtype)
            return np.zeros(series.len(), np.int64)
        numbers = series.cast(pl.Int64, strict=False)
        self.wrong_rows("market.too_small", column, (numbers < 1).fill_null(False).to_numpy(), least=1)
        return numbers.fill_null(0).to_numpy()

    def rows_of(self, column: str, known: pl.DataFrame, code: str, cell: str) -> Int64:
        """The row numbers that a column's ids stand for; -1, and a problem, for unknown ones."""
        series = self.texts(column)
        rows = row_numbers(series, known)
        self.wrong_rows(code, column, (rows < 0) & (series != "").to_numpy(), cell=cell)
        return rows


def numbered(ids: pl.Series) -> pl.DataFrame:
    """Ids with their row numbers, to look rows up with `row_numbers`; no id may stand twice."""
    return pl.DataFrame({"id": ids}).with_row_index("row")


def row_numbers(names: pl.Series, known: pl.DataFrame) -> Int64:
    """(rows,) the row number of each name, -1 for unknown."""
    wanted = pl.DataFrame({"id": names})
    found = wanted.join(known, on="id", how="left", maintain_order="left")["row"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()


def normalised(texts: pl.Series) -> pl.Series:
    """The texts in Unicode NFC."""
    plain = (texts.str.len_bytes() == texts.str.len_chars()).all()
    return texts if plain else texts.str.normalize("NFC")


def decimal_parts(texts: pl.Series, scale: int) -> pl.DataFrame:
    """Of decimal texts: `good` (a decimal at all), `exact` (needs no more decimals than scale), `units`."""
    column = pl.col("text")
    fraction = column.str.extract(r"\.([0-9]+)$").fill_null("")
    whole = column.str.strip_prefix("+").str.extract(r"^(-?[0-9]+)").fill_null("0")
    return pl.DataFrame({"text": texts}).select(
        good=column.str.contains(r"^[+-]?[0-9]+(\.[0-9]+)?$").fill_null(False),
        exact=fraction.str.slice(scale).str.strip_chars("0") == "",
        units=(whole + fraction.str.pad_end(scale, "0").str.slice(0, scale)).cast(pl.Int64, strict=False),
    )


def written_decimals(texts: pl.Series) -> int:
    """The most digits after the point that any of the texts has, up to the largest scale."""
    most = texts.str.extract(r"\.([0-9]+)$").str.len_chars().max()
    return min(int(most), MAX_SCALE) if isinstance(most, int) else 0
