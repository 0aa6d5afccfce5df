"""From a pack's text to a checked policy. Takes text and a name: the edge reads the file."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scoring import conditions, constructs, policy, rounding, table_rows
from scoring.checks import check_policy, notices
from scoring.conditions import CONDITIONS
from scoring.constructs import CONSTRUCTS
from scoring.policy import Policy
from scoring.yaml_marks import Document, Path, read_yaml
from values.problems import BadInput, Place, Problem


@dataclass(frozen=True)
class Pack:
    """A pack as written: the checked policy, its text, and where everything stands in it."""

    policy: Policy
    document: Document
    text: str
    notices: tuple[Problem, ...]


def load_pack(text: str, name: str) -> Pack:
    """Parse, validate and check a pack; `name` is the file named in errors.

    Raises:
        BadInput: every problem of the pack, each with file, line and column.
    """
    document = read_yaml(text, name)
    if not isinstance(document.value, dict):
        raise BadInput([Problem.of("pack.not_a_mapping", document.place(()))])
    inherited = _inherit(document)
    try:
        checked = Policy.model_validate(inherited.value)
    except ValidationError as error:
        raise BadInput(model_problems(error, inherited)) from None
    problems = check_policy(checked, inherited)
    if problems:
        raise BadInput(problems)
    return Pack(checked, inherited, text, notices(checked, inherited))


def _inherit(document: Document) -> Document:
    """Services with `based_on` take the keys they lack from that service, with their places."""
    value = document.value
    assert isinstance(value, dict)
    services = value.get("services")
    if not isinstance(services, dict):
        return document
    merged, places = dict(services), dict(document.places)
    for name, own in services.items():
        base = services.get(own.get("based_on")) if isinstance(own, dict) else None
        if not isinstance(base, dict):
            continue
        if "based_on" in base:
            raise BadInput(
                [Problem.of("pack.based_on_chain", document.place(("services", name, "based_on")))]
            )
        merged[name] = {**base, **own}
        for path, place in document.places.items():
            if path[:2] == ("services", own["based_on"]) and len(path) > 2 and path[2] not in own:
                places[("services", name, *path[2:])] = place
    return Document(document.name, {**value, "services": merged}, places)


def model_problems(error: ValidationError, document: Document) -> list[Problem]:
    """The problems of a pydantic validation, one a place and code: a union reports every member it tried."""
    found: dict[tuple[Place, str], Problem] = {}
    for details in error.errors(include_url=False):
        problem = _problem(details, document)
        found.setdefault((problem.place, problem.code), problem)
    return [found[key] for key in sorted(found)]


def _problem(details: ErrorDetails, document: Document) -> Problem:
    path: Path = tuple(part for part in details["loc"] if not str(part).startswith("<"))
    place = document.place(path)
    key = str(path[-1]) if path else ""
    match details["type"]:
        case "extra_forbidden" if key in _KEYS:
            return Problem.of("pack.misplaced_key", place, key=key)
        case "extra_forbidden":
            near = difflib.get_close_matches(key, _KEYS, 1)
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


def _pack_keys() -> list[str]:
    models = {
        item
        for module in (policy, conditions, constructs, table_rows, rounding)
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, conditions.PackModel)
    }
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})


_KEYS = _pack_keys()
