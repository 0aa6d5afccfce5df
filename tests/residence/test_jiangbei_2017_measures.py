"""宁波市江北区 实施办法（征求意见稿）: a test a rule, by section, rows of docs/source_documents.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from residence.documents import missing_papers
from residence.entitlements import entitlements_on
from residence.history import facts_on
from residence.routes import Record, RouteFacts
from tests.residence.people import (
    NOTHING,
    arrived,
    code_of,
    holder,
    insured,
    job,
    may_apply,
    on,
    route,
    state_of,
)
from tests.residence.places import rules_of

RULES = rules_of("ningbo-jiangbei")
DAY = "2018-03-15"
JOB = job("labour_contract", "2018-03-01", employment_registered=True)
LEDGER = insured("2018-03-01", 12)
EMPLOYED = replace(NOTHING, employment=(JOB,), insurance=LEDGER)


def test_3_1_half_a_year_registered_in_the_district_and_one_route() -> None:
    """A5.01."""
    assert may_apply(arrived("2017-09-15"), EMPLOYED, DAY, RULES) == "met"
    assert may_apply(arrived("2017-09-16"), EMPLOYED, DAY, RULES) == "not_met"
    assert may_apply(arrived("2017-09-15"), NOTHING, DAY, RULES) == "not_met"
    assert RULES.area == "district"


def test_3_1_visits_home_in_holidays_count_as_continuous() -> None:
    """A5.02. Of any length, or of the one that the office sets; other absences are the office's to bridge."""
    visit = [*arrived("2017-09-15"), on("2018-01-29", "away", "home_visit"), on("2018-03-05", "back")]
    trip = [*arrived("2017-09-15"), on("2018-01-29", "away"), on("2018-03-05", "back")]

    assert may_apply(visit, EMPLOYED, DAY, RULES) == "met"
    assert may_apply(visit, EMPLOYED, DAY, rules_of("ningbo-jiangbei", home_visits="34 days")) == "not_met"
    assert may_apply(visit, EMPLOYED, DAY, rules_of("ningbo-jiangbei", home_visits="35 days")) == "met"
    assert may_apply(trip, EMPLOYED, DAY, RULES) == "not_met"
    assert may_apply(trip, EMPLOYED, DAY, rules_of("ningbo-jiangbei", absence="35 days")) == "met"
    assert state_of(trip, RULES).residence_from == date(2018, 3, 5)
    assert may_apply(visit[:-1], EMPLOYED, DAY, RULES) == "met"
    longer_there = [*arrived("2016-09-15"), *trip[2:]]
    assert may_apply(longer_there[:-1], EMPLOYED, DAY, RULES) == "not_met"
    assert code_of([*trip[:-1], on(DAY, "apply")], RULES) == "residence.not_continuous"


@pytest.mark.parametrize(
    ("updated", "choice", "counts_from"),
    [
        ("2018-01-15", "restart_at_update_if_late", date(2017, 9, 15)),
        ("2018-01-16", "restart_at_update_if_late", date(2018, 1, 16)),
        ("2018-01-16", "restart_at_move_if_late", date(2018, 1, 5)),
    ],
)
def test_3_1_moves_inside_the_district_count_as_continuous_if_registered_in_time(
    updated: str, choice: str, counts_from: date
) -> None:
    """A5.02. "In time" is the ten days of the province; what a late one does is the office's choice."""
    rules = rules_of("ningbo-jiangbei", moves_inside=choice)
    moved = [*arrived("2017-09-15"), on("2018-01-05", "move")]

    assert state_of([*moved, on(updated, "change")], rules).residence_from == counts_from
    facts = facts_on(state_of(moved, rules), date(2018, 3, 15), rules)
    assert (facts.broken_since, facts.residence_months) == (date(2018, 1, 5), 3)
    assert code_of([*moved, on(DAY, "apply")], rules) == "residence.not_continuous"
    assert may_apply([*moved, on("2018-01-15", "change")], EMPLOYED, DAY, rules) == "met"


def test_3_1_after_two_late_moves_residence_counts_from_the_later_and_never_from_earlier_than_before() -> (
    None
):
    """A5.02. Away without a reason in between, it counts from the return."""
    rules = rules_of("ningbo-jiangbei", moves_inside="restart_at_move_if_late")
    twice = [*arrived("2017-09-15"), on("2018-01-05", "move"), on("2018-01-25", "move")]
    between = [*twice[:3], on("2018-01-08", "away"), on("2018-01-20", "back")]

    assert state_of([*twice, on("2018-03-05", "change")], rules).residence_from == date(2018, 1, 25)
    assert state_of([*between, on("2018-03-05", "change")], rules).residence_from == date(2018, 1, 20)


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        (EMPLOYED, "met"),
        (replace(EMPLOYED, insurance=insured("2018-03-01", 11)), "not_met"),
        (replace(EMPLOYED, insurance=insured("2018-03-01", 12, back_paid=True)), "not_met"),
        (replace(EMPLOYED, insurance=insured("2018-03-01", 12, kinds="injury")), "not_met"),
        (replace(EMPLOYED, insurance=insured("2018-03-01", 12, kinds="injury pension")), "met"),
        (replace(EMPLOYED, insurance=insured("2018-03-01", 12, kinds="")), "unknown"),
        (replace(EMPLOYED, employment=(replace(JOB, marks={"employment_registered": False}),)), "not_met"),
        (replace(EMPLOYED, employment=(replace(JOB, marks={}),)), "unknown"),
        (replace(EMPLOYED, employment=(job("licence", "2018-03-01"),)), "met"),
        (replace(NOTHING, employment=(job("licence", "2016-03-01"),)), "not_met"),
        (replace(NOTHING, employment=(job("farm_contract", "2017-03-15"),)), "met"),
        (replace(NOTHING, employment=(job("fishery_contract", "2017-03-15"),)), "met"),
        (replace(NOTHING, employment=(job("farm_contract", "2017-03-16"),)), "not_met"),
    ],
)
def test_3_1_1_a_year_of_insurance_with_contract_or_licence_or_a_year_on_the_land(
    facts: RouteFacts, answer: str
) -> None:
    """A5.03 (1) to (3). Back-paid months and those of work injury insurance alone do not count."""
    assert route("employment", facts, DAY, RULES).answer == answer


@pytest.mark.parametrize(
    ("home", "answer"),
    [
        (job("own", "2018-03-01", title_or_use_right=True), "met"),
        (job("relative_own", "2018-03-01", title_or_use_right=True, same_household=True), "met"),
        (job("relative_own", "2018-03-01", title_or_use_right=True, same_household=False), "not_met"),
        (job("relative_own", "2018-03-01", title_or_use_right=True), "unknown"),
        (job("dormitory", "2018-03-01"), "met"),
        (job("rented", "2018-03-01", meets_rental_rules=True), "met"),
        (job("rented_by_employer", "2018-03-01", meets_rental_rules=True), "met"),
        (job("rented", "2018-03-01", meets_rental_rules=False), "not_met"),
        (job("borrowed", "2018-03-01"), "not_met"),
    ],
)
def test_3_1_2_own_or_the_household_relatives_home_dormitory_or_compliant_rental(
    home: Record, answer: str
) -> None:
    """A5.04 (1) to (3)."""
    assert route("home", replace(NOTHING, home=(home,)), DAY, RULES).answer == answer


def test_3_1_3_a_year_at_school_technical_schools_included() -> None:
    """A5.05."""
    school = job("technical", "2017-03-15", full_time=True, enrolled=True)

    assert route("schooling", replace(NOTHING, schooling=(school,)), DAY, RULES).answer == "met"
    later = replace(school, since=date(2017, 3, 16))
    assert route("schooling", replace(NOTHING, schooling=(later,)), DAY, RULES).answer == "not_met"


def test_3_1_4_five_kinds_of_people_may_be_exempt() -> None:
    """A5.06. Who they are the personnel bureau lists; the ground is that list's word."""
    for ground in ("investor", "talent", "special_skill", "special_contribution", "urgently_needed"):
        assert may_apply(arrived("2018-03-14"), NOTHING, DAY, RULES, ground=ground) == "met"
    assert len(RULES.waivers) == 5


def test_3_2_and_4_3_what_goes_by_rank_is_not_had_by_the_permit_alone() -> None:
    """A5.07, A5.12: who gets it the ranking decides; here it is only said that it does."""
    facts = facts_on(state_of(holder("2018-03-15"), RULES), date(2018, 4, 2), RULES)
    ranked = {
        item.entitlement.name for item in entitlements_on(facts, RULES) if item.entitlement.limit == "rank"
    }

    assert ranked == {
        "compulsory_education",
        "inclusive_preschool",
        "startup_support",
        "dependants_insurance",
        "public_rental_housing",
        "social_welfare",
    }


def test_5_2_what_departments_have_on_record_is_not_asked_for() -> None:
    """A5.15. In Hangzhou it is."""
    told = {"employment": True, "home": True, "schooling": False, "proxy": False}
    papers = {"citizen_id", "photo"}
    known = {"employment_proof", "home_proof"}

    found = missing_papers("apply", papers, told, RULES, on_record=known)
    assert ([paper.name for paper in found.missing], {paper.name for paper in found.spared}) == ([], known)
    assert {paper.name for paper in missing_papers("apply", papers, told, RULES).missing} == known
    picture = missing_papers("apply", {"citizen_id"}, told, RULES, on_record={*known, "photo"})
    assert [paper.name for paper in picture.missing] == ["photo"]
    elsewhere = missing_papers(
        "apply", papers, {**told, "minor": False}, rules_of("hangzhou 2017"), on_record={"employment_proof"}
    )
    assert "employment_proof" in {paper.name for paper in elsewhere.missing}


def test_where_the_measures_are_silent_the_province_speaks() -> None:
    """A5.16. Endorsement, changes, issue and suspension: Zhejiang, arts. 13, 18 and 19."""
    province = rules_of("zhejiang")

    for name in ("endorsement_anchor", "endorsement_window", "change_within", "issue_within", "exemptions"):
        assert getattr(RULES, name) == getattr(province, name)
        assert RULES.cites[name] == province.cites[name]
    assert RULES.cites["suspension_effect"] == "第十九条第二款"
