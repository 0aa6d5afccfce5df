"""Parquet files to raw tables. Typed columns are taken where they are exact: never floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from storage.cells import stored_type
from storage.raw_tables import HEADER_ROW, RawTable, header_names
from values.problems import Place, bad_input
from values.tables import Column

MOST_UNITS = 2**63 - 1
_TEXT = (pl.String, pl.Categorical, pl.Enum, pl.Null)


def read_parquet_table(path: Path, file: str) -> RawTable:
    """The columns of a Parquet file with their types. Row numbers count as in a spreadsheet.

    Raises:
        BadInput: `storage.not_parquet`.
    """
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise bad_input("storage.not_parquet", Place(file=file), reason=error) from None
    header = header_names(frame.columns)
    cells = frame.rename(dict(zip(frame.columns, map(str, range(frame.width)), strict=True)))
    rows = pl.Series("row", np.arange(HEADER_ROW + 1, HEADER_ROW + 1 + frame.height), dtype=pl.Int64)
    return RawTable(file, "", header, cells, rows)


def reads_as_text(column: Column, found: pl.DataType) -> bool:
    """Is a column stored like this read like a column of a CSV file?"""
    known = column.type == "choice" and found == stored_type(column)
    return isinstance(found, _TEXT) and not known


def is_exact(column: Column, found: pl.DataType) -> bool:
    """Can a column stored like this be taken over without a guess?

    Whole numbers are refused for decimals (are they yuan or fen?), months and ids.
    """
    if reads_as_text(column, found):
        return True
    match column.type:
        case "integer":
            return found.is_integer()
        case "decimal":
            return isinstance(found, pl.Decimal) or (found.is_integer() and column.decimals == 0)
        case "choice":
            return found == stored_type(column)
        case "boolean":
            return found == pl.Boolean
        case "date":
            return found == pl.Date or _is_local_time(found)
        case "datetime":
            return _is_local_time(found)
        case "month":
            return found == pl.Date
    return False


def taken(cell: pl.Expr, column: Column, found: pl.DataType) -> pl.Expr:
    """The stored value of a typed cell, null where it is finer than the column keeps."""
    if column.type == "month":
        number = cell.dt.year() * 12 + cell.dt.month().cast(pl.Int32) - 1
        return pl.when(cell.dt.day() == 1).then(number)
    if column.type == "date" and _is_local_time(found):
        return pl.when(cell.dt.truncate("1d") == cell).then(cell.cast(pl.Date))
    if column.type == "datetime":
        return pl.when(cell.dt.truncate("1m") == cell).then(cell.cast(pl.Datetime("us")))
    if isinstance(found, pl.Decimal):
        return _units(cell.to_physical(), column.decimals - found.scale)
    return cell if column.type in ("boolean", "choice", "date") else cell.cast(pl.Int64, strict=False)


def _units(amount: pl.Expr, finer: int) -> pl.Expr:
    """Whole units that are finer than the stored ones by so many decimals (coarser if negative)."""
    factor = 10 ** abs(finer)
    if finer < 0:
        exact = pl.when(amount % factor == 0).then(amount // factor)
    else:
        exact = pl.when(amount.is_between(-MOST_UNITS // factor, MOST_UNITS // factor)).then(amount * factor)
    return exact.cast(pl.Int64, strict=False)


def _is_local_time(found: pl.DataType) -> bool:
    return isinstance(found, pl.Datetime) and found.time_zone is None
