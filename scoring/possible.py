"""What a line and a total can still become while facts are missing: the least and the most.

What a missing fact earns by rule is settled and stays what it is; a pending line lies between what its parts
can still give. The interval holds every total that is possible; it may be wider than these.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from scoring.bounds import raw_bounds
from scoring.constructs import First, Highest, Lowest, PointsNode, Sum
from scoring.counted import voids_of
from scoring.policy import Policy
from scoring.sanctions import in_effect, waits
from scoring.scalar import Person, Step
from scoring.standing_model import Exclusive
from scoring.totals import LineSet, effective_sets, summed, summed_lines, total_of
from scoring.units import points

Range = tuple[int, int]


def possible(policy: Policy, node: PointsNode, step: Step) -> Range:
    """The least and the most that a node can still earn, in units; `step` is its evaluation."""
    if step.value is not None:
        return step.value, step.value
    low, high = _before_modifiers(policy, node, step)
    if step.applies is None:
        low, high = min(low, 0), max(high, 0)
    floor = None if node.floor is None else points(policy, node.floor)
    cap = None if node.cap is None else points(policy, node.cap)
    return _held(low, floor, cap), _held(high, floor, cap)


def _before_modifiers(policy: Policy, node: PointsNode, step: Step) -> Range:
    """What a construct can give before `when` and limits; known parts narrow it."""
    if step.raw is not None:
        return step.raw, step.raw
    plain = node.times is None and node.round is None and node.whose is None
    if plain and isinstance(node, Sum | Highest | Lowest | First):
        pairs = zip(node.children(), step.children, strict=True)
        parts = [possible(policy, part, each) for part, each in pairs]
        if isinstance(node, First):
            open_ = [
                part for part, each in zip(parts, step.children, strict=True) if each.applies is not False
            ]
            return min(0, *(low for low, _ in open_)), max(0, *(high for _, high in open_))
        join = sum if isinstance(node, Sum) else max if isinstance(node, Highest) else min
        return join(low for low, _ in parts), join(high for _, high in parts)
    bounds = raw_bounds(policy, node)
    return bounds.low, bounds.high


def _held(amount: int, floor: int | None, cap: int | None) -> int:
    low = amount if floor is None else max(amount, floor)
    return low if cap is None else min(low, cap)


def possible_totals(
    policy: Policy,
    service: str,
    person: Person,
    lines: Mapping[str, Range],
    *,
    multiplied: bool | None,
    as_of: date,
) -> Range:
    """The least and the greatest total, from what every line can still earn before it is set aside."""
    found = _counted(policy, service, person, dict(lines), as_of)
    sets, whole = effective_sets(policy, service), frozenset(summed_lines(policy, service))
    ends = [
        summed(
            whole, sets, {name: line[side] for name, line in found.items()}.__getitem__, _sum, LineSet.held
        )
        for side in (0, 1)
    ]
    ways = (True, False) if multiplied is None else (multiplied,)
    totals = [total_of(policy, service, end, way) for end in ends for way in ways]
    known = [total for total in totals if total is not None]
    return min(known), max(known)


def _sum(amounts: list[int]) -> int:
    return sum(amounts)


def _counted(
    policy: Policy, service: str, person: Person, lines: dict[str, Range], as_of: date
) -> dict[str, Range]:
    for rule in voids_of(policy, service).values():
        effect, open_ = in_effect(policy, rule, person, as_of), waits(policy, rule, person, as_of)
        for name in (name for name in rule.indicators or () if name in lines):
            lines[name] = (0, 0) if effect else _or_nothing(lines[name]) if open_ else lines[name]
    for choice in policy.exclusive_of(service):
        names = [name for name in choice.lines if name in lines]
        lines |= _chosen({name: lines[name] for name in names}, choice, person)
    return lines


def _or_nothing(line: Range) -> Range:
    return min(line[0], 0), max(line[1], 0)


def _chosen(lines: dict[str, Range], choice: Exclusive, person: Person) -> dict[str, Range]:
    """What lines that exclude each other can still count."""
    if choice.chosen_by is not None:
        chosen = person.get(choice.chosen_by)
        if chosen is None:
            return {name: _or_nothing(line) for name, line in lines.items()}
        kept = next((one for one in choice.alternatives if str(chosen) in one), ())
        return {name: line if name in kept else (0, 0) for name, line in lines.items()}
    sets = [[name for name in one if name in lines] for one in choice.alternatives]
    sets = [one for one in sets if one]
    if all(low == high for low, high in lines.values()):
        best = max(sets, key=lambda one: sum(lines[name][0] for name in one))
        return {name: line if name in best else (0, 0) for name, line in lines.items()}
    sure = max(sum(lines[name][0] for name in one) for one in sets)
    open_ = [one for one in sets if sum(lines[name][1] for name in one) >= sure]
    possible_lines = {name for one in open_ for name in one}
    alone = len(open_) == 1
    return {
        name: (line if alone else _or_nothing(line)) if name in possible_lines else (0, 0)
        for name, line in lines.items()
    }
