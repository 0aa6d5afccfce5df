"""Points nodes: slips are refused in words, the sheet shows every figure, more is never less."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from publication.explanation import explanation_text, sheet_of
from scoring.columns import Columns
from scoring.constructs import PointsNode
from scoring.explain import Explanation, explain
from scoring.pack import load_pack
from scoring.scalar import evaluate
from tests.scoring.slip_checks import check_slip
from verifier import verify_rules

HERE = Path(__file__).parent
TEXT = (HERE / "nodes_pack.yaml").read_text("utf-8")
SLIPS = yaml.safe_load((HERE / "nodes_slips.yaml").read_text("utf-8"))
POLICY = load_pack(TEXT, "nodes.yaml").policy
NODE: TypeAdapter[Any] = TypeAdapter(PointsNode)
PERSON: dict[str, Any] = {
    "education": "junior", "months": 30, "area": 100, "one": 80, "two": 85, "owner": True, "town": "east",
    "born_on": date(1980, 6, 1), "age": 34, "age@previous_year_end": 34,
    "has_spouse": True, "spouse_months": 15,
}  # fmt: skip


def sheet(**facts: Any) -> Explanation:
    return explain(POLICY, "school", PERSON | facts, candidate="c", subject="c", as_of=date(2015, 4, 30))


def text_of(explanation: Explanation, lang: Any) -> str:
    return explanation_text(sheet_of(explanation, lang, documents=POLICY.documents))


def earned(node: dict[str, object], **facts: Any) -> int:
    value = evaluate(POLICY, NODE.validate_python(node), PERSON | facts).value
    assert value is not None
    return value


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip['code']}: {slip['wrong']}")
def test_a_slip_is_refused_with_its_place_and_what_to_change(slip: dict[str, str]) -> None:
    check_slip(TEXT, "nodes.yaml", slip)


def test_every_construct_is_explained_with_its_figures() -> None:
    """By hand: 5 + 2 × 22 = 49; 100 ÷ 12 = 8.3; row 3; 2 years at 1; a tenth of 49; 2 + 1 years; 34 < 35."""
    told = sheet()

    lines = {line.indicator: line.points for line in told.lines}
    assert lines == {
        "distance": 4900, "space": 830, "agreed": None, "grid": 800, "steps": 200,
        "choice": 8000, "tenth": 490, "couple": 300, "younger": 400,
    }  # fmt: skip
    en, zh = text_of(told, "en"), text_of(told, "zh")
    for said in (
        "5 + 2 × (56 − min(completed years, 56)), which is 5 + 2 × (56 − min(34, 56)) = 49",
        "100 ÷ (area + 2), which is 100 ÷ (10 + 2) = 25/3; 25/3 rounded half up (decimals kept: 1): 8.3",
        "the assessments differ (80, 85); scored once they agree",
        "row 3 of the table holds: 8",
        "30 by tranches (each full 12): 2 × 1 + 0 × 2 = 2",
        "part 1, the first whose precondition is met: 80",
        "the points of “distance of age”: 49; multiplied: 49 × 0.1 = 4.9",
        "months insured of the spouse: 15; floor(15 / 12) = 1, 1 × 1 = 1",
        "the scored person and the spouse together: 2 + 1 = 3",
        "completed years (as of the last day of the year before): 34; condition met: 4",
    ):
        assert said in en
    for said in (
        "25/3 四舍五入保留 1 位小数，得 8.3",
        "各方评定不一致（80、85），一致后才能计分",
        "30 分段计算（每满 12）：2 × 1 + 0 × 2 = 2",
        "取指标“年龄差”的得分 49；49 × 0.1 = 4.9",
        "配偶的参保月数：15",
        "本人与配偶合计 2 + 1 = 3",
        "周岁（截至上年末日）：34",
    ):
        assert said in zh


def test_the_sheet_says_that_there_is_no_spouse_and_that_a_precondition_fails() -> None:
    en = text_of(sheet(has_spouse=False, spouse_months=None, months=5, two=80), "en")

    assert "has a spouse: no; there is no spouse: 0" in en
    assert "multiplied: 49 × 0.1 = 4.9; precondition not met: 0" in en
    assert "the assessments agree: 80" in en


def test_a_person_without_a_spouse_is_the_better_one_even_below_zero() -> None:
    """Nobody is compared with a spouse who is not there; alone and in a sum the spouse adds nothing."""
    node = {"per": "months", "every": 12, "points": -1}

    alone = {
        whose: earned({**node, "whose": whose}, has_spouse=False) for whose in ("spouse", "better", "both")
    }

    assert alone == {"spouse": 0, "better": -200, "both": -200}
    assert earned({**node, "whose": "better"}) == -100
    assert earned({**node, "whose": "both"}) == -300


def test_a_halt_at_an_unknown_condition_is_not_passed() -> None:
    """`first` neither skips an open condition nor waits for one after the part that holds."""
    parts = [{"when": "owner", "value": "one"}, {"when": {"fact": "months", "at_least": 1}, "value": "two"}]
    node = NODE.validate_python({"first": parts})

    assert evaluate(POLICY, node, PERSON | {"owner": None}).value is None
    assert evaluate(POLICY, node, PERSON | {"months": None}).value == 8000
    assert evaluate(POLICY, node, PERSON | {"owner": False, "months": 0}).value == 0


@pytest.mark.parametrize(
    ("has", "months", "points"),
    [(True, 15, 5), (True, 11, 7), (True, None, None), (False, None, 7), (None, None, None), (None, 11, 7)],
)
def test_a_condition_of_a_spouse_who_is_not_there_does_not_hold(
    has: bool | None, months: int | None, points: int | None
) -> None:
    """`first` goes on to the next part, in the program, in its columns and in the auditor's program."""
    counted = {"flag": {"fact": "months", "at_least": 0}}
    part = {"whose": "spouse", "when": {"fact": "months", "at_least": 12}, **counted, "points": 5}
    given = {"first": [part, {**counted, "points": 7}]}
    node, person = NODE.validate_python(given), PERSON | {"has_spouse": has, "spouse_months": months}
    frame = pl.DataFrame([person], schema_overrides={"has_spouse": pl.Boolean, "spouse_months": pl.Int64})
    columns = Columns(POLICY)
    column = columns.node(node)
    units = None if points is None else points * 10**POLICY.scale

    assert evaluate(POLICY, node, person).value == units
    assert columns.over(frame.lazy()).select(column.alias("points")).collect().item() == units
    assert verify_rules.points(given, person) == points


@st.composite
def rising(draw: st.DrawFn, depth: int = 2) -> dict[str, object]:
    """Nodes in which more months are never worse: rates, rows and factors that do not fall."""
    rate = st.integers(0, 9)
    cuts = sorted(draw(st.sets(st.integers(1, 500), max_size=3)))
    starts = [0, *cuts]
    points = sorted(draw(st.lists(rate, min_size=len(starts), max_size=len(starts))))
    rows: list[dict[str, object]] = [
        {"from": start, "points": amount} for start, amount in zip(starts, points, strict=True)
    ]
    for row, end in zip(rows, cuts, strict=False):
        row["below"] = end
    leaves: list[dict[str, object]] = [
        {"bands": "months", "rows": rows},
        {"marginal": "months", "every": draw(st.integers(1, 30)), "rows": rows},
        {"per": "months", "every": draw(st.integers(1, 30)), "points": draw(rate), "over": draw(rate)},
        {"value": "months"},
        {
            "formula": "max(min(months, 300) / 7, months - 20)",
            "round": draw(st.sampled_from(("floor", "half_up"))),
        },
        {
            "table": ["months", "owner"],
            "hit": "highest",
            "rows": [{"where": {"months": {"from": row["from"]}}, "points": row["points"]} for row in rows],
            "otherwise": 0,
        },
    ]
    node = dict(draw(st.sampled_from(leaves)))
    if depth and draw(st.booleans()):
        key = draw(st.sampled_from(("sum", "highest", "lowest")))
        node = {key: draw(st.lists(rising(depth - 1), min_size=1, max_size=3))}
    if draw(st.booleans()):
        node |= {
            "times": "1 / 3",
            "round": draw(st.sampled_from(("floor", "ceiling", "half_up", "half_even"))),
        }
    if draw(st.booleans()):
        node |= {"floor": draw(rate), "cap": draw(st.integers(9, 60))}
    return node


@given(rising(), st.integers(0, 600), st.integers(0, 600))
def test_more_of_a_good_thing_never_lowers_points(node: dict[str, object], one: int, two: int) -> None:
    fewer, more = sorted((one, two))

    assert earned(node, months=fewer) <= earned(node, months=more)


@given(rising(), st.integers(0, 600), st.integers(0, 100), st.integers(0, 100))
def test_a_higher_cap_never_lowers_points_and_a_cap_is_never_passed(
    node: dict[str, object], months: int, one: int, two: int
) -> None:
    low, high = sorted((one, two))
    node = {name: rule for name, rule in node.items() if name not in ("floor", "cap")}

    capped = [earned({**node, "cap": Decimal(cap)}, months=months) for cap in (low, high)]

    assert capped[0] <= capped[1] <= earned(node, months=months)
    assert capped[0] <= low * 100


@given(rising(), st.integers(0, 600), st.integers(0, 600))
def test_two_persons_together_earn_what_each_of_them_earns(
    node: dict[str, object], own: int, spouse: int
) -> None:
    """Without limits on the whole the sum is the sum, and the better one is one of the two."""
    node = {name: rule for name, rule in node.items() if name not in ("floor", "cap")}
    each = [earned(node, months=months) for months in (own, spouse)]

    facts = {"months": own, "spouse_months": spouse, "spouse_owner": False}

    assert earned({**node, "whose": "both"}, **facts) == sum(each)
    assert earned({**node, "whose": "better"}, **facts) == max(each)
    assert earned({**node, "whose": "spouse"}, **facts) == each[1]
