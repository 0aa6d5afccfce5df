"""The people whom a stage treats apart, as a market has them: bands of their own, pools of seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int32, Int64
from allocation.market import Pools, Quotas
from allocation.memberships import Memberships
from allocation.outcome import Mechanism
from allocation.parallel import EVERYBODY, Parallel
from allocation.redistribution_round import Redistribution
from allocation.registry import MECHANISMS
from scoring.allocation_rule import Stage
from scoring.rounding import divided
from scoring.seat_groups import Bands, Ceiling, SeatPool

Bool = NDArray[np.bool_]


def mechanism_of(stage: Stage) -> Mechanism:
    """The mechanism with the stage's parameters."""
    if stage.then is not None:
        return Redistribution(then=stage.then)
    if stage.bands is None:
        return MECHANISMS[stage.mechanism]()
    return Parallel(by_category=bands_of(stage))


def bands_of(stage: Stage) -> tuple[tuple[str, Bands], ...]:
    """How many wishes stand side by side, by whose they are; one by one where the stage does not say."""
    own = tuple((group.id, group.bands) for group in stage.bands_for or ())
    return (*own, (EVERYBODY, stage.bands or (1,)))


def memberships(stage: Stage, members: Mapping[str, Bool], people: int) -> Memberships | None:
    """Who has bands of their own; `members` (people,) by group. None if nobody could."""
    if not stage.bands_for:
        return None
    names = tuple(group.id for group in stage.bands_for)
    pairs = np.argwhere(np.column_stack([members[name] for name in names]))
    return Memberships(people, names, pairs[:, 0].astype(np.int32), pairs[:, 1].astype(np.int32))


def pools_of(
    stage: Stage, offers: pl.DataFrame, members: Mapping[str, Bool], person: Int32, offer: Int32
) -> Pools | None:
    """The pools of every offer, for wishes of `person` for `offer`; None if the stage has none."""
    pools = ordered(stage)
    if not pools:
        return None
    m, seats = offers.height, pool_seats(stage, offers)
    bits = np.zeros(person.size, np.uint64)
    for at, pool in enumerate(pools):
        inside = np.ones(person.size, bool) if pool.rest else members[pool.id][person]
        bits |= inside.astype(np.uint64) << np.uint64(at)
    return Pools(
        np.arange(m + 1, dtype=np.int64) * len(pools),
        tuple(None if pool.rest else pool.id for pool in pools) * m,
        seats.reshape(-1),
        np.tile([pool.unfilled != "lapses" for pool in pools], m),
        bits.astype(np.uint8) if len(pools) <= BITS else bits,
        np.ones(m, bool),
    )


def ceilings_of(stage: Stage, left: Int64, members: Mapping[str, Bool], person: Int32) -> Quotas | None:
    """The ceilings of every offer, of which `left` (m, k) seats are open, for wishes of `person`."""
    if not stage.ceilings:
        return None
    bits = np.zeros(person.size, np.uint64)
    for at, ceiling in enumerate(stage.ceilings):
        bits |= members[ceiling.id][person].astype(np.uint64) << np.uint64(at)
    m, k = left.shape
    names = tuple(ceiling.id for ceiling in stage.ceilings) * m
    return Quotas(np.arange(m + 1, dtype=np.int64) * k, names, left.reshape(-1), bits)


def ceilings_left(stage: Stage, offers: pl.DataFrame, members: Mapping[str, Bool], holds: Int32) -> Int64:
    """(m, k) the seats that the people of each ceiling may still get; `holds` (n,) is the offer of each, or
    -1."""
    seats = offers["seats"].to_list()
    columns = []
    for ceiling in stage.ceilings or ():
        held = holds[(holds >= 0) & members[ceiling.id]]
        most = _own(ceiling, seats, offers)
        assert most is not None
        columns.append(np.maximum(most - np.bincount(held, minlength=offers.height), 0))
    return np.array(columns, np.int64).reshape(len(columns), offers.height).T


def ordered(stage: Stage) -> tuple[SeatPool, ...]:
    """The pools as they are filled; all other seats come last unless the stage says when."""
    pools = stage.pools or ()
    if not pools or any(pool.rest for pool in pools):
        return pools
    return (*pools, rest(pools[-1]))


def rest(beside: SeatPool) -> SeatPool:
    """All other seats, where the policy does not name them."""
    return SeatPool.model_construct(id=REST, title=beside.title, rest=True, cite=beside.cite)


BITS = 8
"""So many pools fit into the narrower of the two types that the kernels are compiled for."""

REST = "*"
"""What all other seats are called where the policy gives them no name."""


def pool_seats(stage: Stage, offers: pl.DataFrame) -> Int64:
    """(m, k) the seats of every pool of every offer; what is left of the offer is the rest's.

    Negative where more is kept than the offer has: `scenarios.links` refuses that before.
    """
    seats = offers["seats"].to_list()
    columns = [_own(pool, seats, offers) for pool in ordered(stage)]
    kept = np.array([np.zeros(len(seats), np.int64) if own is None else own for own in columns]).T
    left = np.array(seats, np.int64) - kept.sum(axis=1)
    for at, own in enumerate(columns):
        if own is None:
            kept[:, at] = left
    return np.ascontiguousarray(kept)


def _own(pool: SeatPool | Ceiling, seats: Iterable[int], offers: pl.DataFrame) -> Int64 | None:
    """(m,) the seats of a pool that says how many."""
    if pool.seats is not None:
        return offers[pool.seats].to_numpy().astype(np.int64)
    if pool.share is None or pool.round is None:
        return None
    above, below = pool.share.as_integer_ratio()
    return np.array([divided(n * above, below, pool.round) for n in seats], np.int64)
