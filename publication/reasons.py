"""Why somebody did not get an offer, as sentences: one reason, the same words in every output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publication.messages import Lang, sentence
from scoring.constructs import Title

Entry = Mapping[str, Any]
"""A reason of `allocation.why_not`: `reason`, its figures, `offer`, `waiting`, `pools`. Titles are names."""


def reason_lines(entry: Entry, lang: Lang) -> Iterator[str]:
    """One offer's reason: a sentence, and one more for each pool that was full."""
    text = reason_text(entry, lang)
    if entry.get("waiting"):
        text = sentence("why.waiting", {"text": text, "place": entry["waiting"]}, lang)
    yield sentence("why.offer", {"offer": _named(entry["offer"], lang), "text": text}, lang)
    for number, pool in enumerate(entry.get("pools", ()), start=1):
        yield "  " + _of_pool(number, pool, lang)


def whole_reason(entry: Entry, lang: Lang) -> str:
    """A reason on one line, with that of every pool that was full."""
    pools = [_of_pool(number, pool, lang) for number, pool in enumerate(entry.get("pools", ()), start=1)]
    return sentence("why.separator", {}, lang).join((reason_text(entry, lang), *pools))


def _of_pool(number: int, pool: Entry, lang: Lang) -> str:
    category = _named(pool["category"], lang) or sentence("why.everybody", {}, lang)
    figures = {"number": number, "category": category, "text": reason_text(pool, lang)}
    return sentence("why.pool", figures, lang)


def reason_text(entry: Entry, lang: Lang) -> str:
    """The sentence of a reason with its figures."""
    figures = {name: _named(value, lang) for name, value in _plain(entry).items()}
    return sentence(_code(entry), figures, lang)


def _named(value: object, lang: Lang) -> object:
    return getattr(value, lang) if isinstance(value, Title) else value


def _plain(entry: Entry) -> Entry:
    """Amounts as people write them: 10 rather than 10.0."""
    amounts = {
        name: str(entry[name]).rstrip("0").rstrip(".")
        for name in ("by", "minimum")
        if "." in str(entry.get(name, ""))
    }
    return {**entry, **amounts}


def _code(entry: Entry) -> str:
    """The sentence of a reason; some reasons have two, told apart by the figures they bring."""
    match entry:
        case {"reason": "ineligible", "rule": "household_size", "least": _}:
            return "why.household_too_small"
        case {"reason": "ineligible", "rule": "household_size"}:
            return "why.household_too_large"
        case {"reason": "ineligible", "rule": rule}:
            return f"why.{rule}"
        case {"reason": "below_cutoff", "places": _}:
            return "why.below_last_place"
    return f"why.{entry['reason']}"
