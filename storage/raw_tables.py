"""A table as its file has it, before any meaning is given to the cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import polars as pl

from storage.flaws import NO_FLAWS, Flaws
from values.problems import Place

BLANKS = " \t\r\n\u00a0\u3000\ufeff\u200b"
"""What is trimmed from both ends of a cell: blanks as people type and paste them."""

HEADER_ROW = 1


class Kind(IntEnum):
    """How a spreadsheet stores a cell. Files of text have no kinds: everything is TEXT."""

    TEXT = 0
    NUMBER = 1
    BOOLEAN = 2
    TIME = 3
    ERROR = 4
    NO_VALUE = 5  # a formula that was never calculated


@dataclass(frozen=True)
class RawTable:
    """The cells of one sheet without wholly empty rows.

    `cells` has one column per header, named "0", "1", …: text for CSV and XLSX, typed for Parquet.
    `kinds` has the same shape (UInt8 of `Kind`), or is None if every cell is text. `rows` are row
    numbers as a spreadsheet shows them: the header is row 1. `flaws` were found while reading;
    `left_out` are rows that have more or fewer cells than the header, by number, with the cells they have.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    cells: pl.DataFrame
    rows: pl.Series
    kinds: pl.DataFrame | None = None
    flaws: Flaws = NO_FLAWS
    left_out: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def place(self, row: int = 0, field: str = "") -> Place:
        """Where a problem of this table is."""
        return Place(file=self.file, sheet=self.sheet, row=row, field=field)

    def cell(self, position: int, field: str) -> Place:
        """Where the cell in the row at `position` of `cells` is."""
        return self.place(self.rows[position], field)


def header_names(cells: Iterable[str | None]) -> tuple[str, ...]:
    """Column names as written, trimmed and in NFC; "" for an empty header cell."""
    return tuple(unicodedata.normalize("NFC", cell or "").strip(BLANKS) for cell in cells)


def without_empty_rows(cells: pl.DataFrame, rows: pl.Series) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Drop rows in which every cell is empty or blank: (cells, row numbers, the mask of rows kept)."""
    kept = cells.select(~_is_blank(pl.first())).to_series()  # few rows begin with nothing
    if kept.all():
        return cells, rows, kept
    kept = cells.select(~pl.all_horizontal(_is_blank(pl.all()))).to_series()
    return cells.filter(kept), rows.filter(kept), kept


def _is_blank(cell: pl.Expr) -> pl.Expr:
    return (cell.str.strip_chars(BLANKS) == "").fill_null(True)
