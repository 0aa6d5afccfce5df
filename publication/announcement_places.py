"""The part of an announcement that says how places are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from publication.announcement_parts import Plain, Section, Writer
from publication.arithmetic import Detail
from publication.rule_text import Wording
from scoring.conditions import plain

GROUPED = ("pools", "ceilings", "bands_for")
"""Where a stage describes people."""


def allocation_section(writer: Writer, service: Plain) -> Iterator[Section]:
    """Stages, what fits, what becomes of a place given up, how long results are on show."""
    words, lines = writer.words, list[Detail]()
    rule = service.get("allocation") or {}
    for number, said in enumerate(rule.get("stages", ()), 1):
        stage = {"then": "least_cost", **said} if said["mechanism"] == "redistribution" else said
        figures = {"mechanism": words.word(stage["mechanism"]), "seats": words.word(stage["seats"])}
        if second := stage["seats"] == "quotas" and "area" in stage:
            figures = {"area": _area(writer, stage["area"])}
        text = writer.heading("second_stage" if second else "stage", number=number, **figures)
        lines.append(Detail(0, writer.cited(text, stage if "cite" in stage else rule)))
        if second and "at_most" in stage:
            most = stage["at_most"]
            text = writer.heading(
                "at_most", share=f"{plain(Decimal(most['share']) * 100)}%", round=words.word(most["round"])
            )
            lines.append(Detail(1, writer.cited(text, most)))
        lines += _only(writer, service, stage)
        lines += _choices_first(writer, rule.get("marks", {}), stage.get("tiers"))
        told = [*["area", "at_most"] * second, *["tiers"] * isinstance(stage.get("tiers"), Mapping)]
        lines += writer.rest(stage, "mechanism", "seats", "name", "only", *told)
    for accepted in rule.get("accepts", ()):
        mark = rule["marks"][accepted["marked"]]["title"][words.lang]
        figures = {"title": accepted["title"][words.lang], "people": words.condition(accepted["for"])}
        lines.append(Detail(0, writer.cited(writer.heading("accepts", mark=mark, **figures), accepted)))
        lines += writer.rest(accepted, "id", "marked", "for")
    if "fits" in rule:
        lines.append(Detail(0, writer.cited(words.term("fits"), rule["fits"])))
        lines += _fits(words, rule["fits"])
    if "refusal" in rule:
        refill = writer.heading(_refill(rule["refusal"], rule["stages"]))
        lines.append(Detail(0, writer.cited(refill, rule["refusal"])))
        lines += writer.rest(rule["refusal"], "gives_up", "refill", "refill_from")
    lines += writer.rest(rule, "stages", "marks", "accepts", "fits", "refusal", depth=0)
    if "numbers" in service:
        numbers = service["numbers"]
        text = writer.heading("numbers", gives=numbers["gives"][words.lang])
        lines.append(Detail(0, writer.cited(text, numbers)))
    if "notice" in service:
        lines += _notice(writer, service["notice"])
    if lines:
        yield Section(words.term("allocation"), 2, tuple(lines))


def _only(writer: Writer, service: Plain, stage: Plain) -> Iterator[Detail]:
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


def _choices_first(writer: Writer, marks: Plain, tiers: Any) -> Iterator[Detail]:
    """At which offers the number of the wish comes before the ranking, and whose."""
    if not isinstance(tiers, Mapping):
        return
    mark, title = marks[tiers["choices_first_at"]], tiers["title"][writer.words.lang]
    marked = mark["title"][writer.words.lang]
    figures = {
        "mark": marked if mark["cite"] == tiers["cite"] else writer.cited(marked, mark),
        "title": title,
    }
    if "for" in tiers:
        figures["people"] = writer.words.condition(tiers["for"])
    code = "choices_first_of" if "for" in tiers else "choices_first"
    yield Detail(1, writer.cited(writer.heading(code, **figures), tiers))
    yield from writer.rest(tiers, "id", "for", "choices_first_at", depth=2)


def _group_titles(service: Plain) -> dict[str, Any]:
    """The titles of all classes, and of all groups that the stages describe."""
    rule = service["allocation"]
    groups = [*service["ranking"].get("classes", ()), *rule.get("accepts", ())]
    alone = [stage[key] for stage in rule["stages"] for key in ("only", "tiers") if key in stage]
    groups += [group for group in alone if isinstance(group, Mapping)]
    groups += [group for stage in rule["stages"] for key in GROUPED for group in stage.get(key, ())]
    return {group["id"]: group["title"] for group in groups}


def _refill(refusal: Plain, stages: Sequence[Plain]) -> str:
    """Whose a place is that was given up."""
    if not refusal["refill"]:
        return "no_refill"
    if "refill_from" in refusal:
        return "refill_from_second"
    if any("pools" in stage for stage in stages):
        return "refill_pools"
    return "refill_both" if stages[-1]["seats"] == "quotas" and "area" in stages[-1] else "refill"


def _area(writer: Writer, area: Any) -> str:
    """Where a second ranking takes place: everywhere, or by some facts."""
    if area == "everywhere":
        return writer.heading("together")
    return writer.heading("by", facts=writer.words.listed(map(writer.words.name, area)))


def _notice(writer: Writer, rule: Plain) -> Iterator[Detail]:
    """How long results are on show."""
    unit = "calendar_days" if "calendar_days" in rule else "working_days"
    text = writer.heading(f"notice_{unit}", days=rule[unit])
    yield Detail(0, writer.cited(text, rule))
    if "rolls_over" in rule:
        yield Detail(1, writer.heading("notice_rolls_over"))
    yield from writer.rest(rule, unit, "rolls_over")


def _fits(words: Wording, fits: Plain) -> Iterator[Detail]:
    """Which types everybody may have."""
    for member, types in fits["allowed"].items():
        shown = words.listed((fits["types"][name][words.lang] for name in types), "or") or "–"
        what = words.say("is", fact=words.name(fits["fact"]), value=words.value(fits["fact"], member))
        yield Detail(1, words.say("titled", title=what, text=shown))
