"""What was found about a requirement: met, not met, or not known, with the figures and the clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from values.problems import Problem

Answer = Literal["met", "not_met", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One requirement: whether it is met, its code and figures (`finding.…`), and its clause."""

    answer: Answer
    what: Problem
    cite: str


@dataclass(frozen=True)
class Judgement:
    """An answer with all its findings, its own and those of its parts (ways of a route, guardians, …)."""

    name: str
    answer: Answer
    findings: tuple[Finding, ...] = ()
    parts: tuple[Judgement, ...] = ()

    def all_findings(self) -> Iterator[Finding]:
        """The findings of this judgement and of all its parts, in order."""
        yield from self.findings
        for part in self.parts:
            yield from part.all_findings()

    def against(self) -> tuple[Finding, ...]:
        """Every requirement that stands in the way, not met or not known: the reasons to tell with a no.

        Of ways of which one is enough all are named, but none if one is met.
        """
        if self.answer == "met":
            return ()
        own = tuple(finding for finding in self.findings if finding.answer != "met")
        return own + tuple(finding for part in self.parts for finding in part.against())


def all_of(answers: Iterable[Answer]) -> Answer:
    """Met if all are; not met if one is not, whatever is unknown. Of nothing: met."""
    found = set(answers)
    return "not_met" if "not_met" in found else "unknown" if "unknown" in found else "met"


def any_of(answers: Iterable[Answer]) -> Answer:
    """Met if one is; not met if none can be. Of nothing: not met."""
    found = set(answers)
    return "met" if "met" in found else "unknown" if "unknown" in found else "not_met"


def answer_of(value: bool | None) -> Answer:
    """Yes, no, or not known."""
    return "unknown" if value is None else "met" if value else "not_met"


def judged(name: str, findings: Iterable[Finding] = (), parts: Iterable[Judgement] = ()) -> Judgement:
    """The judgement that asks for all of these."""
    own, below = tuple(findings), tuple(parts)
    answer = all_of([*(finding.answer for finding in own), *(part.answer for part in below)])
    return Judgement(name, answer, own, below)
