"""JSON documents read strictly: no key twice, no number with a fraction, every flaw with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from storage.encodings import decode_text
from storage.flaws import MAX_NAMED
from storage.importers import read_bytes
from values.problems import BadInput, Place, Problem, bad_input

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|-?[A-Za-z]+|[{}\[\]:,]', re.DOTALL)
_MOST_DIGITS = 4000
_NAMES = ("true", "false", "null")


def read_json(path: Path, *, remarks: str = "", measured: str = "") -> dict[str, object]:
    """The object in a JSON file. Its numbers are integers: amounts with a fraction must be text.

    What stands under the key `remarks` is not input: whatever JSON allows is allowed there. Numbers in a list
    under the key `measured` may have fractions, and come as their text.

    Raises:
        BadInput: all of `storage.json_duplicate_key`, `storage.json_fraction`,
            `storage.json_number_too_long`, each with line, column and path; or `storage.json_broken`,
            `storage.json_not_an_object`, `storage.json_too_deep`, `storage.file_missing`,
            `storage.cannot_read`, `storage.undecodable`.
    """
    file = str(path)
    text = decode_text(read_bytes(path), file)
    try:
        found = _parsed(text, file, remarks, measured)
    except json.JSONDecodeError as error:
        place = Place(file=file, line=error.lineno, column=error.colno)
        raise bad_input("storage.json_broken", place, reason=error.msg) from None
    except RecursionError:
        raise bad_input("storage.json_too_deep", Place(file=file)) from None
    if not isinstance(found, dict):
        raise bad_input("storage.json_not_an_object", Place(file=file, line=1, column=1))
    return found


def _parsed(text: str, file: str, remarks: str, measured: str) -> object:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_irregular,
            parse_int=_integer,
            parse_constant=_irregular,
        )
    except _IrregularError:
        flaws = (flaw for flaw in _flaws(text, file) if re.split(r"[.\[]", flaw.place.path)[0] != remarks)
        flaws = (flaw for flaw in flaws if not _is_measured(flaw, measured))
        problems = tuple(islice(flaws, MAX_NAMED))
        if problems:
            raise BadInput(problems) from None
        return json.loads(text, parse_float=str, parse_int=_short_integer, parse_constant=str)


def _is_measured(flaw: Problem, measured: str) -> bool:
    """Whether the flaw is a fraction where one may stand."""
    value = str(dict(flaw.params).get("value", ""))
    under = re.search(r"(?:^|\.)([^.\[\]]+)\[\d+\]$", flaw.place.path)
    is_number = flaw.code == "storage.json_fraction" and value.lstrip("-")[:1].isdigit()
    return is_number and bool(measured) and under is not None and under[1] == measured


class _IrregularError(Exception):
    """Something that JSON allows and we do not; a second reading says where."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _IrregularError
    return found


def _irregular(number: str) -> object:
    raise _IrregularError


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise _IrregularError
    return int(digits)


def _short_integer(digits: str) -> object:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


@dataclass
class _Open:
    """An object or a list whose end has not been reached."""

    path: str
    keys: set[str] | None  # None for a list
    key: str = ""
    key_is_next: bool = True
    index: int = 0

    def inner_path(self) -> str:
        if self.keys is None:
            return f"{self.path}[{self.index}]"
        return f"{self.path}.{self.key}" if self.path else self.key

    def next_entry(self) -> None:
        self.key_is_next = True
        self.index += 1


def _take(token: str, path: list[_Open], place: Place) -> Problem | None:
    """Follow one token of a document that is known to be irregular; the problem with it, if any."""
    top = path[-1] if path else None
    if token in "{[":
        path.append(_Open(top.inner_path() if top else "", set() if token == "{" else None))
    elif token in "}]" and path:
        path.pop()
    elif token == "," and top:
        top.next_entry()
    elif token[0] == '"' and top and top.keys is not None and top.key_is_next:
        return _key(token, top, top.keys, place)
    elif token[0] not in '"}]:,' and token not in _NAMES:
        return _number(token, place)
    return None


def _key(token: str, top: _Open, keys: set[str], place: Place) -> Problem | None:
    top.key, top.key_is_next = _unescaped(token), False
    if top.key in keys:
        return Problem.of("storage.json_duplicate_key", replace(place, path=top.inner_path()), key=top.key)
    keys.add(top.key)
    return None


def _unescaped(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except json.JSONDecodeError:
        return token


def _number(token: str, place: Place) -> Problem | None:
    if not token.lstrip("-").isdigit():
        return Problem.of("storage.json_fraction", place, value=token)
    if len(token) > _MOST_DIGITS:
        return Problem.of("storage.json_number_too_long", place, digits=len(token))
    return None


def _flaws(text: str, file: str) -> Iterator[Problem]:
    path: list[_Open] = []
    line, line_start = 1, 0
    for match in _TOKEN.finditer(text):
        breaks = text.count("\n", line_start, match.start())
        if breaks:
            line, line_start = line + breaks, text.rfind("\n", 0, match.start()) + 1
        inner = path[-1].inner_path() if path else ""
        place = Place(file=file, line=line, column=match.start() - line_start + 1, path=inner)
        problem = _take(match.group(), path, place)
        if problem is not None:
            yield problem
