"""`jifen serve` as a process of its own, on the loopback address."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.service.worker import LEASE_SECONDS
from api.service.working import now_in_seconds, perform
from storage.bundles import read_record
from storage.jobs import find_job, lease_next
from storage.registrations import open_registry
from storage.service_tables import ResultRow
from tests.api.commands import ROOT, copied, jifen
from tests.api.service.office import PACK, YAML
from tests.documents import Fence, fences

PAGE = ROOT / "docs" / "service.md"
SECONDS = 120
"""For a process that hangs; none is waited for as long as this."""


@dataclass(frozen=True)
class Running:
    """A service's process and its address."""

    process: subprocess.Popen[str]
    url: str

    def ended(self, told: signal.Signals) -> tuple[int, str]:
        """Exit status and standard error after a signal; all of its processes have ended by then, since
        each of them holds standard error open."""
        self.process.send_signal(told)
        _, said = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, said


@contextmanager
def serving(data: Path, *more: str) -> Iterator[Running]:
    """A service on a free port, ended at last."""
    command = [sys.executable, "-c", "from api.cli import main; main()"]
    options = ["serve", "--port", "0", "--lang", "en", *more]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "JIFEN_DATA": str(data)}
    with subprocess.Popen(
        [*command, *options, "--json"],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = "".join(itertools.takewhile("}\n".__ne__, iter(process.stdout.readline, "")))
            yield Running(process, json.loads(said + "}")["url"])
        finally:
            process.kill()


def submitted(url: str, city: Path, *, pdf: bool = False) -> str:
    """The id of a job on a round that was just registered."""
    with httpx2.Client(base_url=f"{url}/v1") as client:
        policy = client.post("/policies", content=PACK.read_bytes(), headers=YAML).json()["id"]
        settings = (city / "round.yaml").read_bytes()
        registered = client.post("/rounds", content=settings, headers=YAML, params={"policy": policy})
        path = f"/rounds/{registered.json()['id']}"
        files = [("files", (table.name, table.read_bytes())) for table in sorted(city.glob("*.csv"))]
        client.post(f"{path}/tables", files=files).raise_for_status()
        job = client.post(
            f"{path}/jobs", json={"kind": "allocate", "pdf": pdf}, headers={"Idempotency-Key": "k"}
        )
        return str(job.json()["id"])


def test_the_walk_through_of_the_page_does_what_it_says(city: Path, tmp_path: Path) -> None:
    """Typed into a shell, with curl, against a service that was just started."""
    shell, curl = shutil.which("bash"), shutil.which("curl")
    if not (shell and curl):
        pytest.skip("needs bash and curl")
    for name in ("policies", "verifier"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "out" / "demo" / "zhongshan-2015-school").mkdir(parents=True)
    copied(city, tmp_path / "out" / "demo" / "zhongshan-2015-school" / "input")
    with serving(tmp_path / "data") as running:
        walk(fences(PAGE, "console", "curl"), tmp_path, running.url, shell)

    assert "公示" in (tmp_path / "notice.html").read_text("utf-8")


def walk(blocks: list[Fence], folder: Path, url: str, shell: str) -> None:
    """Type the commands of blocks into a shell; each must succeed and print what stands below it."""
    text = "".join(fence.text for fence in blocks)
    parts = [part.partition("\n")[::2] for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]]
    lines = [line.replace("http://127.0.0.1:8470", url) for line, _ in parts]
    script = "set -o pipefail\n" + "\n".join(f"{line}\necho; echo '--- '$?" for line in lines)
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "JIFEN_DATA": str(folder / "data")}
    settings["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        [shell, "-c", script],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    outputs = re.split(r"^--- (\d+)\n", done.stdout, flags=re.MULTILINE)
    assert done.stderr == ""
    assert set(outputs[1::2]) == {"0"}
    for (command, expected), given in zip(parts, outputs[::2], strict=False):
        wanted = [line for line in expected.strip().split("\n") if line]
        pattern = "".join(
            r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in wanted
        )
        assert re.fullmatch(pattern, given.strip() + "\n" if wanted else ""), f"$ {command}\n{given}"


def test_the_page_signs_in_as_it_says(tmp_path: Path) -> None:
    """Accounts at the console, then sign-in with curl."""
    shell, curl = shutil.which("bash"), shutil.which("curl")
    if not (shell and curl):
        pytest.skip("needs bash and curl")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "jifen"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from api.cli import main; main()" "$@"\n')
    program.chmod(0o755)

    walk(fences(PAGE, "console", "accounts"), tmp_path, "", shell)
    with serving(tmp_path / "data", "--sign-in", "required") as running:
        walk(fences(PAGE, "console", "sign-in"), tmp_path, running.url, shell)


def test_another_address_than_loopback_is_refused_without_sign_in(tmp_path: Path) -> None:
    """Before anything is made."""
    ran = jifen("serve", "--data", tmp_path / "data", "--host", "0.0.0.0", "--port", "0", "--lang", "en")

    assert ran.status == 2
    assert "--sign-in required" in ran.err
    assert not (tmp_path / "data").exists()


def test_a_service_that_nobody_can_sign_in_to_says_so(tmp_path: Path) -> None:
    """And one that others can reach, that it does not encrypt."""
    with serving(tmp_path, "--sign-in", "required", "--host", "0.0.0.0") as running:
        port = running.url.rpartition(":")[2]
        answer = httpx2.get(f"http://127.0.0.1:{port}/v1/rounds")
        _, said = running.ended(signal.SIGTERM)

    assert answer.status_code == 401
    assert "there is no administrator" in said
    assert "does not encrypt" in said


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_told_to_stop_stops_in_order(
    told: signal.Signals, city: Path, tmp_path: Path
) -> None:
    """With a job in the queue or in the middle: it goes back, and nothing is said."""
    with serving(tmp_path) as running:
        job_id = submitted(running.url, city)

        assert running.ended(told) == (0, "")

    with open_registry(tmp_path, None).database.reading() as session:
        job = find_job(session, job_id)
        assert (job.status, job.attempts) in {("queued", 0), ("done", 1)}


def test_a_job_ends_with_the_service_that_is_killed_and_is_done_by_the_next(
    city: Path, results: Path, tmp_path: Path
) -> None:
    """Killed while the job has processes of its own typeset notices: none of them lives on."""
    with serving(tmp_path) as running:
        job_id = submitted(running.url, city, pdf=True)
        while stage(running.url, job_id) not in ("notice", "finish"):
            pass
        assert running.ended(signal.SIGKILL)[0] == -signal.SIGKILL

    registry, later = open_registry(tmp_path, None), now_in_seconds() + LEASE_SECONDS
    with registry.database.writing() as session:
        found = lease_next(session, lease="next", now=later, seconds=LEASE_SECONDS)
    assert found is None or perform(registry, "next", now=lambda: later)  # None if it was that quick

    with registry.database.reading() as session:
        result = session.get(ResultRow, job_id)
        assert result is not None
        assert result.result_digest == read_record(results / "public")["result_digest"]
        assert find_job(session, job_id).attempts == (1 if found is None else 2)


def stage(url: str, job_id: str) -> str:
    """The stage that a job has come to."""
    known: dict[str, Any] = httpx2.get(f"{url}/v1/jobs/{job_id}").json()
    return str(known["progress"]["stage"])


def test_a_port_that_is_taken_is_told_as_a_problem(tmp_path: Path) -> None:
    with serving(tmp_path / "first") as running:
        port = running.url.rpartition(":")[2]

        ran = jifen("serve", "--data", tmp_path / "second", "--port", port, "--lang", "en")

    assert ran.status == 2
    assert "address" in ran.err.lower()


def test_what_is_kept_is_for_the_services_own_account_alone(tmp_path: Path) -> None:
    """Facts about people lie there."""
    open_registry(tmp_path / "data", None)

    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_database_of_another_kind_is_refused_at_the_start(tmp_path: Path) -> None:
    ran = jifen("serve", "--data", tmp_path, "--database", "postgresql://there/jifen", "--lang", "en")

    assert ran.status == 2
    assert "sqlite:///" in ran.err
