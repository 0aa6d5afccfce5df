"""Everything that is wrong with one table: all counted, the first thousand named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from values.problems import Place, Problem

MAX_NAMED = 1000


@dataclass(frozen=True)
class Flaws:
    """Flaws of one sort: `count` in all, of which the first `MAX_NAMED` are `named`, in row order."""

    count: int = 0
    named: tuple[Problem, ...] = ()


NO_FLAWS = Flaws()


def flaws_of(problems: Iterable[Problem]) -> Flaws:
    """Flaws that were found one by one."""
    found = tuple(problems)
    return Flaws(len(found), found[:MAX_NAMED])


def flaws_at(bad: pl.Series, describe: Callable[[int], Problem]) -> Flaws:
    """One flaw for every true position of the mask `bad`; only those to be named are described."""
    positions = bad.arg_true()
    return Flaws(
        len(positions), tuple(describe(position) for position in positions.head(MAX_NAMED).to_list())
    )


def listed(flaws: Iterable[Flaws], place: Place) -> list[Problem]:
    """All named flaws by row, cut at `MAX_NAMED`; a last problem says how many more there are."""
    everything = list(flaws)
    named = sorted(
        (problem for part in everything for problem in part.named), key=lambda problem: problem.place.row
    )
    named = named[:MAX_NAMED]
    more = sum(part.count for part in everything) - len(named)
    if more:
        named.append(Problem.of("tables.more_problems", place, more=more, named=len(named)))
    return named
