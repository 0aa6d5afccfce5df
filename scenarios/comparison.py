"""Two decisions on the same people, side by side: who gains, who loses, by group; which cut-offs moved."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from allocation.distance import metres
from scenarios.amounts import as_decimal
from scenarios.decision import Decision
from scenarios.groups import Group
from scenarios.markets import granted
from scenarios.results import cutoffs_table, outcomes_table, ranking_table
from scoring.eligibility import STATUSES

CHANGES = (
    "gained",
    "lost",
    "better_liked",
    "less_liked",
    "nearer",
    "farther",
    "moved",
    "entered",
    "left",
    "unchanged",
)
"""What a change can mean to one person, the first that applies:

* `gained`, `lost`: a place, from none and to none (whoever gives a place up has none);
* `better_liked`, `less_liked`: another place, higher or lower on the own list of wishes; a place on the
  list is better liked than one that is not;
* `nearer`, `farther`: another place, told apart by metres because no wish tells them apart;
* `moved`: another place, told apart by neither;
* `entered`, `left`: the ranking, without a place before and after;
* `unchanged`: the same place, or none before and after.
"""

MEASURES = (
    "candidates",
    "ranked",
    "seats",
    "placed",
    "seats_left",
    "qualified",
    "gave_up",
    "waiting",
    "first_wishes",
    "mean_metres",
)
"""The totals; `first_wishes` only where wishes were filed, `mean_metres` only where homes are known,
`qualified` only where people are who are inside the quota without a place."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What changes from one decision to another. Counts are of candidates; totals are exact decimals.

    `people`: one row a candidate: `candidate`, for both sides (`…_before`, `…_after`) `status`, `scope`,
    `position`, `total`, `outcome`, `offer`, `wish`, `metres`, then `change` (of CHANGES).
    `groups`: one row a group and value: `group`, `value`, its title `zh` and `en`, `people`,
    `placed_before`, `placed_after`, a count for each of CHANGES, `net` (gained less lost) and, of the
    group's people, `gained_share` and `lost_share`, exact to four decimals.
    `cutoffs`: one row a stage and seat: `seats`, `admitted`, `full`, `total` (of the last admitted) on
    both sides, and `moved`, their difference where both sides are full.
    `totals`: one row for each of MEASURES that is known: `measure`, `before`, `after`, `difference`.
    `flows`: how many had which outcome before and after: `outcome_before`, `outcome_after`, `people`.
    """

    people: pl.DataFrame
    groups: pl.DataFrame
    cutoffs: pl.DataFrame
    totals: pl.DataFrame
    flows: pl.DataFrame


def compare(before: Decision, after: Decision, groups: tuple[Group, ...] = ()) -> Comparison:
    """Compare two decisions on the same candidates; `groups` tell them apart."""
    people = _people(before, after)
    return Comparison(
        people,
        _groups(people, groups),
        _cutoffs(before, after),
        _totals(before, after, people),
        people.group_by("outcome_before", "outcome_after")
        .agg(pl.len().cast(pl.Int64).alias("people"))
        .sort("outcome_before", "outcome_after"),
    )


def _people(before: Decision, after: Decision) -> pl.DataFrame:
    first, second = _side(before), _side(after)
    names = [name for name in first.columns if name != "candidate"]
    both = first.join(second, on="candidate", suffix="_after", how="left", maintain_order="left")
    both = both.rename({name: f"{name}_before" for name in names})
    sides = [f"{name}_{side}" for name in names for side in ("before", "after")]
    return both.with_columns(_change().alias("change")).select("candidate", *sides, "change")


def _side(decided: Decision) -> pl.DataFrame:
    """Everyone's standing in one decision; who is not ranked has the outcome `excluded`."""
    ground = decided.ground
    everyone = pl.DataFrame(
        {
            "candidate": decided.facts.candidates,
            "status": [STATUSES[code] for code in decided.standings.status],
        },
        schema_overrides={"status": pl.String},
    )
    ranked = ranking_table(ground).frame
    ranked = ranked.select("candidate", "scope", "position", _total(decided, ranked))
    outcomes = outcomes_table(ground, decided.placement).frame.select("candidate", "outcome", "offer")
    outcomes = outcomes.with_columns(_wishes(decided), _metres(decided, outcomes))
    side = everyone.join(ranked, on="candidate", how="left", maintain_order="left")
    side = side.join(outcomes, on="candidate", how="left", maintain_order="left")
    return side.with_columns(pl.col("outcome").fill_null("excluded"))


def _total(decided: Decision, frame: pl.DataFrame) -> pl.Expr:
    """The total as an exact decimal; null where the service has no points."""
    units: pl.Expr = pl.col("total") if "total" in frame.columns else pl.lit(None, pl.Int64)
    return as_decimal(units, decided.facts.policy.scale).alias("total")


def _wishes(decided: Decision) -> pl.Series:
    """Which wish the place is, in the order filed; null for no place or none that was wished for."""
    placement = decided.placement
    stages = [result.stage.list for result in placement.results]
    lists = [stages[at] for at in placement.decided]
    return granted(decided.ground, lists, placement.offer).alias("wish")


def _metres(decided: Decision, outcomes: pl.DataFrame) -> pl.Series:
    """Metres from home to the place; null where one of them is not known."""
    people, offers = decided.ground.tables.candidates, decided.ground.offers
    where = ("longitude", "latitude")
    if not all(name in frame.columns for frame in (people, offers) for name in where):
        return pl.Series("metres", [None] * outcomes.height, dtype=pl.Int64)
    pairs = outcomes.with_row_index("row").select("row", "candidate", "offer").drop_nulls()
    pairs = pairs.join(people.select("candidate", *where), on="candidate")
    pairs = pairs.join(offers.select("offer", *where), on="offer", suffix="_offer").drop_nulls()
    ends = [pairs[name].to_numpy() for name in (*where, "longitude_offer", "latitude_offer")]
    far = pairs.select("row", pl.Series("metres", metres(*ends), dtype=pl.Int64))
    rows = outcomes.with_row_index("row").select("row")
    return rows.join(far, on="row", how="left", maintain_order="left")["metres"]


def _change() -> pl.Expr:
    """Everyone's change, of CHANGES. Columns of the side before have no suffix yet."""
    had, has = (pl.col(name) == "placed" for name in ("outcome_before", "outcome_after"))
    was_ranked, is_ranked = (pl.col(name) != "excluded" for name in ("outcome_before", "outcome_after"))
    same = pl.col("offer_before").eq_missing(pl.col("offer_after"))
    unlisted = 2**31
    wish_before, wish_after = (pl.col(name).fill_null(unlisted) for name in ("wish_before", "wish_after"))
    far_before, far_after = pl.col("metres_before"), pl.col("metres_after")
    change: pl.Expr = (
        pl.when(~had & has).then(pl.lit("gained"))
        .when(had & ~has).then(pl.lit("lost"))
        .when(had & has & same).then(pl.lit("unchanged"))
        .when(had & has & (wish_after < wish_before)).then(pl.lit("better_liked"))
        .when(had & has & (wish_after > wish_before)).then(pl.lit("less_liked"))
        .when(had & has & (far_after < far_before)).then(pl.lit("nearer"))
        .when(had & has & (far_after > far_before)).then(pl.lit("farther"))
        .when(had & has).then(pl.lit("moved"))
        .when(~was_ranked & is_ranked).then(pl.lit("entered"))
        .when(was_ranked & ~is_ranked).then(pl.lit("left"))
        .otherwise(pl.lit("unchanged"))
    )  # fmt: skip
    return change


def _groups(people: pl.DataFrame, groups: tuple[Group, ...]) -> pl.DataFrame:
    counts = [(pl.col("change") == change).sum().cast(pl.Int64).alias(change) for change in CHANGES]
    placed = [
        (pl.col(f"outcome_{side}") == "placed").sum().cast(pl.Int64).alias(f"placed_{side}")
        for side in ("before", "after")
    ]
    frames = []
    for group in groups:
        told = people.join(group.values, on="candidate", how="left", maintain_order="left")
        counted = told.group_by("value").agg(pl.len().cast(pl.Int64).alias("people"), *placed, *counts)
        named = group.titles.join(counted, on="value", how="inner", maintain_order="left")
        frames.append(named.select(pl.lit(group.name).alias("group"), *named.columns))
    if not frames:
        return _groups(people, (Group.everybody(people["candidate"]),)).clear()
    return pl.concat(frames).with_columns(
        (pl.col("gained") - pl.col("lost")).alias("net"), _share("gained"), _share("lost")
    )


def _share(change: str) -> pl.Expr:
    """Of the group's people, to four decimals, halves up."""
    units = (pl.col(change) * 20_000 + pl.col("people")) // (pl.col("people") * 2)
    return as_decimal(units, 4).alias(f"{change}_share")


def _cutoffs(before: Decision, after: Decision) -> pl.DataFrame:
    keys, shown = ["stage", "seat"], ["seats", "admitted", "full", "total"]
    first, second = _last_admitted(before), _last_admitted(after)
    both = first.join(second, on=keys, how="full", suffix="_after", coalesce=True)
    both = both.rename({name: f"{name}_before" for name in shown})
    moved = pl.when(pl.col("full_before") & pl.col("full_after")).then(
        pl.col("total_after") - pl.col("total_before")
    )
    sides = [f"{name}_{side}" for name in shown for side in ("before", "after")]
    return both.with_columns(moved.alias("moved")).select(*keys, *sides, "moved").sort(keys)


def _last_admitted(decided: Decision) -> pl.DataFrame:
    frame = cutoffs_table(decided.ground, decided.placement).frame
    return frame.select("stage", "seat", "seats", "admitted", "full", _total(decided, frame)).with_columns(
        pl.col("seats", "admitted").cast(pl.Int64)
    )


def _totals(before: Decision, after: Decision, people: pl.DataFrame) -> pl.DataFrame:
    first, second = _measures(before, people, "before"), _measures(after, people, "after")
    names = [name for name in MEASURES if first[name] is not None and second[name] is not None]
    if not first["qualified"] and not second["qualified"]:
        names.remove("qualified")
    frame = pl.DataFrame(
        {"measure": names, "before": [first[n] for n in names], "after": [second[n] for n in names]},
        schema={"measure": pl.String, "before": pl.Int64, "after": pl.Int64},
    )
    return frame.with_columns((pl.col("after") - pl.col("before")).alias("difference"))


def _measures(decided: Decision, people: pl.DataFrame, side: str) -> dict[str, int | None]:
    outcome, wish = people[f"outcome_{side}"], people[f"wish_{side}"]
    far = people[f"metres_{side}"].filter(outcome == "placed").drop_nulls()
    named = ("placed", "qualified", "gave_up", "waiting", "excluded")
    counts = {name: int((outcome == name).sum()) for name in named}
    seats = int(decided.ground.quotas["seats"].sum())
    wishes = not decided.ground.tables.preferences.is_empty()
    return {
        "candidates": people.height,
        "ranked": people.height - counts["excluded"],
        "seats": seats,
        "placed": counts["placed"],
        "seats_left": seats - counts["placed"],
        "qualified": counts["qualified"],
        "gave_up": counts["gave_up"],
        "waiting": counts["waiting"],
        "first_wishes": int(((outcome == "placed") & (wish == 1)).sum()) if wishes else None,
        "mean_metres": _mean(far),
    }


def _mean(metres: pl.Series) -> int | None:
    """To the metre, halves up."""
    n = len(metres)
    return (2 * int(metres.sum()) + n) // (2 * n) if n else None
