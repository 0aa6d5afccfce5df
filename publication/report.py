"""The report of a round: its figures, and what each section says about them in one line.

`scenarios.figures` computes the figures, `report_plots` draws them, `report_page` and `report_sheet` print.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from scoring.constructs import Title


@dataclass(frozen=True, eq=False)
class RoundFigures:
    """A decided round in figures. A frame is None where its section does not apply.

    Amounts of points are whole units of 10^-scale, distances whole metres. `*_zh` and `*_en` are titles.
    Where a frame has `shown`, that is `people` as text, and `people` is null where the count is kept back: a
    small one, or one from which a small one could be computed.

    Attributes:
        counts: `candidates`, `excluded`, `ranked`, `seats`, `admitted`, `placed`, `gave_up`, `waiting`.
        scopes: one row a ranking, in the pack's order: `row_zh`, `row_en`, `column_zh`, `column_en` (empty
            without a second scope fact), `ranked`, `seats`, `admitted` (given a seat; who gave it up counts
            unless it was passed on), `waiting`, `full` and `last`, the total of the last admitted (null if
            seats were left or nobody has points).
        points: totals of everyone ranked in bins `low` <= total < `high`: `admitted`, `waiting`.
        quartiles: of the totals; None without points.
        wishes: `kind` (`wish`, `nearby`, `none`), `wish` (its number, 0 else), `people`, `shown`: everyone
            ranked, once. None if no wishes are taken.
        distances: people whom distance placed, in bins `low` <= metres < `high`: `people`, `shown`.
        metres: median and ninth decile of these distances.
        ties: one row a seat at whose limit people were equal: `seat_zh`, `seat_en`, `people`, `admitted` of
            them, `unfilled` and `overfilled` seats that the tie policy cost. None without points.
        tie_policy: lottery, admit_all, exclude_all or refuse.
        tied: how many groups of equals there are anywhere, and how many people in them.
        excluded: one row a reason, most frequent first: `code`, `title_zh`, `title_en`, `people`, `shown`.
            None if nobody is excluded.
        departures: what was read otherwise than the policy says.
        marked: points that count at some offers only and are in none of the totals.
    """

    title: Title
    office: Title
    published_on: date
    illustrative: Title | None
    record_digest: str
    scale: int
    counts: dict[str, int]
    scopes: pl.DataFrame
    points: pl.DataFrame | None
    quartiles: tuple[int, ...] | None
    wishes: pl.DataFrame | None
    distances: pl.DataFrame | None
    metres: tuple[int, ...] | None
    ties: pl.DataFrame | None
    tie_policy: str
    tied: tuple[int, int]
    excluded: pl.DataFrame | None
    departures: tuple[Title, ...] = ()
    marked: tuple[Title, ...] = ()
