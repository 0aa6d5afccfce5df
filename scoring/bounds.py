"""What a node can earn: least, most, and the step all its values are multiples of. In units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import gcd

from scoring.constructs import Bands, Flag, Highest, Lookup, Per, PointsNode, Sum
from scoring.policy import Indicator, Policy
from scoring.totals import LineSet, effective_sets, summed
from scoring.units import domain_of, points, quantity


@dataclass(frozen=True)
class Bounds:
    """Every possible value lies in [low, high] and is a multiple of `step` (0: only the value 0)."""

    low: int
    high: int
    step: int

    @staticmethod
    def of(values: Iterable[int]) -> Bounds:
        """Bounds of finitely many values."""
        known = tuple(values)
        return Bounds(min(known), max(known), gcd(*known))

    def with_value(self, value: int) -> Bounds:
        """Bounds that allow one more value."""
        return Bounds(min(self.low, value), max(self.high, value), gcd(self.step, value))

    def limited(self, low: int | None, high: int | None) -> Bounds:
        """Bounds after a floor and a cap."""
        result = self
        if low is not None and low > self.low:
            result = Bounds(low, max(result.high, low), gcd(result.step, low))
        if high is not None and high < self.high:
            result = Bounds(min(result.low, high), high, gcd(result.step, high))
        return result


def node_bounds(policy: Policy, node: PointsNode) -> Bounds:
    """What a node can earn, all modifiers included."""
    result = raw_bounds(policy, node)
    if node.when is not None:
        result = result.with_value(0)
    low = None if node.floor is None else points(policy, node.floor)
    high = None if node.cap is None else points(policy, node.cap)
    result = result.limited(low, high)
    return result if node.unknown is None else result.with_value(points(policy, node.unknown.points))


def raw_bounds(policy: Policy, node: PointsNode) -> Bounds:
    """What a node's construct can earn before its modifiers."""
    if isinstance(node, Flag):
        return Bounds.of((0, points(policy, node.points)))
    if isinstance(node, Lookup):
        return Bounds.of(points(policy, amount) for amount in node.points.values())
    if isinstance(node, Bands):
        return Bounds.of(points(policy, row.points) for row in node.rows)
    if isinstance(node, Per):
        return _per_bounds(policy, node)
    parts = [node_bounds(policy, part) for part in node.parts]
    step = gcd(*(part.step for part in parts))
    if isinstance(node, Sum):
        return Bounds(sum(part.low for part in parts), sum(part.high for part in parts), step)
    assert isinstance(node, Highest)
    return Bounds(max(part.low for part in parts), max(part.high for part in parts), step)


def indicator_bounds(policy: Policy, indicator: Indicator) -> Bounds:
    """What a line of the score sheet can hold; a deduction's line is negative."""
    result = node_bounds(policy, indicator.points)
    if indicator.unknown is not None and indicator.unknown.points is not None:
        result = result.with_value(points(policy, indicator.unknown.points))
    return Bounds(-result.high, -result.low, result.step) if indicator.kind == "deduction" else result


def counted_bounds(policy: Policy, service: str) -> dict[str, Bounds]:
    """What each line of a service can count; a line that may be set aside can be 0."""
    aside = {name for rule in policy.sanctions_of(service).values() for name in rule.indicators or ()}
    aside |= {name for choice in policy.exclusive_of(service) for name in choice.of}
    lines = {name: indicator_bounds(policy, line) for name, line in policy.indicators_of(service).items()}
    return {name: line.with_value(0) if name in aside else line for name, line in lines.items()}


def subtotal_bounds(policy: Policy, service: str) -> Bounds:
    """What the sub-total of a service can be, every limit included."""
    found = counted_bounds(policy, service)
    if not found:
        return Bounds(0, 0, 0)
    return summed(frozenset(found), effective_sets(policy, service), found.__getitem__, _added, _held)


def set_bounds(policy: Policy, service: str) -> Iterator[tuple[LineSet, Bounds]]:
    """Every limited set of a service with the sums that it has to limit."""
    found, sets = counted_bounds(policy, service), effective_sets(policy, service)
    for index, one in enumerate(sets):
        if one.is_limited:
            yield one, summed(one.lines, sets[:index], found.__getitem__, _added, _held)


def _held(one: LineSet, amount: Bounds) -> Bounds:
    return amount.limited(one.floor, one.cap)


def _added(parts: list[Bounds]) -> Bounds:
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    return Bounds(low, high, gcd(*(part.step for part in parts)))


def _per_bounds(policy: Policy, node: Per) -> Bounds:
    domain = domain_of(policy, node.per)
    assert domain is not None
    every, over = quantity(policy, node.per, node.every), quantity(policy, node.per, node.over)
    rate = points(policy, node.points)
    least, most = (max(limit - over, 0) // every for limit in (domain.minimum, domain.maximum))
    low, high = sorted((least * rate, most * rate))
    return Bounds(low, high, abs(rate) if high != low else gcd(low, high))
