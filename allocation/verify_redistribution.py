"""Checks a redistribution without redoing it: the laws, stated on the answer, and who breaks them.

Shares no code with the mechanism and calls no solver. What each law says of its examples:

    one_place   the number at the person's row is neither -1 nor an offer
    eligible    the person sits at an offer that is not among the person's pairs
    capacity    the offer holds more people than it has seats (person -1)
    best_set    the unplaced person could sit at this offer if others moved, and nobody would be left out who
                stands before: somebody who stands behind is placed instead, or a seat is free
    least_cost  these people, each moving to the offer shown, would save cost together (person -1: a seat)
    in_turn     the person prefers this offer and could have it, at no loss to earlier stages or people before

A law is only checked when those above it hold (the first three are checked together): without them it has
no meaning. With `then="in_order"` there is no `least_cost`, and `in_turn` speaks of all pairs.

Source: docs/methods/redistribution.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from allocation.arrays import Bool, Int32, Int64

EXAMPLES = 5


@dataclass(frozen=True)
class Example:
    """Row numbers of a person and an offer, -1 for none."""

    person: int
    offer: int


@dataclass(frozen=True)
class Violations:
    """How often a law is broken, and the first few cases. `checked` is false if an earlier law failed."""

    count: int
    examples: tuple[Example, ...] = ()
    checked: bool = True

    @property
    def hold(self) -> bool:
        """Whether the law was checked and nobody breaks it."""
        return self.checked and self.count == 0


@dataclass(frozen=True)
class _Claim:
    """What was asked and what was answered; per pair the person who has it."""

    held: Int32
    start: Int64
    person: Int32
    offer: Int32
    cost: Int64
    wish: Int32
    seats: Int64
    order: Int32
    turn: Int64
    offer_order: Int32

    @property
    def sits(self) -> Bool:
        """(p,) the pairs that came true."""
        sits: Bool = self.held[self.person] == self.offer
        return sits

    @property
    def used(self) -> Int64:
        """(m,) the people at each offer."""
        return np.bincount(self.held[self.held >= 0], minlength=self.seats.size)


def verify_redistribution(
    held: Int32,
    *,
    cost_start: Int64,
    cost_offer: Int32,
    cost: Int64,
    seats: Int64,
    order: Int32,
    guaranteed: Bool | None = None,
    wish_position: Int32 | None = None,
    offer_order: Int32 | None = None,
    then: Literal["least_cost", "in_order"] = "least_cost",
) -> dict[str, Violations]:
    """Each law and its violations for the answer `held`; the other arguments are those of `redistribute`.

    The input is taken as checked. Complexity: O(p m) at worst for prices and last stage, O(p) for the rest.
    """
    claim = _Claim(
        held=np.asarray(held),
        start=np.array(cost_start, np.int64),
        person=np.repeat(np.arange(order.size, dtype=np.int32), np.diff(cost_start)),
        offer=np.array(cost_offer, np.int32),
        cost=np.array(cost, np.int64),
        wish=np.zeros(cost.size, np.int32) if wish_position is None else np.asarray(wish_position),
        seats=np.array(seats, np.int64),
        order=order,
        turn=_turns(order, guaranteed),
        offer_order=np.arange(seats.size, dtype=np.int32) if offer_order is None else offer_order,
    )
    laws = ["one_place", "eligible", "capacity", "best_set", "least_cost", "in_turn"]
    if then == "in_order":
        laws.remove("least_cost")
    found = dict.fromkeys(laws, Violations(0, checked=False))
    found["one_place"] = _one_place(claim)
    if found["one_place"].hold:
        found |= {"eligible": _eligible(claim), "capacity": _capacity(claim)}
    if found["eligible"].hold and found["capacity"].hold:
        found["best_set"] = _best_set(claim)
    if not found["best_set"].hold:
        return found
    price = np.zeros(claim.seats.size + 1, np.int64)
    if then == "least_cost":
        price, found["least_cost"] = _least_cost(claim)
        if not found["least_cost"].hold:
            return found
    return found | {"in_turn": _in_turn(claim, price, then)}


def _turns(order: Int32, guaranteed: Bool | None) -> Int64:
    """(n,) everybody's place in the line for seats: the guaranteed, then the others."""
    later = np.zeros(order.size, np.bool_) if guaranteed is None else ~guaranteed
    turn = np.empty(order.size, np.int64)
    turn[np.lexsort((order, later))] = np.arange(order.size)
    return turn


def _one_place(claim: _Claim) -> Violations:
    wrong = np.flatnonzero((claim.held < -1) | (claim.held >= claim.seats.size))
    return Violations(wrong.size, tuple(Example(int(a), int(claim.held[a])) for a in wrong[:EXAMPLES]))


def _eligible(claim: _Claim) -> Violations:
    has_pair = np.zeros(claim.held.size, np.bool_)
    has_pair[claim.person[claim.sits]] = True
    wrong = np.flatnonzero((claim.held >= 0) & ~has_pair)
    return Violations(wrong.size, tuple(Example(int(a), int(claim.held[a])) for a in wrong[:EXAMPLES]))


def _capacity(claim: _Claim) -> Violations:
    over = np.flatnonzero(claim.used > claim.seats)
    return Violations(over.size, tuple(Example(-1, int(o)) for o in over[:EXAMPLES]))


def _best_set(claim: _Claim) -> Violations:
    """Nobody unplaced can come in while only people behind, or nobody, must go."""
    from allocation.verify_redistribution_kernels import weakest_to_leave

    by_offer = np.argsort(claim.offer, kind="stable")
    leaves = weakest_to_leave(
        np.searchsorted(claim.offer[by_offer], np.arange(claim.seats.size + 1)).astype(np.int64),
        claim.person[by_offer],
        claim.held.astype(np.int32),
        claim.turn,
        np.argsort(claim.turn).astype(np.int64),
        claim.used < claim.seats,
    )
    unplaced = claim.held[claim.person] < 0
    wrong = np.flatnonzero(unplaced & (leaves[claim.offer] > claim.turn[claim.person]))
    people, first = np.unique(claim.person[wrong], return_index=True)
    pairs = wrong[first[:EXAMPLES]]
    return Violations(people.size, tuple(Example(int(claim.person[e]), int(claim.offer[e])) for e in pairs))


def _cost_held(claim: _Claim) -> Int64:
    """(n,) what each person's own place costs, 0 for the unplaced."""
    costs = np.zeros(claim.held.size, np.int64)
    costs[claim.person[claim.sits]] = claim.cost[claim.sits]
    return costs


def _least_cost(claim: _Claim) -> tuple[Int64, Violations]:
    """No cycle of moves saves cost; with the prices that prove it."""
    from allocation.verify_redistribution_kernels import saving_cycle

    open_pair = claim.seats[claim.offer] > 0
    start = np.append(0, np.cumsum(open_pair))[claim.start].astype(np.int64)
    price, people, goals = saving_cycle(
        start,
        claim.offer[open_pair],
        claim.cost[open_pair],
        _cost_held(claim),
        claim.held.astype(np.int32),
        claim.used,
        claim.seats,
    )
    moves = [(int(a), int(o)) for a, o in zip(people, goals, strict=True)]
    shown = tuple(Example(a, o if o < claim.seats.size else -1) for a, o in moves[:EXAMPLES])
    return price, Violations(int(people.size > 0), shown)


def _in_turn(claim: _Claim, price: Int64, then: str) -> Violations:
    """Nobody in turn was passed over, among the outcomes that the stages before leave open."""
    from allocation.verify_redistribution_kernels import Places, passed_over

    cost_held = _cost_held(claim)
    open_pair = (claim.held[claim.person] >= 0) & (claim.seats[claim.offer] > 0)
    if then == "least_cost":
        above = price[claim.held[claim.person]] + claim.cost - cost_held[claim.person] - price[claim.offer]
        open_pair &= above == 0
    choices = np.bincount(claim.person[open_pair], minlength=claim.held.size)
    people = np.argsort(claim.order)
    people = people[choices[people] > 1]
    rank = np.full(claim.held.size, -1, np.int32)
    rank[people] = np.arange(people.size)
    pairs = np.flatnonzero(open_pair & (rank[claim.person] >= 0))
    pairs = pairs[np.argsort(rank[claim.person[pairs]], kind="stable")]
    held = claim.held[people].astype(np.int32)
    by_offer = np.lexsort((-np.arange(people.size), held))
    owed = passed_over(
        Places(
            start=np.append(0, np.cumsum(choices[people])).astype(np.int64),
            offer=claim.offer[pairs],
            better=_is_better(claim)[pairs],
            held=held,
            loose=price[:-1] == price[-1],
            room=claim.used < claim.seats,
            first=np.searchsorted(held[by_offer], np.arange(claim.seats.size + 1)).astype(np.int64),
            members=by_offer.astype(np.int32),
        )
    )
    wrong = np.flatnonzero(owed >= 0)
    return Violations(
        wrong.size,
        tuple(Example(int(people[a]), int(claim.offer[pairs[owed[a]]])) for a in wrong[:EXAMPLES]),
    )


def _is_better(claim: _Claim) -> Bool:
    """(p,) the pairs a placed person prefers to the own place: cheaper, better listed, first in order."""
    wish_held = np.zeros(claim.held.size, claim.wish.dtype)
    wish_held[claim.person[claim.sits]] = claim.wish[claim.sits]
    own_cost, own_wish = _cost_held(claim)[claim.person], wish_held[claim.person]
    own_order = claim.offer_order[claim.held[claim.person]]
    better_listed = (claim.wish < own_wish) | (
        (claim.wish == own_wish) & (claim.offer_order[claim.offer] < own_order)
    )
    is_better: Bool = (claim.cost < own_cost) | ((claim.cost == own_cost) & better_listed)
    return is_better
