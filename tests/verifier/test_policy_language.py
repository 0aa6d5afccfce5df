"""The verifier's own reading of the policy language, construct by construct."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from verifier.verify_points import in_text, indicators
from verifier.verify_rules import points, truth

FACTS: dict[str, Any] = {
    "months": Decimal(25),
    "class": Decimal(40),
    "yuan": Decimal("2500.50"),
    "education": "senior",
    "born": "1990-05-01",
    "married": True,
    "owns": False,
    "unknown": None,
}
TRANCHES = [{"from": "0", "below": "12", "points": "2"}, {"from": "12", "points": "3"}]
CELLS: list[dict[str, Any]] = [
    {"where": {"education": ["junior", "none"]}, "points": "3"},
    {"where": {"education": "senior", "months": {"from": "12", "below": "26"}}, "points": "7"},
]
OPEN: list[dict[str, Any]] = [
    {"where": {"unknown": "x"}, "points": "3"},
    {"where": {"education": "senior"}, "points": "7"},
]
ROWS = [
    {"from": "0", "below": "18", "points": "0"},
    {"from": "18", "below": "36", "points": "5"},
    {"from": "36", "points": "1"},
]


@pytest.mark.parametrize(
    ("node", "earned"),
    [
        ({"flag": "married", "points": "15"}, "15"),
        ({"flag": "owns", "points": "15"}, "0"),
        ({"flag": "unknown", "points": "15"}, ""),
        ({"flag": {"not": "owns"}, "points": "-15.5"}, "-15.5"),
        ({"lookup": "education", "points": {"junior": "20", "senior": "30"}}, "30"),
        ({"lookup": "unknown", "points": {"junior": "20"}}, ""),
        ({"bands": "months", "rows": ROWS}, "5"),
        ({"per": "months", "every": "12", "points": "1.5"}, "3"),
        ({"per": "months", "every": "12", "points": "1.5", "over": "24"}, "0"),
        ({"per": "months", "every": "12", "points": "1.5", "over": "36"}, "0"),
        ({"per": "months", "every": "12", "points": "1.5", "over": "13"}, "1.5"),
        ({"per": "yuan", "every": "0.5", "points": "0.3", "cap": "1500"}, "1500"),
        ({"per": "yuan", "every": "0.5", "points": "0.3"}, "1500.3"),
        ({"per": "unknown", "every": "12", "points": "1.5", "cap": "3"}, ""),
        ({"per": "unknown", "every": "12", "points": "1.5", "unknown": {"points": "2"}}, "2"),
        ({"per": "unknown", "every": "12", "points": "1.5", "unknown": {"pending": True}}, ""),
        ({"per": "unknown", "every": "12", "points": "1.5", "when": "owns"}, "0"),
        ({"flag": "married", "points": "15", "when": "unknown"}, ""),
        ({"flag": "married", "points": "15", "when": "unknown", "unknown": {"points": "1"}}, "1"),
        ({"flag": "married", "points": "15", "when": "owns", "floor": "2"}, "2"),
        ({"flag": "owns", "points": "15", "floor": "2"}, "2"),
        ({"sum": [{"flag": "married", "points": "9"}] * 2, "cap": "9.5"}, "9.5"),
        ({"sum": [{"flag": "married", "points": "15"}, {"flag": "unknown", "points": "1"}]}, ""),
        ({"highest": [{"flag": "married", "points": "15"}, {"flag": "married", "points": "20"}]}, "20"),
        ({"highest": [{"flag": "married", "points": "15"}, {"flag": "unknown", "points": "1"}]}, ""),
        ({"highest": [{"flag": "owns", "points": "1"}, {"flag": "married", "points": "-5"}]}, "0"),
        ({"lowest": [{"flag": "married", "points": "15"}, {"flag": "married", "points": "20"}]}, "15"),
        ({"lowest": [{"flag": "married", "points": "15"}, {"flag": "unknown", "points": "1"}]}, ""),
        ({"first": [{"value": "months", "when": "owns"}, {"value": "class", "when": "married"}]}, "40"),
        ({"first": [{"value": "months", "when": "owns"}, {"value": "class"}]}, "40"),
        ({"first": [{"value": "months", "when": "owns"}]}, "0"),
        ({"first": [{"value": "months", "when": "unknown"}, {"value": "class"}]}, ""),
        ({"value": "yuan"}, "2500.5"),
        ({"value": "unknown", "unknown": {"points": "2"}}, "2"),
        ({"marginal": "months", "every": "6", "rows": TRANCHES}, "10"),
        ({"marginal": "months", "rows": TRANCHES}, "63"),
        ({"merge": ["months", "class"], "take": "highest"}, "40"),
        ({"merge": ["months", "class"], "take": "lowest"}, "25"),
        ({"merge": ["months", "class"], "take": "sum"}, "65"),
        ({"merge": ["months", "class"], "take": "must_agree"}, ""),
        ({"merge": ["months", "months"], "take": "must_agree"}, "25"),
        ({"formula": "5 + 2 * (56 - months)"}, "67"),
        ({"formula": "min(class, 30) / max(months, 1) - 0.2"}, "1"),
        ({"formula": "unknown * 0"}, ""),
        ({"formula": "-months / 2", "round": {"to": 0, "mode": "half_up"}}, "-13"),
        ({"formula": "-months / 2", "round": {"to": 0, "mode": "half_even"}}, "-12"),
        ({"formula": "-months / 2", "round": {"to": 0, "mode": "floor"}}, "-13"),
        ({"formula": "-months / 2", "round": {"to": 0, "mode": "ceiling"}}, "-12"),
        ({"formula": "months / 3", "round": {"to": 2, "mode": "half_up"}}, "8.33"),
        ({"value": "months", "times": "class / 100", "cap": "9"}, "9"),
        ({"table": ["education", "months"], "hit": "unique", "rows": CELLS, "otherwise": "1"}, "7"),
        ({"table": ["education", "unknown"], "hit": "first", "rows": OPEN, "otherwise": "1"}, ""),
        ({"table": ["education", "months"], "hit": "sum", "rows": CELLS * 2, "otherwise": "1"}, "14"),
        ({"table": ["education", "months"], "hit": "highest", "rows": CELLS[:1], "otherwise": "1"}, "1"),
    ],
    ids=str,
)  # fmt: skip
def test_a_node_earns(node: dict[str, Any], earned: str) -> None:
    assert in_text(points(node, FACTS)) == earned


@pytest.mark.parametrize(
    ("value", "earned"), [("0", "0"), ("17", "0"), ("18", "5"), ("35", "5"), ("36", "1"), ("99", "1")]
)
def test_a_band_includes_its_lower_end_only(value: str, earned: str) -> None:
    assert in_text(points({"bands": "age", "rows": ROWS}, {"age": Decimal(value)})) == earned


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("married", True),
        ("unknown", None),
        ({"not": "unknown"}, None),
        ({"fact": "married", "is": True}, True),
        ({"fact": "education", "is": "junior"}, False),
        ({"fact": "education", "in": ["junior", "senior"]}, True),
        ({"fact": "months", "at_least": "25"}, True),
        ({"fact": "months", "more_than": "25"}, False),
        ({"fact": "months", "at_most": 25}, True),
        ({"fact": "months", "less_than": "25"}, False),
        ({"fact": "months", "in": ["24", "25.0"]}, True),
        ({"fact": "months", "between": ["25", "30"]}, True),
        ({"fact": "months", "between": ["10", "24"]}, False),
        ({"fact": "months", "at_least": "30", "at_most": "40"}, False),
        ({"fact": "born", "at_least": "1990-01-01"}, True),
        ({"fact": "unknown", "is": "x"}, None),
        ({"all": ["married", "unknown"]}, None),
        ({"all": ["owns", "unknown"]}, False),
        ({"any": ["married", "unknown"]}, True),
        ({"any": ["owns", "unknown"]}, None),
        ({"any": [{"not": "married"}, {"all": []}]}, True),
        ({"known": "unknown"}, False),
        ({"known": "owns"}, True),
        ({"fact": "months", "less_than": {"fact": "class"}}, True),
        ({"fact": "months", "is": {"fact": "unknown"}}, None),
        ({"indicator": {"value": "months"}, "more_than": "25"}, False),
        ({"indicator": {"value": "unknown"}, "more_than": "25"}, None),
    ],
    ids=str,
)
def test_a_condition_has_three_truth_values(condition: Any, holds: bool | None) -> None:
    assert truth(condition, FACTS) is holds


def test_numbers_are_written_as_short_as_they_are_exact() -> None:
    given = [Decimal("1.50"), Decimal("300"), Decimal("-0.50"), Decimal("-0"), Decimal("1E+2"), None]

    assert [in_text(value) for value in given] == ["1.5", "300", "-0.5", "0", "100", ""]


def test_a_service_counts_the_indicators_of_the_service_it_is_based_on() -> None:
    rules: dict[str, Any] = {
        "everywhere": {"kind": "base"},
        "school": {"kind": "base", "services": ["school"]},
        "housing": {"kind": "base", "services": ["housing"]},
        "offence": {"kind": "deduction"},
    }
    bundle = SimpleNamespace(about={"round": {"service": "school_wishes"}})
    service = {"kinds": ["base"], "based_on": "school"}

    assert list(indicators(bundle, {"indicators": rules}, service)) == ["everywhere", "school"]
