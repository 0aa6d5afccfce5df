"""Of lines that exclude each other one counts, in every service that counts any of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from publication.bundle import bundle_files
from scenarios.round import run_round
from scenarios.tables import Applications
from scoring.explain import Explanation, explain
from scoring.pack import load_pack
from storage.folders import write_folder
from tests.scenarios.test_other_policies import config, tables
from tests.scoring.test_standing import PERSON, TEXT
from verifier.verify_bundle import verify

ONE_LINE = TEXT.replace(
    "    kind: bonus\n    cite: rules 5\n    points:\n      bands",
    "    kind: assigned\n    cite: rules 5\n    points:\n      bands",
)
"""The service counts base and bonus points: of the choice only education is left."""


def sheet(text: str, **facts: Any) -> Explanation:
    policy = load_pack(text, "standing.yaml").policy
    return explain(policy, "school", PERSON | facts, candidate="c", subject="c", as_of=config().as_of)


@pytest.mark.parametrize(
    ("wanted", "education", "status"),
    [("education", 2000, "eligible"), ("insurance", 0, "ineligible"), (None, None, "pending")],
)
def test_who_chose_a_line_that_the_service_does_not_count_has_nothing_of_the_choice(
    wanted: str | None, education: int | None, status: str
) -> None:
    """Education 20 and skill 2 in the west: 22, at most 20.5, × 1.3; without education 2.6, below 10."""
    told = sheet(ONE_LINE, wanted=wanted)

    assert {line.indicator: line.points for line in told.lines}["education"] == education
    assert told.status == status


def round_of(choices: list[str | None]) -> Applications:
    """People a, b, … of the west with 30 months each, and what each chose."""
    people = tables([(name, "west", 30) for name in "abcdefgh"[: len(choices)]], {"west": 9})
    chosen = pl.Series("wanted", choices, dtype=pl.Enum(["education", "insurance"]))
    more = people.applicants.with_columns(chosen, forged=pl.lit(False), found_on=pl.lit(None, pl.Date))
    return replace(people, applicants=more)


def test_the_columns_and_the_verifier_leave_it_out_too(tmp_path: Path) -> None:
    decided = run_round(
        load_pack(ONE_LINE, "standing.yaml"), config(), round_of(["education", "insurance", None])
    )

    assert decided.scores.lines["education"].to_list() == [2000, 0, None]
    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
        report = verify(tmp_path / form, "en")
        assert report.ok, report.as_text("en")
