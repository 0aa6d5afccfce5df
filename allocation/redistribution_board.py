"""The input of a redistribution, checked and in canonical order: people by ranking, offers by their order.

Everything after this module sees the same arrays whatever the order of the input was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocation.arrays import Bool, Int32, Int64
from values.problems import BadInput, Problem

_SHOWN = 20


@dataclass(frozen=True)
class Board:
    """Pairs by person, then offer. Person 0 is the best-ranked, offer 0 the first in the offers' order.

    `start` int64[n+1] cuts the pairs by person; per pair `person`, `offer`, `cost` and `wish`; per offer
    `seats`; per person `guaranteed`. `people` and `offers` hold the row numbers of the input.
    """

    start: Int64
    person: Int32
    offer: Int32
    cost: Int64
    wish: Int32
    seats: Int64
    guaranteed: Bool
    people: Int64
    offers: Int64

    def only(self, kept: Bool) -> Board:
        """The same people and offers with some of the pairs."""
        person = self.person[kept]
        cuts = np.searchsorted(person, np.arange(self.people.size + 1)).astype(np.int64)
        return replace(
            self,
            start=cuts,
            person=person,
            offer=self.offer[kept],
            cost=self.cost[kept],
            wish=self.wish[kept],
        )


def board_of(
    *,
    cost_start: Int64,
    cost_offer: Int32,
    cost: Int64,
    seats: Int64,
    order: Int32,
    guaranteed: Bool | None,
    wish_position: Int32 | None,
    offer_order: Int32 | None,
) -> Board:
    """The board of the arrays that `redistribute` takes.

    Raises:
        BadInput: `redistribution.wrong_shape`, `redistribution.order_not_strict`,
            `redistribution.unknown_offer`, `redistribution.negative_seats`,
            `redistribution.repeated_pair`; of each kind the first twenty.
    """
    n, m, p = order.size, seats.size, cost_offer.size
    wish = np.zeros(p, np.int32) if wish_position is None else wish_position
    first = np.zeros(n, np.bool_) if guaranteed is None else guaranteed
    listed = np.arange(m) if offer_order is None else offer_order
    sized: dict[str, tuple[NDArray[np.generic], int]] = {
        "cost": (cost, p),
        "wish_position": (wish, p),
        "guaranteed": (first, n),
        "offer_order": (listed, m),
    }
    _check_shapes(cost_start, sized, n, p)
    _check_values(cost_offer, seats, {"order": order, "offer_order": listed}, m)
    people, offers = np.argsort(order), np.argsort(listed)
    pair_person = np.argsort(people)[np.repeat(np.arange(n), np.diff(cost_start))]
    pair_offer = np.argsort(offers)[cost_offer]
    cell = pair_person * m + pair_offer
    by_cell = np.argsort(cell, kind="stable")
    _check_repeats(cell[by_cell], m, people, offers)
    person = pair_person[by_cell].astype(np.int32)
    board = Board(
        start=np.searchsorted(person, np.arange(n + 1)).astype(np.int64),
        person=person,
        offer=pair_offer[by_cell].astype(np.int32),
        cost=cost[by_cell].astype(np.int64),
        wish=wish[by_cell].astype(np.int32),
        seats=seats[offers].astype(np.int64),
        guaranteed=first[people].astype(np.bool_),
        people=people.astype(np.int64),
        offers=offers.astype(np.int64),
    )
    return board.only(board.seats[board.offer] > 0)


def _check_shapes(
    cost_start: Int64, sized: dict[str, tuple[NDArray[np.generic], int]], n: int, p: int
) -> None:
    problems = [
        Problem.of("redistribution.wrong_shape", name=name, found=array.shape, expected=(size,))
        for name, (array, size) in sized.items()
        if array.shape != (size,)
    ]
    cuts = cost_start.shape == (n + 1,) and cost_start[0] == 0 and cost_start[-1] == p
    if not cuts or (np.diff(cost_start) < 0).any():
        expected = f"{n + 1} offsets rising from 0 to {p}"
        problems.append(
            Problem.of(
                "redistribution.wrong_shape", name="cost_start", found=cost_start.shape, expected=expected
            )
        )
    if problems:
        raise BadInput(problems)


def _check_values(cost_offer: Int32, seats: Int64, orders: dict[str, NDArray[np.integer]], m: int) -> None:
    problems = [
        Problem.of("redistribution.order_not_strict", name=name)
        for name, array in orders.items()
        if array.size != np.unique(array).size
    ]
    unknown = np.flatnonzero((cost_offer < 0) | (cost_offer >= m))[:_SHOWN]
    problems += [
        Problem.of("redistribution.unknown_offer", pair=int(at), offer=int(cost_offer[at]), offers=m)
        for at in unknown
    ]
    problems += [
        Problem.of("redistribution.negative_seats", offer=int(at), seats=int(seats[at]))
        for at in np.flatnonzero(seats < 0)[:_SHOWN]
    ]
    if problems:
        raise BadInput(problems)


def _check_repeats(cell: Int64, m: int, people: NDArray[np.intp], offers: NDArray[np.intp]) -> None:
    repeated = cell[1:][cell[1:] == cell[:-1]][:_SHOWN]
    if repeated.size:
        raise BadInput(
            Problem.of("redistribution.repeated_pair", person=int(people[at // m]), offer=int(offers[at % m]))
            for at in repeated
        )
