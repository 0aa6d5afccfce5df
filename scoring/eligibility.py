"""Who may take part: every criterion met, not met or unknown, with all reasons kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.columns import condition_column
from scoring.facts import Facts
from scoring.sanctions import in_effect_column, waits_column

STATUSES = ("eligible", "pending", "frozen", "ineligible", "vetoed", "barred")
"""By rising precedence: a person's status is the last of these that any reason gives."""

Asked = Literal["either_parent", "both_parents"]
"""Of whom a criterion may be asked besides the one who is scored."""

Statuses = NDArray[np.int8]
"""Indices into STATUSES."""


@dataclass(frozen=True)
class Eligibility:
    """Per pair: the status so far, and every reason against taking part.

    `reasons` has the columns `pair` (row in the facts frame), `status`, `code` (the criterion or sanction,
    with `unknown:` before it if a fact is missing) and `cite`.
    """

    status: Statuses
    reasons: pl.DataFrame


def assess(facts: Facts) -> Eligibility:
    """Apply the service's criteria and the sanctions to every pair. The gate comes later, with the scores."""
    rule = facts.policy.services[facts.service]
    truths = facts.frame.select(
        condition_column(facts.policy, criterion.require).alias(name)
        for name, criterion in rule.criteria.items()
    )
    found = [no_reasons()]
    for name, criterion in rule.criteria.items():
        truth = truths[name]
        truth = truth if criterion.asked_of is None else of_parents(facts, truth, criterion.asked_of)
        found.append(reasons(truth.eq_missing(False), criterion.otherwise, name, criterion.cite))
        if criterion.unknown == "pending":
            found.append(reasons(truth.is_null(), "pending", f"unknown:{name}", criterion.cite))
    every = pl.concat([*found, *_sanctions(facts)])
    return Eligibility(status_of(every, facts.frame.height), every)


def of_parents(facts: Facts, truth: pl.Series, asked: Asked) -> pl.Series:
    """For every pair, whether either or both of the candidate's parents meet a condition; null unknown."""
    frame = pl.DataFrame({"candidate": facts.candidate_row, "truth": truth})
    met = pl.col("truth")
    found = met.any(ignore_nulls=False) if asked == "either_parent" else met.all(ignore_nulls=False)
    return frame.select(found.over("candidate"))["truth"]


def _sanctions(facts: Facts) -> list[pl.DataFrame]:
    """Who is sanctioned, and whose case waits because that is not known. Void lines are no reason."""
    policy, found = facts.policy, []
    for name, rule in policy.sanctions_of(facts.service).items():
        effect = in_effect_column(policy, rule, facts.as_of).alias("effect")
        truths = facts.frame.select(effect, waits_column(policy, rule, facts.as_of).alias("waits"))
        if rule.effect != "void":
            found.append(reasons(truths["effect"].eq_missing(True), rule.effect, name, rule.cite))
        found.append(reasons(truths["waits"], "pending", f"unknown:{name}", rule.cite))
    return found


def no_reasons() -> pl.DataFrame:
    """An empty table of reasons."""
    return pl.DataFrame(schema={"pair": pl.UInt32, "status": pl.String, "code": pl.String, "cite": pl.String})


def reasons(affected: pl.Series, status: str, code: str, cite: str) -> pl.DataFrame:
    """One reason for every pair where `affected` is true."""
    pairs = affected.arg_true().cast(pl.UInt32).alias("pair")
    return pl.DataFrame(pairs).with_columns(status=pl.lit(status), code=pl.lit(code), cite=pl.lit(cite))


def status_of(found: pl.DataFrame, pairs: int) -> Statuses:
    """The gravest status of every pair (n_pairs,); no reason means eligible."""
    status = np.zeros(pairs, dtype=np.int8)
    ranks = found["status"].replace_strict(list(STATUSES), list(range(len(STATUSES))), return_dtype=pl.Int8)
    np.maximum.at(status, found["pair"].to_numpy(), ranks.to_numpy())
    return status
