"""Accounts: who may sign in and as what. What is done to them leaves a line in the same transaction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from storage.accesses import Line, leave
from storage.database import Database
from storage.service_tables import AccountRow, AttemptRow, Role, SessionRow
from values.canonical import digest_of_bytes
from values.problems import BadInput, Place, Problem, bad_input

NAME = re.compile(r"[^\W_][\w.@-]{0,99}")
LONGEST_TITLE = 200
NOWHERE = Place()
FEW = 1000
"""So many names can be asked for in one query."""


@dataclass(frozen=True)
class NewAccount:
    """An account that is to be made; `password` is a hash. `place` is where it was asked for."""

    name: str
    title: str
    role: Role
    password: str
    one_time: bool
    department: str | None = None
    round_id: str | None = None
    candidate: str | None = None
    place: Place = NOWHERE


def add_accounts(session: Session, accounts: Iterable[NewAccount], *, by: int | None, now: int) -> None:
    """Make accounts, all of them or none. `by` is the account of who asks, None at the console.

    Raises:
        BadInput: `service.bad_account_name`, `service.account_exists`, `service.bad_title`,
            `service.department_missing`, `service.department_not_wanted`, `service.applicant_missing`,
            `service.applicant_not_wanted`; all of them at once.
    """
    given = list(accounts)
    taken = _taken(session, [account.name for account in given])
    problems = [problem for account in given for problem in _problems(account, taken)]
    if problems:
        raise BadInput(problems)
    for account in given:
        values = {name: value for name, value in vars(account).items() if name != "place"}
        session.add(AccountRow(**values | {"one_time": int(account.one_time), "made_at": now}))
        leave(session, Line(now, by, "add_account", account.round_id, account.name, account.role))


def account_named(session: Session, name: str) -> AccountRow:
    """The account of a name.

    Raises:
        BadInput: `service.unknown_account`.
    """
    row = session.exec(select(AccountRow).where(AccountRow.name == name)).first()
    if row is None:
        raise bad_input("service.unknown_account", name=name)
    return row


def list_accounts(database: Database, offset: int, limit: int) -> tuple[int, list[AccountRow]]:
    """How many accounts there are, and some of them in the order in which they were made."""
    with database.reading() as session:
        total = session.exec(select(func.count()).select_from(AccountRow)).one()
        some = select(AccountRow).order_by(col(AccountRow.id)).offset(offset).limit(limit)
        return total, list(session.exec(some))


def may_administer(database: Database) -> bool:
    """Whether there is an administrator who can sign in."""
    active = select(AccountRow).where(AccountRow.role == "administrator", col(AccountRow.closed_at).is_(None))
    with database.reading() as session:
        return session.exec(active).first() is not None


def close_account(session: Session, name: str, *, by: int | None, now: int) -> AccountRow:
    """End an account: its sessions end at once, nobody can sign in to it, the name stays taken.

    Raises:
        BadInput: `service.unknown_account`, `service.account_closed`, `service.own_account`.
    """
    row = _open_account(session, name)
    if row.id == by:
        raise bad_input("service.own_account", name=name)
    row.closed_at = now
    end_sessions(session, row)
    leave(session, Line(now, by, "close_account", None, name, ""))
    return row


def set_password(
    session: Session, name: str, password: str, *, one_time: bool, by: int | None, now: int
) -> AccountRow:
    """Replace a password by the one of this hash: sessions end, failed attempts are forgotten.

    Raises:
        BadInput: `service.unknown_account`, `service.account_closed`.
    """
    row = _open_account(session, name)
    row.password, row.one_time = password, int(one_time)
    end_sessions(session, row)
    attempt = session.get(AttemptRow, digest_of_bytes(name.encode()))
    if attempt is not None:
        session.delete(attempt)
    leave(session, Line(now, by, "set_password", None, name, ""))
    return row


def end_sessions(session: Session, account: AccountRow) -> None:
    """Sign an account out everywhere."""
    for signed_in in session.exec(select(SessionRow).where(SessionRow.account_id == account.id)):
        session.delete(signed_in)


def _open_account(session: Session, name: str) -> AccountRow:
    row = account_named(session, name)
    if row.closed_at is not None:
        raise bad_input("service.account_closed", name=name)
    return row


def _taken(session: Session, names: list[str]) -> set[str]:
    """Names that are in use, and those that are asked for more than once."""
    asked = select(AccountRow.name)
    if len(names) <= FEW:
        asked = asked.where(col(AccountRow.name).in_(names))
    return {*session.exec(asked), *(name for name, times in Counter(names).items() if times > 1)}


def _problems(account: NewAccount, taken: set[str]) -> Iterable[Problem]:
    place = account.place
    if not NAME.fullmatch(account.name):
        yield Problem.of("service.bad_account_name", place)
    if account.name in taken:
        yield Problem.of("service.account_exists", place, name=account.name)
    if not 1 <= len(account.title) <= LONGEST_TITLE or not account.title.isprintable():
        yield Problem.of("service.bad_title", place, most=LONGEST_TITLE)
    if account.role == "department" and not account.department:
        yield Problem.of("service.department_missing", place)
    if account.role != "department" and account.department is not None:
        yield Problem.of("service.department_not_wanted", place, role=account.role)
    bound = (account.round_id, account.candidate)
    if account.role == "applicant" and None in bound:
        yield Problem.of("service.applicant_missing", place)
    if account.role != "applicant" and bound != (None, None):
        yield Problem.of("service.applicant_not_wanted", place, role=account.role)
