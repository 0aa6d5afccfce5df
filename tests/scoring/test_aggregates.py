"""Aggregates of long tables against every way in which the open cells could be filled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from math import floor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given

from scoring.aggregates import aggregated
from scoring.constructs import Title
from scoring.fact_model import DerivedFact
from scoring.pack import load_pack
from scoring.policy import Fact, Policy
from scoring.rounding import RoundingMode
from tests.strategies_tables import (
    AS_OF,
    DAYS,
    HOURS,
    LEVELS,
    PARTS,
    PERSON,
    SCHEMA,
    TABLE,
    TITLE,
    WHERE,
    rows,
    rules,
)
from values.dates import add_months
from values.problems import BadInput
from verifier import verify_facts
from verifier.verify_points import stated

BARE = {"title": TITLE, "of": "subject", "from_table": "t", "take": "count", "cite": "rules 1"}
ASKED = [DerivedFact.model_validate({**BARE, "where": each}).where for each in WHERE]
"""Conditions on a row as models."""
ONE_ASKED = (ASKED[0], ASKED[1])
BASE = load_pack((Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8"), "tiny.yaml").policy


def policy_with(rule: DerivedFact) -> Policy:
    levels = {"type": "choice", "members": dict.fromkeys(LEVELS, Title(**TITLE))}
    own = {"own_level": levels, "moved_on": {"type": "date", "members": None}}
    town = dict(BASE.facts["town"]) | {"of": "subject"}
    facts = {name: Fact.model_construct(**{**town, **fact}) for name, fact in own.items()}
    update = {"tables": {"t": TABLE}, "derived": {"x": rule}, "facts": {**BASE.facts, **facts}}
    return BASE.model_copy(update=update)


def computed(rule: DerivedFact, given_rows: list[tuple[Any, ...]]) -> int | date | None:
    people = pl.DataFrame(
        {"subject": ["nobody", "p"], **{name: [value] * 2 for name, value in PERSON.items()}}
    )
    table = pl.DataFrame([("p", *row) for row in given_rows], schema=SCHEMA, orient="row")
    policy = policy_with(rule)
    value = aggregated(policy, "x", people, table, AS_OF)[1]
    assert told(policy, given_rows) == ("" if value is None else value)
    return value if value is None or rule.is_day else int(value)


def told(policy: Policy, given_rows: list[tuple[Any, ...]]) -> object:
    """The same as the auditor's program has it, in the stored unit."""
    written: Any = policy.canonical()
    rule, columns = (stated(part) for part in (written["derived"]["x"], written["tables"]["t"]["columns"]))
    columns = {name: stated(column) for name, column in columns.items()}
    cells = [
        {name: "" if cell is None else str(cell) for name, cell in zip(columns, row, strict=True)}
        for row in given_rows
    ]
    person = {f"person.{name}": str(value) for name, value in PERSON.items()}
    found = verify_facts.aggregate(rule, columns, cells, AS_OF, person)
    if found and policy.derived["x"].is_day:
        return date.fromisoformat(found)
    return int(Decimal(found) * 10 ** policy.derived["x"].decimals) if found else ""


def plainly(rule: DerivedFact, full: list[tuple[Any, ...]]) -> int | date | str | None:
    """The aggregate of rows without open cells, by definition."""
    kept = [row for row in full if not rule.where or _asked(rule, row)]
    if rule.dated_by:
        assert rule.within_months
        kept = [row for row in kept if _first(rule, rule.within_months) <= row[1] <= AS_OF]
    if rule.is_day:
        found = [row[1] for row in kept]
        return (min(found) if rule.take == "earliest" else max(found)) if found else "unknown"
    values = [1 if rule.take == "count" else row[2] for row in kept]
    if rule.each is not None:
        return _of_formulas(rule, kept)
    if rule.take in ("count", "sum"):
        if rule.per_year is None:
            return sum(values)
        years = [_year(rule, row[1]) for row in kept]
        sums = (sum(v for v, its in zip(values, years, strict=True) if its == year) for year in set(years))
        return sum(min(total, rule.per_year.at_most) for total in sums)
    if not values:
        return rule.empty
    if rule.take == "mean":
        tenths = Fraction(sum(values) * 10, len(values))
        below, rest = floor(tenths), tenths - floor(tenths)
        nearest = below + (rest > Fraction(1, 2))
        tie = {"half_up": below + 1, "half_even": below + below % 2}
        if rest == Fraction(1, 2) and rule.round in tie:
            return tie[rule.round]
        return {"floor": below, "ceiling": below + (rest > 0)}.get(str(rule.round), nearest)
    return min(values) if rule.take == "minimum" else max(values)


def _asked(rule: DerivedFact, row: tuple[Any, ...]) -> bool:
    """The conditions of `WHERE`, one by one."""
    level, day, hours, parts = row
    return (
        level == "province",
        level == PERSON["own_level"],
        day < PERSON["moved_on"] or level == "province",
        hours < parts,
    )[ASKED.index(rule.where)]


def _of_formulas(rule: DerivedFact, kept: list[tuple[Any, ...]]) -> int | str | None:
    """The formulas of `EACH`, one by one, each row rounded if it says so, and all together at the end."""
    assert rule.each is not None
    formulas = {
        "hours / (parts + 1)": lambda hours, parts: Fraction(hours, parts + 1),
        "(hours - 1) / parts - 0.5": lambda hours, parts: Fraction(hours - 1, parts) - Fraction(1, 2),
        "3 * hours": lambda hours, _: Fraction(3 * hours),
        "hours / parts": lambda hours, parts: Fraction(hours, parts),
    }
    values = [formulas[rule.each.formula](*row[2:]) for row in kept]
    if rule.each.round is not None:
        kept_decimals = rule.decimals if rule.each.round.to is None else rule.each.round.to
        values = [_rounded(value, kept_decimals, rule.each.round.mode) for value in values]
    if rule.take == "sum" and rule.per_year is not None:
        years = [_year(rule, row[1]) for row in kept]
        sums = [sum(v for v, its in zip(values, years, strict=True) if its == year) for year in set(years)]
        whole = sum((min(Fraction(total), Fraction(rule.per_year.at_most)) for total in sums), Fraction(0))
    elif rule.take == "sum":
        whole = sum(values, Fraction(0))
    elif not values:
        return rule.empty
    else:
        mean = sum(values, Fraction(0)) / len(values)
        whole = {"minimum": min(values), "maximum": max(values), "mean": mean}[str(rule.take)]
    return int(_rounded(whole, rule.decimals, rule.round or "floor") * 10**rule.decimals)


def _rounded(value: Fraction, decimals: int, mode: RoundingMode) -> Fraction:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    ways = {"floor": ROUND_FLOOR, "ceiling": ROUND_CEILING, "half_up": ROUND_HALF_UP}
    return Fraction(exact.quantize(Decimal(1).scaleb(-decimals), ways.get(mode, ROUND_HALF_EVEN)))


def _first(rule: DerivedFact, months: int) -> date:
    """The first day of the months that end with the as-of date, the last of its month."""
    same = add_months(AS_OF, -months)
    return same if rule.same_day == "counted" else same + timedelta(days=1)


def _year(rule: DerivedFact, day: date) -> int:
    assert rule.per_year
    if rule.per_year.years != "back":
        return day.year
    return next(n for n in range(20) if day >= _first(rule, 12 * (n + 1)))


def completions(given_rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    choices = [
        product(
            *([cell] if cell is not None else list(known) for cell, known in zip(row, KNOWN, strict=True))
        )
        for row in given_rows
    ]
    for full in product(*choices):
        yield list(full)


KNOWN: tuple[tuple[Any, ...], ...] = (LEVELS, DAYS, HOURS, PARTS)


@given(rules(), rows)
def test_what_is_known_is_so_however_the_open_cells_are_filled(
    rule: DerivedFact, given_rows: list[tuple[Any, ...]]
) -> None:
    """A known aggregate is the one of every completion; of full rows it is always known."""
    found = computed(rule, given_rows)
    possible = {plainly(rule, full) for full in completions(given_rows)}

    if found is not None:
        assert possible == {found}
    elif all(None not in row for row in given_rows):
        assert possible == {"unknown"}


@given(rules(), rows)
def test_an_open_cell_that_cannot_matter_leaves_the_aggregate_known(
    rule: DerivedFact, given_rows: list[tuple[Any, ...]]
) -> None:
    """Counts, sums, least and greatest values are unknown only if two completions differ.

    Formulas are open while a cell is, an open day may be any, and what asks twice is read part by part.
    """
    if rule.take == "mean" or (rule.per_year and any(row[1] is None for row in given_rows)):
        return
    if rule.each is not None or rule.where not in (*ONE_ASKED, {}):
        return
    if rule.is_day and any(row[1] is None for row in given_rows):
        return
    possible = {plainly(rule, full) for full in completions(given_rows)}

    if len(possible) == 1 and possible != {"unknown"}:
        assert {computed(rule, given_rows)} == possible


@given(rules(), rows)
def test_the_order_of_rows_means_nothing(rule: DerivedFact, given_rows: list[tuple[Any, ...]]) -> None:
    assert computed(rule, given_rows) == computed(rule, given_rows[::-1])


@pytest.mark.parametrize(
    ("until", "months", "first"),
    [
        (date(2026, 6, 30), 6, date(2026, 1, 1)),
        (date(2026, 6, 30), 60, date(2021, 7, 1)),
        (date(2025, 2, 28), 12, date(2024, 3, 1)),
        (date(2024, 2, 28), 12, date(2023, 3, 1)),
        (date(2024, 2, 29), 12, date(2023, 3, 1)),
        (date(2026, 6, 29), 1, date(2026, 5, 30)),
        (date(2026, 3, 30), 1, date(2026, 3, 1)),
    ],
)
def test_months_that_end_with_a_month_begin_with_one(until: date, months: int, first: date) -> None:
    """The first day of the window counts, the day before does not; the auditor's program agrees."""
    rule = {"title": TITLE, "of": "subject", "from_table": "t", "take": "count", "cite": "rules 1"}
    window = DerivedFact.model_validate({**rule, "dated_by": "day", "within_months": months})
    people = pl.DataFrame({"subject": ["p"]})
    found = []
    for day in (first - timedelta(days=1), first):
        table = pl.DataFrame([("p", "city", day, 1, 1)], schema=SCHEMA, orient="row")
        found.append(aggregated(policy_with(window), "x", people, table, until)[0])

    assert found == [0, 1]
    assert verify_facts.window_start(until, months) == first


def test_somebody_beyond_the_maximum_is_refused_by_name() -> None:
    rule = DerivedFact.model_validate(
        {"title": TITLE, "of": "subject", "from_table": "t", "take": "count", "maximum": 1, "cite": "rules 1"}
    )

    with pytest.raises(BadInput, match=r"t: facts\.beyond_maximum \(fact=x, id=p, most=1\)"):
        computed(rule, [("city", DAYS[0], 1, 1)] * 2)
