"""A run that is stopped leaves nothing half-written; a reader that has read enough is no error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.api.commands import completed, fresh
from tests.scenarios.cities import ROOT

SHELL = "from api.cli import main; main()"

# The command as it is, but before its second file it says so, and waits for standard input to end.
HALTING = """
import signal
import sys
from itertools import count
from storage import folders

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in the background

written, write = count(1), folders._write_new

def halting(path, content):
    if next(written) == 2:
        print("writing", flush=True)
        sys.stdin.read()
    write(path, content)

folders._write_new = halting
from api.cli import main
main()
"""


@contextmanager
def started(program: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def stopped_while_writing(number: signal.Signals, city: Path, out: Path) -> tuple[int, bytes]:
    """Exit status and messages of `jifen run` that gets the signal between its first file and its last."""
    with started(HALTING, "run", city, "--out", out, "--no-pdf", "--replace") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n", process.communicate()
        process.send_signal(number)
        _, messages = process.communicate()
        return process.returncode, messages


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)],
    ids=["ctrl-C", "terminate", "kill"],
)
def test_a_run_stopped_while_writing_leaves_the_old_results_and_can_be_run_again(
    number: signal.Signals, status: int, city: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old.txt").write_text("old")

    returned, messages = stopped_while_writing(number, city, out)

    assert returned == status
    assert b"Traceback" not in messages
    assert [path.name for path in out.iterdir()] == ["old.txt"]
    if number != signal.SIGKILL:  # who is killed cannot clean up: a hidden folder beside the target stays
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
    completed("run", city, "--out", out, "--no-pdf", "--replace")
    assert not (out / "old.txt").exists()
    completed("verify", out / "audit")


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["text", "JSON"])
def test_a_reader_that_closes_the_pipe_early_is_no_error(arguments: tuple[str, ...], city: Path) -> None:
    with started(SHELL, "score", "zhongshan/points", city, *arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_a_run_that_nobody_listens_to_is_decided_all_the_same(city: Path, tmp_path: Path) -> None:
    with started(SHELL, "run", city, "--out", tmp_path / "out", "--no-pdf") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait()) == (b"", 0)

    assert fresh("verify", tmp_path / "out" / "audit").status == 0
