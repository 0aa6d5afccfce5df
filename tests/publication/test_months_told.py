"""What is told of months: every reason why a spell does not count has its sentence in both languages."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from publication.arithmetic import Reading
from publication.messages import LANGUAGES, Lang
from publication.trace_text import MonthsTrace, months_sentence
from residence.spells import SpellRule, Stretch, Traced, Why, trace
from scoring.constructs import Title
from tests.publication.test_explanation import DOCUMENTS

RULE = SpellRule(2, "excluded", "stop", 48, 6)
TOLD = MonthsTrace(
    Title(zh="就业月数", en="months of work"),
    "rules 4",
    24,
    Traced(24, (Stretch(24300, 24323, 0, True),)),
    RULE,
    excluded="kind: late",
    during=Title(zh="学籍", en="enrolment"),
    both=Title(zh="参保", en="insurance"),
)


@pytest.mark.parametrize("why", [why for why in get_args(Why) if why])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_is_told_with_its_months(why: Why, lang: Lang) -> None:
    """The months, and the figure or name that the reason needs."""
    lost = Stretch(24000, 24011, 7, False, why)
    told = replace(TOLD, traced=Traced(24, (lost, *TOLD.traced.stretches)))

    text = months_sentence(told, Reading(lang, 0, DOCUMENTS))

    assert "2000-01" in text
    assert "2000-12" in text
    figure = {
        "break": "7",
        "short": "6",
        "before_window": "48",
        "excluded": "kind: late",
        "during": {"zh": "学籍", "en": "enrolment"}[lang],
        "not_in_both": {"zh": "参保", "en": "insurance"}[lang],
    }
    assert figure.get(why, "") in text.replace("2000", "")
    assert ("未计" if lang == "zh" else "not counted") in text


def test_several_reasons_are_told_one_after_the_other() -> None:
    """A career with a break before it, a year of study inside, and a bridged gap."""
    spells = {"own": [(23900, 23910), (24000, 24035), (24038, 24059)], "not_during": [(24012, 24023)]}
    rule = SpellRule(2, "excluded", "stop")
    traced = trace(spells, 24059, rule)  # type: ignore[arg-type]

    text = months_sentence(replace(TOLD, months=46, traced=traced, rule=rule), Reading("en", 0, DOCUMENTS))

    assert text.split("; ") == [
        "months of work: 46 (甲〔2014〕1号 art. 4)",
        "2000-01 to 2000-12, 12 months + 2002-01 to 2002-12, 12 months + 2003-03 to 2004-12, 22 months",
        "missing in between: 2 months, bridged because not more than 2",
        "the missing months are not counted",
        "not counted: 1991-09 to 1992-07, 11 months, because 89 months are missing after it",
        "not counted: 2001-01 to 2001-12, 12 months, because of the same months in enrolment",
    ]
