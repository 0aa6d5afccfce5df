"""The report as one offline web page."""

from __future__ import annotations

from markupsafe import Markup

from publication.messages import Lang, sentence
from publication.notice import day_text, in_language
from publication.pages import page
from publication.report import RoundFigures
from publication.report_sections import Section, count_tiles, departures_told, report_sections
from publication.resources import template

FEW_ROWS = 12
"""A table of so many rows is open; a longer one opens at a click, and in print."""


def report_html(figures: RoundFigures, lang: Lang) -> str:
    """The page: plots inline, a table below each, nothing from outside."""
    mark = figures.illustrative
    banner = None if mark is None else in_language(mark, lang)
    return page("report.html").render(
        lang=lang,
        w=lambda code: sentence(f"report.{code}", {}, lang),
        style=template("page.css") + template("report.css"),
        title=in_language(figures.title, lang),
        office=in_language(figures.office, lang),
        day=day_text(figures.published_on, lang),
        banner=None if banner is None else sentence("notice.illustrative", {"text": banner}, lang),
        tiles=list(count_tiles(figures, lang)),
        departures=departures_told(figures, lang),
        sections=[_section(section) for section in report_sections(figures, lang)],
        digest=figures.record_digest,
    )


def _section(section: Section) -> dict[str, object]:
    return {
        "name": section.name,
        "heading": section.heading,
        "reading": section.reading,
        "picture": Markup(section.picture),  # our own drawing; its texts were escaped when it was made
        "head": section.table[0] if section.table else (),
        "rows": section.table[1:],
        "is_open": len(section.table) <= FEW_ROWS,
    }
