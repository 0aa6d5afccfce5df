"""A pack checked on every day that a parameter changes, under every reading and every pair of readings.

Readings can contradict each other only where they meet: each alone may be in order, and two of them
together wrong. Three that are wrong only together are not looked for: their number grows too fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product

from scoring.layers import LookUp, Stack, no_layers, stacked
from scoring.model_problems import written
from scoring.pack import Pack, checked, mapping_of, pack_of
from scoring.written import Switch
from values.problems import BadInput, Problem
from values.progress import Progress, no_progress

Choices = tuple[tuple[str, str], ...]
"""Readings other than the pack's own, each with its switch: none, one, or two of two switches."""

MOST_PLACES = 5
"""So many of the problems of a combination are named in its own line; each has a line of its own too."""


@dataclass(frozen=True)
class CheckedPack:
    """The pack on its first day with its own readings, and how many combinations and days were tried."""

    pack: Pack
    combinations: int
    days: int


def check_pack(
    text: str, name: str, *, look_up: LookUp = no_layers, progress: Progress = no_progress
) -> CheckedPack:
    """The pack, checked in every combination of readings on every day that a parameter changes.

    Raises:
        BadInput: every problem on any of these days and under any of these readings, each once, and
            `pack.readings_fail` for each reading or pair of readings that has problems of its own.
    """
    document = mapping_of(text, name)
    stack = stacked(document, look_up)
    trial = _Trial(stack, progress)
    trial.run()
    if trial.problems:
        raise BadInput(sorted(trial.problems, key=lambda problem: (problem.place, problem.code)))
    pack = pack_of(document, text, look_up=look_up)
    return CheckedPack(pack, len(trial.combinations), len(trial.days))


class _Trial:
    """Everything that is tried, and the problems found so far."""

    def __init__(self, stack: Stack, progress: Progress) -> None:
        self.stack, self.progress = stack, progress
        self.problems: dict[Problem, None] = {}
        self.told: set[Choices] = set()
        try:
            self.switches = written(stack.document, "switches").switches
        except BadInput:  # then resolving tells it
            self.switches = {}
        self.combinations = list(_combinations(self.switches))
        starts = _starts(stack.document.value.get("parameters"))  # type: ignore[attr-defined]
        self.days: list[date | None] = [None, *sorted(set(starts))]

    def run(self) -> None:
        """Try every combination on every day."""
        total = len(self.combinations) * len(self.days)
        for number, day in enumerate(self.days):
            found: dict[Choices, frozenset[Problem]] = {}
            for done, choices in enumerate(self.combinations, start=number * len(self.combinations)):
                self.progress("readings", done, total)
                found[choices] = self.problems_of(choices, day)
                self.tell(choices, day, found)
        self.progress("readings", total, total)

    def problems_of(self, choices: Choices, day: date | None) -> frozenset[Problem]:
        try:
            checked(self.stack, at=day, choices=dict(choices))
        except BadInput as error:
            return frozenset(error.problems)
        return frozenset()

    def tell(self, choices: Choices, day: date | None, found: Mapping[Choices, frozenset[Problem]]) -> None:
        """What is wrong, and that this combination is at fault if none of its parts has these problems."""
        own = found[choices].difference(*(found[part] for part in _parts(choices)))
        self.problems |= dict.fromkeys(found[choices])
        if choices and own and choices not in self.told:
            self.told.add(choices)
            name, choice = choices[-1]
            place = self.stack.document.place(("switches", name, "choices", choice))
            shown = ", ".join(f"{switch}={reading}" for switch, reading in choices)
            self.problems[
                Problem.of("pack.readings_fail", place, readings=shown, day=day or "–", where=_where(own))
            ] = None


def _combinations(switches: Mapping[str, Switch]) -> Iterator[Choices]:
    """The pack's own readings; every other reading alone; every two others of two switches."""
    others = [
        [(name, choice) for choice in switch.choices if choice != switch.chosen]
        for name, switch in switches.items()
    ]
    yield ()
    yield from ((choice,) for choices in others for choice in choices)
    yield from (pair for one, two in combinations(others, 2) for pair in product(one, two))


def _parts(choices: Choices) -> list[Choices]:
    """The smaller combinations that a combination holds, the pack's own readings among them."""
    if not choices:
        return []
    return [(), *((choice,) for choice in choices if len(choices) > 1)]


def _where(problems: frozenset[Problem]) -> str:
    places = [f"{place.line}:{place.column}" for place in sorted({problem.place for problem in problems})]
    return ", ".join(places[:MOST_PLACES]) + (", …" if len(places) > MOST_PLACES else "")


def _starts(value: object) -> Iterator[date]:
    """Every date that stands as `from` in a part of a document."""
    if isinstance(value, dict):
        start = value.get("from")
        if isinstance(start, date):
            yield start
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _starts(part)
