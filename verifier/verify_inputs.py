"""Check the tables of an audit bundle against what was handed in: people, facts, wishes, refusals.

`verify_bundle.py` loads this file if it lies in the same folder, with `verify_points.py`. Standard library
only, written from the published specification, without the engine.
Each of CHECKS gets the bundle of `verify_bundle.py`; its docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

points, totals = (
    importlib.import_module(f"{__package__ or ''}.{name}".lstrip("."))
    for name in ("verify_points", "verify_totals")
)

Row = dict[str, Any]
RECORD, RANKING, OUTCOMES = "record.json", "ranking.csv", "outcomes.csv"
LINES, FACTS = "score_lines.csv", "facts.csv"
INPUTS = ("candidates:candidate", "applicants:subject", "offers:offer", "quotas:scope")


def inputs(bundle: Any) -> None:
    """原始数据：各表由所交数据得出 | inputs: the tables follow from what was handed in"""
    policy, service = points.policy_of(bundle)
    handed, subjects, offers, seats = (
        defaultdict(dict, {row[key]: row for row in handed_in(bundle, f"inputs/{name}.csv")})
        for name, key in (item.split(":") for item in INPUTS)
    )
    if "numbers" in service:  # and no seats, so none are handed in
        seats.update({row["scope"]: {**row, "seats": "0"} for _, row in bundle.rows(RANKING)})
    repeats(bundle, "quotas.csv", ("scope", "seats"), seats)
    fits = ("type",) * any(stage.get("fits") for stage in bundle.about["stages"])
    repeats(bundle, "offers.csv", ("offer", "scope", "name", "seats", *fits), offers)
    times = [key["name"] for key in bundle.about["ranking"]["keys"] if key["type"] == "time"]
    as_of = date.fromisoformat(bundle.about["round"]["as_of"])
    for n, row in bundle.rows(RANKING):
        mine = handed[row["candidate"]]
        bundle.same(row, {mark: mine.get(mark) for mark in ("scope", *times)}, RANKING, n)
    for n, row in bundle.rows(FACTS):
        sources = {"candidate": handed[row["candidate"]], "subject": subjects[row["subject"]]}
        known, rules = sources["candidate"] | sources["subject"], policy["facts"]
        old = {fact for fact in row if fact in rules and totals.stale(rules[fact], known, as_of)}
        stated = {fact: sources[rules[fact]["of"]].get(fact, "") for fact in row if fact in rules}
        bundle.same(row, stated | dict.fromkeys(old, ""), FACTS, n)
        if "has_spouse" in row and "has_spouse" not in rules:
            bundle.same(row, of_the_spouse(row, rules, subjects, handed, as_of), FACTS, n)
    scored_subjects(bundle, handed)
    choices(bundle, handed)


def of_the_spouse(row: Row, rules: Row, subjects: Row, handed: Row, as_of: date) -> Row:
    """The cells of a row that say whether there is a spouse, and what was handed in of the spouse."""
    person = subjects[row["subject"]]
    spouse = subjects[person["spouse"]] if person.get("spouse") else {}
    known = handed[row["candidate"]] | spouse
    columns = {f"spouse_{fact}": fact for fact in rules if f"spouse_{fact}" in row}
    due = {
        column: "" if totals.stale(rules[fact], known, as_of) else spouse.get(fact, "")
        for column, fact in columns.items()
    }
    return due | {"has_spouse": "true" if spouse else person.get("has_spouse", "")}


def handed_in(bundle: Any, file: str) -> Iterator[Row]:
    """The rows of an input, with the ranking they belong to where they say so."""
    parts = bundle.about["ranking"]["scope"]
    for _, row in bundle.rows(file):
        yield row | {"scope": "/".join(row.get(part, "") for part in parts) if parts else "*"}


def repeats(bundle: Any, file: str, columns: tuple[str, ...], due: dict[str, Row]) -> None:
    """The table, if the record names it, has exactly the rows that are due; its first column is the key."""
    left, key = dict(due), columns[0]
    for n, row in bundle.rows(file):
        mine = left.pop(row[key], {})
        bundle.same(row, {column: mine.get(column) for column in columns}, file, n)
    missing = next(iter(left), None) if file in bundle.named else None
    bundle.same({key: None}, {key: missing}, file)


def scored_subjects(bundle: Any, handed: dict[str, Row]) -> None:
    """Every candidate is scored with the subject handed in, and with the second one if the higher counts."""
    higher = bundle.about["score"]["takes"] == "higher_parent"
    due = {(who, row["subject"]) for who, row in handed.items()}
    second = {(who, row.get("second_subject")) for who, row in handed.items() if row.get("second_subject")}
    found = {(row["candidate"], row["subject"]): (n, row["counts"]) for n, row in bundle.rows(LINES)}
    for pair, (n, counts) in found.items():
        if pair not in due and not (pair in second and (higher or counts == "false")):
            bundle.same({"subject": pair[1]}, {"subject": handed[pair[0]].get("subject")}, LINES, n)
    missing = sorted((due | second if higher else due) - found.keys())
    bundle.same({"subject": None}, {"subject": missing[0] if missing else None}, LINES)


def place_of(wish: Row) -> tuple[str, str, str]:
    """Whose wish it is, on which list, and its number there."""
    return wish["candidate"], wish.get("list", ""), wish["rank"]


def choices(bundle: Any, handed: dict[str, Row]) -> None:
    """Wishes, tiers and refusals are those handed in."""
    ranked = {p["candidate"] for p in bundle.people}
    told = {place_of(row): row for _, row in bundle.rows("inputs/preferences.csv")}
    for n, row in bundle.rows("preferences.csv"):
        filed = told.pop(place_of(row), {})
        due = {name: filed.get(name) for name in ("offer", *bundle.marks)}
        bundle.same(row, due, "preferences.csv", n)
    left = [who for who, *_ in told if who in ranked and "preferences.csv" in bundle.named]
    bundle.same({"candidate": None}, {"candidate": min(left, default=None)}, "preferences.csv")
    tiers: dict[bool, set[int]] = {True: set(), False: set()}  # in the catchment, outside it
    tiered = {stage["name"] for stage in bundle.about["stages"] if stage.get("tiers") == "catchment"}
    for n, row in bundle.rows("priorities.csv"):
        if row["stage"] not in tiered:
            continue
        inside = handed[row["candidate"]].get("catchment", "") == row["offer"]
        tiers[inside].add(int(row["tier"]))
        if len(tiers[inside]) > 1 or max(tiers[True], default=-1) >= min(tiers[False], default=10**18):
            text = "片区内须为同一级，且在先 | inside the catchment one tier, before the one outside"
            raise bundle.fault(text, "priorities.csv", n, "tier")
    refusals = bundle.rows("inputs/refusals.csv") if bundle.about["refusal"]["gives_up"] else ()
    refused = {row["candidate"] for _, row in refusals}
    for p in bundle.people:
        outcome = "gave_up" if p["candidate"] in refused else "placed"
        placed = p["outcome"] not in ("waiting", "qualified")
        bundle.same(p, {"outcome": outcome} if placed else {}, OUTCOMES, p["row"])


CHECKS: dict[str, Callable[[Any], None]] = {"inputs": inputs}
