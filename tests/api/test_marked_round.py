"""Points that count at some offers only, from files to letters: Luohu, where they count at that school."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.api.commands import completed, jifen
from tests.golden.small_rounds import POLICIES, cell
from values.yaml_marks import read_yaml

PACK = "shenzhen-luohu/school"
SETTINGS = """\
format: round/1
id: luohu
title: {zh: 示例, en: an example}
policy: shenzhen-luohu/school
service: school
as_of: 2016-04-16
readings: {old_area_points: that_school}
notice:
  office: {zh: 示例, en: an example}
  contact: {zh: 示例, en: an example}
  published_on: 2016-06-24
"""
STUDY = """\
format: study/1
id: where-they-count
title: {zh: 计入哪里, en: where they count}
round: luohu
scenarios:
  application: {title: {zh: 计入总积分, en: for the application}, readings: {old_area_points: application}}
"""
OWNER = {"home": "bought", "share_percent": 100, "deed_on": "2015-01-01"}
CHILDREN: dict[str, dict[str, object]] = {
    "xu": {"class": "c", "base_points": 60, "old_area": True, **OWNER},
    "yu": {"class": "c", "base_points": 65},
    "zhao": {"class": "c", "base_points": 62},
}
WISHES = [
    ["xu", 1, "two", False],
    ["xu", 2, "one", True],
    ["yu", 1, "two", False],
    ["yu", 2, "one", False],
    ["zhao", 1, "one", ""],
]


def folder_of(folder: Path, wishes: Sequence[Sequence[object]] = WISHES, *, marked: bool = True) -> Path:
    """The round on disk; `old_area`, which only the other reading uses, is a spare column."""
    examples: Any = read_yaml((POLICIES / PACK / "examples.yaml").read_text("utf-8"), "examples.yaml").value
    defaults = examples["defaults"]["subject"]
    head = ["candidate", "rank", "offer", *(["old_area_school"] if marked else [])]
    tables: dict[str, Sequence[Sequence[object]]] = {
        "applicants": [
            ["subject", *defaults],
            *([name, *({**defaults, **own}.values())] for name, own in CHILDREN.items()),
        ],
        "candidates": [["candidate", "subject"], *([name, name] for name in CHILDREN)],
        "offers": [
            ["offer", "name", "seats", "liannan", "sungang"],
            ["one", "One", 1, False, False],
            ["two", "Two", 1, False, False],
        ],
        "quotas": [["seats"], [2]],
        "preferences": [head, *(row[: len(head)] for row in wishes)],
        "leases": [["subject", "first_month", "last_month"]],
        "social": [["subject", "kind", "first_month", "last_month"]],
        "taxes": [["subject", "first_month", "last_month"]],
    }
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([cell(value) for value in row] for row in rows)
    (folder / "round.yaml").write_text(SETTINGS, "utf-8")
    return folder


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))


def test_from_files_to_bundles_letters_and_a_study(tmp_path: Path) -> None:
    """The example of the pack: two takes yu, one takes xu by the ten points there, zhao waits."""
    folder, out = folder_of(tmp_path / "round"), tmp_path / "out"
    (tmp_path / "study.yaml").write_text(STUDY, "utf-8")

    completed("run", folder, "--out", out)

    outcomes = (out / "public" / "outcomes.csv").read_text("utf-8").splitlines()
    assert outcomes[1:] == ["xu,placed,wishes,one,,70", "yu,placed,wishes,two,,65", "zhao,waiting,wishes,,1,"]
    cutoffs = rows_of(out / "public" / "cutoffs.csv")
    assert [(row["seat"], row["last_admitted"], row["total"]) for row in cutoffs] == [
        ("one", "xu", "70"),
        ("two", "yu", "65"),
    ]
    for form in ("public", "audit"):
        completed("verify", out / form)
    completed("replay", out / "audit")
    completed("letter", out, "--all", "--lang", "en", "--out", tmp_path / "letters")
    letter = (tmp_path / "letters" / "all" / "zhao.en.html").read_text("utf-8")
    assert "Wish 1, One: the last admitted had 70 at this offer, the applicant 62 there." in letter
    completed("simulate", tmp_path / "study.yaml", "--round", folder, "--out", tmp_path / "study")
    people = rows_of(tmp_path / "study" / "tables" / "people.csv")
    assert {row["candidate"]: (row["offer_before"], row["offer_after"]) for row in people} == {
        "xu": ("one", "two"),
        "yu": ("two", "one"),
    }


def test_a_mark_that_is_not_yes_or_no_is_refused_with_its_row_and_column(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "round", [*WISHES[:3], ["yu", 2, "one", "maybe"], *WISHES[4:]])

    ran = jifen("run", folder, "--out", tmp_path / "out", "--json")

    assert (ran.status, ran.problems()) == (
        2,
        [("tables.not_a_boolean", "preferences.csv", 5, "old_area_school")],
    )


def test_a_table_of_wishes_without_the_column_is_refused(tmp_path: Path) -> None:
    ran = jifen("run", folder_of(tmp_path / "round", marked=False), "--out", tmp_path / "out", "--json")

    assert [problem[0] for problem in ran.problems()] == ["tables.missing_column"]


def test_the_sheet_of_somebody_whose_mark_is_open_says_so_from_files_and_bundle(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "round", [["xu", 1, "two", False], ["xu", 2, "one", ""], *WISHES[2:]])
    completed("run", folder, "--out", tmp_path / "out")

    for place in (folder, tmp_path / "out" / "audit"):
        sheet = json.loads(completed("explain", PACK, place, "--applicant", "xu", "--json").out)
        codes = [reason["code"] for reason in sheet["reasons"]]
        assert (sheet["status"], codes, sheet["total"]) == ("pending", ["unknown:at:old_area_school"], "60")


def test_before_wishes_are_marked_scores_are_told_and_cases_that_need_a_mark_wait(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "round", marked=False)

    told = json.loads(completed("score", PACK, folder, "--json").out)

    statuses = {row["candidate"]: row["status"] for row in told["lines"]}
    assert statuses == {"xu": "pending", "yu": "eligible", "zhao": "eligible"}


def test_the_other_reading_does_not_read_the_column(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "round")
    settings = SETTINGS.replace("readings: {old_area_points: that_school}\n", "")
    (folder / "round.yaml").write_text(settings, "utf-8")

    completed("run", folder, "--out", tmp_path / "out")

    outcomes = (tmp_path / "out" / "public" / "outcomes.csv").read_text("utf-8").splitlines()
    assert outcomes[1:] == ["xu,placed,wishes,two,", "yu,placed,wishes,one,", "zhao,waiting,wishes,,1"]
