"""杭州市流动人口服务管理规定: a test a rule, named by its article; row ids as in docs/source_documents.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from residence.documents import missing_papers, receipt, report_due, take_in
from residence.eligibility import Person, advance_if_met, judge_endorsement
from residence.entitlements import entitlements_on
from residence.findings import judged
from residence.guardians import judge_proxy
from residence.history import facts_on, reminder_on
from residence.life_cycle import elapsed
from residence.old_permits import old_permit_on
from residence.routes import RouteFacts
from residence.rules import load_rules
from residence.scope import Address, judge_scope
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
from tests.residence.places import CHOICES, EVERYWHERE, layers, rules_of
from values.problems import BadInput, Refused

RULES = rules_of("hangzhou 2018")
EMPLOYED = RouteFacts(
    employment=(job("labour_contract", "2018-01-02"),),
    home=(),
    schooling=(),
    insurance=insured("2019-12-01", 24),
)


def test_art_2_it_applies_to_people_in_the_city_proper_without_its_hukou() -> None:
    """A1.01. A hukou in a county of the same city is one from outside; a district's is not."""
    proper = Address("xihu", "hangzhou", urban=True)

    def scope(hukou: Address | None, lives: Address | None = proper) -> str:
        return judge_scope(hukou, lives, "", RULES).answer

    assert scope(Address("chunan", "hangzhou", urban=False)) == "met"
    assert scope(Address("haishu", "ningbo", urban=True)) == "met"
    assert scope(Address("gongshu", "hangzhou", urban=True)) == "not_met"
    assert scope(Address("linan", "hangzhou", urban=None)) == "unknown"
    assert scope(Address("haishu", "ningbo"), Address("chunan", "hangzhou", urban=False)) == "not_met"
    assert scope(None) == "unknown"


@pytest.mark.parametrize(("stay", "last_day"), [(2, None), (3, date(2018, 10, 8))])
def test_art_9_registration_within_three_working_days_for_stays_of_three_days(
    stay: int, last_day: date | None
) -> None:
    """A1.03. Arrived on Friday 28 September 2018: 29 and 30 are worked, 1 to 7 October are off."""
    state = state_of([on("2018-09-28", "arrive", stay_days=stay)], RULES)

    assert [item.last_day for item in state.open] == ([last_day] if last_day else [])


@pytest.mark.parametrize(
    ("ground", "stay", "exempt"),
    [
        ("lodging", 90, True),
        ("hospital", 90, True),
        ("boarding_school", 300, True),
        ("rescue_station", 10, True),
        ("near_relatives", 30, True),
        ("near_relatives", 31, False),
    ],
)
def test_art_9_exempt_are_those_of_the_provincial_article_12(ground: str, stay: int, exempt: bool) -> None:
    """A1.04. Zhejiang 2016, art. 12, to which art. 9 refers."""
    state = state_of([on("2018-09-03", "arrive", ground, stay)], RULES)

    assert (state.open == ()) is exempt
    assert RULES.cites["exemptions"] == "第十二条"


def test_art_10_registration_needs_proof_of_identity_and_eight_things_told() -> None:
    """A1.05. All that is missing is named at once."""
    found = missing_papers("declare", {"citizen_id", "address"}, {"proxy": False}, RULES)

    assert [paper.name for paper in found.missing] == [
        "workplace",
        "contact",
        "political_status",
        "marital_status",
        "education",
        "employment",
        "social_insurance",
    ]
    assert {paper.cite[:3] for paper in found.missing} == {"第十条"}
    without = missing_papers("declare", set(), {"proxy": False}, RULES).missing
    assert (without[0].name, without[0].cite) == ("identity", "第十条第一款")


def test_art_11_changes_are_registered_in_the_ten_days_of_the_circular() -> None:
    """A1.06. Art. 11 says "as provided"; the number is that of the circular of 2016 and of the province."""
    state = state_of([*arrived("2019-01-07"), on("2019-03-01", "move")], RULES)

    assert [(item.duty, item.last_day) for item in state.open] == [("change", date(2019, 3, 11))]
    assert RULES.cites["change_within"] == "二(一)1"


@pytest.mark.parametrize(
    ("party", "occasion"),
    [("employer", "hired"), ("landlord", "let"), ("property_manager", "learned"), ("agency", "placed")],
)
def test_art_12_employers_landlords_managers_and_agencies_report(party: str, occasion: str) -> None:
    """A1.07. "As provided": three working days, Zhejiang arts. 8 to 11."""
    due = report_due(party, occasion, date(2018, 9, 28), RULES, CALENDAR)

    assert due.last_day == date(2018, 10, 8)
    with pytest.raises(BadInput, match=r"residence\.no_report"):
        report_due(party, "gossip", date(2018, 9, 28), RULES, CALENDAR)


def test_art_13_a_receipt_shows_the_person_the_authority_and_the_time() -> None:
    """A1.08. One that lacks something is not handed out, and everything it lacks is named."""
    whole = {"person": "张三", "authority": "某派出所", "time": "2018-09-04 10:30"}

    for kind in ("declare", "change"):
        assert receipt(kind, whole, date(2018, 9, 4), RULES, CALENDAR).contents == whole  # type: ignore[arg-type]
        with pytest.raises(BadInput) as raised:
            receipt(kind, {"person": "张三", "time": " "}, date(2018, 9, 4), RULES, CALENDAR)  # type: ignore[arg-type]
        lacking = [dict(problem.params) for problem in raised.value.problems]
        assert [item["what"] for item in lacking] == ["authority", "time"]
        assert {item["cite"] for item in lacking} == {"第十三条第二款"}


def test_art_14_registration_and_change_cost_nothing() -> None:
    """A1.09."""
    assert (RULES.fees["declare"], RULES.fees["change"]) == ("free", "free")
    assert "第十四条" in RULES.cites["fees"]


def test_art_15_the_permit_is_the_gate_to_services_and_hukou() -> None:
    """A1.10. Without a valid permit neither; with it, hukou is further conditions' business."""
    events = holder("2019-03-15")

    def answers(day: str, many: int) -> dict[str, str]:
        facts = facts_on(state_of(events[:many], RULES), date.fromisoformat(day), RULES)
        return {item.entitlement.name: item.answer for item in entitlements_on(facts, RULES)}

    assert answers("2019-03-14", 2)["compulsory_education"] == "not_met"
    assert answers("2019-03-15", 5)["compulsory_education"] == "met"
    assert answers("2019-03-14", 2)["hukou"] == "not_met"
    assert answers("2019-03-15", 5)["hukou"] == "unknown"


def test_art_16_half_a_year_registered_and_one_of_three_routes() -> None:
    """A1.11. The months of the routes are those of the circular; what nobody knows is not a no."""
    events = arrived("2019-01-02")

    assert may_apply(events, EMPLOYED, "2019-07-02", RULES) == "met"
    assert may_apply(events, EMPLOYED, "2019-07-01", RULES) == "not_met"
    assert may_apply(events[:1], EMPLOYED, "2019-07-02", RULES) == "not_met"
    assert may_apply(events, NOTHING, "2019-07-02", RULES) == "not_met"
    assert may_apply(events, RouteFacts(), "2019-07-02", RULES) == "unknown"


def test_art_16_the_routes_are_judged_before_applying_and_before_an_endorsement() -> None:
    """A1.11, A1.15. What stands in the way is the refusal."""
    person, nobody = Person(EMPLOYED, date(1990, 1, 1)), Person(NOTHING, date(1990, 1, 1))
    registered = state_of(arrived("2019-01-02"), RULES)
    apply = on("2019-07-02", "apply")

    assert advance_if_met(registered, apply, person, RULES, CALENDAR).permit == "applied"
    with pytest.raises(Refused) as refused:
        advance_if_met(registered, apply, nobody, RULES, CALENDAR)
    assert {problem.code for problem in refused.value.problems} == {"finding.record", "finding.insured"}
    assert "二(一)2(1)" in {problem.place.path for problem in refused.value.problems}
    valid = state_of(holder("2018-12-14"), RULES)
    endorse = on("2019-12-02", "endorse")
    assert advance_if_met(valid, endorse, person, RULES, CALENDAR).due == date(2020, 12, 14)
    with pytest.raises(Refused, match=r"finding\.record"):
        advance_if_met(valid, endorse, nobody, RULES, CALENDAR)
    gone = advance_if_met(valid, on("2019-12-02", "not_endorsed"), nobody, RULES, CALENDAR)
    assert gone.permit == "terminated"


@pytest.mark.parametrize(
    ("record", "answer"),
    [
        (job("own", "2018-05-01", title_or_use_right=True), "met"),
        (job("borrowed", "2018-05-01", lawful_title=True), "met"),
        (job("lodged", "2018-05-01", lawful_title=True), "met"),
        (job("lodged", "2018-05-01", lawful_title=False), "not_met"),
        (job("lodged", "2018-05-01"), "unknown"),
        (job("borrowed", "2018-05-01", "2019-06-30", lawful_title=True), "not_met"),
    ],
)
def test_art_16_2_an_own_home_or_one_lawfully_borrowed_or_lodged_in(record: object, answer: str) -> None:
    """A1.11, second route: wider than the circular of 2016, which the regulation overrules."""
    facts = replace(NOTHING, home=(record,))  # type: ignore[arg-type]

    assert route("home", facts, "2019-07-02", RULES).answer == answer


def test_art_17_1_how_an_application_is_taken() -> None:
    """A1.12 (1) to (4): accept, correct on the spot, tell everything once, do not accept, not eligible."""
    told = {"employment": True, "home": False, "schooling": False, "minor": False, "proxy": False}
    told |= {"own": False, "rented": False, "borrowed": False}
    papers = {"form", "citizen_id", "photo", "employment_proof", "insurance_record"}
    good, bad = (
        judged("application"),
        judged("application", route("home", NOTHING, "2019-07-02", RULES).all_findings()),
    )
    whole = missing_papers("apply", papers, told, RULES)
    short = missing_papers("apply", {"citizen_id"}, told, RULES)

    assert take_in(whole, good, RULES).step == "accept"
    assert take_in(whole, good, RULES, errors=True).step == "correct_on_the_spot"
    once = take_in(short, good, RULES)
    assert once.step == "tell_what_is_missing"
    assert {paper.name for paper in once.papers} == papers - {"citizen_id"}
    assert once.cite == "第十七条第一款(三)"
    assert take_in(short, good, RULES, refuses=True).step == "do_not_accept"
    refused = take_in(whole, bad, RULES)
    assert (refused.step, refused.cite[:4]) == ("not_eligible", "第十七条")
    assert refused.reasons


def test_art_17_2_the_permit_is_issued_within_fifteen_days() -> None:
    """A1.13. Calendar days from the acceptance."""
    events = [*arrived("2019-01-02"), on("2019-07-02", "apply"), on("2019-07-03", "accept")]

    (obligation,) = state_of(events, RULES).open
    assert (obligation.duty, obligation.last_day) == ("issue", date(2019, 7, 18))
    assert receipt("accept", {}, date(2019, 7, 3), RULES, CALENDAR).issue_by == date(2019, 7, 18)


def test_art_18_a_holder_may_have_an_error_corrected_with_proof() -> None:
    """A1.14."""
    events = holder("2019-03-15")

    assert state_of([*events, on("2019-05-06", "correct")], RULES).permit == "valid"
    assert code_of([*events[:2], on("2019-05-06", "correct")], RULES) == "residence.not_allowed"
    found = missing_papers("correct", set(), {"proxy": False}, RULES)
    assert [(paper.name, paper.cite) for paper in found.missing] == [("correction_proof", "第十八条第二款")]


def test_art_19_endorsement_in_the_month_before_each_full_year_from_issue() -> None:
    """A1.15. Who is no longer eligible is refused with reasons."""
    events = holder("2019-03-15")

    assert code_of([*events, on("2020-02-14", "endorse")], RULES) == "residence.before_window"
    for day in ("2020-02-15", "2020-03-15"):
        assert state_of([*events, on(day, "endorse")], RULES).due == date(2021, 3, 15)
    state = state_of(events, RULES)
    good = replace(EMPLOYED, insurance=insured("2020-03-01", 24))
    assert judge_endorsement(state, Person(good), date(2020, 3, 1), RULES).answer == "met"
    first = replace(EMPLOYED, insurance=insured("2020-02-01", 24))
    assert judge_endorsement(state, Person(first), date(2020, 2, 15), RULES).answer == "met"
    refused = judge_endorsement(state, Person(NOTHING), date(2020, 3, 1), RULES)
    assert refused.answer == "not_met"
    assert {finding.cite for finding in refused.against()} >= {"二(一)2(1)", "二(一)2(2)", "二(一)2(3)"}
    early = judge_endorsement(state, Person(good), date(2020, 2, 14), RULES)
    assert [finding.what.code for finding in early.against()] == ["finding.window"]


def test_art_20_1_an_overdue_permit_is_suspended() -> None:
    """A1.16. And gives no entitlement while it is."""
    state = state_of(holder("2019-03-15"), RULES)

    assert (elapsed(state, date(2020, 3, 15)).permit, elapsed(state, date(2020, 3, 16)).permit) == (
        "valid",
        "suspended",
    )
    facts = facts_on(state, date(2020, 3, 16), RULES)
    assert {item.answer for item in entitlements_on(facts, RULES)} == {"not_met"}
    assert facts.score_frozen


@pytest.mark.parametrize(("effect", "months"), [("reset", 6), ("pause", 24)])
def test_art_20_2_a_late_endorsement_restores_and_the_suspension_does_not_count(
    effect: str, months: int
) -> None:
    """A1.17. Suspended 2020-03-16 to 2020-06-14. Whether earlier years stay is the office's choice."""
    rules = rules_of("hangzhou 2018", effect=effect)
    state = state_of([*holder("2019-03-15"), on("2020-06-15", "endorse")], rules)
    facts = facts_on(state, date(2020, 12, 15), rules)

    assert facts.permit == "valid"
    assert facts.residence_months == months
    with pytest.raises(BadInput, match=r"residence\.choice_unknown"):
        rules_of("hangzhou 2018", effect="ignore")


@pytest.mark.parametrize("kind", ["not_endorsed", "hukou", "death", "confiscate"])
def test_art_21_the_permit_ends_for_good(kind: str) -> None:
    """A1.18 (1) to (4); confiscation (Zhejiang, art. 36) is one of the other cases the law provides."""
    for day in ("2020-03-01", "2020-04-01"):
        events = [*holder("2019-03-15"), on(day, kind)]
        assert state_of(events, RULES).permit == "terminated"
        assert code_of([*events, on("2020-05-06", "endorse")], RULES) == "residence.not_allowed"


def test_art_22_guardians_and_near_relatives_act_for_minors_and_the_infirm() -> None:
    """A1.19. In five acts, with the papers of both."""
    for group in ("minor", "infirm"):
        for act in ("declare", "change", "apply", "correct", "endorse"):
            assert judge_proxy(act, [group], "guardian", RULES).answer == "met"
            assert judge_proxy(act, [group], "near_relative", RULES).answer == "met"
            assert judge_proxy(act, [group], "friend", RULES).answer == "not_met"
            assert judge_proxy(act, [], "guardian", RULES).answer == "not_met"
            named = {paper.name for paper in missing_papers(act, set(), {"proxy": True}, RULES).missing}
            assert {"identity", "identity_of_proxy"} <= named
        assert judge_proxy("replace", [group], "guardian", RULES).answer == "not_met"


def test_art_23_holders_have_four_more_services() -> None:
    """A1.20. Beside those of the province."""
    here = {
        name for name, item in RULES.entitlements["service"].items() if item.cite.startswith("第二十三条")
    }

    assert here == {"preschool_education", "startup_support", "hardship_aid", "other_city_services"}
    assert RULES.entitlements["service"]["compulsory_education"].cite == "二(二)1"


def test_art_25_online_declarations_get_an_electronic_receipt_and_holders_a_reminder() -> None:
    """A1.23. Reminded from the day the window opens until endorsed; one that was sent is kept."""
    whole = {"person": "张三", "authority": "某派出所", "time": "2018-09-04 10:30"}
    state = state_of(holder("2019-03-15"), RULES)

    assert receipt("declare", whole, date(2018, 9, 4), RULES, CALENDAR, online=True).electronic
    assert not receipt("declare", whole, date(2018, 9, 4), RULES, CALENDAR).electronic
    assert RULES.reminder
    assert reminder_on(state, date(2020, 2, 14), RULES) is None
    first = reminder_on(state, date(2020, 2, 15), RULES)
    assert first
    assert (first.due, first.days_left, first.reminded) == (date(2020, 3, 15), 29, None)
    reminded = state_of([*holder("2019-03-15"), on("2020-02-15", "remind")], RULES)
    again = reminder_on(reminded, date(2020, 3, 20), RULES)
    assert again
    assert (again.days_left, again.reminded) == (-5, date(2020, 2, 15))
    done = state_of([*holder("2019-03-15"), on("2020-02-15", "remind"), on("2020-03-01", "endorse")], RULES)
    assert done.reminded is None
    assert reminder_on(done, date(2020, 3, 2), RULES) is None


def test_art_27_foreigners_and_residents_of_hong_kong_macau_and_taiwan_follow_national_rules() -> None:
    """A1.24."""
    away, here = Address("haishu", "ningbo", urban=True), Address("xihu", "hangzhou", urban=True)

    for group in ("foreigner", "stateless", "hong_kong_macau_taiwan"):
        found = judge_scope(away, here, group, RULES)
        assert (found.answer, found.against()[0].cite) == ("not_met", "第二十七条")
    assert judge_scope(away, here, "", RULES).answer == "met"


def test_art_28_earlier_permits_stay_valid_to_their_last_day_and_may_be_exchanged() -> None:
    """A1.25. Issued before 2018-07-01."""
    issued, expires = date(2018, 6, 30), date(2019, 6, 30)

    found = old_permit_on(issued, expires, date(2019, 6, 30), RULES, eligible="met")
    assert (found.old, found.valid, found.exchange, found.cite[:5]) == (True, True, "met", "第二十八条")
    assert not old_permit_on(issued, expires, date(2019, 7, 1), RULES, eligible="met").valid
    assert old_permit_on(issued, expires, date(2019, 1, 1), RULES, eligible="not_met").exchange == "not_met"
    assert not old_permit_on(date(2018, 7, 1), expires, date(2019, 1, 1), RULES, eligible="met").old


def test_art_29_a_county_follows_by_reference_in_a_layer_of_its_own() -> None:
    """A1.26. An invented county over the city's rules, with another time for changes."""
    county = """
format: residence/1
place: a-county
over: hangzhou
status: opinion
rules:
  area: {value: county, cite: invented}
  change_within: {value: 20 days, cite: invented}
"""
    choices = {
        **EVERYWHERE,
        **CHOICES["hangzhou 2018"],
        "suspension_effect": "pause",
        "deadlines_roll_over": "no",
    }
    rules = load_rules([*layers("hangzhou 2018"), (county, "county.yaml")], choices)

    assert (rules.place, rules.area) == ("a-county", "county")
    assert rules.declare_within == RULES.declare_within
    state = state_of([*arrived("2019-01-07"), on("2019-03-01", "move")], rules)
    assert state.open[0].last_day == date(2019, 3, 21)
