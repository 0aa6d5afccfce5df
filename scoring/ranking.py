"""The ranking of a service: weak, inside each scope. Equal people stay equal here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.candidates import Standings, key_columns
from scoring.facts import Facts, Rows
from scoring.policy import EVERYBODY
from scoring.score import Scores


@dataclass(frozen=True)
class Key:
    """A published ranking key: its name, what its numbers are, which direction is better.

    `lines` names the indicators whose sum the key is; None for classes, the total, facts and times. The sum
    may be `multiplied` by the service's factor.
    """

    name: str
    type: Literal["points", "integer", "time"]
    better: Literal["higher", "lower"]
    lines: tuple[str, ...] | None
    multiplied: bool = False


@dataclass(frozen=True)
class Ranking:
    """Everyone eligible, ranked inside their scope.

    `candidate` (n,) are rows of `facts.candidates`; `scope` (n,) indexes `scopes`; `values` (n, k)
    holds `keys` as published (units; minutes for times): the classes, the total, the tie-breaks; `rank`
    (n,) is the competition rank 1, 1, 3 and `group` (n,) the dense rank 0, 0, 1 inside the scope:
    people with equal `group` in one scope are tied. Rows are sorted by scope, rank, candidate id.
    """

    scopes: tuple[str, ...]
    keys: tuple[Key, ...]
    candidate: Rows
    scope: Rows
    values: NDArray[np.int64]
    rank: Rows
    group: Rows

    @property
    def total(self) -> NDArray[np.int64] | None:
        """(n,) everybody's total in units; None in a service that does not rank by it."""
        names = [key.name for key in self.keys]
        return self.values[:, names.index("total")] if "total" in names else None


def ranking_keys(facts: Facts, *, with_time: bool) -> tuple[Key, ...]:
    """The classes, the total, the tie-breaks; the filing time is last if the policy decides ties by it."""
    policy = facts.policy
    lines = policy.indicators_of(facts.service)
    service = policy.services[facts.service]
    keys = [Key(name, "integer", "lower", None) for name in service.ranking.class_keys]
    total = [Key("total", "points", "higher", None)] if service.kinds else []
    keys += total if service.ranking.total == "first" else []
    for key in service.ranking.keys:
        if key.group is not None:
            members = tuple(name for name, line in lines.items() if line.group == key.group)
            keys.append(Key(key.group, "points", "higher", members, bool(key.multiplied)))
        elif key.indicator is not None:
            keys.append(Key(key.indicator, "points", "higher", (key.indicator,), bool(key.multiplied)))
        else:
            keys.append(Key(key.name, "integer", key.better or "higher", None))
    keys += total if service.ranking.total == "last" else []
    return (*keys, Key("filed_at", "time", "lower", None)) if with_time else tuple(keys)


def rank(
    facts: Facts,
    scores: Scores,
    standings: Standings,
    *,
    filed_at: NDArray[np.int64] | None = None,
    called: NDArray[np.bool_] | None = None,
) -> Ranking:
    """Rank the eligible candidates scope by scope: classes, total, keys, then `filed_at`, earlier first.

    `filed_at` (n_candidates,) is the filing time in minutes, in the order of `facts.candidates`;
    None if the policy does not rank by it. `called` (n_eligible,) marks the eligible whom a call-in
    lets into the ranking; None if all are.
    """
    keys = ranking_keys(facts, with_time=filed_at is not None)
    candidate = standings.eligible if called is None else standings.eligible[called]
    pair = standings.pair[candidate]
    better = [column.gather(pair).to_numpy() for column in key_columns(facts, scores)]
    if filed_at is not None:
        better.append(-filed_at[candidate])
    scopes, scope = _scopes(facts, pair)
    values = np.column_stack([np.empty((candidate.size, 0), np.int64), *better]).astype(np.int64, copy=False)
    # Stable, and `candidate` ascends: equal people stay in the order of their ids.
    order = np.lexsort((*-values.T[::-1], scope))
    return _ranked(scopes, keys, candidate[order], scope[order], values[order])


def _scopes(facts: Facts, pair: Rows) -> tuple[tuple[str, ...], Rows]:
    """The scopes in bytewise order, and the index of everyone's scope."""
    column = scope_names(facts, pair)
    scopes = column.unique().sort()
    return tuple(scopes), column.cast(pl.Enum(scopes)).to_physical().cast(pl.Int32).to_numpy()


def scope_names(facts: Facts, pair: Rows) -> pl.Series:
    """The scope of each of these pairs, by name: its facts joined by a slash."""
    names = facts.policy.services[facts.service].ranking.scope
    if not names:
        return pl.Series("scope", [EVERYBODY] * pair.size, dtype=pl.String)
    parts = pl.concat_str(pl.all().cast(pl.String), separator="/").alias("scope")
    return facts.frame.select(names)[pair].select(parts)["scope"]


def _ranked(
    scopes: tuple[str, ...], keys: tuple[Key, ...], candidate: Rows, scope: Rows, values: NDArray[np.int64]
) -> Ranking:
    """Number rows sorted by scope and keys: equal rows share a rank."""
    n = candidate.size
    new_scope = np.ones(n, dtype=bool)
    new_scope[1:] = scope[1:] != scope[:-1]
    new_group = new_scope.copy()
    new_group[1:] |= (values[1:] != values[:-1]).any(axis=1)
    place = np.arange(n)
    start = np.maximum.accumulate(np.where(new_scope, place, 0))
    first = np.maximum.accumulate(np.where(new_group, place, 0))
    dense = np.cumsum(new_group) - 1
    group = dense - dense[start] if n else dense
    directions = np.array([1 if key.better == "higher" else -1 for key in keys], dtype=np.int64)
    return Ranking(
        scopes,
        keys,
        candidate,
        scope,
        values * directions,
        (first - start + 1).astype(np.int32),
        group.astype(np.int32),
    )
