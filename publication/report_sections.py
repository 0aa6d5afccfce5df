"""The sections of a report in one language: heading, one line that reads the plot, the plot, its table.

A section that does not apply is left out: points without points, wishes without wishes, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from publication.charts import svg
from publication.messages import Lang, sentence
from publication.report import RoundFigures
from publication.report_plots import (
    MOST_ROWS,
    Plot,
    cut_off_plot,
    demand_plot,
    distances_plot,
    excluded_plot,
    points_plot,
    ties_plot,
    wish_text,
    wishes_plot,
)
from values.points import to_text

Table = list[tuple[str, ...]]


@dataclass(frozen=True)
class Section:
    """One section, ready to print. `picture` is an SVG element, empty if there is nothing to draw.

    `table` begins with its header; the first column is text, the others are figures.
    """

    name: str
    heading: str
    reading: str
    picture: str
    table: tuple[tuple[str, ...], ...]


def report_sections(figures: RoundFigures, lang: Lang) -> tuple[Section, ...]:
    """Every section that applies, in the order of the report."""
    say = _Words(lang)
    return tuple(_section(part, figures, say) for part in _PARTS if part.applies(figures))


@dataclass(frozen=True)
class _Words:
    """Sentences of the report in one language; whole numbers with separators."""

    lang: Lang

    def __call__(self, code: str, /, **params: object) -> str:
        shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in params.items()}
        return sentence(f"report.{code}", shown, self.lang)


@dataclass(frozen=True)
class _Part:
    """How a section is made, and whether it applies."""

    name: str
    applies: Callable[[RoundFigures], bool]
    reading: Callable[[RoundFigures, _Words], str]
    table: Callable[[RoundFigures, _Words], Table]
    plot: Plot
    is_drawn: Callable[[RoundFigures], bool] = lambda figures: True


def _section(part: _Part, figures: RoundFigures, say: _Words) -> Section:
    picture = svg(part.plot(figures, say.lang)) if part.is_drawn(figures) else ""
    table = tuple(part.table(figures, say))
    return Section(part.name, say(f"heading_{part.name}"), part.reading(figures, say), picture, table)


def _demand(figures: RoundFigures, say: _Words) -> str:
    counts, scopes = figures.counts, figures.scopes
    ranked, seats = counts["ranked"], counts["seats"]
    if ranked <= seats:
        text = say("demand_met", ranked=ranked, seats=seats, left=seats - counts["placed"])
    else:
        text = say("demand_above", ranked=ranked, seats=seats, ratio=_ratio(ranked, seats))
    if scopes.height == 1:
        return text
    crowded = (
        scopes.filter(pl.col("seats") > 0).with_columns(by=pl.col("ranked") / pl.col("seats")).sort("by")
    )
    first, last = crowded.row(0, named=True), crowded.row(-1, named=True)
    return (
        text
        + say(
            "demand_range",
            least=_name(first, say.lang),
            least_ratio=_ratio(first["ranked"], first["seats"]),
            most=_name(last, say.lang),
            most_ratio=_ratio(last["ranked"], last["seats"]),
        )
        + _shortened(figures, say)
    )


def _demand_table(figures: RoundFigures, say: _Words) -> Table:
    names = ("list", "seats", "ranked", "admitted", "waiting", "per_seat")
    rows = [
        (
            _name(row, say.lang),
            *(f"{row[name]:,}" for name in ("seats", "ranked", "admitted", "waiting")),
            _ratio(row["ranked"], row["seats"]),
        )
        for row in figures.scopes.iter_rows(named=True)
    ]
    return [tuple(say(name) for name in names), *rows]


def _cut_offs(figures: RoundFigures, say: _Words) -> str:
    filled = figures.scopes.filter(pl.col("last").is_not_null()).sort("last")
    open_ = figures.scopes.height - filled.height
    low, high = filled.row(0, named=True), filled.row(-1, named=True)
    if figures.scopes.height == 1:
        return say("cut_off_one", last=_points(high["last"], figures))
    figures_of = {
        "low": _points(low["last"], figures), "low_list": _name(low, say.lang),
        "high": _points(high["last"], figures), "high_list": _name(high, say.lang),
    }  # fmt: skip
    text = say("cut_offs", **figures_of)
    return text + (say("not_filled", open=open_) if open_ else "") + _shortened(figures, say)


def _cut_off_table(figures: RoundFigures, say: _Words) -> Table:
    rows = [
        (_name(row, say.lang), say("seats_left") if row["last"] is None else _points(row["last"], figures))
        for row in figures.scopes.iter_rows(named=True)
    ]
    return [(say("list"), say("last")), *rows]


def _point_reading(figures: RoundFigures, say: _Words) -> str:
    assert figures.quartiles is not None
    low, middle, high = (_points(units, figures) for units in figures.quartiles)
    if not figures.marked:
        return say("points_reading", low=low, middle=middle, high=high)
    titles = ("、" if say.lang == "zh" else ", ").join(
        title.model_dump()[say.lang] for title in figures.marked
    )
    text = say("points_reading_only", low=low, middle=middle, high=high)
    return text + say("points_marked", titles=titles)


def _point_table(figures: RoundFigures, say: _Words) -> Table:
    assert figures.points is not None
    rows = [
        (
            say("from_below", low=_points(row["low"], figures), high=_points(row["high"], figures)),
            f"{row['admitted']:,}",
            f"{row['waiting']:,}",
        )
        for row in figures.points.iter_rows(named=True)
    ]
    return [(say("total"), say("admitted"), say("waiting")), *rows]


def _wishes(figures: RoundFigures, say: _Words) -> str:
    """The first wish and those without one; no sum of wishes, from which a hidden count could be computed."""
    assert figures.wishes is not None
    rows = {(row["kind"], row["wish"]): row for row in figures.wishes.iter_rows(named=True)}
    none = {"people": 0, "shown": "0"}
    first, nearby, nothing = (rows.get(key, none) for key in (("wish", 1), ("nearby", 0), ("none", 0)))
    given = figures.counts["placed"] + figures.counts["gave_up"]
    share = "–" if first["people"] is None else _percent(first["people"], given)
    shown = {"first": first["shown"], "nearby": nearby["shown"], "none": nothing["shown"]}
    code = "wishes_nearby" if ("nearby", 0) in rows else "wishes_reading"
    return say(code, share=share, **shown) + _kept_back(figures.wishes, say)


def _wish_table(figures: RoundFigures, say: _Words) -> Table:
    assert figures.wishes is not None
    rows = [
        (wish_text(row["kind"], row["wish"], say.lang), row["shown"], _share(row["people"], figures))
        for row in figures.wishes.iter_rows(named=True)
    ]
    return [(say("outcome"), say("people"), say("share")), *rows]


def _share(people: int | None, figures: RoundFigures) -> str:
    return "–" if people is None else _percent(people, figures.counts["ranked"])


def _distances(figures: RoundFigures, say: _Words) -> str:
    assert figures.metres is not None
    assert figures.distances is not None
    middle, most = figures.metres
    return say("distances_reading", middle=middle, most=most) + _kept_back(figures.distances, say)


def _distance_table(figures: RoundFigures, say: _Words) -> Table:
    assert figures.distances is not None
    rows = [
        (say("from_below", low=row["low"], high=row["high"]), row["shown"])
        for row in figures.distances.iter_rows(named=True)
    ]
    return [(say("metres"), say("people")), *rows]


def _ties(figures: RoundFigures, say: _Words) -> str:
    assert figures.ties is not None
    groups, tied = figures.tied
    text = say("tied", groups=groups, people=tied)
    if figures.ties.is_empty() or figures.tie_policy == "refuse":
        return text + say("no_tie_at_limit")
    sums = {name: int(figures.ties[name].sum()) for name in ("people", "admitted", "unfilled", "overfilled")}
    return text + say(f"ties_{figures.tie_policy}", seats=figures.ties.height, **sums)


def _tie_table(figures: RoundFigures, say: _Words) -> Table:
    assert figures.ties is not None
    if figures.ties.is_empty():
        return []
    names = ("people", "admitted", "unfilled", "overfilled")
    rows = [
        (row[f"seat_{say.lang}"], *(f"{row[name]:,}" for name in names))
        for row in figures.ties.iter_rows(named=True)
    ]
    return [(say("seat"), say("tied_people"), say("tied_in"), say("unfilled"), say("overfilled")), *rows]


def _excluded(figures: RoundFigures, say: _Words) -> str:
    counts = figures.counts
    share = _percent(counts["excluded"], counts["candidates"])
    text = say("excluded_reading", excluded=counts["excluded"], candidates=counts["candidates"], share=share)
    assert figures.excluded is not None
    return text + _kept_back(figures.excluded, say)


def _excluded_table(figures: RoundFigures, say: _Words) -> Table:
    assert figures.excluded is not None
    rows = [(row[f"title_{say.lang}"], row["shown"]) for row in figures.excluded.iter_rows(named=True)]
    return [(say("reason"), say("people")), *rows]


def _kept_back(frame: pl.DataFrame, say: _Words) -> str:
    return say("kept_back") if frame["people"].null_count() else ""


def _shortened(figures: RoundFigures, say: _Words) -> str:
    rows = figures.scopes.select("row_zh").n_unique()
    return say("shortened", shown=MOST_ROWS, rows=rows) if rows > MOST_ROWS else ""


def _name(row: dict[str, str], lang: Lang) -> str:
    parts = [part for part in (row[f"row_{lang}"], row[f"column_{lang}"]) if part]
    return (" " if lang == "zh" else ", ").join(parts)


def _points(units: int, figures: RoundFigures) -> str:
    return to_text(units, figures.scale)


def _ratio(people: int, seats: int) -> str:
    return f"{people / seats:.1f}" if seats else "–"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "–"


def _has_cut_offs(figures: RoundFigures) -> bool:
    return figures.scopes["last"].null_count() < figures.scopes.height


def _have_ties(figures: RoundFigures) -> bool:
    return figures.ties is not None and figures.tied[0] > 0


_PARTS = (
    _Part("demand", lambda figures: figures.counts["seats"] > 0, _demand, _demand_table, demand_plot),
    _Part("cut_offs", _has_cut_offs, _cut_offs, _cut_off_table, cut_off_plot,
          lambda figures: figures.scopes.height > 1),
    _Part("points", lambda figures: figures.points is not None, _point_reading, _point_table, points_plot),
    _Part("wishes", lambda figures: figures.wishes is not None, _wishes, _wish_table, wishes_plot),
    _Part("distances", lambda figures: figures.distances is not None, _distances, _distance_table,
          distances_plot),
    _Part("ties", _have_ties, _ties, _tie_table, ties_plot,
          lambda figures: figures.ties is not None and not figures.ties.is_empty()),
    _Part("excluded", lambda figures: figures.excluded is not None, _excluded, _excluded_table,
          excluded_plot),
)  # fmt: skip


def count_tiles(figures: RoundFigures, lang: Lang) -> Iterator[tuple[str, str]]:
    """The round in single numbers: label and count."""
    say = _Words(lang)
    for name in ("candidates", "excluded", "ranked", "seats", "placed", "gave_up", "waiting", "qualified"):
        if figures.counts.get(name):
            yield say(f"count_{name}"), f"{figures.counts[name]:,}"


def departures_told(figures: RoundFigures, lang: Lang) -> list[str]:
    """A heading and, below it, what was read otherwise than the policy says; empty if nothing was."""
    texts = [title.model_dump()[lang] for title in figures.departures]
    return [sentence("departure.heading", {}, lang), *texts] if texts else []
