"""The laws that only some mechanisms promise, from their definitions.

* `efficient`: no place is left that somebody would rather have, and no people could all gain by trading
  places.
* `no_stable_improvement`: no cycle of people, each of whom desires the place of the next and stands first
  (or equal to the first) of all who desire it.
* `no_envy_without_consent`: whoever envies justifiedly has consented.
* `choice_order`: nobody prefers an offer that holds somebody of a later band, or who stands behind in the
  same band.
* `ceilings`: no category has more people than its ceiling. `reserves`: those placed fill as many reserve
  positions together as they could with anybody who would rather be there.
* `regional_caps`, `minimum_seats`: as stated. `strongly_stable`: a place that somebody prefers stays empty
  only if its region is full, and they have no place in that region or their move would take it away from its
  targets.
* `rank_maximal`: no moves give more first choices, or as many first and more second ones, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from allocation.arrays import Bool, Int64, Unsigned
from allocation.laws import EXAMPLES, LawReport
from allocation.market import Market
from allocation.outcome import (
    CEILINGS,
    EFFICIENT,
    MINIMUM_SEATS,
    NO_IMPROVEMENT,
    RANK_MAXIMAL,
    REGIONAL_CAPS,
    RESERVES,
    STRONGLY_STABLE,
    Allocation,
)
from allocation.quota_choice import RuledOffer


def other_laws(market: Market, allocation: Allocation, granted: Int64, wasted: Int64) -> Iterator[LawReport]:
    """The reports of those that are promised. `granted` (n,) is the wish that came true, `wasted` are wishes
    for
    offers with places left."""
    from allocation.verify_kernels import liked_better

    promised = allocation.promised
    inside = np.bincount(market.wish_offer[granted[granted >= 0]], minlength=len(market.offers))
    if EFFICIENT in promised:
        cycles = _offers_on_cycles(market, granted, liked_better(market.wish_start, granted))
        yield LawReport(EFFICIENT, True, wasted.size + cycles)
    if NO_IMPROVEMENT in promised:
        yield LawReport(NO_IMPROVEMENT, True, _offers_on_cycles(market, granted, _steps(market, granted)))
    if RANK_MAXIMAL in promised:
        yield LawReport(RANK_MAXIMAL, True, int(_ranks_can_improve(market, granted)))
    if REGIONAL_CAPS in promised:
        yield _over_caps(market, inside)
    if STRONGLY_STABLE in promised:
        wrong = wasted[_blocks_strongly(market, granted, wasted, inside)]
        yield _of_offers(market, STRONGLY_STABLE, np.unique(market.wish_offer[wrong]).astype(np.int64))
    if MINIMUM_SEATS in promised:
        least = np.zeros(inside.size, np.int64) if market.minimum is None else market.minimum
        yield _of_offers(market, MINIMUM_SEATS, np.flatnonzero(inside < least))


def quota_laws(
    market: Market, allocation: Allocation, ruled: Iterable[RuledOffer], granted: Int64
) -> tuple[Bool, Bool, list[LawReport]]:
    """What is wrong at the offers with quotas, and the laws `ceilings` and `reserves`.

    (w,) wishes of people the offer would choose instead of somebody or for a free place, and such that waste
    a place.
    """
    from allocation.verify_kernels import liked_better

    desired, is_held = liked_better(market.wish_start, granted), np.zeros(market.wish_offer.size, bool)
    is_held[granted[granted >= 0]] = True
    envies, wastes = np.zeros(desired.size, bool), np.zeros(desired.size, bool)
    over, unfilled = [], []
    for offer in ruled:
        holders, wanting = is_held[offer.wish], desired[offer.wish]
        chosen, filled = offer.choose(holders | wanting)
        passed_over = offer.wish[chosen & wanting]
        envies[passed_over] = True
        wastes[passed_over] = int(holders.sum()) < int(chosen.sum())
        if offer.is_ceiling and _over_ceiling(offer.bits[holders], offer.seats):
            over.append(offer.offer)
        if not offer.is_ceiling and offer.choose(holders)[1] < filled:
            unfilled.append(offer.offer)
    reports = []
    for law, offers, rows in ((CEILINGS, over, market.ceilings), (RESERVES, unfilled, market.reserves)):
        if rows is not None or law in allocation.promised:
            reports.append(_of_offers(market, law, np.array(offers, np.int64), law in allocation.promised))
    return envies, wastes, reports


def _offers_on_cycles(market: Market, granted: Int64, edge: Bool) -> int:
    from allocation.verify_trade_kernels import offers_that_lead_on

    return int(offers_that_lead_on(market.wish_start, market.wish_offer, granted, edge, len(market.offers)))


def _steps(market: Market, granted: Int64) -> Bool:
    """(w,) wishes of people who stand first of all who desire the offer."""
    from allocation.verify_kernels import liked_better

    desired = liked_better(market.wish_start, granted)
    best = np.full(len(market.offers), 2**31, np.int64)
    np.minimum.at(best, market.wish_offer[desired], market.standing[desired])
    steps: Bool = desired & (market.standing == best[market.wish_offer])
    return steps


def _ranks_can_improve(market: Market, granted: Int64) -> bool:
    from allocation.verify_trade_kernels import ranks_can_improve

    longest = int(np.diff(market.wish_start).max(initial=0))
    if longest == 0:
        return False
    return bool(ranks_can_improve(market.wish_start, market.wish_offer, granted, market.capacity, longest))


def _over_caps(market: Market, inside: Int64) -> LawReport:
    regions = market.regions
    if regions is None:
        return LawReport(REGIONAL_CAPS, True, 0)
    within = regions.of_offer >= 0
    total = np.zeros(regions.cap.size, np.int64)
    np.add.at(total, regions.of_offer[within], inside[within])
    over = np.flatnonzero(total > regions.cap)
    named = tuple(("", name) for name in sorted(regions.names[r] for r in over)[:EXAMPLES])
    return LawReport(REGIONAL_CAPS, True, over.size, named)


def _blocks_strongly(market: Market, granted: Int64, wish: Int64, inside: Int64) -> Bool:
    """Which wishes for offers with places left are not excused by a full region."""
    regions = market.regions
    if regions is None:
        return np.ones(wish.size, bool)
    within = regions.of_offer >= 0
    total = np.zeros(regions.cap.size + 1, np.int64)
    np.add.at(total, regions.of_offer[within], inside[within])
    offer = market.wish_offer[wish]
    region = regions.of_offer[offer]
    is_full = (region >= 0) & (total[region] >= np.append(regions.cap, 0)[region])
    own = granted[market.wish_person[wish]]
    now = np.where(own >= 0, market.wish_offer[np.maximum(own, 0)], -1)
    same = (now >= 0) & (regions.of_offer[now] == region)
    beyond = inside - regions.target
    closer = beyond[offer] + 1 <= beyond[now] - 1
    blocks: Bool = ~is_full | (same & closer)
    return blocks


def _over_ceiling(bits: Unsigned, seats: Int64) -> bool:
    """Whether a category of those inside has more people than seats."""
    inside = (bits[:, None] >> np.arange(seats.size, dtype=np.uint64)) & np.uint64(1)
    return bool((inside.sum(axis=0) > seats).any())


def _of_offers(market: Market, law: str, offers: Int64, promised: bool = True) -> LawReport:
    named = tuple(("", name) for name in sorted(market.offers[o] for o in offers)[:EXAMPLES])
    return LawReport(law, promised, offers.size, named if promised else ())
