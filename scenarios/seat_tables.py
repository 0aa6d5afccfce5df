"""Seats kept for some people as tables: the lines of every pool, and who belongs to which."""

from __future__ import annotations

import numpy as np
import polars as pl

from allocation.cutoffs import cutoffs
from allocation.outcome import Allocation
from publication.tables import Table
from scenarios.markets import Ground
from scenarios.placement import Placement, StageResult
from scenarios.seat_groups import ordered
from values.tables import Column, TableSchema

CANDIDATE, OFFER = Column("candidate", "id"), Column("offer", "id")


def pools_table(ground: Ground, placement: Placement) -> Table | None:
    """One line for every pool of every offer and way in (members, others): seats, admitted, full, and who got
    in last. None without pools."""
    frames = [_lines(ground, result) for result in placement.results if result.stage.pools]
    if not frames:
        return None
    columns = (
        Column("stage", "text"),
        OFFER,
        Column("place", "integer"),
        Column("pool", "text"),
        Column("entry", "text"),
        Column("seats", "integer"),
        Column("admitted", "integer"),
        Column("full", "boolean"),
        Column("last_admitted", "id"),
    )
    return Table(TableSchema("pools", columns, ("stage", "offer", "place")), pl.concat(frames))


def _lines(ground: Ground, result: StageResult) -> pl.DataFrame:
    market, ties = result.market, ground.priority.ties
    got = result.assigned[result.rows]
    allocation = Allocation(result.stage.mechanism, ties, got, result.pool, frozenset())
    lines = cutoffs(market, allocation)
    names = [pool.id for pool in ordered(result.stage)]
    whose = market.wish_person
    last = [market.applicants[whose[wish]] if wish >= 0 else None for wish in lines.last]
    place = np.arange(lines.offer.size) - lines.start[lines.offer] + 1
    return pl.DataFrame(
        {
            "stage": [result.stage.name] * lines.offer.size,
            "offer": [market.offers[offer] for offer in lines.offer],
            "place": place,
            "pool": [names[pool] for pool in lines.pool],
            "entry": np.where(lines.others, "others", "members").tolist(),
            "seats": lines.seats,
            "admitted": lines.admitted,
            "full": lines.full,
            "last_admitted": pl.Series(last, dtype=pl.String),
        }
    )


def reserves_table(ground: Ground, placement: Placement) -> Table | None:
    """Everyone ranked and every pool: do they belong to it, do they sit in it. None without pools."""
    frames = [_belonging(ground, result) for result in placement.results if result.stage.pools]
    if not frames:
        return None
    columns = (CANDIDATE, Column("pool", "text"), Column("member", "boolean"), Column("seated", "boolean"))
    return Table(TableSchema("reserves", columns, ("candidate", "pool")), pl.concat(frames))


def _belonging(ground: Ground, result: StageResult) -> pl.DataFrame:
    seated = np.full(len(ground.people), -1, np.int32)
    seated[result.rows] = result.pool
    columns = []
    for at, pool in enumerate(ordered(result.stage)):
        member = np.ones(seated.size, bool) if pool.rest else ground.members[pool.id]
        columns.append(
            pl.DataFrame(
                {
                    "candidate": ground.names,
                    "pool": [pool.id] * seated.size,
                    "member": member,
                    "seated": seated == at,
                }
            )
        )
    return pl.concat(columns)
