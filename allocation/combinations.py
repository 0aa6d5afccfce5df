"""Which mechanism, tie policy and choice rule go together. Everything else is refused."""

from __future__ import annotations

from dataclasses import dataclass

from allocation.market import Market, TiePolicy
from values.problems import BadInput, Problem

NEED_ONE_RANKING = frozenset({"serial_dictatorship", "redistribution", "priority_matching"})
CHOICE_RULES = ("pools", "ceilings", "horizontal_reserves")
ONLY_FOR = {"regions": "flexible_deferred_acceptance", "min_seats": "extended_seat_deferred_acceptance"}
"""Rules that would be broken by any other mechanism."""

RULES = (*CHOICE_RULES, *ONLY_FOR)
BESIDE_OFFERS = frozenset({"redistribution", "priority_matching"})
"""Mechanisms that go by one ranking, whatever the orders of the offers."""


@dataclass(frozen=True)
class Combination:
    """What a market and its rules bring together.

    `offers_propose` speaks of deferred acceptance; `rules` are the choice rules and shared caps that the
    market states, by their names in documents; `one_ranking`: all offers rank people alike, or (for
    redistribution and priority matching) there is one ranking beside theirs; `costs`: who could be placed
    where is known.
    """

    mechanism: str
    ties: TiePolicy
    offers_propose: bool = False
    rules: tuple[str, ...] = ()
    one_ranking: bool = True
    costs: bool = True


def rules_of(market: Market) -> tuple[str, ...]:
    """The choice rules and shared caps that a market states."""
    stated = (
        market.pools is not None,
        market.ceilings is not None,
        market.reserves is not None,
        market.regions is not None,
        market.minimum is not None,
    )
    return tuple(name for name, is_stated in zip(RULES, stated, strict=True) if is_stated)


def combination_problems(asked: Combination) -> list[Problem]:
    """What does not go together.

    `market.pools_need`, `market.choice_rule_needs`, `market.rule_needs`, `market.ties_need`,
    `market.no_common_ranking`, `market.no_costs`.
    """
    problems = []
    tied_groups = asked.ties in ("admit_all", "exclude_all")
    plain = asked.mechanism == "deferred_acceptance" and not asked.offers_propose
    fills_up = asked.mechanism == "redistribution"
    for rule in asked.rules:
        if rule in ONLY_FOR:
            if asked.mechanism != ONLY_FOR[rule]:
                problems.append(
                    Problem.of(
                        "market.rule_needs", rule=rule, mechanism=asked.mechanism, needed=ONLY_FOR[rule]
                    )
                )
        elif (tied_groups or not plain) and not (fills_up and rule != "ceilings"):
            code = "market.pools_need" if rule == "pools" else "market.choice_rule_needs"
            problems.append(Problem.of(code, rule=rule, mechanism=asked.mechanism, ties=asked.ties))
    if tied_groups and not (plain or asked.mechanism == "serial_dictatorship"):
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
