"""The laws of a redistribution, towards the market it was made in.

* `main_round_untouched`: whoever had a place keeps exactly that.
* `terms_kept`: whoever was placed had none, accepts redistribution, could be placed there and at no more than
  the rule's largest cost.
* `best_set`, `least_cost`, `in_turn`: see `verify_redistribution`; reported once what they build on holds.
"""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int64
from allocation.distance import metres
from allocation.laws import EXAMPLES, LawReport
from allocation.market import Market
from allocation.outcome import MAIN_ROUND_UNTOUCHED, TERMS_KEPT, Allocation, Request
from allocation.verify_redistribution import Violations, verify_redistribution


def redistribution_laws(market: Market, allocation: Allocation, request: Request) -> tuple[LawReport, ...]:
    """The reports; call it when `one_place` holds."""
    reports = []
    before = np.full(allocation.assigned.size, -1, np.int32)
    if allocation.main is not None:
        before = allocation.main.assigned
        moved = np.flatnonzero((before >= 0) & (before != allocation.assigned))
        reports.append(_report(market, allocation, MAIN_ROUND_UNTOUCHED, moved))
    placed = (allocation.assigned >= 0) & (before < 0)
    reports.append(
        _report(market, allocation, TERMS_KEPT, _against_terms(market, allocation, request, placed))
    )
    return (*reports, *stage_laws(market, allocation, request))


def stage_laws(market: Market, allocation: Allocation, request: Request) -> list[LawReport]:
    """The stages of a redistribution or a priority matching, towards what was asked."""
    found = verify_redistribution(
        allocation.assigned[request.people],
        cost_start=request.start,
        cost_offer=request.offer,
        cost=request.cost,
        seats=request.seats,
        order=request.order,
        guaranteed=request.guaranteed,
        wish_position=request.wish,
        offer_order=request.offer_order,
        then=request.then,
    )
    repeated = ("one_place", "eligible", "capacity")  # said above, of everybody
    return [
        _of_stage(market, allocation, request, law, violations)
        for law, violations in found.items()
        if law not in repeated and violations.checked
    ]


def _against_terms(market: Market, allocation: Allocation, request: Request, placed: Bool) -> Int64:
    """Who was placed without accepting it, or where it was not possible."""
    assert market.terms is not None
    terms = market.terms
    person = np.repeat(np.arange(placed.size), np.diff(terms.pair_start))
    offer, cost = terms.pair_offer, terms.pair_cost
    if terms.homes is not None and terms.sites is not None:
        person = np.flatnonzero(placed)
        offer = allocation.assigned[person]
        cost = metres(*terms.homes[person].T, *terms.sites[offer].T)
    possible = offer == allocation.assigned[person]
    if request.max_cost is not None:
        possible &= cost <= request.max_cost
    allowed = np.zeros(placed.size, bool)
    allowed[person[possible]] = True
    return np.flatnonzero(placed & ~(allowed & terms.accepts))


def _report(market: Market, allocation: Allocation, law: str, people: Int64) -> LawReport:
    first = sorted(people.tolist(), key=lambda row: market.applicants[row])[:EXAMPLES]
    named = tuple((market.applicants[row], _offer(market, int(allocation.assigned[row]))) for row in first)
    return LawReport(law, law in allocation.promised, people.size, named)


def _of_stage(
    market: Market, allocation: Allocation, request: Request, law: str, violations: Violations
) -> LawReport:
    named = tuple(
        (
            market.applicants[request.people[case.person]] if case.person >= 0 else "",
            _offer(market, case.offer),
        )
        for case in violations.examples
    )
    return LawReport(law, law in allocation.promised, violations.count, named)


def _offer(market: Market, row: int) -> str:
    return market.offers[row] if row >= 0 else ""
