"""What validation found wrong with a document, told as problems with places and remedies."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from scoring.conditions import CONDITIONS
from scoring.constructs import CONSTRUCTS
from scoring.policy import Policy
from scoring.written import KEYS, Written
from values.problems import BadInput, Place, Problem
from values.yaml_marks import Document, Path

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], value: object, document: Document) -> Model:
    """A value of a document as a model.

    Raises:
        BadInput: every problem of form, at its place in the document.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BadInput(model_problems(error, document, model)) from None


def written(document: Document, *keys: str) -> Written:
    """What a pack says beside the policy, or some keys of that.

    Raises:
        BadInput: every problem of form.
    """
    value = document.value
    assert isinstance(value, dict)
    return validated(Written, {key: value[key] for key in keys or KEYS if key in value}, document)


def model_problems(
    error: ValidationError, document: Document, model: type[BaseModel] = Policy
) -> list[Problem]:
    """The problems of a pydantic validation, one a place and code: a union reports every member it tried."""
    found: dict[tuple[Place, str], Problem] = {}
    for details in error.errors(include_url=False):
        problem = _problem(details, document, _keys(model))
        found.setdefault((problem.place, problem.code), problem)
    return [found[key] for key in sorted(found)]


def _problem(details: ErrorDetails, document: Document, keys: list[str]) -> Problem:
    path: Path = tuple(part for part in details["loc"] if not str(part).startswith("<"))
    place = document.place(path)
    key = str(path[-1]) if path else ""
    match details["type"]:
        case "extra_forbidden" if key in keys:
            return Problem.of("pack.misplaced_key", place, key=key)
        case "extra_forbidden":
            near = difflib.get_close_matches(key, keys, 1)
            return Problem.of("pack.unknown_key", place, key=key, near=near[0] if near else "–")
        case "missing" if key.endswith("cite"):
            return Problem.of("pack.uncited", place, rule=".".join(map(str, path[:-1])))
        case "missing":
            return Problem.of("pack.missing_key", place, key=key)
        case "no_construct" | "no_condition" as kind:
            known = CONSTRUCTS if kind == "no_construct" else CONDITIONS
            return Problem.of(f"pack.{kind}", place, known=", ".join(known))
        case "formula":
            told = details["ctx"]
            return Problem.of(f"pack.{told['code']}", place, column=told["column"], found=told["found"])
        case "value_error":
            return Problem.of(f"pack.{details['ctx']['error']}", place)
        case "literal_error" | "enum":
            return Problem.of("pack.not_one_of", place, key=key, known=details["ctx"]["expected"])
        case kind if kind in _EXPECTED:
            return Problem.of(f"pack.not_{_EXPECTED[kind]}", place, key=key)
        case _:
            return Problem.of("pack.wrong_value", place, key=key, expected=details["msg"])


_EXPECTED = {
    "is_instance_of": "a_number",
    "decimal_type": "a_number",
    "int_type": "a_whole_number",
    "string_type": "text",
    "bool_type": "true_or_false",
    "date_type": "a_date",
    "tuple_type": "a_list",
    "dict_type": "a_mapping_here",
    "model_type": "a_mapping_here",
    "model_attributes_type": "a_mapping_here",
}
"""What the validation library calls a wrong type, and what a policy officer should write."""


def models_of(*roots: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """The models that a document of these models may contain, each once: the roots first."""
    found: dict[type[BaseModel], None] = {}
    waiting = list(roots)
    while waiting:
        model = waiting.pop(0)
        if model not in found:
            found[model] = None
            for field in model.model_fields.values():
                waiting += _models_in(field.annotation)
    return tuple(found)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


@cache
def _keys(model: type[BaseModel]) -> list[str]:
    """Every key that a document of this model may have somewhere; a pack is read in two parts."""
    models = models_of(*((Policy, Written) if issubclass(model, Policy | Written) else (model,)))
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})
