"""Load checks of the people whom a stage treats apart: whom it is for, whom it keeps seats for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from scoring.allocation_rule import Stage
from scoring.seat_groups import Ceiling, Participants, SeatPool
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker

OFFER_COLUMNS = frozenset({"offer", "scope", "name", "seats", "type", "longitude", "latitude"})
"""Columns that the table of offers has for itself."""

MOST_POOLS = 63
"""So many pools, or ceilings, fit into a market."""


def check_pools(
    checker: Checker, stage: Stage, scope: Iterable[str], named: dict[str, bool], path: Path
) -> None:
    """Report everything that is wrong with the pools of a stage, and names that the service has used before.

    `named` are those names, and whether each describes people; the stage's are added.
    """
    if stage.pools and (stage.mechanism != "deferred_acceptance" or stage.seats != "offers"):
        checker.report("stage_pools", path, stage=stage.name)
    for key in ("pools", "ceilings"):
        if len(getattr(stage, key) or ()) > MOST_POOLS:
            checker.report("pools_too_many", (*path, key), stage=stage.name, most=MOST_POOLS)
    _check_only(checker, stage, named, path)
    _check_names(checker, stage, named, path)
    _check_sizes(checker, stage, {*scope, *OFFER_COLUMNS}, path)
    for index, pool in enumerate(stage.pools or ()):
        if pool.people is not None:
            checker.check_condition(pool.people, (*path, "pools", index, "for"))
    _check_ceilings(checker, stage, path)


def _check_ceilings(checker: Checker, stage: Stage, path: Path) -> None:
    """Ceilings belong to a stage where everybody's list is served, and pools have their own way to choose."""
    wrong = stage.mechanism != "deferred_acceptance" or stage.seats != "offers" or stage.pools is not None
    if stage.ceilings and wrong:
        checker.report("stage_ceilings", path, stage=stage.name)
    for index, ceiling in enumerate(stage.ceilings or ()):
        checker.check_condition(ceiling.people, (*path, "ceilings", index, "for"))


def check_first(checker: Checker, stages: tuple[Stage, ...], path: Path) -> None:
    """Pools are parts of all the seats of an offer, so they come before anything is taken from them."""
    giving = [(index, stage) for index, stage in enumerate(stages) if stage.seats == "offers"]
    for index, stage in giving[1:]:
        if stage.pools:
            checker.report("pools_first", (*path, index, "pools"), stage=stage.name)


def check_lapses(checker: Checker, stages: tuple[Stage, ...], path: Path) -> None:
    """Seats that lapse stay empty, so no later stage may give out what is left."""
    for index, stage in enumerate(stages[:-1]):
        for at, pool in enumerate(stage.pools or ()):
            if pool.unfilled == "lapses":
                place: Path = (*path, index, "pools", at, "unfilled")
                checker.report("pool_lapses", place, pool=pool.id, stage=stages[index + 1].name)


def _check_only(checker: Checker, stage: Stage, named: dict[str, bool], path: Path) -> None:
    """A stage is for people whom it describes, for a class, or for those of earlier pools and ceilings."""
    if stage.only is None:
        return
    if stage.seats == "quotas":
        checker.report("only_quotas", (*path, "only"), stage=stage.name)
    if not isinstance(stage.only, Participants):
        if not named.get(stage.only):
            known = ", ".join(sorted(name for name, people in named.items() if people)) or "–"
            checker.report("unknown_only", (*path, "only"), name=stage.only, known=known)
        return
    checker.check_condition(stage.only.people, (*path, "only", "for"))
    if stage.only.id in named:
        checker.report("group_twice", (*path, "only"), name=stage.only.id)
    named[stage.only.id] = True


def _check_names(checker: Checker, stage: Stage, named: dict[str, bool], path: Path) -> None:
    for key in ("pools", "ceilings", "bands_for"):
        for index, group in enumerate(getattr(stage, key) or ()):
            if group.id in named:
                checker.report("group_twice", (*path, key, index), name=group.id)
            named[group.id] = key != "bands_for" and group.people is not None
    if (tiers := stage.choices_first) is not None:
        if tiers.id in named:
            checker.report("group_twice", (*path, "tiers"), name=tiers.id)
        named[tiers.id] = tiers.people is not None
    rests = [index for index, pool in enumerate(stage.pools or ()) if pool.rest]
    for index in rests[1:]:
        checker.report("pool_rests", (*path, "pools", index), stage=stage.name)


def _check_sizes(checker: Checker, stage: Stage, taken: set[str], path: Path) -> None:
    total, columns = Decimal(0), set(taken)
    groups: tuple[SeatPool | Ceiling, ...] = stage.pools or stage.ceilings or ()
    for index, pool in enumerate(groups):
        place: Path = (*path, "pools" if stage.pools else "ceilings", index)
        if pool.share is not None and not 0 < pool.share <= 1:
            checker.report("pool_share", (*place, "share"), pool=pool.id, share=pool.share)
        total += pool.share or 0
        if pool.seats is not None and pool.seats in columns:
            checker.report("pool_column", (*place, "seats"), column=pool.seats)
        columns.add(pool.seats or "")
    if stage.pools and total > 1:
        checker.report("pool_shares", (*path, "pools"), stage=stage.name, total=total)
