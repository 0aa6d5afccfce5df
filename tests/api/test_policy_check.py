"""`jifen policy check`: a pack is good, or everything that is wrong with it is listed with its place."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
import yaml

from scoring.pack import load_pack
from tests.api.commands import completed, copied, jifen, refused, with_cell, with_own_pack, with_text
from tests.scenarios.cities import PLACE

SHIPPED = PLACE.parent / "chengdu" / "public-rental" / "2014-09-18.yaml"
TINY = Path(__file__).parents[1] / "scoring" / "tiny_pack.yaml"

PACK = load_pack(SHIPPED.read_text("utf-8"), SHIPPED.name)
SWITCHES = PACK.resolution.switches
OTHERS = [(name, choice) for name, one in SWITCHES.items() for choice in one.choices if choice != one.chosen]
PAIRS = [(one, two) for one, two in combinations(OTHERS, 2) if one[0] != two[0]]

SLIPS = yaml.safe_load((TINY.parent / "slips.yaml").read_text("utf-8"))


@pytest.mark.parametrize("pack", ["chengdu/public-rental", SHIPPED])
def test_a_good_pack_is_named_with_its_digest(pack: object) -> None:
    """By id or by path, it is the same policy."""
    document = completed("policy", "check", pack, "--json").document()

    policy = PACK.policy
    assert document == {
        "format": "policy-check/1",
        "id": "chengdu/public-rental",
        "digest": policy.digest,
        "notices": [],
        "combinations": 1 + len(OTHERS) + len(PAIRS),
        "days": 1,
    }
    assert policy.digest in completed("policy", "check", pack).out


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_a_pack_may_be_saved_by_an_editor_of_any_kind(tmp_path: Path, encoding: str) -> None:
    """GB18030 and a byte order mark change nothing."""
    pack = tmp_path / "pack.yaml"
    pack.write_bytes(PACK.text.encode(encoding))

    assert completed("policy", "check", pack, "--json").document()["digest"] == PACK.policy.digest


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip['code']}: {slip['wrong'].strip()}")
def test_a_slip_is_told_with_file_line_and_column(slip: dict[str, str], tmp_path: Path) -> None:
    """On standard error as a sentence, in one document as figures."""
    pack = tmp_path / "我的 政策.yaml"
    text = TINY.read_text("utf-8").replace(slip["right"], slip["wrong"], 1)
    pack.write_text(
        text.replace("number: X1", "number: *a") if slip["code"] == "yaml.alias" else text, "utf-8"
    )

    ran = jifen("policy", "check", pack, "--json", "--lang", "zh")

    assert ran.status == 2
    problem = next(problem for problem in ran.document()["problems"] if problem["code"] == slip["code"])
    place = problem["place"]
    assert f"{pack}:{place['line']}:{place['column']}：" in ran.err
    assert problem["text"]["zh"] in ran.err


def test_several_slips_are_all_told(city: Path, tmp_path: Path) -> None:
    """A gap, an overlap, an inexact amount and a rule without its clause, in one go; nothing is decided."""
    slips = (
        ("{from: 0, below: 18, points: 0}", "{from: 0, below: 17, points: 0}"),
        ("{from: 0, below: 1, points: 0}", "{from: 0, below: 2, points: 0}"),
        ("{from: 18, below: 36, points: 5}", "{from: 18, below: 36, points: 5.555}"),
        ("    cite: rules annex 2(1)1\n", ""),
    )
    folder = copied(city, tmp_path / "round", with_own_pack(*slips[:3]))

    ran = refused(folder)

    assert {problem[0] for problem in ran.problems()} == {
        "pack.gap",
        "pack.overlap",
        "pack.inexact",
    }
    assert all(file == "pack.yaml" and line > 0 for _, file, line, _ in ran.problems())
    uncited = refused(copied(city, tmp_path / "uncited", with_own_pack(slips[3])))
    assert [problem[0] for problem in uncited.problems()] == ["pack.uncited"]


def test_a_pack_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    ran = jifen("policy", "check", tmp_path / "pack.yaml")

    assert ran.status == 2
    assert "zhongshan/points" in ran.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "yaml.empty"),
        (b"\n# nothing\n", "yaml.empty"),
        (b"- a\n- b\n", "pack.not_a_mapping"),
        (b"hello\n", "pack.not_a_mapping"),
        (b"a: [1\n", "yaml.syntax"),
        (b"a: b\x00c\n", "yaml.syntax"),
        (b"PK\x03\x04\xff\xfe", "storage.undecodable"),
        ("format: policy/1".encode("utf-16"), "storage.utf16"),
    ],
)
def test_a_file_that_is_no_pack_is_told(content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_bytes(content)

    ran = jifen("policy", "check", tmp_path / "pack.yaml", "--json")

    assert ran.status == 2
    assert [problem[0] for problem in ran.problems()] == [code]


def test_errors_of_settings_pack_and_tables_are_listed_together(city: Path, tmp_path: Path) -> None:
    """Nobody should have to run a round three times to learn of three slips."""
    folder = copied(
        city,
        tmp_path / "round",
        with_text("round.yaml", "service: school", "service: school\nservise: school"),
        with_cell("applicants.csv", 5, "education", "PhD"),
        with_cell("offers.csv", 3, "seats", "-1"),
        with_cell("refusals.csv", 2, "candidate", "nobody"),
    )

    assert refused(folder).problems() == [
        ("pack.unknown_key", "round.yaml", 8, ""),
        ("tables.not_a_member", "applicants.csv", 5, "education"),
        ("tables.below_minimum", "offers.csv", 3, "seats"),
        ("round.unknown_candidate", "refusals.csv", 2, "candidate"),
    ]
