"""Conditions and nodes as Polars expressions: exact Int64 units, null means unknown.

Each expression gives exactly what `scoring.scalar` gives for one person. Polars functions that drop
nulls (`max_horizontal`, `otherwise`) are guarded, so that unknown never becomes a band, a cap or a
pass. Chains of `when` stand where `clip`, `fill_null` or a sum of comparisons would also do, for speed;
only short expressions are repeated, so that a plan stays about as long as its pack.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from copy import copy
from decimal import Decimal

import polars as pl

from scoring.bounds import construct_span, number_span
from scoring.condition_columns import condition_by
from scoring.conditions import Condition
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
from scoring.formula_columns import Quotient, formula_quotient, rounded, scaled_quotient, times
from scoring.limiting import limited
from scoring.policy import Indicator, Policy
from scoring.reading import HAS_SPOUSE, HERE, Context, contexts
from scoring.table_columns import table_column
from scoring.units import common_unit, domain_of, points, quantity, quantity_bounds


def condition_column(policy: Policy, condition: Condition) -> pl.Expr:
    """Boolean, null where unknown (Kleene: Polars' own `&` and `|`)."""
    return Columns(policy, staged=False).condition(condition)


class Columns:
    """Expressions over a frame of facts, and the columns of the way that they read more than once.

    Those are computed first, in the order in which they build on each other: `over(facts)` adds them.
    Not `staged`, nothing needs to be added and what is read twice is computed twice.
    """

    def __init__(self, policy: Policy, *, staged: bool = True, context: Context = HERE) -> None:
        self.policy = policy
        self.staged = staged
        self.context = context
        self.stages: list[list[pl.Expr]] = []
        self.stage_of: dict[str, int] = {}
        self.lines: dict[tuple[bool, str], pl.Expr] = {}

    def inside(self, context: Context) -> Columns:
        """The same columns of the way, read in another context."""
        if context == self.context:
            return self
        found = copy(self)
        found.context = context
        return found

    def over(self, facts: pl.LazyFrame) -> pl.LazyFrame:
        """The facts with the columns of the way."""
        for stage in self.stages:
            facts = facts.with_columns(stage)
        return facts

    def bound(self, column: pl.Expr) -> pl.Expr:
        """The same values as a column that may be read several times."""
        if not self.staged:
            return column
        stage = max((self.stage_of.get(name, -1) + 1 for name in column.meta.root_names()), default=0)
        name = f"\0{len(self.stage_of)}"
        self.stage_of[name] = stage
        if stage == len(self.stages):
            self.stages.append([])
        self.stages[stage].append(column.alias(name))
        return pl.col(name)

    def fact(self, name: str) -> pl.Expr:
        """A fact's column."""
        return pl.col(self.context.column(self.policy, name))

    def line(self, name: str) -> pl.Expr:
        """What an indicator earns: with what its unknown earns, before a deduction's sign."""
        key = (self.context.spouse, name)
        if key not in self.lines:
            rule, reader = self.policy.indicators[name], self.inside(Context(self.context.spouse))
            unknown = None if rule.unknown is None else rule.unknown.points
            self.lines[key] = self.bound(reader.node(rule.points, unknown))
        return self.lines[key]

    def condition(self, condition: Condition) -> pl.Expr:
        """Boolean, null where unknown."""
        return condition_by(self.policy, condition, self.fact, self.line)

    def indicator(self, indicator: Indicator) -> pl.Expr:
        """A line of the score sheet: negative for deductions, null where it stays pending."""
        unknown = None if indicator.unknown is None else indicator.unknown.points
        column = self.node(indicator.points, unknown)
        return -column if indicator.kind == "deduction" else column

    def node(self, node: PointsNode, unknown: Decimal | None = None) -> pl.Expr:
        """A node's points in units, all modifiers applied.

        Where it is unknown it earns its own `unknown` points, else those given here, else it is null.
        """
        amount = unknown if node.unknown is None else node.unknown.points
        empty = None if amount is None else points(self.policy, amount)
        here = self.inside(contexts(node, self.context)[0])
        if _is_plain(node) and node.when is None and node.floor is None and node.cap is None:
            return here.construct(node, empty)
        column = here.earned(node) if node.whose is None else self.together(node)
        floor = None if node.floor is None else points(self.policy, node.floor)
        cap = None if node.cap is None else points(self.policy, node.cap)
        short = _is_plain(node) and not node.children()
        bounded = limited(column, floor, cap) if short else column.clip(*_limits(floor, cap))
        return _filled(bounded, empty)

    def together(self, node: PointsNode) -> pl.Expr:
        """What the persons that a node names earn; without a spouse the spouse earns nothing."""
        *own, spouse = (self.inside(context).earned(node) for context in contexts(node, self.context))
        has = pl.col(HAS_SPOUSE)
        if node.whose != "better":
            earned = _chosen(has, spouse, None)
            return earned if not own else own[0] + earned
        one, two = self.bound(own[0]), self.bound(spouse)
        better = pl.when(has & one.is_not_null() & two.is_not_null()).then(pl.max_horizontal(one, two))
        return better.when(~has).then(one).otherwise(_units(None))

    def earned(self, node: PointsNode) -> pl.Expr:
        """What one person earns before limits."""
        column = self.raw(node)
        return column if node.when is None else _chosen(self.condition(node.when), column, None)

    def raw(self, node: PointsNode) -> pl.Expr:
        """The construct times its factor and rounded, whatever `when` says."""
        return self.construct(node, None) if _is_whole(node) else self.rounded(node)

    def rounded(self, node: PointsNode) -> pl.Expr:
        """The construct times its factor, as whole units."""
        found = self.quotient(node)
        if node.times is not None:
            found = times(found, self.formula(node.times))
        unit, mode = (
            (1, None) if node.round is None else (node.round.unit(self.policy.scale), node.round.mode)
        )
        return rounded(found, unit, mode, self.bound)

    def quotient(self, node: PointsNode) -> Quotient:
        """What the construct gives, exactly, in units."""
        scale = 10**self.policy.scale
        if isinstance(node, FormulaOf):
            return scaled_quotient(self.formula(node.formula), scale)
        if isinstance(node, ValueOf):
            return scaled_quotient(self.number(node.value), scale)
        if isinstance(node, Merge):
            return scaled_quotient(self.merged(node), scale)
        return Quotient(self.construct(node, None), 1, construct_span(self.policy, node))

    def formula(self, text: str) -> Quotient:
        """The value of a formula; null as soon as one of its facts is unknown."""
        return formula_quotient(text, self.number, self.bound)

    def number(self, name: str) -> Quotient:
        """The value of a quantity."""
        span = quantity_bounds(self.policy, name)
        return Quotient(self.fact(name), span.least, span)

    def merged(self, node: Merge) -> Quotient:
        """The assessments in the finest of their units, as one; null where one is missing."""
        units = common_unit(self.policy, node.merge)
        values = [self.fact(name) * unit for name, unit in zip(node.merge, units, strict=True)]
        known = functools.reduce(operator.and_, (self.fact(name).is_not_null() for name in node.merge))
        if node.take == "sum":
            column = functools.reduce(operator.add, values)
        elif node.take == "must_agree":
            same = functools.reduce(operator.and_, (values[0] == other for other in values[1:]))
            column = pl.when(same).then(values[0]).otherwise(_units(None))
        else:
            horizontal = pl.min_horizontal if node.take == "lowest" else pl.max_horizontal
            column = pl.when(known).then(horizontal(*values)).otherwise(_units(None))
        span = number_span(self.policy, node)
        return Quotient(column, span.least, span)

    def construct(self, node: PointsNode, empty: int | None) -> pl.Expr:
        """The points of a construct that gives whole units; `empty` is what unknown earns."""
        if isinstance(node, Flag):
            return _chosen(self.condition(node.flag), _units(points(self.policy, node.points)), empty)
        if isinstance(node, Lookup):
            return self.lookup(node, empty)
        if isinstance(node, Bands):
            return self.bands(node, empty)
        if isinstance(node, Per):
            return _filled(self.per(node), empty)
        if isinstance(node, Marginal):
            return _filled(self.marginal(node), empty)
        if isinstance(node, Table):
            return _filled(table_column(self.policy, node, self.fact, self.bound), empty)
        if isinstance(node, ScoreOf):
            return _filled(self.line(node.score), empty)
        if isinstance(node, Sum):
            return _filled(functools.reduce(operator.add, (self.node(part) for part in node.parts)), empty)
        if isinstance(node, First):
            return _filled(self.first(node), empty)
        assert isinstance(node, Highest | Lowest)
        return self.best(node, empty)

    def lookup(self, node: Lookup, empty: int | None) -> pl.Expr:
        """Points by member."""
        domain = domain_of(self.policy, node.lookup)
        assert domain is not None
        amounts = [points(self.policy, node.points[member]) for member in domain.members]
        member = self.fact(node.lookup).to_physical()
        # `gather` is twice as fast without nulls among its indices: unknown reads row 0 and is not used.
        found = pl.lit(pl.Series(amounts, dtype=pl.Int64)).gather(member.fill_null(0))
        return pl.when(member.is_null()).then(_units(empty)).otherwise(found)

    def bands(self, node: Bands, empty: int | None) -> pl.Expr:
        """Asked in the order unknown, first row, second row, …: null would fall through to the last row."""
        column = self.fact(node.bands)
        amounts = [_units(points(self.policy, row.points)) for row in node.rows]
        result = amounts.pop()
        for row, amount in zip(reversed(node.rows), reversed(amounts), strict=False):
            start = quantity(self.policy, node.bands, row.start)
            result = pl.when(column < start).then(amount).otherwise(result)
        return pl.when(column.is_null()).then(_units(empty)).otherwise(result)

    def per(self, node: Per) -> pl.Expr:
        """Full steps above a quantity."""
        every = quantity(self.policy, node.per, node.every)
        over = quantity(self.policy, node.per, node.over)
        column = self.fact(node.per)
        domain = domain_of(self.policy, node.per)
        assert domain is not None
        excess = column if over == 0 and domain.minimum >= 0 else limited(column - over, 0, None)
        steps = excess if every == 1 else excess // every
        return steps * points(self.policy, node.points)

    def marginal(self, node: Marginal) -> pl.Expr:
        """Full steps inside each tranche at its own rate."""
        every, column = quantity(self.policy, node.marginal, node.every), self.fact(node.marginal)
        terms = []
        for row in node.rows:
            start = quantity(self.policy, node.marginal, row.start)
            below = None if row.below is None else quantity(self.policy, node.marginal, row.below)
            inside = limited(column - start, 0, None if below is None else below - start)
            terms.append(inside // every * points(self.policy, row.points))
        return functools.reduce(operator.add, terms)

    def first(self, node: First) -> pl.Expr:
        """Asked part by part; a `when` that is unknown makes what comes after it unknown."""
        result, parts = _units(0), list(node.parts)
        if parts[-1].when is None:
            result = self.node(parts.pop())
        for part in reversed(parts):
            assert part.when is not None
            holds = self.inside(contexts(part, self.context)[0]).condition(part.when)
            holds = pl.col(HAS_SPOUSE) & holds if part.whose == "spouse" else holds
            chain = pl.when(holds).then(self.node(part)).when(holds.is_null()).then(_units(None))
            result = chain.otherwise(result)
        return result

    def best(self, node: Highest | Lowest, empty: int | None) -> pl.Expr:
        """The greatest or least part, where all are known."""
        parts = [self.node(part) for part in node.parts]
        told = [self.known(part) for part in node.parts]
        for index, known in enumerate(told):
            if known is None:
                parts[index] = self.bound(parts[index])
        each = [parts[index].is_not_null() if known is None else known for index, known in enumerate(told)]
        chosen = (pl.max_horizontal if isinstance(node, Highest) else pl.min_horizontal)(*parts)
        return pl.when(_all(each)).then(chosen).otherwise(_units(empty))

    def known(self, node: PointsNode) -> pl.Expr | None:
        """Whether a node has a value, told from its facts, so that its column is not computed twice.

        None if only its column tells.
        """
        if node.unknown is not None:
            return pl.lit(True)
        if node.times is not None or node.whose is not None or node.as_of is not None:
            return None
        if isinstance(node, Sum | Highest | Lowest):
            parts = [self.known(part) for part in node.parts]
            told = [part for part in parts if part is not None]
            known = _all(told) if len(told) == len(parts) else None
        elif isinstance(node, Flag):
            known = self.condition(node.flag).is_not_null()
        elif isinstance(node, Lookup | Bands | Per | Marginal | ValueOf):
            known = self.fact(node.measured()[0]).is_not_null()
        else:
            known = None
        if node.when is None or known is None:
            return known
        holds = self.condition(node.when)
        return holds.is_not_null() & (~holds | known)


def _is_whole(node: PointsNode) -> bool:
    return node.times is None and node.round is None and not isinstance(node, ValueOf | FormulaOf | Merge)


def _is_plain(node: PointsNode) -> bool:
    return node.whose is None and _is_whole(node)


def _all(truths: Sequence[pl.Expr]) -> pl.Expr:
    return functools.reduce(operator.and_, truths)


def _limits(floor: int | None, cap: int | None) -> tuple[int | None, int | None]:
    return (floor if floor is None or cap is None else min(floor, cap)), cap


def _units(amount: int | None) -> pl.Expr:
    return pl.lit(amount, pl.Int64)


def _filled(column: pl.Expr, empty: int | None) -> pl.Expr:
    return column if empty is None else column.fill_null(_units(empty))


def _chosen(truth: pl.Expr, column: pl.Expr, empty: int | None) -> pl.Expr:
    """The column where it is true, 0 where it is false, `empty` where it is unknown."""
    if empty == 0:
        return pl.when(truth).then(column).otherwise(_units(0))
    return pl.when(truth).then(column).when(~truth).then(_units(0)).otherwise(_units(empty))
