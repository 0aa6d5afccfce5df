"""The plots of a what-if study: gains and losses, flows between outcomes, cut-offs that moved.

Each is `<svg>` text with the watermark as its sub-title, or None if there is nothing to draw. Rows come
with their labels in the language of the page, in the order in which they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from publication.charts import BLUE, GREY, ORANGE, svg
from publication.messages import Lang, sentence

if TYPE_CHECKING:
    import altair as alt

FEW_BARS, MOST_BARS, MOST_SEATS = 9, 60, 30
WIDTH, STEP = 540, 19
Rows = Sequence[dict[str, Any]]


def gain_chart(rows: Rows, title: str, lang: Lang) -> str | None:
    """Diverging bars: how many gain a place, to the right, and lose one, to the left, by `label`.

    Values without either are left out where there are more than `FEW_BARS`.
    """
    shown = [row for row in rows if len(rows) <= FEW_BARS or row["gained"] or row["lost"]][:MOST_BARS]
    if not any(row["gained"] or row["lost"] for row in shown):
        return None
    words = {name: sentence(f"study_page.change_{name}", {}, lang) for name in ("gained", "lost")}
    bars = [
        {"label": row["label"], "people": sign * row[name], "text": str(row[name]), "what": words[name]}
        for row in shown
        for name, sign in (("gained", 1), ("lost", -1))
        if row[name]
    ]
    return svg(_gains(bars, [row["label"] for row in shown], list(words.values()), title, lang))


def _gains(bars: Rows, order: list[str], words: list[str], title: str, lang: Lang) -> alt.TopLevelMixin:
    import altair as alt

    most = max(abs(bar["people"]) for bar in bars) * 1.15
    colour = alt.Color("what:N", title=None, legend=alt.Legend(orient="bottom")).scale(
        domain=words, range=[BLUE, ORANGE]
    )
    axis = alt.Axis(labelExpr="format(abs(datum.value), ',d')", tickMinStep=1)
    x = alt.X("people:Q", title=_say("people", lang), axis=axis).scale(domain=[-most, most])
    y = alt.Y("label:N", title=None, sort=order).scale(domain=order).axis(labelLimit=220)
    base = alt.Chart(_data(bars)).encode(x=x, y=y)
    right = base.transform_filter("datum.people > 0").mark_text(align="left", dx=4, fontSize=10)
    left = base.transform_filter("datum.people < 0").mark_text(align="right", dx=-4, fontSize=10)
    layers = base.mark_bar(size=12).encode(color=colour) + (right + left).encode(text="text:N")
    chart: alt.LayerChart = layers.properties(width=WIDTH, height=STEP * len(order) + 6)
    return chart.properties(title=_marked(title, lang))


def flow_chart(rows: Rows, lang: Lang) -> str:
    """How many went from which outcome (`before`) to which (`after`); `same` rows are grey."""
    import altair as alt

    drawn = [{**row, "text": f"{row['people']:,}"} for row in rows]
    outcomes = [
        _say(f"outcome_{name}", lang) for name in ("placed", "qualified", "gave_up", "waiting", "excluded")
    ]
    order = [name for name in outcomes if any(name in (row["before"], row["after"]) for row in rows)]
    base = alt.Chart(_data(drawn)).encode(
        x=alt.X(
            "after:N", title=_say("after", lang), sort=order, axis=alt.Axis(orient="top", labelAngle=0)
        ).scale(domain=order),
        y=alt.Y(
            "before:N",
            title=_say("before", lang),
            sort=order,
            axis=alt.Axis(titleAngle=0, titleAlign="right", titleY=-8, titleX=-6),
        ).scale(domain=order),
    )
    colour = alt.condition("datum.same", alt.value("#e3e7ea"), alt.value(BLUE))
    ink = alt.condition("datum.same", alt.value("#1f2933"), alt.value("white"))
    chart = base.mark_rect(stroke="white").encode(color=colour) + base.mark_text(fontSize=13).encode(
        text="text:N", color=ink
    )
    size = {"width": 105 * len(order), "height": 34 * len(order)}
    return svg(chart.properties(**size, title=_marked(_say("flows", lang), lang)))


def cutoff_chart(rows: Rows, lang: Lang) -> str | None:
    """A line from the old cut-off to the new one, a row a seat, the `MOST_SEATS` that moved farthest."""
    if not rows:
        return None
    import altair as alt

    drawn = [
        {"label": row["label"], "before": float(row["before"]), "after": float(row["after"])}
        for row in rows[:MOST_SEATS]
    ]
    order = [row["label"] for row in drawn]
    words = [_say(name, lang) for name in ("before", "up", "down")]
    colour = alt.Color("what:N", title=None, legend=alt.Legend(orient="bottom")).scale(
        domain=words, range=[GREY, BLUE, ORANGE]
    )
    ends = [
        {"label": row["label"], "points": row[side], "what": words[_kind(row, side)]}
        for row in drawn
        for side in ("before", "after")
    ]
    y = alt.Y("label:N", title=None, sort=order).axis(labelLimit=260)
    scale = alt.Scale(zero=False, nice=True)
    lines = alt.Chart(_data(drawn)).mark_rule(color=GREY, strokeWidth=2)
    lines = lines.encode(x=alt.X("before:Q", title=_say("points", lang), scale=scale), x2="after:Q", y=y)
    dots = alt.Chart(_data(ends)).mark_circle(size=70, opacity=1)
    dots = dots.encode(x=alt.X("points:Q", scale=scale), y=y, color=colour)
    size = {"width": WIDTH, "height": STEP * len(order) + 6}
    return svg((lines + dots).properties(**size, title=_marked(_say("cutoffs", lang), lang)))


def _kind(row: dict[str, Any], side: str) -> int:
    return 0 if side == "before" else 1 if row["after"] > row["before"] else 2


def _data(rows: Rows) -> alt.InlineData:
    import altair as alt

    return alt.InlineData(values=list(rows))


def _say(code: str, lang: Lang) -> str:
    return sentence(f"study_page.{code}", {}, lang)


def _marked(title: str, lang: Lang) -> alt.TitleParams:
    import altair as alt

    return alt.TitleParams(
        title, subtitle=_say("watermark", lang), subtitleColor="#b3261e", subtitleFontSize=11
    )
