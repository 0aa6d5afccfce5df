"""Totals and standing, read a second time: void and exclusive lines, limits inside limits, sanctions.

`verify_points.py` loads this file, which must lie in the same folder. Standard library only, written from the
published specification, without the engine. Amounts are Decimals; None is unknown.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Any

Row = dict[str, Any]
Truth = Callable[[Any, Row], Any]
States = list[tuple[Row, list[tuple[Any, bool]]]]  # of sanctions: in effect (None: unknown), and waits
ZERO = Decimal(0)
ROUNDING = {
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
}


def concerns(rule: Row, service: str, based_on: str | None) -> bool:
    """Whether a rule that may name services holds for this one, or for the one it is based on."""
    return "services" not in rule or bool({service, based_on} & set(rule["services"]))


def months_later(day: date, months: int) -> date:
    """The same day of another month, or its last day if it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def named_day(day: str | None, as_of: date) -> date | None:
    """A day that is the same for everybody; None if it is a fact's name."""
    year, month = as_of.year, as_of.month
    known = {
        "month_start": date(year, month, 1),
        "month_end": date(year, month, calendar.monthrange(year, month)[1]),
        "year_start": date(year, 1, 1),
        "year_end": date(year, 12, 31),
        "previous_year_end": date(year - 1, 12, 31),
    }
    if day is None or day in known:
        return as_of if day is None else known[day]
    return date.fromisoformat(day) if day[:1].isdigit() else None


def day_of(day: str | None, row: Row, as_of: date) -> date | None:
    """The day for one person; None if it is not known."""
    fixed = named_day(day, as_of)
    text = "" if fixed or day is None else row.get(day, "")
    return fixed or (date.fromisoformat(text) if text else None)


def stale(rule: Row, row: Row, as_of: date) -> bool:
    """Whether a fact's evidence is too old, not there yet, or of unknown age."""
    valid = rule.get("valid_for")
    if valid is None:
        return False
    text, asked = row.get(valid["dated_by"], ""), day_of(valid.get("as_of"), row, as_of)
    if not text or asked is None or (named_day(valid.get("as_of"), as_of) is None and asked > as_of):
        return True
    dated = date.fromisoformat(text)
    return not dated <= min(asked, as_of) or months_later(dated, int(valid["months"])) < asked


def reached(until: Row, values: Row, ends: str) -> date | None:
    """The first or the last day on which a sanction holds, which is included; `ends` of calendar years."""
    text = values[until.get("on") or until["from"]]
    if text is None:
        return None
    day = date.fromisoformat(text)
    if "calendar_years" in until:
        return date.fromisoformat(f"{day.year + int(until['calendar_years']):04d}-{ends}")
    if "days" in until:
        return day + timedelta(days=int(until["days"]))
    return months_later(day, 12 * int(until.get("years", 0)) + int(until.get("months", 0)))


def standing(rule: Row, values: Row, as_of: date, truth: Truth) -> tuple[Any, bool]:
    """Whether a sanction is in effect (None: not known), and whether the case waits for that."""
    holds = truth(rule["when"], values)
    parts = [holds]
    if "since" in rule:
        begins = reached(rule["since"], values, "01-01")
        parts.append(None if begins is None else begins <= as_of)
    if "until" in rule:
        end = reached(rule["until"], values, "12-31")
        parts.append(None if end is None else as_of <= end)
    effect = False if False in parts else None if None in parts else True
    return effect, effect is None and (rule["unknown"] == "pending" or holds is True)


def set_aside(
    lines: Row, voids: Iterable[tuple[Row, tuple[Any, bool]]], choices: list[tuple[Row, Any]]
) -> Row:
    """What counts of a person's lines: `choices` come with the member chosen, if a fact chooses."""
    counted = dict(lines)
    for rule, (effect, waits) in voids:
        for name in (name for name in rule["indicators"] if name in counted):
            if effect:
                counted[name] = ZERO
            elif waits and counted[name] != 0:
                counted[name] = None
    for rule, chosen in choices:
        sets = [[name for name in names if name in counted] for names in alternatives(rule)]
        names = [name for one in sets for name in one]
        if rule["keep"] == "highest":
            if sum(map(bool, sets)) < 2 or None in (counted[name] for name in names):
                continue
            kept = max((one for one in sets if one), key=lambda one: sum(counted[name] for name in one))
        elif chosen is None:
            counted |= {name: counted[name] if counted[name] == 0 else None for name in names}
            continue
        else:
            kept = next((one for one in alternatives(rule) if chosen in one), [])
        counted |= {name: ZERO for name in names if name not in kept}
    return counted


def alternatives(rule: Row) -> list[list[str]]:
    """What a choice chooses among: single lines, or lines that are added up."""
    return [[one] if isinstance(one, str) else one for one in rule["of"]]


def choice_waits(rule: Row, earned: Row, chosen: Any) -> bool:
    """Whether a choice that was not made makes a difference."""
    names = [name for one in alternatives(rule) for name in one if name in earned]
    return rule["keep"] != "highest" and chosen is None and any(earned[n] != 0 for n in names)


def sanctions(bundle: Any, policy: Row, service: Row, table: Any, as_of: date, truth: Truth) -> States:
    """Every sanction of the service, and for every row whether it is in effect and whether the case waits."""
    name, based_on = bundle.about["round"]["service"], service.get("based_on")
    return [
        (rule, table.each(rule, lambda rule, values: standing(rule, values, as_of, truth)))
        for rule in policy.get("sanctions", {}).values()
        if concerns(rule, name, based_on)
    ]


def held(found: States) -> Iterator[list[str]]:
    """The status that each sanction gives every row."""
    for rule, states in found:
        effect = "eligible" if rule["effect"] == "void" else rule["effect"]
        yield [effect if on else "pending" if waits else "eligible" for on, waits in states]


def count_lines(policy: Row, name: str, service: Row, table: Any, due: Row, found: States) -> list[str]:
    """Put into `due` what counts of every row's lines; the status that open choices give."""
    voids = [(rule, states) for rule, states in found if rule["effect"] == "void"]
    rules = [
        rule
        for rule in policy.get("exclusive", [])
        if concerns(rule, name, service.get("based_on"))
        and any(due.keys() & set(one) for one in alternatives(rule))
    ]
    if not voids and not rules:
        return ["eligible"] * table.length
    facts_of_choice = (None if rule["keep"] == "highest" else rule["keep"]["chosen_by"] for rule in rules)
    chosen = [
        table.each({"fact": fact}, value_of) if fact else [None] * table.length for fact in facts_of_choice
    ]
    waiting = []
    for n in range(table.length):
        earned = {name: Decimal(cells[n]) if cells[n] else None for name, cells in due.items()}
        choices = [(rule, picked[n]) for rule, picked in zip(rules, chosen, strict=True)]
        counted = set_aside(earned, [(rule, states[n]) for rule, states in voids], choices)
        for name, value in counted.items():
            due[name][n] = "" if value is None else plain(value)
        voided = set_aside(earned, [(rule, states[n]) for rule, states in voids], [])
        waits = any(choice_waits(rule, voided, picked) for rule, picked in choices)
        waiting.append("pending" if waits else "eligible")
    return waiting


def value_of(rule: Row, values: Row) -> Any:
    """A fact's value."""
    return values[rule["fact"]]


def limits(policy: Row, name: str, service: Row, used: dict[str, Row]) -> Iterator[Row]:
    """The limits of sets and kinds that have lines, as the record names them."""
    held = [rule for rule in policy.get("limits", []) if concerns(rule, name, service.get("based_on"))]
    for rule in held:
        lines = [each for each, line in used.items() if {each, line["group"]} & set(rule["of"])]
        yield {"id": f"limit:{rule['id']}", "lines": sorted(lines), **ends(rule)}
    for kind, rule in sorted(service.get("kind_limits", {}).items()):
        lines = [name for name, line in used.items() if line["kind"] == kind and "at" not in line]
        found = ends(rule)
        if kind == "deduction":
            found = {"cap": opposite(found["floor"]), "floor": opposite(found["cap"])}
        yield {"id": f"kind:{kind}", "lines": sorted(lines), **found}


def ends(rule: Row) -> Row:
    """Cap and floor as the record writes them."""
    return {name: None if rule.get(name) is None else plain(Decimal(rule[name])) for name in ("cap", "floor")}


def opposite(text: str | None) -> str | None:
    """The limit of what is counted negative."""
    return None if text is None else plain(-Decimal(text))


def plain(value: Decimal) -> str:
    """The shortest exact text."""
    text = format(value or ZERO, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Sums:
    """The sums of a record's groups and limits, those that lie inside one another summed innermost first.

    `whole` is the plan of the sub-total, `marked` those of what counts at marked wishes only, by the mark.
    """

    def __init__(self, score: Row):
        at = {line["id"]: line.get("at") for line in score["lines"]}
        sets = [
            (
                f"group:{rule['id']}",
                {line["id"] for line in score["lines"] if line["group"] == rule["id"]},
                rule,
            )
            for rule in score["groups"]
        ]
        sets += [(rule["id"], set(rule["lines"]), rule) for rule in score.get("limits", [])]
        self.sets = sorted((one for one in sets if one[1]), key=self.order)
        self.plans = {key: self.plan(names, at) for at, (key, names, _) in enumerate(self.sets)}
        apart = {
            mark: self.plan({name for name in at if at[name] == mark}, len(self.sets))
            for mark in {None, *at.values()}
        }
        self.whole = apart.pop(None)
        self.marked = apart
        self.rules = {key: rule for key, _, rule in self.sets}

    @staticmethod
    def order(one: tuple[str, set[str], Row]) -> tuple[int, int]:
        """Inner before outer; of equal sets groups, then limits, then kinds."""
        return len(one[1]), ["group", "limit", "kind"].index(one[0].partition(":")[0])

    def plan(self, lines: set[str], before: int) -> tuple[list[str], list[str]]:
        """The greatest limited sets inside some lines, and the lines that none of them holds."""
        inner, left = [], set(lines)
        for key, names, rule in reversed(self.sets[:before]):
            if names <= left and (rule.get("cap") is not None or rule.get("floor") is not None):
                inner.append(key)
                left -= names
        return inner, sorted(left)

    def of(self, key: str, earned: Row) -> Decimal:
        """A set's sum within its limits."""
        total, rule = self.total(self.plans[key], earned), self.rules[key]
        total = total if rule.get("floor") is None else max(total, Decimal(rule["floor"]))
        return total if rule.get("cap") is None else min(total, Decimal(rule["cap"]))

    def total(self, plan: tuple[list[str], list[str]], earned: Row) -> Decimal:
        """Inner sets and lines added up."""
        inner, rest = plan
        return sum((self.of(key, earned) for key in inner), ZERO) + sum((earned[line] for line in rest), ZERO)

    def groups(self, earned: Row) -> dict[str, Decimal]:
        """Every group's sum within its limits."""
        keys = (key for key in self.plans if key.startswith("group:"))
        return {key.removeprefix("group:"): self.of(key, earned) for key in keys}


def of_parents(asked: str | None, found: list[Any], rows: list[list[str]]) -> list[Any]:
    """Whether either or both parents meet what every row says; the rows begin with the candidate."""
    if asked is None:
        return found
    known: dict[str, list[Any]] = {}
    for row, holds in zip(rows, found, strict=True):
        known.setdefault(row[0], []).append(holds)
    settles = asked == "either_parent"
    due = {
        who: settles if settles in truths else None if None in truths else not settles
        for who, truths in known.items()
    }
    return [due[row[0]] for row in rows]


def class_names(rank: Row) -> list[str]:
    """The columns of the ranking that classes make."""
    rules = rank.get("classes", [])
    return ["class"] * bool(rules) if "classes_hit" in rank else [rule["id"] for rule in rules]


def class_numbers(rank: Row, table: Any, truth: Truth) -> list[list[str]]:
    """For every row of the facts, 1 or 2 for each class; or the number of the first class that holds."""
    due = [table.each(rule["when"], truth) for rule in rank.get("classes", [])]
    if due and "classes_hit" in rank:
        firsts = ([at for at, holds in enumerate(due, 1) if holds[n]] for n in range(table.length))
        return [[str(min(first, default=len(due) + 1))] for first in firsts]
    return [["1" if holds[n] else "2" for holds in due] for n in range(table.length)]


def unsettled_classes(rank: Row) -> Iterator[Row]:
    """The classes that must be known: each, or those up to the first that holds."""
    rules = rank.get("classes", [])
    for at, rule in enumerate(rules):
        if rule["unknown"] == "pending":
            before = rules[:at] if "classes_hit" in rank else []
            yield {"first": [each["when"] for each in (*before, rule)]}


def key_points(key: Row, earned: Row, groups: Row, factor: str) -> Decimal:
    """A ranking key's points: a group's within its cap and floor, or an indicator's; multiplied or not."""
    times = Decimal(factor) if key.get("multiplied") else 1
    if key["name"] in groups:
        return Decimal(groups[key["name"]]) * times
    return sum((earned[line] for line in key["lines"]), ZERO) * times


def ranked_by(
    score: Row, keys: list[Row], table: Any, classes: list[list[str]]
) -> Callable[[int, Row], list[Decimal]]:
    """What a candidate is ranked by with row n of the score lines, more is better; the total at the end."""
    added = Sums(score)

    def ranks(n: int, row: Row) -> list[Decimal]:
        earned = {line["id"]: Decimal(row[line["id"]]) for line in score["lines"]}
        groups, at = added.groups(earned), n - 2
        found = [-Decimal(number) for number in classes[at]]
        for key in (key for key in keys[len(found) :] if key["type"] != "time"):
            if key["lines"]:
                value = key_points(key, earned, groups, row["factor"])
            else:
                value = Decimal(row["total"] if key["name"] == "total" else table.columns[key["name"]][at])
            found.append(value if key["better"] == "higher" else -value)
        return [*found, Decimal(row["total"] or 0)]

    return ranks


def gated(of: str, score: Row, header: list[str], row: list[str]) -> Decimal | None:
    """What the gate looks at in a row of the score lines; None while it is not known."""
    cells = dict(zip(header, row, strict=True))
    if of in ("total", "before_multiplier"):
        text = cells["total" if of == "total" else "subtotal"]
        return Decimal(text) if text else None
    lines = [line for line in score["lines"] if line["kind"] != "deduction" and "at" not in line]
    names = {line["id"] for line in lines}
    rules = [{**rule, "lines": names & set(rule["lines"])} for rule in score.get("limits", [])]
    if any(not cells[name] for name in names) or (of == "before_deductions" and not cells["factor"]):
        return None
    added = Sums({**score, "lines": lines, "limits": rules})
    total = added.total(added.whole, {name: Decimal(cells[name]) for name in names})
    return total if of == "before_both" else finished(total * Decimal(cells["factor"]), score.get("total"))


def finished(product: Decimal, rule: Row | None) -> Decimal:
    """The total: the product rounded, then within its cap and floor."""
    if rule and rule["round"]:
        step = Decimal(1).scaleb(-int(rule["round"]["to"]))
        product = product.quantize(step, ROUNDING[rule["round"]["mode"]], Context(prec=400))
    product = product if not rule or rule["floor"] is None else max(product, Decimal(rule["floor"]))
    return product if not rule or rule["cap"] is None else min(product, Decimal(rule["cap"]))


def total_rule(service: Row, scale: int) -> Row | None:
    """The rule for the total as the record writes it."""
    rule = service.get("total")
    how = rule and rule.get("round")
    told = how and {"to": int(how.get("to", scale)), "mode": how["mode"]}
    return rule and {**ends(rule), "round": told}


CHECKS: dict[str, Callable[[Any], None]] = {}  # none of its own: verify_points.py checks with these readings


def excluded(bundle: Any) -> None:
    """How many are not ranked, by status and by reason, as the record counts them."""
    rows = [row for _, row in bundle.rows("excluded.csv")]
    reasons = Counter(code for row in rows for code in row["reasons"].split("|"))
    counts = bundle.about["counts"]["excluded"]
    bundle.same(counts, {"total": len(rows)}, "record.json")
    for name, due in (("by_status", Counter(row["status"] for row in rows)), ("by_reason", reasons)):
        hidden = {code: n if n >= 5 else "<5" for code, n in due.items()}
        told = {code: n for code, n in counts[name].items() if n != 0}
        exact = name == "by_status" and told == due
        bundle.same({name: told}, {name: told if exact else hidden}, "record.json")
