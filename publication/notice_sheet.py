"""The notice as an A4 PDF, typeset with the shipped face only; the same notice gives the same bytes."""

from __future__ import annotations

import polars as pl

from publication.messages import Lang, sentence, sentences
from publication.notice import (
    Notice,
    NoticeSection,
    banner_text,
    basis_texts,
    check_notice,
    cut_off_text,
    day_text,
    in_language,
    outcome_texts,
    period_text,
    section_text,
)
from publication.typesetting import typeset


def notice_pdf(notice: Notice, lang: Lang) -> bytes:
    """The sheets, dated with the day of publication. Characters the face lacks show as □ and their code.

    A town's list of 1,700 rows takes about half a second, so publish a large round section by
    section or town by town rather than as one file.

    Raises:
        BadInput: as `check_notice`; `publication.typesetting` if the typesetter warns or fails.
    """
    check_notice(notice)
    return typeset("notice.typ", _data(notice, lang), notice.published_on)


def _data(notice: Notice, lang: Lang) -> dict[str, object]:
    """What the template prints, as plain values."""
    contact, period = in_language(notice.contact, lang), period_text(notice, lang)
    day = notice.published_on
    return {
        "lang": lang,
        "words": _words(notice, lang),
        "title": in_language(notice.title, lang),
        "office": in_language(notice.office, lang),
        "day": day_text(day, lang),
        "banner": banner_text(notice, lang),
        "footer": sentence("notice.footer", {"period": period, "contact": contact}, lang),
        "digest": notice.record_digest,
        "facts": _facts(notice, lang),
        "sections": [_section(notice, section, lang) for section in notice.sections],
    }


def _words(notice: Notice, lang: Lang) -> dict[str, object]:
    return {
        "page": sentences()["notice.page"][lang],
        "privacy": sentence("notice.privacy", {}, lang),
        "columns": [sentence(f"notice.{column}", {}, lang) for column in notice.columns],
        "summary": [sentence(f"notice.{column}", {}, lang) for column in notice.summary],
    }


def _facts(notice: Notice, lang: Lang) -> list[tuple[str, list[str]]]:
    contact = sentence("notice.contact_text", {"contact": in_language(notice.contact, lang)}, lang)
    digest_text = sentence("notice.digest_text", {}, lang)
    parts = {
        "period": [period_text(notice, lang)],
        "contact": [contact],
        "basis": basis_texts(notice, lang),
        "digest": [notice.record_digest, digest_text],
    }
    return [(sentence(f"notice.{name}", {}, lang), texts) for name, texts in parts.items()]


def _section(notice: Notice, section: NoticeSection, lang: Lang) -> dict[str, object]:
    heading = in_language(section.heading, lang)
    figures = [*section.figures, cut_off_text(section, lang)]
    return {
        "heading": heading,
        "text": section_text(section, lang),
        "summary": [heading, *figures],
        "rows": _rows(notice, section, lang),
    }


def _rows(notice: Notice, section: NoticeSection, lang: Lang) -> list[tuple[str, ...]]:
    words = section.rows.with_columns(outcome_texts(section, lang).alias("outcome"))
    return words.select(pl.col(notice.columns).cast(pl.String)).rows()
