"""Slips in computed facts and long tables: refused with place and sentence; stale evidence is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from publication.explanation import explanation_text, sheet_of
from publication.messages import sentence
from scoring.explain import explain
from scoring.pack import load_pack
from values.problems import BadInput

TITLE = "title: {zh: 名, en: name}"
FACT = f"{TITLE}, of: subject, supplied_by: department, attested_by: {{zh: 局, en: office}}, cite: rules 1"
PARTS = f"""  came_on: {{type: date, {FACT}}}
  seen_on: {{type: date, of: candidate, {FACT.replace("of: subject, ", "")}}}
  fit: {{type: boolean, valid_for: {{months: 6, dated_by: came_on}}, {FACT}}}
tables:
  honours:
    {TITLE}
    of: subject
    cite: rules 1
    columns:
      level: {{type: choice, members: {{city: {{zh: 市, en: city}}, province: {{zh: 省, en: province}}}}}}
      day: {{type: date}}
      hours: {{type: integer, minimum: 0, maximum: 900}}
derived:
  here: {{{TITLE}, of: subject, months_since: came_on, as_of: month_end, future: 0}}
  count:
    {{{TITLE}, of: subject, from_table: honours, take: count, where: {{fact: level, is: city}},
      cite: rules 1}}
  best: {{{TITLE}, of: subject, from_table: honours, take: maximum, column: hours, empty: 0, cite: rules 1}}
  late:
    {{{TITLE}, of: subject, from_table: honours, take: sum, column: hours, dated_by: day, within_months: 12,
      cite: rules 1}}
  last_on: {{{TITLE}, of: subject, from_table: honours, take: latest, column: day, cite: rules 1}}
  mix: {{{TITLE}, of: subject, formula: "min(here, months) / 12", decimals: 1, round: floor}}
"""
LINE = """  more:
    title: {zh: 其他, en: more}
    group: quality
    kind: base
    cite: rules 5
    points:
      sum:
        - {per: mix, every: 1, points: 1}
        - {per: count, every: 1, points: 1}
        - {per: best, every: 1, points: 1}
        - {per: late, every: 1, points: 1}
        - {flag: fit, points: 1}
        - {flag: {fact: seen_on, at_least: 2000-01-01}, points: 1}
        - {flag: {fact: last_on, at_least: 2000-01-01}, points: 1}
    unknown: {pending: true, cite: rules 4}
"""
TINY = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
TEXT = TINY.replace("groups:\n", PARTS + "groups:\n", 1).replace("services:\n", LINE + "services:\n", 1)
SLIPS = [
    (
        "months_since: came_on",
        "months_since: town",
        "a fact of type date is needed here, but town is choice; correct it",
    ),
    (
        "as_of: month_end",
        "as_of: month_last",
        "fact month_last is not declared; declare it under facts or derived",
    ),
    (
        "future: 0}",
        "future: 0, take: count}",
        "take, column, each, dated_by, per_year, same_day and empty belong to from_table only, decimals "
        "and round to from_table and formula; remove them",
    ),
    (
        "months_since: came_on,",
        "months_since: came_on, days_since: came_on,",
        "a derived fact needs exactly one of years_since, months_since, days_since, months_in, residence, "
        "from_table and formula",
    ),
    (
        "take: maximum, column: hours, empty: 0",
        "take: maximum, column: hours",
        "from_table needs take; all but count need column or each (earliest and latest column); minimum, "
        "maximum and mean need empty (what no rows give: 0 or unknown), others must not have it; correct it",
    ),
    (
        "dated_by: day, within_months: 12",
        "within_months: 12",
        "within_months, up_to and per_year go with dated_by (a date column of the table), and dated_by with "
        "one of them; per_year belongs to count and sum; correct it",
    ),
    (
        "take: count, where: {fact: level, is: city}",
        "take: count, where: {fact: level, is: city}, dated_by: day, up_to: month_end, same_day: counted",
        "same_day belongs to within_months, or to per_year with years: back; remove it",
    ),
    (
        "take: maximum, column: hours",
        "take: mean, column: hours",
        "mean needs round (floor, ceiling, half_up or half_even), others must not have it; correct it",
    ),
    (
        "from_table: honours, take: count",
        "from_table: honour, take: count",
        "there is no table honour; declare it under tables",
    ),
    (
        "dated_by: day",
        "dated_by: hours",
        "a column of type date is needed here, but hours is integer; correct it",
    ),
    (
        "{fact: level, is: city}",
        "{fact: rank, is: city}",
        "table honours has no column rank; correct it or add it",
    ),
    (
        "{fact: level, is: city}",
        "{fact: level, is: county}",
        "county cannot be compared with level of type choice; correct it",
    ),
    (
        "within_months: 12",
        "within_months: 12, up_to: last_on",
        "last_on is a computed date, and a date that is handed in is needed here; use a declared date fact",
    ),
    (
        "{fact: level, is: city}",
        "{fact: day, at_least: {person: seen_on}}",
        "seen_on cannot be compared with rows: it must be a declared fact of: subject without valid_for; "
        "correct it",
    ),
    (
        "{fact: seen_on, at_least: 2000-01-01}",
        "{all: [{known: seen_on}, {fact: came_on, at_least: {person: came_on}}]}",
        "person (came_on) belongs to conditions on the rows of a table (where of from_table) only; write "
        "fact",
    ),
    (
        "take: sum, column: hours",
        'take: sum, each: {formula: "1 / hours"}, round: floor',
        "a divisor may lie between 0 and 900, so it can be 0; exclude 0 by max( , ) or by the fact's limits",
    ),
    (
        "take: sum, column: hours",
        'take: sum, each: {formula: "1 / (hours + 1)"}, round: floor',
        "the denominators of the rows may lie between 1 and 901, and their sum beyond exact arithmetic; add "
        "round to each, or lower the limits of the columns",
    ),
    (
        "take: sum, column: hours",
        'take: sum, each: {formula: "hours / 2"}',
        "the result may need more than 0 decimals; add round: floor, ceiling, half_up or half_even",
    ),
    (
        "take: latest, column: day",
        "take: latest, column: hours",
        "a column of type date is needed here, but hours is integer; correct it",
    ),
    (
        "within_months: 12",
        "within_months: 12, up_to: seen_on",
        "seen_on is of: candidate and cannot date rows of: subject; use a date fact of: subject",
    ),
    (
        "of: subject, from_table: honours, take: count",
        "of: candidate, from_table: honours, take: count",
        "table honours is of: subject, so a fact computed from it is too; write of: subject",
    ),
    (
        "decimals: 1, round: floor",
        "decimals: 1",
        "the result may need more than 1 decimals; add round: floor, ceiling, half_up or half_even",
    ),
    (
        "min(here, months) / 12",
        "min(here, mix) / 12",
        "computed facts read each other in a circle: mix → mix; remove one of these references",
    ),
    (
        "min(here, months) / 12",
        "months / here",
        "a divisor may lie between 0 and 1200, so it can be 0; exclude 0 by max( , ) or by the fact's limits",
    ),
    (
        "{per: mix, every: 1, points: 1}",
        "{as_of: year_end, sum: [{per: mix, every: 1, points: 1}, {per: here, every: 1, points: 1}]}",
        "the formula of mix counts time, and as_of does not reach into it; write as_of on the facts that it"
        " reads, or the formula here",
    ),
    (
        "dated_by: came_on}",
        "dated_by: months}",
        "a fact of type date is needed here, but months is integer; correct it",
    ),
]


def test_the_unharmed_pack_loads() -> None:
    pack = load_pack(TEXT, "facts.yaml")

    assert list(pack.policy.derived) == ["here", "count", "best", "late", "last_on", "mix"]
    assert pack.notices == ()


@pytest.mark.parametrize(("right", "wrong", "says"), SLIPS, ids=[wrong for _, wrong, _ in SLIPS])
def test_a_slip_is_refused_with_its_line_and_what_to_change(right: str, wrong: str, says: str) -> None:
    assert TEXT.count(right) == 1
    text = TEXT.replace(right, wrong)

    with pytest.raises(BadInput) as error:
        load_pack(text, "facts.yaml")

    told = {sentence(problem, {}, "en"): problem.place.line for problem in error.value.problems}
    assert says in told, told
    first = text.count("\n", 0, text.index(wrong)) + 1
    assert abs(told[says] - first) <= 2


def test_a_column_that_no_fact_reads_is_a_notice() -> None:
    hours = "      hours: {type: integer, minimum: 0, maximum: 900}\n"
    pack = load_pack(TEXT.replace(hours, hours + "      place: {type: boolean}\n"), "facts.yaml")

    assert [(notice.code, notice.params) for notice in pack.notices] == [
        ("pack.unused_column", (("column", "place"), ("table", "honours")))
    ]


def test_a_sheet_says_until_when_stale_evidence_was_valid() -> None:
    policy = load_pack(TEXT, "facts.yaml").policy
    person: dict[str, Any] = {
        "education": "junior",
        "months": 12,
        "town": "east",
        "came_on": date(2014, 8, 31),
    }

    told = explain(policy, "school", person, candidate="c", subject="c", as_of=date(2015, 5, 31))

    text = explanation_text(sheet_of(told, "en", documents=policy.documents))
    assert "name: unknown (the evidence is of 31 August 2014, valid until 28 February 2015)" in text
