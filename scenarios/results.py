"""The published tables of a round: from row numbers back to ids, with the columns a bundle has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from allocation.arrays import Int32, Int64
from allocation.lottery import TICKET_BYTES
from publication.tables import Table
from scenarios.call_in import Called
from scenarios.markets import Ground, tier_and_class, totals_at_places, wish_totals
from scenarios.placement import Placement, StageResult
from scenarios.tables import frame_column, list_names, reserved_columns, wishes_of_lists
from scoring.candidates import Standings
from scoring.conditions import plain
from scoring.eligibility import STATUSES
from scoring.facts import Facts, other_columns, service_facts
from scoring.policy import Policy
from scoring.possible_columns import LEAST, MOST, possible_ends
from scoring.ranking import Key
from scoring.score import Scores
from values.tables import Column, ColumnType, TableSchema

KEY_TYPES: dict[str, ColumnType] = {"points": "decimal", "integer": "integer", "time": "datetime"}
CANDIDATE = Column("candidate", "id")
SCOPE = Column("scope", "id")
OFFER = Column("offer", "id")
NOT_CALLED = "not_called"
TICKET = Column("ticket", "text")


def ranking_table(ground: Ground) -> Table:
    """Everyone ranked: total and keys as published, ticket, rank before chance, position after it."""
    ranking, priority = ground.ranking, ground.priority
    frame = pl.DataFrame(
        [
            ground.names.alias("candidate"),
            ground.scopes.gather(ground.person_scope).alias("scope"),
            *_key_values(ground),
            tickets_as_text(ground),
            pl.Series("rank", ranking.rank, dtype=pl.Int64),
            pl.Series("position", priority.position, dtype=pl.Int64),
        ]
    )
    columns = (
        CANDIDATE,
        SCOPE,
        *_key_columns(ground),
        TICKET,
        Column("rank", "integer"),
        Column("position", "integer"),
    )
    return Table(TableSchema("ranking", columns, ("candidate",)), frame)


def outcomes_table(ground: Ground, placement: Placement) -> Table:
    """Everyone ranked: what they got, by which stage, or their place on the scope's waiting list.

    Where refused places are refilled, `run` says in which run of the stages they got it; where points count
    at some offers only, `total` is the total at the offer they got.
    """
    names = pl.Series("stage", [result.stage.name for result in placement.results], dtype=pl.String)
    # The bundle's order: sorting texts that lie in order is cheap.
    by_id = np.argsort(ground.ranking.candidate)
    offer = pl.Series(placement.offer[by_id], dtype=pl.Int64)
    frame = pl.DataFrame(
        [
            ground.names.gather(by_id).alias("candidate"),
            placement.outcomes().gather(by_id),
            names.gather(placement.decided[by_id]),
            ground.offers["offer"].gather(offer.set(offer < 0, None)).alias("offer"),
            pl.Series("waiting", placement.waiting[by_id], dtype=pl.Int64).replace(0, None),
            pl.Series("run", placement.run[by_id], dtype=pl.Int64).replace(0, None),
        ]
    )
    lists = [placement.results[at].stage.list for at in placement.decided]
    if ground.marked:
        frame = frame.with_columns(totals_at_places(ground, lists, placement.offer).gather(by_id))
    columns = (
        CANDIDATE,
        Column("outcome", "text"),
        Column("stage", "text"),
        OFFER,
        Column("waiting", "integer"),
        *((Column("run", "integer"),) if ground.refills else ()),
        *_total_there(ground),
    )
    schema = TableSchema("outcomes", columns, ("candidate",))
    return Table(schema, frame.select(column.name for column in columns))


def cutoffs_table(ground: Ground, placement: Placement) -> Table:
    """The last admitted of every seat of every stage that admits by rank, in the order of the stages."""
    by_rank = (_cutoffs(ground, *stage) for stage in stages_by_rank(ground, placement))
    rows = [_no_cutoffs(ground), *by_rank]
    columns = (
        Column("stage", "text"),
        Column("seat", "id"),
        Column("seats", "integer"),
        Column("admitted", "integer"),
        Column("full", "boolean"),
        Column("last_admitted", "id"),
        *_key_columns(ground),
        TICKET,
    )
    return Table(TableSchema("cutoffs", columns, ("stage", "seat")), pl.concat(rows))


def stages_by_rank(ground: Ground, placement: Placement) -> Iterator[tuple[StageResult, Int64]]:
    """The stages that admit by rank, each with the seats (m,) that the stages before it leave in the end."""
    left = ground.offers["seats"].to_numpy()
    for result in placement.results:
        quota = result.stage.seats == "quotas"
        if result.stage.mechanism != "redistribution":
            yield result, result.market.capacity if quota else left
        held = result.assigned[result.assigned >= 0]
        left = left if quota else np.maximum(left - np.bincount(held, minlength=left.size), 0)


def quotas_table(ground: Ground) -> Table:
    """Every scope and its seats."""
    columns = (SCOPE, Column("seats", "integer"))
    return Table(TableSchema("quotas", columns, ("scope",)), ground.quotas.select("scope", "seats"))


def offers_table(ground: Ground) -> Table:
    """Every offer, its scope, name and seats."""
    fits = ground.fits
    types = () if fits is None else (Column("type", "choice", members=tuple(fits.types)),)
    reserved = reserved_columns(ground.facts.policy, ground.facts.service)
    counts = tuple(Column(name, "integer") for name in ("seats", *reserved))
    columns = (OFFER, SCOPE, Column("name", "text"), *counts, *types)
    frame = ground.offers.select(column.name for column in columns)
    return Table(TableSchema("offers", columns, ("offer",)), frame)


def call_in_table(called: Called) -> Table:
    """Everyone counted in the call-in: the date that decided, the place by it, whether they were called, and
    the ticket where equal dates are drawn."""
    columns = (
        CANDIDATE,
        SCOPE,
        Column("by", "date"),
        Column("place", "integer"),
        Column("called", "boolean"),
        *((TICKET,) if "ticket" in called.table.columns else ()),
    )
    return Table(TableSchema("call_in", columns, ("candidate",)), called.table.drop("eligible"))


def preferences_table(ground: Ground) -> Table:
    """The wishes as filed, list by list if there are several.

    Where points count at some offers only also the marks, and the total there of everybody ranked.
    """
    lists = (Column("list", "text"),) if list_names(ground.facts.policy, ground.facts.service) else ()
    marks = tuple(Column(name, "boolean") for name in ground.marked)
    columns = (CANDIDATE, *lists, Column("rank", "integer"), OFFER, *marks, *_total_there(ground))
    frame = wishes_of_lists(ground.tables.preferences, tuple(ground.marked))
    if ground.marked:
        frame = frame.join(wish_totals(ground), on=["candidate", "list", "offer"], how="left")
    unique = ("candidate", *(column.name for column in lists), "rank")
    return Table(TableSchema("preferences", columns, unique), frame.select(column.name for column in columns))


def _total_there(ground: Ground) -> tuple[Column, ...]:
    """The column of totals that differ from offer to offer."""
    if not ground.marked:
        return ()
    return (Column("total", "decimal", decimals=ground.facts.policy.scale),)


def priorities_table(ground: Ground, placement: Placement) -> Table | None:
    """The class (or band) of everybody at every offer they wish for, of every stage that has them."""
    frames = [_tiers(ground, run) for run in placement.results if run.stage.tiers or run.bands is not None]
    if not frames:
        return None
    columns = (Column("stage", "text"), CANDIDATE, OFFER, Column("tier", "integer"))
    return Table(TableSchema("priorities", columns, ("stage", "candidate", "offer")), pl.concat(frames))


def _tiers(ground: Ground, result: StageResult) -> pl.DataFrame:
    market, bands = result.market, result.bands
    tier = bands
    if tier is None:
        assert market.figures.tier is not None
        tier, _ = tier_and_class(ground, result.stage, market.figures.tier)
    return pl.DataFrame(
        [
            pl.repeat(result.stage.name, tier.size, dtype=pl.String, eager=True).alias("stage"),
            pl.Series("candidate", market.applicants, dtype=pl.String).gather(market.wish_person),
            ground.offers["offer"].gather(market.wish_offer).alias("offer"),
            pl.Series("tier", tier, dtype=pl.Int64),
        ]
    )


def costs_table(ground: Ground, placement: Placement) -> Table | None:
    """The metres of every pair that a redistribution stage could use."""
    runs = [run for result in placement.results for run in (result, *result.again)]
    frames = [_costs(ground, run) for run in runs if run.market.terms is not None]
    if not frames:
        return None
    columns = (CANDIDATE, OFFER, Column("metres", "integer"))
    pairs = pl.concat(frames) if len(frames) == 1 else pl.concat(frames).unique()
    return Table(TableSchema("costs", columns, ("candidate", "offer")), pairs)


def tickets_as_text(ground: Ground, rows: Sequence[int] | None = None) -> pl.Series:
    """The tickets of these rows of the ranking (of all) as 64 hex digits, null without a lottery."""
    tickets = ground.priority.tickets
    if tickets is None:
        return pl.Series("ticket", [None] * len(ground.names if rows is None else rows), dtype=pl.String)
    chosen = tickets if rows is None else tickets[np.asarray(rows, np.int64)]
    digits = np.frombuffer(chosen.tobytes().hex().encode("ascii"), f"S{2 * TICKET_BYTES}")
    return pl.Series("ticket", digits, dtype=pl.Binary).cast(pl.String)


def _key_values(ground: Ground) -> list[pl.Series]:
    columns = zip(ground.ranking.keys, ground.ranking.values.T, strict=True)
    return [_key_series(key, pl.Series(key.name, values)) for key, values in columns]


def _key_series(key: Key, values: pl.Series) -> pl.Series:
    if key.type != "time":
        return values
    return (values * 60_000_000).cast(pl.Datetime("us"))  # kept in minutes


def _key_columns(ground: Ground) -> tuple[Column, ...]:
    scale = ground.facts.policy.scale
    return tuple(
        Column(key.name, KEY_TYPES[key.type], decimals=scale if key.type == "points" else 0)
        for key in ground.ranking.keys
    )


def _no_cutoffs(ground: Ground) -> pl.DataFrame:
    """The columns of the cut-offs, for a round in which distance alone decides."""
    kinds = {"stage": pl.String, "seat": pl.String, "seats": pl.Int64, "admitted": pl.Int64}
    empty = pl.DataFrame(schema={**kinds, "full": pl.Boolean, "last_admitted": pl.String})
    return empty.with_columns(
        *(values.clear() for values in _key_values(ground)), tickets_as_text(ground, [])
    )


def _cutoffs(ground: Ground, result: StageResult, capacity: Int64) -> pl.DataFrame:
    market, assigned = result.market, result.assigned
    admitted = np.bincount(assigned[assigned >= 0], minlength=len(market.offers))
    last = result.last_admitted()
    seats = pl.DataFrame(
        {
            "stage": [result.stage.name] * len(market.offers),
            "seat": market.offers,
            "seats": capacity,
            "admitted": admitted,
            "full": admitted >= capacity,
            "row": pl.Series(last, dtype=pl.Int64),
        }
    )
    rows = pl.Series("row", np.unique(last[last >= 0]), dtype=pl.Int64)
    names = ground.names.gather(rows).alias("last_admitted")
    keys = [values.gather(rows) for values in _key_values(ground)]
    people = pl.DataFrame([rows, names, *keys, tickets_as_text(ground, rows.to_list())])
    lines = seats.join(people, on="row", how="left", maintain_order="left")
    if market.figures.wish_points is not None:
        lines = lines.with_columns(_totals_of_last(result, last))
    return lines.drop("row").sort("seat")


def _totals_of_last(result: StageResult, last: Int32) -> pl.Series:
    """(m,) the total there of the last person each offer admitted; null for nobody."""
    market, totals = result.market, list[int | None]([None] * last.size)
    assert market.figures.wish_points is not None
    is_last = result.rows[market.wish_person] == last[market.wish_offer]
    for wish in np.flatnonzero(is_last).tolist():
        totals[int(market.wish_offer[wish])] = int(market.figures.wish_points[wish])
    return pl.Series("total", totals, dtype=pl.Int64)


def _costs(ground: Ground, result: StageResult) -> pl.DataFrame:
    terms = result.market.terms
    assert terms is not None
    by_id = np.argsort(ground.ranking.candidate[result.rows])  # near the bundle's order, as in outcomes
    count = np.diff(terms.pair_start)[by_id]
    first = terms.pair_start[:-1][by_id] - (np.cumsum(count) - count)
    pairs = np.repeat(first, count) + np.arange(terms.pair_offer.size)
    return pl.DataFrame(
        [
            ground.names.gather(np.repeat(result.rows[by_id], count)).alias("candidate"),
            ground.offers["offer"].gather(terms.pair_offer[pairs]).alias("offer"),
            pl.Series("metres", terms.pair_cost[pairs], dtype=pl.Int64),
        ]
    )


def excluded_table(facts: Facts, standings: Standings, called: Called | None) -> Table:
    """Everyone who is not ranked: candidate, status, and the reasons of all their pairs.

    People who are eligible and were not called in have the status and the reason `not_called`.
    """
    counted = pl.DataFrame({"candidate": facts.candidates, "status": standings.status})
    named = standings.reasons.with_columns(
        candidate=facts.candidates.gather(facts.candidate_row[standings.reasons["pair"].to_numpy()])
    )
    codes = named.group_by("candidate").agg(pl.col("code").unique().sort().str.join("|").alias("reasons"))
    out = counted.filter(pl.col("status") > 0).join(codes, on="candidate", how="left")
    names = pl.col("status").replace_strict(
        list(range(len(STATUSES))), list(STATUSES), return_dtype=pl.String
    )
    columns = (CANDIDATE, Column("status", "text"), Column("reasons", "text"))
    frame = out.with_columns(names).select("candidate", "status", "reasons")
    if called is not None:
        left = called.table.filter(~pl.col("called"), "eligible").select("candidate")
        frame = pl.concat([frame, left.with_columns(status=pl.lit(NOT_CALLED), reasons=pl.lit(NOT_CALLED))])
    return Table(TableSchema("excluded", columns, ("candidate",)), frame)


def score_table(facts: Facts, scores: Scores, standings: Standings) -> Table:
    """Every pair's score sheet: lines, sub-total, factor and total, and which pair counts."""
    counts = np.zeros(facts.frame.height, dtype=bool)
    counts[standings.pair] = True
    rule = facts.policy.services[facts.service].multiplier
    factor = pl.lit("1") if rule is None else pl.lit(plain(rule.factor))
    times = pl.when(pl.col("multiplied")).then(factor).when(~pl.col("multiplied")).then(pl.lit("1"))
    status = pl.Series("status", STATUSES).gather(standings.pair_status)
    totals = scores.totals.with_columns(times.alias("factor"))
    frame = pl.DataFrame([*_pair_ids(facts), pl.Series("counts", counts), status, *scores.lines, *totals])
    schema = score_schema(facts)
    if facts.policy.services[facts.service].entitlement is not None:
        frame = frame.with_columns(_entitled().alias("entitled"))
    return Table(schema, frame.select(column.name for column in schema.columns))


def with_possible_totals(table: Table, facts: Facts, scores: Scores) -> Table:
    """Score lines with `total_least` and `total_most`: the total, or between what it can still become."""
    if not scores.lines.width:
        return table
    total = scores.totals["total"]
    pending = total.is_null().arg_true()
    ends = possible_ends(facts.policy, facts.service, facts.frame[pending], facts.as_of)
    columns = [Column(name, "decimal", decimals=facts.policy.scale) for name in ("total_least", "total_most")]
    series = [
        total.clone().scatter(pending, ends[end]).alias(column.name)
        for column, end in zip(columns, (LEAST, MOST), strict=True)
    ]
    schema = replace(table.schema, columns=(*table.schema.columns, *columns))
    return Table(schema, table.frame.with_columns(series))


def _entitled() -> pl.Expr:
    """Whether somebody has what the service gives; unknown while the case is pending."""
    return pl.when(pl.col("status") != "pending").then(pl.col("status") == "eligible")


def facts_table(facts: Facts) -> Table:
    """Every pair's facts, computed ones included."""
    frame = pl.concat([pl.DataFrame(_pair_ids(facts)), facts.frame], how="horizontal")
    return Table(facts_schema(facts.policy, facts.service), frame)


def score_schema(facts: Facts) -> TableSchema:
    """The columns of `score_lines.csv`; of a service that is an entitlement, also who is entitled."""
    scale = facts.policy.scale
    points = (*facts.policy.indicators_of(facts.service), "subtotal")
    market = facts.policy.services[facts.service].entitlement is None
    entitled = () if market else (Column("entitled", "boolean"),)
    return TableSchema(
        "score_lines",
        (
            *_pair_columns(),
            Column("counts", "boolean"),
            Column("status", "text"),
            *(Column(name, "decimal", decimals=scale) for name in points),
            Column("factor", "text"),
            Column("total", "decimal", decimals=scale),
            *entitled,
        ),
        ("candidate", "subject"),
    )


def facts_schema(policy: Policy, service: str) -> TableSchema:
    """The columns of `facts.csv`."""
    names = (*service_facts(policy, service), *other_columns(policy, service))
    columns = (frame_column(policy, name) for name in names)
    return TableSchema("facts", (*_pair_columns(), *columns), ("candidate", "subject"))


def _pair_columns() -> tuple[Column, Column]:
    return Column("candidate", "id"), Column("subject", "id")


def _pair_ids(facts: Facts) -> list[pl.Series]:
    return [
        facts.candidates.gather(facts.candidate_row).alias("candidate"),
        facts.subjects.gather(facts.subject_row).alias("subject"),
    ]
