"""The mechanisms against enumeration and slow second codes on small markets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from allocation.deferred_acceptance import DeferredAcceptance
from allocation.market import TiePolicy
from allocation.serial_dictatorship import SerialDictatorship
from allocation.verify import verify
from tests.allocation.oracles import (
    best_for_all,
    in_turn,
    is_stable,
    pools_blocked,
    slow_limits,
    slow_pools,
    stable_limits,
    stable_matchings,
)
from tests.effort import CHEAP
from tests.strategies_market import CATEGORIES, Plain, PlainPool, by_id, outcome, plain_markets, run


@given(plain_markets())
def test_applicants_get_their_best_stable_outcome(plain: Plain) -> None:
    """Of all stable outcomes (found by trying everything) the one that all applicants like best."""
    found = outcome(plain, DeferredAcceptance(), "order")

    assert found == best_for_all(plain, stable_matchings(plain))


@given(plain_markets())
def test_applicants_get_their_worst_stable_outcome_when_offers_propose(plain: Plain) -> None:
    found = outcome(plain, DeferredAcceptance("offers"), "order")

    assert found == best_for_all(plain, stable_matchings(plain), worst=True)


@given(plain_markets(most_people=5, most_offers=3))
def test_left_out_ties_get_the_lowest_h_stable_limits(plain: Plain) -> None:
    found = outcome(plain, DeferredAcceptance(), "exclude_all")

    assert found == best_for_all(plain, stable_limits(plain, "exclude_all"))


@given(plain_markets(most_people=5, most_offers=3))
def test_admitted_ties_get_the_lowest_l_stable_limits(plain: Plain) -> None:
    found = outcome(plain, DeferredAcceptance(), "admit_all")

    assert found == best_for_all(plain, stable_limits(plain, "admit_all"))


@given(plain_markets(pools=True))
@CHEAP
def test_pools_choose_as_when_everybody_is_looked_at_anew(plain: Plain) -> None:
    """The same places and the same pools as choosing from everybody who ever applied, round by round."""
    allocation = run(plain, DeferredAcceptance(), "order")

    places, pools = slow_pools(plain)
    assert by_id(plain, allocation) == places
    seated = np.flatnonzero(allocation.assigned >= 0)
    assert {plain.people[row]: int(allocation.pool[row]) for row in seated} == pools
    assert not pools_blocked(plain, places, pools)


@given(plain_markets(one_ranking=True))
def test_serial_dictatorship_serves_one_after_the_other(plain: Plain) -> None:
    assert outcome(plain, SerialDictatorship(), "order") == in_turn(plain)


@given(plain_markets(one_ranking=True))
def test_with_one_ranking_serial_dictatorship_is_deferred_acceptance(plain: Plain) -> None:
    policies: tuple[TiePolicy, ...] = ("lottery", "admit_all", "exclude_all")
    for ties in policies:
        assert outcome(plain, SerialDictatorship(), ties) == outcome(plain, DeferredAcceptance(), ties)


def crowd(seed: int, *, pools: bool = False) -> Plain:
    """300 people, 9 offers, lists of up to five, many ties: longer than a block of the kernels."""
    chance = np.random.default_rng(seed)
    people = tuple(f"p{at:03d}" for at in range(300))
    offers = tuple(f"o{at}" for at in range(9))
    stated = {
        offer: (PlainPool("near", 8, open=False), PlainPool("sibling", 6), PlainPool(None, 10))
        for offer in (offers[::2] if pools else ())
    }
    return Plain(
        people,
        offers,
        dict.fromkeys(offers, 24),
        {a: tuple(chance.permutation(offers)[: chance.integers(0, 6)].tolist()) for a in people},
        {offer: {a: int(chance.integers(0, 40)) for a in people} for offer in offers},
        tuple(chance.permutation(people).tolist()),
        pools=stated,
        categories={a: frozenset(chance.permutation(CATEGORIES)[: chance.integers(0, 3)]) for a in people},
    )


@pytest.mark.parametrize("pools", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_is_placed_as_by_the_slow_code(seed: int, pools: bool) -> None:
    plain = crowd(seed, pools=pools)

    allocation = run(plain, DeferredAcceptance(), "lottery")

    places, inside = slow_pools(plain)
    assert by_id(plain, allocation) == places
    if pools:
        seated = np.flatnonzero(allocation.assigned >= 0)
        assert {plain.people[row]: int(allocation.pool[row]) for row in seated} == inside


@pytest.mark.parametrize("ties", ["admit_all", "exclude_all"])
@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_with_tied_groups_keeps_the_laws_in_any_order(seed: int, ties: TiePolicy) -> None:
    plain = crowd(seed)
    shuffled = plain.reordered(sorted(plain.people, key=lambda a: a[::-1]), plain.offers[::-1])

    found = outcome(plain, DeferredAcceptance(), ties)

    assert outcome(shuffled, DeferredAcceptance(), ties) == found
    verify(plain.market(), run(plain, DeferredAcceptance(), ties)).check()
    assert slow_limits(plain, ties) == found


@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_is_placed_stably_when_offers_propose(seed: int) -> None:
    plain = crowd(seed)

    found = outcome(plain, DeferredAcceptance("offers"), "lottery")

    assert is_stable(plain, found)
    assert {a for a, o in found.items() if o} == {a for a, o in slow_pools(plain)[0].items() if o}
