"""What a department attests, for that department."""

from __future__ import annotations

from fastapi import APIRouter

from api.service.account_models import AttestedOut
from api.service.described import problems
from api.service.guard import GuardedRoute, SignedInAs
from api.service.permissions import requires
from api.service.requests import Serving
from api.service.results import Candidate
from api.service.rounds import RoundId
from storage.attested import Attested, attested_facts
from storage.registrations import find_round

router = APIRouter(prefix="/v1/rounds/{round_id}/attested", tags=["rounds"], route_class=GuardedRoute)


@router.get("/{candidate:path}", responses=problems(404, 422))
@requires("attested", personal=True)
def get_attested(
    round_id: RoundId, candidate: Candidate, account: SignedInAs, service: Serving
) -> list[AttestedOut]:
    """The facts of a candidate and their subjects that one's own department attests, as they are now."""
    assert account.department is not None
    given = find_round(service.registry, round_id)
    return [_told(part) for part in attested_facts(service.registry, given, candidate, account.department)]


def _told(part: Attested) -> AttestedOut:
    whose = "candidate" if part.subject is None else "subject"
    facts = [
        {
            "name": fact.name,
            "title": fact.title.model_dump(),
            "value": None if fact.value_text is None else fact.value_text.model_dump(),
        }
        for fact in part.facts
    ]
    return AttestedOut.model_validate({"of": whose, "subject": part.subject, "facts": facts})
