"""Conditions that say nothing: comparisons that no value within a fact's limits meets, or every one does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scoring.aggregates import row_scope
from scoring.bounds import earned_bounds
from scoring.conditions import AllOf, AnyOf, Compare, ComparePoints, Condition, Not, parts_of
from scoring.constructs import Flag, walk
from scoring.policy import Policy, Service
from scoring.units import common_unit, constants, domain_of, points_constants
from values.problems import Problem
from values.yaml_marks import Document, Path

Ends = tuple[int, int]


def condition_notices(policy: Policy, document: Document) -> Iterator[Problem]:
    """A notice for every comparison that can never hold, or that always holds where its fact is known."""
    found: dict[Problem, None] = {}
    for scope, condition, path in _conditions(policy):
        for compare, place in _comparisons(condition, path):
            verdict = _verdict(scope, compare)
            if verdict is not None:
                named = compare.fact if isinstance(compare, Compare) else compare.indicator
                found[Problem.of(f"pack.condition_{verdict}", document.place(place), name=named)] = None
    yield from found  # services on a common base share their conditions


def _conditions(policy: Policy) -> Iterator[tuple[Policy, Condition, Path]]:
    """Every condition of a policy, with the policy whose facts it reads."""
    for name, indicator in policy.indicators.items():
        for path, node in walk(indicator.points, ("indicators", name, "points")):
            if node.when is not None:
                yield policy, node.when, (*path, "when")
            if isinstance(node, Flag):
                yield policy, node.flag, (*path, "flag")
    for name, sanction in policy.sanctions.items():
        yield policy, sanction.when, ("sanctions", name, "when")
    for name, rule in policy.derived.items():
        if rule.from_table is not None and rule.row_condition is not None:
            scope = row_scope(policy, policy.tables[rule.from_table])
            yield scope, rule.row_condition, ("derived", name, "where")
    for name, service in policy.services.items():
        yield from ((policy, *found) for found in _of_service(service, ("services", name)))


def _of_service(service: Service, path: Path) -> Iterator[tuple[Condition, Path]]:
    for name, criterion in service.criteria.items():
        yield criterion.require, (*path, "criteria", name, "require")
    if service.multiplier is not None:
        yield service.multiplier.when, (*path, "multiplier", "when")
    for number, each in enumerate(service.ranking.classes):
        yield each.when, (*path, "ranking", "classes", number, "when")
    for n, accepted in enumerate(service.allocation.accepts or ()):
        yield accepted.people, (*path, "allocation", "accepts", n, "for")
    for at, stage in enumerate(service.allocation.stages):
        place: Path = (*path, "allocation", "stages", at)
        groups = [
            ((*place, key, n, "for"), group.people)
            for key in ("pools", "ceilings", "bands_for")
            for n, group in enumerate(getattr(stage, key) or ())
        ]
        groups += [((*place, "tiers", "for"), stage.choices_first.people)] if stage.choices_first else []
        yield from ((people, where) for where, people in groups if people is not None)


def _comparisons(condition: Condition, path: Path) -> Iterator[tuple[Compare | ComparePoints, Path]]:
    if isinstance(condition, Compare | ComparePoints):
        yield condition, (*path, condition.operator)
    elif isinstance(condition, Not):
        yield from _comparisons(condition.part, (*path, "not"))
    elif isinstance(condition, AllOf | AnyOf):
        key = "all" if isinstance(condition, AllOf) else "any"
        for number, part in enumerate(parts_of(condition)):
            yield from _comparisons(part, (*path, key, number))


def _verdict(policy: Policy, compare: Compare | ComparePoints) -> Literal["never", "always"] | None:
    found = _ends(policy, compare)
    if found is None:
        return None
    (low, high), (least, most) = found
    never, always = {
        "at_least": (high < least, low >= most),
        "more_than": (high <= least, low > most),
        "at_most": (low > most, high <= least),
        "less_than": (low >= most, high < least),
        "is": (high < least or low > most, low == high == least == most),
        "between": (high < least or low > most, least <= low and high <= most),
    }[compare.operator]
    return "never" if never else "always" if always else None


def _ends(policy: Policy, compare: Compare | ComparePoints) -> tuple[Ends, Ends] | None:
    """The least and the greatest of both sides in one unit; None if these are no quantities."""
    if isinstance(compare, ComparePoints):
        bounds = earned_bounds(policy, policy.indicators[compare.indicator])
        limits = points_constants(policy, compare)
        return (bounds.low, bounds.high), (limits[0], limits[-1])
    domain = domain_of(policy, compare.fact)
    if domain is None or not domain.is_quantity:
        return None
    own = domain.minimum, domain.maximum
    if compare.other is None:
        given = [value for value in constants(policy, compare) if isinstance(value, int)]
        return own, (given[0], given[-1])
    other = domain_of(policy, compare.other)
    assert other is not None
    one, two = common_unit(policy, (compare.fact, compare.other))
    return (own[0] * one, own[1] * one), (other.minimum * two, other.maximum * two)
