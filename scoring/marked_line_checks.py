"""Load checks of points that count at some offers only: which lines go together, which stages read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scoring.policy import Service
from scoring.standing_model import Marked
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker

BY_LISTS = frozenset({"deferred_acceptance", "immediate_acceptance", "parallel"})
"""Mechanisms in which everybody's list is served, and every offer may have an order of its own."""


def check_marked_lines(checker: Checker) -> None:
    """Report columns that no table of wishes can have, and lines that cannot be added up together."""
    known: dict[str, Marked] = {}
    for name, indicator in checker.policy.indicators.items():
        mark, path = indicator.at, ("indicators", name, "at")
        if mark is None:
            continue
        if mark.column == "list":  # no name of a fact, and a column of the wishes
            checker.report("bad_name", (*path, "column"), name=mark.column)
        checker.check_name(mark.column, (*path, "column"))
        first = known.setdefault(mark.column, mark)
        if (first.title, first.unknown) != (mark.title, mark.unknown):
            checker.report("at_differs", path, column=mark.column)
    for place, what, lines in _together(checker):
        columns = {_column(checker, line) for line in lines}
        if len(columns) > 1:
            shown = ", ".join(sorted(filter(None, columns)))
            checker.report("at_together", place, what=what, columns=shown)


def _column(checker: Checker, line: str) -> str | None:
    mark = checker.policy.indicators[line].at
    return None if mark is None else mark.column


def _together(checker: Checker) -> Iterator[tuple[Path, str, list[str]]]:
    """What adds up, limits or chooses among lines: where it stands, its name, the lines."""
    policy = checker.policy
    for group in policy.groups:
        yield ("groups", group), group, _named(checker, [group], groups=True)
    for index, limit in enumerate(policy.limits):
        yield ("limits", index), limit.id, _named(checker, limit.of, groups=True)
    for index, choice in enumerate(policy.exclusive):
        yield ("exclusive", index), choice.id, _named(checker, choice.lines, groups=False)


def _named(checker: Checker, names: Iterable[str], *, groups: bool) -> list[str]:
    wanted = set(names)
    return [
        name
        for name, line in checker.policy.indicators.items()
        if name in wanted or (groups and line.group in wanted)
    ]


def check_marked_service(checker: Checker, name: str, service: Service, path: Path) -> None:
    """Report what would ignore points that differ from offer to offer."""
    lines = checker.policy.indicators_of(name)
    apart = {key: line for key, line in lines.items() if line.at is not None}
    if not apart:
        return
    shown = ", ".join(apart)
    if service.entitlement is not None:
        checker.report("at_entitlement", path, service=name, indicators=shown)
        return
    if service.candidate.takes == "higher_parent":
        checker.report("at_parents", (*path, "candidate", "takes"), indicators=shown)
    if service.ranking.total != "first":
        checker.report("at_total", (*path, "ranking", "total"), indicators=shown)
    groups = {line.group for line in apart.values()}
    for index, key in enumerate(service.ranking.keys):
        if key.group in groups or key.indicator in apart:
            checker.report("at_key", (*path, "ranking", "keys", index), key=key.name)
    for index, stage in enumerate(service.allocation.stages):
        if stage.mechanism not in BY_LISTS:
            place: Path = (*path, "allocation", "stages", index)
            checker.report("at_stage", place, stage=stage.name, indicators=shown)
