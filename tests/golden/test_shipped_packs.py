"""Every shipped pack: it loads, names its readings, and gives what its worked cases say the text gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scenarios.worked_cases import Case, Cases, Tried, facts_of_cases, load_cases, try_cases
from scenarios.worked_rounds import PackOn, try_rounds
from scoring.explain import Explanation, explain
from scoring.policy import Policy
from storage.examples import WorkedPack, pack_reader
from storage.packs import read_pack

POLICIES = Path(__file__).parents[2] / "policies"
PACKS = sorted(POLICIES.glob("*/*/????-??-??.yaml"))
MORE_CASES = {"zhongshan/points": ("zhongshan_housing_cases.yaml",)}
"""Files of this folder that go on where the examples of a pack stop."""

WITHOUT_ROUND: dict[str, set[str]] = {}
"""Services whose rounds are still to be written, by version of a pack: no pack may be added."""

WITHOUT_READING: dict[str, set[tuple[str, str]]] = {}
"""Readings (switch, choice) that are still without a case or round, by version: none may be added."""

SAID = r"[Ss]witch(?:es)? `|[Tt]he text settles|\*\*(?:Text|Office|Silent)\.\*\*|Prose: |stays prose"
"""A row names its switch, or says why it has none."""


def name_of(pack: Path) -> str:
    """`place/scheme/first-day`, as the folders call it."""
    return pack.relative_to(POLICIES).with_suffix("").as_posix()


def case_files(pack: Path) -> tuple[Path, ...]:
    """The examples of this version, or those of all versions that have none of their own; and more cases."""
    own = pack.with_name(f"examples-{pack.stem}.yaml")
    examples = own if own.exists() else pack.with_name("examples.yaml")
    more = MORE_CASES.get(pack.parent.relative_to(POLICIES).as_posix(), ())
    return (examples, *(Path(__file__).parent / name for name in more))


@cache
def files_of(pack: Path) -> tuple[Cases, ...]:
    """Every file of worked cases of a pack."""
    files = [path for path in case_files(pack) if path.exists()]
    return tuple(load_cases(path.read_text("utf-8"), path.name) for path in files)


@cache
def cases_of(pack: Path) -> tuple[Case, ...]:
    """Every worked case of a pack."""
    return tuple(case for file in files_of(pack) for case in file.cases)


@cache
def policy_of(pack: Path) -> Policy:
    """The checked pack; a problem of a pack fails its tests, not the collection of all."""
    return read_pack(pack).policy


@cache
def reader_of(pack: Path) -> PackOn:
    """The pack on days and under readings, each read once."""
    return pack_reader(pack)


@cache
def tried(pack: Path) -> tuple[Tried, ...]:
    """Outcome of every case by its number."""
    return tuple(one for file in files_of(pack) for one in try_cases(file, reader_of(pack)))


@cache
def sheets(pack: Path) -> dict[int, Explanation]:
    """Score sheet of every case by its number; one service and day are put together at once."""
    found: dict[int, Explanation] = {}
    together: dict[tuple[object, ...], list[int]] = {}
    for number, case in enumerate(cases_of(pack)):
        together.setdefault((case.service, case.as_of, *case.readings.items()), []).append(number)
    for numbers in together.values():
        cases = [cases_of(pack)[number] for number in numbers]
        policy = reader_of(pack)(cases[0].as_of, cases[0].readings).policy
        facts = facts_of_cases(policy, cases)
        for row, candidate in enumerate(facts.candidate_row.tolist()):
            person = facts.frame.row(row, named=True)
            sheet = explain(policy, facts.service, person, candidate="C1", subject="S1", as_of=facts.as_of)
            found.setdefault(numbers[candidate], sheet)
    return found


def all_cases() -> Iterator[object]:
    """One test a pack and case."""
    for pack in PACKS:
        for number, case in enumerate(cases_of(pack)):
            yield pytest.param(pack, number, id=f"{name_of(pack)}: {case.name}", marks=together(pack))


def each_pack() -> pytest.MarkDecorator:
    """One test a pack."""
    packs = [pytest.param(pack, id=name_of(pack), marks=together(pack)) for pack in PACKS]
    return pytest.mark.parametrize("pack", packs)


def together(pack: Path) -> pytest.MarkDecorator:
    """The tests of a pack run in one process, where its cases are computed once."""
    return pytest.mark.xdist_group(name_of(pack))


@pytest.mark.parametrize(("pack", "number"), list(all_cases()))
def test_the_engine_and_its_explanation_give_what_the_official_text_gives(pack: Path, number: int) -> None:
    """Points, totals, statuses and reasons of a worked case; the score sheet of one person says the same."""
    case, sheet = tried(pack)[number], sheets(pack)[number]
    lines = case.outcome["indicators"]
    assert isinstance(lines, dict)

    assert case.differences == ()
    assert {line.indicator for line in sheet.lines} == set(lines)
    assert sheet.has_points == bool(policy_of(pack).services[case.case.service].kinds)
    if case.case.given.second_subject is None:
        assert sheet.status == case.outcome["status"]
        assert (sheet.total is None) == (case.outcome["total"] is None)


@cache
def worked_pack(pack: Path) -> WorkedPack:
    """The pack with its cases and rounds, as `jifen policy test` has them."""
    rounds = tuple(one for file in files_of(pack) for one in try_rounds(file.rounds, reader_of(pack)))
    return WorkedPack(read_pack(pack), pack, case_files(pack)[0], tried(pack), rounds)


def all_rounds() -> Iterator[object]:
    """One test a pack and round."""
    for pack in PACKS:
        for number, one in enumerate(one for file in files_of(pack) for one in file.rounds):
            yield pytest.param(pack, number, id=f"{name_of(pack)}: {one.name}", marks=together(pack))


@pytest.mark.parametrize(("pack", "number"), list(all_rounds()))
def test_a_worked_round_gives_the_order_and_the_places_of_the_official_text(pack: Path, number: int) -> None:
    """Ranking, ties, stages, refusals: who gets what."""
    found = worked_pack(pack).rounds[number]

    assert found.differences == ()
    assert bool(found.refusals) == (found.round.expect.stops is not None)


@each_pack()
def test_every_reading_of_a_pack_is_worked_out(pack: Path) -> None:
    """Each choice of each switch holds in some case or round."""
    assert set(worked_pack(pack).unread) == WITHOUT_READING.get(name_of(pack), set())


@each_pack()
def test_every_service_that_gives_places_has_a_worked_round(pack: Path) -> None:
    """All but those whose rounds are still to be written."""
    assert set(worked_pack(pack).roundless) == WITHOUT_ROUND.get(name_of(pack), set())


@each_pack()
def test_every_indicator_of_a_pack_has_a_worked_case(pack: Path) -> None:
    """No line of a points table is without a case of its own."""
    worked = {name for case in cases_of(pack) for name in case.expect.indicators}

    assert cases_of(pack)
    assert set(policy_of(pack).indicators) <= worked  # other readings have lines of their own


@each_pack()
def test_every_reading_that_a_pack_cites_stands_in_its_sources(pack: Path) -> None:
    """A pack's `R7` is explained in `SOURCES.md`, in a table row or paragraph that begins with it."""
    cited = set(re.findall(r"\bR\d+\b", pack.read_text("utf-8")))
    explained = re.findall(
        r"^[|#*\- ]*(R\d+)\b", pack.with_name("SOURCES.md").read_text("utf-8"), re.MULTILINE
    )

    assert cited <= set(explained)


@pytest.mark.parametrize(
    "sources", sorted(POLICIES.glob("*/*/SOURCES.md")), ids=lambda one: one.parent.parent.name
)
def test_every_question_of_the_sources_has_a_switch_or_says_why_not(sources: Path) -> None:
    """Both readings, or what settles it (docs/policy_packs/readings.md)."""
    rows = re.findall(r"^\| (R\d+) \|(.*)$", sources.read_text("utf-8"), re.MULTILINE)
    unsaid = [number for number, said in rows if not re.search(SAID, said)]

    assert unsaid == []
    assert len({number for number, _ in rows}) == len(rows)


@each_pack()
def test_a_switch_and_its_row_in_the_sources_name_each_other(pack: Path) -> None:
    """`sources: R7` leads to a row that names the switch."""
    text = pack.with_name("SOURCES.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (R\d+) \|(.*)$", text, re.MULTILINE))
    switches = re.findall(
        r"^  (\w+):\n(?:    .*\n)*?    sources: (R\d+)$", pack.read_text("utf-8"), re.MULTILINE
    )

    assert [name for name, row in switches if f"`{name}`" not in rows[row]] == []


@each_pack()
def test_the_worked_cases_of_a_service_without_points_fail_every_criterion(pack: Path) -> None:
    """A draw has no points table; its conditions stand in for it."""
    policy = policy_of(pack)
    failed: dict[str, set[str]] = {}
    for case in cases_of(pack):
        failed.setdefault(case.service, set()).update(case.expect.reasons or ())

    for name, service in policy.services.items():
        if not service.kinds and name in failed:
            assert set(service.criteria) <= failed[name]
