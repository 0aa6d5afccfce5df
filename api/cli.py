"""The command `jifen`: one module a command below `api/commands`; what a command needs it imports itself."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from api.commands.accounts import accounts
from api.commands.allocate import allocate
from api.commands.demo import demo
from api.commands.explain import explain
from api.commands.letter import letter
from api.commands.months import months
from api.commands.policy import policy
from api.commands.replay import replay
from api.commands.residence import residence
from api.commands.run import run
from api.commands.score import score
from api.commands.serve import serve
from api.commands.simulate import simulate
from api.commands.verify import verify
from api.console import report_usage

UNPRINTABLE = "backslashreplace"


class Program(TyperGroup):
    """The commands; wrong usage is told as JSON too where JSON was asked for."""

    def main(self, args: Sequence[str] | None = None, *arguments: Any, **options: Any) -> NoReturn:
        """Run a command and leave with its exit status."""
        given = sys.argv[1:] if args is None else list(args)
        options["standalone_mode"] = False
        try:
            sys.exit(super().main(given, *arguments, **options) or 0)
        except typer.TyperException as error:
            sys.exit(report_usage(error, as_json="--json" in given))


app = typer.Typer(cls=Program, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(policy, name="policy")
app.add_typer(accounts, name="accounts")
for command in (
    demo,
    run,
    score,
    explain,
    letter,
    allocate,
    residence,
    months,
    simulate,
    verify,
    replay,
    serve,
):
    app.command()(command)


@app.callback()
def describe() -> None:
    """Jifen (积分): allocate public services by points, exactly as a policy says.

    Results go to standard output, messages to standard error.

    Exit status: 0 done, 1 the answer is "no", 2 wrong usage or bad input.
    """


def main() -> None:
    """Entry point of the console script. Results are UTF-8 whatever the terminal says."""
    signal.signal(signal.SIGTERM, _stop)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=stream.encoding if stream.isatty() else "utf-8", errors=UNPRINTABLE)
    app()


def _stop(number: int, _frame: object) -> NoReturn:
    """Leave as on ctrl-C, so that nothing half-written stays."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
