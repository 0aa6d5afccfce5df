"""Worked cases of a pack, as a file a lawyer can read, put to the engine as the tables of a round."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from scenarios.case_tables import Household, facts_of_households, household_problems
from scoring.candidates import qualify
from scoring.conditions import PackModel, plain
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
PackOn = Callable[[date, Mapping[str, str]], Pack]
"""The pack on a day and under the readings asked for."""


def _as_text(value: object) -> object:
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return plain(Decimal(value)) if number else value  # type: ignore[arg-type]


Amount = Annotated[str, BeforeValidator(_as_text)]
Rows = Annotated[tuple[dict[str, object], ...], Field(strict=False)]


class Given(PackModel):
    """Who is scored for what and when; a case says only what differs from the file's defaults."""

    service: str | None = None
    as_of: date | None = None
    readings: dict[str, str] = Field(default_factory=dict)
    subject: dict[str, object] = Field(default_factory=dict)
    second_subject: dict[str, object] | None = None
    spouse: dict[str, object] | None = None
    candidate: dict[str, object] = Field(default_factory=dict)
    ledgers: dict[str, Rows] = Field(default_factory=dict)
    tables: dict[str, Rows] = Field(default_factory=dict)


class Expected(PackModel):
    """What the text gives; null means that it is not known yet."""

    indicators: dict[str, Amount | None] = Field(default_factory=dict)
    facts: dict[str, object] = Field(default_factory=dict)
    subtotal: Amount | None = None
    total: Amount | None = None
    status: Literal["eligible", "pending", "frozen", "ineligible", "vetoed", "barred"] | None = None
    reasons: tuple[str, ...] | None = Field(default=None, strict=False)
    multiplied: bool | None = None


class CaseModel(Given):
    """One worked case as written."""

    case: str = Field(min_length=1)
    expect: Expected


class CasesFile(PackModel):
    """A file of worked cases: somebody who may apply and earns nothing, and the cases."""

    defaults: Given
    cases: tuple[CaseModel, ...] = Field(min_length=1, strict=False)


@dataclass(frozen=True)
class Case:
    """One worked case, completed from the defaults; `own` are the names that the case itself gives."""

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
    """The cases of a file, and where everything stands in it."""

    cases: tuple[Case, ...]
    document: Document


@dataclass(frozen=True)
class Difference:
    """What a case expects, and what the engine gives instead."""

    name: str
    expected: str
    got: str


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
        service, as_of = (model.service or file.defaults.service), (model.as_of or file.defaults.as_of)
        wrong = {"no_service": service is None, "no_date": as_of is None}
        wrong["expects_nothing"] = all(
            getattr(model.expect, name) == {} for name in model.expect.model_fields_set
        )
        problems += [
            Problem.of(f"examples.{code}", document.place(path)) for code, holds in wrong.items() if holds
        ]
        if service is not None and as_of is not None:
            given, readings = _completed(file.defaults, model), {**file.defaults.readings, **model.readings}
            place = document.place((*path, "case"))
            cases.append(Case(model.case, service, as_of, given, model.expect, readings, place, path))
    if problems:
        raise BadInput(problems)
    return Cases(tuple(cases), document)


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
    for (_, as_of, readings), group in together.items():
        pack = pack_on(as_of, dict(readings))
        wrong = [problem for case in group for problem in case_problems(cases, case, pack)]
        problems += wrong
        if not wrong:
            try:
                outcomes = outcomes_of(facts_of_cases(pack.policy, group))
            except BadInput as error:
                problems += [Problem(one.code, one.params, group[0].place) for one in error.problems]
                continue
            for case, outcome in zip(group, outcomes, strict=True):
                found[case.path] = Tried(case, outcome, tuple(_differences(case, outcome)))
    if problems:
        raise BadInput(sorted(set(problems), key=lambda problem: (problem.place, problem.code)))
    return tuple(found[case.path] for case in cases.cases)


def case_problems(cases: Cases, case: Case, pack: Pack) -> Iterator[Problem]:
    """What a case says that the pack does not know."""
    policy = pack.policy
    own: Path = (*case.path, "service")
    service = cases.document.place(own if own in cases.document.places else ("defaults", "service"))
    if case.service not in policy.services:
        known = ", ".join(policy.services)
        yield Problem.of("examples.unknown_service", service, service=case.service, known=known)
        return
    lines = policy.indicators_of(case.service)
    for name in case.expect.indicators:
        if name not in lines:
            place = cases.document.place((*case.path, "expect", "indicators", name))
            yield Problem.of("examples.unknown_line", place, indicator=name, service=case.service)
    facts = (*service_facts(policy, case.service), *other_columns(policy, case.service))
    for name in (name for name in case.expect.facts if name not in facts):
        near = difflib.get_close_matches(name, facts, 1)
        place = cases.document.place((*case.path, "expect", "facts", name))
        yield Problem.of("examples.unknown_fact", place, fact=name, near=near[0] if near else "–")
    idle = pack.resolution.idle
    yield from household_problems(policy, case.service, household(case), cases.document, case.path, idle)


def household(case: Case) -> Household:
    """The people and rows of a case."""
    given = case.given
    rows = {**given.ledgers, **given.tables}
    return Household(given.subject, given.second_subject, given.candidate, rows, given.spouse)


def facts_of_cases(policy: Policy, cases: Sequence[Case]) -> Facts:
    """The facts frame of cases of one service and date, a candidate each, in the order of the cases."""
    ((service, as_of),) = {(case.service, case.as_of) for case in cases}
    return facts_of_households(policy, service, [household(case) for case in cases], as_of=as_of)


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
            "facts": {name: _fact_text(policy, name, value) for name, value in known[pair].items()},
            "subtotal": _text(policy, totals[pair]["subtotal"]),
            "total": _text(policy, totals[pair]["total"]),
            "status": STATUSES[standings.pair_status[pair]],
            "reasons": codes.get(pair, []),
            "multiplied": totals[pair]["multiplied"],
        }
        for pair in standings.pair.tolist()
    ]


def _completed(defaults: Given, case: CaseModel) -> Given:
    """The case with the defaults that it does not replace; a ledger is replaced as a whole."""
    second = case.second_subject
    return Given(
        subject={**defaults.subject, **case.subject},
        second_subject=None if second is None else {**defaults.subject, **second},
        spouse=None if case.spouse is None else {**defaults.subject, **case.spouse},
        candidate={**defaults.candidate, **case.candidate},
        ledgers={**defaults.ledgers, **case.ledgers},
        tables={**defaults.tables, **case.tables},
    )


def _differences(case: Case, outcome: Facing) -> Iterator[Difference]:
    for name in Expected.model_fields:
        if name not in case.expect.model_fields_set:
            continue
        expected, got = getattr(case.expect, name), outcome[name]
        if isinstance(expected, dict):
            assert isinstance(got, dict)
            for key, value in expected.items():
                if _differ(value, got.get(key)):
                    yield Difference(key, _shown(value), _shown(got.get(key)))
        elif _differ(expected, got):
            yield Difference(name, _shown(expected), _shown(got))


def _differ(expected: object, got: object) -> bool:
    """A fact may have a member `unknown`, which is not what is not known."""
    return (expected is None) != (got is None) or _shown(expected) != _shown(got)


def _shown(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    return str(_as_text(value))


def _text(policy: Policy, units: int | None) -> str | None:
    return None if units is None else to_text(units, policy.scale)


def _fact_text(policy: Policy, column: str, value: object) -> object:
    """A fact of the facts frame in its own unit, as a case writes it."""
    domain = domain_of(policy, column) or domain_of(policy, plain_name(column))
    number = domain is not None and domain.is_quantity and isinstance(value, int)
    return to_text(value, domain.decimals) if number else value  # type: ignore[arg-type, union-attr]
