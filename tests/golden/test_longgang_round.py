"""Who gets which school in Longgang, worked by hand from part 五 of the guide of 2016."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scenarios.round import run_round
from storage.rounds import read_round
from values.yaml_marks import read_yaml

PACK = Path(__file__).parents[2] / "policies" / "shenzhen-longgang" / "school"
ROUND = f"""\
format: round/1
id: small
title: {{zh: 示例, en: an example}}
policy: {PACK / "2016-04-01.yaml"}
service: school
as_of: 2016-04-01
notice:
  office: {{zh: 示例, en: an example}}
  contact: {{zh: 示例, en: an example}}
  published_on: 2016-07-01
"""
EMPTY = ("share_percent", "deed_on", "lease_filed_on", "registered_here_on", "business_since")
Families = Mapping[str, tuple[Sequence[str], Mapping[str, object]]]


def test_second_choices_of_shenzhen_children_are_served_with_first_choices_of_others(tmp_path: Path) -> None:
    """五1, 五2: `second` (70 points) takes public A before `first` (60 + 1.8), whose first choice it is.

    `owner` (75) has private B, so `second` had to go on. `first` then finds B taken and C given to
    `private` (60.8), who reached it by parallel choices in the first round (R16).
    """
    families: Families = {
        "first": (["A", "B", "C"], {"injury_months": 30, "wish_order": "public_private_3"}),
        "second": (["B", "A"], {"registration": "shenzhen", "wish_order": None}),
        "owner": (["B"], {"registration": "longgang", "wish_order": None}),
        "private": (["B", "C"], {"injury_months": 20, "wish_order": "private_4"}),
    }

    assert admitted(tmp_path, families) == {"owner": "B", "second": "A", "first": "", "private": "C"}


def test_equal_points_go_by_months_then_lease_certificate(tmp_path: Path) -> None:
    """五6: all have 60 points, other registration and no only child; nine months go before five."""
    families: Families = {
        "slip": (["A", "B", "C"], {"home": "information", "injury_months": 5, "wish_order": "private_4"}),
        "lease": (["A", "B", "C"], {"injury_months": 5, "wish_order": "private_4"}),
        "longer": (["A", "B", "C"], {"injury_months": 9, "wish_order": "private_4"}),
    }

    assert admitted(tmp_path, families) == {"longer": "A", "lease": "B", "slip": "C"}


def admitted(folder: Path, families: Families) -> dict[str, str]:
    """Everybody who is ranked with the school; A, B and C have a seat each."""
    examples: Any = read_yaml((PACK / "examples.yaml").read_text("utf-8"), "examples.yaml").value
    defaults = {**examples["defaults"]["subject"], **dict.fromkeys(EMPTY)}
    people = [[name, *{**defaults, **facts}.values()] for name, (_, facts) in families.items()]
    wishes = [
        [name, rank, offer]
        for name, (offers, _) in families.items()
        for rank, offer in enumerate(offers, start=1)
    ]
    write(folder / "applicants.csv", [["subject", *defaults], *people])
    write(folder / "candidates.csv", [["candidate", "subject"], *([name, name] for name in families)])
    write(folder / "offers.csv", [["offer", "name", "seats"], *([name, name, 1] for name in "ABC")])
    write(folder / "quotas.csv", [["seats"], [3]])
    write(folder / "preferences.csv", [["candidate", "rank", "offer"], *wishes])
    (folder / "round.yaml").write_text(ROUND, "utf-8")
    given = read_round(folder)
    round_ = run_round(given.pack, given.config, given.tables)
    schools = round_.ground.offers["offer"]
    rows = zip(round_.ground.people, round_.placement.offer, strict=True)
    return {name: schools[int(row)] if row >= 0 else "" for name, row in rows}


def write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    """Rows as CSV; an empty cell is unknown."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([[cell(value) for value in row] for row in rows])


def cell(value: object) -> str:
    """A value as a table holds it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
