"""The closed condition grammar of policy packs: claims about declared facts, with three truth values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    model_validator,
)

OPERATORS = ("is", "in", "at_least", "at_most", "more_than", "less_than", "between")


class PackModel(BaseModel):
    """Base of every pack model: strict, frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def plain(amount: Decimal) -> str:
    """The shortest decimal text of a number: 1.50 -> `1.5`, 300 -> `300`."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(plain, return_type=str)]


def _as_written(value: object) -> object:
    """Written here because pydantic asks a union's members in turn, and `plain` formats a date too."""
    if isinstance(value, date):
        return value.isoformat()
    return plain(value) if isinstance(value, Decimal) else value


AsWritten = PlainSerializer(_as_written)
Limit = Annotated[Number | date, AsWritten]
Value = Annotated[Annotated[bool, Field(strict=True)] | Number | date | str, AsWritten]


class Compare(PackModel):
    """One fact compared with constants; exactly one operator."""

    fact: str
    equal: Value | None = Field(default=None, alias="is")
    member_of: tuple[str, ...] | None = Field(default=None, alias="in", strict=False)
    at_least: Limit | None = None
    at_most: Limit | None = None
    more_than: Limit | None = None
    less_than: Limit | None = None
    between: tuple[Number, Number] | None = Field(default=None, strict=False)

    @model_validator(mode="after")
    def _one_operator(self) -> Compare:
        if len(self.model_fields_set - {"fact"}) != 1:
            raise ValueError("operator_count")
        return self

    @property
    def operator(self) -> str:
        """The key of the operator as written in the pack."""
        (name,) = self.model_fields_set - {"fact"}
        return {"equal": "is", "member_of": "in"}.get(name, name)

    @property
    def constants(self) -> tuple[Value, ...]:
        """The constants the fact is compared with."""
        (name,) = self.model_fields_set - {"fact"}
        value = getattr(self, name)
        return value if isinstance(value, tuple) else (value,)


class AllOf(PackModel):
    """True if every part is true; false as soon as one is false; else unknown."""

    parts: tuple[Condition, ...] = Field(alias="all", min_length=1, strict=False)


class AnyOf(PackModel):
    """True as soon as one part is true; false if every part is false; else unknown."""

    parts: tuple[Condition, ...] = Field(alias="any", min_length=1, strict=False)


class Not(PackModel):
    """The opposite; unknown stays unknown."""

    part: Condition = Field(alias="not")


def _kind(value: object) -> str | None:
    if isinstance(value, str):
        return "<claim>"
    if isinstance(value, dict):
        for key in ("fact", "all", "any", "not"):
            if key in value:
                return f"<{key}>"
        return None
    kinds: dict[type, str] = {Compare: "<fact>", AllOf: "<all>", AnyOf: "<any>", Not: "<not>"}
    return kinds.get(type(value))


Condition = Annotated[
    Annotated[str, Tag("<claim>")]
    | Annotated[Compare, Tag("<fact>")]
    | Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[Not, Tag("<not>")],
    Discriminator(_kind, custom_error_type="no_condition", custom_error_message="no condition"),
]
"""A condition; a bare name claims that a boolean fact is true."""

Truth = Literal[True, False] | None

for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()


def facts_of(condition: Condition) -> tuple[str, ...]:
    """Names of the facts a condition reads, in order of appearance."""
    if isinstance(condition, str):
        return (condition,)
    if isinstance(condition, Compare):
        return (condition.fact,)
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return tuple(name for part in parts for name in facts_of(part))
