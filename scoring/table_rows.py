"""The rows of a table of points: what each asks of the inputs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from scoring.conditions import Limit, Number, PackModel, Value


class Within(PackModel):
    """From `from` (included) up to `below` (not included); at least one of them."""

    start: Limit | None = Field(default=None, alias="from")
    below: Limit | None = None

    @model_validator(mode="after")
    def _an_end(self) -> Within:
        if self.start is None and self.below is None:
            raise ValueError("cell_without_end")
        return self


def _kind(value: object) -> str:
    if isinstance(value, dict | Within):
        return "<range>"
    return "<members>" if isinstance(value, list | tuple) else "<member>"


Cell = Annotated[
    Annotated[Within, Tag("<range>")]
    | Annotated[tuple[Value, ...], Field(strict=False, min_length=1), Tag("<members>")]
    | Annotated[Value, Tag("<member>")],
    Discriminator(_kind),
]
"""What a row asks of one input: one value, one of several values, or a range."""


class TableRow(PackModel):
    """`points` where every input named in `where` is as it says; an input not named may be anything."""

    where: dict[str, Cell]
    points: Number

    @model_validator(mode="after")
    def _asks_something(self) -> TableRow:
        if not self.where:
            raise ValueError("row_without_where")
        return self


def listed(cell: Cell) -> tuple[bool | Decimal | date | str, ...]:
    """The values a cell allows one by one; empty for a range."""
    if isinstance(cell, Within):
        return ()
    return cell if isinstance(cell, tuple) else (cell,)
