"""Packs as documents: parameters by day, readings by switch, layers; every slip with its exact sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from publication.messages import problem_line
from scoring.constructs import Bands, Flag, Per
from scoring.layers import LookUp
from scoring.pack import Pack, load_pack
from scoring.pack_check import check_pack
from scoring.resolve import resolve
from scoring.written import KEYS
from values.problems import BadInput
from values.yaml_marks import read_yaml

FOLDER = Path(__file__).parent / "layers"
TEXTS = {name: (FOLDER / name).read_text("utf-8") for name in ("province.yaml", "city.yaml")}
SLIPS = yaml.safe_load((Path(__file__).parent / "slips_of_documents.yaml").read_text("utf-8"))


def look_up_in(texts: Mapping[str, str]) -> LookUp:
    files = {
        ("province/points", date(2016, 1, 1)): "province.yaml",
        ("city/points", date(2016, 7, 1)): "city.yaml",
    }

    def look_up(pack: str, version: date) -> tuple[str, str] | None:
        file = files.get((pack, version))
        return (texts[file], file) if file else None

    return look_up


def city(text: str = TEXTS["city.yaml"], at: date | None = None, **choices: str) -> Pack:
    return load_pack(text, "city.yaml", at=at, choices=choices, look_up=look_up_in(TEXTS))


def limits_of_the_middle_band(pack: Pack) -> tuple[Decimal, Decimal | None]:
    node = pack.policy.indicators["wage"].points
    assert isinstance(node, Bands)
    return node.rows[1].start, node.rows[1].below


def only_child(pack: Pack) -> object:
    node = pack.policy.indicators["only_child"].points
    assert isinstance(node, Flag)
    return node.flag


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (None, Decimal(5000)),
        (date(2017, 3, 31), Decimal(5000)),
        (date(2017, 4, 1), Decimal("5500.5")),
        (date(2020, 12, 31), Decimal("5500.5")),
    ],
)
def test_a_parameter_has_the_value_of_its_day(at: date | None, value: Decimal) -> None:
    """From the first day of a value to the day before the next; without a day, the first day in force."""
    assert limits_of_the_middle_band(city(at=at)) == (value, value * 3)


def test_a_parameter_has_its_name_in_a_formula() -> None:
    """Only whole names are replaced, and a negative value keeps its sign."""
    text = TEXTS["city.yaml"].replace("value: 5000,", "value: -50,")
    document = {"parameters": yaml.safe_load(text)["parameters"]}
    written = yaml.safe_dump({**document, "derived": {"a": {"formula": "2 - average_wage + average_wages"}}})

    resolved, _ = resolve(read_yaml(written, "formula.yaml"), at=date(2016, 5, 1))

    assert resolved.value == {"derived": {"a": {"formula": "2 - (-50) + average_wages"}}}


def test_a_formula_of_one_reading_names_parameters_too() -> None:
    """Each reading has its own formula."""
    document = read_yaml(
        "parameters: {rate: {title: {zh: 率, en: rate}, values: [{from: 2016-01-01, value: 3, cite: a 1}]}}\n"
        "switches: {way: {title: {zh: 法, en: way}, chosen: one, cite: a 1, sources: R1,"
        " choices: {one: {zh: 一, en: one}, two: {zh: 二, en: two}}}}\n"
        "derived: {a: {formula: {switch: way, one: rate * b, two: rate + b}}}\n",
        "formula.yaml",
    )

    resolved: list[Any] = [resolve(document, choices={"way": way})[0].value for way in ("one", "two")]

    assert [value["derived"]["a"]["formula"] for value in resolved] == ["3 * b", "3 + b"]
    assert [value.keys() - {"derived"} for value in resolved] == [set(), {"departures"}]


def test_a_switch_takes_the_reading_chosen_or_asked_for() -> None:
    """A fact that only the other reading uses is not in the policy."""
    wide, narrow = city(), city(one_child="narrow")

    assert str(only_child(wide)) == "parts=('certificate', 'statement')"
    assert only_child(narrow) == "certificate"
    assert set(wide.policy.facts) - set(narrow.policy.facts) == {"statement"}


def test_null_under_a_reading_takes_the_rule_away() -> None:
    """A whole indicator may stand under one reading alone; so may an element of a list."""
    text = TEXTS["city.yaml"]
    start = text.index("  only_child:\n    title: {zh: 独生子女, ")
    rule = text[start + len("  only_child:\n") : text.index("services:\n")]
    indented = "".join(f"  {line}\n" for line in rule.splitlines()).replace(
        "{switch: one_child, wide: {any: [certificate, statement]}, narrow: certificate}",
        "{any: [statement, {switch: one_child, wide: certificate, narrow: null}]}",
    )
    text = text.replace(rule, f"    switch: one_child\n    narrow: null\n    wide:\n{indented}")

    assert str(only_child(city(text))) == "parts=('statement', 'certificate')"
    assert "only_child" not in city(text, one_child="narrow").policy.indicators


@pytest.mark.parametrize(
    ("choices", "code"),
    [({"two_children": "wide"}, "resolve.unknown_switch"), ({"one_child": "x"}, "resolve.unknown_choice")],
)
def test_a_reading_that_does_not_exist_cannot_be_asked_for(choices: dict[str, str], code: str) -> None:
    with pytest.raises(BadInput) as error:
        city(**choices)

    assert [problem.code for problem in error.value.problems] == [code]


def test_a_lower_layer_has_what_the_upper_one_says_and_what_itself_adds() -> None:
    """Merged by name and key; the changed points alone are the city's; the head is the city's own."""
    pack = city()

    node = pack.policy.indicators["insured"].points
    assert isinstance(node, Per)
    assert (node.every, node.points) == (12, 3)
    assert pack.policy.indicators["insured"].cite == "opinion 4"
    assert list(pack.policy.indicators) == ["insured", "offences", "wage", "only_child"]
    assert list(pack.policy.documents) == ["opinion", "rules"]
    assert pack.policy.id == "city/points"
    assert [(layer.id, layer.version) for layer in pack.resolution.layers] == [
        ("province/points", date(2016, 1, 1))
    ]


def test_a_problem_in_a_rule_of_the_upper_layer_stands_in_its_file() -> None:
    """Every value keeps the place of the layer it was written in."""
    texts = {**TEXTS, "province.yaml": TEXTS["province.yaml"].replace("every: 12", "every: 12.5")}

    with pytest.raises(BadInput) as error:
        load_pack(
            texts["city.yaml"].replace("{per: months, every: 12,", "{per: months, every: 12.5,"),
            "city.yaml",
            look_up=look_up_in(texts),
        )

    assert [str(problem) for problem in error.value.problems] == [
        "city.yaml:36:27: pack.inexact (decimals=0, value=12.5)"
    ]


def test_an_upper_layer_without_services_is_good_by_itself() -> None:
    """A framework: its groups may be without indicators and its facts without rules."""
    pack = load_pack(TEXTS["province.yaml"], "province.yaml")

    assert pack.policy.services == {}


def test_a_resolved_document_resolves_to_itself_and_has_no_sugar() -> None:
    """On any day and under any reading."""
    pack = city(at=date(2018, 1, 1), one_child="narrow")

    again, _ = resolve(pack.document, at=date(2016, 8, 1))

    assert again.value == pack.document.value
    assert not set(KEYS) & set(pack.document.value)  # type: ignore[call-overload]
    assert not {"parameter", "switch"} & set(keys_in(pack.policy.canonical()))


def keys_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for part in value.values() for key in keys_in(part))]
    return [key for part in value for key in keys_in(part)] if isinstance(value, list) else []


def test_the_check_looks_at_every_day_and_every_reading() -> None:
    """The unharmed layers pass; the pack given back is that of the first day and the readings chosen."""
    checked = check_pack(TEXTS["city.yaml"], "city.yaml", look_up=look_up_in(TEXTS)).pack

    assert checked.policy == city().policy


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip["slip"])
def test_a_slip_in_a_pack_as_a_document_is_told_in_these_words(slip: dict[str, str]) -> None:
    """The file that slips and the city's are checked; every sentence once."""
    assert slip["right"] in TEXTS[slip["file"]]
    changed = TEXTS[slip["file"]].replace(slip["right"], slip["wrong"], 1)
    texts = {**TEXTS, slip["file"]: changed}
    said: dict[str, None] = {}

    for name in dict.fromkeys([slip["file"], "city.yaml"]):
        try:
            check_pack(texts[name], name, look_up=look_up_in(texts))
        except BadInput as error:
            said |= dict.fromkeys(problem_line(problem, "en") for problem in error.problems)

    assert list(said) == slip["says"]
    assert said


TITLED = "title: {zh: 合计, en: together}, cite: rules 5"
FORGED = "forged: {title: {zh: 假, en: forged}, when: {fact: offences, at_least: 9}, effect: void"


@pytest.mark.parametrize(
    ("section", "code"),
    [
        (f"limits: [{{id: l, {TITLED}, of: [insurance], cap: 0}}]", "pack.layer_forbids"),
        (f"limits: [{{id: l, {TITLED}, of: [local, insured], floor: 5}}]", "pack.layer_forbids"),
        (f"exclusive: [{{id: e, {TITLED}, of: [insured, wage], keep: highest}}]", "pack.layer_forbids"),
        (
            f"sanctions: {{{FORGED}, indicators: [insured], unknown: ignore, cite: rules 5}}}}",
            "pack.layer_forbids",
        ),
        (f"limits: [{{id: l, {TITLED}, of: [local], floor: 41}}]", "pack.layer_adds_points"),
        ("    kind_limits: {base: {cap: 9, cite: rules 7}}", "pack.layer_forbids"),
        ("    kind_limits: {base: {floor: 1, cite: rules 7}}", "pack.layer_forbids"),
        ("    kind_limits: {bonus: {floor: 41, cite: rules 7}}", "pack.layer_adds_points"),
        ("    total: {cap: 100, cite: rules 7}", "pack.layer_forbids"),
    ],
)
def test_what_reaches_across_lines_changes_the_upper_layers_lines(section: str, code: str) -> None:
    """Added limits, choices, sanctions, services do not get round `may_change`, nor a floor round `cap`."""
    with pytest.raises(BadInput) as refused:
        city(TEXTS["city.yaml"] + section + "\n")

    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize(
    ("allowed", "section"),
    [
        ("services.school.total", "total: {cap: 100, cite: rules 7}"),
        ("services.school.kind_limits", "kind_limits: {base: {cap: 9, cite: rules 7}}"),
        ("indicators.insured.points", "kind_limits: {base: {cap: 9, cite: rules 7}}"),
        ("indicators.other", "kind_limits: {bonus: {cap: 9, cite: rules 7}}"),  # its own lines alone
        ("indicators.other", "total: {round: half_up, cite: rules 7}"),  # rounding is no limit
    ],
)
def test_what_a_service_holds_may_be_allowed(allowed: str, section: str) -> None:
    wider = f"may_change: [{allowed}, "
    texts = {**TEXTS, "province.yaml": TEXTS["province.yaml"].replace("may_change: [", wider)}

    pack = load_pack(f"{TEXTS['city.yaml']}    {section}\n", "city.yaml", look_up=look_up_in(texts))

    assert list(pack.policy.services) == ["school"]


def test_an_upper_layer_with_a_service_may_leave_groups_to_the_layers_below() -> None:
    """The province gives places itself; its group for local additions has no lines yet."""
    city_text = TEXTS["city.yaml"]
    service = city_text[city_text.index("services:") :].replace("rules", "opinion")
    text = TEXTS["province.yaml"].replace(
        "required_groups: [insurance, conduct]", "required_groups: [insurance]"
    )
    text = text.replace("kinds: [base, bonus, deduction], groups", "kinds: [bonus], groups")
    alone = text[: text.index("lower_layers:")]

    assert list(load_pack(text + service, "province.yaml").policy.groups) == ["insurance", "conduct", "local"]
    with pytest.raises(BadInput) as refused:
        load_pack(alone + service, "province.yaml")
    assert {problem.code for problem in refused.value.problems} == {"pack.unused_group"}


@pytest.mark.parametrize("allowed", ["indicators.insured.points", "limits"])
def test_what_reaches_across_lines_may_be_allowed(allowed: str) -> None:
    """By the indicator or by the section; over lines of its own a layer needs no leave."""
    wider = f"may_change: [{allowed}, "
    texts = {**TEXTS, "province.yaml": TEXTS["province.yaml"].replace("may_change: [", wider)}
    section = f"limits: [{{id: l, {TITLED}, of: [insurance], cap: 9}},"
    section += f" {{id: m, {TITLED}, of: [local], cap: 9}}]\n"

    pack = load_pack(TEXTS["city.yaml"] + section, "city.yaml", look_up=look_up_in(texts))

    assert [limit.id for limit in pack.policy.limits] == ["l", "m"]


def test_a_floor_of_an_added_group_counts_as_points_added() -> None:
    """Twenty points earned in a group that never counts less than 41 are 41."""
    texts = {**TEXTS, "province.yaml": TEXTS["province.yaml"].replace("groups: [conduct, local], ", "")}
    line = "group: local\n    kind: bonus\n    cite: rules 7"
    text = TEXTS["city.yaml"].replace(line, line.replace("local", "own"))
    text += "groups: {own: {title: {zh: 市, en: own}, cite: rules 7, floor: 41}}\n"

    with pytest.raises(BadInput) as refused:
        load_pack(text, "city.yaml", look_up=look_up_in(texts))

    assert [problem.code for problem in refused.value.problems] == ["pack.layer_adds_points"]


def test_what_only_a_computed_fact_of_another_reading_uses_is_no_mistake() -> None:
    """Under the plain reading nothing uses `late`, nor the fact, the table and the day behind it."""
    tiny = (Path(__file__).parent / "tiny_pack.yaml").read_text("utf-8")
    named = "title: {zh: 名, en: name}, of: subject"
    given = "supplied_by: department, attested_by: {zh: 局, en: office}, cite: rules 1"
    text = tiny.replace(
        "groups:\n",
        f"""  filed_on: {{{named}, type: date, {given}}}
tables:
  honours: {{{named}, columns: {{day: {{type: date}}}}, cite: rules 1}}
derived:
  late: {{{named}, from_table: honours, take: count, dated_by: day, up_to: filed_on, cite: rules 1}}
  later: {{{named}, formula: "late + 1"}}
switches:
  honours:
    title: {{zh: 荣誉, en: honours}}
    choices: {{plain: {{zh: 不计, en: not counted}}, counted: {{zh: 计, en: counted}}}}
    chosen: plain
    cite: rules 1
    sources: R1
groups:
""",
        1,
    ).replace("lookup: education", "when: {switch: honours, plain: {fact: months, at_least: 1},"
              " counted: {fact: later, at_least: 1}}, lookup: education")  # fmt: skip

    pack = check_pack(text, "tiny.yaml").pack

    assert not pack.policy.derived
    assert not pack.policy.tables
    assert "filed_on" not in pack.policy.facts
    idle = text.replace("    chosen: plain", "    chosen: counted").replace(
        'formula: "late + 1"', 'formula: "1 + 1"'
    )
    with pytest.raises(BadInput, match=r"pack\.unused_fact \(fact=late\)"):
        load_pack(idle, "tiny.yaml")
