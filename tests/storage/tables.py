"""Small tables for the importer's tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from storage.importers import read_table
from values.problems import BadInput, Problem
from values.tables import Column, TableSchema

PEOPLE = TableSchema(
    "people",
    (
        Column("candidate", "id", complete=True),
        Column("name", "text", required=False),
        Column("months", "integer", required=False, minimum=0, maximum=600),
        Column("yuan", "decimal", required=False, decimals=2, minimum=0),
        Column("owner", "boolean", required=False),
        Column("area", "choice", required=False, members=("city", "province")),
        Column("born_on", "date", required=False),
        Column("filed_at", "datetime", required=False),
        Column("first_month", "month", required=False),
    ),
    unique=("candidate",),
)


def written_csv(folder: Path, text: str | bytes) -> Path:
    path = folder / "people.csv"
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def written_xlsx(folder: Path, rows: Sequence[Sequence[object]], sheet: str = "people") -> Path:
    path = folder / "people.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return path


def people(path: Path, schema: TableSchema = PEOPLE) -> pl.DataFrame:
    return read_table(path, schema)


def problems_of(path: Path, schema: TableSchema = PEOPLE) -> list[Problem]:
    with pytest.raises(BadInput) as refused:
        read_table(path, schema)
    return list(refused.value.problems)


def told(path: Path, schema: TableSchema = PEOPLE) -> list[tuple[int, str, str]]:
    """(row, column, code) of every problem."""
    return [(problem.place.row, problem.place.field, problem.code) for problem in problems_of(path, schema)]
