"""Load checks of points that count at some offers only: each with a pack that is right but for one thing."""

from __future__ import annotations

import pytest

from publication.announcement_page import announcement_text
from publication.messages import sentence
from scoring.differences import differences
from scoring.pack import load_pack
from tests.scenarios.marked import text
from tests.scenarios.staged import BANDS, FIRST, NEARBY, QUOTAS, SURPLUS, TURNS, WISHES
from values.problems import BadInput

RIGHT = text((WISHES,))
LIMIT = "limits:\n  - {id: both, title: {zh: 合计, en: both}, of: [%s], cap: 22, cite: rules 2}\nservices:\n"
SERVICE = """\
  permit:
    title: {zh: 待遇, en: benefits}
    cite: rules 7
    kinds: [base]
    kinds_cite: rules 7
    criteria: {}
    candidate: {takes: own, cite: rules 11}
    entitlement: {from: 10, gives: {zh: 待遇, en: benefits}, cite: rules 7}
"""
SLIPS = {
    "another group": ("group: near\n", "group: quality\n", "pack.at_together", "quality: {title"),
    "a limit over both": ("services:\n", LIMIT % "near, insurance", "pack.at_together", "{id: both"),
    "a limit over two marks": ("services:\n", LIMIT % "near, sibling", "pack.at_together", "{id: both"),
    "one column, two meanings": (
        "{column: sibling, title",
        "{column: near, title",
        "pack.at_differs",
        "at: {column: near, title: {zh: 兄",
    ),
    "the column of the list": ("column: near", "column: list", "pack.bad_name", "column: list"),
    "a column of the wishes": ("column: near", "column: rank", "pack.bad_name", "column: rank"),
    "the better parent": ("takes: own", "takes: higher_parent", "pack.at_parents", "takes: higher_parent"),
    "the total last": ("ties: [lottery]", "total: last, ties: [lottery]", "pack.at_total", "total: last"),
    "no total": ("ties: [lottery]", "total: none, ties: [lottery]", "pack.at_total", "total: none"),
    "a key": (
        "ties: [lottery]",
        "keys: [{group: near}], keys_cite: rules 12, ties: [lottery]",
        "pack.at_key",
        "{group: near}",
    ),
    "an entitlement": ("services:\n", f"services:\n{SERVICE}", "pack.at_entitlement", "permit:\n"),
    "turns": (WISHES[2:], TURNS[2:], "pack.at_stage", "{name: turns"),
    "quotas": (WISHES[2:], QUOTAS[2:], "pack.at_stage", "{name: selection"),
    "then nearby": (WISHES, f"{WISHES}\n        {NEARBY}", "pack.at_stage", "{name: nearby"),
    "then everywhere": (WISHES, f"{WISHES}\n        {SURPLUS}", "pack.at_stage", "{name: surplus"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_what_would_ignore_such_points_or_mix_them_is_refused_at_its_place(slip: str) -> None:
    right, wrong, code, at = SLIPS[slip]
    assert RIGHT.count(right) == 1
    whole = RIGHT.replace(right, wrong)

    with pytest.raises(BadInput) as error:
        load_pack(whole, "tiny.yaml")

    (found,) = [problem for problem in error.value.problems if problem.code == code]
    offset = whole.index(at)
    line, column = whole.count("\n", 0, offset) + 1, offset - whole.rfind("\n", 0, offset)
    assert (found.place.line, found.place.column) == (line, column)
    assert "{" not in sentence(found, {}, "en").replace("{group: near}", "")


@pytest.mark.parametrize("stage", [WISHES, FIRST, BANDS])
def test_stages_in_which_offers_have_an_order_each_may_have_such_points(stage: str) -> None:
    policy = load_pack(text((stage,)).replace("services:\n", LIMIT % "near", 1), "tiny.yaml").policy

    assert [*policy.marks_of("school")] == ["near", "sibling"]


def test_the_announcement_and_the_difference_say_where_the_points_count() -> None:
    policy = load_pack(RIGHT, "tiny.yaml").policy

    shown = announcement_text(policy, ["en"])

    assert "not in the total; added to it only at wishes marked as “school of the old area”" in shown
    after = load_pack(RIGHT.replace("unknown: outside, cite", "unknown: pending, cite"), "tiny.yaml").policy
    assert [each.path for each in differences(policy, after)] == ["indicators.sibling.at.unknown"]
