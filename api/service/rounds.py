"""Rounds: register settings for a policy, upload tables."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi import Path as InPath

from api.service.described import again, problems
from api.service.guard import GuardedRoute
from api.service.models import DIGEST, EXAMPLE_ID, RoundOut, RoundSummary, moment
from api.service.permissions import requires
from api.service.requests import TABLES, YAML, Serving, TableBody, TableFiles, TableName, YamlBody, body_of
from storage import registrations
from storage.registrations import GivenRound
from storage.service_tables import RoundRow, TableRow

router = APIRouter(route_class=GuardedRoute, prefix="/v1/rounds", tags=["rounds"])
RoundId = Annotated[str, InPath(pattern=DIGEST, examples=[EXAMPLE_ID])]
PolicyOfRound = Annotated[str, Query(pattern=DIGEST, description="Id of a registered policy.")]
SETTINGS = "format: round/1\nid: example-2026\n…"


@router.get("")
@requires("rules")
def list_rounds(service: Serving) -> list[RoundSummary]:
    """Every registered round."""
    return [RoundSummary.model_validate(_summary(row)) for row in registrations.list_rounds(service.registry)]


@router.post(
    "",
    status_code=201,
    response_model=RoundOut,
    responses=problems(400, 404, 413, 415, 422, also=again(RoundOut)),
    openapi_extra=body_of(*YAML[:1], example=SETTINGS),
)
@requires("submit")
def register_round(body: YamlBody, policy: PolicyOfRound, response: Response, service: Serving) -> RoundOut:
    """Check the settings (`round.yaml`) of a round and register it. The same round is registered once."""
    given, new = registrations.register_round(service.registry, policy, body, now=service.now())
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"{router.prefix}/{given.row.id}"
    return _round(given)


@router.get("/{round_id}", responses=problems(404, 422))
@requires("rules")
def get_round(round_id: RoundId, service: Serving) -> RoundOut:
    """One round and the tables it has."""
    return _round(registrations.find_round(service.registry, round_id))


@router.post("/{round_id}/tables", responses=problems(400, 404, 413, 422))
@requires("submit")
def upload_tables(round_id: RoundId, files: TableFiles, service: Serving) -> RoundOut:
    """Upload several tables at once: all are kept, or none if something is wrong with one of them.

    Each file is named like its table, with `.csv`, `.xlsx` or `.parquet`. Each is checked by itself; whether
    the tables fit each other is checked by the jobs.
    """
    given = registrations.find_round(service.registry, round_id)
    return _round(registrations.add_tables(service.registry, given, files, now=service.now()))


@router.put(
    "/{round_id}/tables/{name}",
    responses=problems(400, 404, 413, 415, 422),
    openapi_extra=body_of(*TABLES),
)
@requires("submit")
def upload_table(round_id: RoundId, name: TableName, body: TableBody, service: Serving) -> RoundOut:
    """Upload one table, a new version if there is one. The Content-Type says which format it is.

    Jobs submitted before keep the version that they were submitted with.
    """
    given = registrations.find_round(service.registry, round_id)
    return _round(registrations.add_tables(service.registry, given, body, now=service.now()))


@router.delete("/{round_id}/tables/{name}", status_code=204, responses=problems(404, 422))
@requires("submit")
def withdraw_table(round_id: RoundId, name: TableName, service: Serving) -> None:
    """Take a table back: jobs submitted from now on do not read it. Earlier jobs keep theirs."""
    registrations.withdraw_table(service.registry, round_id, name, now=service.now())


def _summary(row: RoundRow) -> dict[str, object]:
    named = {"id": row.id, "name": row.name, "policy": row.policy_id}
    return named | {"registered_at": moment(row.registered_at)}


def _round(given: GivenRound) -> RoundOut:
    config = given.config
    return RoundOut.model_validate(
        _summary(given.row)
        | {
            "title": config.title.model_dump(),
            "service": config.service,
            "as_of": config.as_of,
            "illustrative": config.illustrative.model_dump() if config.illustrative else None,
            "tables": [_table(row) for row in given.tables],
        }
    )


def _table(row: TableRow) -> dict[str, object]:
    file = {"name": row.name, "file": row.name + row.suffix, "sha256": row.content, "bytes": row.size}
    return file | {"uploaded_at": moment(row.uploaded_at)}
