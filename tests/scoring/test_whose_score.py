"""Of two parents the one counts who ranks better, by whatever the policy ranks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from publication.bundle import bundle_files
from scenarios.round import Round, run_round
from scenarios.tables import Applications
from scoring.candidates import qualify
from scoring.eligibility import STATUSES, assess
from scoring.facts import assemble
from scoring.pack import load_pack
from scoring.person import explain_pair
from scoring.score import score
from storage.folders import write_folder
from tests.scenarios.test_other_policies import TINY, config, tables
from verifier.verify_bundle import verify

CLASS = (
    "{id: new, title: {zh: 新, en: new}, when: {fact: months, less_than: 24}, unknown: after, cite: rules 12}"
)
KEYS = "keys: [{fact: months, better: lower}], keys_cite: rules 12"
PARENTS: list[tuple[str, str, int | None]] = [("p1", "east", 30), ("p2", "east", 12)]
"""The first earns 23 points, the second 21.5."""


def family(parents: list[tuple[str, str, int | None]] = PARENTS) -> Applications:
    """One child c of both parents."""
    both = tables(parents, {"east": 1})
    child = both.candidates[:1].with_columns(
        candidate=pl.lit("c"), subject=pl.lit("p1"), second_subject=pl.lit("p2")
    )
    return replace(both, candidates=child)


def decide(ranking: str, people: Applications) -> Round:
    text = TINY.replace("takes: own", "takes: higher_parent")
    text = text.replace("scope_cite: rules 12, ties", f"scope_cite: rules 12, {ranking}, ties")
    return run_round(load_pack(text, "tiny.yaml"), config(), people)


def counted(decided: Round) -> str:
    (pair,) = decided.standings.pair
    return str(decided.facts.subjects[int(decided.facts.subject_row[pair])])


@pytest.mark.parametrize(
    ("ranking", "parent"),
    [
        (KEYS, "p1"),  # 23 against 21.5
        (f"total: last, {KEYS}", "p2"),  # 12 months against 30, the fewer the better
        (f"total: none, {KEYS}", "p2"),
        (f"classes: [{CLASS}]", "p2"),  # in the class, whatever the points
        (f"classes: [{CLASS}], total: last, {KEYS}", "p2"),
        ("total: none", "p1"),  # nobody is ranked by anything: the higher total
    ],
)
def test_the_parent_who_ranks_better_counts(ranking: str, parent: str, tmp_path: Path) -> None:
    decided = decide(ranking, family())

    assert counted(decided) == parent
    for form in ("public", "audit"):
        write_folder(tmp_path / form, bundle_files(decided.record, form))  # type: ignore[arg-type]
        report = verify(tmp_path / form, "en")
        assert report.ok, report.as_text("en")


def test_who_does_not_take_part_counts_for_nobody_who_could() -> None:
    """The second parent would rank better, but is not insured at all."""
    decided = decide(f"total: none, {KEYS}", family([("p1", "east", 30), ("p2", "east", 0)]))

    assert counted(decided) == "p1"


def test_the_verifier_finds_a_parent_who_does_not_rank_better(tmp_path: Path) -> None:
    """The lines of a ranking by the total, under the policy that ranks by months alone."""
    files = bundle_files(decide(f"total: none, {KEYS}", family()).record, "audit")
    lines = files["score_lines.csv"].decode().splitlines()
    at = lines[0].split(",").index("counts")
    swapped = [lines[0]]
    for line in lines[1:]:
        cells = line.split(",")
        cells[at] = {"true": "false", "false": "true"}[cells[at]]
        swapped.append(",".join(cells))
    files["score_lines.csv"] = ("\n".join(swapped) + "\n").encode()
    write_folder(tmp_path, files)

    failed = {check["name"] for check in verify(tmp_path, "en").checks if check["result"] == "failed"}

    assert "eligibility" in failed


@pytest.mark.parametrize(
    ("asked", "months", "statuses"),
    [
        ("", (12, 0), ["eligible", "ineligible"]),  # each for oneself
        ("asked_of: either_parent, ", (12, 0), ["eligible", "eligible"]),
        ("asked_of: either_parent, ", (0, 0), ["ineligible", "ineligible"]),
        (
            "asked_of: either_parent, ",
            (12, None),
            ["eligible", "pending"],
        ),  # the line is open, not the criterion
        ("asked_of: either_parent, ", (0, None), ["pending", "pending"]),
        ("asked_of: both_parents, ", (12, 1), ["eligible", "eligible"]),
        ("asked_of: both_parents, ", (12, 0), ["ineligible", "ineligible"]),
        ("asked_of: both_parents, ", (0, None), ["ineligible", "ineligible"]),
        ("asked_of: both_parents, ", (12, None), ["pending", "pending"]),
    ],
)
def test_a_criterion_may_be_asked_of_either_parent_or_of_both(
    asked: str, months: tuple[int | None, int | None], statuses: list[str]
) -> None:
    """Insured for at least a month: in the columns and on the sheet of each parent."""
    text = TINY.replace("takes: own", "takes: higher_parent").replace(
        "otherwise: ineligible", f"{asked}otherwise: ineligible"
    )
    pack = load_pack(text, "tiny.yaml")
    tables_ = family([("p1", "east", months[0]), ("p2", "east", months[1])])
    facts = assemble(pack.policy, "school", tables_.applicants, tables_.candidates, as_of=config().as_of)
    scores = score(facts)

    standings = qualify(facts, assess(facts), scores)

    assert [STATUSES[code] for code in standings.pair_status] == statuses
    assert [explain_pair(pack, facts, scores, pair).status for pair in (0, 1)] == statuses


def test_the_verifier_asks_both_parents(tmp_path: Path) -> None:
    """The second parent is not insured, ranks better, and counts because the first is."""
    text = TINY.replace("takes: own", "takes: higher_parent").replace(
        "otherwise: ineligible", "asked_of: either_parent, otherwise: ineligible"
    )
    text = text.replace("scope_cite: rules 12, ties", f"scope_cite: rules 12, total: none, {KEYS}, ties")
    decided = run_round(
        load_pack(text, "tiny.yaml"), config(), family([("p1", "east", 12), ("p2", "east", 0)])
    )

    assert counted(decided) == "p2"
    write_folder(tmp_path, bundle_files(decided.record, "audit"))
    assert verify(tmp_path, "en").ok
    changed = json.loads((tmp_path / "policy.json").read_text("utf-8"))
    del changed["services"]["school"]["criteria"]["insured"]["asked_of"]
    data = json.dumps(changed, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
    (tmp_path / "policy.json").write_text(data, "utf-8")
    failed = {check["name"] for check in verify(tmp_path, "en").checks if check["result"] == "failed"}
    assert "facts" in failed
