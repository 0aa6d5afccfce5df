"""Everything that is wrong with one table: all counted, the first ones named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from values.problems import Place, Problem

MAX_NAMED = 1000


def _nothing(most: int) -> tuple[Problem, ...]:
    return ()


@dataclass(frozen=True)
class Flaws:
    """Flaws of one sort: `count` in all; `first` describes so many of them, in row order."""

    count: int = 0
    first: Callable[[int], tuple[Problem, ...]] = _nothing


NO_FLAWS = Flaws()


def flaws_of(problems: Iterable[Problem]) -> Flaws:
    """Flaws that were found one by one."""
    found = tuple(problems)
    return Flaws(len(found), lambda most: found[:most])


def flaws_at(bad: pl.Series, describe: Callable[[int], Problem]) -> Flaws:
    """One flaw for every true position of the mask `bad`; only those to be named are described."""
    positions = bad.arg_true()
    return Flaws(
        len(positions), lambda most: tuple(describe(position) for position in positions.head(most).to_list())
    )


def listed(flaws: Iterable[Flaws], place: Place, most: int = MAX_NAMED) -> list[Problem]:
    """The first `most` flaws by row; a last problem says how many more there are."""
    everything = list(flaws)
    named = sorted(
        (problem for part in everything for problem in part.first(most)),
        key=lambda problem: problem.place.row,
    )
    named = named[:most]
    more = sum(part.count for part in everything) - len(named)
    if more:
        named.append(Problem.of("tables.more_problems", place, more=more, named=len(named)))
    return named
