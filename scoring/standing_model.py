"""What a pack may say about totals and standing: limits across lines, choices, sanctions, entitlement."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from scoring.conditions import Condition, Number, PackModel
from scoring.constructs import Title
from scoring.rounding import RoundingRule

NAME = r"^[a-z][a-z0-9_]*$"
Names = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]


class Limited(PackModel):
    """A cap, a floor or both, with the clause that says so."""

    cap: Number | None = None
    floor: Number | None = None
    cite: str


class KindLimit(Limited):
    """How much all lines of one kind may come to. A deduction's cap is the most that is deducted."""

    @model_validator(mode="after")
    def _limits(self) -> KindLimit:
        if self.cap is None and self.floor is None:
            raise ValueError("limit_of_nothing")
        return self


class Limit(KindLimit):
    """How much several indicators or groups may come to together (S12); `services`: only in these."""

    id: str = Field(pattern=NAME)
    title: Title
    of: Names
    services: Names | None = None


class TotalRule(Limited):
    """What becomes of the total after the multiplier: rounded, then at most `cap`, at least `floor`."""

    round: RoundingRule | None = None

    @model_validator(mode="after")
    def _says_something(self) -> TotalRule:
        if self.cap is None and self.floor is None and self.round is None:
            raise ValueError("limit_of_nothing")
        return self


class ChosenBy(PackModel):
    """The applicant's choice: a fact whose members are the indicators to choose from."""

    chosen_by: str


Alternative = Annotated[
    Annotated[str, Tag("<line>")] | Annotated[Names, Tag("<lines>")],
    Discriminator(lambda one: "<lines>" if isinstance(one, list | tuple) else "<line>"),
]
"""A line, or lines that are added up."""


class Exclusive(PackModel):
    """Several indicators, or sets of them, of which one line or one set counts; the others become 0 (S13).

    `services`: only in these.
    """

    id: str = Field(pattern=NAME)
    title: Title
    of: Annotated[tuple[Alternative, ...], Field(strict=False, min_length=2)]
    keep: Literal["highest"] | ChosenBy
    services: Names | None = None
    cite: str

    @property
    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """What there is to choose from: the lines of each set, of a single line itself."""
        return tuple((one,) if isinstance(one, str) else one for one in self.of)

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line of every alternative."""
        return tuple(name for one in self.alternatives for name in one)

    @property
    def chosen_by(self) -> str | None:
        """The fact that chooses; None if the highest line counts."""
        return self.keep.chosen_by if isinstance(self.keep, ChosenBy) else None


class Marked(PackModel):
    """At which offers points count: at the wishes that are marked in a yes/no column of the table of wishes.

    A cell that is not filled in is not known: then the case waits (`pending`), or the wish is taken as one
    that is not marked (`outside`).
    """

    column: str = Field(pattern=NAME)
    title: Title
    unknown: Literal["pending", "outside"]
    cite: str


class Reach(PackModel):
    """A day: so long after a date, or a date itself.

    `calendar_years` counts whole calendar years after the one that the date lies in; 0 is that year itself.
    """

    start: str | None = Field(default=None, alias="from")
    years: int | None = Field(default=None, ge=1, le=100)
    months: int | None = Field(default=None, ge=1, le=1200)
    days: int | None = Field(default=None, ge=1, le=36500)
    calendar_years: int | None = Field(default=None, ge=0, le=100)
    on: str | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        given = (self.years, self.months, self.days, self.calendar_years)
        lengths = sum(length is not None for length in given)
        if (self.start is None) == (self.on is None) or lengths != (self.on is None):
            raise ValueError("until_end")
        return self

    @property
    def fact(self) -> str:
        """The date it is counted from."""
        return self.start or self.on or ""


class Until(Reach):
    """The last day of a sanction, itself included; of calendar years their last day."""


class Since(Reach):
    """The first day of a sanction, itself included; of calendar years their first day."""

    calendar_years: int | None = Field(default=None, ge=1, le=100)


class Sanction(PackModel):
    """What happens to somebody for whom `when` holds, besides the criteria (S33–S36).

    It is in effect from `since` (at once if left out) to `until` (for good).
    """

    title: Title
    when: Condition
    effect: Literal["vetoed", "barred", "frozen", "void"]
    indicators: Names | None = None
    services: Names | None = None
    since: Since | None = None
    until: Until | None = None
    unknown: Literal["pending", "ignore"]
    cite: str

    @model_validator(mode="after")
    def _void_names_lines(self) -> Sanction:
        if (self.effect == "void") != (self.indicators is not None):
            raise ValueError("void_indicators")
        return self


class Entitlement(PackModel):
    """What everybody gets who has so many points: a service without a market (S45).

    In a service without points, what everybody gets who meets the criteria.
    """

    start: Number | None = Field(default=None, alias="from")
    gives: Title
    cite: str
