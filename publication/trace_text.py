"""What a measure came from, in words: months of ledgers, histories of residence, rows of long tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from publication.arithmetic import Reading
from publication.residence_text import residence_sentence_parts
from residence.life_cycle import Event
from residence.residence_time import ResidenceTime
from residence.spells import SpellRule, Stretch, Traced, Why
from scoring.aggregates import RowsRead
from scoring.constructs import Title
from scoring.residence_rule import MEMBERS


@dataclass(frozen=True)
class MonthsTrace:
    """How ledgers' spells gave a number of months: the spells, the rule, and what it calls things.

    `months` is what was scored. `excluded` names the kinds of rows left out; `during` and `both` are the
    titles of the other ledgers that were asked.
    """

    title: Title
    cite: str
    months: object
    traced: Traced
    rule: SpellRule
    excluded: str = ""
    during: Title | None = None
    both: Title | None = None


@dataclass(frozen=True)
class ResidenceTrace:
    """How a history of registration and permit gave a fact of residence.

    `value` is what was scored, `measure` which fact it is (`scoring.residence_rule`), `rules_cite` the place
    and clause that say what a suspension means.
    """

    title: Title
    cite: str
    value: object
    measure: str | None
    time: ResidenceTime
    events: tuple[Event, ...]
    rules_cite: str


@dataclass(frozen=True)
class RowsTrace:
    """How rows of a long table gave an aggregate; `value` is None where an open cell leaves it unknown."""

    title: Title
    table: Title
    cite: str
    value: str | None
    read: RowsRead


Trace = MonthsTrace | ResidenceTrace | RowsTrace


def trace_sentence(trace: Trace, reading: Reading) -> str:
    """What a measure came from."""
    if isinstance(trace, MonthsTrace):
        return months_sentence(trace, reading)
    if isinstance(trace, RowsTrace):
        return _rows_sentence(trace, reading)
    return residence_sentence(trace, reading)


def _rows_sentence(trace: RowsTrace, reading: Reading) -> str:
    """One aggregate: its value, and how many rows counted, were left out or are open."""
    title, table = getattr(trace.title, reading.lang), getattr(trace.table, reading.lang)
    value = reading.say("rows_unknown") if trace.value is None else trace.value
    figures = {
        "rows": trace.read.counted + trace.read.open + trace.read.left_out,
        "counted": trace.read.counted,
    }
    clause = reading.clause(trace.cite)
    parts = [reading.say("rows_counted", title=title, table=table, value=value, clause=clause, **figures)]
    parts += [reading.say("rows_left_out", rows=trace.read.left_out)] if trace.read.left_out else []
    parts += [reading.say("rows_open", rows=trace.read.open)] if trace.read.open else []
    return ("；" if reading.lang == "zh" else "; ").join(parts)


def months_sentence(trace: MonthsTrace, reading: Reading) -> str:
    """One measure: months that count, gaps that were bridged, and what does not count with its reason."""
    traced, rule = trace.traced, trace.rule
    counted = [part for part in traced.stretches if part.counted]
    title = getattr(trace.title, reading.lang)
    head = reading.say("months_counted", title=title, months=trace.months, clause=reading.clause(trace.cite))
    parts = [head]
    if counted:
        parts.append(" + ".join(_stretch(part, reading) for part in counted))
    if traced.bridged:
        code = "months_bridged_counted" if rule.bridged_months == "counted" else "months_bridged"
        parts.append(reading.say(code, gaps=listed(traced.bridged, reading), most=rule.bridge))
    parts += [_lost(trace, why, reading) for why in get_args(Why) if why]
    return ("；" if reading.lang == "zh" else "; ").join(filter(None, parts))


def _lost(trace: MonthsTrace, why: Why, reading: Reading) -> str:
    """What does not count for one reason."""
    lost = [part for part in trace.traced.stretches if part.why == why]
    if not lost:
        return ""
    shown = listed([_stretch(part, reading) for part in lost], reading)
    other = trace.both if why == "not_in_both" else trace.during
    figures = {
        "gap": lost[-1].gap,
        "within": trace.rule.within_months,
        "least": trace.rule.at_least_months,
        "kinds": trace.excluded,
        "other": "" if other is None else getattr(other, reading.lang),
    }
    code = "months_lost" if why == "break" else f"months_{why}"
    return reading.say(code, spells=shown, **figures)


def residence_sentence(trace: ResidenceTrace, reading: Reading) -> str:
    """A fact of residence: the spells that count and those that do not, or the events behind a state."""
    title = getattr(trace.title, reading.lang)
    value = trace.value if trace.measure not in MEMBERS else MEMBERS[trace.measure].get(str(trace.value))
    shown = getattr(value, reading.lang) if isinstance(value, Title) else value
    head = reading.say("months_counted", title=title, months=shown, clause=reading.clause(trace.cite))
    parts = residence_sentence_parts(trace.time, trace.events, trace.measure, trace.rules_cite, reading.lang)
    return ("；" if reading.lang == "zh" else "; ").join([head, *parts])


def _stretch(part: Stretch, reading: Reading) -> str:
    first, last = (f"{month // 12:04d}-{month % 12 + 1:02d}" for month in (part.first, part.last))
    return reading.say("months_stretch", first=first, last=last, months=part.months)


def listed(items: Sequence[object], reading: Reading) -> str:
    """Several things in a row."""
    return ("、" if reading.lang == "zh" else ", ").join(map(str, items))
