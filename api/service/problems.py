"""Problems over HTTP: one `application/problem+json` document (RFC 9457) with everything that is wrong."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from publication.messages import Lang, problem_line, sentence
from values.problems import JifenError, Place, Problem, Refused

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:jifen:problem:"
KINDS: Mapping[int, str] = {
    400: "malformed",
    401: "not-signed-in",
    403: "not-permitted",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    422: "bad-input",
    429: "too-many-attempts",
    500: "defect",
}
STATUSES: Mapping[str, int] = {
    "service.not_signed_in": 401,
    "service.wrong_credentials": 401,
    "service.wrong_scheme": 401,
    "service.ambiguous_credentials": 401,
    "service.foreign_request": 403,
    "service.cross_site": 403,
    "service.sign_in_is_off": 403,
    "service.not_permitted": 403,
    "service.password_to_change": 403,
    "service.too_many_attempts": 429,
    "service.unknown_policy": 404,
    "service.unknown_round": 404,
    "service.unknown_table": 404,
    "service.unknown_job": 404,
    "service.unknown_account": 404,
    "service.nothing_released": 404,
    "service.no_letter": 404,
    "service.no_result": 404,
    "service.not_in_result": 404,
    "facts.nobody_of_that_name": 404,
    "service.job_over": 409,
    "service.account_exists": 409,
    "service.account_closed": 409,
    "service.own_account": 409,
    "service.wrong_media_type": 415,
    "service.malformed_body": 400,
}
"""Codes that are not 422, the answer to an input that is wrong."""


def language(request: Request) -> Lang:
    """Chinese if `Accept-Language` wants it more than English, else English."""
    wanted: dict[str, float] = {}
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().lower().partition(";q=")
        wanted.setdefault(tag[:2], _weight(weight))
    return "zh" if wanted.get("zh", 0) > wanted.get("en", 0) else "en"


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0


Language = Annotated[Lang, Depends(language)]


def problem_entries(problems: Iterable[Problem], lang: Lang) -> list[dict[str, Any]]:
    """Code, figures, place and sentence of every problem, each once."""
    return [
        {
            "code": problem.code,
            "params": dict(problem.params),
            "place": {name: value for name, value in vars(problem.place).items() if value},
            "text": problem_line(problem, lang),
        }
        for problem in dict.fromkeys(problems)
    ]


def kept_problems(text: str) -> list[Problem]:
    """Problems as a job's row keeps them."""
    return [Problem.of(item["code"], Place(**item["place"]), **item["params"]) for item in json.loads(text)]


def answer(
    request: Request, status: int, problems: Iterable[Problem], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The document of some problems in the language of the request."""
    lang = language(request)
    entries = problem_entries(problems, lang)
    document = {
        "type": TYPE + KINDS[status],
        "title": sentence(f"service.title_{status}", {}, lang),
        "status": status,
        "detail": entries[0]["text"],
        "instance": request.url.path,
        "problems": entries,
    }
    told = {**(headers or {}), "Content-Language": lang, "Vary": "Accept-Language"}
    return JSONResponse(document, status, told, MEDIA_TYPE)


def tell_problems(app: FastAPI) -> None:
    """Let the application answer every error this way."""
    app.add_exception_handler(JifenError, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _protocol)
    app.add_exception_handler(Exception, _defect)


def status_of(error: JifenError) -> int:
    """The status that tells of an error."""
    return STATUSES.get(error.problems[0].code, 409 if isinstance(error, Refused) else 422)


def _refusal(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, JifenError)
    status, headers = status_of(error), {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 429:
        headers["Retry-After"] = str(dict(error.problems[0].params)["seconds"])
    return answer(request, status, error.problems, headers)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [_invalid_part(details) for details in error.errors()]
    return answer(request, 400 if problems[0].code == "service.malformed_body" else 422, problems)


def _invalid_part(details: Mapping[str, Any]) -> Problem:
    place = Place(path="/".join(map(str, details["loc"])))
    match details["type"]:
        case "missing":
            return Problem.of("service.missing_part", place)
        case "extra_forbidden":
            return Problem.of("service.unknown_part", place)
        case "json_invalid":
            return Problem.of("service.malformed_body", place, reason=details["ctx"]["error"])
        case _:
            return Problem.of("service.wrong_part", place, expected=details["msg"])


def _protocol(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    problem = {
        404: Problem.of("service.no_such_address"),
        405: Problem.of("service.method_not_allowed", method=request.method),
        413: Problem.of("service.too_large", limit=error.detail),
    }.get(error.status_code, Problem.of("service.malformed_body", reason=error.detail))
    status = error.status_code if error.status_code in (404, 405, 413) else 400
    return answer(request, status, [problem], {**(error.headers or {}), **_allowed(request, status)})


def _allowed(request: Request, status: int) -> dict[str, str]:
    """Every method of an address: the router itself names those of the first route that it found."""
    if status != 405:
        return {}
    addresses: dict[str, dict[str, object]] = request.app.openapi()["paths"]
    methods = {
        method.upper()
        for address, operations in addresses.items()
        if compile_path(address)[0].match(request.url.path)
        for method in operations
    }
    return {"allow": ", ".join(sorted(methods))} if methods else {}


def _defect(request: Request, error: Exception) -> JSONResponse:
    """An error that nobody foresaw: its text may hold somebody's data and stays in the service's log."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return answer(request, 500, [Problem.of("service.defect", what=type(error).__name__, where=where)])
