"""What each construct earns one person before its modifiers, in exact units, with the figures to show."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from scoring.conditions import Condition, Truth
from scoring.constructs import (
    Bands,
    First,
    Flag,
    FormulaOf,
    Highest,
    Lookup,
    Lowest,
    Marginal,
    Merge,
    Per,
    PointsNode,
    ScoreOf,
    Sum,
    Table,
    ValueOf,
)
from scoring.formulas import fraction_text
from scoring.policy import Policy
from scoring.table_rows import Cell, TableRow, Within, listed
from scoring.truths import Stored
from scoring.units import cell_value, domain_of, points, quantity
from values.points import to_text

Figures = dict[str, str]
Earned = tuple[Fraction | None, Figures]
Part = tuple[int | None, Truth]
"""A part's value and whether its `when` holds."""


class Reading(Protocol):
    """What constructs read of a person (`scoring.scalar.Reader`)."""

    @property
    def policy(self) -> Policy:
        """The policy."""

    def fact(self, name: str) -> Stored:
        """The stored value of a fact."""

    def number(self, name: str) -> Fraction | None:
        """The value of a quantity."""

    def line(self, name: str) -> int | None:
        """What another indicator earns."""

    def truth(self, condition: Condition) -> Truth:
        """Whether a condition holds."""

    def formula(self, text: str) -> tuple[str, Fraction] | None:
        """A formula's figures and its value."""


def earned_by(node: PointsNode, reader: Reading, parts: Sequence[Part]) -> Earned:
    """What the construct gives, exactly; None is unknown. `parts` are those of its children, in order."""
    if isinstance(node, Sum | Highest | Lowest | First):
        return _parts(node, parts)
    earned: Earned = _EARNED[type(node)](reader, node)
    return earned


def _whole(units: int | None) -> Fraction | None:
    return None if units is None else Fraction(units)


def _parts(node: Sum | Highest | Lowest | First, parts: Sequence[Part]) -> Earned:
    if isinstance(node, First):
        return _first(parts)
    known = [value for value, _ in parts if value is not None]
    if len(known) < len(parts):
        return None, {}
    join: Any = sum if isinstance(node, Sum) else max if isinstance(node, Highest) else min
    return Fraction(join(known)), {}


def _first(parts: Sequence[Part]) -> Earned:
    for number, (value, applies) in enumerate(parts, start=1):
        if applies is None:
            return None, {}
        if applies:
            return _whole(value), {"chosen": str(number)}
    return Fraction(0), {"chosen": ""}


def _flag(reader: Reading, node: Flag) -> Earned:
    amount = points(reader.policy, node.points)
    holds = reader.truth(node.flag)
    figures = {"points": to_text(amount, reader.policy.scale)}
    return None if holds is None else Fraction(amount * holds), figures


def _lookup(reader: Reading, node: Lookup) -> Earned:
    member = reader.fact(node.lookup)
    if member is None:
        return None, {}
    amount = points(reader.policy, node.points[str(member)])
    return Fraction(amount), {"member": str(member), "points": to_text(amount, reader.policy.scale)}


def _bands(reader: Reading, node: Bands) -> Earned:
    policy, value = reader.policy, reader.fact(node.bands)
    if value is None:
        return None, {}
    assert isinstance(value, int)
    row = next(row for row in reversed(node.rows) if value >= quantity(policy, node.bands, row.start))
    amount = points(policy, row.points)
    below = "" if row.below is None else str(row.below)
    figures = {"quantity": _text(policy, node.bands, value), "row_from": str(row.start), "row_below": below}
    return Fraction(amount), {**figures, "points": to_text(amount, policy.scale)}


def _per(reader: Reading, node: Per) -> Earned:
    policy, value = reader.policy, reader.fact(node.per)
    if value is None:
        return None, {}
    assert isinstance(value, int)
    every, over = quantity(policy, node.per, node.every), quantity(policy, node.per, node.over)
    amount = points(policy, node.points)
    times = max(value - over, 0) // every
    figures = {"quantity": _text(policy, node.per, value), "every": str(node.every), "over": str(node.over)}
    return Fraction(times * amount), {
        **figures,
        "times": str(times),
        "points": to_text(amount, policy.scale),
    }


def _marginal(reader: Reading, node: Marginal) -> Earned:
    policy, value = reader.policy, reader.fact(node.marginal)
    if value is None:
        return None, {}
    assert isinstance(value, int)
    every, total, terms = quantity(policy, node.marginal, node.every), 0, []
    for row in node.rows:
        start = quantity(policy, node.marginal, row.start)
        end = value if row.below is None else min(value, quantity(policy, node.marginal, row.below))
        steps = max(end - start, 0) // every
        amount = points(policy, row.points)
        total += steps * amount
        if end > start:
            terms.append(f"{steps} × {to_text(amount, policy.scale)}")
    figures = {"quantity": _text(policy, node.marginal, value), "every": str(node.every)}
    return Fraction(total), {**figures, "terms": " + ".join(terms) or "0"}


def _value(reader: Reading, node: ValueOf) -> Earned:
    value = reader.number(node.value)
    if value is None:
        return None, {}
    return value * 10**reader.policy.scale, {"quantity": fraction_text(value)}


def _formula(reader: Reading, node: FormulaOf) -> Earned:
    found = reader.formula(node.formula)
    if found is None:
        return None, {}
    figures = {"formula": node.formula, "figures": found[0]}
    return found[1] * 10**reader.policy.scale, {**figures, "result": fraction_text(found[1])}


def _merge(reader: Reading, node: Merge) -> Earned:
    values = [reader.number(name) for name in node.merge]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None, {}
    figures = {"take": node.take, "amounts": "\n".join(map(fraction_text, known))}
    if node.take == "must_agree" and len(set(known)) > 1:
        return None, {**figures, "agree": "no"}
    join: Any = {"sum": sum, "lowest": min}.get(node.take, max)
    return join(known) * Fraction(10**reader.policy.scale), figures


def _score(reader: Reading, node: ScoreOf) -> Earned:
    title = reader.policy.indicators[node.score].title
    return _whole(reader.line(node.score)), {"zh": title.zh, "en": title.en}


def _table(reader: Reading, node: Table) -> Earned:
    """Down the rows. Where rows exclude each other, none can hold after one of them is open."""
    truths = [row_truth(reader, row) for row in node.rows]
    found = [number for number, holds in enumerate(truths, start=1) if holds]
    if node.hit in ("unique", "first"):
        first = next((number for number, holds in enumerate(truths, start=1) if holds is not False), 0)
        if first and truths[first - 1] is None:
            return None, {}
        found = found[:1]
    elif None in truths:
        return None, {}
    policy = reader.policy
    amounts = [points(policy, node.rows[number - 1].points) for number in found]
    if not amounts:
        assert node.otherwise is not None, "the load checks prove that the rows cover everything"
        amounts = [points(policy, node.otherwise)]
    total = max(amounts) if node.hit == "highest" else sum(amounts)
    texts = ", ".join(to_text(amount, policy.scale) for amount in amounts)
    figures = {"rows": ", ".join(map(str, found)), "points": texts, "hit": node.hit}
    return Fraction(total), figures


def row_truth(reader: Reading, row: TableRow) -> Truth:
    """Whether a row of a table holds."""
    truths = [_cell_truth(reader, name, cell) for name, cell in row.where.items()]
    return False if False in truths else None if None in truths else True


def _cell_truth(reader: Reading, name: str, cell: Cell) -> Truth:
    value: Any = reader.fact(name)
    if value is None:
        return None
    if not isinstance(cell, Within):
        return value in [cell_value(reader.policy, name, each) for each in listed(cell)]
    start: Any = None if cell.start is None else cell_value(reader.policy, name, cell.start)
    below: Any = None if cell.below is None else cell_value(reader.policy, name, cell.below)
    return (start is None or value >= start) and (below is None or value < below)


def _text(policy: Policy, fact: str, value: int) -> str:
    domain = domain_of(policy, fact)
    return to_text(value, domain.decimals if domain else 0)


_EARNED: dict[type, Any] = {
    Flag: _flag,
    Lookup: _lookup,
    Bands: _bands,
    Per: _per,
    Marginal: _marginal,
    ValueOf: _value,
    FormulaOf: _formula,
    Merge: _merge,
    ScoreOf: _score,
    Table: _table,
}
