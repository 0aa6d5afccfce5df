"""Proven "what if": one person's points changed, the whole market made and allocated anew.

A threshold read off a cut-off is no promise: whoever would have come in instead pushes somebody out, and the
chain may come back. Only a run of the mechanism says what would have happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from allocation.allocate import allocate
from allocation.assemble import Ties, market_of_columns
from allocation.columns import Columns, Points
from allocation.market_rules import MarketCase
from values.points import to_units
from values.problems import Problem, Refused, bad_input


@dataclass(frozen=True)
class Proof:
    """With `more` points the person gets `offer` (None: no place). `refused`: no answer, e.g. a tie then
    decides."""

    applicant: str
    more: str
    offer: str | None
    refused: tuple[Problem, ...] = ()


def with_more_points(case: MarketCase, people: Iterable[int], amounts: Iterable[str]) -> Iterator[Proof]:
    """What each person (row number) gets with each amount added to every figure of points they have.

    One run of the mechanism each. Others, lots and tie keys stay as they are.

    Raises:
        BadInput: `market.needs_points` for a market that does not rank by points; those of `to_units`.
    """
    texts = list(amounts)
    for person in people:
        for text in texts:
            yield _proof(case, person, text)


def _proof(case: MarketCase, person: int, more: str) -> Proof:
    name = case.market.applicants[person]
    market = market_of_columns(_raised(case.columns, person, more), _kept(case))
    try:
        found = allocate(market, case.mechanism, case.ties)
    except Refused as error:
        return Proof(name, more, None, tuple(error.problems))
    offer = int(found.assigned[person])
    return Proof(name, more, market.offers[offer] if offer >= 0 else None)


def _kept(case: MarketCase) -> Ties:
    """The tie rules; one lot a person is not drawn again but taken from the market as an order."""
    rules, order = case.rules, case.market.tie_order
    if rules.policy != "lottery" or rules.per_offer or order is None:
        return rules
    return Ties("order", order=tuple(case.market.applicants[row] for row in np.argsort(order)))


def _raised(columns: Columns, person: int, more: str) -> Columns:
    if columns.points is None and columns.wish_points is None:
        raise bad_input("market.needs_points")
    scale = max((p.scale for p in (columns.points, columns.wish_points) if p is not None), default=0)
    decimals = len(more.partition(".")[2])
    finer = _scaled(columns, max(scale, decimals))
    by = to_units(more, max(scale, decimals))
    own = None if finer.points is None else _with(finer.points, np.array([person]), by)
    wishes = np.flatnonzero(columns.wish_person == person)
    at_offers = None if finer.wish_points is None else _with(finer.wish_points, wishes, by)
    return replace(finer, points=own, wish_points=at_offers)


def _with(points: Points, rows: np.ndarray[tuple[int], np.dtype[np.int64]], by: int) -> Points:
    units = points.units.copy()
    units[rows[points.known[rows]]] += by
    return replace(points, units=units)


def _scaled(columns: Columns, scale: int) -> Columns:
    """The same columns with points in units of 10^-scale."""
    factors = [10 ** (scale - p.scale) for p in (columns.points, columns.wish_points) if p is not None]
    if set(factors) == {1}:
        return columns
    factor = factors[0]
    rules = columns.rules
    if rules is not None:
        stated = rules.minimum_points > np.iinfo(np.int64).min
        minimum = np.where(stated, rules.minimum_points * np.where(stated, factor, 1), rules.minimum_points)
        rules = replace(rules, minimum_points=minimum)
    return replace(
        columns,
        rules=rules,
        points=_finer(columns.points, scale),
        wish_points=_finer(columns.wish_points, scale),
    )


def _finer(points: Points | None, scale: int) -> Points | None:
    if points is None:
        return None
    return Points(points.units * 10 ** (scale - points.scale), points.known, scale)
