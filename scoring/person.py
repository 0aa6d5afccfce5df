"""One candidate out of everyone: the explanation of a pair, and of the pair that counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.candidates import qualify
from scoring.eligibility import assess
from scoring.explain import Explanation, explain
from scoring.facts import Facts
from scoring.pack import Pack
from scoring.score import Scores, score
from values.problems import bad_input, refused


def explain_candidate(pack: Pack, facts: Facts, candidate: str) -> Explanation:
    """The sheet of the pair whose score the candidate carries.

    The explanation is computed by the scalar evaluator and compared with the columns: a difference
    is a defect of the program and is refused, never hidden.

    Raises:
        BadInput: `facts.nobody_of_that_name`.
        Refused: `facts.explanation_differs`.
    """
    alone = _alone(facts, candidate)
    scores = score(alone)
    return explain_pair(pack, alone, scores, int(qualify(alone, assess(alone), scores).pair[0]))


def explain_pair(pack: Pack, facts: Facts, scores: Scores, pair: int) -> Explanation:
    """The sheet of one pair (a row of the facts), its total compared with the columns.

    Raises:
        Refused: `facts.explanation_differs`.
    """
    rows = facts.candidate_row  # sorted
    family = range(*(int(np.searchsorted(rows, rows[pair], side)) for side in ("left", "right")))
    sheet = explain(
        facts.policy,
        facts.service,
        facts.frame.row(pair, named=True),
        candidate=facts.candidates[int(facts.candidate_row[pair])],
        subject=facts.subjects[int(facts.subject_row[pair])],
        as_of=facts.as_of,
        document=pack.document,
        others=[facts.frame.row(row, named=True) for row in family if row != pair],
        open_marks=[name for name, open_ in facts.open_marks.items() if open_[rows[pair]]],
    )
    told = (sheet.total, *(one.points for one in sheet.marked))
    if told != tuple(column[pair] for column in (scores.totals["total"], *scores.marked)):
        raise refused("facts.explanation_differs", candidate=sheet.candidate)
    return sheet


def _alone(facts: Facts, candidate: str) -> Facts:
    row = facts.candidates.index_of(candidate)
    if row is None:
        raise bad_input("facts.nobody_of_that_name", id=candidate)
    pairs = np.flatnonzero(facts.candidate_row == row)
    return replace(
        facts,
        frame=facts.frame[pairs],
        candidates=facts.candidates[row : row + 1],
        candidate_row=np.zeros(pairs.size, dtype=np.int32),
        subject_row=facts.subject_row[pairs],
        open_marks={name: open_[row : row + 1] for name, open_ in facts.open_marks.items()},
    )
