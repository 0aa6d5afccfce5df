"""The policy model (`policy/1`): what a pack may say. Frozen; file access and arithmetic live elsewhere."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic.json_schema import SkipJsonSchema

from scoring.allocation_rule import NUMBERING, AllocationRule, NamedPeople, Numbers, Refusal, Stage
from scoring.conditions import Condition, Number, PackModel, facts_of
from scoring.constructs import PointsNode, Title
from scoring.departures import Departures
from scoring.fact_model import DerivedFact, Table, ValidFor, check_value_type
from scoring.notice_model import NoticeRule
from scoring.ranking_rule import RankingRule
from scoring.standing_model import Entitlement, Exclusive, KindLimit, Limit, Marked, Sanction, TotalRule
from values.canonical import canonical_json, digest_of_bytes

Kind = Literal["base", "bonus", "assigned", "deduction"]
PackStatus = Literal["official", "historic", "draft", "illustrative"]


class SourceDocument(PackModel):
    """A published document the rules cite, under its key. `issued` only if the text says when.

    `numbered`: it counts its clauses in sections (四（二）) or as a list; in articles (第四条) if left out.
    """

    number: str
    issued: date | None = None
    title: Title
    numbered: Literal["sections", "items"] | None = None


class Effective(PackModel):
    """First day, and last day if the policy has ended (both included); `lapses`: nothing follows at once."""

    start: date = Field(alias="from")
    until: date | None = None
    lapses: Literal[True] | None = None


class Fact(PackModel):
    """A fact a rule may name: type, limits, who supplies it and who attests it."""

    title: Title
    of: Literal["subject", "candidate"]
    type: Literal["choice", "integer", "decimal", "boolean", "date"]
    members: dict[str, Title] | None = None
    decimals: int = 0
    minimum: int | None = None
    maximum: int | None = None
    supplied_by: Literal["applicant", "department"]
    attested_by: Title
    valid_for: ValidFor | None = None
    cite: str

    @model_validator(mode="after")
    def _complete(self) -> Fact:
        check_value_type(self)
        return self


class LedgerColumn(PackModel):
    """A column of a ledger, and what may stand in it, with their names."""

    title: Title
    members: dict[str, Title] = Field(min_length=1)


def _listed(value: object) -> str:
    return "<named>" if isinstance(value, dict | LedgerColumn) else "<listed>"


class Ledger(PackModel):
    """A long table of month spells a subject: `subject, <columns>, first_month, last_month`.

    A column lists its members, or names itself and them for people to read.
    """

    title: Title
    columns: dict[
        str,
        Annotated[
            Annotated[LedgerColumn, Tag("<named>")]
            | Annotated[tuple[str, ...], Field(strict=False), Tag("<listed>")],
            Discriminator(_listed),
        ],
    ] = Field(default_factory=dict)
    cite: str

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        """What may stand in each column."""
        return {
            name: tuple(column.members) if isinstance(column, LedgerColumn) else column
            for name, column in self.columns.items()
        }


class Group(PackModel):
    """Level one of the points table."""

    title: Title
    cite: str
    cap: Number | None = None
    floor: Number | None = None


class Unknown(PackModel):
    """What an indicator earns while it is unknown: points, or the whole case stays pending."""

    points: Number | None = None
    pending: Literal[True] | None = None
    cite: str

    @model_validator(mode="after")
    def _one(self) -> Unknown:
        if (self.points is None) == (self.pending is None):
            raise ValueError("unknown_choice")
        return self


class Indicator(PackModel):
    """Level two of the points table: one line of the score sheet. A deduction's points count negative."""

    title: Title
    group: str
    kind: Kind
    cite: str
    services: tuple[str, ...] | None = Field(default=None, strict=False)
    points: PointsNode
    at: Marked | None = None
    unknown: Unknown | None = None


class Multiplier(PackModel):
    """The sub-total is multiplied by `factor` where `when` holds (S30)."""

    factor: Number
    when: Condition
    cite: str


class Gate(PackModel):
    """The least total that may take part (S45); or what it is before multiplier, deductions or both."""

    points: Number
    of: Literal["total", "before_multiplier", "before_deductions", "before_both"]
    cite: str

    @property
    def deducted(self) -> bool:
        """Whether deductions come before the gate."""
        return self.of in ("total", "before_multiplier")

    @property
    def multiplied(self) -> bool:
        """Whether the multiplier and the rule for the total come before the gate."""
        return self.of in ("total", "before_deductions")


class Criterion(PackModel):
    """One condition of eligibility and what its failure means.

    It is asked of whoever is scored; or it is enough that `either_parent` meets it, or `both_parents` must.
    """

    title: Title
    require: Condition
    asked_of: Literal["either_parent", "both_parents"] | None = None
    otherwise: Literal["ineligible", "vetoed", "barred", "frozen"]
    unknown: Literal["pending", "pass"]
    cite: str


class CandidateRule(PackModel):
    """Whose score a candidate carries."""

    takes: Literal["own", "chosen_parent", "higher_parent"]
    cite: str


class Service(PackModel):
    """One service: which kinds make its total, who may take part, how people are ranked and placed.

    A service without `kinds` has no points: people are ranked by classes, keys and ties alone. A service
    with an `entitlement` has no market: it says neither ranking nor allocation nor notice, and here they are
    empty. A service that gives `numbers` has no allocation: here it is one stage in which there is no seat.
    """

    title: Title
    status: PackStatus | None = None
    based_on: str | None = None
    cite: str
    kinds: tuple[Kind, ...] = Field(default=(), strict=False)
    kinds_cite: str | None = None
    kind_limits: dict[Kind, KindLimit] = Field(default_factory=dict)
    multiplier: Multiplier | None = None
    total: TotalRule | None = None
    gate: Gate | None = None
    criteria: dict[str, Criterion]
    candidate: CandidateRule
    entitlement: Entitlement | None = None
    ranking_rule: RankingRule | None = Field(default=None, alias="ranking")
    allocation_rule: AllocationRule | None = Field(default=None, alias="allocation")
    numbers: Numbers | None = None
    notice_rule: NoticeRule | None = Field(default=None, alias="notice")

    @property
    def ranking(self) -> RankingRule:
        """How people are ranked; nothing of it where there is no market."""
        return self.ranking_rule or RankingRule(
            scope=(), scope_cite=self.cite, ties=("refuse",), ties_cite=self.cite
        )

    @property
    def allocation(self) -> AllocationRule:
        """How people are placed; no stages where there is no market."""
        refusal = Refusal(gives_up=True, refill=False, cite=self.cite)
        stages = () if self.numbers is None else (NUMBERING,)
        return self.allocation_rule or AllocationRule.model_construct(
            cite=self.cite, stages=stages, fits=None, refusal=refusal
        )

    @property
    def notice(self) -> NoticeRule:
        """How long results are on show."""
        return self.notice_rule or NoticeRule(working_days=1, cite=self.cite)

    @property
    def least(self) -> Gate | None:
        """The least points that somebody needs: of the gate, or of the entitlement."""
        if self.entitlement is not None and self.entitlement.start is not None:
            return Gate(points=self.entitlement.start, of="total", cite=self.entitlement.cite)
        return self.gate


EVERYBODY = "*"
"""The scope of a ranking that has no scope facts, as the lottery calls the stratum of everybody."""


def key_facts(service: Service) -> tuple[str, ...]:
    """Facts that people are ranked by."""
    return tuple(key.fact for key in service.ranking.keys if key.fact is not None)


def needed_facts(service: Service) -> dict[str, str]:
    """Facts without which a person can be neither ranked nor placed, each with the clause that needs it."""
    ranking, fits = service.ranking, service.allocation.fits
    found = dict.fromkeys(key_facts(service), ranking.keys_cite or ranking.scope_cite)
    if ranking.call_in is not None:
        found[ranking.call_in.by] = ranking.call_in.cite
    return found if fits is None else {**found, fits.fact: fits.cite}


def named_people(service: Service) -> tuple[NamedPeople, ...]:
    """Those whom some offers alone accept, and those whom the stages treat apart, stage after stage."""
    apart = tuple(group for stage in service.allocation.stages for group in stage.named_people)
    return (*(service.allocation.accepts or ()), *apart)


def ranked_facts(service: Service) -> set[str]:
    """Every fact that the ranking, the call-in or the places read."""
    classes = (fact for rule in service.ranking.classes for fact in facts_of(rule.when))
    apart = (fact for group in named_people(service) if group.people for fact in facts_of(group.people))
    return {*service.ranking.scope, *needed_facts(service), *classes, *apart}


def service_conditions(service: Service) -> tuple[Condition, ...]:
    """Every condition of a service itself: criteria, multiplier, classes, people whom stages treat apart."""
    criteria = [criterion.require for criterion in service.criteria.values()]
    multiplier = [] if service.multiplier is None else [service.multiplier.when]
    apart = [group.people for group in named_people(service) if group.people]
    return (*criteria, *multiplier, *(rule.when for rule in service.ranking.classes), *apart)


class Policy(PackModel):
    """A resolved pack: the immutable snapshot that is scored, explained, printed and digested.

    `departures` say what was read otherwise than the pack says; no pack writes them.
    """

    format: Literal["policy/1"]
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9/-]*$")
    title: Title
    place: Title
    status: PackStatus
    effective: Effective
    scale: int = Field(ge=0, le=9)
    documents: dict[str, SourceDocument] = Field(min_length=1)
    facts: dict[str, Fact]
    ledgers: dict[str, Ledger] = Field(default_factory=dict)
    tables: dict[str, Table] = Field(default_factory=dict)
    derived: dict[str, DerivedFact] = Field(default_factory=dict)
    groups: dict[str, Group] = Field(default_factory=dict)
    indicators: dict[str, Indicator] = Field(default_factory=dict)
    limits: tuple[Limit, ...] = Field(default=(), strict=False)
    exclusive: tuple[Exclusive, ...] = Field(default=(), strict=False)
    sanctions: dict[str, Sanction] = Field(default_factory=dict)
    services: dict[str, Service] = Field(min_length=1)
    departures: Annotated[Departures | None, SkipJsonSchema()] = None

    @property
    def side_tables(self) -> tuple[str, ...]:
        """Ledgers and tables: the long tables that a round may have besides its own."""
        return (*self.ledgers, *self.tables)

    def canonical(self) -> dict[str, object]:
        """The snapshot as plain values: numbers as decimal text, the pack's own keys."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @cached_property
    def digest(self) -> str:
        """Digest of the snapshot's canonical JSON and a line end: of the file `policy.json` of a bundle."""
        return digest_of_bytes(canonical_json(self.canonical()) + b"\n")

    @cached_property
    def worked_out(self) -> dict[str, Any]:
        """What `scoring.units` has worked out of computed facts, by their name: a snapshot never changes."""
        return {}

    def indicators_of(self, service: str) -> dict[str, Indicator]:
        """The indicators that count for a service, in print order; none if the service has no points."""
        kinds = self.services[service].kinds
        return {
            name: indicator
            for name, indicator in self.indicators.items()
            if indicator.kind in kinds and self.concerns(indicator.services, service)
        }

    def marks_of(self, service: str) -> dict[str, Marked]:
        """The columns of the wishes at which points of a service count that are not in the total."""
        return {line.at.column: line.at for line in self.indicators_of(service).values() if line.at}

    def concerns(self, named: tuple[str, ...] | None, service: str) -> bool:
        """Whether a rule that names these services (None: all) holds for one, or for what it is based on."""
        return named is None or service in named or self.services[service].based_on in named

    def sanctions_of(self, service: str) -> dict[str, Sanction]:
        """The sanctions that apply in a service, in the pack's order."""
        return {name: rule for name, rule in self.sanctions.items() if self.concerns(rule.services, service)}

    def exclusive_of(self, service: str) -> tuple[Exclusive, ...]:
        """The choices that can set a line of the service aside.

        Of a choice that a fact makes one line is enough: who chose another has nothing of it here.
        """
        lines = self.indicators_of(service)
        found = []
        for rule in self.exclusive:
            open_ = sum(any(name in lines for name in one) for one in rule.alternatives)
            if self.concerns(rule.services, service) and open_ >= (2 if rule.chosen_by is None else 1):
                found.append(rule)
        return tuple(found)

    def limits_of(self, service: str) -> tuple[Limit, ...]:
        """The limits over several lines that hold in a service."""
        return tuple(rule for rule in self.limits if self.concerns(rule.services, service))

    def scope_title(self, service: str, scope: str) -> Title:
        """The name of a ranking scope: its members' titles; the place if everybody is ranked together."""
        facts = self.services[service].ranking.scope
        if not facts:
            return self.place
        known = (self.facts[fact].members or {} for fact in facts)
        titles = [members[part] for members, part in zip(known, scope.split("/"), strict=True)]
        return Title(zh=" ".join(title.zh for title in titles), en=", ".join(title.en for title in titles))

    def area_title(self, service: str, stage: Stage, area: str) -> Title:
        """The name of what is left in an area of a second ranking."""
        scope = self.services[service].ranking.scope
        facts = [fact for fact in scope if stage.area != "everywhere" and fact in (stage.area or ())]
        known = (self.facts[fact].members or {} for fact in facts)
        titles = [members[part] for members, part in zip(known, area.split("/"), strict=False)] or [
            self.place
        ]
        zh, en = " ".join(title.zh for title in titles), ", ".join(title.en for title in titles)
        return Title(zh=f"{zh}剩余名额", en=f"seats left in {en}")

    def status_of(self, service: str) -> PackStatus:
        """The service's own status where it has one, else the pack's."""
        return self.services[service].status or self.status
