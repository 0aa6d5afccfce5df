"""Facts as columns: one row a (candidate, subject) pair, people as row numbers, computed facts added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.conditions import facts_of, indicators_of
from scoring.constructs import node_facts
from scoring.elapsed import day_column, derived_column
from scoring.fact_model import TableColumn
from scoring.formula_facts import formula_column, formulas_in_order
from scoring.policy import Fact, Policy, ranked_facts, service_conditions
from scoring.reading import AT, HAS_SPOUSE, SPOUSE, dated_rule, extra_columns, plain_name
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
    a candidate's first pair is the subject named first. `open_marks` (n_candidates,) by column: who has filed
    a wish of which it is not known whether it is marked, and may not go on without that.
    """

    policy: Policy
    service: str
    as_of: date
    frame: pl.DataFrame
    candidates: pl.Series
    subjects: pl.Series
    candidate_row: Rows
    subject_row: Rows
    open_marks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


def service_facts(policy: Policy, service: str) -> tuple[str, ...]:
    """Every declared and derived fact the service reads of anybody, in the pack's order."""
    rule = policy.services[service]
    used = ranked_facts(rule)
    sanctions = policy.sanctions_of(service).values()
    conditions = (*service_conditions(rule), *(sanction.when for sanction in sanctions))
    for condition in conditions:
        used.update(facts_of(condition))
    for sanction in sanctions:
        used.update(sanction_facts(sanction))
    used.update(choice.chosen_by for choice in policy.exclusive_of(service) if choice.chosen_by)
    for name in read_indicators(policy, service):
        used.update(node_facts(policy.indicators[name].points))
    found = with_sources(policy, used)
    return tuple(name for name in (*policy.facts, *policy.derived) if name in found)


def read_indicators(policy: Policy, service: str) -> tuple[str, ...]:
    """The indicators of a service, and every other one whose points something in it reads."""
    rule = policy.services[service]
    conditions = [*service_conditions(rule), *(each.when for each in policy.sanctions_of(service).values())]
    read = (name for condition in conditions for name in indicators_of(condition))
    return with_read(policy, (*policy.indicators_of(service), *read))


def other_columns(policy: Policy, service: str) -> tuple[str, ...]:
    """What the frame has beside the facts: `has_spouse`, the spouse's facts, times counted on another day.

    Facts of the spouse that only others are computed from come last.
    """
    columns = extra_columns(policy, read_indicators(policy, service))
    read = {plain_name(column) for column in columns if column.startswith(SPOUSE)}
    sources = with_sources(policy, read) - read
    own = (name for name, fact in policy.facts.items() if name in sources and fact.of == "subject")
    return (*columns, *(f"{SPOUSE}{name}" for name in own))


def spouse_facts(policy: Policy, service: str) -> tuple[str, ...]:
    """Every declared and derived fact the service reads of a scored person's spouse, in the pack's order."""
    columns = other_columns(policy, service)
    read = {plain_name(column) for column in columns if column.startswith(SPOUSE)}
    found = with_sources(policy, read)
    return tuple(name for name in service_facts(policy, service) if name in found)


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
    people = candidates.sort("candidate")
    subjects = _numbered(applicants)
    pairs = _pairs(policy, service, people)
    joined = _with_facts(pairs, subjects, applicants)
    names = service_facts(policy, service)
    others = other_columns(policy, service)
    frame = _computed(policy, names, joined, as_of, others)
    if HAS_SPOUSE in others:
        theirs = pairs.with_columns(subject=joined["spouse"])
        theirs = _with_facts(theirs, subjects, applicants)
        has = pl.when(pl.col("spouse").is_not_null()).then(True).otherwise(pl.col(HAS_SPOUSE))
        frame = _with_spouse(policy, service, frame, joined.select(has.alias(HAS_SPOUSE)), theirs, as_of)
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
    others = other_columns(policy, service)
    frame = _computed(policy, names, rows, as_of, others)
    if HAS_SPOUSE in others:
        own = [name for name in spouse_facts(policy, service) if f"{SPOUSE}{name}" in rows.columns]
        theirs = rows.with_columns(pl.col(f"{SPOUSE}{name}").alias(name) for name in own)
        frame = _with_spouse(policy, service, frame, rows.select(HAS_SPOUSE), theirs, as_of)
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
    problems += _spouse_problems(applicants)
    if problems:
        raise BadInput(problems)


def _spouse_problems(applicants: pl.DataFrame) -> Iterator[Problem]:
    """A spouse is somebody else among the applicants, of somebody who has one."""
    if "spouse" not in applicants.columns or HAS_SPOUSE not in applicants.columns:
        return
    named = applicants.select("subject", "spouse", HAS_SPOUSE).drop_nulls("spouse").sort("subject")
    known = pl.col("spouse").is_in(applicants["subject"].implode())
    for code, wrong in (
        ("facts.unknown_spouse", ~known),
        ("facts.spouse_oneself", pl.col("spouse") == pl.col("subject")),
        ("facts.spouse_denied", ~pl.col(HAS_SPOUSE)),
    ):
        for subject, spouse, _ in named.filter(wrong).rows():
            yield Problem.of(code, Place(file="applicants", field="spouse"), subject=subject, spouse=spouse)


def _numbered(applicants: pl.DataFrame) -> pl.DataFrame:
    """Every `subject` by id with their number (`subject_row`) and their row of the table (`row`)."""
    rows = applicants.select("subject", row=pl.int_range(pl.len(), dtype=pl.UInt32))
    return rows.sort("subject").with_row_index("subject_row")


def _pairs(policy: Policy, service: str, people: pl.DataFrame) -> pl.DataFrame:
    """Candidates repeated for every parent whose score may count, the first-named parent first."""
    both = policy.services[service].candidate.takes == "higher_parent" and "second_subject" in people.columns
    numbered = people.with_row_index("candidate_row").drop("second_subject", strict=False)
    if not both:
        return numbered
    parents = people.select(
        "subject", "second_subject", candidate_row=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    second = parents.drop_nulls("second_subject").select("candidate_row", subject="second_subject")
    named = pl.concat([parents.select("candidate_row", "subject"), second])
    named = named.sort("candidate_row", maintain_order=True)
    rest = numbered.drop("subject", "candidate_row").select(pl.all().gather(named["candidate_row"]))
    return named.hstack(rest)


def _with_facts(pairs: pl.DataFrame, subjects: pl.DataFrame, applicants: pl.DataFrame) -> pl.DataFrame:
    """Every pair with what the applicants' table says of its subject. Only row numbers are joined."""
    found = pairs.select("subject").join(subjects, on="subject", how="left", maintain_order="left")
    told = applicants.drop(name for name in applicants.columns if name in pairs.columns)
    facts = told.select(pl.all().gather(found["row"]))
    return pairs.hstack([found["subject_row"], *facts])


def _with_spouse(
    policy: Policy, service: str, frame: pl.DataFrame, has: pl.DataFrame, theirs: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """The frame with the spouses' columns; `theirs` has the spouses' facts by the facts' own names."""
    columns = [column for column in other_columns(policy, service) if column.startswith(SPOUSE)]
    wanted = {column: column.removeprefix(SPOUSE) for column in columns}
    dated = tuple(name for name in wanted.values() if AT in name)
    found = _computed(policy, spouse_facts(policy, service), theirs, as_of, dated)
    spouses = found.select(pl.col(name).alias(column) for column, name in wanted.items())
    whole = pl.concat([frame, has, spouses], how="horizontal")
    return whole.select(*service_facts(policy, service), *other_columns(policy, service))


def _computed(
    policy: Policy, names: tuple[str, ...], pairs: pl.DataFrame, as_of: date, others: tuple[str, ...] = ()
) -> pl.DataFrame:
    """The facts of every pair: stale evidence taken away, times that have passed and formulas computed.

    Of `others` those that count time on another day are computed, too.
    """
    fresh = pairs.with_columns(
        _fresh(name, policy.facts[name], as_of)
        for name in names
        if name in policy.facts and policy.facts[name].valid_for is not None
    )
    dated = [column for column in others if AT in column and not column.startswith(SPOUSE)]
    times = [name for name in names if name in policy.derived and policy.derived[name].elapsed]
    columns = [*times, *dated]
    frame = fresh.with_columns(
        derived_column(dated_rule(policy, column), as_of).alias(column) for column in columns
    )
    _check_times(policy, columns, frame)
    for name in formulas_in_order(policy, names):
        frame = frame.with_columns(formula_column(policy, name).alias(name))
    return frame.select(*names, *dated)


def _fresh(name: str, fact: Fact, as_of: date) -> pl.Expr:
    """The fact where its evidence is there and not too old; unknown where that is not known."""
    assert fact.valid_for is not None
    dated, asked = pl.col(fact.valid_for.dated_by), day_column(fact.valid_for.as_of, as_of)
    fresh = (dated <= asked) & (dated <= as_of) & (dated.dt.offset_by(f"{fact.valid_for.months}mo") >= asked)
    if len(fact.valid_for.facts) > 1:
        fresh = fresh & (asked <= as_of)
    return pl.when(fresh).then(pl.col(name)).alias(name)


def _check_times(policy: Policy, names: list[str], frame: pl.DataFrame) -> None:
    """Times that have passed must lie in the limits that the pack was checked with."""
    problems: list[Problem] = []
    for name in names:
        rule = dated_rule(policy, name)
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
            waiting += valid.facts
    return found
