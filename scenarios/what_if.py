"""What-if: the scenarios of a study decided one after another and compared with the official round.

Everything but what a scenario names stays as it is, chance included: everyone keeps the ticket of the
official draw, whoever enters or leaves the ranking. A scenario with a draw of its own has it held over
the official roster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import polars as pl

from allocation.lottery import plain_roster_hash
from allocation.priority import Draw, hold
from publication.replay import compare as differences_of
from scenarios.comparison import Comparison, compare
from scenarios.config import RoundConfig, config_problems
from scenarios.decision import Decision
from scenarios.groups import Group, groups_of
from scenarios.round import Round, decide, run_round
from scenarios.seat_changes import with_seats
from scenarios.study import Study
from scenarios.table_fit import in_scopes, misfits
from scenarios.tables import Applications
from scoring.constructs import Title
from scoring.overlay import Applied, overlay
from scoring.pack import Pack
from values.problems import BadInput, JifenError, Place, Problem, Refused, refused
from values.progress import Progress, no_progress

WATERMARK = "模拟测算，非正式结果 / what-if, not an official result"
"""Stands in everything that comes out of a study."""


@dataclass(frozen=True, eq=False)
class WhatIf(Decision):
    """What a scenario would have decided. It is no `Round`: it has no record and cannot be published."""

    scenario: str

    @property
    def record(self) -> NoReturn:
        """There is none.

        Raises:
            Refused: `what_if.not_published`, always.
        """
        raise refused("what_if.not_published", scenario=self.scenario)


@dataclass(frozen=True, eq=False)
class Altered:
    """A scenario made concrete: the changed policy, settings and tables, and what was changed."""

    name: str
    title: Title
    pack: Pack
    config: RoundConfig
    tables: Applications
    applied: tuple[Applied, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a scenario: the comparison with the official round, or the problems it failed with."""

    name: str
    title: Title
    applied: tuple[Applied, ...]
    comparison: Comparison | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A study that was run. `baseline` is the official round itself, with its record.

    The frames put all scenarios under each other, each row with the watermark and the scenario's name.
    """

    study: Study
    baseline: Round
    groups: tuple[Group, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def people(self) -> pl.DataFrame:
        """Everyone whom some scenario changes: `Comparison.people` without the unchanged."""
        return self._frame("people").filter(pl.col("change") != "unchanged")

    @property
    def by_group(self) -> pl.DataFrame:
        """`Comparison.groups` of every scenario."""
        return self._frame("groups")

    @property
    def cutoffs(self) -> pl.DataFrame:
        """`Comparison.cutoffs` of every scenario."""
        return self._frame("cutoffs")

    @property
    def totals(self) -> pl.DataFrame:
        """`Comparison.totals` of every scenario."""
        return self._frame("totals")

    @property
    def flows(self) -> pl.DataFrame:
        """`Comparison.flows` of every scenario."""
        return self._frame("flows")

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The scenarios that came to no decision."""
        return tuple(outcome for outcome in self.outcomes if outcome.comparison is None)

    def of(self, scenario: str) -> Comparison:
        """The comparison of one scenario.

        Raises:
            KeyError: there is no such scenario.
            Refused: with the problems the scenario failed with.
        """
        outcome = {outcome.name: outcome for outcome in self.outcomes}[scenario]
        if outcome.comparison is None:
            raise Refused(outcome.problems)
        return outcome.comparison

    def _frame(self, name: str) -> pl.DataFrame:
        compared = [(outcome.name, outcome.comparison) for outcome in self.outcomes if outcome.comparison]
        if not compared:
            return _marked("", getattr(compare(self.baseline, self.baseline, self.groups), name)).clear()
        frames = [_marked(scenario, getattr(found, name)) for scenario, found in compared]
        return pl.concat(frames, how="vertical_relaxed")


def _marked(scenario: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.lit(WATERMARK).alias("watermark"), pl.lit(scenario).alias("scenario"), pl.all())


def run_study(
    study: Study,
    pack: Pack,
    config: RoundConfig,
    tables: Applications,
    *,
    people: pl.DataFrame | None = None,
    published: Mapping[str, Any] | None = None,
    progress: Progress = no_progress,
) -> StudyResult:
    """Decide the official round and every scenario, in the order written, and compare.

    `people` is the study's own table of groups (`groups_of`); `published` the record that the official
    round must give, but for the versions of the program and its libraries. A scenario that comes to no
    decision (nobody eligible, a tie refused) is reported with its problems; the others go on.

    Raises:
        BadInput: every problem of every scenario's changes, before anything is decided; the round's own.
        Refused: the official round is refused, or is another than published (`what_if.baseline_differs`).
    """
    altered = alter(study, pack, config, tables)
    baseline = run_round(pack, config, tables, progress=progress)
    if published is not None:
        _check_published(published, baseline)
    groups = groups_of(study, baseline, people)
    outcomes = []
    for number, scenario in enumerate(altered):
        progress("scenarios", number, len(altered))
        outcomes.append(_outcome(scenario, baseline, groups, progress))
    progress("scenarios", len(altered), len(altered))
    return StudyResult(study, baseline, groups, tuple(outcomes))


def _check_published(published: Mapping[str, Any], baseline: Round) -> None:
    differences = differences_of(published, baseline.record.document)
    serious = [problem for problem in differences if problem.code != "replay.engine_differs"]
    if serious:
        raise Refused([Problem.of("what_if.baseline_differs", round=baseline.config.id), *serious])


def alter(study: Study, pack: Pack, config: RoundConfig, tables: Applications) -> tuple[Altered, ...]:
    """Every scenario made concrete.

    Raises:
        BadInput: every problem of every scenario: the study is about another round
            (`study.other_round`), paths, seats, dates and draws that do not fit.
    """
    problems: list[Problem] = []
    if study.model.round != config.id:
        place = study.place("round")
        problems.append(Problem.of("study.other_round", place, wanted=study.model.round, round=config.id))
    altered = []
    for name in study.model.scenarios:
        try:
            altered.append(_alter(study, name, pack, config, tables))
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)
    return tuple(altered)


def what_if(scenario: Altered, baseline: Round, *, progress: Progress = no_progress) -> WhatIf:
    """Decide one scenario with the tickets of the official round.

    Raises:
        BadInput, Refused: as `run_round`.
    """
    draw = _draw(scenario, baseline)
    made = decide(scenario.pack, scenario.config, scenario.tables, draw=draw, progress=progress)
    return WhatIf(**vars(made), scenario=scenario.name)


def _outcome(scenario: Altered, baseline: Round, groups: tuple[Group, ...], progress: Progress) -> Outcome:
    try:
        made = what_if(scenario, baseline, progress=progress)
    except JifenError as error:
        problems = _unnamed(error.problems, baseline)
        return Outcome(scenario.name, scenario.title, scenario.applied, None, problems)
    return Outcome(scenario.name, scenario.title, scenario.applied, compare(baseline, made, groups))


def _unnamed(problems: tuple[Problem, ...], baseline: Round) -> tuple[Problem, ...]:
    """Problems without anybody's id: they stand on a page that more people see than the round."""
    ids = {*baseline.facts.candidates, *baseline.facts.subjects}
    unnamed = (
        replace(problem, params=tuple((name, _without(ids, text)) for name, text in problem.params))
        for problem in problems
    )
    return tuple(dict.fromkeys(unnamed))


def _without(ids: set[str], text: str) -> str:
    parts = ["…" if part in ids else part for part in text.split(", ")]
    return ", ".join(dict.fromkeys(parts)) if "…" in parts else text


def _alter(study: Study, name: str, pack: Pack, config: RoundConfig, tables: Applications) -> Altered:
    """All problems of one scenario at once; the seats are those of the round's own scopes."""
    model, problems = study.model.scenarios[name], list[Problem]()
    changed: Pack = pack
    applied: tuple[Applied, ...] = ()
    changes = study.changes(name)
    if changes:
        try:
            overlaid = overlay(pack, changes)
            changed, applied = overlaid, overlaid.applied
        except BadInput as error:
            problems += error.problems
    if model.seats:
        scope = pack.policy.services[config.service].ranking.scope
        places = [study.place("scenarios", name, "seats", index) for index in range(len(model.seats))]
        try:
            tables, seats = with_seats(tables, scope, model.seats, places)
            applied += seats
        except BadInput as error:
            problems += error.problems
    tables, misfit = _fitted(pack, changed, config.service, tables, study.place("scenarios", name))
    problems += misfit
    settings, other = _settings(study, name, config)
    place = study.place("scenarios", name)
    problems += [replace(problem, place=place) for problem in config_problems(settings, changed.policy)]
    if problems:
        raise BadInput(problems)
    return Altered(name, model.title, changed, settings, tables, applied + tuple(other))


def _fitted(
    pack: Pack, changed: Pack, service: str, tables: Applications, place: Place
) -> tuple[Applications, list[Problem]]:
    """The tables as the changed policy reads them, and what it would not find in them."""
    before, after = (each.policy.services[service].ranking.scope for each in (pack, changed))
    if after != before and set(after) <= set(before):
        tables = in_scopes(tables, after)
    return tables, list(misfits(pack.policy, changed.policy, service, tables, place))


def _settings(study: Study, name: str, config: RoundConfig) -> tuple[RoundConfig, Iterator[Applied]]:
    """The round's settings as the scenario has them, marked as a what-if, and what differs."""
    model = study.model.scenarios[name]
    as_of, draw = model.as_of or config.as_of, model.draw or config.draw
    title = Title(zh=f"【模拟测算】{config.title.zh}", en=f"[what-if] {config.title.en}")
    mark = Title(zh="模拟测算，非正式结果。", en="What-if, not an official result.")
    changed = config.model_copy(update={"title": title, "illustrative": mark, "as_of": as_of, "draw": draw})
    return changed, _setting_changes(config, changed)


def _setting_changes(before: RoundConfig, after: RoundConfig) -> Iterator[Applied]:
    if before.as_of != after.as_of:
        yield Applied("as_of", before.as_of.isoformat(), after.as_of.isoformat())
    if before.draw != after.draw:
        ids = ["–" if config.draw is None else config.draw.id for config in (before, after)]
        yield Applied("draw", ids[0], ids[1])


def _draw(scenario: Altered, baseline: Round) -> Draw | None:
    """The official draw; or the scenario's own, held over the official roster."""
    planned = scenario.config.draw
    if planned is None or (planned == baseline.config.draw and baseline.priority.draw is not None):
        return baseline.priority.draw
    ranking = baseline.ranking
    frozen = plain_roster_hash(baseline.ground.people, ranking.scopes, ranking.scope)
    return hold(planned.plan(), frozen)
