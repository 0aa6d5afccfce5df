"""What a pack says of allocation (`policy/1`): stages, refusals, what fits, whom offers accept, numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from scoring.conditions import PackModel
from scoring.constructs import Title
from scoring.seat_groups import (
    Accepts,
    AtMost,
    Bands,
    Ceiling,
    ChoicesFirst,
    Identifier,
    OfferMark,
    Only,
    OwnBands,
    Participants,
    SeatPool,
    Tiers,
    WishCount,
)

StageMechanism = Literal[
    "serial_dictatorship", "deferred_acceptance", "immediate_acceptance", "parallel", "redistribution"
]

NamedPeople = Participants | SeatPool | Ceiling | OwnBands | ChoicesFirst | Accepts


class Stage(PackModel):
    """One step of the allocation: a mechanism over the quotas, or over the offers of the candidate's scope.

    With `area: everywhere` the offers that are left in every scope are open to the people of all scopes. Over
    quotas an area makes a second ranking: what the quotas leave, everywhere or where these scope facts are
    equal, goes to those still waiting there, `at_most` so many of each scope.
    `bands` cut the wishes of a parallel stage, `bands_for` those of the people it names, the first who fits.
    `then` says how a redistribution seats people: all together (`least_cost`, unless said), or each in turn.
    `pools` are seats of every offer for the people they name, in the order in which they are filled; the
    people of `ceilings` get no more than that. With `only` nobody else takes part. `tiers` come before the
    ranking. `list` names the list of wishes that it reads, if people file several.
    """

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    mechanism: StageMechanism
    seats: Literal["quotas", "offers"]
    only: Only | None = None
    wishes: WishCount | None = None
    list: Identifier | None = None
    bands: Bands | None = None
    bands_for: tuple[OwnBands, ...] | None = Field(default=None, min_length=1, strict=False)
    pools: tuple[SeatPool, ...] | None = Field(default=None, min_length=1, strict=False)
    ceilings: tuple[Ceiling, ...] | None = Field(default=None, min_length=1, strict=False)
    tiers: Tiers | None = None
    cost: Literal["distance"] | None = None
    then: Literal["least_cost", "in_order"] | None = None
    area: Literal["everywhere"] | Annotated[tuple[str, ...], Field(min_length=1, strict=False)] | None = None
    at_most: AtMost | None = None
    cite: str | None = None

    @property
    def most_wishes(self) -> int | None:
        """The greatest number of wishes that it reads; None if there is none, or if it reads no wishes."""
        return None if self.wishes == "any" else self.wishes

    @property
    def is_second(self) -> bool:
        """Whether this is a second ranking for what the quotas leave."""
        return self.seats == "quotas" and self.area is not None

    @property
    def named_people(self) -> tuple[NamedPeople, ...]:
        """The pools, ceilings, bands, tiers and the whole stage for people whom a condition names."""
        only = (self.only,) if isinstance(self.only, Participants) else ()
        pools = tuple(pool for pool in self.pools or () if not pool.rest)
        first = self.choices_first
        tiers = (first,) if first is not None and first.people is not None else ()
        return (*only, *pools, *(self.ceilings or ()), *(self.bands_for or ()), *tiers)

    @property
    def choices_first(self) -> ChoicesFirst | None:
        """Where the number of the wish comes before the ranking; None if nowhere."""
        return self.tiers if isinstance(self.tiers, ChoicesFirst) else None

    @property
    def participants(self) -> str | None:
        """The name of the people whom the stage is for; None if it is for everybody."""
        return self.only.id if isinstance(self.only, Participants) else self.only


NUMBERING = Stage(name="numbers", mechanism="serial_dictatorship", seats="quotas")
"""The stage of a service that gives numbers and no seats."""


class Refusal(PackModel):
    """What refusing the place means, and whether the place goes to the next in the same order.

    `refill_from` names the stage with which every later run begins: a second ranking, to which each place
    that is given up goes at once. Without it all stages run again.
    """

    gives_up: Literal[True]
    refill: bool
    refill_from: str | None = None
    cite: str


class Fits(PackModel):
    """Which types of offer each candidate may have, by a fact: a household against the sizes of flats."""

    fact: str
    types: dict[str, Title] = Field(min_length=1)
    allowed: dict[str, Annotated[tuple[str, ...], Field(strict=False)]]
    cite: str


class AllocationRule(PackModel):
    """The stages in order, what a refusal means, marks of offers, and whom marked offers accept."""

    cite: str
    marks: dict[Identifier, OfferMark] | None = Field(default=None, min_length=1)
    accepts: tuple[Accepts, ...] | None = Field(default=None, min_length=1, strict=False)
    stages: tuple[Stage, ...] = Field(min_length=1, strict=False)
    fits: Fits | None = None
    refusal: Refusal


class Numbers(PackModel):
    """What a draw gives that gives no place: to everybody ranked a number, from 1 in each ranking."""

    gives: Title
    cite: str
