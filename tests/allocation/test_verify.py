"""Verification can fail: every law with a planted violation, and random outcomes against the definitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation import outcome as law
from allocation.allocate import allocate
from allocation.cutoffs import cutoffs
from allocation.deferred_acceptance import DeferredAcceptance
from allocation.market import Market, TiePolicy
from allocation.market_json import read_market
from allocation.outcome import Allocation, promised_laws
from allocation.redistribution_round import Redistribution
from allocation.verify import verify
from tests.allocation.documents import small_market
from tests.allocation.oracles import holders, is_stable, pools_blocked
from tests.strategies_market import Plain, PlainPool, plain_markets, run
from values.problems import Refused

PEOPLE = ("a", "b", "c", "d")


def town(standing: Sequence[int] = (0, 1, 2, 3), capacity: int = 2, **more: Any) -> Plain:
    """Four people who want `s` and then `t`, which has one place; `u` is listed by nobody."""
    places = dict(zip(PEOPLE, standing, strict=True))
    return Plain(
        people=PEOPLE,
        offers=("s", "t", "u"),
        capacity={"s": capacity, "t": 1, "u": 4},
        wishes=dict.fromkeys(PEOPLE, ("s", "t")),
        standing={"s": places, "t": places, "u": places},
        lots=PEOPLE,
        **more,
    )


def claim(
    plain: Plain, assigned: dict[str, str], ties: TiePolicy = "order", pool: dict[str, int] | None = None
) -> Allocation:
    """An outcome as a mechanism would claim it."""
    row = {name: at for at, name in enumerate(plain.offers)}
    pools = {} if pool is None else pool
    return Allocation(
        "claimed",
        ties,
        np.array([row[assigned[a]] if a in assigned else -1 for a in plain.people], np.int32),
        np.array([pools.get(a, -1) for a in plain.people], np.int32),
        promised_laws(ties, pools=bool(plain.pools)),
    )


def broken(market: Market, allocation: Allocation) -> dict[str, tuple[tuple[str, str], ...]]:
    """The promised laws that are violated, with their examples."""
    laws = verify(market, allocation)
    return {name: laws[name].examples for name in laws if laws[name].is_violated}


GOOD = {"a": "s", "b": "s", "c": "t"}


def test_the_right_outcome_breaks_nothing() -> None:
    plain = town()

    assert broken(plain.market(), claim(plain, GOOD)) == {}


def test_a_place_that_does_not_exist_is_found() -> None:
    plain = town()
    claimed = claim(plain, GOOD)
    strange = replace(claimed, assigned=np.array([0, 0, 1, 7], np.int32))

    assert broken(plain.market(), strange) == {law.ONE_PLACE: (("d", ""),)}


def test_an_outcome_of_other_people_is_found() -> None:
    plain = town()
    short = replace(claim(plain, GOOD), assigned=np.array([0, 0, 1], np.int32))

    laws = verify(plain.market(), short)

    assert laws.document() == {law.ONE_PLACE: "violated: 1"}


def test_a_place_nobody_listed_is_found() -> None:
    plain = town()

    found = broken(plain.market(), claim(plain, GOOD | {"d": "u"}))

    assert found[law.INDIVIDUALLY_RATIONAL] == (("d", "u"),)
    assert law.ELIGIBLE not in found


def test_a_place_that_a_rule_forbids_is_found() -> None:
    document = small_market()
    document["offers"][0]["minimum_points"] = "86"
    case = read_market(document)
    allocation = allocate(case.market, case.mechanism)
    granted = replace(allocation, assigned=np.array([1, 0], np.int32))

    found = broken(case.market, granted)

    assert found[law.ELIGIBLE] == (("a2", "s1"),)
    assert law.INDIVIDUALLY_RATIONAL not in found


def test_one_person_too_many_is_found() -> None:
    plain = town()

    found = broken(plain.market(), claim(plain, {"a": "s", "b": "s", "c": "s", "d": "t"}))

    assert found == {law.CAPACITY: (("", "s"),)}


def test_a_tied_group_may_exceed_the_capacity_but_nobody_behind_it() -> None:
    tied = town((0, 1, 1, 2))
    admitted = {"a": "s", "b": "s", "c": "s", "d": "t"}

    assert broken(tied.market(), claim(tied, admitted, "admit_all")) == {}
    strict = town((0, 1, 2, 3))
    assert broken(strict.market(), claim(strict, admitted, "admit_all")) == {
        law.CAPACITY_UP_TO_TIES: (("", "s"),)
    }


def test_nobody_enters_an_offer_without_places() -> None:
    closed = town((0, 0, 0, 0), capacity=0)

    found = broken(closed.market(), claim(closed, dict.fromkeys(PEOPLE, "s"), "admit_all"))

    assert found[law.CAPACITY_UP_TO_TIES] == (("", "s"),)


def test_justified_envy_is_found() -> None:
    plain = town()

    found = broken(plain.market(), claim(plain, {"a": "s", "c": "s", "b": "t"}))

    assert found[law.NO_JUSTIFIED_ENVY] == (("b", "s"),)
    assert law.CUTOFFS in found
    assert law.NON_WASTEFUL not in found


def test_envy_by_lot_is_found() -> None:
    """Among equals the drawn order counts."""
    plain = town((0, 0, 0, 0))

    found = broken(plain.market(), claim(plain, {"a": "s", "c": "s", "b": "t"}, "lottery"))

    assert found[law.NO_JUSTIFIED_ENVY] == (("b", "s"),)


def test_a_wasted_place_is_found() -> None:
    plain = town()

    found = broken(plain.market(), claim(plain, {"a": "s", "b": "t"}))

    assert found[law.NON_WASTEFUL] == (("b", "s"), ("c", "s"), ("d", "s"))
    assert law.NO_JUSTIFIED_ENVY not in found


def test_unequal_treatment_of_equals_is_found() -> None:
    tied = town((0, 1, 1, 2))

    found = broken(tied.market(), claim(tied, {"a": "s", "b": "s", "c": "t"}, "exclude_all"))

    assert found[law.EQUAL_TREATMENT] == (("c", "s"),)
    assert law.NO_JUSTIFIED_ENVY not in found


def test_places_left_beside_a_group_that_would_fit_are_found() -> None:
    tied = town((0, 1, 1, 2), capacity=3)

    found = broken(tied.market(), claim(tied, {"a": "s"}, "exclude_all"))

    assert found[law.NON_WASTEFUL_UP_TO_TIES] == (("b", "s"), ("c", "s"))


def test_places_left_beside_a_group_that_does_not_fit_are_no_waste() -> None:
    tied = town((0, 1, 1, 2))

    laws = verify(tied.market(), claim(tied, {"a": "s"}, "exclude_all"))

    assert laws[law.NON_WASTEFUL_UP_TO_TIES].holds
    assert str(laws[law.NON_WASTEFUL]) == "not promised: 6"


def pool_town() -> Plain:
    """`s` has one place for c and d, then one of everybody."""
    pools = {"s": (PlainPool("near", 1, open=False), PlainPool(None, 1))}
    near = frozenset({"near"})
    return town(pools=pools, categories={"c": near, "d": near})


POOLED = {"c": 0, "a": 1, "b": 0}


def test_the_right_pools_break_nothing() -> None:
    plain = pool_town()

    assert broken(plain.market(), claim(plain, {"c": "s", "a": "s", "b": "t"}, pool=POOLED)) == {}


def test_a_stranger_in_a_closed_pool_is_found() -> None:
    plain = pool_town()

    found = broken(
        plain.market(), claim(plain, {"a": "s", "b": "s", "c": "t"}, pool={"a": 0, "b": 1, "c": 0})
    )

    assert found[law.POOLS] == (("a", "s"),)


def test_a_pool_with_too_many_people_is_found() -> None:
    plain = pool_town()

    found = broken(
        plain.market(), claim(plain, {"c": "s", "d": "s", "a": "t"}, pool={"c": 0, "d": 0, "a": 0})
    )

    assert found[law.POOLS] == (("c", "s"), ("d", "s"))
    assert law.CAPACITY not in found


def test_a_pool_that_does_not_exist_is_found() -> None:
    plain = pool_town()

    found = broken(plain.market(), claim(plain, {"c": "s", "a": "s", "b": "t"}, pool=POOLED | {"a": 2}))

    assert found[law.POOLS] == (("a", "s"),)


def test_a_later_pool_than_the_first_that_takes_one_is_found() -> None:
    plain = pool_town()

    found = broken(
        plain.market(), claim(plain, {"c": "s", "d": "s", "a": "t"}, pool={"c": 1, "d": 0, "a": 0})
    )

    assert found[law.POOL_PRECEDENCE] == (("c", "s"),)


def test_an_empty_seat_of_an_open_pool_is_justified_envy() -> None:
    plain = pool_town()

    found = broken(plain.market(), claim(plain, {"a": "s", "b": "t"}, pool={"a": 1, "b": 0}))

    assert found[law.NO_JUSTIFIED_ENVY] == (("c", "s"), ("d", "s"))
    assert found[law.NON_WASTEFUL] == (("c", "s"), ("d", "s"))


def test_cut_offs_that_do_not_replay_are_found() -> None:
    plain = town()
    claimed = claim(plain, GOOD)
    lines = cutoffs(plain.market(), claimed)
    generous = replace(lines, full=np.zeros(3, bool))

    laws = verify(plain.market(), claimed, lines=generous)

    assert laws[law.CUTOFFS].is_violated
    assert laws[law.CUTOFFS].examples == (("c", "t"), ("d", ""))


def test_a_violation_names_the_law_and_the_people() -> None:
    plain = town()
    laws = verify(plain.market(), claim(plain, {"a": "s", "c": "s", "b": "t"}))

    with pytest.raises(Refused) as refusal:
        laws.check()

    problems = {dict(problem.params)["law"]: problem for problem in refusal.value.problems}
    assert {problem.code for problem in problems.values()} == {"allocation.law_violated"}
    assert dict(problems[law.NO_JUSTIFIED_ENVY].params) == {
        "law": "no_justified_envy",
        "violations": "1",
        "examples": "b → s",
    }
    assert refusal.value.exit_status == 1


def test_what_is_not_promised_is_counted_but_not_refused() -> None:
    plain = town()
    modest = replace(claim(plain, {"a": "s", "c": "s", "b": "t"}), promised=law.BASE_LAWS)

    laws = verify(plain.market(), modest)

    laws.check()
    assert laws.document()[law.NO_JUSTIFIED_ENVY] == "not promised: 1"
    assert len(laws) == len(list(laws))


COSTS = {("a", "u"): 1, ("b", "u"): 2, ("c", "u"): 1, ("d", "u"): 3, ("d", "t"): 1, ("a", "t"): 5}


def redistributed() -> tuple[Market, Allocation]:
    """Nobody lists anything; a, b and d accept; `u` has one place left and `t` one."""
    plain = Plain(
        people=PEOPLE,
        offers=("s", "t", "u"),
        capacity={"s": 1, "t": 1, "u": 1},
        wishes={"a": (), "b": (), "c": ("s",), "d": ()},
        standing={offer: {"a": 0, "b": 1, "c": 2, "d": 3} for offer in ("s", "t", "u")},
        lots=PEOPLE,
        one_ranking=True,
        costs=COSTS,
        accepts=frozenset({"a", "b", "d"}),
    )
    return plain.market(), run(plain, Redistribution(after=DeferredAcceptance()), "order")


def test_a_right_redistribution_breaks_nothing() -> None:
    market, allocation = redistributed()

    assert broken(market, allocation) == {}
    assert allocation.assigned.tolist() == [1, 2, 0, -1]


@pytest.mark.parametrize(
    ("assigned", "found", "example"),
    [
        ([1, 2, -1, -1], law.MAIN_ROUND_UNTOUCHED, ("c", "")),
        ([1, -1, 2, -1], law.MAIN_ROUND_UNTOUCHED, ("c", "u")),
        ([1, 1, 0, 2], law.CAPACITY, ("", "t")),
        ([0, 2, 0, 1], law.TERMS_KEPT, ("a", "s")),
        ([2, -1, 0, 1], law.BEST_SET, ("b", "u")),
    ],
)
def test_a_wrong_redistribution_is_found(assigned: list[int], found: str, example: tuple[str, str]) -> None:
    market, allocation = redistributed()
    wrong = replace(allocation, assigned=np.array(assigned, np.int32))

    assert example in broken(market, wrong)[found]


def test_a_person_who_did_not_accept_is_found() -> None:
    market, allocation = redistributed()
    assert market.terms is not None
    refused = replace(market, terms=replace(market.terms, accepts=np.array([True, False, False, True])))

    assert broken(refused, allocation)[law.TERMS_KEPT] == (("b", "u"),)


def test_a_redistribution_that_costs_more_than_needed_is_found() -> None:
    plain = replace(
        town(),
        wishes=dict.fromkeys(PEOPLE, ()),
        one_ranking=True,
        costs={("a", "t"): 5, ("a", "u"): 1, ("b", "t"): 1, ("b", "u"): 5},
        accepts=frozenset(PEOPLE),
    )
    market = plain.market()
    allocation = run(plain, Redistribution(), "order")
    dear = replace(allocation, assigned=np.array([1, 2, -1, -1], np.int32))

    assert allocation.assigned.tolist() == [2, 1, -1, -1]
    assert set(broken(market, dear)) == {law.LEAST_COST}


@st.composite
def claimed(draw: st.DrawFn, pools: bool) -> tuple[Plain, Allocation, dict[str, str | None], dict[str, int]]:
    """A market and any outcome that keeps to lists, capacities and pools, stable or not."""
    plain = draw(plain_markets(pools=pools, most_people=4, most_offers=3))
    found: dict[str, str | None] = {}
    pool: dict[str, int] = {}
    for person in plain.people:
        ways = [
            (offer, at)
            for offer in plain.wishes[person]
            for at, seats in enumerate(plain.pools_of(offer))
            if seats.open or plain.is_member(person, seats)
            if sum(found[a] == offer and pool[a] == at for a in found) < seats.seats
        ]
        way = draw(st.sampled_from([*ways, None]))
        found[person] = None if way is None else way[0]
        if way is not None:
            pool[person] = way[1]
    placed = {a: o for a, o in found.items() if o is not None}
    return plain, claim(plain, placed, "order", pool if plain.pools else None), found, pool


@given(claimed(pools=False))
def test_envy_waste_and_cut_offs_are_found_exactly_where_an_outcome_is_not_stable(case: Any) -> None:
    plain, allocation, found, _ = case

    laws = verify(plain.market(), allocation)

    assert (laws[law.NO_JUSTIFIED_ENVY].holds and laws[law.NON_WASTEFUL].holds) == is_stable(plain, found)
    assert laws[law.CUTOFFS].holds == is_stable(plain, found)
    assert laws[law.CAPACITY].holds
    assert laws[law.INDIVIDUALLY_RATIONAL].holds


@given(claimed(pools=True))
def test_envy_at_pools_is_found_exactly_where_the_definition_says(case: Any) -> None:
    plain, allocation, found, pool = case

    laws = verify(plain.market(), allocation)

    assert laws[law.NO_JUSTIFIED_ENVY].holds != pools_blocked(plain, found, pool)
    assert law.POOLS not in laws or laws[law.POOLS].holds


@given(claimed(pools=False))
def test_equal_treatment_is_broken_exactly_where_an_equal_is_left_out(case: Any) -> None:
    plain, allocation, found, _ = case
    same = replace(allocation, ties="exclude_all", promised=promised_laws("exclude_all", pools=False))

    laws = verify(plain.market(), same)

    unequal = {
        (a, o)
        for a in plain.people
        for o in plain.wishes[a][
            : len(plain.wishes[a]) if found[a] is None else plain.wishes[a].index(found[a])
        ]
        if any(plain.standing[o][b] >= plain.standing[o][a] for b in holders(found, o))
    }
    assert laws[law.EQUAL_TREATMENT].violations == len(unequal)
    assert set(laws[law.EQUAL_TREATMENT].examples) <= unequal
