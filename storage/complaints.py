"""What is wrong with one cell, told as narrowly as the cell allows. Only cells that failed come here.

Cells of id and text columns are never quoted: they may hold a person's name or identity number.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta

from storage import cells
from storage.raw_tables import Kind
from storage.spreadsheets import EXACT_DIGITS
from values.points import to_text
from values.problems import Place, Problem
from values.tables import Column

MAX_SHOWN = 40
MAX_SUGGESTED = 12
_EPOCH = date(1970, 1, 1)


def complaint(cell: str, kind: Kind, column: Column, place: Place) -> Problem:
    """The problem of a trimmed cell that could not be stored in its column."""
    if kind == Kind.ERROR:
        return Problem.of("tables.error_cell", place, value=cell)
    if kind == Kind.NO_VALUE:
        return Problem.of("tables.formula_without_value", place)
    if kind == Kind.NUMBER and column.type in ("id", "text", "integer", "decimal") and _is_rounded(cell):
        return Problem.of("tables.rounded_number", place, digits=EXACT_DIGITS)
    if column.type in ("id", "text"):
        return _text_complaint(cell, kind, place)
    return _typed_complaint(_shown(cell), column, place)


def range_complaint(stored: int, column: Column, place: Place) -> Problem:
    """The problem of a value outside the column's limits; `stored` is in the column's stored unit."""
    value = written(stored, column)
    if column.minimum is not None and stored < column.minimum:
        return Problem.of("tables.below_minimum", place, value=value, minimum=written(column.minimum, column))
    return Problem.of(
        "tables.above_maximum", place, value=value, maximum=written(column.maximum or 0, column)
    )


def written(stored: int, column: Column) -> str:
    """A stored number as a file would have it: `150` of two decimals is `1.5`, a month is `2015-03`."""
    match column.type:
        case "decimal":
            return to_text(stored, column.decimals)
        case "month":
            return f"{stored // 12:04}-{stored % 12 + 1:02}"
        case "date":
            return (_EPOCH + timedelta(days=stored)).isoformat()
    return str(stored)


def nearest(value: str, known: Iterable[str]) -> str:
    """The known names to offer instead: the nearest one, or a few if none is near."""
    names = list(known)
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(value.casefold(), folded, n=1)
    offered = [folded[name] for name in near] or names[:MAX_SUGGESTED]
    return " | ".join(offered) + (" | …" if not near and len(names) > MAX_SUGGESTED else "")


def _is_rounded(cell: str) -> bool:
    return len(cell.partition(".")[0].lstrip("-")) > EXACT_DIGITS


def _shown(cell: str) -> str:
    return cell if len(cell) <= MAX_SHOWN else cell[: MAX_SHOWN - 1] + "…"


def _text_complaint(cell: str, kind: Kind, place: Place) -> Problem:
    if kind != Kind.TEXT:
        return Problem.of("tables.not_a_text_cell", place)
    plain = cell.lstrip(cells.BEFORE_TEXT)
    if not plain:
        return Problem.of("tables.empty_cell", place)
    if cells.DAMAGED in plain:
        return Problem.of("tables.damaged_character", place)
    for sign in plain:
        if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp"):
            return Problem.of("tables.hidden_character", place, character=f"U+{ord(sign):04X}")
    if re.search(cells.SCIENTIFIC, plain):
        return Problem.of("tables.scientific_notation", place)
    if plain[0] in cells.FORMULA_SIGNS:
        return Problem.of("tables.formula_sign", place, sign=plain[0])
    return Problem.of("tables.id_too_long", place, most=cells.MOST_ID_BYTES)


def _typed_complaint(cell: str, column: Column, place: Place) -> Problem:
    plain = cell.lstrip(cells.BEFORE_TEXT)
    match column.type:
        case "integer" | "decimal":
            return _number_complaint(plain, column, place)
        case "boolean":
            return Problem.of("tables.not_a_boolean", place, value=cell)
        case "choice":
            suggestion = nearest(plain, column.members)
            return Problem.of("tables.not_a_member", place, value=cell, suggestion=suggestion)
        case "date":
            return _date_complaint(plain, place)
        case "datetime":
            return _datetime_complaint(plain, place)
    return _month_complaint(plain, place)


def _number_complaint(cell: str, column: Column, place: Place) -> Problem:
    if not re.search(cells.DECIMAL, cell):
        return Problem.of("tables.not_a_number", place, value=cell)
    if column.type == "integer" and "." in cell:
        return Problem.of("tables.not_whole", place, value=cell)
    if len(cell.partition(".")[2].rstrip("0")) > column.decimals:
        return Problem.of("tables.too_many_decimals", place, value=cell, decimals=column.decimals)
    return Problem.of("tables.number_too_large", place, value=cell)


def _date_complaint(cell: str, place: Place) -> Problem:
    if re.search(cells.DATE, cell):
        return Problem.of("tables.no_such_day", place, value=cell)
    if re.search(cells.DAY + "[T ]", cell):
        return Problem.of("tables.date_has_time", place, value=cell)
    return Problem.of("tables.not_a_date", place, value=cell)


def _datetime_complaint(cell: str, place: Place) -> Problem:
    if re.search(cells.DATETIME, cell):
        return Problem.of("tables.no_such_time", place, value=cell)
    if re.search(cells.DAY + "$", cell):
        return Problem.of("tables.time_missing", place, value=cell)
    if re.search(r"[0-9](Z|[+-][0-9]{2}:?[0-9]{2})$", cell):
        return Problem.of("tables.time_zone_given", place, value=cell)
    if re.search(r":[0-9]{2}:[0-9]{2}(\.[0-9]+)?$", cell):
        return Problem.of("tables.seconds_given", place, value=cell)
    return Problem.of("tables.not_a_datetime", place, value=cell)


def _month_complaint(cell: str, place: Place) -> Problem:
    if re.search(r"^[0-9]{4}\.[0-9]$", cell):
        return Problem.of("tables.ambiguous_month", place, value=cell)
    if re.search(f"{cells.MONTH}|{cells.DOTTED_MONTH}", cell):
        return Problem.of("tables.no_such_month", place, value=cell)
    return Problem.of("tables.not_a_month", place, value=cell)
