"""Who gets a place under the shipped pack of Luohu, worked by hand: class before points."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from publication.bundle import bundle_files
from scenarios.round import Round, run_round
from storage.folders import write_folder
from storage.rounds import read_round
from tests.golden.small_rounds import POLICIES, admitted, cell
from values.problems import Refused
from values.yaml_marks import read_yaml
from verifier.verify_bundle import verify

PACK = "shenzhen-luohu/school"
ROUND = f"""\
format: round/1
id: luohu
title: {{zh: 示例, en: an example}}
policy: {PACK}
service: school
as_of: 2016-04-16
notice:
  office: {{zh: 示例, en: an example}}
  contact: {{zh: 示例, en: an example}}
  published_on: 2016-06-24
"""
LEDGERS = {
    "leases": "subject,first_month,last_month\n",
    "social": "subject,kind,first_month,last_month\n",
    "taxes": "subject,first_month,last_month\n",
}
Child = tuple[Mapping[str, object], list[str]]
"""What differs from the defaults of the examples, and the schools listed, best first."""

CHILDREN: dict[str, Child] = {
    # class B, 10 points: after A, before every other
    "b_low": ({"class": "b", "birth": "only_child"}, ["one", "two"]),
    # class C, 10 + 10 + 500 = 520 points: more than anybody, and still after B
    "c_high": (
        {"class": "c", "birth": "only_child", "parent_of_shenzhen": True, "base_points": 500},
        ["one", "two"],
    ),
    # class C, 5 points
    "c_low": ({"class": "c", "birth": "within_policy"}, ["one", "two"]),
    # class F, 15 points: after both of C
    "f": ({"class": "f", "birth": "within_policy", "parent_of_shenzhen": True}, ["three", "two"]),
    # class A without a point
    "a": ({"class": "a"}, ["one"]),
}


def test_class_goes_before_points_and_points_before_wishes(tmp_path: Path) -> None:
    """One has two seats: A, then B. C falls to two by points, which has one seat; F takes three."""
    decided = round_of(tmp_path / "round", CHILDREN, {"one": 2, "two": 1, "three": 1})

    assert admitted(decided) == {"a": "one", "b_low": "one", "c_high": "two", "c_low": "", "f": "three"}
    write_folder(tmp_path / "bundle", bundle_files(decided.record, "audit"))
    report = verify(tmp_path / "bundle", "en")
    assert report.ok, report.as_text("en")


def test_equal_children_of_one_class_stop_the_round(tmp_path: Path) -> None:
    """The guide names nothing that decides between them (R11)."""
    twins = {"c_low": CHILDREN["c_low"], "c_same": CHILDREN["c_low"]}

    with pytest.raises(Refused):
        round_of(tmp_path / "round", twins, {"one": 1, "two": 1})


def round_of(folder: Path, children: Mapping[str, Child], seats: Mapping[str, int]) -> Round:
    """A round of these children and schools."""
    examples: Any = read_yaml((POLICIES / PACK / "examples.yaml").read_text("utf-8"), "examples.yaml").value
    defaults = examples["defaults"]["subject"]
    folder.mkdir()
    tables: dict[str, list[Any]] = {
        "applicants": [["subject", *defaults]]
        + [[name, *({**defaults, **facts}.values())] for name, (facts, _) in children.items()],
        "candidates": [["candidate", "subject"], *([name, name] for name in children)],
        "offers": [
            ["offer", "name", "seats", "liannan", "sungang"],
            *([name, name, number, False, False] for name, number in seats.items()),
        ],
        "quotas": [["seats"], [sum(seats.values())]],
        "preferences": [["candidate", "rank", "offer"]]
        + [
            [name, rank, offer]
            for name, (_, wishes) in children.items()
            for rank, offer in enumerate(wishes, 1)
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([cell(value) for value in row] for row in rows)
    for name, head in LEDGERS.items():
        (folder / f"{name}.csv").write_text(head, "utf-8")
    (folder / "round.yaml").write_text(ROUND, "utf-8")
    given = read_round(folder)
    return run_round(given.pack, given.config, given.tables)
