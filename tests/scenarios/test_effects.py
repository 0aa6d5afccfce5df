"""What another version means for people: counted by hand on a few of them, and laws on any."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given

from scenarios.effects import Moved, effects
from scenarios.worked_cases import facts_of_cases, load_cases
from scoring.facts import Facts, assemble
from scoring.pack import Pack, load_pack
from storage.packs import find_pack, read_pack
from tests.effort import COSTLY
from tests.strategies import AS_OF, packs, people
from values.problems import Refused

TINY = (Path(__file__).parents[1] / "scoring" / "tiny_pack.yaml").read_text("utf-8")
CASES = """\
defaults:
  {service: school, as_of: 2015-01-01, subject: {education: none, months: 24}, candidate: {town: east}}
cases:
  - {case: 3 points, expect: {total: 3}}
  - {case: 23 points, subject: {education: junior}, expect: {total: 23}}
  - {case: 29.9 points, subject: {education: junior}, candidate: {town: west}, expect: {total: 29.9}}
  - {case: unknown, subject: {months: null}, expect: {status: pending}}
"""


def facts(text: str) -> Facts:
    return facts_of_cases(load_pack(text, "tiny.yaml").policy, load_cases(CASES, "cases.yaml").cases)


def test_who_gains_who_loses_and_whose_status_changes() -> None:
    """Junior middle school 5 points less, insurance from 24 months 8 more, the gate at 12."""
    after = TINY.replace("junior: 20}", "junior: 15}").replace(
        "{from: 24, points: 3}", "{from: 24, points: 11}"
    )

    told = effects(facts(TINY), facts(after))

    # 3 → 11; 23 → 26; 29.9 → 26 × 1.3 = 33.8; unknown on both sides
    assert told.people == 4
    assert told.total == Moved("total", 3, 0, 0, "14.9")
    assert told.lines == (Moved("education", 0, 2, 0, "-10"), Moved("insurance", 3, 0, 0, "24"))
    assert told.statuses == (("ineligible", "eligible", 1),)
    assert told.quantiles[0] == (0, "3", "11")
    assert told.quantiles[3] == (50, "23", "26")
    assert told.quantiles[-1] == (100, "29.9", "33.8")


def test_a_line_that_one_version_lacks_earns_nothing_there() -> None:
    """And points at another scale are compared as numbers."""
    lines = TINY.split("  insurance:\n")
    without = lines[0] + "services:" + lines[1].split("services:")[1]
    after = without.replace("scale: 2", "scale: 3")

    told = effects(facts(TINY), facts(after))

    assert told.lines == (Moved("insurance", 0, 3, 1, "-9"),)


def test_what_becomes_known_is_neither_gained_nor_lost() -> None:
    told = effects(
        facts(TINY), facts(TINY.replace("{pending: true, cite: rules 4}", "{points: 0, cite: rules 4}"))
    )

    assert told.total == Moved("total", 0, 0, 1, "0")


def test_other_people_cannot_be_compared() -> None:
    policy, cases = load_pack(TINY, "tiny.yaml").policy, load_cases(CASES, "cases.yaml").cases

    with pytest.raises(Refused, match=r"policy\.other_people"):
        effects(facts_of_cases(policy, cases), facts_of_cases(policy, cases[:2]))


def test_a_draw_without_points_is_compared_by_status() -> None:
    path = find_pack("beijing/public-rental", base=Path())
    cases = load_cases((path.parent / "examples.yaml").read_text("utf-8"), "examples.yaml").cases
    policy = read_pack(path).policy
    same = facts_of_cases(policy, cases)

    told = effects(same, same)

    assert (told.total.gained, told.lines, told.statuses, told.quantiles) == (0, (), (), ())


@COSTLY
@given(one=packs(), two=packs(), given_people=people())
def test_what_one_way_gains_the_other_way_loses(
    one: Pack, two: Pack, given_people: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    """And a policy compared with itself moves nobody."""
    sides = [assemble(pack.policy, "school", *given_people, as_of=AS_OF) for pack in (one, two)]

    there, back = effects(*sides), effects(*reversed(sides))

    assert (there.total.gained, there.total.lost) == (back.total.lost, back.total.gained)
    assert {(a, b): n for a, b, n in there.statuses} == {(b, a): n for a, b, n in back.statuses}
    same = effects(sides[0], sides[0])
    assert (same.total.gained, same.total.lost, same.lines, same.statuses) == (0, 0, (), ())
