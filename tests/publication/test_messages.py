"""Every problem that any room can raise has a sentence in both languages, with figures it is raised with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from publication.messages import LANGUAGES, MissingSentence, parameters, problem_line, sentence, sentences
from values.problems import Place, Problem

ROOT = Path(__file__).parents[2]
ROOMS = ("values", "scoring", "allocation", "residence", "publication", "scenarios", "storage", "api")


def raised() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Place, code and figures of every `Problem.of`, `bad_input` and `refused` with a literal code.

    The figures are None where they are passed on as `**figures`.
    """
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _makes_a_problem(node.func):
                yield from _codes(node, f"{path.relative_to(ROOT)}:{node.lineno}")


def _makes_a_problem(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return (
            function.attr == "of" and isinstance(function.value, ast.Name) and function.value.id == "Problem"
        )
    return isinstance(function, ast.Name) and function.id in ("bad_input", "refused")


def _codes(call: ast.Call, place: str) -> Iterator[tuple[str, str, frozenset[str] | None]]:
    names = [keyword.arg for keyword in call.keywords]
    figures = None if None in names else frozenset(str(name) for name in names) - {"place"}
    if not call.args:
        return
    if isinstance(call.args[0], ast.JoinedStr):  # a family of codes with one beginning
        begin = call.args[0].values[0]
        assert isinstance(begin, ast.Constant), f"{place}: a code must begin with its room"
        yield from ((place, code, None) for code in _family(str(begin.value)))
        return
    for node in ast.walk(call.args[0]):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            yield place, node.value, figures


def _family(begin: str) -> list[str]:
    return [code for code in sentences() if code.startswith(begin)] or [begin]


RAISED = list(raised())


def test_the_scan_sees_the_problems_of_the_leaf() -> None:
    assert {"points.inexact", "calendar.year_missing"} <= {code for _, code, _ in RAISED}


def test_every_problem_has_a_sentence() -> None:
    assert {f"{place}: {code}" for place, code, _ in RAISED if code not in sentences()} == set()


def test_no_sentence_names_a_figure_that_its_problem_does_not_bring() -> None:
    lacking = {
        f"{place}: {code} ({lang}) needs {', '.join(sorted(missing))}"
        for place, code, figures in RAISED
        if code in sentences() and figures is not None
        for lang in LANGUAGES
        if (missing := parameters(sentences()[code][lang]) - figures)
    }

    assert lacking == set()


def test_both_languages_tell_the_same_figures() -> None:
    different = {
        code for code, told in sentences().items() if parameters(told["zh"]) != parameters(told["en"])
    }

    assert different == set()


def test_sentences_are_not_empty_and_not_the_same_in_both_languages() -> None:
    figures_only = {"explanation.policy_text", "explanation.per_one", "announcement.service", "choice.0"}
    figures_only |= {"rule.quoted", "rule.joint_arrow"}
    same = {code for code, told in sentences().items() if not told["zh"].strip() or told["zh"] == told["en"]}

    assert same - figures_only == set()


def test_a_sentence_is_filled_with_the_problems_own_figures() -> None:
    problem = Problem.of(
        "points.inexact", Place(file="pack.yaml", line=3, column=7), value="1.234", decimals=2
    )

    assert sentence(problem, {}, "en") == "1.234 needs more than 2 decimals; shorten it or raise the scale"
    assert problem_line(problem, "zh").startswith("pack.yaml:3:7：1.234 无法用 2 位小数准确表示")
    assert problem_line(Problem.of("points.inexact", value="1", decimals=0), "en").startswith("1 needs")


def test_braces_in_a_figure_stay_as_they_are() -> None:
    assert "{decimals}" in sentence("points.inexact", {"value": "{decimals}", "decimals": 2}, "en")


def test_a_missing_sentence_is_an_error_not_an_empty_text() -> None:
    with pytest.raises(MissingSentence, match=r"no\.such_code \(zh\)"):
        sentence("no.such_code", {}, "zh")


def test_a_missing_figure_is_an_error() -> None:
    with pytest.raises(MissingSentence, match="decimals"):
        sentence("points.inexact", {"value": "1"}, "zh")
