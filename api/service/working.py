"""One leased job, from its frozen inputs to its result. Runs in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path

from api.service.kinds import KINDS
from storage.contents import Depot
from storage.database import open_database
from storage.jobs import Finished, finish, leased, problems_text, report_progress
from storage.registrations import Registry, round_folder
from storage.service_tables import JobRow
from values.problems import JifenError
from values.progress import Progress, no_progress

Clock = Callable[[], int]
REPORT_SECONDS = 0.5
"""A stage's steps are shown no more often than this; its beginning and end always are."""

DISK_TROUBLE = "storage.cannot_write"
"""No fault of the input: the process ends with it, and the job is tried again."""


class LeaseLost(Exception):
    """The job was cancelled or given to another worker: what this one does counts no more."""


def now_in_seconds() -> int:
    """Whole seconds since 1970."""
    return int(time.time())


def work(url: str, folder: Path, lease: str) -> None:
    """The process: do the job of a lease, and end with the process that began it.

    It leads a group, so that what it starts itself, for typesetting, can be ended with it. Ctrl-C at a
    terminal does not reach the group: that is for the service to answer.
    """
    os.setsid()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    registry = Registry(open_database(url), Depot(folder))
    perform(registry, lease, now=now_in_seconds)


def perform(registry: Registry, lease: str, *, now: Clock, observe: Progress = no_progress) -> bool:
    """Do the job of a lease and keep what came of it; False if the lease was lost.

    The result is one transaction at the end. Whoever is killed before it leaves a folder that no row
    names, and a lease that runs out.
    """
    with registry.database.reading() as session:
        job = leased(session, lease)
    if job is None:
        return False
    target, report = registry.depot.results / lease, _Report(registry, lease, observe)
    try:
        finished = _finished(registry, job, target, report)
        report("finish", 0, 1)
        with registry.database.writing() as session:
            kept = finish(session, lease, finished, now=now())
    except LeaseLost:
        kept = False
    if not kept:
        shutil.rmtree(target, ignore_errors=True)
    return kept


def _finished(registry: Registry, job: JobRow, target: Path, progress: Progress) -> Finished:
    progress("read", 0, 1)
    try:
        with round_folder(registry.depot, json.loads(job.inputs), target.name) as folder:
            made = KINDS[job.kind](folder, target, json.loads(job.options), progress)
    except JifenError as error:
        if any(problem.code == DISK_TROUBLE for problem in error.problems):
            raise
        return Finished("refused", problems_text(error.problems))
    return Finished("done", folder=target.name, digest=made.digest, result_digest=made.result_digest)


@dataclass
class _Report:
    """Progress to the job's row and to an observer."""

    registry: Registry
    lease: str
    observe: Progress
    stage: str = ""
    last: float = field(default_factory=time.monotonic)

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.observe(stage, done, total)
        soon = time.monotonic() - self.last < REPORT_SECONDS
        if stage == self.stage and soon and done < total:
            return
        self.stage, self.last = stage, time.monotonic()
        with self.registry.database.writing() as session:
            kept = report_progress(session, self.lease, stage, done, total)
        if not kept:
            raise LeaseLost


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)
