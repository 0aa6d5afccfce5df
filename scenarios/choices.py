"""Readings and values that somebody chose for a pack, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from scoring.departures import NO_CHOICES, NO_VALUES
from scoring.pack import Pack
from values.problems import BadInput, Place, Problem
from values.yaml_marks import Document, Path

SECTIONS = {"switch": "readings", "parameter": "parameters"}
"""The figure of a problem that names what is unknown, and the section it was chosen in."""

Reader = Callable[[Mapping[str, str], Mapping[str, Decimal]], Pack]
"""Reads a pack under readings and values."""


@dataclass(frozen=True)
class Choices:
    """Readings by switch and values by parameter; the document they stand in, below `above`, if any."""

    readings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Decimal] = field(default_factory=dict)
    document: Document | None = field(default=None, repr=False)
    above: Path = ()

    def read(self, reader: Reader) -> Pack:
        """The pack under these choices.

        Raises:
            BadInput: `resolve.unknown_*` at the choice that is unknown; the problems of the pack, after
                `round.readings_break` if it is in order without these choices.
        """
        try:
            return reader(self.readings, self.parameters)
        except BadInput as error:
            raise BadInput(self._told(error.problems, reader)) from None

    def _told(self, problems: Iterable[Problem], reader: Reader) -> list[Problem]:
        placed = [self._placed(problem) for problem in problems]
        unknown = any(problem.code.startswith("resolve.") for problem in placed)
        if unknown or not (self.readings or self.parameters) or not _in_order(reader):
            return placed
        names = ", ".join([*self.readings, *self.parameters])
        place = self._place(next(section for section in SECTIONS.values() if getattr(self, section)))
        return [Problem.of("round.readings_break", place, names=names), *placed]

    def _placed(self, problem: Problem) -> Problem:
        if not problem.code.startswith("resolve."):
            return problem
        params = dict(problem.params)
        figure = next(figure for figure in SECTIONS if figure in params)
        return replace(problem, place=self._place(SECTIONS[figure], params[figure]))

    def _place(self, *path: str) -> Place:
        return Place() if self.document is None else self.document.place((*self.above, *path))


def _in_order(reader: Reader) -> bool:
    try:
        reader(NO_CHOICES, NO_VALUES)
    except BadInput:
        return False
    return True
