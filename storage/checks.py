"""A raw table against its schema: header, cells, ranges, keys. Every flaw is found, none stops the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from storage import cells, parquet_files
from storage.complaints import complaint, nearest, range_complaint
from storage.flaws import NO_FLAWS, Flaws, flaws_at, flaws_of
from storage.raw_tables import HEADER_ROW, Kind, RawTable
from storage.spreadsheets import EXACT_DIGITS
from values.problems import Problem
from values.tables import Column, TableSchema

_ROW, _FIRST_ROW = "\0row", "\0first row"  # no header can be named like this


@dataclass(frozen=True)
class CheckedTable:
    """The typed columns, in the schema's order, and what is wrong with the file they came from."""

    frame: pl.DataFrame
    flaws: tuple[Flaws, ...]


@dataclass(frozen=True)
class _Match:
    """A column of the schema that the file has: under which key, and whether it is read as text."""

    column: Column
    key: str
    as_text: bool

    @property
    def name(self) -> str:
        return self.column.name


def check_table(raw: RawTable, schema: TableSchema) -> CheckedTable:
    """Type every column of the schema; optional columns that the file lacks are all null."""
    matches, inexact = _matches(raw, schema)
    texts = _texts(raw, matches)
    typed = _typed(raw, matches, texts)
    flaws = [raw.flaws, flaws_of(_header_problems(raw, schema)), inexact, _no_rows(raw, schema)]
    for match in matches:
        flaws += _cell_flaws(raw, match, texts, typed[match.name])
    flaws.append(_duplicates(raw, schema, typed))
    return CheckedTable(_in_schema_order(typed, schema), tuple(flaws))


def _header_problems(raw: RawTable, schema: TableSchema) -> Iterator[Problem]:
    known = [*(column.name for column in schema.columns), *schema.unread]
    for place, name in enumerate(raw.header):
        if not name and raw.cells[str(place)].null_count() < raw.cells.height:
            yield Problem.of("tables.unnamed_column", raw.place(HEADER_ROW), number=place + 1)
        elif name and name not in known:
            yield Problem.of(
                "tables.unknown_column", raw.place(HEADER_ROW, name), suggestion=nearest(name, known)
            )
    for name, times in Counter(raw.header).items():
        if name and times > 1:
            yield Problem.of("tables.duplicate_column", raw.place(HEADER_ROW, name), times=times)
    for column in schema.columns:
        if column.required and column.name not in raw.header:
            yield Problem.of("tables.missing_column", raw.place(HEADER_ROW, column.name))


def _no_rows(raw: RawTable, schema: TableSchema) -> Flaws:
    if raw.rows.len() or raw.flaws.count or schema.may_be_empty:
        return NO_FLAWS
    return flaws_of([Problem.of("tables.no_rows", raw.place(HEADER_ROW + 1))])


def _matches(raw: RawTable, schema: TableSchema) -> tuple[list[_Match], Flaws]:
    """The columns that can be read, and a flaw for each whose storage would have to be guessed at."""
    keys = {name: str(place) for place, name in reversed(list(enumerate(raw.header)))}
    matches, problems = [], []
    for column in schema.columns:
        if column.name not in keys:
            continue
        dtype = raw.cells.schema[keys[column.name]]
        if parquet_files.is_exact(column, dtype):
            as_text = parquet_files.reads_as_text(column, dtype)
            matches.append(_Match(column, keys[column.name], as_text))
        else:
            place = raw.place(HEADER_ROW, column.name)
            asked = f"{column.type}, {column.decimals} decimals" if column.type == "decimal" else column.type
            problems.append(Problem.of("tables.inexact_storage", place, found=dtype, asked=asked))
    return matches, flaws_of(problems)


def _texts(raw: RawTable, matches: list[_Match]) -> pl.DataFrame:
    """Trimmed cells of the columns read as text; full-width forms become ASCII unless they are meant."""
    read = [match for match in matches if match.as_text]
    texts = raw.cells.select(
        cells.trimmed(pl.col(match.key).cast(pl.String)).alias(match.name) for match in read
    )
    wide = texts.select(pl.all().str.contains(cells.WIDE).any())
    narrow = [match.name for match in read if wide[match.name].item() and not _means_wide(match.column)]
    return texts.with_columns(cells.narrowed(pl.col(name)) for name in narrow)


def _means_wide(column: Column) -> bool:
    return column.type == "text" or any(not member.isascii() for member in column.members)


def _typed(raw: RawTable, matches: list[_Match], texts: pl.DataFrame) -> pl.DataFrame:
    schema = raw.cells.schema
    parsed = [cells.parse(texts[match.name], match.column) for match in matches if match.as_text]
    taken = raw.cells.select(
        parquet_files.taken(pl.col(match.key), match.column, schema[match.key]).alias(match.name)
        for match in matches
        if not match.as_text
    )
    typed = pl.DataFrame([*parsed, *taken.get_columns()])
    if raw.kinds is None:
        return typed
    misread = {match.name: _misread(match, raw.kinds[match.key], texts[match.name]) for match in matches}
    return typed.with_columns(
        pl.when(~mask).then(pl.col(name)).alias(name) for name, mask in misread.items() if mask.any()
    )


def _misread(match: _Match, kinds: pl.Series, texts: pl.Series) -> pl.Series:
    """Spreadsheet cells whose text would pass but whose kind says that it is not what was typed."""
    if match.column.type in ("id", "text"):
        return kinds != Kind.TEXT
    long = texts.str.contains(f"^-?[0-9]{{{EXACT_DIGITS + 1}}}").fill_null(False)
    return (kinds >= Kind.ERROR) | ((kinds == Kind.NUMBER) & long)


def _cell_flaws(raw: RawTable, match: _Match, texts: pl.DataFrame, values: pl.Series) -> Iterator[Flaws]:
    column = match.column
    given = texts[match.name] if match.as_text else raw.cells[match.key]
    kinds = raw.kinds[match.key] if raw.kinds is not None else None

    def unreadable(position: int) -> Problem:
        kind = Kind.TEXT if kinds is None else Kind(kinds[position])
        return complaint(_as_written(given[position]), kind, column, raw.cell(position, column.name))

    def empty(position: int) -> Problem:
        return Problem.of("tables.empty_cell", raw.cell(position, column.name))

    if values.null_count() > given.null_count():  # what is empty stays empty
        yield flaws_at(values.is_null() & given.is_not_null(), unreadable)
    yield _out_of_range(raw, column, values)
    if column.complete and given.null_count():
        yield flaws_at(given.is_null(), empty)
    if column.type == "id":
        yield _rounded_ids(raw, column, values)


def _as_written(cell: object) -> str:
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _out_of_range(raw: RawTable, column: Column, values: pl.Series) -> Flaws:
    stored = values.to_physical()
    if _within(stored, column):
        return NO_FLAWS
    outside = pl.Series([False]).new_from_index(0, values.len())
    if column.minimum is not None:
        outside |= (stored < column.minimum).fill_null(False)
    if column.maximum is not None:
        outside |= (stored > column.maximum).fill_null(False)

    def describe(position: int) -> Problem:
        return range_complaint(stored[position], column, raw.cell(position, column.name))

    return flaws_at(outside, describe)


def _within(stored: pl.Series, column: Column) -> bool:
    """Whether the least and the greatest value are allowed, as nearly always."""
    least, most = stored.min(), stored.max()
    if column.minimum is not None and isinstance(least, int) and least < column.minimum:
        return False
    return not (column.maximum is not None and isinstance(most, int) and most > column.maximum)


def _rounded_ids(raw: RawTable, column: Column, values: pl.Series) -> Flaws:
    """Long ids that all end in zeros after the 15th digit went through a spreadsheet as numbers.

    One such id may be real; two or more and no other long id is no accident.
    """
    longest = values.str.len_bytes().max()
    if not isinstance(longest, int) or longest <= EXACT_DIGITS:
        return NO_FLAWS
    long = values.str.contains(f"^[0-9]{{{EXACT_DIGITS + 1},}}$").fill_null(False)
    zeros = values.str.contains(f"^[0-9]{{{EXACT_DIGITS}}}0+$").fill_null(False)
    if long.sum() < 2 or (long & ~zeros).any():
        return NO_FLAWS

    def describe(position: int) -> Problem:
        return Problem.of("tables.rounded_number", raw.cell(position, column.name), digits=EXACT_DIGITS)

    return flaws_at(long, describe)


def _duplicates(raw: RawTable, schema: TableSchema, typed: pl.DataFrame) -> Flaws:
    key = list(schema.unique)
    if not key or any(name not in typed for name in key):
        return NO_FLAWS
    keyed = typed.select(key).with_columns(raw.rows.alias(_ROW)).drop_nulls()
    if keyed.select(key).n_unique() == keyed.height:
        return NO_FLAWS
    first = keyed.with_columns(pl.col(_ROW).min().over(key).alias(_FIRST_ROW))
    again = first.filter(pl.col(_ROW) != pl.col(_FIRST_ROW))

    def describe(position: int) -> Problem:
        place = raw.place(again[_ROW][position], "+".join(key))
        return Problem.of("tables.duplicate_row", place, first_row=again[_FIRST_ROW][position])

    return flaws_at(again[_ROW].is_not_null(), describe)


def _in_schema_order(typed: pl.DataFrame, schema: TableSchema) -> pl.DataFrame:
    lacking = [column for column in schema.columns if column.name not in typed]
    empty = [pl.lit(None, dtype=cells.stored_type(column)).alias(column.name) for column in lacking]
    return typed.with_columns(empty).select(column.name for column in schema.columns)
