"""Packs laid over each other: a city's pack on its province's, and what a lower layer may add or change.

The lower layer takes everything from the upper one. Rules are merged by name (`indicators.skill`), and a
rule by key (`points`): what the lower layer writes there takes the place of the upper layer's, null takes
it away. The keys of the head belong to each layer itself. A lower layer may add rules, as far as the upper
one sets no limits; it may change only what the upper one names in `lower_layers.may_change`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from scoring.bounds import indicator_bounds
from scoring.model_problems import written
from scoring.policy import Policy
from scoring.standing_model import Limited
from scoring.units import points
from scoring.written import LowerLayers
from values.points import to_text
from values.problems import BadInput, Place, Problem, bad_input
from values.yaml_marks import Document, Path, read_yaml

LookUp = Callable[[str, date], tuple[str, str] | None]
"""The text of a pack's version, and the name of its file for errors; None if there is no such version."""

HEAD = ("format", "id", "title", "place", "status", "effective", "extends", "lower_layers")
"""Keys that a layer does not take from the one above."""

DEEPEST = 5
"""Keys to the deepest value that is replaced as a whole: a key of a criterion of a service."""


@dataclass(frozen=True)
class Layer:
    """An upper layer: its id and first day, the file's name and text."""

    id: str
    version: date
    name: str
    text: str


@dataclass(frozen=True)
class Stack:
    """A pack laid over its upper layers, the highest first: all of it, and the layers themselves."""

    document: Document
    layers: tuple[Layer, ...]
    uppers: tuple[Document, ...]


def no_layers(_pack: str, _version: date) -> None:
    """The look-up of somebody who has no other packs."""


def stacked(document: Document, look_up: LookUp) -> Stack:
    """A pack with everything that it takes from its upper layers.

    Raises:
        BadInput: `pack.layer_missing`, `.layer_cycle`, `.layer_other`, `.layer_not_in_force`, at `extends`;
            `.layer_forbids` at each change that an upper layer does not allow; what is wrong with the
            form of an upper layer, in its file.
    """
    found = list(_uppers(document, look_up))[::-1]
    if not found:
        return Stack(document, (), ())
    uppers = [upper for _, upper in found]
    whole, problems = uppers[0], list[Problem]()
    for number, lower in enumerate([*uppers[1:], document], start=1):
        problems += _forbidden(whole, lower, uppers[:number])
        whole = _merged(whole, lower)
    if problems:
        raise BadInput(problems)
    return Stack(whole, tuple(layer for layer, _ in found), tuple(uppers))


def layer_problems(policy: Policy, stack: Stack) -> list[Problem]:
    """What the resolved pack lacks or has too much of, by the rules of its upper layers.

    Codes: `pack.layer_lacks_group`, `.layer_adds_kind`, `.layer_adds_group`, `.layer_adds_points`,
    `.layer_forbids` of an added limit, choice or sanction, or of a limit in an added service, that takes
    points of the upper layer's indicators.
    """
    problems: list[Problem] = []
    known: set[str] = set()
    rules_known: set[str] = set()
    for upper in stack.uppers:
        known |= set(_section(upper, "indicators"))
        rules_known |= _rules_across(upper)
        rules = written(upper, "lower_layers").lower_layers
        problems += _changed_lines(policy, rules, rules_known, stack.document, upper)
        if rules is not None:
            added = [name for name in policy.indicators if name not in known]
            problems += _lacking(policy, rules, stack.document, upper)
            problems += _added(policy, rules, added, stack.document, upper)
    return problems


def _uppers(document: Document, look_up: LookUp) -> Iterator[tuple[Layer, Document]]:
    seen = [_identity(document)]
    while (extends := written(document, "extends").extends) is not None:
        place = document.place(("extends", "pack"))
        named = {"pack": extends.pack, "version": extends.version}
        if (extends.pack, extends.version) in seen:
            chain = " → ".join(str(pack) for pack, _ in [*seen, (extends.pack, None)])
            raise bad_input("pack.layer_cycle", place, chain=chain)
        found = look_up(extends.pack, extends.version)
        if found is None:
            raise bad_input("pack.layer_missing", place, **named)
        below, document = document, read_yaml(*found)
        if not isinstance(document.value, dict):
            raise bad_input("pack.not_a_mapping", document.place(()))
        if _identity(document) != (extends.pack, extends.version):
            raise bad_input("pack.layer_other", place, file=document.name, **named)
        _refuse_ended(below, document, named)
        seen.append(_identity(document))
        yield Layer(extends.pack, extends.version, found[1], found[0]), document


def _identity(document: Document) -> tuple[object, object]:
    value: Any = document.value
    effective = value.get("effective")
    return value.get("id"), effective.get("from") if isinstance(effective, dict) else None


def _refuse_ended(lower: Document, upper: Document, named: Mapping[str, object]) -> None:
    """An upper layer must be in force on the first day of the lower one."""
    (_, begins), value = _identity(lower), upper.value
    until = value["effective"].get("until")  # type: ignore[index]
    start = named["version"]
    if not isinstance(begins, date) or not isinstance(start, date):
        return
    if begins < start or (isinstance(until, date) and begins > until):
        place = lower.place(("extends", "version"))
        raise bad_input("pack.layer_not_in_force", place, day=begins, **named)


def _merged(upper: Document, lower: Document) -> Document:
    assert isinstance(upper.value, dict)
    top = {name: part for name, part in upper.value.items() if name not in HEAD}
    kept: tuple[set[Path], set[Path]] = (set(), set())
    value = _laid(top, lower.value, (), kept)
    places: dict[Path, Place] = {(): lower.place(())}
    for document, whole in zip((upper, lower), kept, strict=True):
        for path, place in document.places.items():
            if any(path[:size] in whole for size in range(1, DEEPEST + 1)):
                places[path] = place
    return Document(lower.name, value, {**lower.places, **places})


def _laid(high: Any, low: Any, path: Path, kept: tuple[set[Path], set[Path]]) -> Any:
    """A value of the upper layer with the lower layer's over it.

    `kept` gathers the paths below which everything is the upper layer's, and those of the lower layer.
    """
    if not (_by_key(path) and isinstance(high, dict) and isinstance(low, dict)):
        kept[1].add(path)
        return low
    result: dict[str, Any] = {}
    for key in [*high, *(key for key in low if key not in high)]:
        below = (*path, key)
        if key not in low:
            kept[0].add(below)
            result[key] = high[key]
        elif key not in high:
            kept[1].add(below)
            result[key] = low[key]
        elif low[key] is not None:
            result[key] = _laid(high[key], low[key], below, kept)
    return result


def _by_key(path: Path) -> bool:
    """Whether mappings at a path are merged key by key: sections, their rules, criteria of a service."""
    return len(path) <= 2 or (path[0] == "services" and path[2] == "criteria" and len(path) <= 4)


def _forbidden(whole: Document, lower: Document, uppers: Sequence[Document]) -> Iterator[Problem]:
    """Every change of what stands in an upper layer that this layer does not allow."""
    for path in _changes(whole.value, lower.value, ()):
        for upper in uppers:
            rules = written(upper, "lower_layers").lower_layers
            allowed = rules.may_change if rules else ()
            dotted = ".".join(map(str, path))
            free = any(f"{dotted}.".startswith(f"{name}.") for name in allowed)
            if not free and _has(upper.value, path[:2]):
                pack, _ = _identity(upper)
                place = lower.place(path)
                can = ", ".join(allowed) or "–"
                yield Problem.of("pack.layer_forbids", place, rule=dotted, layer=pack, allowed=can)
                break


def _changes(high: Any, low: Any, path: Path) -> Iterator[Path]:
    """Where the lower layer says otherwise than the upper one; what it only adds is no change."""
    if not isinstance(high, dict) or not isinstance(low, dict):
        if high != low:
            yield path
        return
    for key, value in low.items():
        if not path and key in HEAD:
            continue
        if key in high:
            yield from _changes(high[key], value, (*path, key))
        elif len(path) > 1:
            yield (*path, key)
    if not _by_key(path):
        yield from ((*path, key) for key in high if key not in low)


def _has(value: Any, path: Path) -> bool:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def _lacking(policy: Policy, rules: LowerLayers, whole: Document, upper: Document) -> Iterator[Problem]:
    used = {indicator.group for indicator in policy.indicators.values()}
    for group in rules.required_groups:
        if group not in used:
            yield _told("layer_lacks_group", ("extends",), rules, whole, upper, group=group)


def _added(
    policy: Policy, rules: LowerLayers, added: Sequence[str], whole: Document, upper: Document
) -> Iterator[Problem]:
    limits = rules.may_add
    if limits is None:
        return
    for name in added:
        indicator, path = policy.indicators[name], ("indicators", name)
        known = {"indicator": name, "kinds": ", ".join(limits.kinds or ())}
        if limits.kinds is not None and indicator.kind not in limits.kinds:
            yield _told("layer_adds_kind", (*path, "kind"), rules, whole, upper, kind=indicator.kind, **known)
        known = {"indicator": name, "groups": ", ".join(limits.groups or ())}
        if limits.groups is not None and indicator.group not in limits.groups:
            group = indicator.group
            yield _told("layer_adds_group", (*path, "group"), rules, whole, upper, group=group, **known)
    if limits.cap is not None and added:
        most = _most(policy, added, _rules_across(upper))
        if most > points(policy, limits.cap):
            shown = {"most": to_text(most, policy.scale), "cap": limits.cap, "added": ", ".join(added)}
            yield _told("layer_adds_points", ("indicators", added[0]), rules, whole, upper, **shown)


def _most(policy: Policy, added: Sequence[str], known: Container[str]) -> int:
    """The most that the added indicators can earn together, in units.

    A group of theirs alone has its cap and floor; an added limit may lift them to its floor, and so may an
    added limit of a service's kinds or total, each in its own service.
    """
    total = sum(
        max(points(policy, limit.floor or Decimal(0)), 0)
        for limit in policy.limits
        if f"limits.{limit.id}" not in known
    )
    total += max((_lifted(policy, service, known) for service in policy.services), default=0)
    for name, group in policy.groups.items():
        members = [key for key, indicator in policy.indicators.items() if indicator.group == name]
        ours = [
            max(indicator_bounds(policy, policy.indicators[key]).high, 0) for key in members if key in added
        ]
        best = sum(ours)
        if ours and set(members) <= set(added):
            best = best if group.cap is None else min(best, points(policy, group.cap))
            best = best if group.floor is None else max(best, points(policy, group.floor))
        total += best
    return total


def _lifted(policy: Policy, service: str, known: Container[str]) -> int:
    """How far the added floors of a service's kinds and total may lift what is earned."""
    rule = policy.services[service]
    added = {f"services.{service}.kind_limits.{kind}": limit for kind, limit in rule.kind_limits.items()}
    limits: dict[str, Limited] = {**added}
    limits |= {} if rule.total is None else {f"services.{service}.total": rule.total}
    floors = (limit.floor for path, limit in limits.items() if path not in known)
    return sum(max(points(policy, floor), 0) for floor in floors if floor is not None)


def _rules_across(document: Document) -> set[str]:
    """The limits, choices and sanctions that a layer writes, as `limits.local`; and those of its services."""
    found = {f"sanctions.{name}" for name in _section(document, "sanctions")}
    for name, rule in _section(document, "services").items():
        own = rule if isinstance(rule, dict) else {}
        found |= {f"services.{name}.total"} if "total" in own else set()
        found |= {f"services.{name}.kind_limits.{kind}" for kind in own.get("kind_limits", ())}
    assert isinstance(document.value, dict)
    for section in ("limits", "exclusive"):
        found |= {f"{section}.{name}" for name in _ids(document.value.get(section))}
    return found


def _ids(value: object) -> Iterator[str]:
    """Every `id` in a part of a document, under whatever reading."""
    if isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value["id"]
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _ids(part)


def _changed_lines(
    policy: Policy, rules: LowerLayers | None, known: Container[str], whole: Document, upper: Document
) -> Iterator[Problem]:
    """Indicators of an upper layer that an added rule keeps from counting in full."""
    allowed = rules.may_change if rules else ()
    across: list[tuple[str, Path, Sequence[str]]] = [
        (f"limits.{rule.id}", ("limits", index), rule.of) for index, rule in enumerate(policy.limits)
    ]
    across += [
        (f"exclusive.{rule.id}", ("exclusive", index), rule.lines)
        for index, rule in enumerate(policy.exclusive)
    ]
    across += [
        (f"sanctions.{name}", ("sanctions", name), rule.indicators or ())
        for name, rule in policy.sanctions.items()
    ]
    found = [
        (rule_path, path, [key for key, line in policy.indicators.items() if {key, line.group} & set(named)])
        for rule_path, path, named in across
    ]
    for rule_path, path, lines in (*found, *_held_by_services(policy)):
        for line in lines if rule_path not in known else ():
            changed = f"indicators.{line}.points"
            free = any(f"{each}.".startswith(f"{name}.") for name in allowed for each in (changed, rule_path))
            if not free and line in _section(upper, "indicators"):
                pack, _ = _identity(upper)
                can = ", ".join(allowed) or "–"
                yield Problem.of(
                    "pack.layer_forbids", whole.place(path), rule=changed, layer=pack, allowed=can
                )


def _held_by_services(policy: Policy) -> Iterator[tuple[str, Path, list[str]]]:
    """Every limit on a kind or on the total of a service, and the lines that it may keep from counting."""
    for service, rule in policy.services.items():
        lines = policy.indicators_of(service)
        for kind in rule.kind_limits:
            path: Path = ("services", service, "kind_limits", kind)
            yield ".".join(map(str, path)), path, [key for key, line in lines.items() if line.kind == kind]
        if rule.total is not None and (rule.total.cap is not None or rule.total.floor is not None):
            yield f"services.{service}.total", ("services", service, "total"), list(lines)


def _told(
    code: str, path: Path, rules: LowerLayers, whole: Document, upper: Document, **params: object
) -> Problem:
    pack, _ = _identity(upper)
    return Problem.of(f"pack.{code}", whole.place(path), layer=pack, cite=rules.cite, **params)


def _section(document: Document, name: str) -> Mapping[str, object]:
    found = document.value.get(name) if isinstance(document.value, dict) else None
    return found if isinstance(found, dict) else {}
