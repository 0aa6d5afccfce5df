"""The sheet of one person: words, figures, clauses, and what may and may not be said of the outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from publication.arithmetic import Reading, line_details
from publication.explanation import Outcome, Sheet, explanation_html, explanation_text, sheet_of
from publication.messages import LANGUAGES, Lang
from scoring.constructs import Title
from scoring.explain import Explanation, Line, explain
from scoring.pack import load_pack
from scoring.policy import SourceDocument
from scoring.scalar import Shown, Step

PACK = load_pack((Path(__file__).parents[1] / "scoring" / "tiny_pack.yaml").read_text("utf-8"), "tiny.yaml")
DOCUMENTS = {
    "rules": SourceDocument(
        number="甲〔2014〕1号", issued=date(2014, 1, 1), title=Title(zh="规定", en="rules")
    ),
    "draft": SourceDocument(number="征求意见稿", title=Title(zh="办法", en="measures"), numbered="sections"),
    "table": SourceDocument(number="附件", title=Title(zh="表", en="table"), numbered="items"),
}
MONTHS = Shown("months", Title(zh="参保月数", en="months insured"), Title(zh="37", en="37"))


def step(construct: str, value: int | None, **changes: object) -> Step:
    plain = Step(construct, None, None, value, value, (), {}, None, None, None, None, ())
    return replace(plain, **changes)  # type: ignore[arg-type]


def texts(node: Step, lang: Lang = "zh", **changes: object) -> list[str]:
    """The printed lines below a score line with this step."""
    title = Title(zh="项", en="item")
    line = Line("item", title, "base", title, "rules 1", "", 0, node.value, node, node.value is None, None)
    line = replace(line, **changes)  # type: ignore[arg-type]
    return ["  " * d.depth + d.text for d in line_details(line, Reading(lang, 2, DOCUMENTS))]


def person(**facts: object) -> Explanation:
    given = {"education": "junior", "months": 30, "town": "west", **facts}
    return explain(PACK.policy, "school", given, candidate="C1", subject="S1", as_of=date(2015, 4, 30))  # type: ignore[arg-type]


def sheet(explanation: Explanation, lang: Lang = "zh", outcome: Outcome | None = None) -> Sheet:
    return sheet_of(explanation, lang, documents=PACK.policy.documents, outcome=outcome)


PER = {"quantity": "37", "every": "12", "over": "0", "times": "3", "points": "1.5"}
BAND = {"quantity": "20", "row_from": "18", "row_below": "36", "points": "5"}


@pytest.mark.parametrize(
    ("node", "zh", "en"),
    [
        (
            step("per", 450, arithmetic=PER, facts=(MONTHS,)),
            "参保月数：37；37 ÷ 12，取整 3 × 1.5 = 4.5",
            "months insured: 37; floor(37 / 12) = 3, 3 × 1.5 = 4.5",
        ),
        (
            step("per", 5550, arithmetic={**PER, "every": "1", "times": "37"}),
            "37 × 1.5 = 55.5",
            "37 × 1.5 = 55.5",
        ),
        (
            step("per", 150, arithmetic={**PER, "over": "24", "times": "1"}),
            "(37 − 24) ÷ 12，取整 1 × 1.5 = 1.5",
            "floor((37 − 24) / 12) = 1, 1 × 1.5 = 1.5",
        ),
        (
            step("per", 0, arithmetic={**PER, "over": "30", "times": "0"}),
            "(37 − 30) ÷ 12，取整 0 × 1.5 = 0",
            "floor((37 − 30) / 12) = 0, 0 × 1.5 = 0",
        ),
        (
            step("per", 0, arithmetic={**PER, "over": "37", "times": "0"}),
            "37 未超过 37，计 0",
            "37 is not above 37: 0",
        ),
        (
            step("bands", 500, arithmetic=BAND),
            "20 在 18 以上、不满 36 一档，计 5",
            "20 is at least 18 and below 36: 5",
        ),
        (
            step("bands", 500, arithmetic={**BAND, "row_below": ""}),
            "20 在 18 以上一档，计 5",
            "20 is at least 18: 5",
        ),
        (step("lookup", 6000, arithmetic={"member": "college", "points": "60"}), "对应 60", "which earns 60"),
        (step("flag", 300, arithmetic={"points": "3"}), "符合，计 3", "condition met: 3"),
        (step("flag", 0, arithmetic={"points": "3"}), "不符合，计 0", "condition not met: 0"),
        (
            step("flag", 0, raw=300, arithmetic={"points": "3"}, applies=False),
            "符合，计 3；前提不符合，计 0",
            "condition met: 3; precondition not met: 0",
        ),
        (
            step("per", 300, raw=450, arithmetic=PER, cap=300, limited="cap"),
            "37 ÷ 12，取整 3 × 1.5 = 4.5；超过最高分限 3，计 3",
            "floor(37 / 12) = 3, 3 × 1.5 = 4.5; above the cap 3: 3",
        ),
        (
            step("per", 600, raw=450, arithmetic=PER, floor=600, limited="floor"),
            "37 ÷ 12，取整 3 × 1.5 = 4.5；低于最低分限 6，计 6",
            "floor(37 / 12) = 3, 3 × 1.5 = 4.5; below the floor 6: 6",
        ),
        (
            step("lookup", 0, raw=None, unknown_cite="rules 4"),
            "缺少所需事实，按规定计 0（甲〔2014〕1号第4条）",
            "a fact it needs is unknown, which earns 0 (甲〔2014〕1号 art. 4)",
        ),
    ],
)
def test_arithmetic_is_written_in_words_and_figures(node: Step, zh: str, en: str) -> None:
    assert texts(node, "zh") == [zh]
    assert texts(node, "en") == [en]


def test_the_parts_of_a_sum_stand_before_it_and_deeper() -> None:
    titled = step(
        "flag", 300, title=Title(zh="甲项", en="part a"), cite="rules annex 2(5)1", arithmetic={"points": "3"}
    )
    best = step(
        "highest",
        450,
        children=(step("per", 450, arithmetic=PER), step("flag", 0, arithmetic={"points": "3"})),
    )

    printed = texts(step("sum", 750, children=(titled, best)))

    assert printed == [
        "  甲项（甲〔2014〕1号附件2(5)1）",
        "    符合，计 3",
        "    37 ÷ 12，取整 3 × 1.5 = 4.5",
        "    不符合，计 0",
        "  4.5、0 中取最高，计 4.5",
        "合计 3 + 4.5 = 7.5",
    ]


def test_an_unknown_line_says_what_the_rules_make_of_it() -> None:
    unknown = step("lookup", None, facts=(replace(MONTHS, value_text=None),))

    assert texts(unknown) == ["参保月数：未知", "缺少所需事实，补齐后才能计分"]
    assert texts(unknown, points=0, unknown_cite="rules 4") == [
        "参保月数：未知", "缺少所需事实，按规定计 0（甲〔2014〕1号第4条）",
    ]  # fmt: skip


def test_a_deduction_is_named_as_one() -> None:
    node = step("flag", 10000, arithmetic={"points": "100"})

    assert texts(node, points=-10000, kind="deduction") == ["符合，计 100", "扣减 -100"]


@pytest.mark.parametrize(
    ("cite", "zh", "en"),
    [
        ("rules 9(3)", "甲〔2014〕1号第9条(3)", "甲〔2014〕1号 art. 9(3)"),
        ("rules 7", "甲〔2014〕1号第7条", "甲〔2014〕1号 art. 7"),
        ("rules annex 1(1)1", "甲〔2014〕1号附件1(1)1", "甲〔2014〕1号 annex 1(1)1"),
        ("rules", "甲〔2014〕1号", "甲〔2014〕1号"),
        ("elsewhere 3", "elsewhere 3", "elsewhere 3"),
        ("rules 3, 24", "甲〔2014〕1号第3条、第24条", "甲〔2014〕1号 art. 3, 24"),
        ("rules 4(1)-(3)", "甲〔2014〕1号第4条(1)-(3)", "甲〔2014〕1号 art. 4(1)-(3)"),
        ("rules 2, last paragraph", "甲〔2014〕1号第2条末款", "甲〔2014〕1号 art. 2, last paragraph"),
        ("rules 22(2), annex 1", "甲〔2014〕1号第22条(2)、附件1", "甲〔2014〕1号 art. 22(2), annex 1"),
        ("rules list 4", "甲〔2014〕1号一览表第4项", "甲〔2014〕1号 list 4"),
        ("draft 4(2)", "征求意见稿四（二）", "征求意见稿 part 4(2)"),
        ("draft 3(2)1(1)", "征求意见稿三（二）1（1）", "征求意见稿 part 3(2)1(1)"),
        ("draft 12", "征求意见稿十二", "征求意见稿 part 12"),
        ("draft 1-5", "征求意见稿一至五", "征求意见稿 part 1-5"),
        ("draft 4 note 5", "征求意见稿四注5", "征求意见稿 part 4 note 5"),
        ("table 9", "附件第9项", "附件 item 9"),
        ("table note 2", "附件注2", "附件 note 2"),
    ],
)
def test_clauses_carry_the_number_of_their_document(cite: str, zh: str, en: str) -> None:
    assert Reading("zh", 2, DOCUMENTS).clause(cite) == zh
    assert Reading("en", 2, DOCUMENTS).clause(cite) == en


def test_a_whole_sheet_in_chinese() -> None:
    expected = """积分与结果说明

申请编号：C1
积分人：S1
政策：小城积分 · 入学
计分日期：2015年4月30日
政策摘要：{digest}
资格：符合条件，参加排名

素质：23
      20  文化程度  [X1第3条]
            学历：初中；对应 20
       3  参保  [X1第5条]
            参保月数：30；30 在 24 以上一档，计 3

小计：23
乘以系数：23 × 1.3 = 29.9（X1第8条）
总分：29.9
门槛：10，已达到（X1第9条）
"""

    assert explanation_text(sheet(person())) == expected.format(digest=PACK.policy.digest)


def test_a_whole_sheet_in_english() -> None:
    text = explanation_text(sheet(person(), "en"))

    assert "      20  education  [X1 art. 3]\n            education: junior; which earns 20\n" in text
    assert (
        "Multiplied: 23 × 1.3 = 29.9 (X1 art. 8)\nTotal: 29.9\nLeast needed: 10, reached (X1 art. 9)" in text
    )


def test_someone_below_the_gate_is_told_so_with_the_clause() -> None:
    text = explanation_text(sheet(person(education="none", months=5)))

    assert "资格：不符合条件，不参加排名\n  - 未达到10分（X1第9条）" in text
    assert "门槛：10，未达到（X1第9条）" in text
    assert "未参加排名，因此没有名额结果。" in text


def test_an_unknown_fact_leaves_total_and_gate_open() -> None:
    text = explanation_text(sheet(person(months=None), "en"))

    assert "Status: pending: a fact is not yet established" in text
    assert "not established: insured (X1 art. 10); months insured: unknown" in text
    assert " pending  insurance  [X1 art. 5]" in text
    assert "Total: cannot be told while a line is pending\nTotals still possible: 26 to 29.9" in text
    assert "\nLeast needed: 10 (X1 art. 9)\n" in text


def test_a_factor_that_does_not_come_out_even_says_where_it_was_cut() -> None:
    explanation = replace(person(), subtotal=2333, before_limits=3032, total=3032)

    text = explanation_text(sheet(explanation))

    assert "小计（已按各组的最高、最低分限调整）：23.33" in text
    assert "23.33 × 1.3，舍去 2 位小数以后 = 30.32" in text


OUTCOME = Outcome(
    "waiting", Title(zh="西镇 小学", en="West primary"), ranked=30, seats=10, rank=11, position=12,
    last_admitted="31", waiting=2,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said", "never"),
    [
        (
            {},
            [
                "与他人并列第 11 名",
                "排在第 12 位",
                "未获安排，在轮候名单上列第 2 位",
                "最后一名入围者的总分为 31。",
            ],
            [],
        ),
        ({"rank": 12}, ["名额 10 个，排在第 12 位"], ["并列"]),
        ({"last_admitted": "29.9"}, ["最后一名入围者的总分也是 29.9；同分者的先后由同分规则决定"], []),
        ({"last_admitted": None}, ["名额未满"], ["最后一名"]),
        ({"waiting": None}, ["本轮未获安排"], ["None", "轮候"]),
        (
            {"outcome": "placed", "offer": "西镇一小", "stage": "placement"},
            ["已安排到西镇一小。"],
            ["轮候"],
        ),
        ({"outcome": "gave_up", "offer": "西镇一小"}, ["因不服从安排，视为放弃"], ["轮候"]),
        ({"outcome": "placed"}, ["已取得名额。"], ["已安排到"]),
        ({"outcome": "gave_up"}, ["曾取得名额，因不服从安排，视为放弃。"], ["安排到"]),
    ],
)
def test_the_outcome_says_what_happened(
    changes: dict[str, object], said: list[str], never: list[str]
) -> None:
    text = explanation_text(sheet(person(), outcome=replace(OUTCOME, **changes)))  # type: ignore[arg-type]

    assert [part for part in said if part not in text] == []
    assert [part for part in never if part in text] == []


def test_a_figure_of_the_last_admitted_is_never_a_promise() -> None:
    chinese = explanation_text(sheet(person(), "zh", OUTCOME))
    english = explanation_text(sheet(person(), "en", OUTCOME))

    assert "不表示以另一总分就会得到名额" in chinese
    assert "The last admitted had 31." in english
    assert "it does not say that another total would have won a seat" in english


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_what_the_text_says(lang: Lang) -> None:
    written = sheet(person(), lang, OUTCOME)
    page = explanation_html(written)

    told = [
        *(text for pair in written.facts + written.sums for text in pair),
        *written.outcome,
        written.status,
    ]
    told += [text for group in written.groups for line in group.lines for text in (line.title, line.clause)]
    told += [d.text for group in written.groups for line in group.lines for d in line.details]
    assert [text for text in told if text not in page] == []
    assert "http" not in page


def test_what_is_not_real_is_said_first_and_markup_in_a_title_stays_text() -> None:
    illustrative = Title(zh="家庭<合成>", en="synthetic")
    written = sheet_of(person(), "zh", documents=PACK.policy.documents, illustrative=illustrative)

    assert explanation_text(written).splitlines()[1] == "示例，非正式结果：家庭<合成>"
    assert "家庭&lt;合成&gt;" in explanation_html(written)
