"""What the source documents ask of a points system, in the packs made from them; by row of the trace."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from publication.announcement_page import announcement_text
from scenarios.worked_cases import load_cases
from scoring.pack import load_pack
from scoring.policy import Policy
from storage.packs import policies_folder, read_pack, shipped_layer
from tests.golden.small_rounds import Family, admitted, decided
from values.problems import BadInput


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


HANGZHOU_2016 = "hangzhou/points/2017-01-01"
HANGZHOU_2017 = "hangzhou/points/2018-07-01"
THEMES = {
    "residence_years": "居住年限",
    "employment_years": "就业年限",
    "insurance_years": "社会保险缴纳年限",
    "social_duties": "履行社会义务",
    "law_abiding": "遵纪守法",
    "personal_credit": "个人信用",
}
COUNTY = """\
format: policy/1
id: county/points
title: {{zh: 县（示例）, en: a county}}
place: {{zh: 县, en: a county}}
status: illustrative
effective: {{from: {start}}}
extends: {{pack: {pack}, version: {version}}}
documents:
  county: {{number: 县1号, title: {{zh: 办法, en: rules}}}}
"""


def county_over(upper: str, rules: str, start: str = "2018-07-01") -> Policy:
    """A county's layer over a shipped version, with these rules, from a day on."""
    pack, _, version = upper.rpartition("/")
    head = COUNTY.format(pack=pack, version=version, start=start)
    return load_pack(head + rules, "county.yaml", look_up=shipped_layer).policy


def without(policy: Policy, group: str) -> str:
    """A layer's rules that take every indicator of a group away."""
    lines = (name for name, line in policy.indicators.items() if line.group == group)
    return "indicators: {" + ", ".join(f"{name}: null" for name in lines) + "}\n"


def test_hangzhou_2017_services_open_in_steps_of_one_score() -> None:
    """A1.21: 梯度服务, by the permit and the points; no service has a ranking."""
    services = policy_of(HANGZHOU_2017).services
    steps = [service.entitlement for service in services.values()]
    starts = [step.start for step in steps if step is not None]

    assert len(starts) == len(set(starts)) == len(services) > 1
    assert all({"permit_held", "permit_usable"} == set(service.criteria) for service in services.values())
    assert len({service.kinds for service in services.values()}) == 1


def test_hangzhou_2017_has_five_base_items_and_three_that_add_or_take_away() -> None:
    """A1.22: two of the base items join a theme of the circular with something else."""
    policy = policy_of(HANGZHOU_2017)
    groups = groups_by_kind(policy)
    joined = {limit.title.zh: set(limit.of) for limit in policy.limits}
    base = {policy.groups[name].title.zh for name in groups["base"] - set().union(*joined.values())}

    assert base | set(joined) == {
        "年龄",
        "文化程度",
        "职称和技能水平",
        "就业及参加社保情况",
        "住所及居住年限情况",
    }
    assert {"personal_credit", "honours", "social_service"} <= groups["bonus"] | groups["deduction"]
    assert "personal_credit" in groups["bonus"] & groups["deduction"]


@pytest.mark.parametrize("theme", THEMES)
def test_hangzhou_2016_no_layer_may_lack_one_of_the_six_themes(theme: str) -> None:
    """A2.14: nor does the version of 2018."""
    circular = policy_of(HANGZHOU_2016)

    assert circular.groups[theme].title.zh == THEMES[theme]
    assert theme in {line.group for line in policy_of(HANGZHOU_2017).indicators.values()}
    with pytest.raises(BadInput, match=r"pack\.layer"):
        county_over(HANGZHOU_2016, without(circular, theme))


def test_hangzhou_2016_a_county_sets_scores_of_its_own_and_nothing_else() -> None:
    """A2.14: 参照执行; the kind of an item is not the county's."""
    changed = county_over(
        HANGZHOU_2016,
        "indicators: {residence: {points: {per: residence_years, every: 1, points: 6, cap: 36}}}\n",
    )

    assert changed.indicators["residence"].points != policy_of(HANGZHOU_2016).indicators["residence"].points
    with pytest.raises(BadInput, match=r"pack\.layer_forbids"):
        county_over(HANGZHOU_2016, "indicators: {residence: {kind: bonus}}\n")


@pytest.mark.parametrize("version", [HANGZHOU_2016, HANGZHOU_2017])
def test_hangzhou_2016_indicators_and_what_they_open_are_in_the_announcement(version: str) -> None:
    """A2.15: 应当向社会公布, steps and what they give included."""
    text = announcement_text(policy_of(version), ("zh",))

    assert_published(policy_of(version))
    for service in policy_of(version).services.values():
        assert service.entitlement is not None
        assert service.entitlement.gives.zh in text


TAIZHOU = "taizhou/points/2016-12-08"
SEVEN = {"个人素质", "居住年限", "就业年限", "参加社会保险年限", "遵纪守法", "社会服务", "表彰奖励"}


def test_taizhou_counties_must_have_seven_groups_and_set_scores_of_their_own() -> None:
    """A4.13: standards and scores by local conditions, items added, no group without an item."""
    city, county = policy_of(TAIZHOU), policy_of("taizhou-county/points/2017-01-01")

    assert {group.title.zh for group in city.groups.values()} == SEVEN
    assert {line.group for line in city.indicators.values()} == set(city.groups)
    assert set(county.groups) == set(city.groups)
    assert county.indicators["insurance"].points != city.indicators["insurance"].points
    assert set(county.indicators) - set(city.indicators) == {"short_trade"}
    for group in city.groups:
        with pytest.raises(BadInput, match=r"pack\.layer"):
            county_over(TAIZHOU, without(city, group))


def test_taizhou_a_quality_service_goes_by_the_same_points_with_a_procedure_stated() -> None:
    """A4.14: 确定具体指标、程序和方法, for every service that a county brings in."""
    county = policy_of("taizhou-county/points/2017-01-01")

    assert set(county.services) == {"quality_service", "housing"}
    for name, service in county.services.items():
        assert county.indicators_of(name) == county.indicators
        assert service.ranking_rule is not None
        assert service.allocation.stages
    assert_published(county)


@pytest.mark.parametrize(("seats_of_b", "third"), [(1, "C"), (2, "B")])
def test_ankang_children_stay_in_their_catchment_or_go_relatively_near(
    tmp_path: Path, seats_of_b: int, third: str
) -> None:
    """A3.16: three children of school A's area, which has two seats, one of B's, which is nearer than C."""
    places = {"A": "109.00", "B": "109.02", "C": "109.10"}
    sites = {school: {"longitude": east, "latitude": "32.70"} for school, east in places.items()}
    families = {
        f"{home}{number}": Family([home], {}, {"catchment": home, **sites[home]})
        for home, number in (("A", 1), ("A", 2), ("A", 3), ("B", 1))
    }

    round_ = decided(tmp_path, "ankang/school", families, {"A": 2, "B": seats_of_b, "C": 1}, {}, sites)

    found = admitted(round_)
    assert found["B1"] == "B"
    assert sorted(found[name] for name in ("A1", "A2", "A3")) == sorted(["A", "A", third])


def test_ankang_nobody_needs_points() -> None:
    """The draft has none: not one indicator, no gate."""
    policy = policy_of("ankang/school/2022-01-01")

    assert policy.indicators == {}
    assert policy.services["school"].gate is None


LIBRARY = """services:
  library:
    title: {zh: 图书借阅, en: public library}
    cite: county 1
    criteria:
      floating_population: {title: {zh: 流动人口, en: of the floating population},
        require: from_another_county, otherwise: ineligible, unknown: pending, cite: county 1}
    candidate: {takes: own, cite: county 1}
    entitlement: {gives: {zh: 免费借阅, en: books to borrow}, cite: county 1}
"""


def test_ankang_a_county_adds_what_it_offers_without_points() -> None:
    """Article 4: a layer over the city's pack, an entitlement by the condition alone."""
    changed = county_over("ankang/school/2022-01-01", LIBRARY, start="2022-01-01")

    assert list(changed.services) == ["school", "public_services", "library"]
    assert changed.services["library"].least is None
