"""Tiny housing rounds of Zhongshan, worked by hand: the city-wide ranking, its ties, and the flats."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from publication.bundle import Form, bundle_files
from scenarios.case_tables import frame_of
from scenarios.config import load_config
from scenarios.round import Round, run_round
from scenarios.tables import Applications, empty_tables, round_schemas
from scoring.pack import load_pack
from storage.folders import write_folder
from tests.golden.published_draw import tickets
from values.yaml_marks import read_yaml
from verifier.verify_bundle import verify

FOLDER = Path(__file__).parent
PACK = FOLDER.parents[1] / "policies" / "zhongshan" / "points" / "2014-10-30.yaml"
DRAW, BALLS = "tiny-housing", (("balls", "02 03 05 07 11 13 + 01"),)
CONFIG = """
format: round/1
id: tiny-housing
title: {{zh: 小配租, en: tiny housing round}}
policy: zhongshan/points
service: {service}
as_of: 2016-09-30
illustrative: {{zh: 模拟, en: invented}}
draw: {{id: tiny-housing, sources: [{{name: balls, value: 02 03 05 07 11 13 + 01, entropy_bits: 24}}]}}
notice:
  office: {{zh: 示例, en: example}}
  contact: {{zh: 示例, en: example}}
  published_on: 2016-10-10
"""
CENTRE, NORTH = ("113.38", "22.52"), ("113.30", "22.60")

# Facts on top of a person who meets every condition and earns nothing, town, minute of filing, size, home.
HOUSEHOLDS: dict[str, tuple[dict[str, object], str, str, str, tuple[str, str]]] = {
    # (80 + 20) x 1.3 = 130
    "H1": ({"education": "bachelor", "skill_level": "junior"}, "xiaolan", "09:00", "one", CENTRE),
    # 80 x 1.3 = 104; personal quality 80
    "H2": ({"education": "bachelor"}, "xiaolan", "09:00", "four_or_more", CENTRE),
    # 80 + 20 + 4 = 104; personal quality 100
    "H3": (
        {"education": "bachelor", "skill_level": "junior", "training_courses": 1},
        "shiqi",
        "09:00",
        "one",
        CENTRE,
    ),
    # as H3, but filed an hour later
    "H4": (
        {"education": "bachelor", "skill_level": "junior", "training_courses": 1},
        "dongqu",
        "10:00",
        "two",
        CENTRE,
    ),
    # as H4, in the same minute
    "H5": (
        {"education": "bachelor", "skill_level": "junior", "training_courses": 1},
        "nanqu",
        "10:00",
        "three",
        NORTH,
    ),
    # 30 + 12 - 10 = 32
    "H6": ({"education": "senior", "training_courses": 3, "detentions": 1}, "shiqi", "08:00", "one", CENTRE),
    # 30 + 8 - 10 = 28: below 30
    "H7": ({"education": "senior", "training_courses": 2, "detentions": 1}, "shiqi", "08:00", "one", CENTRE),
    # the police have not answered
    "H8": ({"education": "bachelor", "criminal_penalty": None}, "shiqi", "08:00", "one", CENTRE),
}
TOWNS = sorted({town for _, town, *_ in HOUSEHOLDS.values()})
RANKED = ("H1", "H2", "H3", "H4", "H5", "H6")
TICKETS = tickets(DRAW, BALLS, dict.fromkeys(RANKED, "*"))
TIED = sorted(("H4", "H5"), key=TICKETS.__getitem__)

# Totals 130, 104 (four times), 32. Among the four personal quality decides, before the reward (R29):
# 100, 100, 100 come before 80, though 80 was multiplied and they were not. Then the minute of filing,
# then the draw.
ORDER = ["H1", "H3", *TIED, "H2", "H6"]


def test_the_whole_city_is_ranked_together_by_points_keys_time_and_draw() -> None:
    """Detail 13, readings R28 and R29; H4 and H5 share rank 3 until the draw."""
    decided = tiny_round("housing", 3)
    people, ranking = decided.ground.people, decided.ranking

    ranks = dict(zip(people, ranking.rank.tolist(), strict=True))
    positions = dict(zip(people, decided.priority.position.tolist(), strict=True))
    drawn = decided.priority.tickets
    assert drawn is not None

    assert ranking.scopes == ("*",)
    assert ranks == {"H1": 1, "H3": 2, "H4": 3, "H5": 3, "H2": 5, "H6": 6}
    assert {name: row.tobytes() for name, row in zip(people, drawn, strict=True)} == TICKETS
    assert sorted(positions, key=positions.__getitem__) == ORDER


def test_as_many_qualify_as_there_are_flats() -> None:
    """Three flats: the draw decides between H4 and H5; the others wait in their order."""
    given = outcomes(tiny_round("housing", 3))

    assert given == {
        "H1": ("placed", 0),
        "H3": ("placed", 0),
        TIED[0]: ("placed", 0),
        TIED[1]: ("waiting", 1),
        "H2": ("waiting", 2),
        "H6": ("waiting", 3),
    }


def test_by_the_other_reading_each_town_ranks_its_own_households() -> None:
    """R28, one flat a town: H4 and H5 no longer compete, and H2 and H6 wait behind H1 and H3 alone."""
    decided = tiny_round("housing", 1, by_town=True)

    assert sorted(decided.ranking.scopes) == TOWNS == ["dongqu", "nanqu", "shiqi", "xiaolan"]
    assert outcomes(decided) == {
        "H1": ("placed", 0),
        "H2": ("waiting", 1),
        "H3": ("placed", 0),
        "H4": ("placed", 0),
        "H5": ("placed", 0),
        "H6": ("waiting", 1),
    }


def test_by_the_other_reading_equal_totals_are_separated_by_points_with_the_reward(tmp_path: Path) -> None:
    """R29: of the four with 104, H2 has 80 × 1.3 = 104 of personal quality, the other three 100."""
    decided = tiny_round("housing", 3, reading=("separating_points", "rewarded"))
    people, ranking = decided.ground.people, decided.ranking

    assert dict(zip(people, ranking.rank.tolist(), strict=True)) == {
        "H1": 1,
        "H2": 2,
        "H3": 3,
        "H4": 4,
        "H5": 4,
        "H6": 6,
    }
    assert dict(zip(people, ranking.values[:, 1].tolist(), strict=True))["H2"] == 10400
    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
        report = verify(tmp_path / form, "en")
        assert report.ok, report.as_text("en")


@pytest.mark.parametrize(("flats", "left"), [(6, 0), (10, 4)])
def test_when_there_are_flats_enough_everybody_above_the_gate_qualifies(flats: int, left: int) -> None:
    """And the surplus is reported; nobody below 30 points or undecided is let in by it."""
    decided = tiny_round("housing", flats)

    assert outcomes(decided) == dict.fromkeys(RANKED, ("placed", 0))
    counts = decided.record.document["counts"]
    assert (counts["seats"], counts["seats_left"]) == (flats, left)
    assert counts["excluded"]["by_status"] == {"ineligible": 1, "pending": 1}


def test_a_qualified_household_gets_a_fitting_flat_near_home_or_stays_qualified() -> None:
    """Five flats: H1, H3, H4, H5 and H2 qualify.

    The one flat of one room goes to H1, who ranks before H3; nothing else fits H3. H4 (two people) and H2
    (four) live in the centre and take the two flats of two rooms there, H5 (three) the one in the north: no
    metre in all. The flat of three rooms is left.
    """
    decided = tiny_round("housing_flats", 5)
    flats = decided.ground.offers["offer"]
    got = {
        name: flats[int(row)]
        for name, row in zip(decided.ground.people, decided.placement.offer, strict=True)
        if row >= 0
    }

    assert got == {"H1": "c-one", "H2": "c-two", "H4": "c-two", "H5": "n-two"}
    assert outcomes(decided) == {
        **dict.fromkeys(got, ("placed", 0)),
        "H3": ("qualified", 0),
        "H6": ("waiting", 1),
    }


@pytest.mark.parametrize("form", ["public", "audit"])
@pytest.mark.parametrize(("service", "flats"), [("housing", 3), ("housing", 10), ("housing_flats", 5)])
def test_the_verifier_finds_nothing_wrong(service: str, flats: int, form: Form, tmp_path: Path) -> None:
    """Deductions, the city-wide ranking, and the household that qualifies without a flat."""
    write_folder(tmp_path / form, bundle_files(tiny_round(service, flats).record, form))

    report = verify(tmp_path / form, "en")
    assert report.ok, report.as_text("en")


def test_the_shipped_round_has_the_published_number_of_flats() -> None:
    """Notice of 29 April 2016: 500; the split by town is a picture and unknown here."""
    quotas = pl.read_csv(PACK.parents[1] / "rounds" / "2016-housing" / "quotas.csv")

    assert quotas.to_dicts() == [{"seats": 500}]


FLATS = (  # sum 5
    {"offer": "c-one", "type": "one_room", "seats": 1, "longitude": CENTRE[0], "latitude": CENTRE[1]},
    {"offer": "c-two", "type": "two_rooms", "seats": 2, "longitude": CENTRE[0], "latitude": CENTRE[1]},
    {"offer": "n-two", "type": "two_rooms", "seats": 1, "longitude": NORTH[0], "latitude": NORTH[1]},
    {"offer": "n-three", "type": "three_rooms", "seats": 1, "longitude": NORTH[0], "latitude": NORTH[1]},
)


def outcomes(decided: Round) -> dict[str, tuple[str, int]]:
    """Everybody's outcome and place on the waiting list."""
    placement = decided.placement
    named = zip(decided.ground.people, placement.outcome_names(), placement.waiting.tolist(), strict=True)
    return {name: (outcome, place) for name, outcome, place in named}


@cache
def tiny_round(
    service: str, flats: int, *, by_town: bool = False, reading: tuple[str, str] | None = None
) -> Round:
    """The households above and so many flats, in all or under the other reading of R28 a town, decided."""
    choices = {"housing_ranking": "town"} if by_town else {}
    choices |= {} if reading is None else dict([reading])
    pack = load_pack(PACK.read_text("utf-8"), PACK.name, choices=choices)
    schemas = round_schemas(pack.policy, service)
    defaults = read_yaml((FOLDER / "zhongshan_housing_cases.yaml").read_text("utf-8"), "cases").value[
        "defaults"
    ]  # type: ignore[index]
    rows: dict[str, list[dict[str, object]]] = {
        "applicants": [
            {"subject": name, **defaults["subject"], **facts} for name, (facts, *_) in HOUSEHOLDS.items()
        ],
        "candidates": [_candidate(name, with_size=service == "housing_flats") for name in HOUSEHOLDS],
        "quotas": [{"town": town, "seats": flats} for town in TOWNS] if by_town else [{"seats": flats}],
        "refusals": [],
        "insurance": [],
        "permits": [],
    }
    if service == "housing_flats":
        rows["offers"] = [{**flat, "name": flat["offer"]} for flat in FLATS]
    frames = {name: frame_of(schemas[name], listed) for name, listed in rows.items()}
    ledgers = {name: frames.pop(name) for name in ("insurance", "permits")}
    tables = Applications(**{**empty_tables(), **frames}, ledgers=ledgers)
    return run_round(pack, load_config(CONFIG.format(service=service), "round.yaml"), tables)


def _candidate(name: str, *, with_size: bool) -> dict[str, object]:
    _, town, minute, size, home = HOUSEHOLDS[name]
    return {
        "candidate": name,
        "subject": name,
        "filed_at": f"2016-03-16T{minute}",
        "town": town,
        "works_in_town": True,
        "applied_in_window": True,
        "longitude": home[0],
        "latitude": home[1],
        **({"household_size": size} if with_size else {}),
    }
