from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from allocation.redistribution import _outcomes_of_least_cost, _place_best_set, redistribute
from allocation.redistribution_board import board_of
from allocation.redistribution_flow import least_cost_flow
from tests.allocation.small_redistributions import RULES, Case, by_enumeration, case_of, cases, town
from values.problems import BadInput, Refused

METHODS = Path(__file__).parents[2] / "docs" / "methods" / "redistribution.md"


def placed(case: Case, then: Any = "least_cost") -> list[int]:
    return [int(offer) for offer in redistribute(**case.arguments(), then=then)]


@given(cases(), st.sampled_from(RULES))
def test_the_outcome_is_the_one_that_trying_everything_finds(case: Case, then: str) -> None:
    """Set, cost and last stage, both rules, many equal costs and wishes."""
    assert tuple(placed(case, then)) == by_enumeration(case, then)


@given(cases(), st.sampled_from(RULES), st.randoms(use_true_random=False))
def test_the_order_of_people_offers_and_pairs_decides_nothing(case: Case, then: str, chance: Any) -> None:
    people = chance.sample(range(len(case.order)), len(case.order))
    offers = chance.sample(range(len(case.seats)), len(case.seats))

    shuffled = placed(case.with_people(people).with_offers(offers), then)

    expected = placed(case, then)
    assert [-1 if o < 0 else offers[o] for o in shuffled] == [expected[a] for a in people]


@pytest.mark.parametrize("share", [0.5, 0.95, 1.0, 1.2])
def test_the_set_is_the_one_of_a_flow_that_weighs_people_by_rank(share: float) -> None:
    """Any weights that fall with the rank give the same set: the sets that fit are a matroid."""
    asked = town(800, 40, reach=6, share=share, seed=7)

    found = redistribute(**asked) >= 0

    assert (found == placed_by_weighted_flow(asked)).all()


def placed_by_weighted_flow(asked: dict[str, Any]) -> Any:
    """Everybody goes to an offer for nothing or stays out for n - rank, at least total cost."""
    n, m, offer = asked["order"].size, asked["seats"].size, asked["cost_offer"]
    person = np.repeat(np.arange(n), np.diff(asked["cost_start"]))
    out, sink = n + m, n + m + 1
    solver = SimpleMinCostFlow()

    def add(tail: Any, head: Any, capacity: Any, cost: Any) -> Any:
        size = max(np.size(part) for part in (tail, head, capacity, cost))
        columns = [np.broadcast_to(part, size).copy() for part in (tail, head, capacity, cost)]
        types = (np.int32, np.int32, np.int64, np.int64)
        return solver.add_arcs_with_capacity_and_unit_cost(
            *(column.astype(kind) for column, kind in zip(columns, types, strict=True))
        )

    add(person, n + offer, 1, 0)
    stays_out = add(np.arange(n), out, 1, n - asked["order"].astype(np.int64))
    add(n + np.arange(m), sink, asked["seats"], 0)
    add(out, sink, n, 0)
    solver.set_nodes_supplies(
        np.append(np.arange(n), sink).astype(np.int32), np.append(np.ones(n), -n).astype(int)
    )
    assert solver.solve() == solver.OPTIMAL
    return solver.flows(stays_out) == 0


def test_somebody_ahead_is_placed_even_if_that_leaves_out_two_behind() -> None:
    """The set is lexicographic by the ranking, not the one with the most people's points."""
    case = case_of([{0: 5}, {0: 1}, {0: 1}], seats=[1])

    assert placed(case) == [0, -1, -1]


@pytest.mark.parametrize(("seats_of_b", "third"), [(2, 1), (1, 2)])
def test_ankang_23_who_does_not_fit_the_catchment_school_goes_relatively_near(
    seats_of_b: int, third: int
) -> None:
    """A3.16. Three children of school A's area, one of B's; A has two seats, and nobody is left without."""
    of_a, of_b = {0: 0, 1: 500, 2: 900}, {0: 500, 1: 0, 2: 700}
    case = case_of([of_a, of_a, of_a, of_b], seats=[2, seats_of_b, 1], guaranteed=[0, 1, 2, 3])

    assert placed(case) == [0, 0, third, 1]


def test_somebody_ahead_moves_so_that_somebody_behind_fits() -> None:
    case = case_of([{0: 1, 1: 9}, {0: 1}], seats=[1, 1])

    assert placed(case) == [1, 0]


def test_a_guaranteed_person_comes_before_the_ranking() -> None:
    case = case_of([{0: 1}, {0: 1}], seats=[1], guaranteed=[1])

    assert placed(case) == [-1, 0]


def test_a_guarantee_decides_who_is_placed_but_not_who_is_near() -> None:
    case = case_of([{0: 1, 1: 2}, {0: 1, 1: 2}], seats=[1, 1], guaranteed=[1])

    assert placed(case) == [0, 1]


def test_least_cost_makes_the_first_go_farther_if_that_saves_more_for_another() -> None:
    """The first would lose 1 metre and the second gains 7; in turn the first keeps the nearest."""
    case = case_of([{0: 10, 1: 11}, {0: 12, 1: 20}], seats=[1, 1])

    assert placed(case, "least_cost") == [1, 0]
    assert placed(case, "in_order") == [0, 1]


def test_equal_cost_goes_to_the_better_listed_offer_then_to_the_first_in_offer_order() -> None:
    costs = [{0: 3, 1: 3}]

    assert placed(case_of(costs, [1, 1], wishes=[{0: 2, 1: 1}])) == [1]
    assert placed(case_of(costs, [1, 1], offer_order=[1, 0])) == [1]
    assert placed(case_of(costs, [1, 1])) == [0]


def test_the_better_ranked_of_two_equal_people_gets_the_nearer_offer() -> None:
    case = case_of([{0: 1, 1: 5}, {0: 1, 1: 5}], seats=[1, 1], order=[1, 0])

    assert placed(case) == [1, 0]


def test_nobody_is_placed_where_there_are_no_seats_no_pairs_or_no_people() -> None:
    assert placed(case_of([{0: 1}, {0: 1}], seats=[0])) == [-1, -1]
    assert placed(case_of([{}, {0: 1}], seats=[1])) == [-1, 0]
    assert placed(case_of([], seats=[2])) == []
    assert placed(case_of([{}, {}], seats=[])) == [-1, -1]


@pytest.mark.parametrize("then", RULES)
def test_the_shape_of_the_caller_s_arrays_does_not_matter(then: Any) -> None:
    """Read-only, narrower and unordered arrays give what their plain copies give."""
    asked = town(300, 12, reach=12, share=0.9, seed=3)
    plain = redistribute(**asked, then=then)
    other = asked | {"cost": asked["cost"].astype(np.int32), "order": asked["order"].astype(np.int64) * 3 + 5}
    for array in other.values():
        array.flags.writeable = False

    assert (redistribute(**other, then=then) == plain).all()


def test_people_with_one_address_are_told_apart_by_the_ranking_only() -> None:
    """All live at one point; schools fill from the nearest, in the order of the ranking."""
    costs = {0: 100, 1: 200, 2: 300}
    case = case_of([dict(costs) for _ in range(6)], seats=[2, 1, 3], order=[5, 0, 3, 1, 2, 4])

    assert placed(case) == [2, 0, 2, 0, 1, 2]


def test_progress_is_told_after_every_stage() -> None:
    told: list[tuple[str, int, int]] = []

    redistribute(**case_of([{0: 1}], [1]).arguments(), progress=lambda *step: told.append(step))

    assert told == [("redistribution", step, 3) for step in (1, 2, 3)]


def codes(asked: dict[str, Any], **changes: Any) -> set[str]:
    with pytest.raises(BadInput) as caught:
        redistribute(**(asked | changes))
    return {problem.code for problem in caught.value.problems}


def test_wrong_input_is_refused_with_all_its_problems() -> None:
    asked = case_of([{0: 1, 1: 2}, {1: 1}], seats=[1, 1]).arguments()

    assert codes(asked, then="best") == {"redistribution.unknown_rule"}
    assert codes(asked, cost=asked["cost"][:1]) == {"redistribution.wrong_shape"}
    assert codes(asked, cost_start=asked["cost_start"][::-1]) == {"redistribution.wrong_shape"}
    assert codes(asked, cost_offer=np.array([0, 0, 1], np.int32)) == {"redistribution.repeated_pair"}
    assert codes(asked, offer_order=np.array([4], np.int32)) == {"redistribution.wrong_shape"}
    bad = {
        "cost_offer": np.array([0, 2, -1], np.int32),
        "seats": np.array([1, -1]),
        "order": np.array([7, 7], np.int32),
    }
    assert codes(asked, **bad) == {
        "redistribution.unknown_offer",
        "redistribution.negative_seats",
        "redistribution.order_not_strict",
    }


def refusal(function: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as caught:
        function(*args, **kwargs)
    return caught.value.problems[0].code


def test_parts_that_share_no_offer_are_solved_apart_and_chains_are_one_part() -> None:
    """Group g may go to offers 9 - g and 8 - g of a chain; the last group has an offer of its own."""
    groups = np.arange(10)
    tail, head = np.repeat(groups, 2)[:-1], np.stack([9 - groups, 8 - groups], axis=1).reshape(-1)[:-1]
    cost = np.array([0, 5] * 9 + [0], np.int64)
    one = np.ones(10, np.int64)
    alone = {"tail": np.append(tail, 10), "head": np.append(head, 10), "cost": np.append(cost, 7)}

    flow = least_cost_flow(**alone, supply=np.append(one, 3), capacity=np.append(one, 3))

    assert flow.tolist() == [1, 0] * 9 + [1, 3]
    without = {**alone, "supply": np.append(one, [3, 1]), "capacity": np.append(one, [3])}
    assert refusal(least_cost_flow, **without) == "redistribution.infeasible"  # the last has no pair


def test_what_the_solver_cannot_answer_has_three_different_codes() -> None:
    one = np.array([1], np.int64)
    lone = {"tail": np.array([0]), "head": np.array([0]), "supply": one}

    assert refusal(least_cost_flow, **lone, cost=one, capacity=one * 0) == "redistribution.infeasible"
    assert refusal(least_cost_flow, **lone, cost=one * 2**62, capacity=one) == "redistribution.cost_range"
    far = case_of([{0: 0, 1: 2**61}, {0: 0, 1: 2**61}], [1, 1])
    assert refusal(redistribute, **far.arguments()) == "redistribution.cost_range"
    board = board_of(**case_of([{0: 0, 1: 9}], [1, 1]).arguments())
    answer = np.array([1], np.int32)
    assert refusal(_outcomes_of_least_cost, board, answer) == "redistribution.not_optimal"


def test_an_answer_of_the_solver_that_is_not_optimal_is_not_used() -> None:
    """Every way to sit that costs too much is found out by a cycle of moves that saves cost."""
    case = case_of([{0: 1, 1: 5, 2: 9}, {0: 2, 1: 2, 2: 2}, {0: 9, 1: 5, 2: 1}], [1, 1, 1])
    board = board_of(**case.arguments())

    for wrong in ([1, 0, 2], [2, 1, 0], [0, 2, 1], [1, 2, 0], [2, 0, 1]):
        assert refusal(_outcomes_of_least_cost, board, np.array(wrong, np.int32)).endswith("not_optimal")
    open_pairs, _ = _outcomes_of_least_cost(board, np.array([0, 1, 2], np.int32))
    assert open_pairs.cost.tolist() == [1, 2, 2, 2, 1]


def test_the_set_is_found_where_long_chains_of_moves_are_needed() -> None:
    """A row of offers: everybody has to move by one so that the last person fits."""
    size = 300
    costs = [{a: 0, a + 1: 1} for a in range(size)] + [{0: 0}]
    board = board_of(**case_of(costs, [1] * (size + 1)).arguments())

    assert _place_best_set(board).tolist() == [*range(1, size + 1), 0]


def test_the_worked_example_of_the_methods_page_is_true() -> None:
    results = doctest.testfile(str(METHODS), module_relative=False)

    assert results.attempted > 0
    assert results.failed == 0
