"""What a person has by the state of registration and permit, and what of it other things decide."""

from __future__ import annotations

from dataclasses import dataclass

from residence.findings import Answer, Finding
from residence.history import Facts
from residence.rule_sections import Entitlement
from residence.rules import Rules
from values.problems import Problem


@dataclass(frozen=True)
class Granted:
    """An entitlement on a day: had (`met`), not had, or decided elsewhere (`unknown`), and why."""

    entitlement: Entitlement
    finding: Finding

    @property
    def answer(self) -> Answer:
        """Whether the person has it."""
        return self.finding.answer


def entitlements_on(facts: Facts, rules: Rules) -> tuple[Granted, ...]:
    """Everything the rules name, in their order, with whether the person has it on the facts' day.

    A permit that is suspended or was terminated gives nothing. What goes by points, by rank, by further
    conditions or by what the county offers is `unknown` here: a pack, a round or the county's own layer
    decides it. A county states its services in a layer over the city's: an entry without a limit is had.
    """
    return tuple(
        Granted(item, _finding(item, facts))
        for named in rules.entitlements.values()
        for item in named.values()
    )


def _finding(item: Entitlement, facts: Facts) -> Finding:
    has = {
        "nothing": True,
        "registration": facts.registration == "registered",
        "permit": facts.permit == "valid",
    }[item.needs]
    if not has:
        why = Problem.of(
            "finding.status", needs=item.needs, registration=facts.registration, permit=facts.permit
        )
        return Finding("not_met", why, item.cite)
    if item.limit != "none":
        return Finding("unknown", Problem.of("finding.limit", limit=item.limit), item.cite)
    return Finding("met", Problem.of("finding.entitled", needs=item.needs), item.cite)
