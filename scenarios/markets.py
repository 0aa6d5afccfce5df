"""From a ranking to markets: who takes part in a stage, for which seats, wishing for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int32, Int64
from allocation.distance import metres
from allocation.market import Figures, Key, Market, Terms
from allocation.priority import Priority
from allocation.standing import tiered_standing
from scenarios.marked_wishes import standing_at_offers, totals_of_wishes
from scenarios.open_offers import closed, removed_wishes
from scenarios.seat_groups import ceilings_left, ceilings_of, memberships, pools_of
from scenarios.tables import Applications, gives_offers, no_offers, scope_names, wishes_of_lists
from scoring.allocation_rule import Fits, Stage
from scoring.candidates import group_members
from scoring.constructs import Title
from scoring.facts import Facts, Rows
from scoring.policy import EVERYBODY, Service
from scoring.ranking import Key as RankingKey
from scoring.ranking import Ranking
from scoring.seat_groups import Accepts


@dataclass(frozen=True, eq=False)
class Ground:
    """What the stages of a round share: the ranked people, their priority, the offers and quotas.

    People are rows of the ranking (n,), `pair` (n,) the rows of the facts that count for them. `marked` (n,)
    is by column of the wishes what is added to everybody's total at those that it marks. Offers and scopes
    are numbered by id. `person_scope` (n,) and `offer_scope` (m,) index `scopes`.
    """

    facts: Facts
    ranking: Ranking
    priority: Priority
    tables: Applications
    pair: Rows
    marked: Mapping[str, Int64] = field(default_factory=dict)

    @cached_property
    def names(self) -> pl.Series:
        """Ids of the ranked candidates (n)."""
        return self.facts.candidates.gather(self.ranking.candidate)

    @cached_property
    def people(self) -> tuple[str, ...]:
        """The same as a tuple."""
        return tuple(self.names.to_list())

    @cached_property
    def candidates(self) -> pl.DataFrame:
        """The candidates' own rows, in the order of the ranking."""
        candidates = self.tables.candidates
        by_id = candidates["candidate"].arg_sort()
        return candidates[by_id.gather(self.ranking.candidate)]

    @cached_property
    def offers(self) -> pl.DataFrame:
        """The offers with their scope, by id."""
        if not gives_offers(self.facts.policy, self.facts.service):
            return no_offers().with_columns(scope=pl.lit("", pl.String))
        return self.tables.offers.with_columns(self._scope()).sort("offer")

    @cached_property
    def quotas(self) -> pl.DataFrame:
        """The quotas with their scope, by scope; without a seat where numbers alone are given."""
        if self._rule.numbers is not None:
            scopes = pl.Series("scope", self.ranking.scopes, dtype=pl.String)
            return pl.DataFrame([scopes]).with_columns(seats=pl.lit(0, pl.Int64)).sort("scope")
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
        """Totals and tie-breaks as published, for cut-offs and reasons. Classes are tiers."""
        scale = self.facts.policy.scale
        shown = {key.name: np.ascontiguousarray(column) for key, column in self._published()}
        classes = self._rule.ranking.class_keys
        keys = tuple(
            Key(key.name, shown[key.name], scale if key.type == "points" else 0, key.better)
            for key, _ in self._published()
            if key.name != "total" and key.name not in classes
        )
        return Figures(points=shown.get("total"), points_scale=scale, keys=keys)

    @cached_property
    def tier(self) -> Int32 | None:
        """(n,) the class of everyone by the policy's classes, 1 first; None if it has none."""
        width = len(self._rule.ranking.class_keys)
        if not width:
            return None
        classes = self.ranking.values[:, :width]
        return np.unique(classes, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32) + np.int32(1)

    @cached_property
    def classes(self) -> int:
        """How many classes people are in."""
        return 1 if self.tier is None else int(self.tier.max(initial=1))

    @cached_property
    def order_everywhere(self) -> Int32:
        """(n,) one order of the people of all scopes, by the same keys and the same tickets, 0 first."""
        signs = [-1 if key.better == "higher" else 1 for key in self.ranking.keys]
        keys = [column * sign for column, sign in zip(self.ranking.values.T, signs, strict=True)]
        ties = self.priority.tie_order
        rows = np.column_stack([*keys, np.zeros(len(self.people), np.int64) if ties is None else ties])
        return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32)

    @cached_property
    def members(self) -> dict[str, NDArray[np.bool_]]:
        """(n,) for each group that a stage treats apart: whether everyone belongs to it."""
        known = group_members(self.facts)
        return {name: column.gather(self.pair).to_numpy() for name, column in known.items()}

    @property
    def fits(self) -> Fits | None:
        """Which types of offer each candidate may have."""
        return self._rule.allocation.fits

    @property
    def accepts(self) -> tuple[Accepts, ...]:
        """Which marked offers accept some people only."""
        return self._rule.allocation.accepts or ()

    @property
    def refills(self) -> bool:
        """Whether a place that is given up goes to the next."""
        return self._rule.allocation.refusal.refill

    @property
    def _rule(self) -> Service:
        return self.facts.policy.services[self.facts.service]

    def _published(self) -> list[tuple[RankingKey, Int64]]:
        return list(zip(self.ranking.keys, self.ranking.values.T, strict=True))

    def _scope(self) -> pl.Expr:
        return scope_names(self.facts.policy, self.facts.service)


def quota_market(ground: Ground, rows: Int32, seats: Int64) -> Market:
    """The people in `rows` of the ranking wish for one thing: a seat of the own scope's quota."""
    ties = ground.priority.tie_order
    tier = None if ground.tier is None else ground.tier[rows]
    return Market.of_arrays(
        tuple(np.asarray(ground.people, dtype=object)[rows]),
        tuple(ground.scopes),
        seats,
        np.arange(rows.size + 1),
        ground.person_scope[rows],
        ranking=_dense(ground.priority.order[rows]),
        tie_order=None if ties is None else _dense(ties[rows]),
        figures=replace(_of_people(ground.figures, rows), tier=tier),
    )


def second_market(ground: Ground, stage: Stage, rows: Int32, seats: Int64) -> Market:
    """The people in `rows` of the ranking wish for what the scopes of their area leave.

    `seats` (scopes,) is what each leaves less the seats that a second ranking has given to its people.
    """
    names, area = areas_of(ground, stage)
    ties = ground.priority.tie_order
    return Market.of_arrays(
        tuple(np.asarray(ground.people, dtype=object)[rows]),
        names,
        [int(seats[area == at].sum()) for at in range(len(names))],
        np.arange(rows.size + 1),
        area[ground.person_scope[rows]],
        ranking=_dense(ground.order_everywhere[rows]),
        tie_order=None if ties is None else _dense(ties[rows]),
        figures=replace(
            _of_people(ground.figures, rows), tier=None if ground.tier is None else ground.tier[rows]
        ),
    )


def area_titles(ground: Ground) -> dict[str, Title]:
    """What is left in each area of a second ranking, by name; nothing without one."""
    policy, service = ground.facts.policy, ground.facts.service
    return {
        name: policy.area_title(service, stage, name)
        for stage in policy.services[service].allocation.stages
        if stage.is_second
        for name in areas_of(ground, stage)[0]
    }


def areas_of(ground: Ground, stage: Stage) -> tuple[tuple[str, ...], Int32]:
    """The areas of a second ranking by name, and (scopes,) the area that each scope lies in."""
    facts = ground.facts.policy.services[ground.facts.service].ranking.scope
    kept = [at for at, fact in enumerate(facts) if stage.area != "everywhere" and fact in (stage.area or ())]
    parts = [scope.split("/") for scope in ground.scopes]
    names = ["/".join(part[at] for at in kept) if kept else EVERYBODY for part in parts]
    known = sorted(set(names))
    return tuple(known), np.array([known.index(name) for name in names], dtype=np.int32)


def wish_market(ground: Ground, stage: Stage, rows: Int32, seats: Int64, holds: Int32) -> Market:
    """The wishes of the people in `rows` of the ranking, as far as they fit and lie in the stage's area.

    `holds` (n,) is the offer that everybody has so far, -1 for none. The stage's tiers
    come before the ranking. Where points count at some offers only there is no one ranking: each offer has an
    order of its own, by the total there.
    """
    wishes = _wishes_of(ground, stage, rows)
    person, offer = wishes["person"].to_numpy(), wishes["offer_row"].to_numpy()
    why = closed(ground, person, offer)
    fit = why < 0
    local = np.searchsorted(rows, person).astype(np.int32)
    mine = local[fit]
    order = (ground.order_everywhere if stage.area == "everywhere" else ground.priority.order)[rows]
    tier = _tiers(ground, stage, wishes.filter(pl.Series(fit)))
    standing = None if tier is None else tiered_standing(tier, _dense(order), mine)
    figures = replace(_of_people(ground.figures, rows), tier=_with_class(ground, tier, person[fit]))
    if ground.marked:
        total = wishes["total"].filter(pl.Series(fit)).to_numpy()
        standing = standing_at_offers(ground.ranking, person[fit], total, tier)
        figures = replace(figures, wish_points=total)
    ties = ground.priority.tie_order
    members = {name: column[rows] for name, column in ground.members.items()}
    left = ceilings_left(stage, ground.offers, ground.members, holds)
    return Market.of_arrays(
        tuple(np.asarray(ground.people, dtype=object)[rows]),
        tuple(ground.offers["offer"]),
        seats,
        np.searchsorted(mine, np.arange(rows.size + 1)),
        offer[fit],
        standing,
        ranking=None if ground.marked else _dense(order),
        tie_order=None if ties is None else _dense(ties[rows]),
        removed=removed_wishes(ground, local, offer, why),
        figures=figures,
        memberships=memberships(stage, members, rows.size),
        pools=pools_of(stage, ground.offers, members, mine, offer[fit]),
        ceilings=ceilings_of(stage, left, members, mine),
    )


def _tiers(ground: Ground, stage: Stage, wishes: pl.DataFrame) -> Int32 | None:
    """(w,) what comes before the ranking, 1 first: outside the catchment or not, or the number of the wish.

    Where first choices come first, others than those concerned stand as if with the first.
    """
    rule = stage.choices_first
    if stage.tiers is None:
        return None
    tier = 2 - pl.col("catchment").cast(pl.Int32)
    if rule is not None:
        marked = ground.offers[rule.choices_first_at].gather(wishes["offer_row"])
        inside = np.ones(len(ground.people), bool) if rule.people is None else ground.members[rule.id]
        counted = marked & pl.Series(inside).gather(wishes["person"])
        tier = pl.when(counted).then(pl.int_range(pl.len()).over("person") + 1).otherwise(1)
    return wishes.select(tier.cast(pl.Int32).alias("tier"))["tier"].to_numpy()


def _with_class(ground: Ground, tier: Int32 | None, person: Int32) -> Int32 | None:
    """(w,) the tiers of a stage and in each the classes of people, numbered through; 1 first."""
    if ground.tier is None:
        return tier
    return ground.tier[person] if tier is None else (tier - 1) * ground.classes + ground.tier[person]


def tier_and_class(ground: Ground, stage: Stage, number: Int32) -> tuple[Int32, Int32]:
    """A stage's own tier and the class, from the number that its market has for both."""
    if stage.tiers is None:
        return np.ones_like(number), number
    return (number - 1) // ground.classes + 1, (number - 1) % ground.classes + 1


def _wishes_of(ground: Ground, stage: Stage, rows: Int32) -> pl.DataFrame:
    """The wishes that a stage reads of each of these people, as far as they lie in the stage's area."""
    taking_part = np.zeros(len(ground.people), dtype=bool)
    taking_part[rows] = True
    wishes = ranked_wishes(ground, stage.list)
    wishes = wishes.filter(pl.Series(taking_part[wishes["person"].to_numpy()]))
    if stage.most_wishes is not None:
        wishes = wishes.filter(pl.int_range(pl.len()).over("person") < stage.most_wishes)
    if stage.area == "everywhere":
        return wishes
    person, offer = wishes["person"].to_numpy(), wishes["offer_row"].to_numpy()
    return wishes.filter(pl.Series(ground.offer_scope[offer] == ground.person_scope[person]))


def ranked_wishes(ground: Ground, name: str | None) -> pl.DataFrame:
    """The wishes of the ranked people on one list: `person`, `offer_row` (Int32), `catchment` (is it the own
    one); where points count at some offers only also the `total` there."""
    people = pl.DataFrame({"candidate": ground.names}).with_row_index("person")
    offers = ground.offers.select("offer").with_row_index("offer_row")
    home = "catchment" if "catchment" in ground.candidates.columns else None
    catchment = (
        ground.candidates[home] if home else pl.Series("catchment", [None] * people.height, dtype=pl.String)
    )
    filed = wishes_of_lists(ground.tables.preferences, tuple(ground.marked))
    wishes = filed.filter(pl.col("list") == (name or "")).join(
        people.with_columns(home=catchment), on="candidate"
    )
    wishes = wishes.join(offers, on="offer").sort("person", "rank")
    total = [totals_of_wishes(wishes, ground.ranking, ground.marked)] if ground.marked else []
    return wishes.select(
        pl.col("person", "offer_row").cast(pl.Int32),
        (pl.col("home") == pl.col("offer")).fill_null(False).alias("catchment"),
        *total,
    )


def wish_totals(ground: Ground) -> pl.DataFrame:
    """Every wish of the ranked people: `candidate`, `list`, `offer`, and the `total` there in units."""
    people = pl.DataFrame({"candidate": ground.names}).with_row_index("person")
    filed = wishes_of_lists(ground.tables.preferences, tuple(ground.marked)).join(people, on="candidate")
    total = totals_of_wishes(filed, ground.ranking, ground.marked)
    return filed.select("candidate", "list", "offer", total)


def totals_at_places(ground: Ground, lists: Sequence[str | None], offer: Int32) -> pl.Series:
    """(n,) everybody's total at `offer` (-1 for none), wished for on the list named; null for none."""
    return _of_wishes(ground, lists, offer, wish_totals(ground))["total"]


def granted(ground: Ground, stages: Sequence[str | None], offer: Int32) -> pl.Series:
    """(n,) the number of the wish on the list named in `stages` that is each person's offer; null for none.

    `stages` (n,) is the list read by the stage that placed each, `offer` (n,) the row of the offer or -1. The
    wishes of a list are numbered on from those of the lists that are read before it.
    """
    return _of_wishes(ground, stages, offer, _numbered_on(ground))["rank"]


def _numbered_on(ground: Ground) -> pl.DataFrame:
    """Every wish that a stage can read: `candidate`, `list`, `offer`, `rank` over all lists."""
    stages = ground.facts.policy.services[ground.facts.service].allocation.stages
    lists = tuple(dict.fromkeys(stage.list or "" for stage in stages if stage.wishes is not None))
    filed = wishes_of_lists(ground.tables.preferences).filter(pl.col("list").is_in(lists))
    filed = filed.sort("candidate", pl.col("list").cast(pl.Enum(lists)).to_physical())
    filed = filed.with_columns(before=pl.int_range(pl.len()).over("candidate"))
    before = pl.col("before").min().over("candidate", "list")
    return filed.select("candidate", "list", "offer", rank=pl.col("rank") + before)


def _of_wishes(
    ground: Ground, lists: Sequence[str | None], offer: Int32, wishes: pl.DataFrame
) -> pl.DataFrame:
    """(n,) what `wishes` say of the offer that each person wished for on a list; null for none."""
    rows = pl.Series(offer, dtype=pl.Int64).set(pl.Series(offer < 0), None)
    had = pl.DataFrame(
        {
            "candidate": pl.Series(ground.people, dtype=pl.String),
            "list": pl.Series([name or "" for name in lists], dtype=pl.String),
            "offer": ground.offers["offer"].gather(rows),
        }
    )
    return had.join(wishes, on=["candidate", "list", "offer"], how="left", maintain_order="left")


def _of_people(figures: Figures, rows: Int32) -> Figures:
    points = None if figures.points is None else figures.points[rows]
    return replace(
        figures, points=points, keys=tuple(replace(k, values=k.values[rows]) for k in figures.keys)
    )


def redistribution_market(ground: Ground, rows: Int32, seats: Int64) -> Market:
    """The people in `rows` of the ranking and every offer of their scope that has seats left, by distance."""
    start, offer = _offers_in_scope(ground, rows, seats)
    person = np.repeat(rows, np.diff(start))
    fit = closed(ground, person, offer) < 0
    start, person, offer = np.concatenate([[0], np.cumsum(fit)])[start], person[fit], offer[fit]
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
