"""What a policy was read with instead of what its pack says: other readings, other values of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from pydantic import Field

from scoring.conditions import Number, PackModel
from scoring.constructs import Title

KEY = "departures"
"""Where they stand in a resolved policy. No pack may write it."""

NO_CHOICES: Mapping[str, str] = MappingProxyType({})
NO_VALUES: Mapping[str, Decimal] = MappingProxyType({})


class OtherReading(PackModel):
    """A switch that is read otherwise than the pack reads it: both readings by id and by title."""

    title: Title
    chosen: str
    reading: Title
    instead_of: str
    other: Title
    cite: str
    sources: str


class OtherValue(PackModel):
    """A parameter with another value than the pack gives it on the day."""

    title: Title
    unit: Title | None = None
    value: Number
    instead_of: Number
    cite: str


class Departures(PackModel):
    """Everything that was chosen otherwise, by the names of switches and parameters."""

    readings: dict[str, OtherReading] = Field(default_factory=dict)
    parameters: dict[str, OtherValue] = Field(default_factory=dict)

    def plain(self) -> dict[str, object]:
        """Plain values as a resolved pack holds them: numbers are numbers."""
        readings = {name: one.model_dump() for name, one in self.readings.items()}
        parameters = {
            name: {**one.model_dump(exclude_none=True), "value": one.value, "instead_of": one.instead_of}
            for name, one in self.parameters.items()
        }
        return {"readings": readings, "parameters": parameters}
