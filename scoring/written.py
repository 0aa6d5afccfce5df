"""What a pack may say beside the policy itself: parameters, switches, layers. Resolving takes it away."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field, model_validator

from scoring.conditions import Condition, Number, PackModel, Title
from scoring.policy import Kind


class ParameterValue(PackModel):
    """The value that a parameter has from a day on, until the next one."""

    start: date = Field(alias="from")
    value: Number
    cite: str


class Parameter(PackModel):
    """A number that is published anew from time to time, an average wage for example (S22)."""

    title: Title
    unit: Title | None = None
    values: tuple[ParameterValue, ...] = Field(min_length=1, strict=False)


class Switch(PackModel):
    """A text that can be read in several ways: the readings, the one chosen, its number in SOURCES.md."""

    title: Title
    choices: dict[str, Title] = Field(min_length=2)
    chosen: str
    cite: str
    sources: str = Field(pattern=r"^R[0-9]+$")

    @model_validator(mode="after")
    def _one_of_them(self) -> Switch:
        if self.chosen not in self.choices:
            raise ValueError("switch_not_chosen")
        return self


class NamedCondition(PackModel):
    """A condition that several rules share: `{condition: <name>}` stands for it."""

    title: Title
    holds: Condition
    cite: str


class Extends(PackModel):
    """The version of another pack that this one is laid over."""

    pack: str
    version: date


class MayAdd(PackModel):
    """Limits on the indicators that lower layers add: kinds, groups, and what all of them may earn."""

    kinds: tuple[Kind, ...] | None = Field(default=None, strict=False)
    groups: tuple[str, ...] | None = Field(default=None, strict=False)
    cap: Number | None = None


class LowerLayers(PackModel):
    """What an upper layer asks of the packs laid over it, and what they may add and change (S41, S47)."""

    required_groups: tuple[str, ...] = Field(default=(), strict=False)
    may_add: MayAdd | None = None
    may_change: tuple[str, ...] = Field(default=(), strict=False)
    cite: str


class Written(PackModel):
    """The keys of a pack that resolving takes away."""

    parameters: dict[str, Parameter] = Field(default_factory=dict)
    switches: dict[str, Switch] = Field(default_factory=dict)
    conditions: dict[str, NamedCondition] = Field(default_factory=dict)
    extends: Extends | None = None
    lower_layers: LowerLayers | None = None


KEYS = tuple(Written.model_fields)


class Reference(PackModel):
    """Where a number stands: the value of a parameter, or a multiple of it."""

    parameter: str
    times: Number = Decimal(1)
