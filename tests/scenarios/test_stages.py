"""Stages in any order, refilled or not: the engine, a naive program and the verifier give the same places."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from publication.announcement import announcement
from publication.letter import letter_text
from scenarios.letters import Letters
from scenarios.round import Round, run_round
from scenarios.seat_tables import reserves_table
from tests.effort import COSTLY
from tests.scenarios.staged import (
    BANDS,
    EARLY,
    EARLY_SOME,
    FIRST,
    NEARBY,
    QUOTAS,
    SURPLUS,
    TURNS,
    WISHES,
    Family,
    checked,
    decided,
    failed,
    naive,
    outcomes,
    pack,
    replayed,
    seats,
    swapped,
    tables,
    towns,
)
from tests.scenarios.test_other_policies import config
from values.problems import BadInput

SECOND = SURPLUS.replace("surplus", "second").replace("wishes: 3", "wishes: 2, list: second")
BANDS2 = BANDS.replace("name: bands", "name: again")
HALF = (
    "{id: junior, title: {zh: 有学历, en: schooled}, for: {fact: education, is: junior}, unknown: outside, \
share: 0.5, round: floor, cite: rules 13}"
)
CAPPED = WISHES.replace("}", f", ceilings: [{HALF}]}}", 1)
CAPPED_EARLY = EARLY_SOME.replace("wishes: 3", f"wishes: 3, ceilings: [{HALF}]")
OPENING = HALF.replace("share: 0.5", "share: 0.5, unfilled: opens")
KEPT = WISHES.replace("}", f", pools: [{OPENING}]}}", 1)
KEPT_LAST = WISHES.replace(
    "}", f", pools: [{{id: open, title: {{zh: 其余, en: rest}}, rest: true, cite: rules 13}}, {OPENING}]}}", 1
)
LAPSING = KEPT.replace("opens", "lapses")
REFILLED = {
    "quotas": (QUOTAS,),
    "quotas, nearby": (QUOTAS, NEARBY),
    "turns, surplus": (TURNS, SURPLUS),
    "wishes": (WISHES,),
    "first choices": (FIRST,),
    "bands": (BANDS,),
    "wishes, nearby": (WISHES, NEARBY),
    "bands, nearby": (BANDS, NEARBY),
    "at most half of some": (CAPPED,),
    "nearby, then at most half": (FIRST, CAPPED),
    "first choices first at some": (EARLY,),
    "first choices of some, at most half": (CAPPED_EARLY, NEARBY),
    "half kept for some": (KEPT,),
    "half kept last, surplus": (KEPT_LAST, SURPLUS),
    "half kept, nearby": (KEPT, NEARBY),
    "half lapses": (LAPSING,),
    "half kept, first choices first at some": (EARLY.replace("wishes: 3", f"wishes: 3, pools: [{OPENING}]"),),
}
JUNIOR = (
    "{id: junior, title: {zh: 有学历, en: schooled}, for: {fact: education, is: junior}, unknown: outside, \
cite: rules 13}"
)
LONG = "{id: long, title: {zh: 久保, en: long insured}, for: {fact: months, at_least: 24}, unknown: pending, \
cite: rules 13}"


def only(stage: str, group: str) -> str:
    """The stage for this group."""
    return stage.replace("}", f", only: {group}}}", 1)


SEQUENCES = {
    "nearby, then turns": (NEARBY, SURPLUS),
    "wishes, nearby, surplus": (WISHES, NEARBY, SURPLUS),
    "first choices, then all wishes": (FIRST, WISHES),
    "bands, then bands": (BANDS.replace("[1, 2]", "[1]").replace("wishes: 3", "wishes: 1"), BANDS2),
    "quotas, wishes, nearby": (QUOTAS, WISHES, NEARBY),
    "schooled first": (only(WISHES, JUNIOR), only(NEARBY, "junior"), TURNS),
    "long insured nearby": (TURNS, only(NEARBY, LONG), SURPLUS),
    "turns of some": (only(TURNS, LONG), only(SURPLUS, JUNIOR)),
    "bands of some": (QUOTAS, only(BANDS, JUNIOR), only(WISHES, LONG)),
    "first choices first, then anything": (
        EARLY_SOME.replace("wishes: 3", f"wishes: 3, only: {LONG}"),
        SURPLUS,
    ),
    "any number of wishes": (WISHES.replace("wishes: 3", "wishes: any"), BANDS),
    "a second list": (WISHES, SECOND),
    "second lists first": (SECOND.replace(", area: everywhere", ""), NEARBY, BANDS),
}


@pytest.mark.parametrize("kind", REFILLED)
@given(towns, seats)
@COSTLY
def test_refused_places_go_to_the_next_whatever_the_stages(
    kind: str, people: list[Family], free: list[int]
) -> None:
    """Outcome, offer and run of everybody; bundles hold; every letter can be written."""
    agreed(REFILLED[kind], people, free, refill=True)


@pytest.mark.parametrize("kind", SEQUENCES)
@given(towns, seats, st.booleans())
@COSTLY
def test_the_next_stage_is_for_those_without_a_place_over_what_is_left(
    kind: str, people: list[Family], free: list[int], refill: bool
) -> None:
    agreed(SEQUENCES[kind], people, free, refill=refill)


def test_any_number_of_wishes_is_read() -> None:
    """Only the fourth wish has a seat: three wishes would not reach it."""
    surplus = SURPLUS.replace("wishes: 3", "wishes: any")
    family = Family("east", 30, "junior", ["east-0", "east-1", "east-2", "west-0"], (0, 0), refuses=False)

    round_ = decided((surplus,), [family], [0, 0, 0, 1, 0, 0])

    assert outcomes(round_)["f00"] == ("placed", "west-0", 1)
    checked(round_)


def agreed(stages: tuple[str, ...], people: list[Family], free: list[int], *, refill: bool) -> None:
    """The engine, the naive program and the verifier."""
    try:
        round_ = decided(stages, people, free, refill=refill)
    except BadInput:
        event("nobody is eligible")
        return
    found = outcomes(round_)
    event(f"runs: {max(run for *_, run in found.values())}")

    expected = naive(round_)

    assert found == {name: expected.outcome(name) for name in found}
    assert seats_of(round_) == {
        name: pool for name, pool in expected.sits.items() if name not in expected.gone()
    }
    checked(round_)
    letters = Letters(round_, round_.record.digest)
    for name in found:
        letter_text(letters.letter(name), "en")


def seats_of(round_: Round) -> dict[str, str]:
    """By person the pool they sit in."""
    table = reserves_table(round_.ground, round_.placement)
    frame = pl.DataFrame(schema=["candidate", "pool", "seated"]) if table is None else table.frame
    return dict(frame.filter(pl.col("seated").cast(pl.Boolean)).select("candidate", "pool").rows())


FAMILIES = [
    Family("east", 30, "junior", ["east-0", "east-1"], (1, 0), refuses=True),
    Family("east", 24, "none", ["east-0", "east-1"], (2, 5), refuses=False),
    Family("east", 12, "junior", ["east-0", "east-1"], (4, 4), refuses=False),
    Family("east", 1, "none", ["east-1", "east-2"], (0, 9), refuses=True),
    Family("east", 12, "none", ["east-0", "east-2"], (3, 3), refuses=False),
]
"""In points f00 (23), f02 (21.5), f01 (3), f04 (1.5), f03 (0)."""


@pytest.mark.parametrize("kind", [*REFILLED, *SEQUENCES])
def test_two_people_who_traded_places_are_found_and_the_honest_bundle_replays(kind: str) -> None:
    round_ = decided((REFILLED | SEQUENCES)[kind], FAMILIES, [1, 1, 1, 0, 0, 0], refill=kind in REFILLED)
    forged = swapped(round_)

    assert forged is not None
    assert failed(forged)
    assert not failed(round_)
    assert replayed(round_)


def test_whoever_has_a_place_keeps_it_and_the_next_who_waits_gets_what_is_given_up() -> None:
    """As the page on allocation tells it: four people, two schools, the first and the third refuse."""
    wishes = ["east-0", "east-1"]
    people = [
        Family("east", months, education, wishes, (0, 0), refuses=refuses)
        for months, education, refuses in (
            (30, "junior", True),
            (12, "junior", False),
            (30, "none", True),
            (12, "none", False),
        )
    ]

    round_ = decided((WISHES,), people, [1, 1, 0, 0, 0, 0], refill=True)

    assert outcomes(round_) == {
        "f00": ("gave_up", "east-0", 1),
        "f01": ("placed", "east-1", 1),
        "f02": ("gave_up", "east-0", 2),
        "f03": ("placed", "east-0", 3),
    }
    letter = Letters(round_, round_.record.digest).letter("f01")
    assert [place.reason["reason"] for place in letter.not_given] == ["passed_on"]


ENDS = "{any: [{fact: months, at_least: 48}, {fact: months, at_most: 1}]}"
SIX = [
    Family("east", months, education, ["east-0"], (0, 0), refuses=False)
    for months, education in (
        (60, "junior"),  # 23, a member
        (48, "junior"),  # 23, a member
        (30, "junior"),  # 23
        (12, "junior"),  # 21.5
        (12, "none"),  # 1.5
        (1, "none"),  # 0, a member
    )
]


@pytest.mark.parametrize(
    ("refusing", "opens", "lapses"),
    [
        ({0}, {"f05": "junior"}, {"f05": "junior"}),
        ({2}, {"f04": "*"}, {"f04": "*"}),
        ({0, 1}, {"f05": "junior", "f04": "junior"}, {"f05": "junior"}),
        ({0, 2}, {"f05": "junior", "f04": "*"}, {"f05": "junior", "f04": "*"}),
    ],
)
def test_a_kept_seat_goes_back_to_its_pool(
    refusing: set[int], opens: dict[str, str], lapses: dict[str, str]
) -> None:
    """As the page on allocation tells it: four seats, two kept; the first two and the last are members."""
    people = [replace(person, refuses=at in refusing) for at, person in enumerate(SIX)]
    stay = {f"f{at:02d}" for at in range(4) if at not in refusing}
    for kind, due in ((KEPT, opens), (LAPSING, lapses)):
        stage = kind.replace("{fact: education, is: junior}", ENDS)

        round_ = decided((stage,), people, [4, 0, 0, 0, 0, 0], refill=True)

        sits = seats_of(round_)
        assert {who: pool for who, pool in sits.items() if who not in stay} == due
        assert {who for who, (_, _, run) in outcomes(round_).items() if run == 2} == due.keys()
        assert sits.keys() == stay | due.keys()
        checked(round_)
        assert replayed(round_)


def test_a_letter_says_which_pool_passed_a_seat_on() -> None:
    """f02 has east-1; the open seat of east-0 that f00 gives up goes to f03, who still waits."""
    wishes = (["east-0"], ["east-0"], ["east-0", "east-1"], ["east-0"])
    people = [
        Family("east", months, education, listed, (0, 0), refuses=refuses)
        for (months, education), listed, refuses in zip(
            ((24, "none"), (1, "junior"), (12, "none"), (1, "none")),
            wishes,
            (True, False, False, False),
            strict=True,
        )
    ]

    round_ = decided((KEPT,), people, [2, 2, 0, 0, 0, 0], refill=True)

    assert outcomes(round_)["f03"] == ("placed", "east-0", 2)
    page = announcement(round_.pack.policy, "en")
    assert "a kept seat first to the next of those for whom it is kept" in str(page)
    letter = Letters(round_, round_.record.digest).letter("f02")
    assert str(letter_text(letter, "en").not_given[0]).endswith(
        "pool 2 (everybody): it was full when the turn came; "
        "a seat given up later went to somebody still waiting."
    )


def test_a_place_of_a_quota_goes_to_the_next_in_the_ranking() -> None:
    """Two seats: f00 gives up; f02 keeps the other; f01 comes next."""
    round_ = decided((QUOTAS,), FAMILIES, [2, 0, 0, 0, 0, 0], refill=True)

    assert outcomes(round_) == {
        "f00": ("gave_up", "", 1),
        "f02": ("placed", "", 1),
        "f01": ("placed", "", 2),
        "f04": ("waiting", "", 0),
        "f03": ("waiting", "", 0),
    }


def test_the_first_batch_is_placed_somewhere_before_the_second_is_served() -> None:
    """The schooled choose, those without are placed nearby, and only then the others choose.

    f00 (23 points) takes school 0 before f02 (21.5), who wished for nothing else and is placed at the school
    nearest to (4, 4) of those left: 2 at (4, 6), not 1 at (2, 3). f01 (3) takes its second wish, 1; f04 (1.5)
    wished for 0 and 2, f03 (0) for 1 and 2, and there is no more.
    """
    stages = (only(WISHES, JUNIOR), only(NEARBY, "junior"), TURNS)
    people = [replace(person, refuses=False) for person in FAMILIES]
    people[2] = replace(people[2], wishes=["east-0"])

    round_ = decided(stages, people, [1, 1, 1, 0, 0, 0])

    assert {name: offer for name, (_, offer, _) in outcomes(round_).items()} == {
        "f00": "east-0",
        "f02": "east-2",
        "f01": "east-1",
        "f04": "",
        "f03": "",
    }
    letters = Letters(round_, round_.record.digest)
    assert [place.reason["reason"] for place in letters.letter("f04").not_given] == [
        "only_for",
        "nothing_left",
        "nothing_left",
    ]
    told = letter_text(letters.letter("f04"), "en")
    assert "that stage was only for others (schooled)" in str(told)
    forged = swapped(round_)
    assert forged is not None
    assert failed(forged)


def test_a_second_list_is_read_only_for_those_whom_the_first_did_not_place() -> None:
    """f00 has school 0 and keeps it; f02 and f01 wished for it alone and choose again, f02 (21.5) first."""
    people = [
        replace(FAMILIES[at], wishes=["east-0"], second=("east-1", "east-2"), refuses=False)
        for at in range(3)
    ]

    round_ = decided((WISHES, SECOND), people, [1, 1, 1, 0, 0, 0])

    got = {name: offer for name, (_, offer, _) in outcomes(round_).items()}
    assert got == {"f00": "east-0", "f02": "east-1", "f01": "east-2"}
    letters = Letters(round_, round_.record.digest)
    assert letters.letter("f00").not_given == ()
    assert [(place.list, place.wish) for place in letters.letter("f01").not_given] == [
        (None, 1),
        ("second", 1),
    ]
    assert "List second, wish 1, east-1" in str(letter_text(letters.letter("f01"), "en"))


def test_a_wish_on_no_list_is_refused_where_every_stage_reads_a_named_one() -> None:
    second = SECOND.replace(", area: everywhere", "")
    given_tables = tables((second, WISHES), FAMILIES, [1, 1, 1, 0, 0, 0])

    with pytest.raises(BadInput) as error:
        run_round(pack((second,)), config(), given_tables)

    assert {problem.code for problem in error.value.problems} == {"round.list_not_read"}


def test_an_offer_has_no_more_of_a_group_than_its_ceiling() -> None:
    """Two seats, at most one for the schooled: f00 (23) has it, f02 (21.5) is passed over for f01 (3)."""
    people = [replace(person, wishes=["east-0"], refuses=False) for person in FAMILIES[:3]]

    round_ = decided((CAPPED,), people, [2, 0, 0, 0, 0, 0])

    assert {name: offer for name, (_, offer, _) in outcomes(round_).items()} == {
        "f00": "east-0",
        "f01": "east-0",
        "f02": "",
    }
    letter = Letters(round_, round_.record.digest).letter("f02")
    assert "as many of these people (schooled) as it may have" in str(letter_text(letter, "en"))
    forged = swapped(round_)
    assert forged is not None
    assert "lists" in failed(forged)
