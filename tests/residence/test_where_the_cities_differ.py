"""What differs between the five documents, parameter by parameter, each with the clause it comes from.

Columns: Hangzhou 2017, Hangzhou 2016, Ankang, Taizhou, Jiangbei. A clause of Zhejiang or of the national
rules says that the document is silent and inherits.
"""

from __future__ import annotations

from typing import Any

import pytest

from residence.life_cycle import EVENTS, PERMIT
from residence.rules import Rules
from tests.residence.places import rules_of
from values.periods import Period

PLACES = ("hangzhou 2018", "hangzhou 2017", "ankang", "taizhou", "ningbo-jiangbei")
Row = tuple[str, list[tuple[Any, str]]]


def days(count: int) -> Period:
    return Period(count, "days")


def working_days(count: int) -> Period:
    return Period(count, "working_days")


HALF = Period(6, "months")
PROVINCE = {
    "lodging": None,
    "hospital": None,
    "boarding_school": None,
    "rescue_station": None,
    "near_relatives": 30,
}
FIVE = {"lodging": None, "hospital": None, "rescue_station": None, "full_time_school": None, "relatives": 30}
WAIVED = frozenset({"investor", "talent"})
MORE = WAIVED | {"special_skill", "special_contribution", "urgently_needed"}
MONTH = Period(1, "months")
ROWS: list[Row] = [
    (
        "floating",
        [("other_unit", "第二条第二款")] * 5,
    ),
    (
        "area",
        [
            ("city_proper", "第十六条第一款"),
            ("city_proper", "二(一)2"),
            ("unit", "第二条第二款, 第十四条"),
            ("county", "二(二)1"),
            ("district", "三(一)"),
        ],
    ),
    ("minimum_stay", [(3, "第九条"), (3, "二(一)1"), (None, "第九条"), (None, "第七条"), (None, "第七条")]),
    (
        "declare_within",
        [
            (working_days(3), "第九条"),
            (None, "第七条"),
            (working_days(5), "第九条第一款"),
            (None, "第七条"),
            (None, "第七条"),
        ],
    ),
    (
        "exemptions",
        [
            (PROVINCE, "第十二条"),
            (PROVINCE, "第十二条"),
            (FIVE, "第九条第二款"),
            (PROVINCE, "第十二条"),
            (PROVINCE, "第十二条"),
        ],
    ),
    (
        "residence_needed",
        [(HALF, "二(一)2"), (HALF, "二(一)2"), (HALF, "第二条"), (days(180), "二(二)1"), (HALF, "三(一)")],
    ),
    (
        "waivers",
        [
            (WAIVED, "第十六条第二款"),
            (WAIVED, "第十六条第二款"),
            (frozenset(), "第二条"),
            (WAIVED, "二(二)"),
            (MORE, "三(一)4"),
        ],
    ),
    (
        "issue_within",
        [
            (days(15), "第十七条第二款"),
            (days(15), "第十八条"),
            (working_days(3), "第十二条"),
            (days(15), "第十八条"),
            (days(15), "第十八条"),
        ],
    ),
    (
        "issue_within_extended",
        [
            (None, "第九条第六款"),
            (None, "第九条第六款"),
            (days(15), "第十二条"),
            (None, "第九条第六款"),
            (None, "第九条第六款"),
        ],
    ),
    (
        "change_within",
        [
            (days(10), "二(一)1"),
            (days(10), "二(一)1"),
            (None, "第十四条"),
            (days(10), "二(三)3"),
            (days(10), "第十三条, 第十九条第三款"),
        ],
    ),
    (
        "endorsement_anchor",
        [
            ("issue", "第十九条"),
            ("issue", "二(一)4"),
            ("residence", "第十三条第二款"),
            ("issue", "第十九条第二款"),
            ("issue", "第十九条第二款"),
        ],
    ),
    (
        "endorsement_window",
        [
            (MONTH, "第十九条"),
            (MONTH, "二(一)4"),
            (MONTH, "第十三条第二款"),
            (MONTH, "第十九条第二款"),
            (MONTH, "第十九条第二款"),
        ],
    ),
    (
        "suspension_effect",
        [
            ("reset", "第二十条第二款"),
            ("reset", "二(一)4"),
            ("reset", "第十三条第三款"),
            ("reset", "第十九条第二款"),
            ("reset", "第十九条第二款"),
        ],
    ),
    (
        "guardians_permit",
        [
            (True, "二(一)3"),
            (True, "二(一)3"),
            (False, "asks nothing of guardians"),
            (False, "asks nothing of guardians"),
            (False, "asks nothing of guardians"),
        ],
    ),
    (
        "guardians_insured",
        [(12, "二(一)3"), (12, "二(一)3"), *[(0, "asks nothing of guardians")] * 3],
    ),
    ("minor_age", [(16, "第九条第三款")] * 5),
    (
        "reminder",
        [(True, "第二十五条第二款"), *[(False, "says nothing of reminders")] * 4],
    ),
    (
        "records_spare_papers",
        [*[(False, "says nothing of records")] * 4, (True, "三(一)1, 三(一)2, 五(二)")],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_parameter_of_the_five_documents_has_its_value_and_its_clause(row: Row) -> None:
    name, expected = row
    rules = [rules_of(place) for place in PLACES]

    assert [(getattr(one, name), one.cites[name]) for one in rules] == expected


def ways(rules: Rules, route: str) -> dict[str, tuple[Any, ...]]:
    """What the ways of a route ask for in months, and their clauses."""
    return {
        name: (way.insured, way.lasted and way.lasted.count, way.term and way.term.count, way.cite)
        for name, way in rules.routes[route].items()
    }


def test_the_months_of_employment() -> None:
    year = (12, 12, None, "二(一)2(1)")
    circular = dict.fromkeys(
        ("contract", "enterprise", "sole_trader", "farm_contract", "other_self_employment"), year
    )

    assert ways(rules_of("hangzhou 2017"), "employment") == circular
    assert ways(rules_of("hangzhou 2018"), "employment") == circular
    assert ways(rules_of("ankang"), "employment") == {"attested": (0, None, None, "第十条")}
    assert ways(rules_of("taizhou"), "employment") == {
        "insurance": (3, None, None, "二(二)2(1)"),
        "licence": (0, 3, None, "二(二)2(2)"),
        "contract": (0, None, 6, "二(二)2(3)"),
        "farm_contract": (0, None, 6, "二(二)2(4)"),
        "other": (0, None, None, "二(二)2(5)"),
    }
    assert ways(rules_of("ningbo-jiangbei"), "employment") == {
        "contract": (12, None, None, "三(一)1(1)"),
        "licence": (12, None, None, "三(一)1(2)"),
        "land_or_fishery": (0, 12, None, "三(一)1(3)"),
    }


def test_which_insured_months_do_not_count() -> None:
    without = {
        place: {way.without for way in rules_of(place).routes["employment"].values() if way.insured}
        for place in ("hangzhou 2018", "taizhou", "ningbo-jiangbei")
    }

    assert without == {
        "hangzhou 2018": {frozenset({"back_paid"})},
        "taizhou": {frozenset()},
        "ningbo-jiangbei": {frozenset({"back_paid", "injury_only"})},
    }


def test_the_homes_and_schools() -> None:
    assert ways(rules_of("hangzhou 2017"), "home")["rented"] == (0, None, 12, "二(一)2(2)")
    assert set(rules_of("hangzhou 2017").routes["home"]) == {"own", "rented"}
    assert set(rules_of("hangzhou 2018").routes["home"]) == {"own", "rented", "borrowed"}
    assert set(rules_of("taizhou").routes["home"]) == {"own", "dormitory", "rented", "other"}
    assert set(rules_of("ningbo-jiangbei").routes["home"]) == {"own", "family", "dormitory", "rented"}
    for place, months in (("hangzhou 2018", 12), ("taizhou", None), ("ningbo-jiangbei", 12)):
        assert ways(rules_of(place), "schooling")["school"][1] == months


def test_fees() -> None:
    """Registration and the first card are free everywhere, a new card in Ankang alone."""
    for place in PLACES:
        fees = rules_of(place).fees
        assert {fees[act] for act in ("declare", "change", "apply", "endorse")} == {"free"}
        assert fees["replace"] == ("free" if place == "ankang" else "charged")


@pytest.mark.parametrize("place", PLACES)
def test_every_event_of_a_permit_has_its_clause(place: str) -> None:
    """But for those that no text of the place speaks of."""
    rules = rules_of(place)
    silent = {kind for _, kind in PERMIT if not rules.clause_of(kind)}

    assert {kind for named in rules.events.values() for kind in named} <= set(EVENTS)
    assert (
        silent
        == {
            "hangzhou 2018": set(),
            "hangzhou 2017": {"correct", "remind", "hukou", "death"},
            "taizhou": {"correct", "remind", "hukou", "death"},
            "ningbo-jiangbei": {"correct", "remind", "hukou", "death"},
            "ankang": {"correct", "remind", "death", "not_endorsed"},
        }[place]
    )


def test_from_when_a_permit_is_suspended_and_by_what_it_ends() -> None:
    """Hangzhou says the day after; the others say overdue, which is the same day."""
    clauses = {place: rules_of(place).clause_of("lapse") for place in PLACES}

    assert clauses == {
        "hangzhou 2018": "第二十条第一款; circular 二(一)4",
        "hangzhou 2017": "二(一)4",
        "ankang": "第十三条第三款",
        "taizhou": "第十九条第二款",
        "ningbo-jiangbei": "第十九条第二款",
    }
    ends = [kind for (state, kind), after in PERMIT.items() if state == "valid" and after == "terminated"]
    assert sorted(ends) == ["confiscate", "death", "hukou", "not_endorsed"]
    assert [rules_of("hangzhou 2018").clause_of(kind)[-8:] for kind in ("hukou", "death")] == [
        "第二十一条(二)",
        "第二十一条(三)",
    ]
