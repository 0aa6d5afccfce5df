"""What reaches across lines, for generated packs: limits, choices, sanctions, rules for the total."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

TITLE = {"zh": "名称", "en": "name"}
CHOSEN = tuple(f"i{number}" for number in range(5))
"""Members of the fact `chosen`: indicators of generated packs."""

amounts = st.integers(-60, 80).map(lambda tenths: Decimal(4 * tenths).scaleb(-1))
modes = st.sampled_from(("floor", "ceiling", "half_up", "half_even"))


def ends() -> st.SearchStrategy[dict[str, Any]]:
    """A cap, a floor or both."""
    both = st.tuples(amounts, amounts).map(lambda pair: {"floor": min(pair), "cap": max(pair)})
    return st.one_of(both, st.builds(lambda cap: {"cap": cap}, amounts))


def totals() -> st.SearchStrategy[dict[str, Any]]:
    """A rule for the total: rounded, limited, or both."""
    rounding = st.one_of(
        modes, st.builds(lambda to, mode: {"to": to, "mode": mode}, st.integers(0, 2), modes)
    )
    return st.builds(
        lambda how, limits: {"round": how, **limits, "cite": "rules 20"}, rounding, st.just({}) | ends()
    )


def kind_limits() -> st.SearchStrategy[dict[str, Any]]:
    """A limit on the lines of one kind."""
    kinds = st.sampled_from(("base", "bonus", "deduction"))
    return st.builds(lambda kind, limits: {kind: {**limits, "cite": "rules 21"}}, kinds, ends())


@st.composite
def limits(draw: st.DrawFn, lines: Sequence[str], groups: Sequence[str]) -> list[dict[str, Any]]:
    """Limits over lines and groups; whether they nest is the load check's business."""
    found = []
    for number in range(draw(st.integers(0, 2))):
        of = draw(st.lists(st.sampled_from([*lines, *groups]), min_size=1, max_size=3, unique=True))
        found.append({"id": f"limit{number}", "title": TITLE, "of": of, **draw(ends()), "cite": "rules 22"})
    return found


@st.composite
def choices(draw: st.DrawFn, lines: Sequence[str]) -> list[dict[str, Any]]:
    """At most one choice between lines: the highest counts, or the one that the fact `chosen` names."""
    if len(lines) < 2 or draw(st.booleans()):
        return []
    of = draw(st.lists(st.sampled_from(lines), min_size=2, max_size=4, unique=True))
    keep = draw(st.sampled_from(("highest", {"chosen_by": "chosen"})))
    return [{"id": "choice", "title": TITLE, "of": of, "keep": keep, "cite": "rules 23"}]


@st.composite
def sanctions(
    draw: st.DrawFn, lines: Sequence[str], conditions: st.SearchStrategy[object]
) -> dict[str, dict[str, Any]]:
    """Sanctions of every effect, for good or until some time after the fact `born_on`."""
    found = {}
    length = st.builds(
        lambda unit, n: {"from": "born_on", unit: n},
        st.sampled_from(("years", "months", "days", "calendar_years")),
        st.integers(1, 70),
    )
    until = st.none() | st.just({"on": "born_on"}) | length
    for number in range(draw(st.integers(0, 3))):
        effect = draw(st.sampled_from(("vetoed", "barred", "frozen", "void", "void")))
        rule = {"title": TITLE, "when": draw(conditions), "effect": effect, "cite": "rules 24"}
        rule["unknown"] = draw(st.sampled_from(("pending", "ignore")))
        if effect == "void":
            rule["indicators"] = draw(st.lists(st.sampled_from(lines), min_size=1, max_size=3, unique=True))
        end = draw(until)
        begins = draw(until)
        given = {"since": begins, "until": end}
        found[f"sanction{number}"] = {**rule, **{key: day for key, day in given.items() if day is not None}}
    return found
