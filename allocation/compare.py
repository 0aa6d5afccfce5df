"""Two allocations of the same people and offers: who moved, and through which chains of displacement.

A chain follows places: somebody comes to an offer, somebody of that offer leaves for another, and so on. Who
came and who left are paired by id where an offer has several; chains begin with people who had no place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocation.arrays import Int32
from allocation.market import Market


@dataclass(frozen=True)
class Move:
    """One person's change; None is no place. `is_better`: by the own list, None if that says nothing."""

    applicant: str
    before: str | None
    after: str | None
    is_better: bool | None


@dataclass(frozen=True)
class Comparison:
    """`moves` by id; `chains` of moves, each coming to the offer that the next one leaves; `unchanged`
    people."""

    moves: tuple[Move, ...]
    chains: tuple[tuple[Move, ...], ...]
    unchanged: int

    @property
    def gained(self) -> int:
        """People who like their new place better."""
        return sum(move.is_better is True for move in self.moves)

    @property
    def lost(self) -> int:
        """People who like their new place less."""
        return sum(move.is_better is False for move in self.moves)


def compare(market: Market, before: Int32, after: Int32) -> Comparison:
    """Compare two assignments (n,) of offers, -1 for none, by the lists of `market`. O(n + moves log
    moves)."""
    rows = np.flatnonzero(before != after)
    moves = [_move(market, int(row), int(before[row]), int(after[row])) for row in rows]
    moves.sort(key=lambda move: move.applicant.encode())
    return Comparison(tuple(moves), tuple(_chains(moves)), int(before.size - rows.size))


def _move(market: Market, row: int, before: int, after: int) -> Move:
    names = (*market.offers, None)
    listed = market.wish_offer[market.wish_start[row] : market.wish_start[row + 1]].tolist()
    place = {offer: at for at, offer in enumerate(listed)} | {-1: len(listed)}
    better = None
    if before in place and after in place:
        better = place[after] < place[before]
    return Move(market.applicants[row], names[before], names[after], better)


def _chains(moves: list[Move]) -> list[tuple[Move, ...]]:
    """Every move in exactly one chain."""
    leaving: dict[str | None, list[Move]] = {}
    for move in reversed(moves):
        leaving.setdefault(move.before, []).append(move)
    used: set[str] = set()
    chains = []
    starts = [move for move in moves if move.before is None]
    for move in (*starts, *moves):
        if move.applicant in used:
            continue
        chain = [move]
        used.add(move.applicant)
        while chain[-1].after is not None:
            waiting = [other for other in leaving.get(chain[-1].after, ()) if other.applicant not in used]
            if not waiting:
                break
            chain.append(waiting[-1])
            used.add(waiting[-1].applicant)
        chains.append(tuple(chain))
    return chains
