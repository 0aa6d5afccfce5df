"""Every pair of state and event, the clauses by name, and laws on walks through histories."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publication.messages import LANGUAGES, sentence
from residence.history import facts_on, replay
from residence.life_cycle import (
    EVENTS,
    PERMIT,
    REGISTRATION,
    Event,
    Permit,
    Registration,
    State,
    advance,
    elapsed,
    endorsement_window,
)
from residence.rules import Rules
from tests.residence.places import LAYERS, rules_of
from values.dates import full_months
from values.problems import BadInput
from values.working_days import STATE_COUNCIL as CALENDAR

HANGZHOU = rules_of("hangzhou 2018")
BEGIN = date(2018, 9, 3)  # a Monday
ISSUED = date(2019, 3, 15)


def on(day: str, kind: str, ground: str = "", stay_days: int | None = None) -> Event:
    return Event(date.fromisoformat(day), kind, ground, stay_days)


REGISTERED = [on("2018-09-03", "arrive", stay_days=400), on("2018-09-04", "declare")]
APPLIED = [*REGISTERED, on("2019-03-04", "apply")]
ACCEPTED = [*APPLIED, on("2019-03-05", "accept")]
VALID = [*ACCEPTED, on("2019-03-15", "issue")]


def code_of(events: list[Event], rules: Rules = HANGZHOU) -> str:
    with pytest.raises(BadInput) as raised:
        replay(events, rules, CALENDAR, person="p")
    (problem,) = raised.value.problems
    assert (problem.place.file, problem.place.row) == ("p", len(events))
    assert all(sentence(problem, {}, lang) for lang in LANGUAGES)
    return problem.code


def a_state(registration: Registration, permit: Permit) -> State:
    """A state in which every event of the tables can happen on `due`, or on the day after it."""
    due = date(2020, 3, 15)
    state = replay([*REGISTERED, on("2019-01-02", "move")], HANGZHOU, CALENDAR)
    return State(
        registration,
        permit,
        last=ISSUED,
        arrived_on=BEGIN,
        residence_from=BEGIN,
        anchor=ISSUED,
        due=due,
        open=state.open,
    )


@pytest.mark.parametrize("registration", get_args(Registration))
@pytest.mark.parametrize("permit", get_args(Permit))
def test_every_event_in_every_state_does_what_the_tables_say(
    registration: Registration, permit: Permit
) -> None:
    state = a_state(registration, permit)
    needs_registration = ("apply", "accept", "issue", "endorse")
    for kind in EVENTS:
        state = replace(state, away_since=ISSUED if kind == "back" else None)
        late = kind == "lapse" or permit == "suspended"
        event = Event(date(2020, 3, 16) if late else date(2020, 3, 15), kind, stay_days=400)
        first, second = REGISTRATION.get((registration, kind)), PERMIT.get((permit, kind))
        possible = first or second
        if possible and (kind not in needs_registration or registration == "registered"):
            after = advance(state, event, HANGZHOU, CALENDAR)
            assert (after.registration, after.permit) == (first or registration, second or permit)
            assert after.last == event.day
        else:
            expected = "residence.not_registered" if possible else "residence.not_allowed"
            with pytest.raises(BadInput, match=expected):
                advance(state, event, HANGZHOU, CALENDAR)


def test_every_state_can_be_reached_and_only_the_last_ones_end() -> None:
    assert set(REGISTRATION.values()) | {"none"} == set(get_args(Registration))
    assert set(PERMIT.values()) | {"none"} == set(get_args(Permit))
    assert set(get_args(Registration)) - {state for state, _ in REGISTRATION} == {"ended"}
    assert set(get_args(Permit)) - {state for state, _ in PERMIT} == {"terminated"}


@pytest.mark.parametrize(
    ("place", "arrived", "last_day"),
    [
        ("hangzhou 2018", "2018-09-28", "2018-10-08"),  # Saturday 29, Sunday 30 September, 8 October
        ("hangzhou 2018", "2019-02-01", "2019-02-11"),  # Saturday 2, Sunday 3, 11 February
        ("ankang", "2021-09-30", "2021-10-13"),  # 8, Saturday 9, 11, 12, 13 October
    ],
)
def test_declaring_is_due_working_days_after_arrival(place: str, arrived: str, last_day: str) -> None:
    """Hangzhou 2017, art. 9: three; Ankang, art. 9: five."""
    state = replay([on(arrived, "arrive", stay_days=90)], rules_of(place), CALENDAR)

    assert [item.duty for item in state.open] == ["declare"]
    assert state.open[0].last_day == date.fromisoformat(last_day)


@pytest.mark.parametrize(
    ("place", "ground", "stay", "duties"),
    [
        ("hangzhou 2018", "", 2, 0),  # art. 9: three days or more
        ("hangzhou 2018", "", 3, 1),
        ("hangzhou 2018", "hospital", 90, 0),  # Zhejiang, art. 12 (2)
        ("hangzhou 2018", "near_relatives", 30, 0),  # Zhejiang, art. 12: 30 days or less
        ("hangzhou 2018", "near_relatives", 31, 1),
        ("ankang", "", 1, 1),  # art. 9 has no shortest stay
        ("ankang", "full_time_school", None, 0),  # art. 9 (4)
        ("ankang", "relatives", 30, 0),  # art. 9 (5)
        ("ankang", "relatives", 31, 1),
        ("zhejiang", "", 400, 0),  # art. 7 sets no time
    ],
)
def test_who_must_declare(place: str, ground: str, stay: int | None, duties: int) -> None:
    state = replay([Event(BEGIN, "arrive", ground, stay)], rules_of(place), CALENDAR)

    assert len(state.open) == duties


def test_a_stay_that_is_not_known_is_not_taken_for_a_short_one() -> None:
    assert code_of([on("2018-09-03", "arrive")]) == "residence.stay_unknown"
    assert code_of([on("2018-09-03", "arrive", "near_relatives")]) == "residence.stay_unknown"


def test_a_ground_that_the_rules_lack_is_refused() -> None:
    assert code_of([on("2018-09-03", "arrive", "full_time_school", 9)]) == "residence.ground_unknown"
    assert code_of([*REGISTERED, on("2018-10-08", "apply", "special_skill")]) == "residence.ground_unknown"
    assert code_of([*APPLIED, on("2019-03-05", "accept", "extended")]) == "residence.ground_unknown"


def test_a_change_is_due_ten_days_after_it_and_may_be_late() -> None:
    """Zhejiang, arts. 13 and 19; Hangzhou 2016, 二(一)1. 1 May to 4 May 2019 were holidays."""
    moved = [*REGISTERED, on("2019-04-22", "move")]

    assert replay(moved, HANGZHOU, CALENDAR).open[0].last_day == date(2019, 5, 2)
    rolling = rules_of("hangzhou 2018", rolls="yes")
    assert replay(moved, rolling, CALENDAR).open[0].last_day == date(2019, 5, 5)  # a Sunday that is worked
    done = replay([*moved, on("2019-05-03", "change")], HANGZHOU, CALENDAR)
    assert (done.open, done.fulfilled[-1].late) == ((), True)
    assert not replay([*moved, on("2019-05-02", "change")], HANGZHOU, CALENDAR).fulfilled[-1].late
    assert code_of([*REGISTERED, on("2019-05-03", "change")]) == "residence.nothing_changed"


def test_in_ankang_a_change_may_be_registered_and_need_not() -> None:
    """Art. 14."""
    events = [on("2021-03-01", "arrive", stay_days=90), on("2021-03-02", "declare"), on("2021-04-01", "move")]
    ankang = rules_of("ankang")

    assert replay(events, ankang, CALENDAR).open == ()
    assert replay([*events, on("2021-06-01", "change")], ankang, CALENDAR).open == ()


def test_half_a_year_of_residence_before_applying() -> None:
    """Zhejiang, art. 16: counted from the registration, not from the arrival; the day itself is enough."""
    assert code_of([*REGISTERED, on("2019-03-03", "apply")]) == "residence.too_soon"
    assert replay(APPLIED, HANGZHOU, CALENDAR).permit == "applied"
    taizhou = rules_of("taizhou")
    assert code_of([*REGISTERED, on("2019-03-02", "apply")], taizhou) == "residence.too_soon"
    assert replay([*REGISTERED, on("2019-03-03", "apply")], taizhou, CALENDAR).permit == "applied"


def test_talent_and_investors_apply_directly() -> None:
    """Zhejiang, art. 16; Taizhou, 二(二); Jiangbei, 三(一)4."""
    for place, ground in (
        ("taizhou", "investor"),
        ("zhejiang", "talent"),
        ("ningbo-jiangbei", "special_skill"),
    ):
        events = [*REGISTERED, on("2018-09-05", "apply", ground)]
        assert replay(events, rules_of(place), CALENDAR).permit == "applied"


def test_what_is_missing_is_told_once() -> None:
    """Hangzhou 2017, art. 17 (3)."""
    told = [*APPLIED, on("2019-03-05", "supplement")]

    assert replay(told, HANGZHOU, CALENDAR).permit == "applied"
    assert code_of([*told, on("2019-03-06", "supplement")]) == "residence.told_once"
    again = [*told, on("2019-03-06", "refuse"), on("2019-03-07", "apply"), on("2019-03-08", "supplement")]
    assert replay(again, HANGZHOU, CALENDAR).permit == "applied"


def test_the_office_issues_in_time() -> None:
    """Hangzhou 2017, art. 17: 15 days; Ankang, art. 12: 3 working days, 15 days at most if remote."""
    assert replay(ACCEPTED, HANGZHOU, CALENDAR).open[0].last_day == date(2019, 3, 20)
    ankang = rules_of("ankang")
    assert replay(ACCEPTED, ankang, CALENDAR).open[0].last_day == date(2019, 3, 8)
    remote = [*APPLIED, on("2019-03-05", "accept", "extended")]
    assert replay(remote, ankang, CALENDAR).open[0].last_day == date(2019, 3, 20)


def test_the_endorsement_is_due_by_the_day_of_issue_or_of_residence() -> None:
    """Hangzhou 2017, art. 19: a year after issue; Ankang, art. 13: a full year of residence."""
    assert replay(VALID, HANGZHOU, CALENDAR).due == date(2020, 3, 15)
    assert replay(VALID, rules_of("ankang"), CALENDAR).due == date(2019, 9, 3)


def test_the_endorsement_can_be_had_in_the_month_before() -> None:
    """Hangzhou 2017, art. 19; the next one stays on the anniversary of the issue."""
    assert code_of([*VALID, on("2020-02-14", "endorse")]) == "residence.before_window"
    assert code_of([*VALID, on("2020-02-14", "not_endorsed")]) == "residence.before_window"
    for day in ("2020-02-15", "2020-03-15"):
        assert replay([*VALID, on(day, "endorse")], HANGZHOU, CALENDAR).due == date(2021, 3, 15)


@pytest.mark.parametrize(
    ("due", "opens"),
    [
        (date(2021, 3, 31), date(2021, 2, 28)),
        (date(2020, 3, 31), date(2020, 2, 29)),
        (date(2021, 3, 15), date(2021, 2, 15)),
    ],
)
def test_the_window_opens_by_the_last_day_rule(due: date, opens: date) -> None:
    assert endorsement_window(due, HANGZHOU) == (opens, due)


def test_a_permit_of_29_february_is_endorsed_by_28_february_in_other_years() -> None:
    events = [*APPLIED, on("2020-02-28", "accept"), on("2020-02-29", "issue")]
    dues = []
    for year in (2021, 2022, 2023):
        dues.append(replay(events, HANGZHOU, CALENDAR).due)
        events.append(Event(date(year, 2, 10), "endorse"))

    assert dues == [date(2021, 2, 28), date(2022, 2, 28), date(2023, 2, 28)]
    assert replay(events, HANGZHOU, CALENDAR).due == date(2024, 2, 29)


def test_the_permit_is_suspended_from_the_day_after() -> None:
    """Hangzhou 2016, 二(一)4: 期满次日起; Hangzhou 2017, art. 20."""
    state = replay(VALID, HANGZHOU, CALENDAR)

    assert elapsed(state, date(2020, 3, 15)).permit == "valid"
    assert elapsed(state, date(2020, 3, 16)).permit == "suspended"
    assert facts_on(state, date(2020, 3, 16), HANGZHOU).permit == "suspended"
    assert code_of([*VALID, on("2020-03-20", "lapse")]) == "residence.lapse_day"


def test_a_lapse_that_is_entered_is_the_one_that_follows() -> None:
    late = on("2020-06-15", "endorse")

    assert replay([*VALID, on("2020-03-16", "lapse"), late], HANGZHOU, CALENDAR) == replay(
        [*VALID, late], HANGZHOU, CALENDAR
    )


@pytest.mark.parametrize(
    ("effect", "months"),
    [("reset", 6), ("pause", 24), ("ignore", 27)],
)
def test_years_of_residence_after_a_late_endorsement(effect: str, months: int) -> None:
    """Registered on 2018-09-04, suspended from 2020-03-16, endorsed on 2020-06-15; as of 2020-12-15."""
    rules = rules_of("hangzhou 2017", effect=effect)
    state = replay([*VALID, on("2020-06-15", "endorse")], rules, CALENDAR)
    facts = facts_on(state, date(2020, 12, 15), rules)

    assert facts.residence_months == months
    assert state.due == date(2021, 3, 15)
    assert facts.not_counted == (((date(2020, 3, 16), date(2020, 6, 14)),) if effect == "pause" else ())


def test_residence_stands_still_while_suspended_unless_ignored() -> None:
    for effect, months in (("reset", 18), ("pause", 18), ("ignore", 24)):
        rules = rules_of("hangzhou 2017", effect=effect)
        state = replay(VALID, rules, CALENDAR)
        assert facts_on(state, date(2020, 9, 4), rules).residence_months == months


@pytest.mark.parametrize("kind", ["hukou", "death", "not_endorsed"])
def test_the_permit_ends(kind: str) -> None:
    """Hangzhou 2017, art. 21 (1) to (3), from valid and from suspended."""
    for day in ("2020-03-01", "2020-04-01"):
        ended = [*VALID, on(day, kind)]
        assert replay(ended, HANGZHOU, CALENDAR).permit == "terminated"
        assert code_of([*ended, on("2020-05-01", "endorse")]) == "residence.not_allowed"
        assert code_of([*ended, on("2020-05-01", "apply")]) == "residence.not_allowed"


@pytest.mark.parametrize(
    ("day", "kind", "months"),
    [
        ("2020-03-04", "hukou", 18),
        ("2020-03-04", "death", 18),
        ("2020-03-04", "not_endorsed", 18),
        ("2020-09-04", "death", 18),  # suspended since 2020-03-16
        ("2020-09-04", "not_endorsed", 18),
    ],
)
@pytest.mark.parametrize("effect", ["reset", "pause"])
def test_no_time_counts_after_the_permit_has_ended(day: str, kind: str, months: int, effect: str) -> None:
    rules = rules_of("hangzhou 2018", effect=effect)
    state = replay([*VALID, on(day, kind)], rules, CALENDAR)

    assert facts_on(state, date(2024, 1, 1), rules).residence_months == months


def test_who_becomes_a_local_is_no_longer_registered() -> None:
    """Hangzhou 2017, art. 2: the rules are for people without local hukou."""
    state = replay([*REGISTERED, on("2018-10-08", "hukou")], HANGZHOU, CALENDAR)

    assert state.registration == "ended"


def test_who_left_has_no_more_duties_but_those_overdue_and_gathers_no_time() -> None:
    early = [on("2018-09-03", "arrive", stay_days=9), on("2018-09-04", "leave")]
    late = [on("2018-09-03", "arrive", stay_days=9), on("2018-09-12", "leave")]

    assert replay(early, HANGZHOU, CALENDAR).open == ()
    facts = facts_on(replay(late, HANGZHOU, CALENDAR), date(2018, 10, 1), HANGZHOU)
    assert [item.duty for item in facts.overdue] == ["declare"]
    assert facts.residence_months is None
    gone = replay([*VALID, on("2019-09-04", "leave")], HANGZHOU, CALENDAR)
    assert facts_on(gone, date(2020, 1, 1), HANGZHOU).residence_months == 12
    assert (
        code_of([*VALID, on("2019-09-04", "leave"), on("2020-03-01", "endorse")])
        == "residence.not_registered"
    )


def test_no_permit_is_issued_to_somebody_who_left_or_died() -> None:
    for kind in ("leave", "death", "hukou"):
        ended = [*ACCEPTED, on("2019-03-06", kind)]
        assert code_of([*ended, on("2019-03-07", "issue")]) == "residence.not_registered"
        assert replay([*ended, on("2019-03-07", "deny")], HANGZHOU, CALENDAR).permit == "none"


def test_a_stay_of_less_than_no_days_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="stay"):
        on("2018-09-03", "arrive", stay_days=-1)


def test_events_come_in_order_of_time() -> None:
    assert code_of([*REGISTERED, on("2018-09-03", "move")]) == "residence.out_of_order"
    with pytest.raises(ValueError, match="before"):
        facts_on(replay(VALID, HANGZHOU, CALENDAR), date(2019, 3, 14), HANGZHOU)


def test_a_deadline_beyond_the_notices_is_refused() -> None:
    assert code_of([on("2031-01-02", "arrive", stay_days=9)]) == "calendar.year_missing"


steps = st.lists(st.tuples(st.integers(0, 400), st.sampled_from(EVENTS)), max_size=30)
FORWARD = [(1, "declare"), (200, "apply"), (2, "accept"), (9, "issue")]


def walk(tried: list[tuple[int, str]], rules: Rules) -> tuple[list[Event], list[State]]:
    """Those of the tried events that can be, and the states they lead to."""
    day, state = date(2008, 1, 2), State()
    events, states = [], [state]
    for days, kind in [(0, "arrive"), *tried]:
        event = Event(day + timedelta(days=days), kind, stay_days=400)
        try:
            state = advance(state, event, rules, CALENDAR)
        except BadInput as refused:
            if any(problem.code == "calendar.year_missing" for problem in refused.problems):
                break
            continue
        day = event.day
        events.append(event)
        states.append(state)
    return events, states


@given(st.sampled_from(sorted(LAYERS)), st.booleans(), steps)
def test_walks_keep_the_laws(place: str, forward: bool, tried: list[tuple[int, str]]) -> None:
    rules = rules_of(place)
    events, states = walk([*FORWARD, *tried] if forward else tried, rules)

    assert replay(events, rules, CALENDAR) == states[-1]
    for before, after in pairwise(states):
        if before.permit == "terminated":
            assert after.permit == "terminated"
        if before.registration == "ended":
            assert after.registration == "ended"
        if before.due and after.due:
            assert before.due <= after.due
        assert set(before.fulfilled) <= set(after.fulfilled)
        assert all(item.last_day > item.begun for item in after.open)
        assert all(first <= last for first, last in after.gaps)
        assert all(one[1] < two[0] for one, two in pairwise(after.gaps))


@given(steps, st.integers(0, 800))
def test_a_pause_counts_no_less_than_a_reset_and_no_more_than_no_suspension(
    tried: list[tuple[int, str]], later: int
) -> None:
    months = []
    for effect in ("reset", "pause", "ignore"):
        rules = rules_of("hangzhou 2017", effect=effect)
        _, states = walk([*FORWARD, *tried], rules)
        assert states[-1].last
        as_of = states[-1].last + timedelta(days=later)
        months.append(facts_on(states[-1], as_of, rules).residence_months or 0)

    assert months == sorted(months)


@given(steps, st.integers(0, 800), st.sampled_from(["reset", "pause", "ignore"]))
def test_residence_of_a_day_is_never_longer_than_the_time_since_arrival(
    tried: list[tuple[int, str]], later: int, effect: str
) -> None:
    rules = rules_of("hangzhou 2017", effect=effect)
    _, states = walk([*FORWARD, *tried], rules)
    assert states[-1].last
    as_of = states[-1].last + timedelta(days=later)
    months = facts_on(states[-1], as_of, rules).residence_months or 0

    assert months <= (as_of - date(2008, 1, 2)).days // 28
    following = facts_on(states[-1], as_of + timedelta(days=1), rules).residence_months or 0
    assert months <= following <= months + 1


@given(
    st.dates(date(2008, 1, 1), date(2012, 12, 31)),
    st.lists(st.sampled_from([-20, 0, 1, 2, 30, 300, 400, 800]), max_size=4),
)
def test_suspensions_are_those_of_going_through_the_days_one_by_one(
    arrived: date, after_due: list[int]
) -> None:
    rules = rules_of("hangzhou 2018", effect="pause")
    issued = arrived + timedelta(days=190)
    begun = [Event(arrived, "arrive", stay_days=400), Event(arrived, "declare"), Event(issued, "apply")]
    state = replay([*begun, Event(issued, "accept"), Event(issued, "issue")], rules, CALENDAR)
    suspended: list[date] = []
    for days in after_due:
        assert state.due
        endorsed = state.due + timedelta(days=days)
        suspended += [state.due + timedelta(days=n) for n in range(1, days)]
        state = advance(state, Event(endorsed, "endorse"), rules, CALENDAR)

    assert [
        first + timedelta(days=n) for first, last in state.gaps for n in range((last - first).days + 1)
    ] == (suspended)
    assert state.last
    counted_from = arrived + timedelta(days=len(suspended))
    assert facts_on(state, state.last, rules).residence_months == full_months(counted_from, state.last)
