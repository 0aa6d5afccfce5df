"""`jifen accounts`: who may sign in to the service, at the console of its machine."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from api.console import AsJson, Language, chosen_language, face, print_json, show
from api.options import DatabaseUrl, DataFolder
from publication.messages import sentence

accounts = typer.Typer(
    no_args_is_help=True, help="Accounts of the service; passwords come from standard input."
)

AccountName = Annotated[str, typer.Argument(help="Name to sign in with.", metavar="NAME")]
OneTime = Annotated[
    bool, typer.Option("--one-time", help="The password must be replaced at the first sign-in.")
]
HERE = Path("jifen-data")


class OfficialRole(str, Enum):  # noqa: UP042 - the command line shows the values
    """Roles that are not bound to an application."""

    administrator = "administrator"
    officer = "officer"
    auditor = "auditor"
    department = "department"


@accounts.command()
@face
def add(
    name: AccountName,
    role: Annotated[OfficialRole, typer.Option(help="What the account may do.")],
    title: Annotated[str | None, typer.Option(help="Who it is, for people; default the name.")] = None,
    department: Annotated[
        str | None, typer.Option(help="Chinese name of the department, as packs say who attests a fact.")
    ] = None,
    one_time: OneTime = False,
    data: DataFolder = HERE,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Make an account. Its password is read from standard input."""
    from api.account_keeping import add_account, read_password
    from storage.registrations import open_registry

    password = read_password(chosen_language(lang))
    registry = open_registry(data, database)
    add_account(registry, name, role.value, title or name, department, password, one_time=one_time)
    _say("accounts.added", as_json, lang, name=name, role=role.value)


@accounts.command("import")
@face
def import_applicants(
    table: Annotated[Path, typer.Argument(help="Table with `candidate`, and if wanted `name` and `title`.")],
    round_id: Annotated[str, typer.Option("--round", help="Id of the registered round.")],
    passwords: Annotated[Path, typer.Option(help="New file for the one-time passwords.")],
    data: DataFolder = HERE,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Make an account for every applicant in a table, each with a one-time password."""
    from api.service.working import now_in_seconds
    from storage import applicants
    from storage.registrations import open_registry

    registry = open_registry(data, database)
    count = applicants.import_applicants(registry, round_id, table, passwords, now=now_in_seconds())
    _say("accounts.imported", as_json, lang, count=count, out=passwords)


@accounts.command("list")
@face
def list_accounts(
    data: DataFolder = HERE, database: DatabaseUrl = None, as_json: AsJson = False, lang: Language = None
) -> None:
    """List every account with its role, closed ones too."""
    from api.account_keeping import show_accounts
    from storage.registrations import open_registry

    show_accounts(open_registry(data, database), chosen_language(lang), as_json=as_json)


@accounts.command()
@face
def close(
    name: AccountName,
    data: DataFolder = HERE,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """End an account at once and for good; the name stays taken."""
    from api.service.working import now_in_seconds
    from storage.accounts import close_account
    from storage.registrations import open_registry

    with open_registry(data, database).database.writing() as session:
        close_account(session, name, by=None, now=now_in_seconds())
    _say("accounts.closed", as_json, lang, name=name)


@accounts.command("set-password")
@face
def set_password(
    name: AccountName,
    one_time: OneTime = False,
    data: DataFolder = HERE,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Replace an account's password by one from standard input; its sessions end, and it need not wait."""
    from api.account_keeping import read_password, replace_password
    from storage.registrations import open_registry

    password = read_password(chosen_language(lang))
    replace_password(open_registry(data, database), name, password, one_time=one_time)
    _say("accounts.password_set", as_json, lang, name=name)


def _say(code: str, as_json: bool, lang: str | None, **told: object) -> None:
    if as_json:
        print_json({"format": "account-change/1", **{name: _plain(value) for name, value in told.items()}})
    else:
        show(sentence(code, told, chosen_language(lang)))


def _plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)
