"""The mechanism `redistribution`: who takes part, for which places, in which order; `redistribution` places.

1. Run the main round `after`, if there is one. Its places are never touched.
2. Those without a place who accept take part, for the places left: every pair with a cost, up to `max_cost`,
   and of these the `nearest` cheapest offers that have places left, equal costs by `offer_order`.
3. Place them: the best set by the ranking (`guaranteed` first), then least cost (or `then: in_order`), then
   each in turn the cheapest, best-listed, first offer in `offer_order`.

Keeps: main-round places, the best set, then least cost. Breaks: truthfulness; takes no account of the own
list but to settle what is left equal.

Source: docs/methods/redistribution.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.combinations import Combination, check_combination
from allocation.market import Market, Terms, TiePolicy
from allocation.nearest import Points, nearest_pairs
from allocation.outcome import (
    BEST_SET,
    CAPACITY,
    IN_TURN,
    LEAST_COST,
    MAIN_ROUND_UNTOUCHED,
    ONE_PLACE,
    TERMS_KEPT,
    Allocation,
    Mechanism,
    Request,
    no_pool,
)
from allocation.redistribution import Then, redistribute
from allocation.standing import refuse_equal_ranks, strict_places
from values.problems import bad_input
from values.progress import Progress

NAME = "redistribution"
UNLISTED = 2**31 - 1


@dataclass(frozen=True)
class Redistribution:
    """Redistribution and its parameters. `offer_order` names all offers, or none: as numbered."""

    name: ClassVar[str] = NAME
    after: Mechanism | None = None
    max_cost: int | None = None
    nearest: int | None = None
    then: Then = "least_cost"
    offer_order: tuple[str, ...] = ()

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """Allocate the places that are left.

        Raises:
            BadInput: `market.no_costs`, `market.no_common_ranking`, `market.ties_need`,
                `market.no_tie_order`, `market.offer_order`; the main round's own.
            Refused: `allocation.ranking_tie_refused`; the main round's and `redistribute`'s own.
        """
        _check(market, ties)
        main = None if self.after is None else self.after.allocate(market, ties, progress)
        request = _request(self, market, ties, main)
        found = redistribute(
            cost_start=request.start,
            cost_offer=request.offer,
            cost=request.cost,
            seats=request.seats,
            order=request.order,
            guaranteed=request.guaranteed,
            wish_position=request.wish,
            offer_order=request.offer_order,
            then=request.then,
            progress=progress,
        )
        assigned = np.full(len(market.applicants), -1, np.int32) if main is None else main.assigned.copy()
        assigned[request.people] = found
        pool = no_pool(market) if main is None else main.pool
        return Allocation(NAME, ties, assigned, pool, _promised(self, main), main, request)


def _promised(rule: Redistribution, main: Allocation | None) -> frozenset[str]:
    own = {ONE_PLACE, CAPACITY, TERMS_KEPT, BEST_SET, IN_TURN}
    own |= {LEAST_COST} if rule.then == "least_cost" else set()
    return frozenset(own if main is None else own | main.promised | {MAIN_ROUND_UNTOUCHED})


def _check(market: Market, ties: TiePolicy) -> None:
    one_ranking, costs = market.ranking is not None, market.terms is not None
    check_combination(Combination(NAME, ties, one_ranking=one_ranking, costs=costs))
    if ties in ("lottery", "order") and market.tie_order is None:
        raise bad_input("market.no_tie_order", ties=ties)


def _request(rule: Redistribution, market: Market, ties: TiePolicy, main: Allocation | None) -> Request:
    assert market.terms is not None
    assert market.ranking is not None
    terms, seats = market.terms, market.capacity.copy()
    takes_part = terms.accepts.copy()
    if main is not None:
        seats -= np.bincount(main.assigned[main.assigned >= 0], minlength=seats.size)
        takes_part &= main.assigned < 0
    people, offer_order = np.flatnonzero(takes_part), _offer_places(rule, market)
    measure = _listed_pairs if terms.homes is None else _distances
    start, offer, cost = measure(rule, terms, people, seats, offer_order)
    person = np.repeat(people, np.diff(start))
    if ties == "refuse":
        refuse_equal_ranks(market, person, offer)
    return Request(
        people=people,
        start=start,
        offer=offer,
        cost=cost,
        wish=_wish_places(market, person, offer),
        seats=seats,
        order=strict_places(market, people),
        guaranteed=terms.guaranteed[people],
        offer_order=offer_order,
        then=rule.then,
        max_cost=rule.max_cost,
    )


def _distances(
    rule: Redistribution, terms: Terms, people: Int64, seats: Int64, offer_order: Int32
) -> tuple[Int64, Int32, Int64]:
    """The pairs of those who take part, by distance."""
    assert terms.homes is not None
    assert terms.sites is not None
    return nearest_pairs(
        Points(*terms.homes[people].T.copy()),
        Points(*terms.sites.T.copy()),
        seats=seats,
        nearest=rule.nearest,
        max_cost=rule.max_cost,
        offer_order=offer_order,
    )


def _listed_pairs(
    rule: Redistribution, terms: Terms, people: Int64, seats: Int64, offer_order: Int32
) -> tuple[Int64, Int32, Int64]:
    """The pairs of those who take part, of the costs that the market lists."""
    takes_part = np.zeros(terms.accepts.size, bool)
    takes_part[people] = True
    person = np.repeat(np.arange(takes_part.size), np.diff(terms.pair_start))
    kept = takes_part[person] & (seats[terms.pair_offer] > 0)
    if rule.max_cost is not None:
        kept &= terms.pair_cost <= rule.max_cost
    if rule.nearest is not None:
        kept &= _is_near(terms, kept, person, offer_order, rule.nearest)
    pairs = np.flatnonzero(kept)
    start = np.searchsorted(person[pairs], np.append(people, takes_part.size)).astype(np.int64)
    return start, terms.pair_offer[pairs], terms.pair_cost[pairs]


def _is_near(terms: Terms, kept: Bool, person: Int64, offer_order: Int32, nearest: int) -> Bool:
    """(p,) the `nearest` cheapest of each person's kept pairs, equal costs by the offers' order."""
    pairs = np.flatnonzero(kept)
    keys = (offer_order[terms.pair_offer[pairs]], terms.pair_cost[pairs], person[pairs])
    by_cost = pairs[np.lexsort(keys)]
    whose = person[by_cost]
    first = np.searchsorted(whose, np.arange(terms.accepts.size))
    near = np.zeros(kept.size, bool)
    near[by_cost[np.arange(whose.size) - first[whose] < nearest]] = True
    return near


def _wish_places(market: Market, person: Int64, offer: Int32) -> Int32:
    """(pairs,) the offer's place on the person's list, from 0; unlisted ones come last."""
    places = np.full(person.size, UNLISTED, np.int32)
    if market.wish_offer.size == 0:
        return places
    m = len(market.offers)
    listed = market.wish_person.astype(np.int64) * m + market.wish_offer
    rows = np.argsort(listed)
    wanted = person * m + offer
    at = rows[np.minimum(np.searchsorted(listed, wanted, sorter=rows), rows.size - 1)]
    found = listed[at] == wanted
    places[found] = (at - market.wish_start[person])[found]
    return places


def _offer_places(rule: Redistribution, market: Market) -> Int32:
    if not rule.offer_order:
        return np.arange(len(market.offers), dtype=np.int32)
    place = {name: at for at, name in enumerate(rule.offer_order)}
    if set(place) != set(market.offers) or len(place) != len(rule.offer_order):
        raise bad_input("market.offer_order")
    return np.array([place[name] for name in market.offers], np.int32)
