"""Laws of all histories: a machine that walks them, and the days of residence counted one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from residence.history import facts_on, months_over, replay
from residence.life_cycle import HOME_VISIT, PERMIT, REGISTRATION, Event, State, advance
from tests.residence.people import CALENDAR, arrived, holder, on, state_of
from tests.residence.places import rules_of
from values.dates import full_months
from values.problems import BadInput

EFFECTS = ("reset", "pause", "ignore")
RULES = {
    effect: rules_of("hangzhou 2017", effect=effect, absence="20 days", home_visits="60 days")
    for effect in EFFECTS
}
BEGIN = date(2008, 1, 2)
EVENT_KINDS = sorted({kind for _, kind in (*REGISTRATION, *PERMIT)} - {"arrive"})


class Histories(RuleBasedStateMachine):
    """One person's events under three readings of a suspension at once."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.states = dict.fromkeys(EFFECTS, State())
        self.day = BEGIN
        self.months: dict[str, int] = dict.fromkeys(EFFECTS, 0)

    @initialize()
    def arrive(self) -> None:
        """Everybody arrives and declares."""
        self.step(Event(self.day, "arrive", stay_days=400))
        self.step(Event(self.day, "declare"))

    @rule(days=st.integers(0, 400), kind=st.sampled_from(EVENT_KINDS), visit=st.booleans())
    def try_event(self, days: int, kind: str, visit: bool) -> None:
        """Any event, allowed or not."""
        ground = HOME_VISIT if kind == "away" and visit else ""
        self.step(Event(self.day + timedelta(days=days), kind, ground))

    @precondition(lambda self: self.states["reset"].permit == "none")
    @rule()
    def get_a_permit(self) -> None:
        """Otherwise most walks would stay without one."""
        for kind in ("apply", "accept", "issue"):
            self.step(Event(self.day + timedelta(days=190 if kind == "apply" else 1), kind))

    @precondition(lambda self: self.states["reset"].due is not None)
    @rule(days=st.integers(-31, 500))
    def endorse(self, days: int) -> None:
        """In time or late."""
        due = self.states["reset"].due
        assert due
        self.step(Event(due + timedelta(days=days), "endorse"))

    def step(self, event: Event) -> None:
        """The event in all three readings: all allow it or none does, and a refusal changes nothing."""
        if event.day.year > 2024:
            return
        after: dict[str, State] = {}
        for effect in EFFECTS:
            try:
                after[effect] = advance(self.states[effect], event, RULES[effect], CALENDAR)
            except BadInput:
                continue
        assert len(after) in (0, len(EFFECTS))
        for effect, state in after.items():
            self.keep_the_laws(self.states[effect], state)
        if after:
            self.states, self.day = after, event.day
            self.events.append(event)

    def keep_the_laws(self, before: State, after: State) -> None:
        """The end is the end; deadlines only move on; what was fulfilled stays so."""
        if before.permit == "terminated":
            assert after.permit == "terminated"
        if before.registration == "ended":
            assert after.registration == "ended"
        if before.due and after.due:
            assert before.due <= after.due
        assert set(before.fulfilled) <= set(after.fulfilled)
        assert all(one.begun < one.last_day for one in after.open)
        changes = sorted((one.begun, one.last_day) for one in after.open if one.duty == "change")
        assert all(one[1] <= two[1] for one, two in pairwise(changes))

    @invariant()
    def replay_gives_the_same_state(self) -> None:
        """Nothing is remembered but the events."""
        for effect in EFFECTS:
            assert replay(self.events, RULES[effect], CALENDAR) == self.states[effect]

    @invariant()
    def time_counts_once_and_a_pause_no_less_than_a_reset(self) -> None:
        """On the day itself and long after."""
        for later in (0, 1, 300):
            day = self.day + timedelta(days=later)
            months = [
                facts_on(self.states[effect], day, RULES[effect]).residence_months or 0 for effect in EFFECTS
            ]
            assert months == sorted(months)
            assert months[-1] <= max(0, full_months(BEGIN, day))

    @invariant()
    def suspensions_do_not_overlap(self) -> None:
        """And none lasts less than a day."""
        gaps = self.states["pause"].gaps
        assert all(first <= last for first, last in gaps)
        assert all(one[1] < two[0] for one, two in pairwise(gaps))


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@dataclass
class DayByDay:
    """A person's residence kept by going through the days, with no arithmetic of intervals."""

    effect: str
    day: date = BEGIN
    start: date = BEGIN
    held: list[date] = field(default_factory=list)
    events: list[Event] = field(
        default_factory=lambda: [Event(BEGIN, "arrive", stay_days=400), Event(BEGIN, "declare")]
    )

    def do(self, kind: str, ground: str = "") -> None:
        """An event on the day that it is."""
        self.events.append(Event(self.day, kind, ground))

    def go_away(self, length: int, visit: bool) -> None:
        """Away for so many days; of the rules above, 20 are bridged, and 60 of a visit home."""
        self.do("away", HOME_VISIT if visit else "")
        gone = 0
        while gone < length:
            self.day += timedelta(days=1)
            gone += 1
        self.do("back")
        if gone > (60 if visit else 20):
            self.start = self.day

    def get_a_permit(self) -> date:
        """190 days after residence began, but not on 29 February; the day of issue."""
        while (self.day - self.start).days < 190 or (self.day.month, self.day.day) == (2, 29):
            self.day += timedelta(days=1)
        for kind in ("apply", "accept", "issue"):
            self.do(kind)
        return self.day

    def endorse(self, due: date, days: int) -> None:
        """So many days after it was due, every day from the one after it until then suspended."""
        endorsed = due + timedelta(days=days)
        while self.day < endorsed:
            self.day += timedelta(days=1)
            if due < self.day < endorsed and self.effect == "pause":
                self.held.append(self.day)
        if days > 0 and self.effect == "reset":
            self.start = endorsed
        self.do("endorse")

    def months(self, up_to: date) -> int:
        """Completed months up to a day, begun as many days later as were suspended since the beginning."""
        held = [day for day in self.held if day >= self.start]
        return max(0, full_months(self.start + timedelta(days=len(held)), up_to))


def with_endorsements(days: DayByDay, late: list[tuple[int, int, bool]]) -> date:
    """Endorses the permit so many days after each time it is due, then goes away if there is time for it.

    The answer is when it is due next.
    """
    issued = days.get_a_permit()
    year = issued.year + 1
    for lateness, length, visit in late:
        due = issued.replace(year=year)
        days.endorse(due, lateness)
        while issued.replace(year=year) <= max(due, days.day):
            year += 1
        if length and days.day + timedelta(days=length + 28) < issued.replace(year=year):
            days.go_away(length, visit)
    return issued.replace(year=year)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 90), st.booleans()), max_size=3),
    st.lists(
        st.tuples(
            st.sampled_from([-27, -20, -1, 0, 1, 2, 5, 30, 300, 400, 800]),
            st.sampled_from([0, 0, 20, 21, 60, 61]),
            st.booleans(),
        ),
        max_size=4,
    ),
    st.sampled_from(EFFECTS),
    st.integers(0, 500),
)
def test_the_arithmetic_of_intervals_is_that_of_counting_days(
    absences: list[tuple[int, int, bool]], late: list[tuple[int, int, bool]], effect: str, later: int
) -> None:
    days = DayByDay(effect)
    for before, length, visit in absences:
        days.day += timedelta(days=before)
        days.go_away(length, visit)
    due = with_endorsements(days, late)
    state = replay(days.events, RULES[effect], CALENDAR)
    as_of = days.day + timedelta(days=later)
    counted = min(as_of, due + timedelta(days=1)) if effect != "ignore" else as_of

    assert state.due == due
    assert facts_on(state, as_of, RULES[effect]).residence_months == days.months(counted)


@pytest.mark.parametrize(("effect", "months"), [("reset", 5), ("keep", 17)])
def test_whether_an_earlier_stay_counts_after_a_permit_has_ended_is_chosen(effect: str, months: int) -> None:
    """No text says what a termination and a new permit do to the years before."""
    rules = rules_of("hangzhou 2018", termination_effect=effect)
    first = state_of([*arrived("2018-01-08"), on("2019-01-08", "leave")], rules)
    second = state_of(arrived("2019-06-03"), rules)

    assert months_over([first, second], date(2019, 11, 3), rules) == months


def test_histories_that_overlap_are_refused_when_they_are_added() -> None:
    rules = rules_of("hangzhou 2018", termination_effect="keep")
    first = state_of([*arrived("2018-01-08"), on("2019-01-08", "leave")], rules)
    second = state_of(arrived("2019-01-07"), rules)

    with pytest.raises(BadInput, match=r"residence\.histories_overlap"):
        months_over([first, second], date(2019, 11, 3), rules)


@pytest.mark.parametrize(
    ("choice", "dues"),
    [("february_28", [(2021, 2, 28), (2024, 2, 29)]), ("march_1", [(2021, 3, 1), (2024, 2, 29)])],
)
def test_a_permit_of_29_february_has_the_anniversary_that_is_chosen(
    choice: str, dues: list[tuple[int, int, int]]
) -> None:
    """Civil Code art. 202 says the last day of the month; no text of the permit does."""
    rules = rules_of("hangzhou 2018", leap_day=choice)
    events = holder("2020-02-29")
    found = []
    for year in (2021, 2022, 2023, 2024):
        state = state_of(events, rules)
        assert state.due
        found.append(state.due)
        events.append(Event(date(year, 2, 10), "endorse"))

    assert [found[0], found[-1]] == [date(*day) for day in dues]


def test_a_refusal_without_reasons_is_seen() -> None:
    """Zhejiang, art. 18; Ankang, art. 12: reasons are told."""
    rules = rules_of("hangzhou 2018")
    applied = [*arrived("2019-01-02"), on("2019-07-02", "apply")]
    told = Event(date(2019, 7, 3), "refuse", reasons=("no route",))

    silent = facts_on(state_of([*applied, on("2019-07-03", "refuse")], rules), date(2019, 7, 3), rules)
    assert [item.kind for item in silent.unreasoned] == ["refuse"]
    assert facts_on(state_of([*applied, told], rules), date(2019, 7, 3), rules).unreasoned == ()


def test_the_score_of_a_suspended_permit_is_frozen_or_kept_as_chosen() -> None:
    """No text says it of points; every text ties services to a permit in use."""
    for choice, frozen in (("frozen", True), ("kept", False)):
        rules = rules_of("hangzhou 2018", suspended_score=choice)
        state = state_of(holder("2019-03-15"), rules)
        assert facts_on(state, date(2020, 3, 16), rules).score_frozen is frozen
        assert not facts_on(state, date(2020, 3, 15), rules).score_frozen


def test_what_counted_when_somebody_left_stays_so() -> None:
    """Away for a time that is bridged, then gone for good: the absence grows no longer."""
    rules = RULES["pause"]
    state = state_of([*arrived("2018-01-08"), on("2019-01-04", "away"), on("2019-01-10", "leave")], rules)

    assert [
        facts_on(state, day, rules).residence_months for day in (date(2019, 1, 10), date(2019, 6, 3))
    ] == [12, 12]


def test_an_earlier_history_counts_until_the_next_one_begins() -> None:
    """Nobody entered that the person left; no time counts twice."""
    rules = rules_of("hangzhou 2018", termination_effect="keep")
    first, second = state_of(arrived("2018-01-08"), rules), state_of(arrived("2019-01-08"), rules)

    assert months_over([first, second], date(2019, 7, 8), rules) == 12 + 6
