"""Rounds by public draw on generated families: the engine decides, a program that shares no code agrees."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from publication.bundle import bundle_files
from publication.record import make_record
from scenarios.call_in import Called
from scenarios.config import RoundConfig, load_config
from scenarios.decision import Decision
from scenarios.notices import notice_of
from scenarios.record_parts import record_parts
from scenarios.round import Round, decide, run_round
from scenarios.tables import Applications, empty_tables, round_schemas
from scoring.overlay import Change, overlay
from scoring.pack import Pack, load_pack
from storage.folders import write_folder
from tests.scenarios.cities import ROOT
from values.problems import BadInput, Place, Refused
from verifier.verify_bundle import verify

PLACE = ROOT / "policies" / "beijing"
PLAIN = {
    "waiting_for": "none", "beijing_urban": True, "area_per_head": 1000, "household_members": 2,
    "annual_income_yuan": 50000_00, "full_capacity": True, "rents_public_flat": False, "times_given_up": 0,
    "oldest_born_on": date(1980, 1, 1), "serious_illness": False, "severe_disability": False,
    "preferential_treatment": False, "veteran": False, "model_worker": False, "adult_orphan": False,
    "intent_in_time": True,
}  # fmt: skip
FLATS = (
    ("h1", "haidian", "studio"),
    ("h2", "haidian", "medium"),
    ("x1", "xicheng", "small"),
    ("x2", "xicheng", "large"),
)
Family = tuple[str, date, str, bool | None, list[str], bool]


@cache
def pack(ties: str = "exclude_all", final: str = "lottery") -> Pack:
    text = (PLACE / "public-rental" / "2011-12-01.yaml").read_text("utf-8")
    text = text.replace("      ties: [lottery]", f"      ties: [{final}]")
    chosen = "ties: {switch: equal_dates, none: exclude_all,"
    assert text.count(chosen) == 1
    return load_pack(text.replace(chosen, chosen.replace("exclude_all", ties)), "draw.yaml")


@cache
def config() -> RoundConfig:
    return load_config((PLACE / "rounds" / "2012-draw" / "round.yaml").read_text("utf-8"), "round.yaml")


def tables(families: list[Family], seats: list[int]) -> Applications:
    """Families as (district, registered on, household, veteran, wishes, refuses); seats of FLATS."""
    schemas = round_schemas(pack().policy, "draw")
    ids = [f"f{number:02d}" for number in range(len(families))]
    people = [
        {**PLAIN, "subject": name, "candidate": name, "district": district, "registered_on": day,
         "household": household, "veteran": veteran}
        for name, (district, day, household, veteran, _, _) in zip(ids, families, strict=True)
    ]  # fmt: skip
    flats = [
        {"offer": offer, "district": district, "type": kind, "name": offer, "seats": n}
        for (offer, district, kind), n in zip(FLATS, seats, strict=True)
    ]
    quotas = [
        {"district": "haidian", "seats": sum(seats[:2])},
        {"district": "xicheng", "seats": sum(seats[2:])},
    ]
    wishes = [
        {"candidate": name, "rank": rank, "offer": offer}
        for name, family in zip(ids, families, strict=True)
        for rank, offer in enumerate(family[4], 1)
    ]
    refusals = [{"candidate": name} for name, family in zip(ids, families, strict=True) if family[5]]
    rows = {"applicants": people, "candidates": people, "offers": flats, "quotas": quotas}
    frames = {name: frame(schemas[name], found) for name, found in rows.items()}
    frames |= {
        "preferences": frame(schemas["preferences"], wishes),
        "refusals": frame(schemas["refusals"], refusals),
    }
    return Applications(**{**empty_tables(), **frames}, ledgers={})


def frame(schema: object, rows: list[dict[str, object]]) -> pl.DataFrame:
    kinds = {
        "id": pl.String,
        "text": pl.String,
        "integer": pl.Int64,
        "decimal": pl.Int64,
        "date": pl.Date,
        "boolean": pl.Boolean,
    }
    columns = [c for c in schema.columns if not rows or c.name in rows[0]]  # type: ignore[attr-defined]
    typed = {
        c.name: pl.Enum(c.members) if c.type == "choice" else kinds.get(c.type, pl.String) for c in columns
    }
    return pl.DataFrame([{name: row[name] for name in typed} for row in rows], schema=typed, orient="row")


days = st.dates(date(2012, 1, 1), date(2012, 1, 4))
families = st.tuples(
    st.sampled_from(("haidian", "xicheng")),
    days,
    st.sampled_from(("single", "couple", "three_or_more")),
    st.sampled_from((True, False, False, None)),
    st.lists(st.sampled_from([offer for offer, _, _ in FLATS]), max_size=4, unique=True),
    st.sampled_from((False, False, True)),
)


def agreed(decided: Round) -> None:
    """Both bundles hold for the independent verifier, and every check of turns was possible."""
    with tempfile.TemporaryDirectory() as folder:
        for form in ("public", "audit"):
            write_folder(Path(folder) / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
            report = verify(Path(folder) / form, "en")
            assert report.ok, report.as_text("en")
    results = {check["name"]: check["result"] for check in report.checks}
    turns = "holds" if decided.priority.draw is not None else "not possible"
    assert (results["call_in"], results["turns"], results["classes"]) == ("holds", turns, "holds")


@given(
    st.lists(families, min_size=1, max_size=12),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
    st.sampled_from(("exclude_all", "admit_all", "lottery")),
    st.sampled_from(("lottery", "lottery", "admit_all", "exclude_all")),
)
def test_whoever_draws_the_verifier_takes_the_same_turns(
    people: list[Family], seats: list[int], ties: str, final: str
) -> None:
    """Call-in, classes, tickets, turns, surplus, refusals and refills of generated draws."""
    try:
        decided = run_round(pack(ties, final), config(), tables(people, seats))
    except BadInput:
        event("nobody was called in")
        return
    event(f"refills: {(decided.placement.outcome == 2).any()}")

    agreed(decided)


@given(
    st.lists(families, min_size=2, max_size=10),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
    st.randoms(),
)
def test_the_order_of_rows_decides_nothing(people: list[Family], seats: list[int], chance: object) -> None:
    """The same families in another order give the same record."""
    given_tables = tables(people, seats)
    rows = list(range(given_tables.candidates.height))
    chance.shuffle(rows)  # type: ignore[attr-defined]
    mixed = replace(
        given_tables, candidates=given_tables.candidates[rows], applicants=given_tables.applicants[rows]
    )
    try:
        decided = run_round(pack(), config(), given_tables)
    except BadInput:
        return

    assert run_round(pack(), config(), mixed).record.digest == decided.record.digest


def test_a_draw_without_classes_is_ordered_by_tickets_alone() -> None:
    """No points, no class, no key, no call-in: everybody in a district is equal before chance."""
    service = "services.draw.ranking"
    changes = [Change(f"{service}.classes", Place(), []), Change(f"{service}.call_in", Place(), drop=True)]
    plain = overlay(pack(), changes)
    people = [("haidian", date(2012, 1, 1), "couple", n % 2 == 0, ["h2"], False) for n in range(6)]
    without = Pack(plain.policy, plain.document, plain.text, plain.notices)

    decided = run_round(without, config(), tables(people, [1, 1, 1, 1]))

    assert set(decided.ranking.rank.tolist()) == {1}
    tickets = decided.priority.tickets
    assert tickets is not None
    drawn = [ticket.tobytes() for ticket in tickets]
    assert np.argsort(decided.priority.position).tolist() == sorted(range(len(drawn)), key=drawn.__getitem__)


FOUR = [("haidian", date(2012, 1, day), "couple", False, ["h1"], False) for day in (1, 2, 2, 3)]


@pytest.mark.parametrize(
    ("ties", "called"),
    [("exclude_all", [True, False, False, False]), ("admit_all", [True, True, True, False])],
)
def test_people_registered_on_the_same_day_share_one_fate_at_the_call_in(
    ties: str, called: list[bool]
) -> None:
    """Two flats call in floor(1.2 x 2) = 2 families; the second and third registered on one day."""
    decided = run_round(pack(ties), config(), tables(FOUR, [2, 0, 0, 0]))

    assert decided.called is not None
    assert decided.called.mask.tolist() == called


def test_a_tie_at_the_call_in_can_be_refused() -> None:
    """`ties: refuse` names the people who share the date."""
    with pytest.raises(Refused) as error:
        run_round(pack("refuse"), config(), tables(FOUR, [2, 0, 0, 0]))

    (problem,) = error.value.problems
    assert (problem.code, dict(problem.params)["names"]) == ("round.call_in_tie", "f01, f02")


def test_a_priority_family_chooses_before_all_others_whatever_the_tickets() -> None:
    """One flat, five families called in, one of them a veteran's."""
    people: list[Family] = [("haidian", date(2012, 1, 1), "couple", n == 3, ["h1"], False) for n in range(5)]
    decided = run_round(pack("admit_all"), config(), tables(people, [1, 0, 0, 0]))

    assert [
        name for name, n in zip(decided.ground.people, decided.placement.outcome, strict=True) if n == 1
    ] == ["f03"]


def test_a_refused_flat_goes_to_the_next_in_the_same_order_and_nobody_else_moves() -> None:
    """Who refuses gives up; the next waiting gets exactly that flat; the others keep theirs."""
    people: list[Family] = [
        ("haidian", date(2012, 1, 1), "couple", False, ["h1", "h2"], False) for _ in range(5)
    ]
    plain = run_round(pack("admit_all"), config(), tables(people, [2, 0, 0, 0]))
    order = sorted(range(5), key=lambda row: plain.ground.priority.position[row])
    first, second, third = (plain.ground.people[row] for row in order[:3])
    refusing: list[Family] = [(*family[:5], f"f{n:02d}" == first) for n, family in enumerate(people)]

    decided = run_round(pack("admit_all"), config(), tables(refusing, [2, 0, 0, 0]))

    outcomes = dict(zip(decided.ground.people, decided.placement.outcome_names(), strict=True))
    assert [outcomes[name] for name in (first, second, third)] == ["gave_up", "placed", "placed"]
    assert sorted(outcomes.values()) == ["gave_up", "placed", "placed", "waiting", "waiting"]


def test_what_a_district_does_not_need_goes_to_families_of_the_others() -> None:
    """Xicheng has two flats and one family; Haidian's priority families come after it, but before no one."""
    people: list[Family] = [("haidian", date(2012, 1, 1), "couple", True, ["x1"], False) for _ in range(3)]
    people += [("xicheng", date(2012, 1, 1), "couple", False, ["x1"], False)]
    decided = run_round(pack("admit_all"), config(), tables(people, [3, 0, 2, 0]))

    placed = {
        name for name, n in zip(decided.ground.people, decided.placement.outcome, strict=True) if n == 1
    }
    assert "f03" in placed
    assert len(placed) == 2
    agreed(decided)


def test_a_flat_of_the_wrong_size_is_never_given() -> None:
    """A couple may have studio, small and medium flats, not large ones."""
    people: list[Family] = [("xicheng", date(2012, 1, 1), "couple", False, ["x2"], False)]
    decided = run_round(pack("admit_all"), config(), tables(people, [0, 0, 0, 3]))

    assert decided.placement.outcome_names() == ["waiting"]
    removed = decided.placement.results[0].market.removed
    assert [removed.categories[n] for n in removed.need] == ["large"]


def test_the_notice_of_a_draw_names_everyone_called_in() -> None:
    """There is no total to show."""
    decided = run_round(pack("admit_all"), config(), tables(FOUR, [2, 0, 0, 0]))

    section = next(each for each in notice_of(decided).sections if each.scope == "haidian")
    assert (section.ranked, section.admitted, section.seats) == (3, 2, 2)


CITY: list[Family] = [
    ("haidian", date(2012, 1, 1 + n % 3), "couple", n % 4 == 0, ["h1", "h2", "x1"], n == 1) for n in range(9)
] + [("xicheng", date(2012, 1, 1), "three_or_more", False, ["x2", "h2"], False) for _ in range(2)]


def told(decided: Decision) -> dict[str, str]:
    """The results of the verifier's checks on the audit bundle of a decision, honest or not."""
    record = make_record(record_parts(decided))
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder) / "audit", bundle_files(record, "audit"))
        return {check["name"]: check["result"] for check in verify(Path(folder) / "audit").checks}


def honest() -> Decision:
    return decide(pack("admit_all"), config(), tables(CITY, [3, 2, 2, 2]))


def test_the_honest_round_of_the_forgeries_below_holds() -> None:
    assert "failed" not in told(honest()).values()


def test_a_flat_given_out_of_turn_is_found() -> None:
    """Two people change places in the outcome; every digest is made anew."""
    made = honest()
    placed = np.flatnonzero(made.placement.outcome == 1)
    one, two = next(
        (a, b) for a in placed for b in placed if made.placement.offer[a] != made.placement.offer[b]
    )
    offer = made.placement.offer.copy()
    offer[[one, two]] = offer[[two, one]]

    assert told(replace(made, placement=replace(made.placement, offer=offer)))["turns"] == "failed"


def test_a_place_on_the_call_in_list_that_the_date_does_not_give_is_found() -> None:
    made = honest()
    assert made.called is not None
    table = made.called.table
    later = table.with_columns(by=pl.when(pl.int_range(pl.len()) == 0).then(date(2012, 3, 1)).otherwise("by"))

    assert told(replace(made, called=Called(later)))["call_in"] == "failed"


def test_a_family_moved_into_the_class_that_goes_first_is_found() -> None:
    """The class of an ordinary family is forged, and the ranking with it."""
    made = honest()
    values = made.ranking.values.copy()
    row = int(np.flatnonzero(values[:, 0] == 2)[0])
    values[row, 0] = 1
    ranking = replace(made.ranking, values=values)

    forged = replace(made, ranking=ranking, ground=replace(made.ground, ranking=ranking))
    assert told(forged)["classes"] == "failed"
