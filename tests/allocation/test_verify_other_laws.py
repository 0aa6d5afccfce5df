"""The laws that only some mechanisms promise, on any outcome, against their definitions by trying
everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from allocation.outcome import (
    CEILINGS,
    CHOICE_ORDER,
    EFFICIENT,
    MINIMUM_SEATS,
    NO_ENVY_WITHOUT_CONSENT,
    NO_IMPROVEMENT,
    NO_JUSTIFIED_ENVY,
    RANK_MAXIMAL,
    REGIONAL_CAPS,
    RESERVES,
    STRONGLY_STABLE,
    Allocation,
)
from allocation.verify import verify
from tests.allocation.oracles import holders, likes, matchings
from tests.allocation.oracles_trade import (
    best_by_ranks,
    is_dominated,
    is_weakly_stable,
    quota_choice,
    reserves_filled,
)
from tests.effort import CHEAP
from tests.strategies_market import Outcome, Plain, plain_markets


def any_outcome(data: st.DataObject, plain: Plain) -> Outcome:
    """Everybody anywhere on the own list, or nowhere, within capacities."""
    found: Outcome = {}
    left = dict(plain.capacity)
    for a in plain.people:
        place = data.draw(st.sampled_from((*(o for o in plain.wishes[a] if left[o] > 0), None)))
        found[a] = place
        if place is not None:
            left[place] -= 1
    return found


def holds(
    plain: Plain, found: Outcome, law: str, *, bands: list[int] | None = None, weak: bool = False
) -> bool:
    """Whether the law is found to hold."""
    rows = {o: at for at, o in enumerate(plain.offers)} | {None: -1}
    assigned = np.array([rows[found[a]] for a in plain.people], np.int32)
    none = np.full(assigned.size, -1, np.int32)
    own = None if bands is None else np.array(bands, np.int32)
    allocation = Allocation("any", "order", assigned, none, frozenset({law}), bands=own, is_weak=weak)
    return verify(plain.market(), allocation)[law].holds


@given(plain_markets(most_people=5), st.data())
@CHEAP
def test_efficient_is_that_nobody_could_gain_without_a_loss(plain: Plain, data: st.DataObject) -> None:
    found = any_outcome(data, plain)

    assert holds(plain, found, EFFICIENT) == (not is_dominated(plain, found, list(matchings(plain))))


@given(plain_markets(most_people=5), st.data())
@CHEAP
def test_a_stable_outcome_has_an_improving_cycle_exactly_if_a_stable_one_is_better(
    plain: Plain, data: st.DataObject
) -> None:
    """The theorem of Erdil and Ergin."""
    stable = [found for found in matchings(plain) if is_weakly_stable(plain, found)]
    found = data.draw(st.sampled_from(stable))

    assert holds(plain, found, NO_IMPROVEMENT, weak=True) == (not is_dominated(plain, found, stable))
    assert holds(plain, found, NO_JUSTIFIED_ENVY, weak=True)


@given(plain_markets(most_people=5), st.data())
@CHEAP
def test_rank_maximal_is_that_no_outcome_has_better_ranks(plain: Plain, data: st.DataObject) -> None:
    best = best_by_ranks(plain)
    found = data.draw(st.sampled_from(best)) if data.draw(st.booleans()) else any_outcome(data, plain)

    assert holds(plain, found, RANK_MAXIMAL) == (found in best)


@given(plain_markets(quotas=True), st.data())
@CHEAP
def test_an_offer_with_quotas_holds_whom_it_would_choose(plain: Plain, data: st.DataObject) -> None:
    found = any_outcome(data, plain)
    right = {NO_JUSTIFIED_ENVY: True}
    right |= {CEILINGS: True} if plain.ceilings else {}
    right |= {RESERVES: True} if plain.reserves else {}
    for o in plain.offers:
        inside = holders(found, o)
        wanting = [a for a in plain.people if o in plain.wishes[a][: likes(plain, a, found[a])]]
        chosen = quota_choice(plain, o, [*inside, *wanting])
        if set(wanting) & set(chosen) and (o in plain.ceilings or o in plain.reserves):
            right[NO_JUSTIFIED_ENVY] = False
        behind = any(plain.key(o, b) > plain.key(o, a) for a in wanting for b in inside)
        if behind and o not in plain.ceilings and o not in plain.reserves:
            right[NO_JUSTIFIED_ENVY] = False
        for name, most in plain.ceilings.get(o, {}).items():
            right[CEILINGS] &= sum(name in plain.categories[a] for a in inside) <= most
        if o in plain.reserves:
            filled = min(reserves_filled(plain, o, [*inside, *wanting]), plain.capacity[o])
            right[RESERVES] &= reserves_filled(plain, o, inside) >= filled

    assert {law: holds(plain, found, law) for law in right} == right


@given(plain_markets(regions=True), st.data())
@CHEAP
def test_regions_are_capped_and_their_empty_places_excused(plain: Plain, data: st.DataObject) -> None:
    found = any_outcome(data, plain)
    size = {o: len(holders(found, o)) for o in plain.offers}
    region = {o: name for name, (_, order) in plain.regions.items() for o in order}
    total = {name: sum(size[o] for o in order) for name, (_, order) in plain.regions.items()}

    def blocks(a: str, o: str) -> bool:
        if size[o] >= plain.capacity[o]:
            return False
        if o not in region or total[region[o]] < plain.regions[region[o]][0]:
            return True
        now = found[a]
        if now is None or region.get(now) != region[o]:
            return False
        return size[o] + 1 - plain.targets[o] <= size[now] - 1 - plain.targets[now]

    wanted = [(a, o) for a in plain.people for o in plain.wishes[a][: likes(plain, a, found[a])]]
    assert holds(plain, found, STRONGLY_STABLE) == (not any(blocks(a, o) for a, o in wanted))
    capped = all(total[name] <= cap for name, (cap, _) in plain.regions.items())
    assert holds(plain, found, REGIONAL_CAPS) == capped


@given(plain_markets(minimum=True), st.data())
def test_minimum_seats_are_counted(plain: Plain, data: st.DataObject) -> None:
    found = any_outcome(data, plain)

    filled = all(len(holders(found, o)) >= plain.minimum[o] for o in plain.offers)
    assert holds(plain, found, MINIMUM_SEATS) == filled


@given(plain_markets(), st.data())
@CHEAP
def test_bands_come_before_priority(plain: Plain, data: st.DataObject) -> None:
    found = any_outcome(data, plain)
    wishes = [(a, o) for a in plain.people for o in plain.wishes[a]]
    bands = data.draw(st.lists(st.integers(1, 3), min_size=len(wishes), max_size=len(wishes)))
    band = dict(zip(wishes, bands, strict=True))

    envy = any(
        (band[b, o], plain.key(o, b)) > (band[a, o], plain.key(o, a))
        for a, o in wishes
        if likes(plain, a, o) < likes(plain, a, found[a])
        for b in holders(found, o)
    )
    assert holds(plain, found, CHOICE_ORDER, bands=bands) == (not envy)


@given(plain_markets(), st.data())
@CHEAP
def test_only_people_who_consented_may_envy(plain: Plain, data: st.DataObject) -> None:
    found = any_outcome(data, plain)

    envious = {
        a
        for a in plain.people
        for o in plain.wishes[a][: likes(plain, a, found[a])]
        if any(plain.key(o, b) > plain.key(o, a) for b in holders(found, o))
    }
    assert holds(plain, found, NO_ENVY_WITHOUT_CONSENT) == (envious <= plain.consents)
    assert holds(replace(plain, consents=frozenset(envious)), found, NO_ENVY_WITHOUT_CONSENT)
