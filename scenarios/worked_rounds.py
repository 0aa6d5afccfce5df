"""Worked rounds of a pack: a handful of people, seats and wishes, and who gets what by the text.

They are decided as an official round is (`scenarios.round.decide`), but nothing is recorded, and where the
policy draws lots the order in which these came out is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from allocation.priority import Lots
from scenarios.case_differences import Difference
from scenarios.case_forms import Applicant, CasesFile, Given, RoundModel, completed, form_problems, person_of
from scenarios.case_tables import Sources
from scenarios.config import NoticeConfig, RoundConfig
from scenarios.decision import Decision
from scenarios.round import decide
from scenarios.round_expectations import differences_of, expectation_problems, outcome_of, stopped
from scenarios.round_people import Entrant, WorkedRound
from scenarios.round_tables import TablesOfRound, given_problems, tables_of_round
from scoring.constructs import Title
from scoring.pack import Pack
from values.problems import BadInput, Problem, Refused
from values.yaml_marks import Document, Path

PackOn = Callable[[date, Mapping[str, str]], Pack]
"""The pack on a day and under the readings asked for."""

EXAMPLE = Title(zh="演算示例", en="worked example")


@dataclass(frozen=True)
class TriedRound:
    """A round that was decided: what the engine gives, where the text does not, and why it stopped."""

    round: WorkedRound
    outcome: Mapping[str, object]
    differences: tuple[Difference, ...]
    refusals: tuple[Problem, ...] = ()


def rounds_of(file: CasesFile, document: Document) -> tuple[tuple[WorkedRound, ...], list[Problem]]:
    """The rounds of a file, completed from the defaults, and what they lack.

    Codes: `examples.no_service`, `.no_date`, `.expects_nothing`, `.unknown_like`.
    """
    rounds, problems = list[WorkedRound](), list[Problem]()
    for number, model in enumerate(file.rounds):
        path: Path = ("rounds", number)
        given = completed(file.defaults, model)
        problems += form_problems(document, path, given, model.expect)
        people, wrong = _people(model, given, document, path)
        problems += wrong
        if given.service is not None and given.as_of is not None:
            rounds.append(WorkedRound(given.service, given.as_of, given, people, model, document, path))
    return tuple(rounds), problems


def _people(
    model: RoundModel, given: Given, document: Document, path: Path
) -> tuple[dict[str, Entrant], list[Problem]]:
    """Everybody of a round in the file's order; whom somebody is like stands above."""
    found, problems = dict[str, Entrant](), list[Problem]()
    for name, own in model.people.items():
        here = (*path, "people", name)
        like = None if own.like is None else found.get(own.like)
        if own.like is not None and like is None:
            place = document.place((*here, "like"))
            problems.append(Problem.of("examples.unknown_like", place, person=name, like=own.like))
        found[name] = _entrant(own, like, given, document, here)
    return found, problems


def _entrant(own: Applicant, like: Entrant | None, given: Given, document: Document, here: Path) -> Entrant:
    whole = person_of(given, given if like is None else like.given, own)
    copied = () if like is None else like.wishes
    lists = {} if like is None else like.lists
    at = {} if like is None else like.at
    refuses = own.refuses if own.refuses is not None else like is not None and like.refuses
    above = (here[:2], ("defaults",)) if like is None else like.sources.paths
    return Entrant(
        whole,
        copied if own.wishes is None else own.wishes,
        lists if own.lists is None else own.lists,
        refuses,
        Sources(document, (here, *above)),
        at if own.at is None else own.at,
    )


def try_rounds(rounds: tuple[WorkedRound, ...], pack_on: PackOn) -> tuple[TriedRound, ...]:
    """Every round decided on its day and under its readings, in the file's order.

    Raises:
        BadInput: `examples.*`, `round.*` and `facts.*` of every round that cannot be decided, at its place;
            what `pack_on` raises.
    """
    tried, problems = list[TriedRound](), list[Problem]()
    for worked in rounds:
        try:
            there = Sources(worked.document, (worked.path, ("defaults",)))
            pack = read_for(pack_on, worked.as_of, worked.given.readings, there)
            tried.append(try_round(worked, pack))
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return tuple(tried)


def read_for(pack_on: PackOn, as_of: date, readings: Mapping[str, str], sources: Sources) -> Pack:
    """The pack on a day and under readings, which may not exist.

    Raises:
        BadInput: `resolve.*` at the reading; what `pack_on` raises.
    """
    try:
        return pack_on(as_of, readings)
    except BadInput as error:
        raise BadInput(
            problem if problem.place.file else _at_reading(problem, sources) for problem in error.problems
        ) from None


def _at_reading(problem: Problem, sources: Sources) -> Problem:
    return replace(problem, place=sources.place(("readings",), dict(problem.params).get("switch", "")))


def try_round(worked: WorkedRound, pack: Pack) -> TriedRound:
    """A round decided with this pack.

    Raises:
        BadInput: as `try_rounds`.
    """
    problems = list(given_problems(worked, pack)) or list(expectation_problems(worked, pack.policy))
    if problems:
        raise BadInput(problems)
    made = tables_of_round(pack.policy, worked)
    try:
        decision = decided_round(worked, pack, made)
    except Refused as error:
        outcome = stopped(worked, error.problems)
        return TriedRound(worked, outcome, tuple(differences_of(worked, outcome)), error.problems)
    problems = list(_lot_problems(worked, decision))
    if problems:
        raise BadInput(problems)
    outcome = outcome_of(worked, decision)
    return TriedRound(worked, outcome, tuple(differences_of(worked, outcome)))


def decided_round(worked: WorkedRound, pack: Pack, made: TablesOfRound) -> Decision:
    """A round decided on its tables.

    Raises:
        BadInput: what is wrong with the tables, at its place in the file.
        Refused: the round stops.
    """
    config = RoundConfig(
        format="round/1",
        id="worked-example",
        title=EXAMPLE,
        policy=pack.policy.id,
        service=worked.service,
        as_of=worked.as_of,
        illustrative=EXAMPLE,
        notice=NoticeConfig(office=EXAMPLE, contact=EXAMPLE, published_on=worked.as_of),
    )
    try:
        return decide(
            pack, config, made.tables, draw=Lots(worked.model.ties_drawn, worked.model.called_drawn)
        )
    except BadInput as error:
        raise BadInput(made.placed(worked, problem) for problem in error.problems) from None


def _lot_problems(worked: WorkedRound, decision: Decision) -> Iterator[Problem]:
    """Lots of people who are not ranked; equal people whom a stage compares over all scopes without lots."""
    lots, ranking, place = worked.model.ties_drawn, decision.ranking, worked.place("ties_drawn")
    ranked = decision.ground.people
    for name in (name for name in lots if name not in ranked):
        yield Problem.of("examples.lot_of_nobody", place, person=name)
    listed = () if decision.called is None else (*decision.called.table["candidate"],)
    for name in (name for name in worked.model.called_drawn if name not in listed):
        yield Problem.of("examples.lot_of_unlisted", worked.place("called_drawn"), person=name)
    policy = decision.facts.policy
    stages = policy.services[worked.service].allocation.stages
    if "lottery" not in policy.services[worked.service].ranking.ties or not any(s.area for s in stages):
        return
    _, group, size = np.unique(ranking.values, axis=0, return_inverse=True, return_counts=True)
    tied = size[group.reshape(-1)] > 1
    missing = [name for name, equal in zip(ranked, tied, strict=True) if equal and name not in lots]
    if missing:
        yield Problem.of("lottery.lots_missing", place, people=", ".join(missing))
