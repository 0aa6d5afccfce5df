"""Whose score counts: one standing a candidate, chosen among the subjects as the policy says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from scoring.columns import condition_column
from scoring.eligibility import STATUSES, Eligibility, Statuses, no_reasons, reasons, status_of
from scoring.facts import Facts, Rows
from scoring.policy import named_people, needed_facts
from scoring.ranking_rule import FIRST_CLASS, RankingKey
from scoring.score import Scores
from scoring.seat_groups import OwnBands
from scoring.standing_model import Exclusive
from scoring.units import factor, points


@dataclass(frozen=True)
class Standings:
    """One row a candidate, in the order of `facts.candidates`.

    `pair` (n_candidates,) is the row of the pair that counts; `status` its status; `pair_status`
    (n_pairs,) the status of every pair; `reasons` every reason of every pair (as in Eligibility).
    """

    pair: Rows
    status: Statuses
    pair_status: Statuses
    reasons: pl.DataFrame

    @property
    def eligible(self) -> Rows:
        """Rows of the candidates who are ranked."""
        return np.flatnonzero(self.status == STATUSES.index("eligible")).astype(np.int32)


def qualify(facts: Facts, eligibility: Eligibility, scores: Scores) -> Standings:
    """Add the gate and the pending lines to the criteria, then choose the pair that counts.

    A candidate carries the subject with the least grave status, then the one who ranks better: by the
    ranking's own keys in their order, then by the total where people are not ranked by it. Of two subjects
    equal in all of these the one named first is shown, which changes no outcome.
    """
    found = pl.concat([eligibility.reasons, *_pending(facts, scores), _below_gate(facts, scores)])
    status = status_of(found, facts.frame.height)
    pair = _best_pair(facts, scores, status)
    return Standings(pair, status[pair], status, found.sort("pair", "code"))


def key_columns(facts: Facts, scores: Scores) -> pl.DataFrame:
    """The classes, the total and the tie-break keys of every pair as Int64 where more is better."""
    service = facts.policy.services[facts.service]
    columns = [-column for column in class_numbers(facts)]
    total = [scores.totals["total"]] if service.kinds else []
    columns += total if service.ranking.total == "first" else []
    columns += [_key_column(facts, scores, key) for key in service.ranking.keys]
    columns += total if service.ranking.total == "last" else []
    return pl.DataFrame([column.alias(str(index)) for index, column in enumerate(columns)])


def _key_column(facts: Facts, scores: Scores, key: RankingKey) -> pl.Series:
    if key.fact is not None:
        values = facts.frame[key.name].cast(pl.Int64)
        return -values if key.better == "lower" else values
    values = scores.lines[key.name] if key.indicator is not None else _known_group(scores, key.name)
    rule = facts.policy.services[facts.service].multiplier
    if not key.multiplied or rule is None:
        return values
    above, below = factor(rule.factor)
    multiplied = scores.totals["multiplied"]
    product = pl.when(multiplied).then(values * above // below).when(~multiplied).then(values)  # proven exact
    return pl.select(product.otherwise(None)).to_series()


def class_numbers(facts: Facts) -> pl.DataFrame:
    """One column a class: 1 for those whom it puts first, 2 for the others, null where it stays pending.

    Where the first class that holds decides, one column with its number, one more for who is in none.
    """
    rule, truths = facts.policy.services[facts.service].ranking, class_truths(facts)
    if rule.classes_hit is None or not rule.classes:
        return pl.DataFrame([2 - truth.cast(pl.Int64) for truth in truths])
    number = pl.lit(len(rule.classes) + 1, pl.Int64)
    for at, each in reversed(list(enumerate(rule.classes, 1))):
        number = pl.when(pl.col(each.id)).then(pl.lit(at, pl.Int64)).otherwise(number)
    known = pl.all_horizontal(pl.col(each.id).is_not_null() for each in rule.classes)
    return truths.select(pl.when(known).then(number).otherwise(None).alias(FIRST_CLASS))


def class_truths(facts: Facts) -> pl.DataFrame:
    """One column a class: who is in it, null where that stays pending.

    Where the first class that holds decides, whoever is in one is in no later one.
    """
    rule = facts.policy.services[facts.service].ranking
    served, found = pl.Series(np.zeros(facts.frame.height, dtype=np.bool_)), []
    for each in rule.classes:
        truth = facts.frame.select(condition_column(facts.policy, each.when).alias(each.id))[each.id]
        truth = truth.fill_null(False) if each.unknown == "after" else truth
        if rule.classes_hit == "first":
            truth = truth & ~served  # false even where the truth is null
            served = served | truth.fill_null(False)
        found.append(truth)
    return pl.DataFrame(found)


def group_members(facts: Facts) -> dict[str, pl.Series]:
    """For each class, and each group of people whom a stage treats apart: whether a pair belongs to it; null
    where that stays pending.

    Of a stage's own bands the first that fits counts: whoever has some belongs to no later ones.
    """
    found = {column.name: column for column in class_truths(facts)}
    rule = facts.policy.services[facts.service].allocation
    for groups in (rule.accepts or (), *(stage.named_people for stage in rule.stages)):
        served = pl.Series(np.zeros(facts.frame.height, dtype=np.bool_))
        for group in groups:
            assert group.people is not None
            truth = facts.frame.select(condition_column(facts.policy, group.people).alias(group.id))[group.id]
            truth = truth.fill_null(False) if group.unknown == "outside" else truth
            if isinstance(group, OwnBands):
                truth = truth & ~served  # false even where the truth is null
                served = served | truth.fill_null(False)
            found[group.id] = truth
    return found


def _known_group(scores: Scores, group: str) -> pl.Series:
    if group in scores.groups.columns:
        return scores.groups[group]
    return pl.Series(group, np.zeros(scores.groups.height, dtype=np.int64))


def _pending(facts: Facts, scores: Scores) -> list[pl.DataFrame]:
    rule = facts.policy.services[facts.service]
    found = [
        reasons(
            scores.lines[name].is_null(), "pending", f"unknown:{name}", (indicator.unknown or indicator).cite
        )
        for name, indicator in facts.policy.indicators_of(facts.service).items()
    ]
    for choice in facts.policy.exclusive_of(facts.service):
        if choice.chosen_by is not None:
            open_ = _not_all_zero(scores, choice) & facts.frame[choice.chosen_by].is_null()
            found.append(reasons(open_, "pending", f"unknown:exclusive:{choice.id}", choice.cite))
    if rule.multiplier is not None:
        missing = scores.totals["multiplied"].is_null()
        found.append(reasons(missing, "pending", "unknown:multiplier", rule.multiplier.cite))
    for name, cite in needed_facts(rule).items():
        found.append(reasons(facts.frame[name].is_null(), "pending", f"unknown:ranking:{name}", cite))
    classes = class_truths(facts)
    for each in rule.ranking.classes:
        found.append(reasons(classes[each.id].is_null(), "pending", f"unknown:class:{each.id}", each.cite))
    for column, mark in facts.policy.marks_of(facts.service).items():
        if column in facts.open_marks:
            open_ = pl.Series(facts.open_marks[column][facts.candidate_row])
            open_ &= scores.marked[column].ne_missing(0)
            found.append(reasons(open_, "pending", f"unknown:at:{column}", mark.cite))
    members = group_members(facts)
    for group in named_people(rule):
        found.append(reasons(members[group.id].is_null(), "pending", f"unknown:group:{group.id}", group.cite))
    return found


def _not_all_zero(scores: Scores, choice: Exclusive) -> pl.Series:
    """Whether the choice makes a difference: where it is not known, lines that are not 0 are unknown."""
    lines = [scores.lines[name] for name in choice.lines if name in scores.lines.columns]
    return pl.DataFrame(lines).select(pl.any_horizontal(pl.all().ne_missing(0))).to_series()


def _below_gate(facts: Facts, scores: Scores) -> pl.DataFrame:
    gate = facts.policy.services[facts.service].least
    if gate is None:
        return no_reasons()
    below = (scores.gated < points(facts.policy, gate.points)).fill_null(False)
    return reasons(below, "ineligible", "below_gate", gate.cite)


def _best_pair(facts: Facts, scores: Scores, status: Statuses) -> Rows:
    keys = [column.alias(str(at)) for at, column in enumerate(_better(facts, scores))]
    frame = pl.DataFrame({"candidate": facts.candidate_row, "status": status})
    frame = frame.with_columns(keys).with_row_index("pair")  # a draw may have no keys
    names = [column.name for column in keys]
    descending = [False, False, *(True for _ in names), False]
    order = frame.sort("candidate", "status", *names, "pair", descending=descending, nulls_last=True)
    return order.unique("candidate", keep="first", maintain_order=True)["pair"].cast(pl.Int32).to_numpy()


def _better(facts: Facts, scores: Scores) -> list[pl.Series]:
    """What tells which of two people ranks better: the keys, then a total that is not among them."""
    unranked = facts.policy.services[facts.service].ranking.total == "none"
    return [*key_columns(facts, scores).get_columns(), *([scores.totals["total"]] if unranked else [])]
