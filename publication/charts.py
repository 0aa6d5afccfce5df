"""Altair charts as SVG text: one look, the shipped face, no system font and no network."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from publication.resources import FONT_FAMILY, font_folder

if TYPE_CHECKING:
    import altair as alt

BLUE, ORANGE, GREY = "#2f6690", "#d1732f", "#9aa5ad"
"""The house's colours, told apart by people who see red and green alike; grey is the baseline."""


def svg(chart: alt.TopLevelMixin) -> str:
    """The chart drawn, as one `<svg>` element. The same chart gives the same text.

    Width and height are the chart's own, in pixels at 96 a inch.
    """
    return str(_converter().vegalite_to_svg(chart.to_dict(), config=_look()))


def _look() -> dict[str, object]:
    text = {"labelFont": FONT_FAMILY, "titleFont": FONT_FAMILY, "labelFontSize": 11, "titleFontSize": 12}
    return {
        "font": FONT_FAMILY,
        "background": "white",
        "axis": {**text, "titleFontWeight": "normal", "gridColor": "#e6e9eb", "domainColor": GREY},
        "legend": {**text, "titleFontWeight": "normal"},
        "header": text,
        "title": {"font": FONT_FAMILY, "fontSize": 13, "anchor": "start"},
        "range": {"category": [BLUE, ORANGE, GREY]},
        "view": {"stroke": None},
    }


@lru_cache
def _converter():  # type: ignore[no-untyped-def]  # vl_convert has no types; loading it takes 0.2 s
    import vl_convert

    vl_convert.register_font_directory(font_folder())
    return vl_convert
