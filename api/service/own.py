"""An applicant's own part of the released result. There is no parameter that could name anybody else."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

from api.explaining import Explained, document, sheet
from api.service.described import Responses, problems
from api.service.explaining import explain_result
from api.service.guard import GuardedRoute, SignedInAs
from api.service.models import EXPLANATION
from api.service.permissions import requires
from api.service.problems import Language
from api.service.requests import Service, Serving
from publication.attesting import attesting_bodies
from publication.explanation import explanation_html
from publication.messages import Lang
from storage.releases import letter_file, released_result
from storage.service_tables import AccountRow

router = APIRouter(
    prefix="/v1/my", tags=["own result"], responses=problems(404, 422), route_class=GuardedRoute
)
EXAMPLE = {**EXPLANATION, "attested_by": {"education": [{"zh": "…", "en": "…"}]}}
PAGE: Responses = {200: {"description": "A page to print, in the language of `Accept-Language`."}}


@router.get("/points", responses={200: {"content": {"application/json": {"example": EXAMPLE}}}})
@requires("own_result")
def get_own_points(account: SignedInAs, service: Serving) -> dict[str, Any]:
    """One's own explanation with the outcome, and by line who attests what it reads."""
    found = own_explanation(account, service)
    bodies = attesting_bodies(found.explanation, found.choice.policy)
    told = {line: [body.model_dump() for body in attested] for line, attested in bodies.items()}
    return {**document(found), "attested_by": told}


@router.get("/sheet", response_class=HTMLResponse, responses=PAGE)
@requires("own_result")
def get_own_sheet(account: SignedInAs, service: Serving, lang: Language) -> HTMLResponse:
    """One's own explanation as a page, in Chinese or English."""
    told = sheet(own_explanation(account, service), lang, attested=True)
    return HTMLResponse(explanation_html(told), headers=spoken(lang))


@router.get("/letter", response_class=HTMLResponse, responses=PAGE)
@requires("own_result")
def get_own_letter(account: SignedInAs, service: Serving, lang: Language) -> FileResponse:
    """One's own decision letter, in Chinese or English."""
    return own_letter(account, service, lang)


def own_explanation(account: AccountRow, service: Service) -> Explained:
    """What the released result says about the applicant of an account.

    Raises:
        BadInput: `service.nothing_released`; `facts.nobody_of_that_name` if they are not in the result.
    """
    round_id, candidate = _bound(account)
    return explain_result(released_result(service.registry, round_id), service.registry, candidate)


def own_letter(account: AccountRow, service: Service, lang: Lang) -> FileResponse:
    """The applicant's letter about the released result.

    Raises:
        BadInput: `service.nothing_released`, `service.no_letter`.
    """
    round_id, candidate = _bound(account)
    result = released_result(service.registry, round_id)
    file = letter_file(service.registry, result, candidate, lang)
    return FileResponse(file, media_type="text/html", headers=spoken(lang))


def spoken(lang: Lang) -> dict[str, str]:
    """The headers of a page in a language."""
    return {"Content-Language": lang, "Vary": "Accept-Language"}


def _bound(account: AccountRow) -> tuple[str, str]:
    assert account.round_id is not None
    assert account.candidate is not None
    return account.round_id, account.candidate
