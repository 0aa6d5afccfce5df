"""Totals still possible: whatever the missing facts turn out to be, the total lies in the interval."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from publication.explanation import explanation_text, sheet_of
from scoring.explain import explain
from scoring.facts import assemble
from scoring.pack import Pack, load_pack
from scoring.policy import Policy
from tests.scenarios.test_other_policies import TINY
from tests.strategies import AS_OF, packs, people


@given(packs(), people(), people(), st.data())
def test_every_completion_of_a_pending_case_gives_a_total_in_the_interval(
    pack: Pack,
    tables: tuple[pl.DataFrame, pl.DataFrame],
    others: tuple[pl.DataFrame, pl.DataFrame],
    data: st.DataObject,
) -> None:
    """Missing facts are filled with those of somebody else; rules that settle the unknown aside."""
    policy = _without_settled(pack.policy)
    rows, donors = (assemble(policy, "school", *given, as_of=AS_OF).frame for given in (tables, others))
    partial = rows.row(data.draw(st.integers(0, rows.height - 1)), named=True)
    donor = donors.row(data.draw(st.integers(0, donors.height - 1)), named=True)
    if partial["born_on"] is None or donor["born_on"] is None:
        donor = {**donor, "born_on": None, "age": None, "past_age": None}

    before = _explained(policy, partial)
    after = _explained(
        policy, {name: donor[name] if value is None else value for name, value in partial.items()}
    )

    low, high = before.possible if before.possible is not None else (before.total, before.total)
    assert low is not None
    assert high is not None
    assert low <= high
    if after.total is not None:
        assert low <= after.total <= high
    elif after.possible is not None:
        assert low <= after.possible[0] <= after.possible[1] <= high


def _explained(policy: Policy, person: Any) -> Any:
    return explain(policy, "school", person, candidate="c", subject="s", as_of=AS_OF)


def _without_settled(policy: Policy) -> Policy:
    """The policy where no rule settles what a missing fact earns."""
    pending = load_pack(TINY, "tiny.yaml").policy.indicators["insurance"].unknown
    lines = {
        name: line.model_copy(update={"unknown": pending, "points": _open(line.points)})
        for name, line in policy.indicators.items()
    }
    sanctions = {
        name: rule.model_copy(update={"unknown": "pending"}) for name, rule in policy.sanctions.items()
    }
    return policy.model_copy(update={"indicators": lines, "sanctions": sanctions})


def _open(node: Any) -> Any:
    parts = {"parts": tuple(map(_open, node.children()))} if node.children() else {}
    return node.model_copy(update={"unknown": None, **parts})


def test_a_pending_sheet_says_between_what_the_total_lies() -> None:
    """Education 20, insurance 0 to 3, in the east: 20 to 23, in the west times 1.3."""
    policy = load_pack(TINY, "tiny.yaml").policy

    def told(**facts: Any) -> Any:
        return _explained(policy, {"education": "junior", "months": None, "town": "east"} | facts)

    assert told().possible == (2000, 2300)
    assert told(town=None).possible == (2000, 2990)
    assert told(months=24).possible is None
    assert told(education=None).possible == (0, 300)  # settled: 0
    text = explanation_text(sheet_of(told(), "en", documents=policy.documents))
    assert "Totals still possible: 20 to 23 (what the rules settle" in text


def test_points_of_a_couple_stay_possible_while_one_spouse_is_open() -> None:
    """Education 20; 0 to 3 for each of the two, 3 for the one who is known: at least what is certain."""
    couple = "      whose: both\n      sum:\n      - bands: months\n        rows:"
    text = TINY.replace("      bands: months\n      rows:", couple)
    policy = load_pack(text, "tiny.yaml").policy
    person = {"education": "junior", "months": 36, "town": "east", "has_spouse": True, "spouse_months": None}

    low, high = _explained(policy, person).possible

    assert low <= 2300 <= 2600 <= high
