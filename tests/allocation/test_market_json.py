"""The JSON document: what it means, and every way it can be wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.allocate import allocate
from allocation.lottery import ticket
from allocation.market_json import read_market
from allocation.registry import PLANNED
from allocation.result import assignment_document
from allocation.verify import verify
from tests import laws
from tests.allocation.documents import document_of, small_market
from tests.laws import ALL_SETUPS, Setup
from tests.strategies_market import Plain, outcome, plain_markets
from values.problems import BadInput

SEED = "5e" * 32


def answer(document: dict[str, Any]) -> dict[str, str | None]:
    case = read_market(document)
    allocation = allocate(case.market, case.mechanism, case.ties)
    verify(case.market, allocation).check()
    return assignment_document(case.market, allocation)


def problems(document: object) -> dict[str, str]:
    """What is wrong, by path."""
    with pytest.raises(BadInput) as error:
        read_market(document)
    return {problem.place.path: problem.code for problem in error.value.problems}


def with_applicant(**changes: Any) -> dict[str, Any]:
    document = small_market()
    document["applicants"][0] |= changes
    return document


def with_offer(**changes: Any) -> dict[str, Any]:
    document = small_market()
    document["offers"][0] |= changes
    return document


RULES: dict[str, dict[str, Any]] = {
    "applicants_propose": {"name": "deferred_acceptance"},
    "offers_propose": {"name": "deferred_acceptance", "proposing": "offers"},
    "pools": {"name": "deferred_acceptance"},
    "serial_dictatorship": {"name": "serial_dictatorship"},
    "redistribution": {"name": "redistribution"},
    "redistribution_in_order": {"name": "redistribution", "then": "in_order"},
    "redistribution_near": {"name": "redistribution", "max_cost": 2, "nearest": 2},
    "redistribution_after_serial_dictatorship": {"name": "redistribution", "after": "serial_dictatorship"},
    "redistribution_after_deferred_acceptance": {
        "name": "redistribution",
        "after": {"name": "deferred_acceptance", "proposing": "applicants"},
    },
    "quotas": {"name": "deferred_acceptance"},
    "immediate_acceptance": {"name": "immediate_acceptance"},
    "parallel": {"name": "parallel", "band": 2},
    "parallel_by_category": {"name": "parallel", "bands_by_category": {"near": [9], "*": [1, 2]}},
    "top_trading_cycles": {"name": "top_trading_cycles"},
    "efficiency_adjusted": {"name": "efficiency_adjusted_deferred_acceptance"},
    "improvement_cycles": {"name": "stable_improvement_cycles"},
    "flexible": {"name": "flexible_deferred_acceptance"},
    "extended_seat": {"name": "extended_seat_deferred_acceptance"},
    "priority_matching": {"name": "priority_matching"},
    "rank_maximal": {"name": "rank_maximal"},
}


@pytest.mark.parametrize("setup", ALL_SETUPS, ids=str)
@given(data=st.data())
def test_a_document_means_what_its_arrays_mean(setup: Setup, data: st.DataObject) -> None:
    """Lists, ties, pools and costs written as JSON give the same outcome, whatever the mechanism."""
    plain = data.draw(setup.plain())
    ties: dict[str, Any] = {"policy": setup.ties}
    if setup.ties in ("lottery", "order"):
        ties = {"policy": "order", "order": list(plain.lots)}
    document = document_of(plain, mechanism=RULES[setup.name], ties=ties)

    assert answer(document) == outcome(plain, setup.mechanism, setup.ties)


@given(plain_markets(), st.data())
def test_an_offer_that_would_not_have_one_changes_nothing(plain: Plain, data: st.DataObject) -> None:
    """Whoever adds an offer whose list they are not on gets and changes nothing."""
    document = document_of(plain, ties={"policy": "order", "order": list(plain.lots)})
    expected = answer(document)
    document["offers"].append({"id": "closed", "capacity": 3, "priority": []})
    for row in document["applicants"]:
        at = data.draw(st.integers(0, len(row["preferences"])))
        row["preferences"].insert(at, "closed")

    assert answer(document) == expected


def points_documents() -> st.SearchStrategy[list[dict[str, Any]]]:
    amount = st.sampled_from(["0", "1", "1.0", "1.5", "01.50", "-2", 1, 2, "+3"])
    return st.lists(
        st.fixed_dictionaries(
            {"points": amount, "tie_keys": st.tuples(amount, amount).map(list), "tier": st.integers(1, 2)}
        ),
        max_size=6,
    )


@given(points_documents(), st.integers(0, 3))
def test_tier_points_and_tie_keys_rank_in_this_order(rows: list[dict[str, Any]], capacity: int) -> None:
    """Smaller tier first, then higher points, then higher keys one after the other."""
    people = [
        row | {"id": str(at), "preferences": ["s"], "tier": {"s": row["tier"]}} for at, row in enumerate(rows)
    ]
    order = [str(at) for at in range(len(rows))]
    ties = {"policy": "order", "order": order}
    document = small_market(applicants=people, offers=[{"id": "s", "capacity": capacity}], ties=ties)

    def key(at: int) -> Any:
        numbers = [Decimal(str(x)) for x in (rows[at]["points"], *rows[at]["tie_keys"])]
        return rows[at]["tier"], [-x for x in numbers], at

    best = sorted(range(len(rows)), key=key)[:capacity]
    assert answer(document) == {str(at): "s" if at in best else None for at in range(len(rows))}


def test_points_of_the_offer_come_before_points_of_the_person() -> None:
    document = small_market(ties={"policy": "refuse"})
    document["offers"][0]["points"] = {"a2": "90"}

    assert answer(document) == {"a1": "s2", "a2": "s1"}


def test_without_any_points_a_person_is_unacceptable() -> None:
    document = small_market()
    del document["applicants"][0]["points"]
    document["offers"][0]["points"] = {"a1": "1"}

    assert answer(document) == {"a1": None, "a2": "s1"}
    case = read_market(document)
    assert case.market.removed.offer.tolist() == [1]


def test_the_answer_of_another_written_form_of_an_id_is_the_same() -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    document = with_applicant(preferences=[decomposed])
    document["offers"][0]["id"] = composed
    document["applicants"][1]["preferences"] = []

    assert answer(document) == {"a1": composed, "a2": None}


def test_the_lottery_is_the_published_one() -> None:
    people = [{"id": name, "preferences": ["s"], "points": 1} for name in "abcdef"]
    ties = {"policy": "lottery", "seed": SEED, "draw_id": "2026-school"}
    document = small_market(applicants=people, offers=[{"id": "s", "capacity": 2}], ties=ties)

    winners = sorted("abcdef", key=lambda name: ticket(bytes.fromhex(SEED), "2026-school", name))[:2]
    assert answer(document) == {name: "s" if name in winners else None for name in "abcdef"}


def test_every_offer_may_draw_its_own_lots() -> None:
    people = [{"id": name, "preferences": ["s", "t"], "points": 1} for name in "abcdef"]
    ties = {"policy": "lottery", "seed": SEED, "draw_id": "d", "per_offer": True}
    offers = [{"id": "s", "capacity": 2}, {"id": "t", "capacity": 2}]

    found = answer(small_market(applicants=people, offers=offers, ties=ties))

    def draw(offer: str, names: str) -> list[str]:
        return sorted(names, key=lambda name: ticket(bytes.fromhex(SEED), f"d/{offer}", name))

    first = draw("s", "abcdef")[:2]
    second = [name for name in draw("t", "abcdef") if name not in first][:2]
    assert found == dict.fromkeys("abcdef") | dict.fromkeys(first, "s") | dict.fromkeys(second, "t")


def test_ineligible_wishes_go_with_their_reason() -> None:
    document = small_market()
    document["applicants"][0] |= {"household_size": 3, "categories": ["local"]}
    document["applicants"][1] |= {"household_size": 2, "preferences": ["s1", "s2"]}
    document["offers"] = [
        {"id": "s1", "capacity": 1, "household_size": [1, 2], "minimum_points": "86"},
        {"id": "s2", "capacity": 2, "requires": ["local"]},
    ]

    assert answer(document) == {"a1": "s2", "a2": None}


def test_the_smallest_market_and_the_empty_one_are_answered() -> None:
    assert answer(small_market(applicants=[])) == {}
    assert answer(small_market(applicants=[{"id": "甲"}], offers=[])) == {"甲": None}


def test_everybody_tied_is_refused_by_name_admitted_or_left_out() -> None:
    people = [{"id": name, "preferences": ["s"], "points": 1} for name in "abc"]
    offers = [{"id": "s", "capacity": 2}]

    def under(policy: str) -> dict[str, str | None]:
        ties = {"policy": policy}
        return answer(small_market(applicants=people, offers=offers, ties=ties))

    assert under("admit_all") == dict.fromkeys("abc", "s")
    assert under("exclude_all") == dict.fromkeys("abc")


LONG_LIST = [
    ("$.applicants[0].preferences[1]", "market.unknown_offer", with_applicant(preferences=["s1", "s9"])),
    ("$.applicants[0].preferences[1]", "market.listed_twice", with_applicant(preferences=["s1", "s1"])),
    ("$.applicants[0].points", "market.fraction", with_applicant(points=Decimal("87.5"))),
    ("$.applicants[0].points", "market.fraction", with_applicant(points=87.5)),
    ("$.applicants[0].points", "points.not_a_number", with_applicant(points="1e3")),
    ("$.applicants[0].points", "points.inexact", with_applicant(points="0.1234567890123")),
    ("$.applicants[0].points", "points.inexact", with_applicant(points="87.555") | {"points_scale": 2}),
    ("$.applicants[0].points", "market.too_large", with_applicant(points=10**18)),
    ("$.applicants[0].points", "market.not_an_amount", with_applicant(points=True)),
    ("$.applicants[0].tie_keys", "market.tie_keys", with_applicant(tie_keys=[])),
    ("$.applicants[0].tie_keys[0]", "market.fraction", with_applicant(tie_keys=[Decimal("0.5")])),
    ("$.applicants[1].tier", "market.missing_tier", with_applicant(tier={"s1": 1, "s2": 2})),
    ("$.applicants[0].tier.s9", "market.unknown_offer", with_applicant(tier={"s1": 1, "s2": 2, "s9": 1})),
    ("$.applicants[0].household_size", "market.missing", with_offer(household_size=[1, 2])),
    ("$.applicants[0].household_size", "market.too_small", with_applicant(household_size=0)),
    ("$.applicants[0].categories[0]", "market.not_text", with_applicant(categories=[1])),
    ("$.applicants[0].id", "market.not_text", with_applicant(id=1)),
    ("$.applicants[0].id", "market.empty_text", with_applicant(id="")),
    ("$.applicants[0].id", "market.not_unicode", with_applicant(id="\ud800")),
    ("$.applicants[1].id", "market.duplicate_applicant", with_applicant(id="a2")),
    ("$.applicants[0].consents", "market.not_a_flag", with_applicant(consents="yes")),
    ("$.applicants[0].family", "market.not_available", with_applicant(family="f1")),
    ("$.applicants[0].wish", "market.unknown_key", with_applicant(wish=1)),
    ("$.applicants[0].location", "market.location", with_applicant(location=["200", "0"])),
    ("$.applicants[0].location", "market.location", with_applicant(location=["1"])),
    ("$.applicants[0].accepts_redistribution", "market.not_a_flag", with_applicant(accepts_redistribution=1)),
    ("$.offers[0].capacity", "market.negative_capacity", with_offer(capacity=-1)),
    ("$.offers[0].capacity", "market.fraction", with_offer(capacity=Decimal("1.5"))),
    ("$.offers[0].capacity", "market.not_whole", with_offer(capacity="1")),
    ("$.offers[1].id", "market.duplicate_offer", with_offer(id="s2")),
    ("$.offers[0].priority[1]", "market.listed_twice", with_offer(priority=["a1", "a1"])),
    ("$.offers[0].priority[0][1]", "market.unknown_applicant", with_offer(priority=[["a1", "a9"]])),
    ("$.offers[0].points.a9", "market.unknown_applicant", with_offer(points={"a9": 1})),
    ("$.offers[0]", "market.two_sources", with_offer(points={"a1": 1}, priority=["a1"])),
    ("$.offers[0]", "market.two_sources", with_offer(points={"a1": 1}) | {"common_priority": ["a1", "a2"]}),
    ("$.offers[0]", "market.two_sources", with_offer(priority=["a1"]) | {"common_priority": ["a1", "a2"]}),
    ("$.applicants[1].points", "market.would_be_ignored", small_market(common_priority=["a1", "a2"])),
    ("$.common_priority[0]", "market.unknown_applicant", small_market(common_priority=["a9"])),
    ("$.offers[0].pools", "market.pools_do_not_add_up", with_offer(pools=[{"category": None, "seats": 2}])),
    ("$.offers[0].pools[0].seats", "market.too_small", with_offer(pools=[{"category": None, "seats": -1}])),
    ("$.offers[0].pools[0].seats", "market.missing", with_offer(pools=[{"category": None}])),
    (
        "$.offers[0].pools[0].fallback",
        "market.unknown_word",
        with_offer(pools=[{"category": "x", "seats": 1, "fallback": "maybe"}]),
    ),
    ("$.offers[0].household_size", "market.window", with_offer(household_size=[2, 1])),
    ("$.offers[0].household_size", "market.window", with_offer(household_size=[2])),
    ("$.offers[0].minimum_points", "market.fraction", with_offer(minimum_points=Decimal("0.5"))),
    ("$.offers[0].ceilings", "market.not_an_object", with_offer(ceilings=["x"])),
    ("$.offers[0].ceilings.x", "market.too_small", with_offer(ceilings={"x": -1})),
    ("$.offers[0].horizontal_reserves.x", "market.fraction", with_offer(horizontal_reserves={"x": 0.5})),
    ("$.offers[0].min_seats", "market.too_small", with_offer(min_seats=-1)),
    ("$.mechanism", "market.rule_needs", with_offer(min_seats=1)),
    ("$.offers[0].region", "market.unknown_id", with_offer(region="r1", target=1)),
    ("$.offers[0].region", "market.missing", with_offer(target=1)),
    ("$.offers[0].target", "market.missing", with_offer(region="r1") | {"regions": [{"id": "r1", "cap": 1}]}),
    ("$.regions[0].cap", "market.missing", small_market(regions=[{"id": "r1"}])),
    ("$.regions[1].id", "market.listed_twice", small_market(regions=[{"id": "r1", "cap": 1}] * 2)),
    (
        "$.regions[0].order[0]",
        "market.unknown_id",
        small_market(regions=[{"id": "r1", "cap": 1, "order": ["s1"]}]),
    ),
    ("$.mechanism", "market.one_of_bands", small_market(mechanism={"name": "parallel"})),
    (
        "$.applicants[0].household_size",
        "market.missing",
        small_market(
            mechanism={"name": "top_trading_cycles"},
            applicants=[{"id": "a1", "preferences": ["s2"]}],
            offers=[
                {"id": "s1", "capacity": 1, "priority": ["a1"], "household_size": [2, 3]},
                {"id": "s2", "capacity": 1, "priority": ["a1"]},
            ],
        ),
    ),
    (
        "$.mechanism",
        "market.one_of_bands",
        small_market(mechanism={"name": "parallel", "band": 1, "bands": [1]}),
    ),
    ("$.mechanism.band", "market.too_small", small_market(mechanism={"name": "parallel", "band": 0})),
    ("$.mechanism.bands", "market.bands", small_market(mechanism={"name": "parallel", "bands": []})),
    (
        "$.mechanism.bands_by_category.local[0]",
        "market.not_whole",
        small_market(mechanism={"name": "parallel", "bands_by_category": {"local": ["1"]}}),
    ),
    ("$.couples", "market.not_available", small_market(couples=[{"members": ["a1", "a2"]}])),
    ("$.name", "market.unknown_key", small_market(name="x")),
    ("$.format", "market.format", small_market(format="market/2")),
    ("$.applicants", "market.not_a_list", small_market(applicants={})),
    ("$.offers[0]", "market.not_an_object", small_market(offers=["s1"])),
    ("$.mechanism.name", "market.unknown_mechanism", small_market(mechanism={"name": "magic"})),
    ("$.mechanism.name", "market.missing", small_market(mechanism={})),
    (
        "$.mechanism.proposing",
        "market.unknown_word",
        small_market(mechanism={"name": "deferred_acceptance", "proposing": "all"}),
    ),
    (
        "$.mechanism.band",
        "market.unknown_key",
        small_market(mechanism={"name": "deferred_acceptance", "band": 1}),
    ),
    ("$.mechanism", "market.no_costs", small_market(mechanism={"name": "redistribution"})),
    (
        "$.mechanism.nearest",
        "market.too_small",
        small_market(mechanism={"name": "redistribution", "nearest": 0}, costs=[]),
    ),
    (
        "$.mechanism.after",
        "market.after_itself",
        small_market(mechanism={"name": "redistribution", "after": "redistribution"}, costs=[]),
    ),
    (
        "$.mechanism.offer_order",
        "market.order_lacks",
        small_market(mechanism={"name": "redistribution", "offer_order": ["s1"]}, costs=[]),
    ),
    (
        "$.costs[0]",
        "market.unknown_offer",
        small_market(
            mechanism={"name": "redistribution"}, costs=[{"applicant": "a1", "offer": "s9", "cost": 1}]
        ),
    ),
    (
        "$.costs.a1.s1",
        "market.fraction",
        small_market(mechanism={"name": "redistribution"}, costs={"a1": {"s1": Decimal("0.5")}}),
    ),
    (
        "$.costs[1]",
        "market.cost_twice",
        small_market(
            mechanism={"name": "redistribution"},
            costs=[{"applicant": "a1", "offer": "s1", "cost": 1}] * 2,
        ),
    ),
    (
        "$.applicants[1].location",
        "market.missing_location",
        with_applicant(location=["113.39", "22.52"])
        | {
            "mechanism": {"name": "redistribution"},
            "offers": [{"id": "s1", "capacity": 1, "location": [113, 22]}, {"id": "s2", "capacity": 1}],
        },
    ),
    ("$.ties.policy", "market.unknown_word", small_market(ties={"policy": "by_id"})),
    ("$.ties.seed", "market.seed", small_market(ties={"policy": "lottery", "seed": "x", "draw_id": "d"})),
    ("$.ties.draw_id", "market.missing", small_market(ties={"policy": "lottery", "seed": SEED})),
    ("$.ties.order", "market.missing", small_market(ties={"policy": "order"})),
    ("$.ties.order", "market.order_lacks", small_market(ties={"policy": "order", "order": ["a1"]})),
    (
        "$.ties.order[1]",
        "market.unknown_id",
        small_market(ties={"policy": "order", "order": ["a1", "a9", "a2"]}),
    ),
    (
        "$.ties.order[2]",
        "market.listed_twice",
        small_market(ties={"policy": "order", "order": ["a1", "a2", "a1"]}),
    ),
    ("$.ties.key_names", "market.key_names", small_market(ties={"key_names": ["months", "age"]})),
    ("$.ties.lots", "market.unknown_key", small_market(ties={"lots": 1})),
]


@pytest.mark.parametrize(
    ("path", "code", "document"), LONG_LIST, ids=lambda x: x if isinstance(x, str) else ""
)
def test_what_is_wrong_is_named_with_its_path(path: str, code: str, document: dict[str, Any]) -> None:
    assert problems(document).get(path) == code


@pytest.mark.parametrize("name", sorted(PLANNED))
def test_mechanisms_that_cannot_be_run_yet_are_refused_by_name(name: str) -> None:
    found = problems(small_market(mechanism={"name": name}))

    assert found["$.mechanism.name"] == "market.not_available"


@pytest.mark.parametrize(
    ("mechanism", "ties", "changes", "code"),
    [
        ("serial_dictatorship", "refuse", {"priority": ["a1", "a2"]}, "market.no_common_ranking"),
        ("serial_dictatorship", "refuse", {"points": {"a1": 1}}, "market.no_common_ranking"),
        ("serial_dictatorship", "refuse", {"pools": [{"category": None, "seats": 1}]}, "market.pools_need"),
        (
            "deferred_acceptance",
            "admit_all",
            {"pools": [{"category": None, "seats": 1}]},
            "market.pools_need",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    mechanism: str, ties: str, changes: dict[str, Any], code: str
) -> None:
    document = with_offer(**changes) | {"mechanism": {"name": mechanism}, "ties": {"policy": ties}}

    assert problems(document)["$.mechanism"] == code


@pytest.mark.parametrize("ties", ["admit_all", "exclude_all"])
def test_tied_groups_need_applicants_who_propose(ties: str) -> None:
    offers = {"name": "deferred_acceptance", "proposing": "offers"}

    found = problems(small_market(mechanism=offers, ties={"policy": ties}))

    assert found == {"$.mechanism": "market.ties_need"}


def test_lots_per_offer_need_offers_that_rank() -> None:
    ties = {"policy": "lottery", "seed": SEED, "draw_id": "d", "per_offer": True}

    found = problems(small_market(mechanism="serial_dictatorship", ties=ties))

    assert found == {"$.mechanism": "market.lots_per_offer"}


def test_missing_parts_are_named() -> None:
    found = problems({"format": "market/1"})

    assert found == dict.fromkeys(("$.mechanism", "$.applicants", "$.offers"), "market.missing")


def test_a_document_that_is_no_object_is_refused() -> None:
    assert problems([1])["$"] == "market.not_an_object"


def test_every_problem_is_listed_at_once() -> None:
    document = small_market(regions=[1], ties={"policy": "x"})
    document["applicants"][0] |= {"preferences": ["s9", "s9"], "points": Decimal("0.5")}
    document["offers"][1] |= {"capacity": -1}

    assert set(problems(document)) == {
        "$.regions[0]",
        "$.regions[0].cap",
        "$.regions[0].id",
        "$.applicants[0].preferences[0]",
        "$.applicants[0].preferences[1]",
        "$.applicants[0].points",
        "$.offers[1].capacity",
        "$.ties.policy",
    }


def test_values_that_ask_for_nothing_are_no_reason_to_refuse() -> None:
    document = with_offer(min_seats=0, ceilings={}, region=None)
    document["applicants"][0] |= {"consents": False}
    document["case"] = {"expected": "ignored"}

    assert answer(document) == {"a1": "s1", "a2": None}


def test_distances_place_the_rest_nearby() -> None:
    document = small_market(
        mechanism={"name": "redistribution", "after": "serial_dictatorship", "max_cost": 2000}
    )
    document["applicants"][0]["location"] = [Decimal("113.38"), Decimal("22.52")]
    document["applicants"][1]["location"] = ["113.38", "22.52"]
    document["offers"] = [
        {"id": "s1", "capacity": 1, "location": [113, 22]},
        {"id": "near", "capacity": 1, "location": ["113.38", "22.53"]},
        {"id": "far", "capacity": 1, "location": ["113.38", "22.60"]},
    ]
    document["applicants"][0]["preferences"] = ["s1"]

    assert answer(document) == {"a1": "s1", "a2": "near"}


def test_a_household_of_unknown_size_is_not_placed_where_size_counts() -> None:
    document = small_market(
        mechanism={"name": "redistribution"}, costs={"a1": {"s2": 1}}, applicants=[{"id": "a1", "points": 1}]
    )
    document["offers"][1]["household_size"] = [1, 2]

    assert problems(document) == {"$.applicants[0].household_size": "market.missing"}


def test_the_suite_covers_every_rule_written_here() -> None:
    assert {setup.name for setup in laws.ALL_SETUPS} == set(RULES)
