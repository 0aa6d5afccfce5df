"""Check computed facts of an audit bundle: times that have passed, aggregates of long tables, stale evidence.

`verify_bundle.py` loads this file if it lies in the same folder. Standard library only, written from the
published specification, without the engine. Each of CHECKS gets the bundle of `verify_bundle.py`; its
docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import calendar
import importlib
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

points = importlib.import_module(f"{__package__ or ''}.verify_points".lstrip("."))  # beside this file
totals = importlib.import_module(f"{__package__ or ''}.verify_totals".lstrip("."))
Row = dict[str, Any]
Ends = tuple[Any, Any]  # the least and the greatest that something can be: numbers, or days as text
ZERO = Fraction(0)
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
FACTS, SINCE = "facts.csv", {"years_since": 12, "months_since": 1, "days_since": 0}


def passed(unit: int, since: date, until: date) -> int:
    """Completed days (0), months (1) or years (12); a month that lacks the day ends on its last day."""
    if not unit:
        return (until - since).days
    months = (until.year - since.year) * 12 + until.month - since.month
    last = until.day == calendar.monthrange(until.year, until.month)[1]
    return (months - (since.day > until.day and not last)) // unit


def time_passed(rule: Row, row: Row, as_of: date) -> str:
    """The cell of a fact that counts time."""
    key = next(key for key in SINCE if key in rule)
    until = totals.day_of(rule.get("as_of"), row, as_of)
    if not row[rule[key]] or until is None:
        return ""
    since = date.fromisoformat(row[rule[key]])
    eve = rule.get("counts") == "exceeded" and since != until
    found = passed(SINCE[key], since, until - timedelta(days=1) if eve else until)
    return (
        str(found)
        if found >= 0 or rule.get("future", "refuse") == "refuse"
        else "0"
        if str(rule["future"]) == "0"
        else ""
    )


def formula(rule: Row, row: Row) -> str:
    """The cell of a fact that has a formula."""
    numbers = {name: Decimal(cell) if NUMBER.fullmatch(cell) else None for name, cell in row.items()}
    exact = points.READING.formula(rule["formula"], numbers)
    if exact is None:
        return ""
    if "round" in rule:
        exact = points.READING.rounded(exact, {"to": str(rule.get("decimals", 0)), "mode": rule["round"]})
    return str(points.in_text(points.READING.decimal(Fraction(exact))))


def window_start(until: date, months: int) -> date:
    """The first of the months that end with a day; a window that ends with a month begins with one."""
    day, next_day = timedelta(days=1), until + timedelta(days=1)
    whole = next_day.day == 1
    start: date = totals.months_later(next_day if whole else until, -months)
    return start if whole else start + day


def first_day(rule: Row, until: date, months: int) -> date:
    """The first day of the months that end with a day, the same day of another month inside or outside."""
    inside = timedelta(days=int(rule.get("same_day") == "counted"))
    return window_start(until, months) - inside


def open_days(rule: Row, until: date | None) -> Ends:
    """The first and the last day that an open cell may hold, as text; "never" comes after every day."""
    if rule["column"] != rule.get("dated_by") or until is None:
        return "", "never"
    first = first_day(rule, until, int(rule["within_months"])) if "within_months" in rule else ""
    return str(first), str(until)


def year_of(rule: Row, day: date | None, until: date | None) -> str:
    """The year in which a row lies: a calendar year, or one counted back from a day; nothing if unknown."""
    if rule.get("per_year", {}).get("years") != "back":
        return str(day.year) if day else ""
    if day is None or until is None:
        return ""
    back = 0
    while day < first_day(rule, until, 12 * (back + 1)):
        back += 1
    return str(back)


def row_ends(
    rule: Row, columns: Row, row: Row, until: date | None, person: Row
) -> tuple[bool, Ends | None, str] | None:
    """Whether a row surely counts, what it adds (None: not known), its year; None if it does not count."""
    holds: Any = True
    if rule.get("where"):
        cells = {name: points.typed(columns[name], row[name]) for name in columns}
        holds = points.truth(rule["where"], cells | person)
    text = row[rule["dated_by"]] if "dated_by" in rule else ""
    if "dated_by" in rule and holds is not False:
        if not text or until is None:
            holds = None
        else:
            day, least = date.fromisoformat(text), date.min
            if "within_months" in rule:
                least = first_day(rule, until, int(rule["within_months"]))
            holds = holds if least <= day <= until else False
    if holds is False:
        return None
    ends: Ends | None = (Fraction(1), Fraction(1))
    if "each" in rule:
        value = row_value(rule, columns, row)
        ends = None if value is None else (value, value)
    if "column" in rule:
        column, cell = columns[rule["column"]], row[rule["column"]]
        if column["type"] == "date":
            return holds is True, (cell, cell) if cell else open_days(rule, until), ""
        ends = (Fraction(cell or column["minimum"]), Fraction(cell or column["maximum"]))
    return holds is True, ends, year_of(rule, date.fromisoformat(text) if text else None, until)


def row_value(rule: Row, columns: Row, row: Row) -> Fraction | None:
    """What the formula of a row gives; None while one of its cells is open."""
    numbers = {name: Decimal(row[name]) if NUMBER.fullmatch(row[name]) else None for name in columns}
    found: Fraction | None = points.READING.formula(rule["each"]["formula"], numbers)
    how = rule["each"].get("round")
    if found is None or how is None:
        return found
    told = {"to": rule.get("decimals", 0)} | (how if isinstance(how, dict) else {"mode": how})
    return Fraction(points.READING.rounded(found, told))


def aggregate(rule: Row, columns: Row, rows: list[Row], until: date | None, person: Row | None = None) -> str:
    """The cell of a fact that is an aggregate of one person's rows; nothing if it is not known.

    `person` has the person's facts that rows are compared with, as `person.<name>`.
    """
    read = [each for each in (row_ends(rule, columns, row, until, person or {}) for row in rows) if each]
    if any(ends is None for _, ends, _ in read):
        return ""
    found = [(sure, ends, year) for sure, ends, year in read if ends is not None]
    take = rule["take"]
    if take in ("count", "sum"):
        low, high = added(rule, found)
    elif not found:
        return "0" if str(rule.get("empty")) == "0" else ""
    elif take == "mean":
        if not all(sure and low == high for sure, (low, high), _ in found):
            return ""
        return mean(rule, [low for _, (low, _), _ in found])
    else:
        sure = [ends for is_sure, ends, _ in found if is_sure]
        if not sure:
            zeros = str(rule.get("empty")) == "0" and all(ends == (0, 0) for _, ends, _ in found)
            return "0" if zeros else ""
        best = max if take in ("maximum", "latest") else min
        each = [ends for _, ends, _ in found]
        first, second = (sure, each) if best is max else (each, sure)
        low, high = best(ends[0] for ends in first), best(ends[1] for ends in second)
        if take in ("earliest", "latest"):
            return str(low) if low == high else ""
    if low != high:
        return ""
    exact = Fraction(low)
    if "round" in rule:
        exact = points.READING.rounded(exact, {"to": rule.get("decimals", 0), "mode": rule["round"]})
    return str(points.in_text(points.READING.decimal(Fraction(exact))))


def added(rule: Row, found: list[tuple[bool, Ends, str]]) -> Ends:
    """The least and the greatest sum, each year held at most."""
    years: dict[str, list[Ends]] = defaultdict(list)
    for sure, (low, high), year in found:
        years[year].append((low if sure else min(low, ZERO), high if sure else max(high, ZERO)))
    sums = [ZERO, ZERO]
    for year, parts in years.items():
        for side in (0, 1):
            total = sum((part[side] for part in parts), ZERO)
            held = "per_year" in rule and year
            sums[side] += min(total, Fraction(rule["per_year"]["at_most"])) if held else total
    return sums[0], sums[1]


def mean(rule: Row, values: list[Fraction]) -> str:
    """The mean, rounded as the rule says."""
    decimals = int(rule.get("decimals", 0))
    whole = Fraction(sum(values, ZERO)) / len(values) * 10**decimals
    below = floor(whole)
    rest = whole - below
    up = {"floor": False, "ceiling": rest > 0, "half_up": whole > 0, "half_even": below % 2 == 1}[
        rule["round"]
    ]
    if rule["round"].startswith("half") and 2 * rest != 1:
        up = 2 * rest > 1
    return str(points.in_text(Decimal(below + up).scaleb(-decimals)))


def rows_of(bundle: Any, policy: Row) -> dict[str, dict[str, list[Row]]]:
    """Everybody's rows of every long table that was handed in, with all its columns."""
    held: dict[str, dict[str, list[Row]]] = {}
    for name, table in policy.get("tables", {}).items():
        if f"inputs/{name}.csv" in bundle.named:
            held[name] = defaultdict(list)
            for _, row in bundle.rows(f"inputs/{name}.csv"):
                held[name][row[table["of"]]].append(
                    {column: row.get(column, "") for column in table["columns"]}
                )
    return held


def computed(bundle: Any) -> None:
    """派生事实：由日期和各表重算 | computed facts: recomputed from dates and tables"""
    policy, _ = points.policy_of(bundle)
    as_of = date.fromisoformat(bundle.about["round"]["as_of"])
    sides = (("subject", "applicants"), ("candidate", "candidates"))
    people = {side: {row[side]: row for _, row in bundle.rows(f"inputs/{file}.csv")} for side, file in sides}
    held = rows_of(bundle, policy)
    bundle.rows(FACTS)
    rules = [(name, rule_in(policy, name)) for name in bundle.csv[FACTS][0]]
    if not any((SINCE.keys() | {"from_table", "formula"}) & rule.keys() for _, rule in rules):
        raise bundle.fault("本轮没有派生事实 | no facts are computed in this round")
    for n, row in bundle.rows(FACTS):
        due = {}
        for name, rule in rules:
            person, cells = people["subject"][row["subject"]], row
            if rule.get("spouse"):
                spouse = person.get("spouse", "")
                theirs = {c.removeprefix("spouse_"): v for c, v in row.items() if c.startswith("spouse_")}
                cells, person = row | theirs | {"subject": spouse}, people["subject"].get(spouse, {})
            if SINCE.keys() & rule.keys():
                due[name] = time_passed(rule, people["candidate"][row["candidate"]] | person | cells, as_of)
            elif "formula" in rule:
                due[name] = formula(rule, cells)
            elif rule.get("from_table") in held:
                table, who = rule["from_table"], cells[rule["of"]]
                mine = people[rule["of"]].get(who, {})
                until = totals.day_of(rule.get("up_to"), mine, as_of)
                columns, own = policy["tables"][table]["columns"], compared(rule, policy, mine)
                due[name] = aggregate(rule, columns, held[table][who], until, own) if who else ""
            elif "from_table" in rule:
                due[name] = people[rule["of"]].get(cells[rule["of"]], {}).get(points.fact_of(name), "")
        bundle.same(row, due, FACTS, n)


def compared(rule: Row, policy: Row, person: Row) -> Row:
    """The person's facts that the rows of an aggregate are compared with."""
    named = {text for text in points.texts(rule.get("where", {})) if text in policy["facts"]}
    return {f"person.{name}": points.typed(policy["facts"][name], person.get(name, "")) for name in named}


def rule_in(policy: Row, column: str) -> Row:
    """The rule of a computed fact in a column of facts.csv, with its day, and whether it is a spouse's."""
    derived, fact = policy.get("derived", {}), points.fact_of(column)
    if column in derived or fact not in derived:
        return derived.get(column, {})  # type: ignore[no-any-return]
    day = {"as_of": column.partition("@")[2]} if "@" in column else {}
    return derived[fact] | day | {"spouse": column.startswith("spouse_")}  # type: ignore[no-any-return]


CHECKS: dict[str, Callable[[Any], None]] = {"computed": computed}
