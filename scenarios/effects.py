"""What another version of a policy means for people: who gains, who loses, by line; statuses; totals."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from scoring.candidates import qualify
from scoring.eligibility import STATUSES, assess
from scoring.facts import Facts
from scoring.score import score
from values.points import to_text
from values.problems import refused

SHARES = (0, 10, 25, 50, 75, 90, 100)
"""The quantiles told, in per cent."""


@dataclass(frozen=True)
class Moved:
    """How many gain and lose by one line or by the total, and by how many points all together.

    `open` are people of whom the points are not known on one of the sides.
    """

    name: str
    gained: int
    lost: int
    open: int
    change: str


@dataclass(frozen=True)
class Effects:
    """The effect on candidates: `total` and every line that moves anybody; statuses from and to, if they
    differ; totals at quantiles (per cent, before, after) of those whose total is known on both sides.
    """

    people: int
    total: Moved
    lines: tuple[Moved, ...]
    statuses: tuple[tuple[str, str, int], ...]
    quantiles: tuple[tuple[int, str, str], ...]


def effects(before: Facts, after: Facts) -> Effects:
    """Two policies on the same people, each candidate with the subject who counts under each.

    A line that one side does not have earns 0 there. Quantiles are totals of people: the one at or just
    above the share.

    Raises:
        Refused: `policy.other_people` if the two do not have the same candidates.
    """
    if before.candidates.to_list() != after.candidates.to_list():
        raise refused("policy.other_people")
    scale = max(before.policy.scale, after.policy.scale)
    old, new = (_scored(facts, scale) for facts in (before, after))
    lines = dict.fromkeys([*old.columns, *new.columns])
    moved = [_moved(name, _column(old, name), _column(new, name), scale) for name in lines]
    told = {one.name: one for one in moved}
    total = told.pop("total")
    told.pop("status")
    return Effects(
        old.height,
        total,
        tuple(one for one in told.values() if one.gained or one.lost or one.open),
        _statuses(old["status"], new["status"]),
        _quantiles(old["total"], new["total"], scale),
    )


def _scored(facts: Facts, scale: int) -> pl.DataFrame:
    """One row a candidate: status, total and every line, in units of the common scale."""
    scores = score(facts)
    standings = qualify(facts, assess(facts), scores)
    unit = 10 ** (scale - facts.policy.scale)
    lines = scores.lines.select(pl.all() * unit)
    totals = scores.totals.select(pl.col("total") * unit)
    status = pl.Series("status", standings.status, pl.Int64)
    return totals.with_columns(lines.get_columns())[standings.pair].with_columns(status)


def _column(side: pl.DataFrame, name: str) -> pl.Series:
    return side[name] if name in side.columns else pl.Series(name, [0] * side.height, pl.Int64)


def _moved(name: str, old: pl.Series, new: pl.Series, scale: int) -> Moved:
    change = new - old
    unknown = int((old.is_null() != new.is_null()).sum())
    gained, lost = int((change > 0).sum()), int((change < 0).sum())
    return Moved(name, gained, lost, unknown, to_text(int(change.sum() or 0), scale))


def _statuses(old: pl.Series, new: pl.Series) -> tuple[tuple[str, str, int], ...]:
    both = pl.DataFrame({"old": old, "new": new}).filter(pl.col("old") != pl.col("new"))
    rows = both.group_by("old", "new").len().sort("old", "new").rows()
    return tuple((STATUSES[one], STATUSES[two], count) for one, two, count in rows)


def _quantiles(old: pl.Series, new: pl.Series, scale: int) -> tuple[tuple[int, str, str], ...]:
    known = old.is_not_null() & new.is_not_null()
    sides = [side.filter(known).sort().to_list() for side in (old, new)]
    if not sides[0]:
        return ()
    last = len(sides[0]) - 1
    places = [(share, -(-share * last // 100)) for share in SHARES]
    return tuple(
        (share, to_text(sides[0][place], scale), to_text(sides[1][place], scale)) for share, place in places
    )
