"""`jifen letter`: files and data, from a bundle or a round's folder, all of them or none."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.api.commands import completed, copied, jifen, read_rows, with_cell, with_text


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def index_of(folder: Path) -> dict[str, str]:
    return dict(csv.reader(io.StringIO((folder / "index.csv").read_text("utf-8-sig"))))


@pytest.fixture(scope="module")
def someone(results: Path) -> str:
    """The first of the ranking."""
    return read_rows(results / "audit" / "ranking.csv")[1][0]


def test_everybody_gets_a_letter_in_both_languages(results: Path, city: Path, tmp_path: Path) -> None:
    ran = completed("letter", results, "--all", "--out", tmp_path / "out", "--json")

    people = [row[0] for row in read_rows(city / "candidates.csv")[1:]]
    index = index_of(tmp_path / "out")
    assert set(index) - {"candidate"} == set(people)
    wanted = {f"{index[person]}.{lang}.html" for person in people for lang in ("zh", "en")}
    assert written(tmp_path / "out") == {*wanted, "index.csv"}
    assert ran.document()["letters"] == 2 * len(people)
    for person in people:
        page = (tmp_path / "out" / f"{index[person]}.zh.html").read_text("utf-8")
        assert f"<dt>申请编号<dd>{person}" in page


def test_a_bundle_and_the_folder_it_came_from_give_the_same_letter(
    results: Path, city: Path, someone: str, tmp_path: Path
) -> None:
    for name, source in (("a", results), ("b", results / "audit"), ("c", city)):
        completed("letter", source, "--applicant", someone, "--out", tmp_path / name)

    pages = {path.read_bytes() for path in tmp_path.rglob("*.zh.html")}
    assert len(pages) == 1


def test_a_pdf_is_dated_readable_and_the_same_again(results: Path, someone: str, tmp_path: Path) -> None:
    """Its date is that of the decision; its text can be copied; both languages."""
    for name in ("a", "b"):
        completed("letter", results, "--applicant", someone, "--pdf", "--out", tmp_path / name)

    for lang, word in (("zh", "结果告知书"), ("en", "Decision letter")):
        first, second = (next((tmp_path / name).rglob(f"*.{lang}.pdf")) for name in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
        sheet = PdfReader(first)
        assert sheet.metadata is not None
        assert str(sheet.metadata["/CreationDate"]).startswith("D:20150601")
        text = "".join(page.extract_text() for page in sheet.pages)
        assert word in text
        assert someone in text


def test_data_holds_figures_clauses_and_reasons(wishes_results: Path, tmp_path: Path) -> None:
    waiting = next(
        row[0] for row in read_rows(wishes_results / "audit" / "outcomes.csv") if row[1] == "waiting"
    )

    (letter,) = completed("letter", wishes_results, "--applicant", waiting, "--json").document()["letters"]

    assert letter["format"] == "letter/1"
    assert letter["outcome"]["outcome"] == "waiting"
    assert letter["not_given"][-1]["reason"] == "no_place_left"
    assert letter["objections"] == {
        "from": "2015-06-01", "until": "2015-06-08", "contact": letter["objections"]["contact"]
    }  # fmt: skip
    assert letter["explanation"]["total"] is not None
    assert all(line["cite"] for line in letter["explanation"]["lines"])


def test_one_unknown_applicant_stops_all_letters(results: Path, someone: str, tmp_path: Path) -> None:
    ran = jifen(
        "letter", results, "--applicant", someone, "--applicant", "ghost", "--out", tmp_path / "o", "--json"
    )

    assert ran.status == 2
    assert [problem[0] for problem in ran.problems()] == ["facts.nobody_of_that_name"]
    assert list(tmp_path.iterdir()) == []


def test_a_defect_in_the_middle_leaves_nothing_behind(city: Path, tmp_path: Path) -> None:
    """One name holds an identity number: its letter is refused while others are written already."""
    rows = len(read_rows(city / "candidates.csv"))
    folder = copied(city, tmp_path / "round", with_cell("candidates.csv", rows, "name", "11010519491231002X"))

    ran = jifen("letter", folder, "--all", "--lang", "zh", "--out", tmp_path / "out", "--json")

    assert ran.status == 2
    assert {problem[0] for problem in ran.problems()} == {"publication.id_number"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["round"]


def test_a_changed_bundle_gets_no_letters(results: Path, tmp_path: Path, someone: str) -> None:
    """The round's settings were changed after the decision: exit status 1, and what differs is named."""
    bundle = copied(
        results / "audit",
        tmp_path / "audit",
        with_text("inputs/round.json", "2015-06-01", "2015-06-02"),
    )

    ran = jifen("letter", bundle, "--applicant", someone, "--out", tmp_path / "out", "--json")

    assert ran.status == 1
    assert "letters.bundle_differs" in {problem[0] for problem in ran.problems()}
    assert not (tmp_path / "out").exists()


def test_a_public_bundle_is_not_enough(results: Path, tmp_path: Path) -> None:
    ran = jifen("letter", results / "public", "--all", "--out", tmp_path / "out", "--json")

    assert [problem[0] for problem in ran.problems()] == ["storage.not_an_audit_bundle"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--out", "x"], "--applicant"),
        (["--all", "--applicant", "a", "--out", "x"], "--all"),
        (["--all"], "--out"),
    ],
)
def test_wrong_usage_says_what_to_give(options: list[str], word: str, results: Path) -> None:
    ran = jifen("letter", results, *options)

    assert ran.status == 2
    assert word in ran.err
