"""台政办发〔2016〕112号: one test a rule, named by its section; row ids as in docs/source_documents.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from residence.documents import missing_papers, receipt
from residence.eligibility import Person, judge_endorsement
from residence.entitlements import entitlements_on
from residence.history import facts_on
from residence.routes import Record, RouteFacts
from tests.residence.people import (
    CALENDAR,
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

RULES = rules_of("taizhou")
DAY = "2018-03-15"
INSURED = replace(NOTHING, insurance=insured("2018-03-01", 3))


def test_2_1_less_than_half_a_year_is_registered_without_a_permit() -> None:
    """A4.01. 只登记不发证."""
    events = arrived("2017-10-02")

    assert state_of(events, RULES).registration == "registered"
    assert code_of([*events, on("2018-03-30", "apply")], RULES) == "residence.too_soon"


def test_2_2_1_180_days_registered_in_the_county() -> None:
    """A4.02. Half a year is 180 days here: 2017-09-16 and 180 days is 2018-03-15."""
    assert may_apply(arrived("2017-09-16"), INSURED, DAY, RULES) == "met"
    assert may_apply(arrived("2017-09-17"), INSURED, DAY, RULES) == "not_met"
    assert (RULES.area, RULES.cites["residence_needed"]) == ("county", "二(二)1")


def test_2_2_1_the_two_zones_are_one_area() -> None:
    """A4.02. The sentence is garbled: with each other, or also with every county; the office chooses."""
    begin = arrived("2017-09-16", "bay_cluster")
    to_zone = [*begin, on("2017-12-01", "move", area="economic_development_zone")]
    to_county = [*begin, on("2017-12-01", "move", area="jiaojiang")]
    between = [*arrived("2017-09-16", "jiaojiang"), on("2017-12-01", "move", area="huangyan")]
    wide = rules_of("taizhou", zones_count_as="part_of_every_county")

    assert may_apply(to_zone, INSURED, DAY, RULES) == "met"
    assert code_of(to_county, RULES) == "residence.other_area"
    assert may_apply(to_county, INSURED, DAY, wide) == "met"
    assert code_of(between, wide) == "residence.other_area"


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        (INSURED, "met"),  # no job need be shown
        (replace(NOTHING, insurance=insured("2018-03-01", 2)), "not_met"),
        (replace(NOTHING, insurance=insured("2018-03-01", 3, back_paid=True)), "met"),  # not excluded here
        (replace(NOTHING, employment=(job("licence", "2017-12-15"),)), "met"),
        (replace(NOTHING, employment=(job("licence", "2017-12-16"),)), "not_met"),
        (replace(NOTHING, employment=(job("labour_contract", "2018-03-01", term_end="2018-08-31"),)), "met"),
        (
            replace(NOTHING, employment=(job("labour_contract", "2018-03-01", term_end="2018-08-30"),)),
            "not_met",
        ),
        (replace(NOTHING, employment=(job("labour_contract", "2018-03-01"),)), "unknown"),
        (replace(NOTHING, employment=(job("labour_contract", "2018-03-01", open_ended=True),)), "met"),
        (replace(NOTHING, employment=(job("farm_contract", "2018-03-01", term_end="2018-08-31"),)), "met"),
        (replace(NOTHING, employment=(job("other", "2018-03-01", recognised=True),)), "met"),
        (replace(NOTHING, employment=(job("other", "2018-03-01"),)), "unknown"),
    ],
)
def test_2_2_2_insurance_or_licence_for_three_months_or_a_contract_of_half_a_year(
    facts: RouteFacts, answer: str
) -> None:
    """A4.03 (1) to (5). One is enough."""
    assert route("employment", facts, DAY, RULES).answer == answer


def test_2_2_2_whether_the_three_months_are_continuous_is_chosen() -> None:
    """A4.03 (1)."""
    ledger = insured("2018-03-01", 1) + insured("2017-06-01", 2)
    facts = replace(NOTHING, insurance=ledger)

    assert route("employment", facts, DAY, RULES).answer == "not_met"
    assert route("employment", facts, DAY, rules_of("taizhou", insurance_counts="in_all")).answer == "met"


@pytest.mark.parametrize(
    ("home", "answer"),
    [
        (job("own", "2018-03-01", title_or_use_right=True), "met"),
        (job("dormitory", "2018-03-01", safe=True), "met"),
        (job("dormitory", "2018-03-01", safe=False), "not_met"),
        (job("rented", "2018-03-01", safe=True, written_lease=True), "met"),
        (job("rented", "2018-03-01", safe=True, written_lease=False), "not_met"),
        (job("rented", "2018-03-01", safe=True), "unknown"),
        (job("other", "2018-03-01", recognised=True), "met"),
        (job("borrowed", "2018-03-01"), "not_met"),
    ],
)
def test_2_2_3_own_home_safe_dormitory_or_safe_home_with_a_lease(home: Record, answer: str) -> None:
    """A4.04 (1) to (4)."""
    assert route("home", replace(NOTHING, home=(home,)), DAY, RULES).answer == answer


def test_2_2_4_enrolled_and_at_school_without_a_minimum() -> None:
    """A4.05."""
    school = job("vocational", "2018-03-14", full_time=True, enrolled=True)

    assert route("schooling", replace(NOTHING, schooling=(school,)), DAY, RULES).answer == "met"
    left = replace(school, until=date(2018, 3, 14))
    assert route("schooling", replace(NOTHING, schooling=(left,)), DAY, RULES).answer == "not_met"


def test_2_2_investors_and_introduced_talent_apply_directly() -> None:
    """A4.06. No days, no route."""
    for ground in ("investor", "talent"):
        assert may_apply(arrived("2018-03-14"), NOTHING, DAY, RULES, ground=ground) == "met"
        events = [*arrived("2018-03-14"), on(DAY, "apply", ground)]
        assert state_of(events, RULES).permit == "applied"
    assert RULES.cites["waivers"] == "二(二)"


def test_2_3_1_taken_in_examined_and_issued_in_the_provinces_fifteen_days() -> None:
    """A4.07. The opinion counts no days; Zhejiang, art. 18, does."""
    events = [*arrived("2017-09-16"), on(DAY, "apply"), on("2018-03-16", "accept")]

    assert state_of(events, RULES).open[0].last_day == date(2018, 3, 31)
    assert receipt("accept", {}, date(2018, 3, 16), RULES, CALENDAR).issue_by == date(2018, 3, 31)
    assert state_of([*events, on("2018-03-30", "issue")], RULES).permit == "valid"


def test_2_3_2_endorsed_once_a_year_on_proofs() -> None:
    """A4.08. The window is the province's (art. 19)."""
    state = state_of(holder("2018-03-15"), RULES)

    assert state.due == date(2019, 3, 15)
    named = missing_papers("endorse", set(), {"employment": True, "home": False, "schooling": False}, RULES)
    assert [(paper.name, paper.cite) for paper in named.missing] == [("employment_proof", "二(三)2")]
    facts = replace(NOTHING, insurance=insured("2019-03-01", 3))
    assert judge_endorsement(state, Person(facts), date(2019, 3, 1), RULES).answer == "met"


def test_2_3_3_changes_inside_the_county_within_ten_days() -> None:
    """A4.09."""
    state = state_of([*arrived("2017-09-16"), on("2018-01-08", "move")], RULES)

    assert state.open[0].last_day == date(2018, 1, 18)
    assert RULES.cites["change_within"] == "二(三)3"


def test_2_3_4_an_unreadable_card_is_exchanged_and_a_lost_one_replaced() -> None:
    """A4.10. The old card is handed in (Zhejiang, art. 22); the new one is charged for (art. 23)."""
    assert [paper.name for paper in missing_papers("exchange", set(), {}, RULES).missing] == ["old_card"]
    assert state_of([*holder("2018-03-15"), on("2018-05-02", "replace")], RULES).permit == "valid"
    assert (RULES.fees["exchange"], RULES.fees["replace"]) == ("charged", "charged")


def test_2_4_seven_services_with_senior_school_and_public_rental_housing() -> None:
    """A4.11. The numbered items of 二(四); housing goes to eligible holders, so it is open here."""
    facts = facts_on(state_of(holder("2018-03-15"), RULES), date(2018, 4, 2), RULES)
    answers = {item.entitlement.name: item.answer for item in entitlements_on(facts, RULES)}
    items = {item.cite for item in RULES.entitlements["service"].values() if item.cite.startswith("二(四)")}

    assert items == {f"二(四){number}" for number in range(1, 8)}
    assert answers["compulsory_education"] == "met"
    assert answers["school_examinations_and_senior_school"] == "unknown"
    assert answers["public_rental_housing"] == "unknown"


def test_2_5_nine_conveniences() -> None:
    """A4.12. Two more than the province: research results and honours."""
    items = RULES.entitlements["convenience"]

    assert {item.cite for item in items.values()} == {f"二(五){number}" for number in range(1, 10)}
    assert set(items) - set(rules_of("zhejiang").entitlements["convenience"]) == {
        "research_results",
        "honours",
    }
