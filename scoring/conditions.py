"""The closed condition grammar of policy packs: claims about declared facts, with three truth values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

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


class Title(PackModel):
    """A name in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


def plain(amount: Decimal) -> str:
    """The shortest decimal text of a number: 1.50 -> `1.5`, 300 -> `300`."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exact(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(plain, return_type=str)]


class OtherFact(PackModel):
    """Another fact in place of a number: two facts compared."""

    fact: str


PERSON = "person."
"""Before the name of a fact of the person whose row a condition is asked of."""


class PersonFact(PackModel):
    """A fact of the person in place of a number, in a condition on the rows of a table."""

    person: str


def _as_written(value: object) -> object:
    """Written here because pydantic asks a union's members in turn, and `plain` formats a date too."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, OtherFact):
        return {"fact": value.fact}
    if isinstance(value, PersonFact):
        return {"person": value.person}
    return plain(value) if isinstance(value, Decimal) else value


AsWritten = PlainSerializer(_as_written)
Limit = Annotated[Number | date, AsWritten]
Value = Annotated[Annotated[bool, Field(strict=True)] | Number | date | str, AsWritten]


def _other_or_own(value: object) -> str:
    if isinstance(value, PersonFact) or (isinstance(value, dict) and "person" in value):
        return "<person>"
    return "<other>" if isinstance(value, dict | OtherFact) else "<own>"


FactLimit = Annotated[
    Annotated[OtherFact, Tag("<other>")]
    | Annotated[PersonFact, Tag("<person>")]
    | Annotated[Limit, Tag("<own>")],
    Discriminator(_other_or_own),
    AsWritten,
]
FactValue = Annotated[
    Annotated[OtherFact, Tag("<other>")]
    | Annotated[PersonFact, Tag("<person>")]
    | Annotated[Value, Tag("<own>")],
    Discriminator(_other_or_own),
    AsWritten,
]


class Comparison(PackModel):
    """Something compared; exactly one operator."""

    @model_validator(mode="after")
    def _one_operator(self) -> Self:
        if len(self._operators()) != 1:
            raise ValueError("operator_count")
        return self

    def _operators(self) -> set[str]:
        return self.model_fields_set - {"fact", "indicator"}

    @property
    def operator(self) -> str:
        """The key of the operator as written in the pack."""
        (name,) = self._operators()
        return {"equal": "is", "member_of": "in"}.get(name, name)

    @property
    def limit(self) -> object:
        """What stands after the operator."""
        (name,) = self._operators()
        return getattr(self, name)


class Compare(Comparison):
    """One fact compared with constants or with another fact; exactly one operator."""

    fact: str
    equal: FactValue | None = Field(default=None, alias="is")
    member_of: tuple[str, ...] | None = Field(default=None, alias="in", strict=False)
    at_least: FactLimit | None = None
    at_most: FactLimit | None = None
    more_than: FactLimit | None = None
    less_than: FactLimit | None = None
    between: tuple[Number, Number] | None = Field(default=None, strict=False)

    @property
    def other(self) -> str | None:
        """The other fact, if it is compared with one; `person.<name>` if it is one of the row's person."""
        limit = self.limit
        if isinstance(limit, PersonFact):
            return f"{PERSON}{limit.person}"
        return limit.fact if isinstance(limit, OtherFact) else None

    @property
    def constants(self) -> tuple[Value, ...]:
        """The constants the fact is compared with; none if it is compared with another fact."""
        value: Any = self.limit
        if isinstance(value, OtherFact | PersonFact):
            return ()
        return value if isinstance(value, tuple) else (value,)


class ComparePoints(Comparison):
    """The points of an indicator compared with constants: as its node gives them, before sign and limits."""

    indicator: str
    equal: Number | None = Field(default=None, alias="is")
    at_least: Number | None = None
    at_most: Number | None = None
    more_than: Number | None = None
    less_than: Number | None = None
    between: tuple[Number, Number] | None = Field(default=None, strict=False)

    @property
    def constants(self) -> tuple[Decimal, ...]:
        """The constants the points are compared with."""
        value: Any = self.limit
        return value if isinstance(value, tuple) else (value,)


class Known(PackModel):
    """Whether a fact has a value; itself never unknown."""

    known: str


class AllOf(PackModel):
    """True if every part is true; false as soon as one is false; else unknown.

    A named condition that several rules share stands where it is used as one part with its title and clause.
    """

    title: Title | None = None
    cite: str | None = None
    parts: tuple[Condition, ...] = Field(alias="all", min_length=1, strict=False)


class AnyOf(PackModel):
    """True as soon as one part is true; false if every part is false; else unknown."""

    parts: tuple[Condition, ...] = Field(alias="any", min_length=1, strict=False)


class Not(PackModel):
    """The opposite; unknown stays unknown."""

    part: Condition = Field(alias="not")


CONDITIONS = ("fact", "indicator", "known", "all", "any", "not")
"""The keys that a condition written as a mapping has one of."""


def _kind(value: object) -> str | None:
    if isinstance(value, str):
        return "<claim>"
    if isinstance(value, dict):
        return next((f"<{key}>" for key in CONDITIONS if key in value), None)
    return _KINDS.get(type(value))


Condition = Annotated[
    Annotated[str, Tag("<claim>")]
    | Annotated[Compare, Tag("<fact>")]
    | Annotated[ComparePoints, Tag("<indicator>")]
    | Annotated[Known, Tag("<known>")]
    | Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[Not, Tag("<not>")],
    Discriminator(_kind, custom_error_type="no_condition", custom_error_message="no condition"),
]
"""A condition; a bare name claims that a boolean fact is true."""

Truth = Literal[True, False] | None

_KINDS: dict[type, str] = {
    Compare: "<fact>",
    ComparePoints: "<indicator>",
    Known: "<known>",
    AllOf: "<all>",
    AnyOf: "<any>",
    Not: "<not>",
}

for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside a condition."""
    if isinstance(condition, Not):
        return (condition.part,)
    return condition.parts if isinstance(condition, AllOf | AnyOf) else ()


def facts_of(condition: Condition) -> tuple[str, ...]:
    """Names of the facts a condition reads, in order of appearance."""
    if isinstance(condition, str):
        return (condition,)
    if isinstance(condition, Compare):
        return (condition.fact,) if condition.other is None else (condition.fact, condition.other)
    if isinstance(condition, Known):
        return (condition.known,)
    return tuple(name for part in parts_of(condition) for name in facts_of(part))


def persons_of(condition: Condition) -> tuple[str, ...]:
    """Names of the facts of the person that a condition on a table's rows reads."""
    read = (name for name in facts_of(condition) if name.startswith(PERSON))
    return tuple(dict.fromkeys(name.removeprefix(PERSON) for name in read))


def indicators_of(condition: Condition) -> tuple[str, ...]:
    """Names of the indicators whose points a condition reads, in order of appearance."""
    if isinstance(condition, ComparePoints):
        return (condition.indicator,)
    return tuple(name for part in parts_of(condition) for name in indicators_of(part))
