"""The conformance suite of `tests.laws`, run over every registered mechanism."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.deferred_acceptance import DeferredAcceptance
from allocation.market import TiePolicy
from allocation.registry import MECHANISMS
from allocation.serial_dictatorship import SerialDictatorship
from tests import laws
from tests.laws import ALL_SETUPS, Setup
from tests.strategies_market import Plain, outcome, plain_markets

every_setup = pytest.mark.parametrize("setup", ALL_SETUPS, ids=str)
truthful = pytest.mark.parametrize("setup", [x for x in ALL_SETUPS if x.truthful], ids=str)
improving = pytest.mark.parametrize("setup", [x for x in ALL_SETUPS if x.improves], ids=str)
seated = pytest.mark.parametrize("setup", [x for x in ALL_SETUPS if x.seats_help != "nobody"], ids=str)

unnoticed = pytest.mark.parametrize("setup", [x for x in ALL_SETUPS if x.losers != "none"], ids=str)
helped = pytest.mark.parametrize("setup", [x for x in ALL_SETUPS if x.leaving_helps], ids=str)


def test_every_registered_mechanism_is_tried() -> None:
    assert {setup.mechanism.name for setup in ALL_SETUPS} == set(MECHANISMS)


@every_setup
@given(data=st.data())
def test_outcomes_are_feasible(setup: Setup, data: st.DataObject) -> None:
    laws.is_feasible(setup, data.draw(setup.plain()))


@every_setup
@given(data=st.data())
def test_promised_laws_hold(setup: Setup, data: st.DataObject) -> None:
    laws.keeps_its_promises(setup, data.draw(setup.plain()))


@every_setup
@given(data=st.data(), chance=st.randoms(use_true_random=False))
def test_the_order_of_the_input_decides_nothing(setup: Setup, data: st.DataObject, chance: Random) -> None:
    laws.is_the_same_in_any_order(setup, data.draw(setup.plain()), chance)


@every_setup
@given(data=st.data(), chance=st.randoms(use_true_random=False))
def test_ids_decide_nothing(setup: Setup, data: st.DataObject, chance: Random) -> None:
    laws.is_the_same_under_other_ids(setup, data.draw(setup.plain()), chance)


@pytest.mark.parametrize("setup", [x for x in ALL_SETUPS if "minimum" not in x.markets], ids=str)
@given(data=st.data(), seats=st.integers(0, 2))
def test_an_offer_nobody_wants_changes_nothing(setup: Setup, data: st.DataObject, seats: int) -> None:
    laws.ignores_what_nobody_wants(setup, data.draw(setup.plain()), seats)


@truthful
@given(data=st.data())
def test_nobody_gains_by_a_false_list(setup: Setup, data: st.DataObject) -> None:
    laws.gains_nothing_by_a_false_list(setup, data.draw(setup.plain()), data)


@improving
@given(data=st.data())
def test_standing_better_never_hurts(setup: Setup, data: st.DataObject) -> None:
    laws.is_never_hurt_by_standing_better(setup, data.draw(setup.plain()), data)


@seated
@given(data=st.data())
def test_one_more_seat_never_hurts(setup: Setup, data: st.DataObject) -> None:
    laws.is_never_hurt_by_one_more_seat(setup, data.draw(setup.plain()), data)


@unnoticed
@given(data=st.data())
def test_a_loser_removed_changes_nothing(setup: Setup, data: st.DataObject) -> None:
    """Not so under deferred acceptance: a loser who held a place for a while may have cost others theirs."""
    laws.does_not_notice_losers(setup, data.draw(setup.plain()))


@helped
@given(data=st.data())
def test_whoever_stays_away_hurts_nobody(setup: Setup, data: st.DataObject) -> None:
    laws.hurts_nobody_by_staying_away(setup, data.draw(setup.plain()), data)


@given(plain=plain_markets(most_people=5))
def test_deferred_acceptance_needs_no_chance_where_both_tie_policies_agree(plain: Plain) -> None:
    def make(ties: TiePolicy) -> dict[str, str | None]:
        return outcome(plain, DeferredAcceptance(), ties)

    laws.needs_no_chance_where_limits_agree(
        make, plain, lambda market: outcome(market, DeferredAcceptance(), "order")
    )


@given(plain=plain_markets(most_people=5, one_ranking=True))
def test_serial_dictatorship_needs_no_chance_where_both_tie_policies_agree(plain: Plain) -> None:
    def make(ties: TiePolicy) -> dict[str, str | None]:
        return outcome(plain, SerialDictatorship(), ties)

    laws.needs_no_chance_where_limits_agree(
        make, plain, lambda market: outcome(market, SerialDictatorship(), "order")
    )
