"""Limits, choices, sanctions and the total: slips are refused in words, and a sheet says what each did."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from publication.explanation import explanation_text, sheet_of
from scenarios.figures import reason_title
from scoring.explain import Explanation, explain
from scoring.overlay import Change, overlay
from scoring.pack import load_pack
from tests.scoring.slip_checks import check_slip
from tests.scoring.test_computed_fact_slips import TEXT as FACTS
from values.problems import Place

HERE = Path(__file__).parent
TEXT = (HERE / "standing_pack.yaml").read_text("utf-8")
SLIPS = yaml.safe_load((HERE / "standing_slips.yaml").read_text("utf-8"))
PERSON: dict[str, Any] = {
    "education": "junior", "months": 30, "town": "west",
    "forged": False, "found_on": None, "wanted": "education",
}  # fmt: skip


def sheet(as_of: date = date(2020, 5, 31), text: str = TEXT, **facts: Any) -> Explanation:
    policy = load_pack(text, "standing.yaml").policy
    return explain(policy, "school", PERSON | facts, candidate="c", subject="c", as_of=as_of)


def written(explanation: Explanation, lang: Any = "en") -> str:
    documents = load_pack(TEXT, "standing.yaml").policy.documents
    return explanation_text(sheet_of(explanation, lang, documents=documents))


def test_the_unharmed_pack_loads_without_notices() -> None:
    assert load_pack(TEXT, "standing.yaml").notices == ()


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip['code']}: {slip['wrong'].strip()}")
def test_a_slip_is_refused_with_its_place_and_what_to_change(slip: dict[str, str]) -> None:
    check_slip(TEXT, "standing.yaml", slip)


def test_a_limit_that_nobody_can_reach_is_a_notice() -> None:
    pack = load_pack(TEXT.replace("cap: 20.5", "cap: 999"), "standing.yaml")

    assert [(notice.code, notice.params) for notice in pack.notices] == [
        ("pack.limit_never_binds", (("limit", "limit both"),))
    ]


def test_an_office_reads_in_the_sheet_what_was_set_aside_and_held() -> None:
    """Junior 20, insurance 3 not chosen, skill 2: 22, at most 20.5; × 1.3 = 26.65, at most 26."""
    told = sheet()

    assert (told.subtotal, told.before_limits, told.total) == (2050, 2665, 2600)
    text = written(told)
    assert "would be 3, does not count: of one of two only education does (X1 art. 2)" in text
    assert "Limit of the total: 26.65 in all, at most 26: 26 (X1 art. 7)" in text
    assert "both: 22 in all, at most 20.5: 20.5 (X1 art. 2)" in text
    assert "本项应得 3，“择一”中只计“文化程度”，本项不计分（X1第2条）" in written(told, "zh")


def test_a_limit_that_bound_is_told_with_the_sum_before_it() -> None:
    """Insurance is chosen: 3 and 3 are bonus points of 6, at most 2."""
    text = written(sheet(months=36, wanted="insurance"))

    assert "bonus points: 6 in all, at most 2: 2 (X1 art. 7)" in text


@pytest.mark.parametrize(
    ("found_on", "as_of", "status"),
    [
        (
            date(2016, 2, 29),
            date(2021, 2, 28),
            "barred",
        ),  # a year without the day ends on the last of February
        (date(2016, 2, 29), date(2021, 3, 1), "eligible"),
        (date(2015, 12, 31), date(2020, 12, 31), "barred"),  # the last day is included
        (date(2015, 12, 31), date(2021, 1, 1), "eligible"),
    ],
)
def test_a_sanction_lasts_through_the_anniversary_and_not_a_day_longer(
    found_on: date, as_of: date, status: str
) -> None:
    told = sheet(as_of, forged=True, found_on=found_on, education="junior", months=30, wanted="insurance")

    # The diploma is voided for good; what remains of the bonus does not reach the gate.
    assert told.status == (status if status == "barred" else "ineligible")
    assert ("forgery" in [reason.code for reason in told.reasons]) == (status == "barred")


def test_a_sanction_is_told_with_its_last_day() -> None:
    text = written(sheet(forged=True, found_on=date(2018, 6, 1)))

    assert "forged papers (X1 art. 2); until and including 1 June 2023" in text
    assert "would be 20, does not count: forged diploma (X1 art. 2)" in text


def test_a_sanction_whose_end_is_not_known_waits_even_where_the_unknown_is_ignored() -> None:
    text = TEXT.replace(
        "until: {from: found_on, years: 5}, unknown: pending", "until: {on: found_on}, unknown: ignore"
    )

    assert "unknown:forgery" in [reason.code for reason in sheet(text=text, forged=True).reasons]
    assert "unknown:forgery" not in [reason.code for reason in sheet(text=text, forged=None).reasons]


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("limits[both].cap", Decimal("20.25"), "cap: 20.5", "cap: 20.25"),
        ("exclusive[either].keep", "highest", "keep: {chosen_by: wanted}", "keep: highest"),
        ("sanctions.forgery.until.years", 3, "years: 5}", "years: 3}"),
        ("services.school.kind_limits.bonus.cap", 1, "{bonus: {cap: 2,", "{bonus: {cap: 1,"),
        ("services.school.total.cap", 25, "cap: 26", "cap: 25"),
        (
            "services.school.ranking.total",
            "none",
            "scope_cite: rules 12,",
            "scope_cite: rules 12, total: none,",
        ),
    ],
)
def test_a_value_set_by_path_is_as_if_written_in_the_pack(path: str, value: Any, old: str, new: str) -> None:
    """What-if studies reach limits, choices, sanctions and totals like everything else."""
    assert TEXT.count(old) == 1
    edited = TEXT.replace(old, new)
    if path.startswith("exclusive"):
        edited = edited.replace(edited[edited.index("  wanted:") : edited.index("groups:")], "")

    made = overlay(load_pack(TEXT, "standing.yaml"), [Change(path, Place("study.yaml", 1, 1), value)])

    assert made.policy.digest == load_pack(edited, "standing.yaml").policy.digest


def test_dropping_the_last_rule_that_reads_a_table_drops_the_table() -> None:
    pack = load_pack(FACTS, "facts.yaml")
    gone = [Change("indicators.more", Place("study.yaml", 1, 1), drop=True)]

    made = overlay(pack, gone)

    assert (made.policy.tables, made.policy.derived) == ({}, {})


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("forgery", "forged papers"),
        ("unknown:forgery", "not established: forged papers"),
        ("unknown:exclusive:either", "not established: one of two"),
        ("insured", "not met: insured"),
    ],
)
def test_the_report_names_a_sanction_by_its_title(code: str, title: str) -> None:
    assert reason_title(load_pack(TEXT, "standing.yaml").policy, "school", code).en == title
