"""Tables of a round from CSV, XLSX and Parquet files: all that is wrong is found before anything is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from storage.cells import stored_type
from storage.checks import check_table
from storage.csv_files import read_csv_table, rows_beginning_with
from storage.flaws import MAX_NAMED, listed
from storage.parquet_files import read_parquet_table
from storage.raw_tables import HEADER_ROW, RawTable
from storage.spreadsheets import read_spreadsheet
from values.problems import BadInput, Place, Problem, bad_input
from values.tables import TableSchema

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .xls files begin like this
SUFFIXES = (".csv", ".xlsx", ".parquet")


def find_table(folder: Path, name: str) -> Path | None:
    """The file that holds the table `name` of a folder, or None if there is none.

    Raises:
        BadInput: `storage.several_files` if the table is there in more than one format.
    """
    present = table_files(folder, name)
    if len(present) > 1:
        names = " | ".join(file.name for file in present)
        raise bad_input("storage.several_files", Place(file=str(folder / name)), files=names)
    return present[0] if present else None


def table_files(folder: Path, name: str) -> list[Path]:
    """Every file of a folder that could hold the table."""
    return [file for file in (folder / (name + suffix) for suffix in SUFFIXES) if file.is_file()]


def require_table(folder: Path, name: str) -> Path:
    """Like `find_table`, for a table that must be there.

    Raises:
        BadInput: `storage.table_missing`, `storage.several_files`.
    """
    path = find_table(folder, name)
    if path is None:
        raise bad_input(
            "storage.table_missing", Place(file=str(folder)), table=name, suffixes=" | ".join(SUFFIXES)
        )
    return path


def read_table(path: Path, schema: TableSchema) -> pl.DataFrame:
    """The table of a file, typed as `values.tables.TableSchema` says, columns in the schema's order.

    An XLSX file is read from the sheet named like the table, else from its first sheet. Cells are
    trimmed; in typed columns and ids full-width characters become ASCII; ids are brought to NFC.
    Rows that are wholly empty are skipped. Optional columns that the file lacks are all null. The
    order of the rows is the file's: it means nothing.

    Raises:
        BadInput: every problem of the table, by row and column, at most 1,000 of them (`tables.more_problems`
            counts the others); or one `storage.*` problem if the file cannot be read as a table.
    """
    return checked_frame(read_raw_table(path, schema.name), schema)


@dataclass(frozen=True, eq=False)
class TableRead:
    """A table as far as it can be read, and everything that is wrong with it.

    `flawed` are the columns with unreadable cells (null in `frame`), among them "" if rows are lacking.
    `source` tells where the frame's rows are; None if the file could not be read as a table.
    """

    frame: pl.DataFrame
    problems: tuple[Problem, ...] = ()
    flawed: frozenset[str] = frozenset()
    source: RawTable | None = None


def read_table_with_flaws(path: Path, schema: TableSchema, most: int = MAX_NAMED) -> TableRead:
    """The table of a file and the first `most` problems; an empty frame of the schema if it is no table."""
    try:
        raw = read_raw_table(path, schema.name)
    except BadInput as error:
        return TableRead(empty_frame(schema), error.problems, frozenset({""}))
    checked = check_table(raw, schema)
    problems = tuple(listed(checked.flaws, raw.place(), most))
    named = (problem for flaws in checked.flaws for problem in flaws.first(MAX_NAMED))
    flawed = frozenset(problem.place.field for problem in named if problem.code != "tables.duplicate_row")
    return TableRead(checked.frame, problems, flawed, raw)


def empty_frame(schema: TableSchema) -> pl.DataFrame:
    """A table of the schema without rows."""
    return pl.DataFrame(schema={column.name: stored_type(column) for column in schema.columns})


def checked_frame(raw: RawTable, schema: TableSchema) -> pl.DataFrame:
    """The typed frame of a raw table.

    Raises:
        BadInput: every problem of the table, as `read_table`.
    """
    checked = check_table(raw, schema)
    problems = listed(checked.flaws, raw.place())
    if problems:
        raise BadInput(problems)
    return checked.frame


def read_csv_rows(path: Path, column: str, value: str) -> RawTable:
    """The rows of a canonical CSV file whose first cell is `value`; the others are not even parsed.

    Raises:
        BadInput: `storage.file_missing`, `storage.cannot_read`, those of a broken CSV file, and
            `tables.missing_column` if the first column is not `column`.
    """
    data, numbers = rows_beginning_with(read_bytes(path), value)
    raw = read_csv_table(data, str(path))
    if raw.header[0] != column:
        raise bad_input("tables.missing_column", raw.place(HEADER_ROW, column))
    return replace(raw, rows=pl.Series("row", numbers, dtype=pl.Int64))


def read_raw_table(path: Path, sheet: str) -> RawTable:
    """The cells of a file without their meaning; the format is told by the file's suffix.

    Raises:
        BadInput: `storage.file_missing`, `storage.cannot_read`, `storage.unknown_format`,
            `storage.empty_file`, `storage.workbook_named_csv`, and those of the format's reader.
    """
    file, suffix = str(path), path.suffix.lower()
    if suffix not in SUFFIXES:
        raise bad_input("storage.unknown_format", Place(file=file), suffixes=" | ".join(SUFFIXES))
    if suffix == ".parquet":
        with _opened(path):
            return read_parquet_table(path, file)
    data = read_bytes(path)
    if not data:
        raise bad_input("storage.empty_file", Place(file=file))
    if suffix == ".xlsx":
        return read_spreadsheet(data, file, sheet)
    if data.startswith(WORKBOOKS):
        raise bad_input("storage.workbook_named_csv", Place(file=file))
    return read_csv_table(data, file)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        BadInput: `storage.file_missing`, `storage.cannot_read`.
    """
    with _opened(path) as file:
        return file.read()


def require_present(path: Path) -> None:
    """Refuse a path that leads nowhere.

    Raises:
        BadInput: `storage.file_missing`.
    """
    if not path.exists():
        raise bad_input("storage.file_missing", Place(file=str(path)))


def require_folder(path: Path) -> None:
    """Refuse a path that is no folder.

    Raises:
        BadInput: `storage.file_missing`, `storage.not_a_folder`.
    """
    require_present(path)
    if not path.is_dir():
        raise bad_input("storage.not_a_folder", Place(file=str(path)))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise bad_input("storage.file_missing", Place(file=str(path))) from None
    except OSError as error:
        raise bad_input("storage.cannot_read", Place(file=str(path)), reason=error.strerror) from None
    with file:
        yield file
