"""What `jifen policy test` says: case by case where the engine gives something else than the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from api.console import print_json, show
from publication.messages import Lang, sentence
from scenarios.worked_cases import Tried
from storage.examples import TestedPack


def show_tests(tested: Sequence[TestedPack], lang: Lang, *, as_json: bool) -> None:
    """Print the outcome of worked cases: a line a pack, and every difference."""
    if as_json:
        print_json({"format": "policy-test/1", "packs": [_document(one) for one in tested]})
        return
    for one in tested:
        figures = {"id": one.pack.policy.id, "version": one.version.stem, "cases": len(one.tried)}
        code = "policy.tested_differs" if one.failed else "policy.tested"
        show(sentence(code, {**figures, "good": len(one.tried) - len(one.failed)}, lang))
        for tried in one.failed:
            for line in _lines(tried, lang):
                show(line)
        if one.unworked:
            show("  " + sentence("policy.unworked", {"indicators": ", ".join(one.unworked)}, lang))


def _lines(tried: Tried, lang: Lang) -> Iterator[str]:
    yield f"  {tried.case.place}: {tried.case.name}"
    width = max(len(difference.name) for difference in tried.differences)
    for difference in tried.differences:
        figures = {"expected": difference.expected, "got": difference.got}
        yield f"    {difference.name:{width}}  " + sentence("policy.difference", figures, lang)
    if tried.case.expect.status is not None and tried.outcome["reasons"]:
        reasons = ", ".join(map(str, tried.outcome["reasons"]))  # type: ignore[call-overload]
        yield "    " + sentence("policy.reasons", {"reasons": reasons}, lang)


def _document(tested: TestedPack) -> dict[str, Any]:
    return {
        "id": tested.pack.policy.id,
        "version": tested.version.stem,
        "digest": tested.pack.policy.digest,
        "examples": str(tested.file),
        "cases": len(tested.tried),
        "failed": [
            {
                "case": tried.case.name,
                "line": tried.case.place.line,
                "differences": [vars(difference) for difference in tried.differences],
            }
            for tried in tested.failed
        ],
        "unworked": list(tested.unworked),
    }
