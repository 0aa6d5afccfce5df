"""The service's database: its migrations, its transactions, and what can never be changed in it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from storage.database import Database, migrate, open_database
from storage.service_tables import (
    AccessRow,
    AccountRow,
    AttemptRow,
    JobRow,
    PolicyFileRow,
    PolicyRow,
    ReleaseRow,
    ResultRow,
    RoundRow,
    SessionRow,
    TableRow,
)
from values.problems import BadInput

KEPT = ("policy", "policy_file", "round", "round_table", "result", "access", "release")
LATER = ("policy_file", "account", "session", "attempt", "access", "release")


def opened(folder: Path, revision: str = "head") -> Database:
    database = open_database(f"sqlite:///{folder / 'service.sqlite3'}")
    migrate(database, revision)
    return database


def fill(database: Database) -> None:
    """A row in every table that the database has."""
    known = {name for kind, name, *_ in schema(database) if kind == "table"}
    with database.writing() as session:
        session.add(PolicyRow(id="p", policy="a/b", digest="d", status="draft", registered_at=1))
        session.flush()
        if "policy_file" in known:
            session.add(PolicyFileRow(policy_id="p", name="policy.yaml", content="c"))
        session.add(RoundRow(id="r", policy_id="p", settings="s", name="n", registered_at=1))
        session.flush()
        session.add(TableRow(round_id="r", name="t", suffix=".csv", content="c", size=1, uploaded_at=1))
        session.add(job("j"))
        session.flush()
        session.add(ResultRow(job_id="j", folder="f", digest="", result_digest="d", made_at=1))
        if "account" in known:
            session.add(AccountRow(name="a", title="t", role="officer", password="h", one_time=0, made_at=1))
            session.flush()
            session.add(SessionRow(id="s", account_id=1, ends_at=2))
            session.add(AttemptRow(name="d", count=1, last_at=1, blocked_until=0))
            session.add(AccessRow(at=1, account_id=1, operation="o", about="", purpose="p"))
            session.add(ReleaseRow(round_id="r", job_id="j", at=1))


def job(name: str) -> JobRow:
    return JobRow(
        id=name,
        round_id="r",
        kind="score",
        options="{}",
        inputs="{}",
        key=name,
        request="q",
        status="queued",
        submitted_at=1,
    )


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything there is, by table."""
    known = {name for kind, name, *_ in schema(database) if kind == "table"}
    with database.reading() as session:
        return {
            name: [tuple(row) for row in session.connection().execute(table.select())]
            for name, table in sorted(SQLModel.metadata.tables.items())
            if name in known
        }


def schema(database: Database) -> set[tuple[str, ...]]:
    """Every table, index and trigger, as the database itself keeps them."""
    with database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master")
        return {tuple(map(str, row)) for row in found}


@pytest.mark.parametrize("start", [None, "0001", "0003"])
def test_migrations_lead_any_database_to_the_tables_that_the_program_knows(
    start: str | None, tmp_path: Path
) -> None:
    """An empty one and an old one alike; what was in the old one stays."""
    database = open_database(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    before: dict[str, list[tuple[object, ...]]] = {}
    if start:
        migrate(database, start)
        fill(database)
        before = rows(database)

    migrate(database)

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    fresh = opened(tmp_path)
    assert schema(database) == schema(fresh)
    assert not start or rows(database) == {**{key: [] for key in LATER}, **before}
    migrate(database)  # once more changes nothing
    assert schema(database) == schema(fresh)


def test_checks_of_the_tables_are_those_of_the_migrations(tmp_path: Path) -> None:
    """The comparison of migrations and tables does not look at them."""
    made = opened(tmp_path)
    plain = open_database(f"sqlite:///{tmp_path / 'plain.sqlite3'}")
    SQLModel.metadata.create_all(plain.engine)

    def checks(database: Database) -> list[str]:
        return sorted(
            line.strip(" ,") for row in schema(database) for line in row[3].split("\n") if "CHECK" in line
        )

    assert checks(made) == checks(plain)
    assert len(checks(made)) == 5


@pytest.mark.parametrize("table", KEPT)
def test_what_was_registered_or_decided_is_never_changed_or_deleted(table: str, tmp_path: Path) -> None:
    """Not by the program, nor by somebody who opens the file: the database itself refuses."""
    database = opened(tmp_path)
    fill(database)
    before = rows(database)
    columns = list(SQLModel.metadata.tables[table].columns)
    changes = (
        f"UPDATE {table} SET {columns[-1].name} = 7",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    )

    for change in changes:
        with pytest.raises(IntegrityError, match="append-only"), database.writing() as session:
            session.connection().exec_driver_sql(change)

    assert rows(database) == before


def test_a_job_runs_if_and_only_if_it_is_leased(tmp_path: Path) -> None:
    """A state that makes no sense cannot be written."""
    database = opened(tmp_path)
    fill(database)

    for change in ("status = 'running'", "lease = 'x'", "status = 'lost'"):
        with pytest.raises(IntegrityError, match="CHECK"), database.writing() as session:
            session.connection().exec_driver_sql(f"UPDATE job SET {change}")


def test_no_column_could_hold_a_fraction_of_a_point() -> None:
    """Whole numbers and text only: a floating-point column would round what it is given."""
    columns = [column for table in SQLModel.metadata.tables.values() for column in table.columns]

    assert {str(column.type) for column in columns} == {"INTEGER", "VARCHAR"}


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = opened(tmp_path)
    fill(database)
    before = rows(database)

    def fail() -> None:
        with database.writing() as session:
            session.add(job("second"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert rows(database) == before


def test_two_writers_who_read_first_lose_nothing(tmp_path: Path) -> None:
    """Each of two connections reads a number and writes the next one; every step counts.

    Were the lock taken at the first write only, one of them would have read what the other changed.
    """
    fill(opened(tmp_path))
    begin, errors = threading.Barrier(2), []

    def count() -> None:
        database = opened(tmp_path)
        begin.wait()
        try:
            for _ in range(40):
                with database.writing() as session:
                    row = session.get(JobRow, 1)
                    assert row is not None
                    row.attempts += 1
        except Exception as error:
            errors.append(error)
            raise

    writers = [threading.Thread(target=count) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert errors == []
    assert rows(opened(tmp_path))["job"][0][list(JobRow.model_fields).index("attempts")] == 80


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    """And sees the state before it."""
    database = opened(tmp_path)
    fill(database)

    with database.writing() as session:
        session.add(job("second"))
        session.flush()
        assert len(rows(open_database(str(database.engine.url)))["job"]) == 1
    assert len(rows(database)["job"]) == 2


@pytest.mark.parametrize(
    "url", ["postgresql://host/name", "sqlite://", "sqlite:///:memory:", "no address", "", "nonsense://x"]
)
def test_a_database_that_is_no_sqlite_file_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match=r"service\.database_not_supported"):
        open_database(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "service.sqlite3").write_text("not a database, " * 100)

    with pytest.raises(BadInput, match=r"service\.database_unusable"):
        opened(tmp_path)
    with pytest.raises(BadInput, match=r"service\.database_unusable"):
        opened(tmp_path / "no such folder")


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """Rather than used by a program that does not know its tables."""
    database = opened(tmp_path)
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(BadInput, match=r"service\.database_newer"):
        migrate(database)
