"""What `jifen policy test` says: where the engine differs from the text, and what nothing works out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from api.console import print_json, show
from publication.messages import Lang, problem_line, sentence
from scenarios.case_differences import Difference
from scenarios.worked_cases import Tried
from scenarios.worked_rounds import TriedRound
from storage.examples import WorkedPack
from values.problems import Place


def show_tests(tested: Sequence[WorkedPack], lang: Lang, *, as_json: bool) -> None:
    """Print the outcome of worked cases and rounds: a line a pack, every difference, and what none works."""
    if as_json:
        print_json({"format": "policy-test/1", "packs": [_document(one) for one in tested]})
        return
    for one in tested:
        show(_summary(one, lang))
        for tried in one.failed:
            for line in _case_lines(tried, lang):
                show(line)
        for failed in one.failed_rounds:
            for line in _round_lines(failed, lang):
                show(line)
        for line in _lacking(one, lang):
            show("  " + line)


def _summary(tested: WorkedPack, lang: Lang) -> str:
    failed = tested.failed or tested.failed_rounds
    code = "policy.tested" + ("_rounds" if tested.rounds else "") + ("_differs" if failed else "")
    figures = {
        "id": tested.pack.policy.id,
        "version": tested.version.stem,
        "cases": len(tested.tried),
        "good": len(tested.tried) - len(tested.failed),
        "rounds": len(tested.rounds),
        "good_rounds": len(tested.rounds) - len(tested.failed_rounds),
    }
    return sentence(code, figures, lang)


def _case_lines(tried: Tried, lang: Lang) -> Iterator[str]:
    yield f"  {tried.case.place}: {tried.case.name}"
    yield from _difference_lines(tried.differences, lang)
    if tried.case.expect.status is not None and tried.outcome["reasons"]:
        reasons = ", ".join(map(str, tried.outcome["reasons"]))  # type: ignore[call-overload]
        yield "    " + sentence("policy.reasons", {"reasons": reasons}, lang)


def _round_lines(tried: TriedRound, lang: Lang) -> Iterator[str]:
    yield f"  {tried.round.place('round')}: {tried.round.name}"
    yield from _difference_lines(tried.differences, lang)
    yield from ("    " + problem_line(problem, lang) for problem in tried.refusals)


def _difference_lines(differences: Sequence[Difference], lang: Lang) -> Iterator[str]:
    width = max(len(difference.name) for difference in differences)
    for difference in differences:
        figures = {"expected": difference.expected, "got": difference.got}
        yield f"    {difference.name:{width}}  " + sentence("policy.difference", figures, lang)


def _lacking(tested: WorkedPack, lang: Lang) -> Iterator[str]:
    """What no case and no round works out."""
    if tested.unworked:
        yield sentence("policy.unworked", {"indicators": ", ".join(tested.unworked)}, lang)
    if tested.unread:
        readings = ", ".join(f"{switch}={choice}" for switch, choice in tested.unread)
        yield sentence("policy.unread", {"readings": readings}, lang)
    if tested.roundless:
        yield sentence("policy.roundless", {"services": ", ".join(tested.roundless)}, lang)


def _document(tested: WorkedPack) -> dict[str, Any]:
    cases = ({"case": one.case.name, **_failure(one.case.place, one.differences)} for one in tested.failed)
    rounds = (
        {"round": one.round.name, **_failure(one.round.place("round"), one.differences)}
        for one in tested.failed_rounds
    )
    return {
        "id": tested.pack.policy.id,
        "version": tested.version.stem,
        "digest": tested.pack.policy.digest,
        "examples": str(tested.file),
        "cases": len(tested.tried),
        "rounds": len(tested.rounds),
        "failed": [*cases, *rounds],
        "unworked": list(tested.unworked),
        "unread": [{"switch": switch, "choice": choice} for switch, choice in tested.unread],
        "roundless": list(tested.roundless),
    }


def _failure(place: Place, differences: Sequence[Difference]) -> dict[str, Any]:
    return {"line": place.line, "differences": [vars(difference) for difference in differences]}
