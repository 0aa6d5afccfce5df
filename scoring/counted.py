"""Which lines count: a sanction voids lines, and of lines that exclude each other one is kept.

A line that does not count is 0. Where it is not known whether a line counts, it is unknown, unless it is 0
anyway.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping
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
    """Why a line does not count: voided by a sanction, or others of a choice count (titled `kept`).

    `sums` (units): what those that count come to, and what the line and those with it do.
    """

    kind: Literal["void", "exclusive"]
    rule: str
    title: Title
    cite: str
    kept: Title | None = None
    sums: tuple[int, int] | None = None


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
        sets = [[line for line in one if line in lines] for one in choice.alternatives]
        scored = scored.with_columns(
            _kept(choice, at, line, sets).alias(line) for at, one in enumerate(sets) for line in one
        )
    return scored


def _voided(name: str, line: str) -> pl.Expr:
    column = pl.col(line)
    open_ = pl.col(f"waits:{name}") & (column != 0)
    return pl.when(pl.col(f"void:{name}")).then(NOTHING).when(open_).then(UNKNOWN).otherwise(column)


def _kept(choice: Exclusive, at: int, line: str, sets: list[list[str]]) -> pl.Expr:
    """A line of the alternative `at`: as it is, or 0 where another alternative counts."""
    column = pl.col(line)
    if choice.chosen_by is not None:
        chosen = pl.col(f"choice:{choice.id}")
        other = pl.when(chosen.is_null() & (column != 0)).then(UNKNOWN).otherwise(column)
        elsewhere = functools.reduce(operator.and_, (chosen != name for name in choice.alternatives[at]))
        return pl.when(elsewhere).then(NOTHING).otherwise(other)
    sums = {n: functools.reduce(operator.add, map(pl.col, one)) for n, one in enumerate(sets) if one}
    own = sums[at]
    beaten = [total >= own if n < at else total > own for n, total in sums.items() if n != at]
    lost = pl.any_horizontal(beaten)  # null if a line is unknown: then nothing is lost yet
    every = pl.all_horizontal(pl.col(name).is_not_null() for one in sets for name in one)
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
        names = [line for line in choice.lines if line in counted]
        amounts = {name: counted[name][0] for name in names}
        for line, (left, lost) in _choose(policy, choice, amounts, person).items():
            counted[line] = left, lost or counted[line][1]
    return counted


def _choose(
    policy: Policy, choice: Exclusive, amounts: dict[str, int | None], person: Person
) -> dict[str, tuple[int | None, SetAside | None]]:
    if choice.chosen_by is not None:
        chosen = person.get(choice.chosen_by)
        if chosen is None:
            return {name: (amount if amount == 0 else None, None) for name, amount in amounts.items()}
        kept = next((one for one in choice.alternatives if str(chosen) in one), ())
    elif None in amounts.values():
        return {name: (amount, None) for name, amount in amounts.items()}
    else:
        open_ = [one for one in choice.alternatives if any(name in amounts for name in one)]
        kept = max(open_, key=lambda one: _sum(amounts, one))  # of equal ones the one named first
    found: dict[str, tuple[int | None, SetAside | None]] = {}
    for one in choice.alternatives:
        aside = None if one == kept else _lost(policy, choice, amounts, one, kept)
        for name in (name for name in one if name in amounts):
            amount = amounts[name]
            found[name] = (amount, None) if one == kept else (0, aside if amount != 0 else None)
    return found


def _lost(
    policy: Policy,
    choice: Exclusive,
    amounts: Mapping[str, int | None],
    one: tuple[str, ...],
    kept: tuple[str, ...],
) -> SetAside:
    """Why an alternative does not count, and, where the highest sum does, what both come to."""
    titles = [policy.indicators[name].title for name in kept if name in amounts]
    winner = None
    if titles:
        winner = Title(zh="、".join(title.zh for title in titles), en=", ".join(title.en for title in titles))
    by_sum = choice.chosen_by is None and any(len(each) > 1 for each in choice.alternatives)
    sums = (_sum(amounts, kept), _sum(amounts, one)) if by_sum else None
    return SetAside("exclusive", choice.id, choice.title, choice.cite, winner, sums)


def _sum(amounts: Mapping[str, int | None], lines: Iterable[str]) -> int:
    return sum(amounts.get(name) or 0 for name in lines)
