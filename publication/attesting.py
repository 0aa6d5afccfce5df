"""Who attests what a score line reads, through every fact that its facts are computed from."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.constructs import Title
from scoring.explain import Explanation
from scoring.facts import with_sources
from scoring.policy import Policy
from scoring.reading import plain_name
from scoring.scalar import Step

Bodies = dict[str, tuple[Title, ...]]
"""Attesting bodies by indicator, each once, in the policy's order."""


def attesting_bodies(explanation: Explanation, policy: Policy) -> Bodies:
    """The bodies behind every line of a sheet. A line that only reads registers of its own has none."""
    return {line.indicator: _bodies(line.step, policy) for line in explanation.lines}


def _bodies(step: Step, policy: Policy) -> tuple[Title, ...]:
    read = with_sources(policy, {plain_name(name) for name in _names(step)})
    found = {fact.attested_by.zh: fact.attested_by for name, fact in policy.facts.items() if name in read}
    return tuple(found.values())


def _names(step: Step) -> Iterator[str]:
    yield from (fact.name for fact in step.facts)
    for part in step.children:
        yield from _names(part)
