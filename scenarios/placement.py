"""The stages of an allocation in order: each over the seats the policy names, then refusals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from allocation.allocate import allocate
from allocation.arrays import Int32, Int64
from allocation.laws import Laws
from allocation.market import Market
from allocation.registry import MECHANISMS
from allocation.verify import verify
from scenarios.markets import Ground, quota_market, redistribution_market, wish_market
from scoring.policy import Stage
from values.progress import Progress, no_progress

OUTCOMES = ("waiting", "placed", "gave_up")


@dataclass(frozen=True, eq=False)
class StageResult:
    """One stage: its market, who took part (`rows` of the ranking), what everyone ranked got there.

    `assigned` (n,) is the row of the market's offers, -1 for nobody and for people not in the stage.
    """

    stage: Stage
    market: Market
    rows: Int32
    assigned: Int32
    laws: Laws

    def last_admitted(self) -> Int32:
        """(m,) the ranking row of the last person each offer admitted by the market's own order, or -1."""
        market = self.market
        got = market.wish_offer == self.assigned[market.wish_person]
        person, offer = market.wish_person[got], market.wish_offer[got]
        ties = person if market.tie_order is None else market.tie_order[person]
        order = np.lexsort((ties, market.standing[got], offer))
        is_last = np.append(offer[order][1:] != offer[order][:-1], True)[: order.size]
        last = np.full(len(market.offers), -1, dtype=np.int32)
        last[offer[order][is_last]] = person[order][is_last]
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


def place(ground: Ground, stages: tuple[Stage, ...], *, progress: Progress = no_progress) -> Placement:
    """Run the stages in order, each verified, and settle refusals.

    A first stage over quotas admits to the scope; a first stage over offers places by wishes. A
    redistribution after it places the admitted, or the unplaced, at what is left in their scope.

    Raises:
        Refused: a tie is refused, a law is violated, the solver did not prove its answer.
    """
    results: list[StageResult] = []
    offer = np.full(len(ground.people), -1, dtype=np.int32)
    decided = np.zeros(len(ground.people), dtype=np.int32)
    for number, stage in enumerate(stages):
        result = _run(ground, stage, results, offer, progress)
        results.append(result)
        placed = result.assigned >= 0
        if stage.seats == "offers":
            offer[placed] = result.assigned[placed]
        decided[result.rows] = number
    admitted = results[0].assigned >= 0
    outcome = ((offer >= 0) | (admitted & (stages[-1].seats == "quotas"))).astype(np.int32)
    outcome[(outcome == 1) & _refused(ground)] = OUTCOMES.index("gave_up")
    return Placement(tuple(results), outcome, offer, decided, _waiting(ground, outcome))


def _run(
    ground: Ground, stage: Stage, before: list[StageResult], offer: Int32, progress: Progress
) -> StageResult:
    rows = _participants(before, offer)
    market = _market(ground, stage, rows, offer)
    allocation = allocate(market, MECHANISMS[stage.mechanism](), ground.priority.ties, progress)
    laws = verify(market, allocation, progress=progress)
    laws.check()
    assigned = np.full(len(ground.people), -1, dtype=np.int32)
    assigned[rows] = allocation.assigned
    return StageResult(stage, market, rows, assigned, laws)


def _participants(before: list[StageResult], offer: Int32) -> Int32:
    """Everyone in a first stage; then those admitted by quota, or those whom wishes did not place."""
    if not before:
        return np.arange(offer.size, dtype=np.int32)
    admitted = (
        before[0].assigned >= 0 if before[0].stage.seats == "quotas" else np.ones(offer.size, dtype=bool)
    )
    return np.flatnonzero(admitted & (offer < 0)).astype(np.int32)


def _market(ground: Ground, stage: Stage, rows: Int32, offer: Int32) -> Market:
    if stage.mechanism == "redistribution":
        taken = np.bincount(offer[offer >= 0], minlength=ground.offers.height)
        seats: Int64 = ground.offers["seats"].to_numpy() - taken
        return redistribution_market(ground, rows, seats)
    return quota_market(ground) if stage.seats == "quotas" else wish_market(ground, stage)


def _refused(ground: Ground) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
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
