"""Hypothesis strategies for policy packs and people. Packs are text, as an officer would write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import yaml
from hypothesis import reject
from hypothesis import strategies as st

from scoring.pack import Pack, load_pack
from tests import strategies_standing as standing
from tests.strategies_nodes import CHOICES, CLAIMS, amounts, conditions, nodes
from values.problems import BadInput

TOWNS = ("east", "west", "north")
AS_OF = date(2015, 5, 31)
SOURCE = {"supplied_by": "applicant", "attested_by": {"zh": "某局", "en": "a bureau"}, "cite": "rules 1"}
TITLE = {"zh": "名称", "en": "name"}
CLASS = {"id": "first", "title": TITLE, "cite": "rules 11"}
UNKNOWN = {"points": 0, "cite": "rules 2"}

FACTS: dict[str, dict[str, object]] = {
    "education": {"of": "subject", "type": "choice", "members": dict.fromkeys(CHOICES, TITLE)},
    "months": {"of": "subject", "type": "integer", "minimum": 0, "maximum": 600},
    "yuan": {"of": "subject", "type": "decimal", "decimals": 2, "minimum": 0, "maximum": 100000},
    "rating": {"of": "subject", "type": "decimal", "decimals": 1, "minimum": -5, "maximum": 100},
    "second_rating": {"of": "subject", "type": "integer", "minimum": 0, "maximum": 100},
    "born_on": {"of": "subject", "type": "date"},
    "checked_on": {"of": "subject", "type": "date"},
    "chosen": {"of": "subject", "type": "choice", "members": dict.fromkeys(standing.CHOSEN, TITLE)},
    **{name: {"of": "subject", "type": "boolean"} for name in CLAIMS},
    "town": {"of": "candidate", "type": "choice", "members": dict.fromkeys(TOWNS, TITLE)},
}


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """A valid pack with two groups, one to five indicators, a multiplier and a gate."""
    indicators = {}
    for number in range(draw(st.integers(1, 5))):
        lines = tuple(indicators)
        indicators[f"i{number}"] = {
            "title": TITLE,
            "group": ("alpha", "beta")[number % 2],
            "kind": draw(st.sampled_from(("base", "bonus", "assigned", "deduction"))),
            "cite": "rules 4",
            "points": draw(nodes(lines=lines)),
            "unknown": draw(st.sampled_from((UNKNOWN, UNKNOWN, {"pending": True, "cite": "rules 2"}))),
            **({"services": []} if number and draw(st.integers(0, 7)) == 7 else {}),  # counts nowhere
        }
    groups: dict[str, dict[str, object]] = {"alpha": {"title": TITLE, "cite": "rules 5"}}
    if len(indicators) > 1:
        groups["beta"] = {"title": TITLE, "cite": "rules 5"}
    if draw(st.booleans()):
        groups["alpha"] |= {"cap": draw(amounts)}
    lines = tuple(indicators)
    gate = draw(st.sampled_from((-1_000_000, -1_000_000, 5)))
    required = draw(conditions(1, lines))
    required = draw(st.sampled_from(({"any": [required, {"known": "town"}]}, required)))
    text = _pack(groups, indicators, required, draw(conditions(1, lines)), gate)
    text["exclusive"] = draw(standing.choices(lines))
    text["sanctions"] = draw(standing.sanctions(lines, conditions(0)))
    text["limits"] = draw(standing.limits(lines, tuple(groups)))
    text["services"]["school"] |= draw(_service_standing())  # type: ignore[index]
    ranking = text["services"]["school"]["ranking"]  # type: ignore[index]
    ranking["scope"] = draw(st.sampled_from((["town"], [])))
    ranking["total"] = draw(st.sampled_from(("first", "first", "last", "none")))
    unknown = st.sampled_from(("pending", "after"))
    classes = st.builds(lambda when, u: {**CLASS, "when": when, "unknown": u}, conditions(1, lines), unknown)
    ranking["classes"] = draw(st.lists(classes, max_size=1))
    return _loaded(text)


def _service_standing() -> st.SearchStrategy[dict[str, object]]:
    total = st.just({}) | st.builds(lambda rule: {"total": rule}, standing.totals())
    kinds = st.just({}) | st.builds(lambda rule: {"kind_limits": rule}, standing.kind_limits())
    return st.builds(lambda one, two: {**one, **two}, total, kinds)


BY_CHANCE = {
    "pack.as_of_nothing",
    "pack.formula_overflow",
    "pack.overflow",
    "pack.row_unreachable",
    "pack.whose_nothing",
}
"""What chance may get wrong and nothing mends; all else is a fault of the strategies or of the checks."""


def _loaded(text: dict[str, object]) -> Pack:
    """The pack, without limits that cross each other, and times a whole number if 1.3 is not exact."""
    try:
        return load_pack(_text(text), "generated.yaml")
    except BadInput as error:
        codes = {problem.code for problem in error.problems}
    school = text["services"]["school"]  # type: ignore[index]
    if "pack.limits_cross" in codes:
        text["limits"] = []
        school.pop("kind_limits", None)
    elif "pack.inexact_multiplier" in codes:
        school["multiplier"]["factor"] = 2
    else:
        assert codes <= BY_CHANCE, codes
        reject()
    return _loaded(text)


def _pack(
    groups: object, indicators: object, required: object, rewarded: object, gate: int = 5
) -> dict[str, object]:
    facts = {name: {"title": TITLE, **SOURCE, **fact} for name, fact in FACTS.items()}
    everything = {"any": [*CLAIMS, {"fact": "education", "is": "none"}, {"fact": "months", "at_least": 0}]}
    everything["any"] += [{"fact": "yuan", "at_least": 0}, {"fact": "age", "at_least": 0}]
    everything["any"] += [{"fact": "past_age", "at_least": 0}]
    everything["any"] += [{"known": "rating"}, {"known": "second_rating"}, {"known": "checked_on"}]
    everything["any"] += [
        {"fact": "town", "in": list(TOWNS)},
        {"fact": "chosen", "in": list(standing.CHOSEN)},
    ]
    criterion = {"title": TITLE, "otherwise": "ineligible", "unknown": "pending", "cite": "rules 6"}
    service = {
        "title": TITLE,
        "cite": "rules 7",
        "kinds": ["base", "bonus", "assigned", "deduction"],
        "kinds_cite": "rules 7",
        "multiplier": {"factor": Decimal("1.3"), "when": rewarded, "cite": "rules 8"},
        "gate": {"points": gate, "of": "total", "cite": "rules 9"},
        "criteria": {
            "drawn": {**criterion, "require": required},
            "any": {**criterion, "require": everything, "unknown": "pass"},
        },
        "candidate": {"takes": "higher_parent", "cite": "rules 10"},
        "ranking": {
            "scope": ["town"],
            "scope_cite": "rules 11",
            "keys": [{"group": "alpha"}],
            "keys_cite": "rules 12",
            "ties": ["application_time", "lottery"],
            "ties_cite": "rules 12",
        },
        "allocation": {
            "cite": "rules 13",
            "stages": [{"name": "selection", "mechanism": "serial_dictatorship", "seats": "quotas"}],
            "refusal": {"gives_up": True, "refill": False, "cite": "rules 14"},
        },
        "notice": {"working_days": 5, "cite": "rules 15"},
    }
    return {
        "format": "policy/1",
        "id": "generated",
        "title": TITLE,
        "place": TITLE,
        "status": "illustrative",
        "effective": {"from": date(2014, 1, 1)},
        "scale": 2,
        "documents": {"rules": {"number": "1", "issued": date(2014, 1, 1), "title": TITLE}},
        "facts": facts,
        "derived": {
            "age": {"title": TITLE, "of": "subject", "years_since": "born_on", "maximum": 150},
            "past_age": {
                "title": TITLE,
                "of": "subject",
                "years_since": "born_on",
                "counts": "exceeded",
                "maximum": 150,
            },
        },
        "groups": groups,
        "indicators": indicators,
        "services": {"school": service},
    }


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))
)


def _text(pack: dict[str, object]) -> str:
    return yaml.dump(pack, Dumper=_Dumper, allow_unicode=True, sort_keys=False)


def _mostly(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Known for most people, so that generated rounds have somebody to rank."""
    return st.integers(0, 7).flatmap(lambda number: st.none() if number == 7 else values)


subject_facts = st.fixed_dictionaries(
    {
        "education": _mostly(st.sampled_from(CHOICES)),
        "months": _mostly(st.integers(0, 600)),
        "yuan": _mostly(st.integers(0, 60000)),
        "rating": _mostly(st.integers(-50, 1000)),
        "second_rating": _mostly(st.integers(0, 100)),
        "born_on": _mostly(st.dates(date(1950, 1, 1), date(2014, 1, 1))),
        "checked_on": _mostly(st.dates(date(2014, 1, 1), date(2016, 12, 31))),
        "has_spouse": _mostly(st.booleans()),
        "chosen": _mostly(st.sampled_from(standing.CHOSEN)),
        **{name: _mostly(st.booleans()) for name in CLAIMS},
    }
)


@st.composite
def people(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Applicants and candidates for the generated packs; some candidates have two parents."""
    parents = draw(st.lists(subject_facts, min_size=1, max_size=6))
    ids = [f"p{number}" for number in range(len(parents))]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "subject": pl.String,
        "education": pl.Enum(CHOICES),
        "months": pl.Int64,
        "yuan": pl.Int64,
        "rating": pl.Int64,
        "second_rating": pl.Int64,
        "born_on": pl.Date,
        "checked_on": pl.Date,
        "has_spouse": pl.Boolean,
        "spouse": pl.String,
        "chosen": pl.Enum(standing.CHOSEN),
        **dict.fromkeys(CLAIMS, pl.Boolean),
    }
    rows: list[dict[str, object]] = []
    for name, facts in zip(ids, parents, strict=True):
        others = [other for other in ids if other != name]
        told = others and facts["has_spouse"] is not False and draw(st.booleans())
        rows.append({"subject": name, **facts, "spouse": draw(st.sampled_from(others)) if told else None})
    children = []
    for number in range(draw(st.integers(1, 6))):
        first = draw(st.sampled_from(ids))
        second = draw(st.sampled_from([None, *(name for name in ids if name != first)]))
        town = draw(st.sampled_from(TOWNS))
        children.append({"candidate": f"c{number}", "subject": first, "second_subject": second, "town": town})
    kinds = {
        "candidate": pl.String,
        "subject": pl.String,
        "second_subject": pl.String,
        "town": pl.Enum(TOWNS),
    }
    return pl.DataFrame(rows, schema=schema, orient="row"), pl.DataFrame(children, schema=kinds, orient="row")
