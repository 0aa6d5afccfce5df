"""Who may take part in the Beijing draw, worked by hand from the official text, limit by limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.explain import explain
from scoring.pack import load_pack
from tests.golden.cases import Case, facts_of_case, outcome_of, read_cases

PACK = Path(__file__).parents[2] / "policies" / "beijing" / "public-rental" / "2011-12-01.yaml"
POLICY = load_pack(PACK.read_text("utf-8"), PACK.name).policy
CASES = read_cases(PACK.parent / "examples.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_engine_gives_what_the_official_text_gives(case: Case) -> None:
    """Status and reasons of every worked case; there are no points."""
    given = outcome_of(POLICY, case)

    assert {key: given[key] for key in case.expect} == case.expect
    assert given["indicators"] == {}
    assert given["total"] is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_explanation_of_a_worked_case_says_the_same(case: Case) -> None:
    """The explanation of one household equals the columns."""
    facts = facts_of_case(POLICY, case)

    sheet = explain(
        POLICY, facts.service, facts.frame.row(0, named=True), candidate="S1", subject="S1", as_of=facts.as_of
    )

    assert sheet.status == outcome_of(POLICY, case)["status"]
    assert not sheet.has_points


def test_every_criterion_has_a_worked_case_that_fails_it() -> None:
    """No condition is without a case of its own."""
    failed = {reason for case in CASES for reason in case.expect.get("reasons", [])}  # type: ignore[attr-defined]

    assert set(POLICY.services["draw"].criteria) <= failed
