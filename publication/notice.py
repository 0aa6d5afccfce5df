"""The public notice (公示) of a round: what it says. `notice_page` and `notice_sheet` render it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, get_args

import polars as pl

from publication.masking import HIDDEN
from publication.messages import Lang, sentence
from publication.personal_numbers import scan, scan_cells
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


NONE = "–"

ROW_COLUMNS: dict[str, type[pl.DataType]] = {
    "position": pl.Int64,
    "application": pl.String,
    "name": pl.String,
    "total": pl.String,
    "outcome": pl.String,
    "offer": pl.String,
    "waiting": pl.Int64,
}
"""One row an applicant: `name` is masked already (or empty); `outcome` is one of `Outcome`; `offer` is
empty without one; `waiting` is the place on the waiting list, null without one."""


@dataclass(frozen=True, eq=False)
class NoticeSection:
    """One ranking. `cut_off` is the total of the last admitted, None if seats were left or without points.

    `rows` have ROW_COLUMNS and stand in the order of their positions. Of a second ranking: `left` is how many
    seats went into it, `entered` how many of this ranking were admitted there. `gives` is what everybody's
    number is called, where numbers are given and no seats. `marked` are points that are not in the totals, as
    they count at some offers only; then there is no one cut-off.
    """

    scope: str
    heading: Title
    seats: int
    ranked: int
    admitted: int
    full: bool
    cut_off: str | None
    rows: pl.DataFrame
    left: int = 0
    entered: int = 0
    gives: Title | None = None
    marked: tuple[Title, ...] = ()

    @property
    def figures(self) -> tuple[str, str, str]:
        """Seats, people ranked and admitted; there are no seats where numbers are given."""
        seats, admitted = (NONE if self.gives else str(n) for n in (self.seats, self.admitted))
        return seats, str(self.ranked), admitted

    @cached_property
    def unmasked(self) -> tuple[Problem, ...]:
        """Every name that is not masked."""
        name = self.rows["name"]
        bare = (name != "") & ~name.str.contains("*", literal=True)
        places = (Place(file=self.scope, row=row + 1, field="name") for row in bare.arg_true())
        return tuple(Problem.of("publication.name_not_masked", place, hidden=HIDDEN) for place in places)

    @cached_property
    def numbers(self) -> tuple[Problem, ...]:
        """Every personal number in the rows. Looked for once, however many notices show the section."""
        fields = ("application", "name", "offer", "total")
        return tuple(
            problem
            for field in fields
            for problem in scan_cells(self.rows[field], file=self.scope, field=field, first_row=1)
        )


@dataclass(frozen=True, eq=False)
class Notice:
    """What an office publishes. `illustrative` says what in the round is not real, if anything.

    `departures` say what was read otherwise than the policy says. `has_points` tells whether there are totals
    to show: a draw has none.
    """

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
    has_points: bool = True
    departures: tuple[Title, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What is shown of everybody, in order."""
        every = ("position", "application", "name", "total", "outcome", "offer")
        return tuple(name for name in every if name != "total" or self.has_points)

    @property
    def summary(self) -> tuple[str, ...]:
        """What is shown of every section, in order."""
        one_total = self.has_points and not any(section.marked for section in self.sections)
        return ("list", "seats", "ranked", "admitted", "cut_off" if one_total else "full")


def check_notice(notice: Notice) -> None:
    """Refuse a notice that would show more of a person than it may.

    Only the office's contact may hold a telephone number.

    Raises:
        BadInput: `publication.name_not_masked`, `publication.id_number`, `.phone_number`,
            `.bank_card`, with section and row; `publication.notice_period`.
    """
    bare = [problem for section in notice.sections for problem in section.unmasked]
    problems = [*_period(notice), *bare, *_numbers(notice)]
    if problems:
        raise BadInput(problems)


def outcome_texts(section: NoticeSection, lang: Lang) -> pl.Series:
    """The outcomes in words: placed, gave up, waiting with the place on the list, or the number given."""
    rows, gives = section.rows, section.gives
    plain = {outcome: sentence(f"notice.{outcome}", {}, lang) for outcome in get_args(Outcome)}
    told_as, named = "notice.number" if gives else "notice.waiting_number", gives and in_language(gives, lang)
    before, after = sentence(told_as, {"number": "\n", "gives": named}, lang).split("\n")
    place = pl.concat_str(pl.lit(before), pl.col("waiting").cast(pl.String), pl.lit(after))
    waits = (pl.col("outcome") == "waiting") & pl.col("waiting").is_not_null()
    told = pl.col("outcome").replace_strict(plain, return_dtype=pl.String)
    return rows.select(pl.when(waits).then(place).otherwise(told).alias("outcome")).to_series()


def section_text(section: NoticeSection, lang: Lang) -> str:
    """Seats, people and the last total of a section in one sentence, and what a second ranking changed."""
    if section.gives:
        figures = {"ranked": section.ranked, "gives": in_language(section.gives, lang)}
        return sentence("notice.section_text_numbers", figures, lang)
    full = "" if section.cut_off is not None else "_filled" if section.full else "_not_filled"
    code = f"notice.section_text{full}"
    params = {"seats": section.seats, "ranked": section.ranked, "admitted": section.admitted}
    told = [sentence(code, {**params, "cut_off": section.cut_off}, lang)]
    if section.entered:
        told.append(sentence("notice.second_entered", {"entered": section.entered}, lang))
    if section.left:
        told.append(sentence("notice.second_left", {"left": section.left}, lang))
    if section.marked:
        titles = ("、" if lang == "zh" else ", ").join(in_language(title, lang) for title in section.marked)
        told.append(sentence("notice.marked", {"titles": titles}, lang))
    return ("" if lang == "zh" else " ").join(told)


def cut_off_text(section: NoticeSection, lang: Lang) -> str:
    """The total of the last admitted, or whether seats were left."""
    if section.gives:
        return NONE
    if section.cut_off is not None:
        return section.cut_off
    return sentence("notice.filled" if section.full else "notice.not_filled", {}, lang)


def period_text(notice: Notice, lang: Lang) -> str:
    """First and last day on which objections are taken."""
    start, end = day_text(notice.objections_from, lang), day_text(notice.objections_until, lang)
    return sentence("notice.period_text", {"start": start, "end": end}, lang)


def basis_texts(notice: Notice, lang: Lang) -> list[str]:
    """The documents the notice rests on, with their numbers, and what was read otherwise than they are."""
    documents = [
        sentence("notice.basis_item", {"title": in_language(item.title, lang), "number": item.number}, lang)
        for item in notice.basis
    ]
    return documents + [in_language(item, lang) for item in notice.departures]


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


def _numbers(notice: Notice) -> Iterator[Problem]:
    contact = "\n".join((notice.contact.zh, notice.contact.en))
    yield from scan(contact, file="contact", allowed=(notice.contact.zh, notice.contact.en))
    titles = [notice.title, notice.office, *([notice.illustrative] if notice.illustrative else [])]
    yield from scan("\n".join(text for title in titles for text in (title.zh, title.en)), file="title")
    for section in notice.sections:
        yield from section.numbers
