"""How a pack ranks people: scope, call-in, classes, keys, and what settles the last ties."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from scoring.conditions import Condition, Number, PackModel
from scoring.constructs import Title

TiePolicy = Literal["application_time", "lottery", "admit_all", "exclude_all", "refuse"]

FIRST_CLASS = "class"
"""The ranking key that is the number of the first class that holds."""


class RankingKey(PackModel):
    """A tie-break after the total: a group's points, an indicator's points, or a fact of the candidate.

    Points are taken before the service's multiplier, or, `multiplied`, after it.
    """

    group: str | None = None
    indicator: str | None = None
    fact: str | None = None
    better: Literal["higher", "lower"] | None = None
    multiplied: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> RankingKey:
        if sum(name is not None for name in (self.group, self.indicator, self.fact)) != 1:
            raise ValueError("key_count")
        if (self.fact is not None) != (self.better is not None):
            raise ValueError("key_direction")
        if self.fact is not None and self.multiplied:
            raise ValueError("key_multiplied")
        return self

    @property
    def name(self) -> str:
        """The group, indicator or fact."""
        return self.group or self.indicator or self.fact or ""


class PriorityClass(PackModel):
    """People for whom `when` holds are ranked before all others, whatever their points."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Title
    when: Condition
    unknown: Literal["pending", "after"]
    cite: str


class CallIn(PackModel):
    """Only so many people a seat enter the ranking of a scope, earliest date first.

    `ties` says who of those with the same date at the limit enter: all, none, or, with `lottery`, as many as
    there is room for, drawn in a draw of its own.
    `before`: criteria that are checked afterwards. Whoever fails one of them has taken a place among those
    called in, and nobody follows.
    """

    per_seat: Number
    by: str
    ties: Literal["lottery", "admit_all", "exclude_all", "refuse"]
    before: tuple[str, ...] | None = Field(default=None, min_length=1, strict=False)
    cite: str


class RankingRule(PackModel):
    """Where people are ranked against each other, by which keys, and what settles the last ties.

    An empty `scope` ranks everybody together. The order is: the classes, the total (if the service has
    points), the keys, the ties; the total may come last among the keys, or be no key at all. Classes are
    compared one after the other; with `classes_hit: first` everybody is in the first class that holds.
    """

    scope: tuple[str, ...] = Field(strict=False)
    scope_cite: str
    call_in: CallIn | None = None
    classes: tuple[PriorityClass, ...] = Field(default=(), strict=False)
    classes_hit: Literal["first"] | None = None
    total: Literal["first", "last", "none"] = "first"
    keys: tuple[RankingKey, ...] = Field(default=(), strict=False)
    keys_cite: str | None = None
    ties: tuple[TiePolicy, ...] = Field(min_length=1, strict=False)
    ties_cite: str

    @property
    def draws(self) -> bool:
        """Whether lots are drawn: for the last ties, or for who is called in."""
        return "lottery" in (*self.ties, self.call_in and self.call_in.ties)

    @property
    def class_keys(self) -> tuple[str, ...]:
        """The keys that classes make: one each, or the number of the first that holds."""
        if self.classes and self.classes_hit == "first":
            return (FIRST_CLASS,)
        return tuple(rule.id for rule in self.classes)
