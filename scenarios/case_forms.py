"""What a file of worked cases and rounds may say (`examples.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from scoring.conditions import PackModel, plain
from scoring.policy import EVERYBODY
from values.problems import Problem
from values.yaml_marks import Document, Path

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def as_text(value: object) -> object:
    """A number as its shortest decimal text; anything else as it is."""
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return plain(Decimal(value)) if number else value  # type: ignore[arg-type]


def _as_amount(value: object) -> object:
    """The same for a number that is written as text: "81.0" is 81."""
    return plain(Decimal(value)) if isinstance(value, str) and DECIMAL.fullmatch(value) else as_text(value)


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _of_everybody(value: object) -> object:
    return value if value is None or isinstance(value, dict) else {EVERYBODY: value}


Amount = Annotated[str, BeforeValidator(_as_amount)]
Name = Annotated[str, BeforeValidator(as_text), Field(min_length=1)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]
NameOrNames = Annotated[Names, BeforeValidator(_as_list)]
Order = Annotated[tuple[NameOrNames, ...], Field(strict=False)]
"""Who comes after whom; those in a list of their own are equal."""

Seats = Annotated[int, Field(ge=0)]
Rows = Annotated[tuple[dict[str, object], ...], Field(strict=False)]
Status = Literal["eligible", "pending", "frozen", "ineligible", "vetoed", "barred"]


class Person(PackModel):
    """Facts of those who are scored and of the one who is placed, and rows of long tables."""

    subject: dict[str, object] = Field(default_factory=dict)
    second_subject: dict[str, object] | None = None
    spouse: dict[str, object] | None = None
    candidate: dict[str, object] = Field(default_factory=dict)
    ledgers: dict[str, Rows] = Field(default_factory=dict)
    tables: dict[str, Rows] = Field(default_factory=dict)


class Given(Person):
    """Who is scored for what and when; a case says only what differs from the file's defaults."""

    service: str | None = None
    as_of: date | None = None
    readings: dict[str, str] = Field(default_factory=dict)


class Expected(PackModel):
    """What the text gives; null means that it is not known yet."""

    indicators: dict[str, Amount | None] = Field(default_factory=dict)
    facts: dict[str, object] = Field(default_factory=dict)
    subtotal: Amount | None = None
    total: Amount | None = None
    status: Status | None = None
    reasons: tuple[str, ...] | None = Field(default=None, strict=False)
    multiplied: bool | None = None


class CaseModel(Given):
    """One worked case as written."""

    case: str = Field(min_length=1)
    expect: Expected


class Applicant(Person):
    """One person of a worked round: what differs from the round, or from another person of it (`like`).

    `at` names by column the offers at which the person's wishes are marked; all others are not. Null: it is
    not known of any.
    """

    like: Name | None = None
    wishes: Names | None = None
    lists: dict[str, Names] | None = None
    at: dict[str, NameOrNames | None] | None = None
    refuses: bool | None = None


class ExpectedRound(PackModel):
    """What the text gives to the people of a round. Lists are whole; what is not named is not compared."""

    status: dict[str, Status] = Field(default_factory=dict)
    totals: dict[str, Amount | None] = Field(default_factory=dict)
    called: Names | None = None
    order: Annotated[dict[str, Order], BeforeValidator(_of_everybody)] = Field(default_factory=dict)
    numbers: Annotated[dict[str, NameOrNames], BeforeValidator(_of_everybody)] = Field(default_factory=dict)
    placed: dict[str, NameOrNames] = Field(default_factory=dict)
    pools: dict[str, NameOrNames] = Field(default_factory=dict)
    admitted: Names | None = None
    qualified: Names | None = None
    waiting: Names | None = None
    gave_up: Names | None = None
    last_admitted: Annotated[dict[str, NameOrNames], BeforeValidator(_of_everybody)] = Field(
        default_factory=dict
    )
    stops: Annotated[Names, Field(min_length=1)] | None = None


class RoundModel(Given):
    """One worked round as written. `offers` have a scope, seats and whatever else the service asks for."""

    round: str = Field(min_length=1)
    seats: Annotated[dict[str, Seats], BeforeValidator(_of_everybody)] | None = None
    offers: dict[str, dict[str, object]] = Field(default_factory=dict)
    people: dict[str, Applicant] = Field(min_length=1)
    ties_drawn: Names = ()
    called_drawn: Names = ()
    expect: ExpectedRound


class Excuse(PackModel):
    """A `rule` of the pack that no case can notice when it is altered (if said: `to` this), and why."""

    rule: str = Field(min_length=1)
    to: Amount | None = None
    why: str = Field(min_length=1)

    def covers(self, rule: str, after: str) -> bool:
        """Whether it excuses an alteration."""
        return self.rule == rule and self.to in (None, after)

    @property
    def told(self) -> str:
        """The rule, and what it is altered to."""
        return self.rule if self.to is None else f"{self.rule} → {self.to}"


class CasesFile(PackModel):
    """A file of worked cases and rounds: somebody who may apply and earns nothing, cases, and rounds.

    `unnoticeable` is what `jifen policy test --pins` need not find noticed.
    """

    defaults: Given
    cases: tuple[CaseModel, ...] = Field(min_length=1, strict=False)
    rounds: tuple[RoundModel, ...] = Field(default=(), strict=False)
    unnoticeable: tuple[Excuse, ...] = Field(default=(), strict=False)


def completed(defaults: Given, own: Given) -> Given:
    """A case or round with what it does not say taken from the defaults."""
    head = {
        "service": own.service or defaults.service,
        "as_of": own.as_of or defaults.as_of,
        "readings": {**defaults.readings, **own.readings},
    }
    return person_of(defaults, defaults, own).model_copy(update=head)


def person_of(defaults: Given, like: Given, own: Person) -> Given:
    """`own` with what it does not say taken from `like`; a long table is replaced as a whole.

    Second subjects and spouses that `like` does not have begin as the subject of the defaults.
    """
    return defaults.model_copy(
        update={
            "subject": {**like.subject, **own.subject},
            "second_subject": _other("second_subject", defaults, like, own),
            "spouse": _other("spouse", defaults, like, own),
            "candidate": {**like.candidate, **own.candidate},
            "ledgers": {**like.ledgers, **own.ledgers},
            "tables": {**like.tables, **own.tables},
        }
    )


def _other(part: str, defaults: Given, like: Given, own: Person) -> dict[str, object] | None:
    theirs: dict[str, object] | None = getattr(like, part)
    if part not in own.model_fields_set:
        return theirs
    given: dict[str, object] | None = getattr(own, part)
    return None if given is None else {**(theirs or defaults.subject), **given}


def form_problems(document: Document, path: Path, given: Given, expect: PackModel) -> Iterator[Problem]:
    """What a completed case or round at `path` lacks.

    Codes: `examples.no_service`, `.no_date`, `.expects_nothing`.
    """
    place = document.place(path)
    if given.service is None:
        yield Problem.of("examples.no_service", place)
    if given.as_of is None:
        yield Problem.of("examples.no_date", place)
    if all(getattr(expect, name) == {} for name in expect.model_fields_set):
        yield Problem.of("examples.expects_nothing", place)
