"""The thread of the service that has jobs done, one after another, each in a process of its own.

A process, not a thread: a job that runs out of memory or crashes takes nothing with it, one that is
cancelled can be stopped, and the service answers while the engine computes.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from api.service.working import Clock, work
from storage.jobs import give_back, lease_next, renew
from storage.leavings import sweep
from storage.registrations import Registry

LEASE_SECONDS = 60
"""How long a job waits for another worker after the whole service was killed."""

LOOK_SECONDS = 1.0
"""How often the queue is looked at and the lease of a running job renewed."""


@dataclass
class Worker:
    """Takes jobs from the queue until it is stopped."""

    registry: Registry
    now: Clock
    changed: threading.Condition = field(default_factory=threading.Condition)
    """Told whenever a job was begun or left."""

    _ends: tuple[Connection, Connection] = field(default_factory=Pipe)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; what killed workers left behind is cleared away first."""
        sweep(self.registry, now=self.now())
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether jobs are being done."""
        return self._thread is not None and self._thread.is_alive()

    def wake(self) -> None:
        """There may be something to do, or to stop."""
        with self.changed:
            if self.is_alive():  # else nobody would ever take the message out
                self._ends[1].send_bytes(b"\0")

    def wait_until(self, settled: Callable[[], bool], seconds: float) -> None:
        """Wait, no longer than so many seconds, for jobs to have come to what `settled` says."""
        with self.changed:
            self.changed.wait_for(settled, seconds)

    def stop(self) -> None:
        """Stop at once. A job in the middle goes back to the queue, and that was no attempt."""
        self._stopping.set()
        self.wake()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            lease = secrets.token_hex(16)
            with self.registry.database.writing() as session:
                job = lease_next(session, lease=lease, now=self.now(), seconds=LEASE_SECONDS)
            if job is None:
                self._rest()
            else:
                self._tell()
                self._have_done(lease)
                self._tell()

    def _have_done(self, lease: str) -> None:
        """Start the process, keep its lease, and give the job back if it ends without having finished."""
        url = self.registry.database.engine.url.render_as_string(hide_password=False)
        process = get_context("spawn").Process(
            target=work, args=(url, self.registry.depot.folder, lease), name=f"job {lease}"
        )
        process.start()
        while process.is_alive() and not self._stopping.is_set() and self._renewed(lease):
            self._rest(process.sentinel)
        _end(process)
        with self.registry.database.writing() as session:
            give_back(session, lease, now=self.now(), counts=not self._stopping.is_set())
        sweep(self.registry, now=self.now())

    def _tell(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def _renewed(self, lease: str) -> bool:
        with self.registry.database.writing() as session:
            return renew(session, lease, now=self.now(), seconds=LEASE_SECONDS)

    def _rest(self, *sentinels: int) -> None:
        """Until something happens, or it is time to look."""
        mailbox = self._ends[0]
        if mailbox in wait([mailbox, *sentinels], LOOK_SECONDS):
            mailbox.recv_bytes()


def _end(process: BaseProcess) -> None:
    """End a job's process and all that it started. There is nothing to tidy: a result is a row or nothing."""
    assert process.pid is not None
    process.kill()
    with suppress(ProcessLookupError):  # it ended before it could lead its group, or nobody of it is left
        os.killpg(process.pid, signal.SIGKILL)
    process.join()
