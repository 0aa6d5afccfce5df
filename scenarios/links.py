"""Links between the tables of a round: every id must exist where it points to, every scope must have seats.

Places name the table and the row: the frame's position counted like a spreadsheet's, with the header as
row 1. Whoever read the frame from a file knows which of its rows that is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import polars as pl

from scenarios.measured import aggregate_problems, measure_problems
from scenarios.seat_groups import pool_seats
from scenarios.tables import (
    Applications,
    aggregates,
    gives_offers,
    reserved_columns,
    scope_names,
    takes_wishes,
    wishes_of_lists,
)
from scoring.policy import Policy
from values.problems import BadInput, Place, Problem

FIRST_ROW = 2
MOST = 1000
"""Of one kind in one column so many problems are named; one more says how many were not."""

NO_LIMIT = 2**31
"""More wishes than anybody has."""

TARGETS = {
    "candidates": ("candidate", "round.unknown_candidate"),
    "offers": ("offer", "round.unknown_offer"),
    "applicants": ("subject", "facts.unknown_subject"),
}
"""The key of a table that others point to, and what it is called when it is not there."""

_ROW, _WHERE = "\0row", "\0where"

Flawed = Collection[tuple[str, str]]
"""(table, column) whose cells could not all be read; column "" where that holds for the whole table."""


def check_links(policy: Policy, service: str, tables: Applications) -> None:
    """Refuse tables that do not fit each other.

    Raises:
        BadInput: everything that `link_problems` finds.
    """
    problems = link_problems(policy, service, tables)
    if problems:
        raise BadInput(problems)


def link_problems(
    policy: Policy, service: str, tables: Applications, *, flawed: Flawed = frozenset()
) -> list[Problem]:
    """Everything in which the tables do not fit each other. Empty cells link to nothing.

    What is pointed at in a column of `flawed` is not judged: the row looked for may be the unreadable one.
    Codes: `round.unknown_candidate`, `round.unknown_offer`, `facts.unknown_subject`,
    `facts.same_subject_twice`, `round.one_quota`, `round.scope_without_quota`, `round.seats_differ`,
    `round.pools_too_large`, `round.preference_outside_scope`, `round.wish_twice`,
    `round.too_many_wishes`, `round.wishes_not_taken`, `round.list_not_read`, `round.filed_at_seconds`,
    `round.months_reversed`, `round.row_of_nobody`; `facts.ledger_missing` and `facts.measure_twice` (see
    `scenarios.measured`).
    """
    links = _Links(policy, service, tables, flawed)
    return [
        *links.wishes_not_taken(),
        *links.list_not_read(),
        *links.unknown("preferences", "candidate", "candidates"),
        *links.unknown("refusals", "candidate", "candidates"),
        *links.unknown("preferences", "offer", "offers"),
        *links.unknown("candidates", "catchment", "offers"),
        *links.unknown("candidates", "subject", "applicants"),
        *links.unknown("candidates", "second_subject", "applicants"),
        *links.same_subject_twice(),
        *links.one_quota(),
        *links.scope_without_quota("candidates"),
        *links.scope_without_quota("offers"),
        *links.seats_differ(),
        *links.pools_too_large(),
        *links.outside_scope(),
        *links.wish_twice(),
        *links.too_many_wishes(),
        *links.filed_at_seconds(),
        *links.months_reversed(),
        *links.rows_of_nobody(),
        *links.measures(),
    ]


class _Links:
    """The checks, each over the tables as far as they are sound."""

    def __init__(self, policy: Policy, service: str, tables: Applications, flawed: Flawed) -> None:
        self.policy = policy
        self.rule = policy.services[service]
        self.takes_wishes = takes_wishes(policy, service)
        self.service = service
        self.scope = list(self.rule.ranking.scope)
        self.scope_name = scope_names(policy, service)
        self.gives_offers = gives_offers(policy, service)
        self.flawed = flawed
        self.tables = tables

    def frame(self, table: str) -> pl.DataFrame:
        """A table with the numbers of its rows."""
        frame: pl.DataFrame = getattr(self.tables, table)
        return frame.with_row_index(_ROW, FIRST_ROW)

    def is_sound(self, table: str, *columns: str) -> bool:
        """Whether all cells of these columns could be read."""
        return not any((table, column) in self.flawed for column in ("", *columns))

    def unknown(self, table: str, column: str, target: str) -> Iterator[Problem]:
        """Ids that the other table does not have."""
        frame, (key, code) = self.frame(table), TARGETS[target]
        if column not in frame.columns or not self.is_sound(target, key):
            return
        known = getattr(self.tables, target).select(pl.col(key).alias(column))
        missing = frame.select(_ROW, column).drop_nulls().join(known, on=column, how="anti")
        rows = frame.filter(pl.col(_ROW).is_in(missing[_ROW].implode()))
        yield from _named(rows, code, table, column, value=column, subject=column, candidate="candidate")

    def same_subject_twice(self) -> Iterator[Problem]:
        """Two parents of a child are two people."""
        frame = self.frame("candidates")
        if "second_subject" in frame.columns:
            rows = frame.filter(pl.col("subject") == pl.col("second_subject"))
            yield from _named(
                rows, "facts.same_subject_twice", "candidates", "second_subject", candidate="candidate"
            )

    def one_quota(self) -> Iterator[Problem]:
        """Where everybody is ranked together there is one number of seats."""
        if self.rule.numbers is not None:
            return
        if not self.scope and self.tables.quotas.height != 1 and self.is_sound("quotas"):
            rows = self.tables.quotas.height
            yield Problem.of("round.one_quota", Place(file="quotas"), service=self.service, rows=rows)

    def scope_without_quota(self, table: str) -> Iterator[Problem]:
        """Nobody may be ranked, and nothing offered, where no seats are declared."""
        if not self.scope or self.rule.numbers is not None or not self.is_sound("quotas", *self.scope):
            return
        frame = self.frame(table)
        if table == "offers" and not self.gives_offers:
            return
        first = frame.select(_ROW, *self.scope).drop_nulls().unique(self.scope, keep="first")
        missing = first.join(self.tables.quotas, on=self.scope, how="anti").with_columns(self.scope_name)
        yield from _named(missing, "round.scope_without_quota", table, "+".join(self.scope), scope="scope")

    def seats_differ(self) -> Iterator[Problem]:
        """The offers of a scope must hold exactly the seats of its quota."""
        columns = (*self.scope, "seats")
        sound = self.is_sound("quotas", *columns) and self.is_sound("offers", *columns)
        if not (sound and self.gives_offers):
            return
        offers = self.tables.offers.with_columns(self.scope_name)
        offered = offers.group_by("scope").agg(pl.col("seats").sum().alias("offered"))
        quotas = self.frame("quotas").with_columns(self.scope_name)
        both = quotas.join(offered, on="scope", how="left", maintain_order="left")
        both = both.with_columns(pl.col("offered").fill_null(0))
        differ = both.filter(pl.col("seats") != pl.col("offered"))
        yield from _named(
            differ, "round.seats_differ", "quotas", "seats", scope="scope", quota="seats", offered="offered"
        )

    def wishes_not_taken(self) -> Iterator[Problem]:
        """Wishes that nobody would read must not be filed."""
        if not self.takes_wishes and not self.tables.preferences.is_empty():
            yield Problem.of("round.wishes_not_taken", Place(file="preferences"), service=self.service)

    def list_not_read(self) -> Iterator[Problem]:
        """Wishes without a list where every stage reads a named one."""
        read = {stage.list for stage in self.rule.allocation.stages if stage.wishes is not None}
        if None in read or not read or not self.is_sound("preferences", "list"):
            return
        rows = (
            self.wishes()
            .filter(pl.col("list") == "")
            .with_columns(lists=pl.lit(", ".join(map(str, sorted(read, key=str)))))
        )
        yield from _named(
            rows, "round.list_not_read", "preferences", "list", candidate="candidate", lists="lists"
        )

    def wishes(self) -> pl.DataFrame:
        """The wishes with the numbers of their rows and their lists."""
        rows = self.frame("preferences")
        return rows.select(_ROW).hstack(wishes_of_lists(rows))

    def outside_scope(self) -> Iterator[Problem]:
        """Wishes for offers of another ranking, which no stage would read."""
        wide = [stage.list or "" for stage in self.rule.allocation.stages if stage.area]
        if not (self.scope and self.takes_wishes):
            return
        candidates = self.tables.candidates.select("candidate", *self.scope).unique("candidate")
        offers = self.tables.offers.select("offer", *self.scope).unique("offer")
        wished = self.wishes().filter(~pl.col("list").is_in(wide)).join(candidates, on="candidate")
        wished = wished.join(offers, on="offer", suffix=" offered")
        differs = pl.any_horizontal(pl.col(name) != pl.col(f"{name} offered") for name in self.scope)
        yield from _named(
            wished.filter(differs),
            "round.preference_outside_scope",
            "preferences",
            "offer",
            candidate="candidate",
            offer="offer",
        )

    def pools_too_large(self) -> Iterator[Problem]:
        """Offers that keep more seats for some people than they have."""
        columns = reserved_columns(self.policy, self.service)
        if not self.is_sound("offers", "seats", *columns):
            return
        for stage in self.rule.allocation.stages:
            offers = self.frame("offers").drop_nulls(["seats", *columns])
            least = pool_seats(stage, offers).min(axis=1) if stage.pools else np.zeros(offers.height)
            rows = offers.filter(pl.Series(least < 0))
            yield from _named(rows, "round.pools_too_large", "offers", "seats", offer="offer", seats="seats")

    def wish_twice(self) -> Iterator[Problem]:
        """The same offer again on one list."""
        wishes = self.wishes().drop_nulls(["candidate", "offer"])
        again = wishes.filter(~pl.struct("candidate", "list", "offer").is_first_distinct())
        yield from _named(
            again, "round.wish_twice", "preferences", "offer", candidate="candidate", offer="offer"
        )

    def too_many_wishes(self) -> Iterator[Problem]:
        """Lists that are longer than the stages read."""
        most: dict[str, int] = {}
        for stage in self.rule.allocation.stages:
            if stage.wishes is not None:
                number = stage.most_wishes or NO_LIMIT
                most[stage.list or ""] = max(number, most.get(stage.list or "", 0))
        read = pl.col("list").replace_strict(most, default=None, return_dtype=pl.Int64)
        same = ["candidate", "list"]
        wishes = self.wishes().with_columns(wishes=pl.len().over(same), most=read)
        long = wishes.filter(pl.col("wishes") > pl.col("most")).unique(
            same, keep="first", maintain_order=True
        )
        yield from _named(
            long,
            "round.too_many_wishes",
            "preferences",
            "candidate",
            candidate="candidate",
            wishes="wishes",
            most="most",
        )

    def measures(self) -> Iterator[Problem]:
        """Every measure has its ledger, or is a finished column."""
        tables = self.tables
        if self.is_sound("applicants"):
            yield from measure_problems(self.policy, self.service, tables.applicants, tables.ledgers)
        for side, frame in (("subject", tables.applicants), ("candidate", tables.candidates)):
            names = (
                name for name in aggregates(self.policy, self.service) if self.policy.derived[name].of == side
            )
            if self.is_sound("applicants" if side == "subject" else "candidates"):
                yield from aggregate_problems(self.policy, names, frame, tables.ledgers)

    def rows_of_nobody(self) -> Iterator[Problem]:
        """Rows of long tables whose person is not there; a ledger is an extract and may hold others."""
        for name in sorted(self.policy.tables.keys() & self.tables.ledgers.keys()):
            key = self.policy.tables[name].of
            target = "applicants" if key == "subject" else "candidates"
            if self.is_sound(target, key):
                frame = self.tables.ledgers[name].with_row_index(_ROW, FIRST_ROW)
                rows = frame.join(getattr(self.tables, target).select(key), on=key, how="anti")
                rows = rows.with_columns(pl.lit(target).alias(_WHERE))
                yield from _named(rows, "round.row_of_nobody", name, key, id=key, where=_WHERE)

    def months_reversed(self) -> Iterator[Problem]:
        """Spells that would end before they begin, and so count for nothing."""
        for name in sorted(self.policy.ledgers.keys() & self.tables.ledgers.keys()):
            ledger = self.tables.ledgers[name]
            rows = ledger.with_row_index(_ROW, FIRST_ROW).filter(pl.col("first_month") > pl.col("last_month"))
            yield from _named(rows, "round.months_reversed", name, "last_month", subject="subject")

    def filed_at_seconds(self) -> Iterator[Problem]:
        """Filing times are published, and compared, by the minute."""
        frame = self.frame("candidates")
        if "filed_at" in frame.columns:
            rows = frame.filter(pl.col("filed_at").dt.epoch("us") % 60_000_000 != 0)
            yield from _named(
                rows,
                "round.filed_at_seconds",
                "candidates",
                "filed_at",
                candidate="candidate",
                filed_at="filed_at",
            )


def _named(rows: pl.DataFrame, code: str, table: str, column: str, **figures: str) -> Iterator[Problem]:
    """A problem a row, in the order of the rows; `figures` name the columns its sentence needs."""
    ordered = rows.sort(_ROW)
    shown = {name: source for name, source in figures.items() if source in rows.columns}
    for row in ordered.head(MOST).iter_rows(named=True):
        place = Place(file=table, row=row[_ROW], field=column)
        yield Problem.of(code, place, **{name: row[source] for name, source in shown.items()})
    if ordered.height > MOST:
        more = ordered.height - MOST
        yield Problem.of("tables.more_problems", Place(file=table, field=column), more=more, named=MOST)
