"""Every problem of the readers, which pass their codes on, has a sentence with figures it is raised with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from publication.messages import LANGUAGES, Lang, parameters, sentences

ROOM = Path(__file__).parents[2] / "allocation"
PASSED_ON = {"wrong", "wrong_rows", "rows_of", "_id"}
"""Functions of the readers that make a problem of a code."""


def raised() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in PASSED_ON:
                yield from _of_call(node, f"{path.name}:{node.lineno}")


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _of_call(call: ast.Call, place: str) -> Iterator[tuple[str, str, frozenset[str] | None]]:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    figures: set[str] | None = {str(name) for name in named if name is not None}
    if None in named or _name(call.func) in ("rows_of", "_id"):
        figures = None
    elif _name(call.func) == "wrong_rows":
        cell = named.get("cell")
        assert figures is not None
        figures = (figures - {"cell"}) | {str(cell.value) if isinstance(cell, ast.Constant) else "value"}
    for argument in call.args:
        for node in ast.walk(argument):
            code = node.value if isinstance(node, ast.Constant) else None
            if isinstance(code, str) and code.startswith(("market.", "points.", "allocation.")):
                yield place, code, None if figures is None else frozenset(figures)


RAISED = list(raised())


def test_the_scan_sees_the_readers() -> None:
    assert {"market.fraction", "market.unknown_offer", "market.duplicate_offer"} <= {
        code for _, code, _ in RAISED
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("place", "code", "figures"), RAISED)
def test_every_problem_has_a_sentence(
    place: str, code: str, figures: frozenset[str] | None, language: Lang
) -> None:
    assert code in sentences(), f"{place}: {code}"
    if figures is not None:
        assert parameters(sentences()[code][language]) <= figures, f"{place}: {code}"


def test_no_sentence_is_left_over() -> None:
    source = "\n".join(path.read_text("utf-8") for path in ROOM.glob("*.py"))

    unused = {code for code in sentences() if code.startswith("market.") and f'"{code}"' not in source}

    assert unused == set()
