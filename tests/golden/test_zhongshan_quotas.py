"""The shipped seats are the published ones: every sum that the notice of 2015 prints is met."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from scoring.pack import load_pack

PLACE = Path(__file__).parents[2] / "policies" / "zhongshan"
QUOTAS = pl.read_csv(PLACE / "rounds" / "2015-school" / "quotas.csv")

# By town, as printed: places for holders of a hukou notice (not part of the ranking), and the row's total.
BY_NOTICE_AND_TOTAL = {
    "shiqi": (190, 730),
    "dongqu": (170, 700),
    "huoju": (500, 1600),
    "xiqu": (200, 760),
    "nanqu": (90, 410),
    "wuguishan": (20, 160),
    "xiaolan": (300, 2200),
    "huangpu": (80, 860),
    "minzhong": (50, 1100),
    "dongfeng": (150, 600),
    "dongsheng": (200, 1030),
    "guzhen": (200, 1200),
    "shaxi": (200, 1280),
    "tanzhou": (200, 1220),
    "gangkou": (170, 760),
    "sanjiao": (70, 840),
    "henglan": (90, 570),
    "nantou": (80, 630),
    "fusha": (20, 370),
    "nanlang": (100, 520),
    "sanxiang": (100, 1170),
    "banfu": (80, 380),
    "dachong": (60, 440),
    "shenwan": (10, 170),
}


def test_the_columns_add_up_to_the_printed_totals() -> None:
    """8,340 primary one and 8,030 junior one; with 3,330 by hukou notice 19,700 in all."""
    seats = {stage: QUOTAS.filter(pl.col("stage") == stage)["seats"].sum() for stage in ("primary", "junior")}

    assert seats == {"primary": 8340, "junior": 8030}
    assert sum(seats.values()) + sum(held for held, _ in BY_NOTICE_AND_TOTAL.values()) == 19_700


def test_every_row_adds_up_to_its_printed_total() -> None:
    """Primary, junior and the places by hukou notice make the row's total."""
    by_town = dict(QUOTAS.group_by("town").agg(pl.col("seats").sum()).rows())

    assert {town: by_town[town] + held for town, (held, _) in BY_NOTICE_AND_TOTAL.items()} == {
        town: total for town, (_, total) in BY_NOTICE_AND_TOTAL.items()
    }


def test_the_pack_knows_exactly_the_towns_and_stages_of_the_notice() -> None:
    """Every scope of the pack has one quota, and no other scope has."""
    pack = PLACE / "points" / "2014-10-30.yaml"
    facts = load_pack(pack.read_text("utf-8"), pack.name).policy.facts

    scopes = [(town, stage) for town in facts["town"].members or () for stage in facts["stage"].members or ()]

    assert sorted(QUOTAS.select("town", "stage").rows()) == sorted(scopes)
    assert list(dict.fromkeys(QUOTAS["town"])) == list(BY_NOTICE_AND_TOTAL)
