"""How the values of rules are written: periods, counts, words, choices. Everything is text in the files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, get_args

from values.periods import Period, Unit

Parse = Callable[[Any], Any]
"""Raises ValueError, TypeError or AttributeError for what cannot be read."""

_WORD = re.compile("[a-z][a-z0-9_]*")


def period(text: str) -> Period:
    """`6 months`, `3 working_days`."""
    match = re.fullmatch(rf"([0-9]{{1,3}}) ({'|'.join(get_args(Unit))})", text)
    if match is None:
        raise ValueError(text)
    return Period(int(match[1]), match[2])  # type: ignore[arg-type]


def period_in(*units: Unit) -> Callable[[str], Period]:
    """A period in one of these units."""

    def parse(text: str) -> Period:
        length = period(text)
        if length.unit not in units:
            raise ValueError(text)
        return length

    return parse


def count_of(unit: str) -> Callable[[str], int]:
    """A number of a unit, none included: `0 days` with `count_of("days")`."""

    def parse(text: str) -> int:
        match = re.fullmatch(rf"([0-9]{{1,4}}) {unit}", text)
        if match is None:
            raise ValueError(text)
        return int(match[1])

    return parse


def or_none(parse: Parse) -> Parse:
    """`none` where the text says nothing, else what `parse` reads."""
    return lambda text: None if text == "none" else parse(text)


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return parse


def yes_or_no(text: str) -> bool:
    """`yes` or `no`."""
    return one_of("yes", "no")(text) == "yes"


def word(text: str) -> str:
    """A name in small letters."""
    if not _WORD.fullmatch(text):
        raise ValueError(text)
    return text


def words(*known: str) -> Callable[[list[str]], frozenset[str]]:
    """A list of words, of those known if any are."""

    def parse(items: list[str]) -> frozenset[str]:
        if not isinstance(items, list) or (known and not set(items) <= set(known)):
            raise ValueError(items)
        return frozenset(map(word, items))

    return parse


def words_or_choice(*known: str) -> Callable[[list[str] | str], frozenset[str]]:
    """A list of words, or the one word that was chosen of a parameter's readings; `none` is no word."""

    def parse(items: list[str] | str) -> frozenset[str]:
        chosen: list[str] = [] if items == "none" else [items] if isinstance(items, str) else items
        return words(*known)(chosen)

    return parse


def mapping_of(parse: Parse) -> Callable[[dict[str, str]], dict[str, Any]]:
    """Words, each with a value."""
    return lambda items: {word(key): parse(value) for key, value in items.items()}


def day(text: str) -> date:
    """`2018-07-01`."""
    return date.fromisoformat(text)


def admits(option: str, choice: str) -> bool:
    """Whether a choice is the option; `* days` stands for any number of days."""
    if option.startswith("* "):
        return re.fullmatch(rf"[0-9]{{1,4}} {re.escape(option[2:])}", choice) is not None
    return option == choice


def sample(option: str) -> str:
    """A text that an option admits."""
    return f"1{option[1:]}" if option.startswith("* ") else option
