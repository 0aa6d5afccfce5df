"""What the scanner refuses, what it lets pass, and that it is fast enough to stand before every page."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publication.messages import LANGUAGES, parameters, sentences
from publication.personal_numbers import BANK_CARD, ID_NUMBER, PHONE_NUMBER, is_id_number, scan, scan_table
from publication.tables import Table
from values.tables import Column, TableSchema

VECTORS = json.loads(
    (Path(__file__).parents[1] / "golden" / "lottery-vectors" / "11_masking.json").read_text("utf-8")
)
DIGEST = hashlib.sha256(b"round").hexdigest()

REFUSED = [
    ("11010519491231002X", ID_NUMBER),
    ("身份证330106199003071236号", ID_NUMBER),
    ("11010519491231002x", ID_NUMBER),
    ("110105 19491231 002X", ID_NUMBER),
    ("１１０１０５１９４９１２３１００２Ｘ", ID_NUMBER),
    ("110105491231002", ID_NUMBER),  # fifteen digits, born in 1949
    ("13812345678", PHONE_NUMBER),
    ("电话:138-1234-5678。", PHONE_NUMBER),
    ("+86 13812345678", PHONE_NUMBER),
    ("0571-87654321", PHONE_NUMBER),
    ("(0760)88322222", PHONE_NUMBER),
    ("010 8765 4321", PHONE_NUMBER),
    ("02087654321", PHONE_NUMBER),
    ("6222021001116245702", BANK_CARD),
    ("6222 0210 0111 6245 702", BANK_CARD),
    ("4111111111111111", BANK_CARD),
]

PASSED = [
    "110105194912310021",  # the check digit is wrong
    "33010619900230123X",  # there is no 30 February
    "000000000000000000",
    "110105150430001",  # fifteen digits, "born in 1915": a numbering by area and date, not a person
    "2015000012345678",
    "442000201504300012",
    "201500000001",
    "02015000123",
    "ZS2015-0001234",
    "ZS13812345678",
    "A4111111111111111",
    DIGEST,
    f"sha256:{DIGEST}",
    "0" * 64,
    "87.5",
    "113.38000,22.51000",
    "2015-04-30T10:15",
    "1,2,3,45678901",
    "05 13 22 27 30 33 16",
    "中府〔2014〕106号",
    "4111111111111112",  # the last digit does not fit
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_numbers_of_persons_are_refused(text: str, code: str) -> None:
    assert [problem.code for problem in scan(text)] == [code]


@pytest.mark.parametrize("text", PASSED)
def test_other_numbers_pass(text: str) -> None:
    assert scan(text) == []


@pytest.mark.parametrize("number", VECTORS["id_check"]["valid"])
def test_valid_id_numbers_are_known(number: str) -> None:
    assert is_id_number(number)
    assert [problem.code for problem in scan(number)] == [ID_NUMBER]


@pytest.mark.parametrize("number", VECTORS["id_check"]["invalid"])
def test_invalid_id_numbers_are_none(number: str) -> None:
    assert not is_id_number(number)


@pytest.mark.parametrize("number", ["440309199003070018", "810000199003070007"])
def test_new_districts_and_residence_permits_of_hong_kong_are_id_numbers(number: str) -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, number, strict=False))

    assert is_id_number(number[:17] + "10X98765432"[total % 11])


def test_problems_say_line_and_column_and_not_the_number() -> None:
    text = "序号,姓名\n1,张*三,13812345678\n2,李*,330106199003071236\n"

    first, second = scan(text, file="public.csv")

    assert (first.place.line, first.place.column, second.place.line) == (2, 7, 3)
    assert first.place.file == "public.csv"
    assert dict(second.params) == {"begins": "330", "digits": "18"}


def test_the_offices_own_contact_may_be_read_but_nobody_elses() -> None:
    contact = "电话 0760-88322222（工作日）"

    assert scan(f"异议受理：{contact}", allowed=[contact]) == []
    assert len(scan(f"异议受理：{contact}，0760-88322223", allowed=[contact])) == 1
    assert len(scan(f"{contact} 0760-88322222", allowed=[contact])) == 1


def test_an_id_number_is_refused_even_in_the_contact() -> None:
    contact = "330106199003071236"

    assert [problem.code for problem in scan(contact, allowed=[contact])] == [ID_NUMBER]


def test_a_five_megabyte_notice_passes_the_scan() -> None:
    """0.2 s in one pass; a scan that looked back at every cell would never end."""
    row = "<tr><td>{0}<td>ZS2015-{0:06d}<td>张*三<td>187.5<td>{1}\n"
    page = "".join(row.format(n, hashlib.sha256(str(n).encode()).hexdigest()) for n in range(45_000))

    assert scan(page) == []
    assert len(page) > 4_500_000


TOKEN = st.sampled_from(
    [text for text, _ in REFUSED]
    + PASSED
    + ["0", "86", "+", "(", ")", " ", "-", "张", "X", "1381234", "5678"]
)


@given(st.lists(TOKEN, max_size=5).map("".join) | st.text("0123456789 -+()Xx张", max_size=30))
def test_the_filter_for_tables_misses_nothing_the_scanner_finds(cell: str) -> None:
    schema = TableSchema("t", (Column("candidate", "id"),))

    found = scan_table(Table(schema, pl.DataFrame({"candidate": [cell]})), file="t.csv")

    assert [problem.code for problem in found] == [problem.code for problem in scan(cell)]


def test_a_table_names_row_and_column() -> None:
    schema = TableSchema("t", (Column("candidate", "id"), Column("total", "decimal"), Column("name", "text")))
    frame = pl.DataFrame(
        {"candidate": ["a", "b"], "total": [1, 13812345678], "name": [None, "6217 0000 0000 0000"]}
    )

    assert scan_table(Table(schema, frame), file="t.csv") == []

    frame = frame.with_columns(candidate=pl.Series(["a", "13812345678"]))
    (problem,) = scan_table(Table(schema, frame), file="t.csv")

    assert str(problem.place) == "t.csv:3:candidate"


@pytest.mark.parametrize("code", [ID_NUMBER, PHONE_NUMBER, BANK_CARD])
def test_every_refusal_has_its_sentence(code: str) -> None:
    assert {parameters(sentences()[code][lang]) for lang in LANGUAGES} == {frozenset({"begins", "digits"})}
