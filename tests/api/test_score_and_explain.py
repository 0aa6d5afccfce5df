"""`jifen score` and `jifen explain` on a round's folder, on its results and on one flat table."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from scenarios.tables import pairs_schema
from tests.api.commands import completed, copied, fresh, jifen, with_rows
from tests.scenarios.cities import zhongshan_pack

POLICY = "zhongshan/points"


def lines_of(text: str) -> pl.DataFrame:
    return pl.read_csv(text.encode("utf-8"), infer_schema=False)


def some(results: Path, outcome: str) -> str:
    outcomes = pl.read_csv(results / "public" / "outcomes.csv", infer_schema=False)
    return str(outcomes.filter(pl.col("outcome") == outcome)["candidate"][0])


def test_scores_of_a_folder_are_those_of_its_results(city: Path, results: Path) -> None:
    """The table that a round publishes for auditors, and the totals still possible."""
    published = lines_of((results / "audit" / "score_lines.csv").read_text("utf-8"))
    told = completed("score", POLICY, city).out

    scored = lines_of(told)
    assert scored.drop("total_least", "total_most").equals(published)
    known = scored.filter(pl.col("total").is_not_null())
    assert (known["total_least"] == known["total"]).all()
    assert (known["total_most"] == known["total"]).all()
    assert scored["total_least"].null_count() == 0
    assert completed("score", POLICY, results).out == told
    assert completed("score", POLICY, results / "audit").out == told


def test_scores_are_written_as_csv_or_parquet(city: Path, tmp_path: Path) -> None:
    """Amounts are exact in both; `--json` names the file."""
    printed = lines_of(completed("score", POLICY, city).out)

    completed("score", POLICY, city, "-o", tmp_path / "lines.csv")
    ran = completed("score", POLICY, city, "-o", tmp_path / "lines.parquet", "--json")

    assert lines_of((tmp_path / "lines.csv").read_text("utf-8-sig")).equals(printed)
    exact = pl.read_parquet(tmp_path / "lines.parquet")["total"]
    assert exact.dtype == pl.Decimal(38, 2)
    assert exact.cast(pl.String).to_list() == [f"{float(total):.2f}" for total in printed["total"]]
    assert ran.document() == {
        "format": "scores/1",
        "people": printed.height,
        "out": str(tmp_path / "lines.parquet"),
        "lines": [],
    }


def test_scores_as_one_document(city: Path) -> None:
    """All amounts are decimal text."""
    document = completed("score", POLICY, city, "--json").document()

    assert document["people"] == len(document["lines"])
    assert {type(value) for line in document["lines"] for value in line.values()} <= {str, type(None)}


def test_a_flat_table_is_scored_without_a_round(results: Path, tmp_path: Path) -> None:
    """The facts of an audit bundle, computed ones dropped, give the same totals."""
    facts = pl.read_csv(results / "audit" / "facts.csv", infer_schema=False)
    schema = pairs_schema(zhongshan_pack().policy, "school")
    facts.select(column.name for column in schema.columns).write_csv(tmp_path / "flat.csv")

    again = lines_of(completed("score", POLICY, tmp_path / "flat.csv", "--as-of", "2015-05-31").out)

    published = lines_of((results / "audit" / "score_lines.csv").read_text("utf-8"))
    assert again.drop("counts", "total_least", "total_most").equals(published.drop("counts"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((POLICY, "nowhere"), "storage.file_missing"),
        (("nowhere", "CITY"), "storage.pack_missing"),
        (("CITY", POLICY), "storage.file_missing"),  # the wrong way round
        ((POLICY, "CITY", "--as-of", "2015-13-01"), "round.not_a_date"),
        ((POLICY, "CITY", "--as-of", "2013-01-01"), "storage.pack_not_in_force"),
        ((POLICY, "CITY", "--service", "shcool"), "round.unknown_service"),
        ((POLICY, "CITY/applicants.csv"), "round.as_of_missing"),
        ((POLICY, "RESULTS/public"), "storage.not_an_audit_bundle"),
        ((POLICY, "CITY", "-o", "lines.xlsx"), "score.unknown_output"),
        ((POLICY, "CITY", "-o", "CITY"), "storage.target_is_folder"),
    ],
)
def test_a_slip_on_the_command_line_is_named(
    arguments: tuple[str, ...], code: str, city: Path, results: Path
) -> None:
    given = [text.replace("CITY", str(city)).replace("RESULTS", str(results)) for text in arguments]

    ran = jifen("score", *given, "--json")

    assert ran.status == 2
    assert [problem[0] for problem in ran.problems()] == [code]


@pytest.mark.parametrize("outcome", ["placed", "gave_up", "waiting"])
def test_one_person_is_explained_in_both_languages(results: Path, outcome: str) -> None:
    """Clause, arithmetic, total and outcome; the same figures in zh and en."""
    person = some(results, outcome)
    sheets = {
        lang: completed("explain", POLICY, results, "--applicant", person, "--lang", lang).out
        for lang in ("zh", "en")
    }
    document = completed("explain", POLICY, results, "--applicant", person, "--json").document()

    assert all(person in sheet and f"{document['total']}" in sheet for sheet in sheets.values())
    assert "附件1" in sheets["zh"]
    assert "annex 1" in sheets["en"]
    assert document["outcome"]["outcome"] == outcome
    assert document["status"] == "eligible"
    assert all(line["cite"] for line in document["lines"])


def test_an_explanation_from_the_bundle_is_the_one_from_the_filed_tables(city: Path, results: Path) -> None:
    """Of everybody, and before a round is decided: only the outcome is new."""
    for person in pl.read_csv(city / "candidates.csv")["candidate"].gather_every(40):
        before, after = (
            completed("explain", POLICY, folder, "--applicant", person, "--json").document()
            for folder in (city, results)
        )
        assert after | {"outcome": None} == before


def test_one_who_is_not_ranked_is_told_the_reason(results: Path) -> None:
    excluded = pl.read_csv(results / "audit" / "excluded.csv", infer_schema=False).row(0, named=True)

    document = completed(
        "explain", POLICY, results, "--applicant", excluded["candidate"], "--json"
    ).document()

    assert document["outcome"] is None
    assert document["status"] == excluded["status"]
    assert {reason["code"] for reason in document["reasons"]} <= set(excluded["reasons"].split("|"))


def test_another_date_is_measured_anew(results: Path) -> None:
    """The bundle's computed ages hold for its own date only."""
    person = some(results, "placed")

    later = completed(
        "explain", POLICY, results, "--applicant", person, "--as-of", "2035-05-31", "--json"
    ).document()

    assert later["as_of"] == "2035-05-31"
    assert "age" in {line["indicator"] for line in later["lines"]}


@pytest.mark.parametrize(
    ("folder", "person", "code"),
    [
        ("CITY", "nobody", "facts.nobody_of_that_name"),
        ("RESULTS", "nobody", "facts.nobody_of_that_name"),
        ("RESULTS", "", "facts.nobody_of_that_name"),
        ("RESULTS/public", "ZS15-000001", "storage.not_an_audit_bundle"),
        ("nowhere", "ZS15-000001", "storage.file_missing"),
    ],
)
def test_who_cannot_be_explained_is_named(
    folder: str, person: str, code: str, city: Path, results: Path
) -> None:
    given = folder.replace("CITY", str(city)).replace("RESULTS", str(results))

    ran = jifen("explain", POLICY, given, "--applicant", person, "--json")

    assert ran.status == 2
    assert [problem[0] for problem in ran.problems()] == [code]


@pytest.mark.parametrize("file", ["record.json", "facts.csv", "ranking.csv", "outcomes.csv", "quotas.csv"])
def test_a_damaged_bundle_is_told_not_crashed_over(results: Path, tmp_path: Path, file: str) -> None:
    """Cut in the middle, emptied or lost: the message names the bundle or the file."""
    person = some(results, "placed")
    for number, content in enumerate((None, b"", b"{}\n", (results / "audit" / file).read_bytes()[:60])):
        bundle = copied(results / "audit", tmp_path / str(number))
        (bundle / file).unlink() if content is None else (bundle / file).write_bytes(content)

        ran = jifen("explain", POLICY, bundle, "--applicant", person, "--json")

        assert ran.status in (0, 2), ran.err  # a lost record.json leaves a folder of facts
        assert ran.status == 0 or str(bundle) in ran.err


def test_a_changed_fact_is_explained_as_it_stands(city: Path, tmp_path: Path) -> None:
    """`explain` reads the folder it is given: everyone a graduate, so everyone has the 80 points for it."""

    def graduates(rows: list[list[str]]) -> list[list[str]]:
        at = rows[0].index("education")
        return [rows[0], *([*row[:at], "bachelor", *row[at + 1 :]] for row in rows[1:])]

    folder = copied(city, tmp_path / "round", with_rows("applicants.csv", graduates))

    document = completed("explain", POLICY, folder, "--applicant", "ZS15-000001", "--json").document()

    assert {line["indicator"]: line["points"] for line in document["lines"]}["education"] == "80"


def test_explaining_loads_no_solver_and_no_typesetting(results: Path) -> None:
    """One person's sheet is wanted at a counter, at once."""
    ran = fresh(
        "explain", POLICY, results, "--applicant", some(results, "placed"), PYTHONPROFILEIMPORTTIME="1"
    )

    loaded = {line.split("|")[-1].strip() for line in ran.err.splitlines()}
    assert ran.status == 0
    assert "polars" in loaded
    assert loaded.isdisjoint({"ortools", "numba", "typst", "openpyxl", "python_calamine"})
