"""A draw that gives an order and no place: everybody ranked is given a number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publication.bundle import bundle_files
from publication.letter import letter_text
from publication.letter_page import letter_html
from publication.messages import sentence
from publication.notice_page import notice_html
from publication.report_page import report_html
from scenarios.figures import figures_of
from scenarios.letters import Letters
from scenarios.notices import notice_of
from scenarios.round import Round, run_round
from scenarios.tables import empty_tables
from scoring.pack import load_pack
from storage.folders import write_folder
from storage.replays import replay_bundle
from tests.scenarios.test_other_policies import TINY, config, tables
from values.problems import BadInput
from verifier.verify_bundle import verify

START, END = TINY.index("    allocation:"), TINY.index("    notice:")
NUMBERS = "    numbers: {gives: {zh: 轮候号, en: waiting number}, cite: rules 13}\n"
DRAW = TINY[:START] + NUMBERS + TINY[END:]
PEOPLE = [("a", "east", 30), ("b", "east", 13), ("c", "east", 13), ("d", "west", 13), ("e", "east", 0)]


def decide(text: str = DRAW) -> Round:
    filed = tables(PEOPLE, {"east": 9, "west": 9})
    return run_round(load_pack(text, "tiny.yaml"), config(), replace(filed, **empty_tables()))


def numbers(decided: Round) -> dict[str, int]:
    return dict(zip(decided.ground.people, decided.placement.waiting.tolist(), strict=True))


def test_everybody_ranked_has_a_number_of_the_own_ranking_and_no_place() -> None:
    """By points, then by ticket: a has 23, b and c 21.5; d is alone in the west; e may not take part."""
    decided = decide()
    tickets = decided.ground.priority.tickets
    assert tickets is not None
    drawn = {name: tickets[row].tobytes() for row, name in enumerate(decided.ground.people)}
    first, second = sorted(("b", "c"), key=lambda name: drawn[name])

    assert numbers(decided) == {"a": 1, first: 2, second: 3, "d": 1}
    assert set(decided.placement.outcome_names()) == {"waiting"}


def test_a_draw_of_numbers_is_verified_and_replayed(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    write_folder(folder, bundle_files(decide().record, "audit"))

    assert verify(folder, "en").ok
    assert replay_bundle(folder).same

    quotas = folder / "quotas.csv"
    quotas.write_bytes(quotas.read_bytes().replace(b"east,0", b"east,1"))
    failed = {check["name"] for check in verify(folder, "en").checks if check["result"] == "failed"}
    assert "inputs" in failed


def test_letter_notice_and_report_speak_of_numbers_and_of_no_seats() -> None:
    decided = decide()

    letter = letter_html(letter_text(Letters(decided, decided.record.digest).letter("a"), "en"))
    assert "Decision: in east, waiting number 1." in letter
    assert "seat" not in letter
    notice = notice_html(notice_of(decided), "en")
    assert "3 took part; everybody was given one waiting number." in notice
    assert "waiting number: 1" in notice
    assert "per seat" not in report_html(figures_of(decided), "en")


def test_a_service_of_numbers_based_on_another_takes_no_allocation() -> None:
    more = "  numbers_first:\n    title: {zh: 摇号, en: numbers}\n    based_on: school\n" + NUMBERS
    service = load_pack(TINY.rstrip() + "\n" + more, "tiny.yaml").policy.services["numbers_first"]

    assert service.allocation_rule is None
    assert service.notice_rule is not None


@pytest.mark.parametrize(
    ("right", "wrong", "code", "says"),
    [
        (NUMBERS, NUMBERS + TINY[START:END], "pack.numbers_alone", "and has no allocation"),
        ("ties: [lottery]", "ties: [refuse]", "pack.numbers_ties", "cannot end with refuse"),
        (
            "ties: [lottery]",
            "call_in: {per_seat: 2, by: born_on, ties: refuse, cite: rules 12}, ties: [lottery]",
            "pack.numbers_alone",
            "and has no ranking.call_in",
        ),
    ],
)
def test_a_slip_in_a_service_of_numbers_is_refused(right: str, wrong: str, code: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        load_pack(DRAW.replace(right, wrong), "tiny.yaml")

    assert code in [problem.code for problem in error.value.problems]
    told = [sentence(problem, {}, "en") for problem in error.value.problems if problem.code == code]
    assert any(says in one for one in told)
