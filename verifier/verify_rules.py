"""What the rules of a policy give one person: a second reading of conditions, points and formulas.

`verify_points.py` needs this file beside it. Standard library only, written from the published description
of the policy language, without the engine. A person is a mapping of facts: numbers are Decimal, members and
dates are text, None is unknown.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

Row = dict[str, Any]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
    "in": lambda value, listed: value in listed,
    "between": lambda value, ends: bool(ends[0] <= value <= ends[1]),
}
SIGNS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
WORD = re.compile(r"(\d+(?:\.\d+)?)|\b([a-z_][a-z0-9_]*)\b(?!\s*\()")
"""A number or the name of a fact; what a bracket follows is a function."""


def fact_of(column: str) -> str:
    """The fact in a column of facts.csv: `spouse_age@month_end` is `age`."""
    return column.removeprefix("spouse_").split("@")[0]


def self_contained(rule: Any, policy: Row) -> Any:
    """A rule without references: other indicators written out, and how many decimals rounding keeps."""
    if isinstance(rule, list):
        return [self_contained(part, policy) for part in rule]
    if not isinstance(rule, dict):
        return rule
    found = {name: self_contained(part, policy) for name, part in rule.items()}
    for name in ("score", "indicator"):
        if isinstance(rule.get(name), str):
            other = policy["indicators"][rule[name]]
            whole = {"sum": [other["points"]], "unknown": other.get("unknown", {}), "own_day": True}
            found[name] = self_contained(whole, policy)
    if isinstance(rule.get("round"), dict):
        found["round"] = {"to": policy["scale"]} | rule["round"]
    return found


def truth(condition: Any, facts: Any) -> Any:
    """Three truth values: True, False, and None for unknown."""
    if isinstance(condition, str):
        return facts[condition]
    for kind, decisive in (("all", False), ("any", True)):
        if kind in condition:
            parts = [truth(part, facts) for part in condition[kind]]
            return decisive if decisive in parts else None if None in parts else not decisive
    if "not" in condition:
        return {True: False, False: True, None: None}[truth(condition["not"], facts)]
    if "known" in condition:
        return facts[condition["known"]] is not None
    value = facts[condition["fact"]] if "fact" in condition else points(condition["indicator"], facts)
    if value is None:
        return None
    for test, limit in condition.items():
        if test in COMPARE:
            other = facts[other_of(limit)] if isinstance(limit, dict) else like(value, limit)
            if other is None or not COMPARE[test](value, other):
                return None if other is None else False
    return True


def other_of(limit: Row) -> str:
    """What a fact is compared with: another fact, or one of the person whose row it is."""
    return str(limit["fact"]) if "fact" in limit else f"person.{limit['person']}"


def like(value: Any, limit: Any) -> Any:
    """A limit of the policy, as a number if the fact is one."""
    if isinstance(limit, list):
        return [like(value, item) for item in limit]
    return Decimal(limit) if isinstance(value, Decimal) else limit


def clamped(value: Decimal, rule: Row) -> Decimal:
    """At most the rule's cap, at least its floor."""
    value = value if rule.get("cap") is None else min(value, Decimal(rule["cap"]))
    return value if rule.get("floor") is None else max(value, Decimal(rule["floor"]))


class Seen:
    """Facts as a node reads them: the person's or the spouse's, times counted on one day or another."""

    def __init__(self, raw: Row, spouse: bool = False, day: str = ""):
        self.raw, self.spouse, self.day = raw, spouse, day

    def __getitem__(self, name: str) -> Any:
        dated = f"{name}@{self.day}"
        columns = [f"spouse_{dated}", f"spouse_{name}"] if self.spouse else []
        return self.raw[next(column for column in (*columns, dated, name) if column in self.raw)]


def points(node: Row, facts: Any) -> Decimal | None:
    """What a node of the policy earns; None is unknown."""
    seen = facts if isinstance(facts, Seen) else Seen(facts)
    day = "" if "own_day" in node else str(node.get("as_of", seen.day))
    one, two = Seen(seen.raw, seen.spouse, day), Seen(seen.raw, True, day)
    value = together(node, one, two) if "whose" in node else person(node, one)
    earned = None if value is None else clamped(value, node)
    if earned is None and "points" in node.get("unknown", {}):
        return Decimal(node["unknown"]["points"])
    return earned


def person(node: Row, facts: Any) -> Decimal | None:
    """What a node earns for one person, before its cap and floor."""
    holds = truth(node["when"], facts) if "when" in node else True
    return multiplied(node, facts) if holds else Decimal(0) if holds is False else None


def together(node: Row, one: Seen, two: Seen) -> Decimal | None:
    """The spouse's points, the better of both, or their sum; a spouse who is not there earns nothing."""
    has, whose = one.raw["has_spouse"], node["whose"]
    if has is None:
        return None
    own = Decimal(0) if whose == "spouse" else person(node, one)
    spouse = person(node, two) if has else own if whose == "better" else Decimal(0)
    if own is None or spouse is None:
        return None
    return max(own, spouse) if whose == "better" else own + spouse


def multiplied(node: Row, facts: Any) -> Decimal | None:
    """What a node earns before its cap, floor, condition and rule for the unknown."""
    value = construct(node, facts)
    factor = formula(node["times"], facts) if "times" in node else Fraction(1)
    if value is None or factor is None:
        return None
    exact = Fraction(value) * factor
    return rounded(exact, node["round"]) if "round" in node else decimal(exact)


def construct(node: Row, facts: Any) -> Decimal | Fraction | None:
    """What a node's construct gives before any modifier."""
    kind = next(kind for kind in CONSTRUCTS if kind in node)
    earned: Decimal | Fraction | None = CONSTRUCTS[kind](node, facts)
    return earned


def decimal(value: Fraction) -> Decimal:
    """The same number with decimals; every amount that is not rounded has finitely many."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def rounded(value: Fraction, rule: Row) -> Decimal:
    """Rounded to some decimals; halves away from zero (half_up) or to the even number (half_even)."""
    places = int(rule["to"])
    units = value * 10**places
    nearest = int(abs(units) + Fraction(1, 2)) * (1 if units > 0 else -1)
    whole = {
        "floor": units.__floor__(),
        "ceiling": units.__ceil__(),
        "half_up": nearest,
        "half_even": round(units),
    }[rule["mode"]]
    return Decimal(whole).scaleb(-places)


def parts(node: Row, facts: Any) -> Decimal | None:
    """sum, highest, lowest: unknown while any part is."""
    kind = next(kind for kind in ("sum", "highest", "lowest") if kind in node)
    known = [part for part in (points(part, facts) for part in node[kind]) if part is not None]
    if len(known) < len(node[kind]):
        return None
    return sum(known, Decimal(0)) if kind == "sum" else max(known) if kind == "highest" else min(known)


def first(node: Row, facts: Any) -> Decimal | None:
    """The first part whose condition holds; unknown where that cannot be told."""
    for part in node["first"]:
        seen = facts if isinstance(facts, Seen) else Seen(facts)
        spouse = seen.spouse or part.get("whose") == "spouse"
        inside = Seen(seen.raw, spouse, str(part.get("as_of", seen.day)))
        holds = truth(part["when"], inside) if "when" in part else True
        if "when" in part and part.get("whose") == "spouse" and holds is not False:
            has = seen.raw["has_spouse"]
            holds = holds if has else has  # nobody's condition holds of a spouse who is not there
        if holds is not False:
            return points(part, facts) if holds else None
    return Decimal(0)


def flag(node: Row, facts: Any) -> Decimal | None:
    """Fixed points if a condition holds."""
    holds = truth(node["flag"], facts)
    return None if holds is None else Decimal(node["points"]) if holds else Decimal(0)


def lookup(node: Row, facts: Any) -> Decimal | None:
    """Points by member."""
    value = facts[node["lookup"]]
    return None if value is None else Decimal(node["points"][value])


def bands(node: Row, facts: Any) -> Decimal | None:
    """Points of the last row that begins at or below the quantity."""
    value = facts[node["bands"]]
    if value is None:
        return None
    return Decimal([row for row in node["rows"] if Decimal(row["from"]) <= value][-1]["points"])


def per(node: Row, facts: Any) -> Decimal | None:
    """Points for each full step."""
    value = facts[node["per"]]
    if value is None:
        return None
    steps: Decimal = max(value - Decimal(node.get("over", 0)), Decimal(0)) // Decimal(node["every"])
    return Decimal(node["points"]) * steps


def marginal(node: Row, facts: Any) -> Decimal | None:
    """Each tranche's full steps at its own rate."""
    value = facts[node["marginal"]]
    if value is None:
        return None
    total = Decimal(0)
    for row in node["rows"]:
        end = min(value, Decimal(row["below"])) if "below" in row else value
        steps = max(end - Decimal(row["from"]), Decimal(0)) // Decimal(node.get("every", 1))
        total += steps * Decimal(row["points"])
    return total


def table(node: Row, facts: Any) -> Decimal | None:
    """Points by several facts; `unique` rows exclude each other, so the first that holds is the only one."""
    held = []
    for row in node["rows"]:
        asked = [asked_of(facts[name], cell) for name, cell in row["where"].items()]
        holds = False if False in asked else None if None in asked else True
        if holds is None:
            return None
        held += [Decimal(row["points"])] if holds else []
        if held and node["hit"] in ("unique", "first"):
            return held[0]
    if not held:
        return Decimal(node["otherwise"])
    return max(held) if node["hit"] == "highest" else sum(held, Decimal(0))


def asked_of(value: Any, cell: Any) -> bool | None:
    """Whether a fact is what a cell of a table asks for."""
    if value is None:
        return None
    if isinstance(cell, dict):
        above = "from" not in cell or bool(value >= like(value, cell["from"]))
        return above and ("below" not in cell or bool(value < like(value, cell["below"])))
    return value in like(value, cell if isinstance(cell, list) else [cell])


def merge(node: Row, facts: Any) -> Decimal | None:
    """Several assessments of the same thing; unknown if they must agree and do not."""
    values = [facts[name] for name in node["merge"]]
    if None in values or (node["take"] == "must_agree" and len(set(values)) > 1):
        return None
    if node["take"] == "sum":
        return sum(values, Decimal(0))
    least: Decimal = min(values)
    most: Decimal = max(values)
    return least if node["take"] == "lowest" else most


CONSTRUCTS: dict[str, Callable[[Row, Row], Any]] = {
    "flag": flag,
    "lookup": lookup,
    "bands": bands,
    "per": per,
    "marginal": marginal,
    "table": table,
    "value": lambda node, facts: facts[node["value"]],
    "formula": lambda node, facts: formula(node["formula"], facts),
    "merge": merge,
    "score": lambda node, facts: points(node["score"], facts),
    "sum": parts,
    "highest": parts,
    "lowest": parts,
    "first": first,
}


@lru_cache
def tree(text: str) -> ast.expr:
    """A formula as Python would read it, numbers as calls that keep their text, facts as `f_<name>`.

    It is never run.
    """
    return ast.parse(f"({WORD.sub(marked, text)})", mode="eval").body


def marked(word: re.Match[str]) -> str:
    """A number or a fact such that no name can be mistaken for a word of Python."""
    number, name = word.groups()
    return f"number('{number}')" if number else f"f_{name}"


def formula(text: str, facts: Any) -> Fraction | None:
    """The exact value of a formula; unknown as soon as one of its facts is."""
    names = {part.id for part in ast.walk(tree(text)) if isinstance(part, ast.Name)}
    used = {name.removeprefix("f_") for name in names if name.startswith("f_")}
    return None if any(facts[name] is None for name in used) else calculated(tree(text), facts)


def calculated(part: ast.AST, facts: Any) -> Fraction:
    """The value of a part of a formula; anything but arithmetic is an error."""
    if isinstance(part, ast.Name):
        return Fraction(facts[part.id.removeprefix("f_")])
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
        return -calculated(part.operand, facts)
    if isinstance(part, ast.BinOp):
        value: Fraction = SIGNS[type(part.op)](calculated(part.left, facts), calculated(part.right, facts))
        return value
    if not isinstance(part, ast.Call) or not isinstance(part.func, ast.Name):
        raise ValueError(ast.dump(part))
    if part.func.id == "number" and isinstance(part.args[0], ast.Constant):
        return Fraction(str(part.args[0].value))
    return {"min": min, "max": max}[part.func.id](calculated(each, facts) for each in part.args)
