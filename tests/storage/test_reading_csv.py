"""CSV as offices save it: encodings, quotes, line ends, ragged rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import csv_files
from storage.csv_files import read_csv_table
from storage.encodings import decode_text
from tests.storage.tables import people, problems_of, told, written_csv
from values.problems import BadInput

RARE = "㐂𠮷龘"  # in GB18030, not in GBK


def test_a_utf8_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    plain = people(written_csv(tmp_path, f"candidate,name\nc1,{RARE}\n"))
    marked = people(written_csv(tmp_path, f"\ufeffcandidate,name\nc1,{RARE}\n"))

    assert plain["name"].to_list() == [RARE]
    assert marked.equals(plain)


def test_a_gb18030_file_is_read_with_its_rare_characters(tmp_path: Path) -> None:
    path = written_csv(tmp_path, f"candidate,name\nc1,{RARE}\nc2,欧阳修\n".encode("gb18030"))

    assert people(path)["name"].to_list() == [RARE, "欧阳修"]


def test_one_damaged_byte_does_not_turn_a_utf8_file_into_gb18030(tmp_path: Path) -> None:
    """The damaged line would decode as GB18030, into other characters."""
    good = "candidate,name\nc1,张三\nc2,李四\n".encode()
    path = written_csv(tmp_path, good + "c3,王".encode() + b"\xe4\xba\n")

    (problem,) = problems_of(path)

    assert problem.code == "storage.undecodable"
    assert (problem.place.line, dict(problem.params)["encoding"]) == (4, "UTF-8")


def test_every_undecodable_line_of_a_gb18030_file_is_named() -> None:
    lines = [f"c{number},张三".encode("gb18030") for number in range(6)]
    lines[2] += b"\xff"
    lines[4] += b"\x81"

    with pytest.raises(BadInput) as refused:
        decode_text(b"\n".join(lines), "f.csv")

    assert [problem.place.line for problem in refused.value.problems] == [3, 5]


def test_a_utf16_file_is_refused_with_the_way_to_save_it(tmp_path: Path) -> None:
    path = written_csv(tmp_path, "candidate,name\nc1,x\n".encode("utf-16"))

    assert [code for _, _, code in told(path)] == ["storage.utf16"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read_alike(tmp_path: Path, ends: str) -> None:
    path = written_csv(tmp_path, ends.join(["candidate,months", "c1,1", "c2,2", ""]))

    assert people(path)["months"].to_list() == [1, 2]


def test_quoted_cells_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = written_csv(tmp_path, 'candidate,name,months\nc1,"a, ""b""\r\nc",1\nc2,x,-1\n')

    assert told(path) == [(3, "months", "tables.below_minimum")]  # a spreadsheet counts records, not lines
    assert people(written_csv(tmp_path, 'candidate,name\nc1,"a, ""b""\r\nc"\n'))["name"].to_list() == [
        'a, "b"\nc'
    ]


def test_empty_rows_are_skipped_and_row_numbers_stay(tmp_path: Path) -> None:
    path = written_csv(tmp_path, "candidate,months\nc1,1\n\n,\nc2,x\n\n")

    assert told(path) == [(5, "months", "tables.not_a_number")]


def test_every_ragged_row_is_named_and_says_no_more_than_that(tmp_path: Path) -> None:
    path = written_csv(tmp_path, "candidate,months,owner\nc1,1\nc2,x,是\nc3,1,是,9\nc4,1,是,,\n")

    assert told(path) == [
        (2, "", "tables.ragged_row"),
        (3, "months", "tables.not_a_number"),
        (4, "", "tables.ragged_row"),
    ]


@pytest.mark.parametrize("text", ['candidate,name\nc1,"x\n', 'candidate,name\nc1,"x"y\n'])
def test_quotes_that_do_not_pair_are_refused_with_their_row(tmp_path: Path, text: str) -> None:
    assert told(written_csv(tmp_path, text)) == [(2, "", "storage.broken_quotes")]


@pytest.mark.parametrize(("separator", "name"), [("\t", "TAB"), (";", ";"), ("，", "，")])
def test_a_file_separated_by_something_else_is_told_so(tmp_path: Path, separator: str, name: str) -> None:
    (problem,) = problems_of(written_csv(tmp_path, f"candidate{separator}months\nc1{separator}1\n"))

    assert (problem.code, dict(problem.params)["separator"]) == ("storage.wrong_separator", name)


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    assert [code for _, _, code in told(written_csv(tmp_path, text))] == ["storage.empty_file"]


cell = st.text(st.sampled_from('ab",\n 是'), max_size=4)


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1)
    )
)
def test_the_fast_and_the_careful_reading_agree(rows: list[list[str]]) -> None:
    header = [f"h{place}" for place in range(len(rows[0]))]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    data = text.getvalue().encode()

    fast = read_csv_table(data, "f.csv")
    careful = csv_files._read_carefully(text.getvalue().rstrip("\n"), "f.csv")

    assert fast.header == careful.header == tuple(header)
    assert fast.cells.cast(pl.String).equals(careful.cells.cast(pl.String))
    assert fast.rows.equals(careful.rows)
    assert fast.flaws.count == careful.flaws.count == 0
