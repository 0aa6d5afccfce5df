"""Check the months of an audit bundle: every measure recomputed from the ledgers that were handed in.

`verify_bundle.py` loads this file if it lies in the same folder. Standard library only, written from the
published specification, without the engine. Each of CHECKS gets the bundle of `verify_bundle.py`; its
docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]
Spans = list[tuple[int, int]]  # first and last month, both included
POLICY, FACTS, APPLICANTS = "policy.json", "facts.csv", "inputs/applicants.csv"


def number(text: str) -> int:
    """A month, or a day's month, as the number of months since year 0."""
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def stated(rule: Row) -> Row:
    """A rule without what it leaves open: null is as good as absent."""
    return {name: value for name, value in rule.items() if value is not None}


def joined(spans: Iterable[tuple[int, int]], last: int) -> Spans:
    """Spans up to a month, in order, those that overlap or touch as one."""
    found: Spans = []
    for begin, end in sorted((one, min(two, last)) for one, two in spans if one <= last):
        if found and begin <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def shared(one: Spans, two: Spans) -> Spans:
    """The months that both have."""
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in two)
    return [(begin, end) for begin, end in pairs if begin <= end]


def size(spans: Spans) -> int:
    """How many months disjoint spans have."""
    return sum(end - begin + 1 for begin, end in spans)


def measured(rule: Row, last: int, rows: dict[str, Spans]) -> int:
    """The months of one subject; `rows` has the spans of `months_in`, `also_in` and `not_during`."""
    own = joined(rows["months_in"], last)
    if "also_in" in rule:
        own = shared(own, joined(rows["also_in"], last))
    bridge, spells = int(rule.get("bridge", 0)), list[Spans]()
    for begin, end in own:
        if spells and begin - spells[-1][-1][1] - 1 <= bridge:
            spells[-1].append((begin, end))
        else:
            spells.append([(begin, end)])
    reaches = bool(spells) and last - spells[-1][-1][1] <= bridge
    if rule["bridged_months"] == "counted":
        spells = [[(spell[0][0], spell[-1][1])] for spell in spells]
    window = [(last - int(rule["within_months"]) + 1, last)] if "within_months" in rule else [(0, last)]
    study = joined(rows.get("not_during", ()), last)
    counts = []
    for at, spell in enumerate(spells, 1):
        if size(spell) >= int(rule.get("at_least_months", 0)):
            inside = shared(spell, window)
            counts.append((at, size(inside) - size(shared(inside, study))))
    match rule["on_break"]:
        case "sum":
            return sum(months for _, months in counts)
        case "longest":
            return max((months for _, months in counts), default=0)
        case "last":
            return counts[-1][1] if counts else 0
        case _:
            return sum(months for at, months in counts if reaches and at == len(spells))


def rows_read(bundle: Any, ledger: str, rule: Row) -> dict[str, Spans]:
    """The spans of each subject's rows that a rule reads of a ledger."""
    file = f"inputs/{ledger}.csv"
    bundle.same({"ledger": ledger if file in bundle.named else None}, {"ledger": ledger}, "record.json")
    where, but = (
        {column: [named] if isinstance(named, str) else named for column, named in rule.get(key, {}).items()}
        for key in ("where", "except")
    )
    found = defaultdict[str, Spans](list)
    for _, row in bundle.rows(file):
        read = all(row[column] in members for column, members in where.items())
        if read and not any(row[column] in members for column, members in but.items()):
            found[row["subject"]].append((number(row["first_month"]), number(row["last_month"])))
    return found


def months(bundle: Any) -> None:
    """月数：由台账重算 | months: recomputed from the ledgers"""
    if bundle.form != "audit":
        raise bundle.fault("需要审计包中的 {f} | needs {f} of the audit bundle", f=POLICY)
    policy = json.loads(bundle.read(POLICY), object_hook=stated)
    bundle.rows(FACTS)
    rules = {
        name: rule
        for name, rule in policy.get("derived", {}).items()
        if "months_in" in rule and name in bundle.csv[FACTS][0]
    }
    if not rules:
        raise bundle.fault("本轮不由台账计月 | no months are measured in this round")
    handed = {row["subject"]: row for _, row in bundle.rows(APPLICANTS)}
    for name, rule in rules.items():
        finished = any(row.get(name) for row in handed.values())
        parts = {"months_in": (rule["months_in"], rule)}
        parts |= {key: (rule[key]["ledger"], rule[key]) for key in ("also_in", "not_during") if key in rule}
        read = {} if finished else {key: rows_read(bundle, *part) for key, part in parts.items()}
        due: dict[str, str] = {}
        for n, row in bundle.rows(FACTS):
            subject, day = row["subject"], row.get(rule["up_to"])
            if subject not in due and finished:
                due[subject] = handed[subject].get(name, "")
            elif subject not in due:
                mine = {key: spans.get(subject, []) for key, spans in read.items()}
                most = int(rule["maximum"])
                due[subject] = str(min(measured(rule, number(day), mine), most)) if day else ""
            bundle.same(row, {name: due[subject]}, FACTS, n)


CHECKS: dict[str, Callable[[Any], None]] = {"months": months}
