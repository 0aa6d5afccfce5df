"""A round whose policy is laid over another: decided as of its day, and run again from its bundle alone."""

from __future__ import annotations

import json
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from scenarios.round import run_round
from storage.packs import read_pack
from storage.rounds import read_round
from values.problems import BadInput

LAYERS = Path(__file__).parents[1] / "scoring" / "layers"
ROUND = """\
format: round/1
id: city-2017
title: {zh: 一轮, en: a round}
policy: policies/city/points
service: school
as_of: 2017-06-30
draw: {id: city-2017, sources: [{name: balls, value: "01 07 12", entropy_bits: 80}]}
notice:
  office: {zh: 某局, en: an office}
  contact: {zh: 某处, en: a place}
  published_on: 2017-07-03
"""
TABLES = {
    "applicants.csv": """\
subject,months,wage,certificate,statement,offences
A,24,5200,true,false,0
B,24,5600,false,true,0
C,36,20000,false,false,1
""",
    "candidates.csv": "candidate,subject,name\nA,A,甲\nB,B,乙\nC,C,丙\n",
    "quotas.csv": "seats\n2\n",
}


CHOSEN = """\
readings: {one_child: narrow}
parameters: {average_wage: 5200}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, day in (("province", "2016-01-01"), ("city", "2016-07-01")):
        path = tmp_path / "policies" / name / "points" / f"{day}.yaml"
        path.parent.mkdir(parents=True)
        shutil.copy(LAYERS / f"{name}.yaml", path)
    for name, text in {"round.yaml": ROUND, **TABLES}.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*args, "--lang", "en"])
    return result.exit_code, result.output


def test_a_layered_round_is_run_again_from_its_bundle_alone(folder: Path) -> None:
    """By hand: A 6 + 0 + 15 = 21 (5200 is below the wage of 2017), B 6 + 10 + 15 = 31, C 9 - 10 + 20 = 19."""
    status, output = run("run", ".", "--out", "out", "--no-pdf")
    assert status == 0, output
    lines = (folder / "out/audit/score_lines.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[-1] for line in lines] == ["total", "21", "31", "19"]

    shutil.rmtree(folder / "policies")

    assert run("replay", "out/audit")[0] == 0
    assert run("verify", "out/audit")[0] == 0
    inputs = json.loads((folder / "out/audit/record.json").read_text("utf-8"))["inputs"]
    assert {"policy.yaml", "province.points.2016-01-01.yaml"} <= inputs.keys()
    policy = json.loads((folder / "out/audit/policy.json").read_text("utf-8"))
    assert policy["indicators"]["wage"]["points"]["rows"][1]["from"] == "5500.5"
    assert not {"parameters", "switches", "extends", "lower_layers"} & policy.keys()


def test_a_bundle_whose_layer_was_changed_is_found_out(folder: Path) -> None:
    """The layer is an input like any other: its digest stands in the record."""
    assert run("run", ".", "--out", "out", "--no-pdf")[0] == 0
    layer = folder / "out/audit/inputs/province.points.2016-01-01.yaml"

    layer.write_text(layer.read_text("utf-8").replace("every: 12", "every: 24"), "utf-8")

    assert run("verify", "out/audit")[0] == 1


def decided_otherwise(folder: Path, chosen: str = CHOSEN) -> tuple[int, str]:
    (folder / "round.yaml").write_text(ROUND + chosen, "utf-8")
    return run("run", ".", "--out", "out", "--no-pdf")


def test_a_round_may_be_decided_by_another_reading_and_value(folder: Path) -> None:
    """By hand: A 6 + 10 (5200 is the wage) + 15 = 31, B 6 + 10 + 0 (no certificate) = 16, C 9 - 10 + 20 = 19.

    Record, notice, report, terminal and the one person's sheet say so; the bundle is checked and replays.
    """
    status, output = decided_otherwise(folder)

    assert status == 0, output
    lines = (folder / "out/audit/score_lines.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[-1] for line in lines] == ["total", "31", "16", "19"]
    said = (
        "what an only child is: read as “certificate only”, not as “certificate or statement”,"
        " the policy's own choice (市2号 art. 8)"
    )
    value = "last year's average wage: 5200 yuan a month, not 5500.5 yuan a month, the policy's own value"
    assert said in output
    assert value in output
    for file in ("notice/notice.en.html", "report.en.html"):
        page = unescape((folder / "out" / file).read_text("utf-8"))
        assert said in page
        assert value in page
    assert "采用“仅凭证”，不采用政策原定的“凭证或声明”" in (folder / "out/report.zh.html").read_text("utf-8")
    sheet = run("explain", "policies/city/points", "out", "--applicant", "B")[1]
    assert said in sheet
    assert "Total: 16" in sheet
    record = json.loads((folder / "out/public/record.json").read_text("utf-8"))["policy"]
    assert record["departures"]["readings"]["one_child"]["chosen"] == "narrow"
    assert record["departures"]["parameters"]["average_wage"]["value"] == "5200"
    shutil.rmtree(folder / "policies")
    assert run("replay", "out/audit")[0] == 0
    status, report = run("verify", "out/audit")
    assert status == 0
    assert "[holds] readings" in report
    assert run("verify", "out/public")[0] == 0


def test_the_facts_of_a_round_are_scored_by_the_rounds_readings(folder: Path) -> None:
    """Unless the command says otherwise, switch by switch."""
    (folder / "round.yaml").write_text(ROUND + CHOSEN, "utf-8")

    def totals(*more: str) -> list[str]:
        status, output = run("score", "policies/city/points", ".", *more, "--json")
        assert status == 0, output
        return [line["total"] for line in json.loads(output)["lines"]]

    assert totals() == ["31", "16", "19"]
    assert totals("--reading", "one_child=wide") == ["31", "31", "19"]
    assert totals("--reading", "one_child=wide", "--parameter", "average_wage=5500.5") == ["21", "31", "19"]
    wrong = run("score", "policies/city/points", ".", "--parameter", "average_wage=much")
    assert wrong[0] == 2
    assert "average_wage=much does not say a parameter's value" in wrong[1]


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ("readings: {only_child: narrow}", ":1: this pack has no switch only_child (it has: one_child)"),
        (
            "readings: {one_child: broad}",
            ":1: switch one_child has no reading broad (it has: wide, narrow)",
        ),
        ("parameters: {wage: 1}", ":1: this pack has no parameter wage (it has: average_wage)"),
        ("parameters: {average_wage: much}", "average_wage must be a number"),
        (
            "parameters: {average_wage: -1}",
            ":1: with what is chosen here (average_wage) the pack no longer passes its checks",
        ),
    ],
)
def test_what_a_round_cannot_choose_is_told_at_its_line(folder: Path, chosen: str, told: str) -> None:
    """With the known names; nothing is written."""
    status, output = decided_otherwise(folder, chosen + "\n")

    assert status == 2
    line = len(ROUND.splitlines()) + 1
    assert f"round.yaml:{line}:" in output
    assert told.removeprefix(":1") in output
    assert not (folder / "out").exists()


def test_naming_the_packs_own_choice_changes_no_decision(folder: Path) -> None:
    """The policy's digest is the pack's; nothing is said of it."""
    status, output = decided_otherwise(folder, "readings: {one_child: wide}\n")

    assert status == 0, output
    record = json.loads((folder / "out/public/record.json").read_text("utf-8"))["policy"]
    assert "departures" not in record
    assert "own choice" not in output
    assert run("verify", "out/audit")[0] == 0


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("policy.json", '"chosen":"narrow"', '"chosen":"wide"'),
        ("inputs/round.json", '"one_child":"narrow"', '"one_child":"wide"'),
        ("inputs/round.json", '"average_wage":"5200"', '"average_wage":"5201"'),
        ("record.json", '"instead_of":"5500.5"', '"instead_of":"5200"'),
    ],
)
def test_readings_that_do_not_agree_are_found_out_whatever_the_digests(
    folder: Path, file: str, old: str, new: str
) -> None:
    """The verifier compares record, policy and settings themselves, not only their digests."""
    assert decided_otherwise(folder)[0] == 0
    path = folder / "out/audit" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")

    status, report = run("verify", "out/audit")

    assert status == 1
    assert "[FAILED] readings" in report


def test_a_caller_that_read_the_pack_otherwise_than_the_round_says_is_refused(folder: Path) -> None:
    """A round is never decided by the pack's own reading where its settings name another."""
    (folder / "round.yaml").write_text(ROUND + CHOSEN, "utf-8")
    files = read_round(folder)
    pack = read_pack(folder / "policies/city/points/2016-07-01.yaml", at=files.config.as_of)

    with pytest.raises(BadInput) as caught:
        run_round(pack, files.config, files.tables)

    assert [dict(problem.params)["name"] for problem in caught.value.problems] == [
        "one_child",
        "average_wage",
    ]


def test_a_column_of_another_reading_may_be_there_and_any_other_may_not(folder: Path) -> None:
    """`statement` counts under the pack's own reading alone; a misspelt one is refused."""
    table = TABLES["applicants.csv"].replace("offences", "offence")
    (folder / "applicants.csv").write_text(table, "utf-8")

    status, output = decided_otherwise(folder)

    assert status == 2
    assert "offences" in output
    assert "statement" not in output


STUDY = """\
format: study/1
id: readings
title: {zh: 读法测算, en: readings}
round: city-2017
folder: .
scenarios:
  narrow: {title: {zh: 从严, en: narrow}, readings: {one_child: narrow}}
  both:
    title: {zh: 两者, en: both}
    readings: {one_child: narrow}
    parameters: {average_wage: 5200}
    set: {indicators.only_child.points.points: 20}
  child: {title: {zh: 独生子女, en: only child}, over: {switch: one_child}}
  wage: {title: {zh: 工资, en: wage}, over: {parameter: average_wage, values: [5200, 5500.5, 7000]}}
"""


def simulated(folder: Path, study: str = STUDY, *more: str) -> tuple[int, str]:
    (folder / "study.yaml").write_text(study, "utf-8")
    return run("simulate", "study.yaml", "--replace", *more)


def winners(document: dict[str, Any]) -> dict[str, tuple[int, int]]:
    whole = {
        scenario["name"]: next(row for row in scenario["groups"] if row["group"] == "all")
        for scenario in document["scenarios"]
    }
    return {name: (row["gained"], row["lost"]) for name, row in whole.items()}


def test_a_what_if_may_read_and_value_otherwise_and_go_over_choices(folder: Path) -> None:
    """By hand, places to the two highest of A, B, C: 21, 31, 19 as the pack reads.

    narrow 21, 16, 19 (C for B); both 36, 16, 19 (C for B); wage 5200: 31, 31, 19; 7000: 21, 21, 9.

    The column `statement`, which only one reading reads, is at hand though the round itself may not read it.
    """
    status, output = simulated(folder, STUDY, "--json")

    assert status == 0, output
    document = json.loads(output)
    assert winners(document) == {
        "narrow": (1, 1),
        "both": (1, 1),
        "child=narrow": (1, 1),
        "wage=5200": (0, 0),
        "wage=5500.5": (0, 0),
        "wage=7000": (0, 0),
    }
    changes = {scenario["name"]: scenario["changes"] for scenario in document["scenarios"]}
    assert [(one["path"], one["before"], one["after"]) for one in changes["both"]] == [
        ("readings.one_child", "wide", "narrow"),
        ("parameters.average_wage", "5500.5", "5200"),
        ("indicators.only_child.points.points", "15", "20"),
    ]
    assert [change["after"] for change in changes["wage=7000"]] == ["7000"]
    assert changes["wage=5500.5"] == []
    page = unescape((folder / "out/readings/study.html").read_text("utf-8"))
    assert "only child: certificate only" in page
    assert "certificate or statement" in page


def test_a_what_if_starts_from_what_the_round_chose(folder: Path) -> None:
    """Of a round read narrowly, the other reading is the pack's own; its column was not read."""
    (folder / "round.yaml").write_text(ROUND + CHOSEN, "utf-8")
    status, output = simulated(
        folder, STUDY.partition("  narrow:")[0] + STUDY[STUDY.index("  child:") :], "--json"
    )

    assert status == 0, output
    document = json.loads(output)
    assert winners(document) == {
        "child=wide": (1, 1),
        "wage=5200": (0, 0),
        "wage=5500.5": (0, 0),
        "wage=7000": (0, 0),
    }
    assert [(one["before"], one["after"]) for one in document["scenarios"][0]["changes"]] == [
        ("narrow", "wide")
    ]


def test_a_published_round_tells_which_columns_a_reading_lacks(folder: Path) -> None:
    """The bundle of a round that read narrowly holds no statements to read widely."""
    assert decided_otherwise(folder)[0] == 0
    study = STUDY.partition("  narrow:")[0] + STUDY[STUDY.index("  child:") :]

    status, output = simulated(folder, study, "--round", "out")

    assert status == 2
    assert "reads column statement of table applicants" in output


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ("readings: {only: wide}", "this pack has no switch only (it has: one_child)"),
        ("readings: {one_child: odd}", "switch one_child has no reading odd (it has: wide, narrow)"),
        ("parameters: {pay: 1}", "this pack has no parameter pay (it has: average_wage)"),
        ("over: {switch: only}", "this pack has no switch only (it has: one_child)"),
        (
            "over: {switch: one_child, choices: [odd]}",
            "switch one_child has no reading odd (it has: wide, narrow)",
        ),
        ("over: {parameter: pay, values: [1]}", "this pack has no parameter pay (it has: average_wage)"),
        ("over: {parameter: average_wage}", "below over stands a switch"),
        ("over: {switch: one_child, values: [1]}", "below over stands a switch"),
        ("over: {parameter: average_wage, values: [1, 1.0]}", "stands twice below over"),
        ("over: {switch: one_child}, readings: {one_child: narrow}", "is also given under readings"),
        ("parameters: {average_wage: -1}", "with what is chosen here (average_wage)"),
        ("set: {departures.readings.one_child.chosen: wide}, readings: {one_child: narrow}", "no departures"),
    ],
)
def test_what_a_scenario_cannot_choose_is_told_at_its_line(folder: Path, scenario: str, told: str) -> None:
    """Before anything is decided."""
    study = STUDY.partition("  narrow:")[0] + f"  it: {{title: {{zh: 试, en: it}}, {scenario}}}\n"

    status, output = simulated(folder, study)

    assert status == 2
    assert f"study.yaml:{len(study.splitlines())}:" in output
    assert told in output
    assert not (folder / "out").exists()
