"""What verification found: law by law, whether it was promised and whether it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from values.problems import Problem, Refused

EXAMPLES = 5
"""How many violations a report names."""


@dataclass(frozen=True)
class LawReport:
    """One law. `examples` are (applicant id, offer id) of the first violations by id; either may be empty."""

    law: str
    promised: bool
    violations: int
    examples: tuple[tuple[str, str], ...] = ()

    @property
    def holds(self) -> bool:
        """Nobody and nothing breaks it."""
        return self.violations == 0

    @property
    def is_violated(self) -> bool:
        """The mechanism promised it and it is broken."""
        return self.promised and not self.holds

    def __str__(self) -> str:
        if self.holds:
            return "holds"
        return f"{'violated' if self.promised else 'not promised'}: {self.violations}"


@dataclass(frozen=True)
class Laws(Mapping[str, LawReport]):
    """The reports by law, in the order they were checked."""

    reports: tuple[LawReport, ...]

    def __getitem__(self, law: str) -> LawReport:
        for report in self.reports:
            if report.law == law:
                return report
        raise KeyError(law)

    def __iter__(self) -> Iterator[str]:
        return (report.law for report in self.reports)

    def __len__(self) -> int:
        return len(self.reports)

    def document(self) -> dict[str, str]:
        """`holds`, `not promised: n` or `violated: n` by law."""
        return {report.law: str(report) for report in self.reports}

    def check(self) -> None:
        """Let nothing pass that breaks a promise.

        Raises:
            Refused: `allocation.law_violated`, one per law, with the first people concerned.
        """
        broken = [report for report in self.reports if report.is_violated]
        if broken:
            raise Refused(
                Problem.of(
                    "allocation.law_violated",
                    law=report.law,
                    violations=report.violations,
                    examples="; ".join(" → ".join(part for part in pair if part) for pair in report.examples),
                )
                for report in broken
            )
