"""Rounds in which a spouse's facts count, and times on another day: tables, bundle, replay, flat table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from publication.bundle import bundle_files
from scenarios.round import run_round
from scoring.pack import load_pack
from scoring.score import score
from storage.bundle_facts import facts_in_bundle
from storage.facts_files import read_facts
from storage.folders import write_folder
from storage.replays import replay_bundle
from storage.rounds import read_round
from tests.scenarios.test_other_policies import CONFIG, TINY
from values.problems import BadInput
from verifier.verify_bundle import verify

AS_OF = date(2015, 5, 31)
FACT = "supplied_by: department, attested_by: {zh: 局, en: office}, cite: rules 1}"
LINE = "group: quality, kind: base, cite: rules 5, unknown: {pending: true, cite: rules 4}"
PACK = TINY.replace(
    "groups:\n",
    f"""  came_on: {{title: {{zh: 来, en: came}}, of: subject, type: date, {FACT}
derived:
  years_here: {{title: {{zh: 居住年数, en: years here}}, of: subject, years_since: came_on, maximum: 100}}
groups:
""",
    1,
).replace(
    "services:\n",
    f"""  couple: {{title: {{zh: 夫妻, en: couple}}, {LINE},
    points: {{whose: both, per: months, every: 12, points: 1, cap: 4}}}}
  partner: {{title: {{zh: 配偶, en: partner}}, {LINE},
    points: {{whose: spouse, as_of: previous_year_end, per: years_here, every: 1, points: 2}}}}
services:
""",
    1,
)
FILES = {
    "applicants.csv": "subject,has_spouse,spouse,education,months,came_on\n"
    "a,true,s,junior,30,2000-01-01\n"
    "b,false,,junior,30,2000-01-01\n"
    "c,,,junior,30,2000-01-01\n"
    "d,true,,junior,70,2000-01-01\n"
    "s,true,a,junior,13,2010-03-01\n",
    "candidates.csv": "candidate,subject,town\na,a,east\nb,b,east\nc,c,east\nd,d,east\n",
    "quotas.csv": "town,seats\neast,2\n",
}


def folder_with(folder: Path, **changed: str) -> Path:
    files = FILES | {f"{name}.csv": text for name, text in changed.items()}
    settings = CONFIG.replace("policy: tiny.yaml", "policy: ./couples.yaml")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**files, "couples.yaml": PACK, "round.yaml": settings}.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_spouse_is_joined_scored_published_verified_and_replayed(tmp_path: Path) -> None:
    """2 + 1 years of insurance; the spouse came in March 2010: four years at the end of 2014, later five."""
    given = read_round(folder_with(tmp_path / "round"))
    decided = run_round(given.pack, given.config, given.tables)
    audit = tmp_path / "audit"
    write_folder(audit, bundle_files(decided.record, "audit"))

    lines = decided.scores.lines
    assert lines["couple"].to_list() == [300, 200, None, None]
    assert lines["partner"].to_list() == [800, 0, None, None]
    report = verify(audit, "en")
    assert report.ok, report.as_text("en")
    assert replay_bundle(audit).same
    alone = facts_in_bundle(audit, given.pack.policy, "school", as_of=AS_OF, candidate="a")
    assert alone is not None
    assert score(alone).lines["partner"].to_list() == [800]


def test_one_flat_table_holds_the_spouses_facts_beside_the_own(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text(
        "subject,education,months,came_on,town,has_spouse,spouse_months,spouse_came_on\n"
        "a,junior,30,2000-01-01,east,true,13,2010-03-01\n"
        "b,junior,30,2000-01-01,east,false,,\n"
        "c,junior,30,2000-01-01,east,,13,2010-03-01\n",
        "utf-8",
    )

    facts = read_facts(table, load_pack(PACK, "couples.yaml"), "school", as_of=AS_OF)

    assert score(facts).lines["couple"].to_list() == [300, 200, None]
    assert score(facts).lines["partner"].to_list() == [800, 0, None]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("a,true,s,", "a,true,z,", "facts.unknown_spouse"),
        ("a,true,s,", "a,true,a,", "facts.spouse_oneself"),
        ("a,true,s,", "a,false,s,", "facts.spouse_denied"),
    ],
)
def test_a_spouse_who_cannot_be_is_refused(tmp_path: Path, right: str, wrong: str, code: str) -> None:
    folder = folder_with(tmp_path / "round", applicants=FILES["applicants.csv"].replace(right, wrong))
    given = read_round(folder)

    with pytest.raises(BadInput) as error:
        run_round(given.pack, given.config, given.tables)

    assert [problem.code for problem in error.value.problems] == [code]


@pytest.mark.parametrize(
    ("column", "value"), [("spouse_months", "25"), ("spouse_years_here@previous_year_end", "5")]
)
def test_a_forged_fact_of_a_spouse_is_found(tmp_path: Path, column: str, value: str) -> None:
    given = read_round(folder_with(tmp_path / "round"))
    files = bundle_files(run_round(given.pack, given.config, given.tables).record, "audit")
    header, first, *rest = files["facts.csv"].decode().split("\n")
    cells = first.split(",")
    cells[header.split(",").index(column)] = value
    write_folder(
        tmp_path / "audit", {**files, "facts.csv": "\n".join([header, ",".join(cells), *rest]).encode()}
    )

    report = verify(tmp_path / "audit", "en")

    failed = {check["name"]: check["place"] for check in report.checks if check["result"] == "failed"}
    named = failed["inputs"] if column == "spouse_months" else failed["computed"]
    assert named == {"file": "facts.csv", "row": 2, "column": column}
