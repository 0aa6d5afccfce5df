"""What lines can earn, as the load checks prove it: no score leaves the bounds or falls between the steps."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given

from scoring.bounds import Bounds, all_bounds, indicator_bounds, subtotal_bounds
from scoring.facts import assemble
from scoring.pack import Pack, load_pack
from scoring.score import score
from tests.strategies import AS_OF, packs, people

TINY = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
EDUCATION = "{lookup: education, points: {none: 0, junior: 20}}"
BANDS = TINY[TINY.index("      bands: months") : TINY.index("    unknown: {pending")]


@given(packs(), people())
def test_every_line_lies_within_its_bounds_on_its_steps(
    pack: Pack, tables: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    """Lines before they are set aside may be 0 besides; sub-totals lie within theirs."""
    policy = pack.policy
    scores = score(assemble(policy, "school", *tables, as_of=AS_OF))

    for name, line in policy.indicators_of("school").items():
        bounds = indicator_bounds(policy, line).with_value(0)
        assert all(_lies(amount, bounds) for amount in scores.lines[name].drop_nulls())
    whole = subtotal_bounds(policy, "school", all_bounds(policy))
    assert all(_lies(amount, whole) for amount in scores.totals["subtotal"].drop_nulls())


def _lies(amount: int, bounds: Bounds) -> bool:
    return bounds.low <= amount <= bounds.high and (amount == 0 or amount % bounds.step == 0)


@pytest.mark.parametrize(
    ("points", "bounds"),
    [
        (f"{EDUCATION[:-1]}, round: floor}}", Bounds(0, 2000, 2000)),
        (f'{EDUCATION[:-1]}, times: "1 / 3", round: half_up}}', Bounds(0, 667, 667)),
        ("{per: months, every: 1, points: 10, round: {to: 0, mode: half_up}}", Bounds(0, 600_000, 1000)),
        ('{per: months, every: 1, points: 10, times: "1 / 30", round: {to: 0, mode: floor}}',
         Bounds(0, 20_000, 100)),
        ('{formula: "months * 2500", round: floor}', Bounds(0, 150_000_000, 250_000)),
        ('{formula: "months * months * 2500", round: floor}', Bounds(0, 90_000_000_000, 250_000)),
        ('{formula: "100 / (months + 7)", round: {to: 1, mode: half_up}}', Bounds(10, 1430, 10)),
    ],
)  # fmt: skip
def test_rounding_keeps_the_steps_of_what_is_rounded(points: str, bounds: Bounds) -> None:
    """Whole amounts stay as they are; of a few amounts each is rounded; else a step is the last decimal."""
    text = TINY.replace(BANDS, f"      sum: [{points}]\n").replace("factor: 1.3", "factor: 2")
    policy = load_pack(text, "tiny.yaml").policy

    assert indicator_bounds(policy, policy.indicators["insurance"]) == bounds


def test_a_multiplier_that_is_exact_for_rounded_points_is_not_refused() -> None:
    """20 points are 20 whether or not they are rounded; by the factor 1.305 they are 26.1."""
    rounded = TINY.replace(EDUCATION, f"{EDUCATION[:-1]}, round: half_up}}").replace("1.3,", "1.305,")
    rounded = rounded.replace("points: 1.5}", "points: 2}").replace("points: 3}", "points: 4}")

    policy = load_pack(rounded, "tiny.yaml").policy

    assert subtotal_bounds(policy, "school", all_bounds(policy)) == Bounds(0, 2400, 200)
