"""Differences of two policies as sentences: the rule, what it said, what it says, the clauses."""

from __future__ import annotations

from collections.abc import Mapping

from publication.departure_text import departure_texts
from publication.messages import Lang, sentence
from publication.rule_text import Wording
from scoring.departures import KEY
from scoring.differences import Difference
from scoring.policy import Policy


class DifferenceText:
    """The words for the differences of two policies in one language."""

    def __init__(self, before: Policy, after: Policy, lang: Lang) -> None:
        self.lang, self.policies = lang, (before, after)
        self.before, self.after = Wording(before, lang), Wording(after, lang)

    def line(self, difference: Difference) -> str:
        """One difference as one line: rule, key, old and new value, clauses."""
        if difference.keys == (KEY,):
            return self._departures()
        newest = self.before if difference.change == "removed" else self.after
        figures = {
            "rule": self._rule(difference, newest),
            "what": self._what(difference, newest),
            "before": self._value(difference, difference.before, self.before),
            "after": self._value(difference, difference.after, self.after),
        }
        text = sentence(f"difference.{difference.change}", figures, self.lang)
        return text + self._clauses(difference)

    def _departures(self) -> str:
        """What each of the two was read otherwise by."""
        none = sentence("difference.none", {}, self.lang)
        told = (departure_texts(policy, self.lang) for policy in self.policies)
        before, after = ("; ".join(texts) or none for texts in told)
        heading = sentence("departure.heading", {}, self.lang)
        figures = {"heading": heading, "before": before, "after": after}
        return sentence("difference.departures", figures, self.lang)

    def _rule(self, difference: Difference, words: Wording) -> str:
        """The titles on the way, without that of a rule that is new or gone itself; else the section."""
        value = difference.before if difference.change == "removed" else difference.after
        own = difference.change != "changed" and isinstance(value, Mapping) and "title" in value
        titles = difference.rule[:-1] if own else difference.rule
        if titles:
            return words.listed((title.model_dump()[self.lang] for title in titles), "arrow")
        return words.term(difference.keys[0])

    def _what(self, difference: Difference, words: Wording) -> str:
        """The key that differs, after the element of a list it stands in."""
        key = difference.keys[-1]
        value = difference.before if difference.change == "removed" else difference.after
        whole = len(difference.keys) == 2 and difference.change != "changed" and isinstance(value, Mapping)
        label = words.term("rule") if whole else words.label(key)
        element = difference.path.rpartition("[")[2].partition("]")[0] if "[" in difference.path else ""
        if not element or whole:
            return label
        return sentence("difference.element", {"what": label, "element": element}, self.lang)

    def _value(self, difference: Difference, value: object, words: Wording) -> str:
        if value is None:
            return ""
        key = difference.keys[-1]
        return (
            words.clause(value)
            if isinstance(value, str) and key.endswith("cite")
            else words.inline(key, value, alone=True)
        )

    def _clauses(self, difference: Difference) -> str:
        if difference.keys[-1].endswith("cite"):
            return ""  # the clause is what differs
        old, new = difference.cites
        shown = [self.before.clause(old)] if old else []
        shown += [self.after.clause(new)] if new and self.after.clause(new) not in shown else []
        return sentence("difference.clauses", {"clauses": " → ".join(shown)}, self.lang) if shown else ""
