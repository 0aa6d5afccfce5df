"""How a score line came about, in words and figures: facts, arithmetic, caps, clause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from publication.clauses import clause_text
from publication.messages import Lang, sentence
from publication.notice import day_text
from scoring.counted import SetAside
from scoring.explain import Line
from scoring.formulas import fraction_text, parse, written
from scoring.policy import SourceDocument
from scoring.reading import plain_name
from scoring.scalar import Shown, Step
from values.points import to_text


@dataclass(frozen=True)
class Reading:
    """What a reader needs to have figures and clauses written out: language, scale, documents by key."""

    lang: Lang
    scale: int
    documents: Mapping[str, SourceDocument]

    def say(self, code: str, **params: object) -> str:
        """A sentence of the explanation."""
        return sentence(f"explanation.{code}", params, self.lang)

    def points(self, units: int | None) -> str:
        """An amount as text; a pending one in words."""
        return self.say("pending_points") if units is None else to_text(units, self.scale)

    def clause(self, cite: str) -> str:
        """A citation with its document's number."""
        return clause_text(cite, self.documents, self.lang)


@dataclass(frozen=True)
class Detail:
    """One printed line below a score line; `depth` counts the sums and choices it stands inside."""

    depth: int
    text: str


def line_details(line: Line, reading: Reading) -> tuple[Detail, ...]:
    """Facts and arithmetic of a score line, the parts of a sum before the sum."""
    found = [*_details(line.step, 0, reading)]
    if line.points is None:
        found.append(Detail(0, reading.say("unknown_pending")))
    elif line.unknown and line.unknown_cite is not None:
        clause = reading.clause(line.unknown_cite)
        text = reading.say("unknown_points", points=reading.points(line.points), clause=clause)
        found.append(Detail(0, text))
    elif line.kind == "deduction" and line.points:
        found.append(Detail(0, reading.say("deduction", points=reading.points(line.points))))
    if line.set_aside is not None:
        found.append(Detail(0, _set_aside(line, line.set_aside, reading)))
    return tuple(found)


def _set_aside(line: Line, aside: SetAside, reading: Reading) -> str:
    """Why a line counts nothing, whatever it came to."""
    kept = None if aside.kept is None else getattr(aside.kept, reading.lang)
    code = "voided" if aside.kind == "void" else "excluded" if kept is None else "excluded_by"
    title, clause = getattr(aside.title, reading.lang), reading.clause(aside.cite)
    return reading.say(code, title=title, kept=kept, points=reading.points(line.earned), clause=clause)


def fact_text(fact: Shown, reading: Reading) -> str:
    """A fact with its value, or that it is unknown."""
    title = getattr(fact.title, reading.lang)
    if fact.value_text is None and fact.dated is not None and fact.valid_until is not None:
        dated, until = (day_text(day, reading.lang) for day in (fact.dated, fact.valid_until))
        return reading.say("fact_dated", title=title, dated=dated, until=until)
    if fact.value_text is None:
        return reading.say("fact_unknown", title=title)
    return reading.say("fact", title=title, value=getattr(fact.value_text, reading.lang))


def _details(step: Step, depth: int, reading: Reading) -> Iterator[Detail]:
    inner = depth if step.title is None else depth + 1
    if step.title is not None:
        yield Detail(depth, _titled(getattr(step.title, reading.lang), step.cite, reading))
    for child in step.children:
        yield from _details(child, inner + 1, reading)
    parts = [fact_text(fact, reading) for fact in step.facts]
    parts += [text for text in (_arithmetic(step, reading), *_after(step, reading)) if text]
    parts += _limits(step, reading)
    if parts:
        yield Detail(inner, ("；" if reading.lang == "zh" else "; ").join(parts))


def _titled(title: str, cite: str | None, reading: Reading) -> str:
    return reading.say("with_clause", title=title, clause=reading.clause(cite)) if cite else title


def _arithmetic(step: Step, reading: Reading) -> str:
    """What the construct itself did, before its precondition and its limits."""
    if step.raw is None and step.exact is None:
        disagree = step.arithmetic.get("agree") == "no"
        return reading.say("merge_differs", amounts=_amounts(step, reading)) if disagree else ""
    raw = reading.points(step.raw) if step.exact is None else _exact(step.exact, reading)
    figures = {**step.arithmetic, "raw": raw}
    written = _WRITTEN.get(step.construct)
    return written(step, figures, reading) if written else reading.say(step.construct, **figures)


def _bands(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    return reading.say("bands" if figures["row_below"] else "bands_last", **figures)


def _flag(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    return reading.say("flag_met" if step.exact or step.raw else "flag_not_met", **figures)


def _sum(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    return reading.say("sum", terms=" + ".join(_terms(step, reading)), **figures)


def _best(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    terms = reading.say("separator").join(_terms(step, reading))
    return reading.say(step.construct, terms=terms, **figures)


def _persons(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    """The subject, the spouse or both; without a spouse there is one step at most."""
    if len(step.children) < (1 if step.construct == "spouse" else 2):
        return reading.say("no_spouse", **figures)
    sign = " + " if step.construct == "both" else reading.say("separator")
    return reading.say(step.construct, terms=sign.join(_terms(step, reading)), **figures)


def _first(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    return reading.say("first" if figures["chosen"] else "first_none", **figures)


def _merge(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    return reading.say(f"merge_{figures['take']}", **{**figures, "amounts": _amounts(step, reading)})


def _score(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    return reading.say("score_of", title=figures[reading.lang], raw=figures["raw"])


def _table(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    if not figures["rows"]:
        return reading.say("table_otherwise", **figures)
    several = ", " in figures["rows"]
    return reading.say(f"table_{figures['hit']}" if several else "table", **figures)


def _amounts(step: Step, reading: Reading) -> str:
    sign = " + " if step.arithmetic["take"] == "sum" else reading.say("separator")
    return sign.join(step.arithmetic["amounts"].split("\n"))


def _formula(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    return reading.say(
        "formula", **{**figures, "formula": _titled_formula(step, figures["formula"], reading)}
    )


def _titled_formula(step: Step, text: str, reading: Reading) -> str:
    """A formula with the titles of its facts."""
    titles = {plain_name(fact.name): getattr(fact.title, reading.lang) for fact in step.facts}
    return written(parse(text), lambda name: str(titles.get(name, name)))


def _exact(units: Fraction, reading: Reading) -> str:
    return fraction_text(units / 10**reading.scale)


def _after(step: Step, reading: Reading) -> Iterator[str]:
    """What was multiplied and rounded after the construct."""
    if step.times is not None and step.exact is not None:
        product = _exact(step.exact * step.times.value, reading)
        formula = _titled_formula(step, step.times.formula, reading)
        figures = {"formula": formula, "figures": step.times.figures}
        factor = fraction_text(step.times.value)
        plain = step.times.figures in (factor, formula)
        code = "times" if plain else "times_formula"
        yield reading.say(code, **figures, amount=_exact(step.exact, reading), factor=factor, product=product)
    if step.rounded is not None and step.rounded.exact != step.rounded.units:
        figures = {"exact": _exact(step.rounded.exact, reading), "result": reading.points(step.rounded.units)}
        yield reading.say(f"round_{step.rounded.mode}", decimals=step.rounded.decimals, **figures)


def _per(step: Step, figures: Mapping[str, str], reading: Reading) -> str:
    quantity, over = Decimal(figures["quantity"]), Decimal(figures["over"])
    if over == 0:
        each = Decimal(figures["every"]) == 1 and Decimal(figures["times"]) == quantity
        return reading.say("per_one" if each else "per", **figures)
    return reading.say("per_over" if quantity > over else "per_not_over", **figures)


def _terms(step: Step, reading: Reading) -> list[str]:
    return [reading.points(child.value) for child in step.children]


def _limits(step: Step, reading: Reading) -> Iterator[str]:
    if step.unknown_cite is not None:
        clause = reading.clause(step.unknown_cite)
        yield reading.say("unknown_points", points=reading.points(step.value), clause=clause)
    elif step.limited == "cap":
        yield reading.say("cap", cap=reading.points(step.cap))
    elif step.limited == "floor":
        yield reading.say("floor", floor=reading.points(step.floor))
    elif step.applies is False and step.raw != 0:
        yield reading.say("when_not_met")


_WRITTEN: dict[str, Callable[[Step, Mapping[str, str], Reading], str]] = {
    "per": _per,
    "bands": _bands,
    "flag": _flag,
    "table": _table,
    "merge": _merge,
    "score": _score,
    "sum": _sum,
    "highest": _best,
    "lowest": _best,
    "first": _first,
    "formula": _formula,
    "spouse": _persons,
    "better": _persons,
    "both": _persons,
}
