"""Worked cases of a pack, as a file a lawyer can read, put to the engine as the tables of a round."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from scenarios.case_differences import Difference, differ, shown
from scenarios.case_forms import CasesFile, Excuse, Expected, Given, completed, form_problems
from scenarios.case_tables import Sources, facts_of_households, household, household_problems, sheets_of
from scenarios.round_people import WorkedRound
from scenarios.worked_rounds import PackOn, read_for, rounds_of
from scoring.candidates import qualify
from scoring.eligibility import STATUSES, assess
from scoring.facts import Facts, other_columns, service_facts
from scoring.model_problems import validated
from scoring.pack import Pack
from scoring.policy import Policy
from scoring.reading import plain_name
from scoring.score import score
from scoring.units import domain_of
from values.points import to_text
from values.problems import BadInput, Place, Problem
from values.yaml_marks import Document, Path, read_yaml

Facing = Mapping[str, object]


@dataclass(frozen=True)
class Case:
    """One worked case, completed from the defaults; `path` is where it stands in the file."""

    name: str
    service: str
    as_of: date
    given: Given
    expect: Expected
    readings: Mapping[str, str] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    path: Path = ()


@dataclass(frozen=True)
class Cases:
    """The cases and rounds of a file, where everything stands in it, and what they need not notice."""

    cases: tuple[Case, ...]
    document: Document
    rounds: tuple[WorkedRound, ...] = ()
    excuses: tuple[Excuse, ...] = ()


@dataclass(frozen=True)
class Tried:
    """A case that was computed: what the engine gives, and where that is not what the text gives."""

    case: Case
    outcome: Facing
    differences: tuple[Difference, ...]


def load_cases(text: str, name: str) -> Cases:
    """The cases of a file; `name` is the file named in errors.

    Raises:
        BadInput: everything wrong with the file's form, with file, line and column; `examples.no_service`,
            `.no_date`, `.expects_nothing`.
    """
    document = read_yaml(text, name)
    file = validated(CasesFile, document.value, document)
    cases, problems = list[Case](), list[Problem]()
    for number, model in enumerate(file.cases):
        path: Path = ("cases", number)
        given = completed(file.defaults, model)
        problems += form_problems(document, path, given, model.expect)
        if given.service is not None and given.as_of is not None:
            head, place = (model.case, given.service, given.as_of), document.place((*path, "case"))
            cases.append(Case(*head, given, model.expect, given.readings, place, path))
    rounds, wrong = rounds_of(file, document)
    if problems or wrong:
        raise BadInput([*problems, *wrong])
    return Cases(tuple(cases), document, rounds, file.unnoticeable)


def try_cases(cases: Cases, pack_on: PackOn) -> tuple[Tried, ...]:
    """Every case computed on its day and under its readings, in the file's order.

    Raises:
        BadInput: `examples.*` and `facts.*` of every case that cannot be computed, at its place; what
            `pack_on` raises.
    """
    together: dict[tuple[str, date, tuple[tuple[str, str], ...]], list[Case]] = {}
    for case in cases.cases:
        key = (case.service, case.as_of, tuple(sorted(case.readings.items())))
        together.setdefault(key, []).append(case)
    problems: list[Problem] = []
    found: dict[Path, Tried] = {}
    for group in together.values():
        try:
            outcomes = _outcomes(cases, group, pack_on)
        except BadInput as error:
            problems += error.problems
            continue
        for case, outcome in zip(group, outcomes, strict=True):
            found[case.path] = Tried(case, outcome, tuple(differences_of_case(case, outcome)))
    if problems:
        raise BadInput(sorted(set(problems), key=lambda problem: (problem.place, problem.code)))
    return tuple(found[case.path] for case in cases.cases)


def _outcomes(cases: Cases, group: Sequence[Case], pack_on: PackOn) -> list[dict[str, object]]:
    """What comes out of cases of one service, day and set of readings."""
    first = group[0]
    there = Sources(cases.document, (first.path, ("defaults",)))
    pack = read_for(pack_on, first.as_of, first.readings, there)
    wrong = list(_group_problems(cases, group, pack))
    if wrong:
        raise BadInput(wrong)
    try:
        return outcomes_of(facts_of_cases(pack.policy, group))
    except BadInput as error:
        raise BadInput(Problem(one.code, one.params, first.place) for one in error.problems) from None


def _group_problems(cases: Cases, group: Sequence[Case], pack: Pack) -> Iterator[Problem]:
    """What cases of one service say that the pack does not know."""
    policy, service = pack.policy, group[0].service
    if service not in policy.services:
        known = ", ".join(policy.services)
        for case in group:
            own: Path = (*case.path, "service")
            place = cases.document.place(own if own in cases.document.places else ("defaults", "service"))
            yield Problem.of("examples.unknown_service", place, service=service, known=known)
        return
    facts = (*service_facts(policy, service), *other_columns(policy, service))
    lines, sheets = policy.indicators_of(service), sheets_of(policy, service)
    for case in group:
        yield from _expected_problems(cases, case, lines, facts)
        there = Sources(cases.document, (case.path, ("defaults",)))
        yield from household_problems(sheets, household(case.given), there, pack.resolution.idle)


def _expected_problems(
    cases: Cases, case: Case, lines: Container[str], facts: Sequence[str]
) -> Iterator[Problem]:
    """What a case expects of lines and facts that its service does not have."""
    for name in (name for name in case.expect.indicators if name not in lines):
        place = cases.document.place((*case.path, "expect", "indicators", name))
        yield Problem.of("examples.unknown_line", place, indicator=name, service=case.service)
    for name in (name for name in case.expect.facts if name not in facts):
        near = difflib.get_close_matches(name, facts, 1)
        place = cases.document.place((*case.path, "expect", "facts", name))
        yield Problem.of("examples.unknown_fact", place, fact=name, near=near[0] if near else "–")


def facts_of_cases(policy: Policy, cases: Sequence[Case]) -> Facts:
    """The facts frame of cases of one service and date, a candidate each, in the order of the cases."""
    ((service, as_of),) = {(case.service, case.as_of) for case in cases}
    return facts_of_households(policy, service, [household(case.given) for case in cases], as_of=as_of)


def outcomes_of(facts: Facts) -> list[dict[str, object]]:
    """What the engine gives for every candidate, in the form of `expect`: of the parent who counts."""
    policy = facts.policy
    scores = score(facts)
    standings = qualify(facts, assess(facts), scores)
    lines = scores.lines.rows(named=True) if scores.lines.width else [{} for _ in range(facts.frame.height)]
    totals, known = scores.totals.rows(named=True), facts.frame.rows(named=True)
    codes = {
        pair: reasons["code"].to_list()
        for (pair,), reasons in standings.reasons.partition_by("pair", as_dict=True).items()
    }
    return [
        {
            "indicators": {name: _text(policy, amount) for name, amount in lines[pair].items()},
            "facts": {name: fact_text(policy, name, value) for name, value in known[pair].items()},
            "subtotal": _text(policy, totals[pair]["subtotal"]),
            "total": _text(policy, totals[pair]["total"]),
            "status": STATUSES[standings.pair_status[pair]],
            "reasons": codes.get(pair, []),
            "multiplied": totals[pair]["multiplied"],
        }
        for pair in standings.pair.tolist()
    ]


def differences_of_case(case: Case, outcome: Facing) -> Iterator[Difference]:
    """Where an outcome is not what a case expects."""
    for name in Expected.model_fields:
        if name not in case.expect.model_fields_set:
            continue
        expected, got = getattr(case.expect, name), outcome[name]
        if isinstance(expected, dict):
            assert isinstance(got, dict)
            for key, value in expected.items():
                if differ(value, got.get(key)):
                    yield Difference(key, shown(value), shown(got.get(key)))
        elif differ(expected, got):
            yield Difference(name, shown(expected), shown(got))


def _text(policy: Policy, units: int | None) -> str | None:
    return None if units is None else to_text(units, policy.scale)


def fact_text(policy: Policy, column: str, value: object) -> object:
    """A fact of the facts frame in its own unit, as a case writes it."""
    domain = domain_of(policy, column) or domain_of(policy, plain_name(column))
    number = domain is not None and domain.is_quantity and isinstance(value, int)
    return to_text(value, domain.decimals) if number else value  # type: ignore[arg-type, union-attr]
