"""Policies: register a pack, read it back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as InPath

from api.service.described import again, problems
from api.service.guard import GuardedRoute
from api.service.models import DIGEST, EXAMPLE_ID, PolicyDetail, PolicyOut, moment
from api.service.permissions import requires
from api.service.problems import Language, problem_entries
from api.service.requests import YAML, Serving, YamlBody, body_of
from publication.messages import Lang
from scenarios.record_parts import POLICY_FILE
from scoring.pack import Pack
from storage import registrations
from storage.service_tables import PolicyRow

router = APIRouter(route_class=GuardedRoute, prefix="/v1/policies", tags=["policies"])
PolicyId = Annotated[str, InPath(pattern=DIGEST, examples=[EXAMPLE_ID])]
PACK = "id: example/points\n…"


@router.get("")
@requires("rules")
def list_policies(service: Serving) -> list[PolicyOut]:
    """Every registered policy."""
    return [PolicyOut.model_validate(_row(row)) for row in registrations.list_policies(service.registry)]


@router.post(
    "",
    status_code=201,
    response_model=PolicyDetail,
    responses=problems(400, 413, 415, 422, also=again(PolicyDetail)),
    openapi_extra=body_of(*YAML[:1], example=PACK),
)
@requires("submit")
def register_policy(body: YamlBody, response: Response, service: Serving, lang: Language) -> PolicyDetail:
    """Check a pack and register it. The same text is registered once."""
    row, pack, new = registrations.register_policy(service.registry, body, now=service.now())
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"{router.prefix}/{row.id}"
    return _detail(row, pack, lang)


@router.get("/{policy_id}", responses=problems(404, 422))
@requires("rules")
def get_policy(policy_id: PolicyId, service: Serving, lang: Language) -> PolicyDetail:
    """One policy, with its services and notices."""
    row, pack = registrations.find_policy(service.registry, policy_id)
    return _detail(row, pack, lang)


@router.get(
    "/{policy_id}/text",
    response_class=Response,
    responses=problems(
        404, 422, also={200: {"description": "The pack.", "content": {YAML[0]: {"example": PACK}}}}
    ),
)
@requires("rules")
def get_policy_text(policy_id: PolicyId, service: Serving) -> Response:
    """The pack as it was registered, byte for byte."""
    registrations.find_policy(service.registry, policy_id)
    digest = registrations.policy_files(service.registry, policy_id)[POLICY_FILE]
    return Response(service.registry.depot.content(digest).read_bytes(), media_type=YAML[0])


def _row(row: PolicyRow) -> dict[str, object]:
    return row.model_dump() | {"registered_at": moment(row.registered_at)}


def _detail(row: PolicyRow, pack: Pack, lang: Lang) -> PolicyDetail:
    return PolicyDetail.model_validate(
        _row(row)
        | {
            "title": pack.policy.title.model_dump(),
            "services": list(pack.policy.services),
            "layers": [{"id": layer.id, "version": layer.version} for layer in pack.resolution.layers],
            "notices": problem_entries(pack.notices, lang),
        }
    )
