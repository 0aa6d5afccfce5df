"""Reports of small rounds of any stages: what is empty for another reason than equals, distance alone."""

from __future__ import annotations

import polars as pl
import pytest

from publication.report_page import report_html
from scenarios.comparison import compare
from scenarios.figures import figures_of
from tests.scenarios.staged import NEARBY, SURPLUS, WISHES, Family, checked, decided, outcomes, replayed
from tests.scenarios.test_stages import CAPPED, LAPSING, SECOND

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
    """f01 has the second wish and does not move; the last stage gives f02 what is free then."""
    first = family(30, "none", "east-0", "east-1", refuses=True)
    people = [first, family(12, "none", "east-0", "east-1"), family(1, "none", "west-0", "east-0")]

    round_ = decided((WISHES, SURPLUS), people, ONE_EACH, refill=True)

    assert {name: offer for name, (_, offer, _) in outcomes(round_).items()}["f01"] == "east-1"
    ties = figures_of(round_).ties
    assert ties is not None
    assert ties.is_empty()


def test_a_second_list_goes_on_where_the_first_ends() -> None:
    """Without a seat at f01's second wish one of the second list comes true, and no first one."""
    people = [
        Family("east", 30, "junior", ["east-0"], (0, 0), refuses=False, second=("east-2",)),
        Family("east", 12, "junior", ["east-0", "east-1"], (0, 0), refuses=False, second=("east-2",)),
    ]
    before, after = (decided((WISHES, SECOND), people, [1, free, 1, 0, 0, 0]) for free in (1, 0))

    found = compare(before, after)

    row = found.people.filter(pl.col("candidate") == "f01").row(0, named=True)
    assert (row["wish_before"], row["wish_after"], row["change"]) == (2, 3, "less_liked")
    first = found.totals.filter(pl.col("measure") == "first_wishes").row(0, named=True)
    assert (first["before"], first["after"]) == (1, 1)
    told = figures_of(after, least=1).wishes
    assert told is not None
    assert told["wish"].to_list() == [1, 3]


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
