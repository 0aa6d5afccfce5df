"""Which indicators read the points of others, and whether one reads its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scoring.constructs import node_indicators
from scoring.policy import Policy


def with_read(policy: Policy, names: Iterable[str]) -> tuple[str, ...]:
    """The indicators of these names and every one whose points they read, directly or not."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found and name in policy.indicators:
            found[name] = None
            waiting += node_indicators(policy.indicators[name].points)
    return tuple(found)


def cycles(policy: Policy) -> Iterator[tuple[str, ...]]:
    """Every way on which an indicator reads its own points, once, from its first member in the pack."""
    order = list(policy.indicators)
    seen: set[frozenset[str]] = set()
    for name in order:
        cycle = _way_back(policy, name)
        if cycle and frozenset(cycle) not in seen:
            seen.add(frozenset(cycle))
            yield cycle


def _way_back(policy: Policy, start: str) -> tuple[str, ...]:
    """The shortest way from an indicator back to itself; empty if there is none."""
    reached: set[str] = set()
    waiting: list[tuple[str, ...]] = [(start,)]
    while waiting:
        way = waiting.pop(0)
        for name in node_indicators(policy.indicators[way[-1]].points):
            if name == start:
                return (*way, start)
            if name in policy.indicators and name not in reached:
                reached.add(name)
                waiting.append((*way, name))
    return ()
