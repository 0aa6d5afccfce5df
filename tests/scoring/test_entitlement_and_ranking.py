"""Services without a market, and rankings in which the total comes last or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli import app
from publication.bundle import bundle_files
from publication.explanation import explanation_text, sheet_of
from scenarios.notices import notice_of
from scenarios.round import Round, run_round
from scoring.eligibility import STATUSES
from scoring.explain import explain
from scoring.pack import load_pack
from scoring.person import explain_candidate
from storage.folders import write_folder
from tests.scenarios.test_other_policies import CONFIG, THREE, TINY, config, tables
from values.problems import BadInput
from verifier.verify_bundle import verify

KEYS = "scope_cite: rules 12, total: {}, keys: [{{fact: months, better: lower}}], keys_cite: rules 12, ties"
BENEFIT = """
  benefit:
    title: {zh: 待遇, en: benefits}
    cite: rules 7
    kinds: [base]
    kinds_cite: rules 7
    criteria: {}
    candidate: {takes: own, cite: rules 11}
    entitlement: {from: 21.5, gives: {zh: 公共服务, en: public services}, cite: rules 9}
"""
PEOPLE = "subject,education,months\na,junior,30\nb,junior,0\nc,junior,\n"


def decide(total: str) -> Round:
    pack = load_pack(TINY.replace("scope_cite: rules 12, ties", KEYS.format(total)), "tiny.yaml")
    return run_round(pack, config(), tables(THREE, {"east": 2}))


@pytest.mark.parametrize(
    ("total", "names", "order"),
    [
        ("first", ["total", "months"], "abcd"),  # 23, 21.5, 21.5, 20 points
        ("last", ["months", "total"], "dbca"),  # 1, 13, 13, 30 months, the fewer the better
        ("none", ["months"], "dbca"),
    ],
)
def test_the_total_comes_where_the_policy_says(
    total: str, names: list[str], order: str, tmp_path: Path
) -> None:
    decided = decide(total)

    assert [key.name for key in decided.ranking.keys] == names
    ranked = [int(rank) for rank in decided.ranking.rank]
    assert sorted(zip(ranked, decided.ground.people, strict=True)) == sorted(
        zip([1, 2, 2, 4], order, strict=True)
    )
    assert notice_of(decided).has_points == (total != "none")
    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
        report = verify(tmp_path / form, "en")
        assert report.ok, report.as_text("en")


def test_a_record_that_ranks_by_points_the_policy_leaves_out_is_found(tmp_path: Path) -> None:
    """The bundle of `total: first` with the policy of `total: none`."""
    files = bundle_files(decide("first").record, "audit")
    files["policy.json"] = bundle_files(decide("none").record, "audit")["policy.json"]
    write_folder(tmp_path, files)

    failed = {check["name"] for check in verify(tmp_path, "en").checks if check["result"] == "failed"}

    assert {"files", "rules"} <= failed


@pytest.mark.parametrize(("multiplied", "order"), [("", "bac"), (", multiplied: true", "acb")])
def test_points_that_are_keys_are_taken_before_or_after_the_multiplier(
    multiplied: str, order: str, tmp_path: Path
) -> None:
    """West counts 1.3 times: a has 21.5, that is 27.95; b in the east 23; c in the west 20, that is 26."""
    ranking = f"total: none, keys: [{{group: quality{multiplied}}}], keys_cite: rules 12, ties: [lottery]"
    text = TINY.replace(
        "scope: [town], scope_cite: rules 12, ties: [lottery]", f"scope: [], scope_cite: rules 12, {ranking}"
    )
    people = tables([("a", "west", 12), ("b", "east", 24), ("c", "west", 0)], {"east": 3})
    people = replace(people, quotas=people.quotas.select("seats"))

    decided = run_round(
        load_pack(text.replace("at_least: 1}", "at_least: 0}"), "tiny.yaml"), config(), people
    )

    ranked = sorted(zip(decided.ranking.rank, decided.ground.people, strict=True))
    assert "".join(who for _, who in ranked) == order
    assert decided.ranking.values[:, 0].max() == (2795 if multiplied else 2300)
    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
        report = verify(tmp_path / form, "en")
        assert report.ok, report.as_text("en")


@pytest.mark.parametrize(
    ("of", "statuses"),
    [
        ("total", ["ineligible", "eligible"]),  # 17, 22.1
        ("before_multiplier", ["ineligible", "ineligible"]),  # 17, 17
        ("before_deductions", ["eligible", "eligible"]),  # 20, 26
        ("before_both", ["eligible", "eligible"]),  # 20, 20
    ],
)
def test_a_gate_looks_at_the_total_before_or_after_multiplier_and_deductions(
    of: str, statuses: list[str], tmp_path: Path
) -> None:
    """Education 20, and 3 taken off; a in the east, b in the west, times 1.3; the gate is 20."""
    pack = load_pack(deducting(of), "tiny.yaml")

    decided = run_round(
        pack, config(), tables([("a", "east", 30), ("b", "west", 30), WIDE], {"east": 3, "west": 3})
    )

    assert [STATUSES[code] for code in decided.standings.status][:2] == statuses
    assert [explain_candidate(pack, decided.facts, who).status for who in "ab"] == statuses
    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
        report = verify(tmp_path / form, "en")
        assert report.ok, report.as_text("en")


WIDE = ("z", "east", 11)
"""Nothing is taken off: 20 points, so that somebody is ranked whatever the gate looks at."""


def deducting(of: str) -> str:
    """The tiny pack in which insurance is taken off."""
    line = "group: quality\n    kind: base\n    cite: rules 5"
    text = TINY.replace(line, line.replace("base", "deduction")).replace(
        "kinds: [base]", "kinds: [base, deduction]"
    )
    return text.replace("gate: {points: 10, of: total", f"gate: {{points: 20, of: {of}")


def test_the_sheet_says_what_the_gate_looked_at() -> None:
    pack = load_pack(deducting("before_deductions"), "tiny.yaml")
    person = {"education": "junior", "months": 30, "town": "west"}
    told = explain(pack.policy, "school", person, candidate="c", subject="c", as_of=config().as_of)
    open_ = explain(
        pack.policy, "school", {**person, "months": None}, candidate="c", subject="c", as_of=config().as_of
    )

    text = explanation_text(sheet_of(told, "en", documents=pack.policy.documents))
    assert "Total: 22.1" in text
    assert "Total before deductions: 26" in text
    assert "Least needed: 20, reached (X1 art. 9)" in text
    assert (told.gated, open_.gated, open_.total) == (2600, 2600, None)


CLASSES = """classes: [
  {id: long, title: {zh: 久, en: long}, when: {fact: months, at_least: 13}, unknown: after, cite: rules 1},
  {id: short, title: {zh: 短, en: short}, unknown: pending, cite: rules 1,
   when: {fact: months, at_most: 13}}]"""


@pytest.mark.parametrize(
    ("hit", "order", "names"),
    [
        ("", [("b", 1), ("c", 1), ("a", 3), ("d", 4)], ["long", "short", "total"]),  # b and c are in both
        ("classes_hit: first, ", [("a", 1), ("b", 2), ("c", 2), ("d", 4)], ["class", "total"]),
    ],
)
def test_classes_are_compared_one_after_the_other_or_the_first_that_holds_decides(
    hit: str, order: list[tuple[str, int]], names: list[str], tmp_path: Path
) -> None:
    """Insured for 30, 13, 13 and 1 months; 23, 21.5, 21.5 and 20 points."""
    text = TINY.replace("scope_cite: rules 12, ties", f"scope_cite: rules 12, {hit}{CLASSES}, ties")

    decided = run_round(load_pack(text, "tiny.yaml"), config(), tables(THREE, {"east": 2}))

    assert [key.name for key in decided.ranking.keys] == names
    ranked = zip(decided.ranking.rank.tolist(), decided.ground.people, strict=True)
    assert [(who, rank) for rank, who in sorted(ranked)] == order
    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
        report = verify(tmp_path / form, "en")
        assert report.ok, report.as_text("en")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY.rstrip() + BENEFIT, "utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    return tmp_path


def test_score_tells_who_is_entitled(folder: Path) -> None:
    words = [
        "score",
        "tiny.yaml",
        "people.csv",
        "--service",
        "benefit",
        "--as-of",
        "2015-05-31",
        "-o",
        "out.parquet",
    ]

    CliRunner().invoke(app, words, catch_exceptions=False)

    found = pl.read_parquet(folder / "out.parquet")
    assert found.select("subject", "status", "entitled").rows() == [
        ("a", "eligible", True),
        ("b", "ineligible", False),
        ("c", "pending", None),
    ]


def test_explain_says_what_somebody_is_entitled_to_with_the_clause(folder: Path) -> None:
    def told(who: str, *more: str) -> str:
        words = ["explain", "tiny.yaml", "people.csv", "--applicant", who, "--service", "benefit"]
        words += ["--as-of", "2015-05-31", "--lang", "en", *more]
        return CliRunner().invoke(app, words, catch_exceptions=False).output

    assert "Status: entitled" in told("a")
    assert "Entitled to: public services (X1 art. 9)" in told("a")
    assert "Status: not entitled\n  - fewer than 21.5 points (X1 art. 9)" in told("b")
    assert "Not entitled for now to: public services (X1 art. 9)" in told("c")
    assert [json.loads(told(who, "--json"))["entitled"] for who in "abc"] == [True, False, None]


def test_a_round_of_an_entitlement_is_refused_and_told_what_to_use(folder: Path) -> None:
    settings = CONFIG.replace("service: school", "service: benefit").replace("tiny.yaml", "./tiny.yaml")
    (folder / "round.yaml").write_text(settings, "utf-8")

    result = CliRunner().invoke(app, ["run", ".", "--out", "out", "--lang", "en"])

    assert result.exit_code == 2
    assert "service benefit is an entitlement, there are no seats to give: jifen score" in result.output
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        (
            "criteria: {}",
            "criteria: {}\n    notice: {working_days: 5, cite: rules 15}",
            "pack.entitlement_market",
        ),
        (
            "    kinds: [base]\n    kinds_cite: rules 7\n    criteria: {}",
            "    criteria: {}",
            "pack.without_points",
        ),
        (
            "    kinds: [base]\n    kinds_cite: rules 7\n    criteria: {}",
            "    criteria: {}",
            "pack.entitlement_of_all",
        ),
        ("from: 21.5, ", "", "pack.entitlement_from"),
        ("from: 21.5", "from: 21.555", "pack.inexact"),
    ],
)
def test_a_slip_of_an_entitlement_is_refused(right: str, wrong: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        load_pack(TINY.rstrip() + BENEFIT.replace(right, wrong), "tiny.yaml")


def test_a_service_without_market_and_entitlement_lacks_what_it_must_say() -> None:
    text = TINY[: TINY.index("    allocation:")]

    with pytest.raises(BadInput) as error:
        load_pack(text, "tiny.yaml")

    assert [dict(problem.params) for problem in error.value.problems] == [
        {"key": "allocation"},
        {"key": "notice"},
    ]


def test_an_entitlement_based_on_a_market_takes_no_market() -> None:
    text = (
        TINY.rstrip()
        + """
  benefit:
    title: {zh: 待遇, en: benefits}
    based_on: school
    entitlement: {from: 21.5, gives: {zh: 公共服务, en: public services}, cite: rules 9}
"""
    )
    service = load_pack(text, "tiny.yaml").policy.services["benefit"]

    assert list(service.criteria) == ["insured"]
    assert service.ranking_rule is None
    assert service.gate is None


FREE = """
  benefit:
    title: {zh: 待遇, en: benefits}
    cite: rules 7
    criteria:
      long: {title: {zh: 久, en: long}, require: {fact: months, at_least: 1}, otherwise: ineligible,
        unknown: pending, cite: rules 7}
    candidate: {takes: own, cite: rules 11}
    entitlement: {gives: {zh: 公共服务, en: public services}, cite: rules 9}
"""


def test_an_entitlement_without_points_goes_by_the_criteria_alone(folder: Path) -> None:
    """In the table, on the sheet and in the announcement."""
    (folder / "tiny.yaml").write_text(TINY.rstrip() + FREE, "utf-8")
    (folder / "people.csv").write_text("subject,months\na,30\nb,0\nc,\n", "utf-8")
    asked = ["tiny.yaml", "people.csv", "--service", "benefit", "--as-of", "2015-05-31"]

    def told(*words: str) -> str:
        return CliRunner().invoke(app, list(words), catch_exceptions=False).output

    told("score", *asked, "-o", "out.parquet")
    found = pl.read_parquet(folder / "out.parquet")
    assert found.select("subject", "status", "entitled").rows() == [
        ("a", "eligible", True),
        ("b", "ineligible", False),
        ("c", "pending", None),
    ]
    sheet = told("explain", *asked, "--applicant", "a", "--lang", "en")
    assert "Entitled to: public services (X1 art. 9)" in sheet
    assert "Total" not in sheet
    printed = told("policy", "print", "tiny.yaml", "--lang", "en")
    assert "for everybody who meets the conditions: public services (X1 art. 9)" in printed
