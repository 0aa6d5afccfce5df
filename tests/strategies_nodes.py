"""Hypothesis strategies for points nodes and conditions: every construct, every modifier, every operator."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

CHOICES = ("none", "junior", "senior", "college")
QUANTITIES = ("months", "yuan", "age", "past_age", "rating", "second_rating")
CLAIMS = ("single", "owner", "donor")
MODES = ("floor", "ceiling", "half_up", "half_even")
DAYS = ("month_end", "year_start", "previous_year_end", "checked_on", date(2014, 6, 30))
LEAST = {"rating": -5}
"""The least value of a quantity where it is not 0."""

Node = dict[str, object]
Lines = tuple[str, ...]
"""Indicators whose points a node may read."""

amounts = st.decimals("-40", "60", places=1).map(lambda value: Decimal(str(value)))
small = st.integers(1, 40)
operators = st.sampled_from(("at_least", "at_most", "more_than", "less_than"))
roundings = st.sampled_from(MODES) | st.builds(
    lambda to, mode: {"to": to, "mode": mode}, st.integers(0, 2), st.sampled_from(MODES)
)


def conditions(depth: int = 2, lines: Lines = ()) -> st.SearchStrategy[object]:
    """Conditions over the facts of generated packs and the points of some indicators."""
    compares = [*_comparisons(), *([_points_compared(lines)] if lines else [])]
    if depth == 0:
        return st.one_of(compares)
    inner = conditions(depth - 1, lines)
    return st.one_of(
        *compares,
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    )


def _comparisons() -> list[st.SearchStrategy[object]]:
    born = st.dates(date(1960, 1, 1), date(2000, 1, 1))
    pairs = st.sampled_from((("months", "second_rating"), ("rating", "months"), ("yuan", "rating")))
    return [
        st.sampled_from(CLAIMS),
        st.builds(lambda v: {"fact": "education", "is": v}, st.sampled_from(CHOICES)),
        st.builds(lambda v: {"fact": "education", "in": v}, st.lists(st.sampled_from(CHOICES), min_size=1)),
        st.builds(lambda o, v: {"fact": "months", o: v}, operators, st.integers(0, 60)),
        st.builds(lambda o, v: {"fact": "yuan", o: v}, operators, st.decimals(0, 500, places=2)),
        st.builds(lambda v: {"fact": "age", "between": sorted(v)}, st.tuples(small, small)),
        st.builds(lambda o, v: {"fact": "born_on", o: v}, operators, born),
        st.builds(lambda v: {"fact": "owner", "is": v}, st.booleans()),
        st.builds(lambda v: {"fact": "born_on", "is": v}, st.dates(date(1984, 1, 1), date(1984, 1, 3))),
        st.builds(lambda o, p: {"fact": p[0], o: {"fact": p[1]}}, operators | st.just("is"), pairs),
        st.builds(lambda v: {"fact": "single", "is": {"fact": v}}, st.sampled_from(CLAIMS[1:])),
        st.builds(lambda v: {"known": v}, st.sampled_from(("education", "born_on", *QUANTITIES, *CLAIMS))),
    ]


def _points_compared(lines: Lines) -> st.SearchStrategy[object]:
    return st.builds(
        lambda name, o, v: {"indicator": name, o: v},
        st.sampled_from(lines),
        operators | st.just("is"),
        amounts,
    )


@st.composite
def nodes(draw: st.DrawFn, depth: int = 2, lines: Lines = (), selected: bool = False) -> Node:
    """A points node with any construct and any modifiers; `selected` always has `when`."""
    node = draw(_leaves(lines) if depth == 0 else st.one_of(_leaves(lines), _composites(depth, lines)))
    if draw(st.booleans()):
        low, high = sorted(draw(st.tuples(amounts, amounts)))
        node |= {"floor": low, "cap": high}
    if selected or draw(st.integers(0, 3)) == 0:
        node["when"] = draw(conditions(1, lines))
    if draw(st.integers(0, 3)) == 0:
        node["unknown"] = {"points": draw(amounts), "cite": "rules 3"}
    if draw(st.integers(0, 3)) == 0:
        node["times"] = draw(formulas(1))
    if {"times", "formula", "value", "merge"} & set(node) or draw(st.integers(0, 3)) == 0:
        node["round"] = draw(roundings)
    if "age" in str(node) and draw(st.integers(0, 2)) == 0:
        node["as_of"] = draw(st.sampled_from(DAYS))
    named = any(f"'{key}'" in str(node) for key in ("whose", "score", "indicator"))
    if not named and draw(st.integers(0, 3)) == 0:
        node["whose"] = draw(st.sampled_from(("spouse", "better", "both")))
    return node


def _composites(depth: int, lines: Lines) -> st.SearchStrategy[Node]:
    parts = st.lists(nodes(depth - 1, lines), min_size=1, max_size=3)
    chosen = st.lists(nodes(depth - 1, lines, selected=True), min_size=1, max_size=2)
    return st.one_of(
        st.builds(lambda key, items: {key: items}, st.sampled_from(("sum", "highest", "lowest")), parts),
        st.builds(
            lambda items, last: {"first": [*items, *last]}, chosen, parts.map(lambda p: p[:1]) | st.just([])
        ),
    )


def _leaves(lines: Lines) -> st.SearchStrategy[Node]:
    quantities = st.sampled_from(QUANTITIES)
    five = st.lists(amounts, min_size=5, max_size=5)
    return st.one_of(
        st.builds(lambda c, p: {"flag": c, "points": p}, conditions(1, lines), amounts),
        st.builds(
            lambda p: {"lookup": "education", "points": dict(zip(CHOICES, p, strict=True))},
            st.lists(amounts, min_size=4, max_size=4),
        ),
        st.builds(lambda q, c, p: {"bands": q, "rows": _rows(q, c, p)}, quantities, _cuts, five),
        st.builds(
            lambda q, c, p, e: {"marginal": q, "every": e, "rows": _rows(q, c, p)},
            quantities,
            _cuts,
            five,
            small,
        ),
        st.builds(
            lambda q, e, p, o: {"per": q, "every": e, "points": p, "over": o},
            quantities,
            small,
            amounts,
            st.integers(0, 20),
        ),
        st.builds(lambda q: {"value": q}, quantities),
        st.builds(lambda f: {"formula": f}, formulas(2)),
        st.builds(
            lambda m, t: {"merge": m, "take": t},
            st.lists(
                st.sampled_from(("rating", "second_rating", "months")), min_size=2, max_size=3, unique=True
            ),
            st.sampled_from(("highest", "lowest", "sum", "must_agree")),
        ),
        tables(),
        *([st.builds(lambda name: {"score": name}, st.sampled_from(lines))] if lines else []),
    )


_cuts = st.sets(small, max_size=4)


def _rows(quantity: str, cuts: set[int], points: list[Decimal]) -> list[dict[str, object]]:
    starts = [LEAST.get(quantity, 0), *sorted(cuts)]
    rows: list[dict[str, object]] = [
        {"from": start, "below": below, "points": amount}
        for start, below, amount in zip(starts, [*starts[1:], None], points, strict=False)
    ]
    rows[-1].pop("below")
    return rows


def formulas(depth: int) -> st.SearchStrategy[str]:
    """Formulas over the quantities; what they are divided by is never 0."""
    leaf = st.sampled_from(QUANTITIES) | st.sampled_from(("0", "1", "2.5", "0.05", "13"))
    if depth == 0:
        return leaf
    inner = formulas(depth - 1)
    divisor = st.sampled_from(("3", "-7", "0.4", "max(age, 1)", "(months + 2)", "min(rating - 6 - 95, -2)"))
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
        st.builds("{} / {}".format, inner, divisor),
        st.builds("-{}".format, inner),
        st.builds("{}({}, {})".format, st.sampled_from(("min", "max")), inner, inner),
    )


@st.composite
def tables(draw: st.DrawFn) -> Node:
    """Tables over a choice, a boolean, a quantity and a date; `unique` ones are cut into cells."""
    hit = draw(st.sampled_from(("unique", "first", "sum", "highest")))
    cut = draw(small)
    halves: list[dict[str, object]] = [{"months": {"below": cut}}, {"months": {"from": cut}}]
    if hit == "unique":
        some = draw(st.lists(st.sampled_from(CHOICES), min_size=1, max_size=3, unique=True))
        groups: list[object] = [some, [choice for choice in CHOICES if choice not in some]]
        wheres = [{"education": group, **half} for group in groups for half in halves]
    else:
        day = draw(st.dates(date(1960, 1, 1), date(2000, 1, 1)))
        wheres = [
            {"education": draw(st.sampled_from(CHOICES)), **halves[0]},
            {"owner": draw(st.booleans()), "months": [cut, cut + 7]},
            {"born_on": {"from": day}, "education": list(draw(st.permutations(CHOICES)))[:2]},
        ]
    rows = [{"where": where, "points": draw(amounts)} for where in wheres]
    names = ["education", "months"] if hit == "unique" else ["education", "months", "owner", "born_on"]
    node: Node = {"table": names, "hit": hit, "rows": rows}
    if hit != "unique" or draw(st.booleans()):
        node["otherwise"] = draw(amounts)
    return node
