"""Check the points of an audit bundle: rules, sums, eligibility, every line from the facts.

`verify_bundle.py` loads this file if it lies in the same folder, with `verify_rules.py`, the second reading
of the policy's rules. Standard library only, written from the published specification, without the engine.
Each of CHECKS gets the bundle of `verify_bundle.py`; its docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

totals, marks = (
    importlib.import_module(f"{__package__ or ''}.{name}".lstrip("."))  # beside this file
    for name in ("verify_totals", "verify_marks")
)
Row = dict[str, Any]
ZERO = Decimal(0)
CALL_IN = ("by", "ties", "before")
RECORD, POLICY, RANKING, OUTCOMES = "record.json", "policy.json", "ranking.csv", "outcomes.csv"
LINES, FACTS = "score_lines.csv", "facts.csv"
STATUSES = ["barred", "vetoed", "ineligible", "frozen", "pending", "eligible"]  # by precedence
STATES = "none arrived registered ended applied accepted valid suspended terminated".split()
READING = importlib.import_module(f"{__package__ or ''}.verify_rules".lstrip("."))
points, truth, clamped, self_contained, fact_of = (
    getattr(READING, name) for name in ("points", "truth", "clamped", "self_contained", "fact_of")
)


def in_text(value: Decimal | None) -> str:
    """The shortest exact text; nothing for an unknown number."""
    text = "" if value is None else format(value or ZERO, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: Any) -> str | None:
    """A number of the policy as the record writes it."""
    return None if value is None else in_text(Decimal(value))


def policy_of(bundle: Any) -> tuple[Row, Row]:
    """The policy and, in it, the service of the round."""
    if bundle.form != "audit":
        raise bundle.fault("需要审计包中的 {f} | needs {f} of the audit bundle", f=POLICY)
    data = bundle.read(POLICY)
    try:
        value = json.loads(data, parse_float=int)  # int refuses fractions: amounts are text
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        canonical = text.encode() == data
        policy = json.loads(data, object_hook=stated)
    except (ValueError, RecursionError) as error:
        raise bundle.fault("不是 JSON（{why}） | not JSON ({why})", POLICY, why=error) from None
    if not canonical:
        raise bundle.fault("不是规范 JSON | not canonical JSON", POLICY)
    services, name = policy["services"], bundle.about["round"]["service"]
    return policy, services.get(services[name].get("based_on"), {}) | services[name]


def stated(rule: Row) -> Row:
    """A rule without what it leaves open: null is as good as absent."""
    return {name: value for name, value in rule.items() if value is not None}


def indicators(bundle: Any, policy: Row, service: Row) -> dict[str, Row]:
    """The indicators whose kind and services count in the round's service; those of its base are its own."""
    name = bundle.about["round"]["service"]
    return {
        each: rule
        for each, rule in policy["indicators"].items()
        if rule["kind"] in service.get("kinds", [])
        and {name, service.get("based_on")} & set(rule.get("services", [name]))
    }


def rules(bundle: Any) -> None:
    """规则：记录与政策文件一致 | rules: the record follows the policy"""
    policy, service = policy_of(bundle)
    same, score, rank = bundle.same, bundle.about["score"], service["ranking"]
    same(bundle.about["policy"], {"digest": bundle.named[POLICY]["digest"]}, RECORD)
    used = indicators(bundle, policy, service)
    due = [
        (i, r["kind"], r["group"], amount(r["points"].get("cap")), r.get("at", {}).get("column"))
        for i, r in sorted(used.items())
    ]
    lines = sorted(
        (line["id"], line["kind"], line["group"], line["cap"], line.get("at")) for line in score["lines"]
    )
    same({"score.lines": lines}, {"score.lines": due}, RECORD)
    groups = {group["id"]: (group["cap"], group["floor"]) for group in score["groups"]}
    known = {group: policy["groups"][group] for group in {*groups, *(r["group"] for r in used.values())}}
    limits = {group: (amount(rule.get("cap")), amount(rule.get("floor"))) for group, rule in known.items()}
    same({"score.groups": groups}, {"score.groups": limits}, RECORD)
    name = bundle.about["round"]["service"]
    due_limits = [limit for limit in totals.limits(policy, name, service, used) if limit["lines"]]
    same({"score.limits": score.get("limits", [])}, {"score.limits": due_limits}, RECORD)
    total_due = totals.total_rule(service, int(policy["scale"]))
    same({"score.total": score.get("total")}, {"score.total": total_due}, RECORD)
    gate = service.get("gate") and {"points": amount(service["gate"]["points"]), "of": service["gate"]["of"]}
    factor = amount(service.get("multiplier", {}).get("factor"))
    same(score, {"multiplier": factor, "gate": gate, "takes": service["candidate"]["takes"]}, RECORD)
    keys: list[tuple[str, list[str] | None, Any]] = [("lower", None, None)] * len(totals.class_names(rank))
    total: list[tuple[str, list[str] | None, Any]] = [("higher", None, None)] if service.get("kinds") else []
    where = rank.get("total", "first")
    keys += total if where == "first" else []
    keys += [key_of(key, used) for key in rank.get("keys", [])]
    keys += total if where == "last" else []
    keys += [("lower", None, None)] if "application_time" in rank["ties"] else []
    found = [
        (key["better"], key["lines"] and sorted(key["lines"]), key.get("multiplied"))
        for key in bundle.about["ranking"]["keys"]
    ]
    same({"ranking.keys": found}, {"ranking.keys": keys}, RECORD)
    call = rank.get("call_in")
    call = call and {"per_seat": amount(call["per_seat"])} | {n: call[n] for n in call if n in CALL_IN}
    due_ranking = {"scope": rank["scope"], "ties": rank["ties"], "call_in": call}
    same(bundle.about["ranking"], due_ranking, RECORD)
    procedure(bundle, allocation_of(service))


def key_of(key: Row, used: dict[str, Row]) -> tuple[str, list[str] | None, Any]:
    """Which way a ranking key points, the indicators it sums, and whether they are multiplied."""
    if "fact" in key:
        return key["better"], None, None
    chosen = (i for i, rule in used.items() if i == key.get("indicator") or rule["group"] == key.get("group"))
    return "higher", sorted(chosen), key.get("multiplied")


def allocation_of(service: Row) -> Row:
    """How people are placed; a service that gives numbers alone has one stage, and no seat in it."""
    numbering = {"name": "numbers", "mechanism": "serial_dictatorship", "seats": "quotas"}
    none = {"stages": [numbering], "refusal": {"gives_up": True}}
    found: Row = none if "numbers" in service else service["allocation"]
    return found


def procedure(bundle: Any, allocation: Row) -> None:
    """Stages and refusal are the policy's; every law the record names holds or is not promised."""
    names = (
        "name mechanism seats only wishes list tiers area bands bands_for pools ceilings then at_most".split()
    )
    stages, fact = bundle.about["stages"], allocation.get("fits", {}).get("fact")
    for stage in stages:
        bundle.same(stage, {"fits": fact if stage["seats"] == "offers" else None}, RECORD)
    due, found = (
        [[None if stage.get(name) is None else str(stage[name]) for name in names] for stage in listed]
        for listed in (allocation["stages"], stages)
    )
    bundle.same({"stages": found}, {"stages": due}, RECORD)
    refusal = allocation.get("refusal", {})
    given = {name: refusal.get(name, False) for name in ("gives_up", "refill")}
    given["refill_from"] = refusal.get("refill_from")
    bundle.same(bundle.about["refusal"], given, RECORD)
    for law, state in ((law, state) for stage in stages for law, state in stage["laws"].items()):
        bundle.same({law: state}, {law: state if state.startswith("not promised") else "holds"}, RECORD)


def sums(bundle: Any) -> None:
    """求和：分项、分组、总分、排名关键分相符 | sums: lines, groups, totals and ranking keys agree"""
    score, ranked = bundle.about["score"], {row["candidate"]: (n, row) for n, row in bundle.rows(RANKING)}
    keys, added = bundle.about["ranking"]["keys"], totals.Sums(score)
    summed_lines = {line["id"] for line in score["lines"] if "at" not in line}
    for n, row in bundle.rows(LINES):
        earned = {line["id"]: Decimal(row[line["id"]]) for line in score["lines"] if row[line["id"]]}
        subtotal = total = None
        if score["lines"] and summed_lines <= earned.keys():
            subtotal = added.total(added.whole, earned)
            product = subtotal * Decimal(row["factor"]) if row["factor"] else None
            total = None if product is None else totals.finished(product, score.get("total"))
        bundle.same(row, {"subtotal": in_text(subtotal), "total": in_text(total)}, LINES, n)
        factors = ("1", "", score["multiplier"])
        bundle.same(row, {} if row["factor"] in factors else {"factor": score["multiplier"] or "1"}, LINES, n)
        if row["counts"] == "true" and row["candidate"] in ranked:
            at, mine = ranked[row["candidate"]]
            groups = added.groups(earned) if any(key["lines"] for key in keys) else {}
            summed = [key for key in keys if key["lines"]]
            due = {
                key["name"]: in_text(totals.key_points(key, earned, groups, row["factor"])) for key in summed
            }
            total_key = {"total": row["total"]} if any(key["name"] == "total" for key in keys) else {}
            bundle.same(mine, total_key | due, RANKING, at)


def eligibility(bundle: Any) -> None:
    """资格：每人取一行计分，合格者才排名 | eligibility: one row counts for each; the eligible are ranked"""
    totals.excluded(bundle)
    status = {row["candidate"]: row["status"] for _, row in bundle.rows("excluded.csv")}
    status = {who: "eligible" if s == "not_called" else s for who, s in status.items()}
    status |= {row["candidate"]: "eligible" for _, row in bundle.rows(RANKING)}
    several = bundle.about["score"]["takes"] == "higher_parent"
    ranks = ranked_by(bundle) if several else None
    scored: dict[str, list[tuple[bool, int, Row]]] = {who: [] for who in status}
    for n, row in bundle.rows(LINES):
        scored.setdefault(row["candidate"], []).append((row["status"] == "eligible", n, row))
    for who, rows in scored.items():
        counts = [row for row in rows if row[2]["counts"] == "true"]
        right = len(counts) == 1
        if right and ranks is not None and len(rows) > 1:
            best = max((can, ranks(n, row) if can else []) for can, n, row in rows)
            can, n, row = counts[0]
            right = best == (can, ranks(n, row) if can else [])
        if not right:
            text = "{who} 计入的行不对 | {who}: not the right row counts"
            raise bundle.fault(text, LINES, rows[0][1] if rows else 0, "counts", who=who)
        bundle.same(counts[0][2], {"status": status.get(who)}, LINES, counts[0][1])


def ranked_by(bundle: Any) -> Callable[[int, Row], list[Decimal]]:
    """What a candidate is ranked by with row n of the score lines."""
    policy, service = policy_of(bundle)
    table, rank = FactTable(bundle, policy), self_contained(service["ranking"], policy)
    classes, keys = totals.class_numbers(rank, table, truth), bundle.about["ranking"]["keys"]
    ranks: Callable[[int, Row], list[Decimal]]
    ranks = totals.ranked_by(bundle.about["score"], keys, table, classes)
    return ranks


def texts(rule: Any) -> Iterator[str]:
    """Every text in a rule; the facts it uses are among them."""
    if isinstance(rule, str):
        yield rule
    for part in rule.values() if isinstance(rule, dict) else rule if isinstance(rule, list) else ():
        yield from texts(part)


def typed(rule: Row, text: str) -> Any:
    """A fact's value; None is unknown."""
    if text == "" or rule["type"] == "date":
        return text or None
    if rule["type"] == "boolean":
        return {"true": True, "false": False}[text]
    if rule["type"] == "choice":
        return {member: member for member in rule["members"]}[text]
    least, most = Decimal(rule.get("minimum", "-Infinity")), Decimal(rule.get("maximum", "Infinity"))
    value = Decimal(text)
    if in_text(value) != text or not least <= value <= most:
        raise ValueError(text)
    return value


def computed(policy: Row, fact: str) -> Row:
    """The type of a fact that is not handed in: a number, a day, or a state of registration or permit."""
    rule = policy.get("derived", {}).get(fact, {})
    measure = rule.get("residence")
    if rule.get("take") in ("earliest", "latest"):
        return {"type": "date"}
    states = {"type": "choice", "members": STATES}
    return states if measure in ("registration", "permit") else {"type": "integer"}


def rule_of(policy: Row, column: str) -> Row:
    """The fact that stands in a column of facts.csv."""
    known = policy["facts"].keys() | policy.get("derived", {}).keys()
    if column == "has_spouse" and column not in known:
        return {"type": "boolean"}
    fact = column if column in known else fact_of(column)
    return policy["facts"].get(fact) or computed(policy, fact)


class FactTable:
    """facts.csv by columns; a rule is evaluated once for each set of values of its facts."""

    def __init__(self, bundle: Any, policy: Row):
        bundle.rows(FACTS)
        header, *rows = bundle.csv[FACTS]
        self.length = len(rows)
        self.columns = {fact: [row[j] for row in rows] for j, fact in enumerate(header) if j > 1}
        self.values: dict[str, dict[str, Any]] = {}
        for fact, column in self.columns.items():
            rule = rule_of(policy, fact)
            for text in set(column):
                try:
                    self.values.setdefault(fact, {})[text] = typed(rule, text)
                except (ValueError, KeyError, ArithmeticError):
                    bundle.same({fact: text}, {fact: rule["type"]}, FACTS, column.index(text) + 2)

    def each(self, rule: Any, compute: Callable[[Any, Row], Any]) -> list[Any]:
        """What the rule gives for every row."""
        words = set(re.findall(r"\w+", " ".join(texts(rule))))
        used = [fact for fact in self.columns if words & {fact, fact_of(fact)} or fact == "has_spouse"]
        known: dict[tuple[str, ...], Any] = {}
        results = []
        for cells in zip(*(self.columns[fact] for fact in used), strict=True) if used else [()] * self.length:
            if cells not in known:
                values = zip(used, cells, strict=True)
                known[cells] = compute(rule, {fact: self.values[fact][cell] for fact, cell in values})
            results.append(known[cells])
        return results


def facts(bundle: Any) -> None:
    """计分：由事实按政策重算每一分、每一状态 | points: every line and status recomputed from the facts"""
    policy, service = policy_of(bundle)
    table = FactTable(bundle, policy)
    bundle.rows(LINES)
    header, *rows = bundle.csv[LINES]
    whose = ([row[:2] for row in bundle.csv[file]] for file in (FACTS, LINES))
    for n, (one, two) in enumerate(zip_longest(*whose), 1):
        bundle.same({"candidate, subject": one}, {"candidate, subject": two}, FACTS, n)
    as_of = date.fromisoformat(bundle.about["round"]["as_of"])
    used = self_contained(indicators(bundle, policy, service), policy)
    held = totals.sanctions(bundle, self_contained(policy, policy), service, table, as_of, truth)
    service = self_contained(service, policy)
    due = {each: table.each(rule, line) for each, rule in used.items()}
    waiting = totals.count_lines(policy, bundle.about["round"]["service"], service, table, due, held)
    due["factor"] = table.each(service.get("multiplier", {"factor": 1}), factor)
    others = [*totals.held(held), waiting, marks.open_marks(bundle, used, header, rows)]
    due["status"] = statuses(table, service, due, header, rows, others, bundle.about["score"])
    for column, texts_due in due.items():
        j = header.index(column)
        for n, (row, text) in enumerate(zip(rows, texts_due, strict=True), 2):
            if row[j] != text:
                bundle.same({column: row[j]}, {column: text}, LINES, n)


def line(rule: Row, values: Row) -> str:
    """An indicator's line: what its node earns, or what the unknown earns; a deduction counts negative."""
    earned = points({"sum": [rule["points"]], "unknown": rule.get("unknown", {})}, values)
    return in_text(None if earned is None else -earned if rule["kind"] == "deduction" else earned)


def factor(rule: Row, values: Row) -> str | None:
    """What the subtotal is multiplied by; nothing if that is unknown."""
    holds = truth(rule["when"], values) if "when" in rule else True
    return amount(rule["factor"]) if holds else "" if holds is None else "1"


def statuses(
    table: FactTable,
    service: Row,
    due: Row,
    header: list[str],
    rows: list[list[str]],
    others: list[list[str]],
    score: Row,
) -> list[str]:
    """The first status, by precedence, that criteria, unknown lines, the gate or the `others` give."""
    first = [
        STATUSES.index("pending" if "" in cells else "eligible") for cells in zip(*due.values(), strict=True)
    ]
    for rule in service.get("criteria", {}).values():
        otherwise = {True: "eligible", False: rule["otherwise"], None: rule.get("unknown", "pending")}
        ranks = {holds: STATUSES.index(s.replace("pass", "eligible")) for holds, s in otherwise.items()}
        found = totals.of_parents(rule.get("asked_of"), table.each(rule["require"], truth), rows)
        first = [min(at, ranks[holds]) for at, holds in zip(first, found, strict=True)]
    for found in others:
        first = [min(at, STATUSES.index(status)) for at, status in zip(first, found, strict=True)]
    for needed in needs(service):
        known, waits = table.each(needed, truth_known), STATUSES.index("pending")
        first = [at if has else min(at, waits) for at, has in zip(first, known, strict=True)]
    if gate := service.get("gate"):
        below, limit = STATUSES.index("ineligible"), Decimal(gate["points"])
        measured = (totals.gated(gate["of"], score, header, row) for row in rows)
        first = [
            min(at, below) if value is not None and value < limit else at
            for at, value in zip(first, measured, strict=True)
        ]
    return [STATUSES[at] for at in first]


def needs(service: Row) -> Iterator[Any]:
    """What must be known of everyone who is ranked or placed: facts, and classes that do not wait."""
    rank = service["ranking"]
    facts = [key["fact"] for key in rank.get("keys", []) if "fact" in key]
    facts += [rank["call_in"]["by"]] if "call_in" in rank else []
    allocation = allocation_of(service)
    facts += [allocation["fits"]["fact"]] if "fits" in allocation else []
    yield from ({"fact": fact} for fact in facts)
    yield from totals.unsettled_classes(rank)
    accepts = allocation.get("accepts", ())
    yield from (group["for"] for group in accepts if group["unknown"] == "pending")
    for stage in allocation["stages"]:
        yield from (group["for"] for group in groups_of(stage) if group.get("unknown") == "pending")
        for at, bands in enumerate(own := stage.get("bands_for", [])):  # the first that fits counts
            if bands["unknown"] == "pending":
                yield {"first": [group["for"] for group in own[: at + 1]]}


def groups_of(stage: Row) -> list[Row]:
    """Whom a stage is for, for whom it keeps seats, who has so many at most, whose first choices go first."""
    alone = [stage[key] for key in ("only", "tiers") if isinstance(stage.get(key), dict)]
    return [*alone, *stage.get("pools", ()), *stage.get("ceilings", ())]


def truth_known(rule: Any, values: Row) -> bool:
    """Whether a fact has a value, or a condition is true or false, or one before it holds."""
    if isinstance(rule, dict) and rule.keys() == {"fact"}:
        return values[rule["fact"]] is not None
    if isinstance(rule, dict) and rule.keys() == {"first"}:
        *before, last = (truth(each, values) for each in rule["first"])
        return True in before or last is not None
    return truth(rule, values) is not None


def classes(bundle: Any) -> None:
    """分类：优先者在前，由事实重算 | classes: who comes first, recomputed from the facts"""
    policy, service = policy_of(bundle)
    rank = self_contained(service["ranking"], policy)
    names = totals.class_names(rank)
    if not names:
        raise bundle.fault("本轮不分优先与普通 | this round has no classes")
    counted = {}
    numbers = totals.class_numbers(rank, FactTable(bundle, policy), truth)
    for (_, row), mine in zip(bundle.rows(LINES), numbers, strict=True):
        if row["counts"] == "true":
            counted[row["candidate"]] = dict(zip(names, mine, strict=True))
    for n, row in bundle.rows(RANKING):
        bundle.same(row, counted.get(row["candidate"], {}), RANKING, n)


CHECKS: dict[str, Callable[[Any], None]] = {
    check.__name__: check for check in (rules, sums, eligibility, facts, classes)
}
