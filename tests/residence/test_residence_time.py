"""Residence time with the spells it comes from: equal to the facts of the day, and worked by hand."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from residence.history import facts_on, replay
from residence.life_cycle import Event
from residence.residence_time import ResidenceTime, residence_time, states_of, stays
from tests.residence.places import rules_of
from tests.residence.test_life_cycle import CALENDAR, FORWARD, steps, walk
from values.dates import add_months, full_months
from values.problems import BadInput


def on(day: str, kind: str, **more: object) -> Event:
    return Event(date.fromisoformat(day), kind, **more)  # type: ignore[arg-type]


ISSUED = [
    on("2018-09-03", "arrive", stay_days=400),
    on("2018-09-04", "declare"),
    on("2019-03-04", "apply"),
    on("2019-03-05", "accept"),
    on("2019-03-15", "issue"),
]
LATE = [*ISSUED, on("2020-06-15", "endorse")]


def time_of(
    events: list[Event], as_of: str, effect: str = "pause", place: str = "hangzhou 2018", **choices: str
) -> ResidenceTime:
    rules = rules_of(place, effect=effect, **choices)
    return residence_time(events, date.fromisoformat(as_of), rules, CALENDAR)


@given(
    steps,
    st.integers(0, 800),
    st.sampled_from(["reset", "pause", "ignore"]),
    st.sampled_from(["hangzhou 2017", "ningbo-jiangbei", "ankang"]),
)
def test_continuous_months_are_those_of_the_facts_and_never_more_than_all_months(
    tried: list[tuple[int, str]], later: int, effect: str, place: str
) -> None:
    """Any history: no day stands in two parts, and only days since the beginning are counted."""
    rules = rules_of(place, effect=effect)
    events, states = walk([*FORWARD, *tried], rules)
    as_of = events[-1].day + timedelta(days=later)

    told = residence_time(events, as_of, rules, CALENDAR)

    assert told.continuous_months == facts_on(states[-1], as_of, rules).residence_months
    assert (told.cumulative_months or 0) >= (told.continuous_months or 0)
    assert all(one.after <= two.first for one, two in pairwise(told.parts))
    assert all(part.days > 0 and part.after <= as_of for part in told.parts)
    assert all((part.why == "") == (part.continuous and part.cumulative) for part in told.parts)
    counted = sum(part.days for part in told.parts if part.cumulative)
    assert (told.cumulative_months or 0) <= max(0, full_months(as_of - timedelta(days=counted), as_of) + 1)


@given(steps, st.integers(0, 800))
def test_all_months_of_a_pause_are_no_less_than_of_a_reset(tried: list[tuple[int, str]], later: int) -> None:
    """pause ≥ reset, for the cumulative count too; time is never counted twice."""
    months = []
    for effect in ("reset", "pause", "ignore"):
        rules = rules_of("hangzhou 2017", effect=effect)
        events, _ = walk([*FORWARD, *tried], rules)
        as_of = events[-1].day + timedelta(days=later)
        months.append(residence_time(events, as_of, rules, CALENDAR).cumulative_months or 0)

    assert months == sorted(months)


@pytest.mark.parametrize(
    ("effect", "months"),
    [
        ("reset", 6),  # 2020-06-15 to 2020-12-15
        ("pause", 24),  # 2018-09-04 to 2020-12-15 without the 91 days of the suspension
        ("ignore", 27),
    ],
)
def test_a_late_endorsement_under_the_three_readings(effect: str, months: int) -> None:
    """Hangzhou 2017 art. 20: the suspension does not count, and the text can be read in two ways."""
    told = time_of(LATE, "2020-12-15", effect, "hangzhou 2017")

    assert (told.continuous_months, told.cumulative_months) == (months, months)


def test_the_spells_behind_the_months_of_a_pause() -> None:
    """Two spells that count with the suspension between them."""
    told = time_of(LATE, "2020-12-15")

    assert [(part.first.isoformat(), part.after.isoformat(), part.why) for part in told.parts] == [
        ("2018-09-04", "2020-03-16", ""),
        ("2020-03-16", "2020-06-15", "suspended"),
        ("2020-06-15", "2020-12-15", ""),
    ]


def test_the_spells_behind_the_months_of_a_reset() -> None:
    """What lies before the late endorsement is lost for good."""
    told = time_of(LATE, "2020-12-15", "reset")

    assert [(part.first.isoformat(), part.after.isoformat(), part.why) for part in told.parts] == [
        ("2018-09-04", "2020-03-16", "late_endorsement"),
        ("2020-03-16", "2020-06-15", "suspended"),
        ("2020-06-15", "2020-12-15", ""),
    ]


def test_a_long_absence_breaks_the_continuous_count_and_not_the_cumulative_one() -> None:
    """14 days are bridged here; sixty are not."""
    short = [*ISSUED, on("2019-04-01", "away"), on("2019-04-15", "back")]
    long = [*ISSUED, on("2019-04-01", "away"), on("2019-05-31", "back")]

    bridged = time_of(short, "2020-03-04", absence="14 days")
    broken = time_of(long, "2020-03-04", absence="14 days")

    assert (bridged.continuous_months, bridged.cumulative_months) == (18, 18)
    # 2019-05-31 to 2020-03-04 is nine months; with 2018-09-04 to 2019-04-01, 209 + 278 = 487 days are 16
    assert (broken.continuous_months, broken.cumulative_months) == (9, 16)
    assert [part.why for part in broken.parts] == ["absence", "absence", ""]


def test_an_earlier_suspension_is_not_left_out_of_a_count_that_began_anew_after_it() -> None:
    """The days of a suspension before a long absence are no part of the time since."""
    events = [*LATE, on("2020-07-01", "away"), on("2020-09-01", "back")]

    assert time_of(events, "2021-03-01", absence="14 days").continuous_months == 6


@pytest.mark.parametrize(("effect", "months"), [("keep", 24), ("reset", 12)])
def test_an_earlier_stay_counts_if_the_rules_keep_it(effect: str, months: int) -> None:
    """Left after a year, came again, a year later."""
    events = [
        *ISSUED,
        on("2019-09-04", "leave"),
        on("2020-01-06", "arrive", stay_days=400),
        on("2020-01-06", "declare"),
    ]

    told = time_of(events, "2021-01-06", termination_effect=effect)

    assert (told.continuous_months, told.cumulative_months) == (12, months)
    assert [part.why for part in told.parts] == ["other_stay", ""]


@pytest.mark.parametrize(
    ("as_of", "months"), [("2018-09-03", None), ("2018-09-04", 0), ("2019-03-03", 5), ("2019-03-04", 6)]
)
def test_time_on_a_day_before_the_last_event_is_that_of_the_events_until_then(
    as_of: str, months: int | None
) -> None:
    """满1个月 is the day of the same number."""
    assert time_of(LATE, as_of).continuous_months == months


def test_somebody_of_whom_nothing_is_known_has_no_time() -> None:
    assert time_of([], "2020-01-01") == ResidenceTime(date(2020, 1, 1), None, None, ())


def test_a_stay_that_begins_before_the_one_before_has_ended_is_refused_with_its_number() -> None:
    """The second arrival is the sixth event."""
    events = [*ISSUED, on("2019-05-01", "arrive", stay_days=9)]

    with pytest.raises(BadInput) as refused:
        states_of(events, rules_of("hangzhou 2018"), CALENDAR)

    (problem,) = refused.value.problems
    assert (problem.code, problem.place.row) == ("residence.histories_overlap", 6)
    assert [len(stay) for stay in stays(events)] == [5, 1]


STOPS = ("leave", "hukou", "death", "not_endorsed", "confiscate")
BRIDGED = 10


def days_one_by_one(events: list[Event], as_of: date, effect: str) -> tuple[list[date], date | None]:
    """Days that count in all, and the last on which continuous time began: a walk over the days, by hand."""
    begun = next((event.day for event in events if event.kind == "declare"), None)
    if begun is None:
        return [], None
    ended = next((event.day for event in events if event.kind in STOPS and event.day >= begun), None)
    ended = ended if _ends(events) else None
    issued = next((event.day for event in events if event.kind == "issue"), None)
    absent, suspended, anew = set[date](), set[date](), [begun]
    resets: list[date] = []
    away = None
    due = None if issued is None else add_months(issued, 12)
    last = min(as_of, ended or as_of)
    for event in [*events, Event(last, "end")]:
        if event.kind == "away":
            away = event.day
        elif away is not None and (event.kind in ("back", "end") or event.kind in STOPS):
            if (event.day - away).days > BRIDGED:
                absent |= {
                    away + timedelta(days=n)
                    for n in range((last - away).days + 1)
                    if away + timedelta(days=n) < event.day
                }
                anew += [event.day] if event.kind == "back" else []
            away = None
        if due and issued and event.kind in ("endorse", "end", *STOPS) and event.day > due:
            suspended |= {due + timedelta(days=n) for n in range(1, (event.day - due).days)}
            resets += [event.day] if event.kind == "endorse" and effect == "reset" else []
        if due and issued and event.kind == "endorse":
            due = next(
                day
                for day in (add_months(issued, 12 * n) for n in range(1, 60))
                if day > max(event.day, due if event.day <= due else event.day)
            )
        if event.kind in ("end", *STOPS):
            break
    lost = absent | (suspended if effect != "ignore" else set())
    days = [begun + timedelta(days=n) for n in range((last - begun).days)]
    from_ = max(resets, default=begun)
    return [day for day in days if day not in lost and day >= from_], max([*anew, *resets])


def _ends(events: list[Event]) -> bool:
    return any(event.kind in STOPS for event in events)


def _months(days: list[date]) -> int:
    if not days:
        return 0
    after = days[-1] + timedelta(days=1)
    return full_months(after - timedelta(days=len(days)), after)


quiet = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from(["endorse", "endorse", "away", "back", "leave", "not_endorsed", "remind"]),
    ),
    max_size=14,
)


@settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])  # a walk is too slow to be shrunk
@given(quiet, st.integers(0, 800), st.sampled_from(["reset", "pause", "ignore"]))
def test_going_through_the_days_one_by_one_gives_the_same_months(
    tried: list[tuple[int, str]], later: int, effect: str
) -> None:
    """Late endorsements and absences in any order, continuous and cumulative."""
    rules = rules_of("hangzhou 2017", effect=effect, absence=f"{BRIDGED} days")
    events, _ = walk([*FORWARD, *tried], rules)
    as_of = events[-1].day + timedelta(days=later)

    told = residence_time(events, as_of, rules, CALENDAR)

    in_all, anew = days_one_by_one(events, as_of, effect)
    assert (told.cumulative_months or 0) == _months(in_all)
    if anew is not None:
        assert (told.continuous_months or 0) == _months([day for day in in_all if day >= anew])


def test_absences_after_the_permit_has_ended_take_nothing_from_the_time_before() -> None:
    """Not endorsed on 4 March 2020, then away for months: the eighteen months stay."""
    events = [*ISSUED, on("2020-03-04", "not_endorsed"), on("2020-04-01", "away")]

    assert time_of(events, "2020-05-01").continuous_months == 18
    assert time_of([*events, on("2020-08-01", "back")], "2020-08-02").continuous_months == 18


def test_a_suspension_during_which_somebody_went_away_is_left_out_up_to_the_absence_only() -> None:
    """Due on 15 March 2020, away from 1 May, endorsed on 1 August while still away."""
    events = [*ISSUED, on("2020-05-01", "away"), on("2020-08-01", "endorse")]

    told = time_of(events, "2020-09-01")

    # 2018-09-04 to 2020-03-16 counts, to 2020-05-01 is suspended, after it is the absence
    assert told.continuous_months == 18
    assert [part.why for part in told.parts] == ["", "suspended", "absence"]


@pytest.mark.parametrize("effect", ["reset", "pause"])
def test_the_day_on_which_an_endorsement_is_due_counts_suspended_or_not(effect: str) -> None:
    """Hangzhou 2016: suspended from the day after. Due on 15 April 2020, the last day of the 19th month."""
    events = [on("2018-09-16", "arrive", stay_days=400), on("2018-09-16", "declare")]
    events += [on("2019-04-15", kind) for kind in ("apply", "accept", "issue")]
    rules = rules_of("hangzhou 2018", effect=effect)

    told = residence_time(events, date(2020, 5, 1), rules, CALENDAR)

    assert told.continuous_months == told.cumulative_months == 19
    assert facts_on(replay(events, rules, CALENDAR), date(2020, 5, 1), rules).residence_months == 19
    assert [(part.first, part.why) for part in told.parts] == [
        (date(2018, 9, 16), ""),
        (date(2020, 4, 16), "suspended"),
    ]
    dead = [*events, on("2020-05-01", "death")]
    assert residence_time(dead, date(2021, 1, 1), rules, CALENDAR).continuous_months == 19
