"""Reading a JSON document piece by piece while every problem is collected with its path."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Mapping
from decimal import Decimal

import numpy as np

from allocation.arrays import Int64
from values.points import MAX_SCALE, to_units
from values.problems import BadInput, Place, Problem

LARGEST = 2**62
"""Numbers beyond this are refused, so that sums and differences stay inside 64 bits."""

LONGEST_SHOWN = 40
"""So many characters of a wrong value are repeated."""


class Reading:
    """The problems of one document. Every getter answers None (or nothing) for what is wrong."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, code: str, path: str, **params: object) -> None:
        """Note a problem."""
        self.problems.append(Problem.of(code, Place(file=self.file, path=path), **params))

    def check(self) -> None:
        """Stop here if anything was wrong.

        Raises:
            BadInput: with every problem noted so far.
        """
        if self.problems:
            raise BadInput(self.problems)

    def table(self, value: object, path: str) -> dict[str, object]:
        """A JSON object."""
        if isinstance(value, dict):
            return value
        self.wrong("market.not_an_object", path, found=_shown(value))
        return {}

    def rows(self, value: object, path: str) -> list[tuple[object, str]]:
        """The items of a JSON array with their paths; none for a missing or null one."""
        if isinstance(value, list):
            return [(item, f"{path}[{at}]") for at, item in enumerate(value)]
        if value is not None:
            self.wrong("market.not_a_list", path, found=_shown(value))
        return []

    def keys(
        self, table: dict[str, object], path: str, known: Collection[str], later: Collection[str]
    ) -> None:
        """Refuse keys that mean nothing, and by name those that cannot be honoured yet."""
        for key, value in table.items():
            if key in later and value not in (None, False, 0, [], {}):
                self.wrong("market.not_available", f"{path}.{key}", name=key)
            elif key not in known and key not in later:
                self.wrong("market.unknown_key", f"{path}.{key}", key=key)

    def name(self, value: object, path: str) -> str | None:
        """An id or a name: text that is not empty, in Unicode NFC."""
        if not isinstance(value, str):
            self.wrong("market.not_text", path, found=_shown(value))
        elif not value:
            self.wrong("market.empty_text", path)
        elif not _is_unicode(value):
            self.wrong("market.not_unicode", path)
        else:
            return unicodedata.normalize("NFC", value)
        return None

    def names(self, value: object, path: str) -> list[tuple[str, str]]:
        """A list of names with their paths."""
        found = [(self.name(item, place), place) for item, place in self.rows(value, path)]
        return [(name, place) for name, place in found if name is not None]

    def whole(self, value: object, path: str, least: int | None = None) -> int | None:
        """An integer, at least `least`."""
        if isinstance(value, Decimal | float):
            self.wrong("market.fraction", path, value=value)
        elif isinstance(value, bool) or not isinstance(value, int):
            self.wrong("market.not_whole", path, found=_shown(value))
        elif least is not None and value < least:
            self.wrong("market.too_small", path, value=value, least=least)
        elif abs(value) >= LARGEST:
            self.wrong("market.too_large", path, value=value)
        else:
            return value
        return None

    def amount(self, value: object, path: str, scale: int = MAX_SCALE) -> str | None:
        """Exact points or a tie key: an integer, or decimal text. As text; never a number with a fraction."""
        if isinstance(value, Decimal | float):
            self.wrong("market.fraction", path, value=value)
            return None
        if isinstance(value, bool) or not isinstance(value, int | str):
            self.wrong("market.not_an_amount", path, found=_shown(value))
            return None
        try:
            units = to_units(value, scale, Place(file=self.file, path=path))
        except BadInput as error:
            self.problems += error.problems
            return None
        if abs(units) * 10 ** (MAX_SCALE - scale) >= LARGEST:
            self.wrong("market.too_large", path, value=value)
            return None
        return str(value)

    def flag(self, value: object, path: str, default: bool) -> bool:
        """True or false."""
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong("market.not_a_flag", path, found=_shown(value))
            return default
        return value

    def choice(self, value: object, path: str, options: Collection[str]) -> str | None:
        """One of a few words."""
        if isinstance(value, str) and value in options:
            return value
        self.wrong("market.unknown_word", path, value=value, known=", ".join(sorted(options)))
        return None


def read_places(reading: Reading, value: object, path: str, rows: Mapping[str, int]) -> Int64:
    """(n,) everybody's place on a list of people in which an inner list is a tie; -1 for not on it."""
    places = np.full(len(rows), -1, np.int64)
    for place, (item, where) in enumerate(reading.rows(value, path)):
        group = reading.names(item, where) if isinstance(item, list) else [(reading.name(item, where), where)]
        for name, spot in group:
            if name is None:
                continue
            row = rows.get(name)
            if row is None:
                reading.wrong("market.unknown_applicant", spot, applicant=name)
            elif places[row] >= 0:
                reading.wrong("market.listed_twice", spot, id=name)
            else:
                places[row] = place
    return places


def read_order(reading: Reading, value: object, path: str, known: Collection[str]) -> tuple[str, ...]:
    """A strict list that names each of the known ids once; empty if it is not there."""
    if value is None:
        return ()
    names = reading.names(value, path)
    seen: set[str] = set()
    for name, place in names:
        if name not in known:
            reading.wrong("market.unknown_id", place, id=name)
        elif name in seen:
            reading.wrong("market.listed_twice", place, id=name)
        seen.add(name)
    missing = [name for name in known if name not in seen]
    for name in missing:
        reading.wrong("market.order_lacks", path, id=name)
    return tuple(name for name, _ in names)


def _shown(value: object) -> str:
    """A value as it was written, cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _is_unicode(text: str) -> bool:
    """Whether the text has no half surrogate pairs, which cannot be written as UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text) if not text.isascii() else True
