"""Load checks of marks, the yes/no columns of the offers, and of the rules that name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scoring.allocation_rule import Stage
from scoring.policy import Service
from scoring.pool_checks import OFFER_COLUMNS
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker


def check_marks(checker: Checker, service: Service, path: Path) -> None:
    """Report marks that nothing reads, or whose column means something else, and names without a mark."""
    rule, scope = service.allocation, service.ranking.scope
    marks = rule.marks or {}
    seats = {pool.seats for stage in rule.stages for pool in stage.pools or ()}
    seats |= {ceiling.seats for stage in rule.stages for ceiling in stage.ceilings or ()}
    read = {stage.choices_first.choices_first_at for stage in rule.stages if stage.choices_first is not None}
    read |= {accepted.marked for accepted in rule.accepts or ()}
    for name in marks:
        place: Path = (*path, "marks", name)
        if name in {*OFFER_COLUMNS, *scope, *seats}:
            checker.report("pool_column", place, column=name)
        if name not in read:
            checker.report("unused_mark", place, mark=name)
    _check_accepts(checker, service, marks, (*path, "accepts"))
    for index, stage in enumerate(rule.stages):
        _check_tiers(checker, stage, marks, (*path, "stages", index, "tiers"))


def _check_accepts(checker: Checker, service: Service, marks: Mapping[str, object], path: Path) -> None:
    accepts, names = service.allocation.accepts or (), {rule.id for rule in service.ranking.classes}
    for index, accepted in enumerate(accepts):
        checker.check_condition(accepted.people, (*path, index, "for"))
        _expect_mark(checker, accepted.marked, marks, (*path, index, "marked"))
        if accepted.id in names:
            checker.report("group_twice", (*path, index), name=accepted.id)
        names.add(accepted.id)
    if accepts and not any(stage.seats == "offers" for stage in service.allocation.stages):
        checker.report("accepts_nothing", path)


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
