"""What can be wrong, where, and with which figures. Text is rendered at the edge.

JifenError
  BadInput      the input is wrong; every problem is listed (exit status 2)
  Refused       the input is fine, the answer is "no" (exit status 1)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Place:
    """Where a problem is: a file with line and column, or a table cell. Zero or "" means not known.

    `line` and `column` count from 1. For tables `row` is the row as a spreadsheet numbers it (the
    header is row 1) and `field` the column's header. `path` points into a JSON or YAML document.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    sheet: str = ""
    row: int = 0
    field: str = ""
    path: str = ""

    def __str__(self) -> str:
        if self.row or self.field:
            table = f"{self.file}[{self.sheet}]" if self.sheet else self.file
            return ":".join(part for part in (table, str(self.row or ""), self.field) if part)
        if not self.file:
            return self.path
        mark = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{mark}" + (f" {self.path}" if self.path and not mark else "")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a stable code, the figures its sentence needs, and the place."""

    code: str
    params: tuple[tuple[str, str], ...] = ()
    place: Place = field(default_factory=Place)

    @staticmethod
    def of(code: str, place: Place | None = None, **params: object) -> Problem:
        """Build a problem; parameters are kept as text, sorted by name."""
        shown = tuple(sorted((name, str(value)) for name, value in params.items()))
        return Problem(code, shown, place or Place())

    def __str__(self) -> str:
        figures = ", ".join(f"{name}={value}" for name, value in self.params)
        return f"{self.place}: {self.code} ({figures})" if figures else f"{self.place}: {self.code}"


class JifenError(Exception):
    """Base of every error this product raises on purpose."""

    exit_status = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[JifenError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class BadInput(JifenError):
    """The input is wrong. Carries every problem found, in a stable order."""


class Refused(JifenError):
    """The input is well formed but the answer is "no": a law is violated, a tie is refused, …"""

    exit_status = 1


def bad_input(code: str, place: Place | None = None, **params: object) -> BadInput:
    """A `BadInput` with a single problem."""
    return BadInput([Problem.of(code, place, **params)])


def refused(code: str, place: Place | None = None, **params: object) -> Refused:
    """A `Refused` with a single reason."""
    return Refused([Problem.of(code, place, **params)])
