"""Conditions that several rules share: written once, the same as written out, slips told at their places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from publication.announcement_page import announcement_text
from scoring.pack import Pack, load_pack
from scoring.pack_check import check_pack
from tests.scoring.slip_checks import check_slip
from values.problems import BadInput

TINY = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
NAMED = """conditions:
  insured: {title: {zh: 已参保, en: insured}, holds: {fact: months, at_least: 1}, cite: rules 6}
  insured_west:
    title: {zh: 西镇参保, en: insured in the west}
    holds: {all: [{condition: insured}, {fact: town, is: west}]}
    cite: rules 7
groups:
"""
TEXT = (
    TINY.replace("groups:\n", NAMED, 1)
    .replace("require: {fact: months, at_least: 1}", "require: {condition: insured}")
    .replace("when: {fact: town, is: west}", "when: {condition: insured_west}")
)
OUT = TINY.replace(
    "when: {fact: town, is: west}", "when: {all: [{fact: months, at_least: 1}, {fact: town, is: west}]}"
)


def without_names(value: Any) -> Any:
    """The same without the titles and clauses of conditions, and without their brackets."""
    if isinstance(value, dict) and "title" in value and "all" in value:
        return without_names(value["all"][0])
    if isinstance(value, dict):
        return {key: without_names(part) for key, part in value.items()}
    return [without_names(part) for part in value] if isinstance(value, list) else value


def test_a_named_condition_is_the_condition_itself() -> None:
    """Written out at each place, under its title and clause."""
    pack = load_pack(TEXT, "named.yaml")

    service: Any = pack.policy.canonical()["services"]
    assert service["school"]["criteria"]["insured"]["require"] == {
        "all": [{"fact": "months", "at_least": "1"}],
        "title": {"zh": "已参保", "en": "insured"},
        "cite": "rules 6",
    }
    assert without_names(pack.policy.canonical()) == load_pack(OUT, "out.yaml").policy.canonical()


def test_the_announcement_tells_a_shared_condition_under_its_title() -> None:
    text = announcement_text(load_pack(TEXT, "named.yaml").policy, ("en",))

    assert "insured in the west (insured (months insured at least 1) and town is west)" in text


def test_a_slip_inside_a_shared_condition_is_told_where_it_is_written() -> None:
    text = TEXT.replace("{fact: months, at_least: 1}", "{fact: month, at_least: 1}")

    with pytest.raises(BadInput) as refused:
        load_pack(text, "named.yaml")

    line = text.count("\n", 0, text.index("fact: month,")) + 1
    assert {(problem.code, problem.place.line) for problem in refused.value.problems} == {
        ("pack.undeclared_fact", line)
    }


def under_a_switch(chosen: str) -> Pack:
    switch = f"""switches:
  who:
    title: {{zh: 谁, en: who}}
    choices: {{some: {{zh: 部分, en: some}}, all: {{zh: 全部, en: everybody}}}}
    chosen: {chosen}
    cite: rules 1
    sources: R1
groups:
"""
    text = TEXT.replace("groups:\n", switch, 1)
    when = "{switch: who, some: {condition: insured_west}, all: {fact: education, is: none}}"
    return check_pack(text.replace("{condition: insured_west}, cite", f"{when}, cite"), "named.yaml").pack


@pytest.mark.parametrize("chosen", ["some", "all"])
def test_a_condition_of_another_reading_is_no_mistake(chosen: str) -> None:
    assert under_a_switch(chosen).notices == ()


@pytest.mark.parametrize(
    "slip",
    [
        {
            "code": "pack.unknown_condition",
            "right": "require: {condition: insured}",
            "wrong": "require: {condition: assured}",
            "at": "condition: assured}",
            "says": "there is no condition named assured (there are insured, insured_west); "
            "declare it under conditions",
        },
        {
            "code": "pack.unused_condition",
            "right": "when: {condition: insured_west}",
            "wrong": "when: {fact: town, is: west}",
            "at": "insured_west:",
            "says": "condition insured_west is used by no rule; use it or remove it",
        },
        {
            "code": "pack.condition_circle",
            "right": "holds: {fact: months, at_least: 1}",
            "wrong": "holds: {not: {condition: insured_west}}",
            "at": "insured: {title",
            "says": "conditions refer to each other in a circle: insured → insured_west → insured; "
            "remove one of these references",
        },
        {
            "code": "pack.missing_key",
            "right": "holds: {fact: months, at_least: 1}, cite: rules 6",
            "wrong": "cite: rules 6",
            "at": "insured: {title: {zh: 已参保, en: insured}, cite",
            "says": "key holds is missing; add it",
        },
    ],
    ids=lambda slip: str(slip["code"]),
)
def test_a_slip_with_a_name_is_refused_with_its_place_and_what_to_change(slip: dict[str, str]) -> None:
    check_slip(TEXT, "named.yaml", slip)
