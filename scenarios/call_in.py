"""The call-in: of the eligible, only so many a seat enter the ranking, earliest date first, then by lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int32
from allocation.lottery import plain_roster_hash, ticket_order, tickets
from allocation.priority import Draw, DrawPlan, Lots, hold
from scenarios.tables import scope_names
from scoring.candidates import Standings
from scoring.facts import Facts
from scoring.ranking import scope_names as scopes_of_pairs
from scoring.ranking_rule import CallIn
from values.problems import Problem, Refused, bad_input

MOST_NAMED = 10

OWN_DRAW = "/call_in"
"""What the id of the call-in's draw adds to that of the round's."""


@dataclass(frozen=True, eq=False)
class Called:
    """Who was called in: of the eligible, and of those whom only a later check keeps from being eligible.

    `table` has the columns `candidate`, `scope`, `by` (the date), `place` (from 1 inside the scope, equal
    dates share one), `called`, and `eligible`: whether they are, all told. Where equal dates are drawn,
    `ticket` is that of the call-in's own draw, and `draw` the draw of the round, whose roster is the table.
    """

    table: pl.DataFrame
    draw: Draw | None = None

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(n,) of `standings.eligible`, whether each was called in."""
        return self.table.filter("eligible")["called"].to_numpy()

    def by_lot(self) -> dict[str, tuple[date, str]]:
        """Date and ticket of all with a date at which some were drawn and others not, by candidate."""
        if self.draw is None:
            return {}
        both = pl.col("called").n_unique().over("scope", "by") > 1
        rows = self.table.filter(both).select("candidate", "by", "ticket").rows()
        return {who: (day, ticket) for who, day, ticket in rows}


def own_draw(draw: Draw) -> Draw:
    """The draw of the call-in: roster and sources of the round's, an id of its own.

    Its tickets say nothing about those of the round, whose seed and messages are others; one ticket for both
    would rank those who were drawn in ahead of people with earlier dates.
    """
    return hold(DrawPlan(draw.id + OWN_DRAW, draw.sources), draw.roster_hash)


def call_in(
    facts: Facts, standings: Standings, quotas: pl.DataFrame, draw: DrawPlan | Draw | Lots | None = None
) -> Called | None:
    """Call in the first floor(per_seat x seats) of every scope; None if the policy has no such step.

    People with the same date at the limit enter as the policy's `ties` say: all of them, none, as many as
    there is room for in the order of a draw, or the round is refused.

    Raises:
        BadInput: `round.call_in_lots_missing`: somebody equal at the limit has no lot among those told.
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
    if rule.ties == "lottery" and listed.height:
        return _drawn(listed, draw)
    decisive = "place" if rule.ties == "admit_all" else "last_equal"
    listed = listed.with_columns((pl.col(decisive) <= pl.col("limit")).alias("called"))
    return Called(listed.select(COLUMNS))


COLUMNS = ("candidate", "scope", "by", "place", "called", "eligible")


def _drawn(listed: pl.DataFrame, draw: DrawPlan | Draw | Lots | None) -> Called:
    """Who is called in where people with equal dates come in the order of their lots."""
    if draw is None:
        raise ValueError("a lottery needs a draw plan")
    if isinstance(draw, Lots):
        _check_lots(listed, draw)
        lot = {name: number for number, name in enumerate(draw.called)}
        lots = [lot.get(name, len(lot)) for name in listed["candidate"]]
        return Called(_in_order(listed, pl.Series(lots)).select(COLUMNS))
    ids, strata = tuple(listed["candidate"]), listed["scope"].unique().sort()
    if isinstance(draw, DrawPlan):
        scope = listed["scope"].replace_strict(strata, range(strata.len()), return_dtype=pl.Int32)
        draw = hold(draw, plain_roster_hash(ids, tuple(strata), scope.to_numpy()))
    own = own_draw(draw)
    drawn = tickets(own.seed, own.id, ids)
    told = pl.Series("ticket", [ticket.tobytes().hex() for ticket in drawn], dtype=pl.String)
    return Called(_in_order(listed, pl.Series(ticket_order(drawn, ids))).select(*COLUMNS, told), draw)


def _in_order(listed: pl.DataFrame, lots: pl.Series) -> pl.DataFrame:
    """The list with `called`: the first of every scope by date, then by lot."""
    order = pl.struct("by", "lot").rank("ordinal").over("scope")
    return listed.with_columns(lots.alias("lot")).with_columns(called=order <= pl.col("limit"))


def _check_lots(listed: pl.DataFrame, lots: Lots) -> None:
    tied = listed.filter((pl.col("place") <= pl.col("limit")) & (pl.col("last_equal") > pl.col("limit")))
    missing = sorted(set(tied["candidate"]) - {*lots.called})
    if missing:
        raise bad_input("round.call_in_lots_missing", people=", ".join(missing))


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
