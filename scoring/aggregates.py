"""Aggregates of long tables: what a person's rows come to, or unknown where an open cell could change it.

Every row has an interval: what it adds at least and at most. A row whose condition or date is not known may
count or not; a cell that is not known may hold anything its column allows. The aggregate is known where
its least and its greatest value are equal, so a row that cannot matter leaves it known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from scoring.columns import condition_column
from scoring.constructs import Title
from scoring.elapsed import day_column, elapsed_column
from scoring.fact_model import DerivedFact, Table
from scoring.policy import Fact, Policy
from scoring.rounding import divided_column
from scoring.scalar import Person
from values.problems import BadInput, Place, Problem

LOW, HIGH, SURE, ROWS, YEAR = "\0low", "\0high", "\0sure", "\0rows", "\0year"

NEVER = 10**7
"""A day that lies beyond every date, counted as dates are stored."""


def row_scope(policy: Policy, table: Table) -> Policy:
    """The policy with the table's columns as its facts: what a condition on a row is read with."""
    facts = {
        name: Fact.model_construct(title=Title(zh=name, en=name), of=table.of, **dict(column), valid_for=None)
        for name, column in table.columns.items()
    }
    return policy.model_copy(update={"facts": facts, "derived": {}})


def aggregated(
    policy: Policy, name: str, people: pl.DataFrame, table: pl.DataFrame, as_of: date
) -> pl.Series:
    """One aggregate of everybody in `people`, in its stored unit.

    `people` has the table's key (`subject` or `candidate`) and the date facts that the rule reads; rows of
    others are left out. Linear in the rows; their order means nothing.

    Raises:
        BadInput: `facts.beyond_maximum`.
    """
    rule = policy.derived[name]
    rows = _rows(policy, rule, people, table)
    counted = _counted(policy, rule, rows, as_of)
    key = policy.tables[rule.from_table or ""].of
    found = people.select(key).join(
        _per_person(policy, rule, counted, key), on=key, how="left", maintain_order="left"
    )
    column = found.select(_result(rule).alias(name)).to_series()
    _check_maximum(policy, name, column, people[key])
    return column


@dataclass(frozen=True)
class RowsRead:
    """How many of a person's rows count, may count (a cell is open), and are left out."""

    counted: int
    open: int
    left_out: int


def rows_read(policy: Policy, name: str, person: Person, table: pl.DataFrame, as_of: date) -> RowsRead:
    """What became of one person's rows of the table behind an aggregate; `person` has its date facts."""
    rule = policy.derived[name]
    days = [
        pl.lit(person.get(source), pl.Date).alias(source)
        for source in rule.sources
        if source not in table.columns
    ]
    read = _counted(policy, rule, table.with_columns(days), as_of)
    sure = int(read[SURE].sum())
    return RowsRead(sure, read.height - sure, table.height - read.height)


def _rows(policy: Policy, rule: DerivedFact, people: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The rows of these people, with the day that each person's rows are counted up to."""
    key = policy.tables[rule.from_table or ""].of
    days = [source for source in rule.sources if source in people.columns]
    return table.join(people.select(key, *days), on=key, how="inner")


def _counted(policy: Policy, rule: DerivedFact, rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The rows that count or may count, with `SURE` and the interval of what each adds."""
    table = policy.tables[rule.from_table or ""]
    holds = pl.lit(True)
    if rule.row_condition is not None:
        holds = condition_column(row_scope(policy, table), rule.row_condition)
    if rule.dated_by is not None:
        day, until = pl.col(rule.dated_by), day_column(rule.up_to, as_of)
        holds = holds & (day <= until)
        if rule.within_months is not None:
            eve = _day_before(until, rule.within_months)
            holds = holds & ((day >= eve) if rule.same_day == "counted" else (day > eve))
    kept = rows.with_columns(holds.alias(SURE)).filter(pl.col(SURE).fill_null(True))
    low, high = _interval(policy, rule)
    year = [] if rule.per_year is None else [_year(rule, as_of).alias(YEAR)]
    return kept.with_columns(low.alias(LOW), high.alias(HIGH), pl.col(SURE).fill_null(False), *year)


def _year(rule: DerivedFact, as_of: date) -> pl.Expr:
    """The year a row lies in: a calendar year, or how many whole years before `up_to`; null if unknown."""
    assert rule.per_year is not None
    day = pl.col(rule.dated_by or "")
    if rule.per_year.years != "back":
        return day.dt.year().cast(pl.Int64)
    first = day.dt.offset_by("1d") if rule.same_day == "counted" else day
    return elapsed_column("years", first, day_column(rule.up_to, as_of)).clip(0, None)


def _day_before(until: pl.Expr, months: int) -> pl.Expr:
    """The last day before the months that end with a day: whole months if it is the last of its month."""
    found = until.dt.offset_by(f"-{months}mo")
    return pl.when(until == until.dt.month_end()).then(found.dt.month_end()).otherwise(found)


def _interval(policy: Policy, rule: DerivedFact) -> tuple[pl.Expr, pl.Expr]:
    """The least and greatest value of a row's cell."""
    if rule.column is None:
        return pl.lit(1, pl.Int64), pl.lit(1, pl.Int64)
    if rule.is_day:
        day = pl.col(rule.column).to_physical().cast(pl.Int64)
        return day.fill_null(-NEVER), day.fill_null(NEVER)
    column = policy.tables[rule.from_table or ""].columns[rule.column]
    unit, value = 10**column.decimals, pl.col(rule.column).cast(pl.Int64)
    least, most = (column.minimum or 0) * unit, (column.maximum or 0) * unit
    return value.fill_null(least), value.fill_null(most)


def _per_person(policy: Policy, rule: DerivedFact, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Everybody who has rows: the interval of the aggregate."""
    low, high, sure = pl.col(LOW), pl.col(HIGH), pl.col(SURE)
    number = pl.len().cast(pl.Int64).alias(ROWS)
    match rule.take:
        case "count" | "sum":
            rows = rows.with_columns(
                pl.when(sure).then(low).otherwise(pl.min_horizontal(low, 0)).alias(LOW),
                pl.when(sure).then(high).otherwise(pl.max_horizontal(high, 0)).alias(HIGH),
            )
            if rule.per_year is not None:
                rows = _per_year(policy, rule, rows, key)
            return rows.group_by(key).agg(low.sum(), high.sum(), number)
        case "maximum" | "minimum" | "latest" | "earliest":
            return rows.group_by(key).agg(*_extreme(rule, low, high, sure), number)
        case _:
            open_ = ~sure | (low != high)
            total = divided_column(*_mean(policy, rule), rule.round or "floor")
            mean = rows.group_by(key).agg(open_.any().alias("open"), low.sum().alias("sum"), number)
            known = pl.when(~pl.col("open")).then(total)
            return mean.select(key, known.alias(LOW), known.alias(HIGH), ROWS)


def _extreme(rule: DerivedFact, low: pl.Expr, high: pl.Expr, sure: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The interval of the greatest or least value; of rows that all may not count: of nothing, or one."""
    if rule.take in ("maximum", "latest"):
        ends = low.filter(sure).max(), high.max()
    else:
        ends = low.min(), high.filter(sure).min()
    if rule.empty != 0:
        return ends[0].alias(LOW), ends[1].alias(HIGH)
    open_ = pl.min_horizontal(low.min(), 0), pl.max_horizontal(high.max(), 0)
    first, last = (pl.when(sure.any()).then(one).otherwise(two) for one, two in zip(ends, open_, strict=True))
    return first.alias(LOW), last.alias(HIGH)


def _mean(policy: Policy, rule: DerivedFact) -> tuple[pl.Expr, pl.Expr]:
    """Numerator and denominator of a mean in its stored unit."""
    column = policy.tables[rule.from_table or ""].columns[rule.column or ""]
    return pl.col("sum") * 10**rule.decimals, pl.col(ROWS) * 10**column.decimals


def _per_year(policy: Policy, rule: DerivedFact, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Sums of each year, held at most; rows whose year is not known stay as they are."""
    assert rule.per_year is not None
    decimals = (
        0 if rule.column is None else policy.tables[rule.from_table or ""].columns[rule.column].decimals
    )
    most = rule.per_year.at_most * 10**decimals
    years = rows.drop_nulls(YEAR).group_by(key, YEAR).agg(pl.col(LOW).sum(), pl.col(HIGH).sum())
    held = years.select(key, pl.col(LOW).clip(None, most), pl.col(HIGH).clip(None, most))
    undated = rows.filter(pl.col(YEAR).is_null()).select(key, LOW, HIGH)
    return pl.concat([held, undated])


def _result(rule: DerivedFact) -> pl.Expr:
    """Where the interval is one value that value; where there are no rows, what nothing comes to."""
    nothing = pl.lit(None if rule.empty == "unknown" or rule.is_day else 0, pl.Int64)
    known = pl.when(pl.col(LOW) == pl.col(HIGH)).then(pl.col(LOW))
    found = pl.when(pl.col(ROWS).is_null()).then(nothing).otherwise(known)
    return found.cast(pl.Int32).cast(pl.Date) if rule.is_day else found


def _check_maximum(policy: Policy, name: str, column: pl.Series, ids: pl.Series) -> None:
    rule = policy.derived[name]
    if rule.take not in ("count", "sum"):
        return
    source = policy.tables[rule.from_table or ""]
    decimals = source.columns[rule.column].decimals if rule.column else 0
    beyond = column.abs() > rule.maximum * 10**decimals
    problems = [
        Problem.of(
            "facts.beyond_maximum",
            Place(file=rule.from_table or ""),
            fact=name,
            id=ids[row],
            most=rule.maximum,
        )
        for row in beyond.fill_null(False).arg_true()
    ]
    if problems:
        raise BadInput(problems)


def with_aggregates(
    policy: Policy,
    names: tuple[str, ...],
    people: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    as_of: date,
) -> pl.DataFrame:
    """`people` with one column an aggregate of `names` whose table is there.

    Raises:
        BadInput: `facts.beyond_maximum`, of everybody concerned.
    """
    found = [
        aggregated(policy, name, people, tables[policy.derived[name].from_table or ""], as_of)
        for name in names
        if policy.derived[name].from_table in tables
    ]
    return people.with_columns(found)
