"""The scenarios of a study made concrete: the round's policy, settings and tables with their changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from publication.messages import LANGUAGES, sentence
from scenarios.config import DrawConfig, RoundConfig, config_problems
from scenarios.seat_changes import with_seats
from scenarios.study import Scenario, Study
from scenarios.table_fit import in_scopes, misfits
from scenarios.tables import Applications
from scenarios.variants import Variant, read_changes, read_otherwise, variants
from scoring.constructs import Title
from scoring.overlay import Applied, OverlaidPack, overlay
from scoring.pack import Pack
from scoring.policy import Policy
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
    """Every scenario made concrete; one that goes over several readings or values is as many.

    Raises:
        BadInput: every problem of every scenario: the study is about another round
            (`study.other_round`), readings, values, paths, seats, dates and draws that do not fit.
    """
    problems: list[Problem] = []
    if study.model.round != config.id:
        place = study.place("round")
        problems.append(Problem.of("study.other_round", place, wanted=study.model.round, round=config.id))
    altered = []
    for name in study.model.scenarios:
        try:
            found = variants(study, name, pack)
        except BadInput as error:
            problems += error.problems
            continue
        for variant in found:
            try:
                altered.append(_alter(study, variant, pack, config, tables))
            except BadInput as error:
                problems += error.problems
    if problems:
        raise BadInput(dict.fromkeys(problems))
    return tuple(altered)


def policies(study: Study, pack: Pack) -> Iterator[Policy]:
    """The policy of every scenario whose changes are in order: what the round's tables must be read for."""
    for name in study.model.scenarios:
        with suppress(BadInput):
            yield from (_policy(study, variant, pack, []).policy for variant in variants(study, name, pack))


def _alter(study: Study, variant: Variant, pack: Pack, config: RoundConfig, tables: Applications) -> Altered:
    """Raises BadInput with all problems of the scenario at once."""
    name = variant.scenario
    model, place = study.model.scenarios[name], study.place("scenarios", name)
    problems: list[Problem] = []
    applied: list[Applied] = []
    changed = pack
    try:
        changed = _policy(study, variant, pack, applied)
    except BadInput as error:
        problems += error.problems
    try:
        tables = _seats(study, name, pack, config.service, tables, applied)
    except BadInput as error:
        problems += error.problems
    settings = _settings(config, model, variant, changed)
    unfit = config_problems(settings, changed.policy)
    problems += [replace(problem, place=place) for problem in unfit]
    if config.service in changed.policy.services:
        tables, misfit = _fitted(pack, changed, config.service, tables, place)
        problems += misfit
    if problems:
        raise BadInput(problems)
    applied += _setting_changes(config, settings)
    return Altered(variant.name, variant.title, changed, settings, tables, tuple(applied))


def _policy(study: Study, variant: Variant, pack: Pack, applied: list[Applied]) -> Pack:
    """The pack as the scenario reads it, then with the values that it sets."""
    changes, day = study.changes(variant.scenario), study.model.scenarios[variant.scenario].as_of
    read = read_otherwise(study, variant, pack, day)
    if read is pack and not changes:
        return pack
    applied += read_changes(pack, read)
    if changes:
        overlaid = overlay(read, changes)
        applied += overlaid.applied
        return overlaid
    return OverlaidPack(
        read.policy, read.document, read.text, read.notices, tuple(applied), resolution=read.resolution
    )


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


def _settings(config: RoundConfig, model: Scenario, variant: Variant, changed: Pack) -> RoundConfig:
    """The round's settings as the scenario has them; whatever prints their title says so."""
    mark = {lang: sentence("study_page.watermark", {}, lang) for lang in LANGUAGES}
    title = Title(zh=f"【{mark['zh']}】{config.title.zh}", en=f"[{mark['en']}] {config.title.en}")
    update = {
        "title": title,
        "illustrative": Title(**mark),
        "as_of": model.as_of or config.as_of,
        "draw": model.draw or config.draw,
        "readings": {**config.readings, **variant.readings},
        "parameters": {**config.parameters, **variant.parameters},
    }
    return config.model_copy(update=update).deciding(changed.policy.departures)


def _setting_changes(before: RoundConfig, after: RoundConfig) -> Iterator[Applied]:
    if before.as_of != after.as_of:
        yield Applied("as_of", before.as_of.isoformat(), after.as_of.isoformat())
    if before.draw != after.draw:
        yield Applied("draw", _draw_text(before.draw), _draw_text(after.draw))


def _draw_text(draw: DrawConfig | None) -> str:
    return "–" if draw is None else f"{draw.id} ({', '.join(source.name for source in draw.sources)})"
