"""Check points that count at some offers only: everybody's total at each wish, and the order at each offer.

`verify_bundle.py` loads this file if it lies in the same folder, with `verify_totals.py`. Standard library
only, written from the published specification, without the engine.
Each of CHECKS gets the bundle of `verify_bundle.py`; its docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import importlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

totals = importlib.import_module(f"{__package__ or ''}.verify_totals".lstrip("."))  # beside this file

Row = dict[str, Any]
RANKING, OUTCOMES, LINES, WISHES = "ranking.csv", "outcomes.csv", "score_lines.csv", "preferences.csv"
ZERO = Decimal(0)


def marks(bundle: Any) -> None:
    """志愿计分：各志愿处的总分重算 | points at some offers: the total at every wish recomputed"""
    if not bundle.marks:
        raise bundle.fault("本轮没有只在部分志愿上计的分 | no points count at some offers only")
    there = totals_there(bundle)
    for n, row in bundle.rows(WISHES):
        total = there.get((row["candidate"], row.get("list", ""), row["offer"]))
        bundle.same(row, {"total": "" if total is None else totals.plain(total)}, WISHES, n)
    lists = [stage.get("list", "") for stage in bundle.about["stages"]]
    for p in bundle.people:
        total = there.get((p["candidate"], lists[p["stage"]], p["offer"]))
        bundle.same(p, {"total": "" if total is None else totals.plain(total)}, OUTCOMES, p["row"])


def totals_there(bundle: Any) -> dict[tuple[str, str, str], Decimal]:
    """By person, list and offer the total of everybody ranked at each wish."""
    added, found = totals.Sums(bundle.about["score"]), {}
    total = {row["candidate"]: Decimal(row["total"]) for _, row in bundle.rows(RANKING)}
    more: dict[str, dict[str, Decimal]] = {}
    for _, row in bundle.rows(LINES):
        if row["counts"] == "true" and row["candidate"] in total:
            earned = {line["id"]: Decimal(row[line["id"]]) for line in bundle.about["score"]["lines"]}
            more[row["candidate"]] = {mark: added.total(added.marked[mark], earned) for mark in bundle.marks}
    for _, row in bundle.rows(WISHES):
        if (who := row["candidate"]) in total:
            counts = (points for mark, points in more[who].items() if row[mark] == "true")
            found[who, row.get("list", ""), row["offer"]] = total[who] + sum(counts, ZERO)
    return found


def places(bundle: Any, stage: Row) -> Callable[[Row, str], int]:
    """Where somebody stands at an offer they wish for in a stage: by the keys with the total there, then the
    ticket; equal people share a place."""
    listed, keys = stage.get("list", ""), {}
    people = {row["candidate"]: row for _, row in bundle.rows(RANKING)}
    for (who, name, offer), total in totals_there(bundle).items():
        if name == listed:
            row = people[who] | {"total": totals.plain(total)}
            keys[who, offer] = (bundle.key(row), row["ticket"])
    order = sorted(keys.values())
    return lambda p, seat: bisect_left(order, keys[p["candidate"], seat])


def open_marks(bundle: Any, lines: Row, header: list[str], rows: list[list[str]]) -> list[str]:
    """For every row of the score lines, the status that wishes give of which the marks must be known."""
    rules = {line["at"]["column"]: line["at"] for line in lines.values() if "at" in line}
    waits: dict[str, set[str]] = defaultdict(set)
    for _, wish in bundle.rows("inputs/preferences.csv") if rules else ():
        for mark, rule in rules.items():
            if rule["unknown"] == "pending" and not wish[mark]:
                waits[wish["candidate"]].add(mark)
    added, found = totals.Sums(bundle.about["score"]), []
    for row in rows:
        cells = {name: cell for name, cell in zip(header, row, strict=True) if name in lines}
        earned = {name: Decimal(cell) for name, cell in cells.items() if cell}
        known = len(earned) == len(cells)  # the case waits anyway for a line that is not
        held = known and any(added.total(added.marked[mark], earned) for mark in waits.get(row[0], ()))
        found.append("pending" if held else "eligible")
    return found


CHECKS: dict[str, Callable[[Any], None]] = {"marks": marks}
