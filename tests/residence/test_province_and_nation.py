"""The texts below the five documents, 浙江省流动人口居住登记条例 and 居住证暂行条例, by their articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from publication.permit_texts import notice_of_missing, phrase, word
from residence.documents import missing_papers, papers_needed, receipt, report_due, take_in
from residence.entitlements import entitlements_on
from residence.findings import judged
from residence.guardians import judge_guardians, judge_proxy, must_be_represented
from residence.history import facts_on
from residence.old_permits import old_permit_on
from residence.routes import Record, RouteFacts, judge_routes
from residence.scope import Address, judge_scope
from tests.residence.people import (
    CALENDAR,
    NOTHING,
    code_of,
    holder,
    job,
    may_apply,
    on,
    route,
    state_of,
)
from tests.residence.places import rules_of
from values.problems import BadInput

ZHEJIANG, NATIONAL = rules_of("zhejiang"), rules_of("national")


@pytest.mark.parametrize(
    ("party", "occasion", "cite"),
    [
        ("employer", "hired", "第八条第一款"),
        ("employer", "dismissed", "第八条第二款"),
        ("landlord", "let", "第九条第一款"),
        ("landlord", "let_ended", "第九条第二款"),
        ("property_manager", "learned", "第十条"),
        ("agency", "placed", "第十一条"),
    ],
)
def test_zhejiang_8_to_11_third_parties_report_within_three_working_days(
    party: str, occasion: str, cite: str
) -> None:
    due = report_due(party, occasion, date(2016, 9, 30), ZHEJIANG, CALENDAR)

    assert (due.last_day, due.cite) == (date(2016, 10, 10), cite)  # Saturday 8 and Sunday 9 are worked


def test_zhejiang_12_who_is_registered_by_others_need_not_declare() -> None:
    assert report_due("lodging", "checked_in", date(2016, 9, 30), ZHEJIANG, CALENDAR).last_day is None
    for ground in ("lodging", "hospital", "boarding_school", "rescue_station"):
        assert state_of([on("2018-09-03", "arrive", ground)], rules_of("hangzhou 2018")).open == ()
    assert code_of([on("2018-09-03", "arrive", "relatives", 9)], ZHEJIANG) == "residence.ground_unknown"


def test_zhejiang_7_guardians_declare_for_minors_and_near_relatives_may_for_the_infirm() -> None:
    assert must_be_represented("declare", ["minor"], ZHEJIANG)
    assert not must_be_represented("declare", ["infirm"], ZHEJIANG)
    assert judge_proxy("declare", ["minor"], "near_relative", ZHEJIANG).answer == "not_met"
    assert judge_proxy("declare", ["infirm"], "near_relative", ZHEJIANG).answer == "met"
    assert judge_proxy("declare", ["infirm", "minor"], "near_relative", ZHEJIANG).answer == "met"
    missing = missing_papers("declare", {"collected_identity"}, {"proxy": True}, ZHEJIANG).missing
    assert [paper.name for paper in missing] == ["identity_of_proxy"]


def test_zhejiang_16_residence_counts_from_the_registration_but_not_for_talent() -> None:
    late = [on("2018-01-02", "arrive", stay_days=400), on("2018-03-01", "declare")]
    found = replace(NOTHING, home=(job("other", "2018-01-02", lawful_and_stable=True),))

    assert may_apply(late, found, "2018-08-31", ZHEJIANG) == "not_met"
    assert may_apply(late, found, "2018-09-01", ZHEJIANG) == "met"
    assert may_apply(late, NOTHING, "2018-03-02", ZHEJIANG, ground="talent") == "met"
    with pytest.raises(BadInput, match=r"residence\.ground_unknown"):
        may_apply(late, NOTHING, "2018-03-02", ZHEJIANG, ground="special_skill")


def test_zhejiang_18_complete_incomplete_or_not_eligible() -> None:
    told = {"employment": False, "home": True, "schooling": False, "proxy": False}
    whole = missing_papers("apply", {"citizen_id", "photo", "home_proof"}, told, ZHEJIANG)
    undecided = judge_routes(RouteFacts(), date(2018, 9, 3), ZHEJIANG)

    assert take_in(whole, judged("application"), ZHEJIANG).step == "accept"
    assert take_in(whole, judged("application"), ZHEJIANG, errors=True).step == "accept"
    assert take_in(whole, judged("application", (), [undecided]), ZHEJIANG).step == "ask"
    shown = receipt("accept", {}, date(2018, 9, 3), ZHEJIANG, CALENDAR)
    assert (shown.issue_by, shown.fee) == (date(2018, 9, 18), "free")
    with pytest.raises(BadInput, match=r"residence\.ground_unknown"):
        receipt("accept", {}, date(2018, 9, 3), ZHEJIANG, CALENDAR, extended=True)


def test_zhejiang_36_a_permit_got_by_fraud_is_confiscated() -> None:
    for day in ("2019-05-06", "2020-05-06"):
        state = state_of([*holder("2019-03-15"), on(day, "confiscate")], ZHEJIANG)
        assert state.permit == "terminated"
        assert {
            item.answer for item in entitlements_on(facts_on(state, date(2020, 6, 1), ZHEJIANG), ZHEJIANG)
        } == {"not_met"}


def test_zhejiang_39_and_national_23_old_permits() -> None:
    issued, expires = date(2015, 12, 31), date(2018, 12, 31)

    assert old_permit_on(issued, expires, date(2017, 1, 2), ZHEJIANG, eligible="met").fee == "free"
    national = old_permit_on(issued, expires, date(2017, 1, 2), NATIONAL, eligible="met")
    assert (national.valid, national.exchange, national.fee) == (True, "not_met", "not_stated")
    with pytest.raises(ValueError, match="expire"):
        old_permit_on(expires, issued, date(2017, 1, 2), NATIONAL, eligible="met")


def test_national_2_it_is_for_citizens_in_another_city() -> None:
    here, county = Address("a", "x", urban=True), Address("b", "x", urban=False)

    assert judge_scope(county, here, "", rules_of("national", floating="other_city")).answer == "not_met"
    assert judge_scope(county, here, "", rules_of("national", floating="other_unit")).answer == "met"
    assert judge_scope(Address("c", "y"), here, "", NATIONAL).answer == "met"
    assert judge_scope(Address("c", "y"), here, "foreigner", NATIONAL).answer == "not_met"
    assert judge_scope(Address("c", "y"), here, "hong_kong_macau_taiwan", NATIONAL).answer == "met"


def test_national_9_proofs_of_home_work_and_school_and_their_alternatives() -> None:
    told = {"employment": True, "home": True, "schooling": True, "proxy": False}
    papers = {"citizen_id", "photo", "lease", "labour_contract", "student_card"}

    assert missing_papers("apply", papers, told, NATIONAL).complete
    found = missing_papers("apply", {"citizen_id", "photo"}, told, NATIONAL)
    assert [paper.name for paper in found.missing] == ["home_proof", "employment_proof", "schooling_proof"]
    lines = notice_of_missing(found, "en")
    assert lines[2] == (
        "missing: proof of schooling, any one of: school's certificate, student card (第九条第二款)"
    )
    assert notice_of_missing(missing_papers("apply", papers, told, NATIONAL), "zh") == ("材料齐全",)
    assert len(papers_needed("apply", {}, NATIONAL)) == 6
    perhaps = notice_of_missing(missing_papers("apply", papers, {}, NATIONAL), "en")
    assert perhaps == (
        "if this applies: somebody acts as proxy, also needed: proxy's proof of identity (第九条第三款)",
    )
    with pytest.raises(BadInput, match=r"residence\.paper_unknown"):
        missing_papers("apply", {"horoscope"}, {"retired": True}, NATIONAL)


def test_national_9_guardians_and_near_relatives_apply_for_minors_and_the_infirm() -> None:
    assert judge_proxy("apply", ["minor"], "near_relative", NATIONAL).answer == "met"
    assert judge_proxy("endorse", ["minor"], "guardian", NATIONAL).answer == "not_met"
    assert judge_guardians((), date(2017, 1, 2), NATIONAL).answer == "met"


def test_national_12_and_13_three_rights_six_services_seven_conveniences() -> None:
    facts = facts_on(state_of(holder("2017-03-15"), NATIONAL), date(2017, 4, 3), NATIONAL)
    granted = entitlements_on(facts, NATIONAL)
    by_kind = {
        kind: [item.answer for item in granted if item.entitlement.kind == kind]
        for kind in NATIONAL.entitlements
    }

    assert by_kind["right"] == ["met"] * 3
    assert by_kind["service"] == ["met"] * 5 + ["unknown"]
    assert by_kind["convenience"] == ["met"] * 6 + ["unknown"]
    assert by_kind["settlement"] == ["unknown"]


def test_national_10_and_21_endorsed_by_the_year_of_residence_and_free() -> None:
    state = state_of(holder("2017-03-15"), NATIONAL)

    assert state.residence_from
    assert state.due == date(2017, 8, 27) == state.residence_from.replace(year=2017)
    assert (NATIONAL.fees["apply"], NATIONAL.fees["endorse"], NATIONAL.fees["replace"]) == (
        "free",
        "free",
        "charged",
    )


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (job("palace", "2018-01-01"), "residence.record_unknown"),
        (job("own", "2018-01-01", shiny=True), "residence.record_unknown"),
        (job("own", "2018-01-02", "2018-01-01"), "residence.record_order"),
        (job("rented", "2018-01-02", term_end="2018-01-01"), "residence.record_order"),
    ],
)
def test_records_that_contradict_themselves_are_refused(record: Record, code: str) -> None:
    with pytest.raises(BadInput, match=rf"^2:home: {code.replace('.', '[.]')}"):
        judge_routes(replace(NOTHING, home=(job("own", "2018-01-01"), record)), date(2018, 9, 3), ZHEJIANG)


def test_of_several_records_the_nearest_is_shown_and_any_one_is_enough() -> None:
    poor, unknown, good = (
        job("rented", "2018-01-01", safe=False, written_lease=True),
        job("rented", "2018-02-01", safe=True),
        job("rented", "2018-03-01", safe=True, written_lease=True),
    )
    rules = rules_of("taizhou")

    assert route("home", replace(NOTHING, home=(poor, unknown)), "2018-09-03", rules).answer == "unknown"
    assert route("home", replace(NOTHING, home=(poor, good, unknown)), "2018-09-03", rules).answer == "met"
    judgement = route("home", replace(NOTHING, home=(good, poor)), "2018-09-03", rules)
    assert judgement.against() == ()


def test_figures_are_told_in_both_languages() -> None:
    assert (phrase("6 months", "zh"), phrase("180 days", "en")) == ("6个月", "180 days")
    assert (phrase("own, rented", "zh"), phrase("2018-01-02", "zh")) == ("自有住房、租赁住房", "2018-01-02")
    assert (word("talent", "en"), word("no_such_word", "en")) == ("introduced talent", "no_such_word")
