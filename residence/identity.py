"""Identity documents: which numbers can be right, and what a clerk should look at again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from string import ascii_lowercase, ascii_uppercase
from typing import Literal, get_args

from values.dates import full_years
from values.problems import Place, Problem

IdKind = Literal[
    "citizen_id",  # 居民身份证, or the citizen ID number in a household register
    "hmt_residence_permit",  # 港澳台居民居住证
    "foreigner_residence_card",  # 外国人永久居留身份证 of 2023
    "hmt_travel_permit",  # 来往内地（大陆）通行证
    "passport",
    "birth_certificate",  # 出生医学证明: a child that has no ID number yet
    "student_number",  # 全国学籍号
    "school_temporary",  # a number the school gave
    "none",  # nothing to show; the number is empty
]

UNLIKELY_AGE, IMPOSSIBLE_AGE = 120, 150
"""Older than this in completed years is a warning, or an error. GB 11643's own example was born in 1880."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71".split()
)
"""The first two digits of GB/T 2260 codes."""

_EIGHTEEN = r"[0-9]{17}[0-9X]"
_SHAPES: dict[IdKind, str] = {
    "citizen_id": rf"{_EIGHTEEN}|[0-9]{{15}}",
    "hmt_residence_permit": _EIGHTEEN,
    "foreigner_residence_card": _EIGHTEEN,
    "hmt_travel_permit": "[HM][0-9]{8}(?:[0-9]{2})?|[0-9]{8}",
    "passport": "[0-9A-Z]{5,20}",
    "birth_certificate": "[A-Z][0-9]{9}",
    "student_number": f"[GJL]{_EIGHTEEN}",
    "school_temporary": "[0-9A-Z]{1,30}",
    "none": "",
}
_WITH_BIRTH_DATE: frozenset[IdKind] = frozenset(
    ("citizen_id", "hmt_residence_permit", "foreigner_residence_card")
)
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+")
_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)
_IGNORED = str.maketrans("", "", " \t\r\n-‐‑–—\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}'")


@dataclass(frozen=True)
class IdDocument:
    """A document as shown or typed: what it is, and its number."""

    kind: IdKind
    number: str


@dataclass(frozen=True)
class CheckedDocument:
    """A document with its number as it is to be stored, and what was found.

    `born` is the birth date the number states, None if it states none or has errors. With `errors`
    the number cannot be right; `warnings` are to be shown to the clerk and do not refuse anybody.
    No problem repeats the number.
    """

    document: IdDocument
    born: date | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_document(
    document: IdDocument,
    *,
    as_of: date,
    regions: Collection[str] = (),
    place: Place | None = None,
) -> CheckedDocument:
    """Check a document's number: shape, birth date and check digit are errors, the region a warning.

    `regions` are the six-digit region codes that the office knows, old ones included; without them
    only the province is looked at. Codes: `identity.…`.

    Source: GB 11643-1999 (ISO 7064 MOD 11-2) for citizens; the permits of Hong Kong, Macau and Taiwan
    residents (regions 810000, 820000, 830000) and the foreigners' card of 2023 (begins with 9) follow it.
    """
    if document.kind not in get_args(IdKind):
        raise ValueError(f"no kind of document: {document.kind}")
    finder = _Finder(place)
    number = _normalised(document.number, finder)
    born = _checked_number(document.kind, number, as_of, regions, finder)
    errors = tuple(finder.errors)
    return CheckedDocument(
        IdDocument(document.kind, number), None if errors else born, errors, tuple(finder.warnings)
    )


def check_digit(digits: str) -> str:
    """The 18th character of an ID number, of its first 17 digits.

    >>> check_digit("11010519491231002")
    'X'
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return "10X98765432"[total % 11]


class _Finder:
    def __init__(self, place: Place | None) -> None:
        self.place = place
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def error(self, problem: Problem) -> None:
        self.errors.append(Problem(problem.code, problem.params, self.place or Place()))

    def warn(self, problem: Problem) -> None:
        self.warnings.append(Problem(problem.code, problem.params, self.place or Place()))


def _normalised(written: str, finder: _Finder) -> str:
    """Full-width characters, spaces and dashes are rewritten and told; a small x is so silently."""
    narrow = unicodedata.normalize("NFKC", written).translate(_IGNORED).translate(_CAPITALS)
    number = unicodedata.normalize("NFKC", narrow)  # what a removed character kept apart may combine
    if number != written.translate(_CAPITALS):
        finder.warn(Problem.of("identity.rewritten"))
    return number


def _checked_number(
    kind: IdKind, number: str, as_of: date, regions: Collection[str], finder: _Finder
) -> date | None:
    if not re.fullmatch(_SHAPES[kind], number):
        rounded = kind in _WITH_BIRTH_DATE and _ROUNDED.fullmatch(number)
        finder.error(
            Problem.of("identity.rounded")
            if rounded
            else Problem.of("identity.shape", kind=kind, length=len(number))
        )
        return None
    if kind not in _WITH_BIRTH_DATE:
        return None
    if (actual := _kind_by_start(number)) != kind:
        finder.error(Problem.of("identity.other_kind", kind=kind, actual=actual))
    _check_region(actual, number, regions, finder)
    if len(number) == 15:
        finder.warn(Problem.of("identity.fifteen_digits"))
        return _birth_date("19" + number[6:12], as_of, finder)
    if check_digit(number[:17]) != number[17]:
        finder.error(Problem.of("identity.rounded" if number.endswith("000") else "identity.check_digit"))
    return _birth_date(number[6:14], as_of, finder)


def _kind_by_start(number: str) -> IdKind:
    if len(number) == 15:
        return "citizen_id"
    if number[0] == "9":
        return "foreigner_residence_card"
    return "hmt_residence_permit" if number[:2] in ("81", "82", "83") else "citizen_id"


def _check_region(kind: IdKind, number: str, regions: Collection[str], finder: _Finder) -> None:
    """The foreigners' card has the province in digits 2 and 3, and a nationality after it."""
    code = number[:6]
    match kind:
        case "foreigner_residence_card":
            known, code = number[1:3] in _PROVINCES, number[1:3]
        case "hmt_residence_permit":
            known = code in ("810000", "820000", "830000")
        case _:
            known = code[:2] in _PROVINCES and (not regions or code in regions)
    if not known:
        finder.warn(Problem.of("identity.region_unknown", region=code))


def _birth_date(digits: str, as_of: date, finder: _Finder) -> date | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        finder.error(Problem.of("identity.no_such_day"))
        return None
    if born > as_of:
        finder.error(Problem.of("identity.born_later", as_of=as_of))
    elif full_years(born, as_of) > IMPOSSIBLE_AGE:
        finder.error(Problem.of("identity.born_too_early", years=IMPOSSIBLE_AGE))
    elif full_years(born, as_of) > UNLIKELY_AGE:
        finder.warn(Problem.of("identity.very_old", years=UNLIKELY_AGE))
    return born
