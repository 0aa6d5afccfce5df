"""From tables to the market: ineligible wishes go, with their reasons; people are ranked; ties are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocation.arrays import Bool, Int8, Int32, Int64, Unsigned, read_only
from allocation.columns import (
    COMMON,
    LIST,
    NO_MINIMUM,
    NO_TIER,
    POINTS,
    Columns,
    LimitRows,
    Pairs,
    Points,
    PoolRows,
    Rules,
)
from allocation.lottery import ticket_order, tickets
from allocation.market import (
    REASONS,
    Bystanders,
    Figures,
    Market,
    Pools,
    Quotas,
    Regions,
    Removed,
    Terms,
    TiePolicy,
)
from allocation.nearest import Points as Place
from allocation.nearest import nearest_pairs
from allocation.standing import dense_standing, tiered_standing

KEPT = -1
HOUSEHOLD, REQUIRES, MINIMUM, NOT_LISTED, NO_POINTS = range(len(REASONS))


@dataclass(frozen=True)
class Ties:
    """What is done with equals: the policy, and the draw or the explicit order of ids it needs."""

    policy: TiePolicy = "refuse"
    seed: bytes = b""
    draw_id: str = ""
    per_offer: bool = False
    order: tuple[str, ...] = ()


def market_of_columns(columns: Columns, ties: Ties) -> Market:
    """The market of tables whose ids and numbers have been checked.

    Raises:
        BadInput: `market.*` problems of the arrays, e.g. pools that do not add up; `lottery.*`.
    """
    reason, need, have = _eligibility(columns)
    kept = reason == KEPT
    n, m = len(columns.applicants), len(columns.offers)
    person, offer = columns.wish_person[kept], columns.wish_offer[kept]
    start = np.searchsorted(person, np.arange(n + 1)).astype(np.int64)
    ranking = _ranking(columns)
    market = Market.of_arrays(
        columns.applicants,
        columns.offers,
        columns.capacity,
        start,
        offer,
        _standing(columns, kept, ranking),
        ranking=ranking,
        tie_order=_tie_order(columns.applicants, ties),
        wish_tie=_wish_tie(columns, ties, person, offer) if ties.per_offer else None,
        pools=None if columns.pools is None else _pools(columns, columns.pools, person, offer, m),
        removed=_removed(columns, reason, need, have),
        figures=_figures(columns, kept),
        terms=None if columns.pairs is None else _terms(columns, columns.pairs, kept),
        ceilings=None if columns.ceilings is None else _quotas(columns, columns.ceilings, person, offer),
        reserves=None if columns.reserves is None else _quotas(columns, columns.reserves, person, offer),
        regions=None if columns.regions is None else Regions(**vars(columns.regions)),
        minimum=columns.minimum,
        consents=columns.consents,
        memberships=columns.memberships,
    )
    if columns.listed is None or columns.listed.all():
        return market
    return _wished_for(market, columns.listed, kept)


def _wished_for(market: Market, listed: Bool, kept: Bool) -> Market:
    """The market of the pairs that people wished for; the others stand by."""
    wished = listed[kept]
    person = market.wish_person
    start = np.searchsorted(person[wished], np.arange(len(market.applicants) + 1))
    removed, was_wish = market.removed, listed[~kept]
    before = np.concatenate([[0], np.cumsum(wished)])[removed.before[was_wish]]
    figures = market.figures
    return replace(
        market,
        wish_start=read_only(start, np.int64, "wish_start"),
        wish_offer=read_only(market.wish_offer[wished], np.int32, "wish_offer"),
        standing=read_only(market.standing[wished], np.int32, "standing"),
        wish_tie=None if market.wish_tie is None else read_only(market.wish_tie[wished], np.int32, "lots"),
        removed=Removed(
            removed.applicant[was_wish],
            removed.offer[was_wish],
            before.astype(np.int64),
            removed.reason[was_wish],
            removed.need[was_wish],
            removed.have[was_wish],
            removed.categories,
        ),
        figures=replace(
            figures,
            tier=None if figures.tier is None else figures.tier[wished],
            wish_points=None if figures.wish_points is None else figures.wish_points[wished],
        ),
        bystanders=Bystanders(
            person[~wished],
            market.wish_offer[~wished],
            market.standing[~wished],
            None if market.wish_tie is None else market.wish_tie[~wished],
        ),
    )


def _eligibility(columns: Columns) -> tuple[Int8, Int64, Int64]:
    """(w,) the reason to remove a wish or `KEPT`, and the figures `need` and `have` of the reason."""
    w = columns.wish_offer.size
    reason, need, have = np.full(w, KEPT, np.int8), np.zeros(w, np.int64), np.zeros(w, np.int64)
    if columns.rules is not None:
        wishes = (columns.wish_person, columns.wish_offer, columns.wish_points)
        _apply_rules(columns, columns.rules, wishes, reason, need, have)
    open_to = reason == KEPT
    reason[open_to & ~_is_ranked(columns)] = NOT_LISTED
    by_points = columns.source[columns.wish_offer] == POINTS
    reason[(reason == NOT_LISTED) & by_points] = NO_POINTS
    return reason, need, have


def _apply_rules(
    columns: Columns,
    rules: Rules,
    pairs: tuple[Int32, Int32, Points | None],
    reason: Int8,
    need: Int64,
    have: Int64,
) -> None:
    """Write what household size, required categories and minimum points say about pairs.

    `pairs` are persons, offers and the offers' own points.
    """
    person, offer, own = pairs
    if rules.household.size:
        size = rules.household[person]
        for bound, broken in (
            (rules.least[offer], size < rules.least[offer]),
            (rules.most[offer], size > rules.most[offer]),
        ):
            reason[broken], need[broken], have[broken] = HOUSEHOLD, bound[broken], size[broken]
    pair, category = _required(rules, offer)
    missing = ~columns.memberships.holds(person[pair], category)
    first = np.unique(pair[missing], return_index=True)[1]
    rows, lacking = pair[missing][first], category[missing][first]
    free = reason[rows] == KEPT
    reason[rows[free]], need[rows[free]] = REQUIRES, lacking[free]
    minimum = rules.minimum_points[offer]
    if (minimum > NO_MINIMUM).any():
        units, known = _points_of(columns, person, own)
        low = (reason == KEPT) & (minimum > NO_MINIMUM) & (~known | (units < minimum))
        reason[low & known], reason[low & ~known] = MINIMUM, NO_POINTS
        need[low], have[low] = minimum[low], units[low]


def _required(rules: Rules, offer: Int32) -> tuple[Int64, Int32]:
    """Pair by pair each category that its offer requires: row numbers of the pairs, and the categories."""
    by_offer = np.argsort(rules.offer, kind="stable")
    first = np.searchsorted(rules.offer[by_offer], offer)
    count = np.searchsorted(rules.offer[by_offer], offer, "right") - first
    pair = np.repeat(np.arange(offer.size), count)
    within = np.arange(pair.size) - np.repeat(np.cumsum(count) - count, count)
    return pair, rules.category[by_offer[np.repeat(first, count) + within]]


def _points_of(columns: Columns, person: Int32, own: Points | None) -> tuple[Int64, Bool]:
    """Points of pairs: the offer's own for the person where it has any, else the person's."""
    units, known = np.zeros(person.size, np.int64), np.zeros(person.size, bool)
    if columns.points is not None:
        units, known = columns.points.units[person], columns.points.known[person]
    if own is not None:
        units, known = np.where(own.known, own.units, units), known | own.known
    return units, known


def _wish_points(columns: Columns) -> tuple[Int64, Bool]:
    """(w,) points of the wishes, and who has any."""
    return _points_of(columns, columns.wish_person, columns.wish_points)


def _is_ranked(columns: Columns) -> Bool:
    """(w,) whether the offer ranks the person at all."""
    source = columns.source[columns.wish_offer]
    ranked = np.ones(source.size, bool)
    if columns.places is not None:
        ranked[source == LIST] = (columns.places >= 0)[source == LIST]
    if columns.common is not None:
        ranked &= (source != COMMON) | (columns.common[columns.wish_person] >= 0)
    if (source == POINTS).any():
        known = _wish_points(columns)[1]
        if columns.tier is not None:
            known = known & (columns.tier != NO_TIER)
        ranked &= (source != POINTS) | known
    return ranked


def _ranking(columns: Columns) -> Int32 | None:
    """(n,) the one ranking: the market's list, or the people's points; the unranked come last."""
    if columns.common is not None:
        last = columns.common.max(initial=-1) + 1
        return np.where(columns.common >= 0, columns.common, last).astype(np.int32)
    if columns.points is None:
        return None if columns.applicants else np.empty(0, np.int32)
    known = columns.points.known
    keys = [(key.values, key.better) for key in columns.keys]
    units = np.where(known, columns.points.units, 0)
    return dense_standing((known.astype(np.int64), "higher"), (units, "higher"), *keys)


def _standing(columns: Columns, kept: Bool, ranking: Int32 | None) -> Int32 | None:
    """(kept wishes,) standings; None if everybody stands everywhere as in the one ranking."""
    person, offer = columns.wish_person[kept], columns.wish_offer[kept]
    source = columns.source[offer]
    if ranking is not None and columns.wish_points is None and not (source == LIST).any():
        if columns.tier is None:
            return None
        return tiered_standing(columns.tier[kept], ranking, person)
    standing = np.zeros(person.size, np.int32)
    if columns.places is not None:
        standing[source == LIST] = columns.places[kept][source == LIST]
    if columns.common is not None and ranking is not None:
        standing[source == COMMON] = ranking[person[source == COMMON]]
    by_points = source == POINTS
    if by_points.any():
        standing[by_points] = _by_points(columns, np.flatnonzero(kept)[by_points])
    return standing


def _by_points(columns: Columns, wishes: Int64) -> Int32:
    """Standings of wishes: tier, points at the offer, tie keys."""
    units = _wish_points(columns)[0][wishes]
    person = columns.wish_person[wishes]
    tier = np.zeros(wishes.size, np.int64) if columns.tier is None else columns.tier[wishes].astype(np.int64)
    keys = [(key.values[person], key.better) for key in columns.keys]
    return dense_standing((tier, "lower"), (units, "higher"), *keys)


def _tie_order(applicants: tuple[str, ...], ties: Ties) -> Int32 | None:
    if ties.policy == "lottery":
        return ticket_order(tickets(ties.seed, ties.draw_id, applicants), applicants)
    if ties.policy == "order":
        place = {name: at for at, name in enumerate(ties.order)}
        return np.array([place[name] for name in applicants], np.int32)
    return None


def _wish_tie(columns: Columns, ties: Ties, person: Int32, offer: Int32) -> Int32 | None:
    """(kept wishes,) each offer's own lots, under the draw id `draw_id/offer`."""
    if ties.policy != "lottery":
        return None
    lots = np.zeros(person.size, np.int32)
    by_offer = np.argsort(offer, kind="stable")
    for rows in np.split(by_offer, np.flatnonzero(np.diff(offer[by_offer])) + 1) if by_offer.size else ():
        ids = [columns.applicants[row] for row in person[rows]]
        draw = f"{ties.draw_id}/{columns.offers[offer[rows[0]]]}"
        lots[rows] = ticket_order(tickets(ties.seed, draw, ids), ids)
    return lots


def _pools(columns: Columns, rows: PoolRows, person: Int32, offer: Int32, m: int) -> Pools:
    """The pools of all offers; an offer without any has one of everybody."""
    declared = np.bincount(rows.offer, minlength=m) > 0
    plain = np.flatnonzero(~declared).astype(np.int32)
    owner = np.concatenate([rows.offer, plain])
    order = np.argsort(owner, kind="stable")
    category = np.concatenate([rows.category, np.full(plain.size, -1, np.int32)])[order]
    seats = np.concatenate([rows.seats, columns.capacity[plain]])[order]
    is_open = np.concatenate([rows.open, np.ones(plain.size, bool)])[order]
    start = np.searchsorted(owner[order], np.arange(m + 1)).astype(np.int64)
    names = columns.memberships.names
    return Pools(
        start,
        tuple(names[code] if code >= 0 else None for code in category),
        seats,
        is_open,
        _member_bits(columns, start, category, person, offer),
        declared,
    )


def _member_bits(columns: Columns, start: Int64, category: Int32, person: Int32, offer: Int32) -> Unsigned:
    """(kept wishes,) bit j: the person belongs to the category of the offer's j-th pool."""
    pools = np.diff(start)[offer]
    most = int(pools.max(initial=0))
    bits = np.zeros(person.size, np.uint64)
    for position in range(min(most, 64)):
        rows = np.flatnonzero(pools > position)
        member = columns.memberships.holds(person[rows], category[start[offer[rows]] + position])
        bits[rows] |= member.astype(np.uint64) << np.uint64(position)
    return bits.astype(np.uint8) if most <= 8 else bits


def _quotas(columns: Columns, rows: LimitRows, person: Int32, offer: Int32) -> Quotas:
    """The ceilings or the reserves of all offers."""
    start = np.searchsorted(rows.offer, np.arange(len(columns.offers) + 1)).astype(np.int64)
    names = columns.memberships.names
    bits = _member_bits(columns, start, rows.category, person, offer)
    return Quotas(start, tuple(names[code] for code in rows.category), rows.seats, bits.astype(np.uint64))


def _removed(columns: Columns, reason: Int8, need: Int64, have: Int64) -> Removed:
    gone = np.flatnonzero(reason != KEPT)
    before = np.cumsum(reason == KEPT)[gone] if gone.size else np.empty(0, np.int64)
    return Removed(
        columns.wish_person[gone],
        columns.wish_offer[gone],
        before.astype(np.int64),
        reason[gone],
        need[gone],
        have[gone],
        columns.memberships.names,
    )


def _figures(columns: Columns, kept: Bool) -> Figures:
    """Points and keys as the offers that rank by points see them."""
    listed = columns.source != POINTS
    own, people = columns.wish_points, columns.points
    return Figures(
        points=None if people is None else people.units,
        points_scale=people.scale if people is not None else own.scale if own is not None else 0,
        tier=None if columns.tier is None else columns.tier[kept],
        keys=columns.keys,
        listed=listed,
        wish_points=None if own is None else _wish_points(columns)[0][kept],
    )


def _terms(columns: Columns, pairs: Pairs, wishes_kept: Bool) -> Terms:
    """The eligible pairs, person by person; distances are measured late unless rules remove pairs.

    A wish that was removed is no way in either.
    """
    n, m = len(columns.applicants), len(columns.offers)
    ranked = np.ones(n, bool)
    if columns.common is not None:
        ranked = columns.common >= 0
    elif columns.points is not None:
        ranked = columns.points.known
    takes_part = pairs.accepts & ranked
    if pairs.homes is not None and columns.rules is None and wishes_kept.all():
        start, none, long = np.zeros(n + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.int64)
        return Terms(start, none, long, takes_part, pairs.guaranteed, pairs.homes, pairs.sites)
    person, offer, cost = _measured(pairs, takes_part)
    reason, figure = np.full(person.size, KEPT, np.int8), np.zeros(person.size, np.int64)
    if columns.rules is not None:
        _apply_rules(columns, columns.rules, (person, offer, None), reason, figure, figure.copy())
    removed = columns.wish_person[~wishes_kept].astype(np.int64) * m + columns.wish_offer[~wishes_kept]
    reason[np.isin(person.astype(np.int64) * m + offer, removed)] = NOT_LISTED
    kept = np.flatnonzero((reason == KEPT) & takes_part[person])
    kept = kept[np.lexsort((offer[kept], person[kept]))]
    start = np.searchsorted(person[kept], np.arange(n + 1)).astype(np.int64)
    return Terms(start, offer[kept], cost[kept], takes_part, pairs.guaranteed)


def _measured(pairs: Pairs, takes_part: Bool) -> tuple[Int32, Int32, Int64]:
    """Person, offer and cost of every pair."""
    if pairs.homes is None or pairs.sites is None:
        return pairs.person, pairs.offer, pairs.cost
    people = np.flatnonzero(takes_part).astype(np.int32)
    found = nearest_pairs(
        Place(*pairs.homes[people].T.copy()), Place(*pairs.sites.T.copy()), max_cost=pairs.max_cost
    )
    return np.repeat(people, np.diff(found.start)), found.offer, found.metres
