"""The verifier's residence time, written without the engine: the same for any history, wherever."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from residence.history import facts_on
from residence.life_cycle import Event, State, advance
from residence.residence_time import residence_time
from scenarios.residence_facts import Residence
from scenarios.tables import RuleTexts
from tests.residence.places import CHOICES, EVERYWHERE, layers
from tests.residence.test_life_cycle import CALENDAR, FORWARD, steps, walk
from values.problems import BadInput
from verifier.verify_residence import Person

PLACES = ("hangzhou 2017", "taizhou", "ankang", "ningbo-jiangbei")
EFFECTS = ("reset", "pause")


def residence_of(place: str, effect: str, keep: str) -> Residence:
    chosen = {**EVERYWHERE, **CHOICES[place], "suspension_effect": effect, "deadlines_roll_over": "no"}
    texts = RuleTexts(tuple((text, name) for text, name in layers(place)))
    return Residence(texts, {**chosen, "termination_effect": keep, "absence": "10 days"})


def second_stay(events: list[Event], more: list[tuple[int, str]], residence: Residence) -> list[Event]:
    """The events, and if the first stay has ended those of a second one that can be."""
    state, found = State(), []
    day = events[-1].day
    for days, kind in [(30, "arrive"), (1, "declare"), *more]:
        event = Event(day + timedelta(days=days), kind, stay_days=400)
        try:
            state = advance(state, event, residence.rules, CALENDAR)
        except BadInput:
            continue
        day = event.day
        found.append(event)
    return [*events, *found]


@given(
    steps,
    steps,
    st.integers(0, 800),
    st.sampled_from(PLACES),
    st.sampled_from(EFFECTS),
    st.sampled_from(["reset", "keep"]),
)
def test_two_programs_count_the_same_residence(
    tried: list[tuple[int, str]],
    more: list[tuple[int, str]],
    later: int,
    place: str,
    effect: str,
    keep: str,
) -> None:
    """Continuous and cumulative months, registration and permit, of one stay and of two."""
    residence = residence_of(place, effect, keep)
    events, states = walk([*FORWARD, *tried], residence.rules)
    if states[-1].registration == "ended":
        events = second_stay(events, more, residence)
    as_of = events[-1].day + timedelta(days=later)

    told = residence_time(events, as_of, residence.rules, CALENDAR)
    person = Person(json.loads(residence.document()))
    for event in events:
        person.event(event.day, event.kind, event.ground)

    assert person.months(as_of, in_all=False) == (told.continuous_months or 0)
    assert person.months(as_of, in_all=True) == (told.cumulative_months or 0)
    if states[-1].registration != "ended":
        facts = facts_on(states[-1], as_of, residence.rules)
        lapsed = person.permit == "valid" and person.due and as_of > person.due
        assert ("suspended" if lapsed else person.permit) == facts.permit
        assert person.registration == facts.registration
