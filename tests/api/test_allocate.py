"""`jifen allocate`: the worked cases, the folder form, reasons, and when the answer is no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from allocation.outcome import Allocation
from allocation.registry import MECHANISMS
from tests.api.commands import completed, jifen
from tests.scenarios.cities import ROOT
from values.canonical import digest_of

CASES = sorted((ROOT / "tests" / "golden" / "market-cases").glob("*.json"))
RUNNABLE = [path for path in CASES if json.loads(path.read_text("utf-8"))["mechanism"]["name"] in MECHANISMS]
TIED: dict[str, Any] = {
    "format": "market/1",
    "mechanism": {"name": "serial_dictatorship"},
    "applicants": [
        {"id": "甲", "preferences": ["一小", "二小"], "points": "87.50"},
        {"id": "乙", "preferences": ["一小"], "points": "85"},
        {"id": "丙", "preferences": ["一小", "二小"], "points": "85"},
    ],
    "offers": [{"id": "一小", "capacity": 2}, {"id": "二小", "capacity": 1}],
}


def written(tmp_path: Path, document: Mapping[str, Any], **changes: object) -> Path:
    path = tmp_path / "market.json"
    path.write_text(json.dumps({**document, **changes}, ensure_ascii=False), "utf-8")
    return path


def as_folder(folder: Path, document: Mapping[str, Any]) -> Path:
    """The same market as tables."""
    folder.mkdir()
    head = {name: document[name] for name in ("format", "mechanism", "ties") if name in document}
    (folder / "market.json").write_text(json.dumps(head), "utf-8")
    wishes = [
        {"applicant": person["id"], "rank": rank, "offer": offer}
        for person in document["applicants"]
        for rank, offer in enumerate(person["preferences"], start=1)
    ]
    people = [{"id": person["id"], "points": person["points"]} for person in document["applicants"]]
    pl.DataFrame(people).write_parquet(folder / "applicants.parquet")
    pl.DataFrame(wishes).write_parquet(folder / "preferences.parquet")
    pl.DataFrame(document["offers"]).write_parquet(folder / "offers.parquet")
    return folder


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_the_worked_cases_have_their_published_outcome(path: Path) -> None:
    """Through the command line, as anyone would try them."""
    expected = json.loads(path.read_text("utf-8"))["case"]["expected"]["assignment"]

    document = completed("allocate", path, "--json").document()

    assert document["assignment"] == expected
    assert (document["format"], document["status"]) == ("allocation/1", "complete")
    assert not [law for law, verdict in document["laws"].items() if verdict.startswith("violated")]
    assert set(document["seconds"]) == {"read", "rank", "mechanism", "verify", "write"}


def test_the_digest_is_that_of_the_document(tmp_path: Path) -> None:
    """Without the digest itself and the seconds; so it is the same on every machine."""
    market = written(tmp_path, TIED, ties={"policy": "admit_all"})

    first, second = (completed("allocate", market, "--json").document() for _ in range(2))

    counted = {name: value for name, value in first.items() if name not in ("digest", "seconds")}
    assert first["digest"] == second["digest"] == digest_of(counted)


def test_a_person_gets_a_table_and_the_laws(tmp_path: Path) -> None:
    """The table on standard output, the rest on standard error."""
    ran = completed("allocate", written(tmp_path, TIED, ties={"policy": "admit_all"}), "--lang", "zh")

    people, _, lines = ran.out.partition("\n\n")
    assert people == "applicant  offer\n丙         一小\n乙         一小\n甲         一小"
    assert lines.startswith("录取线")
    assert "一小" in lines
    assert "安排 3 人" in ran.err
    assert "no_justified_envy: holds" in ran.err


def test_the_answer_goes_to_a_file(tmp_path: Path) -> None:
    market = written(tmp_path, TIED, ties={"policy": "exclude_all"})

    ran = completed("allocate", market, "-o", tmp_path / "new" / "answer.json", "--json")

    assert json.loads((tmp_path / "new" / "answer.json").read_text("utf-8")) == ran.document()


def test_reasons_are_told_as_figures_and_as_sentences(tmp_path: Path) -> None:
    """Of everybody, or of those who were named; never what would have been enough."""
    market = written(tmp_path, TIED, ties={"policy": "order", "order": ["甲", "丙", "乙"]})

    everybody = completed("allocate", market, "--why", "all", "--json").document()["why_not"]
    one = completed("allocate", market, "--why", "乙", "--json").document()["why_not"]
    told = {lang: completed("allocate", market, "--why", "乙", "--lang", lang).out for lang in ("zh", "en")}

    assert set(everybody) == {"甲", "乙", "丙"}
    assert one == {"乙": [{"offer": "一小", "reason": "order_lost", "waiting": 1}]}
    assert told["zh"] == "乙：未获安排\n  一小：与最后录取者同等，排序在后；候补第 1 位\n"
    assert told["en"].startswith("乙 got nothing\n  一小: equal to the last admitted")


def test_asking_for_somebody_unknown_is_an_error_each(tmp_path: Path) -> None:
    market = written(tmp_path, TIED, ties={"policy": "admit_all"})

    ran = jifen("allocate", market, "--why", "丁", "--why", "甲", "--why", "戊", "--json")

    assert ran.status == 2
    assert [problem["params"]["id"] for problem in ran.document()["problems"]] == ["丁", "戊"]


def test_a_refused_tie_is_the_answer_no(tmp_path: Path) -> None:
    """Exit status 1, the tied people named, nothing written."""
    market = written(tmp_path, TIED)

    ran = jifen("allocate", market, "-o", tmp_path / "answer.json", "--json")

    assert ran.status == 1
    assert [problem[0] for problem in ran.problems()] == ["allocation.tie_refused"]
    assert "乙" in ran.err
    assert "丙" in ran.err
    assert not (tmp_path / "answer.json").exists()


def test_a_violated_law_is_the_answer_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mechanism gone wrong is caught before anybody sees its answer."""
    import api.allocating
    from allocation.allocate import allocate

    def unfair(*given: Any) -> Allocation:
        right = allocate(*given)
        return Allocation(right.mechanism, right.ties, right.assigned[::-1], right.pool, right.promised)

    monkeypatch.setattr(api.allocating, "allocate", unfair)
    market = written(tmp_path, TIED, ties={"policy": "exclude_all"})

    ran = jifen("allocate", market, "-o", tmp_path / "answer.json", "--json")

    assert ran.status == 1
    assert {problem[0] for problem in ran.problems()} == {"allocation.law_violated"}
    assert not (tmp_path / "answer.json").exists()


def test_a_folder_is_answered_with_a_folder(tmp_path: Path) -> None:
    """The same decision as for the same market as one document."""
    document = {**TIED, "ties": {"policy": "exclude_all"}}
    folder, out = as_folder(tmp_path / "market", document), tmp_path / "answer"
    alone = completed("allocate", written(tmp_path, document), "--json").document()

    ran = completed("allocate", folder, "-o", out, "--why", "all", "--json")

    assert {path.name for path in out.iterdir()} == {
        "assignment.parquet",
        "cutoffs.parquet",
        "waiting.parquet",
        "result.json",
    }
    assignment = pl.read_parquet(out / "assignment.parquet")
    assert dict(assignment.select("applicant", "offer").rows()) == alone["assignment"]
    assert pl.read_parquet(out / "cutoffs.parquet")["last_admitted"].to_list() == ["甲", "丙"]
    assert pl.read_parquet(out / "waiting.parquet")["applicant"].to_list() == ["丙", "乙"]
    result = json.loads((out / "result.json").read_text("utf-8"))
    assert result == ran.document()
    assert result["laws"] == alone["laws"]
    assert set(result["why_not"]) == {"甲", "乙", "丙"}


def test_a_folder_without_an_output_is_printed_like_a_document(tmp_path: Path) -> None:
    document = {**TIED, "ties": {"policy": "exclude_all"}}
    folder = as_folder(tmp_path / "market", document)

    printed = completed("allocate", folder, "--json").document()

    alone = completed("allocate", written(tmp_path, document), "--json").document()
    assert printed["digest"] == alone["digest"]


def test_an_output_that_is_taken_is_told_before_the_work(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "market", {**TIED, "ties": {"policy": "exclude_all"}})
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")

    first = jifen("allocate", folder, "-o", taken, "--json")
    second = jifen("allocate", written(tmp_path, TIED, ties={"policy": "admit_all"}), "-o", taken, "--json")

    assert [problem[0] for problem in first.problems()] == ["storage.target_not_empty"]
    assert [problem[0] for problem in second.problems()] == ["storage.target_is_folder"]
    completed("allocate", folder, "-o", taken, "--replace")
    assert not (taken / "mine.txt").exists()


def test_everything_wrong_with_a_market_is_listed(tmp_path: Path) -> None:
    """Unknown offer, negative capacity, an id twice, a fraction as a number: all at once."""
    broken = json.loads(json.dumps(TIED))
    broken["applicants"][0]["preferences"] = ["一小", "三小", "一小"]
    broken["applicants"][2]["id"] = "乙"
    broken["offers"][1]["capacity"] = -1
    broken["mechanism"]["nearst"] = 3

    ran = jifen("allocate", written(tmp_path, broken), "--json")

    assert ran.status == 2
    places = [problem["place"]["path"] for problem in ran.document()["problems"]]
    assert {path.partition("[")[0].partition(".n")[0] for path in places} >= {"$.applicants", "$.offers"}
    assert len(places) == 5
    assert all(str(tmp_path) in line for line in ran.err.splitlines())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "storage.json_broken"),
        ("[]", "storage.json_not_an_object"),
        ("{", "storage.json_broken"),
        ('{"format": "market/1", "format": "market/1"}', "storage.json_duplicate_key"),
        ('{"format": "market/1", "points_scale": 1.5}', "storage.json_fraction"),
        ('{"format": "market/1", "offers": [{"capacity": NaN}]}', "storage.json_fraction"),
        ("[" * 100_000, "storage.json_too_deep"),
    ],
)
def test_a_file_that_is_no_market_is_told(text: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "market.json").write_text(text, "utf-8")

    ran = jifen("allocate", tmp_path / "market.json", "--json")

    assert ran.status == 2
    assert [problem[0] for problem in ran.problems()] == [code]


def test_what_stands_under_case_is_no_input(tmp_path: Path) -> None:
    """Worked cases keep their source there, with fractions as the source prints them."""
    market = written(tmp_path, TIED, ties={"policy": "admit_all"}, case={"cutoff": 0.89, "n": 1})

    plain = completed("allocate", written(tmp_path, TIED, ties={"policy": "admit_all"}), "--json").document()

    assert completed("allocate", market, "--json").document()["digest"] == plain["digest"]


def test_floats_and_strange_tables_in_a_folder_are_refused(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "market", TIED)
    pl.DataFrame({"id": ["甲"], "points": [87.5]}).write_parquet(folder / "applicants.parquet")
    pl.DataFrame({"a": [1]}).write_parquet(folder / "preference.parquet")

    ran = jifen("allocate", folder, "-o", tmp_path / "out", "--json")

    assert ran.status == 2
    assert {problem[0] for problem in ran.problems()} == {
        "storage.float_column",
        "storage.unknown_market_table",
    }
    assert not (tmp_path / "out").exists()
