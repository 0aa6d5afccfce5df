"""Points that count at some offers only: every offer has an order of its own, by the total there."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings

from publication.bundle import bundle_files
from publication.letter import letter_text
from publication.record import make_record
from scenarios.letters import Letters
from scenarios.notices import notice_of
from scenarios.record_parts import record_parts
from scenarios.results import cutoffs_table
from scenarios.round import Round
from scenarios.tables import Applications
from scoring.eligibility import STATUSES
from storage.folders import write_folder
from tests.effort import COSTLY
from tests.scenarios.marked import (
    MULTIPLIER,
    Given,
    Marks,
    decided,
    in_the_total,
    people,
    small,
    tables,
    text,
    without_marks,
)
from tests.scenarios.staged import (
    BANDS,
    EARLY,
    FIRST,
    SCHOOLS,
    WISHES,
    Family,
    checked,
    failed,
    outcomes,
    replayed,
    seats,
    swapped,
)
from tests.scenarios.test_stages import CAPPED, JUNIOR, only
from values.problems import Refused
from verifier.verify_bundle import verify

KINDS = {"wishes": (WISHES,), "first choices": (FIRST,), "bands": (BANDS,)}
CATCHMENT = WISHES.replace("wishes: 3", "wishes: 3, tiers: catchment")
KEPT = (
    "{id: kept, title: {zh: 留, en: kept}, for: {fact: education, is: junior}, unknown: outside, "
    "share: 0.5, round: half_up, unfilled: opens, cite: rules 13}"
)
POOLS = WISHES.replace("}", f", pools: [{KEPT}]}}", 1)
AGAIN = WISHES.replace("name: wishes", "name: again")
SECOND = WISHES.replace("name: wishes", "name: second").replace("wishes: 3", "wishes: 2, list: second")
MORE = {
    **KINDS,
    "catchment first": (CATCHMENT,),
    "earlier choices first at some": (EARLY,),
    "kept seats": (POOLS,),
    "at most half": (CAPPED,),
    "some first": (only(WISHES, JUNIOR), AGAIN),
    "a second list": (WISHES, SECOND),
}


def places(round_: Round) -> dict[str, str]:
    """Everybody's offer, "" for none."""
    return {name: offer for name, (_, offer, _) in outcomes(round_).items()}


def living(given_: Given, found: Applications) -> Applications:
    """The tables with a school of the own catchment for everybody."""
    own = [f"{family.town}-{family.home[0] % 3}" for family, _ in given_]
    return replace(found, candidates=found.candidates.with_columns(pl.Series("catchment", own)))


@pytest.mark.parametrize("kind", KINDS)
@given(people, seats)
@COSTLY
def test_the_engine_a_naive_program_and_the_verifier_give_the_same_places(
    kind: str, given_: Given, free: list[int]
) -> None:
    """Of lists side by side the best of all stable placements; band by band the proposals of each band."""
    stages = KINDS[kind]
    round_ = decided(text(stages), tables(stages, given_, free))
    naive = small(stages, given_, free, round_)

    bands = {"first choices": [1], "bands": [1, 2]}
    expected = naive.banded(bands[kind]) if kind in bands else naive.stable()

    found = places(round_)
    assert found == {name: expected.get(name, "") for name in found}
    assert checked(round_)["marks"] == "holds"
    letters = Letters(round_, round_.record.digest)
    for name in found:
        for lang in ("zh", "en"):
            letter_text(letters.letter(name), lang)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", MORE)
@given(people, seats)
@settings(max_examples=5)
def test_without_a_marked_wish_it_is_the_round_without_such_lines(
    kind: str, given_: Given, free: list[int]
) -> None:
    """And with every wish marked the round in which they are in the total; and the verifier agrees."""
    stages = MORE[kind]
    whole = text(stages, refill=True).replace(MULTIPLIER, "")
    everywhere = frozenset(SCHOOLS)
    for mine, other in ((Marks(), without_marks), (Marks(everywhere, everywhere), in_the_total)):
        same = [(family, mine) for family, _ in given_]
        round_ = decided(whole, living(same, tables(stages, same, free)))
        plain = living(same, tables(stages, same, free))
        filed = plain.preferences.drop("near", "sibling")

        expected = decided(other(whole), replace(plain, preferences=filed))

        assert outcomes(round_) == outcomes(expected)
    mixed = decided(whole, living(given_, tables(stages, given_, free)))
    checked(mixed)


def family(months: int, education: str, *wishes: str, refuses: bool = False) -> Family:
    return Family("east", months, education, list(wishes), (0, 0), refuses)


ONE_EACH = [1, 1, 0, 0, 0, 0]
EAST = frozenset({"east-0"})
THREE = [
    (family(1, "junior", "east-0", "east-1"), Marks()),  # 20 everywhere
    (family(1, "none", "east-1", "east-0"), Marks(near=EAST)),  # 0, at east-0 21.5
    (family(12, "junior", "east-0"), Marks()),  # 21.5 everywhere
]
SIX = [
    *THREE,
    (family(24, "none", "east-1"), Marks(sibling=frozenset({"east-1"}))),
    (family(30, "junior", "east-1", "east-0", refuses=True), Marks()),
    (family(12, "none", "east-0", "east-1"), Marks(near=EAST, sibling=EAST)),
]


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        ("admit_all", {"f00": "east-1", "f01": "east-0", "f02": "east-0"}),  # both equals enter
        ("exclude_all", {"f00": "east-1", "f01": "", "f02": ""}),  # neither does
    ],
)
def test_equals_are_those_with_one_total_at_the_offer(ties: str, expected: dict[str, str]) -> None:
    """One seat each. f01 has 0 at east-1 and loses it to f00; at east-0 she equals f02, with 21.5."""
    round_ = decided(text((WISHES,), ties=ties), tables((WISHES,), THREE, ONE_EACH))

    assert places(round_) == expected
    checked(round_)
    last = cutoffs_table(round_.ground, round_.placement).frame
    there = {seat: total for seat, total in last.select("seat", "total").rows() if total is not None}
    assert there == {"east-1": 2000} | ({"east-0": 2150} if ties == "admit_all" else {})


def test_a_refused_tie_names_the_offer_and_the_equals_there() -> None:
    with pytest.raises(Refused) as error:
        decided(text((WISHES,), ties="refuse"), tables((WISHES,), THREE, ONE_EACH))

    (problem,) = error.value.problems
    assert dict(problem.params) == {"offer": "east-0", "people": "f01, f02", "number": "2"}


@pytest.mark.parametrize(("first", "winner"), [("f01", "f01"), ("f02", "f02")])
def test_the_time_of_filing_separates_equals_there(first: str, winner: str) -> None:
    given_ = tables((WISHES,), THREE, ONE_EACH)
    noon = datetime(2015, 3, 2, 12, 0)
    filed = [noon - timedelta(minutes=who == first) for who in given_.candidates["candidate"]]
    timed = replace(given_, candidates=given_.candidates.with_columns(pl.Series("filed_at", filed)))

    round_ = decided(text((WISHES,), ties="application_time, refuse"), timed)

    assert places(round_)[winner] == "east-0"
    checked(round_)


def test_a_letter_and_a_notice_tell_both_totals_and_that_they_differ() -> None:
    """f02 is behind at east-0: 21.5 against 21.5 + 2 of a sibling there."""
    ahead = [THREE[0], (THREE[1][0], Marks(near=EAST)), THREE[2]]
    ahead[1] = (family(12, "none", "east-0"), Marks(near=EAST, sibling=EAST))  # 1.5 + 21.5 + 2 = 25
    round_ = decided(text((WISHES,)), tables((WISHES,), ahead, ONE_EACH))

    letter = letter_text(Letters(round_, round_.record.digest).letter("f02"), "en")

    assert places(round_)["f01"] == "east-0"
    assert letter.not_given == (
        "Wish 1, east-0: the last admitted had 25 at this offer, the applicant 21.5 there.",
    )
    assert "Your totals: wish 1, east-0: 21.5." in letter.standing[-1]
    (east,) = (section for section in notice_of(round_).sections if section.scope == "east")
    assert (east.cut_off, [title.en for title in east.marked]) == (None, ["old area", "sibling there"])


def test_a_letter_tells_both_totals_for_every_pool() -> None:
    """The one seat is kept for the schooled: f01 has it with 21.5 and 2 for a sibling there."""
    ahead = [THREE[0], (family(12, "junior", "east-0"), Marks(sibling=EAST)), THREE[2]]
    round_ = decided(text((POOLS,)), tables((POOLS,), ahead, ONE_EACH))

    letter = letter_text(Letters(round_, round_.record.digest).letter("f02"), "en")

    assert places(round_)["f01"] == "east-0"
    assert "the last admitted had 23.5 at this offer, the applicant 21.5 there" in letter.not_given[0]


def test_who_must_know_the_mark_waits_and_who_need_not_goes_on() -> None:
    """`near` is pending and `sibling` is not; the first is not 0 for anybody."""
    given_ = tables((WISHES,), THREE, ONE_EACH)
    filed = given_.preferences
    unknown = pl.when(pl.col("candidate") == "f01").then(None)
    for column, status in (("near", "pending"), ("sibling", "eligible")):
        cells = unknown.otherwise(pl.col(column)).alias(column)
        round_ = decided(text((WISHES,)), replace(given_, preferences=filed.with_columns(cells)))

        row = round_.facts.candidates.index_of("f01")
        assert row is not None
        assert STATUSES[round_.standings.status[row]] == status
        letter = letter_text(Letters(round_, round_.record.digest).letter("f01"), "en")
        assert any("school of the old area" in reason for reason in letter.reasons) == (status == "pending")
        checked(round_)


def test_a_line_of_nothing_needs_no_mark() -> None:
    whole = text((WISHES,)).replace("{none: 21.5, junior: 1.5}", "{none: 0, junior: 1.5}")
    given_ = tables((WISHES,), THREE, ONE_EACH)
    unknown = pl.when(pl.col("candidate") == "f01").then(None).otherwise(pl.col("near")).alias("near")

    round_ = decided(whole, replace(given_, preferences=given_.preferences.with_columns(unknown)))

    assert places(round_)["f01"] == ""
    checked(round_)


@pytest.mark.parametrize("kind", MORE)
def test_people_who_traded_places_are_found_and_the_honest_bundle_replays(kind: str) -> None:
    stages = MORE[kind]
    round_ = decided(text(stages), living(SIX, tables(stages, SIX, ONE_EACH)))
    forged = swapped(round_)

    assert forged is not None
    assert failed(forged)
    assert not failed(round_)
    assert replayed(round_)


@pytest.mark.parametrize("form", ["public", "audit"])
def test_a_cut_off_that_hides_the_points_there_is_found(form: str) -> None:
    """The table of outcomes says what everybody had at the place given; the cut-offs must say the same."""
    round_ = decided(text((WISHES,)), tables((WISHES,), SIX, ONE_EACH))
    parts = record_parts(round_)
    table = parts.tables["cutoffs.csv"]
    shifted = pl.when(pl.col("seat") == "east-0").then(pl.col("total") - 100).otherwise(pl.col("total"))
    wrong = replace(table, frame=table.frame.with_columns(shifted.alias("total")))  # type: ignore[union-attr, type-var]
    record = make_record(replace(parts, tables={**parts.tables, "cutoffs.csv": wrong}))  # type: ignore[dict-item]

    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder) / form, bundle_files(record, form))  # type: ignore[arg-type]
        report = verify(Path(folder) / form, "en")

    assert [check["name"] for check in report.checks if check["result"] == "failed"] == ["cutoffs"]


def test_a_service_may_have_no_other_points() -> None:
    """Everybody's total is 0: at an offer that is not marked all are equal."""
    whole = text((WISHES,))
    for line in ("kind: base\n    cite: rules 3", "kind: base\n    cite: rules 5"):
        whole = whole.replace(line, line.replace("base", "bonus"))
    given_ = [THREE[0], (family(1, "none", "east-0"), Marks(near=EAST)), THREE[2]]
    round_ = decided(whole, tables((WISHES,), given_, ONE_EACH))

    assert round_.ground.ranking.total is not None
    assert set(round_.ground.ranking.total.tolist()) == {0}
    assert places(round_)["f01"] == "east-0"
    checked(round_)


def test_a_cap_of_their_group_holds_them_and_the_sheet_says_so() -> None:
    """30 months are twice 2 points, and a sibling there earns 3 at most."""
    given_ = [(family(30, "none", "east-0"), Marks(sibling=EAST))]
    round_ = decided(text((WISHES,)), tables((WISHES,), given_, ONE_EACH))

    letter = letter_text(Letters(round_, round_.record.digest).letter("f00"), "en")

    told = dict(letter.sheet.sums)
    assert told["Total there (the sibling's)"] == "3 + 3 = 6 (X1 art. 6)"
    assert told["sibling"].startswith("4")
    headings = {group.title: group.sum for group in letter.sheet.groups}
    assert headings["sibling (only at: the sibling's)"] == ""


def test_what_a_sanction_voids_is_nothing_there() -> None:
    sanction = """\
sanctions:
  forged:
    title: {zh: 造假, en: forged papers}
    when: {fact: education, is: none}
    effect: void
    indicators: [near]
    unknown: pending
    cite: rules 6
services:
"""
    round_ = decided(text((WISHES,)).replace("services:\n", sanction), tables((WISHES,), THREE, ONE_EACH))

    assert places(round_)["f01"] == ""  # 0 at east-0, too
    checked(round_)
