"""One person's score sheet: every line with clause, facts and arithmetic. Recomputed, never recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from scoring.allocation_rule import NamedPeople
from scoring.conditions import Truth, facts_of
from scoring.constructs import Title
from scoring.counted import SetAside, count_lines
from scoring.eligibility import STATUSES, Asked
from scoring.policy import Indicator, Kind, Policy, Service, needed_facts
from scoring.possible import possible, possible_totals
from scoring.ranking_rule import PriorityClass
from scoring.sanctions import day_of, in_effect, sanction_facts, waits
from scoring.scalar import Person, Shown, Step, evaluate, shown_fact, truth_of
from scoring.seat_groups import OwnBands
from scoring.standing_model import TotalRule
from scoring.totals import LineSet, effective_sets, marked_lines, summed, summed_lines, total_of
from scoring.units import points
from values.points import to_text
from values.yaml_marks import Document


@dataclass(frozen=True)
class Reason:
    """Why someone does not take part: a criterion, a sanction, `below_gate` or `unknown:…`, with its clause.

    `until` is the last day of a sanction that ends.
    """

    code: str
    status: str
    title: Title
    cite: str
    facts: tuple[Shown, ...]
    sanction: bool = False
    until: date | None = None


@dataclass(frozen=True)
class Line:
    """One line of the score sheet. `points` is what counts, None while the line is pending.

    `earned` is what it came to before it was `set_aside`: voided, or excluded by another line. `at` is the
    column that marks the wishes where it counts; None if it counts everywhere.
    """

    indicator: str
    title: Title
    kind: Kind
    group_title: Title
    cite: str
    file: str
    line: int
    points: int | None
    step: Step
    unknown: bool
    unknown_cite: str | None
    earned: int | None = None
    set_aside: SetAside | None = None
    at: str | None = None


@dataclass(frozen=True)
class MarkedPoints:
    """What is added to the total at the wishes that a column marks; None while a line of it is pending."""

    column: str
    title: Title
    cite: str
    points: int | None


@dataclass(frozen=True)
class Held:
    """A limit that changed a sum: of a group, of several lines, or of a kind."""

    title: Title
    cite: str
    before: int
    after: int


@dataclass(frozen=True)
class Explanation:
    """Everything that led to one pair's total and status. Amounts in units of 10^-scale.

    `possible` is the least and the most that a pending total can still become. `gives` is what a service
    without a market gives to everybody eligible. `held` are the limits that changed a sum, inner ones first;
    `before_limits` is the total before its own cap and floor (`total_rule`); `gated` what the gate looks at.
    `marked` is what is added to the total at some offers only, in the order of the lines.
    """

    candidate: str
    subject: str
    service: str
    service_title: Title
    policy_title: Title
    policy_digest: str
    as_of: date
    scale: int
    status: str
    reasons: tuple[Reason, ...]
    lines: tuple[Line, ...]
    subtotal: int | None
    factor: str | None
    factor_cite: str | None
    total: int | None
    gate: int | None
    gate_of: str | None
    gate_cite: str | None
    held: tuple[Held, ...] = ()
    before_limits: int | None = None
    gated: int | None = None
    total_rule: TotalRule | None = None
    ranks_by_total: bool = True
    gives: Title | None = None
    gives_cite: str | None = None
    possible: tuple[int, int] | None = None
    marked: tuple[MarkedPoints, ...] = ()

    @property
    def has_points(self) -> bool:
        """Whether the service counts points at all."""
        return bool(self.lines)


def explain(
    policy: Policy,
    service: str,
    person: Person,
    *,
    candidate: str,
    subject: str,
    as_of: date,
    document: Document | None = None,
    others: Sequence[Person] = (),
    open_marks: Collection[str] = (),
) -> Explanation:
    """Explain one pair. `person` is its row of the facts frame; `document` adds file and line.

    `others` are the rows of the candidate's other parents, of whom criteria may be asked, too. `open_marks`
    are the columns in which a wish of the candidate's must be marked or not, and is neither.
    """
    rule = policy.services[service]
    lines = _counted(policy, service, person, as_of, document)
    subtotal, held = _subtotal(policy, service, lines)
    marked, held_there = _marked(policy, service, lines)
    applies = truth_of(policy, rule.multiplier.when, person) if rule.multiplier else False
    total = total_of(policy, service, subtotal, applies)
    gated = _gated(policy, service, lines, applies)
    reasons = (*_criteria(policy, service, (person, *others)), *_sanctions(policy, service, person, as_of))
    reasons = (
        *reasons,
        *_pending(policy, service, lines, applies),
        *_choices(policy, service, person, lines),
        *_open_marks(marked, open_marks),
    )
    reasons = (*reasons, *_unranked(policy, service, person), *_gate(policy, service, gated))
    status = max((reason.status for reason in reasons), key=STATUSES.index, default="eligible")
    return Explanation(
        candidate=candidate,
        subject=subject,
        service=service,
        service_title=rule.title,
        policy_title=policy.title,
        policy_digest=policy.digest,
        as_of=as_of,
        scale=policy.scale,
        status=status,
        reasons=tuple(sorted(reasons, key=lambda reason: reason.code)),
        lines=lines,
        subtotal=subtotal,
        factor=str(rule.multiplier.factor) if rule.multiplier and applies else None,
        factor_cite=rule.multiplier.cite if rule.multiplier and applies else None,
        total=total,
        gated=gated,
        gate=None if rule.least is None else points(policy, rule.least.points),
        gate_of=None if rule.least is None else rule.least.of,
        gate_cite=None if rule.least is None else rule.least.cite,
        held=(*held, *held_there),
        before_limits=total_of(policy, service, subtotal, applies, limits=False),
        total_rule=rule.total,
        ranks_by_total=rule.ranking.total != "none",
        gives=None if rule.entitlement is None else rule.entitlement.gives,
        gives_cite=None if rule.entitlement is None else rule.entitlement.cite,
        possible=_possible(policy, service, person, lines, applies, as_of) if total is None else None,
        marked=marked,
    )


def _possible(
    policy: Policy, service: str, person: Person, lines: tuple[Line, ...], applies: bool | None, as_of: date
) -> tuple[int, int] | None:
    """The least and the greatest total while a line is pending; None in a service without points."""
    if not lines:
        return None
    found = {line.indicator: _range(policy, line) for line in lines}
    return possible_totals(policy, service, person, found, multiplied=applies, as_of=as_of)


def _range(policy: Policy, line: Line) -> tuple[int, int]:
    """What a line can still come to before it is set aside."""
    if line.earned is not None:
        return line.earned, line.earned
    low, high = possible(policy, policy.indicators[line.indicator].points, line.step)
    return (-high, -low) if line.kind == "deduction" else (low, high)


def _counted(
    policy: Policy, service: str, person: Person, as_of: date, document: Document | None
) -> tuple[Line, ...]:
    """The lines of the service as they count."""
    rules = policy.indicators_of(service)
    steps = {name: evaluate(policy, rule.points, person) for name, rule in rules.items()}
    earned = {name: _earned(policy, rule, steps[name]) for name, rule in rules.items()}
    counted = count_lines(policy, service, person, earned, as_of)
    return tuple(
        _line(policy, name, rule, steps[name], earned[name], counted[name], document)
        for name, rule in rules.items()
    )


def _earned(policy: Policy, indicator: Indicator, step: Step) -> int | None:
    """What a line comes to before it is set aside."""
    amount, unknown = step.value, indicator.unknown
    if amount is None and unknown is not None and unknown.points is not None:
        amount = points(policy, unknown.points)
    return -amount if amount is not None and indicator.kind == "deduction" else amount


def _line(
    policy: Policy,
    name: str,
    indicator: Indicator,
    step: Step,
    earned: int | None,
    counted: tuple[int | None, SetAside | None],
    document: Document | None,
) -> Line:
    unknown_cite = indicator.unknown.cite if indicator.unknown and step.value is None else None
    place = document.place(("indicators", name)) if document else None
    return Line(
        indicator=name,
        title=indicator.title,
        kind=indicator.kind,
        group_title=policy.groups[indicator.group].title,
        cite=indicator.cite,
        file=place.file if place else "",
        line=place.line if place else 0,
        points=counted[0],
        step=step,
        unknown=step.value is None,
        unknown_cite=unknown_cite,
        earned=earned,
        set_aside=counted[1],
        at=None if indicator.at is None else indicator.at.column,
    )


def _subtotal(
    policy: Policy, service: str, lines: tuple[Line, ...], *, deducted: bool = True
) -> tuple[int | None, tuple[Held, ...]]:
    """The sum of the lines with every limit applied, and the limits that changed something, inner first.

    Not `deducted`, as if the service counted no deductions.
    """
    names = summed_lines(policy, service, deducted=deducted)
    return _summed(policy, service, lines, names, deducted=deducted) if lines else (None, ())


def _marked(
    policy: Policy, service: str, lines: tuple[Line, ...]
) -> tuple[tuple[MarkedPoints, ...], tuple[Held, ...]]:
    """What is added to the total at marked wishes, and the limits that changed something."""
    marks, found, held = policy.marks_of(service), list[MarkedPoints](), list[Held]()
    for column, names in marked_lines(policy, service).items():
        amount, more = _summed(policy, service, lines, names)
        found.append(MarkedPoints(column, marks[column].title, marks[column].cite, amount))
        held += more
    return tuple(found), tuple(held)


def _summed(
    policy: Policy, service: str, lines: tuple[Line, ...], names: Collection[str], *, deducted: bool = True
) -> tuple[int | None, tuple[Held, ...]]:
    amounts = {line.indicator: line.points for line in lines if line.indicator in names}
    known = {name: amount for name, amount in amounts.items() if amount is not None}
    if len(known) < len(amounts):
        return None, ()
    held: list[Held] = []

    def hold(one: LineSet, amount: int) -> int:
        after = one.held(amount)
        if after != amount:
            held.append(Held(one.title, one.cite, amount, after))
        return after

    sets = effective_sets(policy, service, deducted=deducted)
    return summed(frozenset(known), sets, known.__getitem__, _added, hold), tuple(held)


def _gated(policy: Policy, service: str, lines: tuple[Line, ...], applies: bool | None) -> int | None:
    """What the gate looks at; the total if there is none."""
    gate = policy.services[service].least
    subtotal, _ = _subtotal(policy, service, lines, deducted=gate is None or gate.deducted)
    if gate is not None and not gate.multiplied:
        return subtotal
    return total_of(policy, service, subtotal, applies)


def _added(amounts: list[int]) -> int:
    return sum(amounts)


def _criteria(policy: Policy, service: str, parents: Sequence[Person]) -> list[Reason]:
    """What is not met or not known; the first of `parents` is scored."""
    found = []
    for name, criterion in policy.services[service].criteria.items():
        asked = parents if criterion.asked_of else parents[:1]
        truth = _of_all([truth_of(policy, criterion.require, each) for each in asked], criterion.asked_of)
        read = dict.fromkeys(facts_of(criterion.require))
        facts = tuple(dict.fromkeys(shown_fact(policy, fact, each) for each in asked for fact in read))
        if truth is False:
            found.append(Reason(name, criterion.otherwise, criterion.title, criterion.cite, facts))
        elif truth is None and criterion.unknown == "pending":
            found.append(Reason(f"unknown:{name}", "pending", criterion.title, criterion.cite, facts))
    return found


def _of_all(truths: Sequence[Truth], asked: Asked | None) -> Truth:
    """Whether either meets it, or both do; unknown while the others do not settle it."""
    settles = asked == "either_parent"
    if settles in truths:
        return settles
    return None if None in truths else not settles


def _sanctions(policy: Policy, service: str, person: Person, as_of: date) -> list[Reason]:
    found = []
    for name, rule in policy.sanctions_of(service).items():
        facts = tuple(shown_fact(policy, fact, person) for fact in dict.fromkeys(sanction_facts(rule)))
        if rule.effect != "void" and in_effect(policy, rule, person, as_of):
            until = None if rule.until is None else day_of(rule.until, person)
            found.append(Reason(name, rule.effect, rule.title, rule.cite, facts, True, until))
        if waits(policy, rule, person, as_of):
            found.append(Reason(f"unknown:{name}", "pending", rule.title, rule.cite, facts))
    return found


def _choices(policy: Policy, service: str, person: Person, lines: tuple[Line, ...]) -> list[Reason]:
    """Choices that were not made and make a difference."""
    found, amounts = [], {line.indicator: line.points for line in lines}
    for choice in policy.exclusive_of(service):
        chosen_by = choice.chosen_by
        if chosen_by is not None and person.get(chosen_by) is None:
            facts = (shown_fact(policy, chosen_by, person),)
            if any(amounts.get(name, 0) != 0 for name in choice.lines):
                code = f"unknown:exclusive:{choice.id}"
                found.append(Reason(code, "pending", choice.title, choice.cite, facts))
    return found


def _open_marks(marked: tuple[MarkedPoints, ...], open_: Collection[str]) -> list[Reason]:
    """Wishes of which it is not known whether they are marked, where that makes a difference."""
    return [
        Reason(f"unknown:at:{each.column}", "pending", each.title, each.cite, ())
        for each in marked
        if each.column in open_ and each.points != 0
    ]


def _pending(policy: Policy, service: str, lines: tuple[Line, ...], applies: bool | None) -> list[Reason]:
    found = [
        Reason(
            f"unknown:{line.indicator}",
            "pending",
            line.title,
            line.unknown_cite or line.cite,
            line.step.facts,
        )
        for line in lines
        if line.points is None
    ]
    rule = policy.services[service].multiplier
    if rule is not None and applies is None:
        title = Title(zh="总分奖励", en="reward on the total")
        found.append(Reason("unknown:multiplier", "pending", title, rule.cite, ()))
    return found


def _unranked(policy: Policy, service: str, person: Person) -> list[Reason]:
    """Facts that people are ranked by and that are missing."""
    rule = policy.services[service]
    cites = needed_facts(rule)
    missing = [shown_fact(policy, name, person) for name in cites if person.get(name) is None]
    found = [
        Reason(f"unknown:ranking:{fact.name}", "pending", fact.title, cites[fact.name], (fact,))
        for fact in missing
    ]
    first = rule.ranking.classes_hit == "first"
    asked = _up_to_first(policy, rule.ranking.classes, person) if first else rule.ranking.classes
    classes = [(f"class:{each.id}", each, each.when) for each in asked]
    groups = [(f"group:{each.id}", each, each.people) for each in _asked(policy, rule, person) if each.people]
    for code, each, condition in (*classes, *groups):
        if each.unknown == "pending" and truth_of(policy, condition, person) is None:
            facts = tuple(shown_fact(policy, name, person) for name in dict.fromkeys(facts_of(condition)))
            found.append(Reason(f"unknown:{code}", "pending", each.title, each.cite, facts))
    return found


def _asked(policy: Policy, rule: Service, person: Person) -> Iterator[NamedPeople]:
    """The groups that must be known; of bands of their own those up to the first that fits."""
    yield from rule.allocation.accepts or ()
    for stage in rule.allocation.stages:
        yield from (group for group in stage.named_people if not isinstance(group, OwnBands))
        yield from _up_to_first(policy, stage.bands_for or (), person)


Ordered = TypeVar("Ordered", PriorityClass, OwnBands)


def _up_to_first(policy: Policy, rules: Sequence[Ordered], person: Person) -> Iterator[Ordered]:
    """Rules in order up to the first whose condition holds; those after it decide nothing."""
    for rule in rules:
        yield rule
        if truth_of(policy, rule.when if isinstance(rule, PriorityClass) else rule.people, person):
            return


def _gate(policy: Policy, service: str, measured: int | None) -> list[Reason]:
    gate = policy.services[service].least
    if gate is None:
        return []
    least = points(policy, gate.points)
    if measured is None or measured >= least:
        return []
    text = to_text(least, policy.scale)
    return [
        Reason(
            "below_gate",
            "ineligible",
            Title(zh=f"未达到{text}分", en=f"fewer than {text} points"),
            gate.cite,
            (),
        )
    ]
