"""`jifen verify` and `jifen replay` on real bundles: sound ones pass, and whatever is changed is named."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.commands import Ran, completed, copied, fresh, jifen, with_cell
from tests.scenarios.cities import ROOT

FORMS = ("public", "audit")
POSITIONS = 1
"""So many bytes of every file are changed, one at a time, beside its first and its last."""


def failures(ran: Ran) -> list[str]:
    """The files named by the checks that failed."""
    checks = ran.document()["checks"]
    return [check["place"]["file"] for check in checks if check["result"] == "failed" and check["place"]]


def files_of(bundle: Path) -> list[str]:
    return sorted(path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def scratch(results: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copies of both bundles in which tests change a file and put it back."""
    folder = tmp_path_factory.mktemp("bundles")
    return {form: copied(results / form, folder / form) for form in FORMS}


@pytest.mark.parametrize("round_name", ["results", "wishes_results"])
@pytest.mark.parametrize("form", FORMS)
def test_a_sound_bundle_passes(round_name: str, form: str, request: pytest.FixtureRequest) -> None:
    """In both forms of both configurations; what a public bundle cannot show is said to be impossible."""
    bundle = request.getfixturevalue(round_name) / form

    document = completed("verify", bundle, "--json").document()

    assert (document["format"], document["ok"], document["form"]) == ("verification/1", True, form)
    impossible = [check["name"] for check in document["checks"] if check["result"] == "not possible"]
    assert ("facts" in impossible) == (form == "public")
    assert completed("verify", bundle, "--lang", "zh").out.strip().endswith("OK")


def test_the_verifier_runs_without_the_product(results: Path, tmp_path: Path) -> None:
    """An outsider has the folder `verifier/` and Python, and gets the same answer."""
    shutil.copytree(ROOT / "verifier", tmp_path / "verifier", ignore=shutil.ignore_patterns("__pycache__"))
    program = [sys.executable, "-s", tmp_path / "verifier" / "verify_bundle.py", results / "audit", "--json"]

    done = subprocess.run(program, cwd=tmp_path, env={}, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    inside = completed("verify", results / "audit", "--json", "--lang", "zh").document()
    assert json.loads(done.stdout)["checks"] == inside["checks"]


def changed(data: bytes, seed: str) -> Iterator[bytes]:
    """The content with one byte changed: the first, the last, and some between."""
    rng = random.Random(seed)
    places = {0, len(data) - 1, *(rng.randrange(len(data)) for _ in range(POSITIONS))}
    for place in sorted(places):
        other = (data[place] + rng.randrange(1, 256)) % 256
        yield data[:place] + bytes([other]) + data[place + 1 :]


@pytest.mark.parametrize("form", [*FORMS[:-1], pytest.param(FORMS[-1], marks=pytest.mark.slow)])
def test_any_changed_byte_is_found_and_its_file_named(form: str, scratch: dict[str, Path]) -> None:
    """Every file; not a traceback whatever the bytes become."""
    bundle = scratch[form]
    for file in files_of(bundle):
        original = (bundle / file).read_bytes()
        for data in changed(original, file):
            (bundle / file).write_bytes(data)
            ran = jifen("verify", bundle, "--json")
            assert ran.status == 1, file
            assert file in failures(ran), file
        (bundle / file).write_bytes(original)
    assert jifen("verify", bundle).status == 0


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_lost_renamed_or_added_is_named(form: str, scratch: dict[str, Path]) -> None:
    bundle = scratch[form]
    for file in files_of(bundle):
        other = bundle / (file + ".bak")
        (bundle / file).rename(other)
        ran = jifen("verify", bundle, "--json")
        assert ran.status == 1
        assert {file, f"{file}.bak"} & set(failures(ran)), file
        other.rename(bundle / file)
    for extra in ("notes.txt", ".hidden", "Ranking.csv", "表.csv"):
        (bundle / extra).write_text("x")
        ran = jifen("verify", bundle, "--json")
        assert ran.status == 1
        assert extra in failures(ran)
        (bundle / extra).unlink()
    (bundle / "folder").mkdir()
    assert jifen("verify", bundle).status == 1
    (bundle / "folder").rmdir()
    assert jifen("verify", bundle).status == 0


@pytest.mark.parametrize("form", FORMS)
def test_two_tables_that_change_places_are_found(form: str, scratch: dict[str, Path]) -> None:
    bundle = scratch[form]
    one, two = ((bundle / name).read_bytes() for name in ("quotas.csv", "offers.csv"))
    (bundle / "quotas.csv").write_bytes(two)
    (bundle / "offers.csv").write_bytes(one)

    ran = jifen("verify", bundle, "--json")

    (bundle / "quotas.csv").write_bytes(one)
    (bundle / "offers.csv").write_bytes(two)
    assert ran.status == 1
    assert {"quotas.csv", "offers.csv"} & set(failures(ran))


def test_what_is_no_bundle_is_refused_or_fails(results: Path, city: Path, tmp_path: Path) -> None:
    """A path slip is wrong usage; a folder that lacks its record is a failed bundle."""
    (tmp_path / "empty").mkdir()

    assert [jifen("verify", folder).status for folder in (city, tmp_path / "empty")] == [1, 1]
    for path, code in (
        (tmp_path / "nowhere", "storage.file_missing"),
        (results / "public" / "record.json", "storage.not_a_folder"),
        (results, "storage.two_bundles"),
    ):
        ran = jifen("verify", path, "--json")
        assert ran.status == 2
        assert [problem[0] for problem in ran.problems()] == [code]


@pytest.mark.parametrize("round_name", ["results", "wishes_results"])
def test_a_replay_gives_the_same_digest(round_name: str, request: pytest.FixtureRequest) -> None:
    """From the audit bundle, or from the results it is part of."""
    results: Path = request.getfixturevalue(round_name)
    record = json.loads((results / "audit" / "record.json").read_text("utf-8"))

    document = completed("replay", results / "audit", "--json").document()

    assert document == {
        "format": "replay/1",
        "same": True,
        "digest": record["result_digest"],
        "differences": [],
    }
    assert completed("replay", results).out == f"same {record['result_digest']}\n"


def test_a_replay_needs_nothing_but_the_bundle(results: Path, tmp_path: Path) -> None:
    """In another folder, under another name, in another process."""
    bundle = copied(results / "audit", tmp_path / "审计 包")

    ran = fresh("replay", bundle, "--json", TZ="America/New_York")

    assert ran.status == 0, ran.err
    assert ran.document()["same"]


def test_a_public_bundle_is_not_replayed(results: Path) -> None:
    """It lacks the facts; the message says which folder to take."""
    ran = jifen("replay", results / "public")

    assert ran.status == 2
    assert "name the audit folder" in ran.err


def total_changed(bundle: Path) -> None:
    record = json.loads((bundle / "record.json").read_text("utf-8"))
    record["counts"]["placed"] += 1
    (bundle / "record.json").write_text(json.dumps(record), "utf-8")


def library_changed(bundle: Path) -> None:
    record = json.loads((bundle / "record.json").read_text("utf-8"))
    record["engine"]["polars"] = "0.1"
    (bundle / "record.json").write_text(json.dumps(record), "utf-8")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (with_cell("inputs/applicants.csv", 2, "donation_yuan", "99999"), 1, "replay.input_differs"),
        (total_changed, 1, "replay.field_differs"),
        (library_changed, 0, "replay.engine_differs"),  # told, but the results are the same
    ],
)
def test_a_replay_of_a_changed_bundle_names_the_difference(
    change: Callable[[Path], None], status: int, code: str, results: Path, tmp_path: Path
) -> None:
    bundle = copied(results / "audit", tmp_path / "audit", change)

    ran = jifen("replay", bundle, "--json")

    assert ran.status == status
    assert code in {problem["code"] for problem in ran.document()["differences"]}


@pytest.mark.parametrize(
    "file", ["record.json", "inputs/round.json", "inputs/policy.yaml", "inputs/offers.csv"]
)
def test_a_replay_of_a_broken_bundle_is_bad_input(file: str, results: Path, tmp_path: Path) -> None:
    for number, content in enumerate((None, b"", b"{", b"\xff\xfe\x00")):
        bundle = copied(results / "audit", tmp_path / str(number))
        (bundle / file).unlink() if content is None else (bundle / file).write_bytes(content)

        ran = jifen("replay", bundle, "--json")

        assert ran.status == 2, (file, content)
        assert str(bundle) in ran.err
