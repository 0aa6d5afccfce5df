"""安康市居住证及流动人口服务管理实施办法（审查修改稿）: a test a rule, rows of docs/source_documents.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from residence.documents import missing_papers, report_due, take_in
from residence.entitlements import entitlements_on
from residence.findings import judged
from residence.history import facts_on
from residence.life_cycle import elapsed
from residence.rules import load_rules
from residence.scope import Address, judge_scope
from tests.residence.people import (
    CALENDAR,
    NOTHING,
    arrived,
    code_of,
    holder,
    job,
    may_apply,
    on,
    route,
    state_of,
)
from tests.residence.places import CHOICES, EVERYWHERE, layers, rules_of

RULES = rules_of("ankang")
JOB = replace(NOTHING, employment=(job("labour_contract", "2021-01-04", lawful_and_stable=True),))


def test_art_2_it_is_for_people_of_another_county_but_not_of_another_district() -> None:
    """A3.01."""
    here = Address("hanbin", "ankang", urban=True)

    assert judge_scope(Address("pingli", "ankang", urban=False), here, "", RULES).answer == "met"
    assert judge_scope(Address("another_district", "ankang", urban=True), here, "", RULES).answer == "not_met"
    assert judge_scope(here, here, "", RULES).answer == "not_met"
    assert judge_scope(Address("pingli", "ankang", urban=False), here, "foreigner", RULES).answer == "not_met"


def test_art_4_each_county_decides_which_services_it_offers() -> None:
    """A3.02. Open in the city's rules; an invented county's layer settles it."""
    events = holder("2021-09-01")
    service = RULES.entitlements["service"]["services_of_the_county"]
    assert (service.limit, service.cite) == ("county", "第四条第二款")
    county = """
format: residence/1
place: a-county
over: ankang
status: opinion
rules: {}
entitlements:
  service:
    services_of_the_county: none
    public_rental_housing: {cite: invented 1}
"""
    choices = {**EVERYWHERE, **CHOICES["ankang"], "suspension_effect": "reset", "deadlines_roll_over": "no"}
    of_county = load_rules([*layers("ankang"), (county, "county.yaml")], choices)

    def answers(rules: object) -> dict[str, str]:
        facts = facts_on(state_of(events, RULES), date(2021, 9, 1), RULES)
        return {item.entitlement.name: item.answer for item in entitlements_on(facts, rules)}  # type: ignore[arg-type]

    assert answers(RULES)["services_of_the_county"] == "unknown"
    assert answers(of_county)["public_rental_housing"] == "met"
    assert "services_of_the_county" not in answers(of_county)
    assert answers(of_county)["legal_aid"] == "met"


def test_art_9_registration_within_five_working_days_however_short_the_stay() -> None:
    """A3.03. From 30 September 2021: 8, Saturday 9, 11, 12, 13 October."""
    state = state_of([on("2021-09-30", "arrive", stay_days=1)], RULES)

    assert [item.last_day for item in state.open] == [date(2021, 10, 13)]


@pytest.mark.parametrize(
    ("ground", "stay", "exempt"),
    [
        ("lodging", None, True),
        ("hospital", None, True),
        ("rescue_station", None, True),
        ("full_time_school", None, True),
        ("relatives", 30, True),
        ("relatives", 31, False),
    ],
)
def test_art_9_1_to_5_five_need_not_register(ground: str, stay: int | None, exempt: bool) -> None:
    """A3.04. Any relative, not only near ones."""
    assert (state_of([on("2021-09-01", "arrive", ground, stay)], RULES).open == ()) is exempt
    assert code_of([on("2021-09-01", "arrive", "relatives")], RULES) == "residence.stay_unknown"


def test_art_10_half_a_year_and_one_route_without_months() -> None:
    """A3.05. What is lawful and stable the office finds; here residence counts from the arrival."""
    events = [on("2021-03-01", "arrive", stay_days=400), on("2021-03-20", "declare")]

    assert may_apply(events, JOB, "2021-09-01", RULES) == "met"
    assert may_apply(events, JOB, "2021-08-31", RULES) == "not_met"
    assert may_apply(events, JOB, "2021-09-01", rules_of("ankang", counts_from="registration")) == "not_met"
    for name, record in (
        ("home", job("lodged", "2021-03-01", lawful_and_stable=True)),
        ("schooling", job("other", "2021-03-01", continuous=True)),
    ):
        found = route(name, replace(NOTHING, **{name: (record,)}), "2021-09-01", RULES)
        assert found.answer == "met"
        nothing_known = replace(NOTHING, **{name: (replace(record, marks={}),)})
        assert route(name, nothing_known, "2021-09-01", RULES).answer == "unknown"


def test_art_12_everything_missing_is_told_once_and_the_permit_issued_in_three_working_days() -> None:
    """A3.07. The text says 3日工作日; with the extension for remote places at most 15 days."""
    told = {"employment": True, "home": False, "schooling": False, "proxy": False}
    short = missing_papers("apply", {"passport"}, told, RULES)
    assert [paper.name for paper in short.missing] == ["photo", "employment_proof"]
    assert take_in(short, judged("application"), RULES).step == "tell_what_is_missing"
    assert take_in(short, judged("application"), RULES, refuses=True).step == "tell_what_is_missing"

    events = [*arrived("2021-03-01"), on("2021-09-01", "apply")]
    for ground, choice, last_day in (
        ("", "3 working_days", date(2021, 9, 30)),
        ("", "3 days", date(2021, 9, 30)),
        ("extended", "3 days", date(2021, 10, 12)),
    ):
        rules = rules_of("ankang", issue_within=choice)
        (obligation,) = state_of([*events, on("2021-09-27", "accept", ground)], rules).open
        assert obligation.last_day == last_day
    (friday,) = state_of([*events, on("2021-09-24", "accept")], RULES).open
    assert friday.last_day == date(2021, 9, 28)  # Sunday 26 is worked
    (friday,) = state_of(
        [*events, on("2021-09-24", "accept")], rules_of("ankang", issue_within="3 days")
    ).open
    assert friday.last_day == date(2021, 9, 27)


def test_art_13_endorsement_in_the_month_before_each_full_year_of_residence() -> None:
    """A3.08. Not of the issue."""
    events = [
        *arrived("2021-03-01"),
        on("2021-09-01", "apply"),
        on("2021-09-02", "accept"),
        on("2021-09-06", "issue"),
    ]

    assert state_of(events, RULES).due == date(2022, 3, 1)
    assert code_of([*events, on("2022-01-31", "endorse")], RULES) == "residence.before_window"
    assert state_of([*events, on("2022-02-01", "endorse")], RULES).due == date(2023, 3, 1)


@pytest.mark.parametrize(("effect", "months"), [("reset", 2), ("pause", 14), ("ignore", 17)])
def test_art_13_late_endorsement_restores_and_nothing_says_what_stays(effect: str, months: int) -> None:
    """A3.09. All three readings can be chosen. Suspended 2022-03-02 to 2022-05-31."""
    rules = rules_of("ankang", effect=effect)
    events = [
        *arrived("2021-03-01"),
        on("2021-09-01", "apply"),
        on("2021-09-02", "accept"),
        on("2021-09-06", "issue"),
    ]

    assert elapsed(state_of(events, rules), date(2022, 3, 2)).permit == "suspended"
    state = state_of([*events, on("2022-06-01", "endorse")], rules)
    facts = facts_on(state, date(2022, 8, 1), rules)
    assert (facts.permit, facts.residence_months) == ("valid", months)


def test_art_14_a_change_may_be_registered_and_need_not() -> None:
    """A3.10."""
    events = [*arrived("2021-03-01"), on("2021-04-01", "move")]

    assert state_of(events, RULES).open == ()
    assert state_of([*events, on("2021-08-01", "change")], RULES).open == ()


def test_art_15_a_damaged_card_is_exchanged_for_the_old_one_and_a_lost_one_replaced() -> None:
    """A3.11."""
    assert [paper.name for paper in missing_papers("exchange", set(), {}, RULES).missing] == ["old_card"]
    assert missing_papers("replace", set(), {}, RULES).complete
    assert state_of([*holder("2021-09-06"), on("2021-10-08", "replace")], RULES).permit == "valid"


def test_art_16_nothing_costs_anything_not_even_a_replacement() -> None:
    """A3.12. Where the national regulation charges for the card."""
    assert set(RULES.fees.values()) == {"free"}
    assert {"declare", "change", "apply", "endorse", "replace"} <= set(RULES.fees)
    assert rules_of("national").fees["replace"] == "charged"


@pytest.mark.parametrize(
    ("party", "occasion", "cite"),
    [
        ("employer", "hired", "第十七条"),
        ("landlord", "let", "第十八条"),
        ("property_manager", "moved_in", "第十八条"),
    ],
)
def test_arts_17_and_18_employers_and_landlords_take_down_and_urge(
    party: str, occasion: str, cite: str
) -> None:
    """A3.13. No time is set."""
    due = report_due(party, occasion, date(2021, 9, 1), RULES, CALENDAR)

    assert (due.last_day, due.cite) == (None, cite)


def test_arts_20_and_21_six_services_and_seven_conveniences() -> None:
    """A3.14. Beside the services that the county decides on."""
    services = [item for item in RULES.entitlements["service"].values() if item.cite.startswith("第二十条")]

    assert len(services) == 6
    assert {item.cite[:5] for item in RULES.entitlements["convenience"].values()} == {"第二十一条"}
    assert len(RULES.entitlements["convenience"]) == 7


def test_art_22_a_holder_who_meets_the_local_rules_may_move_the_household_registration() -> None:
    """A3.15. Whether the rules are met is not this product's to say; who moves it is no longer a resident."""
    hukou = RULES.entitlements["settlement"]["hukou"]

    assert (hukou.limit, hukou.cite) == ("conditions", "第二十二条")
    assert state_of([*holder("2021-09-06"), on("2021-10-08", "hukou")], RULES).permit == "terminated"


def test_art_24_everybody_can_be_told_what_they_have() -> None:
    """A3.17. The whole list, also what somebody does not have and why."""
    facts = facts_on(state_of(arrived("2021-03-01"), RULES), date(2021, 4, 1), RULES)
    granted = entitlements_on(facts, RULES)

    assert len(granted) == sum(len(items) for items in RULES.entitlements.values())
    assert {item.finding.what.code for item in granted} == {"finding.status"}
    assert all(item.finding.cite for item in granted)


def test_art_29_other_proofs_of_identity_serve() -> None:
    """A3.20. Household book, passport, driving licence, certificate of household registration."""
    for act in ("declare", "apply"):
        for paper in (
            "citizen_id",
            "household_book",
            "passport",
            "driving_licence_card",
            "hukou_certificate",
        ):
            names = [item.name for item in missing_papers(act, {paper}, {}, RULES).missing]
            assert "identity" not in names
        assert "identity" in [item.name for item in missing_papers(act, set(), {}, RULES).missing]


def test_art_30_the_draft_has_no_dates_so_it_is_in_force_on_no_day() -> None:
    """A3.21. 2021 to 2026, month and day blank."""
    assert RULES.status == "draft"
    for day in (date(2020, 1, 1), date(2022, 1, 1), date(2027, 1, 1)):
        assert [layer.place for layer in RULES.not_in_force(day)] == ["ankang"]
    assert RULES.not_in_force(date(2015, 12, 31))[0].place == "national"
