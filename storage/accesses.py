"""Who asked for what, about whom and for which purpose: lines that are only ever added."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from storage.database import Database
from storage.service_tables import AccessRow, AccountRow


@dataclass(frozen=True)
class Line:
    """One line. `account_id` is None at the console; `about` is empty for everybody of a round."""

    at: int
    account_id: int | None
    operation: str
    round_id: str | None
    about: str
    purpose: str


@dataclass(frozen=True)
class Wanted:
    """Which lines: about somebody, by an account of a name; all without either."""

    about: str | None = None
    account: str | None = None


def leave(session: Session, line: Line) -> None:
    """Add a line."""
    session.add(AccessRow(**vars(line)))


def list_lines(
    database: Database, wanted: Wanted, offset: int, limit: int
) -> tuple[int, list[tuple[AccessRow, str | None]]]:
    """How many lines there are, and some with the account's name, the oldest first."""
    found = select(AccessRow, AccountRow.name).join(AccountRow, isouter=True)
    if wanted.about is not None:
        found = found.where(AccessRow.about == wanted.about)
    if wanted.account is not None:
        found = found.where(AccountRow.name == wanted.account)
    with database.reading() as session:
        total = session.exec(select(func.count()).select_from(found.subquery())).one()
        rows = session.exec(found.order_by(col(AccessRow.number)).offset(offset).limit(limit))
        return total, [(row, name) for row, name in rows]
