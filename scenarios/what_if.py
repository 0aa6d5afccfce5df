"""What-if: the scenarios of a study decided one after another and compared with the official round.

Everything but what a scenario names stays as it is, chance included: everyone keeps the ticket of the
official draw, whoever enters or leaves the ranking. A scenario with a draw of its own has it held over
the official roster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import polars as pl

from allocation.lottery import plain_roster_hash
from allocation.priority import Draw, hold
from publication.replay import compare as differences_of
from scenarios.alteration import Altered, alter
from scenarios.comparison import Comparison, compare
from scenarios.config import RoundConfig
from scenarios.decision import Decision
from scenarios.groups import Group, groups_of
from scenarios.round import Round, decide, run_round
from scenarios.study import Study
from scenarios.tables import Applications
from scoring.constructs import Title
from scoring.overlay import Applied
from scoring.pack import Pack
from values.problems import JifenError, Problem, Refused, refused
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


def _draw(scenario: Altered, baseline: Round) -> Draw | None:
    """The official draw; or the scenario's own, held over the official roster."""
    planned = scenario.config.draw
    if planned is None or (planned == baseline.config.draw and baseline.draw is not None):
        return baseline.draw
    if baseline.draw is not None:
        return hold(planned.plan(), baseline.draw.roster_hash)
    ranking = baseline.ranking
    return hold(planned.plan(), plain_roster_hash(baseline.ground.people, ranking.scopes, ranking.scope))
