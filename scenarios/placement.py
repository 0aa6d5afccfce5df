"""The stages of an allocation in order: each over the seats the policy names, then refusals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.allocate import allocate
from allocation.arrays import Int32, Int64, read_only
from allocation.laws import Laws
from allocation.market import Market
from allocation.outcome import no_pool
from allocation.parallel import bands_of_wishes
from allocation.serial_dictatorship import SerialDictatorship
from allocation.standing import banded
from allocation.verify import verify
from scenarios.markets import Ground, quota_market, redistribution_market, second_market, wish_market
from scenarios.seat_groups import bands_of, mechanism_of, pool_seats
from scoring.allocation_rule import AllocationRule, Stage
from scoring.seat_groups import AtMost
from values.progress import Progress, no_progress

OUTCOMES = ("waiting", "placed", "gave_up", "qualified")
"""`qualified`: admitted by the quota, and no offer that fits was left."""


@dataclass(frozen=True, eq=False)
class StageResult:
    """One stage: its market, who took part (`rows` of the ranking), what everyone ranked got there.

    `assigned` (n,) is the row of the market's offers, -1 for nobody and for people not in the stage. `pool`
    (people of the stage,) is the position of the pool they sit in, `bands` (w,) the band of every wish where
    bands count; the market's standings have these before all else. Where refused places were refilled, all
    runs of the stage are told together: all who ever took part, what they have in the end, and the seats of
    the first; `again` are the later runs.
    """

    stage: Stage
    market: Market
    rows: Int32
    assigned: Int32
    laws: Laws
    pool: Int32
    bands: Int32 | None
    again: tuple[StageResult, ...] = ()

    def last_admitted(self) -> Int32:
        """(m,) the ranking row of the last person each offer admitted by the market's own order, or -1.

        Of equals that nothing separates the last by id, which decides nothing.
        """
        market = self.market
        got = market.wish_offer == self.assigned[self.rows][market.wish_person]
        person, offer = market.wish_person[got], market.wish_offer[got]
        ties = self._by_id()[person] if market.tie_order is None else market.tie_order[person]
        order = np.lexsort((ties, market.standing[got], offer))
        is_last = np.append(offer[order][1:] != offer[order][:-1], True)[: order.size]
        last = np.full(len(market.offers), -1, dtype=np.int32)
        last[offer[order][is_last]] = self.rows[person[order][is_last]]
        return last

    def _by_id(self) -> Int32:
        """(people of the stage,) their order by id; equals in one ranking stand so already."""
        if self.market.figures.wish_points is None:
            return np.arange(len(self.market.applicants), dtype=np.int32)
        return np.unique(np.array(self.market.applicants), return_inverse=True)[1].astype(np.int32)


@dataclass(frozen=True, eq=False)
class Placement:
    """What everyone ranked got in the end, in the order of the ranking (n,).

    `offer` is a row of the offers or -1; `outcome` indexes OUTCOMES; `decided` is the stage that gave it, the
    last one for those without; `run` says in which run of the stages they got their seat: 1, then one more
    after each time that refused places were refilled, 0 without a seat; `waiting` is the place on the scope's
    waiting list from 1, 0 for the others.
    """

    results: tuple[StageResult, ...]
    outcome: Int32
    offer: Int32
    decided: Int32
    run: Int32
    waiting: Int32

    def outcomes(self) -> pl.Series:
        """Everybody's outcome by name."""
        return pl.Series("outcome", OUTCOMES).gather(self.outcome)

    def outcome_names(self) -> list[str]:
        """The same as a list."""
        return self.outcomes().to_list()


def place(ground: Ground, rule: AllocationRule, *, progress: Progress = no_progress) -> Placement:
    """Run the stages in order, each verified, and settle refusals.

    A first stage over quotas admits to the scope; a first stage over offers places by wishes. Later stages
    place the admitted, or the unplaced, at what is left. If refused places are refilled, the stages run
    again over the places given back, for those still waiting, until nobody refuses any more: all of them, or
    from the stage on that the policy names.

    Raises:
        Refused: a tie is refused, a law is violated, the solver did not prove its answer.
    """
    state = _State(ground, rule)
    state.run(progress)
    while state.refuse() and rule.refusal.refill:
        state.run(no_progress)
    return state.placement()


class _State:
    """Who has what so far. `runs` has the results of every stage, one a run; `has_quota` who is inside, of
    these `by_second` those whom a second ranking admitted; `pool` is the position of the pool that each sits
    in, -1 for none."""

    def __init__(self, ground: Ground, rule: AllocationRule) -> None:
        n = len(ground.people)
        self.ground, self.rule, self.number = ground, rule, 0
        self.runs: list[list[StageResult]] = [[] for _ in rule.stages]
        self.has_quota = np.zeros(n, dtype=bool)
        self.by_second = np.zeros(n, dtype=bool)
        self.offer = np.full(n, -1, dtype=np.int32)
        self.pool = np.full(n, -1, dtype=np.int32)
        self.decided = np.zeros(n, dtype=np.int32)
        self.placed_in = np.zeros(n, dtype=np.int32)
        self.gave_up = np.zeros(n, dtype=bool)
        self.refused = _refused(ground)

    @property
    def by_quota(self) -> bool:
        """Whether only those inside a quota are placed."""
        return self.rule.stages[0].seats == "quotas"

    def run(self, progress: Progress) -> None:
        """All stages once, for those without a place, over the seats that are free."""
        self.number += 1
        before = self.is_placed()
        for number, (stage, runs) in enumerate(zip(self.rule.stages, self.runs, strict=True)):
            rows = self.participants(stage)
            if runs and (number < self.start or not rows.size):
                continue
            holds = np.where(self.gone, -1, self.offer).astype(np.int32)
            if stage.at_most is not None:
                rows = _first_of_scopes(self.ground, stage.at_most, rows, self.held_by_second())
            market = self.market(stage, rows, holds)
            result = _run(self.ground, stage, rows, market, progress)
            runs.append(result)
            self.decided[result.assigned >= 0] = number
            self.give(result)
        self.placed_in[self.is_placed() & ~before] = self.number

    def market(self, stage: Stage, rows: Int32, holds: Int32) -> Market:
        """The market of a stage for the people in `rows`, over the seats that are free."""
        left = self.seats_left(stage)
        if not stage.pools:
            return _market(self.ground, stage, rows, left, holds)
        market = _market(self.ground, stage, rows, self.ground.offers["seats"].to_numpy(), holds)
        pools = None if market.pools is None else replace(market.pools, seats=self.pools_left(stage, left))
        return replace(market, capacity=read_only(left, np.int64, "capacity"), pools=pools)

    def pools_left(self, stage: Stage, left: Int64) -> Int64:
        """(m * k,) the seats of every pool that nobody sits in, of offers with `left` (m,) seats.

        Whom a later stage gave a seat took one that no pool needed; the last pools make up for it.
        """
        kept = pool_seats(stage, self.ground.offers)
        sits = (self.pool >= 0) & (self.offer >= 0) & ~self.gone
        np.subtract.at(kept, (self.offer[sits], self.pool[sits]), 1)
        beyond = kept.sum(axis=1) - left
        for at in reversed(range(kept.shape[1])):
            taken = np.minimum(beyond, kept[:, at])
            kept[:, at] -= taken
            beyond -= taken
        return read_only(kept.reshape(-1), np.int64, "pools.seats")

    def give(self, result: StageResult) -> None:
        """What a stage gives is final."""
        placed = result.assigned >= 0
        if result.stage.seats == "quotas":
            self.has_quota |= placed
            self.by_second |= placed & result.stage.is_second
        else:
            self.offer[placed] = result.assigned[placed]
        if result.stage.pools:
            self.pool[result.rows] = result.pool

    def participants(self, stage: Stage) -> Int32:
        """Those without a seat of the kind that the stage gives; offers are for people inside their quota."""
        if stage.seats == "quotas":
            waiting = ~self.has_quota
        else:
            waiting = self.offer < 0
            if self.by_quota:
                waiting &= self.has_quota
        if stage.participants is not None:
            waiting &= self.ground.members[stage.participants]
        return np.flatnonzero(waiting & ~self.gave_up).astype(np.int32)

    def seats_left(self, stage: Stage) -> Int64:
        """(m,) the seats that nobody holds; a place given up is free only if it is refilled.

        None, not fewer, where a tied group exceeded them. Of a second ranking, by scope: what the first
        leaves less the people of the scope whom the second has admitted.
        """
        if stage.seats == "quotas":
            own = self.has_quota & ~self.by_second
            held, seats = np.where(own, self.ground.person_scope, -1), self.ground.quotas
        else:
            held, seats = self.offer, self.ground.offers
        holds = held[(held >= 0) & ~self.gone]
        left: Int64 = np.maximum(seats["seats"].to_numpy() - np.bincount(holds, minlength=seats.height), 0)
        return left - self.held_by_second() if stage.is_second else left

    def held_by_second(self) -> Int64:
        """(scopes,) the people of each whom a second ranking has admitted and who keep that."""
        inside = self.ground.person_scope[self.by_second & ~self.gone]
        return np.bincount(inside, minlength=len(self.ground.scopes))

    @property
    def start(self) -> int:
        """The stage with which a later run begins."""
        names = [stage.name for stage in self.rule.stages]
        start = self.rule.refusal.refill_from
        return 0 if start is None else names.index(start)

    @property
    def gone(self) -> NDArray[np.bool_]:
        """(n,) who made room for others."""
        return self.gave_up & self.rule.refusal.refill

    def refuse(self) -> bool:
        """Those placed who refuse give up; whether there are new ones. Refilled places change hands."""
        new = self.is_placed() & self.refused & ~self.gave_up
        self.gave_up |= new
        return bool(new.any())

    def is_placed(self) -> NDArray[np.bool_]:
        """(n,) who holds a seat of the last kind that is given out."""
        return self.has_quota.copy() if self.rule.stages[-1].seats == "quotas" else self.offer >= 0

    def placement(self) -> Placement:
        """What everyone has in the end."""
        outcome = self.is_placed().astype(np.int32)
        outcome[self.gave_up] = OUTCOMES.index("gave_up")
        if self.by_quota:
            outcome[self.has_quota & (outcome == 0)] = OUTCOMES.index("qualified")
        bare = ~(self.is_placed() | (self.by_quota & ~self.has_quota))
        self.decided[bare] = len(self.rule.stages) - 1
        if self.rule.stages[-1].is_second:
            self.decided[~self.has_quota] = len(self.rule.stages) - 1
        results = tuple(self.together(runs) for runs in self.runs)
        waiting = _waiting(self.ground, outcome)
        return Placement(results, outcome, self.offer, self.decided, self.placed_in, waiting)

    def together(self, runs: list[StageResult]) -> StageResult:
        """All runs of a stage as one; a second ranking has what the first leaves in the end."""
        first = runs[0]
        seats = first.market.capacity
        if first.stage.is_second:
            seats = self.seats_left(self.rule.stages[0])
        whole = _together(self.ground, runs, self.gone, seats)
        if not first.stage.pools:
            return whole
        return replace(whole, pool=np.where(self.gone, -1, self.pool).astype(np.int32)[whole.rows])


def _run(ground: Ground, stage: Stage, rows: Int32, market: Market, progress: Progress) -> StageResult:
    allocation = allocate(market, mechanism_of(stage), ground.priority.ties, progress)
    laws = verify(market, allocation, progress=progress)
    laws.check()
    assigned = np.full(len(ground.people), -1, dtype=np.int32)
    assigned[rows] = allocation.assigned
    bands = allocation.bands
    return StageResult(stage, banded(market, bands), rows, assigned, laws, allocation.pool, bands)


def _market(ground: Ground, stage: Stage, rows: Int32, seats: Int64, holds: Int32) -> Market:
    if stage.mechanism == "redistribution":
        return redistribution_market(ground, rows, seats)
    if stage.is_second:
        return second_market(ground, stage, rows, seats)
    if stage.seats == "quotas":
        return quota_market(ground, rows, seats)
    return wish_market(ground, stage, rows, seats, holds)


def _first_of_scopes(ground: Ground, limit: AtMost, rows: Int32, held: Int64) -> Int32:
    """Of the people in `rows` the first of each scope, as many as may still enter a second ranking.

    `held` (scopes,) counts those who entered before.
    """
    most = np.array([limit.of(seats) for seats in ground.quotas["seats"]], dtype=np.int64) - held
    market = quota_market(ground, rows, most)
    allocation = allocate(market, SerialDictatorship(), ground.priority.ties)
    verify(market, allocation).check()
    first: Int32 = rows[allocation.assigned >= 0]
    return first


def _together(ground: Ground, runs: list[StageResult], gone: NDArray[np.bool_], seats: Int64) -> StageResult:
    """All runs of a stage as one: everybody who took part, and what they have that they did not give back.

    `seats` are those of all runs, as the stage's market is told them.
    """
    first, *again = runs
    if not gone.any():
        return first
    assigned = first.assigned
    for result in again:
        assigned = np.where(result.assigned >= 0, result.assigned, assigned)
    assigned = np.where(gone, -1, assigned).astype(np.int32)
    rows = np.unique(np.concatenate([result.rows for result in runs]))
    if rows.size > first.rows.size or first.stage.is_second:
        first = _of_people(ground, first, rows, seats)
    return replace(first, assigned=assigned, again=tuple(again))


def _of_people(ground: Ground, result: StageResult, rows: Int32, seats: Int64) -> StageResult:
    """A stage with more people in its market than took part the first time, or with other seats."""
    nothing = np.full(len(ground.people), -1, dtype=np.int32)
    market = _market(ground, result.stage, rows, seats, nothing)
    if market.ceilings is not None and result.market.ceilings is not None:
        before = replace(market.ceilings, seats=result.market.ceilings.seats)
        market = replace(market, ceilings=before)
    bands = None if result.bands is None else bands_of_wishes(market, bands_of(result.stage))
    return replace(result, market=banded(market, bands), rows=rows, pool=no_pool(market), bands=bands)


def _refused(ground: Ground) -> NDArray[np.bool_]:
    return ground.names.is_in(ground.tables.refusals["candidate"].implode()).to_numpy()


def _waiting(ground: Ground, outcome: Int32) -> Int32:
    """Places from 1 on each scope's waiting list, by position; equals share a place."""
    waiting = np.flatnonzero(outcome == 0)
    frame = pl.DataFrame(
        {"scope": ground.person_scope[waiting], "position": ground.priority.position[waiting]}
    )
    places = frame.select(pl.col("position").rank("min").over("scope").cast(pl.Int32))["position"]
    result = np.zeros(outcome.size, dtype=np.int32)
    result[waiting] = places.to_numpy()
    return result
