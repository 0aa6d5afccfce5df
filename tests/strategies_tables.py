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
        },
    }
)
SCHEMA = {"subject": pl.String, "level": pl.Enum(LEVELS), "day": pl.Date, "hours": pl.Int64}
rows = st.lists(
    st.tuples(
        st.none() | st.sampled_from(LEVELS),
        st.none() | st.sampled_from(DAYS),
        st.none() | st.sampled_from(HOURS),
    ),
    max_size=3,
)


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
    if take in ("minimum", "maximum", "mean"):
        rule["empty"] = draw(st.sampled_from((0, "unknown")))
    if take == "mean":
        rule |= {"round": draw(st.sampled_from(("floor", "ceiling", "half_up", "half_even"))), "decimals": 1}
    if draw(st.booleans()):
        rule["where"] = {"fact": "level", "is": "province"}
    if draw(st.booleans()):
        rule |= {"dated_by": "day", "within_months": draw(st.sampled_from((6, 12, 24)))}
        rule["same_day"] = draw(st.sampled_from((None, "counted", "excluded")))
        if take in ("count", "sum") and draw(st.booleans()):
            years = draw(st.sampled_from((None, "calendar", "back")))
            rule["per_year"] = {"at_most": draw(st.integers(0, 3)), "years": years}
    return DerivedFact.model_validate(rule)
