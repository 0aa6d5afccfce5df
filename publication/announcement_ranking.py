"""The part of an announcement that says how people are ranked."""

from __future__ import annotations

from collections.abc import Iterator

from publication.announcement_parts import Plain, Section, Writer
from publication.arithmetic import Detail


def ranking_section(writer: Writer, service: Plain) -> Iterator[Section]:
    """Where people are ranked, who is called in, classes, keys, what decides among equals."""
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


def _keys(writer: Writer, service: Plain, rule: Plain) -> Iterator[str]:
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
