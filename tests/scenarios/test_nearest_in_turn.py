"""Those admitted are placed nearby: all together with the least way, or each in turn at the nearest."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publication.announcement import announcement
from publication.bundle import bundle_files
from publication.letter import letter_text
from scenarios.letters import Letters
from scenarios.round import Round, run_round
from scenarios.tables import Applications, empty_tables
from scoring.pack import Pack, load_pack
from storage.folders import write_folder
from storage.replays import replay_bundle
from tests.effort import COSTLY
from tests.scenarios.test_other_policies import SCHOOLING, TINY, TOWN, config
from tests.scenarios.test_wish_rounds import STAGE, checked, places
from tests.verifier.tiny_bundle import seal
from verifier.verify_bundle import verify

NEARBY = "- {name: nearby, mechanism: redistribution, seats: offers, cost: distance"
Child = tuple[str, int, int]  # town, months insured, longitude


@cache
def pack(then: str | None) -> Pack:
    said = NEARBY + ("}" if then is None else f", then: {then}}}")
    return load_pack(TINY.replace(STAGE, f"{STAGE}\n        {said}"), "tiny.yaml")


def tables(children: list[Child], schools: dict[str, tuple[int, int]]) -> Applications:
    """Everybody lives on the equator; a school's seats and longitude (10^-5 degrees) by town-name."""
    ids = [f"c{at:02d}" for at in range(len(children))]
    where = {"longitude": pl.Int64, "latitude": pl.Int64}
    applicants = pl.DataFrame(
        {"subject": ids, "education": ["junior"] * len(ids), "months": [months for _, months, _ in children]},
        schema_overrides={"education": SCHOOLING},
    )
    candidates = pl.DataFrame(
        {
            "candidate": ids,
            "subject": ids,
            "town": [town for town, _, _ in children],
            "longitude": [far for *_, far in children],
            "latitude": [0] * len(ids),
        },
        schema_overrides={"town": TOWN, **where},
    )
    offers = pl.DataFrame(
        {
            "offer": list(schools),
            "town": [name.split("-")[0] for name in schools],
            "name": list(schools),
            "seats": [seats for seats, _ in schools.values()],
            "longitude": [far for _, far in schools.values()],
            "latitude": [0] * len(schools),
        },
        schema_overrides={"town": TOWN, **where},
    )
    quotas = offers.group_by("town", maintain_order=True).agg(pl.col("seats").sum())
    found = {"applicants": applicants, "candidates": candidates, "offers": offers, "quotas": quotas}
    return Applications(**{**empty_tables(), **found}, ledgers={})


def in_turn(decided: Round, children: list[Child], schools: dict[str, tuple[int, int]]) -> dict[str, str]:
    """The rule in a few lines: going down the ranking, each the nearest school with a seat, then by name."""
    left, found = {name: seats for name, (seats, _) in schools.items()}, {}
    for who in sorted(decided.ground.people, key=dict(positions(decided)).__getitem__):
        town, _, home = children[int(who[1:])]
        open_ = [name for name, seats in left.items() if seats and name.startswith(town)]
        if open_:
            found[who] = min(open_, key=lambda name: (abs(schools[name][1] - home), name))
            left[found[who]] -= 1
    return found


def positions(decided: Round) -> list[tuple[str, int]]:
    return list(zip(decided.ground.people, decided.ground.priority.position.tolist(), strict=True))


TWO: list[Child] = [("east", 30, 0), ("east", 12, -40)]
"""c00 stands first and lives between the schools, c01 left of both."""
SCHOOLS = {"east-0": (1, -10), "east-1": (1, 12)}


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        # Together: c00 12 + c01 30 = 42 instead of 10 + 52 = 62 (in 1.11 m).
        (None, {"c00": "east-1", "c01": "east-0"}),
        ("least_cost", {"c00": "east-1", "c01": "east-0"}),
        ("in_order", {"c00": "east-0", "c01": "east-1"}),
    ],
)
def test_the_first_goes_to_the_nearest_or_all_together_go_the_least_way(
    then: str | None, expected: dict[str, str]
) -> None:
    decided = run_round(pack(then), config(), tables(TWO, SCHOOLS))

    assert places(decided) == expected
    assert checked(decided)["redistribution"] == "holds"


towns = st.sampled_from(("east", "west"))
children = st.lists(
    st.tuples(towns, st.sampled_from((1, 12, 12, 30)), st.integers(-9, 9)), min_size=1, max_size=9
)
schools = st.lists(st.tuples(st.integers(0, 3), st.integers(-9, 9)), min_size=4, max_size=4)


@given(children, schools)
@COSTLY
def test_each_in_turn_is_what_the_few_lines_say(people: list[Child], at: list[tuple[int, int]]) -> None:
    sites = dict(zip(("east-0", "east-1", "west-0", "west-1"), at, strict=True))

    decided = run_round(pack("in_order"), config(), tables(people, sites))

    due = in_turn(decided, people, sites)
    assert {who: place for who, place in places(decided).items() if place} == due
    assert checked(decided)["outcomes"] == "holds"


def test_an_exchange_against_the_order_of_turns_fails_and_the_bundle_replays(tmp_path: Path) -> None:
    """The two swap schools, which is what least cost would give, and all digests are computed again."""
    decided = run_round(pack("in_order"), config(), tables(TWO, SCHOOLS))
    write_folder(tmp_path, bundle_files(decided.record, "audit"))
    assert replay_bundle(tmp_path).same
    path = tmp_path / "outcomes.csv"
    swapped = path.read_text().replace("east-0", "?").replace("east-1", "east-0").replace("?", "east-1")
    path.write_text(swapped, newline="")
    seal(tmp_path)

    report = verify(tmp_path, "en")

    failed = [(check["name"], check["detail"]) for check in report.checks if check["result"] == "failed"]
    assert [(name, detail[:23]) for name, detail in failed] == [("redistribution", "c00 could have east-0, ")]


def test_letter_and_announcement_say_in_which_way_places_are_given() -> None:
    decided = run_round(pack("in_order"), config(), tables(TWO, SCHOOLS))
    letter = letter_text(Letters(decided, decided.record.digest).letter("c01"), "en")

    assert letter.nearer[0].startswith("Those admitted are placed one after the other, each at the nearest")
    told = {then: said(pack(then)) for then in (None, "in_order")}
    assert "placed by: least summed distance" in told[None]
    assert "placed by: each in turn at the nearest" in told["in_order"]


def said(found: Pack) -> list[str]:
    parts = announcement(found.policy, "en").sections
    return [line.text for part in parts for line in part.lines]
