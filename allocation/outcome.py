"""What a mechanism answers: who got which place, and what it promises about that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.market import Market, TiePolicy
from values.problems import Problem
from values.progress import Progress

INDIVIDUALLY_RATIONAL = "individually_rational"
ELIGIBLE = "eligible"
ONE_PLACE = "one_place"
CAPACITY = "capacity"
CAPACITY_UP_TO_TIES = "capacity_up_to_ties"
POOLS = "pools"
POOL_PRECEDENCE = "pool_precedence"
NO_JUSTIFIED_ENVY = "no_justified_envy"
EQUAL_TREATMENT = "equal_treatment"
NON_WASTEFUL = "non_wasteful"
NON_WASTEFUL_UP_TO_TIES = "non_wasteful_up_to_ties"
CUTOFFS = "cutoffs"
MAIN_ROUND_UNTOUCHED = "main_round_untouched"
TERMS_KEPT = "terms_kept"
BEST_SET = "best_set"
LEAST_COST = "least_cost"
IN_TURN = "in_turn"
CEILINGS = "ceilings"
RESERVES = "reserves"
CHOICE_ORDER = "choice_order"
EFFICIENT = "efficient"
NO_ENVY_WITHOUT_CONSENT = "no_envy_without_consent"
NO_IMPROVEMENT = "no_stable_improvement"
REGIONAL_CAPS = "regional_caps"
STRONGLY_STABLE = "strongly_stable"
MINIMUM_SEATS = "minimum_seats"
RANK_MAXIMAL = "rank_maximal"

BASE_LAWS = frozenset({INDIVIDUALLY_RATIONAL, ELIGIBLE, ONE_PLACE})


@dataclass(frozen=True, eq=False)
class Request:
    """Who was to be redistributed to where; the arrays of `redistribution.redistribute`.

    `people` (r,) are rows of the market; `start` (r + 1,), `offer`, `cost` and `wish` (pairs) say where each
    could go, at which cost and place of the own list; `seats` (m,) are left; `order` (r,) is who stands
    first; `offer_order` (m,) settles what is left equal. `max_cost` is the bound of the rule.
    """

    people: Int64
    start: Int64
    offer: Int32
    cost: Int64
    wish: Int32
    seats: Int64
    order: Int32
    guaranteed: Bool
    offer_order: Int32
    then: Literal["least_cost", "in_order"]
    max_cost: int | None


@dataclass(frozen=True, eq=False)
class Allocation:
    """The answer of one mechanism. Nothing in it depends on the order of the input.

    Attributes:
        mechanism: its name.
        ties: what was done with equals.
        assigned: (n,) the offer each person got, -1 for none.
        pool: (n,) position of the pool in that offer, -1 without pools or place.
        promised: names of the laws the mechanism keeps under this tie policy.
        main: the round before a redistribution, or None.
        request: what the redistribution (or priority matching) was asked, or None for other mechanisms.
        bands: (w,) the band of choices each wish lies in, from 1, where bands decide before priorities.
        has_cutoffs: whether one line an offer says who got in.
        is_weak: whether its laws speak of the order before chance separates equals.
        status: `complete`: the outcome is final.
        exceptions: where a rule was exceeded on purpose, e.g. `allocation.capacity_exceeded`.
    """

    mechanism: str
    ties: TiePolicy
    assigned: Int32
    pool: Int32
    promised: frozenset[str]
    main: Allocation | None = None
    request: Request | None = None
    bands: Int32 | None = None
    has_cutoffs: bool = True
    is_weak: bool = False
    status: Literal["complete"] = "complete"
    exceptions: tuple[Problem, ...] = ()


class Mechanism(Protocol):
    """A way to allocate, with its parameters. The registry knows all of them by name."""

    @property
    def name(self) -> str:
        """The name in market documents."""

    def allocate(self, market: Market, ties: TiePolicy, progress: Progress) -> Allocation:
        """Allocate. See the class for steps, laws and errors."""


def has_lines(allocation: Allocation) -> bool:
    """Whether cut-offs describe the allocation, or the round before it."""
    settled = allocation.main or allocation
    return settled.has_cutoffs and settled.request is None


def promised_laws(ties: TiePolicy, *, pools: bool, quotas: bool = False) -> frozenset[str]:
    """What serial dictatorship and deferred acceptance keep under a tie policy."""
    fair = BASE_LAWS | {NO_JUSTIFIED_ENVY, CUTOFFS}
    if ties == "admit_all":
        return fair | {CAPACITY_UP_TO_TIES, EQUAL_TREATMENT, NON_WASTEFUL}
    if ties == "exclude_all":
        return fair | {CAPACITY, EQUAL_TREATMENT, NON_WASTEFUL_UP_TO_TIES}
    strict = fair | {CAPACITY, NON_WASTEFUL}
    if quotas:
        strict |= {CEILINGS, RESERVES}
    if pools:
        return strict | {POOLS, POOL_PRECEDENCE}
    if quotas:
        return strict
    return strict | {EQUAL_TREATMENT} if ties == "refuse" else strict


def offers_of_wishes(market: Market, held: Int64) -> Int32:
    """(n,) the offer of the wish that came true, -1 where `held` is -1."""
    if market.wish_offer.size == 0:
        return np.full(held.size, -1, np.int32)
    return np.where(held >= 0, market.wish_offer[held], np.int32(-1))


def no_pool(market: Market) -> Int32:
    """(n,) nobody sits in a pool."""
    return np.full(len(market.applicants), -1, np.int32)
