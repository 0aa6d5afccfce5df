"""From lines to a total: choices and void lines, limits inside limits, factor, rounding. One order for all.

line -> void (a sanction) -> exclusive (one line counts) -> limits of groups, of sets, of kinds ->
sub-total -> multiplier -> rounding -> cap and floor of the total

Lines that count at some offers only are summed apart, a sum for each column that marks wishes: after the
limits of their groups and sets, and beside the sub-total.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import polars as pl

from scoring.constructs import Title
from scoring.limiting import limited
from scoring.policy import Indicator, Policy
from scoring.rounding import RoundingMode, divided, divided_column
from scoring.units import factor, points

Amount = TypeVar("Amount")
Lines = Mapping[str, Indicator]

MARKED = "at:"
"""What the column begins with that has the points for the wishes of a mark."""

EARNED = "earned"
"""The column of the sub-total without deductions, where a gate asks for it, and what its sums begin with."""

KIND_TITLES = {
    "base": Title(zh="基础分", en="base points"),
    "bonus": Title(zh="加分", en="bonus points"),
    "assigned": Title(zh="赋分", en="assigned points"),
    "deduction": Title(zh="扣分", en="deductions"),
}


@dataclass(frozen=True)
class LineSet:
    """Lines of a service that are summed together, and how much the sum may be (units; None: no limit).

    `key` is `group:<id>`, `limit:<id>` or `kind:<kind>`.
    """

    key: str
    title: Title
    lines: frozenset[str]
    cap: int | None
    floor: int | None
    cite: str

    @property
    def is_limited(self) -> bool:
        """Whether it limits anything."""
        return self.cap is not None or self.floor is not None

    def held(self, amount: int) -> int:
        """The amount within the limits; where they cross the cap holds."""
        low = amount if self.floor is None else max(amount, self.floor)
        return low if self.cap is None else min(low, self.cap)

    def crosses(self, other: LineSet) -> bool:
        """Whether the two share lines and neither holds the other."""
        both = self.lines & other.lines
        return bool(both) and both not in (self.lines, other.lines)


def summed_lines(policy: Policy, service: str, *, deducted: bool = True) -> dict[str, Indicator]:
    """The lines that a service adds up to its total; not `deducted`, without its deductions."""
    lines = _lines(policy, service, deducted=deducted)
    return {name: line for name, line in lines.items() if line.at is None}


def marked_lines(policy: Policy, service: str) -> dict[str, frozenset[str]]:
    """By column of the wishes: the lines that count at the wishes which it marks, and nowhere else."""
    lines = policy.indicators_of(service)
    return {
        column: frozenset(name for name, line in lines.items() if line.at and line.at.column == column)
        for column in policy.marks_of(service)
    }


def _lines(policy: Policy, service: str, *, deducted: bool = True) -> dict[str, Indicator]:
    lines = policy.indicators_of(service)
    return {name: line for name, line in lines.items() if deducted or line.kind != "deduction"}


def line_sets(policy: Policy, service: str, *, deducted: bool = True) -> tuple[LineSet, ...]:
    """Groups, limits and kinds of a service that have lines, inner before outer.

    Of equal sets the group comes first, then the limit, then the kind. Not `deducted`, as if the service did
    not count deductions.
    """
    lines, whole = (of(policy, service, deducted=deducted) for of in (_lines, summed_lines))
    found = [*_groups(policy, lines), *_limits(policy, service, lines), *_kinds(policy, service, whole)]
    return tuple(sorted((one for one in found if one.lines), key=lambda one: len(one.lines)))


def _groups(policy: Policy, lines: Lines) -> Iterator[LineSet]:
    for name, group in policy.groups.items():
        members = frozenset(key for key, line in lines.items() if line.group == name)
        cap, floor = _units(policy, group.cap), _units(policy, group.floor)
        yield LineSet(f"group:{name}", group.title, members, cap, floor, group.cite)


def _limits(policy: Policy, service: str, lines: Lines) -> Iterator[LineSet]:
    for limit in policy.limits_of(service):
        members = frozenset(key for key, line in lines.items() if {key, line.group} & set(limit.of))
        cap, floor = _units(policy, limit.cap), _units(policy, limit.floor)
        yield LineSet(f"limit:{limit.id}", limit.title, members, cap, floor, limit.cite)


def _kinds(policy: Policy, service: str, lines: Lines) -> Iterator[LineSet]:
    """A deduction's lines are negative: at most 20 deducted is at least -20."""
    for kind, limit in policy.services[service].kind_limits.items():
        members = frozenset(key for key, line in lines.items() if line.kind == kind)
        cap, floor = _units(policy, limit.cap), _units(policy, limit.floor)
        if kind == "deduction":
            cap, floor = _opposite(floor), _opposite(cap)
        yield LineSet(f"kind:{kind}", KIND_TITLES[kind], members, cap, floor, limit.cite)


def _units(policy: Policy, amount: Decimal | None) -> int | None:
    return None if amount is None else points(policy, amount)


def _opposite(amount: int | None) -> int | None:
    return None if amount is None else -amount


def effective_sets(policy: Policy, service: str, *, deducted: bool = True) -> tuple[LineSet, ...]:
    """The sets that the sub-total is summed by: all that are limited, and groups that cross none of them."""
    every = line_sets(policy, service, deducted=deducted)
    limits = [one for one in every if one.is_limited]
    return tuple(one for one in every if one.is_limited or not any(map(one.crosses, limits)))


def parts_of(lines: frozenset[str], sets: tuple[LineSet, ...]) -> tuple[tuple[LineSet, ...], tuple[str, ...]]:
    """The greatest of the sets inside some lines, and the lines left over, sorted."""
    inside: list[LineSet] = []
    for one in reversed(sets):
        if one.lines <= lines and not any(one.lines <= other.lines for other in inside):
            inside.append(one)
    covered = frozenset[str]().union(*(one.lines for one in inside))
    return tuple(inside), tuple(sorted(lines - covered))


def summed(
    lines: frozenset[str],
    sets: tuple[LineSet, ...],
    value: Callable[[str], Amount],
    total: Callable[[list[Amount]], Amount],
    held: Callable[[LineSet, Amount], Amount],
) -> Amount:
    """Lines added up with every limit inside them, innermost first, for any kind of amount."""
    inner, rest = parts_of(lines, sets)
    amounts = [value(line) for line in rest]
    for one in inner:
        below = sets[: sets.index(one)]
        amounts.append(held(one, summed(one.lines, below, value, total, held)))
    return total(amounts)


def limited_sums(policy: Policy, service: str, scored: pl.LazyFrame) -> pl.LazyFrame:
    """Adds `group:<id>` for every group that has lines, its own limits applied, `at:<column>` and `subtotal`.

    Where the gate asks for what is earned without deductions, `earned` too.
    """
    sets = effective_sets(policy, service)
    others = tuple(one for one in line_sets(policy, service) if one not in sets)
    for batch in _batches(sets):
        scored = scored.with_columns(_sum_column(one.lines, sets, one).alias(one.key) for one in batch)
    scored = scored.with_columns(_sum_column(one.lines, sets, one).alias(one.key) for one in others)
    lines = frozenset(summed_lines(policy, service))
    nothing = pl.lit(0 if policy.indicators_of(service) else None, pl.Int64)
    subtotal = _sum_column(lines, sets, None) if lines else nothing
    marked = marked_lines(policy, service).items()
    apart = (_sum_column(own, sets, None).alias(f"{MARKED}{column}") for column, own in marked)
    scored = scored.with_columns(subtotal.alias("subtotal"), *apart)
    gate = policy.services[service].least
    return scored if gate is None or gate.deducted else _earned(policy, service, scored)


def _earned(policy: Policy, service: str, scored: pl.LazyFrame) -> pl.LazyFrame:
    sets = effective_sets(policy, service, deducted=False)
    for batch in _batches(sets):
        scored = scored.with_columns(
            _sum_column(one.lines, sets, one, f"{EARNED}:").alias(f"{EARNED}:{one.key}") for one in batch
        )
    lines = frozenset(summed_lines(policy, service, deducted=False))
    earned = _sum_column(lines, sets, None, f"{EARNED}:") if lines else pl.lit(0, pl.Int64)
    return scored.with_columns(earned.alias(EARNED))


def _batches(sets: tuple[LineSet, ...]) -> Iterator[list[LineSet]]:
    """The sets such that everything inside one comes in an earlier batch."""
    left = list(sets)
    while left:
        batch = [one for index, one in enumerate(left) if not any(o.lines <= one.lines for o in left[:index])]
        yield batch
        left = [one for one in left if one not in batch]


def _sum_column(
    lines: frozenset[str], sets: tuple[LineSet, ...], own: LineSet | None, prefix: str = ""
) -> pl.Expr:
    """The sum of some lines; `prefix` begins the names of the columns of the sets inside them."""
    before = sets[: sets.index(own)] if own in sets else sets
    inner, rest = parts_of(lines, before)
    names = (*(f"{prefix}{one.key}" for one in inner), *rest)
    total = functools.reduce(operator.add, [pl.col(name) for name in names])
    return total if own is None else limited(total, own.floor, own.cap)


def gated_column(policy: Policy, service: str) -> pl.Expr:
    """What the gate looks at, of the columns of `limited_sums` and `multiplied`; without one the total."""
    gate = policy.services[service].least
    if gate is None:
        return total_column(policy, service)
    whole = "subtotal" if gate.deducted else EARNED
    return total_column(policy, service, whole) if gate.multiplied else pl.col(whole)


def total_column(policy: Policy, service: str, whole_name: str = "subtotal") -> pl.Expr:
    """The total of a sub-total and `multiplied`. Without rounding the load check has proven it exact."""
    rule = policy.services[service]
    plain, whole = pl.col(whole_name), pl.col(whole_name)
    numerator, denominator = (1, 1) if rule.multiplier is None else factor(rule.multiplier.factor)
    mode, unit = rounding_of(policy, service)
    product = divided_column(whole * numerator, denominator * unit, mode) * unit
    result = divided_column(plain, unit, mode) * unit
    if rule.multiplier is not None:
        multiplied = pl.when(pl.col("multiplied")).then(product)
        result = multiplied.when(~pl.col("multiplied")).then(result).otherwise(None)
    if rule.total is None:
        return result
    return limited(result, _units(policy, rule.total.floor), _units(policy, rule.total.cap))


def total_of(
    policy: Policy, service: str, subtotal: int | None, applies: bool | None, *, limits: bool = True
) -> int | None:
    """The same for one person: None while the sub-total, or whether it is multiplied, is unknown.

    Without `limits`, what it is before the cap and the floor of the total.
    """
    rule = policy.services[service]
    if subtotal is None or applies is None:
        return None
    times = factor(rule.multiplier.factor) if rule.multiplier is not None and applies else (1, 1)
    mode, unit = rounding_of(policy, service)
    result = divided(subtotal * times[0], times[1] * unit, mode) * unit
    if rule.total is not None and limits:
        floor, cap = _units(policy, rule.total.floor), _units(policy, rule.total.cap)
        result = result if floor is None else max(result, floor)
        result = result if cap is None else min(result, cap)
    return result


def rounding_of(policy: Policy, service: str) -> tuple[RoundingMode, int]:
    """How a total is rounded, and to a multiple of how many units. Not rounded: to one unit, exactly."""
    rule = policy.services[service].total
    if rule is None or rule.round is None:
        return "floor", 1
    return rule.round.mode, rule.round.unit(policy.scale)
