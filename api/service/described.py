"""How the API description tells what can go wrong, and the shape of the answer that says so."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from api.service.models import ProblemDocument
from api.service.problems import MEDIA_TYPE

DESCRIPTION = """Decide rounds of points-based allocation exactly as `jifen run` does.

Register a policy, register a round, upload its tables, submit a job, fetch what came of it. Whatever is
wrong is told as `application/problem+json` with the codes and places of the command line, all of it at
once, in Chinese or English by `Accept-Language`. There is no authentication yet: serve on loopback only.
"""

Responses = dict[int | str, dict[str, Any]]

_WHEN = {
    400: "The body is not in the format it claims.",
    403: "The request comes from a page of elsewhere.",
    404: "No such policy, round, table, job or part of a result.",
    409: "It does not go with the state of the job.",
    413: "The body is larger than the service takes.",
    415: "The body is of another media type.",
    422: "The input is wrong; every problem is listed.",
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
