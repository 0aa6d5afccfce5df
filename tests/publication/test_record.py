"""The record binds everything, says nothing of anyone, and does not depend on the order of rows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import polars as pl
import pytest

from publication.bundle import bundle_files
from publication.record import make_record, record_digest, suppressed
from publication.replay import compare
from tests.publication.rounds import small_round, with_tables
from values.canonical import canonical_json
from values.problems import BadInput


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def test_the_record_names_every_file_with_rows_and_digest() -> None:
    record = make_record(small_round())

    tables, inputs = record.document["tables"], record.document["inputs"]
    assert {name: entry["digest"] for name, entry in tables.items()} == {
        name: sha256(data) for name, data in record.files.items() if not name.startswith("inputs/")
    }
    assert tables["ranking.csv"] == {"rows": 3, "digest": sha256(record.files["ranking.csv"]), "public": True}
    assert tables["policy.json"]["rows"] is None
    assert inputs["policy.yaml"] == {"rows": None, "digest": sha256(b"id: test\n")}
    assert inputs["preferences"]["digest"] == sha256(record.files["inputs/preferences.csv"])


def test_digests_are_those_of_the_specification() -> None:
    record = make_record(small_round())

    document = json.loads(record.to_json())
    claimed = document.pop("digest")
    tables = {name: entry["digest"] for name, entry in document["tables"].items()}
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert claimed == record.digest == sha256(canonical) == record_digest(document)
    assert document["result_digest"] == sha256(
        json.dumps(tables, sort_keys=True, separators=(",", ":")).encode()
    )
    assert record.to_json() == canonical_json(record.document) + b"\n"


def test_rows_stand_in_the_stated_order() -> None:
    files = make_record(small_round()).files

    assert [line.split(",")[0] for line in files["ranking.csv"].decode().splitlines()] == [
        "candidate",
        "b",
        "c",
        "a",
    ]
    assert [line.split(",")[0] for line in files["outcomes.csv"].decode().splitlines()[1:]] == ["a", "b", "c"]
    assert [line.split(",")[0] for line in files["cutoffs.csv"].decode().splitlines()[1:]] == [
        "selection",
        "admission",
    ]
    assert files["preferences.csv"].decode().splitlines()[1:] == [
        "a,1,school1",
        "b,9,school2",
        "b,10,school1",
    ]
    assert files["offers.csv"].decode().splitlines()[1] == 'school1,east/primary,"东区,一小"'


def test_shuffled_rows_give_the_same_record() -> None:
    given = small_round()
    shuffled = {name[:-4]: table.frame.reverse() for name, table in given.tables.items()}
    turned = with_tables(given, **shuffled)
    turned = replace(turned, inputs={**given.inputs, "preferences": turned.tables["preferences.csv"]})

    assert make_record(turned).to_json() == make_record(given).to_json()


def test_people_and_seats_are_counted() -> None:
    counts = make_record(small_round()).document["counts"]

    assert {name: counts[name] for name in ("candidates", "ranked", "placed", "gave_up", "waiting")} == {
        "candidates": 5, "ranked": 3, "placed": 1, "gave_up": 1, "waiting": 1,
    }  # fmt: skip
    assert (counts["seats"], counts["seats_left"]) == (2, 1)
    assert counts["excluded"]["total"] == 2
    assert counts["excluded"]["by_status"] == {"ineligible": 2}


def test_reasons_that_few_people_share_are_not_counted_in_public() -> None:
    reasons = ("below_gate",) * 4 + ("below_gate|permit", "permit|permit")

    counts = make_record(small_round(reasons)).document["counts"]

    assert counts["excluded"]["by_reason"] == {"below_gate": 5, "permit": "<5"}


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, "<5"), (4, "<5"), (5, 5)])
def test_the_border_of_small_counts_is_five(count: int, shown: int | str) -> None:
    assert suppressed(count) == shown


def test_a_round_with_id_numbers_as_application_numbers_is_refused() -> None:
    given = small_round()
    frame = given.tables["ranking.csv"].frame.with_columns(
        candidate=pl.Series(["b", "330106199003071236", "a"])
    )

    with pytest.raises(BadInput) as raised:
        make_record(with_tables(given, ranking=frame))

    assert [str(problem.place) for problem in raised.value.problems] == ["ranking.csv:3:candidate"]


def test_both_forms_hold_the_same_record_and_the_public_one_no_person() -> None:
    record = make_record(small_round())

    public, audit = bundle_files(record, "public"), bundle_files(record, "audit")

    assert public["record.json"] == audit["record.json"] == record.to_json()
    assert set(public) == {
        "cutoffs.csv",
        "offers.csv",
        "outcomes.csv",
        "quotas.csv",
        "ranking.csv",
        "record.json",
    }
    assert set(audit) == {*record.files, "record.json"}
    assert "inputs/policy.yaml" in audit
    assert b"x0" not in b"".join(public.values())


def test_a_replay_of_the_same_round_differs_in_nothing() -> None:
    first, second = make_record(small_round()), make_record(small_round())

    assert compare(first.document, second.document) == []
    assert compare(json.loads(first.to_json()), second.document) == []


def test_a_replay_names_every_field_that_differs() -> None:
    given = small_round()
    frame = given.tables["ranking.csv"].frame.with_columns(pl.col("total") + 1)
    changed = replace(with_tables(given, ranking=frame), engine={"jifen": "0.2.0", "numpy": "2"})

    problems = compare(make_record(given).document, make_record(changed).document)

    assert [(problem.code, problem.place.path) for problem in problems] == [
        ("replay.engine_differs", "/engine/jifen"),
        ("replay.field_added", "/engine/numpy"),
        ("replay.field_missing", "/engine/python"),
        ("replay.field_differs", "/result_digest"),
        ("replay.table_differs", "/tables/ranking.csv/digest"),
    ]


def test_another_input_and_a_longer_list_are_told_apart() -> None:
    given = small_round()
    changed = replace(given, inputs={**given.inputs, "round.json": b"[]\n"}, stages=given.stages[:2])

    problems = compare(make_record(given).document, make_record(changed).document)

    assert [problem.code for problem in problems] == ["replay.input_differs", "replay.field_differs"]
    assert dict(problems[1].params)["field"] == "stages"


def test_a_record_whose_own_digest_was_altered_differs_in_that() -> None:
    record = make_record(small_round()).document

    problems = compare({**record, "digest": "sha256:0"}, record)

    assert [problem.place.path for problem in problems] == ["/digest"]
