"""Which result the applicants of a round see."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from api.service.account_models import ReleaseOut, ReleaseRequest
from api.service.described import problems
from api.service.guard import GuardedRoute
from api.service.models import EXAMPLE_JOB, moment
from api.service.permissions import requires
from api.service.requests import Serving
from api.service.rounds import RoundId
from storage import registrations, releases
from values.problems import bad_input

router = APIRouter(prefix="/v1/rounds/{round_id}/release", tags=["rounds"], route_class=GuardedRoute)
JOB = Body(examples=[{"job": EXAMPLE_JOB}])


@router.get("", responses=problems(404, 422))
@requires("results")
def get_release(round_id: RoundId, service: Serving) -> ReleaseOut:
    """The job whose result the applicants see."""
    registrations.find_round(service.registry, round_id)
    with service.registry.database.reading() as session:
        row = releases.newest_release(session, round_id)
    if row is None or row.job_id is None:
        raise bad_input("service.nothing_released")
    return ReleaseOut(job=row.job_id, released_at=moment(row.at))


@router.put("", responses=problems(400, 404, 413, 422))
@requires("submit")
def release_result(round_id: RoundId, given: Annotated[ReleaseRequest, JOB], service: Serving) -> ReleaseOut:
    """Let every applicant of the round see their own part of a job's result, in place of an earlier one's."""
    registrations.find_round(service.registry, round_id)
    with service.registry.database.writing() as session:
        releases.release(session, round_id, given.job, now=service.now())
    return get_release(round_id, service)


@router.delete("", status_code=204, responses=problems(404, 422))
@requires("submit")
def withdraw_release(round_id: RoundId, service: Serving) -> None:
    """Let the applicants of the round see nothing until another result is released."""
    registrations.find_round(service.registry, round_id)
    with service.registry.database.writing() as session:
        releases.withdraw_release(session, round_id, now=service.now())
