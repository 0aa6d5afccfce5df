"""What a node can earn: least, most, and the step all its values are multiples of. In units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, gcd

from scoring.constructs import (
    Bands,
    First,
    Flag,
    FormulaOf,
    Highest,
    Lookup,
    Lowest,
    Marginal,
    Merge,
    Per,
    PointsNode,
    ScoreOf,
    Sum,
    Table,
    ValueOf,
)
from scoring.formulas import parse
from scoring.policy import Indicator, Policy
from scoring.quotients import Span, extreme, multiplied, operated, quantity_span, scaled, span_of
from scoring.ranking_rule import RankingKey
from scoring.rounding import RoundingMode, divided
from scoring.totals import LineSet, effective_sets, line_sets, marked_lines, summed, summed_lines
from scoring.units import domain_of, points, quantity, quantity_bounds

FEW = 1000
"""So many values are rounded one by one to find their least, greatest and step."""


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
    """What a node can earn after `times` and `round`, of all persons it names, before limits."""
    one = _person_bounds(policy, node)
    if node.whose is None:
        return one
    one = one if node.when is None else one.with_value(0)
    if node.whose == "better":
        return one
    spouse = one.with_value(0)
    both = Bounds(one.low + spouse.low, one.high + spouse.high, one.step)
    return spouse if node.whose == "spouse" else both


def _person_bounds(policy: Policy, node: PointsNode) -> Bounds:
    span = node_span(policy, node)
    if node.round is None:
        return Bounds(int(span.low), int(span.high), span.step // span.least)
    return _rounded(span, node.round.unit(policy.scale), node.round.mode)


def _rounded(span: Span, unit: int, mode: RoundingMode) -> Bounds:
    """What a quotient can be once it is rounded: value by value where there are few of them."""
    if span.is_constant and span.step:
        first, last = (end * span.least / span.step for end in (span.low, span.high))
        if last - first < FEW:
            amounts = (number * span.step for number in range(ceil(first), floor(last) + 1))
            return Bounds.of(divided(amount, span.least * unit, mode) * unit for amount in amounts)
        if span.step % (span.least * unit) == 0:  # nothing is left to round
            return Bounds(int(span.low), int(span.high), span.step // span.least)
    return Bounds(floor(span.low / unit) * unit, ceil(span.high / unit) * unit, unit)


def node_span(policy: Policy, node: PointsNode) -> Span:
    """What the construct times `times` can give, in units, before it is rounded.

    Raises:
        DivisorZero: a divisor of a formula can be 0.
    """
    span = construct_span(policy, node)
    if node.times is None:
        return span
    return multiplied(span, span_of(parse(node.times), lambda name: quantity_bounds(policy, name)))


def construct_span(policy: Policy, node: PointsNode) -> Span:
    """What a node's construct can give before any modifier, in units.

    Raises:
        DivisorZero: a divisor of the formula can be 0.
    """
    if isinstance(node, ValueOf | FormulaOf | Merge):
        return scaled(number_span(policy, node), 10**policy.scale)
    bounds = _whole_bounds(policy, node)
    return quantity_span(bounds.low, bounds.high, 1, bounds.step)


def number_span(policy: Policy, node: ValueOf | FormulaOf | Merge) -> Span:
    """What the number that is the points can be, in points.

    Raises:
        DivisorZero: a divisor of the formula can be 0.
    """
    if isinstance(node, ValueOf):
        return quantity_bounds(policy, node.value)
    if isinstance(node, FormulaOf):
        return span_of(parse(node.formula), lambda name: quantity_bounds(policy, name))
    several = [quantity_bounds(policy, name) for name in node.merge]
    if node.take != "sum":
        return extreme("min" if node.take == "lowest" else "max", several)
    total = several[0]
    for each in several[1:]:
        total = operated("+", total, each)
    return total


def _whole_bounds(policy: Policy, node: PointsNode) -> Bounds:
    if isinstance(node, Flag):
        return Bounds.of((0, points(policy, node.points)))
    if isinstance(node, Lookup):
        return Bounds.of(points(policy, amount) for amount in node.points.values())
    if isinstance(node, Bands):
        return Bounds.of(points(policy, row.points) for row in node.rows)
    if isinstance(node, Per):
        return _per_bounds(policy, node)
    if isinstance(node, Marginal):
        return _marginal_bounds(policy, node)
    if isinstance(node, Table):
        return _table_bounds(policy, node)
    if isinstance(node, ScoreOf):
        return earned_bounds(policy, policy.indicators[node.score])
    assert isinstance(node, Sum | Highest | Lowest | First)
    return _parts_bounds(node, [node_bounds(policy, part) for part in node.parts])


def _parts_bounds(node: Sum | Highest | Lowest | First, parts: Sequence[Bounds]) -> Bounds:
    step = gcd(*(part.step for part in parts))
    lows, highs = [part.low for part in parts], [part.high for part in parts]
    if isinstance(node, Sum):
        return Bounds(sum(lows), sum(highs), step)
    if isinstance(node, Highest):
        return Bounds(max(lows), max(highs), step)
    if isinstance(node, Lowest):
        return Bounds(min(lows), min(highs), step)
    one_of_them = Bounds(min(lows), max(highs), step)
    return one_of_them if node.parts[-1].when is None else one_of_them.with_value(0)


def earned_bounds(policy: Policy, indicator: Indicator) -> Bounds:
    """What an indicator's node can earn, with what the unknown earns: before a deduction's sign."""
    result = node_bounds(policy, indicator.points)
    if indicator.unknown is not None and indicator.unknown.points is not None:
        result = result.with_value(points(policy, indicator.unknown.points))
    return result


def indicator_bounds(policy: Policy, indicator: Indicator) -> Bounds:
    """What a line of the score sheet can be: a deduction counts negative."""
    result = earned_bounds(policy, indicator)
    return Bounds(-result.high, -result.low, result.step) if indicator.kind == "deduction" else result


def all_bounds(policy: Policy) -> dict[str, Bounds]:
    """What every line of the score sheet can be, by indicator."""
    return {name: indicator_bounds(policy, line) for name, line in policy.indicators.items()}


def counted_bounds(policy: Policy, service: str, known: Mapping[str, Bounds]) -> dict[str, Bounds]:
    """What each line of a service can count; one that may be set aside can be 0. `known` are all bounds."""
    aside = {name for rule in policy.sanctions_of(service).values() for name in rule.indicators or ()}
    aside |= {name for choice in policy.exclusive_of(service) for name in choice.lines}
    lines = {name: known[name] for name in policy.indicators_of(service)}
    return {name: line.with_value(0) if name in aside else line for name, line in lines.items()}


def subtotal_bounds(
    policy: Policy, service: str, known: Mapping[str, Bounds], *, deducted: bool = True
) -> Bounds:
    """What the sub-total of a service can be, every limit included; not `deducted`, without deductions."""
    found = counted_bounds(policy, service, known)
    lines = frozenset(summed_lines(policy, service, deducted=deducted))
    if not lines:
        return Bounds(0, 0, 0)
    sets = effective_sets(policy, service, deducted=deducted)
    return summed(lines, sets, found.__getitem__, _added, _held)


def marked_bounds(policy: Policy, service: str, known: Mapping[str, Bounds]) -> list[Bounds]:
    """What can be added to the total at some offers only, by the column that marks them."""
    found, sets = counted_bounds(policy, service, known), effective_sets(policy, service)
    lines = marked_lines(policy, service).values()
    return [summed(own, sets, found.__getitem__, _added, _held) for own in lines]


def key_bounds(policy: Policy, service: str, key: RankingKey, known: Mapping[str, Bounds]) -> Bounds:
    """What the points of a group or an indicator can be that people are ranked by."""
    found = counted_bounds(policy, service, known)
    if key.indicator is not None:
        return found[key.indicator]
    (own,) = (one for one in line_sets(policy, service) if one.key == f"group:{key.group}")
    sets = effective_sets(policy, service)
    before = sets[: sets.index(own)] if own in sets else sets
    return _held(own, summed(own.lines, before, found.__getitem__, _added, _held))


def set_bounds(policy: Policy, service: str, known: Mapping[str, Bounds]) -> Iterator[tuple[LineSet, Bounds]]:
    """Every limited set of a service with the sums that it has to limit."""
    found, sets = counted_bounds(policy, service, known), effective_sets(policy, service)
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


def _marginal_bounds(policy: Policy, node: Marginal) -> Bounds:
    """Least and most lie at the ends of tranches, because inside one the sum goes one way only."""
    domain = domain_of(policy, node.marginal)
    assert domain is not None
    every, total, sums, step = quantity(policy, node.marginal, node.every), 0, [0], 0
    for row in node.rows:
        start = quantity(policy, node.marginal, row.start)
        end = domain.maximum if row.below is None else quantity(policy, node.marginal, row.below)
        rate = points(policy, row.points)
        total += max(min(end, domain.maximum) - start, 0) // every * rate
        sums.append(total)
        step = gcd(step, rate)
    return Bounds(min(sums), max(sums), step)


def _table_bounds(policy: Policy, node: Table) -> Bounds:
    amounts = [points(policy, row.points) for row in node.rows]
    otherwise = [] if node.otherwise is None else [points(policy, node.otherwise)]
    found = Bounds.of([*amounts, *otherwise])
    if node.hit != "sum":
        return found
    least, most = sum(min(amount, 0) for amount in amounts), sum(max(amount, 0) for amount in amounts)
    return Bounds(min([least, *otherwise]), max([most, *otherwise]), found.step)
