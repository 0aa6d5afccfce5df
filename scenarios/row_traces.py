"""How rows of long tables gave the aggregates of one person, as explanations and letters tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from publication.trace_text import RowsTrace
from scenarios.tables import aggregates
from scoring.aggregates import rows_read
from scoring.policy import Policy
from scoring.scalar import Person, shown_fact


def trace_rows(
    policy: Policy, service: str, own: Mapping[str, pl.DataFrame], person: Person, as_of: date
) -> Iterator[RowsTrace]:
    """What the person's `own` rows of each long table came to; nothing of a table that is not there."""
    for name in aggregates(policy, service):
        rule = policy.derived[name]
        rows = own.get(rule.from_table or "")
        if rows is not None:
            shown = shown_fact(policy, name, person).value_text
            value = None if shown is None else shown.zh
            title = policy.tables[rule.from_table or ""].title
            yield RowsTrace(
                rule.title, title, rule.cite or "", value, rows_read(policy, name, person, rows, as_of)
            )


class OwnRows:
    """The long tables of a round, from which anybody's own rows are cut without reading them all."""

    def __init__(self, policy: Policy, tables: Mapping[str, pl.DataFrame]) -> None:
        self.keys = {name: table.of for name, table in policy.tables.items() if name in tables}
        self.sorted = {name: tables[name].sort(key) for name, key in self.keys.items()}

    def of(self, subject: str, candidate: str) -> dict[str, pl.DataFrame]:
        """The rows of the scored person, or of the candidate where a table is of candidates."""
        found = {}
        for name, key in self.keys.items():
            ids, who = self.sorted[name][key], subject if key == "subject" else candidate
            start, end = (int(ids.search_sorted(who, side=side)) for side in ("left", "right"))
            found[name] = self.sorted[name].slice(start, end - start)
        return found
