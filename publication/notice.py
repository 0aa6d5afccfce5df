"""The public notice (公示) of a round: what it says. `notice_page` and `notice_sheet` render it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from publication.masking import HIDDEN
from publication.messages import Lang, sentence
from publication.personal_numbers import scan
from scoring.constructs import Title
from values.problems import BadInput, Place, Problem

Outcome = Literal["placed", "gave_up", "waiting", "qualified"]

_MONTHS = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip


@dataclass(frozen=True)
class LegalBasis:
    """A document the notice rests on."""

    number: str
    title: Title


@dataclass(frozen=True)
class NoticeRow:
    """One applicant. `name` is masked already (or empty); `waiting` is the place on the waiting list."""

    position: int
    application: str
    name: str
    total: str
    outcome: Outcome
    offer: str = ""
    waiting: int | None = None


@dataclass(frozen=True)
class NoticeSection:
    """One ranking. `cut_off` is the total of the last admitted, None if seats were left.

    `rows` stand in the order of their positions.
    """

    scope: str
    heading: Title
    seats: int
    ranked: int
    admitted: int
    cut_off: str | None
    rows: tuple[NoticeRow, ...]


@dataclass(frozen=True)
class Notice:
    """What an office publishes. `illustrative` says what in the round is not real, if anything."""

    title: Title
    office: Title
    contact: Title
    published_on: date
    objections_from: date
    objections_until: date
    basis: tuple[LegalBasis, ...]
    illustrative: Title | None
    record_digest: str
    sections: tuple[NoticeSection, ...]


def check_notice(notice: Notice) -> None:
    """Refuse a notice that would show more of a person than it may.

    Only the office's contact may hold a telephone number.

    Raises:
        BadInput: `publication.name_not_masked`, `publication.id_number`, `.phone_number`,
            `.bank_card`, with section and row; `publication.notice_period`.
    """
    problems = [*_period(notice), *_unmasked(notice), *_numbers(notice)]
    if problems:
        raise BadInput(problems)


def outcome_text(row: NoticeRow, lang: Lang) -> str:
    """The outcome in words: placed, gave up, or waiting with the place on the list."""
    if row.outcome == "waiting" and row.waiting is not None:
        return sentence("notice.waiting_number", {"number": row.waiting}, lang)
    return sentence(f"notice.{row.outcome}", {}, lang)


def section_text(section: NoticeSection, lang: Lang) -> str:
    """Seats, people and the last total of a section in one sentence."""
    code = "notice.section_text" if section.cut_off is not None else "notice.section_text_not_filled"
    params = {"seats": section.seats, "ranked": section.ranked, "admitted": section.admitted}
    return sentence(code, {**params, "cut_off": section.cut_off}, lang)


def cut_off_text(section: NoticeSection, lang: Lang) -> str:
    """The total of the last admitted, or that seats were left."""
    return sentence("notice.not_filled", {}, lang) if section.cut_off is None else section.cut_off


def period_text(notice: Notice, lang: Lang) -> str:
    """First and last day on which objections are taken."""
    start, end = day_text(notice.objections_from, lang), day_text(notice.objections_until, lang)
    return sentence("notice.period_text", {"start": start, "end": end}, lang)


def basis_texts(notice: Notice, lang: Lang) -> list[str]:
    """The documents the notice rests on, with their numbers."""
    return [
        sentence("notice.basis_item", {"title": in_language(item.title, lang), "number": item.number}, lang)
        for item in notice.basis
    ]


def banner_text(notice: Notice, lang: Lang) -> str | None:
    """What must be read on every page of an illustrative notice."""
    if notice.illustrative is None:
        return None
    return sentence("notice.illustrative", {"text": in_language(notice.illustrative, lang)}, lang)


def day_text(day: date, lang: Lang) -> str:
    """A day as people write it.

    >>> day_text(date(2015, 6, 1), "zh"), day_text(date(2015, 6, 1), "en")
    ('2015年6月1日', '1 June 2015')
    """
    return (
        f"{day.year}年{day.month}月{day.day}日"
        if lang == "zh"
        else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    )


def in_language(title: Title, lang: Lang) -> str:
    """A title in one language."""
    return title.zh if lang == "zh" else title.en


def _period(notice: Notice) -> Iterator[Problem]:
    if not notice.published_on <= notice.objections_from <= notice.objections_until:
        yield Problem.of(
            "publication.notice_period",
            published=notice.published_on,
            start=notice.objections_from,
            end=notice.objections_until,
        )


def _unmasked(notice: Notice) -> Iterator[Problem]:
    for section in notice.sections:
        for number, row in enumerate(section.rows, 1):
            if row.name and "*" not in row.name:
                place = Place(file=section.scope, row=number, field="name")
                yield Problem.of("publication.name_not_masked", place, hidden=HIDDEN)


def _numbers(notice: Notice) -> Iterator[Problem]:
    contact = "\n".join((notice.contact.zh, notice.contact.en))
    yield from scan(contact, file="contact", allowed=(notice.contact.zh, notice.contact.en))
    titles = [notice.title, notice.office, *([notice.illustrative] if notice.illustrative else [])]
    yield from scan("\n".join(text for title in titles for text in (title.zh, title.en)), file="title")
    for section in notice.sections:
        for field in ("application", "name", "offer", "total"):
            cells = "\n".join(str(getattr(row, field)).replace("\n", " ") for row in section.rows)
            for found in scan(cells):
                place = Place(file=section.scope, row=found.place.line, field=field)
                yield Problem(found.code, found.params, place)
