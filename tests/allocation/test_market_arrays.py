"""Markets of arrays: checked once, kept as they are, ranked densely."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.allocate import allocate
from allocation.deferred_acceptance import DeferredAcceptance
from allocation.market import Figures, Key, Market, Pools, Terms
from allocation.redistribution_round import Redistribution
from allocation.serial_dictatorship import SerialDictatorship
from allocation.standing import dense_standing, tiered_standing
from values.problems import BadInput, Refused

RIGHT: dict[str, Any] = {
    "applicants": ("a", "b"),
    "offers": ("s", "t"),
    "capacity": [1, 1],
    "wish_start": [0, 2, 3],
    "wish_offer": [0, 1, 0],
    "standing": [0, 0, 1],
}


def pools(**changes: Any) -> Pools:
    right: dict[str, Any] = {
        "start": np.array([0, 2, 3]),
        "category": ("x", None, None),
        "seats": np.array([1, 0, 1]),
        "open": np.ones(3, bool),
        "member": np.zeros(3, np.uint8),
        "declared": np.array([True, False]),
    }
    return Pools(**right | changes)


def terms(**changes: Any) -> Terms:
    right: dict[str, Any] = {
        "pair_start": np.array([0, 1, 1]),
        "pair_offer": np.array([0], np.int32),
        "pair_cost": np.array([5]),
        "accepts": np.ones(2, bool),
        "guaranteed": np.zeros(2, bool),
    }
    return Terms(**right | changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"applicants": ("a", "a")}, "market.duplicate_applicant"),
        ({"offers": ("s", "s")}, "market.duplicate_offer"),
        ({"capacity": [1, -1]}, "market.negative_capacity"),
        ({"capacity": [1]}, "market.array_shape"),
        ({"capacity": [1.5, 1.0]}, "market.array_type"),
        ({"wish_start": [0, 2]}, "market.array_shape"),
        ({"wish_start": [0, 3, 2]}, "market.list_bounds"),
        ({"wish_start": [1, 2, 3]}, "market.list_bounds"),
        ({"wish_start": [0, 2, 4]}, "market.array_shape"),
        ({"wish_offer": [0, 2, 0]}, "market.array_range"),
        ({"wish_offer": [0, 0, 0]}, "market.repeated_wish"),
        ({"standing": [0, 0, -1]}, "market.array_range"),
        ({"standing": [0, 0, 2**31 - 1]}, "market.array_range"),
        ({"standing": [0, 0, 2**31]}, "market.array_type"),
        ({"standing": None}, "market.no_standing"),
        ({"tie_order": [0, 0]}, "market.order_not_strict"),
        ({"tie_order": [1, 2]}, "market.order_not_strict"),
        ({"wish_tie": [0, 0, -1]}, "market.array_range"),
        ({"wish_tie": [0, 0, 0], "standing": [0, 0, 0]}, "market.order_not_strict"),
        ({"ranking": [0]}, "market.array_shape"),
        ({"pools": pools(seats=np.array([1, 1, 1]))}, "market.pools_do_not_add_up"),
        ({"pools": pools(seats=np.array([2, -1, 1]))}, "market.array_range"),
        ({"pools": pools(start=np.array([0, 2, 2]))}, "market.list_bounds"),
        ({"pools": pools(member=np.zeros(2, np.uint8))}, "market.array_shape"),
        ({"terms": terms(pair_start=np.array([0, 1, 2]))}, "market.list_bounds"),
        ({"terms": terms(pair_offer=np.array([2], np.int32))}, "market.array_range"),
        ({"terms": terms(accepts=np.ones(3, bool))}, "market.array_shape"),
        ({"terms": terms(homes=np.zeros((1, 2)))}, "market.array_shape"),
        ({"figures": Figures(points=np.zeros(3, np.int64))}, "market.array_shape"),
        ({"figures": Figures(keys=(Key("k", np.zeros(1, np.int64)),))}, "market.array_shape"),
    ],
)
def test_arrays_that_make_no_market_are_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as error:
        Market.of_arrays(**RIGHT | changes)

    assert code in {problem.code for problem in error.value.problems}


def test_more_than_64_pools_of_an_offer_are_refused() -> None:
    many = pools(
        start=np.array([0, 65, 66]),
        category=(None,) * 66,
        seats=np.array([1] + [0] * 64 + [1]),
        open=np.ones(66, bool),
        member=np.zeros(3, np.uint64),
    )

    with pytest.raises(BadInput, match=r"market\.too_many_pools"):
        Market.of_arrays(**RIGHT, pools=many)


def test_arrays_of_the_right_type_are_not_copied_and_cannot_be_changed() -> None:
    capacity = np.array([1, 1], np.int64)

    market = Market.of_arrays(**RIGHT | {"capacity": capacity})

    assert np.shares_memory(market.capacity, capacity)
    assert not market.capacity.flags.writeable
    assert capacity.flags.writeable


def test_without_standings_the_one_ranking_counts_everywhere() -> None:
    market = Market.of_arrays(**RIGHT | {"standing": None}, ranking=[1, 0])

    assert market.standing.tolist() == [1, 1, 0]
    assert market.wish_person.tolist() == [0, 0, 1]
    assert allocate(market, SerialDictatorship()).assigned.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("mechanism", "ties", "changes", "code"),
    [
        (SerialDictatorship(), "refuse", {}, "market.no_common_ranking"),
        (
            SerialDictatorship(),
            "refuse",
            {"ranking": [0, 1], "standing": [0, 1, 1]},
            "market.no_common_ranking",
        ),
        (SerialDictatorship(), "order", {"ranking": [0, 1]}, "market.no_tie_order"),
        (SerialDictatorship(), "refuse", {"ranking": [0, 1], "pools": pools()}, "market.pools_need"),
        (DeferredAcceptance(), "lottery", {}, "market.no_tie_order"),
        (DeferredAcceptance(), "admit_all", {"pools": pools()}, "market.pools_need"),
        (DeferredAcceptance("offers"), "refuse", {"pools": pools()}, "market.pools_need"),
        (DeferredAcceptance("offers"), "exclude_all", {}, "market.ties_need"),
        (Redistribution(), "refuse", {"ranking": [0, 1]}, "market.no_costs"),
        (Redistribution(), "refuse", {"terms": terms()}, "market.no_common_ranking"),
        (Redistribution(), "admit_all", {"ranking": [0, 1], "terms": terms()}, "market.ties_need"),
        (Redistribution(), "lottery", {"ranking": [0, 1], "terms": terms()}, "market.no_tie_order"),
        (
            Redistribution(offer_order=("s",)),
            "refuse",
            {"ranking": [0, 1], "terms": terms()},
            "market.offer_order",
        ),
    ],
)
def test_a_mechanism_without_what_it_needs_is_refused(
    mechanism: Any, ties: Any, changes: dict[str, Any], code: str
) -> None:
    market = Market.of_arrays(**RIGHT | changes)

    with pytest.raises(BadInput) as error:
        allocate(market, mechanism, ties)

    assert [problem.code for problem in error.value.problems] == [code]


def test_ties_that_matter_are_refused_with_the_offer_and_the_equals() -> None:
    market = Market.of_arrays(**RIGHT | {"standing": [0, 0, 0]})

    with pytest.raises(Refused) as refusal:
        allocate(market, DeferredAcceptance())

    (problem,) = refusal.value.problems
    assert problem.code == "allocation.tie_refused"
    assert dict(problem.params) == {"offer": "s", "people": "a, b", "number": "2"}


def test_ties_that_do_not_matter_are_no_reason_to_refuse() -> None:
    market = Market.of_arrays(**RIGHT | {"standing": [0, 0, 0], "capacity": [2, 0]})

    assert allocate(market, DeferredAcceptance()).assigned.tolist() == [0, 0]


@pytest.mark.parametrize(
    "mechanism", [DeferredAcceptance("offers"), DeferredAcceptance()], ids=["offers", "pools"]
)
def test_choice_rules_need_a_strict_order_even_where_ties_do_not_matter(
    mechanism: DeferredAcceptance,
) -> None:
    reserved = None if mechanism.proposing == "offers" else pools(seats=np.array([1, 1, 0]))
    market = Market.of_arrays(**RIGHT | {"standing": [0, 0, 0], "capacity": [2, 0]}, pools=reserved)

    with pytest.raises(Refused, match=r"allocation\.tie_refused"):
        allocate(market, mechanism)


def test_equal_ranks_that_compete_through_others_are_refused() -> None:
    """b and c share no offer, but whoever of them goes first decides for whom a makes room."""
    market = Market.of_arrays(
        ("a", "b", "c", "far"),
        ("s", "t", "u"),
        [1, 1, 1],
        np.zeros(5, np.int64),
        np.empty(0, np.int32),
        ranking=[0, 1, 1, 1],
        terms=Terms(
            np.array([0, 2, 3, 4, 5]),
            np.array([0, 1, 0, 1, 2], np.int32),
            np.zeros(5, np.int64),
            np.ones(4, bool),
            np.zeros(4, bool),
        ),
    )

    with pytest.raises(Refused) as refusal:
        allocate(market, Redistribution())

    (problem,) = refusal.value.problems
    assert problem.code == "allocation.ranking_tie_refused"
    assert dict(problem.params) == {"people": "b, c", "number": "2"}


def test_a_huge_capacity_costs_nothing() -> None:
    for mechanism in (DeferredAcceptance(), DeferredAcceptance("offers")):
        market = Market.of_arrays(**RIGHT | {"capacity": [2**61, 2**61]})

        assert allocate(market, mechanism).assigned.tolist() == [0, 0]


def test_admitting_a_tied_group_is_noted_as_an_exception() -> None:
    market = Market.of_arrays(**RIGHT | {"standing": [0, 0, 0]})

    (exception,) = allocate(market, DeferredAcceptance(), "admit_all").exceptions

    assert exception.code == "allocation.capacity_exceeded"
    assert dict(exception.params) == {"offer": "s", "capacity": "1", "admitted": "2"}


numbers = st.lists(
    st.tuples(st.integers(-3, 3), st.integers(-(2**62), 2**62), st.integers(0, 1)), max_size=12
)


@given(numbers, st.tuples(*[st.sampled_from(["higher", "lower"])] * 3))
def test_dense_standings_compare_key_by_key(rows: list[tuple[int, ...]], better: tuple[Any, ...]) -> None:
    """Like sorting tuples, with small numbers and with numbers that do not fit together in 64 bits."""
    columns = [np.array([row[at] for row in rows], np.int64) for at in range(3)]
    for used in ((0, 1, 2), (0, 2), (1,)):
        found = dense_standing(*((columns[at], better[at]) for at in used))

        signed = [tuple(row[at] if better[at] == "lower" else -row[at] for at in used) for row in rows]
        order = sorted(set(signed))
        assert found.tolist() == [order.index(row) for row in signed]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4)), min_size=1, max_size=8), st.booleans())
def test_tiers_come_before_the_ranking(rows: list[tuple[int, int]], huge: bool) -> None:
    factor = 2**30 if huge else 1  # too many ranks to pack: falls back to sorting
    tier = np.array([tier for tier, _ in rows], np.int32)
    ranking = np.array([rank * factor if rank < 2 else rank for _, rank in rows], np.int32)

    found = tiered_standing(tier, ranking, np.arange(len(rows), dtype=np.int32))

    pairs = list(zip(tier, ranking, strict=True))
    for one, first in zip(pairs, found, strict=True):
        for other, second in zip(pairs, found, strict=True):
            assert (one < other) == (first < second)
