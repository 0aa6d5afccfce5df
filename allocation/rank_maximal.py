"""Rank-maximal matching: most first choices, then most second choices, and so on.

1. Rank by rank: a largest matching among the wishes of this rank and the better ones that are left; then take
   away every wish that no outcome uses which is best up to this rank (by the decomposition of Dulmage and
   Mendelsohn). What is left describes all rank-maximal outcomes: those that use only the wishes left, place
   everybody and fill every offer that was ever matched in all largest matchings.
2. Of these, going down the ranking (without one the tie order), each gets the best-listed offer still
   possible.

If only one outcome is rank-maximal, no order is needed.

Keeps: efficient, non-wasteful, rank-maximal. Breaks: no justified envy (priorities settle only the end),
truthfulness, cut-offs.

Source: R. W. Irving, T. Kavitha, K. Mehlhorn, D. Michail and K. E. Paluch, "Rank-maximal matchings", ACM
Trans. Algorithms 2 (2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, TiePolicy
from allocation.outcome import (
    BASE_LAWS,
    CAPACITY,
    EFFICIENT,
    NON_WASTEFUL,
    RANK_MAXIMAL,
    Allocation,
    no_pool,
)
from allocation.places import by_offer
from allocation.standing import refuse_equal_ranks, strict_places
from values.problems import bad_input, refused
from values.progress import Progress, no_progress

NAME = "rank_maximal"


@dataclass(frozen=True)
class RankMaximal:
    """Rank-maximal matching. It has no parameters."""

    name: ClassVar[str] = NAME

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `rank_maximal`."""
        return rank_maximal(market, ties=ties, progress=progress)


@dataclass(frozen=True, eq=False)
class _Best:
    """All rank-maximal outcomes: one of them, and the wishes and duties that describe them."""

    held: Int64
    alive: Bool
    bound: Bool
    bound_offer: Bool


def rank_maximal(
    market: Market, *, ties: TiePolicy = "refuse", progress: Progress = no_progress
) -> Allocation:
    """The rank-maximal outcome that people are owed in turn. O(w) a rank and augmentation at worst.

    Raises:
        BadInput: `market.ties_need`, `market.no_tie_order`, `market.pools_need`, `market.choice_rule_needs`,
            `market.rule_needs`.
        Refused: under `refuse`, if several outcomes are rank-maximal: `allocation.several_outcomes` without a
            ranking, `allocation.ranking_tie_refused` if equals in it compete.
    """
    check_combination(Combination(NAME, ties, rules=rules_of(market)))
    if ties in ("lottery", "order") and market.tie_order is None:
        raise bad_input("market.no_tie_order", ties=ties)
    progress("allocation", 0, 2)
    best = _best(market)
    progress("allocation", 1, 2)
    assigned = _in_turn(market, best, _turns(market, ties))
    if ties == "refuse" and (assigned != _in_turn(market, best, _turns(market, ties), worst=True)).any():
        if market.ranking is None:
            raise refused("allocation.several_outcomes")
        refuse_equal_ranks(market, market.wish_person.astype(np.int64), market.wish_offer)
    progress("allocation", 2, 2)
    promised = BASE_LAWS | {CAPACITY, NON_WASTEFUL, EFFICIENT, RANK_MAXIMAL}
    return Allocation(NAME, ties, assigned, no_pool(market), promised, has_cutoffs=False)


def _best(market: Market) -> _Best:
    from allocation.rank_kernels import match_by_ranks

    first, listed = by_offer(market.wish_offer, market.wish_person.astype(np.int64), len(market.offers))
    lists = (market.wish_start, market.wish_offer, market.wish_person)
    return _Best(*match_by_ranks(*lists, market.capacity, first, listed))


def _turns(market: Market, ties: TiePolicy) -> Int64:
    """Row numbers, the first in turn in front; by row where nothing says so."""
    people = np.arange(len(market.applicants))
    if market.ranking is not None:
        return np.argsort(strict_places(market, people))
    return people if market.tie_order is None or ties == "refuse" else np.argsort(market.tie_order)


def _in_turn(market: Market, best: _Best, turns: Int64, *, worst: bool = False) -> Int32:
    """Of the rank-maximal outcomes the one that gives each in turn the best-listed (or the worst) place.

    One more offer stands for having none. Whoever has one choice only is left where they are.
    """
    from allocation.redistribution_face import Face, settle

    m, place = len(market.offers), np.empty(turns.size, np.int64)
    place[turns] = np.arange(turns.size)
    wish = np.flatnonzero(best.alive)
    free = np.flatnonzero(~best.bound)
    person = np.concatenate([market.wish_person[wish], free])
    offer = np.concatenate([market.wish_offer[wish].astype(np.int64), np.full(free.size, m)])
    liking = np.concatenate([wish, np.full(free.size, market.wish_offer.size)])
    held = np.full(turns.size, m, np.int64)
    placed = best.held >= 0
    held[placed] = market.wish_offer[best.held[placed]]
    movable = np.flatnonzero(np.bincount(person, minlength=turns.size) > 1)
    movable = movable[np.argsort(place[movable])]
    row = np.full(turns.size, -1, np.int64)
    row[movable] = np.arange(movable.size)
    used = row[person] >= 0
    person, offer, liking = row[person[used]], offer[used], liking[used]
    by_taste = np.lexsort((-liking if worst else liking, person))
    by_place = np.lexsort((person, offer))
    face = Face(
        start=np.searchsorted(person[by_taste], np.arange(movable.size + 1)).astype(np.int64),
        offer=offer[by_taste],
        seats=np.append(market.capacity, turns.size + 1),
        loose=np.append(~best.bound_offer, True),
        held=held[movable],
        used=np.bincount(held, minlength=m + 1).astype(np.int64),
        listed=np.searchsorted(offer[by_place], np.arange(m + 2)).astype(np.int64),
        who=person[by_place],
    )
    settle(face)
    held[movable] = face.held
    return np.where(held < m, held, -1).astype(np.int32)
