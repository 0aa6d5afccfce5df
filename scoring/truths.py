"""Whether a condition holds for one person, with three truth values: the definition of the columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from scoring.conditions import AllOf, AnyOf, Compare, ComparePoints, Condition, Known, Truth, Value
from scoring.policy import Policy
from scoring.units import common_unit, constants, domain_of, points_constants

Stored = int | bool | str | date | None
"""A stored value: units, a member, a date, a boolean; None is unknown."""


def truth_by(
    policy: Policy, condition: Condition, fact: Callable[[str], Stored], line: Callable[[str], int | None]
) -> Truth:
    """True, False or None (unknown), by Kleene's tables.

    `fact` gives a fact's stored value, `line` the points of another indicator in units.
    """
    if isinstance(condition, str):
        value = fact(condition)
        return None if value is None else bool(value)
    if isinstance(condition, Known):
        return fact(condition.known) is not None
    if isinstance(condition, Compare):
        return _compare(policy, condition, fact)
    if isinstance(condition, ComparePoints):
        earned = line(condition.indicator)
        return (
            None
            if earned is None
            else _holds(condition.operator, earned, points_constants(policy, condition))
        )
    if isinstance(condition, AllOf):
        truths = [truth_by(policy, part, fact, line) for part in condition.parts]
        return False if False in truths else None if None in truths else True
    if isinstance(condition, AnyOf):
        truths = [truth_by(policy, part, fact, line) for part in condition.parts]
        return True if True in truths else None if None in truths else False
    inner = truth_by(policy, condition.part, fact, line)
    return None if inner is None else not inner


def _compare(policy: Policy, compare: Compare, fact: Callable[[str], Stored]) -> Truth:
    value = fact(compare.fact)
    if value is None:
        return None
    if compare.other is None:
        return _holds(compare.operator, value, constants(policy, compare))
    other = fact(compare.other)
    if other is None:
        return None
    domain = domain_of(policy, compare.fact)
    if domain is None or not domain.is_quantity:
        return _holds(compare.operator, value, (other,))
    one, two = common_unit(policy, (compare.fact, compare.other))
    assert isinstance(value, int)
    assert isinstance(other, int)
    return _holds(compare.operator, value * one, (other * two,))


def _holds(operator: str, value: Stored, others: tuple[Value | int, ...]) -> bool:
    found: Any = value
    limits: tuple[Any, ...] = others
    match operator:
        case "is" | "in":
            return found in limits
        case "at_least":
            return bool(found >= limits[0])
        case "at_most":
            return bool(found <= limits[0])
        case "more_than":
            return bool(found > limits[0])
        case "less_than":
            return bool(found < limits[0])
        case _:
            return bool(limits[0] <= found <= limits[1])
