"""The shipped seats of Huicheng are the published ones, and its schools admit as its notice says."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from scenarios.round import Round, run_round
from storage.rounds import read_round
from tests.golden.small_rounds import admitted

PLACE = Path(__file__).parents[2] / "policies" / "huizhou-huicheng"
ROUND = PLACE / "rounds" / "2015-school"
PRINTED = {  # annex 1: sums by town as printed, primary and junior
    "qiaodong": (218, 128),
    "qiaoxi": (85, 50),
    "jiangnan": (73, 90),
    "jiangbei": (125, 90),
    "longfeng": (172, 60),
    "henanan": (215, 100),
    "xiaojinkou": (281, 57),
    "shuikou": (591, 140),
    "ruhu": (322, 130),
    "sandong": (186, 159),
    "maan": (51, 92),
    "luzhou": (208, 60),
    "hengli": (730, 170),
}
NOBODY = "true,true,false,0,0,none,0.00,unsettled,0"  # meets every condition, earns nothing
HEAD = "settled,permit_held,false_material,permit_months,insured_months,home,tax_yuan,family_planning,honours"
CHILD = "maan,primary,outside_city,false,true,false,true,true,true"
CHILD_HEAD = (
    "town,stage,registration,away_from_registration,right_age_or_schooling,enrolled,lives_in_town,"
    "filed_online_in_time,papers_in_time"
)


def test_the_seats_of_the_schools_add_up_to_every_printed_sum() -> None:
    """113 primary schools with 3,257 seats, 22 junior schools with 1,326; each town as printed."""
    offers = pl.read_csv(ROUND / "offers.csv")
    by_town = offers.pivot("stage", index="town", values="seats", aggregate_function="sum")
    sums = {town: (primary, junior) for town, primary, junior in by_town.rows()}
    stages = offers.group_by("stage").agg(pl.len(), pl.col("seats").sum())

    assert sums == PRINTED
    assert sorted(stages.rows()) == [("junior", 22, 1326), ("primary", 113, 3257)]
    assert offers["offer"].is_unique().all()


def test_a_child_with_more_points_may_fail_where_one_with_fewer_enters_elsewhere(tmp_path: Path) -> None:
    """Note ① of the notice. 柏田小学 (maan-p05) has two seats: 40, 36 and 20 points ask for them.

    新楼小学 (maan-p01) has seven, so a child with no points enters.
    """
    families = {  # permit months, insured months, school
        "first": (60, 60, "maan-p05"),  # 20 + 20
        "second": (60, 48, "maan-p05"),  # 20 + 16
        "third": (60, 0, "maan-p05"),  # 20
        "fourth": (0, 0, "maan-p01"),
    }

    got = admitted(decided(tmp_path, families))

    assert got == {"first": "maan-p05", "second": "maan-p05", "third": "", "fourth": "maan-p01"}


def test_equal_totals_are_settled_by_the_items_in_their_order(tmp_path: Path) -> None:
    """Note ②: item 1, the permit, decides between 20 + 16 and 16 + 20 points."""
    families = {
        "insured_longer": (48, 60, "maan-p05"),
        "permit_longer": (60, 48, "maan-p05"),
        "best": (60, 60, "maan-p05"),
    }

    got = admitted(decided(tmp_path, families))

    assert got == {"best": "maan-p05", "permit_longer": "maan-p05", "insured_longer": ""}


def decided(folder: Path, families: dict[str, tuple[int, int, str]]) -> Round:
    """The shipped round with these families, each with one wish."""
    for file in ("round.yaml", "offers.csv", "quotas.csv"):
        (folder / file).write_bytes((ROUND / file).read_bytes())
    facts = {
        name: NOBODY.replace("0,0,none", f"{permit},{insured},none")
        for name, (permit, insured, _) in families.items()
    }
    _write(folder / "applicants.csv", f"subject,{HEAD}", [f"P-{name},{row}" for name, row in facts.items()])
    _write(
        folder / "candidates.csv",
        f"candidate,subject,{CHILD_HEAD}",
        [f"{name},P-{name},{CHILD}" for name in families],
    )
    _write(
        folder / "preferences.csv",
        "candidate,rank,offer",
        [f"{name},1,{school}" for name, (_, _, school) in families.items()],
    )
    given = read_round(folder)
    return run_round(given.pack, given.config, given.tables)


def _write(path: Path, head: str, rows: list[str]) -> None:
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
