"""`jifen run`: what it prints, what it writes, and when it says no."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from storage import publications
from tests.api.commands import completed, copied, jifen, with_own_pack


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_round_is_decided_and_published(results: Path) -> None:
    """Both bundles, tables for people, notice and report in both languages; nothing else."""
    files = written(results)

    assert {"public/record.json", "audit/record.json", "audit/inputs/round.json"} <= files
    assert {"tables/assignments.csv", "tables/assignments.parquet", "tables/cutoffs.csv"} <= files
    assert {"notice/notice.zh.html", "notice/notice.en.html"} <= files
    folders = {"public", "audit", "tables", "notice"}
    assert {file.split("/")[0] for file in files} == {*folders, "report.zh.html", "report.en.html"}


def test_the_record_is_the_same_file_in_both_bundles(results: Path) -> None:
    public, audit = ((results / form / "record.json").read_bytes() for form in ("public", "audit"))

    assert public == audit


def test_a_script_gets_one_document_and_a_person_some_lines(city: Path, tmp_path: Path) -> None:
    """The figures are the same; standard error stays silent when nothing is wrong."""
    script = completed("run", city, "--out", tmp_path / "a", "--no-pdf", "--json")
    person = completed("run", city, "--out", tmp_path / "b", "--no-pdf", "--lang", "zh")

    document, counts = script.document(), script.document()["counts"]
    assert (script.err, person.err) == ("", "")
    assert document["format"] == "round-result/1"
    assert counts["candidates"] == counts["ranked"] + counts["excluded"]["total"]
    assert counts["ranked"] == counts["placed"] + counts["gave_up"] + counts["waiting"]
    assert f"安排 {counts['placed']} 人" in person.out
    assert document["digest"] in person.out


def test_every_candidate_is_published_once(city: Path, results: Path) -> None:
    """Ranked and excluded together are everyone who applied."""
    applied = pl.read_csv(city / "candidates.csv", infer_schema=False)["candidate"]
    ranked, excluded = (
        pl.read_csv(results / "audit" / f"{name}.csv", infer_schema=False)["candidate"]
        for name in ("ranking", "excluded")
    )

    assert sorted([*ranked, *excluded]) == sorted(applied)


def test_pdf_sheets_are_one_a_town(city: Path, tmp_path: Path) -> None:
    completed("run", city, "--out", tmp_path / "out")

    sheets = {path.stem: path.read_bytes() for path in (tmp_path / "out" / "notice").glob("*.pdf")}
    towns = set(pl.read_csv(city / "candidates.csv")["town"])
    assert {name.split(".")[0] for name in sheets} <= {*pl.read_csv(city / "quotas.csv")["town"]}
    assert {f"{town}.zh" for town in towns} <= set(sheets)
    assert all(sheet.startswith(b"%PDF-") for sheet in sheets.values())


def test_a_large_round_is_a_page_a_town_behind_an_index(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every link of the index leads to a list, and every person stands on one page."""
    monkeypatch.setattr(publications, "ROWS_OF_ONE_PAGE", 10)

    completed("run", city, "--out", tmp_path / "out", "--no-pdf")

    notice = tmp_path / "out" / "notice"
    index, ranked = (notice / "notice.zh.html").read_text("utf-8"), candidates(tmp_path / "out")
    links = re.findall(r'href="([^"#]+)#([^"]+)"', index)
    pages = {page: (notice / page).read_text("utf-8") for page, _ in links}
    assert len(links) == pl.read_csv(city / "quotas.csv").height
    assert [link for link in links if f'id="{link[1]}"' not in pages[link[0]]] == []
    assert {f"notice/{page}" for page in pages} <= written(tmp_path / "out")
    assert all('href="notice.zh.html"' in text for text in pages.values())
    assert [number for number in ranked if number in index] == []
    assert sorted(re.findall(r"<td>(ZS15-\d+)<td>", "".join(pages.values()))) == sorted(ranked)


def test_a_workbook_is_written_where_it_is_asked_for(city: Path, results: Path, tmp_path: Path) -> None:
    completed("run", city, "--out", tmp_path / "out", "--no-pdf", "--xlsx")

    book = openpyxl.load_workbook(tmp_path / "out" / "notice" / "notice.zh.xlsx", read_only=True)
    numbers = [row[2] for row in book["名单"].iter_rows(min_row=3, values_only=True)]
    assert sorted(numbers) == sorted(candidates(tmp_path / "out"))
    assert not (results / "notice" / "notice.zh.xlsx").exists()


def candidates(results: Path) -> list[str]:
    """Everybody ranked."""
    return pl.read_csv(results / "public" / "ranking.csv", infer_schema=False)["candidate"].to_list()


def test_an_output_folder_that_holds_something_is_left_alone(city: Path, tmp_path: Path) -> None:
    """Unless the clerk says `--replace`; then nothing of the old content stays."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")

    refused = jifen("run", city, "--out", out, "--no-pdf", "--json")
    assert [problem[0] for problem in refused.problems()] == ["storage.target_not_empty"]
    assert written(out) == {"mine.txt"}

    completed("run", city, "--out", out, "--no-pdf", "--replace")
    assert "mine.txt" not in written(out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_an_empty_folder_or_a_path_of_new_folders_may_be_the_output(city: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    completed("run", city, "--out", tmp_path / "empty", "--no-pdf")
    completed("run", city, "--out", tmp_path / "new" / "and newer" / "中文 名称", "--no-pdf")

    assert "public/record.json" in written(tmp_path / "new" / "and newer" / "中文 名称")


def test_a_file_cannot_be_the_output_folder(city: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    ran = jifen("run", city, "--out", tmp_path / "out", "--no-pdf", "--replace", "--json")

    assert [problem[0] for problem in ran.problems()] == ["storage.target_is_file"]
    assert (tmp_path / "out").read_text() == "mine"


def test_a_refused_tie_is_the_answer_no(city: Path, tmp_path: Path) -> None:
    """Twins are equal in everything; under `refuse` that is exit status 1, and nothing is written."""
    ties = ("ties: [application_time, lottery]", "ties: [application_time, refuse]")
    folder = copied(city, tmp_path / "round", with_own_pack(ties))

    ran = jifen("run", folder, "--out", tmp_path / "out", "--no-pdf", "--json")

    assert ran.status == 1
    assert {problem[0] for problem in ran.problems()} == {"allocation.ranking_tie_refused"}
    assert not (tmp_path / "out").exists()


def test_chinese_paths_with_spaces_are_paths_like_any_other(city: Path, tmp_path: Path) -> None:
    folder = copied(city, tmp_path / "2015 年 积分入学" / "第一轮")

    ran = completed("run", folder, "--out", tmp_path / "结果 一", "--no-pdf", "--lang", "zh")

    assert str(tmp_path / "结果 一") in ran.out
    assert jifen("verify", tmp_path / "结果 一" / "public").status == 0
