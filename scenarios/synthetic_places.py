"""Invented places of the synthetic city: neighbourhoods, schools, homes, and the schools that families list.

Chance comes in as `rolls`, arrays of numbers in [0, 1); what is made of them is fixed.
"""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios import synthetic_figures as figures
from scoring.policy import Fact, Policy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEATS_A_SCHOOL, MOST_SCHOOLS = 90, 12
SPOT_ROLLS, SCHOOL_ROLLS, LIST_ROLLS = 7, 9, 2 + MOST_SCHOOLS  # numbers that one of them takes
MOST_WISHES = 4
DEGREE = 100_000  # coordinates are integers of 10^-5 degrees


def neighbourhoods(towns: list[str], rolls: Floats) -> Floats:
    """Three corners within some 3 km of each town's centre; (n_towns, 6) rolls to (n_towns, 3, 2) degrees."""
    centres = np.array([figures.TOWN_CENTRES.get(town, figures.TOWN_CENTRES["shiqi"]) for town in towns])
    return centres[:, None, :] + rolls.reshape(-1, 3, 2) * 0.05 - 0.025


def spots(corners: Floats, spread: int, rolls: Floats) -> Ints:
    """Places around one of three corners, bell-shaped: (n, 3, 2) corners to (n, 2) longitude, latitude."""
    corner = corners[np.arange(len(rolls)), (rolls[:, 0] * 3).astype(np.int64)]
    scatter = rolls[:, 1:].reshape(-1, 3, 2).sum(axis=1) - 1.5
    places: Ints = np.rint(corner * DEGREE + 2 * spread * scatter).astype(np.int64)
    return places


def invent_schools(policy: Policy, quotas: pl.DataFrame, corners: Floats, rolls: Floats) -> pl.DataFrame:
    """The schools of every scope: the quota split at random, none below about half an even share.

    Takes (n_scopes, MOST_SCHOOLS, SCHOOL_ROLLS) rolls. The columns `scope` (row of `quotas`) and
    `popularity` (0..1) are for `list_schools` only.
    """
    towns = policy.facts["town"].members or {}
    rows: list[dict[str, object]] = []
    for scope, (town, stage, seats) in enumerate(quotas.rows()):
        schools = min(max(1, round(seats / SEATS_A_SCHOOL)), MOST_SCHOOLS)
        roll = rolls[scope, :schools]
        shares = 0.5 + roll[:, 0]
        ends = np.rint(seats * np.cumsum(shares) / shares.sum()).astype(int)
        places = spots(np.repeat(corners[scope : scope + 1], schools, axis=0), 800, roll[:, 2:])
        letter, word = figures.SCHOOL_WORDS[stage]
        for number, held in enumerate(np.diff(ends, prepend=0)):
            row = {"offer": f"{town}-{letter}{number + 1:02}", "town": town, "stage": stage}
            row |= {"name": f"{towns[town].zh}{word}{number + 1:02}", "seats": int(held)}
            row |= {"longitude": int(places[number, 0]), "latitude": int(places[number, 1])}
            rows.append(row | {"scope": scope, "popularity": float(roll[number, 1])})
    return typed_scope(policy, pl.DataFrame(rows))


def list_schools(scope: Ints, homes: Ints, offers: pl.DataFrame, rolls: Floats) -> tuple[Ints, Ints]:
    """Schools of the own scope that each child lists, and the catchment school.

    Near and popular schools come first. Takes (n, LIST_ROLLS) rolls. Returns rows of `offers`:
    (n, MOST_WISHES) in order of preference, -1 where the list ends, and (n,).
    """
    listed = np.full((len(scope), MOST_WISHES), -1)
    catchment = np.zeros(len(scope), dtype=np.int64)
    places = offers.select("longitude", "latitude").to_numpy()
    popularity = offers["popularity"].to_numpy()
    starts = np.searchsorted(offers["scope"].to_numpy(), np.arange(scope.max() + 2))
    for number, (start, end) in enumerate(itertools.pairwise(starts)):
        rows = np.flatnonzero(scope == number)
        away = np.abs(homes[rows, None, :] - places[None, start:end, :]).sum(axis=2)
        nearest = np.argsort(away, axis=1, kind="stable")
        odd = (rolls[rows, 0] < 0.06) & (end - start > 1)  # catchments do not follow distance exactly
        catchment[rows] = start + nearest[np.arange(len(rows)), odd.astype(int)]
        liking = away * (0.6 + 0.8 * rolls[rows, 2 : 2 + end - start]) - 2000 * popularity[start:end]
        best = start + np.argsort(liking, axis=1, kind="stable")[:, :MOST_WISHES]
        wanted = (1 + rolls[rows, 1] * MOST_WISHES).astype(np.int64)
        listed[rows, : best.shape[1]] = np.where(np.arange(best.shape[1]) < wanted[:, None], best, -1)
    return listed, catchment


def typed_scope(policy: Policy, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `town` and `stage` typed as the pack says."""
    return frame.with_columns(
        pl.col(name).cast(stored_type(policy.facts[name])) for name in ("town", "stage")
    )


def stored_type(fact: Fact) -> pl.DataType:
    """How a fact's column is typed in memory."""
    if fact.members:
        return pl.Enum(list(fact.members))
    return {"boolean": pl.Boolean(), "date": pl.Date()}.get(fact.type, pl.Int64())
