"""`study.yaml`: what-if scenarios on one round. Each names its changes; nothing else differs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from scenarios.config import DrawConfig
from scoring.conditions import Number, PackModel
from scoring.constructs import Title
from scoring.model_problems import model_problems
from scoring.overlay import Change
from values.problems import BadInput, Place, Problem, bad_input
from values.yaml_marks import Document, Path, read_yaml

NAME = r"^[a-z][a-z0-9-]*$"
PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?) ?%")


class GroupRule(PackModel):
    """People told apart by one column: a fact, a column of a table, or `total`, their points before.

    `bands` cut a number: [100, 200] makes below 100, 100 to below 200, 200 and more.
    """

    title: Title
    column: str
    bands: tuple[Number, ...] | None = Field(default=None, min_length=1, strict=False)

    @model_validator(mode="after")
    def _ascending(self) -> GroupRule:
        bands = self.bands or ()
        if any(low >= high for low, high in pairwise(bands)):
            raise ValueError("bands_order")
        return self


class SeatRule(PackModel):
    """Other seats: of the scopes `where` names (all without it), or of one `offer`.

    `to` is the new number; `by` is added: a number, or a percentage with the `rounding` of its result.
    """

    where: dict[str, str] = Field(default_factory=dict)
    offer: str | None = None
    to: int | None = Field(default=None, ge=0)
    by: int | str | None = None
    rounding: Literal["down", "up", "nearest"] | None = None

    @model_validator(mode="after")
    def _one_change(self) -> SeatRule:
        if (self.to is None) == (self.by is None):
            raise ValueError("seats_change")
        if self.offer is not None and self.where:
            raise ValueError("seats_where")
        if isinstance(self.by, str) and not PERCENT.fullmatch(self.by):
            raise ValueError("seats_by")
        if isinstance(self.by, str) != (self.rounding is not None):
            raise ValueError("seats_rounding")
        return self

    def of(self, seats: int) -> int:
        """The new number; `nearest` takes halves up."""
        if self.to is not None:
            return self.to
        if isinstance(self.by, int):
            return seats + self.by
        found = PERCENT.fullmatch(self.by or "")
        assert found is not None  # validated
        exact = seats * (1 + Fraction(found[1]) / 100)
        floor = exact.numerator // exact.denominator
        up = {"down": False, "up": exact > floor, "nearest": exact - floor >= Fraction(1, 2)}
        return floor + up[self.rounding or "down"]

    def text(self) -> str:
        """The change in short: `+10 % (down)`, `= 300`, `+20`."""
        if self.to is not None:
            return f"= {self.to}"
        return f"{self.by:+d}" if isinstance(self.by, int) else f"{self.by} ({self.rounding})"


class Sweep(PackModel):
    """What a scenario goes through: readings of a switch (all others, or these), values of a parameter."""

    switch: str | None = None
    choices: tuple[str, ...] | None = Field(default=None, min_length=1, strict=False)
    parameter: str | None = None
    values: tuple[Number, ...] | None = Field(default=None, min_length=1, strict=False)

    @model_validator(mode="after")
    def _one_of_them(self) -> Sweep:
        wrong = self.switch is not None and self.values is not None
        wrong = wrong or (self.parameter is not None and (self.choices is not None or self.values is None))
        if wrong or (self.switch is None) == (self.parameter is None):
            raise ValueError("sweep_of")
        given = self.choices or self.values or ()
        if len(set(given)) < len(given):
            raise ValueError("sweep_twice")
        return self


class Scenario(PackModel):
    """One what-if: readings, parameters, values of the policy `set` or `drop`ped by path, seats, date, draw.

    One that goes `over` several readings or values is as many scenarios.
    """

    title: Title
    readings: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, Number] = Field(default_factory=dict)
    over: Sweep | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    drop: tuple[str, ...] = Field(default=(), strict=False)
    seats: tuple[SeatRule, ...] = Field(default=(), strict=False)
    as_of: date | None = None
    draw: DrawConfig | None = None

    @model_validator(mode="after")
    def _given_once(self) -> Scenario:
        over = self.over
        if over is not None and (over.switch in self.readings or over.parameter in self.parameters):
            raise ValueError("sweep_given")
        return self


class StudyModel(PackModel):
    """The whole file. `round` is the id of the round the study is about.

    `folder` is where that round lies and `people` a table of columns to tell groups apart by, both
    beside the study.
    """

    format: Literal["study/1"]
    id: str = Field(pattern=NAME)
    title: Title
    illustrative: Title | None = None
    round: str
    folder: str | None = None
    people: str | None = None
    groups: dict[str, GroupRule] = Field(default_factory=dict)
    scenarios: dict[str, Scenario] = Field(min_length=1)


@dataclass(frozen=True)
class Study:
    """A study as written: the checked model, and where everything stands in the file."""

    model: StudyModel
    document: Document

    def changes(self, scenario: str) -> tuple[Change, ...]:
        """What a scenario changes in the policy, in the order written."""
        return tuple(self._changes(scenario, self.model.scenarios[scenario]))

    def _changes(self, name: str, scenario: Scenario) -> Iterator[Change]:
        for path, value in scenario.set.items():
            above: Path = ("scenarios", name, "set", path)
            yield Change(path, self.document.place(above), value, self._below(above))
        for index, path in enumerate(scenario.drop):
            yield Change(path, self.place("scenarios", name, "drop", index), drop=True)

    def _below(self, above: Path) -> dict[Path, Place]:
        places = self.document.places.items()
        return {path[len(above) :]: place for path, place in places if path[: len(above)] == above}

    def place(self, *path: str | int) -> Place:
        """Where something stands in the file."""
        return self.document.place(path)


def load_study(text: str, name: str) -> Study:
    """Parse and check a study; `name` is the file named in errors.

    Raises:
        BadInput: every problem with file, line and column (`pack.*` codes of the shared reader, `study.*`).
    """
    document = read_yaml(text, name)
    if not isinstance(document.value, dict):
        raise bad_input("study.not_a_mapping", document.place(()))
    try:
        model = StudyModel.model_validate(document.value)
    except ValidationError as error:
        raise BadInput(_own(problem) for problem in model_problems(error, document)) from None
    problems = list(_problems(model, document))
    if problems:
        raise BadInput(problems)
    return Study(model, document)


_OWN = (
    *("bands_order", "seats_change", "seats_where", "seats_by", "seats_rounding"),
    *("sweep_of", "sweep_twice", "sweep_given"),
)
_KEYS = sorted(
    {
        key
        for part in (StudyModel, Scenario, Sweep, SeatRule, GroupRule, DrawConfig)
        for key in part.model_fields
    }
)


def _own(problem: Problem) -> Problem:
    """The shared reader knows the keys and sentences of packs; a study has its own."""
    code = problem.code.removeprefix("pack.")
    if code in _OWN:
        return replace(problem, code=f"study.{code}")
    if code in ("unknown_key", "misplaced_key"):
        key = dict(problem.params)["key"]
        near = difflib.get_close_matches(key, _KEYS, 1)
        return Problem.of("study.unknown_key", problem.place, key=key, near=near[0] if near else "–")
    return problem


def _problems(model: StudyModel, document: Document) -> Iterator[Problem]:
    for kind, names in (("groups", model.groups), ("scenarios", model.scenarios)):
        for name in names:
            if not re.fullmatch(NAME, name) or name in ("baseline", "all"):
                yield Problem.of("study.bad_name", document.place((kind, name)), name=name)
