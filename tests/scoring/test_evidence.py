"""Evidence that is old, or not there yet: the columns, the auditor's program and the plain rule agree."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.facts import assemble_pairs
from scoring.pack import load_pack
from values.anchors import anchored
from values.dates import add_months
from values.problems import BadInput
from verifier.verify_totals import stale

TITLE = "title: {zh: 名, en: name}, attested_by: {zh: 局, en: office}"
GIVEN = f"{TITLE}, of: subject, supplied_by: applicant, cite: rules 1"
TINY = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
TEXT = TINY.replace(
    "groups:\n",
    f"""  fit: {{type: boolean, valid_for: VALID, {GIVEN}}}
  checked_on: {{type: date, {GIVEN}}}
  handed_in_on: {{type: date, {GIVEN}}}
groups:
""",
    1,
).replace("require: {fact: months, at_least: 1}", "require: {all: [fit, {known: handed_in_on}]}")
days = st.dates(date(2015, 1, 1), date(2016, 12, 31))


asked_on = st.sampled_from(("", "handed_in_on", "year_end"))


@given(days, st.none() | days, st.none() | days, st.integers(1, 13), asked_on)
def test_evidence_counts_from_its_day_until_it_is_too_old(
    as_of: date, checked: date | None, handed_in: date | None, months: int, asked: str
) -> None:
    """It must be there on the as-of date and on the day asked, and not be older than so many months."""
    valid = {"months": months, "dated_by": "checked_on"} | ({"as_of": asked} if asked else {})
    policy = load_pack(TEXT.replace("VALID", str(valid).replace("'", "")), "tiny.yaml").policy
    day = {"": as_of, "handed_in_on": handed_in, "year_end": anchored("year_end", as_of)}[asked]
    fresh = checked is not None and day is not None and checked <= min(day, as_of)
    fresh = fresh and day <= add_months(checked, months) and (asked != "handed_in_on" or day <= as_of)
    row = {"fit": True, "checked_on": checked, "handed_in_on": handed_in, "months": 1}
    frame = pl.DataFrame(
        [{"subject": "s", "education": None, "town": None, **row}],
        schema_overrides={"checked_on": pl.Date, "handed_in_on": pl.Date},
    )

    facts = assemble_pairs(policy, "school", frame, as_of=as_of)

    assert facts.frame["fit"].to_list() == [True if fresh else None]
    told = {name: "" if value is None else str(value) for name, value in row.items()}
    assert stale(policy.canonical()["facts"]["fit"], told, as_of) is not fresh  # type: ignore[index]


@pytest.mark.parametrize(("asked", "code"), [("months", "pack.fact_type"), ("never", "pack.undeclared_fact")])
def test_evidence_is_asked_on_a_day(asked: str, code: str) -> None:
    text = TEXT.replace("VALID", f"{{months: 6, dated_by: checked_on, as_of: {asked}}}")

    with pytest.raises(BadInput) as refused:
        load_pack(text, "tiny.yaml")

    assert [problem.code for problem in refused.value.problems] == [code]
