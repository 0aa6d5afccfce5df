"""The scenarios of a study made concrete: the round's policy, settings and tables with their changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from publication.messages import LANGUAGES, sentence
from scenarios.config import DrawConfig, RoundConfig, config_problems
from scenarios.seat_changes import with_seats
from scenarios.study import Study
from scenarios.table_fit import in_scopes, misfits
from scenarios.tables import Applications
from scoring.constructs import Title
from scoring.overlay import Applied, overlay
from scoring.pack import Pack
from values.problems import BadInput, Place, Problem


@dataclass(frozen=True, eq=False)
class Altered:
    """A scenario made concrete: the changed policy, settings and tables, and what was changed."""

    name: str
    title: Title
    pack: Pack
    config: RoundConfig
    tables: Applications
    applied: tuple[Applied, ...]


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


def _alter(study: Study, name: str, pack: Pack, config: RoundConfig, tables: Applications) -> Altered:
    """Raises BadInput with all problems of the scenario at once."""
    model, place = study.model.scenarios[name], study.place("scenarios", name)
    problems: list[Problem] = []
    applied: list[Applied] = []
    changed = pack
    try:
        changed = _policy(study, name, pack, applied)
    except BadInput as error:
        problems += error.problems
    try:
        tables = _seats(study, name, pack, config.service, tables, applied)
    except BadInput as error:
        problems += error.problems
    settings = _settings(config, model.as_of or config.as_of, model.draw or config.draw)
    unfit = config_problems(settings, changed.policy)
    problems += [replace(problem, place=place) for problem in unfit]
    if config.service in changed.policy.services:
        tables, misfit = _fitted(pack, changed, config.service, tables, place)
        problems += misfit
    if problems:
        raise BadInput(problems)
    applied += _setting_changes(config, settings)
    return Altered(name, model.title, changed, settings, tables, tuple(applied))


def _policy(study: Study, name: str, pack: Pack, applied: list[Applied]) -> Pack:
    changes = study.changes(name)
    if not changes:
        return pack
    overlaid = overlay(pack, changes)
    applied += overlaid.applied
    return overlaid


def _seats(
    study: Study, name: str, pack: Pack, service: str, tables: Applications, applied: list[Applied]
) -> Applications:
    """Other seats, in the scopes that the round itself has."""
    rules = study.model.scenarios[name].seats
    if not rules:
        return tables
    scope = pack.policy.services[service].ranking.scope
    places = [study.place("scenarios", name, "seats", index) for index in range(len(rules))]
    tables, seats = with_seats(tables, scope, rules, places)
    applied += seats
    return tables


def _fitted(
    pack: Pack, changed: Pack, service: str, tables: Applications, place: Place
) -> tuple[Applications, list[Problem]]:
    """The tables as the changed policy reads them, and what it would not find in them."""
    before, after = (each.policy.services[service].ranking.scope for each in (pack, changed))
    if after != before and set(after) <= set(before):
        tables = in_scopes(tables, after)
    return tables, list(misfits(pack.policy, changed.policy, service, tables, place))


def _settings(config: RoundConfig, as_of: date, draw: DrawConfig | None) -> RoundConfig:
    """The round's settings as the scenario has them; whatever prints their title says so."""
    mark = {lang: sentence("study_page.watermark", {}, lang) for lang in LANGUAGES}
    title = Title(zh=f"【{mark['zh']}】{config.title.zh}", en=f"[{mark['en']}] {config.title.en}")
    marks = {"title": title, "illustrative": Title(**mark)}
    return config.model_copy(update={**marks, "as_of": as_of, "draw": draw})


def _setting_changes(before: RoundConfig, after: RoundConfig) -> Iterator[Applied]:
    if before.as_of != after.as_of:
        yield Applied("as_of", before.as_of.isoformat(), after.as_of.isoformat())
    if before.draw != after.draw:
        yield Applied("draw", _draw_text(before.draw), _draw_text(after.draw))


def _draw_text(draw: DrawConfig | None) -> str:
    return "–" if draw is None else f"{draw.id} ({', '.join(source.name for source in draw.sources)})"
