"""Who may do what: asked before anything of a request but its head is read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.service.credentials import SAFE_METHODS, credentials_of, refuse_cross_site
from api.service.origin import refuse_foreign
from api.service.permissions import OPEN, PURPOSE, ROLES, WITH_ACCOUNT, Operation, operation_of
from api.service.requests import Service, service_of
from storage.accesses import Line, leave
from storage.jobs import find_job
from storage.service_tables import AccountRow
from storage.sign_in import account_of_token
from values.problems import BadInput, bad_input

LONGEST_PURPOSE = 200
ABOUT = ("candidate", "file", "form", "name")
"""Which part of an address says whom or what an operation is about."""

LONGEST_ABOUT = 200
LARGEST_UNKNOWN = 16_384
"""Bytes of a body that somebody may send who is not signed in."""

SIGN_IN_PAGE, ACCOUNT_PAGE = "/sign-in", "/account"
ELSEWHERE = {"service.not_signed_in": SIGN_IN_PAGE, "service.password_to_change": ACCOUNT_PAGE}
"""Where a page leads somebody who cannot see it yet."""


class GuardedRoute(APIRoute):
    """A route that lets in whom its handler's declaration says. Without a declaration there is no route."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.operation = operation_of(endpoint)
        told = {
            "x-jifen-permission": self.operation.permission,
            "x-jifen-purpose": self.operation.personal,
        }
        options["openapi_extra"] = {**(options.get("openapi_extra") or {}), **told}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the guard."""
        handle, operation = super().get_route_handler(), self.operation

        async def answer(request: Request) -> Response:
            try:
                account = await run_in_threadpool(admit, request, operation)
            except BadInput as error:
                page = ELSEWHERE.get(error.problems[0].code) if operation.page else None
                if page is None:
                    raise
                return RedirectResponse(page, 303)
            request.state.account = account
            response = await handle(request)
            if account is not None or operation.permission == "sign_in":
                response.headers["Cache-Control"] = "no-store"
                response.headers["X-Content-Type-Options"] = "nosniff"
            return response

        return answer


def guarded(part: APIRouter) -> APIRouter:
    """A part of the service, all of whose routes are guarded.

    Raises:
        TypeError: one is not.
    """
    for route in part.routes:
        if not isinstance(route, GuardedRoute):
            raise TypeError(f"{route} is not guarded")
    return part


def admit(request: Request, operation: Operation) -> AccountRow | None:
    """Whoever asks, if they may; None where nobody needs to say who they are.

    Raises:
        BadInput: `service.foreign_request`, `service.sign_in_is_off`, `service.cross_site`,
            `service.not_signed_in`, `service.password_to_change`, `service.not_permitted`,
            `service.purpose_missing`, and those of the credentials.
    """
    service = service_of(request)
    refuse_foreign(request)
    if not service.entrance.sign_in:
        if operation.permission in WITH_ACCOUNT:
            raise bad_input("service.sign_in_is_off")
        return None
    if operation.page:
        refuse_cross_site(request)
    if operation.permission in OPEN:
        _refuse_large(request)
        return None
    account = _signed_in(request, service)
    if operation.permission not in ROLES[account.role]:  # type: ignore[index]
        raise bad_input("service.not_permitted", role=account.role)
    if operation.leaves_line:
        _leave_line(request, service, operation, account)
    return account


def account_of(request: Request) -> AccountRow:
    """The account that is signed in; only for operations that need one."""
    account = request.state.account
    assert isinstance(account, AccountRow)
    return account


SignedInAs = Annotated[AccountRow, Depends(account_of)]


def _signed_in(request: Request, service: Service) -> AccountRow:
    given = credentials_of(request)
    if given is None:
        raise bad_input("service.not_signed_in")
    account = account_of_token(service.registry.database, given.token, now=service.now())
    if account is None:
        raise bad_input("service.not_signed_in")
    if given.by_cookie:
        refuse_cross_site(request)
    if account.one_time and request.scope["route"].operation.permission != "own_account":
        raise bad_input("service.password_to_change")
    return account


def _refuse_large(request: Request) -> None:
    """Somebody unknown may send no more than a name and a password, and says beforehand how much it is."""
    told = request.headers.get("content-length", "")
    if request.method not in SAFE_METHODS and not (told.isdecimal() and int(told) <= LARGEST_UNKNOWN):
        raise HTTPException(413, str(LARGEST_UNKNOWN))


def _leave_line(request: Request, service: Service, operation: Operation, account: AccountRow) -> None:
    """Before anything is read, so that nothing is read without it."""
    purpose = _purpose(request) if operation.personal else ""
    asked = request.path_params
    about = next((asked[name] for name in ABOUT if name in asked), "")[:LONGEST_ABOUT]
    with service.registry.database.writing() as session:
        round_id = asked.get("round_id")
        if "job_id" in asked:
            round_id = find_job(session, asked["job_id"]).round_id
        name = request.scope["route"].name
        leave(session, Line(service.now(), account.id, name, round_id, about, purpose))


def _purpose(request: Request) -> str:
    """Why personal data is asked for, in UTF-8 or percent-encoded."""
    told = unquote(request.headers.get(PURPOSE, "").encode("latin-1").decode("utf-8", "replace")).strip()
    if not told or len(told) > LONGEST_PURPOSE or not told.isprintable():
        raise bad_input("service.purpose_missing", header=PURPOSE, most=LONGEST_PURPOSE)
    return told
