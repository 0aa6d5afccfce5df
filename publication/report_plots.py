"""The plots of a report, one function each: figures in, a chart in one language out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from publication.charts import BLUE, GREY, ORANGE
from publication.messages import Lang, sentence
from publication.report import RoundFigures

if TYPE_CHECKING:
    import altair as alt

WIDTH = 640
MOST_ROWS = 40
"""A plot by ranking shows so many rows, those with most people; its table shows all."""

Plot = Callable[[RoundFigures, Lang], "alt.TopLevelMixin"]


def demand_plot(figures: RoundFigures, lang: Lang) -> alt.TopLevelMixin:
    """People ranked and seats, a pair of bars a ranking; a panel for each value of the last scope fact."""
    import altair as alt

    frame, names = _rows(figures, lang), [_word(name, lang) for name in ("ranked", "seats")]
    long = [
        {"row": row["row"], "column": row["column"], "kind": _word(kind, lang), "people": row[kind]}
        for row in frame.iter_rows(named=True)
        for kind in ("ranked", "seats")
    ]
    panels = frame["column"].unique(maintain_order=True).to_list()
    chart: alt.Chart = (
        _chart(long)
        .mark_bar()
        .encode(
            x=alt.X("people:Q", title=_word("people", lang), axis=_whole(5)),
            y=alt.Y("row:N", title=None, sort=_order(frame)),
            yOffset=alt.YOffset("kind:N", sort=names),
            color=_colours(names, [GREY, BLUE]),
        )
        .properties(width=(WIDTH - 90) // len(panels), height=alt.Step(9))
    )
    if panels == [""]:
        return chart
    panel: alt.FacetChart = chart.facet(column=alt.Column("column:N", title=None, sort=panels), spacing=16)
    return panel


def cut_off_plot(figures: RoundFigures, lang: Lang) -> alt.TopLevelMixin:
    """The last total admitted of every ranking that was filled, a point each."""
    import altair as alt

    frame = _rows(figures, lang).filter(pl.col("last").is_not_null())
    panels = frame["column"].unique(maintain_order=True).to_list()
    encoding: dict[str, Any] = {
        "x": alt.X("last:Q", title=_word("last", lang), axis=alt.Axis(tickCount=10, labelOverlap=True)),
        "y": alt.Y("row:N", title=None, sort=_order(frame)),
    }
    if panels != [""]:
        encoding["color"] = _colours(panels, [BLUE, ORANGE, GREY])
        encoding["shape"] = alt.Shape("column:N", sort=panels, legend=None)
    values = _exact(frame.select("row", "column", "last"), figures.scale, "last").to_dicts()
    points = _chart(values).mark_point(filled=True, size=70, opacity=1).encode(**encoding)
    chart: alt.Chart = points.properties(width=WIDTH - 90, height=alt.Step(17))
    return chart


def points_plot(figures: RoundFigures, lang: Lang) -> alt.TopLevelMixin:
    """How many have how many points, admitted and waiting, with a mark at every cut-off."""
    import altair as alt

    assert figures.points is not None
    names = [_word(name, lang) for name in ("admitted", "waiting")]
    bins = _exact(figures.points, figures.scale, "low", "high")
    long = [
        {"low": row["low"], "high": row["high"], "kind": _word(kind, lang), "people": row[kind]}
        for row in bins.iter_rows(named=True)
        for kind in ("admitted", "waiting")
    ]
    bars = (
        _chart(long)
        .mark_bar()
        .encode(
            x=alt.X("low:Q", bin="binned", title=_word("total", lang)),
            x2="high:Q",
            y=alt.Y("people:Q", title=_word("people", lang), axis=_whole()),
            color=_colours(names, [BLUE, GREY]),
            order=alt.Order("kind:N", sort="ascending" if names[0] < names[1] else "descending"),
        )
    )
    lines = _exact(figures.scopes.select("last").drop_nulls(), figures.scale, "last").to_dicts()
    marks = (
        _chart(lines)
        .mark_rule(color=ORANGE, opacity=0.45, strokeWidth=1)
        .encode(x="last:Q", y=alt.value(0), y2=alt.value(240 if len(lines) == 1 else 14))
    )
    return alt.layer(bars, marks).properties(width=WIDTH, height=240)


def wishes_plot(figures: RoundFigures, lang: Lang) -> alt.TopLevelMixin:
    """How many got their first wish, their second …, a place nearby, none."""
    assert figures.wishes is not None
    rows = [
        {
            "row": wish_text(row["kind"], row["wish"], lang),
            "people": row["people"] or 0,
            "text": row["shown"],
        }
        for row in figures.wishes.iter_rows(named=True)
    ]
    return _bars(rows, _word("people", lang), BLUE, height=24)


def distances_plot(figures: RoundFigures, lang: Lang) -> alt.TopLevelMixin:
    """How far from home the places lie that distance decided."""
    import altair as alt

    assert figures.distances is not None
    chart: alt.Chart = (
        _chart(figures.distances.drop_nulls("people").to_dicts())
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("low:Q", bin="binned", title=_word("metres", lang), axis=_whole()),
            x2="high:Q",
            y=alt.Y("people:Q", title=_word("people", lang), axis=_whole()),
        )
        .properties(width=WIDTH, height=200)
    )
    return chart


def ties_plot(figures: RoundFigures, lang: Lang) -> alt.TopLevelMixin:
    """Equal people at the limit of a seat: how many of them were admitted and how many not."""
    import altair as alt

    assert figures.ties is not None
    names = [_word(name, lang) for name in ("tied_in", "tied_out")]
    rows = figures.ties.with_columns(out=pl.col("people") - pl.col("admitted"))
    long = [
        {"row": row[f"seat_{lang}"], "kind": name, "people": row[kind]}
        for row in rows.iter_rows(named=True)
        for kind, name in zip(("admitted", "out"), names, strict=True)
    ]
    chart: alt.Chart = (
        _chart(long)
        .mark_bar()
        .encode(
            x=alt.X("people:Q", title=_word("people", lang), axis=_few(int(rows["people"].to_numpy().max()))),
            y=alt.Y("row:N", title=None, sort=rows[f"seat_{lang}"].to_list(), axis=_long_labels()),
            color=_colours(names, [BLUE, GREY]),
        )
        .properties(width=WIDTH - 220, height=alt.Step(22))
    )
    return chart


def excluded_plot(figures: RoundFigures, lang: Lang) -> alt.TopLevelMixin:
    """How many are not ranked for which reason; a count kept back has its mark and no bar."""
    assert figures.excluded is not None
    rows = [
        {"row": row[f"title_{lang}"], "people": row["people"] or 0, "text": row["shown"]}
        for row in figures.excluded.iter_rows(named=True)
    ]
    return _bars(rows, _word("people", lang), ORANGE, height=19)


def wish_text(kind: str, wish: int, lang: Lang) -> str:
    """`wish 2`, `placed nearby`, `no place`."""
    return sentence(f"report.kind_{kind}", {"wish": wish}, lang)


def _bars(rows: Sequence[dict[str, object]], title: str, colour: str, *, height: int) -> alt.TopLevelMixin:
    """Horizontal bars with their counts as text."""
    import altair as alt

    order = [str(row["row"]) for row in rows]
    base = _chart(rows).encode(
        x=alt.X("people:Q", title=title, axis=_whole(6)),
        y=alt.Y("row:N", title=None, sort=order, axis=_long_labels()),
    )
    texts = base.mark_text(align="left", dx=4, fontSize=11).encode(text="text:N")
    return alt.layer(base.mark_bar(color=colour), texts).properties(
        width=WIDTH - 260, height=alt.Step(height)
    )


def _chart(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    """A chart of these rows, which travel inside it."""
    import altair as alt

    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]


def _rows(figures: RoundFigures, lang: Lang) -> pl.DataFrame:
    """The rankings by row and column of a plot, at most MOST_ROWS rows: those with most people."""
    frame = figures.scopes.rename({f"row_{lang}": "row", f"column_{lang}": "column"})
    sizes = frame.group_by("row", maintain_order=True).agg(pl.col("ranked").sum())
    kept = sizes.sort("ranked", descending=True, maintain_order=True).head(MOST_ROWS)["row"]
    return frame.filter(pl.col("row").is_in(kept.implode()))


def _order(frame: pl.DataFrame) -> list[str]:
    return frame["row"].unique(maintain_order=True).to_list()


def _exact(frame: pl.DataFrame, scale: int, *columns: str) -> pl.DataFrame:
    """Units as numbers to plot; only pictures are made of them."""
    return frame.with_columns(pl.col(column) / 10**scale for column in columns)


def _colours(names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    import altair as alt

    field = "column:N" if len(colours) == 3 else "kind:N"
    scale = alt.Scale(domain=list(names), range=list(colours))
    return alt.Color(field, title=None, scale=scale, legend=alt.Legend(orient="top"))


def _whole(ticks: int = 8) -> alt.Axis:
    """An axis of whole numbers with separators."""
    import altair as alt

    return alt.Axis(format=",d", tickCount=ticks, labelOverlap=True)


def _few(most: int) -> alt.Axis:
    """An axis of whole numbers that may be so small that ticks must be named."""
    import altair as alt

    return alt.Axis(format=",d", values=list(range(0, most + 1, max(1, -(-most // 8)))))


def _long_labels() -> alt.Axis:
    import altair as alt

    return alt.Axis(labelLimit=340)


def _word(name: str, lang: Lang) -> str:
    return sentence(f"report.{name}", {}, lang)
