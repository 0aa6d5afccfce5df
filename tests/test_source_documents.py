"""The trace of the source documents is whole: every rule once, every file and test that it names is there."""

from __future__ import annotations

import re

import pytest

from tests.documents import ROOT, cells

PAGE = ROOT / "docs/source_documents.md"
RULES = {"A1": 26, "A2": 16, "A3": 21, "A4": 15, "A5": 16}
"""Rules of Hangzhou 2017, Hangzhou 2016, Ankang, Taizhou and Jiangbei, numbered in order of their clauses."""

OWNERS = {"residence", "scoring", "allocation", "service", "none"}
IDS = [f"{part}.{number:02d}" for part, count in RULES.items() for number in range(1, count + 1)]
ROWS = [cells(line) for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| A\d\.\d\d ", line)]


def test_every_rule_stands_in_the_trace_once() -> None:
    assert [row[0] for row in ROWS] == IDS
    assert all(len(row) == 5 and all(row) for row in ROWS)
    assert {row[3] for row in ROWS} == OWNERS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_names_is_there(row: list[str]) -> None:
    """Files, and tests in them."""
    named = re.findall(r"`([\w./-]+)(?:::(\w+))?`", row[2] + row[4])

    for file, test in named:
        assert (ROOT / file).exists(), file
        assert not test or f"def {test}(" in (ROOT / file).read_text("utf-8"), test
    assert named or "open: " in row[4] or row[3] == "none"


def test_every_rule_of_residence_has_a_test_that_quotes_its_row() -> None:
    """But for those that are open."""
    for row in ROWS:
        named = re.findall(r"`([\w./-]+)::(\w+)`", row[4])
        if row[3] != "residence" or "open: " in row[4]:
            continue
        for file, test in named:
            body = (ROOT / file).read_text("utf-8").partition(f"def {test}(")[2].partition("\ndef ")[0]
            assert row[0] in body, f"{row[0]}: {test}"
        assert named, row[0]


def test_the_page_counts_its_open_rows() -> None:
    (told,) = re.findall(r"Open rows: (\d+)\.", PAGE.read_text("utf-8"))

    assert int(told) == sum("open: " in row[4] for row in ROWS)
