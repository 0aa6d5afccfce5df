"""Load checks of points nodes, construct by construct: names, rows, exactness, sizes."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from scoring.bounds import node_span
from scoring.condition_checks import check_condition, check_indicator
from scoring.constructs import (
    Band,
    Bands,
    Flag,
    FormulaOf,
    Lookup,
    Marginal,
    Merge,
    Per,
    PointsNode,
    ScoreOf,
    Table,
    ValueOf,
)
from scoring.formulas import fraction_text, names_in, parse
from scoring.policy import Policy
from scoring.quotients import INT64, DivisorZero, span_of
from scoring.reading_checks import check_reading
from scoring.table_checks import check_table, otherwise_never
from scoring.units import Domain, domain_of, quantity, quantity_bounds
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker


def check_node(checker: Checker, node: PointsNode, path: Path) -> None:
    """Report everything that is wrong with a node, its children excluded."""
    for name in ("cap", "floor"):
        checker.exact_points(getattr(node, name), (*path, name))
    if node.floor is not None and node.cap is not None and node.floor > node.cap:
        checker.report("floor_above_cap", (*path, "floor"))
    if node.unknown is not None:
        checker.exact_points(node.unknown.points, (*path, "unknown", "points"))
    if node.when is not None:
        check_condition(checker, node.when, (*path, "when"))
    if node.times is not None:
        check_formula(checker, node.times, (*path, "times"))
    if node.round is not None and node.round.to is not None and node.round.to > checker.policy.scale:
        checker.report("round_finer", (*path, "round"), to=node.round.to, scale=checker.policy.scale)
    check_reading(checker, node, path)
    check = _CHECKS.get(type(node))
    if check is not None:
        check(checker, node, path)


def check_size(checker: Checker, node: PointsNode, path: Path) -> bool:
    """Report a node whose exact amount may not be whole, or may not fit; whether it is sound."""
    span = node_span(checker.policy, node)
    if 2 * span.peak * (1 if node.round is None else node.round.unit(checker.policy.scale)) >= INT64:
        checker.report("formula_overflow", path, most=span.peak)
        return False
    if node.round is None and not span.is_whole(1):
        checker.report("round_missing", path, scale=checker.policy.scale)
        return False
    return True


def odd(policy: Policy, node: PointsNode, path: Path) -> Iterator[tuple[str, Path, dict[str, object]]]:
    """What is odd about a node but may stand in an official text: code, path, figures."""
    if isinstance(node, Marginal):
        every = quantity(policy, node.marginal, node.every)
        for index, row in enumerate(node.rows):
            start = quantity(policy, node.marginal, row.start)
            below = start if row.below is None else quantity(policy, node.marginal, row.below)
            if (below - start) % every:
                yield "tranche_remainder", (*path, "rows", index), {"every": node.every}
    elif isinstance(node, Table) and otherwise_never(policy, node):
        yield "otherwise_never", (*path, "otherwise"), {}


def check_formula(checker: Checker, text: str, path: Path) -> bool:
    """Report names that are no quantities and divisors that can be 0; whether the formula is sound."""
    policy, tree = checker.policy, parse(text)
    names = names_in(tree)
    sound = [_check_name(checker, name, path) for name in names]
    if not all(sound):
        return False
    try:
        span_of(tree, lambda name: quantity_bounds(policy, name))
    except DivisorZero as error:
        figures = {"low": fraction_text(error.low), "high": fraction_text(error.high)}
        checker.report("divisor_zero", path, **figures)
        return False
    return True


def _check_name(checker: Checker, name: str, path: Path) -> bool:
    if domain_of(checker.policy, name) is not None:
        return checker.expect(name, "quantity", path) is not None
    known = [*checker.policy.facts, *checker.policy.derived]
    near = difflib.get_close_matches(name, known, 1)
    checker.report("formula_name", path, name=name, near=near[0] if near else "–")
    return False


def _check_flag(checker: Checker, node: Flag, path: Path) -> None:
    check_condition(checker, node.flag, (*path, "flag"))
    checker.exact_points(node.points, (*path, "points"))


def _check_lookup(checker: Checker, node: Lookup, path: Path) -> None:
    domain = checker.expect(node.lookup, "choice", (*path, "lookup"))
    for member, amount in node.points.items():
        checker.exact_points(amount, (*path, "points", member))
        if domain and member not in domain.members:
            checker.report("unknown_member", (*path, "points", member), fact=node.lookup, member=member)
    for member in domain.members if domain else ():
        if member not in node.points:
            checker.report("missing_member", (*path, "points"), fact=node.lookup, member=member)


def _check_bands(checker: Checker, node: Bands, path: Path) -> None:
    domain = checker.expect(node.bands, "quantity", (*path, "bands"))
    _check_rows(checker, node.bands, node.rows, domain, path)


def _check_marginal(checker: Checker, node: Marginal, path: Path) -> None:
    domain = checker.expect(node.marginal, "quantity", (*path, "marginal"))
    if domain is not None:
        checker.exact_quantity(node.marginal, node.every, (*path, "every"))
    _check_rows(checker, node.marginal, node.rows, domain, path)


def _check_rows(
    checker: Checker, fact: str, rows: tuple[Band, ...], domain: Domain | None, path: Path
) -> None:
    for index, row in enumerate(rows):
        checker.exact_points(row.points, (*path, "rows", index, "points"))
    if domain is None:
        return
    ends: list[tuple[int, int | None]] = []
    for index, row in enumerate(rows):
        start = checker.exact_quantity(fact, row.start, (*path, "rows", index, "from"))
        below = checker.exact_quantity(fact, row.below, (*path, "rows", index, "below"))
        if start is None or (below is None and row.below is not None):
            return
        ends.append((start, below))
    _check_tiling(checker, ends, domain, path)


def _check_tiling(checker: Checker, ends: list[tuple[int, int | None]], domain: Domain, path: Path) -> None:
    """Rows [from, below) must cover the domain from its minimum without gap or overlap."""
    expected = domain.minimum
    for index, (start, below) in enumerate(ends):
        row: Path = (*path, "rows", index)
        last = index == len(ends) - 1
        if start > expected:
            missing = {"missing_from": _text(expected, domain), "missing_to": _text(start, domain)}
            checker.report("gap", row, **missing)
        elif start < expected:
            checker.report("overlap", row, start=_text(start, domain), expected=_text(expected, domain))
        if last != (below is None):
            checker.report("last_band", row)
        if below is not None and below <= start:
            checker.report("band_order", row, start=_text(start, domain), below=_text(below, domain))
        expected = max(expected, below if below is not None else start)


def _check_per(checker: Checker, node: Per, path: Path) -> None:
    checker.exact_points(node.points, (*path, "points"))
    if checker.expect(node.per, "quantity", (*path, "per")) is not None:
        checker.exact_quantity(node.per, node.every, (*path, "every"))
        checker.exact_quantity(node.per, node.over, (*path, "over"))


def _check_value(checker: Checker, node: ValueOf, path: Path) -> None:
    checker.expect(node.value, "quantity", (*path, "value"))


def _check_formula_of(checker: Checker, node: FormulaOf, path: Path) -> None:
    check_formula(checker, node.formula, (*path, "formula"))


def _check_merge(checker: Checker, node: Merge, path: Path) -> None:
    for index, name in enumerate(node.merge):
        checker.expect(name, "quantity", (*path, "merge", index))


def _check_score(checker: Checker, node: ScoreOf, path: Path) -> None:
    check_indicator(checker, node.score, (*path, "score"))


def _text(units: int, domain: Domain) -> str:
    return str(units) if not domain.decimals else str(Decimal(units).scaleb(-domain.decimals))


_CHECKS: dict[type, Any] = {
    Flag: _check_flag,
    Lookup: _check_lookup,
    Bands: _check_bands,
    Per: _check_per,
    Marginal: _check_marginal,
    Table: check_table,
    ValueOf: _check_value,
    FormulaOf: _check_formula_of,
    Merge: _check_merge,
    ScoreOf: _check_score,
}
