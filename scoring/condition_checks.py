"""Load checks of conditions: names that exist, operators and constants that fit their facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from scoring.conditions import PERSON, AllOf, AnyOf, Compare, ComparePoints, Condition, Known, Not, Value
from scoring.quotients import INT64
from scoring.units import Domain, common_unit, domain_of
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker


def check_condition(checker: Checker, condition: Condition, path: Path) -> None:
    """Report everything that is wrong with a condition."""
    if isinstance(condition, str):
        checker.expect(condition, "boolean", path)
    elif isinstance(condition, Known):
        checker.expect(condition.known, "any", (*path, "known"))
    elif isinstance(condition, Compare):
        _check_compare(checker, condition, path)
    elif isinstance(condition, ComparePoints):
        check_indicator(checker, condition.indicator, (*path, "indicator"))
        for value in condition.constants:
            checker.exact_points(value, (*path, condition.operator))
        _check_between(checker, condition, path)
    elif isinstance(condition, Not):
        check_condition(checker, condition.part, (*path, "not"))
    else:
        assert isinstance(condition, AllOf | AnyOf)
        key = "all" if isinstance(condition, AllOf) else "any"
        for index, part in enumerate(condition.parts):
            check_condition(checker, part, (*path, key, index))


def _check_between(checker: Checker, compare: Compare | ComparePoints, path: Path) -> None:
    """Report ends between which nothing lies."""
    low, high = compare.constants if compare.operator == "between" else (Decimal(0), Decimal(0))
    if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
        checker.report("between_nothing", (*path, "between"), low=low, high=high)


def check_indicator(checker: Checker, name: str, path: Path) -> None:
    """Report an indicator that does not exist."""
    if name not in checker.policy.indicators:
        checker.report("unknown_indicator", path, indicator=name)


def _check_compare(checker: Checker, compare: Compare, path: Path) -> None:
    domain = checker.expect(compare.fact, "any", (*path, "fact"))
    if domain is None:
        return
    ordered = compare.operator not in ("is", "in")
    if (ordered and domain.type in ("choice", "boolean")) or (
        compare.operator == "in" and domain.type != "choice"
    ):
        checker.report("operator", path, operator=compare.operator, fact=compare.fact, type=domain.type)
        return
    if compare.other is not None:
        key = "person" if compare.other.startswith(PERSON) else "fact"
        _check_other(checker, compare, domain, (*path, compare.operator, key))
    for value in compare.constants:
        check_constant(checker, compare.fact, value, domain, (*path, compare.operator))
    _check_between(checker, compare, path)


def _check_other(checker: Checker, compare: Compare, domain: Domain, path: Path) -> None:
    name = compare.other
    assert name is not None
    if name.startswith(PERSON) and domain_of(checker.policy, name) is None:
        checker.report("person_outside_rows", path, fact=name.removeprefix(PERSON))
        return
    other = checker.expect(name, "any", path)
    if other is None:
        return
    if name == compare.fact:
        checker.report("compared_with_itself", path, fact=name)
    elif other.type != domain.type and not (other.is_quantity and domain.is_quantity):
        checker.report(
            "compared_types", path, fact=compare.fact, type=domain.type, other=name, kind=other.type
        )
    elif domain.is_quantity:
        units = common_unit(checker.policy, (compare.fact, name))
        most = max(
            max(-each.minimum, each.maximum) * unit for each, unit in zip((domain, other), units, strict=True)
        )
        if most >= INT64:
            checker.report("overflow", path, most=most)


def check_constant(checker: Checker, fact: str, value: Value, domain: Domain, path: Path) -> None:
    """Report a constant that the fact can never equal or be compared with."""
    fits: dict[str, Callable[[], bool]] = {
        "choice": lambda: isinstance(value, str) and value in domain.members,
        "boolean": lambda: isinstance(value, bool),
        "date": lambda: isinstance(value, date),
    }
    if domain.is_quantity:
        if not isinstance(value, Decimal):
            checker.report("constant", path, fact=fact, value=value, type=domain.type)
        else:
            checker.exact_quantity(fact, value, path)
    elif not fits[domain.type]():
        checker.report("constant", path, fact=fact, value=value, type=domain.type)
