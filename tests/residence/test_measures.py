"""Months measured from spells: against a month-by-month count, and at the borders of the gap rule."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from residence.measures import BridgedMonths, OnBreak, months_covered, sorted_spells, stretches

Spells = list[tuple[int, int]]

spells_of = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 8)).map(lambda s: (s[0], s[0] + s[1])), max_size=6
)
people = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(spells_of, st.none() | st.integers(0, 50)), min_size=1
)


def measured(
    given: dict[str, tuple[Spells, int | None]], bridge: int, bridged: BridgedMonths, on_break: OnBreak
) -> dict[str, int | None]:
    rows = [(name, first, last) for name, (spells, _) in given.items() for first, last in spells]
    schema = {"subject": pl.String, "first_month": pl.Int32, "last_month": pl.Int32}
    spells = pl.DataFrame(rows, schema=schema, orient="row")
    months = pl.Series("month", [month for _, month in given.values()], dtype=pl.Int32)
    ordered = sorted_spells(spells, pl.Series("subject", list(given)))
    counted = months_covered(ordered, months, bridge=bridge, bridged_months=bridged, on_break=on_break)
    return dict(zip(given, counted, strict=True))


def counted_month_by_month(
    spells: Spells, month: int | None, bridge: int, bridged: str, on_break: str
) -> int | None:
    """The same by hand: mark every month, cut the marks into runs, count."""
    if month is None:
        return None
    covered = sorted({m for first, last in spells for m in range(first, min(last, month) + 1)})
    runs: list[list[int]] = []
    for m in covered:
        if runs and m - runs[-1][-1] - 1 <= bridge:
            runs[-1].append(m)
        else:
            runs.append([m])
    if on_break == "stop":
        runs = [run for run in runs[-1:] if month - run[-1] <= bridge]
    return sum(run[-1] - run[0] + 1 if bridged == "counted" else len(run) for run in runs)


@pytest.mark.parametrize("on_break", ["stop", "sum"])
@pytest.mark.parametrize("bridged", ["excluded", "counted"])
@given(given=people, bridge=st.integers(0, 4))
def test_months_equal_a_month_by_month_count(
    given: dict[str, tuple[Spells, int | None]], bridge: int, bridged: BridgedMonths, on_break: OnBreak
) -> None:
    """For any spells, overlapping or not, in any order."""
    expected = {
        name: counted_month_by_month(spells, month, bridge, bridged, on_break)
        for name, (spells, month) in given.items()
    }

    assert measured(given, bridge, bridged, on_break) == expected


@pytest.mark.parametrize(
    ("gap", "months"),
    [
        (2, 24),  # two missing months: bridged
        (3, 24),  # 不超过3个月: three are still bridged
        (4, 12),  # four break the spell: only the months after the gap count
    ],
)
def test_a_gap_of_up_to_three_months_is_bridged(gap: int, months: int) -> None:
    """Detail rules art. 12: a year, a gap, and a year up to the month of acceptance."""
    spells = [(0, 11), (12 + gap, 23 + gap)]

    assert measured({"a": (spells, 23 + gap)}, 3, "excluded", "stop") == {"a": months}


@pytest.mark.parametrize(("missing", "months"), [(0, 12), (3, 12), (4, 0)])
def test_the_gap_before_acceptance_counts_like_any_other(missing: int, months: int) -> None:
    """Someone whose last month lies more than three months back has no continuous spell."""
    assert measured({"a": ([(0, 11)], 11 + missing)}, 3, "excluded", "stop") == {"a": months}


def test_without_spells_there_are_no_months_and_without_a_date_they_are_unknown() -> None:
    """Nothing in the ledger is nought; an unknown date of acceptance is unknown."""
    assert measured({"a": ([], 20), "b": ([(0, 5)], None)}, 3, "excluded", "stop") == {"a": 0, "b": None}


@pytest.mark.parametrize("on_break", ["stop", "sum"])
@given(spells=spells_of, month=st.integers(0, 50), bridge=st.integers(0, 4))
def test_the_stretches_shown_to_a_person_add_up_to_the_months_counted(
    spells: Spells, month: int, bridge: int, on_break: OnBreak
) -> None:
    """The explanation and the columns follow the same rule."""
    parts = stretches(spells, month, bridge=bridge, on_break=on_break)

    counted = sum(part.months for part in parts if part.counted)
    assert measured({"a": (spells, month)}, bridge, "excluded", on_break) == {"a": counted}


def test_a_long_gap_cuts_off_what_lies_before_it() -> None:
    """35 months, eight missing, 74, two missing, 70: the last two stretches count."""
    parts = stretches([(0, 34), (43, 116), (119, 188)], 188, bridge=3, on_break="stop")

    assert [(part.months, part.gap, part.counted) for part in parts] == [
        (35, 8, False),
        (74, 2, True),
        (70, 0, True),
    ]
