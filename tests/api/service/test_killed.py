"""A job whose process is killed leaves the database as it was, and is done again."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from api.service.worker import LEASE_SECONDS, Worker
from api.service.working import now_in_seconds, perform
from storage.bundles import read_record
from storage.jobs import lease_next
from storage.leavings import sweep
from storage.registrations import Registry
from tests.api.commands import ROOT
from tests.api.service.office import NOW, Office

CHILD = """
import sys
from pathlib import Path

from api.service.working import perform
from storage.contents import Depot
from storage.database import open_database
from storage.registrations import Registry


def observe(stage, done, total):
    if stage == sys.argv[4]:
        print(stage, flush=True)
        sys.stdin.read()


perform(Registry(open_database(sys.argv[1]), Depot(Path(sys.argv[2]))), sys.argv[3], now=int, observe=observe)
"""
"""A worker's process that says when it has come to a stage, and then waits to be killed."""


def rows(registry: Registry) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database, but how far a job is."""
    with registry.database.reading() as session:
        return {
            name: [
                tuple(value for key, value in row._mapping.items() if key not in ("stage", "done", "total"))
                for row in session.connection().execute(table.select())
            ]
            for name, table in SQLModel.metadata.tables.items()
        }


def killed_at(stage: str, registry: Registry, lease: str) -> None:
    """Do a job in a process of its own that is killed when it comes to a stage."""
    url = str(registry.database.engine.url)
    command = [sys.executable, "-c", CHILD, url, str(registry.depot.folder), lease, stage]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == f"{stage}\n"
        child.kill()
    assert child.returncode == -9


@pytest.mark.parametrize("stage", ["read", "finish"])
def test_a_job_that_is_killed_in_the_middle_is_done_again(
    stage: str, office: Office, city: Path, results: Path
) -> None:
    """At its beginning, or when all files are written and only the row is lacking: nothing of it counts.
    When the lease has run out another worker does the job, and the result is that of `jifen run`."""
    registry = office.registry
    job_id = office.submit(office.round(city)).json()["id"]
    with registry.database.writing() as session:
        lease_next(session, lease="killed", now=NOW, seconds=60)
    before = rows(registry)

    killed_at(stage, registry, "killed")

    assert rows(registry) == before
    assert office.get(f"/jobs/{job_id}").json()["result"] is None
    assert (registry.depot.results / "killed").exists() == (stage == "finish")
    with registry.database.writing() as session:
        assert lease_next(session, lease="early", now=NOW + 59, seconds=60) is None
        assert lease_next(session, lease="again", now=NOW + 60, seconds=60) is not None
    assert perform(registry, "again", now=lambda: NOW + 61)

    job = office.get(f"/jobs/{job_id}").json()
    assert (job["status"], job["attempts"]) == ("done", 2)
    assert job["result"]["result_digest"] == read_record(results / "public")["result_digest"]
    sweep(registry, now=NOW)
    folder = registry.depot.folder
    assert [path.name for path in registry.depot.results.iterdir()] == ["again"]
    assert not list((folder / "work").iterdir())
    assert not perform(registry, "killed", now=lambda: NOW + 62)  # the first one, had it only been slow


def test_the_worker_begins_again_what_a_killed_service_left(
    office: Office, city: Path, results: Path
) -> None:
    """A service that was killed with a job in the middle: the next one finds the lease run out."""
    job_id = office.submit(office.round(city), kind="score").json()["id"]
    long_ago = now_in_seconds() - 10 * LEASE_SECONDS
    with office.registry.database.writing() as session:
        lease_next(session, lease="dead", now=long_ago, seconds=LEASE_SECONDS)
    (office.registry.depot.results / "dead").mkdir(parents=True)
    worker = Worker(office.registry, now_in_seconds)

    worker.start()
    worker.wait_until(lambda: status(office, job_id) == "done", 60)
    worker.stop()

    assert status(office, job_id) == "done"
    assert office.get(f"/jobs/{job_id}").json()["attempts"] == 2
    assert not (office.registry.depot.results / "dead").exists()


def test_a_worker_that_is_stopped_gives_its_job_back(office: Office, city: Path) -> None:
    """At once, not when the lease runs out; and the stop is no failed attempt."""
    job_id = office.submit(office.round(city)).json()["id"]
    worker = Worker(office.registry, now_in_seconds)

    worker.start()
    worker.wait_until(lambda: status(office, job_id) == "running", 60)
    worker.stop()

    job = office.get(f"/jobs/{job_id}").json()
    assert (job["status"], job["attempts"]) == ("queued", 0)
    assert not worker.is_alive()
    assert not [thread for thread in threading.enumerate() if thread.name == "worker"]


@pytest.mark.slow
def test_a_job_whose_process_crashes_every_time_is_given_up(office: Office, city: Path) -> None:
    """With a reason; a job that nobody can do must not keep the others waiting for ever."""
    round_id = office.round(city)
    job = office.submit(round_id, kind="score").json()
    content = office.registry.depot.content(job["inputs"]["candidates.csv"])
    content.unlink()  # a damaged disk: no input of anybody's
    worker = Worker(office.registry, now_in_seconds)

    worker.start()
    worker.wait_until(lambda: status(office, job["id"]) == "failed", 60)
    worker.stop()

    known = office.get(f"/jobs/{job['id']}").json()
    assert (known["status"], known["attempts"]) == ("failed", 3)
    assert [problem["code"] for problem in known["problems"]] == ["service.attempts_exhausted"]


def test_a_job_that_is_cancelled_in_the_middle_makes_room_for_the_next(office: Office, city: Path) -> None:
    """Its process ends, and its files are gone."""
    round_id = office.round(city)
    first = office.submit(round_id).json()["id"]
    worker = Worker(office.registry, now_in_seconds)
    worker.start()
    worker.wait_until(lambda: status(office, first) == "running", 60)

    office.post(f"/jobs/{first}/cancel")
    second = office.submit(round_id, "second", kind="score").json()["id"]
    worker.wait_until(lambda: status(office, second) == "done", 60)
    worker.stop()

    assert (status(office, first), status(office, second)) == ("cancelled", "done")
    assert len(list(office.registry.depot.results.iterdir())) == 1
    assert not list((office.registry.depot.folder / "work").iterdir())


def status(office: Office, job_id: str) -> str:
    return str(office.get(f"/jobs/{job_id}").json()["status"])
