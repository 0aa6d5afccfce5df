"""Headers, keys, sheets and files: everything wrong is told at once."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.importers import find_table, read_table, read_table_with_flaws, require_table
from tests.storage.tables import PEOPLE, people, problems_of, told, written_csv
from values.problems import BadInput
from values.tables import Column, TableSchema


def test_columns_come_typed_and_in_the_schemas_order_and_absent_ones_are_null(tmp_path: Path) -> None:
    table = people(written_csv(tmp_path, "area,candidate\ncity,c1\n,c2\n"))

    assert table.columns == [column.name for column in PEOPLE.columns]
    assert table.dtypes == [
        pl.String(),
        pl.String(),
        pl.Int64(),
        pl.Int64(),
        pl.Boolean(),
        pl.Enum(["city", "province"]),
        pl.Date(),
        pl.Datetime("us"),
        pl.Int32(),
    ]
    assert table["area"].to_list() == ["city", None]
    assert table["months"].null_count() == 2


def test_everything_wrong_with_a_header_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    path = written_csv(tmp_path, "candidates,months,months,,colour\nc1,1,2,x,y\n")

    found = problems_of(path)

    assert [(problem.code, problem.place.field) for problem in found] == [
        ("tables.unknown_column", "candidates"),
        ("tables.unnamed_column", ""),
        ("tables.unknown_column", "colour"),
        ("tables.duplicate_column", "months"),
        ("tables.missing_column", "candidate"),
    ]
    assert dict(found[0].params)["suggestion"] == "candidate"
    assert "candidate | name" in dict(found[2].params)["suggestion"]


def test_an_unnamed_column_without_cells_is_no_problem(tmp_path: Path) -> None:
    assert people(written_csv(tmp_path, "candidate,months,\nc1,1,\n")).height == 1


def test_problems_of_all_columns_come_in_row_order(tmp_path: Path) -> None:
    path = written_csv(tmp_path, "candidate,months,owner\nc1,1,maybe\n,x,是\nc1,601,是\n")

    assert told(path) == [
        (2, "owner", "tables.not_a_boolean"),
        (3, "candidate", "tables.empty_cell"),
        (3, "months", "tables.not_a_number"),
        (4, "months", "tables.above_maximum"),
        (4, "candidate", "tables.duplicate_row"),
    ]


def test_a_key_of_several_columns_names_both_rows(tmp_path: Path) -> None:
    wishes = TableSchema(
        "wishes",
        (Column("candidate", "id"), Column("rank", "integer"), Column("offer", "id")),
        unique=("candidate", "rank"),
    )
    path = written_csv(tmp_path, "candidate,rank,offer\nc1,1,a\nc1,2,b\nc2,1,a\nc1,1,c\nc1,1,d\n")

    found = problems_of(path, wishes)

    assert [(problem.place.row, problem.place.field) for problem in found] == [
        (5, "candidate+rank"),
        (6, "candidate+rank"),
    ]
    assert {dict(problem.params)["first_row"] for problem in found} == {"2"}


def test_a_thousand_problems_are_named_and_the_others_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"c{number},x,maybe\n" for number in range(700))

    found = problems_of(written_csv(tmp_path, "candidate,months,owner\n" + rows))

    assert len(found) == 1001
    assert [problem.place.row for problem in found[:4]] == [2, 2, 3, 3]
    assert dict(found[-1].params) == {"more": "400", "named": "1000"}


def test_a_header_without_rows_is_refused_unless_the_table_may_be_empty(tmp_path: Path) -> None:
    path = written_csv(tmp_path, "candidate\n")
    refusals = TableSchema("refusals", (Column("candidate", "id"),), may_be_empty=True)

    assert told(path) == [(2, "", "tables.no_rows")]
    assert read_table(path, refusals).shape == (0, 1)


def test_a_missing_file_a_folder_and_a_foreign_format_are_told_apart(tmp_path: Path) -> None:
    assert [code for _, _, code in told(tmp_path / "people.csv")] == ["storage.file_missing"]
    assert [code for _, _, code in told(tmp_path / "people.parquet")] == ["storage.file_missing"]
    (tmp_path / "people.csv").mkdir()
    assert [code for _, _, code in told(tmp_path / "people.csv")] == ["storage.cannot_read"]
    assert [code for _, _, code in told(tmp_path / "people.ods")] == ["storage.unknown_format"]


def test_a_table_is_found_in_any_format_but_only_once(tmp_path: Path) -> None:
    assert find_table(tmp_path, "people") is None
    with pytest.raises(BadInput, match="table_missing"):
        require_table(tmp_path, "people")

    (tmp_path / "people.xlsx").touch()
    assert find_table(tmp_path, "people") == require_table(tmp_path, "people") == tmp_path / "people.xlsx"

    (tmp_path / "people.csv").touch()
    with pytest.raises(BadInput, match="several_files"):
        find_table(tmp_path, "people")


def parquet(folder: Path, **columns: pl.Series | list[object]) -> Path:
    path = folder / "people.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_parquet_columns_are_taken_over_where_they_are_exact(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        candidate=pl.Series(["c1", "c2"], dtype=pl.Categorical),
        months=pl.Series([3, None], dtype=pl.UInt8),
        yuan=pl.Series(["1.5", "2.25"]).cast(pl.Decimal(10, 4)),
        owner=[True, None],
        area=["city", "province"],
        born_on=[datetime(2015, 3, 1), None],
        filed_at=[datetime(2015, 3, 1, 9, 30), None],
        first_month=[date(2015, 3, 1), None],
    )

    table = people(path)

    assert table.row(0) == (
        "c1",
        None,
        3,
        150,
        True,
        "city",
        date(2015, 3, 1),
        datetime(2015, 3, 1, 9, 30),
        2015 * 12 + 2,
    )
    assert table["yuan"].to_list() == [150, 225]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("months", [1.0]),
        ("yuan", [1.5]),
        ("yuan", [3]),  # yuan or fen?
        ("first_month", [201503]),
        ("owner", [1]),
        ("filed_at", pl.Series([datetime(2015, 3, 1)], dtype=pl.Datetime("us", "Asia/Shanghai"))),
    ],
)
def test_parquet_columns_that_would_need_a_guess_are_refused(
    tmp_path: Path, column: str, values: list[object]
) -> None:
    path = parquet(tmp_path, candidate=["c1"], **{column: values})

    assert told(path) == [(1, column, "tables.inexact_storage")]


def test_numeric_ids_in_parquet_are_refused(tmp_path: Path) -> None:
    assert told(parquet(tmp_path, candidate=[7])) == [(1, "candidate", "tables.inexact_storage")]


def test_typed_parquet_cells_finer_than_the_column_are_refused_one_by_one(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        candidate=["c1", "c2"],
        months=pl.Series([1, 2**64 - 1], dtype=pl.UInt64),
        born_on=[datetime(2015, 3, 1), datetime(2015, 3, 1, 9)],
        filed_at=[datetime(2015, 3, 1, 9, 30), datetime(2015, 3, 1, 9, 30, 15)],
        first_month=[date(2015, 3, 1), date(2015, 3, 2)],
    )

    assert told(path) == [
        (3, "months", "tables.number_too_large"),
        (3, "born_on", "tables.date_has_time"),
        (3, "filed_at", "tables.seconds_given"),
        (3, "first_month", "tables.not_a_month"),
    ]


AMOUNTS = st.integers(-(10**12), 10**12) | st.integers(-(10**24), 10**24) | st.none()


@given(st.lists(AMOUNTS, min_size=1, max_size=6), st.integers(0, 6))
def test_decimals_in_parquet_are_read_and_refused_like_their_texts(
    tmp_path_factory: pytest.TempPathFactory, units: list[int | None], scale: int
) -> None:
    amounts = [None if unit is None else Decimal(unit).scaleb(-scale) for unit in units]
    typed = pl.Series("yuan", amounts, dtype=pl.Decimal(38, scale))
    names = [f"c{number}" for number in range(len(units))]
    folder = tmp_path_factory.mktemp("parquet")

    reads = [
        read_table_with_flaws(parquet(folder, candidate=names, yuan=yuan), PEOPLE)
        for yuan in (typed, typed.cast(pl.String))
    ]

    assert reads[0].problems == reads[1].problems
    assert reads[0].frame.equals(reads[1].frame)


def test_a_file_that_only_calls_itself_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    path.write_bytes(b"candidate\nc1\n")

    assert [code for _, _, code in told(path)] == ["storage.not_parquet"]
