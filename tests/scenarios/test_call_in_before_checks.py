"""A list that is made before some criteria are checked: whoever fails has taken a place; nobody follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from publication.announcement import announcement
from publication.letter import letter_text
from scenarios.letters import Letters
from scenarios.round import Round, run_round
from scenarios.tables import Applications
from scoring.pack import Pack, load_pack
from tests.effort import COSTLY
from tests.scenarios.test_draw_rounds import PLACE, Family, agreed, config, tables
from values.problems import BadInput

PATH = PLACE / "public-rental" / "2011-12-01.yaml"


def pack(reading: str) -> Pack:
    return load_pack(PATH.read_text("utf-8"), "draw.yaml", choices={"recheck": reading})


def round_of(families: list[tuple[str, int, bool | None]], flats: int, reading: str) -> Round:
    """Families as (district, day of registration in January 2012, whether they rent a flat already)."""
    plain: list[Family] = [
        (district, date(2012, 1, day), "single", False, [], False) for district, day, _ in families
    ]
    found = tables(plain, [flats, 0, flats, 0])
    renting = pl.Series("rents_public_flat", [rents for *_, rents in families], dtype=pl.Boolean)
    return run_round(pack(reading), config(), _with(found, renting))


def _with(found: Applications, column: pl.Series) -> Applications:
    """In whichever table the fact stands."""
    name = next(name for name in ("applicants", "candidates") if column.name in getattr(found, name).columns)
    return replace(found, **{name: getattr(found, name).with_columns(column)})


def called(decided: Round) -> dict[str, bool]:
    assert decided.called is not None
    return dict(decided.called.table.select("candidate", "called").iter_rows())


SEVEN = [("haidian", day, day == 2) for day in range(1, 8)]
"""f01, the second to register, rents a flat already."""


@pytest.mark.parametrize(
    ("reading", "listed", "drawn"),
    [
        # Five flats, 1.2 x 5 = 6 families: f00 to f05; f01 fails afterwards, so five are drawn.
        ("after_list", {"f00", "f01", "f02", "f03", "f04", "f05"}, {"f00", "f02", "f03", "f04", "f05"}),
        # Without f01 the six are f00 and f02 to f06.
        (
            "before_list",
            {"f00", "f02", "f03", "f04", "f05", "f06"},
            {"f00", "f02", "f03", "f04", "f05", "f06"},
        ),
    ],
)
def test_whoever_fails_the_later_check_takes_a_place_on_the_list_or_none(
    reading: str, listed: set[str], drawn: set[str]
) -> None:
    decided = round_of(SEVEN, 5, reading)

    assert {who for who, is_called in called(decided).items() if is_called} == listed
    assert set(decided.ground.people) == drawn
    agreed(decided)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("haidian", "xicheng")),
            st.integers(1, 6),
            st.sampled_from((False, False, True, None)),
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 5),
)
@COSTLY
def test_the_list_is_the_first_so_many_of_all_and_the_draw_is_for_those_who_qualify(
    families: list[tuple[str, int, bool | None]], flats: int
) -> None:
    """Equal dates at the limit: none of them; a family of which it is open keeps its place and waits."""
    try:
        decided = round_of(families, flats, "after_list")
    except BadInput:
        event("nobody qualifies")
        return

    due = set()
    for number, (district, day, _) in enumerate(families):
        ahead = sum(other == district and at <= day for other, at, _ in families)
        due |= {f"f{number:02d}"} if ahead <= 1.2 * flats else set()
    assert {who for who, is_called in called(decided).items() if is_called} == due
    assert set(decided.ground.people) == {who for who in due if families[int(who[1:])][2] is False}
    agreed(decided)


def test_a_letter_names_the_condition_and_the_announcement_what_is_checked_when() -> None:
    decided = round_of(SEVEN, 5, "after_list")

    letters = Letters(decided, decided.record.digest)
    out, late = (letter_text(letters.letter(who), "en") for who in ("f01", "f06"))
    lines = [line.text for part in announcement(decided.pack.policy, "en").sections for line in part.lines]

    assert any("code one_flat" in reason for reason in out.reasons)
    assert not any("called in" in reason for reason in out.reasons)
    assert any("called in" in reason for reason in late.reasons)
    assert any(line.startswith("checked afterwards; nobody follows for whoever fails: ") for line in lines)
