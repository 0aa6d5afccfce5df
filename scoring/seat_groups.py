"""People whom a stage treats apart: it is for them only, or gives them seats or bands of their own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from scoring.conditions import Condition, Number, PackModel
from scoring.constructs import Title
from scoring.rounding import RoundingMode, divided

Bands = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, strict=False)]
"""How many wishes stand side by side: in the first band, the second, …; the last number repeats."""

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class AtMost(PackModel):
    """Of each scope no more people than this share of its own quota."""

    share: Number
    round: RoundingMode
    cite: str

    def of(self, seats: int) -> int:
        """How many people that is where the quota has so many seats."""
        above, below = self.share.as_integer_ratio()
        return divided(seats * above, below, self.round)


class SeatPool(PackModel):
    """Seats of every offer for the people `for` whom a condition holds; or, with `rest`, all other seats.

    How many: a `share` of the offer's seats, rounded as `round` says, or the number in the column `seats` of
    the offers. What the members leave `opens` to everybody or `lapses`.
    """

    id: Identifier
    title: Title
    people: Condition | None = Field(default=None, alias="for")
    unknown: Literal["pending", "outside"] | None = None
    share: Number | None = None
    round: RoundingMode | None = None
    seats: Identifier | None = None
    rest: Literal[True] | None = None
    unfilled: Literal["opens", "lapses"] | None = None
    cite: str

    @model_validator(mode="after")
    def _complete(self) -> SeatPool:
        own = (self.people, self.unknown, self.unfilled)
        if self.rest and any(part is not None for part in (*own, self.share, self.round, self.seats)):
            raise ValueError("pool_rest")
        if not self.rest and any(part is None for part in own):
            raise ValueError("pool_parts")
        if not self.rest and (self.share is None) == (self.seats is None):
            raise ValueError("pool_size")
        if (self.share is None) != (self.round is None):
            raise ValueError("pool_round")
        return self


class Ceiling(PackModel):
    """At most so many seats of every offer for the people `for` whom a condition holds.

    How many: a `share` of the offer's seats, rounded as `round` says, or the number in the column `seats` of
    the offers. Whoever of them holds a place there already counts.
    """

    id: Identifier
    title: Title
    people: Condition = Field(alias="for")
    unknown: Literal["pending", "outside"]
    share: Number | None = None
    round: RoundingMode | None = None
    seats: Identifier | None = None
    cite: str

    @model_validator(mode="after")
    def _complete(self) -> Ceiling:
        if (self.share is None) == (self.seats is None):
            raise ValueError("pool_size")
        if (self.share is None) != (self.round is None):
            raise ValueError("pool_round")
        return self


class Participants(PackModel):
    """The people `for` whom a stage is."""

    id: Identifier
    title: Title
    people: Condition = Field(alias="for")
    unknown: Literal["pending", "outside"]
    cite: str


def _group_or_name(value: object) -> str:
    return "<group>" if isinstance(value, dict | Participants) else "<name>"


Only = Annotated[
    Annotated[Participants, Tag("<group>")] | Annotated[Identifier, Tag("<name>")],
    Discriminator(_group_or_name),
]
"""The people whom a stage is for, or the name of a group of an earlier stage."""


def _number_or_word(value: object) -> str:
    return "<word>" if isinstance(value, str) else "<number>"


WishCount = Annotated[
    Annotated[int, Field(ge=1), Tag("<number>")] | Annotated[Literal["any"], Tag("<word>")],
    Discriminator(_number_or_word),
]
"""How many wishes of a list are read; `any` of them where the text sets no number."""


class OfferMark(PackModel):
    """A yes/no column of the table `offers`: which offers a rule is about."""

    title: Title
    cite: str


class ChoicesFirst(PackModel):
    """At the offers with a mark the number of the wish comes before the ranking (first preference first).

    So do the people `for` whom a condition holds stand there, or everybody; all others stand with the first.
    """

    id: Identifier
    title: Title
    choices_first_at: Identifier
    people: Condition | None = Field(default=None, alias="for")
    unknown: Literal["pending", "outside"] | None = None
    cite: str

    @model_validator(mode="after")
    def _complete(self) -> ChoicesFirst:
        if (self.people is None) != (self.unknown is None):
            raise ValueError("tiers_unknown")
        return self


def _rule_or_word(value: object) -> str:
    return "<rule>" if isinstance(value, dict | ChoicesFirst) else "<word>"


Tiers = Annotated[
    Annotated[ChoicesFirst, Tag("<rule>")] | Annotated[Literal["catchment"], Tag("<word>")],
    Discriminator(_rule_or_word),
]
"""What comes before the ranking at an offer: being inside its catchment, or the number of the wish."""


class Accepts(PackModel):
    """The offers that are `marked` accept only the people `for` whom a condition holds, in every stage."""

    id: Identifier
    title: Title
    marked: Identifier
    people: Condition = Field(alias="for")
    unknown: Literal["pending", "outside"]
    cite: str


class OwnBands(PackModel):
    """Bands of their own for the people `for` whom a condition holds."""

    id: Identifier
    title: Title
    people: Condition = Field(alias="for")
    unknown: Literal["pending", "outside"]
    bands: Bands
    cite: str
