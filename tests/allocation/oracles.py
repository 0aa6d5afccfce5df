"""Slow second codes in plain Python: what deferred acceptance and its variants must answer.

They enumerate or follow the definitions; none of them is fast, clever or shared with the package.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from tests.strategies_market import Outcome, Plain, PlainPool

NOBODY = 10**9


def likes(plain: Plain, person: str, offer: str | None) -> int:
    """How good an offer is for a person by the own list, smaller is better."""
    wishes = plain.wishes[person]
    return wishes.index(offer) if offer in wishes else len(wishes)


def holders(outcome: Outcome, offer: str) -> list[str]:
    """Who sits at an offer."""
    return [person for person, place in outcome.items() if place == offer]


def matchings(plain: Plain) -> Iterator[Outcome]:
    """Everything that respects the lists and the capacities."""
    for places in product(*((*plain.wishes[a], None) for a in plain.people)):
        found = dict(zip(plain.people, places, strict=True))
        if all(len(holders(found, o)) <= plain.capacity[o] for o in plain.offers):
            yield found


def is_stable(plain: Plain, found: Outcome) -> bool:
    """Nobody with a better-liked offer that has a seat free or holds somebody who stands behind."""
    for person in plain.people:
        for offer in plain.wishes[person][: likes(plain, person, found[person])]:
            inside = holders(found, offer)
            if len(inside) < plain.capacity[offer]:
                return False
            if any(plain.key(offer, other) > plain.key(offer, person) for other in inside):
                return False
    return True


def stable_matchings(plain: Plain) -> list[Outcome]:
    """All of them."""
    return [found for found in matchings(plain) if is_stable(plain, found)]


def best_for_all(plain: Plain, found: list[Outcome], *, worst: bool = False) -> Outcome:
    """The one outcome that everybody likes best (or least) of all."""
    chosen: Outcome = {}
    for a in plain.people:
        places = sorted((likes(plain, a, outcome[a]), at) for at, outcome in enumerate(found))
        chosen[a] = found[places[-1 if worst else 0][1]][a]
    assert chosen in found, "a lattice has a best and a worst element"
    return chosen


def demand(plain: Plain, limits: Mapping[str, int]) -> Outcome:
    """Everybody's best-liked offer whose limit (the worst standing let in) they meet."""
    return {
        a: next((o for o in plain.wishes[a] if plain.standing[o][a] <= limits[o]), None) for a in plain.people
    }


def stable_limits(plain: Plain, policy: str) -> list[Outcome]:
    """The outcomes of every vector of stable score limits, by trying all vectors."""
    grades = {o: sorted({-1, NOBODY, *plain.standing[o].values()}) for o in plain.offers}
    found = []
    for choice in product(*(grades[o] for o in plain.offers)):
        limits = dict(zip(plain.offers, choice, strict=True))
        is_good = _is_h_stable if policy == "exclude_all" else _is_l_stable
        if is_good(plain, limits, grades):
            found.append(demand(plain, limits))
    return found


def _is_h_stable(plain: Plain, limits: Mapping[str, int], grades: Mapping[str, list[int]]) -> bool:
    """Nobody exceeds a capacity, and no limit could be a step more generous without exceeding it."""
    admitted = demand(plain, limits)
    for o in plain.offers:
        if len(holders(admitted, o)) > plain.capacity[o]:
            return False
        wider = [grade for grade in grades[o] if grade > limits[o]]
        if wider and len(holders(demand(plain, {**limits, o: wider[0]}), o)) <= plain.capacity[o]:
            return False
    return True


def _is_l_stable(plain: Plain, limits: Mapping[str, int], grades: Mapping[str, list[int]]) -> bool:
    """No limit turns anybody away while seats are left, and every limit is a step from not filling them."""
    for o in plain.offers:
        stricter = [grade for grade in grades[o] if grade < limits[o]]
        inside = holders(demand(plain, limits), o)
        if limits[o] < NOBODY and len(inside) < plain.capacity[o]:
            return False
        ahead = [a for a in inside if stricter and plain.standing[o][a] <= stricter[-1]]
        if inside and (plain.capacity[o] == 0 or len(ahead) >= plain.capacity[o]):
            return False
    return True


def slow_choice(plain: Plain, offer: str, people: list[str]) -> dict[str, int]:
    """Who of `people` an offer with pools takes, and into which pool."""
    left = list(people)
    taken: dict[str, int] = {}
    for at, pool in enumerate(plain.pools_of(offer)):
        members = sorted((a for a in left if plain.is_member(a, pool)), key=lambda a: plain.key(offer, a))
        others = sorted((a for a in left if not plain.is_member(a, pool)), key=lambda a: plain.key(offer, a))
        chosen = (members + (others if pool.open else []))[: pool.seats]
        taken |= dict.fromkeys(chosen, at)
        left = [a for a in left if a not in chosen]
    return taken


def slow_pools(plain: Plain) -> tuple[Outcome, dict[str, int]]:
    """Deferred acceptance by rounds; each offer chooses anew from everybody who ever applied to it."""
    refused: dict[str, set[str]] = {a: set() for a in plain.people}
    applied: dict[str, set[str]] = {o: set() for o in plain.offers}
    while True:
        for a in plain.people:
            open_to = [o for o in plain.wishes[a] if o not in refused[a]]
            if open_to:
                applied[open_to[0]].add(a)
        taken = {o: slow_choice(plain, o, sorted(applied[o])) for o in plain.offers}
        new = {(a, o) for o in plain.offers for a in applied[o] if a not in taken[o] and o not in refused[a]}
        if not new:
            places = {a: o for o in plain.offers for a in taken[o]}
            pools = {a: pool for o in plain.offers for a, pool in taken[o].items()}
            return {a: places.get(a) for a in plain.people}, pools
        for a, o in new:
            refused[a].add(o)


def pools_blocked(plain: Plain, found: Outcome, pools: Mapping[str, int]) -> bool:
    """Whether somebody envies justifiedly: a pool has a seat open to them or somebody behind them."""

    def in_pool(offer: str, pool: PlainPool, person: str) -> tuple[bool, tuple[int, int]]:
        return not plain.is_member(person, pool), plain.key(offer, person)

    for person in plain.people:
        for offer in plain.wishes[person][: likes(plain, person, found[person])]:
            for at, pool in enumerate(plain.pools_of(offer)):
                if not (pool.open or plain.is_member(person, pool)):
                    continue
                inside = [a for a in holders(found, offer) if pools[a] == at]
                if len(inside) < pool.seats:
                    return True
                if any(in_pool(offer, pool, other) > in_pool(offer, pool, person) for other in inside):
                    return True
    return False


def in_turn(plain: Plain) -> Outcome:
    """Serial dictatorship, one person after the other."""
    left, found = dict(plain.capacity), dict.fromkeys(plain.people, None)
    result: Outcome = dict(found)
    for person in sorted(plain.people, key=lambda a: (plain.rank_of(a), plain.lots.index(a))):
        place = next((o for o in plain.wishes[person] if left[o] > 0), None)
        result[person] = place
        if place is not None:
            left[place] -= 1
    return result


def slow_limits(plain: Plain, policy: str) -> Outcome:
    """Score limits by rounds: every offer tightens its limit by one tied group until all can stand.

    Starts with everybody let in; the limits that result are the most generous ones.
    """
    limits = dict.fromkeys(plain.offers, NOBODY)
    while True:
        found = demand(plain, limits)
        new = {o: _tightened(plain, policy, o, holders(found, o), limits[o]) for o in plain.offers}
        if new == limits:
            return found
        limits = new


def _tightened(plain: Plain, policy: str, offer: str, inside: list[str], limit: int) -> int:
    """The limit that lets in all but the worst group, if that group may not stay."""
    places = sorted(plain.standing[offer][a] for a in inside)
    if not places:
        return limit
    ahead = [place for place in places if place < places[-1]]
    counted = len(ahead) if policy == "admit_all" else len(places) - 1
    return places[-1] - 1 if counted >= plain.capacity[offer] else limit
