"""XLSX as offices fill it in: numeric ids, error cells, dates, several sheets."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import xlsxwriter

from tests.storage.tables import people, problems_of, told, written_xlsx


def test_a_well_kept_sheet_is_read_like_a_csv(tmp_path: Path) -> None:
    path = written_xlsx(
        tmp_path,
        [
            ["candidate", "name", "months", "yuan", "owner", "area", "born_on", "filed_at", "first_month"],
            [
                "c1",
                "张三",
                12,
                1.5,
                True,
                "city",
                date(2015, 3, 1),
                datetime(2015, 3, 1, 9, 30),
                date(2015, 3, 1),
            ],
            [],
            ["c2", None, "13", "0.05", "否", "province", "1990.3.7", "2015/3/1 9:30", "2015-04"],
        ],
    )

    assert people(path).rows() == [
        ("c1", "张三", 12, 150, True, "city", date(2015, 3, 1), datetime(2015, 3, 1, 9, 30), 24182),
        ("c2", None, 13, 5, False, "province", date(1990, 3, 7), datetime(2015, 3, 1, 9, 30), 24183),
    ]


def test_numeric_ids_are_refused_and_long_ones_are_known_to_be_damaged(tmp_path: Path) -> None:
    path = written_xlsx(tmp_path, [["candidate", "name"], [110101199003071233, 12], [17, "x"], ["c3", "x"]])

    assert told(path) == [
        (2, "candidate", "tables.rounded_number"),
        (2, "name", "tables.not_a_text_cell"),
        (3, "candidate", "tables.not_a_text_cell"),
    ]


def test_an_id_that_became_a_date_or_a_truth_value_is_refused(tmp_path: Path) -> None:
    path = written_xlsx(tmp_path, [["candidate"], [date(2015, 3, 1)], [True], ["c3"]])

    assert told(path) == [
        (2, "candidate", "tables.not_a_text_cell"),
        (3, "candidate", "tables.not_a_text_cell"),
    ]


def test_numbers_are_taken_as_the_sheet_shows_them(tmp_path: Path) -> None:
    path = written_xlsx(
        tmp_path, [["candidate", "months", "yuan"], ["c1", 3.0, 0.1 + 0.2], ["c2", 3.5, 1.005]]
    )

    assert told(path) == [(3, "months", "tables.not_whole"), (3, "yuan", "tables.too_many_decimals")]
    assert people(written_xlsx(tmp_path, [["candidate", "yuan"], ["c1", 0.1 + 0.2]]))["yuan"].item() == 30


def test_an_amount_beyond_15_digits_is_refused(tmp_path: Path) -> None:
    path = written_xlsx(tmp_path, [["candidate", "yuan"], ["c1", 1234567890123456]])

    assert told(path) == [(2, "yuan", "tables.rounded_number")]


def test_error_cells_are_named_and_not_read_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("people")
        page.write_row(0, 0, ["candidate", "months", "name", "owner"])
        page.write_row(2, 0, ["c1"])
        page.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        page.write_formula(2, 2, "=NA()", None, "#N/A")
        page.write_formula(2, 3, "=1=1", None, True)

    found = problems_of(path)

    assert [(problem.place.row, problem.place.field, dict(problem.params)["value"]) for problem in found] == [
        (3, "name", "#N/A"),
        (3, "months", "#DIV/0!"),
    ]


def test_a_formula_that_was_never_calculated_is_no_empty_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["candidate", "months"])
    book.active.append(["c1", "=1+1"])
    book.save(tmp_path / "people.xlsx")

    assert told(tmp_path / "people.xlsx") == [(2, "months", "tables.formula_without_value")]


def test_the_sheet_named_like_the_table_is_read_and_else_the_first(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("填写说明").write_row(0, 0, ["说明"])
        book.add_worksheet("people").write_column(0, 0, ["candidate", "c1"])
    assert people(path).height == 1

    other = written_xlsx(tmp_path, [["candidate", "months"], ["c1", "x"]], sheet="表1")
    (problem,) = problems_of(other)
    assert (problem.place.sheet, problem.place.row) == ("表1", 2)


def test_a_date_without_a_time_is_no_filing_time(tmp_path: Path) -> None:
    """Midnight would be the earliest time of that day, and the earliest comes first."""
    path = written_xlsx(tmp_path, [["candidate", "filed_at"], ["c1", date(2015, 3, 1)]])

    assert told(path) == [(2, "filed_at", "tables.time_missing")]


def test_a_number_is_no_date(tmp_path: Path) -> None:
    path = written_xlsx(tmp_path, [["candidate", "born_on", "first_month"], ["c1", 42064, 2015.1]])

    assert told(path) == [(2, "born_on", "tables.not_a_date"), (2, "first_month", "tables.ambiguous_month")]


def test_an_empty_sheet_and_a_file_that_is_no_workbook_are_refused(tmp_path: Path) -> None:
    assert [code for _, _, code in told(written_xlsx(tmp_path, []))] == ["storage.empty_sheet"]

    damaged = written_xlsx(tmp_path, [["candidate"], ["c1"]])
    content = bytearray(damaged.read_bytes())
    damaged.write_bytes(content[: len(content) // 2])
    assert [code for _, _, code in told(damaged)] == ["storage.not_a_spreadsheet"]
    damaged.write_bytes(b"candidate\nc1\n")
    assert [code for _, _, code in told(damaged)] == ["storage.not_a_spreadsheet"]
