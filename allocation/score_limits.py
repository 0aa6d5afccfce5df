"""Equal treatment of equals without chance: stable score limits, and when they make a lottery needless.

A limit lets in whoever stands at it or ahead of it, equals always together.

* `exclude_all` (H-stable): a tied group that does not fit whole stays out; capacity is never exceeded,
  and no limit could be one step lower without exceeding it.
* `admit_all` (L-stable): the tied group at the limit enters; without it the seats would not all be taken.
  An offer without seats admits nobody.

Of all such limits the lowest are taken, which is best for every applicant:

1. Everybody applies to the best-liked offer that has not refused them.
2. An offer with too many applicants refuses its worst tied group: under `exclude_all` while more apply than
   there are seats, under `admit_all` while those ahead of the group fill the seats. The limit stays there.
3. Whoever was refused goes to 1, until nobody is refused.

If both give the same outcome, every way to break the ties gives it too, and no chance is needed.

Source: P. Biró and S. Kiselgof, "College admissions with stable score-limits", CEJOR 23 (2015);
T. Fleiner and Z. Jankó, "Choice function-based two-sided markets", Algorithms 7 (2014).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.market import Market, TiePolicy
from allocation.outcome import Allocation, no_pool, offers_of_wishes, promised_laws
from allocation.places import desired_wishes, held_wishes
from allocation.standing import NAMED_GROUPS, refusal_of_ties, tie_problem
from values.problems import Problem, Refused


def exclude_all(market: Market, mechanism: str) -> Allocation:
    """The lowest H-stable limits: tied groups that do not fit stay out."""
    from allocation.kernels import lowest_limits_within_capacity

    held = lowest_limits_within_capacity(
        market.wish_start, market.wish_offer, market.standing, seat_bounds(market, market.capacity)
    )
    return _by_limits(market, mechanism, "exclude_all", held)


def admit_all(market: Market, mechanism: str) -> Allocation:
    """The lowest L-stable limits: the tied group at the limit enters, beyond capacity if need be."""
    from allocation.kernels import lowest_limits_filling_capacity

    held = lowest_limits_filling_capacity(
        market.wish_start, market.wish_offer, market.standing, seat_bounds(market, market.capacity)
    )
    return _by_limits(market, mechanism, "admit_all", held)


def without_chance(market: Market, mechanism: str) -> Allocation:
    """The outcome that no way of breaking ties could change: that of `admit_all`, if it exceeds no capacity.

    Exactly then `exclude_all` agrees. It never exceeds a capacity, so it differs from an outcome that
    does. And limits of `admit_all` that exceed none fill every offer that turns anybody away, so a lower
    limit would exceed it: they are stable for `exclude_all` too. No such limits are lower, as whoever
    `admit_all` refuses stands behind people who fill the offer whatever happens elsewhere.

    Raises:
        Refused: `allocation.tie_refused`, one per offer whose places depend on who of its equals comes first;
            `allocation.more_ties` where there are more than `standing.NAMED_GROUPS`.
    """
    enter = admit_all(market, mechanism)
    if enter.exceptions:
        out = exclude_all(market, mechanism)
        raise _decisive_ties(market, out.assigned, enter.assigned)
    return Allocation(mechanism, "refuse", enter.assigned, enter.pool, promised_laws("refuse", pools=False))


def seat_bounds(market: Market, capacity: Int64) -> Int64:
    """Offsets of the seats of every offer, none more than the people who list it could fill."""
    return seat_bounds_of(market.wish_offer, capacity)


def seat_bounds_of(wish_offer: Int32, capacity: Int64) -> Int64:
    """The same for any wishes."""
    seats = np.minimum(capacity, wish_offer.size)
    if seats.sum() > wish_offer.size:
        seats = np.minimum(seats, np.bincount(wish_offer, minlength=capacity.size))
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(seats)])


def _by_limits(market: Market, mechanism: str, ties: TiePolicy, held: Int64) -> Allocation:
    assigned = offers_of_wishes(market, held)
    admitted = np.bincount(assigned[assigned >= 0], minlength=market.capacity.size)
    exceeded = tuple(
        Problem.of(
            "allocation.capacity_exceeded",
            offer=market.offers[o],
            capacity=market.capacity[o],
            admitted=admitted[o],
        )
        for o in np.flatnonzero(admitted > market.capacity)
    )
    promised = promised_laws(ties, pools=False)
    return Allocation(mechanism, ties, assigned, no_pool(market), promised, exceptions=exceeded)


def _decisive_ties(market: Market, out: Int32, enter: Int32) -> Refused:
    """The tied groups at the limits: those that exceed a capacity, and those left out beside free seats."""
    seated = held_wishes(market, enter)
    seated = seated[seated >= 0]
    over = seated[_over(market, enter)[market.wish_offer[seated]]]
    wanted = np.flatnonzero(desired_wishes(market, out))
    under = wanted[_under(market, out)[market.wish_offer[wanted]]]
    groups = {**_groups_at_limits(market, over, 1), **_groups_at_limits(market, under, -1)}
    first = sorted(groups, key=lambda group: (market.offers[group[0]], group[1]))[:NAMED_GROUPS]
    named = [tie_problem(market, group[0], groups[group]) for group in first]
    return refusal_of_ties(named, len(groups))


def _groups_at_limits(market: Market, wishes: Int64, sign: int) -> dict[tuple[int, int], Int32]:
    """Of some wishes, the people at the worst (or with sign -1 the best) standing of each offer, if several.

    By offer and standing, so that one group is named once.
    """
    offer = market.wish_offer[wishes].astype(np.int64)
    standing = sign * market.standing[wishes].astype(np.int64)
    limit = np.full(market.capacity.size, -(2**31), np.int64)
    np.maximum.at(limit, offer, standing)
    rows = np.flatnonzero(standing == limit[offer])
    rows = rows[np.argsort(offer[rows], kind="stable")]
    people, owner = market.wish_person[wishes[rows]], offer[rows]
    bounds = [0, *(np.flatnonzero(np.diff(owner)) + 1).tolist(), rows.size]
    return {
        (int(owner[first]), int(sign * limit[owner[first]])): people[first:end]
        for first, end in pairwise(bounds)
        if end - first > 1
    }


def _over(market: Market, assigned: Int32) -> Bool:
    over: Bool = np.bincount(assigned[assigned >= 0], minlength=market.capacity.size) > market.capacity
    return over


def _under(market: Market, assigned: Int32) -> Bool:
    under: Bool = np.bincount(assigned[assigned >= 0], minlength=market.capacity.size) < market.capacity
    return under
