"""XLSX workbooks to raw tables. Keeps each cell's kind, so that a numeric ID can be refused."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from storage.raw_tables import HEADER_ROW, Kind, RawTable, header_names, without_empty_rows
from values.problems import Place, bad_input

Cell = str | float | bool | date | datetime | time | timedelta
Position = tuple[int, int]

EXACT_DIGITS = 15  # Excel keeps 15 significant digits and writes zeros after them.
_ERROR = re.compile(rb't="e"')
_NO_VALUE = re.compile(rb"</f></c>|</f><v></v></c>|</f><v ?/></c>|<f[^>]*/></c>")


def read_spreadsheet(data: bytes, file: str, sheet: str) -> RawTable:
    """The cells of the sheet named `sheet`, or of the first sheet if none has that name.

    The sheet that was read is named in the table and in the place of every problem.

    Raises:
        BadInput: `storage.not_a_spreadsheet`; `storage.empty_sheet`.
    """
    from python_calamine import CalamineError

    try:
        found, grid = _grid(data, sheet)
        marked = dict(_marked_cells(data, found))
    except (CalamineError, zipfile.BadZipFile, IndexError, KeyError, TypeError, ValueError, OSError) as error:
        raise bad_input("storage.not_a_spreadsheet", Place(file=file), reason=error) from None
    if not any(cell != "" for row in grid for cell in row):
        raise bad_input("storage.empty_sheet", Place(file=file, sheet=found))
    return _raw_table(grid, marked, file, found)


def _grid(data: bytes, sheet: str) -> tuple[str, list[list[Cell]]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_object(io.BytesIO(data))
    found = sheet if sheet in book.sheet_names else book.sheet_names[0]
    return found, book.get_sheet_by_name(found).to_python(skip_empty_area=False)


def _raw_table(
    grid: list[list[Cell]], marked: dict[Position, tuple[Kind, str]], file: str, sheet: str
) -> RawTable:
    header = header_names(_text(cell)[1] for cell in grid[0])
    columns = [_column([row[place] for row in grid[1:]], place, marked) for place in range(len(header))]
    names = [str(place) for place in range(len(header))]
    texts = pl.DataFrame(
        [pl.Series(name, text, pl.String) for name, (text, _) in zip(names, columns, strict=True)]
    )
    kinds = pl.DataFrame(
        [pl.Series(name, kind, pl.UInt8) for name, (_, kind) in zip(names, columns, strict=True)]
    )
    rows = pl.Series("row", np.arange(HEADER_ROW + 1, HEADER_ROW + len(grid)), dtype=pl.Int64)
    cells, rows, kept = without_empty_rows(texts, rows)
    return RawTable(file, sheet, header, cells, rows, kinds.filter(kept))


def _column(
    cells: Sequence[Cell], place: int, marked: dict[Position, tuple[Kind, str]]
) -> tuple[list[str | None], list[Kind]]:
    typed = [_text(cell) for cell in cells]
    for (row, column), cell in marked.items():
        if column == place and row > HEADER_ROW:
            typed[row - HEADER_ROW - 1] = cell
    return [text for _, text in typed], [kind for kind, _ in typed]


def _text(cell: Cell) -> tuple[Kind, str | None]:
    """The cell as a person would type it. Numbers are taken at the 15 digits that Excel shows."""
    if isinstance(cell, str):
        return Kind.TEXT, cell or None
    if isinstance(cell, bool):
        return Kind.BOOLEAN, "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return Kind.NUMBER, format(Decimal(f"{cell:.{EXACT_DIGITS}g}"), "f")
    if isinstance(cell, datetime):
        # Excel stores days as binary fractions; 09:30 may come back as 09:29:59.999999.
        seconds = cell + timedelta(microseconds=500_000)
        return Kind.TIME, seconds.replace(microsecond=0).isoformat()
    return Kind.TIME, cell.isoformat() if isinstance(cell, (date, time)) else str(cell)


def _marked_cells(data: bytes, sheet: str) -> Iterator[tuple[Position, tuple[Kind, str]]]:
    """Error cells (#DIV/0!) and formulas without a result: calamine shows both as empty.

    openpyxl tells them apart but is slow, so it reads only workbooks in which there may be some.
    """
    unvalued = _occurs(_NO_VALUE, data)
    if not unvalued and not _occurs(_ERROR, data):
        return
    formulas = _formulas(data, sheet) if unvalued else {}
    for position, value, kind in _cells_of(data, sheet, data_only=True):
        if kind == "e":
            yield position, (Kind.ERROR, str(value))
        elif value is None and kind != "str" and position in formulas:  # "str": the result is an empty text
            yield position, (Kind.NO_VALUE, formulas[position])


def _occurs(pattern: re.Pattern[bytes], data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheets = (name for name in book.namelist() if name.startswith("xl/worksheets/"))
        return any(pattern.search(book.read(name)) for name in sheets)


def _formulas(data: bytes, sheet: str) -> dict[Position, str]:
    cells = _cells_of(data, sheet, data_only=False)
    return {position: str(value) for position, value, kind in cells if kind == "f"}


def _cells_of(data: bytes, sheet: str, *, data_only: bool) -> Iterable[tuple[Position, object, str]]:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and validations that are of no interest here
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=data_only)
    for row in book[sheet].iter_rows():
        for cell in row:
            yield (cell.row, cell.column - 1), cell.value, cell.data_type
