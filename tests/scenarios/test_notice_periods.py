"""How long results are on show: working days or days of the calendar, as the policy's text has it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from publication.announcement import announcement
from publication.letter import letter_text
from publication.notice import period_text
from scenarios.letters import Letters
from scenarios.notices import notice_of
from scenarios.round import Round, run_round
from scoring.pack import load_pack
from tests.scenarios.cities import ROOT
from tests.scenarios.test_other_policies import THREE, TINY, config, tables
from values.problems import BadInput

FIVE = "working_days: 5"


def noticed(period: str) -> Round:
    """A round whose results are published on Monday, 1 June 2015."""
    assert FIVE in TINY
    return run_round(load_pack(TINY.replace(FIVE, period), "tiny.yaml"), config(), tables(THREE, {"east": 2}))


@pytest.mark.parametrize(
    ("period", "last"),
    [
        ("working_days: 5", date(2015, 6, 8)),  # 2, 3, 4, 5 and 8 June
        ("calendar_days: 5", date(2015, 6, 6)),  # the Saturday: the text moves nothing
        ("calendar_days: 5, rolls_over: true", date(2015, 6, 8)),  # to the Monday
        ("calendar_days: 4, rolls_over: true", date(2015, 6, 5)),  # a Friday stays
        ("calendar_days: 19, rolls_over: true", date(2015, 6, 23)),  # 20 to 22 June: Dragon Boat Festival
        ("calendar_days: 366", date(2016, 6, 1)),  # 2016 has a 29 February
    ],
)
def test_the_last_day_is_counted_as_the_text_counts(period: str, last: date) -> None:
    """The day of publication is not counted."""
    notice = notice_of(noticed(period))

    assert (notice.objections_from, notice.objections_until) == (date(2015, 6, 1), last)


GUIDE = (ROOT / "docs" / "policy_packs" / "services.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("period", "ends"),
    re.findall(r"^\| `\{(.+_days: .+), cite: …\}`.* \| .*?, (\d+) June", GUIDE, re.MULTILINE),
)
def test_the_guide_counts_the_same_days(period: str, ends: str) -> None:
    assert notice_of(noticed(period)).objections_until == date(2015, 6, int(ends))


def test_notice_letter_and_announcement_name_the_same_period() -> None:
    decided = noticed("calendar_days: 5, rolls_over: true")

    told = letter_text(Letters(decided, decided.record.digest).letter("d"), "zh").objection[0]
    pages = {
        lang: [line.text for part in announcement(decided.pack.policy, lang).sections for line in part.lines]
        for lang in ("zh", "en")
    }

    assert period_text(notice_of(decided), "zh") == "2015年6月1日至2015年6月8日"
    assert "2015年6月1日至2015年6月8日" in told
    assert "自公示次日起，结果公示不少于5个自然日（X1第15条）" in pages["zh"]
    assert "最后一日不是工作日的，顺延至其后第一个工作日" in pages["zh"]
    assert "a last day that is not a working day is moved to the next one" in pages["en"]


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ("working_days: 5, calendar_days: 5", "pack.notice_days"),
        ("rolls_over: true", "pack.notice_days"),
        ("working_days: 5, rolls_over: true", "pack.notice_rolls_over"),
        ("calendar_days: 367", "pack.wrong_value"),
    ],
)
def test_a_period_that_cannot_be_is_named(period: str, code: str) -> None:
    with pytest.raises(BadInput) as error:
        load_pack(TINY.replace(FIVE, period), "tiny.yaml")

    assert [problem.code for problem in error.value.problems] == [code]
