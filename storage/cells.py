"""Cells of text to typed columns. A cell that is not what its column asks for becomes null here.

The caller compares nulls before and after and asks `storage.complaints` what is wrong with each.
"""

from __future__ import annotations

import polars as pl

from storage.raw_tables import BLANKS
from values.tables import Column, ColumnType

STORED: dict[ColumnType, pl.DataType] = {
    "id": pl.String(),
    "text": pl.String(),
    "integer": pl.Int64(),
    "decimal": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "month": pl.Int32(),
}

BEFORE_TEXT = "'" + BLANKS
"""What people put in front of a cell so that a spreadsheet takes it for text."""

BOOLEANS = {"是": True, "否": False, "true": True, "false": False, "1": True, "0": False}
WIDE = "[！-～]"
_FROM_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}

WHOLE = r"^[+-]?[0-9]+$"
DECIMAL = r"^[+-]?[0-9]+(\.[0-9]+)?$"
DAY = r"^([12][0-9]{3}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2}) ?日?"
DATE = DAY + r"([T ]00:00(:00(\.0+)?)?)?$"
DATETIME = DAY + r"[T ] ?([0-9]{1,2}):([0-9]{2})(:00(\.0+)?)?$"
# 2015.1 is not read: it may be October 2015 typed into a cell that took it for a number.
MONTH = r"^([12][0-9]{3}) ?[-/年] ?([0-9]{1,2}) ?月?$"
DOTTED_MONTH = r"^([12][0-9]{3})\.([0-9]{2})$"
FIRST_OF_MONTH = r"^([12][0-9]{3})[-/]([0-9]{1,2})[-/]0?1([T ]00:00(:00)?)?$"
DAMAGED = "\ufffd"
HIDDEN = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"
# Control characters, and those that turn the writing direction: a printed name would read otherwise.
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]"
SCIENTIFIC = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]+$"
FORMULA_SIGNS = "=+-@"
STARTS_FORMULA = r"^[=+\-@]"
PLAIN_ID = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$"
MOST_ID_BYTES = 200
"""Ids are printed on every page and hashed into every ticket; longer ones are pasted text."""


def stored_type(column: Column) -> pl.DataType:
    """The Polars type in which a column of this kind is kept."""
    return pl.Enum(list(column.members)) if column.type == "choice" else STORED[column.type]


def trimmed(cell: pl.Expr) -> pl.Expr:
    """Without blanks at both ends; nothing left is empty."""
    return cell.str.strip_chars(BLANKS).replace("", None)


def narrowed(cell: pl.Expr) -> pl.Expr:
    """Full-width forms as ASCII: `２０１５－０３` is `2015-03`."""
    return cell.str.replace_many(_FROM_WIDE)


def parse(texts: pl.Series, column: Column) -> pl.Series:
    """The stored values of trimmed text cells, null where a cell is not of the column's type."""
    if column.type == "id" and texts.str.contains(PLAIN_ID).all():
        return texts
    distinct = texts.unique()
    if distinct.len() > texts.len() // 4:
        return _parsed(texts, column)
    # Most columns repeat a few values a million times over: read each of them once.
    pairs = pl.DataFrame([distinct.alias("text"), _parsed(distinct, column).alias("value")])
    joined = (
        texts.alias("text")
        .to_frame()
        .join(pairs, on="text", how="left", nulls_equal=True, maintain_order="left")
    )
    return joined["value"].alias(texts.name)


def _parsed(texts: pl.Series, column: Column) -> pl.Series:
    cell = pl.col(texts.name)
    return texts.to_frame().select(_value(cell, column)).to_series()


def _value(cell: pl.Expr, column: Column) -> pl.Expr:
    if column.type == "text":
        return _text(cell)
    plain = cell.str.strip_chars_start(BEFORE_TEXT)
    match column.type:
        case "id":
            return _id(plain)
        case "integer":
            return _integer(plain)
        case "decimal":
            return _decimal(plain, column.decimals)
        case "boolean":
            return plain.str.to_lowercase().replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
        case "choice":
            return plain.cast(stored_type(column), strict=False)
        case "date":
            return _date(plain)
        case "datetime":
            return _datetime(plain)
        case "month":
            return _month(plain)


def _where(kept: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(kept).then(value)


def _text(cell: pl.Expr) -> pl.Expr:
    # The apostrophe that our exporter, or a person in Excel, put before a formula sign is not text.
    plain = cell.str.replace(r"^'([=+\-@])", "$1")
    return _where(~plain.str.contains(CONTROL) & ~plain.str.contains(DAMAGED, literal=True), plain)


def _id(cell: pl.Expr) -> pl.Expr:
    plain = cell.str.normalize("NFC")
    unsafe = plain.str.contains(f"{STARTS_FORMULA}|{HIDDEN}|{DAMAGED}|{SCIENTIFIC}")
    return _where(~unsafe & (plain != "") & (plain.str.len_bytes() <= MOST_ID_BYTES), plain)


def _integer(cell: pl.Expr) -> pl.Expr:
    return _where(cell.str.contains(WHOLE), cell.str.strip_prefix("+")).cast(pl.Int64, strict=False)


def _decimal(cell: pl.Expr, decimals: int) -> pl.Expr:
    fraction = cell.str.extract(r"\.([0-9]*[1-9])0*$").fill_null("")
    digits = cell.str.extract(r"^([+-]?[0-9]+)").str.strip_prefix("+") + fraction.str.pad_end(decimals, "0")
    exact = cell.str.contains(DECIMAL) & (fraction.str.len_bytes() <= decimals)
    return _where(exact, digits).cast(pl.Int64, strict=False)


def _date(cell: pl.Expr) -> pl.Expr:
    plain = _where(cell.str.contains(DATE), cell.str.replace(DATE, "${1}-${2}-${3}"))
    return plain.str.to_date("%Y-%m-%d", strict=False)


def _datetime(cell: pl.Expr) -> pl.Expr:
    plain = _where(cell.str.contains(DATETIME), cell.str.replace(DATETIME, "${1}-${2}-${3}T${4}:${5}"))
    return plain.str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_unit="us")


def _month(cell: pl.Expr) -> pl.Expr:
    plain = cell
    for pattern in (MONTH, DOTTED_MONTH, FIRST_OF_MONTH):
        plain = plain.str.replace(pattern, "${1}-${2}")
    year = plain.str.extract(r"^([12][0-9]{3})-[0-9]{1,2}$").cast(pl.Int32)
    month = plain.str.extract(r"^[12][0-9]{3}-([0-9]{1,2})$").cast(pl.Int32)
    return _where(month.is_between(1, 12), year * 12 + month - 1)
