"""What a policy is read with instead of what its pack says is part of it; readings must stand together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from publication.messages import problem_line
from scoring.pack import Pack, load_pack
from scoring.pack_check import check_pack
from tests.scoring.test_resolve import TEXTS, limits_of_the_middle_band, look_up_in, only_child
from values.problems import BadInput

ON = date(2016, 9, 1)
CITY = TEXTS["city.yaml"]


def city(text: str = CITY, **given: Any) -> Pack:
    return load_pack(text, "city.yaml", at=ON, look_up=look_up_in(TEXTS), **given)


def test_another_reading_and_another_value_are_in_the_policy_and_its_digest() -> None:
    """Both sides of each, with title and clause; the values are those that the rules have."""
    own, other = city(), city(choices={"one_child": "narrow"}, values={"average_wage": Decimal("6000.50")})

    assert only_child(other) == "certificate"
    assert limits_of_the_middle_band(other) == (Decimal("6000.5"), Decimal("18001.5"))
    assert other.policy.canonical()["departures"] == {
        "readings": {
            "one_child": {
                "title": {"zh": "独生子女如何认定", "en": "what an only child is"},
                "chosen": "narrow",
                "reading": {"zh": "仅凭证", "en": "certificate only"},
                "instead_of": "wide",
                "other": {"zh": "凭证或声明", "en": "certificate or statement"},
                "cite": "rules 8",
                "sources": "R4",
            }
        },
        "parameters": {
            "average_wage": {
                "title": {"zh": "上年度职工平均工资", "en": "last year's average wage"},
                "unit": {"zh": "元/月", "en": "yuan a month"},
                "value": "6000.5",
                "instead_of": "5000",
                "cite": "rules 9",
            }
        },
    }
    assert own.policy.departures is None
    assert "departures" not in own.policy.canonical()
    assert own.policy.digest != other.policy.digest


def test_a_reading_is_in_the_digest_even_if_the_rules_come_out_the_same() -> None:
    """The text was read otherwise, whether or not that changes a rule."""
    text = CITY.replace("narrow: certificate}", "narrow: {any: [certificate, statement]}}")

    own, other = city(text), city(text, choices={"one_child": "narrow"})

    assert own.policy.indicators == other.policy.indicators
    assert own.policy.digest != other.policy.digest


def test_who_names_the_packs_own_reading_and_value_departs_from_nothing() -> None:
    """The policy is the same to the byte."""
    named = city(choices={"one_child": "wide"}, values={"average_wage": Decimal("5000.0")})

    assert named.policy == city().policy


def test_every_unknown_name_is_told_at_once_with_the_known_ones() -> None:
    """Switches, their readings, parameters: in both languages."""
    with pytest.raises(BadInput) as caught:
        city(choices={"only_child": "wide", "one_child": "broad"}, values={"wage": Decimal(1)})

    lines = [problem_line(problem, "en") for problem in caught.value.problems]
    assert lines == [
        "this pack has no switch only_child (it has: one_child)",
        "switch one_child has no reading broad (it has: wide, narrow)",
        "this pack has no parameter wage (it has: average_wage)",
    ]
    assert "没有参数“wage”（已有：average_wage）" in problem_line(caught.value.problems[2], "zh")


def test_a_pack_without_switches_and_parameters_has_no_such_name_either() -> None:
    """Nothing given is ever left out silently."""
    text = TEXTS["province.yaml"]

    for given in ({"choices": {"one_child": "wide"}}, {"values": {"wage": Decimal(1)}}):
        with pytest.raises(BadInput, match="resolve.unknown"):
            load_pack(text, "province.yaml", look_up=look_up_in(TEXTS), **given)  # type: ignore[arg-type]


def test_no_pack_writes_down_departures_itself() -> None:
    """They are made of what somebody chose, in any layer."""
    for name in TEXTS:
        texts = TEXTS | {name: f"{TEXTS[name]}\ndepartures: {{readings: {{}}}}\n"}
        with pytest.raises(BadInput, match="pack.unknown_key"):
            load_pack(texts["city.yaml"], "city.yaml", look_up=look_up_in(texts))


TINY = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
SWITCHES = """switches:
  most: {title: {zh: 上限, en: most}, choices: {thirty: {zh: 三十, en: thirty}, ten: {zh: 十, en: ten}},
    chosen: thirty, cite: rules 8, sources: R1}
  least: {title: {zh: 下限, en: least}, choices: {none: {zh: 无, en: none}, twenty: {zh: 二十, en: twenty}},
    chosen: none, cite: rules 8, sources: R2}
  third: {title: {zh: 其他, en: other}, choices: {one: {zh: 一, en: one}, two: {zh: 二, en: two},
    three: {zh: 三, en: three}}, chosen: one, cite: rules 8, sources: R3}
"""
CAP = "cap: {switch: most, thirty: 22, ten: 10}, floor: {switch: least, none: 0, twenty: 20}"
CROSSED = TINY.replace("en: quality}, cite: rules 2}", f"en: quality}}, cite: rules 2, {CAP}}}").replace(
    "gate: {points: 10,", "gate: {points: {switch: third, one: 10, two: 12, three: 14},"
)


def test_two_readings_that_cannot_stand_together_are_told_once_with_names_and_lines() -> None:
    """Each alone is in order; the pair is told at the second one's line, its problem at its own."""
    with pytest.raises(BadInput) as caught:
        check_pack(CROSSED + SWITCHES, "tiny.yaml")

    lines = (CROSSED + SWITCHES).splitlines()
    where = next(number for number, line in enumerate(lines, 1) if CAP in line)
    told = next(number for number, line in enumerate(lines, 1) if "chosen: none" in line) - 1
    one, two = caught.value.problems
    assert (one.code, one.place.line) == ("pack.floor_above_cap", where)
    assert (two.code, two.place.line) == ("pack.readings_fail", told)
    assert dict(two.params)["readings"] == "most=ten, least=twenty"
    assert dict(two.params)["where"] == f"{one.place.line}:{one.place.column}"


def test_it_is_told_how_many_combinations_were_tried() -> None:
    """The own readings, four others alone, and the five pairs of two switches; every step is reported."""
    steps: list[tuple[str, int, int]] = []
    text = CROSSED.replace("twenty: 20", "twenty: 5") + SWITCHES

    found = check_pack(text, "tiny.yaml", progress=lambda *step: steps.append(step))

    assert (found.combinations, found.days) == (1 + 4 + 5, 1)
    assert steps == [("readings", done, 10) for done in range(11)]
    assert found.pack.policy.departures is None


def test_a_problem_of_every_reading_is_no_fault_of_a_reading() -> None:
    """It is told once, at its own place alone."""
    text = (
        (CROSSED + SWITCHES).replace("twenty: 20", "twenty: 5").replace("town, is: west", "town, is: north")
    )

    with pytest.raises(BadInput) as caught:
        check_pack(text, "tiny.yaml")

    assert [problem.code for problem in caught.value.problems] == ["pack.constant"]
