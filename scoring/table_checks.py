"""Load checks of tables with several inputs: cells that fit, rows that cover, reach and exclude.

The inputs' values fall into ranges between the rows' boundaries; inside a cell of that grid every row says
the same, so looking at each cell once is a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scoring.condition_checks import check_constant
from scoring.constructs import Table
from scoring.policy import Policy
from scoring.table_rows import Cell, Within, listed
from scoring.units import Domain, cell_value, domain_of
from values.points import to_text
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker

MOST_CELLS = 200_000
"""Larger grids are refused; tables of published schemes have a few hundred cells."""


def check_table(checker: Checker, node: Table, path: Path) -> None:
    """Report everything that is wrong with a table."""
    found = len(checker.problems)
    checker.exact_points(node.otherwise, (*path, "otherwise"))
    domains = _check_inputs(checker, node, path)
    for index, row in enumerate(node.rows):
        at: Path = (*path, "rows", index)
        checker.exact_points(row.points, (*at, "points"))
        for name, cell in row.where.items():
            if name not in node.table:
                checker.report("table_input", (*at, "where", name), fact=name, known=", ".join(node.table))
            elif domains.get(name) is not None:
                _check_cell(checker, name, cell, domains[name], (*at, "where", name))
    if len(checker.problems) == found:
        _check_grid(checker, node, path)


def otherwise_never(policy: Policy, node: Table) -> bool:
    """Whether the rows cover everything, so that `otherwise` is never earned."""
    if node.otherwise is None:
        return False
    grid = _Grid(policy, node)
    return bool(np.logical_or.reduce([grid.held(index) for index in range(len(node.rows))]).all())


def _check_inputs(checker: Checker, node: Table, path: Path) -> dict[str, Any]:
    domains = {}
    for index, name in enumerate(node.table):
        at: Path = (*path, "table", index)
        domains[name] = checker.expect(name, "any", at)
        if name in node.table[:index]:
            checker.report("table_input_twice", at, fact=name)
        elif all(name not in row.where for row in node.rows):
            checker.report("table_input_unused", at, fact=name)
    return domains


def _check_cell(checker: Checker, name: str, cell: Cell, domain: Domain, path: Path) -> None:
    if not isinstance(cell, Within):
        for value in listed(cell):
            check_constant(checker, name, value, domain, path)
        return
    if not domain.is_quantity and domain.type != "date":
        checker.report("table_range", path, fact=name, type=domain.type)
        return
    ends = {"from": cell.start, "below": cell.below}
    for key, end in ends.items():
        if end is not None:
            check_constant(checker, name, end, domain, (*path, key))


def _check_grid(checker: Checker, node: Table, path: Path) -> None:
    grid = _Grid(checker.policy, node)
    if grid.size > MOST_CELLS:
        checker.report("table_too_large", path, cells=grid.size, most=MOST_CELLS)
        return
    covered = np.zeros(grid.shape, dtype=bool)
    for index in range(len(node.rows)):
        held = grid.held(index)
        at: Path = (*path, "rows", index)
        if not held.any():
            checker.report("row_never", at)
        elif node.hit == "unique" and (held & covered).any():
            other = next(n for n in range(index) if (held & grid.held(n)).any())
            checker.report("table_overlap", at, other=other + 1, cell=grid.first(held & grid.held(other)))
        elif node.hit == "first" and not (held & ~covered).any():
            checker.report("row_unreachable", at)
        covered |= held
    if node.otherwise is None and not covered.all():
        checker.report("table_gap", path, cell=grid.first(~covered))


@dataclass(frozen=True)
class _Axis:
    """The ranges of one input: their first stored values, and what each is called."""

    starts: tuple[Any, ...]
    texts: tuple[str, ...]


class _Grid:
    """The cells of a table, one axis an input."""

    def __init__(self, policy: Policy, node: Table) -> None:
        self.policy, self.node = policy, node
        self.axes = [self._axis(name) for name in node.table]
        self.shape = tuple(len(axis.starts) for axis in self.axes)
        self.size = prod(self.shape)

    def _axis(self, name: str) -> _Axis:
        domain = domain_of(self.policy, name)
        assert domain is not None
        if domain.type == "choice":
            return _Axis(domain.members, domain.members)
        if domain.type == "boolean":
            return _Axis((True, False), ("true", "false"))
        low, high = (domain.minimum, domain.maximum) if domain.is_quantity else (1, date.max.toordinal())
        cuts = {low}
        for row in self.node.rows:
            cuts |= set(self._cuts(name, row.where.get(name)))
        starts = sorted(cut for cut in cuts if low <= cut <= high)
        ends = [*(start - 1 for start in starts[1:]), high]
        return _Axis(
            tuple(starts), tuple(_range(one, two, domain) for one, two in zip(starts, ends, strict=True))
        )

    def _cuts(self, name: str, cell: Cell | None) -> list[int]:
        if cell is None:
            return []
        if isinstance(cell, Within):
            return [
                _number(cell_value(self.policy, name, end))
                for end in (cell.start, cell.below)
                if end is not None
            ]
        exact = [_number(cell_value(self.policy, name, value)) for value in listed(cell)]
        return [*exact, *(value + 1 for value in exact)]

    def held(self, index: int) -> NDArray[np.bool_]:
        """The cells in which a row holds."""
        row, held = self.node.rows[index], np.ones(self.shape, dtype=bool)
        for number, (name, axis) in enumerate(zip(self.node.table, self.axes, strict=True)):
            if name in row.where:
                truths = np.array([self._holds(name, row.where[name], start) for start in axis.starts])
                held &= truths.reshape([-1 if n == number else 1 for n in range(len(self.shape))])
        return held

    def _holds(self, name: str, cell: Cell, value: Any) -> bool:
        if not isinstance(cell, Within):
            return value in [_number(cell_value(self.policy, name, each)) for each in listed(cell)]
        start = None if cell.start is None else _number(cell_value(self.policy, name, cell.start))
        below = None if cell.below is None else _number(cell_value(self.policy, name, cell.below))
        return (start is None or value >= start) and (below is None or value < below)

    def first(self, cells: NDArray[np.bool_]) -> str:
        """The first of some cells in words."""
        where: Sequence[int] = np.argwhere(cells)[0].tolist()
        parts = zip(self.node.table, self.axes, where, strict=True)
        return ", ".join(f"{name} = {axis.texts[index]}" for name, axis, index in parts)


def _number(value: Any) -> Any:
    """Dates count as days, so that they can be ordered with their neighbours."""
    return value.toordinal() if isinstance(value, date) else value


def _range(low: int, high: int, domain: Domain) -> str:
    def told(value: int) -> str:
        return to_text(value, domain.decimals) if domain.is_quantity else date.fromordinal(value).isoformat()

    return told(low) if low == high else f"{told(low)}…{told(high)}"
