"""Numbers of a pack as exact integers: points in 10^-scale, quantities in the unit of their fact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import ceil, floor
from typing import Literal

from scoring.conditions import Compare, ComparePoints, Value
from scoring.fact_model import DerivedFact, TableColumn
from scoring.formulas import names_in, parse
from scoring.policy import Policy
from scoring.quotients import DivisorZero, Span, quantity_span, span_of
from values.points import to_units


@dataclass(frozen=True)
class Domain:
    """What values a fact may have: its stored type, and for quantities the limits in stored units."""

    type: Literal["choice", "integer", "decimal", "boolean", "date"]
    decimals: int = 0
    minimum: int = 0
    maximum: int = 0
    members: tuple[str, ...] = ()

    @property
    def is_quantity(self) -> bool:
        """Whether the fact can be counted and compared as a number."""
        return self.type in ("integer", "decimal")


def domain_of(policy: Policy, name: str) -> Domain | None:
    """The domain of a declared or derived fact; None if no such fact is declared."""
    derived = policy.derived.get(name)
    if derived is not None and derived.members is not None:
        return Domain("choice", members=tuple(derived.members))
    if derived is not None:
        if name not in policy.worked_out:
            policy.worked_out[name] = _derived_domain(policy, name, derived)
        domain: Domain = policy.worked_out[name]
        return domain
    fact = policy.facts.get(name)
    if fact is None:
        return None
    unit = 10**fact.decimals
    low, high = (fact.minimum or 0) * unit, (fact.maximum or 0) * unit
    return Domain(fact.type, fact.decimals, low, high, tuple(fact.members or ()))


def circle(policy: Policy, name: str) -> tuple[str, ...]:
    """The way on which a computed fact reads itself; empty if it does not."""
    waiting: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = set()
    while waiting:
        way = waiting.pop(0)
        rule = policy.derived.get(way[-1])
        for source in () if rule is None else rule.sources:
            if source == name:
                return (*way, name)
            if source not in seen:
                seen.add(source)
                waiting.append((*way, source))
    return ()


def _formula_domain(policy: Policy, name: str, rule: DerivedFact) -> Domain:
    """The limits of a formula; of one that the load check refuses, any."""
    kind: Literal["decimal", "integer"] = "decimal" if rule.decimals else "integer"
    names = names_in(parse(rule.formula or ""))
    if circle(policy, name) or not all(_is_quantity(policy, each) for each in names):
        return Domain(kind, rule.decimals, 0, rule.maximum)
    try:
        span = span_of(parse(rule.formula or ""), lambda each: quantity_bounds(policy, each))
    except DivisorZero:
        return Domain(kind, rule.decimals, 0, rule.maximum)
    unit = 10**rule.decimals
    return Domain(kind, rule.decimals, floor(span.low * unit), ceil(span.high * unit))


def _is_quantity(policy: Policy, name: str) -> bool:
    domain = domain_of(policy, name)
    return domain is not None and domain.is_quantity


def _derived_domain(policy: Policy, name: str, rule: DerivedFact) -> Domain:
    if rule.formula is not None:
        return _formula_domain(policy, name, rule)
    if rule.is_day:
        return Domain("date")
    if rule.each is not None:
        return _row_domain(policy, rule)
    table = policy.tables.get(rule.from_table or "")
    column = None if table is None else table.columns.get(rule.column or "")
    if column is None or rule.take == "count":
        return Domain("integer", maximum=rule.maximum)
    unit = 10**column.decimals
    low, high = (column.minimum or 0) * unit, (column.maximum or 0) * unit
    if rule.take == "sum":
        low, high = -rule.maximum * unit if low < 0 else 0, rule.maximum * unit
    elif rule.take == "mean":
        unit = 10**rule.decimals
        low, high = (column.minimum or 0) * unit, (column.maximum or 0) * unit
    if rule.empty == 0:
        low, high = min(low, 0), max(high, 0)
    decimals = rule.decimals if rule.take == "mean" else column.decimals
    return Domain("decimal" if decimals else "integer", decimals, low, high)


def quantity_span_of_column(column: TableColumn) -> Span:
    """What a number in a column of a table can be."""
    unit = 10**column.decimals
    return quantity_span((column.minimum or 0) * unit, (column.maximum or 0) * unit, unit)


def row_span(policy: Policy, rule: DerivedFact) -> Span | None:
    """What the formula of a row can give; None of one that the load check refuses."""
    table, tree = policy.tables.get(rule.from_table or ""), parse(rule.each.formula if rule.each else "0")
    spans: dict[str, Span] = {}
    for name in names_in(tree):
        column = None if table is None else table.columns.get(name)
        if column is None or column.minimum is None or column.maximum is None:
            return None
        spans[name] = quantity_span_of_column(column)
    try:
        return span_of(tree, spans.__getitem__)
    except DivisorZero:
        return None


def _row_domain(policy: Policy, rule: DerivedFact) -> Domain:
    """The limits of what is made of the formulas of rows."""
    kind: Literal["decimal", "integer"] = "decimal" if rule.decimals else "integer"
    span, unit = row_span(policy, rule), 10**rule.decimals
    if span is None:
        return Domain(kind, rule.decimals, 0, rule.maximum * unit)
    if rule.take == "sum":
        return Domain(kind, rule.decimals, -rule.maximum * unit if span.low < 0 else 0, rule.maximum * unit)
    low, high = floor(span.low) * unit, ceil(span.high) * unit
    return Domain(kind, rule.decimals, min(low, 0), max(high, 0))


def points(policy: Policy, amount: Decimal) -> int:
    """Points in units of 10^-scale. Raises BadInput `points.inexact`."""
    return _constant(amount, policy.scale)


def quantity(policy: Policy, fact: str, amount: Decimal) -> int:
    """A constant in the stored unit of the fact it is compared with. Raises BadInput `points.inexact`."""
    domain = domain_of(policy, fact)
    return _constant(amount, domain.decimals if domain else 0)


@cache
def _constant(amount: Decimal, decimals: int) -> int:
    """A pack names the same few constants again and again, for every person explained."""
    return to_units(amount, decimals)


def constants(policy: Policy, compare: Compare) -> tuple[int | bool | str | date, ...]:
    """The constants of a comparison as stored values: units for quantities, members for choices."""
    return tuple(_stored(policy, compare.fact, value) for value in compare.constants)


def points_constants(policy: Policy, compare: ComparePoints) -> tuple[int, ...]:
    """The constants that an indicator's points are compared with, in units."""
    return tuple(points(policy, value) for value in compare.constants)


def common_unit(policy: Policy, names: tuple[str, ...]) -> tuple[int, ...]:
    """What each quantity is multiplied by so that all are in the finest unit among them."""
    domains = [domain_of(policy, name) for name in names]
    places = [0 if domain is None else domain.decimals for domain in domains]
    return tuple(10 ** (max(places) - each) for each in places)


def quantity_of(policy: Policy, fact: str, stored: int) -> Fraction:
    """A stored quantity as the number it stands for."""
    domain = domain_of(policy, fact)
    return Fraction(stored, 10 ** (domain.decimals if domain else 0))


def quantity_bounds(policy: Policy, fact: str) -> Span:
    """What a quantity can be."""
    domain = domain_of(policy, fact)
    assert domain is not None
    return quantity_span(domain.minimum, domain.maximum, 10**domain.decimals)


def factor(amount: Decimal) -> tuple[int, int]:
    """A multiplier as numerator and denominator in lowest terms: 1.3 -> (13, 10)."""
    return Decimal(amount).as_integer_ratio()


def cell_value(policy: Policy, fact: str, value: Value) -> int | bool | str | date:
    """A value in a table's row as the fact stores it."""
    return _stored(policy, fact, value)


def _stored(policy: Policy, fact: str, value: Value) -> int | bool | str | date:
    if isinstance(value, Decimal):
        return quantity(policy, fact, value)
    return value
