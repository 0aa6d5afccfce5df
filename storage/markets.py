"""A `market/1`: one JSON document, or a folder with `market.json` and Parquet tables; and its answer."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from publication.canonical_csv import canonical_csv
from publication.tables import Table
from storage.complaints import nearest
from storage.json_files import read_json
from values.canonical import digest_of_bytes
from values.problems import BadInput, Place, Problem, bad_input
from values.tables import Column, TableSchema

DOCUMENT = "market.json"
REMARKS = "case"
"""Where a worked case keeps its source and its answer."""

MEASURED = "location"
"""Degrees: nobody is ranked by them, so they may have a fraction."""

TABLES = ("applicants", "preferences", "offers", "pools", "costs")


def read_market(path: Path) -> tuple[dict[str, object], dict[str, pl.DataFrame]]:
    """The document of a market and its tables by name (none if `path` is a JSON file).

    Only what holds for any market is checked here: exact JSON, known tables, no floats. What the
    columns mean is the market's own business.

    Raises:
        BadInput: the problems of `storage.json_files.read_json`; `storage.market_document_missing`,
            `storage.unknown_market_table`, `storage.not_parquet`, `storage.float_column` for a folder.
    """
    if not path.is_dir():
        return read_json(path, remarks=REMARKS, measured=MEASURED), {}
    if not (path / DOCUMENT).is_file():
        raise bad_input("storage.market_document_missing", Place(file=str(path)), name=DOCUMENT)
    document = read_json(path / DOCUMENT, remarks=REMARKS, measured=MEASURED)
    files = sorted(path.glob("*.parquet"))
    problems = [*_unknown_tables(files)]
    tables: dict[str, pl.DataFrame] = {}
    for file in files:
        try:
            tables[file.stem] = _exact_table(file)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return document, tables


def answer_files(tables: Mapping[str, pl.DataFrame]) -> tuple[dict[str, bytes], dict[str, str]]:
    """The Parquet files of an answer, and for each the digest of its rows as canonical CSV.

    The digest names the rows, not the bytes of a file that another version may compress otherwise.
    """
    files, digests = {}, {}
    for name, table in tables.items():
        content = io.BytesIO()
        table.write_parquet(content)
        files[f"{name}.parquet"] = content.getvalue()
        digests[f"{name}.parquet"] = digest_of_bytes(canonical_csv(_as_text(name, table)))
    return files, digests


def _as_text(name: str, table: pl.DataFrame) -> Table:
    """A table whose cells are texts; a list's items are joined by `|`."""
    lists = [column for column, dtype in table.schema.items() if isinstance(dtype, pl.List)]
    joined = table.with_columns(pl.col(lists).list.join("|")).with_columns(pl.all().cast(pl.String))
    return Table(TableSchema(name, tuple(Column(column, "text") for column in joined.columns)), joined)


def _unknown_tables(files: list[Path]) -> Iterator[Problem]:
    for file in files:
        if file.stem not in TABLES:
            suggestion = nearest(file.stem, TABLES)
            yield Problem.of("storage.unknown_market_table", Place(file=str(file)), suggestion=suggestion)


def _exact_table(file: Path) -> pl.DataFrame:
    try:
        table = pl.read_parquet(file)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise bad_input("storage.not_parquet", Place(file=str(file)), reason=error) from None
    floats = [name for name, dtype in table.schema.items() if _holds_floats(dtype)]
    if floats:
        raise BadInput(
            Problem.of("storage.float_column", Place(file=str(file), field=name), type=table.schema[name])
            for name in floats
        )
    return table


def _holds_floats(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Struct):
        return any(_holds_floats(_instance(field.dtype)) for field in dtype.fields)
    if isinstance(dtype, (pl.List, pl.Array)):
        return _holds_floats(_instance(dtype.inner))
    return dtype.is_float()


def _instance(dtype: object) -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else pl.Null()
