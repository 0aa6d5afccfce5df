"""The report of a round as files."""

from __future__ import annotations

from publication.messages import Lang
from publication.report_page import report_html
from publication.report_sheet import report_pdf
from scenarios.figures import figures_of
from scenarios.round import Round


def report_files(decided: Round, languages: tuple[Lang, ...], *, pdf: bool) -> dict[str, bytes]:
    """`report.<lang>.html`, and `report.<lang>.pdf` where PDFs are wanted.

    Raises:
        BadInput: `publication.typesetting`.
    """
    figures = figures_of(decided)
    files = {f"report.{lang}.html": report_html(figures, lang).encode("utf-8") for lang in languages}
    if pdf:
        files |= {f"report.{lang}.pdf": report_pdf(figures, lang) for lang in languages}
    return files
