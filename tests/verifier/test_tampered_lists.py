"""Someone edits the bundle of a round of wishes and seals it again: the right check still fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from publication.bundle import bundle_files
from scenarios.round import run_round
from storage.folders import write_folder
from tests.scenarios.test_other_policies import config
from tests.scenarios.test_wish_rounds import EAST, Family, pack, tables
from tests.verifier.tiny_bundle import seal
from verifier.verify_bundle import verify

LONG_FIRST: list[Family] = [
    ("east", 30, "none", [0]),
    ("east", 12, "junior", [0]),
    ("east", 1, "junior", [0]),
]
"""Two seats: f00 (3 points, long insured) has the kept one, f01 (21.5) the other; f02 (20) waits."""

ROUNDS = {"long first": (LONG_FIRST, [2, 0, 0, 0, 0, 0], 1), "immediate": (EAST, [1, 1, 1, 0, 0, 0], 0)}
CASES = (
    # whoever does not belong to the group is entered as a member
    ("long first", [("reserves.csv", "f02,long,false", "f02,long,true")], ("groups", "reserves.csv", 7)),
    # the open seat goes to the person behind
    (
        "long first",
        [
            ("outcomes.csv", "f01,placed,wishes,east-0,", "f01,waiting,wishes,,1"),
            ("outcomes.csv", "f02,waiting,wishes,,1", "f02,placed,wishes,east-0,"),
        ],
        ("lists", "outcomes.csv", 3),
    ),
    # the member is said to sit in the open seat
    (
        "long first",
        [
            ("reserves.csv", "f00,*,true,false", "f00,*,true,true"),
            ("reserves.csv", "f00,long,true,true", "f00,long,true,false"),
        ],
        ("lists", "reserves.csv", 2),
    ),
    (
        "long first",
        [("pools.csv", "long,members,1,1,true,f00", "long,members,2,1,false,f00")],
        ("pools", "pools.csv", 2),
    ),
    (
        "long first",
        [("pools.csv", "*,members,1,1,true,f01", "*,members,1,1,true,f00")],
        ("pools", "pools.csv", 3),
    ),
    # points first instead of the choice order
    (
        "immediate",
        [
            ("outcomes.csv", "f01,waiting,wishes,,1", "f01,placed,wishes,east-1,"),
            ("outcomes.csv", "f02,placed,wishes,east-1,", "f02,waiting,wishes,,1"),
        ],
        ("lists", "outcomes.csv", 3),
    ),
    ("immediate", [("priorities.csv", "f01,east-1,2", "f01,east-1,1")], ("lists", "priorities.csv", 5)),
)


@pytest.mark.parametrize(("kind", "edits", "fails"), CASES)
def test_an_edited_bundle_fails_where_it_was_edited(
    kind: str, edits: list[tuple[str, str, str]], fails: tuple[str, str, int], tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    write_folder(
        folder, bundle_files(run_round(pack(kind), config(), tables(kind, *ROUNDS[kind])).record, "audit")
    )
    for file, old, new in edits:
        text = (folder / file).read_text("utf-8")
        assert text.count(old) == 1
        (folder / file).write_text(text.replace(old, new), "utf-8", newline="")
    seal(folder)

    report = verify(folder)

    name, *place = fails
    check = next(check for check in report.checks if check["name"] == name)
    assert (check["result"], check["place"] and [check["place"]["file"], check["place"]["row"]]) == (
        "failed",
        place,
    )
    assert not report.ok
