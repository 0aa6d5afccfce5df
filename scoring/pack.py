"""From a pack's text to a checked policy on a day. Takes text and a name: the edge reads the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from scoring.checks import check_policy, citation_problems, notices
from scoring.departures import KEY, NO_CHOICES, NO_VALUES
from scoring.layers import LookUp, Stack, layer_problems, no_layers, stacked
from scoring.model_problems import validated
from scoring.policy import Policy, Service
from scoring.resolve import Resolution, resolve_stack, words
from scoring.written import KEYS
from values.problems import BadInput, Problem, bad_input
from values.yaml_marks import Document, read_yaml

UNUSED = {
    "pack.unused_fact": ("facts", "derived"),
    "pack.unused_group": ("groups",),
    "pack.unused_table": ("tables",),
}
"""What is wrong with a rule that nothing uses, and the sections it may stand in."""


@dataclass(frozen=True)
class Pack:
    """A pack as written: the checked policy, its text, and where everything stands in it.

    `document` is what the policy was read from: the plain values on the day of `resolution`.
    """

    policy: Policy
    document: Document = field(repr=False)
    text: str = field(repr=False)
    notices: tuple[Problem, ...]
    resolution: Resolution = field(default_factory=Resolution, kw_only=True, repr=False)


class Framework(Policy):
    """An upper layer that has no services of its own: other packs are laid over it."""

    services: dict[str, Service] = Field(default_factory=dict)


def load_pack(
    text: str,
    name: str,
    *,
    at: date | None = None,
    choices: Mapping[str, str] = NO_CHOICES,
    values: Mapping[str, Decimal] = NO_VALUES,
    look_up: LookUp = no_layers,
) -> Pack:
    """Parse, resolve, validate and check a pack; `name` is the file named in errors.

    `at` is the day whose parameters hold, by default the first day in force; `choices` are readings, and
    `values` those of parameters, instead of what the pack says; `look_up` finds the packs that it is laid
    over.

    Raises:
        BadInput: every problem of the pack, each with file, line and column.
    """
    return pack_of(mapping_of(text, name), text, at=at, choices=choices, values=values, look_up=look_up)


def mapping_of(text: str, name: str) -> Document:
    """The text of a pack as a document.

    Raises:
        BadInput: what is wrong with its form (`yaml.*`); `pack.not_a_mapping`.
    """
    document = read_yaml(text, name)
    if not isinstance(document.value, dict):
        raise BadInput([Problem.of("pack.not_a_mapping", document.place(()))])
    return document


def pack_of(
    document: Document,
    text: str,
    *,
    at: date | None = None,
    choices: Mapping[str, str] = NO_CHOICES,
    values: Mapping[str, Decimal] = NO_VALUES,
    look_up: LookUp = no_layers,
) -> Pack:
    """The checked pack of a document that is read already; arguments and errors as `load_pack`."""
    stack = stacked(document, look_up)
    policy, inherited, resolution = checked(stack, at=at, choices=choices, values=values)
    return Pack(policy, inherited, text, notices(policy, inherited), resolution=resolution)


def reread(
    pack: Pack,
    *,
    at: date | None = None,
    choices: Mapping[str, str] = NO_CHOICES,
    values: Mapping[str, Decimal] = NO_VALUES,
) -> Pack:
    """The pack on a day, by default its own, under these readings and values and no others.

    Raises:
        BadInput: as `load_pack`.
    """
    stack = pack.resolution.stack
    assert stack is not None  # only a pack that was never resolved has none
    policy, document, resolution = checked(stack, at=at or pack.resolution.at, choices=choices, values=values)
    return Pack(policy, document, pack.text, notices(policy, document), resolution=resolution)


def checked(
    stack: Stack,
    *,
    at: date | None = None,
    choices: Mapping[str, str] = NO_CHOICES,
    values: Mapping[str, Decimal] = NO_VALUES,
) -> tuple[Policy, Document, Resolution]:
    """The checked policy of a pack whose layers are laid, what it was read from, and how it was resolved.

    Raises:
        BadInput: every problem of the pack.
    """
    resolved, resolution = resolve_stack(stack, at=at, choices=choices, values=values)
    whole = stack.document
    if KEY in dict(_items(whole)):
        raise bad_input("pack.unknown_key", whole.place((KEY,)), key=KEY, near="–")
    written_beside = Document(
        whole.name, {key: part for key, part in _items(whole) if key in KEYS}, whole.places
    )
    is_upper = "lower_layers" in written_beside.value  # type: ignore[operator]
    model = Framework if is_upper else Policy
    inherited = _inherit(resolved)
    policy, inherited, problems = _checked(model, inherited, resolution.idle, open_groups=is_upper)
    problems += citation_problems(written_beside, policy.documents)
    problems += layer_problems(policy, stack)
    if problems:
        raise BadInput(sorted(problems, key=lambda problem: (problem.place, problem.code)))
    return policy, inherited, resolution


def _items(document: Document) -> Iterable[tuple[str, Any]]:
    value = document.value
    assert isinstance(value, dict)
    return value.items()


def _checked(
    model: type[Policy], document: Document, idle: frozenset[str], *, open_groups: bool
) -> tuple[Policy, Document, list[Problem]]:
    """The policy, and its problems; without `idle` names that no rule uses, and what only these use.

    With `open_groups` a group may be without indicators: lower layers may add some.
    """
    policy = validated(model, document.value, document)
    problems = list(check_policy(policy, document))
    if open_groups:
        problems = [problem for problem in problems if problem.code != "pack.unused_group"]
    unused = [problem for problem in problems if problem.code in UNUSED]
    if not policy.services:
        return policy, document, [problem for problem in problems if problem not in unused]
    spare = [problem for problem in unused if {name for _, name in problem.params} <= idle]
    if not spare:
        return policy, document, problems
    value = without(document.value, spare)
    gone = idle.union(*(words(rule) for rule in _rules(document.value, spare)))
    pruned = Document(document.name, value, document.places)
    return _checked(model, pruned, gone, open_groups=open_groups)


def _rules(value: Any, unused: Sequence[Problem]) -> Iterator[object]:
    """The rules of a pack's plain values that these problems call unused."""
    for section, name in _places(unused):
        yield value.get(section, {}).get(name)


def _places(unused: Sequence[Problem]) -> set[tuple[str, str]]:
    return {
        (section, name)
        for problem in unused
        for section in UNUSED[problem.code]
        for _, name in problem.params
    }


def without(value: Any, unused: Sequence[Problem]) -> dict[str, Any]:
    """A pack's plain values without the rules that these problems call unused."""
    gone = _places(unused)
    sections = {section for section, _ in gone}
    return {
        key: {name: rule for name, rule in part.items() if (key, name) not in gone}
        if key in sections
        else part
        for key, part in value.items()
    }


MARKET = {"ranking", "allocation", "numbers", "notice", "gate"}
"""What a service has for the sake of a market, and an entitlement does not have."""

INSTEAD = {"numbers": "allocation", "allocation": "numbers"}
"""What a service that says the one does not take from another."""


def _inherit(document: Document) -> Document:
    """Services with `based_on` take the keys they lack from that service, with their places.

    An entitlement takes no market from its base, and a market no entitlement.
    """
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
        left = set(MARKET) if "entitlement" in own else {"entitlement"} if MARKET & own.keys() else set()
        left |= {INSTEAD[key] for key in INSTEAD.keys() & own.keys()}
        merged[name] = {**{key: rule for key, rule in base.items() if key not in left}, **own}
        for path, place in document.places.items():
            inherited = path[:2] == ("services", own["based_on"]) and len(path) > 2
            if inherited and path[2] not in own and path[2] not in left:
                places[("services", name, *path[2:])] = place
    return Document(document.name, {**value, "services": merged}, places)
