"""Facts as columns: one row a (candidate, subject) pair, people as row numbers, computed facts added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.conditions import facts_of, indicators_of
from scoring.constructs import node_facts
from scoring.elapsed import derived_column
from scoring.fact_model import TableColumn
from scoring.formula_facts import formula_column, formulas_in_order
from scoring.policy import Fact, Policy, ranked_facts, service_conditions
from scoring.references import with_read
from scoring.sanctions import sanction_facts
from values.problems import BadInput, Place, Problem
from values.tables import Column

Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Facts:
    """What is known about everyone who may be scored for a service.

    `frame` has one row a pair of a candidate and a subject whose score the candidate may carry, and
    one column a fact (null is unknown). `candidate_row` and `subject_row` (n_pairs,) number people in
    the order of `candidates` and `subjects`, which are sorted by id. Pairs are sorted by candidate;
    a candidate's first pair is the subject named first.
    """

    policy: Policy
    service: str
    as_of: date
    frame: pl.DataFrame
    candidates: pl.Series
    subjects: pl.Series
    candidate_row: Rows
    subject_row: Rows


def service_facts(policy: Policy, service: str) -> tuple[str, ...]:
    """Every declared and derived fact the service reads, in the pack's order."""
    rule = policy.services[service]
    used = ranked_facts(rule)
    sanctions = policy.sanctions_of(service).values()
    conditions = (*service_conditions(rule), *(sanction.when for sanction in sanctions))
    for condition in conditions:
        used.update(facts_of(condition))
    for sanction in sanctions:
        used.update(sanction_facts(sanction))
    used.update(choice.chosen_by for choice in policy.exclusive_of(service) if choice.chosen_by)
    lines = (*policy.indicators_of(service), *(name for each in conditions for name in indicators_of(each)))
    for name in with_read(policy, lines):
        used.update(node_facts(policy.indicators[name].points))
    found = with_sources(policy, used)
    return tuple(name for name in (*policy.facts, *policy.derived) if name in found)


def fact_column(name: str, fact: Fact, *, complete: bool = False) -> Column:
    """How a fact is stored in a table."""
    return value_column(name, fact, complete=complete)


def value_column(name: str, value: Fact | TableColumn, *, complete: bool = False) -> Column:
    """How a value of a fact, or a cell of a long table, is stored."""
    unit = 10**value.decimals
    low = None if value.minimum is None else value.minimum * unit
    high = None if value.maximum is None else value.maximum * unit
    return Column(name, value.type, True, complete, tuple(value.members or ()), value.decimals, low, high)


def assemble(
    policy: Policy, service: str, applicants: pl.DataFrame, candidates: pl.DataFrame, *, as_of: date
) -> Facts:
    """Join every candidate with the subjects whose score may count, and compute the dated facts.

    `applicants` has one row a `subject`, `candidates` one row a `candidate` with `subject` and
    optionally `second_subject`; months measured from ledgers are already columns of `applicants`.

    Raises:
        BadInput: `facts.no_candidates`, `facts.unknown_subject`, `facts.same_subject_twice`,
            `facts.not_own_subject`, `facts.date_range`.
    """
    _check_links(applicants, candidates, own=policy.services[service].candidate.takes == "own")
    subjects = applicants.sort("subject").with_row_index("subject_row")
    people = candidates.sort("candidate").with_row_index("candidate_row")
    pairs = _pairs(policy, service, people)
    joined = pairs.join(subjects, on="subject", how="left", maintain_order="left")
    names = service_facts(policy, service)
    frame = _computed(policy, names, joined, as_of)
    rows = joined.select(pl.col("candidate_row", "subject_row").cast(pl.Int32))
    return Facts(
        policy,
        service,
        as_of,
        frame,
        people["candidate"],
        subjects["subject"],
        rows["candidate_row"].to_numpy(),
        rows["subject_row"].to_numpy(),
    )


def assemble_pairs(policy: Policy, service: str, pairs: pl.DataFrame, *, as_of: date) -> Facts:
    """Facts of a flat table: one row a pair, with `subject`, optionally `candidate`, and every fact.

    Without a `candidate` column everyone is scored for themselves.
    """
    named = pairs if "candidate" in pairs.columns else pairs.with_columns(candidate=pl.col("subject"))
    rows = named.sort("candidate", "subject").with_columns(
        candidate_row=pl.col("candidate").rle_id(), subject_row=pl.col("subject").rank("dense") - 1
    )
    names = service_facts(policy, service)
    frame = _computed(policy, names, rows, as_of)
    return Facts(
        policy,
        service,
        as_of,
        frame,
        rows["candidate"].unique(maintain_order=True),
        rows["subject"].unique().sort(),
        rows["candidate_row"].cast(pl.Int32).to_numpy(),
        rows["subject_row"].cast(pl.Int32).to_numpy(),
    )


def _check_links(applicants: pl.DataFrame, candidates: pl.DataFrame, *, own: bool) -> None:
    if candidates.is_empty():
        raise BadInput([Problem.of("facts.no_candidates", Place(file="candidates"))])
    problems: list[Problem] = []
    known = applicants.select("subject")
    for column in ("subject", "second_subject"):
        if column in candidates.columns:
            named = candidates.select("candidate", pl.col(column).alias("subject")).drop_nulls()
            for candidate, subject in named.join(known, on="subject", how="anti").sort("candidate").rows():
                place = Place(file="candidates", field=column)
                problems.append(
                    Problem.of("facts.unknown_subject", place, candidate=candidate, subject=subject)
                )
    if own:
        others = candidates.filter(pl.col("subject") != pl.col("candidate")).sort("candidate")
        for candidate in others["candidate"]:
            place = Place(file="candidates", field="subject")
            problems.append(Problem.of("facts.not_own_subject", place, candidate=candidate))
    if "second_subject" in candidates.columns:
        same = candidates.filter(pl.col("subject") == pl.col("second_subject")).sort("candidate")
        for candidate in same["candidate"]:
            place = Place(file="candidates", field="second_subject")
            problems.append(Problem.of("facts.same_subject_twice", place, candidate=candidate))
    if problems:
        raise BadInput(problems)


def _pairs(policy: Policy, service: str, people: pl.DataFrame) -> pl.DataFrame:
    """Candidates repeated for every parent whose score may count, the first-named parent first."""
    both = policy.services[service].candidate.takes == "higher_parent" and "second_subject" in people.columns
    first = people.drop("second_subject", strict=False).with_columns(parent=pl.lit(0, pl.Int8))
    if not both:
        return first
    second = people.drop("subject").rename({"second_subject": "subject"}).drop_nulls("subject")
    second = second.select(
        *(name for name in first.columns if name != "parent"), pl.lit(1, pl.Int8).alias("parent")
    )
    return pl.concat([first, second]).sort("candidate_row", "parent")


def _computed(policy: Policy, names: tuple[str, ...], pairs: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The facts of every pair: stale evidence taken away, times and formulas computed."""
    fresh = pairs.with_columns(
        _fresh(name, policy.facts[name], as_of)
        for name in names
        if name in policy.facts and policy.facts[name].valid_for is not None
    )
    times = [name for name in names if name in policy.derived and policy.derived[name].elapsed]
    frame = fresh.with_columns(derived_column(policy.derived[name], as_of).alias(name) for name in times)
    _check_times(policy, times, frame)
    for name in formulas_in_order(policy, names):
        frame = frame.with_columns(formula_column(policy, name).alias(name))
    return frame.select(names)


def _fresh(name: str, fact: Fact, as_of: date) -> pl.Expr:
    """The fact where its evidence is not too old; unknown where that is not known."""
    assert fact.valid_for is not None
    last = pl.col(fact.valid_for.dated_by).dt.offset_by(f"{fact.valid_for.months}mo")
    return pl.when(last >= as_of).then(pl.col(name)).alias(name)


def _check_times(policy: Policy, names: list[str], frame: pl.DataFrame) -> None:
    """Times that have passed must lie in the limits that the pack was checked with."""
    problems: list[Problem] = []
    for name in names:
        rule = policy.derived[name]
        source = "" if rule.elapsed is None else rule.elapsed[1]
        strange = ~frame[name].is_between(0, rule.maximum).fill_null(True)
        for row in strange.arg_true():
            place = Place(file="applicants", field=source)
            figures = {"candidate": frame["candidate"][row], "value": frame[source][row]}
            problems.append(Problem.of("facts.date_range", place, **figures))
    if problems:
        raise BadInput(problems)


def with_sources(policy: Policy, names: Iterable[str]) -> set[str]:
    """These facts and every fact they are computed from, or whose date says how old they are."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name in policy.derived:
            waiting += policy.derived[name].sources
        elif name in policy.facts and (valid := policy.facts[name].valid_for) is not None:
            waiting.append(valid.dated_by)
    return found
