"""The scanner that stands before every publication: no ID number, phone number or bank card gets out.

It errs on the side of refusing: a number that could be one of these is one. Digits inside a longer
word (a hexadecimal ticket or digest) are not numbers of a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

import polars as pl

from publication.tables import Table
from residence.identity import check_digit
from values.problems import Place, Problem

ID_NUMBER = "publication.id_number"
PHONE_NUMBER = "publication.phone_number"
BANK_CARD = "publication.bank_card"
HEADER_ROW = 1

_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－＋（）", "0123456789Xx-+()")
_WIDE_DIGIT = re.compile("[０-９]")
_RUN = re.compile(r"[+(]?[0-9][0-9 ()\-]{8,}[0-9Xx]")
_ID = "(?:[0-9]{15}|[0-9]{6}[ -]?[0-9]{8}[ -]?[0-9]{3}[0-9Xx])"
_CARD = "(?:[0-9]{16,19}|[0-9]{4}(?:[ -][0-9]{4}){3}(?:[ -][0-9]{1,3})?)"
_MOBILE = r"(?:(?:\+|00)?86[ -]?)?1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})"
_AREA = "(?:10|2[0-9]|[3-9][0-9]{2})"
_LANDLINE = rf"(?:\(0{_AREA}\) ?|0{_AREA}[ -]?|(?:\+|00)86[ -]?{_AREA}[ -]?)[2-8][0-9]{{2,3}}[ -]?[0-9]{{4}}"
# The same without look-around, which the table engine lacks: finds all of them and little else.
_MAY_HOLD = rf"[０-９\n]|(?:^|[^0-9A-Za-z])(?:{_ID}|{_CARD}|{_MOBILE}|{_LANDLINE})"

# The first two digits of GB/T 2260 codes; 81 to 83 are the permits of Hong Kong, Macau and Taiwan residents.
_PROVINCES = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
# UnionPay 62, 60, 68, 69, 81 and older domestic cards 9 have 16 to 19 digits; the other schemes have 16.
_CARD_START = re.compile(r"(?:6[0289]|81|9[0-9])[0-9]{14,17}|(?:2[2-7]|3[05-9]|4[0-9]|5[0-9])[0-9]{14}")


def scan(text: str, *, file: str = "", allowed: Collection[str] = ()) -> list[Problem]:
    """Every ID number, phone number and bank card in a text that is to be published, in order.

    `allowed` are texts whose phone numbers are meant to be read, as the office's own contact; an ID
    number is refused even there. Codes: `publication.id_number` (18 digits with a valid check
    digit, 15 digits with a birth date from 1920 on), `publication.phone_number` (mainland),
    `publication.bank_card` (16 to 19 digits, Luhn). The number itself is not repeated.

    Source: GB 11643 (ISO 7064 MOD 11-2), ISO/IEC 7812-1 (Luhn).
    """
    narrow = _WIDE if _WIDE_DIGIT.search(text) else {}
    plain = text.translate(narrow) if narrow else text
    open_texts = [item.translate(narrow) for item in allowed if item]
    problems, line, counted = [], 1, 0
    for code, start, end in _found(plain):
        if code == PHONE_NUMBER and _inside(plain, start, end, open_texts):
            continue
        line, counted = line + plain.count("\n", counted, start), start
        place = Place(file=file, line=line, column=start - plain.rfind("\n", 0, start))
        begins, digits = text[start : start + 3], sum(char.isalnum() for char in plain[start:end])
        problems.append(Problem.of(code, place, begins=begins, digits=digits))
    return problems


def scan_table(table: Table, *, file: str, order: pl.Series | None = None) -> list[Problem]:
    """The same for a table: every text cell that holds such a number, with row and column.

    Rows count as published: in the `order` of these row numbers if given.
    """
    texts = [column.name for column in table.schema.columns if column.type in ("id", "text")]
    problems = []
    for name in texts:
        cells = table.frame[name]
        if order is not None and _suspects(cells).any():
            cells = cells.gather(order)
        problems += scan_cells(cells, file=file, field=name, first_row=HEADER_ROW + 1)
    return problems


def scan_cells(cells: pl.Series, *, file: str, field: str, first_row: int) -> list[Problem]:
    """The same for a column of texts. Rows count from `first_row`.

    A linear filter leaves few cells to look at, so a million rows take well under a second.
    """
    return [
        Problem(found.code, found.params, Place(file=file, row=first_row + row, field=field))
        for row in _suspects(cells).arg_true()
        for found in scan(cells[row].replace("\n", " "))  # a cell is one text, however it is broken
    ]


def _suspects(cells: pl.Series) -> pl.Series:
    return cells.str.contains(_MAY_HOLD).fill_null(False)


def is_id_number(number: str) -> bool:
    """Whether 18 characters are an ID number: region, birth date and check digit fit.

    Numbers that begin with 9 are foreigners' permanent residence cards of 2023.
    """
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    if number[0] != "9" and not _PROVINCES.match(number):
        return False
    if number[6:8] not in ("18", "19", "20") or not _is_date(number[6:14]):
        return False
    return number[17].upper() == check_digit(number[:17])


def _found(text: str) -> Iterator[tuple[str, int, int]]:
    """Code and span of every find, by position. Long runs of digits are looked at, nothing else."""
    for run in _RUN.finditer(text):
        start = max(run.start() - 1, 0)
        yield from sorted(
            ((code, start + begin, start + end) for code, begin, end in _in_run(text[start : run.end() + 1])),
            key=lambda find: find[1:],
        )


def _in_run(chunk: str) -> Iterator[tuple[str, int, int]]:
    taken: set[int] = set()
    for code, pattern, holds in _KINDS:
        for match in pattern.finditer(chunk):
            if taken.isdisjoint(range(*match.span())) and holds(match[0]):
                taken.update(range(*match.span()))
                yield code, *match.span()


def _is_person(shown: str) -> bool:
    digits = shown.replace(" ", "").replace("-", "")
    return is_id_number(digits) if len(digits) == 18 else _is_old_id_number(digits)


def _is_old_id_number(digits: str) -> bool:
    """15 digits, issued until 1999: no check digit, so the region and the birth date must fit."""
    return _PROVINCES.match(digits) is not None and digits[6:8] >= "20" and _is_date("19" + digits[6:12])


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _is_card(shown: str) -> bool:
    digits = shown.replace(" ", "").replace("-", "")
    if not _CARD_START.fullmatch(digits):
        return False
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _inside(text: str, start: int, end: int, open_texts: Collection[str]) -> bool:
    """Whether the span lies within an occurrence of an allowed text."""
    return any(text.find(item, max(0, end - len(item)), start + len(item)) >= 0 for item in open_texts)


_KINDS = tuple(
    (code, re.compile(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])"), holds)
    for code, pattern, holds in (
        (ID_NUMBER, _ID, _is_person),
        (BANK_CARD, _CARD, _is_card),
        (PHONE_NUMBER, _MOBILE, lambda shown: True),
        (PHONE_NUMBER, _LANDLINE, lambda shown: True),
    )
)
