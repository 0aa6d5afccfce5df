"""Extended-seat deferred acceptance: minimum quotas by a rule that everybody can foresee.

1. Each offer is cut in two: a regular part with its minimum, an extended part with the rest of its capacity.
   All extended parts together may take as many people as there are beyond the sum of the minima.
2. Everybody lists, for each offer, the regular part and right after it the extended one.
3. Deferred acceptance: regular parts keep the best up to their minimum; the extended parts, in the stated
   order and turn by turn, keep one more each up to their capacities, until the number of 1 is reached.

With complete lists and sum of minima <= people <= sum of capacities everybody is placed, so every regular
part is full. This is flexible deferred acceptance with the extended parts as one region without targets.

Keeps: no justified envy, the minimum seats, one cut-off an offer, truthful. Breaks: non-wasteful (no rule
keeps all of that), efficiency.

Source: D. Fragiadakis, A. Iwasaki, P. Troyan, S. Ueda and M. Yokoo, "Strategyproof matching with minimum
quotas", ACM Trans. Economics and Computation 4 (2016).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Int32, Int64, read_only
from allocation.combinations import Combination, check_combination, rules_of
from allocation.flexible_deferred_acceptance import fill_by_turns
from allocation.market import Market, Regions, TiePolicy
from allocation.outcome import (
    BASE_LAWS,
    CAPACITY,
    CUTOFFS,
    MINIMUM_SEATS,
    NO_JUSTIFIED_ENVY,
    Allocation,
    no_pool,
    offers_of_wishes,
)
from allocation.score_limits import seat_bounds_of
from allocation.standing import StrictOrder, check_tie_order, refuse_equals, strict_order
from values.problems import BadInput, Problem, bad_input
from values.progress import Progress, no_progress

NAME = "extended_seat_deferred_acceptance"


@dataclass(frozen=True)
class ExtendedSeatDeferredAcceptance:
    """Extended-seat deferred acceptance. `order` names all offers, or none: as the market lists them."""

    name: ClassVar[str] = NAME
    order: tuple[str, ...] = ()

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `extended_seat_deferred_acceptance`."""
        return extended_seat_deferred_acceptance(market, ties=ties, order=self.order, progress=progress)


def extended_seat_deferred_acceptance(
    market: Market,
    *,
    ties: TiePolicy = "refuse",
    order: tuple[str, ...] = (),
    progress: Progress = no_progress,
) -> Allocation:
    """Everybody placed, every minimum filled. O(w × offers) at worst.

    Raises:
        BadInput: `market.list_incomplete`; `market.too_few_people`, `market.too_few_seats` unless
            Σ min <= n <= Σ capacity; `market.offer_order`; `market.pools_need`, `market.choice_rule_needs`,
            `market.rule_needs`, `market.ties_need`, `market.no_tie_order`.
        Refused: `allocation.tie_refused` if two people are equal at an offer.
    """
    check_combination(Combination(NAME, ties, rules=rules_of(market)))
    check_tie_order(market, ties)
    minimum = np.zeros(len(market.offers), np.int64) if market.minimum is None else market.minimum
    problems = [*_problems(market, minimum)]
    if problems:
        raise BadInput(problems)
    turn = _turns(market, order)
    if ties == "refuse":
        refuse_equals(market)
    progress("allocation", 0, 1)
    held = _in_two_parts(market, minimum, turn, strict_order(market))
    progress("allocation", 1, 1)
    promised = BASE_LAWS | {CAPACITY, CUTOFFS, NO_JUSTIFIED_ENVY, MINIMUM_SEATS}
    return Allocation(NAME, ties, offers_of_wishes(market, held), no_pool(market), promised)


def _problems(market: Market, minimum: Int64) -> Iterator[Problem]:
    people, seats, least = len(market.applicants), int(market.capacity.sum()), int(minimum.sum())
    if people < least:
        yield Problem.of("market.too_few_people", people=people, minimum=least)
    if people > seats:
        yield Problem.of("market.too_few_seats", people=people, seats=seats)
    m = len(market.offers)
    for row in np.flatnonzero(np.diff(market.wish_start) < m):
        listed = int(market.wish_start[row + 1] - market.wish_start[row])
        yield Problem.of("market.list_incomplete", applicant=market.applicants[row], listed=listed, offers=m)


def _turns(market: Market, order: tuple[str, ...]) -> Int32:
    if not order:
        return np.arange(len(market.offers), dtype=np.int32)
    place = {name: at for at, name in enumerate(order)}
    if set(place) != set(market.offers) or len(place) != len(order):
        raise bad_input("market.offer_order")
    return np.array([place[name] for name in market.offers], np.int32)


def _in_two_parts(market: Market, minimum: Int64, turn: Int32, order: StrictOrder) -> Int64:
    """The wish that comes true: regular parts are the offers 0 .. m-1, extended parts m .. 2m-1."""
    m = len(market.offers)
    offer = np.stack([market.wish_offer, market.wish_offer + m], axis=1).ravel()
    wish_offer = read_only(offer, np.int32, "offer")
    standing = read_only(np.repeat(order.standing, 2), np.int32, "standing")
    capacity = np.concatenate([minimum, market.capacity - minimum])
    beyond = np.array([len(market.applicants) - minimum.sum()], np.int64)
    of_offer = np.repeat(np.array([-1, 0], np.int32), m)
    regions = Regions(("extended",), beyond, of_offer, np.zeros(2 * m, np.int64), np.tile(turn, 2))
    start = read_only(market.wish_start * 2, np.int64, "start")
    both = StrictOrder(standing, order.tie, order.person_at)
    held = fill_by_turns(start, wish_offer, both, seat_bounds_of(wish_offer, capacity), regions)
    return np.where(held >= 0, held // 2, -1)
