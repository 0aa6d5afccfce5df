"""Of lines that exclude each other one counts, in every service that counts any of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from publication.bundle import bundle_files
from publication.explanation import explanation_text, sheet_of
from scenarios.round import run_round
from scenarios.tables import Applications
from scoring.explain import Explanation, explain
from scoring.pack import load_pack
from storage.folders import write_folder
from tests.scenarios.test_other_policies import config, tables
from tests.scoring.test_standing import PERSON, TEXT
from values.problems import BadInput
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


SETS = TEXT.replace(
    "of: [education, insurance], keep: {chosen_by: wanted}", "of: [[insurance, skill], education], keep: {}"
)
HIGHEST = SETS.replace("keep: {}", "keep: highest")
HIGHEST = HIGHEST[: HIGHEST.index("  wanted:")] + HIGHEST[HIGHEST.index("groups:") :]
CHOSEN = SETS.replace("keep: {}", "keep: {chosen_by: wanted}")


def counted(told: Explanation) -> dict[str, int | None]:
    return {line.indicator: line.points for line in told.lines}


@pytest.mark.parametrize(
    ("education", "lines"),
    [
        ("junior", {"education": 2000, "insurance": 0, "skill": 0}),  # 20 against 3 + 2
        ("none", {"education": 0, "insurance": 300, "skill": 200}),  # 0 against 3 + 2
    ],
)
def test_the_side_with_the_greater_sum_counts(education: str, lines: dict[str, int]) -> None:
    assert counted(sheet(HIGHEST, education=education)) == lines


def test_of_equal_sums_the_one_named_first_counts() -> None:
    text = HIGHEST.replace("junior: 20}", "junior: 5}")

    assert counted(sheet(text)) == {"education": 0, "insurance": 300, "skill": 200}


def test_nothing_is_set_aside_while_a_line_of_either_side_is_open() -> None:
    """Education 20; insurance and skill 0 to 6 together: less whatever they come to, so at most 20 counts."""
    told = sheet(HIGHEST, months=None)

    assert counted(told) == {"education": 2000, "insurance": None, "skill": None}
    assert (told.subtotal, told.status) == (None, "pending")
    assert told.possible == (2600, 2600)  # 20 × 1.3


def test_who_chooses_a_line_of_a_side_chooses_the_side() -> None:
    """Members are education and insurance: insurance stands for itself and for skill."""
    assert counted(sheet(CHOSEN, wanted="insurance")) == {"education": 0, "insurance": 300, "skill": 200}
    assert counted(sheet(CHOSEN, wanted="education")) == {"education": 2000, "insurance": 0, "skill": 0}
    assert counted(sheet(CHOSEN, wanted=None)) == {"education": None, "insurance": None, "skill": None}


def test_the_sheet_says_what_both_sides_come_to() -> None:
    documents = load_pack(HIGHEST, "standing.yaml").policy.documents
    told = sheet(HIGHEST)

    text = {lang: explanation_text(sheet_of(told, lang, documents=documents)) for lang in ("zh", "en")}

    assert (
        "would be 3, does not count: of one of two only education does, 20 in all against 5 (X1 art. 2)"
        in text["en"]
    )
    assert "“择一”中只计合计 20 分的“文化程度”，本项所在一方合计 5 分，不计分" in text["zh"]


SPARE = """
  spare:
    title: {zh: 另一项, en: another}
    based_on: school
"""


def test_limits_and_choices_hold_in_the_services_they_name() -> None:
    """The school has neither, the service based on it both: of 20 and 3 + 2 the greater, at most 20.5."""
    named = HIGHEST.replace("cap: 20.5,", "cap: 19, services: [spare],")
    named = named.replace("keep: highest,", "keep: highest, services: [spare],").rstrip() + SPARE
    policy = load_pack(named, "standing.yaml").policy

    def told(service: str) -> Explanation:
        return explain(policy, service, PERSON, candidate="c", subject="c", as_of=config().as_of)

    assert told("school").subtotal == 2200  # 20, and 5 of bonus points held at 2
    assert told("spare").subtotal == 1900
    assert counted(told("spare"))["insurance"] == 0


def test_a_line_may_stand_in_two_choices_that_never_hold_together() -> None:
    again = "{id: again, title: {zh: 又, en: again}, of: [skill, education], keep: highest, "
    again = f"  - {again}services: [spare], cite: rules 2}}\nsanctions:"
    text = TEXT.replace("sanctions:", again).rstrip() + SPARE

    with pytest.raises(BadInput) as refused:
        load_pack(text, "standing.yaml")
    apart = text.replace("keep: {chosen_by: wanted},", "keep: {chosen_by: wanted}, services: [other],")
    apart += SPARE.replace("spare", "other")

    assert [problem.code for problem in refused.value.problems] == ["pack.exclusive_twice"]
    assert len(load_pack(apart, "standing.yaml").policy.exclusive) == 2


@pytest.mark.parametrize(
    ("of", "code"),
    [
        ("[[insurance, skill], [skill, education]]", "pack.named_twice"),
        ("[[insurance, schooling], education]", "pack.unknown_indicator"),
        ("[[skill], education]", "pack.unknown_member"),  # nobody can choose it
        ("[[insurance, skill, education]]", "pack.wrong_value"),
        ("[[insurance, 5], education]", "pack.not_text"),
    ],
)
def test_a_slip_in_sides_is_refused(of: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        load_pack(CHOSEN.replace("[[insurance, skill], education]", of), "standing.yaml")

    assert code in [problem.code for problem in refused.value.problems]
