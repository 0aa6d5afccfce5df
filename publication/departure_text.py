"""What a policy was read with instead of what its pack says, as sentences."""

from __future__ import annotations

from publication.messages import Lang, sentence
from publication.rule_text import Wording
from scoring.conditions import plain
from scoring.constructs import Title
from scoring.policy import Policy


def departure_texts(policy: Policy, lang: Lang) -> tuple[str, ...]:
    """One sentence each, with the pack's own choice and the clause; none if nothing was read otherwise."""
    departures = policy.departures
    if departures is None:
        return ()
    words, texts = Wording(policy, lang), list[str]()
    for one in departures.readings.values():
        readings = {"reading": one.reading, "other": one.other, "title": one.title}
        shown = {name: title.model_dump()[lang] for name, title in readings.items()}
        texts.append(sentence("departure.reading", {**shown, "clause": words.clause(one.cite)}, lang))
    for value in departures.parameters.values():
        unit = "" if value.unit is None else " " + value.unit.model_dump()[lang]
        figures = {"value": plain(value.value) + unit, "other": plain(value.instead_of) + unit}
        named = {"title": value.title.model_dump()[lang], "clause": words.clause(value.cite)}
        texts.append(sentence("departure.value", {**figures, **named}, lang))
    return tuple(texts)


def departure_titles(policy: Policy) -> tuple[Title, ...]:
    """The same sentences in both languages."""
    both = zip(departure_texts(policy, "zh"), departure_texts(policy, "en"), strict=True)
    return tuple(Title(zh=zh, en=en) for zh, en in both)
