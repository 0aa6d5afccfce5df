"""Redistribution (统筹): places the people who are left into the seats that are left.

Model. People a, offers o, pairs E with cost c_ao, seats s_o; x_ao = 1 if a is placed at o.

    Σ_o x_ao <= 1 for every a      Σ_a x_ao <= s_o for every o      x_ao = 0 outside E

1. The set of the placed: `guaranteed` people first, then the ranking, is lexicographically best: nobody
   is left out who could be placed without leaving out somebody who stands before (`redistribution_set`).
2. `then="least_cost"`: Σ c_ao x_ao is least with exactly that set placed (OR-Tools minimum-cost flow).
   `then="in_order"`: no such stage; the next one starts from any placement of the set.
3. Going down the ranking, each gets the cheapest, then the best-listed offer, then the first in
   `offer_order`, that is still possible given 1, 2 and what those before got (`redistribution_face`).

Stage 3 leaves exactly one outcome, so neither the order of the input nor the solver decides anything.
Keeps: the best set by the ranking, then least cost. Does not keep: no justified envy, truthfulness.
Source: docs/methods/redistribution.md.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from allocation.arrays import Bool, Int32, Int64
from allocation.redistribution_board import Board, board_of
from values.problems import bad_input, refused
from values.progress import Progress, no_progress

Then = Literal["least_cost", "in_order"]

_STAGES = 3
_LARGEST_SUM = 2**62  # a path of moves through every offer must stay inside int64


def redistribute(
    *,
    cost_start: Int64,
    cost_offer: Int32,
    cost: Int64,
    seats: Int64,
    order: Int32,
    guaranteed: Bool | None = None,
    wish_position: Int32 | None = None,
    offer_order: Int32 | None = None,
    then: Then = "least_cost",
    progress: Progress = no_progress,
) -> Int32:
    """The offer each person is placed at, int32[n], -1 for not placed. Shapes: n people, m offers, p pairs.

    Person a may be placed at `cost_offer[cost_start[a]:cost_start[a + 1]]` at `cost` of the same places.

    Args:
        cost_start: int64[n+1], offsets into the pairs.
        cost_offer: int32[p], offers 0 .. m-1; no pair twice.
        cost: int64[p], e.g. metres; may be negative.
        seats: int64[m], the seats left.
        order: int32[n], distinct numbers, the smallest stands first.
        guaranteed: bool[n], whoever comes before all others in stage 1; nobody if None.
        wish_position: int32[p], the offer's position on the person's list, smaller is better (unlisted
            offers need a larger number than listed ones); all alike if None.
        offer_order: int32[m], distinct numbers, smallest first; as numbered if None.
        then: what follows the choice of the set, see the module.
        progress: told after each stage.

    Raises:
        BadInput: see `board_of`; `redistribution.unknown_rule`.
        Refused: `redistribution.cost_range`, `redistribution.infeasible`, `redistribution.not_optimal`:
            the solver's answer could not be used; nothing is returned in its place.
    """
    if then not in ("least_cost", "in_order"):
        raise bad_input("redistribution.unknown_rule", rule=then)
    board = board_of(
        cost_start=cost_start,
        cost_offer=cost_offer,
        cost=cost,
        seats=seats,
        order=order,
        guaranteed=guaranteed,
        wish_position=wish_position,
        offer_order=offer_order,
    )
    held = _place_best_set(board)
    progress("redistribution", 1, _STAGES)
    board = board.only(held[board.person] >= 0)
    loose = np.ones(board.seats.size, np.bool_)
    if then == "least_cost" and board.offer.size:
        held = _place_at_least_cost(board, held >= 0)
        board, loose = _outcomes_of_least_cost(board, held)
    progress("redistribution", 2, _STAGES)
    held = _settle(board, held, loose)
    progress("redistribution", 3, _STAGES)
    return _in_input_order(board, held)


def _place_best_set(board: Board) -> Int32:
    from allocation.redistribution_set import best_set

    in_turn = np.argsort(~board.guaranteed, kind="stable").astype(np.int64)
    return best_set(board.start, board.offer, board.seats, in_turn)


def _place_at_least_cost(board: Board, placed: Bool) -> Int32:
    """Everybody `placed` at least total cost; who exactly sits where is the solver's choice.

    min Σ c_ao x_ao  s.t.  Σ_o x_ao = 1 (a placed), Σ_a x_ao <= s_o; people with equal pairs and costs
    are one node with a supply. Costs are reduced by each person's least, which moves no optimum.
    """
    from allocation.redistribution_flow import least_cost_flow

    people = np.flatnonzero(placed)
    rows = np.cumsum(placed)[board.person] - 1
    reduced = _above_own_least(board)
    group = _equal_people(board.start[np.append(people, board.people.size)], rows, board.offer, reduced)
    _, row_group, supply = np.unique(group, return_inverse=True, return_counts=True)
    kept = group[rows] == rows
    flow = least_cost_flow(
        tail=row_group[rows[kept]],
        head=board.offer[kept],
        cost=reduced[kept],
        supply=supply,
        capacity=np.minimum(board.seats, people.size),
    )
    held = np.full(board.people.size, -1, np.int32)
    held[people[np.argsort(row_group, kind="stable")]] = np.repeat(board.offer[kept], flow)
    return held


def _above_own_least(board: Board) -> Int64:
    """Each pair's cost above the person's least.

    Raises:
        Refused: `redistribution.cost_range`.
    """
    has_pairs = np.flatnonzero(np.diff(board.start))
    least = np.zeros(board.people.size, np.int64)
    least[has_pairs] = np.minimum.reduceat(board.cost, board.start[has_pairs])
    spread = int(board.cost.max()) - int(board.cost.min())
    if spread * (board.seats.size + 2) > _LARGEST_SUM:
        raise refused("redistribution.cost_range", spread=spread)
    return board.cost - least[board.person]


def _equal_people(start: Int64, rows: Int64, offer: Int32, cost: Int64) -> Int64:
    """For each row the first row with the same offers at the same costs. Every row has pairs."""
    mixed = offer.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + cost.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    mark = np.add.reduceat(mixed ^ (mixed >> np.uint64(32)), start[:-1])
    _, first, which = np.unique(mark, return_index=True, return_inverse=True)
    model = first[which]
    # Equal marks are a hint only: compare pair by pair.
    length = np.diff(start)
    other = np.minimum(start[model[rows]] + np.arange(rows.size) - start[rows], offer.size - 1)
    equal = np.logical_and.reduceat((offer == offer[other]) & (cost == cost[other]), start[:-1])
    return np.where(equal & (length == length[model]), model, np.arange(length.size))


def _outcomes_of_least_cost(board: Board, held: Int32) -> tuple[Board, Bool]:
    """The pairs that some outcome of least cost uses, and the offers whose number of people may differ.

    Raises:
        Refused: `redistribution.not_optimal` if moves exist that save cost.
    """
    from allocation.redistribution_face import offer_prices

    sits = held[board.person] == board.offer
    cost_held = np.zeros(held.size, np.int64)
    cost_held[board.person[sits]] = board.cost[sits]
    members = np.argsort(held, kind="stable").astype(np.int64)
    first = np.searchsorted(held[members], np.arange(board.seats.size + 1)).astype(np.int64)
    price = offer_prices(board.start, board.offer, board.cost, cost_held, first, members, board.seats)
    if not price.size:
        raise refused("redistribution.not_optimal", status="a cycle of moves saves cost")
    saved = price[held[board.person]] + board.cost - cost_held[board.person] - price[board.offer]
    return board.only(saved == 0), price[:-1] == price[-1]


def _settle(board: Board, held: Int32, loose: Bool) -> Int32:
    """Stage 3: the one outcome that people are owed in turn, among those the pairs of `board` allow."""
    choices = np.diff(board.start)
    movable = np.flatnonzero(choices > 1)
    if not movable.size:
        return held
    from allocation.redistribution_face import Face, settle

    board = board.only(choices[board.person] > 1)
    by_taste = np.lexsort((board.offer, board.wish, board.cost, board.person))
    row = np.cumsum(choices > 1)[board.person] - 1
    by_offer = np.lexsort((row, board.offer))
    face = Face(
        start=np.append(board.start[movable], board.offer.size),
        offer=board.offer[by_taste].astype(np.int64),
        seats=board.seats,
        loose=loose,
        held=held[movable].astype(np.int64),
        used=np.bincount(held[held >= 0], minlength=board.seats.size).astype(np.int64),
        listed=np.searchsorted(board.offer[by_offer], np.arange(board.seats.size + 1)).astype(np.int64),
        who=row[by_offer].astype(np.int64),
    )
    settle(face)
    settled = held.copy()
    settled[movable] = face.held
    return settled


def _in_input_order(board: Board, held: Int32) -> Int32:
    answer = np.full(board.people.size, -1, np.int32)
    placed = held >= 0
    answer[board.people[placed]] = board.offers[held[placed]]
    return answer
