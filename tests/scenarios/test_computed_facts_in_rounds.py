"""Rounds with long tables, times that have passed, stale evidence: the verifier recomputes the same facts."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app
from publication.bundle import bundle_files
from publication.canonical_csv import canonical_csv
from publication.tables import Table
from publication.trace_text import RowsTrace
from scenarios.letters import Letters
from scenarios.round import Round, run_round
from scenarios.tables import Applications, empty_tables, round_schemas
from scoring.aggregates import RowsRead
from scoring.fact_model import DerivedFact
from scoring.pack import load_pack
from storage.folders import write_folder
from storage.replays import replay_bundle
from storage.rounds import read_round
from tests.scenarios.test_other_policies import CONFIG, TINY, config
from tests.strategies_tables import DAYS, LEVELS, SCHEMA, TABLE, rows, rules
from values.problems import BadInput
from verifier.verify_bundle import verify

FACT = "supplied_by: department, attested_by: {zh: 局, en: office}, cite: rules 1}"
VALID = "months: 6, dated_by: seen_on"
ALL = {
    "title": {"zh": "全", "en": "all"}, "of": "subject", "from_table": "t", "take": "sum", "column": "hours",
    "where": {"fact": "level", "is": "city"}, "dated_by": "day", "within_months": 600, "cite": "rules 1",
}  # fmt: skip
LEVELS_NAMED = "{city: {zh: 市, en: city}, province: {zh: 省, en: province}}"
SHARE = "formula: '(max(months, since) - x) / 7', decimals: 1, round: half_even"
MIX = f"{{title: {{zh: 混, en: mix}}, of: subject, {SHARE}}}"
HEAD = TINY.replace(
    "groups:\n",
    f"""  came_on: {{title: {{zh: 来, en: came}}, of: subject, type: date, {FACT}
  seen_on: {{title: {{zh: 检, en: seen}}, of: subject, type: date, {FACT}
  moved_on: {{title: {{zh: 迁, en: moved}}, of: subject, type: date, {FACT}
  own_level: {{title: {{zh: 级, en: level}}, of: subject, type: choice, members: {LEVELS_NAMED}, {FACT}
  fit: {{title: {{zh: 合格, en: fit}}, of: subject, type: boolean, valid_for: {{{VALID}}}, {FACT}
groups:
""",
    1,
).replace(
    "services:\n",
    """  more:
    title: {zh: 其他, en: more}
    group: quality
    kind: base
    cite: rules 5
    points:
      sum:
        - X_POINTS
        - flag: {all: [{fact: moved_on, at_least: 2100-01-01}, {known: own_level}]}
          points: 1
          unknown: UNKNOWN
        - {per: since, every: 3, points: 0.1}
        - {per: mix, every: 0.1, points: 0.1}
        - {flag: fit, points: 7}
        - {flag: {fact: came_on, at_least: 2100-01-01}, points: 1, unknown: UNKNOWN}
        - {flag: {fact: all, at_least: 999}, points: 1, unknown: UNKNOWN}
    unknown: {points: 3, cite: rules 4}
services:
""",
    1,
)
ANCHORS = ("came_on", "month_end", "previous_year_end", "2014-02-28")
levels = st.none() | st.sampled_from(LEVELS)
days = st.none() | st.sampled_from((*DAYS, date(2012, 2, 29), date(2014, 3, 31)))


def pack_text(rule: DerivedFact, since: str) -> str:
    """The tiny pack with a table, one aggregate of it and one time that has passed."""
    shown = rule.model_dump(mode="json", exclude_none=True, exclude_defaults=True, by_alias=True)
    parts = {
        "tables": {"t": TABLE.model_dump(mode="json", exclude_none=True)},
        "derived": {"all": ALL, "x": shown},
    }
    mix = MIX.replace("- x", "- 0") if rule.is_day else MIX
    compared = "flag: {fact: x, at_least: 2014-06-01}" if rule.is_day else "per: x, every: 1"
    text = HEAD.replace("X_POINTS", f"{{{compared}, points: 5}}")
    text = text.replace("UNKNOWN", "{points: 0, cite: rules 4}")
    return text.replace("groups:\n", f"{_flow(parts)}  since: {since}\n  mix: {mix}\ngroups:\n", 1)


def _flow(parts: dict[str, Any]) -> str:
    written = [
        f"{section}:\n" + "".join(f"  {n}: {_yaml(v)}\n" for n, v in held.items())
        for section, held in parts.items()
    ]
    return "".join(written)


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, str) and not value.isidentifier():
        return f"'{value}'"
    return str(value)


@st.composite
def times(draw: st.DrawFn) -> str:
    unit, as_of = draw(st.sampled_from(("years", "months", "days"))), draw(st.sampled_from((None, *ANCHORS)))
    future = draw(st.sampled_from(("0", "unknown")))
    more = f"future: {future}, maximum: 40000" + ("" if as_of is None else f", as_of: {as_of}")
    return f"{{title: {{zh: 来, en: since}}, of: subject, {unit}_since: seen_on, {more}}}"


@st.composite
def rounds(draw: st.DrawFn) -> Round:
    pack = load_pack(pack_text(draw(rules()), draw(times())), "tables.yaml")
    ids = [f"p{number}" for number in range(draw(st.integers(1, 4)))]
    people = [
        {"subject": name, "education": "junior", "months": 30, "came_on": draw(days), "seen_on": draw(days)}
        | {"fit": draw(st.none() | st.booleans()), "moved_on": draw(days), "own_level": draw(levels)}
        for name in ids
    ]
    schemas = round_schemas(pack.policy, "school")
    applicants = _typed(people, schemas["applicants"])
    candidates = _typed([{"candidate": n, "subject": n, "town": "east"} for n in ids], schemas["candidates"])
    quotas = _typed([{"town": "east", "seats": 2}], schemas["quotas"])
    events = [(draw(st.sampled_from(ids)), *row) for row in draw(rows)]
    table = pl.DataFrame(events, schema=SCHEMA, orient="row")
    fixed = {**empty_tables(), "applicants": applicants, "candidates": candidates, "quotas": quotas}
    return run_round(pack, config(), Applications(**fixed, ledgers={"t": table}))


def _typed(rows_: list[dict[str, Any]], schema: Any) -> pl.DataFrame:
    kinds = {"choice": None, "integer": pl.Int64, "date": pl.Date, "boolean": pl.Boolean}
    return pl.DataFrame(
        {
            column.name: pl.Series(
                [row.get(column.name) for row in rows_],
                dtype=pl.Enum(column.members)
                if column.type == "choice"
                else kinds.get(column.type, pl.String),
            )
            for column in schema.columns
            if column.name in rows_[0]
        }
    )


@given(rounds())
def test_the_verifier_recomputes_every_computed_fact(decided: Round) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder) / "audit", bundle_files(decided.record, "audit"))
        report = verify(Path(folder) / "audit", "en")

    assert report.ok, report.as_text("en")
    assert {"name": "computed", "result": "holds"}.items() <= next(
        check for check in report.checks if check["name"] == "computed"
    ).items()


RULE = DerivedFact.model_validate(
    {
        "title": {"zh": "名", "en": "name"},
        "of": "subject",
        "from_table": "t",
        "take": "sum",
        "column": "hours",
        "where": {"fact": "level", "is": "province"},
        "dated_by": "day",
        "within_months": 24,
        "cite": "rules 1",
    }
)
SINCE = "{title: {zh: 来, en: since}, of: subject, days_since: came_on, maximum: 40000}"
FILES = {
    "applicants.csv": "subject,education,months,came_on,seen_on,fit,moved_on,own_level\n"
    "a,junior,30,2014-05-31,2015-01-01,true,,city\nb,junior,30,2014-05-31,2015-01-01,true,,\n",
    "candidates.csv": "candidate,subject,town\na,a,east\nb,b,east\n",
    "quotas.csv": "town,seats\neast,2\n",
    "t.csv": "subject,level,day,hours,parts\n"
    "a,province,2015-01-01,2,1\na,province,2013-05-30,2,1\nb,,2015-01-01,1,\n",
}


def folder_with(folder: Path, **changed: str) -> Path:
    files = FILES | {f"{name}.csv": text for name, text in changed.items()}
    settings = CONFIG.replace("policy: tiny.yaml", "policy: ./tables.yaml")
    texts = {**files, "tables.yaml": pack_text(RULE, SINCE), "round.yaml": settings}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_folder_with_a_long_table_is_read_decided_and_replayed(tmp_path: Path) -> None:
    """Two hours in time, 365 days: 363 / 7 is 51.9. b's row may be of the province, so it earns 3."""
    given_files = read_round(folder_with(tmp_path / "round"))
    decided = run_round(given_files.pack, given_files.config, given_files.tables)
    write_folder(tmp_path / "audit", bundle_files(decided.record, "audit"))

    assert decided.facts.frame["x"].to_list() == [2, None]
    assert decided.scores.lines["more"].to_list() == [1000 + 1210 + 700 + 5190, 300]
    assert (tmp_path / "audit" / "inputs" / "t.csv").is_file()
    assert replay_bundle(tmp_path / "audit").same


def test_every_wrong_row_of_a_long_table_is_told_at_once(tmp_path: Path) -> None:
    table = "subject,level,day,hours,parts\na,county,2015-01-01,2,1\nz,city,2015-02-30,2,1\n"
    table += "b,city,2015-01-01,3,1\n"

    with pytest.raises(BadInput) as error:
        read_round(folder_with(tmp_path / "round", t=table))

    told = {(problem.code, problem.place.row, problem.place.field) for problem in error.value.problems}
    assert told == {
        ("tables.not_a_member", 2, "level"),
        ("tables.no_such_day", 3, "day"),
        ("tables.above_maximum", 4, "hours"),
        ("round.row_of_nobody", 3, "subject"),
    }


def test_a_forged_count_is_found(tmp_path: Path) -> None:
    """Somebody changes a computed fact and everything that hangs on it but the table."""
    given_files = read_round(folder_with(tmp_path / "round"))
    decided = run_round(given_files.pack, given_files.config, given_files.tables)
    more = given_files.tables.ledgers["t"].with_columns(pl.lit(1, pl.Int64).alias("hours"))
    forged = bundle_files(decided.record, "audit")
    schema = round_schemas(given_files.pack.policy, "school")["t"]
    forged["inputs/t.csv"] = canonical_csv(Table(schema, more))
    write_folder(tmp_path / "audit", forged)

    computed = next(c for c in verify(tmp_path / "audit", "en").checks if c["name"] == "computed")

    assert (computed["result"], computed["place"]) == (
        "failed",
        {"file": "facts.csv", "row": 2, "column": "x"},
    )


def test_explain_says_how_many_rows_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row of a's lies too far back; b's level is not known."""
    monkeypatch.chdir(folder_with(tmp_path / "round"))

    def told(who: str) -> str:
        words = ["explain", "./tables.yaml", ".", "--applicant", who, "--lang", "en"]
        return CliRunner().invoke(app, words, catch_exceptions=False).output

    assert "name: 2 (X1 art. 1); name: 1 of 2 rows count; 1 left out, of another kind or time" in told("a")
    assert "name: unknown (X1 art. 1); name: 0 of 1 rows count; 1 with an open cell may count" in told("b")


def test_a_letter_counts_the_same_rows(tmp_path: Path) -> None:
    files = read_round(folder_with(tmp_path / "round"))
    decided = run_round(files.pack, files.config, files.tables)

    traces = Letters(decided, decided.record.digest).letter("a").months

    counted = {trace.value: trace.read for trace in traces if isinstance(trace, RowsTrace)}
    assert counted == {"0": RowsRead(0, 0, 2), "2": RowsRead(1, 0, 1)}
