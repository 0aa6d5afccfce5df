"""What the source documents ask of a points system, in the packs made from them; rows of the trace by number."""

from __future__ import annotations

from functools import cache

from publication.announcement_page import announcement_text
from scenarios.worked_cases import load_cases
from scoring.policy import Policy
from storage.packs import policies_folder, read_pack


@cache
def policy_of(name: str) -> Policy:
    """A shipped version: `place/scheme/first-day`."""
    return read_pack(policies_folder() / f"{name}.yaml").policy


JIANGBEI = "ningbo-jiangbei/points/2018-01-01"


def groups_by_kind(policy: Policy) -> dict[str, set[str]]:
    """The first level of the points table under each kind."""
    found: dict[str, set[str]] = {}
    for indicator in policy.indicators.values():
        found.setdefault(indicator.kind, set()).add(indicator.group)
    return found


def test_jiangbei_school_places_go_from_high_to_low_points() -> None:
    """A5.07: the total alone ranks, and nothing stands before it."""
    service = policy_of(JIANGBEI).services["school"]

    assert service.gate is None
    assert (service.ranking.total, service.ranking.classes, service.ranking.keys) == ("first", (), ())
    assert [stage.mechanism for stage in service.allocation.stages] == ["serial_dictatorship"]


def test_jiangbei_everything_that_earns_or_gives_is_in_the_announcement() -> None:
    """A5.08: supply by points is published, every line and service of it."""
    assert_published(policy_of(JIANGBEI))


def assert_published(policy: Policy) -> None:
    """Every first- and second-level item and every service stands in what `jifen policy print` writes."""
    text = announcement_text(policy, ("zh",))
    titles = [
        rule.title.zh
        for rules in (policy.groups, policy.indicators, policy.services)
        for rule in rules.values()
    ]

    assert titles
    assert [title for title in titles if title not in text] == []


def test_jiangbei_every_service_asks_for_an_own_application_in_the_district_and_uses_one_score() -> None:
    """A5.09: 本人申请、属地管理、综合积分、分别应用."""
    policy = policy_of(JIANGBEI)
    cases = load_cases(
        (policies_folder() / "ningbo-jiangbei/points/examples.yaml").read_text("utf-8"), "examples"
    ).cases
    scored = {case.service for case in cases if case.expect.total == "67"}

    assert scored == set(policy.services)
    for name, service in policy.services.items():
        assert {"own_application", "territorial"} <= set(service.criteria)
        assert policy.indicators_of(name) == policy.indicators


def test_jiangbei_departments_streets_villages_and_employers_give_points() -> None:
    """A5.10: each assigned line comes from facts that a scoring body attests."""
    bodies = [
        policy_of(JIANGBEI).facts[name].attested_by.zh
        for name in ("department_rating", "street_rating", "village_rating", "employer_rating")
    ]

    assert bodies == ["参与流动人口服务管理的工作部门", "街道（镇）", "村（社区）", "用人单位"]


def test_jiangbei_has_four_kinds_of_items_on_two_levels_and_a_freeze() -> None:
    """A5.11: 计分、加分、赋分、扣分（冻结）, each with first-level items of its own."""
    policy = policy_of(JIANGBEI)
    groups = groups_by_kind(policy)

    assert set(groups) == {"base", "bonus", "assigned", "deduction"}
    assert sum(map(len, groups.values())) == len(policy.groups)
    assert [rule.effect for rule in policy.sanctions.values()] == ["frozen"]


def test_jiangbei_ranks_six_services() -> None:
    """A5.12: and household registration, which stands apart."""
    services = policy_of(JIANGBEI).services

    named = {"school", "preschool", "employment", "dependants_insurance", "housing", "welfare"}
    assert named == set(services) - {"hukou"}
    assert {service.ranking.total for service in services.values()} == {"first"}


def test_jiangbei_hukou_by_points_is_for_the_urban_area() -> None:
    """A5.13: nothing else is."""
    services = policy_of(JIANGBEI).services

    assert [name for name, service in services.items() if "urban_area" in service.criteria] == ["hukou"]
