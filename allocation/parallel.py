"""The parallel mechanism (平行志愿): applications and rejections in bands of choices.

1. Cut everybody's list into bands: one length for all, a sequence of lengths whose last repeats, or
   sequences by category (a person's are those of the first category stated that they belong to).
2. Band by band: everybody without a place proposes down their next band; an offer keeps the best of those
   it has kept in this band and those who propose, up to the seats that earlier bands left.
3. At the end of a band what is kept is final.

Nobody of a later band can push out somebody of an earlier one, whatever their points. So the outcome is that
of deferred acceptance in the order "band first, then priority", and is computed so. Bands of one choice are
immediate acceptance; one band as long as the lists is deferred acceptance.

Keeps: non-wasteful, one cut-off an offer (of band and priority); nobody envies somebody who stands behind
in that order. Breaks: no justified envy towards the priorities alone, truthfulness, efficiency (but in bands
of one choice).

Source: Y. Chen and O. Kesten, "Chinese college admissions and school choice reforms", JPE 125 (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from allocation.arrays import Int32, Int64, read_only
from allocation.combinations import Combination, check_combination, rules_of
from allocation.market import Market, TiePolicy
from allocation.outcome import (
    BASE_LAWS,
    CAPACITY,
    CHOICE_ORDER,
    CUTOFFS,
    EFFICIENT,
    NON_WASTEFUL,
    Allocation,
    no_pool,
    offers_of_wishes,
)
from allocation.score_limits import seat_bounds
from allocation.standing import banded, check_tie_order, refuse_equals, strict_order
from values.problems import BadInput, Problem
from values.progress import Progress, no_progress

NAME = "parallel"
EVERYBODY = "*"
Bands = tuple[int, ...]


@dataclass(frozen=True)
class Parallel:
    """The parallel mechanism. `by_category` pairs categories (`*`: everybody) with bands; else `bands`."""

    name: ClassVar[str] = NAME
    bands: Bands = ()
    by_category: tuple[tuple[str, Bands], ...] = ()

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """See `parallel`."""
        by_category = self.by_category or ((EVERYBODY, self.bands),)
        return parallel(market, ties=ties, by_category=by_category, progress=progress)


def parallel(
    market: Market,
    *,
    by_category: tuple[tuple[str, Bands], ...],
    ties: TiePolicy = "refuse",
    name: str = NAME,
    progress: Progress = no_progress,
) -> Allocation:
    """Band by band. O(w log of the largest capacity).

    Raises:
        BadInput: `market.bands` without a positive length; `market.no_bands` for people in none of the
            categories; `market.choice_rule_needs`, `market.ties_need`, `market.no_tie_order`.
        Refused: `allocation.tie_refused` if two people are equal at an offer both list.
    """
    from allocation.kernels import applicants_propose

    check_combination(Combination(name, ties, rules=rules_of(market)))
    check_tie_order(market, ties)
    if any(not bands or min(bands) < 1 for _, bands in by_category):
        raise BadInput([Problem.of("market.bands")])
    if ties == "refuse":
        refuse_equals(market)
    progress("allocation", 0, 1)
    bands = bands_of_wishes(market, by_category)
    order = strict_order(banded(market, bands))
    held = applicants_propose(
        market.wish_start,
        market.wish_offer,
        order.standing,
        order.tie,
        order.person_at,
        seat_bounds(market, market.capacity),
    )
    progress("allocation", 1, 1)
    promised = BASE_LAWS | {CAPACITY, NON_WASTEFUL, CHOICE_ORDER, CUTOFFS}
    if all(set(bands) == {1} for _, bands in by_category):
        promised |= {EFFICIENT}
    return Allocation(name, ties, offers_of_wishes(market, held), no_pool(market), promised, bands=bands)


def bands_of_wishes(market: Market, by_category: tuple[tuple[str, Bands], ...]) -> Int32:
    """(w,) the band of each wish, counted from 1."""
    position = np.arange(market.wish_offer.size) - market.wish_start[market.wish_person]
    longest = int(np.diff(market.wish_start).max(initial=0))
    tables = np.stack([_bands_of_positions(bands, longest) for _, bands in by_category])
    if len(by_category) == 1:
        return read_only(tables[0][position], np.int32, "bands")
    return read_only(
        tables[_own_sequence(market, by_category)[market.wish_person], position], np.int32, "bands"
    )


def _bands_of_positions(bands: Bands, longest: int) -> Int32:
    """The band of every position on a list; the last length repeats."""
    lengths = [min(length, longest) for length in bands[:longest]]
    stated = np.repeat(np.arange(1, len(lengths) + 1), lengths)[:longest]
    beyond = np.arange(longest - stated.size) // bands[-1] + len(lengths) + 1
    return np.concatenate([stated, beyond]).astype(np.int32)


def _own_sequence(market: Market, by_category: tuple[tuple[str, Bands], ...]) -> Int64:
    """(n,) which of the sequences is each person's."""
    n, known = len(market.applicants), market.memberships
    own = np.full(n, -1, np.int64)
    everybody = np.arange(n, dtype=np.int32)
    for at, (category, _) in enumerate(by_category):
        inside = np.full(n, category == EVERYBODY)
        if known is not None and category in known.names:
            inside |= known.holds(everybody, np.full(n, known.names.index(category), np.int32))
        own[(own < 0) & inside] = at
    missing = np.flatnonzero(own < 0)
    if missing.size:
        raise BadInput(Problem.of("market.no_bands", applicant=market.applicants[row]) for row in missing)
    return own
