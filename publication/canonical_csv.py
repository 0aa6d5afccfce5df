"""The canonical CSV of a table: the same rows always give the same bytes, on every machine.

UTF-8 without BOM, `\\n`, a header, RFC 4180 quotes only where needed; an empty cell is null; booleans
`true`/`false`; decimals as their shortest exact text; `YYYY-MM-DDTHH:MM`; months `YYYY-MM`. The order
of the rows is the caller's.
"""

from __future__ import annotations

import io

import polars as pl

from publication.tables import Table
from values.tables import Column

_NEEDS_QUOTES = r'[",\r\n]'


def canonical_csv(table: Table) -> bytes:
    """The bytes of a table. Linear in its cells; about a second for a million rows of ten columns.

    Raises:
        ValueError: a time has seconds, or a table of one column has an empty cell (its line would be
            empty, which readers skip).
    """
    columns = table.schema.columns
    _check(table)
    cells = pl.DataFrame([_cells(column, table.frame[column.name]) for column in columns])
    header = ",".join(_quoted_name(column.name) for column in columns) + "\n"
    buffer = io.BytesIO()
    buffer.write(header.encode("utf-8"))
    cells.write_csv(buffer, include_header=False, quote_style="never", line_terminator="\n")
    return buffer.getvalue()


def _check(table: Table) -> None:
    if len(table.schema.columns) == 1 and table.frame.to_series().null_count():
        raise ValueError(f"table {table.schema.name}: its only column has an empty cell")
    for column in table.schema.columns:
        if column.type != "datetime":
            continue
        within_minute = table.frame[column.name].dt.epoch("us") % 60_000_000
        if (within_minute != 0).any():
            raise ValueError(f"table {table.schema.name}: {column.name} is finer than a minute")


def _cells(column: Column, stored: pl.Series) -> pl.Series:
    if column.type == "decimal" and column.decimals:
        return _decimals(stored, column.decimals)
    return stored.to_frame().select(_cell(column).alias(column.name)).to_series()


def _cell(column: Column) -> pl.Expr:
    stored = pl.col(column.name)
    match column.type:
        case "date":
            return stored.dt.strftime("%Y-%m-%d")
        case "datetime":
            return stored.dt.strftime("%Y-%m-%dT%H:%M")
        case "month":
            year, month = stored // 12, stored % 12 + 1
            return year.cast(pl.String).str.zfill(4) + "-" + month.cast(pl.String).str.zfill(2)
        case "id" | "text" | "choice":
            return _quoted(stored.cast(pl.String))
        case _:
            return stored


def _decimals(stored: pl.Series, decimals: int) -> pl.Series:
    """The texts of a column. Points lie close together: then each amount in their range is written once."""
    units = stored.cast(pl.Int64).alias("units")
    low, high = units.min(), units.max()
    if isinstance(low, int) and isinstance(high, int) and high - low < len(units):
        every = (pl.int_range(high - low + 1, eager=True) + low).alias("units")
        return _decimals_of(every, decimals).gather(units - low).alias(stored.name)
    return _decimals_of(units, decimals).alias(stored.name)


def _decimals_of(units: pl.Series, decimals: int) -> pl.Series:
    return units.to_frame().select(_decimal(pl.col("units"), decimals)).to_series()


def _decimal(units: pl.Expr, decimals: int) -> pl.Expr:
    """The shortest exact text, from the digits: no arithmetic that could overflow."""
    width = pl.when(units < 0).then(decimals + 2).otherwise(decimals + 1)
    digits = units.cast(pl.String).str.zfill(width)
    text = pl.concat_str(digits.str.head(-decimals), pl.lit("."), digits.str.tail(decimals))
    return text.str.strip_chars_end("0").str.strip_suffix(".")


def _quoted(text: pl.Expr) -> pl.Expr:
    escaped = pl.concat_str(pl.lit('"'), text.str.replace_all('"', '""', literal=True), pl.lit('"'))
    return pl.when(text.str.contains(_NEEDS_QUOTES)).then(escaped).otherwise(text)


def _quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(mark in name for mark in ',"\r\n') else name
