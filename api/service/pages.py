"""The pages of whoever signs in with a browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.explaining import sheet
from api.service.credentials import credentials_of, give_cookie
from api.service.guard import ACCOUNT_PAGE, SIGN_IN_PAGE, GuardedRoute, SignedInAs
from api.service.own import own_explanation, own_letter, spoken
from api.service.permissions import requires
from api.service.problems import Language, status_of
from api.service.requests import Service, Serving
from publication.messages import Lang, sentence
from publication.own_pages import POINTS_PAGE, Who, account_page, points_page, sign_in_page
from storage import sign_in
from storage.passwords import SHORTEST
from storage.service_tables import AccountRow
from storage.sign_in import SESSION_SECONDS, SignedIn
from values.problems import BadInput, JifenError

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
SAFEGUARDS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}
Typed = Annotated[str, Form(max_length=1000)]


def page_language(usual: Language, lang: Annotated[Literal["zh", "en"] | None, Query()] = None) -> Lang:
    """The language that a page was asked for, else that of the browser."""
    return lang or usual


Spoken = Annotated[Lang, Depends(page_language)]


@router.get("/")
@requires("own_account", page=True)
def show_home(account: SignedInAs) -> Response:
    """The page that somebody wants first."""
    return RedirectResponse(_home(account), 303)


@router.get(SIGN_IN_PAGE)
@requires("sign_in", page=True)
def show_sign_in(lang: Spoken) -> Response:
    """Where one signs in."""
    return _page(sign_in_page(lang), lang)


@router.post(SIGN_IN_PAGE)
@requires("sign_in", page=True)
def sign_in_by_page(
    name: Typed, password: Typed, lang: Spoken, request: Request, service: Serving
) -> Response:
    """Sign in, and go to the page that one wants first."""
    try:
        begun = sign_in.sign_in(service.registry.database, name, password, now=service.now())
    except BadInput as error:
        return _page(sign_in_page(lang, _told(error, lang)), lang, status_of(error))
    return _signed_in(begun, _home(begun.account), lang, request, service)


@router.post("/sign-out")
@requires("own_account", page=True)
def sign_out_by_page(request: Request, lang: Spoken, service: Serving) -> Response:
    """Sign out, and forget the cookie."""
    given = credentials_of(request)
    assert given is not None
    sign_in.sign_out(service.registry.database, given.token)
    away = RedirectResponse(f"{SIGN_IN_PAGE}?lang={lang}", 303)
    give_cookie(away, "", 0, secure=_is_secure(request, service))
    return away


@router.get(ACCOUNT_PAGE)
@requires("own_account", page=True)
def show_account(account: SignedInAs, lang: Spoken) -> Response:
    """Who is signed in, and where the password is changed."""
    told = [sentence("own.must_change", {}, lang)] if account.one_time else []
    return _page(account_page(_who(account), lang, least=SHORTEST, told=told), lang)


@router.post(ACCOUNT_PAGE)
@requires("own_account", page=True)
def change_password_by_page(
    old: Typed,
    new: Typed,
    again: Typed,
    account: SignedInAs,
    lang: Spoken,
    request: Request,
    service: Serving,
) -> Response:
    """Change one's own password."""
    told: Sequence[str] = [sentence("own.not_the_same", {}, lang)]
    status = 422
    if new == again:
        try:
            begun = sign_in.change_password(
                service.registry.database, account.name, old, new, now=service.now()
            )
            return _signed_in(begun, _home(begun.account), lang, request, service)
        except BadInput as error:
            told, status = _told(error, lang), status_of(error)
    return _page(account_page(_who(account), lang, least=SHORTEST, told=told), lang, status)


@router.get(POINTS_PAGE)
@requires("own_result", page=True)
def show_own_points(account: SignedInAs, lang: Spoken, service: Serving) -> Response:
    """An applicant's lines, clauses, attesting bodies, total and outcome."""
    try:
        told = sheet(own_explanation(account, service), lang, attested=True)
    except JifenError as error:
        return _page(points_page(_who(account), lang, None, told=_told(error, lang)), lang, status_of(error))
    return _page(points_page(_who(account), lang, told, letter=_has_letter(account, service, lang)), lang)


@router.get(f"{POINTS_PAGE}/letter")
@requires("own_result", page=True)
def show_own_letter(account: SignedInAs, lang: Spoken, service: Serving) -> Response:
    """An applicant's decision letter."""
    try:
        letter = own_letter(account, service, lang)
    except JifenError as error:
        return _page(points_page(_who(account), lang, None, told=_told(error, lang)), lang, status_of(error))
    letter.headers.update(SAFEGUARDS)
    return letter


def _page(html: str, lang: Lang, status: int = 200) -> Response:
    return HTMLResponse(html, status, {**spoken(lang), **SAFEGUARDS})


def _signed_in(begun: SignedIn, page: str, lang: Lang, request: Request, service: Service) -> Response:
    there = RedirectResponse(f"{page}?lang={lang}", 303)
    give_cookie(there, begun.token, SESSION_SECONDS, secure=_is_secure(request, service))
    return there


def _is_secure(request: Request, service: Service) -> bool:
    """Whether the browser may send the cookie over https only: wherever others could listen in."""
    return request.url.scheme == "https" or not service.entrance.loopback


def _home(account: AccountRow) -> str:
    return ACCOUNT_PAGE if account.one_time or account.role != "applicant" else POINTS_PAGE


def _who(account: AccountRow) -> Who:
    return Who(account.name, account.title, account.role, account.candidate or "", account.department or "")


def _told(error: JifenError, lang: Lang) -> list[str]:
    return [sentence(problem, {}, lang) for problem in error.problems]


def _has_letter(account: AccountRow, service: Service, lang: Lang) -> bool:
    try:
        own_letter(account, service, lang)
    except BadInput:
        return False
    return True
