"""A pack as written becomes a pack of plain values at a day: layers laid, readings chosen, numbers put in.

The result has no `parameters`, `switches`, `extends` or `lower_layers`, and every value keeps the place of
the layer it was written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from scoring.conditions import plain
from scoring.constructs import Title
from scoring.departures import KEY, NO_CHOICES, NO_VALUES, Departures, OtherReading, OtherValue
from scoring.layers import Layer, LookUp, Stack, no_layers, stacked
from scoring.model_problems import written
from scoring.written import KEYS, Parameter, ParameterValue, Reference, Switch
from values.problems import BadInput, Problem
from values.yaml_marks import Document, Path

FORMULAS = ("formula", "times")
"""Keys whose text may name parameters."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GONE = object()


@dataclass(frozen=True)
class Resolution:
    """How a pack was resolved: the day, the parameters' values on it with their `titles`, the switches and
    the readings chosen, what of it the pack does not say itself, the upper layers.

    `idle` are names that only readings not chosen use, or that an upper layer declares: a fact among them
    that no rule uses is no mistake.
    """

    at: date | None = None
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    titles: Mapping[str, Title] = field(default_factory=dict)
    switches: Mapping[str, Switch] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    departures: Departures | None = None
    stack: Stack | None = None
    idle: frozenset[str] = frozenset()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The upper layers, the highest first."""
        return self.stack.layers if self.stack else ()


def resolve(
    document: Document,
    *,
    at: date | None = None,
    choices: Mapping[str, str] = NO_CHOICES,
    values: Mapping[str, Decimal] = NO_VALUES,
    look_up: LookUp = no_layers,
) -> tuple[Document, Resolution]:
    """The document of plain values on a day, by default the first day in force, and how it came about.

    `choices` are readings by switch and `values` numbers by parameter, instead of those that the pack has:
    what differs from the pack stands in the document as `departures`. `look_up` finds upper layers.

    Raises:
        BadInput: every problem of layers, parameters and switches, each at its place (`pack.*`);
            `resolve.unknown_switch`, `.unknown_choice` of `choices`, `.unknown_parameter` of `values`.
    """
    return resolve_stack(stacked(document, look_up), at=at, choices=choices, values=values)


def resolve_stack(
    stack: Stack,
    *,
    at: date | None = None,
    choices: Mapping[str, str] = NO_CHOICES,
    values: Mapping[str, Decimal] = NO_VALUES,
) -> tuple[Document, Resolution]:
    """`resolve` of a pack whose layers are laid already."""
    whole = stack.document
    given = written(whole, "switches", "extends", "lower_layers")
    _refuse_unknown(whole, given.switches, choices, values)
    if not set(KEYS) & set(whole.value) and not _refers(whole.value):  # type: ignore[call-overload]
        return whole, Resolution(_day(whole, at), stack=stack)
    desugar = _Desugar(whole, at, given.switches, _chosen(given.switches, choices), values)
    desugar.read_parameters()
    desugar.read_conditions()
    value = {key: part for key, part in whole.value.items() if key not in KEYS}  # type: ignore[attr-defined]
    plain_value = desugar.build(value, (), ())
    desugar.check_use()
    if desugar.problems:
        raise BadInput(sorted(desugar.problems, key=lambda problem: (problem.place, problem.code)))
    held = {name: desugar.value_of(name) for name in desugar.parameters}
    known = {name: value for name, value in held.items() if value is not None}
    other = desugar.departures()
    if other is not None:
        plain_value[KEY] = other.plain()
    idle = frozenset(desugar.spare).union(*map(_declared, stack.uppers))
    titles = {name: parameter.title for name, parameter in desugar.parameters.items()}
    done = Resolution(desugar.at, known, titles, given.switches, desugar.chosen, other, stack, idle)
    return Document(whole.name, plain_value, desugar.places), done


def first_day(document: Document) -> date | None:
    """The first day in force, if the document has one."""
    effective = document.value.get("effective") if isinstance(document.value, dict) else None
    start = effective.get("from") if isinstance(effective, dict) else None
    return start if isinstance(start, date) else None


def _declared(document: Document) -> set[str]:
    """The names of what a pack declares for rules to use."""
    assert isinstance(document.value, dict)
    sections = (document.value.get(name) for name in ("facts", "derived", "groups"))
    return {name for section in sections if isinstance(section, dict) for name in section}


def _day(document: Document, at: date | None) -> date | None:
    """The day, but not before the first in force: who asks for an earlier one is refused elsewhere."""
    return max(filter(None, (at, first_day(document))), default=None)


def _refers(value: object) -> bool:
    """Whether a parameter, a switch or a named condition is named anywhere."""
    if isinstance(value, dict):
        named = any(isinstance(value.get(key), str) for key in ("parameter", "switch", "condition"))
        return named or any(map(_refers, value.values()))
    return any(map(_refers, value)) if isinstance(value, list) else False


def _refuse_unknown(
    whole: Document,
    switches: Mapping[str, Switch],
    choices: Mapping[str, str],
    values: Mapping[str, Decimal],
) -> None:
    problems = []
    for name, choice in choices.items():
        if name not in switches:
            known = ", ".join(switches) or "–"
            problems.append(Problem.of("resolve.unknown_switch", switch=name, known=known))
        elif choice not in switches[name].choices:
            known = ", ".join(switches[name].choices)
            problems.append(Problem.of("resolve.unknown_choice", switch=name, choice=choice, known=known))
    parameters = whole.value.get("parameters")  # type: ignore[attr-defined]
    problems += _unknown_parameters(parameters if isinstance(parameters, dict) else {}, values)
    if problems:
        raise BadInput(problems)


def _unknown_parameters(parameters: Mapping[str, object], values: Mapping[str, Decimal]) -> list[Problem]:
    known = ", ".join(parameters) or "–"
    return [
        Problem.of("resolve.unknown_parameter", parameter=name, known=known)
        for name in values
        if name not in parameters
    ]


def _chosen(switches: Mapping[str, Switch], choices: Mapping[str, str]) -> dict[str, str]:
    return {name: choices.get(name, switch.chosen) for name, switch in switches.items()}


class _Desugar:
    """Builds the plain tree beside the written one; every path keeps the place it was written at."""

    def __init__(
        self,
        document: Document,
        at: date | None,
        switches: Mapping[str, Switch],
        chosen: dict[str, str],
        values: Mapping[str, Decimal],
    ) -> None:
        self.document, self.switches, self.chosen, self.values = document, switches, chosen, values
        self.at = _day(document, at)
        self.parameters: Mapping[str, Parameter] = {}
        self.places: dict[Path, Any] = {}
        self.problems: list[Problem] = []
        self.spare: set[str] = set()
        self.used: set[str] = set()
        self.conditions: dict[str, Any] = {}
        self.of_conditions: dict[Path, Any] = {}
        self.open: list[str] = []
        self.named_by: dict[str, set[str]] = {}

    def report(self, code: str, path: Path, **params: object) -> None:
        self.problems.append(Problem.of(f"pack.{code}", self.document.place(path), **params))

    def read_parameters(self) -> None:
        """The parameters, whose values may depend on switches themselves."""
        given = self.document.value
        assert isinstance(given, dict)
        if "parameters" not in given:
            return
        value = self.build(given["parameters"], ("parameters",), ("parameters",))
        inner = Document(self.document.name, {"parameters": value}, self.places)
        self.parameters, self.places = written(inner, "parameters").parameters, {}
        self.problems += _unknown_parameters(self.parameters, self.values)
        for name, parameter in self.parameters.items():
            self.check_parameter(name, parameter)

    def read_conditions(self) -> None:
        """The named conditions as plain values, with the places they were written at."""
        given = self.document.value.get("conditions", {})  # type: ignore[attr-defined]
        for name in given if isinstance(given, dict) else ():
            self.condition(name)
        whole = {"conditions": self.conditions if isinstance(given, dict) else given}
        if not self.problems:
            written(Document(self.document.name, whole, self.of_conditions), "conditions")

    def condition(self, name: str) -> Any:
        """A named condition, built once; None in a circle, and where there is none of that name."""
        given, path = self.document.value.get("conditions", {}), ("conditions", name)  # type: ignore[attr-defined]
        if name in self.open:
            circle = " → ".join([*self.open[self.open.index(name) :], name])
            self.report("condition_circle", path, circle=circle)
            return None
        if name not in self.conditions and name in given:
            self.open.append(name)
            places, self.places = self.places, self.of_conditions
            self.conditions[name] = self.build(given[name], path, path)
            self.places = places
            self.open.pop()
        return self.conditions.get(name)

    def shared(self, value: dict[str, Any], old: Path, new: Path) -> Any:
        """What a reference to a named condition stands for: that one part, with its title and clause."""
        name, known = value["condition"], self.document.value.get("conditions", {})  # type: ignore[attr-defined]
        self.named_by.setdefault(self.open[-1] if self.open else "", set()).add(name)
        if name not in known:
            listed = ", ".join(known) or "–"
            self.report("unknown_condition", (*old, "condition"), condition=name, known=listed)
        found = self.condition(name)
        if not isinstance(found, dict) or "holds" not in found:
            return None
        path = ("conditions", name, "holds")
        for inside, place in list(self.of_conditions.items()):
            if inside[: len(path)] == path:
                self.places[(*new, "all", 0, *inside[len(path) :])] = place
        return {"all": [found["holds"]], **{key: found[key] for key in ("title", "cite") if key in found}}

    def check_conditions(self) -> None:
        """Every named condition is used under some reading; `spare` gets what those of other readings use."""
        given: dict[str, Any] = self.document.value.get("conditions", {})  # type: ignore[attr-defined]
        used = _reached(self.named_by.get("", ()), self.named_by)
        others = _reached(self.spare & given.keys(), self.named_by) - used
        for name in others:
            self.spare |= set(words(given.get(name)))
        for name in given.keys() - used - others:
            self.report("unused_condition", ("conditions", name), condition=name)

    def check_parameter(self, name: str, parameter: Parameter) -> None:
        path: Path = ("parameters", name)
        effective: Any = self.document.value.get("effective")  # type: ignore[attr-defined]
        starts = [value.start for value in parameter.values]
        first = first_day(self.document)
        last = effective.get("until") if isinstance(effective, dict) else None
        for index, (before, start) in enumerate(pairwise(starts), start=1):
            if start <= before:
                self.report("parameter_order", (*path, "values", index), start=start, before=before)
        for index, start in enumerate(starts):
            if isinstance(last, date) and start > last:
                self.report("parameter_never", (*path, "values", index), start=start, last=last)
        if any(name in (self.document.value.get(part) or {}) for part in ("facts", "derived")):  # type: ignore[attr-defined]
            self.report("parameter_is_fact", path, parameter=name)
        if first is not None and starts[0] > first:
            self.report("parameter_without_value", path, parameter=name, day=first, first=starts[0])

    def value_of(self, name: str) -> ParameterValue | None:
        """The value on the day, or the one given instead; none before the first."""
        held = self.pack_value(name)
        given = self.values.get(name)
        return held if held is None or given is None else held.model_copy(update={"value": given})

    def pack_value(self, name: str) -> ParameterValue | None:
        """The pack's own value on the day."""
        values = self.parameters[name].values
        held = [value for value in values if self.at is None or value.start <= self.at]
        return held[-1] if held else None

    def departures(self) -> Departures | None:
        """What differs from the pack's own readings and values."""
        readings = {
            name: OtherReading(
                title=switch.title,
                chosen=self.chosen[name],
                reading=switch.choices[self.chosen[name]],
                instead_of=switch.chosen,
                other=switch.choices[switch.chosen],
                cite=switch.cite,
                sources=switch.sources,
            )
            for name, switch in self.switches.items()
            if self.chosen[name] != switch.chosen
        }
        parameters = dict(self.other_values())
        return Departures(readings=readings, parameters=parameters) if readings or parameters else None

    def other_values(self) -> Iterator[tuple[str, OtherValue]]:
        for name, parameter in self.parameters.items():
            held, given = self.pack_value(name), self.values.get(name)
            if held is not None and given is not None and given != held.value:
                yield (
                    name,
                    OtherValue(
                        title=parameter.title,
                        unit=parameter.unit,
                        value=given,
                        instead_of=held.value,
                        cite=held.cite,
                    ),
                )

    def build(self, value: Any, old: Path, new: Path) -> Any:
        """The plain value of what is written at `old`, with its places below `new`."""
        if old in self.document.places:
            self.places.setdefault(new, self.document.places[old])
        if isinstance(value, dict):
            if isinstance(value.get("switch"), str):
                return self.switched(value, old, new)
            if isinstance(value.get("parameter"), str):
                return self.number(value, old)
            if isinstance(value.get("condition"), str):
                return self.shared(value, old, new)
            built = {key: self.build(part, (*old, key), (*new, key)) for key, part in value.items()}
            return {key: part for key, part in built.items() if part is not _GONE}
        if isinstance(value, list):
            return self.items(value, old, new)
        if isinstance(value, str) and new and new[-1] in FORMULAS:
            return _WORD.sub(self.named, value)
        return value

    def items(self, value: list[Any], old: Path, new: Path) -> list[Any]:
        result: list[Any] = []
        for index, item in enumerate(value):
            built = self.build(item, (*old, index), (*new, len(result)))
            if built is not _GONE:
                result.append(built)
        return result

    def switched(self, value: dict[str, Any], old: Path, new: Path) -> Any:
        """The alternative of the reading chosen; null takes the key away."""
        name = value["switch"]
        self.used.add(name)
        switch = self.switches.get(name)
        if switch is None:
            known = ", ".join(self.switches) or "–"
            self.report("unknown_switch", (*old, "switch"), switch=name, known=known)
            return None
        known = ", ".join(switch.choices)
        for choice in switch.choices:
            if choice not in value:
                self.report("switch_lacks", (*old, "switch"), switch=name, choice=choice)
        for key, other in value.items():
            if key != "switch" and key not in switch.choices:
                self.report("no_such_reading", (*old, key), switch=name, choice=key, known=known)
            if key not in ("switch", self.chosen[name]):
                self.spare |= set(words(other))
        chosen = self.chosen[name]
        if value.get(chosen) is None:
            return _GONE
        self.places[new] = self.document.place((*old, chosen))
        return self.build(value[chosen], (*old, chosen), new)

    def number(self, value: dict[str, Any], old: Path) -> Decimal | None:
        """The value of a parameter on the day, or a multiple of it."""
        name, times = value["parameter"], value.get("times", 1)
        for key in value:
            if key not in Reference.model_fields:
                self.report("parameter_key", (*old, key), key=key)
        if isinstance(times, bool) or not isinstance(times, int | Decimal):
            self.report("not_a_number", (*old, "times"), key="times")
            return None
        if name not in self.parameters:
            known = ", ".join(self.parameters) or "–"
            self.report("unknown_parameter", (*old, "parameter"), parameter=name, known=known)
            return None
        self.used.add(name)
        held = self.value_of(name)
        return None if held is None else held.value * times

    def named(self, word: re.Match[str]) -> str:
        """A word of a formula, or the value of the parameter that it names."""
        name = word[0]
        if name not in self.parameters:
            return name
        self.used.add(name)
        held = self.value_of(name)
        amount = Decimal(0) if held is None else held.value
        return plain(amount) if amount >= 0 else f"({plain(amount)})"

    def check_use(self) -> None:
        """Every parameter and switch is used under some reading."""
        self.check_conditions()
        used = self.used | self.spare
        for name in self.parameters.keys() - used:
            self.report("unused_parameter", ("parameters", name), parameter=name)
        for name in self.switches.keys() - used:
            self.report("unused_switch", ("switches", name), switch=name)


def _reached(names: Iterable[str], to: Mapping[str, set[str]]) -> set[str]:
    """These names and every other one that they lead to."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        waiting += to.get(name, set()) - found
        found.add(name)
    return found


def words(value: object) -> Iterator[str]:
    """Every name in a part of a document."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from words(part)
    elif isinstance(value, list):
        for part in value:
            yield from words(part)
    elif isinstance(value, str):
        yield from _WORD.findall(value)
