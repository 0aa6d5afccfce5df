"""A table of cut-offs replayed: everybody's best-liked offer whose line lets them in.

Only the market, the tie rules and the table are read, no assignment. A line that is not full lets everybody
in; a full one whoever stands ahead of its last admitted or is one of them. Of several pools the first that
lets a person in.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from allocation.arrays import Bool, Int32, Int64, read_only
from allocation.cutoffs import Cutoffs, blank_lines
from allocation.market import Market, TiePolicy
from allocation.outcome import offers_of_wishes
from allocation.places import by_offer
from allocation.quota_choice import QuotaLines, is_ruled
from values.problems import BadInput, Problem

Order = tuple[Int64, Int32, Int32, Int32, Int32]
"""Lists and who stands where: starts, offers, standing, lots (a person's, or a wish's), as the kernels take
them."""


def places_by_cutoffs(market: Market, ties: TiePolicy, table: pl.DataFrame) -> Int32:
    """(n,) the offer that a table of cut-offs (see `cutoffs_table`) gives everybody, -1 for none.

    Where bands decide, hand in the `banded` market.

    Raises:
        BadInput: `cutoffs.line_missing`, `cutoffs.unknown_line`, `cutoffs.unknown_last`.
    """
    wishes, _ = replay_lines(market, order_of(market, ties), lines_of_table(market, table))
    return offers_of_wishes(market, wishes)


def order_of(market: Market, ties: TiePolicy) -> Order:
    """Who stands where; lots are zeros where equals count as equal."""
    none = read_only(np.empty(0, np.int32), np.int32, "wish_lot")
    lot = read_only(np.zeros(len(market.applicants), np.int32), np.int32, "lot")
    if ties in ("lottery", "order") and market.wish_tie is not None:
        lot, none = none, market.wish_tie
    elif ties in ("lottery", "order") and market.tie_order is not None:
        lot = market.tie_order
    return market.wish_start, market.wish_offer, market.standing, lot, none


def lines_of_table(market: Market, table: pl.DataFrame) -> Cutoffs:
    """The lines of a table, one for every offer, pool and way in, or set of categories.

    Raises:
        BadInput: `cutoffs.line_missing` for an offer without one of its lines; `cutoffs.unknown_line` for a
            line the market has not; `cutoffs.unknown_last` for a last admitted person who does not list the
            offer.
    """
    rows = {name: row for row, name in enumerate(market.offers)}
    people = {name: row for row, name in enumerate(market.applicants)}
    ruled, blank = is_ruled(market), blank_lines(market)
    place = {
        key: line
        for line, key in enumerate(
            zip(blank.offer.tolist(), blank.pool.tolist(), blank.others.tolist(), strict=True)
        )
    }
    full, last, found = blank.full.copy(), blank.last.copy(), ruled[blank.offer]
    by_categories, problems = list[tuple[int, tuple[str, ...], bool, int]](), list[Problem]()
    for line in table.iter_rows(named=True):
        offer = rows.get(line["offer"], -1)
        wish = _wish_of(market, people, line["last_admitted"], offer)
        if line["last_admitted"] is not None and wish < 0:
            problems.append(Problem.of("cutoffs.unknown_last", offer=line["offer"], id=line["last_admitted"]))
        elif offer >= 0 and ruled[offer]:
            by_categories.append((offer, tuple(line["categories"]), line["full"], wish))
        else:
            pool = -1 if line["pool"] is None else line["pool"]
            at = place.get((offer, pool, line["entry"] == "fallback"), -1)
            if at < 0:
                problems.append(Problem.of("cutoffs.unknown_line", offer=line["offer"]))
            else:
                full[at], last[at], found[at] = line["full"], wish, True
    missing = sorted({market.offers[o] for o in blank.offer[~found]})
    problems += [Problem.of("cutoffs.line_missing", offer=name) for name in missing]
    if problems:
        raise BadInput(problems)
    quotas = _quota_lines(market, by_categories) if market.has_quotas else None
    return replace(blank, full=full, last=last, quotas=quotas)


def _wish_of(market: Market, people: dict[str, int], names: str | None, offer: int) -> int:
    """The wish for the offer of the person named, or of the first of several joined by `|`; -1 for none."""
    parts = [] if names is None else names.split("|")
    texts = ("|".join(parts[:end]) for end in range(len(parts), 0, -1))
    person = next((people[text] for text in texts if text in people), None)
    if person is None:
        return -1
    first, end = int(market.wish_start[person]), int(market.wish_start[person + 1])
    at = np.flatnonzero(market.wish_offer[first:end] == offer)
    return first + int(at[0]) if at.size else -1


def _quota_lines(market: Market, rows: list[tuple[int, tuple[str, ...], bool, int]]) -> QuotaLines:
    """Lines of sets of categories, and the line of every wish that has one."""
    of_wish = np.full(market.wish_offer.size, -1, np.int64)
    start, wishes = by_offer(market.wish_offer, np.arange(of_wish.size), len(market.offers))
    for quotas in (market.ceilings, market.reserves):
        for line, (offer, names, _, _) in enumerate(rows):
            if quotas is None or not quotas.ruled[offer]:
                continue
            own = quotas.category[int(quotas.start[offer]) : int(quotas.start[offer + 1])]
            bits = sum(1 << own.index(name) for name in names)
            here = wishes[start[offer] : start[offer + 1]]
            of_wish[here[quotas.member[here] == np.uint64(bits)]] = line
    return QuotaLines(
        np.array([row[0] for row in rows], np.int64),
        tuple(row[1] for row in rows),
        np.zeros(len(rows), np.int64),
        np.array([row[2] for row in rows], bool),
        np.array([row[3] for row in rows], np.int64),
        of_wish,
    )


def replay_lines(market: Market, order: Order, lines: Cutoffs) -> tuple[Int64, Int32]:
    """(n,) the wish by which everybody comes in, -1 for none, and the position of the pool, -1 without."""
    from allocation.verify_kernels import replay, replay_pools

    pools, limit = market.pools, _limits(market, order, lines.last, lines.full)
    if lines.quotas is not None:
        order, limit = _by_quota_lines(market, order, lines, lines.quotas, limit)
    if pools is None:
        return replay(*order, limit), np.full(len(market.applicants), -1, np.int32)
    pool_of_line = np.cumsum(~lines.others) - 1
    other_limit = np.full(len(pools.category), -1, np.int64)
    other_limit[pool_of_line[lines.others]] = limit[lines.others]
    return replay_pools(*order, pools.start, pools.member, limit[~lines.others], other_limit)


def _by_quota_lines(
    market: Market, order: Order, lines: Cutoffs, quotas: QuotaLines, limit: Int64
) -> tuple[Order, Int64]:
    """Lists and limits in which, at offers with quotas, whoever their own line lets in stands at 0 before a
    limit of 0, and everybody else behind it."""
    start, offer, standing, lot, wish_lot = order
    own = quotas.of_wish
    wish = np.flatnonzero(own >= 0)
    within = _numbers(market, order, wish) <= _limits(market, order, quotas.last, quotas.full)[own[wish]]
    anew = standing.copy()
    anew[wish] = ~within
    limit = np.where(is_ruled(market)[lines.offer], 2**31 - 1, limit)
    return (start, offer, read_only(anew, np.int32, "standing"), lot, wish_lot), limit


def _limits(market: Market, order: Order, last: Int64, full: Bool) -> Int64:
    """(l,) the largest order number a line lets in."""
    if market.wish_offer.size == 0:
        return np.where(full, np.int64(-1), np.int64(2**62))
    number = _numbers(market, order, np.maximum(last, 0))
    return np.where(full, np.where(last >= 0, number, -1), 2**62)


def _numbers(market: Market, order: Order, wish: Int64) -> Int64:
    """The order numbers of some wishes."""
    _, _, standing, lot, wish_lot = order
    drawn = wish_lot[wish] if wish_lot.size else lot[market.wish_person[wish]]
    numbers: Int64 = standing[wish].astype(np.int64) << 31 | drawn
    return numbers
