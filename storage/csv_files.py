"""CSV files to raw tables: one fast path for regular files, one careful path that names what is wrong."""

from __future__ import annotations

import csv
import io

import numpy as np
import numpy.typing as npt
import polars as pl

from storage.encodings import decode_text
from storage.flaws import flaws_of
from storage.raw_tables import BLANKS, HEADER_ROW, RawTable, header_names, without_empty_rows
from values.problems import Place, Problem, bad_input

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.intp]

COMMA, QUOTE, LINE_FEED = ord(","), ord('"'), ord("\n")


def read_csv_table(data: bytes, file: str) -> RawTable:
    """The cells of a comma-separated file (RFC 4180; `\\n` or `\\r\\n`; quoted cells may hold both).

    Raises:
        BadInput: `storage.empty_file`, `storage.no_header`, `storage.utf16`, `storage.undecodable`,
            `storage.broken_quotes`, `storage.wrong_separator`. Rows of the wrong length are left to
            the table's `flaws`.
    """
    text = decode_text(data, file).replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    if not text.strip():
        raise bad_input("storage.empty_file", Place(file=file))
    if not text.partition("\n")[0].strip():
        raise bad_input("storage.no_header", Place(file=file, line=1, column=1))
    _refuse_other_separators(text, file)
    regular = text.encode("utf-8")
    if _is_regular(np.frombuffer(regular, dtype=np.uint8)):
        return _read_regular(regular, file)
    return _read_carefully(text, file)


def rows_beginning_with(data: bytes, cell: str) -> tuple[bytes, list[int]]:
    """The header of a canonical CSV file with the rows whose first cell is `cell`, and their row numbers.

    No cell may hold a line end, as in tables of ids and facts.
    """
    text = cell.encode("utf-8")
    quoted = b'"' + text.replace(b'"', b'""') + b'"' if any(mark in text for mark in b',"\r\n') else text
    header = data.partition(b"\n")[0]
    kept, numbers, at = [header], list[int](), len(header)
    while (at := data.find(b"\n" + quoted + b",", at)) >= 0:
        end = data.find(b"\n", at + 1)
        kept.append(data[at + 1 : end if end >= 0 else len(data)])
        numbers.append(HEADER_ROW + data.count(b"\n", 0, at + 1))
        at += 1
    return b"\n".join(kept), numbers


def _refuse_other_separators(text: str, file: str) -> None:
    first = text[: text.find("\n")] if "\n" in text else text
    for separator, name in (("\t", "TAB"), (";", ";"), ("，", "，")):
        if "," not in first and separator in first:
            raise bad_input("storage.wrong_separator", Place(file=file, line=1, column=1), separator=name)


def _is_regular(text: Bytes) -> bool:
    """Does every record have as many cells as the header, with every quote where RFC 4180 has it?"""
    ends = np.append(np.flatnonzero(text == LINE_FEED), text.size)
    commas = np.flatnonzero(text == COMMA)
    quotes = np.flatnonzero(text == QUOTE)
    if quotes.size:
        if not _quotes_are_regular(text, quotes):
            return False
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
        commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    cells = np.diff(np.searchsorted(commas, ends), prepend=0)
    return bool((cells == cells[0]).all())


def _quotes_are_regular(text: Bytes, quotes: Positions) -> bool:
    """Opening quotes begin a cell, closing quotes end one; a doubled quote closes and opens again."""
    if quotes.size % 2:
        return False
    padded = np.concatenate(([LINE_FEED], text, [LINE_FEED]))
    before, after = padded[quotes[::2]], padded[quotes[1::2] + 2]
    return bool(
        np.isin(before, (COMMA, LINE_FEED, QUOTE)).all() and np.isin(after, (COMMA, LINE_FEED, QUOTE)).all()
    )


def _read_regular(text: bytes, file: str) -> RawTable:
    frame = pl.read_csv(text, has_header=False, infer_schema=False)
    if b'""' in text:
        frame = frame.select(pl.all().replace("", None))
    return _raw_table(frame, np.arange(HEADER_ROW, HEADER_ROW + frame.height), file, {})


def _read_carefully(text: str, file: str) -> RawTable:
    """Read record by record. A record of the wrong length is a flaw, named with its row and left out."""
    records: list[list[str]] = []
    rows: list[int] = []
    ragged: dict[int, tuple[str, ...]] = {}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    row = HEADER_ROW
    try:
        for row, record in enumerate(reader, start=HEADER_ROW):
            width = len(records[0]) if records else len(record)
            if not records and not _holds(record):
                continue  # lines without a cell before the header
            # spreadsheets append empty cells to some rows
            if len(record) >= width and not _holds(record[width:]):
                records.append(record[:width])
                rows.append(row)
            elif _holds(record):
                ragged[row] = tuple(record)
    except csv.Error:
        raise bad_input("storage.broken_quotes", Place(file=file, row=row + 1)) from None
    if not records:
        raise bad_input("storage.empty_file", Place(file=file))
    frame = pl.DataFrame(list(zip(*records, strict=True)), orient="col").select(pl.all().replace("", None))
    return _raw_table(frame, np.array(rows), file, ragged)


def _holds(cells: list[str]) -> bool:
    return any(cell.strip(BLANKS) for cell in cells)


def _raw_table(
    frame: pl.DataFrame, rows: npt.NDArray[np.int64], file: str, ragged: dict[int, tuple[str, ...]]
) -> RawTable:
    header = header_names(frame.row(0))
    cells = frame.slice(1).rename(dict(zip(frame.columns, map(str, range(frame.width)), strict=True)))
    cells, kept_rows, _ = without_empty_rows(cells, pl.Series("row", rows[1:], dtype=pl.Int64))
    wrong = (
        Problem.of("tables.ragged_row", Place(file=file, row=row), cells=len(found), expected=frame.width)
        for row, found in ragged.items()
    )
    return RawTable(file, "", header, cells, kept_rows, None, flaws_of(wrong), ragged)
