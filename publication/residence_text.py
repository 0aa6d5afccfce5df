"""Residence in words: the spells that count, those that do not and why, and the events of a history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import get_args

from publication.messages import Lang, sentence
from residence.life_cycle import Event
from residence.residence_time import Part, ResidenceTime, Why
from scoring.residence_rule import MEMBERS


def residence_sentence_parts(
    time: ResidenceTime, events: Sequence[Event], measure: str | None, rules_cite: str, lang: Lang
) -> Iterator[str]:
    """What a fact of residence came from: spells for a length of time, events for a state."""
    if measure in MEMBERS or measure == "overdue":
        yield sentence(
            "residence.history", {"events": _listed([event_text(e, lang) for e in events], lang)}, lang
        )
        return
    in_all = measure is not None and measure.endswith("in_all")
    counted = [part for part in time.parts if (part.cumulative if in_all else part.continuous)]
    if counted:
        yield " + ".join(part_text(part, lang) for part in counted)
    for why in get_args(Why):
        lost = [part for part in time.parts if part.why == why and part not in counted]
        if lost:
            spells = _listed([part_text(part, lang) for part in lost], lang)
            yield why_text(why, spells, rules_cite, lang)


def why_text(why: str, spells: str, rules_cite: str, lang: Lang) -> str:
    """Why spells do not count."""
    return sentence(f"residence.lost_{why}", {"spells": spells, "rules": rules_cite}, lang)


def part_text(part: Part, lang: Lang) -> str:
    """A spell with its days."""
    return sentence("residence.part", {"first": part.first, "after": part.after, "days": part.days}, lang)


def event_text(event: Event, lang: Lang) -> str:
    """An event with its day."""
    return f"{event.day} {event_name(event.kind, lang)}"


def event_name(kind: str, lang: Lang) -> str:
    """What an event is called."""
    return sentence(f"residence.event_{kind}", {}, lang)


def day_or_dash(day: date | None) -> str:
    """A day, or a dash for none."""
    return "–" if day is None else day.isoformat()


def _listed(items: Sequence[str], lang: Lang) -> str:
    return ("、" if lang == "zh" else ", ").join(items)
