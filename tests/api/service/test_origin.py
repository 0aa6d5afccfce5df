"""A service for this machine alone answers no page from elsewhere that a browser here happens to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.service.origin import is_loopback
from api.service.requests import Entrance
from tests.api.service.office import codes, open_office

HERE = Entrance(sign_in=False, loopback=True)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example", None),  # a name that was made to mean this machine
        ("evil.example:8470", None),
        ("127.0.0.1:8470", "http://evil.example"),
        ("127.0.0.1:8470", "null"),
        ("[broken", None),
    ],
)
def test_a_page_from_elsewhere_is_refused(host: str, origin: str | None, tmp_path: Path) -> None:
    client = open_office(tmp_path, entrance=HERE).client
    headers = {"Host": host} | ({"Origin": origin} if origin else {})

    answer = client.get("/v1/policies", headers=headers)

    assert (answer.status_code, codes(answer)) == (403, ["service.foreign_request"])


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "localhost", "[::1]:8470"])
@pytest.mark.parametrize("origin", [None, "http://localhost:3000"])
def test_this_machine_is_answered(host: str, origin: str | None, tmp_path: Path) -> None:
    client = open_office(tmp_path, entrance=HERE).client
    headers = {"Host": host} | ({"Origin": origin} if origin else {})

    assert client.get("/v1/policies", headers=headers).json() == []


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("office", False),
    ],
)
def test_an_address_that_others_can_reach_is_known(host: str, only_here: bool) -> None:
    assert is_loopback(host) == only_here
