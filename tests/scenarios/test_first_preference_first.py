"""Deferred acceptance with offers that take earlier choices first (first preference first)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from publication.bundle import bundle_files
from publication.letter import letter_text
from scenarios.letters import Letters
from scenarios.round import Round, run_round
from scenarios.tables import round_schemas
from scoring.pack import load_pack
from storage.folders import write_folder
from storage.importers import read_table
from tests.effort import COSTLY
from tests.scenarios.staged import (
    EARLY,
    EARLY_SOME,
    FIRST,
    MARK,
    SCHOOLS,
    STAGE,
    WISHES,
    Family,
    checked,
    outcomes,
    pack,
    seats,
    tables,
    towns,
)
from tests.scenarios.test_other_policies import TINY, config
from tests.verifier.tiny_bundle import seal
from values.problems import BadInput
from verifier.verify_bundle import verify

ALL_FIRST = FIRST.replace("wishes: 2", "wishes: 3")


def round_of(stage: str, people: list[Family], free: list[int], marked: tuple[str, ...]) -> Round | None:
    try:
        return run_round(pack((stage,)), config(), tables((stage,), people, free, marked))
    except BadInput:
        event("nobody is eligible")
        return None


@given(towns, seats, st.sampled_from((EARLY, EARLY_SOME)))
@COSTLY
def test_without_a_marked_offer_it_is_deferred_acceptance(
    people: list[Family], free: list[int], stage: str
) -> None:
    one, two = (round_of(each, people, free, ()) for each in (stage, WISHES))

    assert one is None or two is None or outcomes(one) == outcomes(two)


@given(towns, seats)
@COSTLY
def test_with_every_offer_marked_for_everybody_it_is_immediate_acceptance(
    people: list[Family], free: list[int]
) -> None:
    one, two = (round_of(each, people, free, SCHOOLS) for each in (EARLY, ALL_FIRST))

    assert one is None or two is None or outcomes(one) == outcomes(two)


EAST = [  # schooled families have 20 points more; months 24 and more 3, 12 and more 1.5
    Family("east", 30, "junior", ["east-2", "east-0"], (0, 0), False),  # 23
    Family("east", 30, "none", ["east-0"], (0, 0), False),  # 3
    Family("east", 12, "none", ["east-1", "east-2"], (0, 0), False),  # 1.5
    Family("east", 12, "junior", ["east-1", "east-0"], (0, 0), False),  # 21.5
    Family("east", 6, "junior", ["east-1", "east-2"], (0, 0), False),  # 20
]
"""One seat each at east-0 and east-1, none at east-2."""


@pytest.mark.parametrize(
    ("stage", "marked", "east_0", "east_1"),
    [
        (WISHES, (), "f00", "f03"),  # by points: f00 comes to east-0 with the second wish and has most
        (EARLY, ("east-0",), "f01", "f03"),  # the first choice, with 3 points
        (EARLY_SOME, ("east-0",), "f01", "f03"),  # f00 is schooled and f01 counts as a first choice
        (EARLY, ("east-1",), "f00", "f03"),  # all three came with the first choice: points
    ],
)
def test_the_number_of_the_wish_comes_first_where_the_offer_is_marked(
    stage: str, marked: tuple[str, ...], east_0: str, east_1: str
) -> None:
    decided = round_of(stage, EAST, [1, 1, 0, 0, 0, 0], marked)

    assert decided is not None
    found = {offer: name for name, (_, offer, _) in outcomes(decided).items() if offer}
    assert found == {"east-0": east_0, "east-1": east_1}
    assert checked(decided)["tiers"] == ("not possible" if stage == WISHES else "holds")


def test_a_number_left_out_on_the_list_does_not_count() -> None:
    """f00's only wish is filed as the second: it is the first that is read."""
    people = [EAST[0], EAST[1]]
    given_ = tables((EARLY,), people, [1, 1, 0, 0, 0, 0], ("east-0",))
    only_second = given_.preferences.filter(pl.col("offer") == "east-0")

    decided = run_round(pack((EARLY,)), config(), replace(given_, preferences=only_second))

    assert outcomes(decided)["f00"][1] == "east-0"


CLASS = "{id: long, title: {zh: 久保, en: long insured}, when: {fact: months, at_least: 24}, \
unknown: after, cite: rules 12}"


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        (["east-0"], "the last admitted belongs to those who go first (long insured)"),
        (["east-2", "east-0"], "the last admitted stands with choice 1, this applicant with choice 2"),
    ],
)
def test_a_letter_tells_the_tier_and_in_it_the_class(wishes: list[str], told: str) -> None:
    """f00 has 21.5 points, f01 3 and is in the class that goes first."""
    text = TINY.replace(STAGE, EARLY).replace("gate: {points: 10,", "gate: {points: 0,")
    text = text.replace("stages:\n", f"marks: {{early: {MARK}}}\n      stages:\n")
    classed = load_pack(text.replace("ties: [", f"classes: [{CLASS}], ties: ["), "tiny.yaml")
    people = [
        Family("east", 12, "junior", wishes, (0, 0), False),
        Family("east", 30, "none", ["east-0"], (0, 0), False),
    ]

    decided = run_round(classed, config(), tables((EARLY,), people, [1, 0, 0, 0, 0, 0]))

    assert outcomes(decided)["f01"][1] == "east-0"
    assert checked(decided)["tiers"] == "holds"
    assert told in str(letter_text(Letters(decided, decided.record.digest).letter("f00"), "en"))


def test_a_letter_says_that_earlier_choices_came_first() -> None:
    decided = round_of(EARLY, EAST, [1, 1, 0, 0, 0, 0], ("east-0",))
    assert decided is not None
    letter = Letters(decided, decided.record.digest).letter("f00")

    english, chinese = (str(letter_text(letter, lang)) for lang in ("en", "zh"))

    told = "the last admitted stands with choice 1, this applicant with choice 2"
    assert told in english
    assert "最后录取者以第 1 志愿参加，本申请以第 2 志愿参加" in chinese


EDITS = [
    ("priorities.csv", "f00,east-0,2", "f00,east-0,1", ("tiers", "priorities.csv", 2)),
    (
        "inputs/offers.csv",
        "east-0,east,east-0,1,true",
        "east-0,east,east-0,1,false",
        ("tiers", "priorities.csv", 2),
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "fails"), EDITS)
def test_an_edited_bundle_fails(
    file: str, old: str, new: str, fails: tuple[str, str, int], tmp_path: Path
) -> None:
    decided = round_of(EARLY, EAST, [1, 1, 0, 0, 0, 0], ("east-0",))
    assert decided is not None
    write_folder(tmp_path, bundle_files(decided.record, "audit"))
    text = (tmp_path / file).read_text("utf-8")
    assert text.count(old) == 1
    (tmp_path / file).write_text(text.replace(old, new), "utf-8", newline="")
    seal(tmp_path)

    checks = {check["name"]: check for check in verify(tmp_path).checks}

    name, *place = fails
    assert [checks[name]["place"][key] for key in ("file", "row")] == place


def test_a_mark_that_is_neither_yes_nor_no_is_told_with_its_row(tmp_path: Path) -> None:
    schema = round_schemas(pack((EARLY,)).policy, "school")["offers"]
    path = tmp_path / "offers.csv"
    path.write_text("offer,town,name,seats,early\na,east,A,1,true\nb,east,B,1,\nc,east,C,1,maybe\n", "utf-8")

    with pytest.raises(BadInput) as error:
        read_table(path, schema)

    places = [(problem.code, problem.place.row, problem.place.field) for problem in error.value.problems]
    assert places == [("tables.empty_cell", 3, "early"), ("tables.not_a_boolean", 4, "early")]
