"""A small long table, rules over it, and rows with open cells."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from hypothesis import strategies as st

from scoring.fact_model import DerivedFact, Table

AS_OF = date(2015, 5, 31)
DAYS = (
    date(2013, 5, 31),
    date(2014, 5, 31),
    date(2014, 6, 1),
    date(2014, 11, 30),
    date(2014, 12, 1),
    date(2015, 5, 31),
    date(2015, 6, 1),
)
LEVELS, HOURS = ("city", "province"), (0, 1, 2)
TITLE = {"zh": "名", "en": "name"}
TABLE = Table.model_validate(
    {
        "title": TITLE,
        "of": "subject",
        "cite": "rules 1",
        "columns": {
            "level": {"type": "choice", "members": dict.fromkeys(LEVELS, TITLE)},
            "day": {"type": "date"},
            "hours": {"type": "integer", "minimum": 0, "maximum": 2},
            "parts": {"type": "integer", "minimum": 1, "maximum": 4},
        },
    }
)
SCHEMA = {
    "subject": pl.String,
    "level": pl.Enum(LEVELS),
    "day": pl.Date,
    "hours": pl.Int64,
    "parts": pl.Int64,
}
PARTS = (1, 3, 4)
PERSON = {"own_level": "province", "moved_on": date(2014, 6, 1)}
"""The facts of the person that rows are compared with."""
EACH = (
    {"formula": "hours / (parts + 1)"},
    {"formula": "(hours - 1) / parts - 0.5"},
    {"formula": "3 * hours"},
    {"formula": "hours / (parts + 1)", "round": {"to": 1, "mode": "half_up"}},
    {"formula": "hours / parts", "round": "floor"},
)
WHERE = (
    {"fact": "level", "is": "province"},
    {"fact": "level", "is": {"person": "own_level"}},
    {"any": [{"fact": "day", "less_than": {"person": "moved_on"}}, {"fact": "level", "is": "province"}]},
    {"fact": "hours", "less_than": {"fact": "parts"}},
)
rows = st.lists(
    st.tuples(
        st.none() | st.sampled_from(LEVELS),
        st.none() | st.sampled_from(DAYS),
        st.none() | st.sampled_from(HOURS),
        st.none() | st.sampled_from(PARTS),
    ),
    max_size=3,
).filter(lambda found: sum(cell is None for row in found for cell in row) < 4)


modes = st.sampled_from(("floor", "ceiling", "half_up", "half_even"))


@st.composite
def rules(draw: st.DrawFn) -> DerivedFact:
    take = draw(st.sampled_from(("count", "sum", "minimum", "maximum", "mean", "earliest", "latest")))
    rule: dict[str, Any] = {
        "title": TITLE,
        "of": "subject",
        "from_table": "t",
        "take": take,
        "cite": "rules 1",
    }
    if take != "count":
        rule["column"] = "day" if take in ("earliest", "latest") else "hours"
    if take in ("sum", "minimum", "maximum", "mean") and draw(st.booleans()):
        del rule["column"]
        rule |= {
            "each": draw(st.sampled_from(EACH)),
            "round": draw(modes),
            "decimals": draw(st.integers(0, 2)),
        }
    if take in ("minimum", "maximum", "mean"):
        rule["empty"] = draw(st.sampled_from((0, "unknown")))
    if take == "mean" and "each" not in rule:
        rule |= {"round": draw(modes), "decimals": 1}
    if draw(st.booleans()):
        rule["where"] = draw(st.sampled_from(WHERE))
    if draw(st.booleans()):
        rule |= {"dated_by": "day", "within_months": draw(st.sampled_from((6, 12, 24)))}
        rule["same_day"] = draw(st.sampled_from((None, "counted", "excluded")))
        if take in ("count", "sum") and draw(st.booleans()):
            years = draw(st.sampled_from((None, "calendar", "back")))
            rule["per_year"] = {"at_most": draw(st.integers(0, 3)), "years": years}
    return DerivedFact.model_validate(rule)
