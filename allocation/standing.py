"""Who stands where: weak standings from keys, and the strict order that chance or a list makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from allocation.arrays import Bool, Int32, Int64, read_only
from allocation.market import Market, TiePolicy
from values.problems import Problem, Refused, bad_input

NAMED_PEOPLE = 20
"""How many tied people an error names before it only counts."""

NAMED_GROUPS = 100
"""How many tied groups an error names before it only counts."""

FEW_VALUES = 1 << 16
"""So many different values are always counted rather than sorted."""


@dataclass(frozen=True, eq=False)
class StrictOrder:
    """Everybody's strict place: `standing` (w,) first, then `tie` (n,); `person_at` inverts `tie`."""

    standing: Int32
    tie: Int32
    person_at: Int32


def dense_standing(*keys: tuple[Int64, Literal["higher", "lower"]]) -> Int32:
    """Dense weak ranks, 0 best, of rows compared key by key; equal rows share a rank.

    Call it once per ranking scope, on people (n,) where all offers rank alike, else on wishes (w,).
    """
    if not keys:
        raise ValueError("a ranking needs a key")
    # ~x turns the order round without overflow
    columns = [values if better == "lower" else ~values for values, better in keys]
    packed = _packed(columns)
    if packed is not None and int(packed.max()) < max(packed.size, FEW_VALUES):
        return (np.cumsum(np.bincount(packed) > 0) - 1).astype(np.int32)[packed]
    order, changed = _sorted_rows(columns if packed is None else [packed])
    ranks = np.empty(order.size, np.int32)
    ranks[order] = np.cumsum(changed) - 1
    return ranks


def _sorted_rows(columns: Sequence[Int64]) -> tuple[Int64, Bool]:
    """Row numbers in order, and where in that order a new value begins."""
    order = np.argsort(columns[0]) if len(columns) == 1 else np.lexsort(columns[::-1])
    changed = np.zeros(order.size, bool)
    changed[:1] = True
    for column in columns:
        ordered = column[order]
        changed[1:] |= ordered[1:] != ordered[:-1]
    return order, changed


def _packed(columns: Sequence[Int64]) -> Int64 | None:
    """All keys in one integer of the same order, or None if they need more than 62 bits."""
    if columns[0].size == 0:
        return None
    spans = [int(column.max()) - int(column.min()) + 1 for column in columns]
    if np.prod([float(span) for span in spans]) >= 2.0**62:
        return None
    packed = np.zeros(columns[0].size, np.int64)
    for column, span in zip(columns, spans, strict=True):
        packed = packed * span + (column - column.min())
    return packed


def tiered_standing(tier: Int32, ranking: Int32, wish_person: Int32) -> Int32:
    """Standings (w,) where the class at the offer comes before the one ranking (n,); not dense.

    Falls back to dense ranks when classes times ranks do not fit 31 bits.
    """
    ranks = int(ranking.max(initial=0)) + 1
    classes = dense_standing((tier.astype(np.int64), "lower"))
    if (int(classes.max(initial=0)) + 1) * ranks < 2**31 - 1:
        return (classes * np.int32(ranks) + ranking[wish_person]).astype(np.int32)
    return dense_standing(
        (classes.astype(np.int64), "lower"), (ranking[wish_person].astype(np.int64), "lower")
    )


def strict_order(market: Market) -> StrictOrder:
    """The market's order with equals separated by its tie order.

    Without a tie order people keep row numbers as ties: call `refuse_equals` first.
    """
    standing, tie = market.standing, market.tie_order
    if market.wish_tie is not None:
        standing, tie = _places_at_offers(market), None
    if tie is None:
        tie = read_only(np.arange(len(market.applicants)), np.int32, "tie_order")
    person_at = np.empty_like(tie)
    person_at[tie] = np.arange(tie.size, dtype=np.int32)
    return StrictOrder(standing, tie, person_at)


def check_tie_order(market: Market, ties: TiePolicy) -> None:
    """A policy that separates equals needs the order to do it by.

    Raises:
        BadInput: `market.no_tie_order`.
    """
    if ties in ("lottery", "order") and not market.has_tie_order:
        raise bad_input("market.no_tie_order", ties=ties)


def banded(market: Market, bands: Int32 | None) -> Market:
    """The market with standings in which the band of a wish (w,) comes first; the same without bands."""
    if bands is None:
        return market
    places = int(market.standing.max(initial=0)) + 1
    if int(bands.max(initial=0)) * places < 2**31 - 1:
        standing = (bands - np.int32(1)) * np.int32(places) + market.standing
    else:
        first, then = bands.astype(np.int64), market.standing.astype(np.int64)
        standing = dense_standing((first, "lower"), (then, "lower"))
    return replace(market, standing=read_only(standing, np.int32, "standing"))


def _places_at_offers(market: Market) -> Int32:
    """Strict places (w,) inside each offer, where each offer separates equals by lots of its own."""
    lots = market.standing if market.wish_tie is None else market.wish_tie
    order = np.lexsort((lots, market.standing, market.wish_offer))
    offer = market.wish_offer[order]
    first = np.searchsorted(offer, np.arange(len(market.offers)))
    places = np.empty(order.size, np.int32)
    places[order] = np.arange(order.size) - first[offer]
    return read_only(places, np.int32, "standing")


def refuse_equals(market: Market) -> None:
    """A strict order is needed and no chance is allowed: nobody may be equal at an offer both list.

    Raises:
        Refused: see `refuse_equal_pairs`.
    """
    refuse_equal_pairs(market, market.wish_offer, market.standing, market.wish_person)


def refuse_equal_pairs(market: Market, offer: Int32, standing: Int32, person: Int32) -> None:
    """The same for any pairs of a person and an offer.

    Raises:
        Refused: `allocation.tie_refused`, one per offer and group of equals, by offer id and standing;
            `allocation.more_ties` where there are more than `NAMED_GROUPS`.
    """
    place = offer.astype(np.int64) << 31 | standing
    order = np.argsort(place)
    ordered = place[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1])
    if again.size == 0:
        return
    tied = np.unique(ordered[again])
    first = tied[np.lexsort((tied, _places_by_id(market)[tied >> 31]))][:NAMED_GROUPS]
    groups = (
        (tied, np.searchsorted(ordered, tied), np.searchsorted(ordered, tied, "right")) for tied in first
    )
    named = [tie_problem(market, int(tied >> 31), person[order[begin:end]]) for tied, begin, end in groups]
    raise refusal_of_ties(named, tied.size)


def refusal_of_ties(named: Iterable[Problem], number: int) -> Refused:
    """The tied groups that are named, and how many there are if these are not all."""
    problems = tuple(named)
    if number > len(problems):
        problems += (Problem.of("allocation.more_ties", named=len(problems), number=number),)
    return Refused(problems)


def _places_by_id(market: Market) -> Int64:
    """(m,) where each offer stands when they are sorted by id."""
    places = np.empty(len(market.offers), np.int64)
    places[sorted(range(places.size), key=market.offers.__getitem__)] = np.arange(places.size)
    return places


def tie_problem(market: Market, offer: int, people: Int32) -> Problem:
    """The equal people at an offer, by id."""
    named = _named(market, people)
    return Problem.of("allocation.tie_refused", offer=market.offers[offer], people=named, number=people.size)


def keys_of(market: Market, ties: TiePolicy, wish: Int64) -> Int64:
    """One number per wish: smaller stands first at that offer, equal numbers are tied under the policy."""
    keys = market.standing[wish].astype(np.int64) << 31
    if ties not in ("lottery", "order"):
        return keys
    if market.wish_tie is not None:
        return keys | market.wish_tie[wish]
    if market.tie_order is not None:
        return keys | market.tie_order[market.wish_person[wish]]
    return keys


def refuse_equal_ranks(market: Market, person: Int64, offer: Int32) -> None:
    """Nobody may be equal in the one ranking who competes, directly or through others, for the same places.

    `person` and `offer` are pairs: who could be placed where.

    Raises:
        Refused: `allocation.ranking_tie_refused`, one per group of equals, the best ranked first;
            `allocation.more_ties` where there are more than `NAMED_GROUPS`.
    """
    from allocation.place_kernels import connect

    assert market.ranking is not None
    part = connect(person, offer, len(market.offers))
    people, first = np.unique(person, return_index=True)
    place = part[offer[first]] << 31 | market.ranking[people]
    order = np.argsort(place)
    values, begin, size = np.unique(place[order], return_index=True, return_counts=True)
    tied = np.flatnonzero(size > 1)
    if tied.size == 0:
        return
    smallest = np.full(len(market.offers), len(market.offers))
    np.minimum.at(smallest, part, _places_by_id(market))
    by_rank = np.lexsort((smallest[values[tied] >> 31], values[tied] & (2**31 - 1)))
    problems = []
    for group in tied[by_rank][:NAMED_GROUPS]:
        named = _named(market, people[order[begin[group] : begin[group] + size[group]]])
        problems.append(Problem.of("allocation.ranking_tie_refused", people=named, number=size[group]))
    raise refusal_of_ties(problems, tied.size)


def strict_places(market: Market, people: Int64) -> Int32:
    """(r,) who stands before whom in the one ranking, equals by the tie order."""
    assert market.ranking is not None
    lots = np.zeros(people.size, np.int32) if market.tie_order is None else market.tie_order[people]
    places = np.empty(people.size, np.int32)
    places[np.lexsort((lots, market.ranking[people]))] = np.arange(people.size, dtype=np.int32)
    return places


def _named(market: Market, people: Int32 | Int64) -> str:
    ids = sorted(market.applicants[row] for row in people)
    return ", ".join(ids[:NAMED_PEOPLE]) + (" …" if len(ids) > NAMED_PEOPLE else "")
