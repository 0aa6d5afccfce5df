"""The notice as a workbook: a sheet of figures, and one list that can be filtered, sorted and printed.

Every cell is text but for counts and positions, so that no number loses a digit and nothing runs as a
formula. The same notice gives the same bytes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from publication.messages import Lang, sentence, sentences
from publication.notice import (
    Notice,
    banner_text,
    basis_texts,
    check_notice,
    cut_off_text,
    day_text,
    in_language,
    outcome_texts,
    period_text,
)

if TYPE_CHECKING:
    import xlsxwriter

A4 = 9
MOST_ROWS = 2**20 - 2  # of a sheet, below its title and its head
MOST_BREAKS = 1023  # Excel ignores a sheet with more
MANY_ROWS = 100_000  # are written to a temporary file row by row, not held in memory
WIDTHS = (8, 48)
LINE = 50  # columns of a screen that a merged line holds at least
COLUMNS = ("list", "position", "application", "name", "total", "outcome", "offer")
SUMMARY = ("list", "seats", "ranked", "admitted", "cut_off")
NUMBERS = ("position", "seats", "ranked", "admitted")


def notice_xlsx(notice: Notice, lang: Lang) -> bytes:
    """The workbook, dated with the day of publication.

    Raises:
        BadInput: as `publication.notice.check_notice`.
    """
    import xlsxwriter  # loaded only when a workbook is asked for

    check_notice(notice)
    rows = _rows(notice, lang)
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": rows.height > MANY_ROWS}) as book:
        day = notice.published_on
        title, office = in_language(notice.title, lang), in_language(notice.office, lang)
        created = datetime(day.year, day.month, day.day)
        book.set_properties({"title": title, "author": office, "created": created})
        forms = _Forms.of(book)
        _write_figures(book.add_worksheet(_word("summary", lang)), notice, lang, forms)
        for number, start in enumerate(range(0, max(rows.height, 1), MOST_ROWS), start=1):
            name = _word("list", lang) + (f" {number}" if number > 1 else "")
            _write_list(book.add_worksheet(name), rows[start : start + MOST_ROWS], notice, lang, forms)
    return content.getvalue()


@dataclass(frozen=True)
class _Forms:
    """How cells look."""

    title: Any
    banner: Any
    head: Any
    right: Any
    text: Any
    wrapped: Any
    number: Any

    @classmethod
    def of(cls, book: xlsxwriter.Workbook) -> _Forms:
        plain: dict[str, object] = {"font_name": "宋体", "font_size": 10, "valign": "top"}
        head: dict[str, object] = {"bold": True, "bg_color": "#e3eaf3", "bottom": 1, "text_wrap": True}
        looks: dict[str, dict[str, object]] = {
            "title": {"font_size": 12, "bold": True, "text_wrap": True},
            "banner": {"font_color": "#5c3c00", "bg_color": "#fdf0cf", "text_wrap": True},
            "head": {**head, "num_format": "@", "align": "left", "indent": 1},
            "right": {**head, "num_format": "@", "align": "right"},
            "text": {"num_format": "@", "align": "left", "indent": 1},
            "wrapped": {"num_format": "@", "text_wrap": True},
            "number": {"num_format": "0"},
        }
        return cls(**{name: book.add_format({**plain, **look}) for name, look in looks.items()})


def _rows(notice: Notice, lang: Lang) -> pl.DataFrame:
    """Everyone on the notice, the list's heading in front."""
    parts = [
        section.rows.select(
            pl.lit(in_language(section.heading, lang)).alias("list"),
            *("position", "application", "name", "total"),
            outcome_texts(section, lang).alias("outcome"),
            "offer",
        )
        for section in notice.sections
    ]
    return pl.concat(parts)


def _write_figures(sheet: Any, notice: Notice, lang: Lang, forms: _Forms) -> None:
    """What the notice says of itself, then a row a list."""
    _write_line(sheet, 0, 0, in_language(notice.title, lang), forms.title)
    for row, (word, text) in enumerate(_facts(notice, lang), start=1):
        sheet.write_string(row, 0, word, forms.text)
        _write_line(sheet, row, 1, text, forms.wrapped)
    banner = banner_text(notice, lang)
    if banner:
        row += 1
        _write_line(sheet, row, 0, banner, forms.banner)
    row += 1
    figures = [
        (in_language(part.heading, lang), part.seats, part.ranked, part.admitted, cut_off_text(part, lang))
        for part in notice.sections
    ]
    frame = pl.DataFrame(figures, schema=list(SUMMARY), orient="row")
    _write_table(sheet, row, frame, lang, forms)
    _set_up(sheet, notice, lang, row)


def _facts(notice: Notice, lang: Lang) -> list[tuple[str, str]]:
    facts = {
        "office": in_language(notice.office, lang),
        "published_on": day_text(notice.published_on, lang),
        "period": period_text(notice, lang),
        "contact": sentence("notice.contact_text", {"contact": in_language(notice.contact, lang)}, lang),
        "basis": "\n".join(basis_texts(notice, lang)),
        "digest": notice.record_digest,
    }
    return [(_word(name, lang), text) for name, text in facts.items()]


def _write_list(sheet: Any, rows: pl.DataFrame, notice: Notice, lang: Lang, forms: _Forms) -> None:
    """Title and head, repeated on every page; each list begins a page."""
    said = (in_language(notice.title, lang), banner_text(notice, lang))
    _write_line(sheet, 0, 0, "\n".join(filter(None, said)), forms.title, last=len(COLUMNS) - 1)
    _write_table(sheet, 1, rows, lang, forms)
    sheet.autofilter(1, 0, 1 + rows.height, len(COLUMNS) - 1)
    begins = (rows["list"] != rows["list"].shift(1)).fill_null(False).arg_true()
    sheet.set_h_pagebreaks([2 + row for row in begins.head(MOST_BREAKS)])
    _set_up(sheet, notice, lang, 1)


def _write_line(sheet: Any, row: int, first: int, text: str, form: Any, last: int = len(SUMMARY) - 1) -> None:
    """A text over several columns, in a row as high as its lines."""
    lines = sum(1 + _width(line) // LINE for line in text.split("\n"))
    sheet.set_row(row, lines * form.font_size * 1.5)
    sheet.merge_range(row, first, row, last, "", form)
    sheet.write_string(row, first, text, form)


def _write_table(sheet: Any, top: int, frame: pl.DataFrame, lang: Lang, forms: _Forms) -> None:
    names = [_word(name, lang) for name in frame.columns]
    for column, name in enumerate(frame.columns):
        words = frame[name].cast(pl.String)
        longest = max(_width(names[column]) + 2, *_widths(words))
        sheet.set_column(column, column, min(max(longest + 2, WIDTHS[0]), WIDTHS[1]))
        sheet.write_string(top, column, names[column], forms.right if name in NUMBERS else forms.head)
    writes = [
        (sheet.write_number, forms.number) if name in NUMBERS else (sheet.write_string, forms.text)
        for name in frame.columns
    ]
    for row, cells in enumerate(frame.iter_rows(), start=top + 1):
        for column, cell in enumerate(cells):
            write, form = writes[column]
            if cell != "":
                write(row, column, cell, form)
    last = top + frame.height
    sheet.ignore_errors({"number_stored_as_text": f"A{top + 1}:{chr(64 + frame.width)}{last + 1}"})


def _set_up(sheet: Any, notice: Notice, lang: Lang, head: int) -> None:
    """A4, as wide as the page, the head frozen on the screen and repeated on paper, pages numbered."""
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(0 if head == 1 else head, head)
    page = sentences()["notice.page"][lang].replace("{page}", "&P").replace("{pages}", "&N")
    sheet.set_footer(f"&L&8{notice.record_digest}&R&9{page}")


def _word(name: str, lang: Lang) -> str:
    return sentence(f"notice.{name}", {}, lang)


def _width(text: str) -> int:
    return max(_widths(pl.Series([text])))


def _widths(texts: pl.Series) -> tuple[int, ...]:
    """The longest of the texts in columns of a screen: a Chinese character is three bytes and two wide."""
    longest = ((texts.str.len_bytes() + texts.str.len_chars()) // 2).max()
    return (longest,) if isinstance(longest, int) else (0,)
