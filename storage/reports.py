"""The report of a round as files."""

from __future__ import annotations

from collections.abc import Iterator

from publication.messages import Lang
from publication.report_page import report_html
from publication.report_sheet import report_pdf
from scenarios.figures import figures_of
from scenarios.round import Round


def report_files(decided: Round, languages: tuple[Lang, ...], *, pdf: bool) -> Iterator[tuple[str, bytes]]:
    """`report.<lang>.html`, and `report.<lang>.pdf` where PDFs are wanted, each made when it is asked for.

    Raises:
        BadInput: `publication.typesetting`.
    """
    figures = figures_of(decided)
    for lang in languages:
        yield f"report.{lang}.html", report_html(figures, lang).encode("utf-8")
        if pdf:
            yield f"report.{lang}.pdf", report_pdf(figures, lang)
