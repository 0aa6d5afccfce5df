"""`jifen demo`: the shipped rounds end to end, on a few families."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.commands import Ran, completed, fresh, jifen

ROUNDS = (
    "zhongshan-2015-school",
    "zhongshan-2015-school-wishes",
    "zhongshan-2016-housing",
    "zhongshan-2016-housing-flats",
    "beijing-2012-draw",
)
ILLUSTRATIVE = ("zhongshan-2015-school-wishes", "zhongshan-2016-housing-flats")

pytestmark = pytest.mark.xdist_group("demo of forty")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    """The demonstration with forty families."""
    out = tmp_path_factory.mktemp("demo") / "out"
    return completed("demo", "--out", out, "--families", 40, "--no-pdf", "--lang", "zh"), out


def test_every_round_is_there_with_what_went_in_and_what_came_out(demo: tuple[Ran, Path]) -> None:
    ran, out = demo

    assert sorted(path.name for path in out.iterdir()) == sorted([*ROUNDS, "what-if"])
    for name in ROUNDS:
        assert (out / name / "input" / "round.yaml").is_file()
        assert [jifen("verify", out / name / "results" / form).status for form in ("public", "audit")] == [
            0,
            0,
        ]
        record = json.loads((out / name / "results" / "public" / "record.json").read_text("utf-8"))
        assert record["digest"] in ran.out
    assert ran.err == ""


def test_the_study_is_there_marked_on_every_page_and_cannot_be_verified(demo: tuple[Ran, Path]) -> None:
    """Its page opens with the watermark, and the study's title is among what was printed."""
    ran, out = demo
    page = (out / "what-if" / "study.html").read_text("utf-8")

    assert "模拟测算，非正式结果" in page
    assert "石岐区名额增加10%" in ran.out
    assert jifen("verify", out / "what-if").status != 0


def test_it_says_what_to_look_at_and_what_to_type_next(demo: tuple[Ran, Path]) -> None:
    """The commands that it prints work as they stand."""
    ran, _ = demo
    lines = [line[line.index("jifen ") :].split() for line in ran.out.splitlines() if "jifen " in line]

    assert [line[1] for line in lines] == ["explain", "verify"]
    for line in lines:
        assert jifen(*line[1:]).status == 0
    page = next(line.split("：")[1] for line in ran.out.splitlines() if "notice.zh.html" in line)
    assert Path(page).is_file()


def test_everything_shown_is_marked_as_invented(demo: tuple[Ran, Path]) -> None:
    """No synthetic school looks real; the configuration that no city published says so."""
    _, out = demo
    for name in ROUNDS:
        for lang, word in (("zh", "模拟"), ("en", "synthetic")):
            page = (out / name / "results" / "notice" / f"notice.{lang}.html").read_text("utf-8")
            assert word in page
    for name in ROUNDS:
        record = json.loads((out / name / "results" / "public" / "record.json").read_text("utf-8"))
        assert record["policy"]["status"] == ("illustrative" if name in ILLUSTRATIVE else "historic")


@pytest.mark.slow
def test_again_in_another_place_and_time_zone_it_is_the_same(demo: tuple[Ran, Path], tmp_path: Path) -> None:
    """The same families, the same records, byte for byte; one document for a script."""
    _, out = demo

    ran = fresh("demo", "--out", tmp_path, "--families", 40, "--no-pdf", "--json", TZ="Pacific/Auckland")

    assert ran.status == 0, ran.err
    assert [found["round"] for found in ran.document()["rounds"]] == list(ROUNDS)
    for name in ROUNDS:
        one, two = (folder / name / "results" / "audit" / "record.json" for folder in (out, tmp_path))
        assert one.read_bytes() == two.read_bytes()
