"""The readings and values that a scenario tries: one set of them, or one each that it goes over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scenarios.choices import Choices
from scenarios.study import Study, Sweep
from scoring.conditions import plain
from scoring.constructs import Title
from scoring.overlay import Applied
from scoring.pack import Pack, reread
from values.problems import BadInput, Problem


@dataclass(frozen=True)
class Variant:
    """A scenario as it is decided: name, title, the scenario it comes from, what it reads otherwise."""

    name: str
    title: Title
    scenario: str
    readings: Mapping[str, str]
    parameters: Mapping[str, Decimal]


def variants(study: Study, name: str, pack: Pack) -> tuple[Variant, ...]:
    """A scenario, or one `name=choice` for everything that it goes over.

    Raises:
        BadInput: `resolve.unknown_switch`, `.unknown_choice`, `.unknown_parameter` at what the pack does not
            have.
    """
    model = study.model.scenarios[name]
    if model.over is None:
        return (Variant(name, model.title, name, model.readings, model.parameters),)
    _refuse_unknown(study, name, model.over, pack)
    return tuple(
        Variant(
            f"{name}={value}",
            Title(zh=f"{model.title.zh}：{title.zh}", en=f"{model.title.en}: {title.en}"),
            name,
            {**model.readings, **readings},
            {**model.parameters, **parameters},
        )
        for value, title, readings, parameters in _steps(model.over, pack)
    )


Step = tuple[str, Title, dict[str, str], dict[str, Decimal]]


def _steps(over: Sweep, pack: Pack) -> Iterator[Step]:
    if over.switch is not None:
        switch, now = pack.resolution.switches[over.switch], pack.resolution.chosen[over.switch]
        for choice in over.choices or (choice for choice in switch.choices if choice != now):
            yield choice, switch.choices[choice], {over.switch: choice}, {}
        return
    assert over.parameter is not None
    for value in over.values or ():
        text = plain(value)
        yield text, Title(zh=text, en=text), {}, {over.parameter: value}


def _refuse_unknown(study: Study, name: str, over: Sweep, pack: Pack) -> None:
    """What a sweep names must be in the pack; what a scenario chooses itself is checked as it is read."""
    switches, titles = pack.resolution.switches, pack.resolution.titles
    place = study.place("scenarios", name, "over", "switch" if over.switch else "parameter")
    problems = []
    if over.switch is not None and over.switch not in switches:
        known = ", ".join(switches) or "–"
        problems.append(Problem.of("resolve.unknown_switch", place, switch=over.switch, known=known))
    elif over.switch is not None:
        known = ", ".join(switches[over.switch].choices)
        problems += [
            Problem.of(
                "resolve.unknown_choice",
                study.place("scenarios", name, "over", "choices", index),
                switch=over.switch,
                choice=choice,
                known=known,
            )
            for index, choice in enumerate(over.choices or ())
            if choice not in switches[over.switch].choices
        ]
    elif over.parameter not in titles:
        known = ", ".join(titles) or "–"
        problems.append(Problem.of("resolve.unknown_parameter", place, parameter=over.parameter, known=known))
    if problems:
        raise BadInput(problems)


def read_otherwise(study: Study, variant: Variant, pack: Pack, day: date | None) -> Pack:
    """The pack as the scenario reads it, on its day; the pack itself if that is no other.

    What the round chooses itself holds where the scenario does not choose.

    Raises:
        BadInput: as `Choices.read`.
    """
    another_day = day is not None and bool(pack.resolution.parameters)
    if not (variant.readings or variant.parameters or another_day):
        return pack
    own = pack.policy.departures
    readings = {} if own is None else {name: one.chosen for name, one in own.readings.items()}
    values = {} if own is None else {name: one.value for name, one in own.parameters.items()}
    chosen = Choices(
        {**readings, **variant.readings},
        {**values, **variant.parameters},
        study.document,
        ("scenarios", variant.scenario),
    )
    return chosen.read(lambda choices, numbers: reread(pack, at=day, choices=choices, values=numbers))


def read_changes(before: Pack, after: Pack) -> Iterator[Applied]:
    """The switches that are read, and the parameters that are valued, otherwise than in the round."""
    old, new = before.resolution, after.resolution
    for name, choice in new.chosen.items():
        switch, was = new.switches[name], old.chosen[name]
        if choice != was:
            words = switch.choices[was], switch.choices[choice]
            yield Applied(f"readings.{name}", was, choice, switch.title, words)
    for name, value in new.parameters.items():
        held = old.parameters.get(name)
        if held is None or held.value != value.value:
            was = "–" if held is None else plain(held.value)
            yield Applied(f"parameters.{name}", was, plain(value.value), new.titles[name])
