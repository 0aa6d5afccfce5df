"""How a request says who asks: a bearer token of a program, or the cookie of a browser. Never both at once.

A browser sends its cookie on behalf of any page, so with a cookie what changes something is taken from a page
of this service only.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

from values.problems import bad_input

COOKIE = "jifen_session"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Credentials:
    """The token of a request, and whether a browser sent it by itself."""

    token: str
    by_cookie: bool


def credentials_of(request: Request) -> Credentials | None:
    """Who the request says it is; None if it says nothing.

    Raises:
        BadInput: `service.ambiguous_credentials` for more than one token, `service.wrong_scheme` for anything
            but a bearer token.
    """
    told, cookies = request.headers.getlist("authorization"), _cookies(request)
    if len(told) + len(cookies) > 1:
        raise bad_input("service.ambiguous_credentials")
    if cookies:
        return Credentials(cookies[0], by_cookie=True)
    if not told:
        return None
    scheme, _, token = told[0].partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise bad_input("service.wrong_scheme")
    return Credentials(token.strip(), by_cookie=False)


def refuse_cross_site(request: Request) -> None:
    """Refuse what changes something unless a page of this service asks for it.

    Raises:
        BadInput: `service.cross_site`.
    """
    if request.method in SAFE_METHODS:
        return
    origins, hosts = request.headers.getlist("origin"), request.headers.getlist("host")
    if len(origins) != 1 or len(hosts) != 1 or _address(origins[0]) != hosts[0].lower():
        raise bad_input("service.cross_site")


def give_cookie(response: Response, token: str, seconds: int, *, secure: bool) -> None:
    """Have the browser keep a token for so many seconds, and forget it if there are none."""
    response.set_cookie(
        COOKIE, token, max_age=seconds, path="/", secure=secure, httponly=True, samesite="strict"
    )


def _cookies(request: Request) -> list[str]:
    """Every cookie of our name. A later one of the same name would silently hide an earlier one."""
    found = []
    for header in request.headers.getlist("cookie"):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                found.append(value)
    return found


def _address(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
