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
from scoring.conditions import PERSON
from scoring.constructs import Title
from scoring.elapsed import elapsed_column, fixed_day
from scoring.fact_model import DerivedFact, Table
from scoring.policy import Fact, Policy
from scoring.rounding import divided_column
from scoring.row_formulas import MOST_ROWS, row_column, row_unit
from scoring.scalar import Person
from values.problems import BadInput, Place, Problem

LOW, HIGH, SURE, ROWS, YEAR = "\0low", "\0high", "\0sure", "\0rows", "\0year"

_STORED: dict[str, type[pl.DataType]] = {
    "date": pl.Date,
    "boolean": pl.Boolean,
    "choice": pl.String,
    "integer": pl.Int64,
    "decimal": pl.Int64,
}
NEVER = 10**7
"""A day that lies beyond every date, counted as dates are stored."""


def row_scope(policy: Policy, table: Table) -> Policy:
    """The policy with the table's columns as its facts, and the person's: what a condition is read with."""
    facts = {
        name: Fact.model_construct(title=Title(zh=name, en=name), of=table.of, **dict(column), valid_for=None)
        for name, column in table.columns.items()
    }
    facts |= {
        f"{PERSON}{name}": fact
        for name, fact in policy.facts.items()
        if fact.of == table.of and fact.valid_for is None
    }
    return policy.model_copy(update={"facts": facts, "derived": {}})


def aggregated(
    policy: Policy, name: str, people: pl.DataFrame, table: pl.DataFrame, as_of: date
) -> pl.Series:
    """One aggregate of everybody in `people`, in its stored unit.

    `people` has the table's key (`subject` or `candidate`) and the date facts that the rule reads; rows of
    others are left out. Linear in the rows; their order means nothing.

    Raises:
        BadInput: `facts.beyond_maximum`, `facts.too_many_rows`.
    """
    rule = policy.derived[name]
    rows = _rows(policy, rule, people, table)
    counted = _counted(policy, rule, rows, as_of)
    key = policy.tables[rule.from_table or ""].of
    _check_rows(name, rule, counted, key)
    found = people.select(key).join(
        _per_person(policy, rule, counted, key), on=key, how="left", maintain_order="left"
    )
    column = found.select(_result(policy, rule).alias(name)).to_series()
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
    own = [
        pl.lit(person.get(source), _STORED[policy.facts[source].type]).alias(f"{PERSON}{source}")
        for source in rule.sources
    ]
    read = _counted(policy, rule, table.with_columns(own), as_of)
    sure = int(read[SURE].sum())
    return RowsRead(sure, read.height - sure, table.height - read.height)


def _rows(policy: Policy, rule: DerivedFact, people: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The rows of these people, with the person's facts that the rule reads."""
    key = policy.tables[rule.from_table or ""].of
    own = [pl.col(source).alias(f"{PERSON}{source}") for source in rule.sources]
    return table.join(people.select(key, *own), on=key, how="inner")


def _until(rule: DerivedFact, as_of: date) -> pl.Expr:
    """The day that each person's rows are counted up to."""
    fixed = fixed_day(rule.up_to, as_of)
    return pl.col(f"{PERSON}{rule.up_to}") if fixed is None else pl.lit(fixed)


def _counted(policy: Policy, rule: DerivedFact, rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The rows that count or may count, with `SURE` and the interval of what each adds."""
    table = policy.tables[rule.from_table or ""]
    holds = pl.lit(True)
    if rule.row_condition is not None:
        holds = condition_column(row_scope(policy, table), rule.row_condition)
    if rule.dated_by is not None:
        day, until = pl.col(rule.dated_by), _until(rule, as_of)
        holds = holds & (day <= until)
        if rule.within_months is not None:
            holds = holds & (day >= _first(rule, until, rule.within_months))
    kept = rows.with_columns(holds.alias(SURE)).filter(pl.col(SURE).fill_null(True))
    low, high = _interval(policy, rule, as_of)
    year = [] if rule.per_year is None else [_year(rule, as_of).alias(YEAR)]
    return kept.with_columns(low.alias(LOW), high.alias(HIGH), pl.col(SURE).fill_null(False), *year)


def _first(rule: DerivedFact, until: pl.Expr, months: int) -> pl.Expr:
    """The first day of the months that end with a day."""
    eve = _day_before(until, months)
    return eve if rule.same_day == "counted" else eve.dt.offset_by("1d")


def _year(rule: DerivedFact, as_of: date) -> pl.Expr:
    """The year a row lies in: a calendar year, or how many whole years before `up_to`; null if unknown."""
    assert rule.per_year is not None
    day = pl.col(rule.dated_by or "")
    if rule.per_year.years != "back":
        return day.dt.year().cast(pl.Int64)
    first = day.dt.offset_by("1d") if rule.same_day == "counted" else day
    return elapsed_column("years", first, _until(rule, as_of)).clip(0, None)


def _day_before(until: pl.Expr, months: int) -> pl.Expr:
    """The last day before the months that end with a day: whole months if it is the last of its month."""
    found = until.dt.offset_by(f"-{months}mo")
    return pl.when(until == until.dt.month_end()).then(found.dt.month_end()).otherwise(found)


def _open_days(rule: DerivedFact, as_of: date) -> tuple[pl.Expr, pl.Expr]:
    """The first and the last day that an open cell may hold, counted as dates are stored."""
    none = pl.lit(None, pl.Date)
    if rule.column != rule.dated_by:
        ends = none, none
    else:
        until = _until(rule, as_of)
        ends = none if rule.within_months is None else _first(rule, until, rule.within_months), until
    first, last = (end.to_physical().cast(pl.Int64) for end in ends)
    return first.fill_null(-NEVER), last.fill_null(NEVER)


def _interval(policy: Policy, rule: DerivedFact, as_of: date) -> tuple[pl.Expr, pl.Expr]:
    """The least and greatest value of a row's cell; of a formula both are null while a cell is open."""
    if rule.each is not None:
        value = row_column(policy, rule)
        return value, value
    if rule.column is None:
        return pl.lit(1, pl.Int64), pl.lit(1, pl.Int64)
    if rule.is_day:
        day, open_ = pl.col(rule.column).to_physical().cast(pl.Int64), _open_days(rule, as_of)
        return day.fill_null(open_[0]), day.fill_null(open_[1])
    column = policy.tables[rule.from_table or ""].columns[rule.column]
    unit, value = 10**column.decimals, pl.col(rule.column).cast(pl.Int64)
    least, most = (column.minimum or 0) * unit, (column.maximum or 0) * unit
    return value.fill_null(least), value.fill_null(most)


def _per_person(policy: Policy, rule: DerivedFact, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Everybody who has rows: the interval of the aggregate, null where the formula of a row is open."""
    found = _taken(policy, rule, rows, key)
    if rule.each is None:
        return found
    open_ = rows.filter(pl.col(LOW).is_null()).select(key).unique().with_columns(open=True)
    known = pl.when(pl.col("open").is_null()).then(pl.col(LOW))
    return found.join(open_, on=key, how="left").select(key, known.alias(LOW), HIGH, ROWS)


def _taken(policy: Policy, rule: DerivedFact, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """The interval of everybody's rows together."""
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
    return pl.col("sum") * 10**rule.decimals, pl.col(ROWS) * _row_unit(policy, rule)


def _row_unit(policy: Policy, rule: DerivedFact) -> int:
    """How many stored units of a row's value are one."""
    if rule.each is not None:
        return row_unit(policy, rule)
    column = policy.tables[rule.from_table or ""].columns.get(rule.column or "")
    return int(10 ** (0 if column is None else column.decimals))


def _per_year(policy: Policy, rule: DerivedFact, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Sums of each year, held at most; rows whose year is not known stay as they are."""
    assert rule.per_year is not None
    most = rule.per_year.at_most * _row_unit(policy, rule)
    years = rows.drop_nulls(YEAR).group_by(key, YEAR).agg(pl.col(LOW).sum(), pl.col(HIGH).sum())
    held = years.select(key, pl.col(LOW).clip(None, most), pl.col(HIGH).clip(None, most))
    undated = rows.filter(pl.col(YEAR).is_null()).select(key, LOW, HIGH)
    return pl.concat([held, undated])


def _result(policy: Policy, rule: DerivedFact) -> pl.Expr:
    """Where the interval is one value that value; where there are no rows, what nothing comes to."""
    nothing = pl.lit(None if rule.empty == "unknown" or rule.is_day else 0, pl.Int64)
    known: pl.Expr = pl.when(pl.col(LOW) == pl.col(HIGH)).then(pl.col(LOW))
    if rule.each is not None and rule.take != "mean":
        unit = row_unit(policy, rule)
        known = divided_column(known * 10**rule.decimals, unit, rule.round or "floor")
    found = pl.when(pl.col(ROWS).is_null()).then(nothing).otherwise(known)
    return found.cast(pl.Int32).cast(pl.Date) if rule.is_day else found


def _check_rows(name: str, rule: DerivedFact, rows: pl.DataFrame, key: str) -> None:
    """Sums of formulas are proven to fit for so many rows."""
    if rule.each is None:
        return
    many = rows.group_by(key).len().filter(pl.col("len") > MOST_ROWS)
    place = Place(file=rule.from_table or "")
    problems = [
        Problem.of("facts.too_many_rows", place, fact=name, id=one, most=MOST_ROWS)
        for one in many[key].sort()
    ]
    if problems:
        raise BadInput(problems)


def _check_maximum(policy: Policy, name: str, column: pl.Series, ids: pl.Series) -> None:
    rule = policy.derived[name]
    if rule.take not in ("count", "sum"):
        return
    unit = 10**rule.decimals if rule.each is not None else _row_unit(policy, rule)
    beyond = column.abs() > rule.maximum * unit
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
