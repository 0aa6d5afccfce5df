"""杭政办函〔2016〕137号: one test a rule, named by its section; row ids as in docs/source_documents.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from publication.permit_texts import notice_of_missing, reasons
from residence.documents import missing_papers, take_in
from residence.eligibility import Person, judge_application, judge_endorsement
from residence.entitlements import entitlements_on
from residence.findings import judged
from residence.guardians import Guardian
from residence.history import facts_on
from residence.life_cycle import elapsed
from residence.old_permits import old_permit_on
from residence.routes import Record, RouteFacts
from scenarios.registry import coordinators
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
    told,
    way,
)
from tests.residence.places import rules_of

RULES = rules_of("hangzhou 2017")
DAY = "2018-03-15"
JOB = job("labour_contract", "2017-03-15")
LEDGER = insured("2018-03-01", 12)


def employed(record: Record = JOB, ledger: object = LEDGER) -> RouteFacts:
    return replace(NOTHING, employment=(record,), insurance=ledger)  # type: ignore[arg-type]


def test_2_1_1_people_without_its_hukou_register_for_stays_of_three_days() -> None:
    """A2.01. The circular repeats no deadline; the province has none either."""
    assert (RULES.minimum_stay, RULES.cites["minimum_stay"]) == (3, "二(一)1")
    assert RULES.declare_within is None
    assert state_of([on("2017-09-04", "arrive", stay_days=3)], RULES).open == ()


def test_2_1_1_changes_are_registered_within_ten_days() -> None:
    """A2.02."""
    state = state_of([*arrived("2017-01-04"), on("2017-03-01", "move")], RULES)

    assert [item.last_day for item in state.open] == [date(2017, 3, 11)]
    assert RULES.cites["change_within"] == "二(一)1"


def test_2_1_2_half_a_year_registered_and_continuous_in_the_city_proper() -> None:
    """A2.03. Moves inside the city proper, even if registered late, do not interrupt; a move out does."""
    events = [*arrived("2017-09-15", "xihu"), on("2017-12-01", "move", area="xihu")]

    assert RULES.area == "city_proper"
    assert may_apply(events, employed(), DAY, RULES) == "met"
    assert may_apply(events, employed(), "2018-03-14", RULES) == "not_met"
    away = [*arrived("2017-09-15"), on("2017-12-01", "away"), on("2017-12-20", "back")]
    assert may_apply(away, employed(), DAY, RULES) == "not_met"
    tolerant = rules_of("hangzhou 2017", absence="19 days")
    assert may_apply(away, employed(), DAY, tolerant) == "met"
    assert code_of([*events, on("2018-01-05", "move", area="chunan")], RULES) == "residence.other_area"


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        (employed(), "met"),
        (employed(job("labour_contract", "2017-03-16")), "not_met"),  # a day short of a year at work
        (employed(ledger=insured("2018-03-01", 11)), "not_met"),
        (employed(ledger=insured("2018-02-01", 12)), "met"),  # the month of application is not booked yet
        (employed(ledger=insured("2018-01-01", 24)), "not_met"),
        (employed(ledger=insured("2018-03-01", 12, back_paid=True)), "not_met"),
        (employed(ledger=insured("2018-03-01", 12, back_paid=None)), "unknown"),
        (employed(ledger=insured("2018-03-01", 5) + insured("2017-09-01", 8)), "not_met"),  # a month missing
        (employed(ledger=None), "unknown"),
        (employed(job("enterprise", "2017-01-05")), "met"),
        (employed(job("sole_trader", "2017-01-05")), "met"),
        (employed(job("farm_contract", "2017-01-05")), "met"),
        (employed(job("other", "2017-01-05")), "met"),
        (replace(employed(), employment=()), "not_met"),
        (replace(employed(), employment=None), "unknown"),
    ],
)
def test_2_1_2_1_a_year_of_insurance_without_back_payment_and_a_year_of_work(
    facts: RouteFacts, answer: str
) -> None:
    """A2.04. 以上 includes the year itself (含，下同)."""
    assert route("employment", facts, DAY, RULES).answer == answer


def test_2_1_2_1_what_continuous_means_is_the_offices_choice() -> None:
    """A2.04. One missing month, two jobs with ten days between them."""
    gap = employed(ledger=insured("2018-03-01", 5) + insured("2017-09-01", 8))
    jobs = (job("labour_contract", "2017-09-01"), job("labour_contract", "2016-01-04", "2017-08-21"))
    changed = replace(employed(), employment=jobs)

    assert route("employment", gap, DAY, rules_of("hangzhou 2017", insurance_gap="1 months")).answer == "met"
    assert route("employment", changed, DAY, RULES).answer == "not_met"
    assert (
        route("employment", changed, DAY, rules_of("hangzhou 2017", route_gap="9 days")).answer == "not_met"
    )
    assert route("employment", changed, DAY, rules_of("hangzhou 2017", route_gap="10 days")).answer == "met"


def test_2_1_2_1_at_work_in_the_month_of_application() -> None:
    """A2.05. A job that ended in that month will do, one that ended before will not."""
    assert (
        route("employment", employed(job("labour_contract", "2016-01-04", "2018-03-01")), DAY, RULES).answer
        == "met"
    )
    ended = employed(job("labour_contract", "2016-01-04", "2018-02-28"))
    assert route("employment", ended, DAY, RULES).answer == "not_met"
    whole_year = employed(job("labour_contract", "2017-03-16", "2018-03-15"))
    assert route("employment", whole_year, "2018-03-20", RULES).answer == "met"
    a_day_less = employed(job("labour_contract", "2017-03-17", "2018-03-15"))
    assert route("employment", a_day_less, "2018-03-20", RULES).answer == "not_met"
    strict = rules_of("hangzhou 2017", insurance_up_to="month")
    assert route("employment", employed(ledger=insured("2018-02-01", 12)), DAY, strict).answer == "not_met"


LEASE = {"written_lease": True, "lawful_title": True, "safe": True, "registered_with_police": True}


@pytest.mark.parametrize(
    ("home", "answer"),
    [
        (job("own", "2018-03-01", title_or_use_right=True), "met"),
        (job("own", "2018-03-01", title_or_use_right=False), "not_met"),
        (job("rented", "2018-01-01", term_end="2018-12-31", **LEASE, commercial_housing=False), "met"),
        (job("rented", "2018-01-01", term_end="2018-12-30", **LEASE, commercial_housing=False), "not_met"),
        (job("rented", "2018-01-01", **LEASE, commercial_housing=False), "unknown"),
        (job("rented", "2018-01-01", term_end="2018-12-31", **LEASE), "unknown"),
        (
            job("rented", "2018-01-01", term_end="2018-12-31", **LEASE, commercial_housing=True),
            "unknown",
        ),
        (
            job("rented", "2018-01-01", term_end="2018-12-31", **LEASE, filed_with_housing_bureau=True),
            "met",
        ),
        (
            job(
                "rented",
                "2018-01-01",
                term_end="2018-12-31",
                **LEASE,
                commercial_housing=True,
                filed_with_housing_bureau=False,
            ),
            "not_met",
        ),
        *(
            (
                job(
                    "rented",
                    "2018-01-01",
                    term_end="2018-12-31",
                    **{**LEASE, mark: False},
                    commercial_housing=False,
                ),
                "not_met",
            )
            for mark in LEASE
        ),
        (job("borrowed", "2018-01-01", lawful_title=True), "not_met"),
    ],
)
def test_2_1_2_2_an_own_home_or_a_lease_of_a_year_with_title_safety_and_registration(
    home: Record, answer: str
) -> None:
    """A2.06. Commercial housing also needs the filing of the housing bureau."""
    assert route("home", replace(NOTHING, home=(home,)), DAY, RULES).answer == answer


def test_2_1_2_3_enrolled_and_at_school_for_a_year_with_two_proofs() -> None:
    """A2.07."""
    school = job("secondary", "2017-03-15", full_time=True, enrolled=True)
    facts = replace(NOTHING, schooling=(school,))

    assert route("schooling", facts, DAY, RULES).answer == "met"
    assert route("schooling", facts, "2018-03-14", RULES).answer == "not_met"
    part_time = replace(school, marks={"full_time": False, "enrolled": True})
    assert route("schooling", replace(NOTHING, schooling=(part_time,)), DAY, RULES).answer == "not_met"
    technical = replace(school, kind="technical")
    assert route("schooling", replace(NOTHING, schooling=(technical,)), DAY, RULES).answer == "not_met"
    named = {paper.name for paper in missing_papers("apply", set(), {"schooling": True}, RULES).missing}
    assert {"enrolment_proof", "attendance_proof"} <= named


def test_2_1_2_talent_is_not_held_to_these_conditions() -> None:
    """A2.08. The talent permit has rules of its own, which are not among the texts; the province waives."""
    events = arrived("2018-03-01")

    assert may_apply(events, NOTHING, DAY, RULES, ground="talent") == "met"
    assert may_apply(events, NOTHING, DAY, RULES) == "not_met"
    assert RULES.cites["waivers"] == "第十六条第二款"


PARENT = Guardian(permit=True, insurance=insured("2018-03-01", 12))


@pytest.mark.parametrize(
    ("which", "guardians", "sole", "answer"),
    [
        ("both", (PARENT, PARENT), None, "met"),
        ("both", (PARENT,), None, "not_met"),
        ("both", (PARENT,), True, "not_met"),
        ("both", (PARENT, replace(PARENT, permit=False)), None, "not_met"),
        ("both", (PARENT, replace(PARENT, permit=None)), None, "unknown"),
        ("both", (PARENT, replace(PARENT, insurance=insured("2018-03-01", 11))), None, "not_met"),
        (
            "both",
            (PARENT, replace(PARENT, insurance=insured("2018-03-01", 12, back_paid=True))),
            None,
            "not_met",
        ),
        ("all_there_are", (PARENT,), True, "met"),
        ("all_there_are", (PARENT,), None, "unknown"),
        ("all_there_are", (PARENT,), False, "not_met"),
        ("all_there_are", (PARENT, PARENT), None, "met"),
        ("all_there_are", (), None, "not_met"),
    ],
)
def test_2_1_3_a_minor_under_16_needs_both_guardians_permits_and_insurance(
    which: str, guardians: tuple[Guardian, ...], sole: bool | None, answer: str
) -> None:
    """A2.09. What a single guardian does is open in the text and chosen by the office."""
    rules = rules_of("hangzhou 2017", guardians_which=which)
    school = job("primary", "2016-09-01", full_time=True, enrolled=True)
    child = Person(
        replace(NOTHING, schooling=(school,)), date(2009, 5, 1), guardians=guardians, sole_guardian=sole
    )
    state = state_of(arrived("2016-09-01"), rules)

    assert judge_application(state, child, date(2018, 3, 15), rules, CALENDAR).answer == answer
    grown = replace(child, born=date(2002, 3, 15))
    assert judge_application(state, grown, date(2018, 3, 15), rules, CALENDAR).answer == "met"
    ageless = replace(child, born=None)
    assert judge_application(state, ageless, date(2018, 3, 15), rules, CALENDAR).answer == "unknown"


@pytest.mark.parametrize(("without", "answer"), [("back_paid", "not_met"), ("none", "met")])
def test_2_1_3_whether_back_paid_months_of_a_guardian_count_is_open(without: str, answer: str) -> None:
    """二(一)3 does not repeat 不含补缴. Twelve months to March 2018, all back-paid; applied then."""
    rules = rules_of("hangzhou 2017", guardians_without=without)
    school = job("primary", "2016-09-01", full_time=True, enrolled=True)
    back_paid = replace(PARENT, insurance=insured("2018-03-01", 12, back_paid=True))
    child = Person(replace(NOTHING, schooling=(school,)), date(2009, 5, 1), guardians=(PARENT, back_paid))
    state = state_of(arrived("2016-09-01"), rules)

    assert judge_application(state, child, date(2018, 3, 15), rules, CALENDAR).answer == answer


def test_2_1_3_what_is_missing_is_told_once_and_whole_and_refusals_give_reasons() -> None:
    """A2.10. In both languages, with the clause of every paper."""
    known = {"employment": False, "home": True, "schooling": False, "minor": True}
    known |= {"own": False, "rented": True, "commercial_housing": True, "proxy": False}
    found = missing_papers("apply", {"form", "citizen_id"}, known, RULES)

    assert {paper.name for paper in found.missing} == {
        "photo",
        "lease",
        "landlords_title",
        "rental_registration",
        "rental_filing",
        "guardians_permits",
        "guardians_insurance",
    }
    chinese, english = notice_of_missing(found, "zh"), notice_of_missing(found, "en")
    assert len(chinese) == len(english) == 7
    assert "缺少：相片（二(一)3）" in chinese
    assert "missing: lease (二(一)2(2))" in english
    assert take_in(found, judged("application"), RULES).step == "tell_what_is_missing"
    unasked = missing_papers("apply", {"form", "citizen_id", "photo"}, {}, RULES)
    assert not unasked.missing
    assert not unasked.complete
    assert len(unasked.perhaps) == 12
    no = judge_application(
        state_of(arrived("2018-03-01"), RULES),
        Person(NOTHING, date(1990, 1, 1)),
        date(2018, 3, 15),
        RULES,
        CALENDAR,
    )
    lines = reasons(no, "en")
    assert lines[0].startswith("resident without a break since 2018-03-01, judged on 2018-03-15; 6 months")
    assert lines[0].endswith("(二(一)2): not met")
    assert len(reasons(no, "zh")) == len(lines)


def test_2_1_4_suspended_from_the_day_after_and_not_endorsed_without_a_route() -> None:
    """A2.11. In the month before each full year from issue; 期满次日起."""
    state = state_of(holder("2017-06-01"), RULES)

    assert (elapsed(state, date(2018, 6, 1)).permit, elapsed(state, date(2018, 6, 2)).permit) == (
        "valid",
        "suspended",
    )
    late = state_of(
        [*holder("2017-06-01"), on("2018-07-02", "endorse")], rules_of("hangzhou 2017", effect="reset")
    )
    assert (late.permit, late.residence_from) == ("valid", date(2018, 7, 2))
    assert judge_endorsement(state, Person(NOTHING), date(2018, 5, 15), RULES).answer == "not_met"
    assert judge_endorsement(state, Person(RouteFacts()), date(2018, 5, 15), RULES).answer == "unknown"


def test_2_1_4_old_permits_stay_valid_and_are_exchanged_free_of_charge() -> None:
    """A2.12. Issued before the provincial regulation took effect; the office aims at 2017-06-30."""
    found = old_permit_on(date(2016, 6, 30), date(2018, 6, 30), date(2017, 3, 1), RULES, eligible="met")

    assert (found.valid, found.exchange, found.fee, found.target) == (True, "met", "free", date(2017, 6, 30))
    assert RULES.fees["exchange_old"] == "free"
    unknown = old_permit_on(date(2016, 6, 30), date(2018, 6, 30), date(2018, 7, 1), RULES, eligible="met")
    assert (unknown.valid, unknown.exchange) == (False, "unknown")
    assert not old_permit_on(date(2016, 7, 1), date(2018, 6, 30), date(2017, 3, 1), RULES, eligible="met").old


def test_2_2_services_and_conveniences_of_a_holder() -> None:
    """A2.13. Five rights, six services and seven conveniences; further ones by points (二(二)3, 4)."""
    named = RULES.entitlements

    assert {kind: len(items) for kind, items in named.items()} == {
        "right": 5,
        "service": 7,
        "convenience": 7,
        "settlement": 1,
    }
    assert {item.cite for item in named["convenience"].values()} == {"二(二)2"}
    facts = facts_on(state_of(holder("2017-06-01"), RULES), date(2017, 7, 1), RULES)
    answers = {item.entitlement.name: item.answer for item in entitlements_on(facts, RULES)}
    assert answers["trade_union"] == "met"
    assert answers["further_services"] == "unknown"
    assert named["service"]["further_services"].limit == "points"


def test_3_1_one_coordinator_for_800_registered_people() -> None:
    """A2.16. 不低于…800∶1: part of the number needs one more."""
    assert [coordinators(registered, 800) for registered in (0, 1, 800, 801, 1_600)] == [0, 1, 1, 2, 2]


def test_the_reasons_of_a_way_name_every_requirement_with_its_clause() -> None:
    found = way("employment", "contract", employed(job("labour_contract", "2017-06-01"), None), DAY, RULES)

    assert told(found.findings) == [
        "record met 二(一)2(1)",
        "lasted not_met 二(一)2(1)",
        "insured unknown 二(一)2(1)",
    ]
