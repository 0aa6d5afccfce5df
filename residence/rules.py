"""Rules of registration and permit as data: layers of parameters with their clauses, open points chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from values.periods import Period, Unit
from values.problems import BadInput, Place, Problem, bad_input
from values.yaml_marks import read_yaml

FORMAT = "residence/1"
SuspensionEffect = Literal["reset", "pause", "ignore"]
CountsFrom = Literal["registration", "arrival"]
Anchor = Literal["issue", "residence"]


@dataclass(frozen=True)
class Rules:
    """What a place's rules say. `None`: no text says anything.

    `exemptions`: ground to the longest exempt stay in days (None: any). `cites`: parameter to clause.
    """

    place: str
    status: str
    minimum_stay: int | None
    exemptions: Mapping[str, int | None]
    declare_within: Period | None
    change_within: Period | None
    counts_from: CountsFrom
    residence_needed: Period
    waivers: frozenset[str]
    issue_within: Period
    issue_within_extended: Period | None
    endorsement_anchor: Anchor
    endorsement_window: Period
    suspension_effect: SuspensionEffect
    cites: Mapping[str, str]


def load_rules(layers: Sequence[tuple[str, str]], choices: Mapping[str, str]) -> Rules:
    """Rules of (text, file name) layers, general first; a later layer's parameters replace earlier ones.

    `choices` decides the parameters that the texts leave open, all of them: nothing has a default.
    Calendar-day deadlines roll over to a working day if `deadlines_roll_over` is chosen `yes`.

    Raises:
        BadInput: all problems, `residence.…` with line and column, or `yaml.…`.
    """
    problems: list[Problem] = []
    place, status, stated = "", "", {}
    for text, name in layers:
        marked = read_yaml(text, name, as_text=True)
        document: Any = marked.value
        if not _is_layer(document):
            raise BadInput([Problem.of("residence.format", Place(file=name), expected=FORMAT)])
        if document["over"] != (place or "none"):
            raise bad_input("residence.layer", Place(file=name), over=document["over"], found=place or "none")
        place, status = document["place"], document["status"]
        for parameter, entry in document["rules"].items():
            where = marked.place(("rules", parameter))
            if reason := _wrong(parameter, entry):
                problems.append(Problem.of("residence.parameter", where, name=parameter, reason=reason))
            else:
                stated[parameter] = entry
    values = _chosen(stated, choices, problems)
    if problems:
        raise BadInput(problems)
    rolls = values.pop("deadlines_roll_over")
    for name in ("declare_within", "change_within", "issue_within", "issue_within_extended"):
        values[name] = _rolling(values[name]) if rolls else values[name]
    return Rules(
        place=place, status=status, cites={name: entry["cite"] for name, entry in stated.items()}, **values
    )


def _is_layer(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and set(document) == {"format", "place", "over", "status", "rules"}
        and document["format"] == FORMAT
        and document["status"] in ("law", "opinion", "draft")
        and isinstance(document["place"], str)
        and isinstance(document["rules"], dict)
    )


def _wrong(name: str, entry: object) -> str:
    """What is wrong with a parameter's entry, or nothing."""
    if name not in _PARSERS:
        return "not known"
    if not isinstance(entry, dict) or set(entry) not in ({"value", "cite"}, {"open", "cite"}):
        return "needs cite and either value or open"
    if not isinstance(entry["cite"], str) or not entry["cite"]:
        return "cite must name the clause"
    options = entry.get("open", [entry.get("value")])
    if "open" in entry and not (_is_list_of_texts(options) and len(options) > 1):
        return "open needs two or more words"
    try:
        for option in options:
            _PARSERS[name](option)
    except (ValueError, TypeError, AttributeError):
        return f"{option} cannot be read"
    return ""


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _chosen(
    stated: Mapping[str, dict[str, Any]], choices: Mapping[str, str], problems: list[Problem]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in sorted(set(choices) - {name for name, entry in stated.items() if "open" in entry}):
        problems.append(Problem.of("residence.choice_unknown", name=name, choice=choices[name], options="–"))
    for name, parse in _PARSERS.items():
        entry = stated.get(name)
        if entry is None:
            problems.append(Problem.of("residence.parameter_missing", name=name))
        elif "value" in entry:
            values[name] = parse(entry["value"])
        elif name not in choices:
            options = ", ".join(entry["open"])
            problems.append(
                Problem.of("residence.choice_missing", name=name, cite=entry["cite"], options=options)
            )
        elif choices[name] not in entry["open"]:
            options = ", ".join(entry["open"])
            problems.append(
                Problem.of("residence.choice_unknown", name=name, choice=choices[name], options=options)
            )
        else:
            values[name] = parse(choices[name])
    return values


def _rolling(period: Period | None) -> Period | None:
    if period is None or period.unit == "working_days":
        return period
    return Period(period.count, period.unit, rolls_over=True)


def _period(text: str) -> Period:
    match = re.fullmatch(rf"([0-9]{{1,3}}) ({'|'.join(get_args(Unit))})", text)
    if match is None:
        raise ValueError(text)
    return Period(int(match[1]), match[2])  # type: ignore[arg-type]


def _or_none(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: None if text == "none" else parse(text)


def _days(text: str) -> int:
    period = _period(text)
    if period.unit != "days":
        raise ValueError(text)
    return period.count


def _words(items: list[str]) -> frozenset[str]:
    if not isinstance(items, list) or not all(re.fullmatch("[a-z_]+", item) for item in items):
        raise ValueError(items)
    return frozenset(items)


def _exemptions(items: dict[str, str]) -> dict[str, int | None]:
    return {ground: None if text == "any" else _days(text) for ground, text in items.items()}


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return parse


def _yes_or_no(text: str) -> bool:
    return _one_of("yes", "no")(text) == "yes"


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "minimum_stay": _or_none(_days),
    "exemptions": _exemptions,
    "declare_within": _or_none(_period),
    "change_within": _or_none(_period),
    "counts_from": _one_of(*get_args(CountsFrom)),
    "residence_needed": _period,
    "waivers": _words,
    "issue_within": _period,
    "issue_within_extended": _or_none(_period),
    "endorsement_anchor": _one_of(*get_args(Anchor)),
    "endorsement_window": _period,
    "suspension_effect": _one_of(*get_args(SuspensionEffect)),
    "deadlines_roll_over": _yes_or_no,
}
