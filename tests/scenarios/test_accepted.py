"""Offers that accept some people only: wishes of others are passed over, with the reason."""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from publication.letter import letter_text
from scenarios.letters import Letters
from scenarios.round import Round, run_round
from tests.scenarios.staged import (
    BANDS,
    EARLY,
    FIRST,
    MARKED,
    NEARBY,
    TURNS,
    WISHES,
    Family,
    checked,
    naive,
    outcomes,
    pack,
    replayed,
    seats,
    tables,
    towns,
)
from tests.scenarios.test_other_policies import config
from values.problems import BadInput

SCHOOLED = (
    "{id: schooled, title: {zh: 有学历, en: schooled}, marked: early, for: {fact: education, is: junior}, \
unknown: outside, cite: rules 13}"
)
LONG = "{id: long, title: {zh: 久保, en: long insured}, marked: early, for: {fact: months, at_least: 24}, \
unknown: pending, cite: rules 13}"
STAGES = {
    "turns": (TURNS,),
    "first choices": (FIRST, NEARBY),
    "bands": (BANDS,),
    "tiers": (EARLY, NEARBY),
}


def round_of(
    stages: tuple[str, ...], people: list[Family], free: list[int], accepts: str, *, refill: bool = False
) -> Round:
    given_ = tables(stages, people, free, marks=True)
    return run_round(pack(stages, refill=refill, accepts=accepts), config(), given_)


@pytest.mark.parametrize("kind", STAGES)
@given(towns, seats, st.sampled_from((SCHOOLED, f"{SCHOOLED}, {LONG}")), st.booleans())
@settings(max_examples=10)
def test_nobody_else_gets_in_and_the_rest_is_as_ever(
    kind: str, people: list[Family], free: list[int], accepts: str, refill: bool
) -> None:
    """The engine, the naive program and the verifier agree; letters can be written."""
    try:
        round_ = round_of(STAGES[kind], people, free, accepts, refill=refill)
    except BadInput:
        event("nobody is eligible")
        return
    found = outcomes(round_)

    expected = naive(round_)

    assert found == {name: expected.outcome(name) for name in found}
    checked(round_)
    junior = {
        name
        for name, inside in zip(round_.ground.people, round_.ground.members["schooled"], strict=True)
        if inside
    }
    assert all(name in junior for name, (_, offer, _) in found.items() if offer in MARKED)
    letters = Letters(round_, round_.record.digest)
    for name in found:
        letter_text(letters.letter(name), "en")


EAST = [
    Family("east", 30, "none", ["east-0", "east-2"], (0, 0), False),  # 3 points; east-0 is closed to it
    Family("east", 12, "none", ["east-2"], (0, 0), False),  # 1.5
    Family("east", 12, "junior", ["east-0"], (0, 0), False),  # 21.5
]


@pytest.mark.parametrize("stage", [WISHES, FIRST, BANDS, TURNS])
def test_a_wish_passed_over_is_no_number_of_its_own(stage: str) -> None:
    """f00's second wish is the first that is read: under choice order too it comes before f01."""
    round_ = round_of((stage,), EAST, [2, 0, 1, 0, 0, 0], SCHOOLED)

    assert {name: offer for name, (_, offer, _) in outcomes(round_).items()} == {
        "f00": "east-2",
        "f01": "",
        "f02": "east-0",
    }
    assert replayed(round_)


def test_the_letter_says_whom_the_offer_accepts() -> None:
    decided = round_of((WISHES,), EAST, [2, 0, 1, 0, 0, 0], SCHOOLED)
    letters = Letters(decided, decided.record.digest)

    english, chinese = (str(letter_text(letters.letter("f00"), lang)) for lang in ("en", "zh"))

    assert "it accepts others only (schooled)" in english
    assert "该处只接受“有学历”，本申请不属" in chinese


def test_without_a_marked_offer_nobody_is_kept_out() -> None:
    given_ = tables((WISHES,), EAST, [2, 0, 1, 0, 0, 0], (), marks=True)

    decided = run_round(pack((WISHES,), accepts=SCHOOLED), config(), given_)

    assert outcomes(decided)["f00"][1] == "east-0"
