"""What each type of column accepts, and what it says about what it does not accept."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.cells import parse, trimmed
from storage.complaints import complaint
from storage.raw_tables import Kind
from tests.storage.tables import PEOPLE, people, problems_of, told, written_csv
from values.points import to_text
from values.problems import Place
from values.tables import Column, TableSchema


def one(tmp_path: Path, column: str, text: str) -> object:
    return people(written_csv(tmp_path, f'candidate,{column}\nc1,"{text}"\n'))[column].item()


ACCEPTED: list[tuple[str, str, object]] = [
    ("months", "12", 12),
    ("months", "+5", 5),
    ("months", " １２ ", 12),
    ("months", "'7", 7),
    ("yuan", "1.5", 150),
    ("yuan", "1.500", 150),
    ("yuan", "3", 300),
    ("yuan", "0.05", 5),
    ("owner", "是", True),
    ("owner", "否", False),
    ("owner", "TRUE", True),
    ("owner", "0", False),
    ("area", "city", "city"),
    ("area", "ｃｉｔｙ", "city"),
    ("born_on", "2015-03-01", date(2015, 3, 1)),
    ("born_on", "2015/3/1", date(2015, 3, 1)),
    ("born_on", "1990.3.7", date(1990, 3, 7)),
    ("born_on", "1990年3月7日", date(1990, 3, 7)),
    ("born_on", "2016-02-29 00:00:00", date(2016, 2, 29)),
    ("filed_at", "2015-03-01T09:30", datetime(2015, 3, 1, 9, 30)),
    ("filed_at", "2015/3/1 9:30", datetime(2015, 3, 1, 9, 30)),
    ("filed_at", "2015-03-01 09:30:00", datetime(2015, 3, 1, 9, 30)),
    ("first_month", "2015-03", 2015 * 12 + 2),
    ("first_month", "2015/3", 2015 * 12 + 2),
    ("first_month", "2015.10", 2015 * 12 + 9),
    ("first_month", "2015年3月", 2015 * 12 + 2),
    ("first_month", "2015-03-01", 2015 * 12 + 2),
    ("name", "  张三　", "张三"),
    ("name", "'=2+3", "=2+3"),
    ("name", "ＡＢ", "ＡＢ"),
    ("name", " ", None),
]


@pytest.mark.parametrize(("column", "text", "value"), ACCEPTED)
def test_a_cell_is_read_as_people_write_it(tmp_path: Path, column: str, text: str, value: object) -> None:
    assert one(tmp_path, column, text) == value


REFUSED = [
    ("months", "twelve", "not_a_number"),
    ("months", "1,000", "not_a_number"),
    ("months", "12个月", "not_a_number"),
    ("months", "3.0", "not_whole"),
    ("months", "99999999999999999999", "number_too_large"),
    ("months", "601", "above_maximum"),
    ("months", "-1", "below_minimum"),
    ("yuan", "1.255", "too_many_decimals"),
    ("yuan", ".5", "not_a_number"),
    ("yuan", "1e3", "not_a_number"),
    ("yuan", "99999999999999999999", "number_too_large"),
    ("yuan", "-0.01", "below_minimum"),
    ("owner", "有", "not_a_boolean"),
    ("area", "ctiy", "not_a_member"),
    ("born_on", "2015-02-29", "no_such_day"),
    ("born_on", "01/03/2015", "not_a_date"),
    ("born_on", "20150301", "not_a_date"),
    ("born_on", "2015-03-01 09:30", "date_has_time"),
    ("filed_at", "2015-03-01", "time_missing"),
    ("filed_at", "2015-03-01T09:30:15", "seconds_given"),
    ("filed_at", "2015-03-01T09:30Z", "time_zone_given"),
    ("filed_at", "2015-03-01T09:30+08:00", "time_zone_given"),
    ("filed_at", "2015-03-01T25:30", "no_such_time"),
    ("filed_at", "morning", "not_a_datetime"),
    ("first_month", "2015.1", "ambiguous_month"),
    ("first_month", "2015-13", "no_such_month"),
    ("first_month", "201503", "not_a_month"),
    ("first_month", "2015-03-02", "not_a_month"),
    ("name", "张\ufffd", "damaged_character"),
    ("name", "a\x07b", "hidden_character"),
]


@pytest.mark.parametrize(("column", "text", "what"), REFUSED)
def test_a_cell_of_another_kind_is_refused_for_its_own_reason(
    tmp_path: Path, column: str, text: str, what: str
) -> None:
    path = written_csv(tmp_path, f'candidate,{column}\nc1,"{text}"\n')

    assert told(path) == [(2, column, f"tables.{what}")]


BAD_IDS = [
    ("=1+1", "formula_sign"),
    ("+86", "formula_sign"),
    ("-1", "formula_sign"),
    ("@x", "formula_sign"),
    ("1.10101E+17", "scientific_notation"),
    ("a\u200bb", "hidden_character"),
    ("a\u202eb", "hidden_character"),
    ("a\tb", "hidden_character"),
    ("a\ufffd", "damaged_character"),
    ("'", "empty_cell"),
    ("", "empty_cell"),
]


@pytest.mark.parametrize(("text", "what"), BAD_IDS)
def test_an_id_that_a_spreadsheet_would_run_or_a_reader_would_not_see_is_refused(
    tmp_path: Path, text: str, what: str
) -> None:
    path = written_csv(tmp_path, f'candidate,months\n"{text}",1\n')

    assert told(path) == [(2, "candidate", f"tables.{what}")]


def test_ids_are_brought_to_one_form_before_they_are_compared(tmp_path: Path) -> None:
    """é as one character and as e with an accent, and full-width letters, name the same person."""
    path = written_csv(tmp_path, "candidate\nca\u0301\nc\u00e1\nＣ9\nC9\n")

    first, second = problems_of(path)

    assert [problem.code for problem in (first, second)] == ["tables.duplicate_row"] * 2
    assert [(problem.place.row, dict(problem.params)["first_row"]) for problem in (first, second)] == [
        (3, "2"),
        (5, "4"),
    ]


def test_long_ids_that_all_lost_their_last_digits_are_noticed_in_a_csv(tmp_path: Path) -> None:
    rounded = written_csv(tmp_path, "candidate\n110101199003071000\n110101199003072000\n")
    assert told(rounded) == [
        (2, "candidate", "tables.rounded_number"),
        (3, "candidate", "tables.rounded_number"),
    ]

    real = written_csv(tmp_path, "candidate\n110101199003071000\n110101199003071233\n")
    assert people(real).height == 2


def test_the_nearest_member_is_offered_or_else_all_of_them(tmp_path: Path) -> None:
    near, far = problems_of(written_csv(tmp_path, "candidate,area\nc1,citty\nc2,moon\n"))

    assert dict(near.params)["suggestion"] == "city"
    assert dict(far.params)["suggestion"] == "city | province"


def test_cells_that_may_hold_a_person_are_never_quoted(tmp_path: Path) -> None:
    path = written_csv(tmp_path, "candidate,name\n=110101199003071233,张\ufffd三\n")

    shown = " ".join(str(problem) for problem in problems_of(path))

    assert "110101" not in shown
    assert "三" not in shown


def test_limits_are_shown_as_the_file_writes_them(tmp_path: Path) -> None:
    schema = TableSchema(
        "people",
        (
            Column("candidate", "id"),
            Column("yuan", "decimal", decimals=2, maximum=150),
            Column("first_month", "month", minimum=2015 * 12),
            Column("born_on", "date", maximum=0),
        ),
    )
    path = written_csv(tmp_path, "candidate,yuan,first_month,born_on\nc1,1.51,2014-12,1970-01-02\n")

    shown = [tuple(value for _, value in problem.params) for problem in problems_of(path, schema)]

    assert shown == [("1.5", "1.51"), ("2015-01", "2014-12"), ("1970-01-01", "1970-01-02")]


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_decimals_come_back_as_they_were_written(units: int, decimals: int) -> None:
    column = Column("c", "decimal", decimals=decimals)

    assert parse(pl.Series("c", [to_text(units, decimals)]), column).to_list() == [units]


@given(st.sampled_from(PEOPLE.columns), st.text(max_size=12))
def test_whatever_is_not_stored_is_complained_about_and_nothing_breaks(column: Column, text: str) -> None:
    stored = parse(pl.Series(column.name, [text]), column).item()

    assert (stored is not None) or complaint(text, Kind.TEXT, column, Place()).code.startswith("tables.")


@given(st.sampled_from(PEOPLE.columns[:2]), st.text(st.sampled_from("'=-+ aＡ\u3000\u0301e"), max_size=6))
def test_what_was_read_once_is_read_the_same_again(column: Column, text: str) -> None:
    """A run's inputs are written into its bundle and read from there when it is replayed."""

    def read(cell: str | None) -> str | None:
        texts = pl.DataFrame({"c": [cell]}, schema={"c": pl.String}).select(trimmed(pl.col("c")))["c"]
        stored: str | None = parse(texts, column).item()
        return stored

    assert read(read(text)) == read(text)


@given(st.lists(st.sampled_from(["1", "2", "x", "3", ""]), min_size=40))
def test_repeated_values_are_read_like_single_ones(texts: list[str]) -> None:
    """A column with few distinct values is read through a table of them."""
    column = Column("c", "integer")
    cells = pl.Series("c", [text or None for text in texts], dtype=pl.String)

    read = parse(cells, column).to_list()

    assert read == [int(text) if text in ("1", "2", "3") else None for text in texts]
