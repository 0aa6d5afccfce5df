"""Everybody who may sign in to a service with a decided round, and their requests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from httpx2 import Response

from api.service.application import create_app
from api.service.guard import GuardedRoute
from api.service.requests import Entrance
from storage.accounts import NewAccount, account_named, add_accounts
from storage.passwords import hashed
from storage.registrations import Registry
from storage.releases import release
from storage.service_tables import Role, SessionRow
from storage.sign_in import SESSION_SECONDS
from tests.api.service.office import MAX_UPLOAD, NOW, Decided
from values.canonical import digest_of_bytes

REQUIRED = Entrance(sign_in=True, loopback=True)
PASSWORD = "correct horse battery"
HEALTH = "市卫生计生局"
OFFICIALS: dict[str, Role] = {
    "admin": "administrator",
    "li": "officer",
    "wang": "auditor",
    "health": "department",
}


@dataclass
class Clock:
    """A clock that tests set."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@cache
def password_hash() -> str:
    """Computed once: it takes a while on purpose."""
    return hashed(PASSWORD)


@dataclass(frozen=True, eq=False)
class Staff:
    """A service that requires sign-in, with somebody in each role and two applicants of a decided round."""

    registry: Registry
    client: TestClient
    clock: Clock
    round: str
    allocated: str
    scored: str
    own: str
    other: str

    def token(self, name: str) -> str:
        """A token of an account, without the work of a password."""
        token = secrets.token_hex()
        with self.registry.database.writing() as session:
            account = account_named(session, name).id
            assert account is not None
            row = SessionRow(
                id=digest_of_bytes(token.encode()), account_id=account, ends_at=self.clock() + SESSION_SECONDS
            )
            session.add(row)
        return token

    def ask(self, who: str, method: str, path: str, purpose: str = "test", **given: Any) -> Response:
        """The answer to a request of somebody who is signed in."""
        told = {"Authorization": f"Bearer {self.token(who)}", "Accept-Language": "en"}
        headers = told | ({"Jifen-Purpose": purpose} if purpose else {}) | given.pop("headers", {})
        return self.client.request(method, path, headers=headers, follow_redirects=False, **given)

    def sign_in(self, name: str, password: str = PASSWORD) -> Response:
        """The answer to a name and a password."""
        return self.client.post("/v1/session", json={"name": name, "password": password})

    def browser(self, name: str = "") -> TestClient:
        """A browser of its own, signed in if a name is given."""
        client = TestClient(self.client.app, base_url="http://127.0.0.1:8470", follow_redirects=False)
        client.headers["Accept-Language"] = "en"
        if name:
            client.cookies.set("jifen_session", self.token(name))
        return client


def staffed(decided: Decided) -> Staff:
    """The decided round's service once more, with sign-in. Its first two children have accounts."""
    registry, clock = decided.office.registry, Clock()
    app = create_app(registry, now=clock, max_upload=MAX_UPLOAD, worker=None, entrance=REQUIRED)
    rows = decided.office.get(f"/jobs/{decided.allocated}/outcomes", limit=2).json()["rows"]
    own, other = (row["candidate"] for row in rows)
    people = [
        NewAccount(name, name, role, password_hash(), False, HEALTH if role == "department" else None)
        for name, role in OFFICIALS.items()
    ]
    people += [
        NewAccount(name, name, "applicant", password_hash(), False, None, decided.round, candidate)
        for name, candidate in (("own", own), ("other", other))
    ]
    with registry.database.writing() as session:
        add_accounts(session, people, by=None, now=NOW)
        release(session, decided.round, decided.allocated, now=NOW)
    client = TestClient(app)
    return Staff(registry, client, clock, decided.round, decided.allocated, decided.scored, own, other)


def routes(app: Any) -> Iterator[tuple[str, str, str, GuardedRoute]]:
    """Method, address, name and route of every operation."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            assert isinstance(route, GuardedRoute), context.path
            for method in sorted(context.methods):
                yield method, context.path, context.name, route
