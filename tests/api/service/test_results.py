"""What the service gives back is what the commands give, to the byte."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from storage.bundles import read_record
from tests.api.commands import completed
from tests.api.service.office import Decided, codes


def numbers(document: Any) -> Iterator[Any]:
    """Every value in a JSON document."""
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from numbers(part)
    else:
        yield document


@pytest.mark.parametrize("form", ["public", "audit"])
def test_a_bundle_holds_the_files_that_the_command_writes(form: str, decided: Decided, results: Path) -> None:
    """The same names and bytes, so the same verifier accepts them."""
    answer = decided.office.get(f"/jobs/{decided.allocated}/bundles/{form}")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        given = {name: archive.read(name) for name in archive.namelist()}
    folder = results / form
    written = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    assert given == written


def test_a_bundle_is_the_same_file_whenever_it_is_fetched(decided: Decided) -> None:
    """Names are sorted, and nothing in the file tells when or by whom it was made."""
    path = f"/jobs/{decided.allocated}/bundles/public"
    first, second = (decided.office.get(path).content for _ in range(2))

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_record_and_digests_are_those_of_the_command(decided: Decided, results: Path) -> None:
    job = decided.office.get(f"/jobs/{decided.allocated}").json()
    record = decided.office.get(f"/jobs/{decided.allocated}/record")

    assert record.content == (results / "public" / "record.json").read_bytes()
    assert job["result"]["result_digest"] == read_record(results / "public")["result_digest"]


def test_outcomes_come_in_pages_that_leave_nobody_out(decided: Decided, results: Path) -> None:
    """Read to the end, the pages are the table of assignments."""
    path, rows, total = f"/jobs/{decided.allocated}/outcomes", [], 1
    while len(rows) < total:
        page = decided.office.get(path, offset=len(rows), limit=70).json()
        rows, total = rows + page["rows"], page["total"]

    assert rows == pl.read_parquet(results / "tables" / "assignments.parquet").to_dicts()
    beyond = decided.office.get(path, offset=total).json()
    assert beyond == {"total": total, "rows": []}


def test_cutoffs_are_those_of_the_bundle(decided: Decided, results: Path) -> None:
    page = decided.office.get(f"/jobs/{decided.allocated}/cutoffs", limit=1000).json()

    written = pl.read_csv(results / "public" / "cutoffs.csv", infer_schema=False)
    assert page["rows"] == written.to_dicts()


@pytest.mark.parametrize("job", ["allocated", "scored"])
def test_score_lines_are_those_of_the_command(job: str, decided: Decided, city: Path) -> None:
    """Whichever kind of job made them; the totals still possible are no part of a decided round."""
    page = decided.office.get(f"/jobs/{getattr(decided, job)}/scores", limit=1000).json()

    told = completed("score", "zhongshan/points", city, "--json").document()
    assert page["total"] == told["people"]
    decided_already = {"total_least", "total_most"} if job == "allocated" else set()
    lines = [
        {name: value for name, value in line.items() if name not in decided_already} for line in told["lines"]
    ]
    assert page["rows"] == lines


def test_one_person_is_explained_as_by_the_command(decided: Decided, results: Path) -> None:
    """With the outcome, and the places of the rules in `policy.yaml`."""
    candidate = decided.office.get(f"/jobs/{decided.allocated}/outcomes").json()["rows"][0]["candidate"]
    told = completed("explain", "zhongshan/points", results, "--applicant", candidate, "--json").document()

    given = decided.office.get(f"/jobs/{decided.allocated}/explanations/{candidate}").json()

    assert given["outcome"]["position"] == 1
    for line in (*told["lines"], *given["lines"]):
        line["place"] = line["place"].rpartition(":")[2]
    assert given == told


def test_a_score_explains_everybody_too_without_an_outcome(decided: Decided) -> None:
    """From the tables that the job read."""
    candidate = decided.office.get(f"/jobs/{decided.scored}/scores").json()["rows"][0]["candidate"]
    path = f"/explanations/{candidate}"
    both = [decided.office.get(f"/jobs/{job}{path}").json() for job in (decided.scored, decided.allocated)]

    assert both[0]["outcome"] is None
    assert both[0]["months"]
    assert [both[0] | {"outcome": None}] == [both[1] | {"outcome": None}]


@pytest.mark.parametrize(("lang", "words"), [("zh-CN,en;q=0.5", "总分"), ("en", "Total"), ("", "Total")])
def test_the_sheet_speaks_the_language_of_the_request(lang: str, words: str, decided: Decided) -> None:
    candidate = decided.office.get(f"/jobs/{decided.allocated}/outcomes").json()["rows"][0]["candidate"]

    page = decided.office.get(f"/jobs/{decided.allocated}/sheets/{candidate}", lang)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-language"] == ("zh" if lang.startswith("zh") else "en")
    assert words in page.text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_notice_is_the_page_that_the_command_writes(lang: str, decided: Decided, results: Path) -> None:
    page = decided.office.get(f"/jobs/{decided.allocated}/notice", lang)

    assert page.content == (results / "notice" / f"notice.{lang}.html").read_bytes()
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_no_answer_holds_a_fraction(decided: Decided) -> None:
    """Amounts are text: a reader's floating-point numbers would round them."""
    candidate = decided.office.get(f"/jobs/{decided.allocated}/outcomes").json()["rows"][0]["candidate"]
    paths = ["", "/outcomes", "/cutoffs", "/scores", "/record", f"/explanations/{candidate}"]

    for path in paths:
        document = json.loads(decided.office.get(f"/jobs/{decided.allocated}{path}").content)
        assert not [number for number in numbers(document) if isinstance(number, float)], path


@pytest.mark.parametrize("part", ["outcomes", "cutoffs", "notice", "record", "bundles/audit"])
def test_a_score_has_no_allocation(part: str, decided: Decided) -> None:
    answer = decided.office.get(f"/jobs/{decided.scored}/{part}")

    assert (answer.status_code, codes(answer)) == (404, ["service.not_in_result"])


def test_somebody_who_did_not_apply_cannot_be_explained(decided: Decided) -> None:
    for job, name in itertools.product((decided.allocated, decided.scored), ("nobody", "2015/17", "%2F")):
        answer = decided.office.get(f"/jobs/{job}/explanations/{name}")

        assert (answer.status_code, codes(answer)) == (404, ["facts.nobody_of_that_name"])


def test_a_folder_of_the_machine_is_named_nowhere(decided: Decided) -> None:
    """Neither in a job nor in an explanation."""
    folder = str(decided.office.registry.depot.folder)
    candidate = decided.office.get(f"/jobs/{decided.scored}/scores").json()["rows"][0]["candidate"]

    for job in (decided.allocated, decided.scored):
        for path in ("", f"/explanations/{candidate}"):
            assert folder not in decided.office.get(f"/jobs/{job}{path}").text


def test_every_file_of_a_result_can_be_fetched(decided: Decided, results: Path) -> None:
    """All that `jifen run` writes, and nothing beside it."""
    files = decided.office.get(f"/jobs/{decided.allocated}/files").json()

    written = {path.relative_to(results).as_posix(): path for path in results.rglob("*") if path.is_file()}
    assert {entry["file"]: entry["bytes"] for entry in files} == {
        name: path.stat().st_size for name, path in written.items()
    }
    for name in ("tables/assignments.csv", "audit/inputs/policy.yaml", "notice/notice.zh.html"):
        given = decided.office.get(f"/jobs/{decided.allocated}/files/{name}")
        assert given.content == written[name].read_bytes()


@pytest.mark.parametrize(
    "name", ["../../jifen.sqlite3", "..%2f..%2fjifen.sqlite3", "%2fetc%2fpasswd", "audit", "nothing"]
)
def test_no_file_outside_a_result_can_be_fetched(name: str, decided: Decided) -> None:
    """However its name is written."""
    answer = decided.office.get(f"/jobs/{decided.allocated}/files/{name}")

    assert answer.status_code in (404, 422)
