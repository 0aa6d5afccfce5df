"""The market: who wishes for what, who stands before whom, how many places there are. Arrays only.

People and offers are row numbers; their ids are kept beside. `n` people, `m` offers, `w` wishes, `k` pools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from allocation.arrays import Bool, Int8, Int32, Int64, Unsigned, read_only
from allocation.memberships import Memberships
from values.problems import bad_input

TiePolicy = Literal["refuse", "lottery", "order", "admit_all", "exclude_all"]
"""What happens to people who are still equal: see `docs/methods/deferred_acceptance.md`."""

REASONS = ("household_size", "requires", "minimum_points", "not_on_priority_list", "no_points")
"""Why a wish was removed before matching; `Removed.reason` counts from 0 in this order."""


@dataclass(frozen=True, eq=False)
class Pools:
    """Seats held in ordered pools. Offer `o` has the pools `start[o]:start[o + 1]`, in precedence order.

    `category` (k,) names whose pool it is (None: everybody), `seats` (k,) its seats, `open` (k,) whether
    others may take what its members leave. Bit j of `member` (w,) says that the person of the wish belongs
    to the category of that offer's j-th pool (at most 64 pools an offer). `declared` (m,) is false for
    offers that were given no pools and have one of everybody.
    """

    start: Int64
    category: tuple[str | None, ...]
    seats: Int64
    open: Bool
    member: Unsigned
    declared: Bool


@dataclass(frozen=True, eq=False)
class Quotas:
    """Seats of an offer that a category may not exceed (ceilings) or has a claim to (reserves).

    Offer `o` has the quotas `start[o]:start[o + 1]`; `category` (k,) and `seats` (k,) say for whom and how
    many. Bit j of `member` (w,) says that the person of the wish belongs to that offer's j-th category.
    """

    start: Int64
    category: tuple[str, ...]
    seats: Int64
    member: Unsigned

    @property
    def ruled(self) -> Bool:
        """(m,) which offers have any."""
        return np.diff(self.start) > 0


@dataclass(frozen=True, eq=False)
class Regions:
    """Offers that share a cap. `of_offer` (m,) is the region or -1, `target` (m,) the seats filled first.

    `turn` (m,): in this order the offers of a region take one more person each beyond their targets, -1
    throughout a region where that cannot matter.
    """

    names: tuple[str, ...]
    cap: Int64
    of_offer: Int32
    target: Int64
    turn: Int32


@dataclass(frozen=True, eq=False)
class Bystanders:
    """Who stands where without having wished for it, pair by pair; top trading cycles lets them trade."""

    person: Int32
    offer: Int32
    standing: Int32
    lot: Int32 | None = None

    @staticmethod
    def nobody() -> Bystanders:
        """Only those stand at an offer who wish for it."""
        none = np.empty(0, np.int32)
        return Bystanders(none, none, none)


@dataclass(frozen=True, eq=False)
class Removed:
    """Wishes that were not eligible. Rows (r,) in the order of the people and their lists.

    `before` is the index of the market's wish that the removed one stood in front of. `need` and `have`
    are the figures of the reason: the bound and the size of the household, the minimum and the points; for
    `requires` `need` indexes `categories`.
    """

    applicant: Int32
    offer: Int32
    before: Int64
    reason: Int8
    need: Int64
    have: Int64
    categories: tuple[str, ...] = ()

    @staticmethod
    def nothing() -> Removed:
        """No wish was removed."""
        rows, longs = np.empty(0, np.int32), np.empty(0, np.int64)
        return Removed(rows, rows, longs, np.empty(0, np.int8), longs, longs)


@dataclass(frozen=True, eq=False)
class Key:
    """A published tie key: one number a person (n,) in units of 10^-scale, and which way is better."""

    name: str
    values: Int64
    scale: int = 0
    better: Literal["higher", "lower"] = "higher"


@dataclass(frozen=True, eq=False)
class Figures:
    """What the standings were made of, for cut-offs and reasons; no mechanism reads it.

    `points` (n,) are the people's, in units of 10^-points_scale; `wish_points` (w,) replace them where
    offers have points of their own. `tier` (w,) is the class at that offer, smaller first. `listed` (m,)
    marks offers that rank people by a list, where points say nothing.
    """

    points: Int64 | None = None
    points_scale: int = 0
    tier: Int32 | None = None
    keys: tuple[Key, ...] = ()
    listed: Bool | None = None
    wish_points: Int64 | None = None


@dataclass(frozen=True, eq=False)
class Terms:
    """What redistribution needs: who accepts it, who goes first, and the cost of each possible place.

    Person `a` could be placed at `pair_offer[pair_start[a]:pair_start[a + 1]]` for `pair_cost` each.
    `accepts` and `guaranteed` are (n,). With `homes` (n, 2) and `sites` (m, 2), longitude and latitude in
    10^-5 degrees, there are no pairs: everybody could be placed everywhere, and metres are the cost.
    """

    pair_start: Int64
    pair_offer: Int32
    pair_cost: Int64
    accepts: Bool
    guaranteed: Bool
    homes: Int64 | None = None
    sites: Int64 | None = None


@dataclass(frozen=True, eq=False)
class Market:
    """One market, checked. Make it with `of_arrays`, `market_json` or `market_frames`.

    Attributes:
        applicants: ids of the people (n).
        offers: ids of the offers (m).
        capacity: (m,) places.
        wish_start: (n + 1,); person `a` wishes for `wish_offer[wish_start[a]:wish_start[a + 1]]`, eligible
            offers only, best liked first.
        standing: (w,) weak place of the person in that offer's order: 0 is best, equal numbers are tied.
        ranking: (n,) the weak place in the one ranking that all offers share, or None.
        tie_order: (n,) strict order that separates equals, smaller first (lottery or explicit), or None.
        wish_tie: (w,) the same where every offer draws its own lots; wins over `tie_order`.
        pools: reserved seats, or None if no offer has any.
        ceilings, reserves: the quotas of offers that have any; at most one rule an offer.
        regions: caps shared by offers, or None.
        minimum: (m,) seats that must be filled, or None.
        consents: (n,) who lets their priority be waived where that costs them nothing, or None.
        memberships: who belongs to which category.
        bystanders: who stands where without a wish.
        removed: wishes that were not eligible, with reasons.
        figures: what the standings were made of.
        terms: what redistribution needs, or None.
    """

    applicants: tuple[str, ...]
    offers: tuple[str, ...]
    capacity: Int64
    wish_start: Int64
    wish_offer: Int32
    standing: Int32
    ranking: Int32 | None = None
    tie_order: Int32 | None = None
    wish_tie: Int32 | None = None
    pools: Pools | None = None
    removed: Removed = field(default_factory=Removed.nothing)
    figures: Figures = field(default_factory=Figures)
    terms: Terms | None = None
    ceilings: Quotas | None = None
    reserves: Quotas | None = None
    regions: Regions | None = None
    minimum: Int64 | None = None
    consents: Bool | None = None
    memberships: Memberships | None = None
    bystanders: Bystanders = field(default_factory=Bystanders.nobody)

    @cached_property
    def wish_person(self) -> Int32:
        """(w,) whose wish it is."""
        people = np.arange(len(self.applicants), dtype=np.int32)
        return np.repeat(people, np.diff(self.wish_start))

    @property
    def has_quotas(self) -> bool:
        """Whether any offer has ceilings or reserves."""
        return self.ceilings is not None or self.reserves is not None

    @property
    def has_tie_order(self) -> bool:
        """Whether equals can be told apart."""
        return self.tie_order is not None or self.wish_tie is not None

    @staticmethod
    def of_arrays(
        applicants: Sequence[str],
        offers: Sequence[str],
        capacity: ArrayLike,
        wish_start: ArrayLike,
        wish_offer: ArrayLike,
        standing: ArrayLike | None = None,
        *,
        ranking: ArrayLike | None = None,
        tie_order: ArrayLike | None = None,
        wish_tie: ArrayLike | None = None,
        pools: Pools | None = None,
        removed: Removed | None = None,
        figures: Figures | None = None,
        terms: Terms | None = None,
        ceilings: Quotas | None = None,
        reserves: Quotas | None = None,
        regions: Regions | None = None,
        minimum: ArrayLike | None = None,
        consents: ArrayLike | None = None,
        memberships: Memberships | None = None,
        bystanders: Bystanders | None = None,
    ) -> Market:
        """A checked market. Without `standing` everybody stands at every offer as in `ranking`.

        Arrays are kept as read-only views in the types above; nothing is copied that has them already.

        Raises:
            BadInput: every `market.*` problem of the arrays: shapes, numbers out of range, an id twice, an
                offer twice in one list, negative capacity, pools that do not add up, an order that is not
                strict.
        """
        from allocation.market_checks import check_market, checked_starts

        starts = checked_starts(wish_start, len(applicants))
        common = None if ranking is None else read_only(ranking, np.int32, "ranking")
        market = Market(
            tuple(applicants),
            tuple(offers),
            read_only(capacity, np.int64, "capacity"),
            starts,
            read_only(wish_offer, np.int32, "wish_offer"),
            _standing(standing, common, starts),
            common,
            None if tie_order is None else read_only(tie_order, np.int32, "tie_order"),
            None if wish_tie is None else read_only(wish_tie, np.int32, "wish_tie"),
            None if pools is None or not offers else _compiled_types(pools),
            removed or Removed.nothing(),
            figures or Figures(),
            terms,
            None if ceilings is None else _quota_types(ceilings, "ceilings"),
            None if reserves is None else _quota_types(reserves, "reserves"),
            regions,
            None if minimum is None else read_only(minimum, np.int64, "minimum"),
            None if consents is None else read_only(consents, np.bool_, "consents"),
            memberships,
            bystanders or Bystanders.nobody(),
        )
        check_market(market)
        return market


def _compiled_types(pools: Pools) -> Pools:
    """The pools as the kernels take them; memberships in the narrowest of two types."""
    member = np.uint8 if pools.member.dtype == np.uint8 else np.uint64
    return Pools(
        read_only(pools.start, np.int64, "pools.start"),
        tuple(pools.category),
        read_only(pools.seats, np.int64, "pools.seats"),
        read_only(pools.open, np.bool_, "pools.open"),
        read_only(pools.member, member, "pools.member"),
        read_only(pools.declared, np.bool_, "pools.declared"),
    )


def _quota_types(quotas: Quotas, name: str) -> Quotas:
    """Quotas as the kernels take them."""
    return Quotas(
        read_only(quotas.start, np.int64, f"{name}.start"),
        tuple(quotas.category),
        read_only(quotas.seats, np.int64, f"{name}.seats"),
        read_only(quotas.member, np.uint64, f"{name}.member"),
    )


def _standing(standing: ArrayLike | None, ranking: Int32 | None, starts: Int64) -> Int32:
    """The standings given, or everybody's place in the one ranking, wish by wish."""
    if standing is not None:
        return read_only(standing, np.int32, "standing")
    if ranking is None or ranking.size != starts.size - 1:
        raise bad_input("market.no_standing")
    return read_only(np.repeat(ranking, np.diff(starts)), np.int32, "standing")
