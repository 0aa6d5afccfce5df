"""The rules of a policy as sentences in Chinese or English: constructs, modifiers, conditions.

Reads the snapshot's plain values, under the pack's own keys, as far as the pack has written them. What has
no sentence of its own is written as `key: value` with the words of `terms.toml`, so that no rule is ever left
out of a print.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from publication.arithmetic import Detail, Reading
from publication.messages import Lang, sentence, sentences
from scoring.policy import Policy

NAMED = ("facts", "derived", "indicators", "groups", "ledgers", "tables", "services", "sanctions")
"""Sections whose names stand in rules; a fact's title goes before an indicator's of the same name."""

CITES = ("cite", "title")
TEXTS = ("zh", "en", "number")
"""Keys that hold a text that is no name."""

FORMULAS = ("formula", "times")
CLAIMS = ("when", "require", "for", "flag")
"""Keys that hold a condition."""

COMPOUND = ("all", "any", "not")

_NAME = re.compile(r"[A-Za-z_]\w*")

Plain = Mapping[str, Any]


class Wording:
    """A policy's words in one language: titles of names, clauses, sentences of rules."""

    def __init__(self, policy: Policy, lang: Lang) -> None:
        self.lang = lang
        self.document: dict[str, Any] = policy.model_dump(
            mode="json", by_alias=True, exclude_none=True, exclude_unset=True
        )
        self.reading = Reading(lang, policy.scale, policy.documents)
        self.titles: dict[str, str] = {}
        for section in reversed(NAMED):
            rules: Plain = self.document.get(section, {})
            self.titles |= {name: rule["title"][lang] for name, rule in rules.items()}
        self.members: dict[str, str] = {}
        for fact in reversed(self.document["facts"].values()):
            self.members |= {name: title[lang] for name, title in (fact.get("members") or {}).items()}
        self.of_ledgers = _named_ledgers(self.document, lang)

    def say(self, code: str, **figures: object) -> str:
        """A sentence about rules."""
        return sentence(f"rule.{code}", figures, self.lang)

    def clause(self, cite: str) -> str:
        """A citation with its document's number."""
        return self.reading.clause(cite)

    def term(self, key: str) -> str:
        """The word for a key of the language; the key itself if it has none."""
        entry = sentences().get(f"term.{key}")
        return entry[self.lang] if entry else key

    def word(self, value: object) -> str:
        """The word for a value that a key chooses from; else the value."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        entry = sentences().get(f"choice.{text}")
        return entry[self.lang] if entry else text

    def name(self, name: str) -> str:
        """The title of a fact, an indicator, a group …; else the name."""
        return self.titles.get(name, name)

    def listed(self, parts: Iterable[str], joint: str = "comma") -> str:
        """Parts in a row."""
        return self.say(f"joint_{joint}").join(parts)

    def points(self, amount: object) -> str:
        """So and so many points."""
        return self.say("point") if amount == "1" else self.say("points", points=amount)

    # --- points ---------------------------------------------------------------------------------------------

    def node(self, node: Plain, depth: int = 0) -> Iterator[Detail]:
        """A construct with its modifiers and the parts inside it, a line each."""
        name = next((key for key in CONSTRUCTS if key in node), None)
        name = name or next(key for key in node if key not in (*MODIFIERS, *CITES))
        lines = list(CONSTRUCTS[name](self, node) if name in CONSTRUCTS else self.tree({name: node[name]}))
        first, rest = lines[0], lines[1:]
        title = node.get("title")
        head = self.say("titled", title=title[self.lang], text=first.text) if title else first.text
        own = [MODIFIERS[key](self, node) for key in MODIFIERS if key in node]
        told = {*READ.get(name, (name,)), *MODIFIERS}
        own += [detail.text for detail in self.tree({key: node[key] for key in node if key not in told})]
        own += [self.clause(node["cite"])] if "cite" in node else []
        text = head if not own else self.say("modified", text=head, modifiers=self.listed(own, "semicolon"))
        yield Detail(depth, self.say("lead", text=text) if rest else text)
        yield from (Detail(depth + detail.depth, detail.text) for detail in rest)

    def parts(self, nodes: Sequence[Plain]) -> Iterator[Detail]:
        """The parts of a construct, one level down."""
        for node in nodes:
            yield from self.node(node, 1)

    def range(self, row: Plain) -> str:
        """The range of a row: from … below …"""
        start, below = row.get("from"), row.get("below")
        if start is None or (start == "0" and below is not None):
            return self.say("range_below", below=below)
        code = "range_from" if below is None else "range"
        return self.say(code, start=start, below=below)

    def rounding(self, rule: object) -> str:
        """How a number is rounded."""
        if not isinstance(rule, Mapping):
            return self.word(rule)
        if rule.get("to") is None:
            return self.word(rule.get("mode"))
        return self.say("rounding", mode=self.word(rule.get("mode")), to=rule["to"])

    def formula(self, text: object) -> str:
        """A formula with titles for names and the usual signs."""
        shown = str(text).replace("*", "×").replace("/", "÷")
        return _NAME.sub(lambda found: self.quoted(found[0]) if found[0] in self.titles else found[0], shown)

    def names_in(self, text: str) -> list[str]:
        """The words of a text that may be names."""
        return _NAME.findall(text)

    def quoted(self, name: str) -> str:
        """A title between quotation marks."""
        return self.say("quoted", text=self.name(name))

    # --- conditions -----------------------------------------------------------------------------------------

    def condition(self, condition: object, inside: bool = False) -> str:
        """A condition as a clause; compound ones inside another in brackets."""
        if isinstance(condition, str):
            return self.quoted(condition)
        assert isinstance(condition, Mapping)
        if "title" in condition:  # one that several rules share
            title, (shared,) = condition["title"][self.lang], condition["all"]
            return self.say("modified", text=title, modifiers=self.condition(shared))
        name = next((key for key in CONDITIONS if key in condition), None)
        text = CONDITIONS[name](self, condition) if name else self.flat(condition)
        compound = inside and name in ("all", "any") and len(condition[name]) > 1
        return self.say("bracketed", text=text) if compound else text

    def compared(self, left: str, compare: Plain, fact: str | None = None) -> str:
        """A comparison of a fact or of an indicator's points with one operator."""
        (operator,) = [key for key in compare if key not in ("fact", "indicator")]
        value = compare[operator]
        kind = self.kind(fact)
        if kind == "boolean" and operator == "is":
            return self.quoted(fact or "") if value else self.say("not", text=self.quoted(fact or ""))
        shown = (
            self.listed([self.value(fact, one) for one in value], "or")
            if isinstance(value, list) and operator != "between"
            else self.value(fact, value)
        )
        if operator == "between":
            return self.say("between", fact=left, low=value[0], high=value[1])
        dated = kind == "date" and operator not in ("is", "in")
        return self.say(f"{operator}_day" if dated else operator, fact=left, value=shown)

    def kind(self, fact: str | None) -> str | None:
        """The type of a fact, where it matters for words."""
        rule = self.document.get("derived", {}).get(fact, {})
        days = rule.get("take") in ("earliest", "latest")
        return "date" if days else self.document["facts"].get(fact, {}).get("type")

    def value(self, fact: str | None, value: object) -> str:
        """A value that a fact is compared with: a member's title, a number, a day, another fact."""
        if isinstance(value, Mapping):
            named = value.get("fact") or value.get("person")
            return self.quoted(named) if named else self.range(value)
        members: Plain = self.document["facts"].get(fact, {}).get("members") or {}
        known = isinstance(value, str) and value in members
        return str(members[str(value)][self.lang]) if known else self.word(value)

    def where(self, where: Plain) -> str:
        """What several inputs must be for a row."""
        parts = []
        for fact, value in where.items():
            values = value if isinstance(value, list) else [value]
            shown = self.listed([self.value(fact, one) for one in values], "or")
            parts.append(self.say("is", fact=self.name(fact), value=shown))
        return self.listed(parts, "and")

    # --- anything else --------------------------------------------------------------------------------------

    def tree(self, value: Plain, depth: int = 0) -> Iterator[Detail]:
        """Any part of a policy as `key: value`, nested; what is empty says nothing."""
        for key, part in value.items():
            if key in CITES or part in ({}, [], ""):
                continue
            nested = isinstance(part, Mapping) and key not in CLAIMS and not self.is_told(part)
            items = (
                isinstance(part, list) and key not in CLAIMS and any(isinstance(one, Mapping) for one in part)
            )
            if nested:
                cite = self.clause(part["cite"]) if "cite" in part else ""
                yield Detail(depth, self.labelled(key, cite))
                yield from self.tree(part, depth + 1)
            elif items and key not in (*CLAIMS, *COMPOUND):
                yield Detail(depth, self.labelled(key, ""))
                yield from (Detail(depth + 1, self.inline(key, one)) for one in part)
            else:
                yield Detail(depth, self.labelled(key, self.inline(key, part)))

    def flat(self, value: Plain) -> str:
        """The same on one line."""
        parts = {key: part for key, part in value.items() if key not in CITES and part not in ({}, [], "")}
        texts = [self.labelled(key, self.inline(key, part)) for key, part in parts.items()]
        texts += [self.clause(value["cite"])] if "cite" in value else []
        return self.listed(texts, "semicolon")

    def inline(self, key: str, value: object, *, alone: bool = False) -> str:
        """The value of a key on one line: a condition, a formula, a text as it is, a rule by its title.

        One that does not stand `alone` is bracketed if it has several parts.
        """
        if key in CLAIMS:
            return self.condition(value)
        if key in COMPOUND:
            return self.condition({key: value})
        if key in TEXTS:
            return str(value)
        if isinstance(value, list):
            return self.listed(self.inline("", one) for one in value)
        if not isinstance(value, Mapping):
            return self.formula(value) if key in FORMULAS else self.of(value)
        if self.is_title(value):
            return str(value[self.lang])
        if value and all(isinstance(part, Mapping) and self.is_title(part) for part in value.values()):
            return self.listed(part[self.lang] for part in value.values())
        if is_node(value) and "kind" not in value:
            return self.listed((detail.text for detail in self.node(value)), "semicolon")
        title = value.get("title")
        head, rest = title[self.lang] if isinstance(title, Mapping) else "", self.flat(value)
        if not head:
            return rest if alone else self.say("bracketed", text=rest)
        return self.say("titled", title=head, text=rest) if rest else str(head)

    def labelled(self, key: str, text: str) -> str:
        """A value after the word for its key; a name after its title."""
        return self.say("labelled", term=self.label(key), value=text).rstrip()

    def label(self, key: str) -> str:
        """The word for a key; the title of a name or of a member where it is one of those."""
        if f"term.{key}" in sentences():
            return self.term(key)
        return self.titles.get(key) or self.members.get(key) or key

    def of(self, value: object) -> str:
        """A plain value: the title of a name or of a ledger's member, a word, a number."""
        for titles in (self.titles, self.of_ledgers):
            if isinstance(value, str) and value in titles:
                return titles[value]
        return self.word(value)

    def is_told(self, value: Plain) -> bool:
        """Whether a mapping goes on one line: a name in two languages, members with names, a construct."""
        titles = all(isinstance(part, Mapping) and self.is_title(part) for part in value.values())
        return self.is_title(value) or titles or is_node(value)

    @staticmethod
    def is_title(value: Plain) -> bool:
        """Whether a mapping is a name in both languages."""
        return set(value) == {"zh", "en"}


def _named_ledgers(document: dict[str, Any], lang: Lang) -> dict[str, str]:
    """The names of ledgers' members. Where a column has names, the document is from now on told in them."""
    found: dict[str, str] = {}
    called: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
    for key, ledger in document.get("ledgers", {}).items():
        columns: dict[str, Any] = ledger.get("columns", {})
        for column, named in columns.items():
            if isinstance(named, Mapping):
                members = {name: title[lang] for name, title in named["members"].items()}
                called[key, column] = named["title"][lang], members
                found |= members
        ledger["columns"] = dict(
            (title, list(members.values())) if members else (title, columns[column])
            for column in columns
            for title, members in [called.get((key, column), (column, {}))]
        )
    for rule in document.get("derived", {}).values():
        for rows in (rule, rule.get("also_in") or {}, rule.get("not_during") or {}):
            of = rows.get("months_in") or rows.get("ledger") or ""
            for part in [part for part in ("where", "except") if of and part in rows]:
                rows[part] = dict(_in_names(rows[part], called, of))
    return found


def _in_names(
    columns: Plain, called: Mapping[tuple[str, str], tuple[str, dict[str, str]]], ledger: str
) -> Iterator[tuple[str, object]]:
    for column, value in columns.items():
        title, members = called.get((ledger, column), (column, {}))
        listed = value if isinstance(value, list) else [value]
        yield title, [members.get(name, name) for name in listed]


Told = Callable[[Wording, Plain], Iterable[Detail]]


def is_node(value: Plain) -> bool:
    """Whether a mapping is a points node; a list of `bands` is how wishes are cut, not points."""
    return any(name in value for name in CONSTRUCTS) and not isinstance(value.get("bands"), list)


def _line(text: str, *below: Detail) -> tuple[Detail, ...]:
    return Detail(0, text), *below


def _rows(say: Wording, rows: Iterable[tuple[str, object]]) -> tuple[Detail, ...]:
    return tuple(Detail(1, say.say("row", what=what, points=say.points(points))) for what, points in rows)


def _flag(say: Wording, node: Plain) -> Iterable[Detail]:
    return _line(say.say("row", what=say.condition(node["flag"]), points=say.points(node["points"])))


def _lookup(say: Wording, node: Plain) -> Iterable[Detail]:
    rows = ((say.value(node["lookup"], member), amount) for member, amount in node["points"].items())
    return _line(say.say("by", fact=say.name(node["lookup"])), *_rows(say, rows))


def _bands(say: Wording, node: Plain) -> Iterable[Detail]:
    rows = ((say.range(row), row["points"]) for row in node["rows"])
    return _line(say.say("by", fact=say.name(node["bands"])), *_rows(say, rows))


def _per(say: Wording, node: Plain) -> Iterable[Detail]:
    over = node.get("over", "0")
    figures = {"fact": say.name(node["per"]), "every": node["every"], "points": say.points(node["points"])}
    code = "per_over" if over != "0" else "per_each" if node["every"] == "1" else "per"
    return _line(say.say(code, over=over, **figures))


def _parts(key: str) -> Told:
    def told(say: Wording, node: Plain) -> Iterable[Detail]:
        return _line(say.say(key), *say.parts(node[key]))

    return told


def _value(say: Wording, node: Plain) -> Iterable[Detail]:
    return _line(say.say("value", fact=say.name(node["value"])))


def _marginal(say: Wording, node: Plain) -> Iterable[Detail]:
    every = node.get("every", "1")
    rows = (
        Detail(1, say.say("tranche", range=say.range(row), every=every, points=say.points(row["points"])))
        for row in node["rows"]
    )
    return _line(say.say("marginal", fact=say.name(node["marginal"])), *rows)


def _table(say: Wording, node: Plain) -> Iterable[Detail]:
    rows = [(say.where(row["where"]), row["points"]) for row in node["rows"]]
    rows += [(say.say("else"), node["otherwise"])] if "otherwise" in node else []
    facts = say.listed(map(say.name, node["table"]))
    return _line(say.say("table", facts=facts, hit=say.say(f"hit_{node['hit']}")), *_rows(say, rows))


def _formula(say: Wording, node: Plain) -> Iterable[Detail]:
    return _line(say.say("formula", formula=say.formula(node["formula"])))


def _merge(say: Wording, node: Plain) -> Iterable[Detail]:
    facts = say.listed(map(say.name, node["merge"]))
    return _line(say.say(f"merge_{node['take']}", facts=facts))


def _score(say: Wording, node: Plain) -> Iterable[Detail]:
    return _line(say.say("score", indicator=say.document["indicators"][node["score"]]["title"][say.lang]))


CONSTRUCTS: Mapping[str, Told] = {
    "flag": _flag,
    "lookup": _lookup,
    "bands": _bands,
    "per": _per,
    "sum": _parts("sum"),
    "highest": _parts("highest"),
    "lowest": _parts("lowest"),
    "first": _parts("first"),
    "value": _value,
    "marginal": _marginal,
    "table": _table,
    "formula": _formula,
    "merge": _merge,
    "score": _score,
}
"""How each construct is told, by its key."""

READ: Mapping[str, tuple[str, ...]] = {
    "flag": ("flag", "points"),
    "lookup": ("lookup", "points"),
    "bands": ("bands", "rows"),
    "per": ("per", "every", "points", "over"),
    "sum": ("sum",),
    "highest": ("highest",),
    "lowest": ("lowest",),
    "first": ("first",),
    "value": ("value",),
    "marginal": ("marginal", "every", "rows"),
    "table": ("table", "hit", "rows", "otherwise"),
    "formula": ("formula",),
    "merge": ("merge", "take"),
    "score": ("score",),
}
"""The keys that a construct's sentence tells."""


def _unknown(say: Wording, node: Plain) -> str:
    unknown = node["unknown"]
    return say.say("unknown", points=say.points(unknown["points"]), clause=say.clause(unknown["cite"]))


MODIFIERS: Mapping[str, Callable[[Wording, Plain], str]] = {
    "whose": lambda say, node: say.say("whose", whose=say.word(node["whose"])),
    "as_of": lambda say, node: say.say("as_of", day=say.of(node["as_of"])),
    "times": lambda say, node: say.say("times", formula=say.formula(node["times"])),
    "round": lambda say, node: say.say("round", rounding=say.rounding(node["round"])),
    "when": lambda say, node: say.say("when", condition=say.condition(node["when"])),
    "floor": lambda say, node: say.say("floor", points=say.points(node["floor"])),
    "cap": lambda say, node: say.say("cap", points=say.points(node["cap"])),
    "unknown": _unknown,
}
"""How each modifier is told, in the order in which they apply."""


CONDITIONS: Mapping[str, Callable[[Wording, Plain], str]] = {
    "fact": lambda say, one: say.compared(say.name(one["fact"]), one, one["fact"]),
    "indicator": lambda say, one: say.compared(
        say.say("points_of", indicator=say.document["indicators"][one["indicator"]]["title"][say.lang]), one
    ),
    "known": lambda say, one: say.say("known", fact=say.name(one["known"])),
    "all": lambda say, one: say.listed([say.condition(part, True) for part in one["all"]], "and"),
    "any": lambda say, one: say.listed([say.condition(part, True) for part in one["any"]], "either"),
    "not": lambda say, one: say.say("not", text=say.condition(one["not"], True)),
}
"""How each condition is told, by its key."""
