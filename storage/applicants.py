"""Accounts of applicants, one for an application number of a round."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from storage.accounts import NewAccount, add_accounts
from storage.attested import known_candidates
from storage.exporters import csv_for_people
from storage.folders import new_secret
from storage.importers import read_table_with_flaws
from storage.passwords import hashed, new_password
from storage.registrations import Registry, find_round
from values.problems import BadInput, Place, Problem, bad_input
from values.tables import Column, TableSchema

ACCOUNTS = TableSchema(
    "accounts",
    (
        Column("candidate", "id", complete=True),
        Column("name", "id", required=False),
        Column("title", "text", required=False),
    ),
)


def require_candidate(registry: Registry, round_id: str, candidate: str) -> None:
    """Refuse an application number that is not in the round's tables.

    Raises:
        BadInput: `service.unknown_round`, `facts.nobody_of_that_name`; problems of the table.
    """
    if candidate not in known_candidates(registry, find_round(registry, round_id)):
        raise bad_input("facts.nobody_of_that_name", id=candidate)


def import_applicants(registry: Registry, round_id: str, table: Path, passwords: Path, *, now: int) -> int:
    """Make an account for every row (`candidate`, and if given `name` and `title`); how many.

    The one-time passwords go to a new file that only the owner can read. All accounts and the file, or
    nothing.

    Raises:
        BadInput: every problem of the table; `service.unknown_round`, `facts.nobody_of_that_name` by row,
            those of `add_accounts`; `storage.target_is_file`.
    """
    known = known_candidates(registry, find_round(registry, round_id))
    asked = _asked(table)
    unknown = [
        Problem.of("facts.nobody_of_that_name", place, id=row["candidate"])
        for row, place in asked
        if row["candidate"] not in known
    ]
    if unknown:
        raise BadInput(unknown)
    words = [new_password() for _ in asked]
    with ThreadPoolExecutor() as threads:
        hashes = threads.map(hashed, words)
        accounts = [
            NewAccount(**row, role="applicant", round_id=round_id, password=kept, one_time=True, place=place)
            for (row, place), kept in zip(asked, hashes, strict=True)
        ]
    told = pl.DataFrame([row for row, _ in asked], schema=["name", "candidate"])
    content = csv_for_people(told.with_columns(password=pl.Series(words, dtype=pl.String)))
    with new_secret(passwords, content), registry.database.writing() as session:
        add_accounts(session, accounts, by=None, now=now)
    return len(accounts)


def _asked(table: Path) -> list[tuple[dict[str, str], Place]]:
    """The rows with their places. Without a name an account has the number's, without a title the name's."""
    read = read_table_with_flaws(table, ACCOUNTS)
    if read.problems or read.source is None:
        raise BadInput(read.problems)
    named = read.frame.with_columns(name=pl.coalesce("name", "candidate"))
    rows = named.with_columns(title=pl.coalesce("title", "name")).iter_rows(named=True)
    return [(row, read.source.place(int(at))) for row, at in zip(rows, read.source.rows, strict=True)]
