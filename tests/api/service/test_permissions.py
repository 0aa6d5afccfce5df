"""No operation is open by oversight: each declares what it needs, as the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from api.service.guard import GuardedRoute, guarded
from api.service.permissions import OPEN, ROLES, Permission
from storage.service_tables import ROLES as KNOWN_ROLES
from tests.api.service.office import Decided, codes
from tests.api.service.staff import OFFICIALS, Staff, routes
from tests.documents import ROOT, cells

PAGE = ROOT / "docs" / "service.md"
WHO = {**{role: name for name, role in OFFICIALS.items()}, "applicant": "own"}
UNGUARDED = ["/openapi.json"]
"""The description of the API, which is the same for everybody."""


def filled(path: str, staff: Staff) -> str:
    """An address with ids that exist where there are any, and that change nothing."""
    known = {"round_id": staff.round, "job_id": staff.allocated, "candidate": staff.own, "form": "public"}
    return re.sub(r"\{(\w+)(?::path)?\}", lambda name: known.get(name[1], "nothing"), path)


def test_every_operation_declares_what_it_needs(staff: Staff) -> None:
    """All routes of the application are guarded ones, but for the description of the API."""
    app = staff.client.app
    assert isinstance(app, FastAPI)

    found = list(routes(app))
    contexts = iter_route_contexts(app.routes)
    others = [each.original_route for each in contexts if not isinstance(each.original_route, GuardedRoute)]

    assert [getattr(route, "path", route) for route in others] == UNGUARDED
    assert {route.operation.permission for *_, route in found} == set(get_args(Permission))


def test_an_operation_that_declares_nothing_cannot_be_registered(decided: Decided) -> None:
    """Neither in a part of the service nor beside its parts."""

    def silent() -> None: ...

    for place in (APIRouter(route_class=GuardedRoute), decided.office.app):
        with pytest.raises(TypeError, match="silent declares no permission"):
            place.add_api_route("/silent", silent)
    plain = APIRouter()
    plain.add_api_route("/silent", silent)
    with pytest.raises(TypeError, match="is not guarded"):
        guarded(plain)


def test_every_role_may_do_something_and_everything_may_be_done() -> None:
    granted = {permission for permissions in ROLES.values() for permission in permissions}

    assert set(ROLES) == set(KNOWN_ROLES)
    assert granted | OPEN == set(get_args(Permission))


def test_the_page_says_what_each_role_may_do(staff: Staff) -> None:
    """Its table is that of the running service, operation by operation."""
    text = PAGE.read_text("utf-8").partition("| what | operations |")[2].partition("\n\n")[0]
    rows = [cells(line) for line in text.splitlines()[2:]]
    told = {
        operation: [role for role, tick in zip(KNOWN_ROLES, row[2:], strict=True) if tick == "✓"]
        for row in rows
        for operation in re.findall(r"`([A-Z]+ /[^`]*)`", row[1])
    }

    real = {
        f"{method} {path.replace(':path', '')}": [
            role for role in KNOWN_ROLES if route.operation.permission in OPEN | ROLES[role]
        ]
        for method, path, _, route in routes(staff.client.app)
    }

    assert told == real


def test_nobody_gets_in_without_signing_in(staff: Staff) -> None:
    """Nothing but what signing in itself needs; a page leads to the page for it."""
    for method, path, name, route in routes(staff.client.app):
        answer = staff.client.request(method, filled(path, staff), follow_redirects=False)

        if route.operation.permission in OPEN:
            assert answer.status_code in (200, 403, 422), name
        elif route.operation.page and method == "GET":
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), name
        elif route.operation.page:
            assert codes(answer) == ["service.cross_site"], name
        else:
            assert (answer.status_code, codes(answer)) == (401, ["service.not_signed_in"]), name
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", KNOWN_ROLES)
def test_a_role_may_do_what_its_row_says_and_nothing_else(role: str, staff: Staff) -> None:
    """Asked for with nothing in the body: whoever may is answered, or told what else is wrong."""
    for method, path, name, route in routes(staff.client.app):
        if route.operation.permission in OPEN or name == "withdraw_release":
            continue
        page = {"Origin": "http://testserver"} if route.operation.page else {}
        answer = staff.ask(WHO[role], method, filled(path, staff), headers=page)

        may = route.operation.permission in ROLES[role]  # type: ignore[index]
        refused = answer.status_code == 403 and codes(answer) == ["service.not_permitted"]
        assert refused != may, f"{role}: {method} {path}: {answer.status_code}"
        assert may or answer.status_code == 403


def test_other_methods_and_spellings_of_an_address_open_nothing(staff: Staff) -> None:
    """HEAD and OPTIONS are not taken; doubled, dotted and encoded slashes lead nowhere, or to the guard."""
    secret = f"/v1/jobs/{staff.allocated}/scores"
    for method in ("HEAD", "OPTIONS", "TRACE", "PATCH"):
        assert staff.client.request(method, secret).status_code == 405
    for path in (
        f"/v1//jobs/{staff.allocated}/scores",
        f"/v1/health/../jobs/{staff.allocated}/scores",
        f"/v1/health/%2e%2e/jobs/{staff.allocated}/scores",
        f"/V1/jobs/{staff.allocated}/scores",
        f"/v1/jobs/{staff.allocated}/scores/",
        f"/v1/jobs/{staff.allocated}%2Fscores",
        f"/v1/my/../jobs/{staff.allocated}/scores",
        f"/v1/jobs/{staff.allocated}/files/../scores",
    ):
        assert staff.ask("own", "GET", path).status_code in (403, 404), path
        assert staff.client.get(path).status_code in (401, 404), path


def test_a_body_is_not_read_before_it_is_known_who_sends_it(staff: Staff) -> None:
    """Otherwise anybody could have the service store what they send."""
    read = []

    def parts() -> Iterator[bytes]:
        read.append("begun")
        yield b"--x\r\n"

    answer = staff.client.post(
        f"/v1/rounds/{staff.round}/tables",
        content=parts(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )

    assert (answer.status_code, codes(answer)) == (401, ["service.not_signed_in"])


def test_somebody_unknown_can_send_no_more_than_a_password(staff: Staff) -> None:
    """However large requests may be: not even announced, and not without an announcement."""
    large = b'{"name": "li", "password": "' + b"x" * 20_000 + b'"}'
    kind = {"Content-Type": "application/json"}
    for content in (large, iter([b'{"name": ', b'"li", "password": "x"}'])):
        answer = staff.client.post("/v1/session", content=content, headers=kind)
        assert (answer.status_code, codes(answer)) == (413, ["service.too_large"])


def test_without_sign_in_there_are_no_accounts(decided: Decided) -> None:
    """Whoever reaches the service may do everything else, as it always was."""
    for method, path, name, route in routes(decided.office.app):
        if route.operation.permission in OPEN - {"anyone"} | {"own_account", "own_result", "accounts"}:
            answer = decided.office.client.request(method, re.sub(r"\{.*?\}", "x", path))
            assert (answer.status_code, codes(answer)) == (403, ["service.sign_in_is_off"]), name
    assert decided.office.get("/policies").status_code == 200
