"""Who could go where and how far it is: the pairs that a redistribution by distance takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from allocation.arrays import Bool, Int32, Int64
from allocation.distance import EARTH_RADIUS_M, UNITS_PER_DEGREE, metres
from values.problems import bad_input
from values.progress import Progress, no_progress

_CELLS = 2**23  # distances held at once: 64 MB
_SLACK_M = 2.0  # the preselection by cosines is this coarse at most; it only ever lets too many through


@dataclass(frozen=True, eq=False)
class Points:
    """Where people live or offers are: WGS-84 in 10^-5 degrees; scopes do not mix (None: one scope)."""

    longitude: Int64
    latitude: Int64
    scope: Int32 | None = None


class Pairs(NamedTuple):
    """Person a could be placed at `offer[start[a]:start[a + 1]]` (by number), so many `metres` away."""

    start: Int64
    offer: Int32
    metres: Int64


def nearest_pairs(
    people: Points,
    offers: Points,
    *,
    seats: Int64 | None = None,
    nearest: int | None = None,
    max_cost: int | None = None,
    offer_order: Int32 | None = None,
    progress: Progress = no_progress,
) -> Pairs:
    """Everybody's pairs: offers of the own scope with a seat left, at most `max_cost` metres away, then of
    these the `nearest` ones.

    Equally far offers at the limit of `nearest` are taken by `offer_order` (distinct numbers, smallest
    first; as numbered if None), so exactly that many remain. Both limits are rules of the round, not
    savings: whoever finds no seat within them stays unplaced though there may be one farther away.

    Args:
        people: n points.
        offers: m points.
        seats: int64[m]; offers without a seat are left out before the nearest are counted. All have if None.
        nearest: at least 1; no such limit if None.
        max_cost: metres; no such limit if None.
        offer_order: int32[m].
        progress: told after each scope.

    Raises:
        BadInput: `redistribution.limit_range`, `redistribution.coordinate_range`.
    """
    for name, limit, least in (("nearest", nearest, 1), ("max_cost", max_cost, 0)):
        if limit is not None and limit < least:
            raise bad_input("redistribution.limit_range", name=name, value=limit, least=least)
    n, m = people.longitude.size, offers.longitude.size
    order = np.arange(m) if offer_order is None else np.argsort(np.argsort(offer_order))
    is_open = np.ones(m, np.bool_) if seats is None else seats > 0
    if nearest is not None:
        is_open &= _has_fewer_twins(offers, is_open, order, nearest)
    found = [np.empty((3, 0), np.int64)]
    blocks = list(_blocks(people.scope, offers.scope, is_open, n, m))
    for done, (rows, columns) in enumerate(blocks, start=1):
        person, offer = _candidates(people, offers, rows, columns, nearest, max_cost)
        far = metres(
            people.longitude[person], people.latitude[person], offers.longitude[offer], offers.latitude[offer]
        )
        kept = _within(person, far, order[offer], nearest, max_cost)
        found.append(np.stack([person[kept], offer[kept], far[kept]]))
        progress("distances", done, len(blocks))
    person, offer, far = np.concatenate(found, axis=1)
    by_person = np.argsort(person * m + offer)
    start = np.searchsorted(person[by_person], np.arange(n + 1)).astype(np.int64)
    return Pairs(start, offer[by_person].astype(np.int32), far[by_person])


def _has_fewer_twins(offers: Points, is_open: Bool, order: Int64, nearest: int) -> Bool:
    """Offers with fewer than `nearest` open ones before them at the same point and scope: no other can count.

    Why: an office that knows only the town of its schools gives all of them one point.
    """
    scope = np.zeros(order.size, np.int32) if offers.scope is None else offers.scope
    keys = np.stack([~is_open, scope, offers.longitude, offers.latitude])
    by_point = np.lexsort((order, *keys[::-1]))
    is_first = np.append(True, (np.diff(keys[:, by_point]) != 0).any(axis=0))[: order.size]
    before = np.arange(order.size) - np.maximum.accumulate(np.where(is_first, np.arange(order.size), 0))
    counts = np.empty(order.size, np.bool_)
    counts[by_point] = before < nearest
    return counts


def _blocks(
    person_scope: Int32 | None, offer_scope: Int32 | None, is_open: Bool, n: int, m: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """People and open offers of one scope at a time, at most `_CELLS` pairs of them."""
    of_person = np.zeros(n, np.int32) if person_scope is None else person_scope
    of_offer = np.zeros(m, np.int32) if offer_scope is None else offer_scope
    by_scope = np.argsort(of_person, kind="stable")
    for scope in np.unique(of_offer[is_open]):
        columns = np.flatnonzero((of_offer == scope) & is_open)
        first, last = np.searchsorted(of_person[by_scope], [scope, scope + 1])
        rows = by_scope[first:last]
        size = max(_CELLS // columns.size, 1)
        for at in range(0, rows.size, size):
            yield rows[at : at + size], columns


def _candidates(
    people: Points,
    offers: Points,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    nearest: int | None,
    max_cost: int | None,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs that may be within the limits: a superset, found by the cosine of the angle between them."""
    cosine = _directions(people, rows) @ _directions(offers, columns).T
    least = np.full(rows.size, -2.0)
    if nearest is not None and nearest < columns.size:
        last = np.partition(cosine, columns.size - nearest, axis=1)[:, columns.size - nearest]
        least = _cosine_beyond(np.arccos(np.clip(last, -1.0, 1.0)) * EARTH_RADIUS_M)
    if max_cost is not None:
        least = np.maximum(least, _cosine_beyond(np.array([float(max_cost)])))
    row, column = np.nonzero(cosine >= least[:, None])
    return rows[row], columns[column]


def _cosine_beyond(distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cosine at that distance and `_SLACK_M` more; -2 (below every cosine) past the antipode."""
    angle = (distance_m + _SLACK_M) / EARTH_RADIUS_M
    cosine: NDArray[np.float64] = np.where(angle < np.pi, np.cos(angle), -2.0)
    return cosine


def _directions(points: Points, which: NDArray[np.intp]) -> NDArray[np.float64]:
    """Unit vectors from the centre of the earth, (len(which), 3)."""
    along = np.radians(points.longitude[which] / UNITS_PER_DEGREE)
    up = np.radians(points.latitude[which] / UNITS_PER_DEGREE)
    return np.stack([np.cos(up) * np.cos(along), np.cos(up) * np.sin(along), np.sin(up)], axis=1)


def _within(
    person: NDArray[np.intp], far: Int64, order: Int64, nearest: int | None, max_cost: int | None
) -> NDArray[np.intp]:
    """Indices of the pairs inside both limits."""
    by_distance = np.lexsort((order, far, person))
    if max_cost is not None:
        by_distance = by_distance[far[by_distance] <= max_cost]
    if nearest is None:
        return by_distance
    whose = person[by_distance]
    position = np.arange(whose.size) - np.searchsorted(whose, whose)
    return by_distance[position < nearest]
