"""One person's points, step by step: the definition that the columns must equal bit for bit.

A person is a mapping from fact names to stored values (units, members, dates, booleans; None is
unknown), as one row of the facts frame holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scoring.conditions import AllOf, AnyOf, Compare, Condition, Truth
from scoring.constructs import Bands, Flag, Highest, Lookup, Per, PointsNode, Sum, Title
from scoring.policy import Policy
from scoring.units import constants, domain_of, points, quantity
from values.points import to_text

Stored = int | bool | str | date | None
Person = Mapping[str, Stored]


@dataclass(frozen=True)
class Shown:
    """A fact as it is shown to people: `value_text` is None if it is unknown."""

    name: str
    title: Title
    value_text: Title | None


@dataclass(frozen=True)
class Step:
    """How one node came to its value. `value`, `raw`, `cap` and `floor` are in units; None is unknown.

    `arithmetic` holds the figures of the construct as text: `quantity, every, over, times, points`
    (per), `quantity, row_from, row_below, points` (bands), `member, points` (lookup), `points` (flag).
    """

    construct: str
    title: Title | None
    cite: str | None
    value: int | None
    raw: int | None
    facts: tuple[Shown, ...]
    arithmetic: dict[str, str]
    cap: int | None
    floor: int | None
    limited: Literal["cap", "floor"] | None
    unknown_cite: str | None
    children: tuple[Step, ...]


def truth_of(policy: Policy, condition: Condition, person: Person) -> Truth:
    """True, False or None (unknown), by Kleene's tables."""
    if isinstance(condition, str):
        value = person.get(condition)
        return None if value is None else bool(value)
    if isinstance(condition, Compare):
        return _compare(policy, condition, person)
    if isinstance(condition, AllOf):
        truths = [truth_of(policy, part, person) for part in condition.parts]
        return False if False in truths else None if None in truths else True
    if isinstance(condition, AnyOf):
        truths = [truth_of(policy, part, person) for part in condition.parts]
        return True if True in truths else None if None in truths else False
    inner = truth_of(policy, condition.part, person)
    return None if inner is None else not inner


def evaluate(policy: Policy, node: PointsNode, person: Person) -> Step:
    """The node's value for one person with everything that led to it."""
    children = tuple(evaluate(policy, part, person) for part in node.children())
    raw, arithmetic = _construct(policy, node, person, children)
    value = raw
    if node.when is not None:
        holds = truth_of(policy, node.when, person)
        value = raw if holds else 0 if holds is False else None
    cap = None if node.cap is None else points(policy, node.cap)
    floor = None if node.floor is None else points(policy, node.floor)
    value, limited = _limit(value, floor, cap)
    unknown_cite = None
    if value is None and node.unknown is not None:
        value, unknown_cite = points(policy, node.unknown.points), node.unknown.cite
    shown = tuple(shown_fact(policy, name, person) for name in dict.fromkeys(node.own_facts()))
    title, cite = node.title, node.cite
    return Step(
        node.construct_name,
        title,
        cite,
        value,
        raw,
        shown,
        arithmetic,
        cap,
        floor,
        limited,
        unknown_cite,
        children,
    )


def shown_fact(policy: Policy, name: str, person: Person) -> Shown:
    """A fact's title and value as text in both languages."""
    fact = policy.facts.get(name) or policy.derived[name]
    title, value = fact.title, person.get(name)
    if value is None:
        return Shown(name, title, None)
    domain = domain_of(policy, name)
    if fact.members and isinstance(value, str):
        return Shown(name, title, fact.members[value])
    if isinstance(value, bool):
        return Shown(name, title, Title(zh="是" if value else "否", en="yes" if value else "no"))
    text = to_text(value, domain.decimals if domain else 0) if isinstance(value, int) else str(value)
    return Shown(name, title, Title(zh=text, en=text))


def _limit(
    value: int | None, floor: int | None, cap: int | None
) -> tuple[int | None, Literal["cap", "floor"] | None]:
    if value is None:
        return None, None
    if floor is not None and value < floor:
        return floor, "floor"
    if cap is not None and value > cap:
        return cap, "cap"
    return value, None


def _construct(
    policy: Policy, node: PointsNode, person: Person, children: tuple[Step, ...]
) -> tuple[int | None, dict[str, str]]:
    if isinstance(node, Flag):
        amount = points(policy, node.points)
        holds = truth_of(policy, node.flag, person)
        return (None if holds is None else amount * holds), {"points": to_text(amount, policy.scale)}
    if isinstance(node, Lookup):
        return _lookup(policy, node, person)
    if isinstance(node, Bands):
        return _bands(policy, node, person)
    if isinstance(node, Per):
        return _per(policy, node, person)
    known = [child.value for child in children if child.value is not None]
    if len(known) < len(children):
        return None, {}
    assert isinstance(node, Sum | Highest)
    return (sum(known) if isinstance(node, Sum) else max(known)), {}


def _lookup(policy: Policy, node: Lookup, person: Person) -> tuple[int | None, dict[str, str]]:
    member = person.get(node.lookup)
    if member is None:
        return None, {}
    amount = points(policy, node.points[str(member)])
    return amount, {"member": str(member), "points": to_text(amount, policy.scale)}


def _bands(policy: Policy, node: Bands, person: Person) -> tuple[int | None, dict[str, str]]:
    value = person.get(node.bands)
    if value is None:
        return None, {}
    assert isinstance(value, int)
    row = next(row for row in reversed(node.rows) if value >= quantity(policy, node.bands, row.start))
    amount = points(policy, row.points)
    figures = {"quantity": _quantity_text(policy, node.bands, value), "row_from": str(row.start)}
    figures |= {
        "row_below": "" if row.below is None else str(row.below),
        "points": to_text(amount, policy.scale),
    }
    return amount, figures


def _per(policy: Policy, node: Per, person: Person) -> tuple[int | None, dict[str, str]]:
    value = person.get(node.per)
    if value is None:
        return None, {}
    assert isinstance(value, int)
    every, over = quantity(policy, node.per, node.every), quantity(policy, node.per, node.over)
    amount = points(policy, node.points)
    times = max(value - over, 0) // every
    figures = {
        "quantity": _quantity_text(policy, node.per, value),
        "every": str(node.every),
        "over": str(node.over),
    }
    figures |= {"times": str(times), "points": to_text(amount, policy.scale)}
    return times * amount, figures


def _quantity_text(policy: Policy, fact: str, value: int) -> str:
    domain = domain_of(policy, fact)
    return to_text(value, domain.decimals if domain else 0)


def _compare(policy: Policy, compare: Compare, person: Person) -> Truth:
    value, others = person.get(compare.fact), constants(policy, compare)
    if value is None:
        return None
    if compare.operator in ("is", "in"):
        return value in others
    if isinstance(value, date):
        return _ordered_dates(compare.operator, value, others[0])
    assert isinstance(value, int)
    low, high = int(str(others[0])), int(str(others[-1]))
    match compare.operator:
        case "at_least":
            return value >= low
        case "at_most":
            return value <= low
        case "more_than":
            return value > low
        case "less_than":
            return value < low
        case _:
            return low <= value <= high


def _ordered_dates(operator: str, value: date, other: int | bool | str | date) -> bool:
    assert isinstance(other, date)
    match operator:
        case "at_least":
            return value >= other
        case "at_most":
            return value <= other
        case "more_than":
            return value > other
        case _:
            return value < other
