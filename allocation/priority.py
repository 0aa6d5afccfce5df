"""The priority order: a weak ranking made strict by the published draw, or left equal on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from allocation.arrays import Int32
from allocation.lottery import (
    Source,
    draw_seed,
    entropy_total,
    plain_roster_hash,
    ticket_order,
    tickets,
)
from values.problems import bad_input

FinalTies = Literal["lottery", "admit_all", "exclude_all", "refuse"]


@dataclass(frozen=True)
class DrawPlan:
    """What an office declares before the roster is frozen: the draw's id and its sources, in order."""

    id: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Draw:
    """A draw that has been held: everything an outsider needs to recompute every ticket."""

    id: str
    sources: tuple[Source, ...]
    roster_hash: bytes
    seed: bytes
    entropy_bits: int


@dataclass(frozen=True)
class Lots:
    """The order in which lots came out, told and not computed: for worked examples only.

    `called` is that of a draw before the ranking, which says who enters it.
    """

    order: tuple[str, ...]
    called: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Priority:
    """Who comes before whom, in the order of the ranking's rows (n,).

    `order` is one weak order of everybody, 0 first: scope by scope, then by rank; people whom nothing
    has separated share a number. `position` counts from 1 inside each scope (equals share the first
    of their positions). With a draw `ticket` (n, 32) holds each ticket, `tie_order` (n,) its place.
    """

    ties: FinalTies
    order: Int32
    position: Int32
    tickets: npt.NDArray[np.uint8] | None
    tie_order: Int32 | None
    draw: Draw | None


def prioritise(
    ids: Sequence[str],
    scope: Int32,
    group: Int32,
    *,
    strata: Sequence[str],
    ties: FinalTies,
    draw: DrawPlan | Draw | Lots | None,
) -> Priority:
    """Settle what the ranking left equal.

    `ids` (n,) name the people; `scope` (n,) indexes `strata`, the scopes' names; `group` (n,) is the
    dense rank inside the scope. Rows must be sorted by scope, then group. With `ties="lottery"` the
    roster of the draw is everybody ranked, each in the stratum of their scope with weight 1; a draw
    that has been held already keeps its own roster and seed. `Lots` give no tickets.

    Raises:
        ValueError: a lottery is asked for without a draw plan.
        BadInput: `lottery.*` problems of the roster or the sources; `lottery.lots_missing`: somebody tied has
            no lot.
    """
    weak = _dense(scope, group)
    if ties != "lottery":
        return Priority(ties, weak, _positions(scope, weak), None, None, None)
    if draw is None:
        raise ValueError("a lottery needs a draw plan")
    if isinstance(draw, Lots):
        return _by_lots(ids, scope, weak, draw)
    held = draw if isinstance(draw, Draw) else hold(draw, plain_roster_hash(ids, strata, scope))
    drawn = tickets(held.seed, held.id, ids)
    tie_order = ticket_order(drawn, ids)
    return Priority(ties, weak, _positions(scope, _strict(weak, tie_order)), drawn, tie_order, held)


def _by_lots(ids: Sequence[str], scope: Int32, weak: Int32, lots: Lots) -> Priority:
    """The order of lots that were told; who has none comes after them, which decides nothing."""
    place = {name: number for number, name in enumerate(lots.order)}
    tied = np.bincount(weak, minlength=1)[weak] > 1
    missing = [name for name, is_tied in zip(ids, tied, strict=True) if is_tied and name not in place]
    if missing:
        raise bad_input("lottery.lots_missing", people=", ".join(sorted(missing)))
    drawn = sorted(range(len(ids)), key=lambda row: (place.get(ids[row], len(place)), ids[row]))
    tie_order = np.empty(len(ids), np.int32)
    tie_order[drawn] = np.arange(len(ids), dtype=np.int32)
    return Priority("lottery", weak, _positions(scope, _strict(weak, tie_order)), None, tie_order, None)


def _strict(weak: Int32, tie_order: Int32) -> Int32:
    """The weak order with equals in the order of the draw."""
    strict = np.empty(weak.size, np.int32)
    strict[np.lexsort((tie_order, weak))] = np.arange(weak.size, dtype=np.int32)
    return strict


def hold(plan: DrawPlan, frozen: bytes) -> Draw:
    """Compute the seed from the hash of the frozen roster and the declared sources."""
    seed = draw_seed(frozen, plan.id, plan.sources)
    return Draw(plan.id, plan.sources, frozen, seed, entropy_total(plan.sources))


def _dense(scope: Int32, group: Int32) -> Int32:
    """One dense weak order over all scopes, for rows sorted by scope and group."""
    changed = np.ones(scope.size, dtype=np.int32)
    changed[1:] = (scope[1:] != scope[:-1]) | (group[1:] != group[:-1])
    return (np.cumsum(changed) - 1).astype(np.int32)


def _positions(scope: Int32, order: Int32) -> Int32:
    """Competition positions 1, 2, … inside each scope by an order of everybody."""
    rows = np.lexsort((order, scope))
    place = np.arange(scope.size)
    by_scope, by_order = scope[rows], order[rows]
    new_scope = np.ones(scope.size, dtype=bool)
    new_scope[1:] = by_scope[1:] != by_scope[:-1]
    new_order = new_scope.copy()
    new_order[1:] |= by_order[1:] != by_order[:-1]
    start = np.maximum.accumulate(np.where(new_scope, place, 0))
    first = np.maximum.accumulate(np.where(new_order, place, 0))
    positions = np.empty(scope.size, np.int32)
    positions[rows] = first - start + 1
    return positions
