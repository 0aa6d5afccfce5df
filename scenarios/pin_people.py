"""The people of worked cases and rounds, kept at hand: whether they notice an altered policy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from scenarios.round_people import WorkedRound
from scenarios.round_tables import tables_of_round
from scenarios.worked_cases import Case, differences_of_case, fact_text, facts_of_cases, outcomes_of
from scenarios.worked_rounds import decided_round, try_round
from scoring.explain import explain
from scoring.facts import Facts, other_columns, service_facts, with_sources
from scoring.pack import Pack
from scoring.policy import Policy
from scoring.reading import plain_name
from scoring.scalar import Person, Reader, truth_of
from values.points import to_text
from values.problems import BadInput, Refused

Rows = tuple[Person, ...]
"""The rows of the facts frame of one candidate: one, or one a parent."""


@dataclass(frozen=True, eq=False)
class CaseGroup:
    """Cases of one service, day and set of readings, with the pack they stand under and everybody's facts."""

    pack: Pack
    service: str
    cases: tuple[Case, ...]
    facts: Facts
    rows: tuple[Rows, ...]
    earned: dict[str, list[list[int | None]]] = field(default_factory=dict)

    def notices(self, policy: Policy, concerned: Sequence[int] | None = None) -> bool:
        """Whether one of the cases, or of those `concerned`, expects something else than this policy gives.

        The policy computes the same facts.
        """
        return self._notices(replace(self.facts, policy=policy), self.rows, concerned)

    def notices_other_facts(self, policy: Policy) -> bool:
        """The same of a policy that may compute other facts, or refuse those that are given."""
        if self.service not in policy.services:
            return True
        try:
            facts = facts_of_cases(policy, self.cases)
        except BadInput:
            return True
        return self._notices(facts, rows_of(facts), None)

    def _notices(self, facts: Facts, rows: Sequence[Rows], concerned: Sequence[int] | None) -> bool:
        several: list[Case] = []
        for at in range(len(self.cases)) if concerned is None else concerned:
            if len(rows[at]) > 1:
                several.append(self.cases[at])
            elif any(differences_of_case(self.cases[at], outcome_of(facts, rows[at][0]))):
                return True
        if not several:
            return False
        outcomes = outcomes_of(facts_of_cases(facts.policy, several))  # the columns choose who counts
        return any(any(differences_of_case(*each)) for each in zip(several, outcomes, strict=True))

    def changed(self, policy: Policy, indicator: str) -> list[int]:
        """The cases in which somebody earns something else with an indicator; those that expect it first."""
        if indicator not in self.earned:
            self.earned[indicator] = [_earned(self.pack.policy, indicator, rows) for rows in self.rows]
        before = self.earned[indicator]
        found = [at for at, rows in enumerate(self.rows) if _earned(policy, indicator, rows) != before[at]]
        return sorted(found, key=lambda at: indicator not in self.cases[at].expect.indicators)

    def reads(self, facts: Collection[str]) -> bool:
        """Whether the service reads one of these facts, or something computed from it."""
        return _reads(self.pack.policy, self.service, facts)


@dataclass(frozen=True, eq=False)
class OneRound:
    """A worked round, the pack it stands under, and everybody's rows; None where it stops before the end."""

    pack: Pack
    worked: WorkedRound
    facts: Facts | None
    rows: tuple[Rows, ...] = ()
    earned: dict[str, list[list[int | None]]] = field(default_factory=dict)

    def notices(self, pack: Pack) -> bool:
        """Whether the round expects something else than this pack gives, or cannot be decided."""
        try:
            return bool(try_round(self.worked, pack).differences)
        except BadInput:
            return True

    def changed(self, policy: Policy, indicator: str) -> bool:
        """Whether somebody may earn something else with this indicator."""
        if self.facts is None:
            return True
        if indicator not in self.earned:
            self.earned[indicator] = [_earned(self.pack.policy, indicator, rows) for rows in self.rows]
        before = self.earned[indicator]
        return any(_earned(policy, indicator, rows) != before[at] for at, rows in enumerate(self.rows))

    def sheets_change(self, policy: Policy) -> bool:
        """Whether somebody's score sheet may say something else. The policy computes the same facts."""
        if self.facts is None:
            return True
        after = replace(self.facts, policy=policy)
        return any(
            outcome_of(self.facts, row) != outcome_of(after, row) for rows in self.rows for row in rows
        )

    def reads(self, facts: Collection[str]) -> bool:
        """Whether the service reads one of these facts, or something computed from it."""
        return _reads(self.pack.policy, self.worked.service, facts)


def _reads(policy: Policy, service: str, facts: Collection[str]) -> bool:
    read = (*service_facts(policy, service), *map(plain_name, other_columns(policy, service)))
    return not with_sources(policy, read).isdisjoint(facts)


def _earned(policy: Policy, indicator: str, rows: Rows) -> list[int | None]:
    return [Reader(policy, row).line(indicator) for row in rows]


def case_group(pack: Pack, cases: Sequence[Case]) -> CaseGroup:
    """Cases of one service, day and set of readings, with their facts.

    Raises:
        BadInput: as `facts_of_cases`.
    """
    facts = facts_of_cases(pack.policy, cases)
    return CaseGroup(pack, cases[0].service, tuple(cases), facts, rows_of(facts))


def one_round(pack: Pack, worked: WorkedRound) -> OneRound:
    """A worked round with everybody's facts.

    Raises:
        BadInput: as `try_round`.
    """
    try:
        facts = decided_round(worked, pack, tables_of_round(pack.policy, worked)).facts
    except Refused:
        return OneRound(pack, worked, None)
    return OneRound(pack, worked, facts, rows_of(facts))


def rows_of(facts: Facts) -> tuple[Rows, ...]:
    """The rows of every candidate, in the order of the candidates."""
    found: list[list[Person]] = [[] for _ in range(len(facts.candidates))]
    for candidate, row in zip(facts.candidate_row.tolist(), facts.frame.rows(named=True), strict=True):
        found[candidate].append(row)
    return tuple(map(tuple, found))


def outcome_of(facts: Facts, person: Person) -> dict[str, object]:
    """What `scenarios.worked_cases.outcomes_of` gives for a candidate with one parent, without columns."""
    policy = facts.policy
    sheet = explain(policy, facts.service, person, candidate="", subject="", as_of=facts.as_of)
    multiplier = policy.services[facts.service].multiplier
    return {
        "indicators": {line.indicator: _text(policy, line.points) for line in sheet.lines},
        "facts": {name: fact_text(policy, name, value) for name, value in person.items()},
        "subtotal": _text(policy, sheet.subtotal),
        "total": _text(policy, sheet.total),
        "status": sheet.status,
        "reasons": [reason.code for reason in sheet.reasons],
        "multiplied": truth_of(policy, multiplier.when, person) if multiplier else False,
    }


def _text(policy: Policy, units: int | None) -> str | None:
    return None if units is None else to_text(units, policy.scale)
