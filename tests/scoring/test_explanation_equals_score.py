"""The explanation of one person and the columns of everyone are the same function."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given

from scoring.candidates import qualify
from scoring.eligibility import STATUSES, assess
from scoring.explain import explain
from scoring.facts import assemble
from scoring.pack import Pack
from scoring.score import score
from tests.strategies import AS_OF, packs, people


@given(packs(), people())
def test_every_explained_line_total_and_status_equals_the_scored_one(
    pack: Pack, tables: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    """On generated packs and people the scalar evaluator and the columns agree bit for bit."""
    facts = assemble(pack.policy, "school", *tables, as_of=AS_OF)
    scores = score(facts)
    standings = qualify(facts, assess(facts), scores)

    for row in range(facts.frame.height):
        person = facts.frame.row(row, named=True)
        family = np.flatnonzero(facts.candidate_row == facts.candidate_row[row]).tolist()
        others = [facts.frame.row(each, named=True) for each in family if each != row]
        sheet = explain(pack.policy, "school", person, candidate="c", subject="s", as_of=AS_OF, others=others)
        assert {line.indicator: line.points for line in sheet.lines} == scores.lines.row(row, named=True)
        totals = scores.totals.row(row, named=True)
        assert (sheet.subtotal, sheet.total) == (totals["subtotal"], totals["total"])
        assert sheet.status == STATUSES[standings.pair_status[row]]
        recorded = standings.reasons.filter(pl.col("pair") == row)["code"].sort().to_list()
        assert sorted(reason.code for reason in sheet.reasons) == recorded


@given(packs(), people())
def test_scores_do_not_depend_on_the_order_of_rows(
    pack: Pack, tables: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    """Reversing both tables changes nothing: people are numbered by id."""
    applicants, candidates = tables

    forward = assemble(pack.policy, "school", applicants, candidates, as_of=AS_OF)
    backward = assemble(pack.policy, "school", applicants.reverse(), candidates.reverse(), as_of=AS_OF)

    assert forward.frame.equals(backward.frame)
    assert score(forward).totals.equals(score(backward).totals)
