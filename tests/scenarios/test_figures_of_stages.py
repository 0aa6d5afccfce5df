"""Reports of small rounds of any stages: what is empty for another reason than equals, distance alone."""

from __future__ import annotations

import pytest

from publication.report_page import report_html
from scenarios.comparison import compare
from scenarios.figures import figures_of
from tests.scenarios.staged import NEARBY, SURPLUS, WISHES, Family, checked, decided, outcomes, replayed
from tests.scenarios.test_stages import CAPPED, LAPSING

ONE_EACH = [1, 1, 0, 0, 0, 0]


def family(months: int, education: str, *wishes: str, refuses: bool = False) -> Family:
    return Family("east", months, education, list(wishes), (0, 0), refuses)


@pytest.mark.parametrize(
    ("stages", "education", "free"),
    [((CAPPED,), "junior", [2, 0, 0, 0, 0, 0]), ((LAPSING,), "none", [2, 0, 0, 0, 0, 0])],
)
def test_a_seat_that_stays_empty_for_a_ceiling_or_a_pool_is_no_tie(
    stages: tuple[str, ...], education: str, free: list[int]
) -> None:
    """One of two seats: the second of three families, none of whom are equal, may not have the other."""
    round_ = decided(stages, [family(months, education, "east-0") for months in (30, 12, 1)], free)

    assert [what for what, *_ in outcomes(round_).values()] == ["placed", "waiting", "waiting"]
    ties = figures_of(round_).ties
    assert ties is not None
    assert ties.is_empty()


def test_a_seat_given_up_late_is_no_tie() -> None:
    """f01 has the second wish and does not move; f02 has, from the last stage, what no stage had left before."""
    first = family(30, "none", "east-0", "east-1", refuses=True)
    people = [first, family(12, "none", "east-0", "east-1"), family(1, "none", "west-0", "east-0")]

    round_ = decided((WISHES, SURPLUS), people, ONE_EACH, refill=True)

    assert {name: offer for name, (_, offer, _) in outcomes(round_).items()}["f01"] == "east-1"
    ties = figures_of(round_).ties
    assert ties is not None
    assert ties.is_empty()


@pytest.mark.parametrize("refill", [False, True])
def test_distance_alone_can_decide_a_round(refill: bool) -> None:
    """No stage admits by rank, so there is no cut-off."""
    people = [family(30, "none", refuses=True), family(12, "none"), family(1, "none")]

    round_ = decided((NEARBY,), people, ONE_EACH, refill=refill)

    placed = {name for name, (what, *_) in outcomes(round_).items() if what == "placed"}
    assert placed == ({"f01", "f02"} if refill else {"f01"})
    checked(round_)
    assert replayed(round_)
    assert compare(round_, round_).cutoffs.is_empty()
    assert "tiny" in report_html(figures_of(round_), "en")
