"""Months measured from ledgers: which rows count, how spells are formed, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag, WithJsonSchema

from scoring.conditions import Condition, PackModel

OnBreak = Literal["stop", "sum", "longest", "last"]
Members = Mapping[str, tuple[str, ...]]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _as_written(members: tuple[str, ...]) -> str | list[str]:
    return members[0] if len(members) == 1 else list(members)


MemberList = Annotated[
    tuple[str, ...],
    Field(min_length=1, strict=False),
    BeforeValidator(_listed),
    PlainSerializer(_as_written),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    ),
]
"""One member of a ledger's column, or a list of them."""


class LedgerRows(PackModel):
    """Rows of a ledger: those with one of the members in every column of `where`, but for `except`."""

    ledger: str
    where: dict[str, MemberList] = Field(default_factory=dict)
    but: dict[str, MemberList] | None = Field(default=None, alias="except")


def _kind_of_where(value: object) -> str:
    """Members by column, of a ledger, or a condition on the rows of a table."""
    condition = not isinstance(value, dict) or bool(value.keys() & CONDITION_KEYS)
    return "<condition>" if condition else "<members>"


CONDITION_KEYS = {"fact", "all", "any", "not", "known"}
Where = Annotated[
    Annotated[dict[str, MemberList], Tag("<members>")] | Annotated[Condition, Tag("<condition>")],
    Discriminator(_kind_of_where),
]


class MonthsRule(PackModel):
    """What a fact measured from a ledger may say; `residence.spells` says what is computed from it.

    Of a fact from a table `where` is a condition on its rows.
    """

    months_in: str | None = None
    where: Where = Field(default_factory=dict)
    but: dict[str, MemberList] | None = Field(default=None, alias="except")
    up_to: date | str | None = None
    bridge: int = Field(default=0, ge=0)
    bridged_months: Literal["excluded", "counted"] | None = None
    on_break: OnBreak | None = None
    within_months: int | None = Field(default=None, ge=1)
    at_least_months: int | None = Field(default=None, ge=1)
    not_during: LedgerRows | None = None
    also_in: LedgerRows | None = None

    @property
    def rows(self) -> LedgerRows:
        """The rows whose months are counted. Only of a fact that is measured from a ledger."""
        assert self.months_in is not None
        assert isinstance(self.where, dict)
        return LedgerRows.model_construct(ledger=self.months_in, where=self.where, but=self.but)

    def others(self) -> Iterator[tuple[Literal["also_in", "not_during"], LedgerRows]]:
        """The other rows that are asked, each with its key."""
        if self.also_in is not None:
            yield "also_in", self.also_in
        if self.not_during is not None:
            yield "not_during", self.not_during

    @property
    def ledgers(self) -> tuple[str, ...]:
        """Every ledger that is read, the one measured first; none if the fact is of another kind."""
        own = () if self.months_in is None else (self.months_in,)
        return tuple(dict.fromkeys((*own, *(rows.ledger for _, rows in self.others()))))

    @property
    def is_complete(self) -> bool:
        """Whether what a measure must say is said, or, of a fact of another kind, nothing of it."""
        needed = (self.up_to, self.bridged_months, self.on_break)
        if self.months_in is not None:
            return None not in needed
        return all(
            getattr(self, name) == field.get_default(call_default_factory=True)
            for name, field in MonthsRule.model_fields.items()
        )
