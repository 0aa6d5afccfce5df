"""What every command shares: results on standard output, everything else on standard error."""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer

from publication.messages import LANGUAGES, Lang, problem_line
from values.problems import JifenError, Place, Problem
from values.progress import Progress, no_progress

P = ParamSpec("P")


def _known_language(lang: str | None) -> str | None:
    if lang not in (None, *LANGUAGES):
        raise typer.BadParameter("choose zh or en")
    return lang


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Language = Annotated[
    str | None,
    typer.Option(
        "--lang",
        help="Language of messages; default the terminal's.",
        metavar="zh|en",
        callback=_known_language,
    ),
]


def default_language() -> Lang:
    """Chinese where the terminal is Chinese, else English. Results never depend on it."""
    spoken = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh" if spoken.startswith("zh") else "en"


def chosen_language(lang: str | None) -> Lang:
    """The language asked for, or the terminal's."""
    return default_language() if lang is None else "zh" if lang == "zh" else "en"


def face(command: Callable[P, None]) -> Callable[P, None]:
    """A command whose refusals become listed problems and an exit status, never a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        lang = kwargs.get("lang")
        chosen = chosen_language(lang if isinstance(lang, str) else None)
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            _hush()
        except JifenError as error:
            report(error.problems, lang=chosen, as_json=bool(kwargs.get("as_json")))
            raise typer.Exit(error.exit_status) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if os.environ.get("JIFEN_DEBUG") and not isinstance(error, OSError):
                raise
            problem = _refusal(error) if isinstance(error, OSError) else _defect(error)
            report((problem,), lang=chosen, as_json=bool(kwargs.get("as_json")))
            raise typer.Exit(JifenError.exit_status) from None

    return run


def _hush() -> None:
    """Whoever reads has read enough, as `head` does: that is no error. The rest goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refusal(error: OSError) -> Problem:
    """What the system refuses: a name too long, a disk gone."""
    return Problem.of("console.system", Place(file=str(error.filename or "")), reason=error.strerror or error)


def _defect(error: Exception) -> Problem:
    """An error that nobody foresaw, with the place in the program; JIFEN_DEBUG=1 shows all of it."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return Problem.of("console.defect", what=type(error).__name__, detail=error, where=where)


def report(problems: tuple[Problem, ...], *, lang: Lang, as_json: bool) -> None:
    """List every problem once: as sentences on standard error, or as one JSON document."""
    problems = tuple(dict.fromkeys(problems))
    if as_json:
        print_json({"format": "problems/1", "problems": [problem_document(problem) for problem in problems]})
    for problem in problems:
        say(problem_line(problem, lang))


def report_usage(error: typer.TyperException, *, as_json: bool) -> int:
    """Say what is wrong with the command line itself; the exit status."""
    from typer.rich_utils import rich_format_error

    if as_json:
        problem = Problem.of("console.usage", reason=error.format_message().rstrip("."))
        print_json({"format": "problems/1", "problems": [problem_document(problem)]})
    rich_format_error(error)  # type: ignore[arg-type]
    return error.exit_code


def problem_document(problem: Problem) -> dict[str, object]:
    """A problem as JSON: code, figures, place, and its sentence in both languages."""
    place = {name: value for name, value in vars(problem.place).items() if value}
    sentences = {lang: problem_line(problem, lang) for lang in ("zh", "en")}
    return {"code": problem.code, "params": dict(problem.params), "place": place, "text": sentences}


def say(text: str) -> None:
    """A message for the person at the terminal."""
    print(text, file=sys.stderr)  # noqa: T201 - a face


def show(text: str) -> None:
    """A result."""
    print(text)  # noqa: T201 - a face


def print_json(document: dict[str, Any]) -> None:
    """The one machine-readable document of a command."""
    show(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[Progress]:
    """Progress bars on standard error, one a stage; nothing when quiet or not at a terminal."""
    if quiet or not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show_step(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show_step
