"""Tables for people and for machines: nothing runs as a formula, nothing loses a digit."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.exporters import csv_for_people, write_csv, write_parquet
from tests.storage.tables import PEOPLE, people, written_csv


def lines(table: pl.DataFrame) -> list[str]:
    return csv_for_people(table, bom=False).decode().splitlines()


@pytest.mark.parametrize("text", ["=1+1", "+86 138", "-x", "@sum", '=cmd|"/c calc"!A1', "-1+1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path: Path, text: str) -> None:
    table = pl.DataFrame({"candidate": ["c1"], "name": [text]})

    write_csv(table, tmp_path / "people.csv")

    assert pl.read_csv(tmp_path / "people.csv")["name"].item() == "'" + text
    assert people(tmp_path / "people.csv")["name"].item() == text


@pytest.mark.parametrize("text", ["\tx", "\rx"])
def test_a_leading_tab_or_return_is_made_harmless_too(text: str) -> None:
    assert "'" + text in csv_for_people(pl.DataFrame({"name": [text]})).decode()


def test_amounts_and_ordinary_text_stay_as_they_are() -> None:
    table = pl.DataFrame({"total": ["-1.5", "3"], "name": ["张三", None], "seats": [1, -2]})

    assert lines(table) == ["total,name,seats", "-1.5,张三,1", "3,,-2"]


def test_headers_are_made_harmless_like_cells() -> None:
    assert lines(pl.DataFrame({"=x": [1]})) == ["'=x", "1"]


def test_times_days_and_truth_values_are_written_as_they_are_read() -> None:
    table = pl.DataFrame({"at": [datetime(2015, 3, 1, 9, 30)], "on": [date(2015, 3, 1)], "owner": [True]})

    assert lines(table) == ["at,on,owner", "2015-03-01T09:30,2015-03-01,true"]


def test_excel_sees_utf8_by_the_mark_in_front(tmp_path: Path) -> None:
    write_csv(pl.DataFrame({"name": ["张三"]}), tmp_path / "t.csv")

    assert (tmp_path / "t.csv").read_bytes() == "\ufeffname\n张三\n".encode()


def test_floats_are_never_written_as_amounts() -> None:
    with pytest.raises(TypeError, match="total"):
        csv_for_people(pl.DataFrame({"total": [0.5]}))


def test_parquet_written_with_a_schema_reads_back_the_same(tmp_path: Path) -> None:
    table = people(
        written_csv(
            tmp_path,
            "candidate,name,months,yuan,owner,area,born_on,filed_at,first_month\n"
            "c1,张三,12,0.05,是,city,2015-03-01,2015-03-01T09:30,2015-12\n"
            "c2,,,,,,,,\n",
        )
    )

    write_parquet(table, tmp_path / "people.parquet", PEOPLE)

    assert people(tmp_path / "people.parquet").equals(table)


@given(st.lists(st.integers(0, 10**17), min_size=1))
def test_no_amount_loses_a_digit_in_parquet(
    tmp_path_factory: pytest.TempPathFactory, units: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("parquet")
    table = pl.DataFrame({"candidate": [f"c{n}" for n in range(len(units))], "yuan": units})

    write_parquet(table, folder / "people.parquet", PEOPLE)

    assert people(folder / "people.parquet")["yuan"].to_list() == units
