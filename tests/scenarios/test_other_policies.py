"""What the Zhongshan pack does not use: people scored for themselves, other tie policies, selection alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from publication.bundle import bundle_files
from scenarios.config import RoundConfig, load_config
from scenarios.notices import notice_of
from scenarios.round import Round, run_round
from scenarios.tables import Applications, no_preferences, no_refusals
from scoring.pack import load_pack
from storage.folders import write_folder
from values.problems import Refused
from verifier.verify_bundle import verify

TINY = (Path(__file__).parents[1] / "scoring" / "tiny_pack.yaml").read_text("utf-8")
CONFIG = """
format: round/1
id: tiny
title: {zh: 小城, en: tiny}
policy: tiny.yaml
service: school
as_of: 2015-05-31
draw: {id: tiny, sources: [{name: balls, value: "01 02 03", entropy_bits: 128}]}
notice: {office: {zh: 办公室, en: office}, contact: {zh: 窗口, en: counter}, published_on: 2015-06-01}
"""
TOWN, SCHOOLING = pl.Enum(["east", "west"]), pl.Enum(["none", "junior"])


def tables(people: Sequence[tuple[str, str, int | None]], seats: dict[str, int]) -> Applications:
    """People as (id, town, months insured); everyone has finished junior middle school (20 points)."""
    ids = [name for name, _, _ in people]
    applicants = pl.DataFrame(
        {"subject": ids, "education": ["junior"] * len(ids), "months": [months for *_, months in people]},
        schema_overrides={"education": SCHOOLING},
    )
    candidates = pl.DataFrame(
        {"candidate": ids, "subject": ids, "town": [town for _, town, _ in people]},
        schema_overrides={"town": TOWN},
    )
    quotas = pl.DataFrame(
        {"town": list(seats), "seats": list(seats.values())}, schema_overrides={"town": TOWN}
    )
    offers = quotas.with_columns(
        offer=pl.lit("school-") + pl.col("town").cast(pl.String), name=pl.lit("School")
    )
    return Applications(applicants, candidates, offers, quotas, no_preferences(), no_refusals(), {})


def decide(people: list[tuple[str, str, int]], seats: dict[str, int], *, ties: str = "lottery") -> Round:
    pack = load_pack(TINY.replace("ties: [lottery]", f"ties: [{ties}]"), "tiny.yaml")
    return run_round(pack, config(), tables(people, seats))


def config() -> RoundConfig:
    return load_config(CONFIG, "round.yaml")


def outcomes(decided: Round) -> dict[str, str]:
    return dict(zip(decided.ground.people, decided.placement.outcome_names(), strict=True))


THREE = [("a", "east", 30), ("b", "east", 13), ("c", "east", 13), ("d", "east", 1)]


@pytest.mark.parametrize(
    ("ties", "placed"),
    [
        ("admit_all", {"a", "b", "c"}),  # the equal group enters, the quota is exceeded
        ("exclude_all", {"a"}),  # the equal group stays out, a seat is left
    ],
)
def test_equal_people_at_the_limit_are_treated_alike(ties: str, placed: set[str]) -> None:
    """Two seats; the second and third are equal: both in or both out, never one of them."""
    decided = decide(THREE, {"east": 2}, ties=ties)

    assert {name for name, outcome in outcomes(decided).items() if outcome == "placed"} == placed
    assert decided.ground.priority.tickets is None


def test_a_tie_at_the_limit_is_refused_by_name_where_the_policy_refuses_ties() -> None:
    """The error names the people whom nothing separates."""
    with pytest.raises(Refused) as error:
        decide(THREE, {"east": 2}, ties="refuse")

    shown = str(error.value)
    assert "b" in shown
    assert "c" in shown


def test_a_tie_away_from_the_limit_is_no_reason_to_refuse() -> None:
    """Three seats: it does not matter which of the equal two comes first."""
    decided = decide(THREE, {"east": 3}, ties="refuse")

    assert {name for name, outcome in outcomes(decided).items() if outcome == "placed"} == {"a", "b", "c"}


def test_a_lottery_takes_exactly_as_many_as_there_are_seats() -> None:
    """One of the two equal people, the one with the smaller ticket."""
    decided = decide(THREE, {"east": 2})
    tickets = decided.ground.priority.tickets
    assert tickets is not None
    drawn = {name: tickets[row].tobytes() for row, name in enumerate(decided.ground.people)}

    placed = {name for name, outcome in outcomes(decided).items() if outcome == "placed"}
    assert placed == {"a", min(("b", "c"), key=drawn.__getitem__)}


def test_a_town_without_applicants_and_one_without_seats_are_reported() -> None:
    """Under-subscription leaves seats, nought seats admit nobody; both stand in the tables."""
    decided = decide([("a", "east", 30)], {"east": 0, "west": 5})

    assert outcomes(decided) == {"a": "waiting"}
    assert decided.record.document["counts"]["seats_left"] == 5
    assert [section.seats for section in notice_of(decided).sections] == [0, 5]


@pytest.mark.parametrize("ties", ["lottery", "admit_all", "exclude_all"])
def test_the_independent_verifier_accepts_rounds_under_every_tie_policy(ties: str, tmp_path: Path) -> None:
    """Both forms of the bundle, checked by a program that shares no code with the engine."""
    decided = decide(THREE, {"east": 2}, ties=ties)

    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
        report = verify(tmp_path / form)
        assert report.ok, report
