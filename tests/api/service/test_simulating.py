"""What-if studies and draws as jobs: the same documents as the commands give, and nothing to publish."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from scenarios.config import load_config
from scenarios.demo_rounds import demo_tables
from scoring.pack import load_pack
from tests.api.commands import completed
from tests.api.service.office import Office, codes
from tests.scenarios.cities import ROOT

STUDY = """format: study/1
id: small
title: {zh: 小研究, en: a small study}
round: zhongshan-2015-school
groups:
  town: {title: {zh: 镇区, en: town}, column: town}
scenarios:
  more:
    title: {zh: 名额翻倍, en: twice the seats}
    seats:
      - {where: {town: shiqi}, by: +100 %, rounding: down}
"""
BEIJING = ROOT / "policies" / "beijing"


def test_a_study_gives_the_document_of_the_command_and_nothing_to_publish(
    office: Office, city: Path, tmp_path: Path
) -> None:
    """Page, comparison and tables; no record, no bundle, no notice."""
    round_id = office.round(city)
    job = office.done(round_id, "simulate", study=STUDY, lang="en")
    (tmp_path / "study.yaml").write_text(STUDY, "utf-8")
    completed("simulate", tmp_path / "study.yaml", "--round", city, "--out", tmp_path / "out", "--lang", "en")

    for file in ("comparison.json", "study.html", "tables/cutoffs.csv"):
        assert office.get(f"/jobs/{job}/files/{file}").content == (tmp_path / "out" / file).read_bytes()
    for address in ("record", "notice", "bundles/audit", "outcomes"):
        assert codes(office.get(f"/jobs/{job}/{address}")) == ["service.not_in_result"]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        (
            "round: zhongshan-2015-school",
            "round: zhongshan-2015-school\nfolder: elsewhere",
            "service.study_alone",
        ),
        ("town: shiqi", "town: atlantis", "study.no_such_scope"),
    ],
)
def test_a_study_that_cannot_be_is_refused_with_its_line(
    office: Office, city: Path, right: str, wrong: str, code: str
) -> None:
    """The job ends as refused, and says where in the study."""
    round_id = office.round(city)
    job = office.submit(round_id, kind="simulate", study=STUDY.replace(right, wrong)).json()["id"]
    office.work()
    found = office.get(f"/jobs/{job}").json()

    assert found["status"] == "refused"
    assert code in [problem["code"] for problem in found["problems"]]
    assert all(
        problem["place"]["file"] == "study.yaml" and problem["place"]["line"] for problem in found["problems"]
    )


def test_a_draw_has_outcomes_without_totals(office: Office, tmp_path: Path) -> None:
    """The round of Beijing, small: who was placed, and no points."""
    text = (BEIJING / "public-rental" / "2011-12-01.yaml").read_text("utf-8")
    settings = (BEIJING / "rounds" / "2012-draw" / "round.yaml").read_text("utf-8")
    quotas = pl.read_csv(BEIJING / "rounds" / "2012-draw" / "quotas.csv").with_columns(pl.col("seats") // 20)
    tables = demo_tables(
        load_pack(text, "pack.yaml"), load_config(settings, "round.yaml"), quotas, families=120
    )
    for name, data in {**tables, "round.yaml": settings.encode("utf-8")}.items():
        (tmp_path / name).write_bytes(data)
    job = office.done(office.round(tmp_path, pack=text.encode("utf-8")))

    rows = office.get(f"/jobs/{job}/outcomes", limit=1000).json()["rows"]
    assert {row["total"] for row in rows} == {None}
    assert "placed" in {row["outcome"] for row in rows}
