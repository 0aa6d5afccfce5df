"""An office adds next year's notice and its own closures; whatever is doubtful in the text is refused.

The notice of 2027 below is invented: none had been published.
"""

from __future__ import annotations

from datetime import date

import pytest

from publication.messages import LANGUAGES, problem_line
from residence.calendar_text import load_calendar
from values.problems import BadInput
from values.working_days import STATE_COUNCIL, is_working_day, working_days_after

HEAD = "format: calendar/1\n"
NOTICE = """\
notices:
  - year: 2027
    source: invented notice
    holidays: [2027-01-01..2027-01-03, 2027-05-01, 2027-10-01..2027-10-07]
    worked: [2026-12-27, 2027-10-09]
"""
CLOSURE = """\
changes:
  - source: invented storm order
    off: [2026-07-27]
    worked: [2026-08-01]
"""


def codes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as raised:
        load_calendar(text, "office.yaml")
    for problem in raised.value.problems:
        assert problem.place.file == "office.yaml"
        assert all(problem_line(problem, lang) for lang in LANGUAGES)
    return [(problem.code, problem.place.path) for problem in raised.value.problems]


def test_a_further_year_is_covered_once_its_notice_is_loaded() -> None:
    calendar = load_calendar(HEAD + NOTICE, "office.yaml")

    assert calendar.years == STATE_COUNCIL.years | {2027}
    assert working_days_after(date(2026, 12, 31), 1, calendar) == date(2027, 1, 4)
    assert not is_working_day(date(2027, 10, 7), calendar)
    assert is_working_day(date(2027, 10, 9), calendar)
    assert calendar.sources == ("invented notice",)


def test_a_notice_may_swap_days_of_the_december_before() -> None:
    sunday = date(2026, 12, 27)

    assert not is_working_day(sunday)
    assert is_working_day(sunday, load_calendar(HEAD + NOTICE, "office.yaml"))


def test_a_closure_moves_deadlines_that_run_over_it() -> None:
    calendar = load_calendar(HEAD + CLOSURE, "office.yaml")
    friday = date(2026, 7, 24)

    assert working_days_after(friday, 1) == date(2026, 7, 27)
    assert working_days_after(friday, 1, calendar) == date(2026, 7, 28)
    assert working_days_after(friday, 5, calendar) == date(2026, 8, 1)


def test_a_closure_may_lie_in_a_year_of_the_same_text() -> None:
    change = "changes: [{source: order, off: [2027-07-26]}]\n"

    assert not is_working_day(date(2027, 7, 26), load_calendar(HEAD + NOTICE + change, "office.yaml"))
    assert codes(HEAD + change) == [("calendar.day_outside_years", "changes[0]")]


def test_an_empty_text_of_the_format_changes_nothing() -> None:
    assert load_calendar(HEAD, "office.yaml") == STATE_COUNCIL


def notice(year: str = "2027", holidays: str = "2027-01-01, 2027-05-01, 2027-10-01", more: str = "") -> str:
    return f"{HEAD}notices: [{{year: {year}, source: order, holidays: [{holidays}]{more}}}]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [", [("yaml.syntax", "")]),
        ("", [("yaml.empty", "")]),
        (HEAD + HEAD, [("yaml.duplicate_key", "")]),
        (HEAD + "notices: [{year: 2027, year: 2028}]", [("yaml.duplicate_key", "")]),
        ("[" * 3000, [("yaml.too_deep", "")]),
        (HEAD + "changes: [&a {source: order, off: []}, *a]", [("yaml.alias", "")]),
        ("- 1", [("calendar.keys", ""), ("calendar.format", "format")]),
        ("format: calendar/2", [("calendar.format", "format")]),
        (HEAD + "closures: []", [("calendar.keys", "")]),
        (HEAD + "notices: 3", [("calendar.not_a_list", "notices")]),
        (HEAD + "notices: [3]", [("calendar.keys", "notices[0]")]),
        (HEAD + "changes: [{source: '', off: []}]", [("calendar.source", "changes[0].source")]),
        (HEAD + "changes: [{off: [2026-07-27]}]", [("calendar.keys", "changes[0]")]),
        (notice(year="27"), [("calendar.year", "notices[0].year")]),
        (notice(year="[2027]"), [("calendar.year", "notices[0].year")]),
        (notice(holidays="2027-01-01, 2027-05-01"), [("calendar.holiday_missing", "notices[0].holidays")]),
        (notice(more=", worked: [2027-10-08]"), [("calendar.worked_weekday", "notices[0].worked")]),
        (notice(more=", worked: [2027-05-01]"), [("calendar.contradiction", "notices[0]")]),
        (notice(more=", worked: [2028-01-01]"), [("calendar.day_outside_notice", "notices[0]")]),
        (notice(more=", worked: [2026-11-28]"), [("calendar.day_outside_notice", "notices[0]")]),
        (HEAD + "changes: [{source: a, off: [2026-02-30]}]", [("calendar.days", "changes[0].off[0]")]),
        (HEAD + "changes: [{source: a, off: [20260227]}]", [("calendar.days", "changes[0].off[0]")]),
        (
            HEAD + "changes: [{source: a, off: [2026-03-02..2026-03-01]}]",
            [("calendar.days", "changes[0].off[0]")],
        ),
        (
            HEAD + "changes: [{source: a, off: [2026-03-02]}, {source: b, worked: [2026-03-02]}]",
            [("calendar.contradiction", "changes[1]")],
        ),
    ],
)
def test_doubtful_texts_are_refused_with_the_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert codes(text) == expected


def test_a_year_that_ships_is_not_silently_replaced() -> None:
    text = notice(year="2026", holidays="2026-01-01, 2026-05-01, 2026-10-01")

    assert codes(text) == [("calendar.year_covered", "notices[0].year")]


def test_a_problem_names_line_and_column() -> None:
    with pytest.raises(BadInput, match="^office.yaml:4:13: calendar.days"):
        load_calendar(HEAD + "changes:\n  - source: order\n    off: [  soon]\n", "office.yaml")


def test_every_problem_is_told_at_once() -> None:
    text = HEAD + "changes: [{source: a, off: [x]}, {source: b, off: [y], on: []}]"

    assert [code for code, _ in codes(text)] == ["calendar.days", "calendar.keys", "calendar.days"]
