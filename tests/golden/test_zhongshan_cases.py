"""The Zhongshan points table, worked by hand from the official text, step by step and cap by cap."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.explain import explain
from scoring.pack import load_pack
from tests.golden.cases import Case, facts_of_case, outcome_of, read_cases

ROOT = Path(__file__).parents[2]
PACK = ROOT / "policies" / "zhongshan" / "points" / "2014-10-30.yaml"
POLICY = load_pack(PACK.read_text("utf-8"), PACK.name).policy
CASES = [
    *read_cases(Path(__file__).parent / "zhongshan_cases.yaml"),
    *read_cases(PACK.parent / "examples.yaml"),
    *read_cases(Path(__file__).parent / "zhongshan_housing_cases.yaml"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_engine_gives_what_the_official_text_gives(case: Case) -> None:
    """Points, totals, statuses and reasons of every worked case."""
    given = outcome_of(POLICY, case)
    lines = given["indicators"]
    assert isinstance(lines, dict)

    for key, expected in case.expect.items():
        if key == "indicators":
            assert isinstance(expected, dict)
            assert {name: lines[name] for name in expected} == expected
        else:
            assert given[key] == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_explanation_of_a_worked_case_says_the_same(case: Case) -> None:
    """The score sheet of one person equals the columns."""
    facts = facts_of_case(POLICY, case)
    given = outcome_of(POLICY, case)
    assert isinstance(given["indicators"], dict)

    sheet = explain(
        POLICY, facts.service, facts.frame.row(0, named=True), candidate="C1", subject="S1", as_of=facts.as_of
    )

    assert {line.indicator for line in sheet.lines} == set(given["indicators"])
    assert sheet.status == given["status"]
    assert (sheet.total is None) == (given["total"] is None)


def test_every_indicator_has_worked_cases() -> None:
    """No line of the table is without a case of its own: those of housing alone have theirs there."""
    covered: dict[str, set[str]] = {"school": set(), "housing": set()}
    for case in CASES:
        covered[str(case.given["service"])] |= set(case.expect.get("indicators", {}))  # type: ignore[call-overload]
    school, housing = (set(POLICY.indicators_of(service)) for service in covered)

    assert covered["school"] == school
    assert housing - school <= covered["housing"] <= housing
