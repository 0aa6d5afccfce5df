"""Reasons, cut-offs, tie costs, what-ifs and comparisons, for every mechanism."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.allocate import allocate
from allocation.compare import compare
from allocation.counterfactual import with_more_points
from allocation.market_json import read_market
from allocation.result import allocation_document
from allocation.result_tables import result_tables
from allocation.tie_costs import tie_cost
from allocation.verify import verify
from allocation.why_not import Outcome, why_not
from api.reasons import reason_lines
from tests.allocation.documents import small_market
from tests.laws import ALL_SETUPS, Setup
from tests.strategies_market import run
from values.problems import BadInput, Refused


@pytest.mark.parametrize("setup", ALL_SETUPS, ids=str)
@given(data=st.data())
@settings(max_examples=20)
def test_everybody_is_told_why_not_about_every_better_offer(setup: Setup, data: st.DataObject) -> None:
    """A sentence in both languages each, and an answer that can be written in both forms."""
    plain = data.draw(setup.plain())
    market, allocation = plain.market(), run(plain, setup.mechanism, setup.ties)
    outcome = Outcome.of(market, allocation)

    reasons = why_not(outcome)

    for a, offer in zip(plain.people, allocation.assigned, strict=True):
        wishes = plain.wishes[a]
        got = plain.offers[offer] if offer >= 0 else None
        better = wishes[: wishes.index(got)] if got in wishes else wishes
        assert [entry["offer"] for entry in reasons[a]] == list(better)
        for entry in reasons[a]:
            assert all(list(reason_lines(entry, lang)) for lang in ("zh", "en"))
    assert allocation_document(outcome, verify(market, allocation))["format"] == "allocation/1"
    assert set(result_tables(outcome)) == {"assignment", "cutoffs", "waiting"}


def tied(policy: str, **ties: Any) -> tuple[int, int, int]:
    """Three equal people for two places at s1, one ahead of them."""
    document = small_market(
        applicants=[
            {"id": "a", "preferences": ["s1"], "points": "9"},
            *({"id": x, "preferences": ["s1"], "points": "5"} for x in "bcd"),
        ],
        offers=[{"id": "s1", "capacity": 3}],
        ties={"policy": policy, **ties},
    )
    case = read_market(document)
    cost = tie_cost(case.market, allocate(case.market, case.mechanism, case.ties))
    return cost.unfilled, cost.overfilled, cost.people


def test_what_each_tie_policy_costs() -> None:
    assert tied("exclude_all") == (2, 0, 3)
    assert tied("admit_all") == (0, 1, 3)
    assert tied("order", order=["d", "c", "b", "a"]) == (0, 0, 3)
    assert tied("lottery", seed="0" * 64, draw_id="x") == (0, 0, 3)


def test_more_points_are_tried_by_running_the_market_anew() -> None:
    """a2 comes in ahead of a1 with 3 more points, not with 2.5: then both have 87.50 and the key decides."""
    case = read_market(small_market())

    proofs = list(with_more_points(case, [1], ["2", "2.50", "3", "0.001"]))

    assert [(proof.more, proof.offer) for proof in proofs] == [
        ("2", None),
        ("2.50", "s1"),  # equal points, 40 months against 36
        ("3", "s1"),
        ("0.001", None),
    ]


def test_more_points_may_lift_somebody_above_a_minimum() -> None:
    document = small_market(
        offers=[{"id": "s1", "capacity": 2, "minimum_points": "86"}, {"id": "s2", "capacity": 1}]
    )
    case = read_market(document)

    assert [proof.offer for proof in with_more_points(case, [1], ["0.99", "1"])] == [None, "s1"]


def test_where_more_points_end_in_a_tie_that_is_refused_there_is_no_answer() -> None:
    document = small_market()
    for row in document["applicants"]:
        row["tie_keys"] = [1]

    (proof,) = with_more_points(read_market(document), [1], ["2.5"])

    assert (proof.offer, [problem.code for problem in proof.refused]) == (None, ["allocation.tie_refused"])


def test_points_cannot_be_added_where_nobody_is_ranked_by_them() -> None:
    document = small_market(common_priority=["a1", "a2"])
    for row in document["applicants"]:
        del row["points"], row["tie_keys"]

    with pytest.raises(BadInput, match=r"market\.needs_points"):
        list(with_more_points(read_market(document), [0], ["1"]))


def test_who_moved_is_shown_with_the_chain_of_displacement() -> None:
    """c comes in ahead of a at s1, who goes to s2, where b has to go."""
    document = small_market(
        applicants=[
            {"id": "a", "preferences": ["s1", "s2"], "points": "8"},
            {"id": "b", "preferences": ["s2"], "points": "7"},
            {"id": "c", "preferences": ["s1"], "points": "1"},
        ]
    )
    market = read_market(document).market
    before, after = np.array([0, 1, -1], np.int32), np.array([1, -1, 0], np.int32)

    found = compare(market, before, after)

    (chain,) = found.chains
    assert [(move.applicant, move.before, move.after) for move in chain] == [
        ("c", None, "s1"),
        ("a", "s1", "s2"),
        ("b", "s2", None),
    ]
    assert (found.gained, found.lost, found.unchanged) == (1, 2, 0)


@given(st.data())
def test_every_move_is_in_exactly_one_chain(data: st.DataObject) -> None:
    case = read_market(
        small_market(applicants=[{"id": x, "preferences": ["s1"], "points": "1"} for x in "abcdef"])
    )
    places = st.lists(st.integers(-1, 1), min_size=6, max_size=6)
    before, after = (np.array(data.draw(places), np.int32) for _ in range(2))

    found = compare(case.market, before, after)

    assert sorted(m.applicant for chain in found.chains for m in chain) == [m.applicant for m in found.moves]
    for chain in found.chains:
        assert all(one.after == other.before for one, other in pairwise(chain))
    assert found.unchanged == int((before == after).sum())


MECHANISMS: list[dict[str, Any]] = [
    {"name": "serial_dictatorship"},
    {"name": "deferred_acceptance"},
    {"name": "immediate_acceptance"},
    {"name": "parallel", "band": 2},
    {"name": "top_trading_cycles"},
    {"name": "efficiency_adjusted_deferred_acceptance"},
    {"name": "stable_improvement_cycles"},
    {"name": "extended_seat_deferred_acceptance"},
    {"name": "priority_matching"},
    {"name": "rank_maximal"},
]
every_mechanism = pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda rule: rule["name"])


def placed(document: dict[str, Any]) -> int:
    case = read_market(document)
    found = allocate(case.market, case.mechanism, case.ties)
    verify(case.market, found).check()
    return int((found.assigned >= 0).sum())


@every_mechanism
def test_a_market_without_anybody_or_anything_has_an_empty_answer(mechanism: dict[str, Any]) -> None:
    assert placed(small_market(mechanism=mechanism, applicants=[], offers=[])) == 0
    assert placed(small_market(mechanism=mechanism, applicants=[])) == 0


@every_mechanism
def test_offers_without_seats_take_nobody(mechanism: dict[str, Any]) -> None:
    document = small_market(mechanism=mechanism, offers=[{"id": x, "capacity": 0} for x in ("s1", "s2")])
    if mechanism["name"].startswith("extended"):
        with pytest.raises(BadInput, match=r"market\.too_few_seats"):
            placed(document)
    else:
        assert placed(document) == 0


@every_mechanism
def test_a_crowd_of_equals_is_refused_in_one_sentence(mechanism: dict[str, Any]) -> None:
    """Ten thousand people, all equal, one place: named is who fits on a line, counted is everybody."""
    people = [{"id": f"p{at}", "preferences": ["s1"], "points": "1"} for at in range(10_000)]
    seats = 10_000 if mechanism["name"].startswith("extended") else 1
    offers = [{"id": "s1", "capacity": seats}]

    with pytest.raises(Refused) as error:
        placed(small_market(mechanism=mechanism, applicants=people, offers=offers))

    (problem,) = error.value.problems
    assert dict(problem.params)["number"] == "10000"
    assert len(str(problem)) < 1000


def test_nobody_is_turned_away_who_would_fill_a_reserve() -> None:
    """So the line of their categories is open, though the last who got in by order stands ahead of them
    all."""
    document = small_market(
        applicants=[
            {"id": x, "preferences": ["s1"], "points": points, "categories": categories}
            for x, points, categories in (("a", "9", []), ("b", "8", []), ("c", "1", ["woman"]))
        ],
        offers=[{"id": "s1", "capacity": 2, "horizontal_reserves": {"woman": 2}}],
    )
    case = read_market(document)
    found = allocate(case.market, case.mechanism, case.ties)

    written = allocation_document(Outcome.of(case.market, found), verify(case.market, found))

    assert written["assignment"] == {"a": "s1", "b": None, "c": "s1"}
    lines: Any = written["cutoffs"]
    assert [(line["categories"], line["full"], line["last_admitted"]) for line in lines["s1"]] == [
        ([], True, "a"),
        (["woman"], False, None),
    ]
