"""Every shipped pack: its worked cases notice when a number, a bound, a member or a reading is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.pins import unnoticed_readings
from storage.examples import cases_of, pack_reader, run_pins
from tests.golden.test_shipped_packs import PACKS, each_pack, name_of, together
from tests.golden.test_shipped_packs import cases_of as worked

MANY = 150
"""Cases of a pack whose readings are tried in `make test-all` alone."""


def by_size() -> list[object]:
    """One test a pack; the large ones take long."""
    large = {pack: [pytest.mark.slow] * (len(worked(pack)) > MANY) for pack in PACKS}
    return [
        pytest.param(pack, id=name_of(pack), marks=[together(pack), *marks]) for pack, marks in large.items()
    ]


@pytest.mark.parametrize("pack", by_size())
def test_cases_that_name_a_reading_tell_it_from_the_others(pack: Path) -> None:
    """Under another choice of the switch one of them comes out otherwise."""
    _, cases = cases_of(pack)
    unnoticed = unnoticed_readings(cases, pack_reader(pack), str(pack))
    found = {f"{one.rule} {one.before} → {one.after}" for one in unnoticed}
    excused = {excuse.rule for excuse in cases.excuses}

    assert {one for one in found if one.split(" ")[0] not in excused} == set()


@pytest.mark.slow
@each_pack()
def test_some_case_notices_every_alteration_of_a_pack(pack: Path) -> None:
    """All but those that the examples excuse; no excuse is idle."""
    (pinned,) = run_pins(str(pack), base=pack.parent)

    assert (pinned.pins.unnoticed, pinned.pins.idle) == ((), ())
