"""Jobs: submit, watch, cancel."""

from __future__ import annotations

import json
import secrets
from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Response
from fastapi import Path as InPath

from api.service.described import again, problems
from api.service.guard import GuardedRoute
from api.service.models import EXAMPLE_JOB, JobOut, JobRequest, moment
from api.service.permissions import requires
from api.service.problems import Language, kept_problems, problem_entries
from api.service.requests import Serving
from api.service.rounds import RoundId
from publication.messages import Lang
from storage import jobs, registrations
from storage.service_tables import JobRow, ResultRow

router = APIRouter(route_class=GuardedRoute, prefix="/v1", tags=["jobs"])
JobId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", examples=[EXAMPLE_JOB])]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="Your own word for this job. The same request with it again gives the same job.",
    ),
]
Wait = Annotated[int, Query(ge=0, le=30, description="Answer when the job is over, or after these seconds.")]


@router.post(
    "/rounds/{round_id}/jobs",
    status_code=202,
    responses=problems(400, 404, 413, 422, also=again(JobOut)),
)
@requires("submit")
def submit_job(
    round_id: RoundId,
    request: Annotated[JobRequest, Body(examples=[{"kind": "allocate", "pdf": False}])],
    key: Key,
    response: Response,
    service: Serving,
    lang: Language,
) -> JobOut:
    """Have a round scored, allocated or simulated under other rules, with the tables it has now."""
    options = request.model_dump(exclude={"kind"})
    given = registrations.find_round(service.registry, round_id)
    order = jobs.Order(round_id, request.kind, options, dict(given.inputs))
    with service.registry.database.writing() as session:
        new_id = secrets.token_hex(16)
        job, new = jobs.submit(session, order, key=key, job_id=new_id, now=service.now())
    service.wake()
    response.status_code = 202 if new else 200
    response.headers["Location"] = f"{router.prefix}/jobs/{job.id}"
    return get_job(job.id, service, lang)


@router.get("/rounds/{round_id}/jobs", responses=problems(404, 422))
@requires("results")
def list_jobs(round_id: RoundId, service: Serving, lang: Language) -> list[JobOut]:
    """Every job of a round, the oldest first."""
    registrations.find_round(service.registry, round_id)
    with service.registry.database.reading() as session:
        return [_job(job, result, lang) for job, result in jobs.jobs_of(session, round_id)]


@router.get("/jobs/{job_id}", responses=problems(404, 422))
@requires("results")
def get_job(job_id: JobId, service: Serving, lang: Language, wait: Wait = 0) -> JobOut:
    """One job: its state, how far it is, what is wrong, what came of it."""
    if wait and service.worker is not None:
        service.worker.wait_until(lambda: jobs.is_over(service.registry.database, job_id), wait)
    with service.registry.database.reading() as session:
        job = jobs.find_job(session, job_id)
        return _job(job, session.get(ResultRow, job_id), lang)


@router.post("/jobs/{job_id}/cancel", responses=problems(404, 409, 422))
@requires("submit")
def cancel_job(job_id: JobId, service: Serving, lang: Language) -> JobOut:
    """End a job that is waiting or running. It leaves nothing behind."""
    with service.registry.database.writing() as session:
        job = jobs.cancel(session, job_id, now=service.now())
    service.wake()
    return _job(job, None, lang)


def _job(job: JobRow, result: ResultRow | None, lang: Lang) -> JobOut:
    made = result and {
        "digest": result.digest or None,
        "result_digest": result.result_digest,
        "made_at": moment(result.made_at),
    }
    times = {name: getattr(job, name) for name in ("submitted_at", "started_at", "finished_at")}
    return JobOut.model_validate(
        {
            "id": job.id,
            "round": job.round_id,
            "kind": job.kind,
            "options": json.loads(job.options),
            "status": job.status,
            "attempts": job.attempts,
            "progress": {"stage": job.stage, "done": job.done, "total": job.total},
            "problems": problem_entries(kept_problems(job.problems), lang),
            "inputs": json.loads(job.inputs),
            "result": made,
        }
        | {name: None if at is None else moment(at) for name, at in times.items()}
    )
