"""Running commands, in this process or in a fresh one, and small folders for them to work on."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from api.cli import app
from scenarios.demo_rounds import demo_tables
from tests.scenarios.cities import PLACE, ROOT, config_of, small_quotas, zhongshan_pack

FAMILIES = 240


@dataclass(frozen=True)
class Ran:
    """What a command left behind: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output; anything before or after it is an error."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    def problems(self) -> list[tuple[str, str, int, str]]:
        """(code, file name, row or line, column's name) of every problem in the document."""
        places = [(problem["code"], problem["place"]) for problem in self.document()["problems"]]
        return [
            (code, Path(at.get("file", "")).name, at.get("row", at.get("line", 0)), at.get("field", ""))
            for code, at in places
        ]


def jifen(*arguments: object) -> Ran:
    """A command in this process. An exception that is not an exit is a failure of the test."""
    settings = {"LANG": "C", "LC_ALL": "", "LC_MESSAGES": "", "JIFEN_DEBUG": "1"}
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], env=settings)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def completed(*arguments: object) -> Ran:
    """A command that must succeed."""
    ran = jifen(*arguments)
    assert ran.status == 0, ran.err
    return ran


def fresh(*arguments: object, **settings: str) -> Ran:
    """A command in a process of its own, with these settings in its environment."""
    command = [sys.executable, "-c", "from api.cli import main; main()", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JIFEN_DEBUG": "1", **settings}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def write_city(folder: Path, name: str = "2015-school") -> Path:
    """A round's folder: the shipped settings, a few synthetic families, a sixtieth of the official seats."""
    folder.mkdir(parents=True)
    tables = demo_tables(zhongshan_pack(), config_of(name), small_quotas(), families=FAMILIES)
    for file, data in tables.items():
        (folder / file).write_bytes(data)
    (folder / "round.yaml").write_bytes((PLACE / "rounds" / name / "round.yaml").read_bytes())
    return folder


def copied(folder: Path, target: Path, *changes: Callable[[Path], None]) -> Path:
    """A copy of a folder with some changes made to it."""
    shutil.copytree(folder, target)
    for change in changes:
        change(target)
    return target


def with_cell(file: str, row: int, column: str, text: str) -> Callable[[Path], None]:
    """Another text in one cell; rows as a spreadsheet numbers them."""

    def change(folder: Path) -> None:
        rows = read_rows(folder / file)
        rows[row - 1][rows[0].index(column)] = text
        write_rows(folder / file, rows)

    return change


def with_rows(file: str, edit: Callable[[list[list[str]]], list[list[str]]]) -> Callable[[Path], None]:
    """Other rows, header included."""
    return lambda folder: write_rows(folder / file, edit(read_rows(folder / file)))


def with_text(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Another text in place of the first such text."""

    def change(folder: Path) -> None:
        text = (folder / file).read_text("utf-8")
        assert old in text, f"{file} does not hold {old}"
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")

    return change


def with_own_pack(*edits: tuple[str, str]) -> Callable[[Path], None]:
    """The round uses a copy of the shipped pack, with these texts replaced."""

    def change(folder: Path) -> None:
        (folder / "pack.yaml").write_text(zhongshan_pack().text, "utf-8")
        with_text("round.yaml", "policy: zhongshan/points", "policy: pack.yaml")(folder)
        for old, new in edits:
            with_text("pack.yaml", old, new)(folder)

    return change


def read_rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    content = io.StringIO(newline="")
    csv.writer(content, lineterminator="\n").writerows(rows)
    path.write_text(content.getvalue(), "utf-8", newline="")


def digest_of(folder: Path) -> str:
    """The digest of the results that a round's folder gives."""
    ran = completed("run", folder, "--out", folder.parent / f"{folder.name}-out", "--no-pdf", "--json")
    return str(ran.document()["result_digest"])


def refused(folder: Path, *options: object) -> Ran:
    """A run that must be refused as bad input, leaving nothing behind."""
    out = folder.parent / f"{folder.name}-out"
    before = sorted(path.name for path in folder.parent.iterdir())
    ran = jifen("run", folder, "--out", out, "--no-pdf", "--json", *options)
    assert ran.status == 2, ran.err
    assert ran.err.strip()
    assert sorted(path.name for path in folder.parent.iterdir()) == before
    return ran
