"""Load checks of computed facts and of the long tables they read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scoring.conditions import facts_of
from scoring.fact_model import DerivedFact, Table
from scoring.formulas import names_of, parse
from scoring.months_checks import check_department_fact, check_given_day, check_months
from scoring.node_checks import check_formula
from scoring.policy import Policy
from scoring.quotients import INT64, scaled, span_of
from scoring.row_checks import check_row_condition, check_row_formula
from scoring.units import circle, quantity_bounds
from values.anchors import ANCHORS
from values.problems import Problem
from values.yaml_marks import Document, Path

if TYPE_CHECKING:
    from scoring.checks import Checker


def check_facts(checker: Checker) -> None:
    """Report everything that is wrong with dates of evidence, long tables and computed facts."""
    for name, fact in checker.policy.facts.items():
        if fact.valid_for is not None:
            place: Path = ("facts", name, "valid_for")
            check_given_day(checker, fact.valid_for.dated_by, (*place, "dated_by"))
            check_given_day(checker, fact.valid_for.as_of, (*place, "as_of"))
    _check_tables(checker)
    for name, derived in checker.policy.derived.items():
        path: Path = ("derived", name)
        if name in checker.policy.facts:
            checker.report("fact_twice", path, fact=name)
        if derived.elapsed is not None:
            unit, since = derived.elapsed
            checker.expect(since, "date", (*path, f"{unit}_since"))
            _check_day(checker, derived.as_of, (*path, "as_of"))
        elif derived.months_in is not None:
            check_months(checker, derived, path)
        elif derived.residence is not None:
            check_department_fact(checker, derived, path)
        elif derived.formula is not None:
            _check_formula(checker, name, derived, path)
        else:
            _check_aggregate(checker, derived, path)


def _check_formula(checker: Checker, name: str, rule: DerivedFact, path: Path) -> None:
    """Its facts are quantities, it reads no circle, and its value is whole or rounded and fits."""
    way, place = circle(checker.policy, name), (*path, "formula")
    if way:
        checker.report("derived_circle", place, circle=" → ".join(way))
    elif check_formula(checker, rule.formula or "", place):
        policy, unit = checker.policy, 10**rule.decimals
        span = scaled(span_of(parse(rule.formula or ""), lambda fact: quantity_bounds(policy, fact)), unit)
        if 2 * span.peak >= INT64:
            checker.report("formula_overflow", place, most=span.peak)
        elif rule.round is None and not span.is_whole(1):
            checker.report("round_missing", place, scale=rule.decimals)


def _check_day(checker: Checker, day: object, path: Path) -> None:
    if isinstance(day, str) and day not in ANCHORS:
        checker.expect(day, "date", path)


def _check_tables(checker: Checker) -> None:
    policy = checker.policy
    for name, table in policy.tables.items():
        path: Path = ("tables", name)
        if name in policy.ledgers:
            checker.report("table_and_ledger", path, name=name)
        rules = [rule for rule in policy.derived.values() if rule.from_table == name]
        if not rules:
            checker.report("unused_table", path, table=name)
        for column in table.columns:
            checker.check_name(column, (*path, "columns", column))


def table_notices(policy: Policy, document: Document) -> Iterator[Problem]:
    """Columns of long tables that no fact reads: people would fill them in for nothing."""
    for name, table in policy.tables.items():
        rules = [rule for rule in policy.derived.values() if rule.from_table == name]
        read = {column for rule in rules for column in (rule.column, rule.dated_by)}
        read |= {fact for rule in rules if rule.row_condition for fact in facts_of(rule.row_condition)}
        read |= {name for rule in rules if rule.each for name in names_of(rule.each.formula)}
        for column in (column for column in table.columns if column not in read):
            place = document.place(("tables", name, "columns", column))
            yield Problem.of("pack.unused_column", place, table=name, column=column)


def _check_aggregate(checker: Checker, rule: DerivedFact, path: Path) -> None:
    table = checker.policy.tables.get(rule.from_table or "")
    if rule.cite is None:
        checker.report("uncited", path, rule=".".join(map(str, path)))
    if table is None:
        checker.report("unknown_table", (*path, "from_table"), table=rule.from_table)
        return
    if table.of != rule.of:
        checker.report("table_side", (*path, "of"), table=rule.from_table, of=table.of)
    _check_column(checker, rule, table, rule.column, "date" if rule.is_day else "quantity", (*path, "column"))
    _check_column(checker, rule, table, rule.dated_by, "date", (*path, "dated_by"))
    if rule.row_condition is not None:
        check_row_condition(checker, rule, table, path)
    if rule.each is not None:
        check_row_formula(checker, rule, table, path)
    check_given_day(checker, rule.up_to, (*path, "up_to"))
    fact = checker.policy.facts.get(str(rule.up_to))
    if fact is not None and fact.of != table.of:
        figures = {"fact": rule.up_to, "side": fact.of, "of": table.of}
        checker.report("day_of_other", (*path, "up_to"), **figures)


def _check_column(
    checker: Checker, rule: DerivedFact, table: Table, name: str | None, wanted: str, path: Path
) -> None:
    if name is None:
        return
    column = table.columns.get(name)
    if column is None:
        checker.report("unknown_column", path, table=rule.from_table, column=name)
        return
    found = "quantity" if column.type in ("integer", "decimal") else column.type
    if found != wanted:
        checker.report("column_type", path, column=name, wanted=wanted, type=column.type)
