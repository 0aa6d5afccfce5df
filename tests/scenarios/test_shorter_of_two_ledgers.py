"""The shorter of two ledgers: two counts of months and the smaller of them, from the rows to the auditor."""

from __future__ import annotations

from pathlib import Path

import pytest

from publication.bundle import bundle_files
from publication.letter import letter_text
from publication.letter_page import letter_html
from scenarios.letters import Letters
from scenarios.round import Round, run_round
from storage.folders import write_folder
from storage.rounds import read_round
from verifier.verify_bundle import verify

COUNT = "of: subject, up_to: accepted_on, bridge: 0, bridged_months: excluded, on_break: stop, cite: rules 2"
PACK = f"""
format: policy/1
id: riverside/ledgers
title: {{zh: 江城积分, en: points of Riverside}}
place: {{zh: 江城, en: Riverside}}
status: illustrative
effective: {{from: 2019-01-01}}
scale: 0
documents:
  rules: {{number: X1, issued: 2018-10-23, title: {{zh: 规定, en: rules}}}}
ledgers:
  pension: {{title: {{zh: 养老保险, en: pension}}, cite: rules 2}}
  medical: {{title: {{zh: 医疗保险, en: medical}}, cite: rules 2}}
facts:
  town: {{title: {{zh: 镇, en: town}}, of: candidate, type: choice, members: {{east: {{zh: 东, en: east}}}},
    supplied_by: applicant, attested_by: {{zh: 教育局, en: education bureau}}, cite: rules 1}}
  accepted_on: {{title: {{zh: 受理日期, en: day of acceptance}}, of: subject, type: date,
    supplied_by: department, attested_by: {{zh: 教育局, en: education bureau}}, cite: rules 1}}
derived:
  pension_months: {{title: {{zh: 养老月数, en: pension months}}, months_in: pension, {COUNT}}}
  medical_months: {{title: {{zh: 医疗月数, en: medical months}}, months_in: medical, {COUNT}}}
  shorter: {{title: {{zh: 较短者, en: the shorter}}, of: subject,
    formula: "min(pension_months, medical_months)", cite: rules 3}}
groups:
  insurance: {{title: {{zh: 参保, en: insurance}}, cite: rules 4}}
indicators:
  insured:
    title: {{zh: 参保, en: insured}}
    group: insurance
    kind: base
    cite: rules 5
    points: {{per: shorter, every: 1, points: 1}}
    unknown: {{pending: true, cite: rules 6}}
services:
  school:
    title: {{zh: 入学, en: school}}
    cite: rules 7
    kinds: [base]
    kinds_cite: rules 7
    criteria: {{}}
    candidate: {{takes: own, cite: rules 11}}
    ranking: {{scope: [town], scope_cite: rules 12, ties: [exclude_all], ties_cite: rules 12}}
    allocation:
      cite: rules 13
      stages:
        - {{name: selection, mechanism: serial_dictatorship, seats: quotas}}
      refusal: {{gives_up: true, refill: false, cite: rules 14}}
    notice: {{working_days: 5, cite: rules 15}}
"""
ROUND = """
format: round/1
id: riverside-2024
title: {zh: 江城, en: Riverside}
policy: pack.yaml
service: school
as_of: 2024-12-31
notice: {office: {zh: 江城, en: Riverside}, contact: {zh: 电话, en: telephone}, published_on: 2025-01-02}
"""
PENSION = "A,2023-01,2024-12\nB,2024-07,2024-12\nC,2024-01,2024-12\n"
MEDICAL = "A,2024-01,2024-12\nB,2020-01,2024-12\nC,2023-07,2023-12\nC,2024-12,2024-12\n"
# A: 24 and 12. B: 6 and 60. C: 12 and, after a break, 1. D: in neither.
SHORTER = {"A": "12", "B": "6", "C": "1", "D": "0"}


@pytest.fixture
def decided(tmp_path: Path) -> Round:
    columns = "subject,first_month,last_month\n"
    tables = {
        "pack.yaml": PACK,
        "round.yaml": ROUND,
        "pension.csv": columns + PENSION,
        "medical.csv": columns + MEDICAL,
        "applicants.csv": "subject,accepted_on\n" + "".join(f"{name},2024-12-31\n" for name in "ABCD"),
        "candidates.csv": "candidate,subject,town\nA,A,east\nB,B,east\nC,C,east\nD,D,east\n",
        "quotas.csv": "town,seats\neast,1\n",
    }
    for name, text in tables.items():
        (tmp_path / name).write_text(text, "utf-8")
    given = read_round(tmp_path)
    return run_round(given.pack, given.config, given.tables)


def test_the_shorter_of_two_ledgers_gives_the_points(decided: Round, tmp_path: Path) -> None:
    """Counted by hand above; the auditor's program counts the same from the rows."""
    write_folder(tmp_path / "audit", bundle_files(decided.record, "audit"))
    head, *rows = (
        line.split(",") for line in (tmp_path / "audit/score_lines.csv").read_text("utf-8").split()
    )
    lines = [dict(zip(head, row, strict=True)) for row in rows]

    assert {row["candidate"]: row["insured"] for row in lines} == SHORTER
    report = verify(tmp_path / "audit", "en")
    assert report.ok, report.as_text("en")


def test_the_letter_shows_both_counts_and_which_is_shorter(decided: Round) -> None:
    """C's medical insurance broke off: its months before the break are told, and do not count."""
    letters = Letters(decided, decided.record.digest)

    page = letter_html(letter_text(letters.letter("C"), "en"))

    assert "pension months: 12 (X1 art. 2); 2024-01 to 2024-12, 12 months" in page
    assert "medical months: 1 (X1 art. 2); 2024-12 to 2024-12, 1 months" in page
    assert "not counted: 2023-07 to 2023-12, 6 months, because 11 months are missing after it" in page
