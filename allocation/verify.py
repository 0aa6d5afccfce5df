"""The laws of an allocation, checked without the mechanisms, before anybody sees the result.

* `one_place`: everybody has exactly one entry, an offer of this market or none.
* `individually_rational`: nobody has a place that is not on the own list.
* `eligible`: nobody has a place that was removed from the list for a rule.
* `capacity`: no offer has more people than places. `capacity_up_to_ties` (`admit_all`): those who stand
  ahead of the last tied group would not fill the places, and an offer without places admits nobody.
* `pools`: no pool has more people than seats; whoever sits in a pool is a member, or it is open to others.
  `pool_precedence`: nobody sits in a pool although an earlier pool of that offer would have taken them.
* `no_justified_envy`: nobody prefers an offer that holds somebody who stands behind them. With pools: no pool
  has an empty seat open to them, or holds somebody behind them in that pool's order.
* `equal_treatment` (without chance): nobody prefers an offer that holds somebody who stands equal or behind.
* `non_wasteful`: nobody prefers an offer (or pool open to them) with a place left. `non_wasteful_up_to_ties`
  (`exclude_all`): where places are left, the first tied group who would like them is larger.
* `verify_laws` has those that only some mechanisms promise.
* `cutoffs`: everybody's best-liked offer whose published cut-off lets them in is the one they got.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from allocation.arrays import Bool, Int32, Int64, Unsigned, read_only
from allocation.cutoffs import Cutoffs, cutoffs
from allocation.laws import EXAMPLES, LawReport, Laws
from allocation.market import Market
from allocation.outcome import (
    CAPACITY,
    CAPACITY_UP_TO_TIES,
    CHOICE_ORDER,
    CUTOFFS,
    ELIGIBLE,
    EQUAL_TREATMENT,
    INDIVIDUALLY_RATIONAL,
    NO_ENVY_WITHOUT_CONSENT,
    NO_JUSTIFIED_ENVY,
    NON_WASTEFUL,
    NON_WASTEFUL_UP_TO_TIES,
    ONE_PLACE,
    POOL_PRECEDENCE,
    POOLS,
    TERMS_KEPT,
    Allocation,
    Request,
)
from allocation.quota_choice import RuledOffer, is_ruled, ruled_offers
from allocation.replay import Order, order_of, replay_lines
from allocation.standing import banded
from allocation.verify_laws import other_laws, quota_laws
from values.progress import Progress, no_progress

STEPS = 3
ENVY, WASTE, UNEQUAL = 1, 2, 4
"""What can be wrong with a wish, as `verify_kernels` marks it."""

ONLY_IF_PROMISED = frozenset(
    {CAPACITY_UP_TO_TIES, EQUAL_TREATMENT, NON_WASTEFUL_UP_TO_TIES, POOLS, POOL_PRECEDENCE}
)


def verify(
    market: Market, allocation: Allocation, *, lines: Cutoffs | None = None, progress: Progress = no_progress
) -> Laws:
    """Check an allocation. O(n + w), and for a redistribution as `verify_redistribution`.

    `lines` are the cut-offs that will be published; computed if not given. `Laws.check` refuses what breaks
    a promise; a law that was not promised is reported with its number of violations. A redistribution is
    checked with the round before it.
    """
    if allocation.request is not None and TERMS_KEPT in allocation.promised:
        return _verify_after(market, allocation, allocation.request, lines, progress)
    one_place = one_place_each(market, allocation)
    if allocation.assigned.size != len(market.applicants):
        return Laws((one_place,))
    case = _case(market, allocation)
    reports = [one_place, *_own_wishes(case), *_seats(case)]
    progress("verify", 1, STEPS)
    wrong = _wrong_wishes(case)
    reports += _left_out(case, wrong)
    if allocation.bands is not None:
        case = _case(banded(market, allocation.bands), allocation)
        in_bands = np.flatnonzero(_wrong_wishes(case)[0] & ENVY)
        reports.append(_of_wishes(market, allocation, CHOICE_ORDER, in_bands))
    progress("verify", 2, STEPS)
    reports += other_laws(market, allocation, case.granted, np.flatnonzero(wrong[0] & WASTE))
    if allocation.request is not None:
        from allocation.verify_terms import stage_laws

        reports += stage_laws(market, allocation, allocation.request)
    ruled = case.ruled if market.has_quotas else None
    reports.append(_replayed(case, lines or cutoffs(market, case.allocation, ruled=ruled)))
    progress("verify", STEPS, STEPS)
    shown = (report for report in reports if report.promised or report.law not in ONLY_IF_PROMISED)
    return Laws(tuple(shown))


def _verify_after(
    market: Market,
    allocation: Allocation,
    request: Request,
    lines: Cutoffs | None,
    progress: Progress,
) -> Laws:
    """The laws of the main round, then those of the redistribution; places and seats count together."""
    from allocation.verify_terms import redistribution_laws

    together = (one_place_each(market, allocation), seats_kept(market, allocation))
    own = () if together[0].violations else redistribution_laws(market, allocation, request)
    before: Laws | tuple[()] = ()
    if allocation.main is not None:
        before = verify(market, allocation.main, lines=lines, progress=progress)
    main = tuple(before[law] for law in before if law not in (ONE_PLACE, CAPACITY)) if before else ()
    return Laws((*together, *main, *own))


def one_place_each(market: Market, allocation: Allocation) -> LawReport:
    """`one_place`: one entry each, in range."""
    assigned, n, m = allocation.assigned, len(market.applicants), len(market.offers)
    if assigned.size != n:
        return LawReport(ONE_PLACE, ONE_PLACE in allocation.promised, abs(assigned.size - n))
    people = np.flatnonzero((assigned < -1) | (assigned >= m))
    return _of_people(market, allocation, ONE_PLACE, people)


def seats_kept(market: Market, allocation: Allocation) -> LawReport:
    """`capacity`: no offer has more people than places."""
    assigned = allocation.assigned
    here = assigned[(assigned >= 0) & (assigned < len(market.offers))]
    over = np.flatnonzero(np.bincount(here, minlength=len(market.offers)) > market.capacity)
    named = tuple(("", name) for name in sorted(market.offers[o] for o in over)[:EXAMPLES])
    return LawReport(CAPACITY, CAPACITY in allocation.promised, over.size, named)


@dataclass(frozen=True, eq=False)
class _Case:
    """An allocation with what every law looks at. A slot is a pool, or an offer in a market without pools.

    (n,): `granted` the wish that came true, `slot` where the person sits, `outside` its category.
    By slot: `seats`, `free` and `worst`, the largest order number of those who sit there.
    """

    market: Market
    allocation: Allocation
    lot: Int32
    wish_lot: Int32
    granted: Int64
    slot: Int64
    outside: Bool
    seats: Int64
    free: Int64
    worst: Int64

    @property
    def order(self) -> Order:
        """The lists and who stands where, as the kernels take them."""
        market = self.market
        return market.wish_start, market.wish_offer, market.standing, self.lot, self.wish_lot

    @cached_property
    def ruled(self) -> tuple[RuledOffer, ...]:
        """The offers with quotas, people in the order of their numbers."""
        keys = self.market.standing.astype(np.int64) << 31
        keys |= self.wish_lot if self.wish_lot.size else self.lot[self.market.wish_person]
        return tuple(ruled_offers(self.market, keys, self.granted))


def _case(market: Market, allocation: Allocation) -> _Case:
    from allocation.verify_kernels import wishes_granted, worst_of_holders

    n, m = len(market.applicants), len(market.offers)
    known = (allocation.assigned >= 0) & (allocation.assigned < m)
    assigned = read_only(np.where(known, allocation.assigned, -1), np.int32, "assigned")
    allocation = replace(allocation, assigned=assigned)
    *_, lot, wish_lot = order_of(market, "exclude_all" if allocation.is_weak else allocation.ties)
    granted = wishes_granted(market.wish_start, market.wish_offer, assigned)
    slot, outside, seats = assigned.astype(np.int64), np.zeros(n, bool), market.capacity
    if market.pools is not None:
        slot, outside = _pool_slots(market, allocation, granted)
        seats = market.pools.seats
    free = seats - np.bincount(slot[slot >= 0], minlength=seats.size)
    worst = worst_of_holders(slot, outside, granted, market.standing, lot, wish_lot, seats.size)
    return _Case(market, allocation, lot, wish_lot, granted, slot, outside, seats, free, worst)


def _pool_slots(market: Market, allocation: Allocation, granted: Int64) -> tuple[Int64, Bool]:
    """Each person's pool, -1 for an impossible one, and who is outside its category."""
    assert market.pools is not None
    start, assigned = market.pools.start, allocation.assigned
    possible = _has_such_pool(market, allocation)
    position = np.where(possible, allocation.pool, 0)
    slot = np.where(possible, start[np.maximum(assigned, 0)] + position, -1)
    inside = np.zeros(slot.size, bool)
    listed = granted >= 0
    bits = market.pools.member[granted[listed]].astype(np.uint64) >> position[listed].astype(np.uint64)
    inside[listed] = bits & np.uint64(1) == 1
    return slot, possible & ~inside


def _has_such_pool(market: Market, allocation: Allocation) -> Bool:
    """(n,) whether the pool is one of the offer's."""
    assert market.pools is not None
    pools = np.diff(market.pools.start)[np.maximum(allocation.assigned, 0)]
    possible: Bool = (allocation.pool >= 0) & (allocation.pool < pools) & (allocation.assigned >= 0)
    return possible


def _own_wishes(case: _Case) -> Iterator[LawReport]:
    """`individually_rational` and `eligible`."""
    market, removed = case.market, case.market.removed
    placed, listed = case.allocation.assigned >= 0, case.granted >= 0
    ineligible = np.zeros(placed.size, bool)
    got_removed = case.allocation.assigned[removed.applicant] == removed.offer
    ineligible[removed.applicant[got_removed]] = True
    unlisted = np.flatnonzero(placed & ~listed & ~ineligible)
    yield _of_people(market, case.allocation, INDIVIDUALLY_RATIONAL, unlisted)
    yield _of_people(market, case.allocation, ELIGIBLE, np.flatnonzero(ineligible))


def _seats(case: _Case) -> Iterator[LawReport]:
    """`capacity`, `capacity_up_to_ties`, `pools`."""
    market, allocation = case.market, case.allocation
    yield seats_kept(market, allocation)
    if market.pools is not None:
        wrong = (allocation.assigned >= 0) & ~_has_such_pool(market, allocation)
        wrong |= case.outside & ~market.pools.open[np.maximum(case.slot, 0)]
        wrong |= (case.slot >= 0) & (case.free[np.maximum(case.slot, 0)] < 0)
        yield _of_people(market, allocation, POOLS, np.flatnonzero(wrong))
    elif CAPACITY_UP_TO_TIES in allocation.promised:
        granted = case.granted[case.granted >= 0]
        offer, standing = market.wish_offer[granted], market.standing[granted]
        ahead = np.bincount(offer[standing < case.worst[offer] >> 31], minlength=case.seats.size)
        over = np.flatnonzero((case.free < 0) & (ahead >= case.seats))
        named = tuple(("", name) for name in sorted(market.offers[o] for o in over)[:EXAMPLES])
        yield LawReport(CAPACITY_UP_TO_TIES, True, over.size, named)


def _wrong_wishes(case: _Case) -> tuple[Unsigned, Bool, list[LawReport]]:
    """(w,) what is wrong with each wish for a better-liked offer; (n,) who sits in too late a pool; and the
    laws of quotas, whose offers are judged by what they would choose."""
    from allocation.verify_kernels import left_out, left_out_of_pools

    market, allocation, pools = case.market, case.allocation, case.market.pools
    too_late, reports = np.zeros(case.granted.size, bool), list[LawReport]()
    if pools is None:
        wrong = left_out(*case.order, case.granted, case.free, case.worst)
    else:
        wrong, too_late = left_out_of_pools(
            *case.order,
            case.granted,
            np.where(_has_such_pool(market, allocation), allocation.pool, np.int32(0)),
            pools.start,
            pools.open,
            pools.member,
            case.free,
            case.worst,
        )
    if market.has_quotas:
        envies, wastes, reports = quota_laws(market, allocation, case.ruled, case.granted)
        judged = ENVY * envies + WASTE * wastes
        wrong = np.where(is_ruled(market)[market.wish_offer], judged, wrong).astype(np.uint8)
    return wrong, too_late, reports


def _left_out(case: _Case, found: tuple[Unsigned, Bool, list[LawReport]]) -> Iterator[LawReport]:
    """The laws about those who would like a place better than their own."""
    wrong, too_late, reports = found
    market, allocation = case.market, case.allocation
    yield from reports
    if market.pools is not None:
        yield _of_people(market, allocation, POOL_PRECEDENCE, np.flatnonzero(too_late))
    if NO_ENVY_WITHOUT_CONSENT in allocation.promised:
        envious = np.flatnonzero(wrong & ENVY)
        if market.consents is not None:
            envious = envious[~market.consents[market.wish_person[envious]]]
        yield _of_wishes(market, allocation, NO_ENVY_WITHOUT_CONSENT, envious)
    for law, flag in ((NO_JUSTIFIED_ENVY, ENVY), (EQUAL_TREATMENT, UNEQUAL), (NON_WASTEFUL, WASTE)):
        if law in allocation.promised or law not in ONLY_IF_PROMISED:
            yield _of_wishes(market, allocation, law, np.flatnonzero(wrong & flag))
    if NON_WASTEFUL_UP_TO_TIES in allocation.promised:
        yield _small_groups_left_out(case, np.flatnonzero(wrong & WASTE))


def _small_groups_left_out(case: _Case, wish: Int64) -> LawReport:
    """`non_wasteful_up_to_ties`, from the wishes for offers with places left."""
    market = case.market
    offer, standing = market.wish_offer[wish], market.standing[wish]
    first = np.full(case.seats.size, 2**31, np.int64)
    np.minimum.at(first, offer, standing)
    in_group = standing == first[offer]
    group = np.bincount(offer[in_group], minlength=case.seats.size)
    fits = in_group & (group[offer] <= case.free[offer])
    return _of_wishes(market, case.allocation, NON_WASTEFUL_UP_TO_TIES, wish[fits])


def _replayed(case: _Case, lines: Cutoffs) -> LawReport:
    """`cutoffs`: the lines alone give everybody the place they have."""
    entered, pool = replay_lines(case.market, case.order, lines)
    different = (entered != case.granted) | (pool != case.allocation.pool)
    if case.market.pools is None:
        different = entered != case.granted
    return _of_people(case.market, case.allocation, CUTOFFS, np.flatnonzero(different))


def _of_people(market: Market, allocation: Allocation, law: str, people: Int64) -> LawReport:
    """A law that people break, the first named by id with the offer they got."""
    promised = law in allocation.promised
    named: tuple[tuple[str, str], ...] = ()
    if promised and people.size:
        ids, offers, assigned = market.applicants, market.offers, allocation.assigned
        first = heapq.nsmallest(EXAMPLES, people.tolist(), key=lambda row: ids[row])
        m = len(offers)
        named = tuple((ids[row], offers[assigned[row]] if 0 <= assigned[row] < m else "") for row in first)
    return LawReport(law, promised, people.size, named)


def _of_wishes(market: Market, allocation: Allocation, law: str, wishes: Int64) -> LawReport:
    """A law broken towards people and offers they would like better, the first named by id."""
    promised = law in allocation.promised
    named: tuple[tuple[str, str], ...] = ()
    if promised and wishes.size:
        whose, offer = market.wish_person, market.wish_offer
        pairs = ((market.applicants[whose[p]], market.offers[offer[p]]) for p in wishes.tolist())
        named = tuple(heapq.nsmallest(EXAMPLES, pairs))
    return LawReport(law, promised, wishes.size, named)
