"""Who gets a place under the shipped school packs of Xiamen and Panyu, worked by hand from their texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.small_rounds import Family, admitted, decided
from tests.scenarios.staged import checked

XIAMEN = {"district": "jimei"}
PANYU = {"town": "shiqiao", "stage": "primary"}
COMPLIANT = {"births": "compliant"}
SINGLE = {"has_spouse": False, "spouse": None}


def test_xiamen_serves_points_before_wishes(tmp_path: Path) -> None:
    """积分优先、遵循志愿: 39 points with a second wish go before 30 points with a first.

    `best` (30 + 9 + 5 = 44) takes school one; `good` (39) lists it too and falls to its second wish, school
    two, whose one seat is then gone for `first_wish` (30).
    """
    families = {
        "first_wish": Family(["two", "one"]),
        "good": Family(["one", "two"], {"lives_and_works_in_district": True}),
        "best": Family(["one"], {"lives_and_works_in_district": True, "family_planning": "compliant"}),
    }

    got = admitted(decided(tmp_path, "xiamen/school", families, {"one": 1, "two": 1}, XIAMEN))

    assert got == {"best": "one", "good": "two", "first_wish": ""}


def test_xiamen_serves_wishes_before_points_under_the_other_reading(tmp_path: Path) -> None:
    """`points_or_wishes: wishes`: 30 points with a first wish go before 39 points with a second.

    `best` (44) takes school one before `good` (39); school two goes to `first_wish` (30) before second
    wishes are read.
    """
    families = {
        "first_wish": Family(["two", "one"]),
        "good": Family(["one", "two"], {"lives_and_works_in_district": True}),
        "best": Family(["one"], {"lives_and_works_in_district": True, "family_planning": "compliant"}),
    }
    readings = {"points_or_wishes": "wishes"}

    round_ = decided(tmp_path, "xiamen/school", families, {"one": 1, "two": 1}, XIAMEN, readings=readings)

    assert admitted(round_) == {"best": "one", "good": "", "first_wish": "two"}


def test_xiamen_asks_for_two_years_in_siming(tmp_path: Path) -> None:
    """A family with one year does not take part there, although the seat is free."""
    two_years = {"residence_work_months": 24, "insured_months": 24}
    families = {"one_year": Family(["one"]), "two_years": Family(["one"], two_years)}

    got = admitted(decided(tmp_path, "xiamen/school", families, {"one": 2}, {"district": "siming"}))

    assert got == {"two_years": "one"}


def test_panyu_serves_the_first_batch_before_more_points(tmp_path: Path) -> None:
    """省五年: 30 + 2 + 28 = 60 points of the first batch go before 30 + 35 + 25 = 90 of the second.

    The second batch has longer permits, but not without a break.
    """
    families = {
        "second_batch": Family(["one"], SINGLE | {"permit_months": 100, "employed_months": 70}, COMPLIANT),
        "first_batch": Family(
            ["one"],
            SINGLE | {"permit_months_unbroken": 60, "permit_months": 60, "insured_months": 60},
            COMPLIANT,
        ),
    }

    decision = decided(tmp_path, "guangzhou-panyu/school", families, {"one": 1}, PANYU)

    assert decision.ground.ranking.total is not None
    totals = dict(zip(decision.ground.people, decision.ground.ranking.total.tolist(), strict=True))
    assert totals == {"first_batch": 6000, "second_batch": 9000}
    assert admitted(decision) == {"first_batch": "one", "second_batch": ""}


FIVE_YEARS = SINGLE | {"permit_months_unbroken": 60, "permit_months": 60, "insured_months": 60}
MANY_POINTS = SINGLE | {"permit_months": 100, "employed_months": 70}


def test_panyu_places_the_whole_first_batch_before_the_second_is_served(tmp_path: Path) -> None:
    """Rules 9(1), 16: school one goes to the better of two five-year families (60.4 and 60 points).

    The other names school two on its second sheet and has it before a family of the second batch with 90
    points, who wished for it first.
    """
    families = {
        "second_batch": Family(["two"], MANY_POINTS, COMPLIANT),
        "better": Family(["one"], FIVE_YEARS | {"employed_months": 1}, COMPLIANT),
        "other": Family(["one"], FIVE_YEARS, COMPLIANT, {"elsewhere": ["two"]}),
    }
    seats = {"one": 1, "two": 1}

    placed = decided(tmp_path, "guangzhou-panyu/school", families, seats, PANYU)

    assert admitted(placed) == {"better": "one", "other": "two", "second_batch": ""}
    assert checked(placed)["turns"] == "holds"


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ("outside", {"better": "one", "other": "", "second_batch": "two"}),
        ("nearest", {"better": "one", "other": "two", "second_batch": ""}),
    ],
)
def test_panyu_finds_a_place_for_the_first_batch_by_reading(
    tmp_path: Path, reading: str, expected: dict[str, str]
) -> None:
    here = {"longitude": "113.36", "latitude": "22.94"}
    families = {
        "second_batch": Family(["two"], MANY_POINTS, COMPLIANT | here),
        "better": Family(["one"], FIVE_YEARS | {"employed_months": 1}, COMPLIANT | here),
        "other": Family(["one"], FIVE_YEARS, COMPLIANT | here),
    }
    seats, readings = {"one": 1, "two": 1}, {"first_batch_left": reading}

    round_ = decided(
        tmp_path,
        "guangzhou-panyu/school",
        families,
        seats,
        PANYU,
        sites={"one": here, "two": here},
        readings=readings,
    )

    assert admitted(round_) == expected
    assert checked(round_)["preferences"] == "holds"


def test_panyu_reads_new_wishes_for_what_is_left(tmp_path: Path) -> None:
    """Rules 12: both wished for school one alone; in the second round five years go before 90 points again.

    `five_years` (60) has school one. Of the two of the second batch only `asks` files anew.
    """
    families = {
        "five_years": Family(["one"], FIVE_YEARS, COMPLIANT),
        "asks": Family(["one"], MANY_POINTS, COMPLIANT, {"second": ["two"]}),
        "does_not": Family(["one"], MANY_POINTS | {"employed_months": 71}, COMPLIANT),
    }

    round_ = decided(tmp_path, "guangzhou-panyu/school", families, {"one": 1, "two": 1}, PANYU)

    assert admitted(round_) == {"five_years": "one", "asks": "two", "does_not": ""}


@pytest.mark.parametrize(
    ("reading", "first"),
    [("compliant", "more_points"), ("settled", "five_years")],
)
def test_panyu_lets_settled_births_into_the_first_batch_by_reading(
    tmp_path: Path, reading: str, first: str
) -> None:
    """`five_years`: 15 + 2 + 28 = 45 points, the fee paid; `more_points`: 30 + 35 + 25 = 90, not unbroken."""
    five_years = {"permit_months_unbroken": 60, "permit_months": 60, "insured_months": 60}
    families = {
        "more_points": Family(["one"], SINGLE | {"permit_months": 100, "employed_months": 70}, COMPLIANT),
        "five_years": Family(["one"], SINGLE | five_years, {"births": "this_child_paid"}),
    }
    readings = {"first_batch_births": reading}

    round_ = decided(tmp_path, "guangzhou-panyu/school", families, {"one": 1}, PANYU, readings=readings)

    assert [name for name, school in admitted(round_).items() if school] == [first]


def test_panyu_settles_equal_points_by_residence_then_work_then_insurance(tmp_path: Path) -> None:
    """Four families with 9 points: 2 for the valid permit, and 7 of residence, work, insurance or tax.

    20 × 0.35 = 7; 15 × 0.4 + 1 = 7; 50 × 0.1 + 2 = 7; 7 × 1 = 7.
    """
    families = {
        "tax": Family(["one"], SINGLE | {"income_tax_yuan": "7000"}),
        "insurance": Family(["one"], SINGLE | {"pension_months": 50, "income_tax_yuan": "2000"}),
        "work": Family(["one"], SINGLE | {"employed_months": 15, "income_tax_yuan": "1000"}),
        "residence": Family(["one"], SINGLE | {"permit_months": 20}),
    }

    decision = decided(tmp_path, "guangzhou-panyu/school", families, {"one": 4}, PANYU)

    order = sorted(zip(decision.ground.priority.position.tolist(), decision.ground.people, strict=True))
    assert [name for _, name in order] == ["residence", "work", "insurance", "tax"]
    assert decision.ground.ranking.total is not None
    assert set(decision.ground.ranking.total.tolist()) == {900}
