"""The mechanisms beyond deferred acceptance against second codes and enumeration on small markets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.deferred_acceptance import DeferredAcceptance
from allocation.efficiency_adjusted_deferred_acceptance import EfficiencyAdjustedDeferredAcceptance
from allocation.extended_seat_deferred_acceptance import ExtendedSeatDeferredAcceptance
from allocation.flexible_deferred_acceptance import FlexibleDeferredAcceptance
from allocation.immediate_acceptance import ImmediateAcceptance
from allocation.parallel import Parallel
from allocation.priority_matching import PriorityMatching
from allocation.rank_maximal import RankMaximal
from allocation.serial_dictatorship import SerialDictatorship
from allocation.stable_improvement_cycles import StableImprovementCycles
from allocation.top_trading_cycles import TopTradingCycles
from tests.allocation.oracles import holders, likes, matchings
from tests.allocation.oracles_trade import (
    best_by_ranks,
    best_sets,
    by_quotas,
    by_regions,
    first_in_turn,
    is_dominated,
    is_weakly_stable,
    one_by_one,
    rounds,
    trading_cycles,
    with_consent,
)
from tests.effort import CHEAP
from tests.strategies_market import Plain, outcome, plain_markets
from values.problems import Refused

bands = st.lists(st.integers(1, 3), min_size=1, max_size=3)


@given(plain_markets(), bands)
def test_parallel_is_application_and_rejection_band_by_band(plain: Plain, lengths: list[int]) -> None:
    found = outcome(plain, Parallel(tuple(lengths)), "order")

    assert found == rounds(plain, dict.fromkeys(plain.people, lengths))


@given(plain_markets(categories=True), bands, bands)
def test_everybody_has_the_bands_of_their_first_category(
    plain: Plain, near: list[int], others: list[int]
) -> None:
    rule = Parallel(by_category=(("near", tuple(near)), ("*", tuple(others))))

    own = {a: near if "near" in plain.categories[a] else others for a in plain.people}
    assert outcome(plain, rule, "order") == rounds(plain, own)


@given(plain_markets())
def test_the_shortest_bands_are_immediate_and_the_longest_deferred_acceptance(plain: Plain) -> None:
    assert outcome(plain, Parallel((1,)), "order") == outcome(plain, ImmediateAcceptance(), "order")
    assert outcome(plain, Parallel((99,)), "order") == outcome(plain, DeferredAcceptance(), "order")


@given(plain_markets())
@CHEAP
def test_trade_ends_as_when_one_cycle_is_carried_out_after_the_other(plain: Plain) -> None:
    assert outcome(plain, TopTradingCycles(), "order") == trading_cycles(plain)


@given(plain_markets(one_ranking=True))
def test_with_one_ranking_nobody_has_anything_to_trade(plain: Plain) -> None:
    assert outcome(plain, TopTradingCycles(), "order") == outcome(plain, SerialDictatorship(), "order")


@given(plain_markets(ties=False))
@CHEAP
def test_waived_priorities_give_what_interrupters_give_up(plain: Plain) -> None:
    """Rounds of settled offers (Tang and Yu) against interrupters taken off lists (Kesten)."""
    assert outcome(plain, EfficiencyAdjustedDeferredAcceptance(), "order") == with_consent(plain)


@given(plain_markets(ties=False))
def test_waiving_priorities_hurts_nobody(plain: Plain) -> None:
    before = outcome(plain, DeferredAcceptance(), "order")

    after = outcome(plain, EfficiencyAdjustedDeferredAcceptance(), "order")

    assert all(likes(plain, a, after[a]) <= likes(plain, a, before[a]) for a in plain.people)


@given(plain_markets(most_people=5))
@CHEAP
def test_no_other_stable_outcome_is_better_for_all_than_after_improvements(plain: Plain) -> None:
    found = outcome(plain, StableImprovementCycles(), "order")

    stable = [other for other in matchings(plain) if is_weakly_stable(plain, other)]
    assert found in stable
    assert not is_dominated(plain, found, stable)


@given(plain_markets(quotas=True))
@CHEAP
def test_ceilings_and_reserves_choose_as_when_everybody_is_looked_at_anew(plain: Plain) -> None:
    assert outcome(plain, DeferredAcceptance(), "order") == by_quotas(plain)


@given(plain_markets(quotas=True, pools=False, most_people=10, most_offers=2))
@CHEAP
def test_crowded_offers_with_quotas_choose_so_too(plain: Plain) -> None:
    crowded = replace(plain, wishes=dict.fromkeys(plain.people, plain.offers))

    assert outcome(crowded, DeferredAcceptance(), "order") == by_quotas(crowded)


@given(plain_markets(regions=True))
@CHEAP
def test_regions_fill_targets_first_and_then_turn_by_turn(plain: Plain) -> None:
    assert outcome(plain, FlexibleDeferredAcceptance(), "order") == by_regions(plain)


@given(plain_markets(minimum=True))
def test_extended_seats_are_a_region_without_targets(plain: Plain) -> None:
    """The two parts of an offer written out as two offers, by the slow code for regions."""
    parts = {o: (o, f"{o}+") for o in plain.offers}
    beyond = len(plain.people) - sum(plain.minimum.values())
    two = Plain(
        plain.people,
        tuple(part for pair in parts.values() for part in pair),
        {
            part: seats
            for o, (regular, extended) in parts.items()
            for part, seats in (
                (regular, plain.minimum[o]),
                (extended, plain.capacity[o] - plain.minimum[o]),
            )
        },
        {a: tuple(part for o in wishes for part in parts[o]) for a, wishes in plain.wishes.items()},
        {part: plain.standing[o] for o, pair in parts.items() for part in pair},
        plain.lots,
        regions={"extended": (beyond, tuple(extended for _, extended in parts.values()))},
        targets={extended: 0 for _, extended in parts.values()},
    )

    found = outcome(plain, ExtendedSeatDeferredAcceptance(), "order")

    assert found == {a: o and o.rstrip("+") for a, o in by_regions(two).items()}
    assert None not in found.values()
    assert all(len(holders(found, o)) >= plain.minimum[o] for o in plain.offers)


@given(plain_markets(one_ranking=True, most_people=5))
@CHEAP
def test_most_first_choices_then_second_ones_then_in_turn(plain: Plain) -> None:
    turns = sorted(plain.people, key=lambda a: (plain.rank_of(a), plain.lots.index(a)))

    found = outcome(plain, RankMaximal(), "order")

    assert found == first_in_turn(plain, best_by_ranks(plain), turns)


@given(plain_markets(most_people=5))
def test_without_a_ranking_rank_maximal_is_refused_exactly_if_it_is_not_unique(plain: Plain) -> None:
    best = best_by_ranks(plain)

    if len(best) == 1:
        assert outcome(plain, RankMaximal(), "refuse") == best[0]
    else:
        with pytest.raises(Refused) as refusal:
            outcome(plain, RankMaximal(), "refuse")
        assert [problem.code for problem in refusal.value.problems] == ["allocation.several_outcomes"]


@given(plain_markets(one_ranking=True, most_people=5))
@CHEAP
def test_the_best_set_is_placed_at_the_least_sum_of_choices(plain: Plain) -> None:
    turns = sorted(plain.people, key=lambda a: (plain.rank_of(a), plain.lots.index(a)))

    found = outcome(plain, PriorityMatching(), "order")

    assert found == first_in_turn(plain, best_sets(plain, turns), turns)


@given(plain_markets(ties=False))
def test_one_proposal_at_a_time_gives_the_same_as_rounds(plain: Plain) -> None:
    assert outcome(plain, DeferredAcceptance(), "order") == one_by_one(plain, plain.wishes, plain.capacity)
