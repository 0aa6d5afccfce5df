"""Ledgers become facts: the months a policy declares are computed before anyone is scored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from publication.explanation import MonthsTrace
from residence.measures import months_covered, sorted_spells, stretches
from scenarios.tables import measures
from scoring.policy import DerivedFact, Policy
from scoring.scalar import Person
from values.dates import month_number
from values.problems import BadInput, Place, Problem


def with_measures(
    policy: Policy, service: str, applicants: pl.DataFrame, ledgers: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """`applicants` with one column a measure: computed from its ledger, or taken as the finished fact.

    Raises:
        BadInput: `facts.measure_twice` (a finished column and a ledger), `facts.ledger_missing`
            (neither).
    """
    problems = measure_problems(policy, service, applicants, ledgers)
    if problems:
        raise BadInput(problems)
    columns: list[pl.Series] = []
    spells = {name: sorted_spells(ledger, applicants["subject"]) for name, ledger in ledgers.items()}
    for name in measures(policy, service):
        rule = policy.derived[name]
        if rule.months_in in spells:
            columns.append(_months(rule, applicants, spells[rule.months_in]).alias(name))
    return applicants.with_columns(columns)


def measure_problems(
    policy: Policy, service: str, applicants: pl.DataFrame, ledgers: Mapping[str, pl.DataFrame]
) -> list[Problem]:
    """A measure needs exactly one source: its ledger, or a column that is not wholly empty.

    Codes: `facts.measure_twice`, `facts.ledger_missing`.
    """
    problems = []
    for name in measures(policy, service):
        rule = policy.derived[name]
        finished = name in applicants.columns and applicants[name].null_count() < applicants.height
        if finished == (rule.months_in in ledgers):
            code = "facts.measure_twice" if finished else "facts.ledger_missing"
            place = Place(file="applicants", field=name)
            problems.append(Problem.of(code, place, fact=name, ledger=rule.months_in))
    return problems


def _months(rule: DerivedFact, applicants: pl.DataFrame, ledger: pl.DataFrame) -> pl.Series:
    day = pl.col(rule.up_to or "")
    up_to = applicants.select(day.dt.year().cast(pl.Int32) * 12 + day.dt.month().cast(pl.Int32) - 1)
    assert rule.bridged_months is not None
    assert rule.on_break is not None
    months = months_covered(
        spells_of(rule, ledger),
        up_to.to_series(),
        bridge=rule.bridge,
        bridged_months=rule.bridged_months,
        on_break=rule.on_break,
    )
    return months.clip(None, rule.maximum)


def trace_months(
    policy: Policy, names: Iterable[str], person: Person, spells: Mapping[str, pl.DataFrame]
) -> tuple[MonthsTrace, ...]:
    """How one subject's ledgers gave the measures in `names`; measures without a spell are left out.

    `person` is the subject's row of the facts frame, `spells` the subject's own rows of each ledger.
    """
    found = []
    for name in names:
        rule = policy.derived.get(name)
        ledger = spells.get(rule.months_in or "") if rule is not None else None
        if rule is None or ledger is None:
            continue
        rows = spells_of(rule, ledger).select("first_month", "last_month").rows()
        trace = trace_of(rule, person, name, rows)
        found += [] if trace is None else [trace]
    return tuple(found)


def spells_of(rule: DerivedFact, ledger: pl.DataFrame) -> pl.DataFrame:
    """The rows of a ledger that a measure reads."""
    kept = [pl.col(column).cast(pl.String) == member for column, member in rule.where.items()]
    return ledger.filter(kept) if kept else ledger


def trace_of(
    rule: DerivedFact, person: Person, name: str, spells: Iterable[tuple[int, int]]
) -> MonthsTrace | None:
    """How one subject's spells (first and last month) gave one measure; None if there were none."""
    up_to = person.get(rule.up_to or "")
    if not isinstance(up_to, date):
        return None
    assert rule.on_break is not None
    parts = stretches(spells, month_number(up_to), bridge=rule.bridge, on_break=rule.on_break)
    counted = rule.bridged_months == "counted"
    if not parts:
        return None
    return MonthsTrace(rule.title, rule.cite or "", person.get(name), parts, rule.bridge, counted)
