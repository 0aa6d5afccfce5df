"""Residence in words: every event, state and reason has its name in both languages."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from publication.messages import LANGUAGES, Lang, sentence
from publication.residence_text import event_name, residence_sentence_parts
from publication.timeline import state_name
from residence.life_cycle import EVENTS, Duty, Event
from residence.residence_time import Part, ResidenceTime, Why
from scoring.residence_rule import MEMBERS, RESIDENCE_MEASURES

DAY, AFTER = date(2020, 1, 1), date(2020, 3, 1)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_event_state_and_duty_has_a_name(lang: Lang) -> None:
    """None is missing, and no two events are called the same."""
    assert len({event_name(kind, lang) for kind in EVENTS}) == len(EVENTS)
    assert all(state_name(kind, state, lang) for kind, states in MEMBERS.items() for state in states)
    assert all(sentence(f"timeline.duty_{duty}", {}, lang) for duty in get_args(Duty))


@pytest.mark.parametrize("measure", RESIDENCE_MEASURES)
@pytest.mark.parametrize("why", [why for why in get_args(Why) if why])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_length_of_time_tells_why_spells_do_not_count_and_a_state_its_events(
    measure: str, why: Why, lang: Lang
) -> None:
    """Sixty days that do not count, with the reason; a registration with the events that made it."""
    time = ResidenceTime(AFTER, 0, 0, (Part(DAY, AFTER, False, False, why),))

    told = list(residence_sentence_parts(time, (Event(DAY, "arrive"),), measure, "here 1", lang))

    (only,) = told
    assert "2020-01-01" in only
    states = measure in MEMBERS or measure == "overdue"
    assert ("60" in only) is not states


def test_what_counts_in_all_only_is_told_so() -> None:
    """The months before an absence count in the sum and not in the continuous measure."""
    parts = (Part(DAY, AFTER, False, True, "absence"), Part(AFTER, date(2020, 4, 1), True, True))
    time = ResidenceTime(date(2020, 4, 1), 1, 3, parts)

    assert list(residence_sentence_parts(time, (), "months_in_all", "", "en")) == [
        "2020-01-01 to 2020-03-01, 60 days + 2020-03-01 to 2020-04-01, 31 days"
    ]
    assert list(residence_sentence_parts(time, (), "months", "", "en")) == [
        "2020-03-01 to 2020-04-01, 31 days",
        "not counted: 2020-01-01 to 2020-03-01, 60 days, because of an absence longer than what is bridged",
    ]
