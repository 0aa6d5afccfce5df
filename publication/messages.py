"""Sentences for people, in Chinese and English, from `locale/*.toml`. A missing one is an error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from publication.resources import locale_files
from values.problems import Problem

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")
_PARAMETER = re.compile(r"\{([a-z_]+)\}")


class MissingSentence(LookupError):
    """A code has no sentence in a language, or the sentence names a figure that was not given."""


def sentence(what: Problem | str, params: Mapping[str, object], lang: Lang) -> str:
    """The sentence of a problem or of a code, with its figures filled in.

    A problem brings its own figures; `params` adds to them.

    Raises:
        MissingSentence: no such sentence, or a figure is missing.
    """
    code = what.code if isinstance(what, Problem) else what
    figures = {**dict(what.params), **params} if isinstance(what, Problem) else params
    try:
        return _PARAMETER.sub(lambda name: str(figures[name[1]]), sentences()[code][lang])
    except KeyError as missing:
        raise MissingSentence(f"{code} ({lang}): {missing}") from missing


def problem_line(problem: Problem, lang: Lang) -> str:
    """One line for a list of problems: the place, then the sentence."""
    text = sentence(problem, {}, lang)
    place = str(problem.place)
    if not place:
        return text
    return f"{place}：{text}" if lang == "zh" else f"{place}: {text}"


@lru_cache
def sentences() -> dict[str, dict[Lang, str]]:
    """Every sentence by code.

    Raises:
        ValueError: two files hold the same code, or an entry lacks a language.
    """
    found: dict[str, dict[Lang, str]] = {}
    for name, text in locale_files().items():
        for code, entry in _flat(tomllib.loads(text), ""):
            if code in found:
                raise ValueError(f"{name}: {code} stands in two files")
            if set(entry) != set(LANGUAGES):
                raise ValueError(f"{name}: {code} needs exactly the languages {', '.join(LANGUAGES)}")
            found[code] = {lang: str(entry[lang]) for lang in LANGUAGES}
    return found


def parameters(text: str) -> frozenset[str]:
    """The figures a sentence names."""
    return frozenset(_PARAMETER.findall(text))


def _flat(tables: Mapping[str, object], above: str) -> list[tuple[str, Mapping[str, object]]]:
    found: list[tuple[str, Mapping[str, object]]] = []
    for name, value in tables.items():
        assert isinstance(value, Mapping), f"{above}{name} is not a table"
        leaf = all(isinstance(inner, str) for inner in value.values())
        found += [(above + name, value)] if leaf else _flat(value, f"{above}{name}.")
    return found
