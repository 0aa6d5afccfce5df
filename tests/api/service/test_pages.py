"""The pages: signing in with a browser, one's own points, and what other sites cannot make a browser do."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.service.application import create_app
from api.service.requests import Entrance
from publication.messages import sentence
from tests.api.service.office import MAX_UPLOAD, Decided, codes
from tests.api.service.staff import PASSWORD, Staff
from tests.api.service.test_sign_in import new_account

HERE = {"Origin": "http://127.0.0.1:8470"}


def test_an_applicant_signs_in_and_reads_the_own_points(staff: Staff, letters: str) -> None:
    """A5.14: from the page for it to lines, clauses, attesting bodies, total, outcome and letter."""
    browser = staff.browser()
    assert browser.get("/").headers["location"] == "/sign-in"
    entered = browser.post("/sign-in", data={"name": "own", "password": PASSWORD}, headers=HERE)

    assert (entered.status_code, entered.headers["location"]) == (303, "/my-points?lang=en")
    told = {part.strip().lower() for part in entered.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=strict", "path=/"} <= told
    assert "secure" not in told  # on this machine alone
    points = browser.get(entered.headers["location"])
    sheet = staff.ask("own", "GET", "/v1/my/points").json()
    assert all(
        text in points.text
        for text in (staff.own, sheet["total"], "Attested by: ", sentence("explanation.outcome", {}, "en"))
    )
    assert staff.other not in points.text
    assert points.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in points.headers["content-security-policy"]
    letter = browser.get("/my-points/letter?lang=zh")
    assert "/my-points/letter" in points.text
    assert letter.headers["content-language"] == "zh"
    assert staff.own in letter.text


@pytest.mark.parametrize(("lang", "words"), [("zh", ("登录", "密码")), ("en", ("Sign in", "Password"))])
def test_pages_speak_the_language_that_is_asked_for(lang: str, words: tuple[str, str], staff: Staff) -> None:
    """By the address before the browser's own language; every page leads to the other language."""
    page = staff.browser().get("/sign-in", params={"lang": lang}, headers={"Accept-Language": "en"})

    assert all(word in page.text for word in words)
    assert page.headers["content-language"] == lang
    assert f"?lang={'en' if lang == 'zh' else 'zh'}" in page.text


def test_a_wrong_password_is_told_on_the_page(staff: Staff) -> None:
    """What was typed is not repeated, and no cookie is given."""
    typed = {"name": "<b>nobody</b>", "password": "<i>secret word</i>"}
    answer = staff.browser().post("/sign-in", data=typed, headers=HERE)

    assert answer.status_code == 401
    assert "the name or the password is wrong" in answer.text
    assert "nobody" not in answer.text
    assert "secret word" not in answer.text
    assert "set-cookie" not in answer.headers


def test_a_one_time_password_leads_to_choosing_another(staff: Staff) -> None:
    new_account(staff, "newcomer", one_time=True)
    browser, chosen = staff.browser(), "another good password"
    entered = browser.post("/sign-in", data={"name": "newcomer", "password": PASSWORD}, headers=HERE)

    assert entered.headers["location"].startswith("/account")
    assert browser.get("/my-points").headers["location"] == "/account"
    assert "first choose a password of your own" in browser.get("/account").text
    for new, again, status, words in (
        (chosen, "something else", 422, "not typed the same twice"),
        ("short", "short", 422, "12 to 200 characters"),
        (chosen, chosen, 303, ""),
    ):
        form = {"old": PASSWORD, "new": new, "again": again}
        answer = browser.post("/account", data=form, headers=HERE)
        assert answer.status_code == status
        assert words in answer.text
        assert chosen not in answer.text
    assert "first choose" not in browser.get("/account").text


def test_signing_out_ends_the_session_and_takes_the_cookie_back(staff: Staff) -> None:
    browser = staff.browser("own")
    token = browser.cookies["jifen_session"]
    out = browser.post("/sign-out", headers=HERE)

    assert out.headers["location"].startswith("/sign-in")
    assert "max-age=0" in out.headers["set-cookie"].lower()
    kept = staff.client.get("/v1/account", headers={"Authorization": f"Bearer {token}"})
    assert kept.status_code == 401


def test_other_roles_have_an_account_page_and_no_points(staff: Staff) -> None:
    browser = staff.browser("wang")

    assert browser.get("/").headers["location"] == "/account"
    assert "auditor" in browser.get("/account").text
    assert codes(browser.get("/my-points")) == ["service.not_permitted"]


def test_what_is_not_released_is_told_on_the_page(staff: Staff) -> None:
    staff.ask("li", "DELETE", f"/v1/rounds/{staff.round}/release")
    pages = [staff.browser("own").get(path) for path in ("/my-points", "/my-points/letter")]
    staff.ask("li", "PUT", f"/v1/rounds/{staff.round}/release", json={"job": staff.allocated})

    for page in pages:
        assert page.status_code == 404
        assert "no result of this round has been released" in page.text


@pytest.mark.parametrize(
    "origin",
    [None, "http://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1", "http://[bad"],
)
def test_no_other_site_makes_a_browser_change_anything(origin: str | None, staff: Staff) -> None:
    """With the cookie of somebody who may: by pages, by forms and by programs' addresses alike."""
    headers = {} if origin is None else {"Origin": origin}
    asked = [
        staff.browser("li").delete(f"/v1/rounds/{staff.round}/release", headers=headers),
        staff.browser("li").post(f"/v1/jobs/{staff.allocated}/cancel", headers=headers),
        staff.browser("li").put("/v1/account/password", headers=headers, json={"old": "a", "new": "b"}),
        staff.browser("own").post("/sign-out", headers=headers),
        staff.browser().post("/sign-in", data={"name": "own", "password": PASSWORD}, headers=headers),
    ]

    assert [(one.status_code, codes(one)) for one in asked] == [(403, ["service.cross_site"])] * len(asked)
    assert staff.browser("li").get(f"/v1/rounds/{staff.round}/release").status_code == 200


def test_more_than_one_token_is_no_token(staff: Staff) -> None:
    """A cookie beside a bearer token, two cookies, two headers: nobody can say who asks."""
    first, second = staff.token("own"), staff.token("li")
    bearer, cookie = ("Authorization", f"Bearer {second}"), ("Cookie", f"jifen_session={first}")
    for headers in (
        [bearer, cookie],
        [("Cookie", f"jifen_session={first}; jifen_session={second}")],
        [cookie, ("Cookie", f"jifen_session={second}")],
        [bearer, ("Authorization", f"Bearer {first}")],
    ):
        answer = TestClient(staff.client.app).get("/v1/account", headers=headers)  # type: ignore[arg-type]
        assert (answer.status_code, codes(answer)) == (401, ["service.ambiguous_credentials"])


@pytest.mark.parametrize("told", ["Basic eDp5", "Bearer", "Bearer ", "token x", "", "Bearer \udc80"])
def test_anything_but_a_bearer_token_is_refused(told: str, staff: Staff) -> None:
    headers = [(b"authorization", told.encode("utf-8", "surrogateescape"))]
    answer = staff.client.get("/v1/account", headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("entrance", "url"), [(Entrance(True, False), "http://office"), (Entrance(True, True), "https://office")]
)
def test_a_cookie_that_others_could_overhear_is_sent_over_https_only(
    entrance: Entrance, url: str, staff: Staff, decided: Decided
) -> None:
    """At another address than loopback, and behind something that encrypts."""
    app = create_app(staff.registry, now=staff.clock, max_upload=MAX_UPLOAD, worker=None, entrance=entrance)
    browser = TestClient(app, base_url=url, follow_redirects=False)

    entered = browser.post("/sign-in", data={"name": "own", "password": PASSWORD}, headers={"Origin": url})

    assert "secure" in entered.headers["set-cookie"].lower()
