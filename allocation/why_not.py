"""Why not: for everybody and every better-liked offer the reason, with its figures.

Figures compare with the last person admitted. They never say what would have been enough: whoever had
come in instead would have moved others.

Reasons: `ineligible` (which rule, with its bound), `no_seats`, `lower_tier`, `below_cutoff` (by points, or by
places of the offer's own list), `tie_key_lost` (which key, by how much), `lottery_lost`, `order_lost`,
`tied_group_excluded` (all equals stayed out together), `behind_excluded_group`, `pool_full` (every
pool of the offer, each with its reason), `not_a_member` (a pool kept for its category), `taken_by_members`;
after a redistribution without a main round `placed_by_cost` and `no_place_left`, after priority matching
`placed_for_all`. `later_band`: the offer filled up with people of earlier bands of choices. `quota_full`: the
seats that somebody of these categories could have are taken. `region_full`, `kept_for_minimum`: places stay
empty for a cap of the region, or for minimum seats elsewhere. Where no cut-off says who got in, and somebody
admitted stands behind: `traded`, `priority_waived`, `equal_admitted`, `ranked_lower` (so many are admitted
behind). Where places that were given up have been given out again: `passed_on` to somebody behind who was
still waiting, `freed_later`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocation.arrays import Int32, Int64
from allocation.cutoffs import Cutoffs, cutoffs, is_member
from allocation.figure_texts import fixed_text, key_text, points_at
from allocation.market import REASONS, Market
from allocation.outcome import TERMS_KEPT, Allocation, has_lines
from allocation.places import by_offer, desired_wishes, held_wishes
from allocation.quota_choice import QuotaLines
from allocation.standing import keys_of
from allocation.waiting import Waiting, waiting_lists
from allocation.why_not_columns import reasons_by_line

Entry = dict[str, object]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Everything that the reasons are read from: the market, who got what, the lines, who waits where.

    `gave_up` (n,) is the offer whose place somebody gave up, -1 for none; None if nobody did. Such places
    went to people still waiting, and nobody else moved.
    """

    market: Market
    allocation: Allocation
    cutoffs: Cutoffs
    waiting: Waiting
    gave_up: Int32 | None = None

    @staticmethod
    def of(market: Market, allocation: Allocation, gave_up: Int32 | None = None) -> Outcome:
        """An allocation with its cut-offs and waiting lists."""
        lines, waiting = cutoffs(market, allocation), waiting_lists(market, allocation)
        return Outcome(market, allocation, lines, waiting, gave_up)

    @property
    def refilled(self) -> bool:
        """Whether places were given up."""
        return self.gave_up is not None

    @cached_property
    def unsettled(self) -> NDArray[np.bool_]:
        """(n,) who waits for whatever is given up: who has no place and gave none up."""
        waiting: NDArray[np.bool_] = self.allocation.assigned < 0
        return waiting if self.gave_up is None else waiting & (self.gave_up < 0)

    @cached_property
    def held(self) -> Int64:
        """(n,) the wish that came true, -1 for none."""
        return held_wishes(self.market, self.allocation.assigned)

    @cached_property
    def main_held(self) -> Int64:
        """(n,) the same before a redistribution."""
        return held_wishes(self.market, (self.allocation.main or self.allocation).assigned)

    @cached_property
    def inside(self) -> tuple[Int64, Int64, Int64]:
        """Those placed before a redistribution, offer by offer, the best-placed first: offsets (m + 1,), the
        wishes that came true, and where they stand."""
        market, settled = self.market, self.allocation.main or self.allocation
        wishes = self.main_held[self.main_held >= 0]
        keys = keys_of(market, settled.ties, wishes)
        start, rows = by_offer(market.wish_offer[wishes], keys, len(market.offers))
        return start, wishes[rows], keys[rows]

    @cached_property
    def waiting_place(self) -> Int64:
        """(w,) the place on the waiting list of that offer, 0 where the person does not wait."""
        places = np.zeros(self.market.wish_offer.size, np.int64)
        places[self.waiting.wish] = self.waiting.place
        return places


def why_not(outcome: Outcome, people: Iterable[int] | None = None) -> dict[str, list[Entry]]:
    """For each person (row numbers; all if None) the better-liked offers in list order, with reasons.

    Whoever got the first wish has an empty list.
    """
    names = outcome.market.applicants
    if people is None:
        return _of_everybody(outcome)
    return {names[row]: _of_person(outcome, row) for row in people}


def _of_everybody(outcome: Outcome) -> dict[str, list[Entry]]:
    """The same as person by person; the commonest reasons are found for all at once."""
    market = outcome.market
    wish = np.flatnonzero(desired_wishes(market, outcome.allocation.assigned))
    known: Iterable[Entry | None] = [None] * wish.size
    if not outcome.refilled:
        known = reasons_by_line(market, outcome.allocation, outcome.cutoffs, wish)
    lists: list[list[Entry]] = [[] for _ in market.applicants]
    columns = (wish, market.wish_person[wish], market.wish_offer[wish], outcome.waiting_place[wish])
    rows = zip(*(column.tolist() for column in columns), known, strict=True)
    for number, person, offer, place, entry in rows:
        reason = _turned_away(outcome, number) if entry is None else entry
        lists[person].append({"offer": market.offers[offer], **reason, "waiting": place})
    for person in np.unique(market.removed.applicant).tolist():
        lists[person] = _of_person(outcome, person)
    return dict(zip(market.applicants, lists, strict=True))


def why_not_offer(outcome: Outcome, person: int, offer: int) -> Entry:
    """The reason for one person and any offer, liked better or not.

    Adds `not_listed`, `assigned`, and `prefers_own_place` for an offer liked less than the place held.
    """
    market, name = outcome.market, outcome.market.offers[offer]
    if int(outcome.allocation.assigned[person]) == offer:
        return {"offer": name, "reason": "assigned"}
    listed = market.wish_offer[market.wish_start[person] : market.wish_start[person + 1]]
    removed = market.removed.offer[market.removed.applicant == person]
    if offer not in listed and offer not in removed:
        return {"offer": name, "reason": "not_listed"}
    for entry in _of_person(outcome, person):
        if entry["offer"] == name:
            return entry
    return {"offer": name, "reason": "prefers_own_place"}


def _of_person(outcome: Outcome, person: int) -> list[Entry]:
    market, held = outcome.market, int(outcome.held[person])
    last = held if held >= 0 else int(market.wish_start[person + 1])
    removed = market.removed
    first, end = np.searchsorted(removed.applicant, [person, person + 1])
    rows = [row for row in range(first, end) if removed.before[row] <= last]
    merged = [((int(removed.before[row]), 0, row), _ineligible(market, row)) for row in rows]
    for wish in range(int(market.wish_start[person]), last):
        entry = {"offer": market.offers[market.wish_offer[wish]]} | _turned_away(outcome, wish)
        merged.append(((wish, 1, wish), entry | {"waiting": int(outcome.waiting_place[wish])}))
    return [entry for _, entry in sorted(merged, key=lambda pair: pair[0])]


def _ineligible(market: Market, row: int) -> Entry:
    """The rule that removed a wish, with its bound and the person's figure."""
    removed = market.removed
    rule = REASONS[removed.reason[row]]
    entry: Entry = {"offer": market.offers[removed.offer[row]], "reason": "ineligible", "rule": rule}
    need, have = int(removed.need[row]), int(removed.have[row])
    if rule == "household_size":
        entry |= {"size": have, "least" if have < need else "most": need}
    elif rule == "requires":
        entry["category"] = removed.categories[need]
    elif rule == "minimum_points":
        scale = market.figures.points_scale
        entry |= {"minimum": fixed_text(need, scale), "by": fixed_text(need - have, scale)}
    return entry


def _turned_away(outcome: Outcome, wish: int) -> Entry:
    """Why the offer of a wish did not take the person."""
    market, lines, allocation = outcome.market, outcome.cutoffs, outcome.allocation
    offer = int(market.wish_offer[wish])
    if market.capacity[offer] == 0:
        return {"reason": "no_seats"}
    if allocation.request is not None and allocation.main is None:
        placed = allocation.assigned[market.wish_person[wish]] >= 0
        by_cost = "placed_by_cost" if TERMS_KEPT in allocation.promised else "placed_for_all"
        return {"reason": by_cost if placed else "no_place_left"}
    if not has_lines(allocation):
        return _without_line(outcome, wish)
    if lines.quotas is not None and lines.quotas.of_wish[wish] >= 0:
        return _by_quota_line(outcome, lines.quotas, wish)
    rows = range(int(lines.start[offer]), int(lines.start[offer + 1]))
    late = _too_late(outcome, wish, rows[0]) if outcome.refilled and len(rows) == 1 else ""
    if late:
        return {"reason": late}
    if len(rows) == 1:
        return _by_line(outcome, wish, rows[0])
    pools = []
    for row in _lines_for(outcome, wish, rows):
        assert market.pools is not None
        category = market.pools.category[int(market.pools.start[offer]) + int(lines.pool[row])]
        entry = "fallback" if lines.others[row] else "member"
        reason = _late_in_pool(outcome, wish, row) or _by_line(outcome, wish, row)
        pools.append({"category": category, "entry": entry} | reason)
    return {"reason": "pool_full", "pools": pools}


def _too_late(outcome: Outcome, wish: int, row: int) -> str:
    """How it shows that a seat was given up after the person was settled; nothing if it does not."""
    lines, ties, last = outcome.cutoffs, outcome.allocation.ties, int(outcome.cutoffs.last[row])
    if last >= 0:
        own, admitted = keys_of(outcome.market, ties, np.array([wish, last]))
        if own <= admitted:
            return "passed_on"
    if lines.admitted[row] >= lines.seats[row]:
        return ""
    late = ties != "exclude_all" or not _waits_there(outcome, wish)
    return "freed_later" if late else ""


def _waits_there(outcome: Outcome, wish: int) -> bool:
    """Whether somebody was there when an offer was short of equals: before a place was given up, or still."""
    if outcome.gave_up is None or int(outcome.market.wish_offer[wish]) not in outcome.gave_up:
        return True
    return bool(outcome.unsettled[outcome.market.wish_person[wish]])


def _late_in_pool(outcome: Outcome, wish: int, row: int) -> Entry | None:
    """That a seat of a pool was given up after the person was settled; None if it does not show."""
    lines, last = outcome.cutoffs, int(outcome.cutoffs.last[row])
    if not outcome.refilled or not lines.seats[row] or _is_closed(outcome, wish, row):
        return None
    if not lines.full[row]:
        rows = slice(*lines.start[lines.offer[row] :][:2])
        taken = lines.admitted[rows][lines.pool[rows] == lines.pool[row]].sum() >= lines.seats[row]
        return {"reason": "passed_on" if taken else "freed_later"}
    ahead = last >= 0 and np.less_equal(
        *keys_of(outcome.market, outcome.allocation.ties, np.array([wish, last]))
    )
    return {"reason": "passed_on"} if ahead else None


def _lines_for(outcome: Outcome, wish: int, rows: Sequence[int]) -> list[int]:
    """One line a pool: the members' if the person is one, else the others' (or the closed members')."""
    market, lines = outcome.market, outcome.cutoffs
    assert market.pools is not None
    chosen: dict[int, int] = {}
    for row in rows:
        pool = lines.pool[row : row + 1]
        member = bool(is_member(market.pools, np.array([wish]), pool)[0])
        if row == rows[0] or not lines.others[row] or not member:
            chosen[int(pool[0])] = row
    return list(chosen.values())


def _by_line(outcome: Outcome, wish: int, row: int) -> Entry:
    market, lines = outcome.market, outcome.cutoffs
    if _is_closed(outcome, wish, row):
        return {"reason": "not_a_member"}
    if lines.seats[row] == 0:
        return {"reason": "no_seats"}
    settled = outcome.allocation.main or outcome.allocation
    if settled.ties == "exclude_all" and lines.admitted[row] < lines.seats[row]:
        return _excluded_group(outcome, wish, row)
    shared = market.regions is not None or market.minimum is not None
    if shared and lines.admitted[row] < lines.seats[row]:
        return _kept_empty(market, int(lines.offer[row]))
    if lines.last[row] < 0:
        return {"reason": "taken_by_members"}
    return _behind(market, settled, wish, int(lines.last[row]))


def _by_quota_line(outcome: Outcome, quotas: QuotaLines, wish: int) -> Entry:
    """Behind the one to be ahead of in these categories, or nobody of them can get in."""
    line, market, ties = int(quotas.of_wish[wish]), outcome.market, outcome.allocation.ties
    last = int(quotas.last[line])
    if outcome.refilled and not quotas.full[line]:
        return {"reason": "freed_later"}
    if outcome.refilled and last >= 0 and np.less_equal(*keys_of(market, ties, np.array([wish, last]))):
        return {"reason": "passed_on"}
    if last < 0:
        return {"reason": "quota_full", "categories": ", ".join(quotas.categories[line])}
    settled = outcome.allocation.main or outcome.allocation
    return _behind(market, settled, wish, last)


def _kept_empty(market: Market, offer: int) -> Entry:
    """Why places stay empty although somebody wants them."""
    if market.regions is not None and market.regions.of_offer[offer] >= 0:
        region = int(market.regions.of_offer[offer])
        name, cap = market.regions.names[region], int(market.regions.cap[region])
        return {"reason": "region_full", "region": name, "cap": cap}
    return {"reason": "kept_for_minimum"}


_UNLIKE_CUTOFFS = {
    "top_trading_cycles": "traded",
    "efficiency_adjusted_deferred_acceptance": "priority_waived",
    "stable_improvement_cycles": "equal_admitted",
    "rank_maximal": "ranked_lower",
    "priority_matching": "placed_for_all",
}
"""How somebody who stands behind can have been admitted."""


def _without_line(outcome: Outcome, wish: int) -> Entry:
    """Compared with those admitted: behind all of them, or how others got in."""
    market, settled = outcome.market, outcome.allocation.main or outcome.allocation
    start, inside, keys = outcome.inside
    offer = int(market.wish_offer[wish])
    first, end = int(start[offer]), int(start[offer + 1])
    own = keys_of(market, settled.ties, np.array([wish]))[0]
    behind = end - first - int(np.searchsorted(keys[first:end], own))
    if behind:
        return {"reason": _UNLIKE_CUTOFFS[settled.mechanism], "behind": behind}
    return _behind(market, settled, wish, int(inside[end - 1]))


def _is_closed(outcome: Outcome, wish: int, row: int) -> bool:
    """Whether a members' line is no way in for the person."""
    pools, lines = outcome.market.pools, outcome.cutoffs
    if pools is None or lines.others[row] or lines.pool[row] < 0:
        return False
    return not is_member(pools, np.array([wish]), lines.pool[row : row + 1])[0]


def _excluded_group(outcome: Outcome, wish: int, row: int) -> Entry:
    """The equals who would have exceeded the free seats, or somebody behind them."""
    market, waiting = outcome.market, outcome.waiting
    offer = int(market.wish_offer[wish])
    rows = slice(int(waiting.start[offer]), int(waiting.start[offer + 1]))
    there = waiting.wish[rows]
    if outcome.gave_up is not None:
        left = offer in outcome.gave_up
        gone = outcome.gave_up[market.wish_person[there]] >= 0
        there = there[outcome.unsettled[market.wish_person[there]] if left else ~gone]
    standing = market.standing[there]
    first = standing.min()
    group = int(np.count_nonzero(standing == first))
    free = int(outcome.cutoffs.seats[row] - outcome.cutoffs.admitted[row])
    reason = "tied_group_excluded" if market.standing[wish] == first else "behind_excluded_group"
    return {"reason": reason, "group": group, "seats_left": free}


def _behind(market: Market, settled: Allocation, wish: int, last: int) -> Entry:
    """The first figure by which the person stands behind the last admitted."""
    figures, offer, bands = market.figures, market.wish_offer[wish], settled.bands
    if bands is not None and bands[wish] != bands[last]:
        return {"reason": "later_band", "band": int(bands[wish]), "last_admitted_band": int(bands[last])}
    if figures.listed is None or not figures.listed[offer]:
        entry = _behind_by_figures(market, wish, last)
        if entry is not None:
            return entry
    places = int(market.standing[wish]) - int(market.standing[last])
    if places > 0:
        return {"reason": "below_cutoff", "places": places}
    ahead = keys_of(market, settled.ties, np.array([wish, last]))
    if ahead[0] == ahead[1]:
        raise ValueError(f"{market.applicants[market.wish_person[wish]]} is equal to the last admitted")
    return {"reason": "lottery_lost" if settled.ties == "lottery" else "order_lost"}


def _behind_by_figures(market: Market, wish: int, last: int) -> Entry | None:
    figures = market.figures
    if figures.tier is not None and figures.tier[wish] != figures.tier[last]:
        return {
            "reason": "lower_tier",
            "tier": int(figures.tier[wish]),
            "last_admitted_tier": int(figures.tier[last]),
        }
    own_points, last_points = points_at(market, wish), points_at(market, last)
    if own_points is not None and last_points is not None and own_points != last_points:
        return {"reason": "below_cutoff", "by": fixed_text(last_points - own_points, figures.points_scale)}
    own, other = market.wish_person[wish], market.wish_person[last]
    for key in figures.keys:
        by = abs(int(key.values[other]) - int(key.values[own]))
        if by:
            return {"reason": "tie_key_lost", "key": key.name, "by": key_text(key, by)}
    return None
