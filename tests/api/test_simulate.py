"""`jifen simulate`: on a folder and on a published round, and nothing of it passes for official."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest

from scenarios.what_if import WATERMARK
from tests.api.commands import Ran, completed, copied, jifen, with_text

STUDY = """\
format: study/1
id: small
title: {zh: 小型测算, en: small study}
round: zhongshan-2015-school
groups:
  points: {title: {zh: 分数段, en: points}, column: total, bands: [200, 250, 300.5]}
scenarios:
  seats: {title: {zh: 加名额, en: more seats}, seats: [{by: +10 %, rounding: up}]}
  dropped: {title: {zh: 取消, en: dropped}, drop: [indicators.lawful_births]}
"""
FAILING = """\
  nobody: {title: {zh: 无人, en: nobody}, set: {services.school.gate.points: 100000}}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("study") / "study.yaml"
    file.write_text(STUDY, "utf-8")
    return file


@pytest.fixture(scope="module")
def simulated(study: Path, results: Path) -> tuple[Ran, Path]:
    """The study on the published round."""
    out = study.parent / "out"
    return completed("simulate", study, "--round", results, "--out", out, "--json", "--lang", "zh"), out


def test_the_same_study_on_the_folder_and_on_the_published_round(
    study: Path, city: Path, simulated: tuple[Ran, Path], results: Path, tmp_path: Path
) -> None:
    """Same comparison, and the baseline is the published record."""
    out = tmp_path / "out"

    document = completed("simulate", study, "--round", city, "--out", out, "--json").document()

    published = json.loads((results / "audit" / "record.json").read_text("utf-8"))
    assert document["record"] == published["digest"]
    assert {**document, "out": ""} == {**simulated[0].document(), "out": ""}
    assert (out / "comparison.json").read_bytes() == (simulated[1] / "comparison.json").read_bytes()


def test_every_file_carries_the_watermark_and_none_is_a_record(simulated: tuple[Ran, Path]) -> None:
    """The page, the document, each row of each table, and standard output."""
    ran, out = simulated
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())

    assert files == [
        "comparison.json",
        "study.html",
        *(f"tables/{name}.csv" for name in ("by_group", "cutoffs", "flows", "people", "totals")),
    ]
    assert ran.document()["watermark"] == WATERMARK
    assert json.loads((out / "comparison.json").read_text("utf-8"))["watermark"] == WATERMARK
    for file in (out / "tables").iterdir():
        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
        assert rows
        assert {row["watermark"] for row in rows} == {WATERMARK}
    page = (out / "study.html").read_text("utf-8")
    assert page.count("模拟测算，非正式结果") >= page.count("<svg") > 2


def test_the_page_needs_nothing_from_outside_and_names_nobody(simulated: tuple[Ran, Path]) -> None:
    """Offline, and no application number: only the table of people has them."""
    _, out = simulated
    page = (out / "study.html").read_text("utf-8")
    document = (out / "comparison.json").read_text("utf-8")
    people = (out / "tables" / "people.csv").read_text("utf-8-sig")

    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(link.startswith("#") for link in links)
    assert "<script" not in page
    assert not re.search(r"ZS15-\d|P15-\d", page + document)
    assert re.search(r"ZS15-\d", people)


def test_both_languages_show_the_same_figures(
    study: Path, city: Path, simulated: tuple[Ran, Path], tmp_path: Path
) -> None:
    completed("simulate", study, "--round", city, "--out", tmp_path / "en", "--lang", "en")

    zh, en = ((folder / "study.html").read_text("utf-8") for folder in (simulated[1], tmp_path / "en"))

    cells = r"<td>([−+]?\d[\d.]*(?: %)?)"
    assert re.findall(cells, zh) == re.findall(cells, en) != []
    assert "more seats" in en
    assert "加名额" in zh


@pytest.mark.parametrize("of", ["", "tables"])
@pytest.mark.parametrize(
    "command",
    [
        ("verify",),
        ("replay",),
        ("run", "--out", "new", "--no-pdf"),
        ("letter", "--applicant", "ZS15-000001", "--out", "new"),
    ],
)
def test_a_study_on_disk_is_refused_wherever_a_round_or_bundle_is_wanted(
    command: tuple[str, ...],
    of: str,
    simulated: tuple[Ran, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A clear code and nothing written."""
    monkeypatch.chdir(tmp_path)

    ran = jifen(command[0], simulated[1] / of, *command[1:], "--json")

    assert ran.status == 1
    assert [code for code, *_ in ran.problems()] == ["storage.what_if"]
    assert list(tmp_path.iterdir()) == []


def test_an_official_record_put_beside_a_study_does_not_help(
    simulated: tuple[Ran, Path], results: Path, tmp_path: Path
) -> None:
    """The folder stays a study's."""
    folder = tmp_path / "forged"
    shutil.copytree(results / "public", folder)
    shutil.copy(simulated[1] / "comparison.json", folder)

    assert [code for code, *_ in jifen("verify", folder, "--json").problems()] == ["storage.what_if"]


def test_a_scenario_that_fails_is_told_and_the_answer_is_no(study: Path, city: Path, tmp_path: Path) -> None:
    """Exit status 1; the other scenarios are there."""
    file = tmp_path / "study.yaml"
    file.write_text(STUDY + FAILING, "utf-8")

    ran = jifen("simulate", file, "--round", city, "--out", tmp_path / "out", "--lang", "en")

    assert ran.status == 1
    assert "nobody: came to no decision" in ran.out
    assert "eligible" in ran.err
    document = json.loads((tmp_path / "out" / "comparison.json").read_text("utf-8"))
    assert [scenario["decided"] for scenario in document["scenarios"]] == [True, True, False]
    assert "came to no decision" in (tmp_path / "out" / "study.html").read_text("utf-8")


def test_a_wrong_path_is_refused_with_its_line_before_anything_is_decided(
    study: Path, city: Path, tmp_path: Path
) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(STUDY + FAILING.replace("gate.points", "gates.points"), "utf-8")

    ran = jifen("simulate", file, "--round", city, "--out", tmp_path / "out", "--json")

    assert ran.status == 2
    assert [(code, line) for code, _, line, _ in ran.problems()] == [("overlay.no_such_path", 10)]
    assert not (tmp_path / "out").exists()


def test_a_round_that_comes_out_otherwise_than_published_is_refused(
    study: Path, results: Path, tmp_path: Path
) -> None:
    """An audit bundle with another seat in its inputs."""
    audit = copied(results / "audit", tmp_path / "audit", with_text("record.json", '"ranked":', '"ranked":1'))

    ran = jifen("simulate", study, "--round", audit, "--out", tmp_path / "out", "--json")

    assert ran.status == 1
    assert "what_if.baseline_differs" in [code for code, *_ in ran.problems()]
    assert not (tmp_path / "out").exists()


def test_the_study_may_name_the_folder_and_a_table_of_people(city: Path, tmp_path: Path) -> None:
    """Then the command needs nothing else."""
    copied(city, tmp_path / "round")
    applicants = list(csv.DictReader(io.StringIO((city / "applicants.csv").read_text("utf-8"))))
    rows = "".join(f"{row['subject']},{'湖南' if n % 3 else '广东'}\n" for n, row in enumerate(applicants))
    (tmp_path / "homes.csv").write_text(f"subject,register\n{rows}", "utf-8")
    text = STUDY.replace(
        "groups:\n",
        "folder: round\npeople: homes.csv\ngroups:\n"
        "  register: {title: {zh: 户籍地, en: household register}, column: register}\n",
    )
    (tmp_path / "study.yaml").write_text(text, "utf-8")

    ran = completed("simulate", tmp_path / "study.yaml", "--out", tmp_path / "out", "--json")

    groups = ran.document()["scenarios"][0]["groups"]
    assert {row["value"] for row in groups if row["group"] == "register"} == {"湖南", "广东"}


def test_without_a_round_the_command_says_how_to_give_one(study: Path, tmp_path: Path) -> None:
    ran = jifen("simulate", study, "--out", tmp_path / "out", "--json")

    assert (ran.status, [code for code, *_ in ran.problems()]) == (2, ["simulate.no_round"])


def test_the_shipped_study_fits_the_shipped_round(city: Path, tmp_path: Path) -> None:
    """Found by its id; every scenario comes to a decision."""
    ran = completed("simulate", "zhongshan/2015-school", "--round", city, "--out", tmp_path / "out", "--json")

    assert len(ran.document()["scenarios"]) == 5
