"""Tables to files: CSV for people, Parquet for machines."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from storage.folders import write_file
from values.tables import Column, TableSchema

BOM = b"\xef\xbb\xbf"
# A cell that begins like this is run as a formula by a spreadsheet; a plain negative number is not.
FORMULA = r"^[=+\-@\t\r]"
NEGATIVE_NUMBER = r"^-[0-9]+(\.[0-9]+)?$"


def write_csv(table: pl.DataFrame, path: Path, *, bom: bool = True) -> None:
    """Write a table for people: UTF-8, by default with the mark that Excel needs to see it.

    Text that a spreadsheet would run as a formula gets an apostrophe in front, which shows it as
    text; the importer takes the apostrophe off again. Amounts come as decimal text: floats are refused.

    Raises:
        TypeError: a column of floats.
        BadInput: `storage.cannot_write`.
    """
    write_file(path, csv_for_people(table, bom=bom))


def csv_for_people(table: pl.DataFrame, *, bom: bool = True) -> bytes:
    """The bytes of `write_csv`.

    Raises:
        TypeError: a column of floats.
    """
    floats = [name for name, dtype in table.schema.items() if dtype.is_float()]
    if floats:
        raise TypeError(f"columns of floats have no exact text: {floats}")
    content = io.BytesIO()
    safe = table.with_columns(
        _neutral(pl.col(name)) for name, dtype in table.schema.items() if _is_text(dtype)
    )
    names = (
        pl.Series("name", table.columns, dtype=pl.String).to_frame().select(_neutral(pl.col("name")))["name"]
    )
    safe.columns = names.to_list()
    safe.write_csv(content, datetime_format="%Y-%m-%dT%H:%M")
    return (BOM if bom else b"") + content.getvalue()


def write_parquet(table: pl.DataFrame, path: Path, schema: TableSchema | None = None) -> None:
    """Write a table as Parquet. With a schema, stored units become values that `read_table` reads back.

    Decimals are written as exact decimals, months as the first day of the month.

    Raises:
        BadInput: `storage.cannot_write`.
    """
    columns = {column.name: column for column in schema.columns} if schema else {}
    content = io.BytesIO()
    table.select(_written(name, columns.get(name)) for name in table.columns).write_parquet(content)
    write_file(path, content.getvalue())


def _is_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype, (pl.String, pl.Categorical, pl.Enum))


def _neutral(cell: pl.Expr) -> pl.Expr:
    text = cell.cast(pl.String)
    runs = text.str.contains(FORMULA) & ~text.str.contains(NEGATIVE_NUMBER)
    return pl.when(runs).then(text.str.replace("^", "'")).otherwise(text)


def _written(name: str, column: Column | None) -> pl.Expr:
    cell: pl.Expr = pl.col(name)
    if column is not None and column.type == "decimal":
        exact = pl.Decimal(38, column.decimals)
        amount: pl.Expr = cell.cast(exact) / 10**column.decimals
        return amount.cast(exact)
    if column is not None and column.type == "month":
        return pl.date(cell // 12, cell % 12 + 1, 1).alias(name)
    return cell
