"""Every shipped pack: it loads, names its readings, and gives what its worked cases say the text gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scoring.explain import Explanation, explain
from scoring.policy import Policy
from storage.packs import read_pack
from tests.golden.cases import Case, facts_of_cases, outcomes_of, read_cases

POLICIES = Path(__file__).parents[2] / "policies"
PACKS = sorted(POLICIES.glob("*/*/????-??-??.yaml"))
MORE_CASES = {"zhongshan/points": ("zhongshan_cases.yaml", "zhongshan_housing_cases.yaml")}
"""Files of this folder that go on where the examples of a pack stop."""


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
def cases_of(pack: Path) -> tuple[Case, ...]:
    """Every worked case of a pack."""
    return tuple(case for path in case_files(pack) if path.exists() for case in read_cases(path))


@cache
def policy_of(pack: Path) -> Policy:
    """The checked pack; a problem of a pack fails its tests, not the collection of all."""
    return read_pack(pack).policy


@cache
def computed(pack: Path) -> dict[int, tuple[dict[str, object], Explanation]]:
    """Outcome and score sheet of every case by its number; one service and day are scored at once."""
    policy = policy_of(pack)
    found: dict[int, tuple[dict[str, object], Explanation]] = {}
    together: dict[tuple[str, str], list[int]] = {}
    for number, case in enumerate(cases_of(pack)):
        together.setdefault((str(case.given["service"]), str(case.given["as_of"])), []).append(number)
    for numbers in together.values():
        facts = facts_of_cases(policy, [cases_of(pack)[number] for number in numbers])
        rows = facts.frame.rows(named=True)
        for number, row, outcome in zip(numbers, rows, outcomes_of(facts), strict=True):
            sheet = explain(policy, facts.service, row, candidate="C1", subject="S1", as_of=facts.as_of)
            found[number] = outcome, sheet
    return found


def all_cases() -> Iterator[object]:
    """One test a pack and case."""
    for pack in PACKS:
        for number, case in enumerate(cases_of(pack)):
            yield pytest.param(pack, number, id=f"{name_of(pack)}: {case.name}")


def each_pack() -> pytest.MarkDecorator:
    """One test a pack."""
    return pytest.mark.parametrize("pack", PACKS, ids=name_of)


@pytest.mark.parametrize(("pack", "number"), list(all_cases()))
def test_the_engine_and_its_explanation_give_what_the_official_text_gives(pack: Path, number: int) -> None:
    """Points, totals, statuses and reasons of a worked case; the score sheet of one person says the same."""
    case = cases_of(pack)[number]
    given, sheet = computed(pack)[number]
    lines = given["indicators"]
    assert isinstance(lines, dict)

    for key, expected in case.expect.items():
        if key == "indicators":
            assert isinstance(expected, dict)
            assert {name: lines[name] for name in expected} == expected
        else:
            assert given[key] == expected
    assert {line.indicator for line in sheet.lines} == set(lines)
    assert sheet.status == given["status"]
    assert (sheet.total is None) == (given["total"] is None)
    assert sheet.has_points == bool(policy_of(pack).services[str(case.given["service"])].kinds)


@each_pack()
def test_every_indicator_of_a_pack_has_a_worked_case(pack: Path) -> None:
    """No line of a points table is without a case of its own."""
    worked = {name for case in cases_of(pack) for name in case.expect.get("indicators", {})}  # type: ignore[attr-defined]

    assert cases_of(pack)
    assert set(policy_of(pack).indicators) == worked


@each_pack()
def test_every_reading_that_a_pack_cites_stands_in_its_sources(pack: Path) -> None:
    """A pack's `R7` is explained in `SOURCES.md`, in a table row or paragraph that begins with it."""
    cited = set(re.findall(r"\bR\d+\b", pack.read_text("utf-8")))
    explained = re.findall(
        r"^[|#*\- ]*(R\d+)\b", pack.with_name("SOURCES.md").read_text("utf-8"), re.MULTILINE
    )

    assert cited <= set(explained)


@each_pack()
def test_the_worked_cases_of_a_service_without_points_fail_every_criterion(pack: Path) -> None:
    """A draw has no points table; its conditions stand in for it."""
    policy = policy_of(pack)
    failed: dict[str, set[str]] = {}
    for case in cases_of(pack):
        failed.setdefault(str(case.given["service"]), set()).update(case.expect.get("reasons", ()))  # type: ignore[call-overload]

    for name, service in policy.services.items():
        if not service.kinds and name in failed:
            assert set(service.criteria) <= failed[name]
