"""What `explain` prints: the sheet as text, or everything it was made of as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.console import print_json, show
from api.scoring import Choice
from publication.attesting import attesting_bodies
from publication.departure_text import departure_texts
from publication.explanation import Came, Outcome, Sheet, explanation_text, sheet_of
from publication.messages import Lang
from publication.trace_text import MonthsTrace, ResidenceTrace, RowsTrace, Trace
from scoring.constructs import Title
from scoring.explain import Explanation
from scoring.facts import Facts
from scoring.person import explain_candidate
from scoring.scalar import Shown, Step
from storage.ledgers import months_of
from storage.outcomes import read_outcome
from storage.rounds import settings_beside
from values.points import to_text


@dataclass(frozen=True, eq=False)
class Explained:
    """One person's explanation, outcome if published, and what in the round is not real."""

    choice: Choice
    explanation: Explanation
    outcome: Came | None
    illustrative: Title | None
    months: tuple[Trace, ...]


def explained(choice: Choice, facts: Facts, folder: Path, candidate: str) -> Explained:
    """Explain a candidate of a folder of facts."""
    settings = settings_beside(folder)
    explanation = explain_candidate(choice.pack, facts, candidate)
    outcome = read_outcome(folder, choice.policy, candidate)
    months = months_of(folder, choice.policy, facts, explanation)
    illustrative = settings.illustrative if settings else None
    return Explained(choice, explanation, outcome, illustrative, months)


def print_explained(found: Explained, lang: Lang, *, as_json: bool) -> None:
    """Print the sheet."""
    if as_json:
        print_json(document(found))
        return
    show(explanation_text(sheet(found, lang)).rstrip("\n"))


def sheet(found: Explained, lang: Lang, *, attested: bool = False) -> Sheet:
    """The explanation as a person reads it; `attested`: with who attests what each line reads."""
    policy = found.choice.policy
    return sheet_of(
        found.explanation,
        lang,
        documents=policy.documents,
        outcome=found.outcome,
        illustrative=found.illustrative,
        months=found.months,
        departures=departure_texts(policy, lang),
        bodies=attesting_bodies(found.explanation, policy) if attested else {},
    )


def document(found: Explained) -> dict[str, Any]:
    """The explanation as `explanation/1`, with what came of it and how months were counted."""
    return {
        **explanation_document(found.explanation),
        "outcome": None if found.outcome is None else outcome_document(found.outcome),
        "months": [trace_document(trace) for trace in found.months],
    }


def explanation_document(told: Explanation) -> dict[str, Any]:
    """One pair's sheet; amounts are decimal text, null is unknown."""
    scale = told.scale
    lines = [
        {
            "indicator": line.indicator,
            "title": line.title.model_dump(),
            "kind": line.kind,
            "cite": line.cite,
            "place": f"{line.file}:{line.line}",
            "points": _text(line.points, scale),
            "earned": _text(line.earned, scale),
            "set_aside": None
            if line.set_aside is None
            else {"rule": line.set_aside.rule, "cite": line.set_aside.cite},
            "unknown": line.unknown,
            "step": _step(line.step, scale),
        }
        for line in told.lines
    ]
    reasons = [{"code": reason.code, "status": reason.status, "cite": reason.cite} for reason in told.reasons]
    return {
        "format": "explanation/1",
        "candidate": told.candidate,
        "subject": told.subject,
        "service": told.service,
        "as_of": told.as_of.isoformat(),
        "policy_digest": told.policy_digest,
        "status": told.status,
        "reasons": reasons,
        "lines": lines,
        "subtotal": _text(told.subtotal, scale),
        "factor": told.factor,
        "total": _text(told.total, scale),
        **_marked(told),
        "total_least": _text(told.total if told.possible is None else told.possible[0], scale),
        "total_most": _text(told.total if told.possible is None else told.possible[1], scale),
        "gate": _text(told.gate, scale),
        "entitled": None if told.gives is None or told.status == "pending" else told.status == "eligible",
    }


def _marked(told: Explanation) -> dict[str, Any]:
    """By column of the wishes what is added to the total where they are marked; only where points are."""
    found = {one.column: _text(one.points, told.scale) for one in told.marked}
    return {"marked": found} if found else {}


def trace_document(trace: Trace) -> dict[str, Any]:
    """How a number of months, an aggregate, or a fact of residence came about."""
    if isinstance(trace, RowsTrace):
        told = {"title": trace.title.model_dump(), "table": trace.table.model_dump(), "cite": trace.cite}
        return {**told, "value": trace.value, "rows": vars(trace.read)}
    return residence_document(trace) if isinstance(trace, ResidenceTrace) else months_document(trace)


def residence_document(trace: ResidenceTrace) -> dict[str, Any]:
    """The spells and events behind a fact of residence."""
    parts = [
        {
            "first": part.first.isoformat(),
            "after": part.after.isoformat(),
            "continuous": part.continuous,
            "cumulative": part.cumulative,
            **({"why": part.why} if part.why else {}),
        }
        for part in trace.time.parts
    ]
    events = [{"day": event.day.isoformat(), "event": event.kind} for event in trace.events]
    told = {"title": trace.title.model_dump(), "cite": trace.cite, "rules": trace.rules_cite}
    return {**told, "measure": trace.measure, "value": trace.value, "spells": parts, "events": events}


def months_document(trace: MonthsTrace) -> dict[str, Any]:
    """The stretches behind a number of months."""
    parts = [
        {
            "first": _month(part.first),
            "last": _month(part.last),
            "gap_after": part.gap,
            "counted": part.counted,
            **({"why": part.why} if part.why else {}),
        }
        for part in trace.traced.stretches
    ]
    return {"title": trace.title.model_dump(), "cite": trace.cite, "months": trace.months, "stretches": parts}


def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def outcome_document(outcome: Came) -> dict[str, Any]:
    """What came of somebody eligible."""
    told = {**vars(outcome), "scope": outcome.scope.model_dump()}
    if isinstance(outcome, Outcome):
        return told
    return {"outcome": "not_called", **told, "by": outcome.by.model_dump(), "day": outcome.day.isoformat()}


def _step(step: Step, scale: int) -> dict[str, Any]:
    limits = {"cap": _text(step.cap, scale), "floor": _text(step.floor, scale), "limited": step.limited}
    return {
        "construct": step.construct,
        "value": _text(step.value, scale),
        "before_limits": _text(step.raw, scale),
        "facts": {fact.name: _shown(fact) for fact in step.facts},
        "arithmetic": step.arithmetic,
        **{name: value for name, value in limits.items() if value is not None},
        "parts": [_step(part, scale) for part in step.children],
    }


def _shown(fact: Shown) -> dict[str, str] | None:
    return None if fact.value_text is None else fact.value_text.model_dump()


def _text(units: int | None, scale: int) -> str | None:
    return None if units is None else to_text(units, scale)
