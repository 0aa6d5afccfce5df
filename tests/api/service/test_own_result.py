"""An applicant sees the own part of what was released, and nothing of anybody else, whatever is asked."""

from __future__ import annotations

import itertools

import pytest

from storage.releases import release
from tests.api.service.office import NOW, Decided, codes
from tests.api.service.staff import Staff

OWN = ("/v1/my/points", "/v1/my/sheet", "/v1/my/letter")


def test_own_points_are_the_explanation_with_who_attests_each_line(staff: Staff, decided: Decided) -> None:
    """A5.14: a personal account of points to look at: lines, clauses, attesting bodies, total, outcome."""
    told = staff.ask("own", "GET", "/v1/my/points").json()
    whole = decided.office.get(f"/jobs/{staff.allocated}/explanations/{staff.own}").json()

    assert told == {**whole, "attested_by": told["attested_by"]}
    assert told["candidate"] == staff.own
    assert told["outcome"]["position"] == 1
    assert {line["indicator"] for line in told["lines"]} == told["attested_by"].keys()
    assert all(line["cite"] for line in told["lines"])
    pack = decided.office.get(f"/rounds/{staff.round}").json()["policy"]
    text = decided.office.get(f"/policies/{pack}/text").text
    bodies = {body["zh"] for attested in told["attested_by"].values() for body in attested}
    assert bodies
    assert all(f"attested_by: {{zh: {body}," in text for body in bodies)


def test_own_points_of_a_score_have_no_outcome_yet(staff: Staff) -> None:
    """What an office releases while objections to the points are open."""
    with staff.registry.database.writing() as session:
        release(session, staff.round, staff.scored, now=NOW)
    scored = staff.ask("own", "GET", "/v1/my/points").json()
    letter = staff.ask("own", "GET", "/v1/my/letter")
    with staff.registry.database.writing() as session:
        release(session, staff.round, staff.allocated, now=NOW)

    assert scored["outcome"] is None
    assert scored["total"] == staff.ask("own", "GET", "/v1/my/points").json()["total"]
    assert codes(letter) == ["service.no_letter"]


def test_nothing_is_seen_before_it_is_released_or_after_it_was_withdrawn(staff: Staff) -> None:
    withdrawn = staff.ask("li", "DELETE", f"/v1/rounds/{staff.round}/release")
    answers = [staff.ask("own", "GET", path) for path in OWN]
    shown = staff.ask("li", "GET", f"/v1/rounds/{staff.round}/release")
    put_back = staff.ask("li", "PUT", f"/v1/rounds/{staff.round}/release", json={"job": staff.allocated})

    assert withdrawn.status_code == 204
    assert {(one.status_code, *codes(one)) for one in [*answers, shown]} == {
        (404, "service.nothing_released")
    }
    assert put_back.json()["job"] == staff.allocated
    assert staff.ask("own", "GET", OWN[0]).status_code == 200


@pytest.mark.parametrize("job", ["0" * 32, "letters"])
def test_only_what_applicants_can_read_is_released(job: str, staff: Staff, letters: str) -> None:
    """A job that is not there, and one of another kind."""
    given = letters if job == "letters" else job

    answer = staff.ask("li", "PUT", f"/v1/rounds/{staff.round}/release", json={"job": given})

    assert codes(answer) == ["service.cannot_release" if job == "letters" else "service.unknown_job"]


def test_an_applicant_reads_the_letter_of_the_record_that_was_released(
    staff: Staff, letters: str, decided: Decided
) -> None:
    """Made by a job of its own, from the same tables; it cites the same record."""
    digest = decided.office.get(f"/jobs/{staff.allocated}").json()["result"]["digest"]
    files = {file["file"] for file in decided.office.get(f"/jobs/{letters}/files").json()}

    for who, candidate in (("own", staff.own), ("other", staff.other)):
        pages = {
            lang: staff.ask(who, "GET", OWN[2], headers={"Accept-Language": lang}).text
            for lang in ("zh", "en")
        }

        assert all(digest in page and candidate in page for page in pages.values())
        assert "您" in pages["zh"] or "决定" in pages["zh"]
        assert sum(f"/{candidate}." in file for file in files) == 2


def test_nobody_elses_sheet_is_seen_however_it_is_asked_for(staff: Staff) -> None:
    """By number, by job, in lists, bundles and files, by parameters and bodies; of the other child, there is
    not a word in any answer."""
    job, other = f"/v1/jobs/{staff.allocated}", staff.other
    for path in (
        f"{job}/explanations/{other}",
        f"{job}/sheets/{other}",
        f"{job}/explanations/{staff.own}",  # not even the own one by number: another result may be released
        f"{job}/outcomes",
        f"{job}/scores",
        f"{job}/cutoffs",
        f"{job}/bundles/public",
        f"{job}/bundles/audit",
        f"{job}/files",
        f"{job}/files/tables/assignments.csv",
        f"{job}/notice",
        job,
        f"/v1/rounds/{staff.round}",
        f"/v1/rounds/{staff.round}/jobs",
        f"/v1/rounds/{staff.round}/attested/{other}",
        f"/v1/rounds/{staff.round}/release",
        "/v1/accounts",
        "/v1/accesses",
    ):
        answer = staff.ask("own", "GET", path)
        assert (answer.status_code, codes(answer)) == (403, ["service.not_permitted"]), path
    for path, name in itertools.product(OWN[:2], ("candidate", "round_id", "job_id", "account", "name")):
        answer = staff.ask("own", "GET", path, params={name: other})
        assert other not in answer.text
        assert staff.own in answer.text
    for path in (
        f"/v1/my/points/{other}",
        f"/v1/my/{other}/points",
        f"/v1/my/..%2fjobs/{staff.allocated}/scores",
    ):
        assert staff.ask("own", "GET", path).status_code == 404


def test_two_applicants_see_each_their_own(staff: Staff) -> None:
    """One after the other through the same service: nothing is left over from one for the next."""
    seen = [staff.ask(who, "GET", OWN[0]).json()["candidate"] for who in ("own", "other", "own", "other")]

    assert seen == [staff.own, staff.other] * 2
