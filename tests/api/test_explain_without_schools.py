"""`jifen explain` where there are no towns or no points: the whole city in one ranking, and a public draw."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.api.commands import Ran, completed

pytestmark = pytest.mark.xdist_group("demo of two thousand")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped rounds on two thousand families."""
    out = tmp_path_factory.mktemp("demo") / "out"
    completed("demo", "--out", out, "--families", 2000, "--no-pdf", "--no-study")
    return out


def somebody(demo: Path, round_id: str, table: str, condition: pl.Expr) -> tuple[Path, str]:
    """The results of a round, and the first application in a table of its audit bundle that is so."""
    results = demo / round_id / "results"
    rows = pl.read_csv(results / "audit" / f"{table}.csv", infer_schema=False).filter(condition)
    return results, rows["candidate"][0]


def explained(policy: str, found: tuple[Path, str], lang: str) -> Ran:
    return completed("explain", policy, found[0], "--applicant", found[1], "--lang", lang)


def test_somebody_of_the_whole_city_reads_one_ranking(demo: Path) -> None:
    """The scope is the city by its name."""
    found = somebody(demo, "zhongshan-2016-housing", "outcomes", pl.col("outcome") == "placed")

    assert "“中山市”共" in explained("zhongshan/points", found, "zh").out
    assert "Zhongshan: " in explained("zhongshan/points", found, "en").out


def test_somebody_drawn_reads_position_and_flat_and_nothing_of_points(demo: Path) -> None:
    found = somebody(demo, "beijing-2012-draw", "outcomes", pl.col("outcome") == "placed")
    text = explained("beijing/public-rental", found, "zh").out

    assert "结果说明" in text
    assert "已安排到示例项目" in text
    assert "总分" not in text


def test_somebody_not_called_in_reads_the_date_the_place_and_the_limit(demo: Path) -> None:
    """Against the published list."""
    results, who = somebody(demo, "beijing-2012-draw", "excluded", pl.col("status") == "not_called")
    listed = pl.read_csv(results / "public" / "call_in.csv", infer_schema=False)
    own = listed.row(by_predicate=pl.col("candidate") == who, named=True)
    called = listed.filter((pl.col("scope") == own["scope"]) & (pl.col("called") == "true")).height
    ran = completed("explain", "beijing/public-rental", results, "--applicant", who, "--lang", "en")

    assert "eligible, not called in and so not ranked" in ran.out
    assert f"number {own['place']} of the eligible" in ran.out
    assert f"the first {called} were called in" in ran.out
    told = completed("explain", "beijing/public-rental", results, "--applicant", who, "--json").document()
    assert (told["outcome"]["outcome"], told["outcome"]["day"]) == ("not_called", own["by"])
