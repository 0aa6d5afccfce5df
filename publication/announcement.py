"""A policy as the announcement it came from: who may apply, what earns points, how people are ranked.

The content is plain text in one language, in sections; `announcement_page` makes a page, a PDF or text of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from publication.announced_places import area_text, fits_lines, notice_lines
from publication.arithmetic import Detail
from publication.departure_text import departure_texts
from publication.messages import Lang, sentence
from publication.rule_text import CITES, Wording
from scoring.conditions import plain
from scoring.policy import Policy

Plain = Mapping[str, Any]
GROUPED = ("pools", "ceilings", "bands_for")
"""Where a stage describes people."""

Cell = tuple[Detail, ...]


@dataclass(frozen=True)
class Row:
    """One line of a points table; a row of one cell is a heading across the table."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it: lines by depth, then a table."""

    heading: str
    level: int
    lines: tuple[Detail, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Announcement:
    """A policy in one language: title, place, what its status means, head lines, sections, digest."""

    lang: Lang
    title: str
    place: str
    banner: str
    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    digest: str


@dataclass
class _Writer:
    """The words of a policy, and the parts of it that are told already."""

    words: Wording
    told: set[str] = field(default_factory=set)

    def heading(self, code: str, **figures: object) -> str:
        """A heading or a fixed phrase of the announcement."""
        return sentence(f"announcement.{code}", figures, self.words.lang)

    def part(self, name: str) -> Any:
        """A section of the policy, from now on told."""
        self.told.add(name)
        return self.words.document.get(name) or {}

    def cited(self, text: str, rule: Plain, key: str = "cite") -> str:
        """A text with its clause behind it."""
        cite = rule.get(key)
        return self.heading("cited", text=text, clause=self.words.clause(cite)) if cite else text

    def rest(self, rule: Plain, *told: str, depth: int = 1) -> Iterator[Detail]:
        """What no sentence told of a rule."""
        left = {key: part for key, part in rule.items() if key not in {*told, *CITES}}
        yield from self.words.tree(
            {key: part for key, part in left.items() if not key.endswith("_cite")}, depth
        )


def announcement(policy: Policy, lang: Lang) -> Announcement:
    """The announcement of a policy."""
    writer = _Writer(Wording(policy, lang))
    words = writer.words
    head = _head(writer)
    departures = _departures(writer, policy)
    sections = [section for make in _SECTIONS for section in make(writer)]
    return Announcement(
        lang,
        words.document["title"][lang],
        words.document["place"][lang],
        sentence(f"console.status_{policy.status}", {}, lang),
        head,
        (*departures, *sections, *_left(writer)),
        policy.digest,
    )


def _head(writer: _Writer) -> tuple[tuple[str, str], ...]:
    for name in ("format", "id", "title", "place", "status", "scale"):
        writer.told.add(name)
    documents, effective = writer.part("documents"), writer.part("effective")
    until = effective.get("until")
    days = writer.heading("from_until" if until else "from", start=effective["from"], until=until)
    issued = [
        (
            writer.heading("document"),
            writer.heading(
                "document_line",
                title=document["title"][writer.words.lang],
                number=document["number"],
                day=document.get("issued", "–"),
            ),
        )
        for document in documents.values()
    ]
    lapses = [(writer.words.term("lapses"), writer.words.word(True))] if effective.get("lapses") else []
    return (*issued, (writer.words.term("effective"), days), *lapses)


def _departures(writer: _Writer, policy: Policy) -> tuple[Section, ...]:
    """What was read otherwise than the policy says."""
    writer.told.add("departures")
    lines = tuple(Detail(0, text) for text in departure_texts(policy, writer.words.lang))
    heading = sentence("departure.heading", {}, writer.words.lang)
    return (Section(heading, 1, lines),) if lines else ()


def _points(writer: _Writer) -> Iterator[Section]:
    """The points table: kinds, in them the groups, in them the indicators."""
    words = writer.words
    indicators, groups = writer.part("indicators"), writer.part("groups")
    if not indicators:
        return
    yield Section(writer.heading("points"), 1)
    columns = tuple(writer.heading(f"column_{name}") for name in ("line", "points", "clause", "evidence"))
    for kind in dict.fromkeys(indicator["kind"] for indicator in indicators.values()):
        rows: list[Row] = []
        for name, group in groups.items():
            members = {
                key: one for key, one in indicators.items() if (one["kind"], one["group"]) == (kind, name)
            }
            if members:
                rows.append(Row(((Detail(0, _group(writer, group)),),)))
                rows += [_indicator(writer, one) for one in members.values()]
        yield Section(words.word(kind), 2, (), columns, tuple(rows))


def _group(writer: _Writer, group: Plain) -> str:
    words = writer.words
    limits = [words.say(key, points=words.points(group[key])) for key in ("floor", "cap") if key in group]
    limits += [detail.text for detail in writer.rest(group, "floor", "cap")]
    title = group["title"][words.lang]
    text = words.say("modified", text=title, modifiers=words.listed(limits, "semicolon")) if limits else title
    return writer.cited(text, group)


def _indicator(writer: _Writer, indicator: Plain) -> Row:
    words = writer.words
    lines = list(words.node(indicator["points"]))
    unknown = indicator.get("unknown")
    if unknown is not None:
        code = "unknown_pending" if "pending" in unknown else "unknown"
        amount = words.points(unknown.get("points"))
        lines.append(Detail(0, words.say(code, points=amount, clause=words.clause(unknown["cite"]))))
    lines += _only_for(writer, indicator, 0)
    lines += writer.rest(indicator, "group", "kind", "points", "unknown", "services", depth=0)
    evidence = tuple(Detail(0, line) for line in _evidence(writer, indicator["points"]))
    title, clause = indicator["title"][words.lang], words.clause(indicator["cite"])
    return Row(((Detail(0, title),), tuple(lines), (Detail(0, clause),), evidence))


def _evidence(writer: _Writer, node: object) -> Iterator[str]:
    """Who attests the facts of a node, and who hands them in; each once."""
    words, facts = writer.words, writer.words.document["facts"]
    for name in dict.fromkeys(_facts_in(words, node, ())):
        fact = facts[name]
        yield writer.heading(
            "evidence",
            fact=fact["title"][words.lang],
            office=fact["attested_by"][words.lang],
            way=words.word(fact["supplied_by"]),
        )


def _facts_in(words: Wording, value: object, above: tuple[str, ...]) -> Iterator[str]:
    """The declared facts below a value, those behind computed facts and ledgers' days included."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key not in ("cite", "title"):
                yield from _facts_in(words, key, above) if key in words.document["facts"] else ()
                yield from _facts_in(words, part, above)
    elif isinstance(value, list):
        for part in value:
            yield from _facts_in(words, part, above)
    elif isinstance(value, str):
        for name in words.names_in(value):
            if name in words.document["facts"]:
                yield name
            elif name in words.document.get("derived", {}) and name not in above:
                yield from _facts_in(words, words.document["derived"][name], (*above, name))


def _services(writer: _Writer) -> Iterator[Section]:
    for service in writer.part("services").values():
        title = service["title"][writer.words.lang]
        yield Section(writer.heading("service", service=title), 1, tuple(_service_head(writer, service)))
        for make in (_criteria, _totals, _ranking, _allocation):
            yield from make(writer, service)


def _service_head(writer: _Writer, service: Plain) -> Iterator[Detail]:
    yield Detail(0, writer.words.labelled("cite", writer.words.clause(service["cite"])))
    if "status" in service:
        yield Detail(0, sentence(f"console.status_{service['status']}", {}, writer.words.lang))
    told = "status kinds kind_limits multiplier total gate criteria candidate entitlement".split()
    yield from writer.rest(service, *told, "ranking", "allocation", "notice", "based_on", depth=0)


def _criteria(writer: _Writer, service: Plain) -> Iterator[Section]:
    words, lines = writer.words, list[Detail]()
    for rule in service["criteria"].values():
        title, text = rule["title"][words.lang], words.condition(rule["require"])
        text = (
            title if words.say("quoted", text=title) == text else words.say("titled", title=title, text=text)
        )
        lines.append(Detail(0, writer.cited(text, rule)))
        figures = {"otherwise": words.word(rule["otherwise"]), "unknown": words.word(rule["unknown"])}
        lines.append(Detail(1, writer.heading("otherwise", **figures)))
        lines += writer.rest(rule, "require", "otherwise", "unknown")
    if lines:
        yield Section(writer.heading("criteria"), 2, tuple(lines))


def _totals(writer: _Writer, service: Plain) -> Iterator[Section]:
    words, lines = writer.words, list[Detail]()
    if service.get("kinds"):
        kinds = words.listed(map(words.word, service["kinds"]))
        lines.append(Detail(0, writer.cited(writer.heading("kinds", kinds=kinds), service, "kinds_cite")))
    for kind, limit in service.get("kind_limits", {}).items():
        lines.append(Detail(0, _limited(writer, words.word(kind), limit)))
    if "multiplier" in service:
        rule = service["multiplier"]
        text = writer.heading("multiplier", factor=rule["factor"], when=words.condition(rule["when"]))
        lines.append(Detail(0, writer.cited(text, rule)))
        lines += writer.rest(rule, "factor", "when")
    if "total" in service:
        lines.append(Detail(0, _limited(writer, words.term("total"), service["total"])))
    if "gate" in service:
        rule = service["gate"]
        text = writer.heading("gate", points=words.points(rule["points"]), of=words.word(rule["of"]))
        lines.append(Detail(0, writer.cited(text, rule)))
        lines += writer.rest(rule, "points", "of")
    if "entitlement" in service:
        rule = service["entitlement"]
        gives = rule["gives"][words.lang]
        points = words.points(rule.get("from"))
        text = writer.heading(
            "entitlement" if "from" in rule else "entitlement_of_all", points=points, gives=gives
        )
        lines.append(Detail(0, writer.cited(text, rule)))
        lines += writer.rest(rule, "from", "gives")
    rule = service["candidate"]
    lines.append(Detail(0, writer.cited(writer.heading("takes", whose=words.word(rule["takes"])), rule)))
    lines += writer.rest(rule, "takes")
    yield Section(writer.heading("total"), 2, tuple(lines))


def _limited(writer: _Writer, what: str, rule: Plain) -> str:
    """Something with its floor, cap and rounding."""
    words = writer.words
    limits = [words.say(key, points=words.points(rule[key])) for key in ("floor", "cap") if key in rule]
    limits += [words.say("round", rounding=words.rounding(rule["round"]))] if "round" in rule else []
    limits += [detail.text for detail in writer.rest(rule, "floor", "cap", "round", "id", "of", "services")]
    text = words.say("titled", title=what, text=words.listed(limits, "semicolon")) if limits else what
    return writer.cited(text, rule)


def _ranking(writer: _Writer, service: Plain) -> Iterator[Section]:
    if "ranking" not in service:
        return
    words, rule = writer.words, service["ranking"]
    lines: list[Detail] = []
    scope = words.listed(map(words.name, rule.get("scope", ())))
    text = writer.heading("scope", scope=scope) if scope else writer.heading("scope_all")
    lines.append(Detail(0, writer.cited(text, rule, "scope_cite")))
    if "call_in" in rule:
        one = rule["call_in"]
        figures = {"per_seat": one["per_seat"], "by": words.name(one["by"]), "ties": words.word(one["ties"])}
        lines.append(Detail(0, writer.cited(writer.heading("call_in", **figures), one)))
        if before := one.get("before"):
            criteria = service.get("criteria") or {}
            titles = words.listed((criteria[name]["title"][words.lang] for name in before), "semicolon")
            lines.append(Detail(1, writer.heading("call_in_before", criteria=titles)))
    for number, one in enumerate(rule.get("classes", ()), 1):
        figures = {"number": number, "title": one["title"][words.lang], "when": words.condition(one["when"])}
        lines.append(Detail(0, writer.cited(writer.heading("class", **figures), one)))
        lines += writer.rest(one, "id", "when")
    if "classes_hit" in rule:
        lines.append(Detail(0, writer.heading("classes_hit")))
    keys = list(_keys(writer, service, rule))
    lines += [
        Detail(0, writer.cited(writer.heading("keys", keys=words.listed(keys, "then")), rule, "keys_cite"))
    ]
    ties = words.listed(map(words.word, rule["ties"]), "then")
    lines.append(Detail(0, writer.cited(writer.heading("ties", ties=ties), rule, "ties_cite")))
    lines += writer.rest(rule, "scope", "call_in", "classes", "classes_hit", "keys", "ties", "total", depth=0)
    yield Section(words.term("ranking"), 2, tuple(lines))


def _keys(writer: _Writer, service: Plain, rule: Plain) -> Iterator[str]:
    """What people are ordered by, the total in its place."""
    words, place = writer.words, rule.get("total", "first")
    total = [words.term("total")] if service.get("kinds") and place != "none" else []
    yield from total if place == "first" else ()
    for key in rule.get("keys", ()):
        (name,) = [one for one in ("group", "indicator", "fact") if one in key]
        section = {"group": ("groups",), "indicator": ("indicators",), "fact": ("facts", "derived")}[name]
        found = next(
            words.document[part][key[name]] for part in section if key[name] in words.document.get(part, {})
        )
        title = found["title"][words.lang]
        better = words.word(key["better"]) if "better" in key else ""
        better = words.term("multiplied") if key.get("multiplied") else better
        yield words.say("modified", text=title, modifiers=better) if better else title
    yield from total if place == "last" else ()


def _allocation(writer: _Writer, service: Plain) -> Iterator[Section]:
    words, lines = writer.words, list[Detail]()
    rule = service.get("allocation") or {}
    for number, said in enumerate(rule.get("stages", ()), 1):
        stage = {"then": "least_cost", **said} if said["mechanism"] == "redistribution" else said
        figures = {"mechanism": words.word(stage["mechanism"]), "seats": words.word(stage["seats"])}
        if second := stage["seats"] == "quotas" and "area" in stage:
            figures = {"area": area_text(writer, stage["area"])}
        text = writer.heading("second_stage" if second else "stage", number=number, **figures)
        lines.append(Detail(0, writer.cited(text, stage if "cite" in stage else rule)))
        if second and "at_most" in stage:
            most = stage["at_most"]
            text = writer.heading(
                "at_most", share=f"{plain(Decimal(most['share']) * 100)}%", round=words.word(most["round"])
            )
            lines.append(Detail(1, writer.cited(text, most)))
        lines += _only(writer, service, stage)
        told = ("area", "at_most") if second else ()
        lines += writer.rest(stage, "mechanism", "seats", "name", "only", *told)
    if "fits" in rule:
        lines.append(Detail(0, writer.cited(words.term("fits"), rule["fits"])))
        lines += fits_lines(words, rule["fits"])
    if "refusal" in rule:
        refill = writer.heading("refill" if rule["refusal"]["refill"] else "no_refill")
        lines.append(Detail(0, writer.cited(refill, rule["refusal"])))
        lines += writer.rest(rule["refusal"], "gives_up", "refill")
    lines += writer.rest(rule, "stages", "fits", "refusal", depth=0)
    if "notice" in service:
        lines += notice_lines(writer, service["notice"])
    if lines:
        yield Section(words.term("allocation"), 2, tuple(lines))


def _only(writer: _Writer, service: Plain, stage: Plain) -> Iterator[Detail]:
    """Whom a stage is for, if it is not for everybody."""
    only = stage.get("only")
    if only is None:
        return
    title = _group_titles(service)[only] if isinstance(only, str) else only["title"]
    shown = writer.heading("only", title=title[writer.words.lang])
    if isinstance(only, str):
        yield Detail(1, shown)
        return
    text = writer.words.say("titled", title=shown, text=writer.words.condition(only["for"]))
    yield Detail(1, writer.cited(text, only))
    yield from writer.rest(only, "id", "for", depth=2)


def _group_titles(service: Plain) -> dict[str, Any]:
    """The titles of all classes, and of all groups that the stages describe."""
    rule = service["allocation"]
    groups = list(service["ranking"].get("classes", ()))
    groups += [stage["only"] for stage in rule["stages"] if isinstance(stage.get("only"), Mapping)]
    groups += [group for stage in rule["stages"] for key in GROUPED for group in stage.get(key, ())]
    return {group["id"]: group["title"] for group in groups}


def _across(writer: _Writer) -> Iterator[Section]:
    """Limits and exclusions across lines."""
    words, lines = writer.words, list[Detail]()
    for limit in writer.part("limits") or ():
        names = words.listed(_of(words, name) for name in limit["of"])
        what = words.say("titled", title=limit["title"][words.lang], text=names)
        lines.append(Detail(0, _limited(writer, what, limit)))
        lines += _only_for(writer, limit, 1)
    for choice in writer.part("exclusive") or ():
        names = words.listed(_alternative(words, one) for one in choice["of"])
        keep = choice["keep"]
        how = words.word(keep) if isinstance(keep, str) else words.flat(keep)
        figures = {"title": choice["title"][words.lang], "names": names, "keep": how}
        lines.append(Detail(0, writer.cited(writer.heading("exclusive", **figures), choice)))
        lines += _only_for(writer, choice, 1)
        lines += writer.rest(choice, "id", "of", "keep", "services")
    if lines:
        yield Section(words.term("limits"), 1, tuple(lines))


def _alternative(words: Wording, one: str | Sequence[str]) -> str:
    """A line, or lines that are added up."""
    return _of(words, one) if isinstance(one, str) else " + ".join(_of(words, name) for name in one)


def _only_for(writer: _Writer, rule: Plain, depth: int) -> Iterator[Detail]:
    """The services that a rule names."""
    words = writer.words
    if "services" in rule:
        titles = (words.document["services"][name]["title"][words.lang] for name in rule["services"])
        yield Detail(depth, writer.heading("only_for", services=words.listed(titles)))


def _of(words: Wording, name: str) -> str:
    for section in ("indicators", "groups"):
        if name in words.document.get(section, {}):
            return str(words.document[section][name]["title"][words.lang])
    return name


def _sanctions(writer: _Writer) -> Iterator[Section]:
    words, lines = writer.words, list[Detail]()
    for rule in writer.part("sanctions").values():
        figures = {"title": rule["title"][words.lang], "when": words.condition(rule["when"])}
        text = writer.heading("sanction", effect=words.word(rule["effect"]), **figures)
        lines.append(Detail(0, writer.cited(text, rule)))
        lines += writer.rest(rule, "when", "effect")
    if lines:
        yield Section(words.term("sanctions"), 1, tuple(lines))


def _computed(writer: _Writer) -> Iterator[Section]:
    """Computed facts, and the long tables they come from."""
    words = writer.words
    for name in ("derived", "ledgers", "tables"):
        lines: list[Detail] = []
        for rule in writer.part(name).values():
            lines.append(Detail(0, writer.cited(rule["title"][words.lang], rule)))
            lines += writer.rest(rule, "of", "maximum") if name == "derived" else words.tree(rule, 1)
        if lines:
            yield Section(words.term(name), 1, tuple(lines))


def _facts(writer: _Writer) -> Iterator[Section]:
    """Every fact: what it may be, who attests it, who hands it in."""
    words, rows = writer.words, list[Row]()
    for fact in writer.part("facts").values():
        told = ("type", "members", "decimals", "minimum", "maximum", "attested_by", "supplied_by", "of")
        cells = (
            (Detail(0, fact["title"][words.lang]), *writer.rest(fact, *told, depth=0)),
            (Detail(0, _domain(words, fact)),),
            (Detail(0, words.clause(fact["cite"])),),
            (Detail(0, fact["attested_by"][words.lang]), Detail(0, words.word(fact["supplied_by"]))),
        )
        rows.append(Row(cells))
    columns = tuple(writer.heading(f"column_{name}") for name in ("fact", "values", "clause", "evidence"))
    if rows:
        yield Section(words.term("facts"), 1, (), columns, tuple(rows))


def _domain(words: Wording, fact: Plain) -> str:
    if "members" in fact:
        return words.listed(member[words.lang] for member in fact["members"].values())
    if "minimum" in fact:
        return f"{fact['minimum']} – {fact['maximum']}"
    return words.word(fact["type"])


def _left(writer: _Writer) -> Iterator[Section]:
    """Every part of the policy that nothing above told."""
    for name, part in writer.words.document.items():
        if name not in writer.told and part:
            lines = (
                writer.words.tree(part)
                if isinstance(part, Mapping)
                else [Detail(0, writer.words.inline("", part))]
            )
            yield Section(writer.words.term(name), 1, tuple(lines))


_SECTIONS: Sequence[Callable[[_Writer], Iterator[Section]]] = (
    _points,
    _across,
    _sanctions,
    _services,
    _computed,
    _facts,
)
