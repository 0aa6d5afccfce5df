"""A round whose policy is laid over another: decided as of its day, and run again from its bundle alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

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
