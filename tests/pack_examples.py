"""The examples of the pack guide: put into its whole pack, and evaluated row by row of the table below it.

A table's columns in `code` are given: facts, a ledger's spells (`insurance` (pension)), rows of a long table,
a switch of the fact measured from a ledger (`on_break`), the reading of a switch of the pack, or the
`service`. Columns in **bold** are expected: `points` of the indicator `example`, a computed fact, any
other indicator, `subtotal`,
`total`, `status` or `reasons`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import yaml

from scenarios.worked_cases import Case, Expected, Given, facts_of_cases, outcomes_of
from scoring.pack import load_pack
from scoring.policy import Policy
from tests.documents import Fence, cells

INDICATOR = {
    "title": {"zh": "示例", "en": "example"},
    "group": "stability",
    "kind": "base",
    "cite": "rules 4(9)",
}
AS_OF = date(2026, 6, 30)
SWITCHES = ("bridge", "bridged_months", "on_break", "within_months", "at_least_months")
DEFAULTS: Mapping[str, object] = {
    "education": "none",
    "months_insured": 12,
    "donation_yuan": "0",
    "owns_home": False,
    "born_on": date(1970, 1, 1),
    "accepted_on": date(2026, 3, 1),
    "has_permit": True,
    "works_here": True,
    "offences": 0,
    "wage": "0",
    "town": "west",
}
"""What a row does not give. Every other fact of an example must be in its table."""


def document_with(fence: Fence, whole: str) -> Any:
    """The guide's whole pack with the block put in, as plain text values."""
    given = _texts(fence.text)
    put = {
        "pack": {},
        "points": {"indicators": {"example": {**INDICATOR, **given}}},
        "add": given,
        "service": {"services": {"school": given}},
    }
    return _merged(_texts(whole), put[fence.words[1]])


def policy_of(document: Any, choices: Mapping[str, str] | None = None) -> Policy:
    """The checked policy of such a document, under the readings chosen.

    Raises:
        BadInput: every problem of the pack.
    """
    return load_pack(_rendered(document), "example.yaml", at=AS_OF, choices=choices or {}).policy


def tables_of(fence: Fence) -> Iterator[list[dict[str, str]]]:
    """The rows of an example's tables: those with a bold column, before the next block or heading."""
    own = re.split(r"^(?:```|#)", fence.after, flags=re.MULTILINE)[0]
    for part in own.split("\n\n"):
        lines = [line for line in part.split("\n") if line.startswith("|")]
        if lines and "**" in lines[0]:
            yield [dict(zip(cells(lines[0]), cells(line), strict=True)) for line in lines[2:]]


def outcome_of_row(document: Any, row: Mapping[str, str]) -> dict[str, str]:
    """What the pack gives for a row: the expected columns by their heads, as the guide writes them."""
    choices = {name: row[f"`{name}`"] for name in document.get("switches", {}) if f"`{name}`" in row}
    policy = policy_of(_changed(document, row), choices)
    given = Given.model_validate(_people(policy, row))
    case = Case("", row.get("`service`", "school"), AS_OF, given, Expected())
    (outcome,) = outcomes_of(facts_of_cases(policy, [case]))
    lines, facts = outcome.pop("indicators"), outcome.pop("facts")
    assert isinstance(lines, dict)
    assert isinstance(facts, dict)
    computed = {name: value for name, value in facts.items() if name in policy.derived}
    known = {**lines, **outcome, **computed, "points": lines.get("example")}
    heads = [head for head in row if "**" in head]
    return {head: _written(policy, head.strip("*"), known[head.strip("*")]) for head in heads}


def _changed(document: Any, row: Mapping[str, str]) -> Any:
    """The document with the row's switches set in every fact that is measured from a ledger."""
    switches = {name: row[f"`{name}`"] for name in SWITCHES if f"`{name}`" in row}
    derived = document["derived"]
    measured = {name: switches for name, fact in derived.items() if "months_in" in fact}
    return _merged(document, {"derived": measured})


def _people(policy: Policy, row: Mapping[str, str]) -> dict[str, object]:
    values = {name: value for name, value in DEFAULTS.items() if name in policy.facts}
    ledgers: dict[str, list[dict[str, object]]] = {}
    spouse: dict[str, object] = {}
    for head, cell in row.items():
        name = head.split("`")[1] if "`" in head else ""
        if name in policy.ledgers:
            ledgers[name] = [*ledgers.get(name, []), *_spells(head, cell)]
        elif name in policy.tables:
            ledgers[name] = _rows(policy, name, cell)
        elif name in policy.facts:
            values[name] = _fact(policy, name, cell)
        elif name.removeprefix("spouse_") in policy.facts:
            spouse[name.removeprefix("spouse_")] = _fact(policy, name.removeprefix("spouse_"), cell)
    sides = {
        side: {name: value for name, value in values.items() if policy.facts[name].of == side}
        for side in ("subject", "candidate")
    }
    has = row.get("`has_spouse`", "no")
    if has == "unknown":
        sides["subject"]["has_spouse"] = None
    return {"ledgers": ledgers, **sides, "spouse": {**sides["subject"], **spouse} if has == "yes" else None}


def _fact(policy: Policy, name: str, cell: str) -> object:
    return None if cell == "unknown" else _cell(policy.facts[name].type, cell)


def _cell(kind: str, cell: str) -> object:
    match kind:
        case "boolean":
            return {"yes": True, "no": False}[cell]
        case "integer":
            return int(cell)
        case "date":
            return date.fromisoformat(cell)
        case _:
            return cell


def _rows(policy: Policy, name: str, cell: str) -> list[dict[str, object]]:
    """Rows of a long table: cells in the order of its columns, `?` is an empty one, rows divided by `;`."""
    rows = [] if cell == "–" else [row.split() for row in cell.split(";")]
    columns = policy.tables[name].columns
    return [
        {
            column: None if text == "?" else _cell(rule.type, text)
            for (column, rule), text in zip(columns.items(), row, strict=True)
        }
        for row in rows
    ]


def _spells(head: str, cell: str) -> list[dict[str, object]]:
    (kind,) = re.findall(r"\((\w+)\)", head)
    found = re.findall(r"(\d{4}-\d\d)–(\d{4}-\d\d)", cell)
    return [{"kind": kind, "first_month": first, "last_month": last} for first, last in found]


def _written(policy: Policy, name: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "–"
    if value is None:
        return "unknown" if name in policy.derived else "pending"
    return str(value)


def _texts(text: str) -> Any:
    """YAML with every scalar as it is written, so that no number passes through a float."""
    return yaml.load(text, Loader=yaml.BaseLoader)


def _merged(base: Any, more: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(more, dict):
        return more
    return {**base, **{key: _merged(base.get(key), value) for key, value in more.items()}}


def _rendered(value: Any) -> str:
    """The same as YAML in flow style; text is quoted only where it must be."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_rendered(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_rendered, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if re.search(r"[,:#\[\]{}]", value) else str(value)
