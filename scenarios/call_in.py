"""The call-in: of the eligible, only so many a seat enter the ranking, earliest date first."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int32
from scenarios.tables import scope_names
from scoring.candidates import Standings
from scoring.facts import Facts
from scoring.ranking import scope_names as scopes_of_pairs
from scoring.ranking_rule import CallIn
from values.problems import Problem, Refused

MOST_NAMED = 10


@dataclass(frozen=True, eq=False)
class Called:
    """Who was called in: of the eligible, and of those whom only a later check keeps from being eligible.

    `table` has the columns `candidate`, `scope`, `by` (the date), `place` (from 1 inside the scope, equal
    dates share one), `called`, and `eligible`: whether they are, all told.
    """

    table: pl.DataFrame

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(n,) of `standings.eligible`, whether each was called in."""
        return self.table.filter("eligible")["called"].to_numpy()


def call_in(facts: Facts, standings: Standings, quotas: pl.DataFrame) -> Called | None:
    """Call in the first floor(per_seat x seats) of every scope; None if the policy has no such step.

    People with the same date at the limit share one fate, as the policy's `ties` say: all of them enter, or
    none, or the round is refused.

    Raises:
        Refused: `round.call_in_tie` for every scope where `ties: refuse` meets a tie at the limit.
    """
    rule = facts.policy.services[facts.service].ranking.call_in
    if rule is None:
        return None
    listed_rows = _listed(rule, standings)
    pair = standings.pair[listed_rows]
    people = pl.DataFrame(
        {
            "candidate": facts.candidates.gather(listed_rows),
            "scope": scopes_of_pairs(facts, pair),
            "by": facts.frame[rule.by][pair],
            "eligible": np.isin(listed_rows, standings.eligible),
        }
    )
    seats = quotas.select(scope_names(facts.policy, facts.service), "seats")
    share = Fraction(rule.per_seat)
    limit = pl.col("seats") * share.numerator // share.denominator
    limits = seats.with_columns(limit.alias("limit"))
    listed = people.join(limits, on="scope", how="left", maintain_order="left")
    listed = listed.with_columns(
        pl.col("by").rank("min").over("scope").cast(pl.Int64).alias("place"),
        pl.col("by").rank("max").over("scope").cast(pl.Int64).alias("last_equal"),
    )
    _check_ties(rule, listed)
    decisive = "place" if rule.ties == "admit_all" else "last_equal"
    listed = listed.with_columns((pl.col(decisive) <= pl.col("limit")).alias("called"))
    return Called(listed.select("candidate", "scope", "by", "place", "called", "eligible"))


def _listed(rule: CallIn, standings: Standings) -> Int32:
    """The rows of everybody who is counted: nothing but a later check speaks against them."""
    later = [*(rule.before or ()), *(f"unknown:{name}" for name in rule.before or ())]
    fails = standings.reasons.filter(~pl.col("code").is_in(later))["pair"].to_numpy()
    counted = np.ones(standings.pair_status.size, dtype=bool)
    counted[fails] = False
    return np.flatnonzero(counted[standings.pair]).astype(np.int32)


def _check_ties(rule: CallIn, listed: pl.DataFrame) -> None:
    if rule.ties != "refuse":
        return
    tied = listed.filter((pl.col("place") <= pl.col("limit")) & (pl.col("last_equal") > pl.col("limit")))
    problems = []
    for (scope,), group in sorted(tied.group_by("scope"), key=lambda item: str(item[0])):
        names = group["candidate"].sort()
        shown = ", ".join(names.head(MOST_NAMED)) + (" …" if names.len() > MOST_NAMED else "")
        problems.append(
            Problem.of("round.call_in_tie", scope=scope, date=group["by"][0], people=names.len(), names=shown)
        )
    if problems:
        raise Refused(problems)
