"""Every problem this room can raise has a sentence in both languages, with the figures it is raised with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from publication.messages import LANGUAGES, parameters, sentences

STORAGE = Path(__file__).parents[2] / "storage"


def raised() -> Iterator[tuple[str, frozenset[str]]]:
    """The code and the figures of every `Problem.of("…", …)` and `bad_input("…", …)`."""
    for path in sorted(STORAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            code = node.args[0].value
            if isinstance(code, str) and code.startswith(("storage.", "tables.")):
                yield code, frozenset(keyword.arg or "" for keyword in node.keywords)


def test_every_problem_is_told_in_both_languages_with_its_figures() -> None:
    told = {
        (code, lang): (parameters(sentences()[code][lang]), figures)
        for code, figures in raised()
        for lang in LANGUAGES
    }

    assert {key: both for key, both in told.items() if not both[0] <= both[1]} == {}
    assert {key: both for key, both in told.items() if both[1] - both[0]} == {}


def test_no_sentence_is_kept_for_a_problem_that_nobody_raises() -> None:
    kept = {code for code in sentences() if code.startswith(("storage.", "tables."))}

    assert kept - {code for code, _ in raised()} == set()
