"""Signing in and out: tokens by chance of which only the SHA-256 is kept, and attempts that are counted.

An attempt is counted before the password is looked at, so attempts at the same time do not escape. All times
are seconds, handed in; nothing waits.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from storage.accesses import Line, leave
from storage.accounts import end_sessions
from storage.database import Database
from storage.passwords import hashed, matches
from storage.service_tables import AccountRow, AttemptRow, SessionRow
from values.canonical import digest_of_bytes
from values.problems import bad_input

SESSION_SECONDS = 8 * 3600
FREE_ATTEMPTS = 5
FIRST_WAIT, LONGEST_WAIT = 30, 900
FORGOTTEN_AFTER = 24 * 3600
"""Seconds: of a session; of the wait after the last free attempt, which each further one doubles up to the
longest; after which attempts count no more."""


@dataclass(frozen=True)
class SignedIn:
    """A session that has begun. The token is told once."""

    token: str
    ends_at: int
    account: AccountRow


def sign_in(database: Database, name: str, password: str, *, now: int) -> SignedIn:
    """Begin a session.

    Raises:
        BadInput: `service.wrong_credentials`, whether the name, the password or the account is wrong;
            `service.too_many_attempts` without looking at the password.
    """
    account = _checked(database, name, password, now)
    with database.writing() as session:
        row = session.get(AccountRow, account.id)
        if row is None or row.closed_at is not None or row.password != account.password:
            raise bad_input("service.wrong_credentials")  # closed or changed in between
        return _begun(session, row, now)


def sign_out(database: Database, token: str) -> None:
    """End the session of a token."""
    with database.writing() as session:
        row = session.get(SessionRow, _id(token))
        if row is not None:
            session.delete(row)


def account_of_token(database: Database, token: str, *, now: int) -> AccountRow | None:
    """The account that is signed in with a token: its session has not ended and it is not closed."""
    signed_in = select(AccountRow).join(SessionRow).where(SessionRow.id == _id(token))
    still = (col(SessionRow.ends_at) > now, col(AccountRow.closed_at).is_(None))
    with database.reading() as session:
        return session.exec(signed_in.where(*still)).first()


def change_password(database: Database, name: str, old: str, new: str, *, now: int) -> SignedIn:
    """Replace one's own password. Every session of the account ends, and a new one begins.

    Raises:
        BadInput: as `sign_in`; `service.password_length`, `service.same_password`.
    """
    account = _checked(database, name, old, now)
    if new == old:
        raise bad_input("service.same_password")
    password = hashed(new)
    with database.writing() as session:
        row = session.get(AccountRow, account.id)
        if row is None or row.closed_at is not None or row.password != account.password:
            raise bad_input("service.wrong_credentials")
        row.password, row.one_time = password, 0
        end_sessions(session, row)
        leave(session, Line(now, row.id, "change_password", None, name, ""))
        return _begun(session, row, now)


def _checked(database: Database, name: str, password: str, now: int) -> AccountRow:
    with database.writing() as session:
        _count_attempt(session, name, now)
        row = session.exec(select(AccountRow).where(AccountRow.name == name)).first()
    known = row if row is not None and row.closed_at is None else None
    if not matches(password, None if known is None else known.password) or known is None:
        raise bad_input("service.wrong_credentials")
    return known


def _count_attempt(session: Session, name: str, now: int) -> None:
    session.exec(delete(AttemptRow).where(col(AttemptRow.last_at) <= now - FORGOTTEN_AFTER))
    key = digest_of_bytes(name.encode())
    row = session.get(AttemptRow, key) or AttemptRow(name=key, count=0, last_at=now, blocked_until=0)
    if row.blocked_until > now:
        raise bad_input("service.too_many_attempts", seconds=row.blocked_until - now)
    row.count, row.last_at = row.count + 1, now
    if row.count >= FREE_ATTEMPTS:
        wait = FIRST_WAIT << min(row.count - FREE_ATTEMPTS, 10)
        row.blocked_until = now + min(wait, LONGEST_WAIT)
    session.add(row)


def _begun(session: Session, account: AccountRow, now: int) -> SignedIn:
    attempt = session.get(AttemptRow, digest_of_bytes(account.name.encode()))
    if attempt is not None:
        session.delete(attempt)
    session.exec(delete(SessionRow).where(col(SessionRow.ends_at) <= now))
    token, ends_at = secrets.token_urlsafe(32), now + SESSION_SECONDS
    assert account.id is not None
    session.add(SessionRow(id=_id(token), account_id=account.id, ends_at=ends_at))
    return SignedIn(token, ends_at, account)


def _id(token: str) -> str:
    return digest_of_bytes(token.encode("utf-8", "surrogateescape"))
