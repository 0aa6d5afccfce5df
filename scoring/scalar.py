"""One person's points, step by step: the definition that the columns must equal bit for bit.

A person is a mapping from fact names to stored values (units, members, dates, booleans; None is
unknown), as one row of the facts frame holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from scoring.conditions import Condition, Truth
from scoring.constructs import Node, PointsNode, Title
from scoring.formulas import names_of, parse, value_of, written
from scoring.policy import Policy
from scoring.reading import HAS_SPOUSE, HERE, Context, column_title, contexts, plain_name
from scoring.rounding import divided
from scoring.scalar_constructs import Figures, earned_by
from scoring.truths import Stored, truth_by
from scoring.units import domain_of, points, quantity_of
from values.dates import add_months
from values.points import to_text

Person = Mapping[str, Stored]

SUBJECT_ALONE = Title(zh="本人", en="the scored person")
SPOUSE_ALONE = Title(zh="配偶", en="the spouse")
SPOUSE_KNOWN = Title(zh="有配偶", en="has a spouse")


@dataclass(frozen=True)
class Shown:
    """A fact as it is shown to people: `value_text` is None if it is unknown.

    Then `dated` is the day of its evidence and `valid_until` the last on which that counts, if it is dated.
    """

    name: str
    title: Title
    value_text: Title | None
    dated: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class Rounded:
    """How an amount was rounded: the exact one, in units, the direction, the decimals kept, the result."""

    exact: Fraction
    mode: str
    decimals: int
    units: int


@dataclass(frozen=True)
class Product:
    """What an amount is multiplied by: the formula in words and in figures, and its value."""

    formula: str
    figures: str
    value: Fraction


@dataclass(frozen=True)
class Step:
    """How one node came to its value. `value`, `raw`, `cap` and `floor` are in units; None is unknown.

    `exact` is what the construct itself gives; `times` the formula it is multiplied by, in words, in
    figures, and its value; `rounded` how the product was rounded; `raw` the result; `applies` whether
    `when` holds.

    `arithmetic` holds the figures of the construct as text: `quantity, every, over, times, points`
    (per), `quantity, row_from, row_below, points` (bands), `member, points` (lookup), `points` (flag),
    `quantity, every, terms` (marginal), `hit, rows, points` (table), `formula, figures, result` (formula),
    `take, amounts, agree` (merge), `zh, en` (score: the other indicator), `chosen` (first: the number of
    the part, empty if none holds).
    """

    construct: str
    title: Title | None
    cite: str | None
    value: int | None
    raw: int | None
    facts: tuple[Shown, ...]
    arithmetic: Figures
    cap: int | None
    floor: int | None
    limited: Literal["cap", "floor"] | None
    unknown_cite: str | None
    children: tuple[Step, ...]
    applies: Truth = True
    exact: Fraction | None = None
    times: Product | None = None
    rounded: Rounded | None = None


@dataclass(frozen=True)
class Reader:
    """What nodes read of one person: facts, and the points of other indicators, each worked out once."""

    policy: Policy
    person: Person
    context: Context = HERE
    lines: dict[tuple[bool, str], int | None] = field(default_factory=dict)

    def inside(self, context: Context) -> Reader:
        """The same person read in another context."""
        return self if context == self.context else replace(self, context=context)

    def fact(self, name: str) -> Stored:
        """The stored value of a fact."""
        return self.person.get(self.context.column(self.policy, name))

    def shown(self, names: Iterable[str]) -> tuple[Shown, ...]:
        """Facts with their titles and values, each once."""
        columns = dict.fromkeys(self.context.column(self.policy, name) for name in names)
        return tuple(shown_fact(self.policy, column, self.person) for column in columns)

    def number(self, name: str) -> Fraction | None:
        """The value of a quantity."""
        value = self.fact(name)
        if value is None:
            return None
        assert isinstance(value, int)
        return quantity_of(self.policy, name, value)

    def line(self, name: str) -> int | None:
        """What an indicator earns: with what its unknown earns, before a deduction's sign."""
        key = (self.context.spouse, name)
        if key not in self.lines:
            rule = self.policy.indicators[name]
            found = evaluated(self.inside(Context(self.context.spouse)), rule.points).value
            if found is None and rule.unknown is not None and rule.unknown.points is not None:
                found = points(self.policy, rule.unknown.points)
            self.lines[key] = found
        return self.lines[key]

    def truth(self, condition: Condition) -> Truth:
        """Whether a condition holds."""
        return truth_by(self.policy, condition, self.fact, self.line)

    def formula(self, text: str) -> tuple[str, Fraction] | None:
        """A formula with its figures, and its exact value; None as soon as one of its facts is unknown."""
        tree = parse(text)
        values = {name: self.number(name) for name in names_of(text)}
        known = {name: value for name, value in values.items() if value is not None}
        if len(known) < len(values):
            return None
        return written(tree, lambda name: shown_number(self, name)), value_of(tree, known)


def shown_number(reader: Reader, name: str) -> str:
    """A quantity's figures as text."""
    return quantity_text(reader.policy, name, reader.fact(name))


def quantity_text(policy: Policy, fact: str, value: Stored) -> str:
    """A stored quantity as text."""
    assert isinstance(value, int)
    domain = domain_of(policy, fact)
    return to_text(value, domain.decimals if domain else 0)


def truth_of(policy: Policy, condition: Condition, person: Person) -> Truth:
    """True, False or None (unknown), by Kleene's tables."""
    return Reader(policy, person).truth(condition)


def evaluate(policy: Policy, node: PointsNode, person: Person) -> Step:
    """The node's value for one person with everything that led to it."""
    return evaluated(Reader(policy, person), node)


def evaluated(reader: Reader, node: PointsNode) -> Step:
    """The same with what is known of the person already."""
    policy, places = reader.policy, contexts(node, reader.context)
    if node.whose is None:
        step = _earned(reader.inside(places[0]), node)
    else:
        step = _together(reader, node, tuple(_earned(reader.inside(place), node) for place in places))
    plain = node.floor is None and node.cap is None and node.unknown is None
    if plain and step.title is node.title and node.cite is None:
        return step
    floor, cap = _units(policy, node.floor), _units(policy, node.cap)
    value, limited = _limit(step.value, floor, cap)
    unknown_cite = None
    if value is None and node.unknown is not None:
        value, unknown_cite = points(policy, node.unknown.points), node.unknown.cite
    return Step(  # dataclasses.replace would cost more than the arithmetic
        step.construct,
        node.title,
        node.cite,
        value,
        step.raw,
        step.facts,
        step.arithmetic,
        cap,
        floor,
        limited,
        unknown_cite,
        step.children,
        step.applies,
        step.exact,
        step.times,
        step.rounded,
    )


def _earned(reader: Reader, node: PointsNode) -> Step:
    """What one person earns before limits."""
    children = tuple(evaluated(reader, part) for part in node.children())
    exact, arithmetic = earned_by(node, reader, tuple((child.value, child.applies) for child in children))
    amount, times = _multiplied(reader, node, exact)
    raw, rounded = _rounded(reader.policy, node, amount)
    applies = True if node.when is None else reader.truth(node.when)
    return Step(
        node.construct_name,
        None,
        None,
        raw if applies else 0 if applies is False else None,
        raw,
        reader.shown(node.own_facts()),
        arithmetic,
        None,
        None,
        None,
        None,
        children,
        applies,
        exact,
        times,
        rounded,
    )


def _together(reader: Reader, node: Node, each: tuple[Step, ...]) -> Step:
    """The points of the persons a node names; without a spouse the spouse earns nothing."""
    has = reader.person.get(HAS_SPOUSE)
    *own, spouse = (step.value for step in each)
    counted = [*own, spouse] if has else [*own] if node.whose == "better" else [*own, 0]
    known = [value for value in counted if value is not None]
    raw = None
    if has is not None and len(known) == len(counted):
        raw = max(known) if node.whose == "better" else sum(known)
    shown = shown_fact(reader.policy, HAS_SPOUSE, reader.person)
    titles = (SUBJECT_ALONE, SPOUSE_ALONE)[-len(each) :]
    titled = tuple(replace(step, title=title) for step, title in zip(each, titles, strict=True))
    titled = titled if has else titled[:-1]
    construct = str(node.whose)
    limits = (None, None, None, None)
    applies = each[0].applies
    if node.whose == "spouse" and node.when is not None and applies is not False:
        applies = None if has is None else applies if has else False
    return Step(construct, None, None, raw, raw, (shown,), {}, *limits, titled, applies)


def shown_fact(policy: Policy, column: str, person: Person) -> Shown:
    """The title and value of what stands in a column of the facts frame, in both languages."""
    value, name = person.get(column), column
    if column == HAS_SPOUSE and name not in policy.facts and name not in policy.derived:
        return Shown(column, SPOUSE_KNOWN, None if value is None else _YES_NO[bool(value)])
    if name not in policy.facts and name not in policy.derived:
        name = plain_name(column)
    rule = policy.facts.get(name) or policy.derived[name]
    title = column_title(policy, column, rule.title) if name != column else rule.title
    if value is None:
        return Shown(column, title, None, *_evidence(policy, name, person))
    domain = domain_of(policy, name)
    if rule.members and isinstance(value, str):
        return Shown(column, title, rule.members[value])
    if isinstance(value, bool):
        return Shown(column, title, _YES_NO[value])
    text = to_text(value, domain.decimals if domain else 0) if isinstance(value, int) else str(value)
    return Shown(column, title, Title(zh=text, en=text))


_YES_NO = {True: Title(zh="是", en="yes"), False: Title(zh="否", en="no")}


def _evidence(policy: Policy, name: str, person: Person) -> tuple[date, date] | tuple[()]:
    """The day of a fact's evidence, and the last on which it counts."""
    rule = policy.facts[name].valid_for if name in policy.facts else None
    day = None if rule is None else person.get(rule.dated_by)
    return (day, add_months(day, rule.months)) if rule is not None and isinstance(day, date) else ()


def _units(policy: Policy, amount: object) -> int | None:
    return None if amount is None else points(policy, amount)  # type: ignore[arg-type]


def _multiplied(reader: Reader, node: Node, exact: Fraction | None) -> tuple[Fraction | None, Product | None]:
    if node.times is None:
        return exact, None
    found = reader.formula(node.times)
    if found is None or exact is None:
        return None, None
    return exact * found[1], Product(node.times, *found)


def _rounded(policy: Policy, node: Node, amount: Fraction | None) -> tuple[int | None, Rounded | None]:
    """Whole units: by the node's rule, or as they are, which the load checks have proven."""
    if amount is None:
        return None, None
    if node.round is None:
        assert amount.denominator == 1, f"{amount} units"
        return int(amount), None
    unit, mode = node.round.unit(policy.scale), node.round.mode
    units = divided(amount.numerator, amount.denominator * unit, mode) * unit
    decimals = policy.scale if node.round.to is None else min(node.round.to, policy.scale)
    return units, Rounded(amount, mode, decimals, units)


def _limit(
    value: int | None, floor: int | None, cap: int | None
) -> tuple[int | None, Literal["cap", "floor"] | None]:
    if value is None:
        return None, None
    if floor is not None and value < floor:
        return floor, "floor"
    if cap is not None and value > cap:
        return cap, "cap"
    return value, None
