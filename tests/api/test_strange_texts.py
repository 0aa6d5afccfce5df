"""Names and ids as people and attackers write them: kept whole, shown harmlessly, never run."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.api.commands import Ran, completed, copied, digest_of, jifen, read_rows, with_cell, with_rows

FORMULA = "=cmd|' /C calc'!A0"


def people_table(out: Path) -> list[list[str]]:
    """The table that opens in a spreadsheet, as one reads it."""
    text = (out / "tables" / "assignments.csv").read_text("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def run(folder: Path, *options: object) -> tuple[Ran, Path]:
    out = folder.parent / "out"
    return completed("run", folder, "--out", out, *options), out


def slow(text: str) -> object:
    """One more of a kind of which the fast suite has some."""
    return pytest.param(text, marks=pytest.mark.slow)


@pytest.mark.parametrize("text", [FORMULA, "@SUM(1)", *map(slow, ("+1+1", "-1+1", "=1+1"))])
def test_a_school_that_is_named_like_a_formula_is_text_in_every_spreadsheet(
    text: str, city: Path, tmp_path: Path
) -> None:
    """An apostrophe stands before it, and the importer takes it off again."""
    school = read_rows(city / "offers.csv")[1][0]
    _, out = run(copied(city, tmp_path / "round", with_cell("offers.csv", 2, "name", text)), "--no-pdf")

    table = people_table(out)
    shown = {row[table[0].index("offer_name")] for row in table[1:] if row[table[0].index("offer")] == school}
    assert shown == {f"'{text}"}
    for path in (out / "tables").glob("*.csv"):
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t")]


NAMES = (
    FORMULA,
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %}",
    '#eval("1") $x$ *b* _i_ `c` \\ @a <l>',
    '张三,“李四”"王五"',
    "𠮷𱁬龘㐀",
    "👩‍👧 Ann",
    "Ñandú Ößşé",
    "买买提·阿卜杜拉",
    "a\nb",
    "名" * 10_000,
)


def test_strange_names_are_harmless_in_notices_and_pdf(city: Path, tmp_path: Path) -> None:
    """Of children and of schools: masked or shown as written, kept whole in the audit bundle, never run."""
    schools = [name for name in NAMES if len(name) < 100]
    changes = [with_cell("candidates.csv", row, "name", name) for row, name in enumerate(NAMES, start=2)]
    changes += [with_cell("offers.csv", row, "name", name) for row, name in enumerate(schools, start=2)]

    _, out = run(copied(city, tmp_path / "round", *changes))

    page = (out / "notice" / "notice.zh.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "名" * 10 not in page
    kept = read_rows(out / "audit" / "inputs" / "candidates.csv")
    assert [row[kept[0].index("name")] for row in kept[1:]][: len(NAMES)] == list(NAMES)
    assert jifen("verify", out / "audit").status == 0
    assert sorted((out / "notice").glob("*.pdf"))


def test_ids_may_be_chinese(city: Path, tmp_path: Path) -> None:
    """Application numbers and schools; the notice, the verifier and `explain` know them."""

    def chinese(folder: Path) -> None:
        for path in folder.glob("*.csv"):
            text = path.read_text("utf-8")
            path.write_text(text.replace("ZS15-", "申请").replace("P15-", "家长"), "utf-8")

    _, out = run(copied(city, tmp_path / "round", chinese), "--no-pdf")

    assert jifen("verify", out / "audit").status == 0
    sheet = completed("explain", "zhongshan/points", out, "--applicant", "申请000001", "--lang", "zh").out
    assert "申请000001" in sheet
    assert "申请00" in (out / "notice" / "notice.zh.html").read_text("utf-8")


@pytest.mark.parametrize(
    "person",
    ["甲,乙", "😀", "甲/乙", "Ａ１", *(slow(text) for text in ('"甲"', "甲 乙", "x" * 200, "&amp;"))],
)
def test_a_strange_id_survives_the_whole_way(person: str, city: Path, tmp_path: Path) -> None:
    """Commas, quotes, blanks, emoji: one id in, the same id out (full-width letters become plain ones)."""
    first = read_rows(city / "candidates.csv")[1][0]

    def replaced(rows: list[list[str]]) -> list[list[str]]:
        return [[person if cell == first else cell for cell in row] for row in rows]

    folder = copied(city, tmp_path / "round", with_rows("candidates.csv", replaced))
    _, out = run(folder, "--no-pdf")

    known = "A1" if person == "Ａ１" else person
    document = completed("explain", "zhongshan/points", out, "--applicant", known, "--json").document()
    assert document["candidate"] == known
    assert jifen("verify", out / "audit").status == 0
    assert jifen("replay", out / "audit").status == 0


def test_composed_and_decomposed_letters_are_the_same_id(city: Path, tmp_path: Path) -> None:
    """Two keyboards, one id: é is é."""
    first = read_rows(city / "candidates.csv")[1][0]
    digests = set()
    for number, letter in enumerate(("\u00e9", "e\u0301")):

        def renamed(rows: list[list[str]], letter: str = letter) -> list[list[str]]:
            return [[f"Ren{letter}" if cell == first else cell for cell in row] for row in rows]

        digests.add(digest_of(copied(city, tmp_path / str(number), with_rows("candidates.csv", renamed))))

    assert len(digests) == 1
