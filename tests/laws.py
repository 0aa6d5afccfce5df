"""The conformance suite: what every registered mechanism must satisfy on any market.

A `Setup` is a mechanism with a tie policy, the markets it takes and what it promises beyond its verified
laws. `ALL_SETUPS` has at least one for every name in the registry; each law is a function that fails with an
assertion. Results are compared by id, so they may not depend on anything but the market.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from allocation.deferred_acceptance import DeferredAcceptance
from allocation.efficiency_adjusted_deferred_acceptance import EfficiencyAdjustedDeferredAcceptance
from allocation.extended_seat_deferred_acceptance import ExtendedSeatDeferredAcceptance
from allocation.flexible_deferred_acceptance import FlexibleDeferredAcceptance
from allocation.immediate_acceptance import ImmediateAcceptance
from allocation.market import TiePolicy
from allocation.outcome import Mechanism
from allocation.parallel import Parallel
from allocation.priority_matching import PriorityMatching
from allocation.rank_maximal import RankMaximal
from allocation.redistribution_round import Redistribution
from allocation.serial_dictatorship import SerialDictatorship
from allocation.stable_improvement_cycles import StableImprovementCycles
from allocation.top_trading_cycles import TopTradingCycles
from allocation.verify import verify
from tests.strategies_market import Outcome, Plain, outcome, plain_markets, run
from values.problems import Refused


@dataclass(frozen=True)
class Setup:
    """A mechanism as it is used.

    Attributes:
        mechanism: with its parameters.
        ties: the tie policy.
        markets: what it is tried on, as options of `plain_markets`.
        truthful: nobody gains by handing in another list.
        improves: standing better at an offer never hurts.
        seats_help: "everybody": one more seat hurts nobody; "placed": nobody placed becomes unplaced.
        losers: "all": whoever got no place could have stayed away and nothing would have changed;
            "consenting": whoever of them consents; "none".
        leaving_helps: nobody loses when somebody else stays away.
    """

    name: str
    mechanism: Mechanism
    ties: TiePolicy
    markets: tuple[str, ...] = ()
    truthful: bool = False
    improves: bool = False
    seats_help: str = "everybody"
    losers: str = "none"
    leaving_helps: bool = False

    def plain(self, **more: Any) -> st.SearchStrategy[Plain]:
        """Markets it takes; under `refuse` without ties unless asked for."""
        options = dict.fromkeys(self.markets, True) | more
        if self.ties == "refuse":
            options.setdefault("ties", False)
        return plain_markets(**options)

    def __str__(self) -> str:
        return f"{self.name}-{self.ties}"


def _applicants_propose(ties: TiePolicy, **promises: Any) -> Setup:
    return Setup("applicants_propose", DeferredAcceptance(), ties, **promises)


def _in_turn(ties: TiePolicy, **promises: Any) -> Setup:
    return Setup("serial_dictatorship", SerialDictatorship(), ties, ("one_ranking",), **promises)


def _redistribution(name: str, rule: Redistribution, ties: TiePolicy, seats_help: str) -> Setup:
    return Setup(name, rule, ties, ("one_ranking", "costs"), seats_help=seats_help)


UNNOTICED: dict[str, Any] = {"losers": "all"}
REFUSE_OR_DRAW: tuple[TiePolicy, ...] = ("lottery", "refuse")


def _others() -> Iterator[Setup]:
    """The mechanisms that need a strict order."""
    by_rule: dict[str, Any] = {"truthful": True, "improves": True}
    placed: dict[str, Any] = {"seats_help": "nobody"}
    local = (("near", (9,)), ("*", (1, 2)))
    for policy in REFUSE_OR_DRAW:
        yield Setup("quotas", DeferredAcceptance(), policy, ("quotas",), truthful=True)
        yield Setup("top_trading_cycles", TopTradingCycles(), policy, **by_rule, **placed)
        yield Setup("rank_maximal", RankMaximal(), policy, ("one_ranking",), **placed, **UNNOTICED)
    for policy in REFUSE_OR_DRAW[:1]:
        yield Setup("immediate_acceptance", ImmediateAcceptance(), policy, **placed, **UNNOTICED)
        yield Setup("parallel", Parallel((2,)), policy, **placed)
        yield Setup("parallel_by_category", Parallel(by_category=local), policy, ("categories",), **placed)
        yield Setup(
            "efficiency_adjusted",
            EfficiencyAdjustedDeferredAcceptance(),
            policy,
            losers="consenting",
            **placed,
        )
        yield Setup("improvement_cycles", StableImprovementCycles(), policy, **placed)
        yield Setup("flexible", FlexibleDeferredAcceptance(), policy, ("regions",), truthful=True, **placed)
        yield Setup(
            "extended_seat", ExtendedSeatDeferredAcceptance(), policy, ("minimum",), truthful=True, **placed
        )
        yield Setup(
            "priority_matching",
            PriorityMatching(),
            policy,
            ("one_ranking",),
            seats_help="placed",
            **UNNOTICED,
        )


STRICT: dict[str, Any] = {"truthful": True, "improves": True, "leaving_helps": True}
ALL_SETUPS = (
    *(_applicants_propose(ties, **STRICT) for ties in ("lottery", "order", "refuse")),
    _applicants_propose("admit_all"),
    _applicants_propose("exclude_all"),
    Setup("pools", DeferredAcceptance(), "lottery", ("pools",), **STRICT),
    Setup("pools", DeferredAcceptance(), "refuse", ("pools",), **STRICT),
    Setup("offers_propose", DeferredAcceptance("offers"), "lottery", **UNNOTICED),
    Setup("offers_propose", DeferredAcceptance("offers"), "refuse", **UNNOTICED),
    *(_in_turn(ties, **STRICT, **UNNOTICED) for ties in ("lottery", "order", "refuse")),
    _in_turn("admit_all", **UNNOTICED),
    _in_turn("exclude_all"),
    _redistribution("redistribution", Redistribution(), "lottery", "placed"),
    _redistribution("redistribution", Redistribution(), "refuse", "placed"),
    _redistribution("redistribution_in_order", Redistribution(then="in_order"), "order", "placed"),
    _redistribution("redistribution_near", Redistribution(max_cost=2, nearest=2), "lottery", "nobody"),
    *(
        _redistribution(f"redistribution_after_{main.name}", Redistribution(after=main), ties, "nobody")
        for main in (SerialDictatorship(), DeferredAcceptance())
        for ties in ("lottery", "refuse")
    ),
    *_others(),
)


def is_feasible(setup: Setup, plain: Plain) -> None:
    """Nobody is somewhere they neither listed nor could be placed at; seats are exceeded by equals only."""
    found = outcome(plain, setup.mechanism, setup.ties)

    assert list(found) == list(plain.people)
    for person, offer in found.items():
        possible = plain.costs is not None and (person, offer) in plain.costs and person in plain.accepts
        assert offer is None or offer in plain.wishes[person] or possible
    for offer in plain.offers:
        inside = [a for a in plain.people if found[a] == offer]
        if setup.ties == "admit_all" and inside:
            worst = max(plain.standing[offer][a] for a in inside)
            inside = [a for a in inside if plain.standing[offer][a] < worst] or inside[
                : plain.capacity[offer]
            ]
        assert len(inside) <= plain.capacity[offer]


def keeps_its_promises(setup: Setup, plain: Plain) -> None:
    """The independent check finds every law that the mechanism promises kept."""
    market = plain.market()
    allocation = run(plain, setup.mechanism, setup.ties)

    laws = verify(market, allocation)

    laws.check()
    assert {law for law in laws if laws[law].promised} == set(allocation.promised)


def is_the_same_in_any_order(setup: Setup, plain: Plain, chance: Random) -> None:
    """The order of rows decides nothing. (Offers stay as listed where the rule settles by that order.)"""
    people = chance.sample(plain.people, len(plain.people))
    by_list = isinstance(setup.mechanism, Redistribution | ExtendedSeatDeferredAcceptance)
    offers = plain.offers if by_list else chance.sample(plain.offers, len(plain.offers))

    shuffled = outcome(plain.reordered(people, offers), setup.mechanism, setup.ties)

    assert shuffled == outcome(plain, setup.mechanism, setup.ties)


def is_the_same_under_other_ids(setup: Setup, plain: Plain, chance: Random) -> None:
    """Ids decide nothing."""
    ids = (*plain.people, *plain.offers)
    names = dict(zip(ids, chance.sample(ids, len(ids)), strict=True))

    renamed = outcome(plain.renamed(names), setup.mechanism, setup.ties)

    expected = outcome(plain, setup.mechanism, setup.ties)
    assert renamed == {names[a]: names[o] if o else None for a, o in expected.items()}


def ignores_what_nobody_wants(setup: Setup, plain: Plain, seats: int) -> None:
    """An offer that nobody listed or could be placed at changes nothing."""
    wider = plain.with_offer("unwanted", seats)

    assert outcome(wider, setup.mechanism, setup.ties) == outcome(plain, setup.mechanism, setup.ties)


def gains_nothing_by_a_false_list(setup: Setup, plain: Plain, data: st.DataObject) -> None:
    """No other list gives anybody an offer they like better."""
    assume(plain.people)
    assume(plain.offers)
    person = data.draw(st.sampled_from(plain.people))
    false = data.draw(st.lists(st.sampled_from(plain.offers), unique=True))
    if "minimum" in setup.markets:
        false = data.draw(st.permutations(plain.offers))

    lied = outcome(plain.with_wishes(person, false), setup.mechanism, setup.ties)[person]

    honest = outcome(plain, setup.mechanism, setup.ties)[person]
    assert _liking(plain, person, honest) <= _liking(plain, person, lied)


def is_never_hurt_by_standing_better(setup: Setup, plain: Plain, data: st.DataObject) -> None:
    """Whoever moves ahead (at one offer, or in the one ranking) gets nothing worse."""
    assume(plain.people)
    assume(plain.offers)
    person, offer = data.draw(st.sampled_from(plain.people)), data.draw(st.sampled_from(plain.offers))
    better = {**plain.standing[offer], person: -1}
    better = {a: place + 1 for a, place in better.items()}
    moved = {o: better if plain.one_ranking or o == offer else plain.standing[o] for o in plain.offers}
    ahead = Plain(**{**plain.__dict__, "standing": moved})

    after = outcome(ahead, setup.mechanism, setup.ties)[person]

    before = outcome(plain, setup.mechanism, setup.ties)[person]
    assert _liking(plain, person, after) <= _liking(plain, person, before)


def is_never_hurt_by_one_more_seat(setup: Setup, plain: Plain, data: st.DataObject) -> None:
    """One more seat hurts nobody; or, for redistribution, leaves nobody placed without a place."""
    assume(plain.offers)
    assume(setup.seats_help != "nobody")
    wider = plain.with_seat(data.draw(st.sampled_from(plain.offers)))

    after = outcome(wider, setup.mechanism, setup.ties)

    before = outcome(plain, setup.mechanism, setup.ties)
    for person in plain.people:
        if setup.seats_help == "placed":
            assert after[person] is not None or before[person] is None
        else:
            assert _liking(plain, person, after[person]) <= _liking(plain, person, before[person])


def does_not_notice_losers(setup: Setup, plain: Plain) -> None:
    """Had somebody who got nothing stayed away, nothing would have changed."""
    found = outcome(plain, setup.mechanism, setup.ties)
    counts = plain.people if setup.losers == "all" else plain.consents
    for loser in [a for a in plain.people if found[a] is None and plain.wishes[a] and a in counts]:
        assert outcome(plain.with_wishes(loser, ()), setup.mechanism, setup.ties) == found


def hurts_nobody_by_staying_away(setup: Setup, plain: Plain, data: st.DataObject) -> None:
    """When somebody stays away, all others get what they had or something they like better."""
    assume(plain.people)
    absent = data.draw(st.sampled_from(plain.people))

    after = outcome(plain.with_wishes(absent, ()), setup.mechanism, setup.ties)

    before = outcome(plain, setup.mechanism, setup.ties)
    for person in plain.people:
        if person != absent:
            assert _liking(plain, person, after[person]) <= _liking(plain, person, before[person])


def needs_no_chance_where_limits_agree(
    make: Callable[[TiePolicy], Outcome], plain: Plain, strict: Any
) -> None:
    """If leaving ties out and letting them in agree, every way to break the ties gives that outcome.

    `make` allocates under a tie policy; `strict` allocates a market with its own lots.
    """
    agreed = make("exclude_all") == make("admit_all")

    if agreed:
        assert make("refuse") == make("exclude_all")
        for lots in permutations(plain.people):
            assert strict(plain.with_lots(lots)) == make("exclude_all")
    else:
        with pytest.raises(Refused) as refusal:
            make("refuse")
        assert {problem.code for problem in refusal.value.problems} == {"allocation.tie_refused"}


def _liking(plain: Plain, person: str, offer: str | None) -> int:
    wishes = plain.wishes[person]
    return wishes.index(offer) if offer in wishes else len(wishes)
