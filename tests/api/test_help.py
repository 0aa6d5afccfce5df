"""What a person or a script meets before any work is done: help, wrong usage, nothing heavy loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.main import get_command

from api.cli import app
from tests.api.commands import ROOT, fresh, jifen

HEAVY = ("polars", "numpy", "ortools", "numba", "typst", "yaml", "fastapi", "uvicorn", "sqlmodel", "alembic")


def parameters() -> Iterator[tuple[str, str, str]]:
    """(command, parameter, help) of everything that can be given."""
    commands = dict(getattr(get_command(app), "commands", {}))
    for name, command in list(commands.items()):
        for inner, sub in getattr(command, "commands", {}).items():
            commands[f"{name} {inner}"] = sub
    for name, command in commands.items():
        for parameter in command.params:
            yield name, max(parameter.opts, key=len), getattr(parameter, "help", None) or ""


@pytest.mark.parametrize(("command", "option", "text"), sorted(parameters()))
def test_every_option_says_what_it_does_where_people_look(command: str, option: str, text: str) -> None:
    """No option without a sentence, and `--help` shows it."""
    shown = jifen(*command.split(), "--help")

    assert shown.status == 0
    assert len(text) > 10
    assert option in shown.out or not option.startswith("-")


def test_every_command_of_the_first_issue_is_there() -> None:
    shown = jifen("--help").out

    for command in "demo run score explain policy check allocate verify replay serve".split():
        assert command in shown + jifen("policy", "--help").out


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["allocate", "--help"], ["nonsense"]])
def test_asking_for_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """`jifen --help` answers at once: data frames, solvers and typesetting wait until they are needed."""
    probe = (
        "import sys\nfrom api.cli import app\ntry:\n    app(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", probe, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["run"], "ROUND_DIR"),
        (["run", "somewhere"], "--out"),  # the option that is missing
        (["allocate", "--jsn"], "--jsn"),
        (["nonsense"], "nonsense"),
        (["run", "a", "--out", "b", "--lang", "fr"], "zh or en"),
        (["demo", "--families", "0"], "--families"),
        (["explain", "zhongshan/points", "somewhere"], "--applicant"),
        (["policy", "chek"], "chek"),
    ],
)
def test_wrong_usage_says_what_is_wrong(arguments: list[str], word: str) -> None:
    ran = jifen(*arguments)

    assert (ran.status, ran.out) == (2, "")
    assert word in ran.err


def test_wrong_usage_is_one_document_for_a_script() -> None:
    ran = jifen("run", "--json")

    assert ran.status == 2
    assert [problem["code"] for problem in ran.document()["problems"]] == ["console.usage"]


def test_messages_follow_the_language_of_the_terminal() -> None:
    spoken = {lang: fresh("run", "nowhere", "--out", "x", LC_ALL=lang).err for lang in ("zh_CN.UTF-8", "C")}

    assert "没有这个文件" in spoken["zh_CN.UTF-8"]
    assert "no such file" in spoken["C"]


def test_results_are_utf_8_whatever_the_terminal_says() -> None:
    ran = fresh(
        "policy", "check", "xiamen/school", "--lang", "zh", PYTHONIOENCODING="latin-1", PYTHONUTF8="0"
    )

    assert ran.status == 0
    assert "指标" in ran.out
