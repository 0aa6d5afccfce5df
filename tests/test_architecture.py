"""The house rules as tests: who may import whom, how large things are, what is said and what is not."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "values",
    "scoring",
    "allocation",
    "residence",
    "publication",
    "verifier",
    "scenarios",
    "storage",
    "api",
)
PURE = ("values", "scoring", "allocation", "residence", "publication")
MODULE_LINES, BODY_LINES, HANDLER_LINES = 500, 50, 15
HANDLER_DECORATORS = {"command", "callback", "get", "post", "put", "patch", "delete"}
COMPANIONS = {
    "markupsafe": "jinja2",
    "pydantic_core": "pydantic",
    "rich": "typer",
    "sqlalchemy": "sqlmodel",
    "starlette": "fastapi",
}
"""Libraries that are part of another one's interface."""

BANNED_NAMES = {"common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:home|root|Users|work|mnt)/\w")
LEFT_OPEN = re.compile(r"\b(?:TODO(?!\(#\d+\))|FIXME|XXX)\b|raise NotImplementedError")
SKIPPED_FOLDERS = {".git", ".venv", "__pycache__", "build", "dist", "out"}
BINARY = {".parquet", ".pdf", ".png", ".xlsx", ".otf", ".ttf", ".woff2", ".nbi", ".nbc", ".pyc"}


def python_files(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def text_files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.endswith("_cache") or part == ".hypothesis" for part in parts)
        if path.is_file() and not hidden and not SKIPPED_FOLDERS & set(parts) and path.suffix not in BINARY:
            yield path


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def is_handler(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    calls = (mark.func if isinstance(mark, ast.Call) else mark for mark in function.decorator_list)
    return any(isinstance(call, ast.Attribute) and call.attr in HANDLER_DECORATORS for call in calls)


def public_without_docstring(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    if ast.get_docstring(tree) is None:
        yield f"{shown(path)}: the module"
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if not node.name.startswith("_") and ast.get_docstring(node) is None:
            yield f"{shown(path)}:{node.lineno}: {node.name}"


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or ".").split(".")[0]


def test_data_flows_one_way_and_decisions_are_pure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The import contracts of pyproject.toml hold."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))

    status = lint_imports(config_filename="pyproject.toml", no_cache=True)

    assert status == 0, capsys.readouterr().out


def test_every_room_is_under_the_contracts_and_in_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]

    assert set(settings["importlinter"]["root_packages"]) == set(ROOMS)
    assert set(settings["hatch"]["build"]["targets"]["wheel"]["packages"]) == {*ROOMS, "policies"}
    assert {room for room in ROOMS if not (ROOT / room / "__init__.py").is_file()} == set()


def test_the_outsiders_verifier_needs_the_standard_library_only() -> None:
    foreign = {
        f"{shown(path)}: {name}"
        for path in python_files("verifier")
        for name in imported_modules(path)
        if name not in sys.stdlib_module_names
    }

    assert foreign == set()


def test_decisions_open_no_files() -> None:
    """Import contracts do not see the built-in `open`, nor methods of paths that were handed in."""
    opened = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files(*PURE)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("open", "input")
    ]

    assert opened == []


def test_modules_stay_under_500_lines() -> None:
    long = {
        shown(path): lines
        for path in python_files(*ROOMS, "tests", "benchmarks")
        if (lines := len(path.read_text("utf-8").splitlines())) > MODULE_LINES
    }

    assert long == {}


def test_function_bodies_stay_under_50_lines() -> None:
    long = {
        f"{shown(path)}:{function.lineno} {function.name}": lines
        for path in python_files(*ROOMS, "benchmarks")
        for function in functions(path)
        if (lines := body_lines(function)) > BODY_LINES
    }

    assert long == {}


def test_handlers_parse_call_one_use_case_and_render() -> None:
    """A command or a route longer than 15 lines decides something that belongs below the faces."""
    fat = {
        f"{shown(path)}:{function.lineno} {function.name}": lines
        for path in python_files("api")
        for function in functions(path)
        if is_handler(function) and (lines := body_lines(function)) > HANDLER_LINES
    }

    assert fat == {}


def test_every_public_name_says_what_it_answers() -> None:
    silent = [name for path in python_files(*ROOMS) for name in public_without_docstring(path)]

    assert silent == []


def test_init_modules_only_re_export_and_list_it_in_order() -> None:
    wrong = []
    for path in python_files(*ROOMS):
        if path.name != "__init__.py":
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, (ast.ImportFrom, ast.Import)) or _is_docstring(node):
                continue
            exports = _exports(node)
            if exports is None or exports != sorted(exports):
                wrong.append(f"{shown(path)}:{node.lineno}")

    assert wrong == []


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _exports(node: ast.stmt) -> list[str] | None:
    """The names of an `__all__ = [...]`; None for any other statement."""
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return None
    return [str(name) for name in ast.literal_eval(node.value)] if node.targets[0].id == "__all__" else None


def test_no_module_is_named_after_nothing_in_particular() -> None:
    named = [
        shown(path) for path in python_files(*ROOMS) if BANNED_NAMES & set(path.with_suffix("").parts[-2:])
    ]

    assert named == []


def test_nothing_is_left_open_in_the_source() -> None:
    found = [
        f"{shown(path)}:{number}"
        for path in python_files(*ROOMS, "benchmarks")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if LEFT_OPEN.search(line)
    ]

    assert found == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = [
        f"{shown(path)}:{number}"
        for path in text_files()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "build.txt"])
def test_requirements_are_locked_by_hash_and_name_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    packages = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]

    assert "://" not in text
    assert packages
    assert all("==" in line and line.endswith("\\") for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)


def test_every_library_that_is_imported_is_required_by_name() -> None:
    """One that only comes along with another would go away with it."""
    required = {
        re.split(r"[^a-z0-9-]", line)[0]
        for line in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    }
    imported = {
        name
        for path in python_files(*ROOMS)
        for name in imported_modules(path)
        if name not in {*ROOMS, "policies", *sys.stdlib_module_names}
    }

    assert {name for name in imported if not distributions(name) & required} == set()


def distributions(module: str) -> set[str]:
    """The packages on the index that bring a module."""
    if module in COMPANIONS:
        return {COMPANIONS[module]}
    return {owner.lower() for owner in packages_distributions().get(module, ())}


def test_what_running_needs_is_what_testing_needs_too() -> None:
    """Otherwise the tests would prove a different product from the one that is run."""
    run, dev = (
        {line for line in (ROOT / "requirements" / name).read_text("utf-8").splitlines() if "==" in line}
        for name in ("run.txt", "dev.txt")
    )

    assert run - dev == set()
