"""A round whose facts come from histories: points, replay, the auditor's program, explanation, bad rows."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from publication.bundle import bundle_files
from publication.letter import letter_text
from publication.letter_page import letter_html
from publication.messages import Lang
from scenarios.letters import Letters
from scenarios.round import run_round
from storage.folders import write_folder
from storage.rounds import read_bundle_inputs, read_round
from tests.verifier.tiny_bundle import seal
from values.problems import BadInput
from verifier.verify_bundle import verify

PACK = """
format: policy/1
id: riverside/points
title: {zh: 江城积分, en: points of Riverside}
place: {zh: 江城, en: Riverside}
status: illustrative
effective: {from: 2019-01-01}
scale: 1
documents:
  rules: {number: X1, issued: 2018-10-23, title: {zh: 规定, en: rules}}
facts:
  town: {title: {zh: 镇, en: town}, of: candidate, type: choice, members: {east: {zh: 东, en: east}},
    supplied_by: applicant, attested_by: {zh: 教育局, en: education bureau}, cite: rules 1}
derived:
  residence_years: {title: {zh: 居住年限, en: years of residence}, of: subject, residence: years,
    cite: rules 2, maximum: 60}
  months_in_all: {title: {zh: 累计居住月数, en: months in all}, of: subject, residence: months_in_all,
    cite: rules 2}
  permit: {title: {zh: 居住证, en: residence permit}, of: subject, residence: permit, cite: rules 3}
groups:
  residence: {title: {zh: 居住, en: residence}, cite: rules 4}
indicators:
  years:
    title: {zh: 居住年限, en: years of residence}
    group: residence
    kind: base
    cite: rules 5
    points: {per: residence_years, every: 1, points: 2}
    unknown: {pending: true, cite: rules 6}
  permit:
    title: {zh: 持证, en: holds a permit}
    group: residence
    kind: base
    cite: rules 5
    points:
      lookup: permit
      points: {none: 0, applied: 0, accepted: 0, valid: 10, suspended: 1, terminated: 0}
    unknown: {pending: true, cite: rules 6}
  in_all:
    title: {zh: 累计, en: in all}
    group: residence
    kind: base
    cite: rules 5
    points: {per: months_in_all, every: 6, points: 0.5}
    unknown: {pending: true, cite: rules 6}
services:
  school:
    title: {zh: 入学, en: school}
    cite: rules 7
    kinds: [base]
    kinds_cite: rules 7
    criteria: {}
    candidate: {takes: own, cite: rules 11}
    ranking: {scope: [town], scope_cite: rules 12, ties: [exclude_all], ties_cite: rules 12}
    allocation:
      cite: rules 13
      stages:
        - {name: selection, mechanism: serial_dictatorship, seats: quotas}
      refusal: {gives_up: true, refill: false, cite: rules 14}
    notice: {working_days: 5, cite: rules 15}
"""
ROUND = """
format: round/1
id: riverside-2024
title: {zh: 江城, en: Riverside}
policy: pack.yaml
service: school
as_of: 2024-03-20
residence:
  rules: [national/residence/rules-2016-01-01, zhejiang/residence/rules-2016-07-01,
    hangzhou/residence/rules-2017-01-01, hangzhou/residence/rules-2018-07-01]
  choices: {residence_needed: 6 months, suspension_effect: pause, deadlines_roll_over: 'no', home_visits: any,
    absence: 14 days, termination_effect: reset, suspended_score: frozen, leap_day: february_28,
    insurance_gap: 0 months, insurance_up_to: month_before, route_gap: 30 days, guardians_which: both,
    guardians_without: back_paid}
notice:
  office: {zh: 江城, en: Riverside}
  contact: {zh: 电话, en: telephone}
  published_on: 2024-03-21
"""
HISTORIES = """subject,number,day,event,stay_days
A,1,2018-09-03,arrive,400
A,2,2018-09-04,declare,
A,3,2019-03-04,apply,
A,4,2019-03-05,accept,
A,5,2019-03-15,issue,
A,6,2020-06-15,endorse,
A,7,2021-03-01,endorse,
A,8,2022-03-01,endorse,
A,9,2023-03-01,endorse,
B,1,2022-01-04,arrive,400
B,2,2022-01-05,declare,
"""
# A: 2018-09-04 through 2024-03-15 (due, not endorsed) without 91 days, so from 2018-12-04: 63 months.
# B: 26 months, 2 years, no permit. C has no history.
POINTS = {"A": ("10", "1", "5"), "B": ("4", "0", "2"), "C": ("0", "0", "0")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pack.yaml").write_text(PACK, "utf-8")
    (tmp_path / "round.yaml").write_text(ROUND, "utf-8")
    (tmp_path / "histories.csv").write_text(HISTORIES, "utf-8")
    (tmp_path / "applicants.csv").write_text("subject\nA\nB\nC\n", "utf-8")
    (tmp_path / "candidates.csv").write_text(
        "candidate,subject,town\nA,A,east\nB,B,east\nC,C,east\n", "utf-8"
    )
    (tmp_path / "quotas.csv").write_text("town,seats\neast,1\n", "utf-8")
    return tmp_path


@pytest.fixture
def bundle(folder: Path) -> Path:
    given = read_round(folder)
    decided = run_round(given.pack, given.config, given.tables)
    write_folder(folder / "audit", bundle_files(decided.record, "audit"))
    return folder / "audit"


def test_points_come_from_the_histories(bundle: Path) -> None:
    """Five years of residence, two points each; worked by hand above."""
    head, *rows = (line.split(",") for line in (bundle / "score_lines.csv").read_text("utf-8").split())
    lines = [dict(zip(head, row, strict=True)) for row in rows]

    assert {row["candidate"]: (row["years"], row["permit"], row["in_all"]) for row in lines} == POINTS


def test_the_bundle_replays_to_the_same_record_and_the_auditor_counts_the_same(bundle: Path) -> None:
    """Rules, readings and histories lie in the bundle."""
    given = read_bundle_inputs(bundle)
    again = run_round(given.pack, given.config, given.tables)

    assert bundle_files(again.record, "audit")["record.json"] == (bundle / "record.json").read_bytes()
    report = verify(bundle, "en")
    assert report.ok, report.as_text("en")
    assert next(check for check in report.checks if check["name"] == "residence")["result"] == "holds"


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        ("inputs/histories.csv", "A,6,2020-06-15,endorse", "A,6,2020-03-15,endorse", "months_in_all"),
        (
            "inputs/residence.json",
            '"suspension_effect":"pause"',
            '"suspension_effect":"reset"',
            "months_in_all",
        ),
        ("facts.csv", "B,B,east,2,26,none", "B,B,east,2,26,valid", "permit"),
    ],
)
def test_a_changed_history_rule_or_fact_is_found(
    bundle: Path, file: str, old: str, new: str, column: str
) -> None:
    """With all digests made to fit."""
    text = (bundle / file).read_text("utf-8")
    assert old in text
    (bundle / file).write_text(text.replace(old, new), "utf-8")
    record = (bundle / "record.json").read_text("utf-8")
    seal(bundle)
    assert record != (bundle / "record.json").read_text("utf-8")

    found = next(check for check in verify(bundle, "en").checks if check["name"] == "residence")

    assert (found["result"], found["place"]["file"], found["place"]["column"]) == (
        "failed",
        "facts.csv",
        column,
    )


@pytest.mark.parametrize("source", ["folder", "bundle"])
def test_a_score_line_opens_into_the_spells_behind_it(folder: Path, bundle: Path, source: str) -> None:
    """`jifen explain`, from the round's folder and from the audit bundle."""
    pack, place = str(folder / "pack.yaml"), str(folder if source == "folder" else bundle)

    output = (
        CliRunner()
        .invoke(app, ["explain", pack, place, "--applicant", "A", "--lang", "en", "--as-of", "2024-03-20"])
        .output
    )

    assert "years of residence: 5; 5 × 2 = 10" in output
    assert (
        "years of residence: 5 (X1 art. 2); 2018-09-04 to 2020-03-16, 559 days + 2020-06-15 to 2024-03-16,"
        " 1370 days; not counted: 2020-03-16 to 2020-06-15, 91 days, 2024-03-16 to 2024-03-20, 4 days,"
        " because the permit was suspended (hangzhou 第二十条第二款" in output
    )
    assert (
        "residence permit: suspended (X1 art. 3); history: 2018-09-03 arrived, 2018-09-04 registered"
        in output
    )


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "en",
            [
                "years of residence: 5; 5 × 2 = 10",
                "years of residence: 5 (X1 art. 2); 2018-09-04 to 2020-03-16, 559 days"
                " + 2020-06-15 to 2024-03-16, 1370 days; not counted:"
                " 2020-03-16 to 2020-06-15, 91 days, 2024-03-16 to 2024-03-20, 4 days,"
                " because the permit was suspended (hangzhou 第二十条第二款)",
                "residence permit: suspended (X1 art. 3); history: 2018-09-03 arrived, 2018-09-04 registered",
            ],
        ),
        (
            "zh",
            [
                "居住年限：5；5 × 2 = 10",
                "2018-09-04起至2020-03-16共 559 天 + 2020-06-15起至2024-03-16共 1370 天；"
                "未计：2020-03-16起至2020-06-15共 91 天、2024-03-16起至2024-03-20共 4 天，"
                "因居住证中止使用（hangzhou 第二十条第二款）",
                "2018-09-03 到达、2018-09-04 申报居住登记",
            ],
        ),
    ],
)
def test_the_letter_opens_the_years_into_the_spells_behind_them(
    folder: Path, lang: Lang, told: list[str]
) -> None:
    """Whoever was decided on reads which days made the five years, and which did not and why."""
    given = read_round(folder)
    decided = run_round(given.pack, given.config, given.tables)
    letters = Letters(decided, decided.record.digest)

    page = letter_html(letter_text(letters.letter("A"), lang))
    nobody = letter_html(letter_text(letters.letter("C"), lang))

    assert [part for part in told if part not in unescape(page)] == []
    assert "2018-09-04" not in nobody


def test_everything_wrong_in_the_histories_is_told_by_person_and_row(folder: Path) -> None:
    """An endorsement before the issue, and an event before the one above it."""
    text = HISTORIES.replace("A,5,2019-03-15,issue", "A,5,2019-03-15,endorse").replace(
        "2022-01-05", "2022-01-03"
    )
    (folder / "histories.csv").write_text(text, "utf-8")
    given = read_round(folder)

    with pytest.raises(BadInput) as refused:
        run_round(given.pack, given.config, given.tables)

    assert [(problem.code, problem.place.row) for problem in refused.value.problems] == [
        ("residence.not_allowed", 6),
        ("registry.follows", 6),
        ("registry.out_of_order", 12),
    ]
    assert [dict(problem.params)["person"] for problem in refused.value.problems[1:]] == ["A", "B"]


def test_an_office_that_counts_itself_hands_in_finished_facts(folder: Path) -> None:
    """Columns of applicants instead of histories; both are refused, and neither too."""
    (folder / "applicants.csv").write_text(
        "subject,residence_years,months_in_all,permit\nA,5,63,suspended\nB,2,26,none\nC,0,0,none\n", "utf-8"
    )
    given = read_round(folder)
    with pytest.raises(BadInput, match="history_twice"):
        run_round(given.pack, given.config, given.tables)

    (folder / "histories.csv").unlink()
    given = read_round(folder)
    decided = run_round(given.pack, given.config, given.tables)
    assert decided.scores.totals["total"].to_list() == [160, 60, 0]

    (folder / "applicants.csv").write_text("subject\nA\nB\nC\n", "utf-8")
    given = read_round(folder)
    with pytest.raises(BadInput, match="history_missing"):
        run_round(given.pack, given.config, given.tables)


def test_histories_without_rules_are_refused(folder: Path) -> None:
    """Nothing has a default."""
    settings = ROUND[: ROUND.index("residence:\n")] + ROUND[ROUND.index("notice:\n") :]
    (folder / "round.yaml").write_text(settings, "utf-8")
    given = read_round(folder)

    with pytest.raises(BadInput, match="residence_rules_missing"):
        run_round(given.pack, given.config, given.tables)


def test_rules_that_do_not_exist_are_named_with_those_that_do(folder: Path) -> None:
    """A slip in the name of the rules."""
    (folder / "round.yaml").write_text(ROUND.replace("rules-2017-01-01", "rules-2017"), "utf-8")

    with pytest.raises(BadInput, match="hangzhou/residence/rules-2018-07-01"):
        read_round(folder)
