"""The JSON Schema of packs as they are written, for editors; made from the models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoring.policy import Policy
from scoring.written import KEYS, Reference, Written

HEAD = ("format", "id", "title", "place", "status", "effective")
_NOTHING_PLAIN = {"$ref": "#/$defs/NothingPlain"}
_PARAMETER = {"$ref": "#/$defs/ParameterReference"}
_NUMBER = {"type": "number"}


def pack_schema() -> dict[str, Any]:
    """The schema: the policy's keys, those that resolving takes away, references wherever a value stands.

    Only the head's keys are required: a frame has no services, a lower layer has what the upper one has, a
    service what the one has that it is based on. What is then missing `jifen policy check` tells.
    """
    policy = Policy.model_json_schema(by_alias=True)
    beside = Written.model_json_schema(by_alias=True)
    reference = Reference.model_json_schema(by_alias=True)
    rules, own = _rules(policy), beside["$defs"].keys() - policy["$defs"].keys() - {"NamedCondition"}
    opened = {
        name: _model(part, whole=name not in rules, free=name in own)
        for name, part in sorted({**policy["$defs"], **beside["$defs"]}.items())
    }
    properties = {
        key: part if key in HEAD else _value(part, free=key in KEYS and key != "conditions")
        for key, part in {**policy["properties"], **beside["properties"]}.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "policy/1",
        "description": "A policy pack of Jifen.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(HEAD),
        "$defs": {
            **opened,
            "ParameterReference": {**_plain(reference), "description": "The value of a parameter."},
            "NothingPlain": {
                "description": "Null, one value a reading of a switch, or a named condition.",
                "anyOf": [
                    {"type": "null"},
                    *(
                        {"type": "object", "properties": {key: {"type": "string"}}, "required": [key]}
                        for key in ("switch", "condition")
                    ),
                ],
            },
        },
    }


def _rules(policy: Mapping[str, Any]) -> frozenset[str]:
    """The models that stand directly in a section, by their names in the schema."""
    found = set()
    for part in policy["properties"].values():
        below = part.get("additionalProperties")
        if isinstance(below, Mapping) and "$ref" in below:
            found.add(below["$ref"].rpartition("/")[2])
    return frozenset(found)


def _model(part: Mapping[str, Any], *, whole: bool, free: bool) -> dict[str, Any]:
    """A model whose values may be references; one that is not `whole` may leave keys to the upper layer."""
    found: dict[str, Any] = _plain(part)
    if "properties" in part:
        found["properties"] = {key: _value(value, free=free) for key, value in part["properties"].items()}
    if not whole:
        found.pop("required", None)
    return found


def _value(part: Mapping[str, Any], *, free: bool = False) -> dict[str, Any]:
    """A value as written: plain, null, a switch, a parameter where it is a number. `free` ones are plain."""
    plain: dict[str, Any] = _plain(part)
    if free:
        return plain
    rest: dict[str, Any] = {key: plain.pop(key) for key in ("description", "default") if key in plain}
    options = [_inside(option) for option in plain.pop("anyOf", None) or [plain]]
    options = [option for option in options if option != {"type": "null"}]
    if any(option.get("type") in ("number", "integer") for option in options):
        options.append(_PARAMETER)
    value = options[0] if len(options) == 1 else {"anyOf": options}
    return {"if": _NOTHING_PLAIN, "else": value, **rest}


def _inside(option: Mapping[str, Any]) -> dict[str, Any]:
    """Elements of lists and mappings may be references too."""
    found = dict(option)
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), Mapping):
            found[key] = _value(found[key])
    if "prefixItems" in found:
        found["prefixItems"] = [_value(one) for one in found["prefixItems"]]
    return found


def _plain(part: Any) -> Any:
    """Without titles made from names; numbers are numbers, not text; unions need no discriminator."""
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    found = {key: _plain(one) for key, one in part.items() if not (key == "title" and isinstance(one, str))}
    found.pop("discriminator", None)
    options = found.pop("oneOf", None) or found.get("anyOf")
    if options:
        numbers = _NUMBER in options and {"type": "boolean"} not in options
        found["anyOf"] = [one for one in options if not (numbers and _is_text(one))]
    return found


def _is_text(option: Mapping[str, Any]) -> bool:
    return option.get("type") == "string" and "format" not in option
