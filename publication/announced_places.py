"""Parts of an announcement about places: who may have which, where they are joined, how long results show.

`writer` is the announcement's own, with `words` and `heading`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publication.arithmetic import Detail
from publication.rule_text import Wording

Plain = Mapping[str, Any]


def area_text(writer: Any, area: Any) -> str:
    """Where a second ranking takes place: everywhere, or by some facts."""
    if area == "everywhere":
        return str(writer.heading("together"))
    return str(writer.heading("by", facts=writer.words.listed(writer.words.name(fact) for fact in area)))


def notice_lines(writer: Any, rule: Plain) -> Iterator[Detail]:
    """How long results are on show."""
    unit = "calendar_days" if "calendar_days" in rule else "working_days"
    text = writer.heading(f"notice_{unit}", days=rule[unit])
    yield Detail(0, writer.cited(text, rule))
    if "rolls_over" in rule:
        yield Detail(1, writer.heading("notice_rolls_over"))
    yield from writer.rest(rule, unit, "rolls_over")


def fits_lines(words: Wording, fits: Plain) -> Iterator[Detail]:
    """Which types everybody may have."""
    for member, types in fits["allowed"].items():
        shown = words.listed((fits["types"][name][words.lang] for name in types), "or") or "–"
        what = words.say("is", fact=words.name(fits["fact"]), value=words.value(fits["fact"], member))
        yield Detail(1, words.say("titled", title=what, text=shown))
