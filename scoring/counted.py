"""Which lines count: a sanction voids lines, and of lines that exclude each other one is kept.

A line that does not count is 0. Where it is not known whether a line counts, it is unknown, unless it is 0
anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from scoring.constructs import Title
from scoring.policy import Policy
from scoring.sanctions import in_effect, in_effect_column, waits, waits_column
from scoring.scalar import Person
from scoring.standing_model import Exclusive, Sanction

NOTHING = pl.lit(0, pl.Int64)
UNKNOWN = pl.lit(None, pl.Int64)


@dataclass(frozen=True)
class SetAside:
    """Why a line does not count: voided by a sanction, or another line of a choice counts (titled `kept`)."""

    kind: Literal["void", "exclusive"]
    rule: str
    title: Title
    cite: str
    kept: Title | None = None


def voids_of(policy: Policy, service: str) -> dict[str, Sanction]:
    """The sanctions of a service that void lines."""
    return {name: rule for name, rule in policy.sanctions_of(service).items() if rule.effect == "void"}


def setting_columns(policy: Policy, service: str, as_of: date) -> list[pl.Expr]:
    """What deciding over lines needs of the facts: `void:<sanction>`, `waits:<sanction>`, `choice:<id>`."""
    found = []
    for name, rule in voids_of(policy, service).items():
        found.append(in_effect_column(policy, rule, as_of).fill_null(False).alias(f"void:{name}"))
        found.append(waits_column(policy, rule, as_of).alias(f"waits:{name}"))
    for choice in policy.exclusive_of(service):
        if choice.chosen_by is not None:
            found.append(pl.col(choice.chosen_by).cast(pl.String).alias(f"choice:{choice.id}"))
    return found


def counted_lines(policy: Policy, service: str, scored: pl.LazyFrame) -> pl.LazyFrame:
    """The lines of a frame that has them and the `setting_columns`, replaced by what counts of them."""
    lines = policy.indicators_of(service)
    for name, rule in voids_of(policy, service).items():
        voided = [line for line in rule.indicators or () if line in lines]
        scored = scored.with_columns(_voided(name, line).alias(line) for line in voided)
    for choice in policy.exclusive_of(service):
        names = [line for line in choice.of if line in lines]
        scored = scored.with_columns(_kept(choice, line, names).alias(line) for line in names)
    return scored


def _voided(name: str, line: str) -> pl.Expr:
    column = pl.col(line)
    open_ = pl.col(f"waits:{name}") & (column != 0)
    return pl.when(pl.col(f"void:{name}")).then(NOTHING).when(open_).then(UNKNOWN).otherwise(column)


def _kept(choice: Exclusive, line: str, names: list[str]) -> pl.Expr:
    column = pl.col(line)
    if choice.chosen_by is not None:
        chosen = pl.col(f"choice:{choice.id}")
        other = pl.when(chosen.is_null() & (column != 0)).then(UNKNOWN).otherwise(column)
        return pl.when(chosen != line).then(NOTHING).otherwise(other)
    before = names[: names.index(line)]
    beaten = [pl.col(name) >= column if name in before else pl.col(name) > column for name in names]
    lost = pl.any_horizontal(beaten)  # null if a line is unknown: then nothing is lost yet
    every = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    return pl.when(every & lost).then(NOTHING).otherwise(column)


def count_lines(
    policy: Policy, service: str, person: Person, earned: Mapping[str, int | None], as_of: date
) -> dict[str, tuple[int | None, SetAside | None]]:
    """The same for one person: what counts of each line, and why a line was set aside."""
    counted: dict[str, tuple[int | None, SetAside | None]] = {
        name: (amount, None) for name, amount in earned.items()
    }
    for name, rule in voids_of(policy, service).items():
        effect, open_ = in_effect(policy, rule, person, as_of), waits(policy, rule, person, as_of)
        for line in (line for line in rule.indicators or () if line in counted):
            amount, why = counted[line]
            if effect:
                counted[line] = 0, why or SetAside("void", name, rule.title, rule.cite)
            elif open_ and amount != 0:
                counted[line] = None, why
    for choice in policy.exclusive_of(service):
        names = [line for line in choice.of if line in counted]
        amounts = {name: counted[name][0] for name in names}
        for line, (left, lost) in _choose(policy, choice, amounts, person).items():
            counted[line] = left, lost or counted[line][1]
    return counted


def _choose(
    policy: Policy, choice: Exclusive, amounts: dict[str, int | None], person: Person
) -> dict[str, tuple[int | None, SetAside | None]]:
    kept: str | None
    if choice.chosen_by is not None:
        chosen = person.get(choice.chosen_by)
        if chosen is None:
            return {name: (amount if amount == 0 else None, None) for name, amount in amounts.items()}
        kept = str(chosen)
    else:
        known = {name: amount for name, amount in amounts.items() if amount is not None}
        if len(known) < len(amounts):
            return {name: (amount, None) for name, amount in amounts.items()}
        kept = max(known, key=lambda name: known[name])  # of equal lines the one named first
    found: dict[str, tuple[int | None, SetAside | None]] = {}
    winner = policy.indicators[kept].title if kept in amounts else None
    aside = SetAside("exclusive", choice.id, choice.title, choice.cite, winner)
    for name, amount in amounts.items():
        found[name] = (amount, None) if name == kept else (0, aside if amount != 0 else None)
    return found
