"""The stages of an allocation in order: each over the seats the policy names, then refusals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.allocate import allocate
from allocation.arrays import Int32, Int64
from allocation.laws import Laws
from allocation.market import Market
from allocation.serial_dictatorship import SerialDictatorship
from allocation.standing import banded
from allocation.verify import verify
from scenarios.markets import Ground, quota_market, redistribution_market, second_market, wish_market
from scenarios.seat_groups import mechanism_of
from scoring.policy import AllocationRule, Stage
from scoring.seat_groups import AtMost
from values.progress import Progress, no_progress

OUTCOMES = ("waiting", "placed", "gave_up", "qualified")
"""`qualified`: admitted by the quota, and no offer that fits was left."""


@dataclass(frozen=True, eq=False)
class StageResult:
    """One stage: its market, who took part (`rows` of the ranking), what everyone ranked got there.

    `assigned` (n,) is the row of the market's offers, -1 for nobody and for people not in the stage. `pool`
    (people of the stage,) is the position of the pool they sit in, `bands` (w,) the band of every wish where
    bands count; the market's standings have these before all else.
    """

    stage: Stage
    market: Market
    rows: Int32
    assigned: Int32
    laws: Laws
    pool: Int32
    bands: Int32 | None

    def last_admitted(self) -> Int32:
        """(m,) the ranking row of the last person each offer admitted by the market's own order, or -1."""
        market = self.market
        got = market.wish_offer == self.assigned[self.rows][market.wish_person]
        person, offer = market.wish_person[got], market.wish_offer[got]
        ties = person if market.tie_order is None else market.tie_order[person]
        order = np.lexsort((ties, market.standing[got], offer))
        is_last = np.append(offer[order][1:] != offer[order][:-1], True)[: order.size]
        last = np.full(len(market.offers), -1, dtype=np.int32)
        last[offer[order][is_last]] = self.rows[person[order][is_last]]
        return last


@dataclass(frozen=True, eq=False)
class Placement:
    """What everyone ranked got in the end, in the order of the ranking (n,).

    `offer` is a row of the offers or -1; `outcome` indexes OUTCOMES; `decided` is the stage that
    decided; `waiting` the place on the scope's waiting list from 1, 0 for the others.
    """

    results: tuple[StageResult, ...]
    outcome: Int32
    offer: Int32
    decided: Int32
    waiting: Int32

    def outcome_names(self) -> list[str]:
        """Everybody's outcome by name."""
        return [OUTCOMES[code] for code in self.outcome]


def place(ground: Ground, rule: AllocationRule, *, progress: Progress = no_progress) -> Placement:
    """Run the stages in order, each verified, and settle refusals.

    A first stage over quotas admits to the scope; a first stage over offers places by wishes. Later stages
    place the admitted, or the unplaced, at what is left. If refused places are refilled, the stages run
    again over the places given back, for those still waiting, until nobody refuses any more.

    Raises:
        Refused: a tie is refused, a law is violated, the solver did not prove its answer.
    """
    state = _State(ground, rule)
    state.run(progress)
    while state.refuse() and rule.refusal.refill:
        state.run(no_progress)
    return state.placement()


class _State:
    """Who has what so far. `results` has one entry a stage; refills are added to it."""

    def __init__(self, ground: Ground, rule: AllocationRule) -> None:
        n = len(ground.people)
        self.ground, self.rule = ground, rule
        self.results: list[StageResult] = []
        self.has_quota = np.zeros(n, dtype=bool)
        self.offer = np.full(n, -1, dtype=np.int32)
        self.decided = np.zeros(n, dtype=np.int32)
        self.gave_up = np.zeros(n, dtype=bool)
        self.refused = _refused(ground)

    def run(self, progress: Progress) -> None:
        """All stages once, for those without a place, over the seats that are free."""
        for number, stage in enumerate(self.rule.stages):
            rows = self.participants(stage)
            if number < len(self.results) and not rows.size:
                continue
            result = _run(self.ground, stage, rows, self.seats_left(stage), progress)
            placed = result.assigned >= 0
            if stage.seats == "quotas":
                self.has_quota |= placed
            else:
                self.offer[placed] = result.assigned[placed]
            self.decided[rows] = number
            self.keep(number, result)

    def keep(self, number: int, result: StageResult) -> None:
        """The first run of a stage is its result; a refill adds the people it placed."""
        if number == len(self.results):
            self.results.append(result)
            return
        first = self.results[number]
        assigned = np.where(result.assigned >= 0, result.assigned, first.assigned).astype(np.int32)
        self.results[number] = replace(first, assigned=assigned)

    def participants(self, stage: Stage) -> Int32:
        """Those without a seat of the kind that the stage gives; offers are for people inside their quota."""
        if stage.seats == "quotas":
            waiting = ~self.has_quota
        else:
            waiting = self.offer < 0
            if self.rule.stages[0].seats == "quotas":
                waiting &= self.has_quota
        return np.flatnonzero(waiting & ~self.gave_up).astype(np.int32)

    def seats_left(self, stage: Stage) -> Int64:
        """(m,) the seats that nobody holds; a place given up is free only if it is refilled.

        None, not fewer, where a tied group exceeded them.
        """
        if stage.seats == "quotas":
            held, seats = np.where(self.has_quota, self.ground.person_scope, -1), self.ground.quotas
        else:
            held, seats = self.offer, self.ground.offers
        holds = held[(held >= 0) & ~(self.gave_up & self.rule.refusal.refill)]
        left: Int64 = np.maximum(seats["seats"].to_numpy() - np.bincount(holds, minlength=seats.height), 0)
        return left

    def refuse(self) -> bool:
        """Those placed who refuse give up; whether there are new ones. Refilled places change hands."""
        new = self.is_placed() & self.refused & ~self.gave_up
        self.gave_up |= new
        if self.rule.refusal.refill:
            for number, result in enumerate(self.results):
                assigned = np.where(new, -1, result.assigned).astype(np.int32)
                self.results[number] = replace(result, assigned=assigned)
        return bool(new.any())

    def is_placed(self) -> NDArray[np.bool_]:
        """(n,) who holds a seat of the last kind that is given out."""
        if self.rule.stages[-1].seats == "quotas":
            return self.has_quota.copy()
        return self.offer >= 0

    def placement(self) -> Placement:
        """What everyone has in the end."""
        outcome = self.is_placed().astype(np.int32)
        outcome[self.gave_up] = OUTCOMES.index("gave_up")
        if self.rule.stages[0].seats == "quotas":
            outcome[self.has_quota & (outcome == 0)] = OUTCOMES.index("qualified")
        waiting = _waiting(self.ground, outcome)
        return Placement(tuple(self.results), outcome, self.offer, self.decided, waiting)


def _run(ground: Ground, stage: Stage, rows: Int32, seats: Int64, progress: Progress) -> StageResult:
    if stage.at_most is not None:
        rows = _first_of_scopes(ground, stage.at_most, rows)
    market = _market(ground, stage, rows, seats)
    allocation = allocate(market, mechanism_of(stage), ground.priority.ties, progress)
    laws = verify(market, allocation, progress=progress)
    laws.check()
    assigned = np.full(len(ground.people), -1, dtype=np.int32)
    assigned[rows] = allocation.assigned
    bands = allocation.bands
    return StageResult(stage, banded(market, bands), rows, assigned, laws, allocation.pool, bands)


def _market(ground: Ground, stage: Stage, rows: Int32, seats: Int64) -> Market:
    if stage.mechanism == "redistribution":
        return redistribution_market(ground, rows, seats)
    if stage.is_second:
        return second_market(ground, stage, rows, seats)
    if stage.seats == "quotas":
        return quota_market(ground, rows, seats)
    return wish_market(ground, stage, rows, seats)


def _first_of_scopes(ground: Ground, limit: AtMost, rows: Int32) -> Int32:
    """Of the people in `rows` the first of each scope, as many as may enter a second ranking."""
    most = np.array([limit.of(seats) for seats in ground.quotas["seats"]], dtype=np.int64)
    market = quota_market(ground, rows, most)
    allocation = allocate(market, SerialDictatorship(), ground.priority.ties)
    verify(market, allocation).check()
    first: Int32 = rows[allocation.assigned >= 0]
    return first


def _refused(ground: Ground) -> NDArray[np.bool_]:
    people = pl.Series(ground.people, dtype=pl.String)
    return people.is_in(ground.tables.refusals["candidate"].implode()).to_numpy()


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
