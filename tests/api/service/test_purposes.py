"""Who looks at people says why, is let see what the duty needs, and leaves a line."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from scoring.pack import load_pack
from tests.api.service.office import NOW, PACK, Decided, codes
from tests.api.service.staff import HEALTH, Staff, routes


def lines(staff: Staff, **wanted: str | int) -> list[dict[str, object]]:
    answer = staff.ask("wang", "GET", "/v1/accesses", params={"limit": 1000, **wanted})
    assert answer.status_code == 200
    return list(answer.json()["rows"])


@pytest.mark.parametrize("who", ["li", "wang"])
def test_whoever_reads_of_people_leaves_a_line(who: str, staff: Staff) -> None:
    """A1.02: who, when, of which round and whom, and for which purpose."""
    before = len(lines(staff))
    staff.ask(who, "GET", f"/v1/jobs/{staff.allocated}/explanations/{staff.own}", purpose="objection 17")
    staff.ask(who, "GET", f"/v1/jobs/{staff.allocated}/outcomes", purpose=quote("复核名单"))
    new = lines(staff)[before:]

    assert [line["number"] for line in new] == [before + 1, before + 2]
    told = [{key: value for key, value in line.items() if key != "number"} for line in new]
    common = {"at": "2027-01-15T08:00:00Z", "account": who, "round": staff.round}
    assert told == [
        {**common, "operation": "get_explanation", "about": staff.own, "purpose": "objection 17"},
        {**common, "operation": "get_outcomes", "about": "", "purpose": "复核名单"},
    ]
    assert NOW == 1_800_000_000


@pytest.mark.parametrize("purpose", ["", "  ", "%20", "x" * 201, "%0a"])
def test_nobody_is_looked_at_without_a_purpose(purpose: str, staff: Staff) -> None:
    """A1.02. Every operation that shows people asks for one, of officials; and reads nothing before."""
    before = len(lines(staff))
    for method, path, name, route in routes(staff.client.app):
        if route.operation.personal:
            who = "health" if route.operation.permission == "attested" else "wang"
            known = {"job_id": staff.allocated, "round_id": staff.round, "form": "audit"}
            asked = path.replace(":path", "")
            for key, value in known.items():
                asked = asked.replace(f"{{{key}}}", value)
            answer = staff.ask(who, method, asked, purpose=purpose)
            assert (answer.status_code, codes(answer)) == (422, ["service.purpose_missing"]), name

    assert len(lines(staff)) == before


def test_a_purpose_may_be_sent_as_plain_utf_8(staff: Staff) -> None:
    token = staff.token("wang").encode()
    headers = {b"Authorization": b"Bearer " + token, b"Jifen-Purpose": "审计抽查".encode()}
    staff.client.get(f"/v1/jobs/{staff.allocated}/scores", headers=headers)  # type: ignore[arg-type]

    assert lines(staff)[-1]["purpose"] == "审计抽查"


def test_lines_are_found_by_whom_they_are_about_and_who_asked(staff: Staff) -> None:
    """So an applicant who asks who looked at them can be told."""
    staff.ask("wang", "GET", f"/v1/jobs/{staff.allocated}/sheets/{staff.other}", purpose="sample")

    about = lines(staff, about=staff.other)
    assert {line["about"] for line in about} == {staff.other}
    assert about[-1]["purpose"] == "sample"
    assert {line["account"] for line in lines(staff, account="wang")} == {"wang"}
    assert lines(staff, about="nobody") == []


def test_what_is_submitted_and_done_to_accounts_leaves_a_line_too(staff: Staff) -> None:
    """Otherwise an administrator could give somebody's account a password and read under that name."""
    staff.ask("li", "POST", f"/v1/jobs/{staff.allocated}/cancel")
    made = staff.ask(
        "admin", "POST", "/v1/accounts", json={"name": "zhao", "title": "Zhao", "role": "auditor"}
    )
    staff.ask("admin", "POST", "/v1/accounts/zhao/password")
    staff.ask("admin", "POST", "/v1/accounts/zhao/close")

    told = [(line["account"], line["operation"], line["about"]) for line in lines(staff)[-4:]]
    assert made.status_code == 201
    assert told == [
        ("li", "cancel_job", ""),
        ("admin", "add_account", "zhao"),
        ("admin", "set_password", "zhao"),
        ("admin", "close_account", "zhao"),
    ]


def test_a_department_reads_the_facts_it_attests_and_nothing_else(staff: Staff, decided: Decided) -> None:
    """A1.02, A3.18: only within its duty. The facts are those the pack names it for, with their values."""
    policy = load_pack(PACK.read_text("utf-8"), "policy.yaml").policy
    mine = {name for name, fact in policy.facts.items() if fact.attested_by.zh == HEALTH}

    answer = staff.ask("health", "GET", f"/v1/rounds/{staff.round}/attested/{staff.own}", purpose="check")

    parts = answer.json()
    assert answer.status_code == 200
    seen = {fact["name"] for part in parts for fact in part["facts"]}
    assert seen
    assert seen <= mine
    explained = decided.office.get(f"/jobs/{staff.allocated}/explanations/{staff.own}").json()
    assert explained["subject"] in [part["subject"] for part in parts]
    assert parts[0]["of"] == "candidate"
    assert lines(staff)[-1]["operation"] == "get_attested"


def test_a_department_is_told_of_nobody_who_did_not_apply(staff: Staff) -> None:
    for path, code in (
        (f"/v1/rounds/{staff.round}/attested/nobody", "facts.nobody_of_that_name"),
        (f"/v1/rounds/{'0' * 64}/attested/{staff.own}", "service.unknown_round"),
    ):
        answer = staff.ask("health", "GET", path)
        assert (answer.status_code, codes(answer)) == (404, [code])


def test_an_auditor_reads_everything_and_submits_nothing(staff: Staff) -> None:
    """Audit bundles too."""
    bundle = staff.ask("wang", "GET", f"/v1/jobs/{staff.allocated}/bundles/audit")
    assert bundle.content[:2] == b"PK"
    assert bundle.headers["cache-control"] == "no-store"
    answer = staff.ask(
        "wang",
        "POST",
        f"/v1/rounds/{staff.round}/jobs",
        json={"kind": "score"},
        headers={"Idempotency-Key": "w"},
    )
    assert codes(answer) == ["service.not_permitted"]


@pytest.mark.parametrize(
    ("given", "codes_"),
    [
        ({"name": "li"}, ["service.account_exists"]),
        ({"name": ".."}, ["service.bad_account_name"]),
        ({"name": "a b"}, ["service.bad_account_name"]),
        ({"title": "a\nb"}, ["service.bad_title"]),
        ({"role": "department"}, ["service.department_missing"]),
        ({"department": HEALTH}, ["service.department_not_wanted"]),
        ({"role": "applicant"}, ["service.applicant_missing"]),
        ({"round": "ROUND", "candidate": "OWN"}, ["service.applicant_not_wanted"]),
        ({"role": "applicant", "round": "ROUND", "candidate": "nobody"}, ["facts.nobody_of_that_name"]),
        ({"role": "applicant", "round": "0" * 64, "candidate": "OWN"}, ["service.unknown_round"]),
        ({"role": "applicant", "candidate": "OWN"}, ["service.applicant_missing"]),
    ],
)
def test_an_account_that_cannot_be_is_refused(given: dict[str, str], codes_: list[str], staff: Staff) -> None:
    known = {"ROUND": staff.round, "OWN": staff.own}
    asked = {"name": "new", "title": "New", "role": "officer", **given}

    answer = staff.ask(
        "admin", "POST", "/v1/accounts", json={key: known.get(value, value) for key, value in asked.items()}
    )

    assert codes(answer) == codes_


def test_accounts_are_listed_without_anything_secret(staff: Staff) -> None:
    page = staff.ask("admin", "GET", "/v1/accounts", params={"limit": 3}).json()

    assert [row["name"] for row in page["rows"]] == ["admin", "li", "wang"]
    assert page["total"] > 3
    assert not {"password", "hash"} & page["rows"][0].keys()
    own = staff.ask("admin", "POST", "/v1/accounts/admin/close")
    assert (own.status_code, codes(own)) == (409, ["service.own_account"])
