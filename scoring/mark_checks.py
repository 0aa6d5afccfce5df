"""Load checks of marks, the yes/no columns of the offers, and of the rules that name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scoring.policy import AllocationRule, Stage
from scoring.pool_checks import OFFER_COLUMNS
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker


def check_marks(checker: Checker, rule: AllocationRule, scope: tuple[str, ...], path: Path) -> None:
    """Report marks that nothing reads, or whose column means something else, and names without a mark."""
    marks = rule.marks or {}
    seats = {pool.seats for stage in rule.stages for pool in stage.pools or ()}
    seats |= {ceiling.seats for stage in rule.stages for ceiling in stage.ceilings or ()}
    read = {stage.choices_first.choices_first_at for stage in rule.stages if stage.choices_first is not None}
    for name in marks:
        place: Path = (*path, "marks", name)
        if name in {*OFFER_COLUMNS, *scope, *seats}:
            checker.report("pool_column", place, column=name)
        if name not in read:
            checker.report("unused_mark", place, mark=name)
    for index, stage in enumerate(rule.stages):
        _check_tiers(checker, stage, marks, (*path, "stages", index, "tiers"))


def _check_tiers(checker: Checker, stage: Stage, marks: Mapping[str, object], path: Path) -> None:
    tiers = stage.choices_first
    if tiers is None:
        return
    if tiers.people is not None:
        checker.check_condition(tiers.people, (*path, "for"))
    _expect_mark(checker, tiers.choices_first_at, marks, (*path, "choices_first_at"))


def _expect_mark(checker: Checker, name: str, marks: Mapping[str, object], path: Path) -> None:
    if name not in marks:
        checker.report("unknown_mark", path, mark=name, known=", ".join(marks) or "–")
