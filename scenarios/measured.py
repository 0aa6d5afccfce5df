"""Ledgers become facts: the months a policy declares are computed before anyone is scored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import polars as pl

from publication.trace_text import MonthsTrace
from residence.measures import months_covered, sorted_spells
from residence.spells import Role, Span, SpellRule, trace
from scenarios.tables import aggregates, measures
from scoring.aggregates import with_aggregates
from scoring.fact_model import DerivedFact
from scoring.months_rule import LedgerRows, Members, MonthsRule
from scoring.policy import Policy
from scoring.scalar import Person
from values.dates import month_number
from values.problems import BadInput, Place, Problem


def with_measures(
    policy: Policy, service: str, applicants: pl.DataFrame, ledgers: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """`applicants` with one column a measure: computed from its ledgers, or taken as the finished fact.

    Raises:
        BadInput: `facts.measure_twice` (a finished column and a ledger), `facts.ledger_missing`
            (neither).
    """
    problems = measure_problems(policy, service, applicants, ledgers)
    if problems:
        raise BadInput(problems)
    columns: list[pl.Series] = []
    spells = {
        name: sorted_spells(ledger, applicants["subject"])
        for name, ledger in ledgers.items()
        if name in policy.ledgers
    }
    for name in measures(policy, service):
        rule = policy.derived[name]
        if rule.months_in in spells:
            up_to = months_of_days(applicants[str(rule.up_to)])
            columns.append(measured_months(rule, up_to, spells).clip(None, rule.maximum).alias(name))
    return applicants.with_columns(columns)


def measured(
    policy: Policy,
    service: str,
    applicants: pl.DataFrame,
    candidates: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    *,
    as_of: date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Applicants and candidates with everything that is computed from ledgers and long tables.

    Raises:
        BadInput: as `with_measures`, and of aggregates; `facts.beyond_maximum`.
    """
    people = {"subject": with_measures(policy, service, applicants, tables), "candidate": candidates}
    for side, frame in people.items():
        names = tuple(name for name in aggregates(policy, service) if policy.derived[name].of == side)
        problems = aggregate_problems(policy, names, frame, tables)
        if problems:
            raise BadInput(problems)
        people[side] = with_aggregates(policy, names, frame, tables, as_of)
    return people["subject"], people["candidate"]


def aggregate_problems(
    policy: Policy, names: Iterable[str], people: pl.DataFrame, tables: Mapping[str, pl.DataFrame]
) -> list[Problem]:
    """An aggregate needs exactly one source: its table, or a column that is not wholly empty.

    Codes: `facts.measure_twice`, `facts.ledger_missing`.
    """
    problems = []
    for name in names:
        table = policy.derived[name].from_table
        finished = name in people.columns and people[name].null_count() < people.height
        if finished == (table in tables):
            code = "facts.measure_twice" if finished else "facts.ledger_missing"
            side = "applicants" if policy.derived[name].of == "subject" else "candidates"
            problems.append(Problem.of(code, Place(file=side, field=name), fact=name, ledger=table))
    return problems


def measure_problems(
    policy: Policy, service: str, applicants: pl.DataFrame, ledgers: Mapping[str, pl.DataFrame]
) -> list[Problem]:
    """A measure needs exactly one source: its ledgers, or a column that is not wholly empty.

    Codes: `facts.measure_twice`, `facts.ledger_missing`.
    """
    problems = []
    for name in measures(policy, service):
        rule = policy.derived[name]
        finished = name in applicants.columns and applicants[name].null_count() < applicants.height
        place = Place(file="applicants", field=name)
        if finished and rule.months_in in ledgers:
            problems.append(Problem.of("facts.measure_twice", place, fact=name, ledger=rule.months_in))
        for ledger in rule.ledgers if not finished else ():
            if ledger not in ledgers:
                problems.append(Problem.of("facts.ledger_missing", place, fact=name, ledger=ledger))
    return problems


def months_of_days(days: pl.Series) -> pl.Series:
    """The number of each day's month; null where there is no day."""
    return days.dt.year().cast(pl.Int32) * 12 + days.dt.month().cast(pl.Int32) - 1


def measured_months(rule: MonthsRule, up_to: pl.Series, spells: Mapping[str, pl.DataFrame]) -> pl.Series:
    """A measure of everybody, from ledgers sorted by `residence.measures.sorted_spells`."""
    also_in, not_during = (
        None if rows is None else rows_of(rows, spells[rows.ledger])
        for rows in (rule.also_in, rule.not_during)
    )
    own = rows_of(rule.rows, spells[rule.rows.ledger])
    return months_covered(own, up_to, spell_rule(rule), also_in=also_in, not_during=not_during)


def spell_rule(rule: MonthsRule) -> SpellRule:
    """What a measure says of spells."""
    assert rule.bridged_months is not None
    assert rule.on_break is not None
    return SpellRule(
        rule.bridge, rule.bridged_months, rule.on_break, rule.within_months, rule.at_least_months
    )


def rows_of(rows: LedgerRows, ledger: pl.DataFrame) -> pl.DataFrame:
    """The rows of a ledger that are read."""
    kept = [_has(ledger, *item) for item in rows.where.items()]
    kept += [~_has(ledger, *item) for item in (rows.but or {}).items()]
    return ledger.filter(kept) if kept else ledger


def _excluded(rows: LedgerRows, ledger: pl.DataFrame) -> pl.DataFrame:
    """The rows that would be read but for `except`."""
    kept = [_has(ledger, *item) for item in rows.where.items()]
    return ledger.filter(*kept, pl.any_horizontal(_has(ledger, *item) for item in (rows.but or {}).items()))


def _has(ledger: pl.DataFrame, column: str, members: Iterable[str]) -> pl.Expr:
    kind = ledger.schema[column]
    if isinstance(kind, pl.Enum):  # numbers are compared faster than text
        known = kind.categories.to_list()
        return pl.col(column).to_physical().is_in([known.index(member) for member in members])
    return pl.col(column).cast(pl.String).is_in(list(members))


def rows_by_role(
    rule: MonthsRule, ledgers: Mapping[str, pl.DataFrame]
) -> Iterator[tuple[Role, pl.DataFrame]]:
    """Everything that a measure reads of its ledgers, and the rows it leaves out, by what they are to it."""
    yield "own", rows_of(rule.rows, ledgers[rule.rows.ledger])
    if rule.but:
        yield "excluded", _excluded(rule.rows, ledgers[rule.rows.ledger])
    for key, rows in rule.others():
        yield key, rows_of(rows, ledgers[rows.ledger])


def trace_months(
    policy: Policy, names: Iterable[str], person: Person, ledgers: Mapping[str, pl.DataFrame]
) -> tuple[MonthsTrace, ...]:
    """How one subject's ledgers gave the measures in `names`; measures without a spell are left out.

    `person` is the subject's row of the facts frame, `ledgers` the subject's own rows of each ledger.
    """
    found = []
    for name in names:
        rule = policy.derived.get(name)
        if rule is None or not rule.ledgers or not set(rule.ledgers) <= ledgers.keys():
            continue
        spells = {
            role: rows.select("first_month", "last_month").rows()
            for role, rows in rows_by_role(rule, ledgers)
        }
        told = trace_of(policy, rule, person, name, spells)
        found += [] if told is None else [told]
    return tuple(found)


def trace_of(
    policy: Policy, rule: DerivedFact, person: Person, name: str, spells: Mapping[Role, Iterable[Span]]
) -> MonthsTrace | None:
    """How one subject's spells gave one measure; None if there were none."""
    up_to = person.get(str(rule.up_to))
    if not isinstance(up_to, date):
        return None
    traced = trace(spells, month_number(up_to), spell_rule(rule))
    if not traced.stretches:
        return None
    during = None if rule.not_during is None else policy.ledgers[rule.not_during.ledger].title
    both = None if rule.also_in is None else policy.ledgers[rule.also_in.ledger].title
    return MonthsTrace(
        title=rule.title,
        cite=rule.cite or "",
        months=person.get(name),
        traced=traced,
        rule=spell_rule(rule),
        excluded=_listed(rule.but or {}),
        during=during,
        both=both,
    )


def _listed(members: Members) -> str:
    return "; ".join(f"{column}: {', '.join(named)}" for column, named in members.items())
