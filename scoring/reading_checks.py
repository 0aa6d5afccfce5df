"""Load checks of `whose` and `as_of`: that they change something, and that no name stands for two things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scoring.constructs import PointsNode, node_indicators
from scoring.facts import with_sources
from scoring.policy import Policy
from scoring.reading import HAS_SPOUSE, SPOUSE, columns_read, nested_whose
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker


def check_reading(checker: Checker, node: PointsNode, path: Path) -> None:
    """Report a person or a day that has no effect or no clear meaning."""
    policy = checker.policy
    for fact in node.day_facts():
        checker.expect(fact, "date", (*path, "as_of"))
    read = {name for part in _on_its_day(node) for name in part.own_facts()}
    if node.as_of is not None and not any(
        name in policy.derived and policy.derived[name].elapsed for name in read
    ):
        checker.report("as_of_nothing", (*path, "as_of"))
    for name in sorted(read) if node.as_of is not None else ():
        if _is_timed_formula(policy, name):
            checker.report("as_of_formula", (*path, "as_of"), fact=name)
    if node.whose is not None and all(name in policy.indicators for name in node_indicators(node)):
        _check_whose(checker, node, (*path, "whose"))


def _on_its_day(node: PointsNode) -> Iterator[PointsNode]:
    """The node and the parts that are counted on its day, not on one of their own."""
    yield node
    for part in node.children():
        if part.as_of is None:
            yield from _on_its_day(part)


def _is_timed_formula(policy: Policy, name: str) -> bool:
    """Whether a formula works with times, which it counts up to its own day and no other."""
    rule = policy.derived.get(name)
    if rule is None or rule.formula is None:
        return False
    sources = with_sources(policy, [name])
    return any(source in policy.derived and policy.derived[source].elapsed for source in sources)


def _check_whose(checker: Checker, node: PointsNode, path: Path) -> None:
    policy = checker.policy
    if nested_whose(policy, node):
        checker.report("whose_nested", path)
        return
    columns = columns_read(policy, node)
    spouses = {column for column in columns if column == HAS_SPOUSE or column.startswith(SPOUSE)}
    if len(spouses) == 1:
        checker.report("whose_nothing", path)
    for column in sorted(spouses & {*policy.facts, *policy.derived}):
        checker.report("spouse_column", path, column=column)
