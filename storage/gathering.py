"""Problems of several files gathered before anything is refused."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from values.problems import BadInput, Problem


class Gathering:
    """`with gathering:` keeps the problems of a `BadInput` and goes on; `check` refuses them all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __enter__(self) -> Gathering:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, BadInput):
            self.problems.extend(error.problems)
        return isinstance(error, BadInput)

    def add(self, problems: Iterable[Problem]) -> None:
        """Keep problems that were not raised."""
        self.problems.extend(problems)

    def check(self) -> None:
        """Refuse if anything was wrong.

        Raises:
            BadInput: with every problem gathered.
        """
        if self.problems:
            raise BadInput(self.problems)
