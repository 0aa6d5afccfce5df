"""Facts that are computed, and the long tables they are computed from."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from scoring.conditions import Condition, PackModel, persons_of
from scoring.constructs import Title
from scoring.formula_text import Formula
from scoring.formulas import names_in, parse
from scoring.months_rule import MonthsRule
from scoring.residence_rule import MEMBERS, ResidenceMeasure
from scoring.rounding import RoundingMode, RoundingRule
from values.anchors import ANCHORS

Elapsed = Literal["years", "months", "days"]
Take = Literal["count", "sum", "minimum", "maximum", "mean", "earliest", "latest"]


class TableColumn(PackModel):
    """A column of a long table: what its cells are, as of a fact."""

    type: Literal["choice", "integer", "decimal", "boolean", "date"]
    members: dict[str, Title] | None = None
    decimals: int = Field(default=0, ge=0, le=6)
    minimum: int | None = None
    maximum: int | None = None

    @model_validator(mode="after")
    def _complete(self) -> TableColumn:
        check_value_type(self)
        return self


class Table(PackModel):
    """A long table: any number of rows a subject (or candidate), an event or a member of a household each."""

    title: Title
    of: Literal["subject", "candidate"]
    columns: dict[str, TableColumn] = Field(min_length=1)
    cite: str


class PerYear(PackModel):
    """The most that counts of each year: each calendar year, or the years counted `back` from `up_to`."""

    at_most: int = Field(ge=0)
    years: Literal["calendar", "back"] | None = None


class RowFormula(PackModel):
    """What is worked out of a row's columns, rounded before the rows are taken together.

    `round` keeps as many decimals as the fact has, unless it says how many.
    """

    formula: Formula
    round: RoundingRule | None = None


class ValidFor(PackModel):
    """How old evidence may be: months from a date fact, both days included (S38).

    Asked on the as-of date, or on the day that `as_of` names (a date fact: the day it was handed in).
    Evidence of a later day than that, or than the as-of date, is not there yet.
    """

    months: int = Field(ge=1, le=1200)
    dated_by: str
    as_of: date | str | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        """The date facts it reads."""
        asked = (self.as_of,) if isinstance(self.as_of, str) and self.as_of not in ANCHORS else ()
        return (self.dated_by, *asked)


class DerivedFact(MonthsRule):
    """A computed fact: time since a date, months covered by a ledger, residence, an aggregate, a formula.

    `up_to` and `as_of` name a date fact, a date, or a day relative to the as-of date (`values.anchors`).
    A time that has passed is counted as `completed` units (满n年: n from the anniversary on), or as those
    `exceeded` (超过n年: n from the day after it).
    """

    title: Title
    of: Literal["subject", "candidate"]
    cite: str | None = None
    years_since: str | None = None
    months_since: str | None = None
    days_since: str | None = None
    as_of: date | str | None = None
    counts: Literal["completed", "exceeded"] | None = None
    future: Literal[0, "unknown", "refuse"] = "refuse"
    residence: ResidenceMeasure | None = None
    formula: Formula | None = None
    from_table: str | None = None
    take: Take | None = None
    column: str | None = None
    each: RowFormula | None = None
    dated_by: str | None = None
    per_year: PerYear | None = None
    same_day: Literal["counted", "excluded"] | None = None
    empty: Literal[0, "unknown"] | None = None
    decimals: int = Field(default=0, ge=0, le=6)
    round: RoundingMode | None = None
    maximum: int = 1200

    @model_validator(mode="after")
    def _one_source(self) -> DerivedFact:
        sources = (
            self.months_in,
            self.residence,
            self.from_table,
            self.formula,
            *(since for _, since in self._since()),
        )
        if sum(source is not None for source in sources) != 1:
            raise ValueError("derived_source")
        if self.from_table is None and not self.is_complete:
            raise ValueError("derived_months")
        if self.elapsed is None and self._says("as_of", "counts", "future"):
            raise ValueError("derived_dates")
        if self.from_table is None and self._says(
            "take", "column", "each", "dated_by", "per_year", "same_day", "empty"
        ):
            raise ValueError("derived_aggregate")
        if self.from_table is None and self.formula is None and self._says("decimals", "round"):
            raise ValueError("derived_aggregate")
        if self.from_table is not None:
            self._check_aggregate()
        return self

    def _since(self) -> list[tuple[Elapsed, str | None]]:
        return [("years", self.years_since), ("months", self.months_since), ("days", self.days_since)]

    def _says(self, *names: str) -> bool:
        fields = DerivedFact.model_fields
        return any(getattr(self, name) != fields[name].get_default() for name in names)

    def _check_aggregate(self) -> None:
        if any(
            getattr(self, name)
            for name in ("bridge", "bridged_months", "on_break", "also_in", "not_during", "but")
        ):
            raise ValueError("derived_months")
        over = self.take in ("minimum", "maximum", "mean")
        if (
            self.take is None
            or (self.column is None and self.each is None) != (self.take == "count")
            or (self.each is not None and (self.column is not None or self.is_day))
            or (self.empty is None) == over
        ):
            raise ValueError("aggregate_keys")
        dated = self.within_months or self.up_to or self.per_year
        if (self.dated_by is None) != (dated is None) or (
            self.per_year and self.take not in ("count", "sum")
        ):
            raise ValueError("aggregate_dates")
        back = self.per_year is not None and self.per_year.years == "back"
        if self.same_day is not None and self.within_months is None and not back:
            raise ValueError("same_day_of_nothing")
        if (self.take == "mean") != (self.round is not None) and (self.each is None or self.take == "mean"):
            raise ValueError("aggregate_round")

    @property
    def is_day(self) -> bool:
        """Whether it is a date: the earliest or the latest day of a table's rows."""
        return self.take in ("earliest", "latest")

    @property
    def elapsed(self) -> tuple[Elapsed, str] | None:
        """The unit and the date fact of a time that has passed; None if it is of another kind."""
        return next(((unit, since) for unit, since in self._since() if since is not None), None)

    @property
    def members(self) -> dict[str, Title] | None:
        """The members of a computed fact that is a choice."""
        return MEMBERS.get(self.residence or "")

    @property
    def row_condition(self) -> Condition | None:
        """Which rows of a table are read; None for all."""
        return None if self.from_table is None or isinstance(self.where, dict) else self.where

    @property
    def sources(self) -> tuple[str, ...]:
        """The facts it is computed from."""
        found = [] if self.elapsed is None else [self.elapsed[1]]
        found += [] if self.formula is None else names_in(parse(self.formula))
        found += [day for day in (self.as_of, self.up_to) if isinstance(day, str) and day not in ANCHORS]
        found += [] if self.row_condition is None else persons_of(self.row_condition)
        return tuple(found)


def check_value_type(value: Any) -> None:
    """Refuse a type with limits, members or decimals that do not belong to it."""
    if (value.type == "choice") != bool(value.members):
        raise ValueError("fact_members")
    limited = value.minimum is not None and value.maximum is not None
    if (value.type in ("integer", "decimal")) != limited:
        raise ValueError("fact_limits")
    if (value.type == "decimal") != (value.decimals > 0):
        raise ValueError("fact_decimals")
