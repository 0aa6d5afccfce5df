"""`round.yaml`: which policy and service, at which date, with which draw, published by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, model_validator

from allocation.lottery import Source
from allocation.priority import DrawPlan
from scoring.conditions import Number, PackModel
from scoring.constructs import Title
from scoring.departures import Departures
from scoring.model_problems import model_problems
from scoring.pack import Pack
from scoring.policy import Policy
from values.problems import BadInput, Problem, bad_input
from values.yaml_marks import read_yaml


class SourceConfig(PackModel):
    """A public source of chance: its value as announced (`value`) or as hex (`value_hex`)."""

    name: str = Field(min_length=1)
    value: str | None = None
    value_hex: str | None = Field(default=None, pattern=r"^([0-9a-f]{2})+$")
    entropy_bits: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_value(self) -> SourceConfig:
        if (self.value is None) == (self.value_hex is None):
            raise ValueError("source_value")
        return self

    def source(self) -> Source:
        """The source as the lottery hashes it: UTF-8 of the announced text, or the bytes of the hex."""
        value = (
            (self.value or "").encode("utf-8") if self.value_hex is None else bytes.fromhex(self.value_hex)
        )
        return Source(self.name, value, self.entropy_bits)


class DrawConfig(PackModel):
    """The draw's id and its sources in the order declared."""

    id: str = Field(min_length=1)
    sources: tuple[SourceConfig, ...] = Field(min_length=1, strict=False)

    def plan(self) -> DrawPlan:
        """The draw plan of the allocation room."""
        return DrawPlan(self.id, tuple(source.source() for source in self.sources))


class NoticeConfig(PackModel):
    """Who publishes, where to object, and the first day of the notice."""

    office: Title
    contact: Title
    published_on: date


class ResidenceConfig(PackModel):
    """The rules by which histories become residence time: texts, general first, and the readings chosen."""

    rules: tuple[str, ...] = Field(min_length=1, strict=False)
    choices: dict[str, str] = Field(default_factory=dict)
    calendars: tuple[str, ...] = Field(default=(), strict=False)


def _of_text(value: object, info: ValidationInfo) -> object:
    """Canonical JSON holds numbers as text; a person writes them plainly."""
    is_number = info.mode == "json" and isinstance(value, str) and _NUMBER.fullmatch(value)
    return Decimal(value) if is_number else value  # type: ignore[arg-type]


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
Chosen = Annotated[Number, BeforeValidator(_of_text)]


class RoundConfig(PackModel):
    """One round. `illustrative` says in both languages what in it is not real.

    `readings` are choices by switch and `parameters` values by name that the round decides by, instead of
    those of the pack.
    """

    format: str = Field(pattern=r"^round/1$")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Title
    policy: str
    service: str
    as_of: date
    readings: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, Chosen] = Field(default_factory=dict)
    illustrative: Title | None = None
    corrects: str | None = Field(default=None, pattern=r"^sha256:[0-9a-f]{64}$")
    draw: DrawConfig | None = None
    residence: ResidenceConfig | None = None
    notice: NoticeConfig

    def canonical(self) -> dict[str, object]:
        """The configuration as plain values."""
        plain = self.model_dump(mode="json", exclude_none=True)
        return {key: value for key, value in plain.items() if value or key not in ("readings", "parameters")}

    def deciding(self, departures: Departures | None) -> RoundConfig:
        """The configuration with everything named that the policy was read otherwise by."""
        if departures is None:
            return self
        readings = {name: one.chosen for name, one in departures.readings.items()}
        parameters = {name: one.value for name, one in departures.parameters.items()}
        more = {"readings": self.readings | readings, "parameters": self.parameters | parameters}
        return self.model_copy(update=more)


def load_config(text: str, name: str) -> RoundConfig:
    """Parse and check a round's configuration.

    Raises:
        BadInput: every problem with file, line and column (`pack.*` codes of the shared reader);
            `round.not_a_mapping`.
    """
    document = read_yaml(text, name)
    if not isinstance(document.value, dict):
        raise bad_input("round.not_a_mapping", document.place(()))
    try:
        return RoundConfig.model_validate(document.value)
    except ValidationError as error:
        raise BadInput(model_problems(error, document)) from None


def config_of_json(text: str, name: str) -> RoundConfig:
    """The configuration as an audit bundle holds it: canonical JSON, dates as text."""
    try:
        return RoundConfig.model_validate_json(text)
    except ValidationError as error:
        raise BadInput(model_problems(error, read_yaml(text, name))) from None


def check_config(config: RoundConfig, pack: Pack, *, drawn: bool = False) -> None:
    """Refuse a configuration that does not fit the pack; `drawn`: the lots have been drawn already.

    Raises:
        BadInput: everything that `config_problems` finds; `round.readings_not_applied` if the pack was read
            otherwise than the configuration says: whoever reads it must pass its readings on.
    """
    problems = [*config_problems(config, pack.policy, drawn=drawn), *_not_applied(config, pack)]
    if problems:
        raise BadInput(problems)


def _not_applied(config: RoundConfig, pack: Pack) -> Iterator[Problem]:
    held = {name: value.value for name, value in pack.resolution.parameters.items()}
    for wanted, found in ((config.readings, pack.resolution.chosen), (config.parameters, held)):
        for name, value in wanted.items():
            if name not in found or found[name] != value:
                read = found.get(name, "–")
                yield Problem.of("round.readings_not_applied", name=name, wanted=value, read=read)


def config_problems(config: RoundConfig, policy: Policy, *, drawn: bool = False) -> list[Problem]:
    """What does not fit the policy: the service must exist, the date be covered, a lottery have a draw.

    Codes: `round.unknown_service`, `round.entitlement`, `round.not_in_force`, `round.draw_missing`.
    """
    problems: list[Problem] = []
    service = policy.services.get(config.service)
    if service is None:
        known = ", ".join(policy.services)
        problems.append(Problem.of("round.unknown_service", service=config.service, known=known))
    elif service.entitlement is not None:
        problems.append(Problem.of("round.entitlement", service=config.service, policy=policy.id))
    elif service.ranking.draws and config.draw is None and not drawn:
        problems.append(Problem.of("round.draw_missing", round=config.id))
    first, last = policy.effective.start, policy.effective.until
    if config.as_of < first or (last is not None and config.as_of > last):
        problems.append(Problem.of("round.not_in_force", as_of=config.as_of, first=first, last=last or "–"))
    return problems
