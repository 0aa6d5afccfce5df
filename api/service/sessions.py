"""Signing in and out, and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request

from api.service.account_models import AccountOut, PasswordRequest, SessionOut, SignInRequest
from api.service.credentials import credentials_of
from api.service.described import problems
from api.service.guard import GuardedRoute, SignedInAs
from api.service.models import moment
from api.service.permissions import requires
from api.service.requests import Serving
from storage import sign_in
from storage.service_tables import AccountRow
from storage.sign_in import SignedIn

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=GuardedRoute)
CREDENTIALS = Body(examples=[{"name": "wang", "password": "correct horse battery"}])
CHANGE = Body(examples=[{"old": "xcgp-4vgn-y9q3-wnb6", "new": "correct horse battery"}])


@router.post("/session", responses=problems(400, 413, 422, 429))
@requires("sign_in")
def begin_session(given: Annotated[SignInRequest, CREDENTIALS], service: Serving) -> SessionOut:
    """Sign in: a token for eight hours. After five wrong attempts a name has to wait, longer each time."""
    password = given.password.get_secret_value()
    return _session(sign_in.sign_in(service.registry.database, given.name, password, now=service.now()))


@router.delete("/session", status_code=204)
@requires("own_account")
def end_session(request: Request, service: Serving) -> None:
    """Sign out: the token is worth nothing from now on."""
    given = credentials_of(request)
    assert given is not None
    sign_in.sign_out(service.registry.database, given.token)


@router.get("/account")
@requires("own_account")
def get_own_account(account: SignedInAs) -> AccountOut:
    """Who is signed in."""
    return account_out(account)


@router.put("/account/password", responses=problems(400, 413, 422, 429))
@requires("own_account")
def change_own_password(
    given: Annotated[PasswordRequest, CHANGE], account: SignedInAs, service: Serving
) -> SessionOut:
    """Replace one's own password. Every session of the account ends; the answer is a new one."""
    old, new = given.old.get_secret_value(), given.new.get_secret_value()
    database = service.registry.database
    return _session(sign_in.change_password(database, account.name, old, new, now=service.now()))


def account_out(row: AccountRow) -> AccountOut:
    """An account as it is shown; never with its hash."""
    plain = {name: getattr(row, name) for name in ("name", "title", "role", "department", "candidate")}
    return AccountOut.model_validate(
        {
            **plain,
            "round": row.round_id,
            "password_to_change": bool(row.one_time),
            "made_at": moment(row.made_at),
            "closed_at": None if row.closed_at is None else moment(row.closed_at),
        }
    )


def _session(begun: SignedIn) -> SessionOut:
    account = account_out(begun.account)
    return SessionOut(token=begun.token, ends_at=moment(begun.ends_at), account=account)
