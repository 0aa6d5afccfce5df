"""Months measured from spells: columns, the person's own trace and a walk month by month agree."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from residence.measures import months_covered, sorted_spells
from residence.spells import BridgedMonths, OnBreak, Role, Span, SpellRule, trace

Spells = dict[Role, list[Span]]

EVERY_BREAK: tuple[OnBreak, ...] = ("stop", "sum", "longest", "last")
STOP, SUM = SpellRule(3, "excluded", "stop"), SpellRule(3, "excluded", "sum")

spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 8)).map(lambda s: (s[0], s[0] + s[1])), max_size=6
)
spells_of = st.fixed_dictionaries({"own": spans}, optional={"also_in": spans, "not_during": spans})
rules = st.builds(
    SpellRule,
    st.integers(0, 4),
    st.sampled_from(["excluded", "counted"]),
    st.sampled_from(EVERY_BREAK),
    st.none() | st.integers(1, 60),
    st.none() | st.integers(1, 12),
)
people = st.dictionaries(st.sampled_from("abcdef"), st.tuples(spans, spans, spans, st.none() | st.integers(0, 50)), min_size=1)  # fmt: skip


def measured(given: dict[str, Spells], months: list[int | None], rule: SpellRule) -> dict[str, int | None]:
    """The columns, for people who all have the same roles."""
    subjects = pl.Series("subject", list(given), dtype=pl.String)
    frames = {}
    for role in next(iter(given.values())):
        rows = [(name, first, last) for name, spells in given.items() for first, last in spells[role]]
        schema = {"subject": pl.String, "first_month": pl.Int32, "last_month": pl.Int32}
        frames[role] = sorted_spells(pl.DataFrame(rows, schema=schema, orient="row"), subjects)
    up_to = pl.Series("month", months, dtype=pl.Int32)
    counted = months_covered(
        frames["own"],
        up_to,
        rule,
        also_in=frames.get("also_in"),
        not_during=frames.get("not_during"),
    )
    return dict(zip(given, counted, strict=True))


def walked(spells: Spells, month: int, rule: SpellRule) -> int:
    """By hand: one walk from the first month to the last, with a pencil for the spell that is open."""

    def has(role: Role, m: int) -> bool:
        return any(first <= m <= last for first, last in spells.get(role, []))

    done: list[tuple[int, int, int]] = []  # last month, length, months that count
    length = counts = missing = missing_counts = 0
    end = -1
    for m in range(month + 1):
        in_window = rule.within_months is None or m > month - rule.within_months
        worth = int(in_window and not has("not_during", m))
        if has("own", m) and ("also_in" not in spells or has("also_in", m)):
            if end >= 0 and missing > rule.bridge:
                done.append((end, length, counts))
                length = counts = 0
            elif end >= 0 and rule.bridged_months == "counted":
                length, counts = length + missing, counts + missing_counts
            length, counts, missing, missing_counts, end = length + 1, counts + worth, 0, 0, m
        else:
            missing, missing_counts = missing + 1, missing_counts + worth
    done += [(end, length, counts)] if end >= 0 else []
    long = [spell for spell in done if spell[1] >= (rule.at_least_months or 0)]
    match rule.on_break:
        case "stop":
            return sum(s[2] for s in long if s == done[-1] and month - s[0] <= rule.bridge)
        case "sum":
            return sum(s[2] for s in long)
        case "longest":
            return max((s[2] for s in long), default=0)
        case "last":
            return long[-1][2] if long else 0


@given(given=people, rule=rules, roles=st.sets(st.sampled_from(["also_in", "not_during"])))
def test_columns_and_trace_equal_a_walk_month_by_month(
    given: dict[str, tuple[list[Span], list[Span], list[Span], int | None]], rule: SpellRule, roles: set[Role]
) -> None:
    """For any spells, overlapping or not, in any order, and any rule."""
    named: dict[str, Spells] = {
        name: {
            "own": own,
            **{role: spans for role, spans in (("also_in", also), ("not_during", during)) if role in roles},
        }  # type: ignore[misc]  # noqa: E501
        for name, (own, also, during, _) in given.items()
    }
    months = [month for *_, month in given.values()]

    columns = measured(named, months, rule)

    for (name, spells), month in zip(named.items(), months, strict=True):
        if month is None:
            assert columns[name] is None
        else:
            assert columns[name] == walked(spells, month, rule) == trace(spells, month, rule).months


@given(spells=spells_of, excluded=spans, month=st.integers(0, 50), rule=rules)
def test_the_stretches_shown_to_a_person_add_up_to_the_months_counted(
    spells: Spells, excluded: list[Span], month: int, rule: SpellRule
) -> None:
    """What counted, with the bridged months that count, is the measure; nothing stands in two stretches."""
    told = trace({**spells, "excluded": excluded}, month, rule)

    assert sum(part.months for part in told.stretches if part.counted) + told.bridged_counted == told.months
    assert all(one.last < two.first for one, two in zip(told.stretches, told.stretches[1:], strict=False))
    assert all(part.counted == (part.why == "") for part in told.stretches)


@given(spells=spells_of, month=st.integers(0, 50), rule=rules)
def test_a_rule_that_lets_more_count_never_counts_less(spells: Spells, month: int, rule: SpellRule) -> None:
    """All spells are at least the longest, which is at least the last, which is at least the one that reaches."""
    by = {
        how: trace(
            spells,
            month,
            SpellRule(rule.bridge, rule.bridged_months, how, rule.within_months, rule.at_least_months),
        ).months
        for how in EVERY_BREAK
    }

    assert by["sum"] >= by["longest"] >= by["last"] >= by["stop"]


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
    spells: Spells = {"own": [(0, 11), (12 + gap, 23 + gap)]}

    assert measured({"a": spells}, [23 + gap], STOP) == {"a": months}


@pytest.mark.parametrize(("missing", "months"), [(0, 12), (3, 12), (4, 0)])
def test_the_gap_before_acceptance_counts_like_any_other(missing: int, months: int) -> None:
    """Someone whose last month lies more than three months back has no continuous spell."""
    assert measured({"a": {"own": [(0, 11)]}}, [11 + missing], STOP) == {"a": months}


def test_without_spells_there_are_no_months_and_without_a_date_they_are_unknown() -> None:
    """Nothing in the ledger is nought; an unknown date of acceptance is unknown."""
    given: dict[str, Spells] = {"a": {"own": []}, "b": {"own": [(0, 5)]}}

    assert measured(given, [20, None], STOP) == {"a": 0, "b": None}


def test_a_bridge_of_any_length_never_reaches_another_person() -> None:
    """People lie on one axis of months; their spells stay apart."""
    given: dict[str, Spells] = {"a": {"own": [(0, 5)]}, "b": {"own": [(3, 4)]}}

    assert measured(given, [9, 9], SpellRule(10**9, "counted", "stop")) == {"a": 6, "b": 2}


def test_a_long_gap_cuts_off_what_lies_before_it() -> None:
    """35 months, eight missing, 74, two missing, 70: the last two stretches count."""
    told = trace({"own": [(0, 34), (43, 116), (119, 188)]}, 188, STOP)

    assert [(part.months, part.gap, part.why) for part in told.stretches] == [
        (35, 8, "break"),
        (74, 2, ""),
        (70, 0, ""),
    ]
    assert told.bridged == (2,)


# One person: a year, a half-year gap, two years, two missing months, half a year that reaches the month 51.
CAREER: Spells = {"own": [(0, 11), (18, 41), (44, 49)]}


@pytest.mark.parametrize(
    ("rule", "months"),
    [
        (SpellRule(0, "excluded", "stop"), 0),  # two months are missing before month 51
        (SpellRule(2, "excluded", "stop"), 30),  # the two are bridged, and so are those between
        (SpellRule(2, "counted", "stop"), 32),  # the missing months between count; those after it never do
        (SpellRule(0, "excluded", "sum"), 42),  # 12 + 24 + 6
        (SpellRule(0, "excluded", "longest"), 24),
        (SpellRule(0, "excluded", "last"), 6),  # 重新计算 without having to reach the month
        (SpellRule(0, "excluded", "sum", at_least_months=12), 36),  # the half-year is too short
        (SpellRule(0, "excluded", "last", at_least_months=12), 24),
        (SpellRule(0, "excluded", "sum", within_months=12), 8),  # months 40 to 51 have 40, 41, 44 to 49
        (SpellRule(0, "excluded", "sum", 12, 12), 2),  # the two of the long spell: a spell is measured whole
        (SpellRule(0, "excluded", "longest", within_months=12), 6),  # longest by what counts of it
    ],
)
def test_breaks_windows_and_short_spells_worked_by_hand(rule: SpellRule, months: int) -> None:
    """Each rule on the same career."""
    assert trace(CAREER, 51, rule).months == months
    assert measured({"a": CAREER}, [51], rule) == {"a": months}


def test_months_of_study_are_left_out_and_do_not_break_a_spell() -> None:
    """Beijing: residence while studying counts under education. The spell stays one."""
    spells: Spells = {"own": [(0, 35)], "not_during": [(12, 23)]}

    told = trace(spells, 35, SpellRule(0, "excluded", "stop"))

    assert told.months == 24
    assert [(part.first, part.last, part.why) for part in told.stretches] == [
        (0, 11, ""),
        (12, 23, "during"),
        (24, 35, ""),
    ]


def test_months_that_one_of_two_ledgers_lacks_break_a_spell() -> None:
    """Both kinds of insurance must be paid: a month without the other is a missing month."""
    spells: Spells = {"own": [(0, 35)], "also_in": [(0, 11), (16, 35)]}

    told = trace(spells, 35, STOP)

    assert told.months == 20
    assert [part.why for part in told.stretches] == ["break", "not_in_both", ""]
    assert trace(spells, 35, SUM).months == 32


def test_a_month_paid_late_does_not_count_unless_another_row_has_it() -> None:
    """Rows of an excluded kind are shown as such, but for months that a good row has as well."""
    told = trace({"own": [(0, 5)], "excluded": [(4, 8)]}, 8, SUM)

    assert [(part.first, part.last, part.why) for part in told.stretches] == [(0, 5, ""), (6, 8, "excluded")]
