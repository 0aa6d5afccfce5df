"""The versions of a scheme: one follows the other in time, without gap and without overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from values.problems import Problem
from values.yaml_marks import Document, Path


@dataclass(frozen=True)
class Version:
    """A version's document, and the day that its file is named after."""

    document: Document
    named: date

    @property
    def start(self) -> date:
        """The first day in force; where the pack has none, the day that the file is named after."""
        start = self.effective.get("from")
        return start if isinstance(start, date) else self.named

    @property
    def until(self) -> date | None:
        """The last day in force, if the pack names one."""
        until = self.effective.get("until")
        return until if isinstance(until, date) else None

    @property
    def effective(self) -> Mapping[str, object]:
        """The days in force as written."""
        found = self.value.get("effective")
        return found if isinstance(found, dict) else {}

    @property
    def value(self) -> Mapping[str, object]:
        """The pack as written."""
        return self.document.value if isinstance(self.document.value, dict) else {}

    def problem(self, code: str, path: Path, **params: object) -> Problem:
        """A problem of this version."""
        return Problem.of(f"pack.{code}", self.document.place(path), **params)


def version_problems(versions: Sequence[Version], scheme: str | None = None) -> Iterator[Problem]:
    """What does not fit between the versions of a scheme, which are given by the days in their files' names.

    A version without `until` ends when the next one begins. One with `lapses: true` may be followed by
    nothing for a time. Codes: `pack.version_name`, `.version_id`, `.version_gap`, `.version_overlap`.
    """
    for version in versions:
        if version.start != version.named:
            yield version.problem(
                "version_name", ("effective", "from"), day=version.start, name=version.named
            )
        if scheme is not None and version.value.get("id") not in (None, scheme):
            yield version.problem("version_id", ("id",), id=version.value["id"], scheme=scheme)
    for earlier, later in pairwise(sorted(versions, key=lambda version: version.start)):
        path, start, until = ("effective", "until"), later.start, earlier.until
        if until is not None and until >= start:
            last = start - timedelta(days=1)
            yield earlier.problem("version_overlap", path, until=until, start=start, last=last)
        elif until is not None and until < start - timedelta(days=1) and not earlier.effective.get("lapses"):
            yield earlier.problem("version_gap", path, until=until, start=start)
