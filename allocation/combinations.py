"""Which mechanism, tie policy and choice rule go together. Everything else is refused."""

from __future__ import annotations

from dataclasses import dataclass

from allocation.market import TiePolicy
from values.problems import BadInput, Problem

NEED_ONE_RANKING = frozenset({"serial_dictatorship", "redistribution"})


@dataclass(frozen=True)
class Combination:
    """What a market and its rules bring together.

    `offers_propose` and `pools` speak of deferred acceptance; `one_ranking`: all offers rank people alike, or
    (for redistribution) there is one ranking beside theirs; `costs`: who could be placed where is known.
    """

    mechanism: str
    ties: TiePolicy
    offers_propose: bool = False
    pools: bool = False
    one_ranking: bool = True
    costs: bool = True


def combination_problems(asked: Combination) -> list[Problem]:
    """`market.pools_need`, `market.ties_need`, `market.no_common_ranking`, `market.no_costs`."""
    problems = []
    tied_groups = asked.ties in ("admit_all", "exclude_all")
    plain = asked.mechanism == "deferred_acceptance" and not asked.offers_propose
    if asked.pools and (tied_groups or not plain) and asked.mechanism != "redistribution":
        problems.append(Problem.of("market.pools_need", mechanism=asked.mechanism, ties=asked.ties))
    if tied_groups and (asked.offers_propose or asked.mechanism == "redistribution"):
        problems.append(Problem.of("market.ties_need", mechanism=asked.mechanism, ties=asked.ties))
    if asked.mechanism in NEED_ONE_RANKING and not asked.one_ranking:
        problems.append(Problem.of("market.no_common_ranking", mechanism=asked.mechanism))
    if asked.mechanism == "redistribution" and not asked.costs:
        problems.append(Problem.of("market.no_costs"))
    return problems


def check_combination(asked: Combination) -> None:
    """Refuse what does not go together.

    Raises:
        BadInput: see `combination_problems`.
    """
    problems = combination_problems(asked)
    if problems:
        raise BadInput(problems)
