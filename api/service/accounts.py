"""Accounts for the administrator, and for the auditor who asked for what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi import Path as InPath

from api.service.account_models import (
    AccountOut,
    AccountPage,
    AccountRequest,
    LineOut,
    LinePage,
    LineQuery,
    OneTimeOut,
)
from api.service.described import problems
from api.service.guard import GuardedRoute, SignedInAs
from api.service.models import PageQuery, moment
from api.service.permissions import requires
from api.service.requests import Serving
from api.service.sessions import account_out
from storage import accesses, accounts
from storage.applicants import require_candidate
from storage.passwords import hashed, new_password
from storage.service_tables import AccessRow

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=GuardedRoute)
AccountName = Annotated[str, InPath(max_length=100, examples=["zhang"])]
NEW = Body(examples=[{"name": "wang", "title": "王某，审计科", "role": "auditor"}])


@router.get("/accounts", responses=problems(422))
@requires("accounts")
def list_accounts(page: Annotated[PageQuery, Query()], service: Serving) -> AccountPage:
    """Every account, closed ones too, in the order in which they were made."""
    total, rows = accounts.list_accounts(service.registry.database, page.offset, page.limit)
    return AccountPage(total=total, rows=[account_out(row) for row in rows])


@router.post("/accounts", status_code=201, responses=problems(400, 404, 409, 413, 422))
@requires("accounts")
def add_account(given: Annotated[AccountRequest, NEW], by: SignedInAs, service: Serving) -> OneTimeOut:
    """Make an account. The answer has a password that its owner must replace after signing in with it."""
    password = new_password()
    if given.round is not None and given.candidate is not None:
        require_candidate(service.registry, given.round, given.candidate)
    new = accounts.NewAccount(
        **given.model_dump(exclude={"round"}), round_id=given.round, password=hashed(password), one_time=True
    )
    with service.registry.database.writing() as session:
        accounts.add_accounts(session, [new], by=by.id, now=service.now())
        session.flush()
        made = accounts.account_named(session, given.name)
    return OneTimeOut(account=account_out(made), password=password)


@router.post("/accounts/{name}/close", responses=problems(404, 409, 422))
@requires("accounts")
def close_account(name: AccountName, by: SignedInAs, service: Serving) -> AccountOut:
    """End an account at once and for good. Its name is never given to anybody else."""
    with service.registry.database.writing() as session:
        return account_out(accounts.close_account(session, name, by=by.id, now=service.now()))


@router.post("/accounts/{name}/password", responses=problems(404, 409, 422))
@requires("accounts")
def reset_password(name: AccountName, by: SignedInAs, service: Serving) -> OneTimeOut:
    """Give an account a new password by chance, to be replaced; its sessions end."""
    password = new_password()
    kept = hashed(password)
    with service.registry.database.writing() as session:
        row = accounts.set_password(session, name, kept, one_time=True, by=by.id, now=service.now())
        return OneTimeOut(account=account_out(row), password=password)


@router.get("/accesses", responses=problems(422))
@requires("accesses")
def list_accesses(wanted: Annotated[LineQuery, Query()], service: Serving) -> LinePage:
    """Who read or submitted what, about whom, when and for which purpose; and what was done to accounts."""
    database, which = service.registry.database, accesses.Wanted(wanted.about, wanted.account)
    total, rows = accesses.list_lines(database, which, wanted.offset, wanted.limit)
    return LinePage(total=total, rows=[_line(row, name) for row, name in rows])


def _line(row: AccessRow, account: str | None) -> LineOut:
    told = {name: getattr(row, name) for name in ("number", "operation", "about", "purpose")}
    return LineOut.model_validate({**told, "at": moment(row.at), "account": account, "round": row.round_id})
