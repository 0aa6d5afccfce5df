"""The shipped rules say what the documents say, and nothing that they leave open."""

from __future__ import annotations

import pytest

from publication.messages import LANGUAGES, sentence
from residence.rules import load_rules, open_choices
from tests.residence.places import CHOICES, EVERYWHERE, LAYERS, POLICIES, layers, rules_of
from values.periods import Period
from values.problems import BadInput


def days(count: int) -> Period:
    return Period(count, "days")


def working_days(count: int) -> Period:
    return Period(count, "working_days")


@pytest.mark.parametrize(
    ("place", "stay", "declare", "change", "needed", "issue", "extended", "anchor"),
    [
        ("national", None, None, None, Period(6, "months"), days(15), None, "residence"),
        ("zhejiang", None, None, days(10), Period(6, "months"), days(15), None, "issue"),
        ("hangzhou 2017", 3, None, days(10), Period(6, "months"), days(15), None, "issue"),
        ("hangzhou 2018", 3, working_days(3), days(10), Period(6, "months"), days(15), None, "issue"),
        ("taizhou", None, None, days(10), days(180), days(15), None, "issue"),
        ("ningbo-jiangbei", None, None, days(10), Period(6, "months"), days(15), None, "issue"),
        ("ankang", None, working_days(5), None, Period(6, "months"), working_days(3), days(15), "residence"),
    ],
)
def test_where_the_places_differ(
    place: str,
    stay: int | None,
    declare: Period | None,
    change: Period | None,
    needed: Period,
    issue: Period,
    extended: Period | None,
    anchor: str,
) -> None:
    rules = rules_of(place)

    assert (rules.minimum_stay, rules.declare_within, rules.change_within) == (stay, declare, change)
    assert (rules.residence_needed, rules.issue_within) == (needed, issue)
    assert (rules.issue_within_extended, rules.endorsement_anchor) == (extended, anchor)
    assert rules.endorsement_window == Period(1, "months")


def test_hangzhou_taizhou_and_jiangbei_refer_to_the_province_for_exemptions() -> None:
    """Zhejiang, art. 12; Ankang, art. 9, has its own."""
    province = {
        "lodging": None,
        "hospital": None,
        "boarding_school": None,
        "rescue_station": None,
        "near_relatives": 30,
    }

    for place in ("zhejiang", "hangzhou 2017", "hangzhou 2018", "taizhou", "ningbo-jiangbei"):
        assert rules_of(place).exemptions == province
    assert rules_of("ankang").exemptions == {
        "lodging": None,
        "hospital": None,
        "rescue_station": None,
        "full_time_school": None,
        "relatives": 30,
    }


def test_the_regulation_of_hangzhou_leaves_the_numbers_of_the_circular_standing() -> None:
    cites = rules_of("hangzhou 2018").cites

    assert cites["change_within"] == "二(一)1"
    assert cites["declare_within"] == "第九条"


def test_drafts_say_so() -> None:
    assert {place for place in LAYERS if rules_of(place).status == "draft"} == {"ningbo-jiangbei", "ankang"}


def test_every_shipped_file_is_a_layer_of_some_place() -> None:
    shipped = {
        f.relative_to(POLICIES).with_suffix("").as_posix() for f in POLICIES.glob("*/residence/*.yaml")
    }

    assert shipped == {name for names in LAYERS.values() for name in names}


@pytest.mark.parametrize("place", LAYERS)
def test_what_a_text_leaves_open_must_be_chosen(place: str) -> None:
    with pytest.raises(BadInput) as raised:
        load_rules(layers(place), {})

    asked = {dict(problem.params)["name"] for problem in raised.value.problems}
    assert asked == {*EVERYWHERE, *CHOICES[place], "suspension_effect", "deadlines_roll_over"}
    assert asked == set(open_choices(layers(place)))


def test_hangzhou_of_2018_cannot_ignore_a_suspension() -> None:
    """Art. 20: the time of the suspension does not count as residence."""
    assert rules_of("hangzhou 2017", effect="ignore").suspension_effect == "ignore"
    with pytest.raises(BadInput, match=r"residence\.choice_unknown"):
        rules_of("hangzhou 2018", effect="ignore")


def test_only_calendar_days_roll_over() -> None:
    rules = rules_of("ankang", rolls="yes")

    assert rules.issue_within == Period(3, "working_days")
    assert rules.issue_within_extended == Period(15, "days", rolls_over=True)
    assert rules.residence_needed == Period(6, "months")


HEAD = "format: residence/1\nplace: x\nover: hangzhou\nstatus: law\nrules:\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- 1", "residence.format"),
        (HEAD.replace("law", "rumour") + "  {}", "residence.format"),
        (HEAD.replace("over: hangzhou", "over: taizhou") + "  {}", "residence.layer"),
        (HEAD + "  colour: {value: red, cite: a}", "residence.parameter"),
        (HEAD + "  minimum_stay: {value: 3 days}", "residence.parameter"),
        (HEAD + "  minimum_stay: {value: 3 days, cite: ''}", "residence.parameter"),
        (HEAD + "  minimum_stay: {value: 3 months, cite: a}", "residence.parameter"),
        (HEAD + "  minimum_stay: {open: [3 days], cite: a}", "residence.parameter"),
        (HEAD + "  minimum_stay: {open: [3 days, [4 days]], cite: a}", "residence.parameter"),
        (HEAD + "  issue_within: {value: none, cite: a}", "residence.parameter"),
        (HEAD + "  issue_within: {value: 0 days, cite: a}", "residence.parameter"),
        (HEAD + "  issue_within: {value: [3 days], cite: a}", "residence.parameter"),
        (HEAD + "  waivers: {value: talent, cite: a}", "residence.parameter"),
        (HEAD + "  exemptions: {value: [hospital], cite: a}", "residence.parameter"),
        (HEAD + "  exemptions: {value: {hospital: long}, cite: a}", "residence.parameter"),
        (HEAD + "  endorsement_anchor: {value: birth, cite: a}", "residence.parameter"),
        (HEAD + "  deadlines_roll_over: {value: maybe, cite: a}", "residence.parameter"),
    ],
)
def test_a_layer_that_cannot_be_read_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadInput) as raised:
        load_rules(
            [*layers("hangzhou 2018"), (text, "own.yaml")],
            {
                **EVERYWHERE,
                **CHOICES["hangzhou 2018"],
                "suspension_effect": "reset",
                "deadlines_roll_over": "no",
            },
        )

    assert [problem.code for problem in raised.value.problems] == [code]
    assert raised.value.problems[0].place.file == "own.yaml"
    assert all(sentence(raised.value.problems[0], {}, lang) for lang in LANGUAGES)


def test_a_parameter_that_no_layer_states_is_missing() -> None:
    text = HEAD.replace("hangzhou", "none") + "  {}"

    with pytest.raises(BadInput) as raised:
        load_rules([(text, "own.yaml")], {})

    assert {problem.code for problem in raised.value.problems} == {"residence.parameter_missing"}
    assert len(raised.value.problems) == 39
