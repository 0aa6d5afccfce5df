"""What letters say of a place that was given up, where nobody or only equals waited for it."""

from __future__ import annotations

import pytest

from scenarios.letters import Letters
from scenarios.round import run_round
from scoring.pack import load_pack
from tests.scenarios.staged import QUOTAS, WISHES, Family, checked, pack, tables
from tests.scenarios.test_other_policies import config

GOT_LESS = [("east-0", "freed_later", None)]


def reasons(stage: str, ties: str, people: list[Family]) -> dict[str, list[tuple[str, str, object]]]:
    """By person the seats that were not given, why, and how many were equal; two schools of one seat each."""
    text = pack((stage,), refill=True).text.replace("ties: [lottery]", f"ties: [{ties}]")
    given = tables((stage,), people, [1, 1, 0, 0, 0, 0])
    decided = run_round(load_pack(text, "tiny.yaml"), config(), given)
    checked(decided)
    letters = Letters(decided, decided.record.digest)
    told = {name: letters.letter(name).not_given for name in decided.ground.people}
    return {
        name: [(seat.name.en, str(seat.reason["reason"]), seat.reason.get("group")) for seat in seats]
        for name, seats in told.items()
    }


def family(months: int, education: str, *, refuses: bool = False) -> Family:
    return Family("east", months, education, ["east-0", "east-1"], (0, 0), refuses)


FIRST, SECOND, EQUAL = family(30, "junior", refuses=True), family(12, "junior"), family(12, "none")


@pytest.mark.parametrize("ties", ["lottery", "admit_all", "exclude_all"])
def test_a_place_given_up_that_nobody_waits_for_was_full_in_its_turn(ties: str) -> None:
    """f00 gives school 0 up; f01 has school 1, and nobody is left who could take it."""
    assert reasons(WISHES, ties, [FIRST, SECOND])["f01"] == GOT_LESS


def test_equals_who_wait_for_a_place_given_up_are_counted_without_those_ahead() -> None:
    """Two equals are too many for the seat; f00, who gave it up, and f01, who stays, are none of them."""
    told = reasons(WISHES, "exclude_all", [FIRST, SECOND, EQUAL, EQUAL])

    assert told["f01"] == GOT_LESS
    assert told["f02"][0] == told["f03"][0] == ("east-0", "tied_group_excluded", 2)


def test_equals_who_wait_for_a_seat_of_a_quota_are_counted_without_those_who_gave_it_up() -> None:
    told = reasons(QUOTAS, "exclude_all", [FIRST, SECOND, EQUAL, EQUAL])

    assert told["f02"] == told["f03"] == [("east", "tied_group_excluded", 2)]
