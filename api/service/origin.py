"""Who may ask a service that only this machine can reach.

A browser on this machine asks on behalf of any page it shows. A page from elsewhere names itself in
`Origin`; one whose own name was made to mean this machine still carries that name in `Host`.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from values.problems import bad_input


def is_loopback(host: str) -> bool:
    """Whether an address means this machine and no other can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_foreign(request: Request) -> None:
    """Refuse a request that a page from elsewhere makes, if this machine may ask without signing in.

    Raises:
        BadInput: `service.foreign_request`.
    """
    entrance = request.app.state.service.entrance
    if entrance.sign_in or not entrance.loopback:
        return
    origin = request.headers.get("origin")
    asked = ["//" + request.headers.get("host", ""), *([origin] if origin else [])]
    if not all(is_loopback(_host(address)) for address in asked):
        raise bad_input("service.foreign_request")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
