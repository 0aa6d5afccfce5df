"""The service's database: SQLite, one writer at a time. A transaction says whether it reads or writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlmodel import Session, create_engine

from values.problems import bad_input

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON")
HEAD = "head"


@dataclass(frozen=True, eq=False)
class Database:
    """An open database. Sessions are short; nothing slow happens inside one."""

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state and writes nothing."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is alone in writing; all of it is kept, or nothing if it is left by an error.

        What it reads cannot change before it writes: the lock is taken at the beginning. A lock taken
        only at the first write could not be had any more if another writer had come in between.
        """
        engine = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open the database of a URL such as `sqlite:///data/jifen.sqlite3`; its tables are not touched.

    Raises:
        BadInput: `service.database_not_supported` for anything but a SQLite file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise bad_input("service.database_not_supported") from None
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise bad_input("service.database_not_supported")
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return Database(engine)


def migrate(database: Database, revision: str = HEAD) -> None:
    """Bring the tables to a revision, in one transaction; rows stay.

    Raises:
        BadInput: `service.database_newer` if the database is at a revision that is not known here;
            `service.database_unusable` if the file cannot be opened or is no database.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        with database.engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except CommandError:
        raise bad_input("service.database_newer") from None
    except DatabaseError as error:
        raise bad_input("service.database_unusable", reason=error.orig) from None


def _set_up(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin` does
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
