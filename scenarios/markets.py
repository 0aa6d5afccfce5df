"""From a ranking to markets: who takes part in a stage, for which seats, wishing for what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int32, Int64
from allocation.distance import metres
from allocation.market import Figures, Key, Market, Terms
from allocation.priority import Priority
from allocation.standing import tiered_standing
from scenarios.tables import Applications
from scoring.facts import Facts
from scoring.policy import Stage
from scoring.ranking import Ranking


@dataclass(frozen=True, eq=False)
class Ground:
    """What the stages of a round share: the ranked people, their priority, the offers and quotas.

    People are rows of the ranking (n,). Offers and scopes are numbered by id. `person_scope` (n,) and
    `offer_scope` (m,) index `scopes`.
    """

    facts: Facts
    ranking: Ranking
    priority: Priority
    tables: Applications

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Ids of the ranked candidates (n)."""
        return tuple(self.facts.candidates.gather(self.ranking.candidate))

    @cached_property
    def candidates(self) -> pl.DataFrame:
        """The candidates' own rows, in the order of the ranking."""
        return self.tables.candidates.sort("candidate")[self.ranking.candidate]

    @cached_property
    def offers(self) -> pl.DataFrame:
        """The offers with their scope, by id."""
        return self.tables.offers.with_columns(self._scope()).sort("offer")

    @cached_property
    def quotas(self) -> pl.DataFrame:
        """The quotas with their scope, by scope."""
        return self.tables.quotas.with_columns(self._scope()).sort("scope")

    @property
    def scopes(self) -> pl.Series:
        """Every scope that has a quota."""
        return self.quotas["scope"]

    @cached_property
    def person_scope(self) -> Int32:
        """(n,) the scope each person is ranked in."""
        rows = _rows_of(pl.Series(self.ranking.scopes, dtype=pl.String), self.scopes)
        return rows[self.ranking.scope]

    @cached_property
    def offer_scope(self) -> Int32:
        """(m,) the scope each offer belongs to."""
        return _rows_of(self.offers["scope"], self.scopes)

    @cached_property
    def figures(self) -> Figures:
        """Totals and keys as published, for cut-offs and reasons."""
        values, scale = self.ranking.values, self.facts.policy.scale
        keys = tuple(
            Key(
                key.name,
                np.ascontiguousarray(values[:, column]),
                scale if key.type == "points" else 0,
                key.better,
            )
            for column, key in enumerate(self.ranking.keys, start=1)
        )
        return Figures(points=np.ascontiguousarray(values[:, 0]), points_scale=scale, keys=keys)

    def _scope(self) -> pl.Expr:
        rule = self.facts.policy.services[self.facts.service].ranking
        return pl.concat_str(pl.col(rule.scope).cast(pl.String), separator="/").alias("scope")


def quota_market(ground: Ground) -> Market:
    """Everybody wishes for one thing: a seat of the own scope's quota."""
    n = len(ground.people)
    return Market.of_arrays(
        ground.people,
        tuple(ground.scopes),
        ground.quotas["seats"].to_numpy(),
        np.arange(n + 1),
        ground.person_scope,
        ranking=ground.priority.order,
        tie_order=ground.priority.tie_order,
        figures=ground.figures,
    )


def wish_market(ground: Ground, stage: Stage) -> Market:
    """Everybody's wishes for the offers, with the class at each offer before the ranking."""
    wishes = ranked_wishes(ground)
    person, offer = wishes["person"].to_numpy(), wishes["offer_row"].to_numpy()
    figures, standing = ground.figures, None
    if stage.tiers == "catchment":
        tier = (~wishes["catchment"]).cast(pl.Int32).to_numpy() + np.int32(1)
        standing = tiered_standing(tier, ground.priority.order, person)
        figures = Figures(figures.points, figures.points_scale, tier, figures.keys)
    return Market.of_arrays(
        ground.people,
        tuple(ground.offers["offer"]),
        ground.offers["seats"].to_numpy(),
        np.searchsorted(person, np.arange(len(ground.people) + 1)),
        offer,
        standing,
        ranking=ground.priority.order,
        tie_order=ground.priority.tie_order,
        figures=figures,
    )


def ranked_wishes(ground: Ground) -> pl.DataFrame:
    """The wishes of the ranked people: `person`, `offer_row` (Int32), `catchment` (is it the own one)."""
    people = pl.DataFrame({"candidate": ground.people}).with_row_index("person")
    offers = ground.offers.select("offer").with_row_index("offer_row")
    home = "catchment" if "catchment" in ground.candidates.columns else None
    catchment = (
        ground.candidates[home] if home else pl.Series("catchment", [None] * people.height, dtype=pl.String)
    )
    wishes = ground.tables.preferences.join(people.with_columns(home=catchment), on="candidate")
    wishes = wishes.join(offers, on="offer").sort("person", "rank")
    return wishes.select(
        pl.col("person", "offer_row").cast(pl.Int32),
        (pl.col("home") == pl.col("offer")).fill_null(False).alias("catchment"),
    )


def redistribution_market(ground: Ground, rows: Int32, seats: Int64) -> Market:
    """The people in `rows` of the ranking and every offer of their scope that has seats left, by distance."""
    start, offer = _offers_in_scope(ground, rows, seats)
    person = np.repeat(rows, np.diff(start))
    cost = metres(*_coordinates(ground.candidates, person), *_coordinates(ground.offers, offer))
    priority = ground.priority
    everyone = np.ones(rows.size, dtype=bool)
    return Market.of_arrays(
        tuple(np.asarray(ground.people, dtype=object)[rows]),
        tuple(ground.offers["offer"]),
        seats,
        np.zeros(rows.size + 1, dtype=np.int64),
        np.empty(0, dtype=np.int32),
        ranking=_dense(priority.order[rows]),
        tie_order=None if priority.tie_order is None else _dense(priority.tie_order[rows]),
        terms=Terms(start, offer, cost, everyone, ~everyone),
    )


def _offers_in_scope(ground: Ground, rows: Int32, seats: Int64) -> tuple[Int64, Int32]:
    """For each person the offers of the own scope with a seat left, by id, as CSR."""
    free = np.flatnonzero(seats > 0).astype(np.int32)
    by_scope = free[np.argsort(ground.offer_scope[free], kind="stable")]
    first = np.searchsorted(ground.offer_scope[by_scope], np.arange(len(ground.scopes) + 1))
    scope = ground.person_scope[rows]
    count = np.diff(first)[scope]
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    within = np.arange(start[-1]) - np.repeat(start[:-1], count)
    return start, by_scope[np.repeat(first[:-1][scope], count) + within]


def _coordinates(frame: pl.DataFrame, rows: NDArray[np.int32]) -> tuple[Int64, Int64]:
    return frame["longitude"].to_numpy()[rows], frame["latitude"].to_numpy()[rows]


def _rows_of(names: pl.Series, known: pl.Series) -> Int32:
    return names.replace_strict(
        known, pl.Series(range(len(known)), dtype=pl.Int32), return_dtype=pl.Int32
    ).to_numpy()


def _dense(order: Int32) -> Int32:
    return np.unique(order, return_inverse=True)[1].astype(np.int32)
