"""`jifen accounts`: who may sign in, made at the machine; passwords come from standard input alone."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from storage.accesses import Wanted, list_lines
from storage.accounts import account_named, may_administer
from storage.passwords import matches
from storage.registrations import Registry, open_registry, register_policy, register_round
from storage.service_tables import AccountRow
from storage.sign_in import sign_in
from tests.api.commands import Ran, jifen, read_rows
from tests.api.service.office import NOW, PACK, open_office

PASSWORD = "correct horse battery"


def typed(text: str, *arguments: object) -> Ran:
    """A command with this on its standard input."""
    done = CliRunner().invoke(app, ["accounts", *map(str, arguments), "--lang", "en"], input=text)
    return Ran(done.exit_code, done.stdout, done.stderr)


def account(registry: Registry, name: str) -> AccountRow:
    with registry.database.reading() as session:
        return account_named(session, name)


def test_the_first_administrator_is_made_at_the_console(tmp_path: Path) -> None:
    """The password is the line that was typed; what was done leaves a line without an account."""
    made = typed(f"{PASSWORD}\nmore\n", "add", "chen", "--role", "administrator", "--data", tmp_path)

    registry = open_registry(tmp_path, None)
    assert made.status == 0
    assert PASSWORD not in made.out + made.err
    assert matches(PASSWORD, account(registry, "chen").password)
    assert may_administer(registry.database)
    _, ((line, who),) = list_lines(registry.database, Wanted(), 0, 10)
    assert (who, line.operation, line.about) == (None, "add_account", "chen")


def test_no_command_takes_a_password_as_an_argument(tmp_path: Path) -> None:
    """It would stand in the list of processes and in the shell's history."""
    for command in ("add", "set-password"):
        text = jifen("accounts", command, "--help").out
        assert "--password " not in text

    assert typed("", "add", "chen", PASSWORD, "--role", "officer", "--data", tmp_path).status == 2


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        ("short\n", ("add", "x", "--role", "officer"), "12 to 200"),
        (f"{PASSWORD}\n", ("add", "chen", "--role", "officer"), "is taken"),
        (f"{PASSWORD}\n", ("add", "x", "--role", "department"), "by the Chinese name"),
        (f"{PASSWORD}\n", ("set-password", "nobody"), "no account nobody"),
        ("", ("close", "nobody"), "no account nobody"),
    ],
)
def test_what_cannot_be_done_is_refused(
    text: str, arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    typed(f"{PASSWORD}\n", "add", "chen", "--role", "administrator", "--data", tmp_path)

    ran = typed(text, *arguments, "--data", tmp_path)

    assert ran.status == 2
    assert words in ran.err


def test_accounts_are_closed_listed_and_given_new_passwords(tmp_path: Path) -> None:
    for name in ("chen", "li"):
        typed(f"{PASSWORD}\n", "add", name, "--role", "administrator", "--data", tmp_path)
    typed("another good password\n", "set-password", "li", "--one-time", "--data", tmp_path)
    typed("", "close", "chen", "--data", tmp_path)

    told = jifen("accounts", "list", "--data", tmp_path, "--json").document()["accounts"]

    assert [(row["name"], row["state"]) for row in told] == [("chen", "is_closed"), ("li", "to_change")]
    assert "argon2" not in str(told)
    database = open_registry(tmp_path, None).database
    assert sign_in(database, "li", "another good password", now=NOW).account.one_time


@pytest.fixture
def given(tmp_path: Path, city: Path) -> tuple[Registry, str, Path]:
    """A service's data folder with a registered round, its id, and the folder of a table."""
    (tmp_path / "data").mkdir()
    office = open_office(tmp_path / "data")
    return office.registry, office.round(city), tmp_path


def applicants(folder: Path, *rows: tuple[str, ...], header: tuple[str, ...] = ("candidate",)) -> Path:
    """A table with these rows."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    (folder / "applicants.csv").write_text(text.getvalue(), "utf-8")
    return folder / "applicants.csv"


def test_applicants_get_an_account_each_with_a_one_time_password(
    given: tuple[Registry, str, Path], city: Path
) -> None:
    """Named after the number unless the table says otherwise; only the owner of the file can read it."""
    registry, round_id, folder = given
    first, second = (row[0] for row in read_rows(city / "candidates.csv")[1:3])
    table = applicants(folder, (first, ""), (second, "mei"), header=("candidate", "name"))
    options = ("--round", round_id, "--passwords", folder / "new.csv", "--data", folder / "data")

    ran = jifen("accounts", "import", table, *options, "--json")
    again = jifen("accounts", "import", table, *options, "--json")

    assert ran.document()["count"] == 2
    rows = list(csv.DictReader(io.StringIO((folder / "new.csv").read_text("utf-8-sig"))))
    assert [(row["name"], row["candidate"]) for row in rows] == [(first, first), ("mei", second)]
    assert (folder / "new.csv").stat().st_mode & 0o077 == 0
    begun = sign_in(registry.database, "mei", rows[1]["password"], now=NOW).account
    assert (begun.role, begun.round_id, begun.candidate, begun.one_time) == ("applicant", round_id, second, 1)
    assert again.status == 2
    assert rows == list(csv.DictReader(io.StringIO((folder / "new.csv").read_text("utf-8-sig"))))


def test_an_import_with_anything_wrong_makes_nothing(given: tuple[Registry, str, Path], city: Path) -> None:
    """Every row that is wrong is named; there is no file, and no account."""
    registry, round_id, folder = given
    first, second = (row[0] for row in read_rows(city / "candidates.csv")[1:3])
    options = ("--round", round_id, "--passwords", folder / "new.csv", "--data", folder / "data", "--json")
    tables = {
        "unknown": (("nobody",), ("",), (first,), ("nowhere",)),
        "twice": ((first,), (first,)),
        "names": ((first, "a b"), (second, "a b")),
    }
    found = {}

    for name, rows in tables.items():
        header = ("candidate", "name")[: len(rows[0])]
        table = applicants(folder, *rows, header=header)
        found[name] = jifen("accounts", "import", table, *options).problems()

    unknown = [(code, row) for code, _, row, _ in found["unknown"]]
    assert unknown == [("facts.nobody_of_that_name", 2), ("facts.nobody_of_that_name", 5)]
    assert {code for code, *_ in found["twice"]} == {"service.account_exists"}
    assert {code for code, *_ in found["names"]} == {"service.account_exists", "service.bad_account_name"}
    assert not (folder / "new.csv").exists()
    with registry.database.reading() as session:
        assert session.get(AccountRow, 1) is None


def test_a_round_without_tables_has_no_applicants(tmp_path: Path, city: Path) -> None:
    registry = open_registry(tmp_path, None)
    policy = register_policy(registry, PACK.read_bytes(), now=NOW)[0].id
    round_id = register_round(registry, policy, (city / "round.yaml").read_bytes(), now=NOW)[0].row.id
    table = applicants(tmp_path, ("x",))

    options = ("--round", round_id, "--passwords", tmp_path / "p", "--data", tmp_path, "--json")

    ran = jifen("accounts", "import", table, *options)

    assert ran.status == 2
    assert ran.problems()[0][0] == "storage.table_missing"
