"""The sums below a score sheet: how lines became the total, what is added at some offers, and the gate."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from publication.arithmetic import Reading
from publication.messages import sentence
from scoring.constructs import Title
from scoring.explain import Explanation, Held
from scoring.rounding import Rounding
from values.points import to_text


def sums(explanation: Explanation, reading: Reading) -> Iterator[tuple[str, str]]:
    """Each sum with its name: sub-total, factor, limits, the total and what is added to it, the gate."""
    if not explanation.has_points:
        return
    if explanation.total is None:
        yield reading.say("total"), reading.say("total_pending")
        if explanation.possible is not None:
            least, most = (reading.points(end) for end in explanation.possible)
            yield reading.say("total_possible"), reading.say("total_between", least=least, most=most)
    else:
        yield from (_held(held, reading) for held in explanation.held)
        yield from _multiplied(explanation, reading)
        yield from _total_held(explanation, reading)
        yield reading.say("total"), reading.points(explanation.total)
    yield from _marked(explanation, reading)
    if explanation.gate is None:
        return
    points, clause = reading.points(explanation.gate), reading.clause(explanation.gate_cite or "")
    measured = explanation.gated
    if measured is not None and explanation.gate_of in ("before_deductions", "before_both"):
        yield reading.say(explanation.gate_of), reading.points(measured)
    if measured is None:
        yield reading.say("gate"), reading.say("gate_open", points=points, clause=clause)
    else:
        code = "gate_met" if measured >= explanation.gate else "gate_not_met"
        yield reading.say("gate"), reading.say(code, points=points, clause=clause)


def _marked(explanation: Explanation, reading: Reading) -> Iterator[tuple[str, str]]:
    """What is added to the total at some offers only, and what it comes to there."""
    for one in explanation.marked:
        points, clause = reading.points(one.points), reading.clause(one.cite)
        label = reading.say("marked", title=getattr(one.title, reading.lang))
        if one.points is None or explanation.total is None:
            yield label, reading.say("marked_points", points=points, clause=clause)
        else:
            total, there = (reading.points(n) for n in (explanation.total, explanation.total + one.points))
            more = f"+ {points}" if one.points >= 0 else f"- {reading.points(-one.points)}"
            yield label, reading.say("marked_more", total=total, more=more, there=there, clause=clause)


def _multiplied(explanation: Explanation, reading: Reading) -> Iterator[tuple[str, str]]:
    subtotal, scale = explanation.subtotal, explanation.scale
    limited = is_limited(explanation)
    if limited or explanation.factor is not None:
        yield reading.say("subtotal_limited" if limited else "subtotal"), reading.points(subtotal)
    before = explanation.total if explanation.before_limits is None else explanation.before_limits
    if subtotal is None or before is None or (explanation.factor is None and before == subtotal):
        return
    expression = to_text(subtotal, scale) + (f" × {explanation.factor}" if explanation.factor else "")
    exact = Decimal(subtotal) * Decimal(explanation.factor or 1) == before
    decimals, code, cite = scale, "factor" if exact else "factor_floor", explanation.factor_cite
    if explanation.total_rule is not None and not exact:
        how, cite = explanation.total_rule.round, explanation.total_rule.cite
        decimals, code = _decimals(how, scale), "factor_floor" if how is None else f"factor_{how.mode}"
    figures = {"expression": expression, "total": to_text(before, scale), "decimals": decimals}
    label = "multiplied" if explanation.factor else "rounded"
    yield reading.say(label), reading.say(code, **figures, clause=reading.clause(cite or ""))


def _decimals(how: Rounding | None, scale: int) -> int:
    return scale if how is None or how.to is None else how.to


def _held(held: Held, reading: Reading) -> tuple[str, str]:
    """A limit that changed a sum."""
    code = "held_cap" if held.after < held.before else "held_floor"
    figures = {"before": reading.points(held.before), "after": reading.points(held.after)}
    return getattr(held.title, reading.lang), reading.say(code, **figures, clause=reading.clause(held.cite))


def _total_held(explanation: Explanation, reading: Reading) -> Iterator[tuple[str, str]]:
    """What the cap or the floor of the total did."""
    before, after, rule = explanation.before_limits, explanation.total, explanation.total_rule
    if rule is not None and before is not None and after is not None and before != after:
        title = Title(
            zh=sentence("explanation.total_limit", {}, "zh"), en=sentence("explanation.total_limit", {}, "en")
        )
        yield _held(Held(title, rule.cite, before, after), reading)


def is_limited(explanation: Explanation) -> bool:
    """Whether caps or floors of groups made the sub-total differ from the sum of the lines."""
    lines = sum(line.points or 0 for line in explanation.lines if line.at is None)
    return explanation.subtotal is not None and explanation.subtotal != lines


def is_limited_there(explanation: Explanation) -> bool:
    """The same of what counts at some offers only."""
    sums = {
        one.column: sum(line.points or 0 for line in explanation.lines if line.at == one.column)
        for one in explanation.marked
    }
    return any(one.points not in (None, sums[one.column]) for one in explanation.marked)
