"""Months of everybody from ledgers that no memory holds: Parquet read once, thousands of people at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from publication.tables import Table
from scenarios.measured import measured_months, months_of_days
from scenarios.tables import measures, round_schemas
from scoring.policy import Policy
from storage.flaws import MAX_NAMED
from storage.importers import read_table, require_table
from values.problems import BadInput, Place, Problem, bad_input
from values.progress import Progress, no_progress
from values.tables import Column

SLICE = 2_000_000
"""Rows read at a time."""
BLOCK = 50_000
"""People measured at a time."""


def measure_ledgers(
    policy: Policy,
    service: str,
    applicants: pl.DataFrame,
    ledgers: Mapping[str, Path],
    *,
    progress: Progress = no_progress,
) -> pl.DataFrame:
    """`applicants` in order of id with one column a measure, as `scenarios.measured.with_measures` has it.

    `ledgers` are Parquet files sorted by `subject`: a ledger's columns, `first_month` and `last_month` as
    days (the first of the month) or month text. Memory does not grow with them. Others' rows are passed over.

    Raises:
        BadInput: `storage.ledger_unsorted`, `storage.ledger_column`, `facts.ledger_missing`,
            `storage.not_parquet`; `tables.*` and `round.months_reversed` of rows, at most 1,000 of them.
    """
    names = measures(policy, service)
    used = {ledger for name in names for ledger in policy.derived[name].ledgers}
    if lacking := sorted(used - ledgers.keys()):
        first = next(name for name in names if lacking[0] in policy.derived[name].ledgers)
        raise bad_input("facts.ledger_missing", fact=first, ledger=lacking[0])
    people = applicants.sort("subject")
    cursors = {name: _Cursor(ledgers[name], name, policy.ledgers[name].members) for name in sorted(used)}
    found: dict[str, list[pl.Series]] = {name: [] for name in names}
    for at in range(0, people.height, BLOCK):
        block = people.slice(at, BLOCK)
        spells = {name: cursor.rows_of(block["subject"]) for name, cursor in cursors.items()}
        for name in names:
            rule = policy.derived[name]
            up_to = months_of_days(block[str(rule.up_to)])
            found[name].append(measured_months(rule, up_to, spells).clip(None, rule.maximum))
        progress("months", min(at + BLOCK, people.height), people.height)
    for cursor in cursors.values():
        cursor.finish()
    return people.with_columns(pl.concat(parts).alias(name) for name, parts in found.items() if parts)


def measured_applicants(
    folder: Path, policy: Policy, service: str, *, progress: Progress = no_progress
) -> Table:
    """The applicants of a folder with every month measured from its Parquet ledgers, as finished facts.

    Raises:
        BadInput: problems of `applicants`; `months.nothing_to_measure`; as `measure_ledgers`.
    """
    if not measures(policy, service):
        raise bad_input("months.nothing_to_measure", Place(file=str(folder)), service=service)
    schema = round_schemas(policy, service)["applicants"]
    people = read_table(require_table(folder, schema.name), schema)
    files = {name: folder / f"{name}.parquet" for name in policy.ledgers}
    known = {name: path for name, path in files.items() if path.is_file()}
    return Table(schema, measure_ledgers(policy, service, people, known, progress=progress))


class _Cursor:
    """A ledger read from front to back, by blocks of people in order of id."""

    def __init__(self, path: Path, name: str, columns: Mapping[str, tuple[str, ...]]) -> None:
        self.path, self.name, self.columns = path, name, columns
        try:
            self.scan = pl.scan_parquet(path)
            schema = self.scan.collect_schema()
            self.height = int(self.scan.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise bad_input("storage.not_parquet", Place(file=str(path)), reason=error) from None
        for column in ("subject", "first_month", "last_month", *columns):
            if column not in schema:
                raise bad_input("storage.ledger_column", Place(file=str(path), field=column), column=column)
        self.is_day = {name: schema[name] == pl.Date for name in ("first_month", "last_month")}
        self.read = 0
        self.kept = self._typed(self.scan.slice(0, 0).collect(), 0)
        self.reached: str | None = None

    def rows_of(self, subjects: pl.Series) -> pl.DataFrame:
        """The rows of a block of people, `row` their place in it, sorted for measuring."""
        last = subjects[-1]
        parts = [self.kept]
        while self.read < self.height and (self.reached is None or self.reached <= last):
            parts.append(self._next())
        rows = pl.concat(parts, rechunk=False)
        cut = int(rows["subject"].search_sorted(last, side="right")) if rows.height else 0
        self.kept = rows.slice(cut)
        return _numbered(rows.slice(0, cut), subjects)

    def finish(self) -> None:
        """Read what lies behind the last person, so that its flaws are told too."""
        while self.read < self.height:
            self._next()

    def _next(self) -> pl.DataFrame:
        rows = self.scan.slice(self.read, SLICE).collect()
        typed = self._typed(rows, self.read)
        subjects = typed["subject"]
        before = self.reached is not None and subjects[0] < self.reached
        if before or not subjects.is_sorted():
            raise bad_input("storage.ledger_unsorted", Place(file=str(self.path), field="subject"))
        self.read += rows.height
        self.reached = str(subjects[-1])
        return typed

    def _typed(self, rows: pl.DataFrame, at: int) -> pl.DataFrame:
        months = [self._month(name) for name in self.is_day]
        choices = [pl.col(name).cast(pl.Enum(known), strict=False) for name, known in self.columns.items()]
        typed = rows.select("subject", *choices, *months)
        if rows.height:
            problems = list(self._problems(typed, at))
            if problems:
                raise BadInput(problems)
        return typed

    def _month(self, name: str) -> pl.Expr:
        if self.is_day[name]:
            return pl.col(name).map_batches(_months_of_days, return_dtype=pl.Int32)
        year, month = pl.col(name).str.slice(0, 4), pl.col(name).str.slice(5, 2)
        shaped = pl.col(name).str.contains(r"^[12][0-9]{3}-(0[1-9]|1[0-2])$")
        number = year.cast(pl.Int32, strict=False) * 12 + month.cast(pl.Int32, strict=False) - 1
        return pl.when(shaped).then(number).alias(name)

    def _problems(self, typed: pl.DataFrame, at: int) -> Iterator[Problem]:
        """Rows with cells that are missing or not of their column, or that end before they begin."""
        for name in typed.columns:
            for row in typed[name].is_null().arg_true().head(MAX_NAMED):
                place = Place(file=str(self.path), row=at + int(row) + 2, field=name)
                known = " | ".join(self.columns.get(name, ())) or Column(name, "month").type
                yield Problem.of("storage.ledger_cell", place, column=name, known=known)
        reversed_ = (typed["first_month"] > typed["last_month"]).fill_null(False)
        for row in reversed_.arg_true().head(MAX_NAMED):
            place = Place(file=str(self.path), row=at + int(row) + 2, field="last_month")
            yield Problem.of("round.months_reversed", place, subject=typed["subject"][int(row)])


def _months_of_days(days: pl.Series) -> pl.Series:
    """The number of each day's month; null for a day that is not the first of its month, or far away."""
    since = days.to_physical() + _SINCE_1900
    number = (since.fill_null(-1) if since.null_count() else since).to_numpy()
    known = (number >= 0) & (number < _MONTH_OF_DAY.size)
    months = _MONTH_OF_DAY[np.where(known, number, 1)]
    found = pl.Series(days.name, months, dtype=pl.Int32)
    return found if (months >= 0).all() and known.all() else found.set(pl.Series((months < 0) | ~known), None)


def _month_table() -> NDArray[np.int32]:
    """By days since 1900: the month of every first of a month for two centuries, -1 for other days."""
    table = np.full((date(2100, 1, 1) - date(1900, 1, 1)).days, -1, dtype=np.int32)
    for month in range(2400):
        table[(date(1900 + month // 12, month % 12 + 1, 1) - date(1900, 1, 1)).days] = 1900 * 12 + month
    return table


_SINCE_1900 = (date(1970, 1, 1) - date(1900, 1, 1)).days
_MONTH_OF_DAY = _month_table()


def _numbered(rows: pl.DataFrame, subjects: pl.Series) -> pl.DataFrame:
    """Sorted rows with the place of their subject; those of nobody in `subjects` left out."""
    if rows.is_empty():
        return rows.with_columns(row=pl.lit(0, pl.Int64)).clear()
    runs = rows["subject"].rle()
    people, lengths = runs.struct.field("value"), runs.struct.field("len")
    places = subjects.search_sorted(people).cast(pl.Int64)
    known = (places < subjects.len()) & (subjects.gather(places.clip(None, subjects.len() - 1)) == people)
    numbers = places.set(~known, -1)
    row = pl.DataFrame({"row": numbers, "len": lengths}).select(pl.col("row").repeat_by("len").explode())
    numbered = rows.with_columns(row["row"].cast(pl.Int64))
    numbered = numbered if known.all() else numbered.filter(pl.col("row") >= 0)
    key = numbered.select(pl.col("row") * 2**20 + pl.col("first_month")).to_series()
    return numbered if key.is_sorted() else numbered.sort("row", "first_month", "last_month")
