"""Facts as columns: one row a (candidate, subject) pair, people as row numbers, computed facts added."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.conditions import facts_of, indicators_of
from scoring.constructs import node_facts
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
    for name in used & policy.derived.keys():
        derived = policy.derived[name]
        used |= {source for source in (derived.years_since, derived.up_to) if source is not None}
    return tuple(name for name in (*policy.facts, *policy.derived) if name in used)


def fact_column(name: str, fact: Fact, *, complete: bool = False) -> Column:
    """How a fact is stored in a table."""
    unit = 10**fact.decimals
    low = None if fact.minimum is None else fact.minimum * unit
    high = None if fact.maximum is None else fact.maximum * unit
    return Column(name, fact.type, True, complete, tuple(fact.members or ()), fact.decimals, low, high)


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
    ages = [
        _years_since(name, policy.derived[name].years_since or "", as_of)
        for name in names
        if _is_age(policy, name)
    ]
    frame = joined.with_columns(ages).select(names)
    _check_ages(policy, frame, joined["candidate"])
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
    ages = [
        _years_since(name, policy.derived[name].years_since or "", as_of)
        for name in names
        if _is_age(policy, name)
    ]
    frame = rows.with_columns(ages).select(names)
    _check_ages(policy, frame, rows["candidate"])
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


def _check_ages(policy: Policy, frame: pl.DataFrame, candidates: pl.Series) -> None:
    """Completed years must lie in the limits that the pack was checked with."""
    problems: list[Problem] = []
    for name in frame.columns:
        if not _is_age(policy, name):
            continue
        source = policy.derived[name].years_since or ""
        strange = ~frame[name].is_between(0, policy.derived[name].maximum).fill_null(True)
        for row in strange.arg_true():
            place = Place(file="applicants", field=source)
            value = frame[source][row] if source in frame.columns else ""
            problems.append(Problem.of("facts.date_range", place, candidate=candidates[row], value=value))
    if problems:
        raise BadInput(problems)


def _is_age(policy: Policy, name: str) -> bool:
    return name in policy.derived and policy.derived[name].years_since is not None


def _years_since(name: str, source: str, as_of: date) -> pl.Expr:
    """Completed years at `as_of`; someone born on 29 February completes a year on the 28th if need be."""
    born = pl.col(source)
    day = born.dt.day().cast(pl.Int64)
    if not isleap(as_of.year):
        day = pl.when((born.dt.month() == 2) & (day == 29)).then(pl.lit(28, pl.Int64)).otherwise(day)
    birthday = born.dt.month().cast(pl.Int64) * 100 + day
    not_yet = (birthday > as_of.month * 100 + as_of.day).cast(pl.Int64)
    return (as_of.year - born.dt.year().cast(pl.Int64) - not_yet).alias(name)
