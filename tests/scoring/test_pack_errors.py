"""Every slip of a policy author is refused with file, line and column; the unharmed pack loads."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scoring.pack import load_pack
from values.problems import BadInput

TEXT = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")

SLIPS = yaml.safe_load((Path(__file__).parent / "slips.yaml").read_text("utf-8"))


def test_the_unharmed_pack_loads_without_problems_or_notices() -> None:
    """The text that the slips are made in is itself good."""
    pack = load_pack(TEXT, "tiny.yaml")

    assert list(pack.policy.indicators) == ["education", "insurance"]
    assert pack.notices == ()


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip['code']}: {slip['wrong'].strip()}")
def test_a_slip_is_refused_with_its_line_and_column(slip: dict[str, str]) -> None:
    """Each slip gives its code at the place where the author has to look."""
    assert slip["right"] in TEXT
    text = TEXT.replace(slip["right"], slip["wrong"], 1)
    if slip["code"] == "yaml.alias":
        text = text.replace("number: X1", "number: *a")

    with pytest.raises(BadInput) as error:
        load_pack(text, "tiny.yaml")

    found = [problem for problem in error.value.problems if problem.code == slip["code"]]
    assert found, [str(problem) for problem in error.value.problems]
    place = found[0].place
    assert place.file == "tiny.yaml"
    assert place.line > 0
    if "at" in slip:
        offset = text.index(slip["at"])
        column = offset - text.rfind("\n", 0, offset)
        assert (place.line, place.column) == (text.count("\n", 0, offset) + 1, column)


def test_all_slips_of_a_pack_are_reported_at_once() -> None:
    """Three slips in three places give three problems in document order."""
    text = TEXT.replace("points: 1.5}", "points: 1.555}").replace("{none: 0, junior: 20}", "{none: 0}")
    text = text.replace("is: west", "is: north")

    with pytest.raises(BadInput) as error:
        load_pack(text, "tiny.yaml")

    assert [problem.code for problem in error.value.problems] == [
        "pack.missing_member",
        "pack.inexact",
        "pack.constant",
    ]


def test_a_cap_that_never_binds_is_a_notice_not_an_error() -> None:
    """An official text may contain a cap above everything that can be earned."""
    text = TEXT.replace("{lookup: education,", "{cap: 20, lookup: education,")

    pack = load_pack(text, "tiny.yaml")

    assert [notice.code for notice in pack.notices] == ["pack.cap_never_binds"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "- a list\n", "just text\n"])
def test_a_file_without_a_policy_is_refused(text: str) -> None:
    """Nothing, a list or bare text is not a pack."""
    with pytest.raises(BadInput):
        load_pack(text, "empty.yaml")


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 50_000, "- " * 300 + "x"])
def test_brackets_without_end_are_refused_and_end_nothing_else(text: str) -> None:
    """A reader that called itself for every level would take the whole process with it."""
    with pytest.raises(BadInput, match=r"^deep\.yaml:1:\d+: yaml\.too_deep \(levels=100\)$"):
        load_pack(text, "deep.yaml")


def test_a_number_of_thousands_of_digits_is_a_wrong_value_like_any_other() -> None:
    """Python itself reads no such numbers."""
    with pytest.raises(BadInput, match=r"tiny\.yaml:\d+:\d+: pack\."):
        load_pack(TEXT.replace("scale: ", f"scale: {'9' * 5000}", 1), "tiny.yaml")


def test_a_document_that_does_not_say_when_it_was_issued_needs_no_date() -> None:
    """A date of issue is never invented."""
    assert "issued: 2014-10-23, " in TEXT

    policy = load_pack(TEXT.replace("issued: 2014-10-23, ", ""), "tiny.yaml").policy

    assert policy.documents["rules"].issued is None
    assert policy.canonical()["documents"] == {
        "rules": {"number": "X1", "title": {"zh": "规定", "en": "rules"}}
    }


@pytest.mark.parametrize("key", ["indicator: insurance", "group: other"])
def test_nobody_is_ranked_by_points_that_do_not_count(key: str) -> None:
    """A line of a kind that the service leaves out, and a group of such lines."""
    rules = "groups:\n  other: {title: {zh: 其他, en: other}, cite: rules 2}"
    text = TEXT.replace("groups:", rules)
    line = "group: quality\n    kind: base\n    cite: rules 5"
    text = text.replace(line, line.replace("quality", "other").replace("base", "bonus"))
    text = text.replace("ties: [lottery]", f"keys: [{{{key}}}], keys_cite: rules 12, ties: [lottery]")

    with pytest.raises(BadInput) as refused:
        load_pack(text, "tiny.yaml")

    assert [problem.code for problem in refused.value.problems] == ["pack.key_not_counted"]


def test_points_that_count_in_no_service_are_told() -> None:
    """A line of a kind that the service leaves out, and a limit, a choice and a sanction of such lines."""
    line = "group: quality\n    kind: base\n    cite: rules 5"
    named = "title: {zh: 闲, en: idle}, cite: rules 5"
    text = TEXT.replace(line, line.replace("base", "bonus"))
    text += f"limits: [{{id: a, {named}, of: [insurance], cap: 1}}]\n"
    text += f"exclusive: [{{id: b, {named}, of: [insurance, education], keep: highest}}]\n"
    text += f"sanctions: {{c: {{{named}, when: {{fact: months, at_least: 9}}, effect: void,"
    text += " indicators: [insurance], unknown: ignore}}\n"

    found = load_pack(text, "tiny.yaml").notices

    assert [(one.code, dict(one.params)["rule"]) for one in found] == [
        ("pack.counts_nowhere", name) for name in ("insurance", "a", "b", "c")
    ]
    read = text.replace("fact: months, at_least: 1}", "indicator: insurance, more_than: 0}")
    assert [dict(one.params)["rule"] for one in load_pack(read, "tiny.yaml").notices] == ["a", "b", "c"]


def test_a_floor_that_lifts_the_nothing_of_a_false_condition_is_no_oddity() -> None:
    """The lookup never earns less than 20, but where the condition is false it earns nothing."""
    points = "points: {lookup: education, points: {none: 20, junior: 20}, floor: 5"
    text = TEXT.replace("points: {lookup: education, points: {none: 0, junior: 20}", points)
    when = text.replace("floor: 5", "floor: 5, when: {fact: months, at_least: 1}")

    assert [one.code for one in load_pack(text, "tiny.yaml").notices] == ["pack.floor_never_binds"]
    assert load_pack(when, "tiny.yaml").notices == ()


def test_a_deduction_written_negative_is_told() -> None:
    """It would add what it should take."""
    line = "kind: base\n    cite: rules 3"
    text = TEXT.replace(line, line.replace("base", "deduction")).replace("[base]", "[base, deduction]")
    wrong = text.replace("junior: 20}", "junior: -20}")

    assert load_pack(text, "tiny.yaml").notices == ()
    assert [one.code for one in load_pack(wrong, "tiny.yaml").notices] == ["pack.deduction_adds"]


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ("{fact: months, at_least: 601}", "never"),
        ("{fact: months, at_least: 600}", None),
        ("{fact: months, more_than: 600}", "never"),
        ("{fact: months, less_than: 0}", "never"),
        ("{fact: months, at_most: 600}", "always"),
        ("{fact: months, less_than: 601}", "always"),
        ("{fact: months, less_than: 600}", None),
        ("{fact: months, is: 601}", "never"),
        ("{fact: months, is: 600}", None),
        ("{fact: months, between: [601, 700]}", "never"),
        ("{fact: months, between: [-1, 600]}", "always"),
        ("{fact: months, between: [600, 700]}", None),
        ("{not: {any: [{fact: months, at_least: 700}]}}", "never"),
        ("{indicator: insurance, more_than: 3}", "never"),
        ("{indicator: insurance, at_least: 0}", "always"),
        ("{indicator: insurance, at_least: 3}", None),
        ("{fact: town, is: west}", None),
    ],
)
def test_a_comparison_that_every_value_or_none_meets_is_told(condition: str, verdict: str | None) -> None:
    """An official text may ask for what goes without saying; a slip of the pen is seen."""
    text = TEXT.replace("require: {fact: months, at_least: 1}", f"require: {condition}")

    found = load_pack(text, "tiny.yaml").notices

    assert [one.code for one in found] == ([] if verdict is None else [f"pack.condition_{verdict}"])
    assert all(one.place.line == text.count("\n", 0, text.index(condition)) + 1 for one in found)
