"""`jifen policy test --pins`: what of a pack no worked case would notice if it were wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

PACK = (Path(__file__).parents[1] / "scoring" / "tiny_pack.yaml").read_text("utf-8")
EXAMPLES = """\
defaults:
  service: school
  as_of: 2015-01-01
  subject: {education: none, months: 12}
  candidate: {town: east}
cases:
  - case: 0 + 1.5 = 1.5, fewer than 10
    expect: {indicators: {education: 0, insurance: 1.5}, total: 1.5, status: ineligible}
  - case: 20 + 0 = 20 with eleven months
    subject: {education: junior, months: 11}
    expect: {indicators: {education: 20, insurance: 0}, total: 20, status: eligible}
  - case: 23 months, one below the second step
    subject: {months: 23}
    expect: {indicators: {insurance: 1.5}}
  - case: 24 months
    subject: {months: 24}
    expect: {indicators: {insurance: 3}}
  - case: 23 × 1.3 = 29.9 in the west
    subject: {education: junior, months: 24}
    candidate: {town: west}
    expect: {total: 29.9}
  - case: one month is enough
    subject: {education: junior, months: 1}
    expect: {status: eligible}
  - case: no month
    subject: {education: junior, months: 0}
    expect: {status: ineligible, reasons: [insured]}
  - case: education is not known, 0 + 3 = 3
    subject: {education: null, months: 24}
    expect: {indicators: {education: 0}, total: 3}
rounds:
  - round: one flat for two, and the first gives it up
    seats: {east: 1}
    people:
      A: {subject: {education: junior, months: 24}, refuses: true}
      B: {subject: {education: junior}}
    expect: {gave_up: [A], waiting: [B]}
unnoticeable:
  - {rule: services.school.gate.points, why: "3.9 is the most below it, and 20 the least above"}
"""
LOWER_STEP = """\
  - case: 23 months, one below the second step
    subject: {months: 23}
    expect: {indicators: {insurance: 1.5}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2014-10-30.yaml").write_text(PACK, "utf-8")
    (tmp_path / "examples.yaml").write_text(EXAMPLES, "utf-8")
    return tmp_path


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["policy", "test", *map(str, args)])
    return result.exit_code, result.stdout


def test_cases_at_every_step_notice_every_alteration(folder: Path) -> None:
    """The gate cannot be noticed, and the examples say why."""
    told = "tiny/points (2014-10-30): 21 of 23 alterations are noticed by a case or round, and 2 cannot be\n"

    assert run(folder, "--pins", "--lang", "en") == (0, told)


def test_a_boundary_without_its_case_below_is_told(folder: Path) -> None:
    """Exactly that boundary, with file, line, and what to add."""
    (folder / "examples.yaml").write_text(EXAMPLES.replace(LOWER_STEP, ""), "utf-8")

    status, output = run(folder / "2014-10-30.yaml", "--pins", "--lang", "en")

    assert status == 1
    assert output.replace(f"{folder}/", "") == (
        "tiny/points (2014-10-30): 20 of 23 alterations are noticed by a case or round, and 2 cannot be\n"
        "  2014-10-30.yaml:56:12: no worked case notices indicators.insurance.points.rows[24].from 24 → 23;"
        " add one at the step\n"
    )


def test_what_no_case_notices_as_json(folder: Path) -> None:
    (folder / "examples.yaml").write_text(EXAMPLES.replace(LOWER_STEP, ""), "utf-8")

    status, output = run(folder, "--pins", "--json")

    (pack,) = json.loads(output)["packs"]
    assert status == 1
    assert [(one["line"], one["kind"], one["from"], one["to"]) for one in pack["unnoticed"]] == [
        (56, "number", "24", "23")
    ]
    assert [one["to"] for one in pack["excused"]] == ["10.05", "9.95"]


def test_an_excuse_for_nothing_is_told(folder: Path) -> None:
    """A case notices the factor; and no rule has the other name."""
    more = (
        "  - {rule: services.school.multiplier.factor, to: 1.4, why: x}\n  - {rule: nothing.at.all, why: x}\n"
    )
    (folder / "examples.yaml").write_text(EXAMPLES + more, "utf-8")

    status, output = run(folder, "--pins", "--lang", "en")

    assert status == 1
    assert output.splitlines()[1:] == [
        "  `unnoticeable` lists services.school.multiplier.factor → 1.4: a case notices it, or the pack has"
        " no such rule; take it out",
        "  `unnoticeable` lists nothing.at.all: a case notices it, or the pack has no such rule; take it out",
    ]


def test_cases_that_differ_are_told_before_anything_is_altered(folder: Path) -> None:
    (folder / "examples.yaml").write_text(EXAMPLES.replace("total: 29.9", "total: 30"), "utf-8")

    status, output = run(folder, "--pins", "--lang", "en")

    assert status == 1
    assert "expected 30, got 29.9" in output
    assert "alteration" not in output
