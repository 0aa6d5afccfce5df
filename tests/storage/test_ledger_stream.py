"""Ledgers read piece by piece: the same months as in memory, and every flaw with its row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app
from scenarios.measured import with_measures
from scoring.pack import load_pack
from storage import ledger_stream
from storage.ledger_stream import measure_ledgers
from values.problems import BadInput

TINY = (Path(__file__).parents[1] / "scoring" / "tiny_pack.yaml").read_text("utf-8")
MEASURES = """
ledgers:
  dues: {title: {zh: 缴费, en: dues}, columns: {kind: [paid, back_paid]}, cite: rules 1}
  study: {title: {zh: 学籍, en: study}, columns: {}, cite: rules 1}
derived:
  months: {title: {zh: 参保月数, en: months insured}, of: subject, months_in: dues, except: {kind: back_paid},
    not_during: {ledger: study}, up_to: accepted_on, bridge: 1, bridged_months: excluded, on_break: longest,
    cite: rules 1, maximum: 600}
groups:
"""
FACT = """  accepted_on: {title: {zh: 受理, en: accepted}, of: subject, type: date, supplied_by: department,
    attested_by: {zh: 局, en: bureau}, cite: rules 1}
"""


def pack_text() -> str:
    before, rest = TINY.split("  months:\n", 1)
    after = rest[rest.index("  town:\n") :]
    return (before + FACT + after).replace("groups:\n", MEASURES.lstrip("\n"), 1)


PACK = pack_text()
POLICY = load_pack(PACK, "tiny.yaml").policy
rows = st.lists(
    st.tuples(
        st.sampled_from("abcdefgz"),
        st.sampled_from(["paid", "back_paid"]),
        st.integers(24000, 24040),
        st.integers(0, 6),
    ),
    max_size=30,
)


def frame(given: list[tuple[str, str, int, int]], *, kinds: bool) -> pl.DataFrame:
    table = [(who, kind, first, first + more) for who, kind, first, more in given]
    names = {"subject": pl.String, "kind": pl.String, "first_month": pl.Int32, "last_month": pl.Int32}
    found = pl.DataFrame(table, schema=names, orient="row").sort("subject")
    return found if kinds else found.drop("kind")


def written(ledger: pl.DataFrame, path: Path, *, as_text: bool) -> Path:
    """The file of a ledger, months as days or as text."""
    days = [
        pl.date(pl.col(name) // 12, pl.col(name) % 12 + 1, 1).alias(name)
        for name in ("first_month", "last_month")
    ]
    table = ledger.with_columns(days)
    if as_text:
        table = table.with_columns(
            pl.col(name).dt.to_string("%Y-%m") for name in ("first_month", "last_month")
        )
    table.write_parquet(path)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dues=rows, study=rows, slice_=st.integers(1, 7), block=st.integers(1, 4), as_text=st.booleans())
def test_piece_by_piece_gives_the_months_of_the_whole(
    tmp_path: Path,
    dues: list[tuple[str, str, int, int]],
    study: list[tuple[str, str, int, int]],
    slice_: int,
    block: int,
    as_text: bool,
) -> None:
    """However the rows fall into slices and the people into blocks; rows of others are passed over."""
    people = pl.DataFrame({"subject": list("fedcba"), "accepted_on": [date(2003, 1, 31)] * 5 + [None]})
    ledgers = {"dues": frame(dues, kinds=True), "study": frame(study, kinds=False)}
    whole = with_measures(POLICY, "school", people, ledgers).sort("subject")
    files = {
        name: written(rows_, tmp_path / f"{name}.parquet", as_text=as_text) for name, rows_ in ledgers.items()
    }

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger_stream, "SLICE", slice_)
        patch.setattr(ledger_stream, "BLOCK", block)
        told = measure_ledgers(POLICY, "school", people, files)

    assert told["months"].to_list() == whole["months"].to_list()


@pytest.mark.parametrize(
    ("change", "code", "row"),
    [
        (pl.col("subject").reverse(), "storage.ledger_unsorted", 0),
        (pl.lit("gift").alias("kind"), "storage.ledger_cell", 2),
        (pl.lit(None, pl.Date).alias("first_month"), "storage.ledger_cell", 2),
        (pl.date(2000, 1, 2).alias("first_month"), "storage.ledger_cell", 2),
        (pl.date(2010, 1, 1).alias("first_month"), "round.months_reversed", 2),
    ],
)
def test_a_ledger_that_cannot_be_used_is_refused_with_its_rows(
    tmp_path: Path, change: pl.Expr, code: str, row: int
) -> None:
    """Nothing is guessed, nor passed over."""
    people = pl.DataFrame({"subject": ["a", "b"], "accepted_on": [date(2003, 1, 31)] * 2})
    ledger = frame([("a", "paid", 24000, 3), ("b", "paid", 24000, 3)], kinds=True)
    dues = written(ledger, tmp_path / "dues.parquet", as_text=False)
    pl.read_parquet(dues).with_columns(change).write_parquet(dues)
    study = written(frame([], kinds=False), tmp_path / "study.parquet", as_text=False)

    with pytest.raises(BadInput) as refused:
        measure_ledgers(POLICY, "school", people, {"dues": dues, "study": study})

    assert (refused.value.problems[0].code, refused.value.problems[0].place.row) == (code, row)


def test_a_missing_ledger_or_column_is_named(tmp_path: Path) -> None:
    """The fact that needs it, or the column."""
    people = pl.DataFrame({"subject": ["a"], "accepted_on": [date(2003, 1, 31)]})
    ledger = frame([("a", "paid", 24000, 3)], kinds=True)
    dues = written(ledger, tmp_path / "dues.parquet", as_text=False)

    with pytest.raises(BadInput, match=r"ledger_missing .*study"):
        measure_ledgers(POLICY, "school", people, {"dues": dues})
    with pytest.raises(BadInput, match=r"ledger_column .*kind"):
        measure_ledgers(
            POLICY,
            "school",
            people,
            {"dues": written(frame([], kinds=False), dues, as_text=False), "study": dues},
        )


def test_the_command_writes_applicants_with_finished_months(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `jifen score` then reads without the ledgers is what it reads with them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack.yaml").write_text(PACK, "utf-8")
    (tmp_path / "round").mkdir()
    (tmp_path / "round/applicants.csv").write_text(
        "subject,education,accepted_on\na,junior,2003-01-31\nb,none,2003-01-31\n", "utf-8"
    )
    (tmp_path / "round/candidates.csv").write_text("candidate,subject,town\na,a,east\nb,b,west\n", "utf-8")
    ledger = frame([("a", "paid", 24000, 14), ("b", "paid", 24001, 3)], kinds=True)
    written(ledger, tmp_path / "round/dues.parquet", as_text=False)
    written(frame([("a", "", 24002, 1)], kinds=False), tmp_path / "round/study.parquet", as_text=False)
    asked = ["pack.yaml", "round", "--as-of", "2015-04-30", "--lang", "en"]
    before = CliRunner().invoke(app, ["score", *asked])

    done = CliRunner().invoke(app, ["months", *asked, "-o", "measured.csv"])

    assert done.output == "months of 2 people measured, written to measured.csv\n"
    measured = pl.read_csv(tmp_path / "measured.csv", infer_schema=False)
    assert measured["months"].to_list() == ["13", "4"]
    (tmp_path / "round/dues.parquet").unlink()
    (tmp_path / "round/study.parquet").unlink()
    (tmp_path / "measured.csv").rename(tmp_path / "round/applicants.csv")
    assert CliRunner().invoke(app, ["score", *asked]).output == before.output
