from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.redistribution import redistribute
from allocation.verify_redistribution import Example, Violations, verify_redistribution
from tests.allocation.small_redistributions import RULES, Case, by_enumeration, case_of, cases, town


def checked(
    case: Case, answer: tuple[int, ...] | list[int], then: Any = "least_cost"
) -> dict[str, Violations]:
    return verify_redistribution(np.array(answer, np.int32), **case.arguments(), then=then)


def broken(found: dict[str, Violations]) -> list[str]:
    return [law for law, violations in found.items() if violations.checked and not violations.hold]


@given(cases(people=5), st.sampled_from(RULES), st.data())
def test_the_laws_hold_for_exactly_one_outcome(case: Case, then: str, data: st.DataObject) -> None:
    """Whatever else is claimed breaks the law that trying everything says it breaks."""
    right = by_enumeration(case, then)
    claim = tuple(data.draw(st.sampled_from([-1, *sorted(row)])) for row in case.costs)

    assert broken(checked(case, right, then)) == []
    assert all(violations.hold for violations in checked(case, right, then).values())
    expected = []
    if not case.keeps_seats(claim):
        expected = ["capacity"]
    elif case.set_of(claim) != case.set_of(right):
        expected = ["best_set"]
    elif then == "least_cost" and case.total(claim) != case.total(right):
        expected = ["least_cost"]
    elif claim != right:
        expected = ["in_turn"]
    assert broken(checked(case, claim, then)) == expected


def test_a_place_that_does_not_exist_is_found() -> None:
    found = checked(case_of([{0: 1}, {0: 1}], [2]), [0, 1])

    assert found["one_place"] == Violations(1, (Example(person=1, offer=1),))
    assert not found["capacity"].checked


def test_a_place_that_is_not_among_the_pairs_is_found() -> None:
    found = checked(case_of([{0: 1}, {0: 1}], [1, 1]), [0, 1])

    assert found["eligible"] == Violations(1, (Example(person=1, offer=1),))
    assert not found["best_set"].checked


def test_more_people_than_seats_are_found() -> None:
    found = checked(case_of([{0: 1}, {0: 1}], [1]), [0, 0])

    assert found["capacity"] == Violations(1, (Example(person=-1, offer=0),))


def test_a_free_seat_that_moves_would_open_is_found() -> None:
    """The unplaced person needs offer 0; who sits there could go to the free seat of offer 1."""
    found = checked(case_of([{0: 1, 1: 1}, {0: 1}], [1, 1]), [0, -1])

    assert found["best_set"] == Violations(1, (Example(person=1, offer=0),))


def test_somebody_placed_before_a_better_ranked_person_is_found() -> None:
    case = case_of([{0: 1}, {0: 1, 1: 1}, {1: 1}], [1, 1])

    assert broken(checked(case, [-1, 0, 1])) == ["best_set"]
    assert broken(checked(case, [0, 1, -1])) == []


def test_a_guarantee_changes_who_stands_before_whom() -> None:
    case = case_of([{0: 1}, {0: 1}], [1], guaranteed=[1])

    assert broken(checked(case, [0, -1])) == ["best_set"]
    assert broken(checked(case, [-1, 0])) == []


def test_moves_that_save_cost_together_are_found() -> None:
    found = checked(case_of([{0: 1, 1: 5}, {0: 5, 1: 1}], [1, 1]), [1, 0])

    assert found["least_cost"].count == 1
    assert set(found["least_cost"].examples) == {Example(0, 0), Example(1, 1)}
    assert not found["in_turn"].checked


def test_a_cheaper_free_seat_is_found() -> None:
    found = checked(case_of([{0: 1, 1: 5}], [1, 1]), [1])

    assert Example(0, 0) in found["least_cost"].examples


def test_somebody_passed_over_at_equal_total_cost_is_found() -> None:
    case = case_of([{0: 1, 1: 2}, {0: 1, 1: 2}], [1, 1])

    assert checked(case, [1, 0])["in_turn"] == Violations(1, (Example(person=0, offer=0),))


def test_somebody_passed_over_in_turn_is_found() -> None:
    case = case_of([{0: 10, 1: 11}, {0: 12, 1: 20}], [1, 1])

    assert broken(checked(case, [1, 0], "in_order")) == ["in_turn"]
    assert broken(checked(case, [0, 1], "in_order")) == []
    assert "least_cost" not in checked(case, [0, 1], "in_order")


@pytest.mark.parametrize("block_m", [1, 1500])
@pytest.mark.parametrize("then", RULES)
def test_every_law_holds_in_a_town_and_one_exchange_breaks_it(then: Any, block_m: int) -> None:
    """Homes apart, and many at one point so that most costs are equal."""
    asked = town(3000, 80, reach=10, share=0.95, seed=11, block_m=block_m)
    held = redistribute(**asked, then=then)
    assert all(law.hold for law in verify_redistribution(held, **asked, then=then).values())

    first, second = two_who_could_exchange(asked, held)
    held[[first, second]] = held[[second, first]]

    assert broken(verify_redistribution(held, **asked, then=then)) != []


def two_who_could_exchange(asked: dict[str, Any], held: np.ndarray) -> tuple[int, int]:
    reach = asked["cost_offer"].reshape(held.size, -1)
    for first in np.flatnonzero(held >= 0):
        mine = (held != held[first]) & np.isin(held, reach[first]) & (reach == held[first]).any(axis=1)
        if mine.any():
            return int(first), int(np.flatnonzero(mine)[0])
    raise AssertionError("nobody can exchange")
