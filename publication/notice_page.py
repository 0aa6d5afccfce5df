"""The notice as one offline web page: readable on a phone, searchable, printable, no outside parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import polars as pl
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

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
from publication.resources import template

_ESCAPES = {char: str(escape(char)) for char in "&<>'\""}


def notice_html(notice: Notice, lang: Lang, *, index: str | None = None) -> str:
    """The page. Each section's anchor is its scope (spaces become `_`). `index` is a page to link back to.

    Raises:
        BadInput: as `check_notice`.
    """
    sections = [
        {**_summary(section, lang, ""), "body": _rows(notice, section, lang)} for section in notice.sections
    ]
    return _page(notice, lang, sections, index=index)


def notice_index(notice: Notice, lang: Lang, pages: Mapping[str, str]) -> str:
    """A page of figures alone, with a link to the page that lists each scope's people.

    Raises:
        BadInput: as `check_notice`.
    """
    sections = tuple(replace(section, rows=section.rows.clear()) for section in notice.sections)
    summary = [_summary(section, lang, pages[section.scope]) for section in sections]
    return _page(replace(notice, sections=sections), lang, summary)  # nobody is on it, nobody to be checked


def _page(
    notice: Notice, lang: Lang, sections: Sequence[Mapping[str, object]], index: str | None = None
) -> str:
    check_notice(notice)
    return _template().render(
        lang=lang,
        t=lambda code, **params: sentence(code, params, lang),
        raw=lambda code: sentences()[code][lang],
        day=partial(day_text, lang=lang),
        style=template("page.css") + template("notice.css"),
        script=template("notice.js"),
        head=_head(notice.columns, lang),
        summary=_head(notice.summary, lang),
        title=in_language(notice.title, lang),
        office=in_language(notice.office, lang),
        contact=in_language(notice.contact, lang),
        published_on=notice.published_on,
        illustrative=banner_text(notice, lang),
        period=period_text(notice, lang),
        basis=basis_texts(notice, lang),
        digest=notice.record_digest,
        index=index,
        has_points=notice.has_points,
        sections=sections,
        lists=[section for section in sections if "body" in section],
    )


@lru_cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template("notice.html"))


def _summary(section: NoticeSection, lang: Lang, page: str) -> dict[str, object]:
    return {
        "page": page,
        "anchor": "_".join(section.scope.split()),
        "heading": in_language(section.heading, lang),
        "figures": (*section.figures, cut_off_text(section, lang)),
        "text": section_text(section, lang),
    }


def _head(columns: Sequence[str], lang: Lang) -> Markup:
    words = (sentence(f"notice.{column}", {}, lang) for column in columns)
    return Markup("<tr>") + Markup("").join(Markup('<th scope="col">{}').format(word) for word in words)


def _rows(notice: Notice, section: NoticeSection, lang: Lang) -> Markup:
    """Table rows without end tags, which HTML allows: forty thousand of them weigh a third less."""
    cells = notice.columns[1:]
    words = section.rows.with_columns(outcome_texts(section, lang).alias("words"))
    start = pl.when(pl.col("outcome") == "waiting").then(pl.lit('<tr class="w">')).otherwise(pl.lit("<tr>"))
    texts = [pl.col("words" if cell == "outcome" else cell).str.replace_many(_ESCAPES) for cell in cells]
    parts = [part for text in texts for part in (pl.lit("<td>"), text)]
    row = pl.concat_str(start, pl.lit("<td>"), pl.col("position").cast(pl.String), *parts, pl.lit("\n"))
    whole = words.select(row.str.join(ignore_nulls=False)).to_series()  # one text, never one of fewer rows
    return Markup("".join(whole))
