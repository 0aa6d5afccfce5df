"""Jobs as rows that a worker leases: who dies loses the lease, and the job is done again.

    queued -> running -> done | refused | failed        running -> queued: given back, or the lease ran out
    queued | running -> cancelled

Every call happens inside one writing transaction. Times are seconds, handed in. Only the holder of the
current lease can write, so a worker that was given up and comes back changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from storage.database import Database
from storage.service_tables import OVER, JobRow, ResultRow, Status
from values.canonical import canonical_json, digest_of
from values.problems import Problem, bad_input

ATTEMPTS = 3
"""How often a job may kill its worker before it is given up."""


@dataclass(frozen=True)
class Order:
    """What is asked for: `inputs` are the digests of all that the job reads."""

    round_id: str
    kind: str
    options: dict[str, object]
    inputs: dict[str, object]

    @property
    def request(self) -> str:
        """What a repeated submission must have in common; not the inputs, which may have moved on."""
        return digest_of({"round": self.round_id, "kind": self.kind, "options": self.options})


@dataclass(frozen=True)
class Finished:
    """How a job ended. `folder` and the digests are there only if it is done."""

    status: Status
    problems: str = "[]"
    folder: str = ""
    digest: str = ""
    result_digest: str = ""


def submit(session: Session, order: Order, *, key: str, job_id: str, now: int) -> tuple[JobRow, bool]:
    """The job of a key, and whether it is new. A repeated submission gets the job of the first one.

    Raises:
        BadInput: `service.key_reused` if the key came with another order before.
    """
    known = session.exec(select(JobRow).where(JobRow.key == key)).first()
    if known is not None:
        if known.request != order.request:
            raise bad_input("service.key_reused", key=key)
        return known, False
    job = JobRow(
        id=job_id,
        round_id=order.round_id,
        kind=order.kind,
        options=canonical_json(order.options).decode(),
        inputs=canonical_json(order.inputs).decode(),
        key=key,
        request=order.request,
        status="queued",
        submitted_at=now,
    )
    session.add(job)
    session.flush()
    return job, True


def find_job(session: Session, job_id: str) -> JobRow:
    """The job of an id.

    Raises:
        BadInput: `service.unknown_job`.
    """
    job = session.exec(select(JobRow).where(JobRow.id == job_id)).first()
    if job is None:
        raise bad_input("service.unknown_job", id=job_id)
    return job


def is_over(database: Database, job_id: str) -> bool:
    """Whether nothing can change a job any more. One that does not exist is over."""
    with database.reading() as session:
        job = session.exec(select(JobRow).where(JobRow.id == job_id)).first()
    return job is None or job.status in OVER


def jobs_of(session: Session, round_id: str) -> list[tuple[JobRow, ResultRow | None]]:
    """Every job of a round with its result, the oldest first."""
    both = select(JobRow, ResultRow).join(ResultRow, isouter=True)
    rows = session.exec(both.where(JobRow.round_id == round_id).order_by(col(JobRow.number)))
    return [(job, result) for job, result in rows]


def lease_next(session: Session, *, lease: str, now: int, seconds: int) -> JobRow | None:
    """Take the oldest job that waits or whose lease ran out; None if there is none.

    Each lease is an attempt; a job whose last attempt ran out as well becomes `failed`.
    """
    free = or_(JobRow.status == "queued", col(JobRow.leased_until) <= now)
    for job in session.exec(select(JobRow).where(free).order_by(col(JobRow.number))):
        if job.attempts >= ATTEMPTS:
            _end(job, "failed", problems_text([_exhausted(job)]), now)
            continue
        job.status, job.lease, job.leased_until = "running", lease, now + seconds
        job.attempts += 1
        job.stage, job.done, job.total = "", 0, 0
        job.started_at = now
        return job
    return None


def renew(session: Session, lease: str, *, now: int, seconds: int) -> bool:
    """Keep a lease for longer; False if it is lost (cancelled, or taken over by another worker)."""
    job = leased(session, lease)
    if job is not None:
        job.leased_until = now + seconds
    return job is not None


def report_progress(session: Session, lease: str, stage: str, done: int, total: int) -> bool:
    """Show how far a job is; False if the lease is lost."""
    job = leased(session, lease)
    if job is not None:
        job.stage, job.done, job.total = stage, done, total
    return job is not None


def finish(session: Session, lease: str, finished: Finished, *, now: int) -> bool:
    """End a job and keep its result, both or neither; False and nothing written if the lease is lost."""
    job = leased(session, lease)
    if job is None:
        return False
    _end(job, finished.status, finished.problems, now)
    if finished.status == "done":
        result = ResultRow(
            job_id=job.id,
            folder=finished.folder,
            digest=finished.digest,
            result_digest=finished.result_digest,
            made_at=now,
        )
        session.add(result)
    return True


def give_back(session: Session, lease: str, *, now: int, counts: bool) -> bool:
    """Let another worker have the job at once. `counts` says whether it was an attempt: a crash is one,
    an orderly stop of the service is none. False if the lease is lost."""
    job = leased(session, lease)
    if job is None:
        return False
    if counts and job.attempts >= ATTEMPTS:
        _end(job, "failed", problems_text([_exhausted(job)]), now)
        return True
    job.status, job.lease, job.leased_until = "queued", None, None
    job.attempts -= 0 if counts else 1
    return True


def cancel(session: Session, job_id: str, *, now: int) -> JobRow:
    """End a job that is not over; its worker notices that the lease is lost and stops.

    Raises:
        BadInput: `service.unknown_job`, `service.job_over`.
    """
    job = find_job(session, job_id)
    if job.status in OVER:
        raise bad_input("service.job_over", id=job_id, status=job.status)
    _end(job, "cancelled", "[]", now)
    return job


def leased(session: Session, lease: str) -> JobRow | None:
    """The job that a lease holds, if it still does."""
    return session.exec(select(JobRow).where(JobRow.lease == lease)).first()


def problems_text(problems: Iterable[Problem]) -> str:
    """Problems as the column `problems` keeps them."""
    return canonical_json(
        [
            {"code": item.code, "params": dict(item.params), "place": vars(item.place)}
            for item in dict.fromkeys(problems)
        ]
    ).decode()


def _exhausted(job: JobRow) -> Problem:
    return Problem.of("service.attempts_exhausted", attempts=job.attempts)


def _end(job: JobRow, status: Status, problems: str, now: int) -> None:
    job.status, job.problems, job.finished_at = status, problems, now
    job.lease, job.leased_until = None, None
