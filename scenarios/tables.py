"""The tables of a round: what columns each must have, derived from the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from residence.life_cycle import EVENTS
from scoring.fact_model import Table as LongTable
from scoring.facts import fact_column, other_columns, service_facts, spouse_facts, value_column
from scoring.policy import EVERYBODY, Policy
from scoring.reading import HAS_SPOUSE, SPOUSE, plain_name
from scoring.units import domain_of
from values.tables import Column, TableSchema

DEGREE = 10**5
"""Coordinates are integers of 1e-5 degrees (about a metre), WGS-84."""


@dataclass(frozen=True)
class RuleTexts:
    """The texts that `residence` of the settings names, each with its name, in its order."""

    layers: tuple[tuple[str, str], ...]
    calendars: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Applications:
    """Everything that was filed for a round and everything there is to give, as typed frames.

    `ledgers` holds the policy's ledgers and long tables by name.
    """

    applicants: pl.DataFrame
    candidates: pl.DataFrame
    offers: pl.DataFrame
    quotas: pl.DataFrame
    preferences: pl.DataFrame
    refusals: pl.DataFrame
    ledgers: Mapping[str, pl.DataFrame]
    histories: pl.DataFrame | None = None
    rule_texts: RuleTexts | None = None

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table by its name."""
        named = {name: getattr(self, name) for name in TABLE_NAMES}
        told = {} if self.histories is None else {HISTORIES: self.histories}
        return {**named, **dict(sorted(self.ledgers.items())), **told}


HISTORIES = "histories"


def rule_files(texts: RuleTexts) -> dict[str, str]:
    """The file names under which a bundle keeps the texts of residence rules and calendars."""
    layers = {f"residence-rules-{n}.yaml": text for n, (text, _) in enumerate(texts.layers, 1)}
    return layers | {f"residence-calendar-{n}.yaml": text for n, (text, _) in enumerate(texts.calendars, 1)}


TABLE_NAMES = ("applicants", "candidates", "offers", "quotas", "preferences", "refusals")


def round_schemas(policy: Policy, service: str) -> dict[str, TableSchema]:
    """What every table of a round for the service must look like, ledgers included."""
    rule = policy.services[service]
    scope = tuple(fact_column(name, policy.facts[name], complete=True) for name in rule.ranking.scope)
    fixed = {
        "applicants": _applicants(policy, service),
        "candidates": _candidates(policy, service),
        **({"offers": _offers(policy, service, scope)} if gives_offers(policy, service) else {}),
        **({} if rule.numbers else {"quotas": TableSchema("quotas", (*scope, _seats()), rule.ranking.scope)}),
        **({"preferences": _preferences(policy, service)} if takes_wishes(policy, service) else {}),
        "refusals": TableSchema("refusals", (_id("candidate"),), ("candidate",), may_be_empty=True),
    }
    used = {ledger for name in measures(policy, service) for ledger in policy.derived[name].ledgers}
    ledgers = {name: _ledger(policy, name) for name in policy.ledgers if name in used}
    told = {HISTORIES: histories_schema()} if residence_measures(policy, service) else {}
    read = {policy.derived[name].from_table for name in aggregates(policy, service)}
    long = {name: _long_table(table, name) for name, table in policy.tables.items() if name in read}
    return {**fixed, **ledgers, **long, **told}


def widened(schema: TableSchema, other: TableSchema) -> TableSchema:
    """A schema with the columns that only another one has, which need not be there."""
    known = {column.name for column in schema.columns}
    more = [
        replace(column, required=False, complete=False)
        for column in other.columns
        if column.name not in known
    ]
    known |= {column.name for column in more}
    unread = tuple(name for name in dict.fromkeys((*schema.unread, *other.unread)) if name not in known)
    return replace(schema, columns=(*schema.columns, *more), unread=unread)


def histories_schema() -> TableSchema:
    """Events of registration and permit, in each subject's order of `number`."""
    return TableSchema(
        HISTORIES,
        (
            _id("subject"),
            Column("number", "integer", complete=True, minimum=1, maximum=10**6),
            Column("day", "date", complete=True),
            Column("event", "choice", complete=True, members=EVENTS),
            Column("ground", "id", required=False),
            Column("stay_days", "integer", required=False, minimum=0, maximum=10**6),
            Column("area", "id", required=False),
        ),
        ("subject", "number"),
        may_be_empty=True,
    )


def pairs_schema(policy: Policy, service: str) -> TableSchema:
    """A flat table for scoring alone: one row a subject (and candidate), every fact, finished measures."""
    names = service_facts(policy, service)
    facts = tuple(fact_column(name, policy.facts[name]) for name in names if name in policy.facts)
    months = tuple(computed_column(policy, name) for name in handed_or_computed(policy, service))
    ids = (_id("subject"), Column("candidate", "id", required=False))
    spouse = _spouse_facts(policy, service)
    return TableSchema("facts", (*ids, *facts, *months, *spouse), ("candidate", "subject"))


def frame_column(policy: Policy, name: str) -> Column:
    """How what stands in a column of the facts frame is stored in a table."""
    fact = plain_name(name)
    if name == HAS_SPOUSE and name not in policy.facts:
        return Column(name, "boolean")
    if name in policy.facts or name in policy.derived:
        fact = name
    found = fact_column(fact, policy.facts[fact]) if fact in policy.facts else computed_column(policy, fact)
    return replace(found, name=name)


def _spouse_facts(policy: Policy, service: str) -> tuple[Column, ...]:
    """In a flat table: whether somebody has a spouse, and the spouse's facts as far as they are handed in."""
    if HAS_SPOUSE not in other_columns(policy, service):
        return ()
    handed = (*policy.facts, *handed_or_computed(policy, service))
    names = [name for name in spouse_facts(policy, service) if name in handed]
    theirs = [name for name in names if (policy.facts.get(name) or policy.derived[name]).of == "subject"]
    return (Column(HAS_SPOUSE, "boolean"), *(frame_column(policy, f"{SPOUSE}{name}") for name in theirs))


def no_preferences() -> pl.DataFrame:
    """The table of a service that takes no wishes, or of people who have none."""
    return pl.DataFrame(schema={"candidate": pl.String, "rank": pl.Int64, "offer": pl.String})


def no_offers() -> pl.DataFrame:
    """The table of a service that gives seats of quotas only."""
    return pl.DataFrame(schema={"offer": pl.String, "name": pl.String, "seats": pl.Int64})


def no_refusals() -> pl.DataFrame:
    """The table of a round in which nobody has refused a place."""
    return pl.DataFrame(schema={"candidate": pl.String})


def empty_tables() -> dict[str, pl.DataFrame]:
    """The tables that a round may do without."""
    none = {"offers": no_offers(), "preferences": no_preferences(), "refusals": no_refusals()}
    return {**none, "quotas": pl.DataFrame(schema={"seats": pl.Int64})}


def scope_names(policy: Policy, service: str) -> pl.Expr:
    """The name of each row's ranking scope: its facts joined by a slash."""
    facts = policy.services[service].ranking.scope
    joined = pl.concat_str(pl.col(facts).cast(pl.String), separator="/") if facts else pl.lit(EVERYBODY)
    return joined.alias("scope")


def measures(policy: Policy, service: str) -> tuple[str, ...]:
    """Derived facts of the service that are measured from ledgers."""
    names = service_facts(policy, service)
    return tuple(name for name in names if name in policy.derived and policy.derived[name].months_in)


def residence_measures(policy: Policy, service: str) -> tuple[str, ...]:
    """Derived facts of the service that come from histories of registration and permit."""
    names = service_facts(policy, service)
    return tuple(name for name in names if name in policy.derived and policy.derived[name].residence)


def aggregates(policy: Policy, service: str) -> tuple[str, ...]:
    """Derived facts of the service that are aggregates of a long table."""
    names = service_facts(policy, service)
    return tuple(name for name in names if name in policy.derived and policy.derived[name].from_table)


def handed_or_computed(policy: Policy, service: str) -> tuple[str, ...]:
    """Derived facts that come from other tables, and that an office may hand in finished instead."""
    return (*measures(policy, service), *residence_measures(policy, service), *aggregates(policy, service))


def computed_column(policy: Policy, name: str, *, required: bool = True) -> Column:
    """How a computed fact is stored in a table."""
    domain = domain_of(policy, name)
    assert domain is not None
    if not domain.is_quantity:
        return Column(name, domain.type, required, members=domain.members)
    low, high = domain.minimum, domain.maximum
    return Column(name, domain.type, required, decimals=domain.decimals, minimum=low, maximum=high)


def _finished(policy: Policy, service: str, side: str) -> tuple[Column, ...]:
    """Columns in which an office may give what would be computed from a ledger or a long table."""
    names = handed_or_computed(policy, service)
    return tuple(
        computed_column(policy, name, required=False) for name in names if policy.derived[name].of == side
    )


def gives_offers(policy: Policy, service: str) -> bool:
    """Whether some stage of the service gives out particular offers, not only seats of a quota."""
    return any(stage.seats == "offers" for stage in policy.services[service].allocation.stages)


def takes_wishes(policy: Policy, service: str) -> bool:
    """Whether some stage of the service serves people's own wishes."""
    return any(stage.wishes is not None for stage in policy.services[service].allocation.stages)


def list_names(policy: Policy, service: str) -> tuple[str, ...]:
    """The lists of wishes that have a name: people file them beside, or instead of, the one without."""
    stages = policy.services[service].allocation.stages
    return tuple(dict.fromkeys(stage.list for stage in stages if stage.list is not None))


def wishes_of_lists(preferences: pl.DataFrame, marks: tuple[str, ...] = ()) -> pl.DataFrame:
    """The wishes as `candidate`, `list` (text, "" for the one without a name), `rank`, `offer`, `marks`."""
    named = pl.col("list").cast(pl.String).fill_null("") if "list" in preferences.columns else pl.lit("")
    cells = mark_cells(preferences, marks)
    return preferences.with_columns(named.alias("list")).select("candidate", "list", "rank", "offer", *cells)


def mark_cells(preferences: pl.DataFrame, names: tuple[str, ...]) -> list[pl.Expr]:
    """These columns that mark wishes; nothing is known where there are none, as where nobody has a wish."""
    known = preferences.columns
    return [pl.col(name) if name in known else pl.lit(None, pl.Boolean).alias(name) for name in names]


def reserved_columns(policy: Policy, service: str) -> tuple[str, ...]:
    """The columns of the offers that say how many seats some people have, or have at most."""
    stages = policy.services[service].allocation.stages
    columns = [group.seats for stage in stages for group in stage.pools or ()]
    columns += [group.seats for stage in stages for group in stage.ceilings or ()]
    return tuple(dict.fromkeys(column for column in columns if column is not None))


def needs_locations(policy: Policy, service: str) -> bool:
    """Whether some stage of the service places people by distance."""
    return any(stage.cost == "distance" for stage in policy.services[service].allocation.stages)


def _applicants(policy: Policy, service: str) -> TableSchema:
    names = service_facts(policy, service)
    facts = tuple(
        fact_column(n, policy.facts[n])
        for n in names
        if n in policy.facts and policy.facts[n].of == "subject"
    )
    spouse: tuple[Column, ...] = ()
    if HAS_SPOUSE in other_columns(policy, service):
        spouse = (Column(HAS_SPOUSE, "boolean"), Column("spouse", "id"))
    finished = _finished(policy, service, "subject")
    return TableSchema("applicants", (_id("subject"), *spouse, *facts, *finished), ("subject",))


def _candidates(policy: Policy, service: str) -> TableSchema:
    rule = policy.services[service]
    names = service_facts(policy, service)
    facts = tuple(
        fact_column(name, policy.facts[name], complete=name in rule.ranking.scope)
        for name in names
        if name in policy.facts and policy.facts[name].of == "candidate"
    )
    both_parents = rule.candidate.takes == "higher_parent"
    second = (Column("second_subject", "id", required=False),) if both_parents else ()
    by_time = "application_time" in rule.ranking.ties
    tiers = any(stage.tiers == "catchment" for stage in rule.allocation.stages)
    columns = (
        _id("candidate"),
        _id("subject"),
        *second,
        Column("name", "text", required=False),
        Column("filed_at", "datetime", required=by_time, complete=by_time),
        *_location(needs_locations(policy, service)),
        Column("catchment", "id", required=tiers),
        *facts,
        *_finished(policy, service, "candidate"),
    )
    return TableSchema("candidates", columns, ("candidate",))


def _offers(policy: Policy, service: str, scope: tuple[Column, ...]) -> TableSchema:
    location = _location(needs_locations(policy, service))
    fits = policy.services[service].allocation.fits
    types = () if fits is None else (Column("type", "choice", True, True, tuple(fits.types)),)
    reserved = tuple(_count(name) for name in reserved_columns(policy, service))
    marks = policy.services[service].allocation.marks or {}
    marked = tuple(Column(name, "boolean", complete=True) for name in marks)
    columns = (_id("offer"), *scope, Column("name", "text"), _seats(), *reserved, *marked, *types, *location)
    return TableSchema("offers", columns, ("offer",))


def _preferences(policy: Policy, service: str) -> TableSchema:
    rank = Column("rank", "integer", complete=True, minimum=1, maximum=1000)
    names = list_names(policy, service)
    lists = (Column("list", "choice", required=False, members=names),) if names else ()
    unique = ("candidate", *(column.name for column in lists), "rank")
    marks = (Column(name, "boolean") for name in policy.marks_of(service))
    columns = (_id("candidate"), *lists, rank, _id("offer"), *marks)
    return TableSchema("preferences", columns, unique, may_be_empty=True)


def _ledger(policy: Policy, name: str) -> TableSchema:
    members = policy.ledgers[name].members.items()
    choices = tuple(Column(column, "choice", True, True, known) for column, known in members)
    months = (Column("first_month", "month", True, True), Column("last_month", "month", True, True))
    return TableSchema(name, (_id("subject"), *choices, *months), may_be_empty=True)


def _long_table(table: LongTable, name: str) -> TableSchema:
    """Any cell but the id may be empty: then it is unknown."""
    columns = tuple(value_column(key, column) for key, column in table.columns.items())
    return TableSchema(name, (_id(table.of), *columns), may_be_empty=True)


def _id(name: str) -> Column:
    return Column(name, "id", complete=True)


def _seats() -> Column:
    return _count("seats")


def _count(name: str) -> Column:
    return Column(name, "integer", complete=True, minimum=0, maximum=10**7)


def _location(needed: bool) -> tuple[Column, ...]:
    return tuple(
        Column(name, "decimal", needed, needed, decimals=5, minimum=-limit * DEGREE, maximum=limit * DEGREE)
        for name, limit in (("longitude", 180), ("latitude", 90))
    )
