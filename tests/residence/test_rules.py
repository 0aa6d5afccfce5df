"""The shipped rules say what the documents say, and nothing that they leave open."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
import yaml

from publication.messages import LANGUAGES, sentence, sentences
from residence.entitlements import entitlements_on
from residence.history import facts_on
from residence.life_cycle import EVENTS, Event
from residence.rule_sections import MARKS, RECORDS, SECTIONS, Act
from residence.rules import load_rules, open_choices
from tests.documents import ROOT
from tests.residence.people import arrived, state_of
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
        (HEAD + "  endorsement_window: {value: 1 years, cite: a}", "residence.parameter"),
        (HEAD + "  endorsement_window: {value: 1 months, cite: a, why: [b]}", "residence.parameter"),
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


OWN = {
    **EVERYWHERE,
    **CHOICES["zhejiang"],
    "suspension_effect": "reset",
    "deadlines_roll_over": "no",
}


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*/residence/*.yaml")), ids=lambda path: path.stem)
def test_every_open_point_is_explained_beside_the_rules(path: Path) -> None:
    """With all its readings, in SOURCES.md; and the text is named with its dates."""
    told = (path.parent / "SOURCES.md").read_text("utf-8")
    layer = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    rows = {line.split("`")[1]: line for line in told.splitlines() if line.startswith("| `")}
    opened = {name: entry["open"] for name, entry in layer["rules"].items() if "open" in entry}

    assert {name for name in opened if name not in rows} == set()
    missing = {
        (name, option) for name in opened for option in opened[name] if f"`{option}`" not in rows[name]
    }
    assert missing == set()
    assert f"| {path.stem} |" in told
    assert layer["source"]
    assert set(layer["in_force"]) == {"from", "to"}


def test_every_word_of_the_rules_can_be_read_by_people() -> None:
    """Kinds of records, marks, papers, circumstances, grounds, entitlements, acts, in both languages."""
    words = {word for known in (*RECORDS.values(), *MARKS.values()) for word in known}
    for place in LAYERS:
        rules = rules_of(place)
        words |= rules.waivers | rules.under_national_rules | set(rules.fees) | set(rules.fees.values())
        for section in set(SECTIONS) - {"events"}:
            for group, entries in getattr(rules, section).items():
                words |= {group, *(() if section == "routes" else entries)}
        for papers in rules.papers.values():
            for paper in papers.values():
                words |= paper.any_of | paper.when
    assert {word for word in words if f"word.{word}" not in sentences()} == set()


@pytest.mark.parametrize(
    ("more", "at"),
    [
        ("routes: {employment: {contract: {cite: a}}}", "12:23"),
        ("routes: {employment: {contract: {kinds: [palace], cite: a}}}", "12:23"),
        ("routes: {employment: {contract: {kinds: any, marks: [shiny], cite: a}}}", "12:23"),
        ("routes: {employment: {contract: {kinds: any}}}", "12:23"),
        ("routes: {employment: {contract: {kinds: [], cite: a}}}", "12:23"),
        ("routes: {employment: {contract: {kinds: any, without: [back_paid], cite: a}}}", "12:23"),
        ("routes: {employment: {contract: {kinds: any, lasted: 3 working_days, cite: a}}}", "12:23"),
        ("routes: {leisure: {contract: {kinds: any, cite: a}}}", "12:20"),
        ("papers: {apply: {photo: {colour: red, cite: a}}}", "12:18"),
        ("papers: {apply: 3}", "12:10"),
        ("proxies: {minor: {apply: {by: [friend], cite: a}}}", "12:19"),
        ("reports: {employer: {hired: {within: soon, cite: a}}}", "12:22"),
        ("entitlements: {service: {legal_aid: {needs: luck, cite: a}}}", "12:26"),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_with_its_line_and_column(more: str, at: str) -> None:
    text = HEAD + "  area: {value: county, cite: a}\n" + "\n" * 5 + more

    with pytest.raises(BadInput, match=rf"^own\.yaml:{at}: residence\.parameter") as raised:
        load_rules([*layers("taizhou")[:2], (text.replace("hangzhou", "zhejiang"), "own.yaml")], OWN)

    assert len(raised.value.problems) == 1


@pytest.mark.parametrize("force", ["{from: soon, to: none}", "{from: 2018-07-01}", "[2018-07-01]", "always"])
def test_from_when_to_when_a_text_is_in_force_must_be_readable(force: str) -> None:
    text = HEAD.replace("hangzhou", "zhejiang") + f"  {{}}\nin_force: {force}\n"

    with pytest.raises(BadInput, match=r"^own\.yaml:7:1: residence\.in_force"):
        load_rules([*layers("zhejiang"), (text, "own.yaml")], OWN)


def test_which_texts_are_in_force_on_a_day() -> None:
    """Hangzhou's regulation took effect on 2018-07-01."""
    rules = rules_of("hangzhou 2018")

    assert [layer.begins for layer in rules.not_in_force(date(2018, 6, 30))] == [date(2018, 7, 1)]
    assert rules.not_in_force(date(2018, 7, 1)) == ()


def test_a_later_layer_takes_away_what_it_says_is_none() -> None:
    text = HEAD.replace("hangzhou", "zhejiang") + "  {}\npapers: {apply: {photo: none}}\n"
    rules = load_rules([*layers("zhejiang"), (text, "own.yaml")], OWN)

    assert "photo" in rules_of("zhejiang").papers["apply"]
    assert "photo" not in rules.papers["apply"]


@pytest.mark.parametrize("choice", ["soon", "5 months", "-1 days", "* days", "10000000 days"])
def test_a_number_of_days_that_is_chosen_must_be_one(choice: str) -> None:
    with pytest.raises(BadInput, match=r"residence\.choice_unknown"):
        rules_of("hangzhou 2018", absence=choice)


def test_the_guides_name_every_parameter_event_section_record_and_mark() -> None:
    guide, permits = ((ROOT / f"docs/{name}.md").read_text("utf-8") for name in ("residence", "permits"))
    told = set(re.findall(r"`([a-z_]+)`", guide))
    judged = set(re.findall(r"`([a-z_]+)`", permits))

    with pytest.raises(BadInput) as raised:
        load_rules([(HEAD.replace("hangzhou", "none") + "  {}", "own.yaml")], {})
    parameters = {dict(problem.params)["name"] for problem in raised.value.problems}
    assert (parameters | set(EVENTS) | set(SECTIONS)) - told == set()
    words = {word for known in (*RECORDS.values(), *MARKS.values()) for word in known}
    assert (words | set(get_args(Act))) - judged == set()


def test_what_needs_no_permit_is_had_without_one() -> None:
    """An invented layer."""
    text = HEAD.replace("hangzhou", "zhejiang") + (
        "  {}\nentitlements:\n"
        "  service: {advice: {needs: nothing, cite: a}, library: {needs: registration, cite: b}}\n"
    )
    rules = load_rules([*layers("zhejiang"), (text, "own.yaml")], OWN)

    def answers(events: list[Event]) -> dict[str, str]:
        facts = facts_on(state_of(events, rules), date(2018, 9, 4), rules)
        return {item.entitlement.name: item.answer for item in entitlements_on(facts, rules)}

    before, after = answers(arrived("2018-09-03")[:1]), answers(arrived("2018-09-03"))
    assert (before["advice"], before["library"], before["legal_aid"]) == ("met", "not_met", "not_met")
    assert (after["advice"], after["library"], after["legal_aid"]) == ("met", "met", "not_met")
