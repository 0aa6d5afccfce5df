"""How the API description tells what can go wrong, and the shape of the answer that says so."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from api.service.credentials import COOKIE
from api.service.models import ProblemDocument
from api.service.permissions import OPEN, PURPOSE
from api.service.problems import MEDIA_TYPE

DESCRIPTION = """Decide rounds of points-based allocation exactly as `jifen run` does.

Register a policy, register a round, upload its tables, submit a job, fetch what came of it. Whatever is
wrong is told as `application/problem+json` with the codes and places of the command line, all of it at
once, in Chinese or English by `Accept-Language`.
"""

SIGNED_IN = """
Sign in with `POST /v1/session` and send the token as `Authorization: Bearer …`. What an operation needs is
`x-jifen-permission`. What shows people, `x-jifen-purpose`, also needs a purpose in the header
`Jifen-Purpose`, in UTF-8 or percent-encoded, and leaves a line that the auditor reads.
"""

SCHEMES = {
    "session": {"type": "http", "scheme": "bearer"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
PURPOSE_PARAMETER = {
    "name": PURPOSE,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[!-~]{1,60}$"},
    "description": "Why people are looked at: at most 200 characters, in UTF-8 or percent-encoded.",
    "example": "objection-17",
}

Responses = dict[int | str, dict[str, Any]]

_WHEN = {
    400: "The body is not in the format it claims.",
    401: "Nobody is signed in, or not with this name and password.",
    403: "Whoever asks may not: the role, a one-time password, or a page of elsewhere.",
    404: "No such policy, round, table, job, account or part of a result.",
    409: "It does not go with the state of the job or account.",
    413: "The body is larger than the service takes.",
    415: "The body is of another media type.",
    422: "The input is wrong; every problem is listed.",
    429: "Too many attempts; `Retry-After` says when the next is looked at.",
}


def again(model: type[BaseModel]) -> Responses:
    """The description of the answer to a request that was made before."""
    return {200: {"model": model, "description": "The same was asked before; nothing new was made."}}


def problems(*statuses: int, also: Responses | None = None) -> Responses:
    """The description of the errors that an operation can answer with, and of other answers."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return (also or {}) | {
        status: {"description": _WHEN[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted(statuses)
    }


def describe_problems(app: FastAPI) -> None:
    """Put the shape of a problem document into the API description."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            schemas = plain()["components"]["schemas"]
            own = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= own.pop("$defs")
            schemas["ProblemDocument"] = own
        return plain()

    app.openapi = described  # type: ignore[method-assign]


def describe_sign_in(app: FastAPI) -> None:
    """Put into the API description how one says who asks."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        document = plain()
        if "securitySchemes" not in document["components"]:
            document["info"]["description"] += SIGNED_IN
            document["components"]["securitySchemes"] = SCHEMES
            for methods in document["paths"].values():
                for told in methods.values():
                    _describe_operation(told)
        return document

    app.openapi = described  # type: ignore[method-assign]


def _describe_operation(told: dict[str, Any]) -> None:
    if told["x-jifen-permission"] not in OPEN:
        told["security"] = [{name: []} for name in SCHEMES]
    if told["x-jifen-purpose"]:
        told["parameters"] = [*told.get("parameters", []), PURPOSE_PARAMETER]
