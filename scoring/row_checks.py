"""Load checks of what is asked and worked out row by row in a long table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoring.aggregates import row_scope
from scoring.conditions import PERSON, facts_of, persons_of
from scoring.fact_model import DerivedFact, Table
from scoring.node_checks import check_formula
from scoring.quotients import INT64, Span
from scoring.row_formulas import MOST_ROWS, row_unit
from scoring.units import row_span
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker

MOST_DENOMINATORS = 1_000


def check_row_condition(checker: Checker, rule: DerivedFact, table: Table, path: Path) -> None:
    """The condition reads columns of the table, and facts of the person to compare them with."""
    condition, place = rule.row_condition, (*path, "where")
    assert condition is not None
    names = dict.fromkeys(name for name in facts_of(condition) if not name.startswith(PERSON))
    lost = [name for name in names if name not in table.columns]
    for name in lost:
        checker.report("unknown_column", place, table=rule.from_table, column=name)
    for name in persons_of(condition):
        fact = checker.policy.facts.get(name)
        checker.used.add(name)
        if fact is None or fact.of != table.of or fact.valid_for is not None:
            checker.report("row_person", place, fact=name, of=table.of)
            lost.append(name)
    if not lost:
        rows = rows_checker(checker, table)
        rows.check_condition(condition, place)
        checker.problems += rows.problems


def rows_checker(checker: Checker, table: Table) -> Checker:
    """A checker to which the table's columns are the facts."""
    return type(checker)(row_scope(checker.policy, table), checker.document)


def check_row_formula(checker: Checker, rule: DerivedFact, table: Table, path: Path) -> None:
    """Report a formula that is not sound, or whose sums may not fit."""
    assert rule.each is not None
    rows = rows_checker(checker, table)
    sound = check_formula(rows, rule.each.formula, (*path, "each", "formula"))
    checker.problems += rows.problems
    if not sound:
        return
    span = row_span(checker.policy, rule)
    assert span is not None
    place: Path = (*path, "each")
    if rule.each.round is None and span.greatest - span.least > MOST_DENOMINATORS:
        checker.report("row_denominators", place, least=span.least, most=span.greatest)
        return
    unit = row_unit(checker.policy, rule)
    if _peak(span, unit, rule) >= INT64:
        checker.report("row_denominators", place, least=span.least, most=span.greatest)
    elif rule.round is None and 10**rule.decimals % unit:
        checker.report("round_missing", path, scale=rule.decimals)


def _peak(span: Span, unit: int, rule: DerivedFact) -> int:
    """The largest number on the way: of one row, and of the sum of as many as a person may have."""
    most = max(abs(span.low), abs(span.high)) * unit
    return int(max(2 * span.peak * unit, 2 * (most + 1) * MOST_ROWS * 10**rule.decimals))
