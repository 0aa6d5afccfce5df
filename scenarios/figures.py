"""A decided round in figures: what the report plots. By column; people are counted, never listed."""

from __future__ import annotations

import numpy as np
import polars as pl

from allocation.arrays import Bool, Int64
from allocation.distance import metres
from allocation.places import desired_wishes
from publication.departure_text import departure_titles
from publication.record import SMALL_COUNT
from publication.report import RoundFigures
from publication.suppression import count_text, kept_back
from scenarios.marked_wishes import marked_titles
from scenarios.markets import Ground, area_titles, granted
from scenarios.notices import illustrative_text
from scenarios.placement import OUTCOMES, StageResult
from scenarios.results import NOT_CALLED, stages_by_rank
from scenarios.round import Round
from scoring.constructs import Title
from scoring.policy import Policy, named_people
from values.points import to_text

POINT_BINS, DISTANCE_BINS = 50, 30
"""So many bars at most; their width is a round number."""

TIED = {"seat": pl.String} | dict.fromkeys(("people", "admitted", "unfilled", "overfilled"), pl.Int64)
MOST_TIED_SEATS = 40
"""So many seats with a tie at the limit are listed, those with most people first."""


def figures_of(decided: Round, *, least: int = SMALL_COUNT) -> RoundFigures:
    """The figures of a round.

    Of what the public tables do not tell (reasons of excluded people, wishes, distances) counts below `least`
    are kept back, with their complements (`publication.suppression`).
    """
    totals = _totals(decided)
    scopes = _scopes(decided, totals)
    points = None if totals is None else _points(decided, totals)
    ways = _ways(decided)
    excluded = _excluded(decided)
    return RoundFigures(
        title=decided.config.title,
        office=decided.config.notice.office,
        published_on=decided.config.notice.published_on,
        illustrative=illustrative_text(decided),
        record_digest=decided.record.digest,
        scale=decided.facts.policy.scale,
        counts=_counts(decided, scopes, excluded),
        scopes=scopes,
        points=points,
        quartiles=None if totals is None else _quantiles(totals, (0.25, 0.5, 0.75)),
        wishes=_wishes(decided, least),
        distances=None if ways is None else _distances(ways, least),
        metres=None if ways is None else _quantiles(ways, (0.5, 0.9)),
        ties=None if totals is None else _ties(decided),
        tie_policy=decided.priority.ties,
        tied=_tied(decided),
        excluded=_reasons(decided, excluded, least),
        departures=departure_titles(decided.pack.policy),
        marked=marked_titles(decided.pack.policy, decided.config.service),
    )


def _counts(decided: Round, scopes: pl.DataFrame, excluded: pl.DataFrame) -> dict[str, int]:
    outcome = np.bincount(decided.placement.outcome, minlength=len(OUTCOMES))
    named = {name: int(count) for name, count in zip(OUTCOMES, outcome, strict=True)}
    sums = {name: int(scopes[name].sum()) for name in ("ranked", "seats", "admitted")}
    return {
        "candidates": decided.facts.candidates.len(),
        "excluded": excluded.height,
        **sums,
        **named,
    }


def _totals(decided: Round) -> Int64 | None:
    """(n,) everybody's total in units; None if the service has no points."""
    total = decided.ranking.total
    return None if total is None else np.ascontiguousarray(total)


def _admitted(decided: Round) -> Bool:
    """(n,) who was given a seat; whoever gave it up counts unless it was passed on."""
    outcome = decided.placement.outcome
    given: Bool = outcome != OUTCOMES.index("waiting")
    if decided.pack.policy.services[decided.config.service].allocation.refusal.refill:
        given &= outcome != OUTCOMES.index("gave_up")
    return given


def _scopes(decided: Round, totals: Int64 | None) -> pl.DataFrame:
    ground, placement = decided.ground, decided.placement
    points = np.zeros(len(ground.people), np.int64) if totals is None else totals
    people = pl.DataFrame(
        {
            "number": ground.person_scope,
            "admitted": _admitted(decided),
            "waiting": placement.outcome == OUTCOMES.index("waiting"),
            "position": ground.priority.position,
            "total": points,
        }
    )
    inside = pl.col("total").filter(pl.col("admitted"))
    last = inside.sort_by(pl.col("position").filter(pl.col("admitted"))).last()
    counted = people.group_by("number").agg(
        pl.len().cast(pl.Int64).alias("ranked"),
        pl.col("admitted", "waiting").sum().cast(pl.Int64),
        last.alias("last"),
    )
    known = ground.quotas.select("scope", "seats").with_row_index("number").cast({"number": pl.Int32})
    frame = known.join(counted, on="number", how="left").with_columns(
        pl.col("ranked", "admitted", "waiting").fill_null(0)
    )
    full = (pl.col("admitted") >= pl.col("seats")) & (pl.col("admitted") > 0)
    one_total = totals is not None and not ground.marked
    shown = pl.when(pl.col("full") & pl.lit(one_total)).then(pl.col("last"))
    titles = _scope_titles(decided, frame["scope"])
    frame = frame.with_columns(full.alias("full")).with_columns(shown.alias("last"))
    return pl.concat([frame.drop("number"), titles], how="horizontal").sort("order").drop("order")


def _scope_titles(decided: Round, scopes: pl.Series) -> pl.DataFrame:
    """The names of rankings, the last scope fact as the column, and their order in the pack."""
    policy = decided.pack.policy
    facts = policy.services[decided.config.service].ranking.scope
    members = [policy.facts[fact].members or {} for fact in facts]
    orders = [list(known) for known in members]
    rows, places = [], []
    for scope in scopes:
        parts = scope.split("/") if facts else []
        titles = [known[part] for known, part in zip(members, parts, strict=True)]
        row = _joined(titles[:-1] if len(titles) > 1 else titles or [policy.place])
        column = titles[-1] if len(titles) > 1 else None
        rows.append((row.zh, row.en, column.zh if column else "", column.en if column else ""))
        places.append([order.index(part) for order, part in zip(orders, parts, strict=True)])
    names = dict.fromkeys(("row_zh", "row_en", "column_zh", "column_en"), pl.String)
    order = [sorted(places).index(place) for place in places]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(order=pl.Series(order))


def _joined(titles: list[Title]) -> Title:
    return Title(zh=" ".join(title.zh for title in titles), en=", ".join(title.en for title in titles))


def _points(decided: Round, totals: Int64) -> pl.DataFrame:
    unit = 10**decided.facts.policy.scale
    return _binned(totals, POINT_BINS, _admitted(decided), unit=unit).select(
        "low", "high", "admitted", "waiting"
    )


def _binned(values: Int64, most: int, marked: Bool | None = None, *, unit: int = 1) -> pl.DataFrame:
    """Values counted in bins of a round width (of whole `unit`s where that does): empty bins included."""
    low, high = int(values.min()), int(values.max())
    width = _round_width(high - low, most, unit)
    start = low // width
    number = values // width - start
    bins = high // width - start + 1
    people = np.bincount(number, minlength=bins)
    inside = people if marked is None else np.bincount(number[marked], minlength=bins)
    edges = (np.arange(bins) + start) * width
    return pl.DataFrame(
        {
            "low": edges,
            "high": edges + width,
            "people": people,
            "admitted": inside,
            "waiting": people - inside,
        }
    )


def _round_width(span: int, most: int, unit: int) -> int:
    """The least of 1, 2, 5, 10, 20 … units whose bins are at most `most`."""
    width, steps = unit, (2, 5, 10)
    while True:
        for step in (1, *steps):
            if span // (width * step) + 2 <= most:
                return width * step
        width *= 10


def _quantiles(values: Int64, shares: tuple[float, ...]) -> tuple[int, ...]:
    """Values that people have: the least that reaches each share."""
    ordered = np.sort(values)
    return tuple(int(ordered[max(int(np.ceil(share * ordered.size)), 1) - 1]) for share in shares)


def _shown(frame: pl.DataFrame, least: int) -> pl.DataFrame:
    """`people` with what must be kept back as null, and `shown`, the same as text."""
    counts = frame["people"].to_list()
    hidden = kept_back(counts, least=least)
    texts = [count_text(n, is_hidden=index in hidden, least=least) for index, n in enumerate(counts)]
    kept = [None if index in hidden else n for index, n in enumerate(counts)]
    return frame.with_columns(pl.Series("people", kept, dtype=pl.Int64), pl.Series("shown", texts))


def _wishes(decided: Round, least: int) -> pl.DataFrame | None:
    """By which wish everyone ranked was placed, or nearby, or not at all."""
    stages = decided.pack.policy.services[decided.config.service].allocation.stages
    if all(stage.wishes is None for stage in stages):
        return None
    ground, placement = decided.ground, decided.placement
    by_wish = np.array([stage.wishes is not None for stage in stages])[placement.decided]
    has = placement.offer >= 0
    wish = granted(ground, [stages[at].list for at in placement.decided], placement.offer)
    numbers = wish.filter(pl.Series(has & by_wish)).drop_nulls().value_counts()
    served = pl.DataFrame(
        {
            "kind": pl.repeat("wish", numbers.height, eager=True),
            "wish": numbers["rank"],
            "people": numbers["count"],
        }
    ).sort("wish")
    nearby, nobody = int((has & ~by_wish).sum()), int((~has).sum())
    rest = pl.DataFrame({"kind": ["nearby", "none"], "wish": [0, 0], "people": [nearby, nobody]})
    numbers_of = pl.col("wish", "people").cast(pl.Int64)
    return _shown(pl.concat([served.with_columns(numbers_of), rest]).filter(pl.col("people") > 0), least)


def _distances(ways: Int64, least: int) -> pl.DataFrame:
    return _shown(_binned(ways, DISTANCE_BINS).select("low", "high", "people"), least)


def _ways(decided: Round) -> Int64 | None:
    """Metres from home to the place of everybody whom distance placed; None if it placed nobody."""
    ground, placement = decided.ground, decided.placement
    by_distance = np.array([result.stage.cost == "distance" for result in placement.results])
    people = np.flatnonzero(by_distance[placement.decided] & (placement.offer >= 0))
    if not people.size:
        return None
    return metres(*_where(ground.candidates, people), *_where(ground.offers, placement.offer[people]))


def _where(frame: pl.DataFrame, rows: np.ndarray) -> tuple[Int64, Int64]:
    return frame["longitude"].to_numpy()[rows], frame["latitude"].to_numpy()[rows]


def _tied(decided: Round) -> tuple[int, int]:
    """Groups of people whom no key separates, anywhere in a ranking, and the people in them."""
    ranking = decided.ranking
    new = (np.diff(ranking.scope) != 0) | (np.diff(ranking.group) != 0)
    sizes = np.bincount(np.append([0], np.cumsum(new)))
    return int((sizes > 1).sum()), int(sizes[sizes > 1].sum())


def _ties(decided: Round) -> pl.DataFrame:
    """Equal people at the limit of every seat of every stage that admits by rank."""
    gave_up = np.asarray(decided.placement.outcome) == OUTCOMES.index("gave_up")
    by_rank = stages_by_rank(decided.ground, decided.placement)
    found = [_ties_at(decided.ground, result, seats, gave_up) for result, seats in by_rank]
    ties = pl.concat([pl.DataFrame(schema=TIED), *found])
    names = _seat_titles(decided, ties["seat"])
    ties = pl.concat([ties.drop("seat"), names], how="horizontal")
    order = ["people", "unfilled", "overfilled", "seat_en"]
    return ties.sort(order, descending=[True, True, True, False]).head(MOST_TIED_SEATS)


def _ties_at(ground: Ground, result: StageResult, seats: Int64, gave_up: Bool) -> pl.DataFrame:
    """One row a seat where somebody equals the last admitted, or where equals left seats empty.

    Only a policy that leaves all equals out leaves seats empty for them, and only one that admits them all
    exceeds the seats: else seats are empty for a ceiling, a pool that lapses or a late refusal.
    """
    market, assigned = result.market, result.assigned[result.rows]
    held = market.wish_offer == assigned[market.wish_person]
    wanted = desired_wishes(market, assigned) & ~gave_up[result.rows[market.wish_person]]
    offers = len(market.offers)
    admitted = np.bincount(market.wish_offer[held], minlength=offers)
    last = np.full(offers, -1, np.int64)
    np.maximum.at(last, market.wish_offer[held], market.standing[held].astype(np.int64))
    next_ = np.full(offers, np.iinfo(np.int64).max)
    np.minimum.at(next_, market.wish_offer[wanted], market.standing[wanted].astype(np.int64))
    standing = market.standing.astype(np.int64)
    inside = np.bincount(market.wish_offer[held & (standing == last[market.wish_offer])], minlength=offers)
    outside = np.bincount(
        market.wish_offer[wanted & (standing == next_[market.wish_offer])], minlength=offers
    )
    free, ties = seats - admitted, ground.priority.ties
    by_lot = (last == next_) & (inside > 0) & (outside > 0)
    left_out = (free > 0) & (outside > free) & (ties == "exclude_all")
    over = (free < 0) & (ties == "admit_all")
    people = np.select([by_lot, left_out, over], [inside + outside, outside, inside], 0)
    frame = pl.DataFrame(
        {
            "seat": market.offers,
            "people": people,
            "admitted": np.where(by_lot | over, inside, 0),
            "unfilled": np.where(left_out, free, 0),
            "overfilled": np.where(over, -free, 0),
        },
        schema=TIED,
    )
    return frame.filter(pl.col("people") > 0)


def _seat_titles(decided: Round, seats: pl.Series) -> pl.DataFrame:
    ground = decided.ground
    names = dict(ground.offers.select("offer", "name").rows())
    titles = dict(zip(ground.scopes, _scope_titles(decided, ground.scopes).drop("order").rows(), strict=True))
    areas, rows = area_titles(ground), []
    for seat in seats:
        row = titles.get(seat)
        if seat in areas:
            told = (areas[seat].zh, areas[seat].en)
        elif row is None:
            told = (names[seat], names[seat])
        else:
            told = (f"{row[0]} {row[2]}", f"{row[1]}, {row[3]}")
        rows.append((told[0].strip(), told[1].rstrip(", ")))
    return pl.DataFrame(rows, schema={"seat_zh": pl.String, "seat_en": pl.String}, orient="row")


def _excluded(decided: Round) -> pl.DataFrame:
    """Everyone not ranked, as the audit bundle lists them: `status`, `reasons` joined by a bar."""
    return pl.read_csv(decided.record.files["excluded.csv"], infer_schema=False)


def _reasons(decided: Round, excluded: pl.DataFrame, least: int) -> pl.DataFrame | None:
    codes = excluded.select(pl.col("reasons").fill_null(pl.col("status")).str.split("|").list.unique())
    counted = (
        codes.explode("reasons")["reasons"].value_counts().sort("count", "reasons", descending=[True, False])
    )
    if counted.is_empty():
        return None
    titles = [reason_title(decided.pack.policy, decided.config.service, code) for code in counted["reasons"]]
    frame = pl.DataFrame(
        {
            "code": counted["reasons"],
            "title_zh": [title.zh for title in titles],
            "title_en": [title.en for title in titles],
            "people": counted["count"].cast(pl.Int64),
        }
    )
    # what is hidden comes last in the order of its codes, lest its rank tell its size
    return _shown(frame, least).sort(pl.col("people").is_null(), -pl.col("people"), "code")


def reason_title(policy: Policy, service: str, code: str) -> Title:
    """What a reason's code means: criterion, sanction, line or gate; the code itself if it is none."""
    rule = policy.services[service]
    if code == NOT_CALLED:
        return Title(zh="符合条件，未入围", en="eligible, not called in")
    kind, _, name = code.rpartition(":")
    if code == "below_gate" and rule.gate is not None:
        least = to_text(int(rule.gate.points * 10**policy.scale), policy.scale)
        return Title(zh=f"未达到{least}分", en=f"fewer than {least} points")
    if code in policy.sanctions:
        return policy.sanctions[code].title
    titled = (rule.criteria, policy.sanctions, policy.indicators, policy.facts, policy.derived)
    others = {each.id: each for each in (*named_people(rule), *rule.ranking.classes, *policy.exclusive)}
    named_so = (policy.marks_of(service),) if kind == "unknown:at" else (*titled, others)
    known = next((named[name] for named in named_so if name in named), None)
    title = known.title if known is not None else Title(zh=name, en=name)
    if not kind:
        return Title(zh=f"不满足：{title.zh}", en=f"not met: {title.en}") if known else title
    return Title(zh=f"尚未查明：{title.zh}", en=f"not established: {title.en}")
