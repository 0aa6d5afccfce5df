"""A resolved policy with some values changed: set or dropped by path, then checked as a whole again.

A path names what stands in the pack: `indicators.training.points.cap`. Brackets name an element of a
list: a band by the number it starts `from`, a stage by its `name`, anything else by its number from 1
(`services.school.ranking.keys[2]`); on a mapping they name a key that a dot would cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from scoring.checks import check_policy, notices
from scoring.conditions import plain
from scoring.constructs import Title
from scoring.departures import KEY
from scoring.model_problems import model_problems
from scoring.pack import UNUSED, Pack, without
from scoring.policy import Policy
from values.canonical import canonical_json
from values.problems import BadInput, Place, Problem
from values.yaml_marks import Document, Path

_TOKEN = re.compile(r"\.?([^.\[\]]+)|\[([^\[\]]+)\]")
_NAMES = ("from", "name", "id")
"""What an element of a list is called by, where it has it."""


@dataclass(frozen=True)
class Change:
    """One change of a policy: the path, the new value (plain YAML values), where it is written.

    `places` are the places inside the value, by path below it. A `drop` takes the path away.
    """

    path: str
    place: Place
    value: object = None
    places: Mapping[Path, Place] | None = None
    drop: bool = False


@dataclass(frozen=True)
class Applied:
    """A change as it took effect: the path, and the value before and after as text; None if dropped.

    `title` names the rule that the path leads into, if it has one; `words` are names of the values.
    """

    path: str
    before: str
    after: str | None
    title: Title | None = None
    words: tuple[Title, Title] | None = None


@dataclass(frozen=True)
class OverlaidPack(Pack):
    """A pack that was changed for a what-if. Its text is still the original's: it decides no round."""

    applied: tuple[Applied, ...]


def overlay(pack: Pack, changes: Sequence[Change]) -> OverlaidPack:
    """The pack with every change, checked like any pack.

    All paths are found in the pack as it was, so no change moves what another one means. Facts and
    groups that only dropped rules used are dropped with them.

    Raises:
        BadInput: every problem: `overlay.no_such_path`, `.bad_path`, `.changed_twice` at the change;
            those of the load checks, after `overlay.breaks_policy`.
    """
    targets = _targets(pack, changes)
    policy, document = _checked(_changed(pack.document, targets), changes)
    canonical = pack.policy.canonical()
    applied = tuple(_applied(canonical, path, change) for path, change in targets.items())
    return OverlaidPack(
        policy, document, pack.text, notices(policy, document), applied, resolution=pack.resolution
    )


def _targets(pack: Pack, changes: Sequence[Change]) -> dict[Path, Change]:
    """Every change by the path it means.

    Raises:
        BadInput: of every change that means none, or what another one changes already.
    """
    defaults = _rules(pack.policy.canonical())
    found: dict[Path, Change] = {}
    problems: list[Problem] = []
    for change in changes:
        try:
            path = _find(change, _rules(pack.document.value), defaults)
        except BadInput as error:
            problems += error.problems
            continue
        both = [other for known, other in found.items() if known[: len(path)] == path[: len(known)]]
        problems += [
            Problem.of("overlay.changed_twice", change.place, path=change.path, other=other.path)
            for other in both
        ]
        found[path] = change
    if problems:
        raise BadInput(problems)
    return found


def _rules(value: object) -> dict[str, Any]:
    """A policy's values without what is told of the readings it was resolved by: that is no rule."""
    assert isinstance(value, dict)
    return {key: part for key, part in value.items() if key != KEY}


def _find(change: Change, written: object, defaults: object) -> Path:
    """The keys and indexes of a path. Its last key may be one that the pack leaves at its default."""
    path: Path = ()
    tokens = list(_tokens(change))
    for number, token in enumerate(tokens, start=1):
        known = _names(written)
        if token in known:
            key = known[token]
            written = written[key]  # type: ignore[index]
            defaults = defaults[key]  # type: ignore[index]
        elif number == len(tokens) and isinstance(written, dict) and token in _names(defaults):
            key = token
        else:
            above = ".".join(map(str, path)) or "–"
            there = ", ".join([*known, *(set(_names(defaults)) - set(known))]) or _text(written)
            raise BadInput(
                [
                    Problem.of(
                        "overlay.no_such_path",
                        change.place,
                        path=change.path,
                        part=token,
                        above=above,
                        there=there,
                    )
                ]
            )
        path = (*path, key)
    return path


def _tokens(change: Change) -> Iterator[str]:
    end = 0
    for token in _TOKEN.finditer(change.path):
        if token.start() != end or (end == 0 and token[0][0] in ".["):
            break
        end = token.end()
        yield token[1] or token[2].strip()
    if end != len(change.path) or not end:
        raise BadInput([Problem.of("overlay.bad_path", change.place, path=change.path)])


def _names(value: object) -> dict[str, Any]:
    """What stands directly below a value: key or index by the name a path has for it."""
    if isinstance(value, dict):
        return {key: key for key in value}
    if not isinstance(value, list):
        return {}
    key = element_key(value)
    if key is not None:
        return {element_name(element, key): index for index, element in enumerate(value)}
    return {str(index + 1): index for index in range(len(value))}


def element_key(elements: Sequence[Any]) -> str | None:
    """The key that all elements of a list are called by; None if they are called by their number."""
    for name in _NAMES:
        if all(isinstance(element, dict) and name in element for element in elements):
            return name
    return None


def element_name(element: Mapping[str, Any], key: str) -> str:
    """What a path calls an element: a number in its shortest form, other names as they are."""
    return _number(element[key])


def _number(value: object) -> str:
    try:
        return plain(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


def _descending(path: Path) -> tuple[int, ...]:
    """A sorting key that brings later elements of a list first: dropping one moves only those after it."""
    return tuple(-part if isinstance(part, int) else 0 for part in path)


def _changed(document: Document, targets: Mapping[Path, Change]) -> Document:
    """The document with the changes; what was changed stands where its change does."""
    tree: Any = _copy(document.value)
    places = dict(document.places)
    for path, change in sorted(targets.items(), key=lambda target: _descending(target[0])):
        places = {known: place for known, place in places.items() if known[: len(path)] != path}
        parent = tree
        for key in path[:-1]:
            parent = parent[key]
        if not change.drop:
            parent[path[-1]] = _copy(change.value)
            places |= {(*path, *below): place for below, place in (change.places or {}).items()}
        else:
            del parent[path[-1]]
        if change.drop and isinstance(parent, list):
            places = {_moved(known, path): place for known, place in places.items()}
        else:
            places[path] = change.place
    return Document(document.name, tree, places)


def _copy(value: object) -> object:
    """A copy in which nothing is shared: services on a common base share what they inherit."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _moved(known: Path, gone: Path) -> Path:
    """Where a path leads after an element of a list before it is gone."""
    depth = len(gone) - 1
    key, last = known[depth : depth + 1], gone[-1]
    behind = known[:depth] == gone[:-1] and key and isinstance(key[0], int) and isinstance(last, int)
    if not behind or key[0] < last:  # type: ignore[operator]
        return known
    return (*known[:depth], int(key[0]) - 1, *known[depth + 1 :])


def _checked(document: Document, changes: Sequence[Change]) -> tuple[Policy, Document]:
    """The policy of the changed document, without what nothing uses any more.

    Raises:
        BadInput: that the changes break the policy, and every problem of it.
    """
    try:
        policy = Policy.model_validate(document.value)
    except ValidationError as error:
        raise _broken(model_problems(error, document), changes) from None
    problems = check_policy(policy, document)
    unused = [problem for problem in problems if problem.code in UNUSED]
    if len(unused) < len(problems):
        raise _broken([problem for problem in problems if problem not in unused], changes)
    if not unused:
        return policy, document
    return _checked(Document(document.name, without(document.value, unused), document.places), changes)


def _broken(problems: Sequence[Problem], changes: Sequence[Change]) -> BadInput:
    first = min(change.place for change in changes)
    paths = ", ".join(change.path for change in changes)
    return BadInput([Problem.of("overlay.breaks_policy", first, paths=paths), *problems])


def _applied(canonical: Any, path: Path, change: Change) -> Applied:
    value, title = canonical, None
    for key in path:
        value = value[key]
        named = value.get("title") if isinstance(value, dict) else None
        title = Title(**named) if isinstance(named, dict) else title
    return Applied(change.path, _text(value), None if change.drop else _text(change.value), title)


def _text(value: object) -> str:
    """A value as it is shown: text and numbers plainly, the rest as JSON."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, str):
        return value
    return canonical_json(_jsonable(value)).decode("utf-8")


def _jsonable(value: object) -> object:
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, Decimal):
        return plain(value)
    return value if isinstance(value, bool | int | str | None) else str(value)
