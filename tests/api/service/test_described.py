"""The API description is true and complete: generated requests, good and bad, are answered as it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from api.service.application import create_app
from api.service.kinds import KINDS
from api.service.models import JobRequest
from api.service.permissions import ROLES, WITH_ACCOUNT
from api.service.requests import TABLES
from publication.messages import sentences
from storage.contents import Depot
from storage.database import open_database
from storage.registrations import Registry
from tests.api.service.office import MAX_UPLOAD, NOW, OPEN, Decided
from tests.api.service.staff import REQUIRED, Staff, routes

NOWHERE = Registry(open_database("sqlite:///nowhere/at-all"), Depot(Path("nowhere")))
GUARDED = create_app(NOWHERE, now=lambda: NOW, max_upload=MAX_UPLOAD, worker=None, entrance=REQUIRED)
APP = create_app(NOWHERE, now=lambda: NOW, max_upload=MAX_UPLOAD, worker=None, entrance=OPEN)
BODIES = ["register_policy", "register_round", "upload_tables", "upload_table", "submit_job"]
"""Operations on documents of which the description only says that they are text, and on keys used before."""

PASSWORDS = ["begin_session", "change_own_password"]
"""Operations on passwords, of which none by chance is right."""

OF_ACCOUNTS = [name for _, _, name, route in routes(APP) if route.operation.permission in WITH_ACCOUNT]
"""Operations that mean nothing where nobody signs in."""

MADE_UP = ["add_account", "release_result"]
"""Operations on names, numbers and jobs that go together."""

ACCEPTED = ["2xx", "404", "409"]
ASKING = {"administrator": "admin", "officer": "li", "auditor": "wang", "department": "health"}


def config(mode: str) -> SchemathesisConfig:
    """Every check; a text that is no policy is refused with 422, and that is no fault of the service."""
    checks = {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}
    refusing = {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "422"]}}
    wrong = {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "401", "403", "422", "429"]}}
    off = {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "403"]}}
    return SchemathesisConfig.from_dict(
        {
            "checks": checks,
            "generation": {"mode": mode},
            "operations": [
                {"include-operation-id": [*BODIES, *MADE_UP], "checks": refusing},
                {"include-operation-id": PASSWORDS, "checks": wrong},
            ]
            if mode == "all"
            else [
                {"include-operation-id": BODIES, "checks": refusing},
                {"include-operation-id": OF_ACCOUNTS, "checks": off},
            ],
        }
    )


for media_type in TABLES:
    schemathesis.openapi.media_type(media_type, st.binary(max_size=100))
anything = schemathesis.openapi.from_asgi("/openapi.json", GUARDED, config=config("all"))
valid = schemathesis.openapi.from_asgi("/openapi.json", APP, config=config("positive"))
tried = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def served(decided: Decided, staff: Staff) -> Iterator[dict[str, str]]:
    """Requests go to the service with a decided round; the ids of what is there."""
    APP.state.service = decided.office.app.state.service
    GUARDED.state.service = staff.client.app.state.service  # type: ignore[attr-defined]
    known = decided.office.get(f"/jobs/{decided.allocated}/outcomes").json()["rows"][0]["candidate"]
    policy = decided.office.get(f"/rounds/{decided.round}").json()["policy"]
    yield {
        "policy_id": policy,
        "policy": policy,
        "round_id": decided.round,
        "job_id": decided.allocated,
        "candidate": known,
        "name": "quotas",
        "file": "public/record.json",
    }
    staff.ask("li", "PUT", f"/v1/rounds/{decided.round}/release", json={"job": decided.allocated})


@anything.parametrize()
@tried
def test_every_operation_answers_as_it_is_described(case: Case, staff: Staff) -> None:
    """To good and bad requests of somebody who may, and of nobody, with ids that are mostly nobody's."""
    needed = case.operation.definition.raw["x-jifen-permission"]
    who = next((name for role, name in ASKING.items() if needed in ROLES[role]), "own")  # type: ignore[index]

    case.cookies.clear()  # one token a request
    case.call_and_validate(headers={"Authorization": f"Bearer {staff.token(who)}"})


@valid.parametrize()
@tried
def test_operations_on_what_exists_answer_as_described(case: Case, served: dict[str, str]) -> None:
    """With the ids of a policy, a round and a job that are there."""
    for given in (case.path_parameters, case.query):
        for name in set(given) & set(served):
            given[name] = served[name]
    if isinstance(case.body, dict) and "job" in case.body:
        case.body["job"] = served["job_id"]

    response = case.call()

    case.validate_response(response)
    taken_back = case.method == "DELETE" and "service.unknown_table" in response.text
    off = case.operation.definition.raw["x-jifen-permission"] in WITH_ACCOUNT
    assert response.status_code == 403 if off else response.status_code != 404 or taken_back


def test_every_operation_has_an_example_and_a_sentence() -> None:
    """Of what it takes, of what it gives, and of what can go wrong."""
    document = GUARDED.openapi()
    lacking = []

    for address, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            good = [answers[status] for status in answers if status.startswith("2") and status != "204"]
            if not operation["description"] or not all(answer["description"] for answer in answers.values()):
                lacking.append(f"{method} {address}: a sentence")
            if good and not all(has_example(answer["content"], document) for answer in good):
                lacking.append(f"{method} {address}: an example of the answer")
            body = operation.get("requestBody", {}).get("content", {})
            if not has_example(body, document):
                lacking.append(f"{method} {address}: an example of the body")

    assert lacking == []


def has_example(content: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether a media type or the shape behind it shows one; pages and files speak for themselves."""
    for kind, media in content.items():
        schema = media.get("schema", {})
        shape = schema.get("items", schema).get("$ref", "").rpartition("/")[2]
        named = document["components"]["schemas"].get(shape, {})
        if kind.endswith(("json", "yaml")) and not any("example" in key for key in (*media, *schema, *named)):
            return False
    return True


def test_operation_names_are_words_that_a_client_can_be_generated_from() -> None:
    names = [
        operation["operationId"]
        for operations in APP.openapi()["paths"].values()
        for operation in operations.values()
    ]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_no_sentence_about_the_service_is_kept_that_nobody_says() -> None:
    """Codes in the message file stand in the source."""
    rooms = [path.read_text("utf-8") for room in ("api", "storage") for path in Path(room).rglob("*.py")]
    source = "\n".join(rooms)

    kept = [
        code for code in sentences() if code.startswith("service.") and not code.startswith("service.title_")
    ]

    assert [code for code in kept if f'"{code}"' not in source] == []


def test_every_kind_of_job_that_can_be_asked_for_can_be_done() -> None:
    """A request model and a function for each."""
    asked = {model.model_fields["kind"].annotation.__args__[0] for model in get_args(get_args(JobRequest)[0])}

    assert asked == set(KINDS)
