"""One person's score sheet: every line with clause, facts and arithmetic. Recomputed, never recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scoring.conditions import facts_of
from scoring.constructs import Title
from scoring.eligibility import STATUSES
from scoring.policy import Indicator, Kind, Policy, needed_facts
from scoring.scalar import Person, Shown, Step, evaluate, shown_fact, truth_of
from scoring.units import factor, points
from values.points import to_text
from values.yaml_marks import Document


@dataclass(frozen=True)
class Reason:
    """Why someone does not take part: a criterion, `below_gate` or `unknown:…`, with its clause."""

    code: str
    status: str
    title: Title
    cite: str
    facts: tuple[Shown, ...]


@dataclass(frozen=True)
class Line:
    """One line of the score sheet. `points` is None while the line is pending."""

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


@dataclass(frozen=True)
class Explanation:
    """Everything that led to one pair's total and status. Amounts in units of 10^-scale."""

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
) -> Explanation:
    """Explain one pair. `person` is its row of the facts frame; `document` adds file and line."""
    rule = policy.services[service]
    lines = tuple(
        _line(policy, name, indicator, person, document)
        for name, indicator in policy.indicators_of(service).items()
    )
    subtotal = _subtotal(policy, lines, policy.indicators_of(service))
    applies = truth_of(policy, rule.multiplier.when, person) if rule.multiplier else False
    total = _total(policy, service, subtotal, applies)
    reasons = (*_criteria(policy, service, person), *_pending(policy, service, lines, applies))
    reasons = (*reasons, *_unranked(policy, service, person), *_gate(policy, service, subtotal, total))
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
        gate=None if rule.gate is None else points(policy, rule.gate.points),
        gate_of=None if rule.gate is None else rule.gate.of,
        gate_cite=None if rule.gate is None else rule.gate.cite,
    )


def _line(policy: Policy, name: str, indicator: Indicator, person: Person, document: Document | None) -> Line:
    step = evaluate(policy, indicator.points, person)
    amount, unknown_cite = step.value, None
    if amount is None and indicator.unknown is not None:
        unknown_cite = indicator.unknown.cite
        if indicator.unknown.points is not None:
            amount = points(policy, indicator.unknown.points)
    if amount is not None and indicator.kind == "deduction":
        amount = -amount
    place = document.place(("indicators", name)) if document else None
    return Line(
        indicator=name,
        title=indicator.title,
        kind=indicator.kind,
        group_title=policy.groups[indicator.group].title,
        cite=indicator.cite,
        file=place.file if place else "",
        line=place.line if place else 0,
        points=amount,
        step=step,
        unknown=step.value is None,
        unknown_cite=unknown_cite,
    )


def _subtotal(policy: Policy, lines: tuple[Line, ...], indicators: dict[str, Indicator]) -> int | None:
    if not lines:
        return None
    sums: dict[str, int] = {}
    for line in lines:
        if line.points is None:
            return None
        group = indicators[line.indicator].group
        sums[group] = sums.get(group, 0) + line.points
    for name in sums:
        group_rule = policy.groups[name]
        if group_rule.floor is not None:
            sums[name] = max(sums[name], points(policy, group_rule.floor))
        if group_rule.cap is not None:
            sums[name] = min(sums[name], points(policy, group_rule.cap))
    return sum(sums.values())


def _total(policy: Policy, service: str, subtotal: int | None, applies: bool | None) -> int | None:
    rule = policy.services[service].multiplier
    if subtotal is None or applies is None:
        return None
    if rule is None or not applies:
        return subtotal
    numerator, denominator = factor(rule.factor)
    return subtotal * numerator // denominator


def _criteria(policy: Policy, service: str, person: Person) -> list[Reason]:
    found = []
    for name, criterion in policy.services[service].criteria.items():
        truth = truth_of(policy, criterion.require, person)
        facts = tuple(shown_fact(policy, fact, person) for fact in dict.fromkeys(facts_of(criterion.require)))
        if truth is False:
            found.append(Reason(name, criterion.otherwise, criterion.title, criterion.cite, facts))
        elif truth is None and criterion.unknown == "pending":
            found.append(Reason(f"unknown:{name}", "pending", criterion.title, criterion.cite, facts))
    return found


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
    for each in rule.ranking.classes:
        if each.unknown == "pending" and truth_of(policy, each.when, person) is None:
            facts = tuple(shown_fact(policy, name, person) for name in dict.fromkeys(facts_of(each.when)))
            found.append(Reason(f"unknown:class:{each.id}", "pending", each.title, each.cite, facts))
    return found


def _gate(policy: Policy, service: str, subtotal: int | None, total: int | None) -> list[Reason]:
    gate = policy.services[service].gate
    if gate is None:
        return []
    measured = total if gate.of == "total" else subtotal
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
