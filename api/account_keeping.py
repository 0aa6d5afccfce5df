"""What `jifen accounts` does with passwords and lists."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime

from api.console import print_json, show
from api.service.working import now_in_seconds
from publication.messages import Lang, sentence
from storage import accounts
from storage.passwords import hashed
from storage.registrations import Registry
from storage.service_tables import AccountRow, Role
from values.problems import bad_input

EVERYBODY = -1
"""No limit."""


def read_password(lang: Lang) -> str:
    """The first line of standard input; at a terminal it is asked for twice and not shown.

    Raises:
        BadInput: `accounts.typed_differently`.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first, again = (getpass.getpass(sentence(f"accounts.{code}", {}, lang)) for code in ("password", "again"))
    if first != again:
        raise bad_input("accounts.typed_differently")
    return first


def add_account(
    registry: Registry,
    name: str,
    role: Role,
    title: str,
    department: str | None,
    password: str,
    *,
    one_time: bool,
) -> None:
    """Make an account at the console.

    Raises:
        BadInput: as `storage.accounts.add_accounts`; `service.password_length`.
    """
    new = accounts.NewAccount(name, title, role, hashed(password), one_time, department)
    with registry.database.writing() as session:
        accounts.add_accounts(session, [new], by=None, now=now_in_seconds())


def replace_password(registry: Registry, name: str, password: str, *, one_time: bool) -> None:
    """Replace an account's password at the console.

    Raises:
        BadInput: as `storage.accounts.set_password`; `service.password_length`.
    """
    kept = hashed(password)
    with registry.database.writing() as session:
        accounts.set_password(session, name, kept, one_time=one_time, by=None, now=now_in_seconds())


def show_accounts(registry: Registry, lang: Lang, *, as_json: bool) -> None:
    """Print every account, one a line."""
    _, rows = accounts.list_accounts(registry.database, 0, EVERYBODY)
    if as_json:
        print_json({"format": "accounts/1", "accounts": [_document(row) for row in rows]})
        return
    for row in rows:
        told = _document(row)
        state = sentence(f"accounts.{told['state']}", {}, lang)
        shown = (row.name, row.role, state, row.title, row.department or row.candidate or "")
        show("\t".join(shown).rstrip())


def _document(row: AccountRow) -> dict[str, object]:
    state = "is_closed" if row.closed_at is not None else "to_change" if row.one_time else "is_active"
    told = {name: getattr(row, name) for name in ("name", "title", "role", "department", "candidate")}
    return {**told, "round": row.round_id, "state": state, "made_at": _time(row.made_at)}


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
