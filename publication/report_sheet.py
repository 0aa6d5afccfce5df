"""The report as an A4 PDF."""

from __future__ import annotations

from publication.messages import Lang, sentence, sentences
from publication.notice import day_text, in_language
from publication.report import RoundFigures
from publication.report_sections import count_tiles, departures_told, report_sections
from publication.typesetting import typeset


def report_pdf(figures: RoundFigures, lang: Lang) -> bytes:
    """The report typeset, dated with the day of publication.

    Raises:
        BadInput: `publication.typesetting`.
    """
    mark = figures.illustrative
    banner = None if mark is None else in_language(mark, lang)
    content = {
        "lang": lang,
        "heading": sentence("report.heading", {}, lang),
        "title": in_language(figures.title, lang),
        "office": in_language(figures.office, lang),
        "day": day_text(figures.published_on, lang),
        "banner": None if banner is None else sentence("notice.illustrative", {"text": banner}, lang),
        "tiles": [list(tile) for tile in count_tiles(figures, lang)],
        "departures": departures_told(figures, lang),
        "sections": [
            {
                "heading": section.heading,
                "reading": section.reading,
                "picture": section.picture,
                "table": [list(row) for row in section.table],
            }
            for section in report_sections(figures, lang)
        ],
        "digest": figures.record_digest,
        "digest_name": sentence("report.digest", {}, lang),
        "digest_text": sentence("report.digest_text", {}, lang),
        "page": sentences()["report.page"][lang],
    }
    return typeset("report.typ", content, figures.published_on)
