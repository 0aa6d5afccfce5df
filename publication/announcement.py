"""A policy as the announcement it came from: who may apply, what earns points, how people are ranked.

The content is plain text in one language, in sections; `announcement_page` makes a page, a PDF or text of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from publication.announcement_parts import Announcement, Plain, Row, Section, Writer
from publication.announcement_places import allocation_section
from publication.announcement_ranking import ranking_section
from publication.arithmetic import Detail
from publication.departure_text import departure_texts
from publication.messages import Lang, sentence
from publication.rule_text import Wording
from scoring.policy import Policy


def announcement(policy: Policy, lang: Lang) -> Announcement:
    """The announcement of a policy."""
    writer = Writer(Wording(policy, lang))
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


def _head(writer: Writer) -> tuple[tuple[str, str], ...]:
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


def _departures(writer: Writer, policy: Policy) -> tuple[Section, ...]:
    """What was read otherwise than the policy says."""
    writer.told.add("departures")
    lines = tuple(Detail(0, text) for text in departure_texts(policy, writer.words.lang))
    heading = sentence("departure.heading", {}, writer.words.lang)
    return (Section(heading, 1, lines),) if lines else ()


def _points(writer: Writer) -> Iterator[Section]:
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


def _group(writer: Writer, group: Plain) -> str:
    words = writer.words
    limits = [words.say(key, points=words.points(group[key])) for key in ("floor", "cap") if key in group]
    limits += [detail.text for detail in writer.rest(group, "floor", "cap")]
    title = group["title"][words.lang]
    text = words.say("modified", text=title, modifiers=words.listed(limits, "semicolon")) if limits else title
    return writer.cited(text, group)


def _indicator(writer: Writer, indicator: Plain) -> Row:
    words = writer.words
    lines = list(words.node(indicator["points"]))
    unknown = indicator.get("unknown")
    if unknown is not None:
        code = "unknown_pending" if "pending" in unknown else "unknown"
        amount = words.points(unknown.get("points"))
        lines.append(Detail(0, words.say(code, points=amount, clause=words.clause(unknown["cite"]))))
    if at := indicator.get("at"):
        figures = {"title": at["title"][words.lang], "unknown": words.word(at["unknown"])}
        lines.append(Detail(0, writer.cited(writer.heading("at", **figures), at)))
        lines += writer.rest(at, "column", "title", "unknown")
    lines += _only_for(writer, indicator, 0)
    lines += writer.rest(indicator, "group", "kind", "points", "unknown", "services", "at", depth=0)
    evidence = tuple(Detail(0, line) for line in _evidence(writer, indicator["points"]))
    title, clause = indicator["title"][words.lang], words.clause(indicator["cite"])
    return Row(((Detail(0, title),), tuple(lines), (Detail(0, clause),), evidence))


def _evidence(writer: Writer, node: object) -> Iterator[str]:
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


def _services(writer: Writer) -> Iterator[Section]:
    for service in writer.part("services").values():
        title = service["title"][writer.words.lang]
        yield Section(writer.heading("service", service=title), 1, tuple(_service_head(writer, service)))
        for make in (_criteria, _totals, ranking_section, allocation_section):
            yield from make(writer, service)


def _service_head(writer: Writer, service: Plain) -> Iterator[Detail]:
    yield Detail(0, writer.words.labelled("cite", writer.words.clause(service["cite"])))
    if "status" in service:
        yield Detail(0, sentence(f"console.status_{service['status']}", {}, writer.words.lang))
    told = "status kinds kind_limits multiplier total gate criteria candidate entitlement".split()
    told += "ranking allocation numbers notice based_on".split()
    yield from writer.rest(service, *told, depth=0)


def _criteria(writer: Writer, service: Plain) -> Iterator[Section]:
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


def _totals(writer: Writer, service: Plain) -> Iterator[Section]:
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


def _limited(writer: Writer, what: str, rule: Plain) -> str:
    """Something with its floor, cap and rounding."""
    words = writer.words
    limits = [words.say(key, points=words.points(rule[key])) for key in ("floor", "cap") if key in rule]
    limits += [words.say("round", rounding=words.rounding(rule["round"]))] if "round" in rule else []
    limits += [detail.text for detail in writer.rest(rule, "floor", "cap", "round", "id", "of", "services")]
    text = words.say("titled", title=what, text=words.listed(limits, "semicolon")) if limits else what
    return writer.cited(text, rule)


def _across(writer: Writer) -> Iterator[Section]:
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


def _only_for(writer: Writer, rule: Plain, depth: int) -> Iterator[Detail]:
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


def _sanctions(writer: Writer) -> Iterator[Section]:
    words, lines = writer.words, list[Detail]()
    for rule in writer.part("sanctions").values():
        figures = {"title": rule["title"][words.lang], "when": words.condition(rule["when"])}
        text = writer.heading("sanction", effect=words.word(rule["effect"]), **figures)
        lines.append(Detail(0, writer.cited(text, rule)))
        lines += writer.rest(rule, "when", "effect")
    if lines:
        yield Section(words.term("sanctions"), 1, tuple(lines))


def _computed(writer: Writer) -> Iterator[Section]:
    """Computed facts, and the long tables they come from."""
    words = writer.words
    for name in ("derived", "ledgers", "tables"):
        lines: list[Detail] = []
        for rule in writer.part(name).values():
            lines.append(Detail(0, writer.cited(rule["title"][words.lang], rule)))
            lines += writer.rest(rule, "of", "maximum") if name == "derived" else words.tree(rule, 1)
        if lines:
            yield Section(words.term(name), 1, tuple(lines))


def _facts(writer: Writer) -> Iterator[Section]:
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


def _left(writer: Writer) -> Iterator[Section]:
    """Every part of the policy that nothing above told."""
    for name, part in writer.words.document.items():
        if name not in writer.told and part:
            lines = (
                writer.words.tree(part)
                if isinstance(part, Mapping)
                else [Detail(0, writer.words.inline("", part))]
            )
            yield Section(writer.words.term(name), 1, tuple(lines))


_SECTIONS: Sequence[Callable[[Writer], Iterator[Section]]] = (
    _points,
    _across,
    _sanctions,
    _services,
    _computed,
    _facts,
)
