"""Jobs over HTTP: one key is one job, whoever waits is told, and what is cancelled is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.service.permissions import requires
from storage.jobs import lease_next, renew
from tests.api.service.office import NOW, Office, codes, problems


def test_a_submission_that_is_repeated_gives_the_same_job(office: Office, city: Path) -> None:
    """As after an answer that was lost on its way; the second answer says that nothing was begun."""
    round_id = office.round(city)

    first, again = office.submit(round_id), office.submit(round_id)

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == f"/v1/jobs/{first.json()['id']}"
    assert len(office.get(f"/rounds/{round_id}/jobs").json()) == 1


def test_a_repeated_submission_is_known_by_its_meaning(office: Office, city: Path) -> None:
    """An option that was left out is the same as its default."""
    round_id = office.round(city)

    assert office.submit(round_id).json() == office.submit(round_id, pdf=False).json()


@pytest.mark.parametrize("other", [{"kind": "score"}, {"kind": "allocate", "pdf": True}])
def test_a_key_that_was_used_for_another_request_is_refused(
    other: dict[str, object], office: Office, city: Path
) -> None:
    round_id = office.round(city)
    office.submit(round_id)

    answer = office.submit(round_id, **other)  # type: ignore[arg-type]

    assert (answer.status_code, codes(answer)) == (422, ["service.key_reused"])
    assert len(office.get(f"/rounds/{round_id}/jobs").json()) == 1


def test_a_submission_without_a_key_is_refused(office: Office, city: Path) -> None:
    round_id = office.round(city)

    answer = office.post(f"/rounds/{round_id}/jobs", json={"kind": "score"})

    assert problems(answer) == [("service.missing_part", {"path": "header/Idempotency-Key"})]


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"kind": "score", "pdf": True}, "service.unknown_part", "body/score/pdf"),
        ({"kind": "allocate", "pdf": "yes"}, "service.wrong_part", "body/allocate/pdf"),
        ({"kind": "allocate", "pdf": 1}, "service.wrong_part", "body/allocate/pdf"),
        ({"kind": "publish"}, "service.wrong_part", "body"),
        ({}, "service.wrong_part", "body"),
        ([], "service.wrong_part", "body"),
    ],
)
def test_bodies_are_read_strictly(body: object, code: str, path: str, office: Office, city: Path) -> None:
    """No key that is not known, no word or number where yes or no is asked."""
    round_id = office.round(city)

    answer = office.post(f"/rounds/{round_id}/jobs", json=body, headers={"Idempotency-Key": "k"})

    assert (answer.status_code, problems(answer)) == (422, [(code, {"path": path})])


def test_a_body_that_is_no_json_is_told_as_such(office: Office, city: Path) -> None:
    answer = office.post(
        f"/rounds/{office.round(city)}/jobs",
        content=b'{"kind": ',
        headers={"Idempotency-Key": "k", "Content-Type": "application/json"},
    )

    assert (answer.status_code, codes(answer)) == (400, ["service.malformed_body"])


def test_a_job_reads_the_tables_that_the_round_had(office: Office, city: Path, results: Path) -> None:
    """What is uploaded after the submission counts for later jobs only."""
    round_id = office.round(city)
    job_id = office.submit(round_id).json()["id"]
    fewer = (city / "refusals.csv").read_bytes().splitlines(keepends=True)[0]
    path = f"/v1/rounds/{round_id}/tables/refusals"
    office.client.put(path, content=fewer, headers={"Content-Type": "text/csv"})

    office.work()

    record = (results / "public" / "record.json").read_bytes()
    assert office.get(f"/jobs/{job_id}/record").content == record


def test_a_job_that_is_cancelled_while_it_waits_never_begins(office: Office, city: Path) -> None:
    job_id = office.submit(office.round(city)).json()["id"]

    first, again = (office.post(f"/jobs/{job_id}/cancel") for _ in range(2))

    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert (again.status_code, codes(again)) == (409, ["service.job_over"])
    with office.registry.database.writing() as session:
        assert lease_next(session, lease="l", now=NOW, seconds=1) is None


def test_a_job_that_is_cancelled_in_the_middle_loses_its_worker(office: Office, city: Path) -> None:
    """The worker hears of it at the next sign of life, and cannot keep a result any more."""
    job_id = office.submit(office.round(city)).json()["id"]
    with office.registry.database.writing() as session:
        lease_next(session, lease="held", now=NOW, seconds=60)

    assert office.post(f"/jobs/{job_id}/cancel").json()["status"] == "cancelled"

    with office.registry.database.writing() as session:
        assert not renew(session, "held", now=NOW, seconds=60)


def test_an_error_that_nobody_foresaw_tells_what_but_nobodys_data(office: Office) -> None:
    """The exception's own words may hold somebody's name; they stay in the log."""
    office.app.add_api_route("/broken", broken)
    client = type(office.client)(office.app, raise_server_exceptions=False)

    answer = client.get("/broken")

    assert (answer.status_code, codes(answer)) == (500, ["service.defect"])
    assert "test_submitting.py" in answer.text
    assert "ZhangSan" not in answer.text


@requires("anyone")
def broken() -> None:
    raise ValueError("ZhangSan")
