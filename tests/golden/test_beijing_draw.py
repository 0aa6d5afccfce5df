"""A tiny public draw by the Beijing rules of 2011, worked by hand from the text.

Two districts. Xicheng has 6 flats and calls floor(6 x 1.2) = 7 households, Daxing has 4 and calls
floor(4 x 1.2) = 4 (art. 13(2)).
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from publication.bundle import Form, bundle_files
from scenarios.case_tables import frame_of
from scenarios.config import load_config
from scenarios.round import Round, run_round
from scenarios.tables import Applications, round_schemas
from scoring.eligibility import STATUSES
from scoring.pack import load_pack
from storage.folders import write_folder
from tests.golden.published_draw import tickets
from verifier.verify_bundle import verify

PACK = Path(__file__).parents[2] / "policies" / "beijing" / "public-rental" / "2011-12-01.yaml"
DRAW = "tiny-draw"
SOURCES = (
    ("balls-1", "04 10 16 19 22 33 + 14"),
    ("balls-2", "09 14 17 20 27 28 + 04"),
    ("balls-3", "02 06 11 23 25 31 + 03"),
    ("balls-4", "06 08 12 25 29 32 + 10"),
    ("balls-5", "01 04 06 09 24 33 + 08"),
    ("balls-6", "05 17 22 23 27 30 + 08"),
)
CONFIG = f"""
format: round/1
id: tiny-draw
title: {{zh: 小摇号, en: tiny draw}}
policy: beijing/public-rental
service: draw
as_of: 2012-05-31
illustrative: {{zh: 模拟, en: invented}}
draw:
  id: {DRAW}
  sources: [{", ".join(f"{{name: {name}, value: '{value}', entropy_bits: 24}}" for name, value in SOURCES)}]
notice:
  office: {{zh: 示例, en: example}}
  contact: {{zh: 示例, en: example}}
  published_on: 2012-06-01
"""

QUOTAS = {"xicheng": 6, "daxing": 4}
OFFERS = {  # offer: district, type, flats
    "x-dorm": ("xicheng", "dormitory", 1),
    "x-small": ("xicheng", "small", 2),
    "x-medium": ("xicheng", "medium", 2),
    "x-large": ("xicheng", "large", 1),
    "d-studio": ("daxing", "studio", 1),
    "d-medium": ("daxing", "medium", 1),
    "d-large": ("daxing", "large", 2),
}

# One line a household: composition, day of registration, wishes, and what differs from an ordinary household
# of urban Beijing within the limits. The letter is the district.
HOUSEHOLDS: dict[str, tuple[str, str, str, dict[str, object]]] = {
    # serious illness claimed but not shown: ordinary (R8)
    "X1": ("couple", "2008-03-07", "x-medium x-small", {"serious_illness": None}),
    # x-medium does not fit one person (art. 8)
    "X2": ("single", "2008-05-09", "x-medium x-small", {}),
    # waits for affordable housing: priority, and art. 4(2) need not hold
    "X3": (
        "three_or_more",
        "2010-02-05",
        "x-large x-medium",
        {"waiting_for": "affordable", "beijing_urban": False, "area_per_head": "22.00"},
    ),
    # two places given up are not more than two (art. 15)
    "X4": ("couple", "2009-01-09", "x-medium x-small", {"times_given_up": 2}),
    # the oldest member is 60 on this very day: priority
    "X5": ("parent_child_from_10", "2009-01-09", "x-large d-medium", {"oldest_born_on": "1952-05-31"}),
    # and here 60 tomorrow: ordinary
    "X6": ("three_or_more", "2009-06-05", "x-large x-medium d-medium", {"oldest_born_on": "1952-06-01"}),
    # four members, exactly 130,000 yuan
    "X7": (
        "three_or_more",
        "2010-02-05",
        "x-medium d-medium",
        {"household_members": 4, "annual_income_yuan": "130000"},
    ),
    "X8": ("single", "2010-02-12", "x-small", {}),
    "D1": ("single", "2008-10-10", "d-studio x-dorm", {"area_per_head": "15.00"}),  # exactly 15
    "D2": ("couple", "2009-07-03", "d-studio d-medium", {"veteran": True}),
    "D3": ("three_or_more", "2009-09-04", "d-large", {"annual_income_yuan": "100000"}),  # exactly 100,000
    "D4": ("single", "2010-03-05", "d-studio", {}),
    "D5": ("couple", "2010-03-05", "d-studio", {}),
    # registered before all others, but not qualified; they take no place on the list (R6)
    "X91": ("single", "2007-01-05", "x-small", {"area_per_head": "15.01"}),
    "X92": ("three_or_more", "2007-01-05", "x-large", {"annual_income_yuan": "100000.01"}),
    "X93": ("single", "2007-01-05", "x-small", {"times_given_up": 3}),
    "X94": ("single", "2007-01-05", "x-small", {"area_per_head": None}),
}
REFUSE = ("X3", "D2")
MEMBERS = {
    "single": 1,
    "couple": 2,
    "parent_child_below_10": 2,
    "parent_child_from_10": 2,
    "three_or_more": 3,
}
DISTRICT = {"X": "xicheng", "D": "daxing"}

# Xicheng by date: X1, X2, X4 = X5, X6, X3 = X7 (places 6 and 7), X8 is the eighth: X1 to X7 are called.
# Daxing by date: D1, D2, D3, D4 = D5. The limit 4 falls between the last two, so neither is called (R5).
CALLED = {"X1", "X2", "X3", "X4", "X5", "X6", "X7", "D1", "D2", "D3"}

# Priority before ordinary (art. 13(3)), inside by ticket. Tickets (first byte): D3 01, X4 1e, X3 43, X1 68,
# X6 6a, X2 91, X7 9c, D1 b6, X5 c1, D2 fc.
ORDER = {"xicheng": ["X3", "X5", "X4", "X1", "X6", "X2", "X7"], "daxing": ["D2", "D3", "D1"]}

# Choice. Xicheng: X3 x-large; X5 wants x-large (gone) and d-medium (not here): nothing; X4 and X1 take the
# two x-medium; X6 finds x-large and x-medium gone; X2 may not have x-medium and takes x-small; X7 finds
# x-medium gone.
# Daxing: D2 d-studio; D3 d-large; D1 finds d-studio gone.
# Left: x-dorm 1, x-small 1, d-medium 1, d-large 1. Without a flat: X5, X6, X7, D1.
#
# Surplus, all districts together, priority first, then ticket (R13): X5 takes d-medium, though X6 and X7 have
# smaller tickets; X6 and X7 find it gone; D1 takes x-dorm.
#
# Refusals (R14, R15): X3 gives x-large up, the next waiting in the same order is X6, who listed it. D2 gives
# d-studio up; D1 wanted it more than x-dorm, but has a flat and no longer waits; nobody else waits for it.
OUTCOMES: dict[str, tuple[str, str | None, str]] = {  # outcome, flat, stage
    "X1": ("placed", "x-medium", "choice"),
    "X2": ("placed", "x-small", "choice"),
    "X3": ("gave_up", "x-large", "choice"),
    "X4": ("placed", "x-medium", "choice"),
    "X5": ("placed", "d-medium", "surplus"),
    "X6": ("placed", "x-large", "choice"),
    "X7": ("waiting", None, "surplus"),
    "D1": ("placed", "x-dorm", "surplus"),
    "D2": ("gave_up", "d-studio", "choice"),
    "D3": ("placed", "d-large", "choice"),
}


def test_the_list_is_the_earliest_of_those_who_qualify_and_a_tie_at_its_end_stays_out() -> None:
    """Art. 13(2), readings R4 to R6."""
    called = tiny_draw().called
    assert called is not None

    rows = dict(called.table.select("candidate", "called").rows())
    places = dict(called.table.select("candidate", "place").rows())

    assert {name for name, is_called in rows.items() if is_called} == CALLED
    assert set(rows) == CALLED | {"X8", "D4", "D5"}
    assert [places[name] for name in ("X1", "X2", "X4", "X5", "X6", "X3", "X7", "X8")] == [
        *(1, 2, 3, 3, 5, 6, 6, 8)
    ]


def test_under_the_other_reading_everybody_of_the_date_at_the_limit_is_called() -> None:
    """Reading R5: D4 and D5 share the fourth place of Daxing's list, and both enter."""
    called = tiny_draw(equal_dates="all").called
    assert called is not None

    rows = dict(called.table.select("candidate", "called").rows())

    assert {name for name, is_called in rows.items() if is_called} == CALLED | {"D4", "D5"}


def test_under_the_other_reading_a_flat_not_signed_for_stays_empty() -> None:
    """Reading R15: X3's large flat does not go to X6, whose other wishes are gone."""
    decided = tiny_draw(not_signed="kept")

    given = dict(zip(decided.ground.people, decided.placement.outcome_names(), strict=True))

    assert given == {name: outcome for name, (outcome, _, _) in OUTCOMES.items()} | {"X6": "waiting"}


def test_who_does_not_qualify_is_told_why() -> None:
    """15.01 square metres, one cent too much, three places given up, and an area nobody knows."""
    decided = tiny_draw()
    ids = list(decided.facts.candidates)
    status = {name: STATUSES[code] for name, code in zip(ids, decided.standings.status, strict=True)}

    assert {name: status[name] for name in ("X91", "X92", "X93", "X94")} == {
        "X91": "ineligible",
        "X92": "ineligible",
        "X93": "ineligible",
        "X94": "pending",
    }
    assert {status[name] for name in HOUSEHOLDS if len(name) == 2} == {"eligible"}


def test_the_tickets_are_those_of_the_published_method() -> None:
    """Computed here from the roster of those called in, the draw's id and the balls."""
    decided = tiny_draw()
    drawn = decided.priority.tickets
    assert drawn is not None

    given = {name: row.tobytes() for name, row in zip(decided.ground.people, drawn, strict=True)}

    assert given == tickets(DRAW, SOURCES, {name: DISTRICT[name[0]] for name in CALLED})


def test_priority_households_come_first_and_the_ticket_decides_inside() -> None:
    """Art. 13(3) and (4)1."""
    decided = tiny_draw()
    by_ticket = tickets(DRAW, SOURCES, {name: DISTRICT[name[0]] for name in CALLED})
    first = {"X3", "X5", "D2"}

    for number, district in enumerate(decided.ranking.scopes):
        rows = [row for row in range(len(CALLED)) if decided.ranking.scope[row] == number]
        order = [
            decided.ground.people[row] for row in sorted(rows, key=lambda r: decided.priority.position[r])
        ]
        assert order == ORDER[district]
        assert order == sorted(order, key=lambda name: (name not in first, by_ticket[name]))


def test_everybody_gets_what_the_rules_give() -> None:
    """Choice in turn, fitting flats, surplus to other districts, refusals and who follows."""
    decided = tiny_draw()
    placement, offers = decided.placement, decided.ground.offers["offer"]

    given = {
        name: (
            outcome,
            None if row < 0 else offers[int(row)],
            decided.pack.policy.services["draw"].allocation.stages[stage].name,
        )
        for name, outcome, row, stage in zip(
            decided.ground.people,
            placement.outcome_names(),
            placement.offer,
            placement.decided,
            strict=True,
        )
    }

    assert given == OUTCOMES
    waiting = dict(zip(decided.ground.people, placement.waiting.tolist(), strict=True))
    assert {name: place for name, place in waiting.items() if place} == {"X7": 1}


def test_the_record_counts_every_household_and_every_flat() -> None:
    """17 households, 10 called; of 10 flats 7 are taken, x-small, d-studio and d-large are left."""
    counts = tiny_draw().record.document["counts"]

    assert (counts["candidates"], counts["ranked"]) == (17, 10)
    assert (counts["placed"], counts["gave_up"], counts["waiting"]) == (7, 2, 1)
    assert (counts["seats"], counts["seats_left"]) == (10, 3)


@pytest.mark.parametrize("form", ["public", "audit"])
def test_the_verifier_follows_the_whole_draw(form: Form, tmp_path: Path) -> None:
    """Nothing fails, and from the audit bundle the list, the classes and every turn are checked."""
    write_folder(tmp_path / form, bundle_files(tiny_draw().record, form))

    assert verify(tmp_path / form, "en").ok


@cache
def tiny_draw(**readings: str) -> Round:
    """The round above, decided under the readings chosen."""
    choices = {"recheck": "before_list", **readings}  # worked out under the other reading of R6
    pack = load_pack(PACK.read_text("utf-8"), PACK.name, choices=choices)
    schemas = round_schemas(pack.policy, "draw")
    rows: dict[str, list[dict[str, object]]] = {
        "applicants": [_applicant(name) for name in HOUSEHOLDS],
        "candidates": [
            {
                "candidate": name,
                "subject": name,
                "district": DISTRICT[name[0]],
                "household": household,
                "registered_on": _day(registered),
                "intent_in_time": True,
            }
            for name, (household, registered, _, _) in HOUSEHOLDS.items()
        ],
        "offers": [
            {"offer": offer, "district": district, "name": offer, "type": kind, "seats": flats}
            for offer, (district, kind, flats) in OFFERS.items()
        ],
        "quotas": [{"district": district, "seats": flats} for district, flats in QUOTAS.items()],
        "preferences": [
            {"candidate": name, "rank": rank, "offer": offer}
            for name, (_, _, wishes, _) in HOUSEHOLDS.items()
            for rank, offer in enumerate(wishes.split(), start=1)
        ],
        "refusals": [{"candidate": name} for name in REFUSE],
    }
    frames = {name: frame_of(schemas[name], listed) for name, listed in rows.items()}
    return run_round(pack, load_config(CONFIG, "round.yaml"), Applications(**frames, ledgers={}))


def _applicant(name: str) -> dict[str, object]:
    household, _, _, differs = HOUSEHOLDS[name]
    facts: dict[str, object] = {
        "subject": name,
        "waiting_for": "none",
        "beijing_urban": True,
        "area_per_head": "12.00",
        "household_members": MEMBERS[household],
        "annual_income_yuan": "60000",
        "full_capacity": True,
        "rents_public_flat": False,
        "times_given_up": 0,
        "oldest_born_on": "1970-01-01",
        "serious_illness": False,
        "severe_disability": False,
        "preferential_treatment": False,
        "veteran": False,
        "model_worker": False,
        "adult_orphan": False,
        **differs,
    }
    return {**facts, "oldest_born_on": _day(str(facts["oldest_born_on"]))}


def _day(text: str) -> date:
    return date.fromisoformat(text)
