"""Every shipped pack: its worked cases notice when a number, a bound, a member or a reading is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.pins import unnoticed_readings
from storage.examples import cases_of, pack_reader, run_pins
from tests.golden.test_shipped_packs import PACKS, each_pack, name_of
from values.yaml_marks import read_yaml

LEFT = Path(__file__).with_name("unpinned.yaml")
MOST_LEFT = 283
"""So many alterations were unnoticed when the list was begun: it may only grow shorter."""


def left() -> dict[str, list[str]]:
    """The alterations that no case of a pack notices yet, by version."""
    value = read_yaml(LEFT.read_text("utf-8"), LEFT.name).value
    assert isinstance(value, dict)
    return value


def test_the_list_of_what_is_left_names_packs_and_grows_no_longer() -> None:
    """Who closes gaps lowers the number; a new pack or rule has its cases from the beginning."""
    assert set(left()) <= set(map(name_of, PACKS))
    assert sum(map(len, left().values())) <= MOST_LEFT


@each_pack()
def test_cases_that_name_a_reading_tell_it_from_the_others(pack: Path) -> None:
    """Under another choice of the switch one of them comes out otherwise."""
    _, cases = cases_of(pack)
    unnoticed = unnoticed_readings(cases, pack_reader(pack), str(pack))
    found = {f"{one.rule} {one.before} → {one.after}" for one in unnoticed}
    excused = {excuse.rule for excuse in cases.excuses}

    assert {one for one in found if one.split(" ")[0] not in excused} <= set(left().get(name_of(pack), ()))


@pytest.mark.slow
@each_pack()
def test_some_case_notices_every_alteration_of_a_pack(pack: Path) -> None:
    """All but those on the list, and those that the examples excuse; no excuse is idle."""
    (pinned,) = run_pins(str(pack), base=pack.parent)

    found = {f"{one.rule} {one.before} → {one.after}" for one in pinned.pins.unnoticed}
    assert found <= set(left().get(name_of(pack), ()))
    assert pinned.pins.idle == ()
