"""Sessions: begun by a password, ended by the clock, by signing out or closing; guessing is slowed down."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import select

from storage.accounts import NewAccount, account_named, add_accounts
from storage.passwords import LONGEST, SHORTEST, hashed, matches, new_password
from storage.service_tables import AccountRow, AttemptRow, SessionRow
from storage.sign_in import FIRST_WAIT, FREE_ATTEMPTS, LONGEST_WAIT, SESSION_SECONDS
from tests.api.service.office import codes
from tests.api.service.staff import PASSWORD, Staff, password_hash

WRONG = "not the password at all"


def new_account(staff: Staff, name: str, *, one_time: bool = False) -> str:
    """An auditor of this name, who belongs to one test alone."""
    with staff.registry.database.writing() as session:
        account = NewAccount(name, name, "auditor", password_hash(), one_time)
        add_accounts(session, [account], by=None, now=staff.clock())
    return name


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_session_gives_a_token_that_says_who_one_is(staff: Staff) -> None:
    answer = staff.sign_in("wang")
    told = answer.json()

    own = staff.client.get("/v1/account", headers=bearer(told["token"]))

    assert own.json() == told["account"]
    assert (own.json()["name"], own.json()["role"]) == ("wang", "auditor")
    assert answer.headers["cache-control"] == own.headers["cache-control"] == "no-store"
    assert "hash" not in answer.text
    assert "argon2" not in answer.text


def test_neither_a_token_nor_a_password_is_kept(staff: Staff) -> None:
    """The database holds a digest of the one and an Argon2id hash of the other."""
    token = staff.sign_in("wang").json()["token"]

    kept = b"".join(path.read_bytes() for path in staff.registry.depot.folder.glob("jifen.sqlite3*"))
    with staff.registry.database.reading() as session:
        hashes = session.exec(select(AccountRow.password)).all()

    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept
    assert all(text.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for text in hashes)


def test_a_session_ends_by_the_clock(staff: Staff) -> None:
    """Eight hours after it began, to the second."""
    headers = bearer(staff.sign_in("wang").json()["token"])
    begun = staff.clock.now

    staff.clock.now = begun + SESSION_SECONDS - 1
    assert staff.client.get("/v1/account", headers=headers).status_code == 200
    staff.clock.now = begun + SESSION_SECONDS
    ended = staff.client.get("/v1/account", headers=headers)
    staff.clock.now = begun

    assert (ended.status_code, codes(ended)) == (401, ["service.not_signed_in"])


def test_signing_out_ends_that_session_and_no_other(staff: Staff) -> None:
    first, second = (bearer(staff.sign_in("wang").json()["token"]) for _ in range(2))

    assert staff.client.delete("/v1/session", headers=first).status_code == 204

    assert staff.client.get("/v1/account", headers=first).status_code == 401
    assert staff.client.get("/v1/account", headers=second).status_code == 200


def test_closing_an_account_ends_its_sessions_at_once_and_for_good(staff: Staff) -> None:
    """And nobody signs in to it: the answer is that of a wrong password."""
    name = new_account(staff, "leaver")
    headers = bearer(staff.sign_in(name).json()["token"])

    closed = staff.ask("admin", "POST", f"/v1/accounts/{name}/close")
    again = staff.ask("admin", "POST", f"/v1/accounts/{name}/close")
    reset = staff.ask("admin", "POST", f"/v1/accounts/{name}/password")

    assert closed.json()["closed_at"] is not None
    assert staff.client.get("/v1/account", headers=headers).status_code == 401
    assert codes(staff.sign_in(name)) == ["service.wrong_credentials"]
    assert [codes(answer) for answer in (again, reset)] == [["service.account_closed"]] * 2


def test_a_token_of_a_closed_account_is_worth_nothing_even_if_its_session_stayed(staff: Staff) -> None:
    """As if it had been begun at that very moment."""
    headers = bearer(staff.token(new_account(staff, "quick")))
    with staff.registry.database.writing() as session:
        account_named(session, "quick").closed_at = staff.clock()

    assert codes(staff.client.get("/v1/account", headers=headers)) == ["service.not_signed_in"]


def test_wrong_names_passwords_and_closed_accounts_get_the_same_answer(staff: Staff) -> None:
    """And the same work: a hash is computed for each."""
    answers = [staff.sign_in("wang", WRONG), staff.sign_in("nobody at all", WRONG)]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert not any(word in answers[1].text for word in ("nobody at all", WRONG))
    staff.sign_in("wang")


def test_a_name_nobody_has_costs_a_hash_and_matches_nothing() -> None:
    assert matches(PASSWORD, password_hash())
    assert not matches(WRONG, password_hash())
    assert not matches(PASSWORD, None)
    assert not matches("x" * 10_000, password_hash())
    assert not matches(PASSWORD, "no hash")


def test_guessing_is_slowed_down_longer_and_longer(staff: Staff) -> None:
    """Five attempts, then waits that double to a quarter of an hour; the right password helps no sooner."""
    name, begun = new_account(staff, "victim"), staff.clock.now
    waits = []

    for _ in range(FREE_ATTEMPTS):
        assert staff.sign_in(name, WRONG).status_code == 401
    for _ in range(7):
        blocked = staff.sign_in(name)
        assert (blocked.status_code, codes(blocked)) == (429, ["service.too_many_attempts"])
        waits.append(int(blocked.headers["retry-after"]))
        staff.clock.now += waits[-1]
        assert staff.sign_in(name, WRONG).status_code == 401
    staff.clock.now += LONGEST_WAIT
    right = staff.sign_in(name)
    fresh = staff.sign_in(name, WRONG)
    staff.clock.now = begun

    assert waits == [FIRST_WAIT, 60, 120, 240, 480, LONGEST_WAIT, LONGEST_WAIT]
    assert (right.status_code, fresh.status_code) == (200, 401)


def test_names_nobody_has_are_slowed_down_too(staff: Staff) -> None:
    """Otherwise the wait would tell who has an account. Names are kept as digests, and for a day."""
    for _ in range(FREE_ATTEMPTS):
        staff.sign_in("my secret typed as a name", WRONG)
    assert staff.sign_in("my secret typed as a name", WRONG).status_code == 429

    begun = staff.clock.now
    staff.clock.now += 24 * 3600
    assert staff.sign_in("my secret typed as a name", WRONG).status_code == 401
    staff.clock.now = begun
    with staff.registry.database.reading() as session:
        assert all(row.name.startswith("sha256:") for row in session.exec(select(AttemptRow)))


def test_attempts_at_the_same_time_are_all_counted(staff: Staff) -> None:
    """Each is counted before its password is looked at: a crowd gets no more than the free ones."""
    name, found = new_account(staff, "crowded"), []
    crowd = [
        threading.Thread(target=lambda: found.append(staff.sign_in(name, WRONG).status_code))
        for _ in range(12)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    assert Counter(found) == {401: FREE_ATTEMPTS, 429: 12 - FREE_ATTEMPTS}


def test_a_new_password_from_the_administrator_ends_the_wait_and_every_session(staff: Staff) -> None:
    """It is good for choosing another one, and for nothing else."""
    name = new_account(staff, "forgetful")
    old = bearer(staff.sign_in(name).json()["token"])
    for _ in range(FREE_ATTEMPTS + 1):
        staff.sign_in(name, WRONG)

    given = staff.ask("admin", "POST", f"/v1/accounts/{name}/password").json()["password"]
    begun = staff.sign_in(name, given).json()
    barred = staff.client.get("/v1/rounds", headers=bearer(begun["token"]))
    changed = staff.client.put(
        "/v1/account/password", json={"old": given, "new": PASSWORD}, headers=bearer(begun["token"])
    )

    assert staff.client.get("/v1/account", headers=old).status_code == 401
    assert begun["account"]["password_to_change"]
    assert (barred.status_code, codes(barred)) == (403, ["service.password_to_change"])
    assert not changed.json()["account"]["password_to_change"]
    assert staff.client.get("/v1/account", headers=bearer(begun["token"])).status_code == 401
    assert staff.client.get("/v1/rounds", headers=bearer(changed.json()["token"])).status_code == 200
    assert staff.sign_in(name, given).status_code == 401


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (WRONG, "another good password", "service.wrong_credentials"),
        (PASSWORD, "x" * (SHORTEST - 1), "service.password_length"),
        (PASSWORD, "x" * (LONGEST + 1), "service.password_length"),
        (PASSWORD, PASSWORD, "service.same_password"),
    ],
)
def test_a_password_that_cannot_be_is_refused_and_not_repeated(
    old: str, new: str, code: str, staff: Staff
) -> None:
    """Neither the old nor the new one stands in the answer, and the old one stays."""
    answer = staff.ask("li", "PUT", "/v1/account/password", json={"old": old, "new": new})

    assert codes(answer) == [code]
    assert not any(word in answer.text for word in (old, new))
    assert staff.sign_in("li").status_code == 200


@pytest.mark.parametrize("body", [{"name": "li", "password": 717171}, {"nam": 1, "password": "717171"}, []])
def test_a_body_that_is_wrong_is_told_without_what_was_sent(body: object, staff: Staff) -> None:
    answer = staff.client.post("/v1/session", json=body)

    assert answer.status_code == 422
    assert "717171" not in answer.text


def test_sessions_that_ended_are_cleared_away(staff: Staff) -> None:
    with staff.registry.database.writing() as session:
        session.add(SessionRow(id="long ago", account_id=1, ends_at=staff.clock() - 1))

    staff.sign_in("wang")

    with staff.registry.database.reading() as session:
        assert session.get(SessionRow, "long ago") is None


def test_passwords_by_chance_are_long_enough_and_never_alike() -> None:
    made = {new_password() for _ in range(100)}

    assert len(made) == 100
    assert all(len(word) >= SHORTEST for word in made)
    assert matches(next(iter(made)), None) is False


def test_a_hash_is_never_made_of_a_short_password(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"service\.password_length"):
        hashed("x" * (SHORTEST - 1))
