"""What `simulate` does: a study on its round, decided, compared, written; and what it says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from api.console import print_json, problem_document, report, show
from publication.messages import Lang, sentence
from scenarios.what_if import WATERMARK, Outcome, StudyResult, run_study
from scoring.overlay import Applied
from storage.bundles import STUDY_FORMAT
from storage.folders import refuse_occupied
from storage.studies import find_study, read_baseline, read_study, write_study
from values.problems import bad_input
from values.progress import Progress


@dataclass(frozen=True, eq=False)
class Simulated:
    """A study that was run, its document, and where its files are."""

    result: StudyResult
    document: dict[str, Any]
    out: Path


def simulate_study(
    study: str, folder: Path | None, out: Path | None, lang: Lang, *, replace: bool, progress: Progress
) -> Simulated:
    """Run a study and write its folder, by default `out/` and the study's id.

    Raises:
        BadInput: everything wrong with the study or the round; nothing is written then.
        Refused: the official round is refused, or is another than published.
    """
    given = read_study(find_study(study))
    target = out or Path("out") / given.study.model.id
    refuse_occupied(target, replace=replace)
    chosen = folder or given.folder
    if chosen is None:
        raise bad_input("simulate.no_round", given.study.place("round"))
    baseline = read_baseline(chosen, given.study)
    files = baseline.files
    result = run_study(
        given.study,
        files.pack,
        files.config,
        files.tables,
        people=given.people,
        published=baseline.published,
        progress=progress,
    )
    document = study_document(result)
    write_study(result, document, target, lang, replace=replace)
    return Simulated(result, document, target)


def study_document(result: StudyResult) -> dict[str, Any]:
    """A study's result as plain values, amounts as decimal text; nobody's own row."""
    baseline = result.baseline
    return {
        "format": STUDY_FORMAT,
        "watermark": WATERMARK,
        "study": result.study.model.id,
        "title": result.study.model.title.model_dump(),
        "round": baseline.config.id,
        "record": baseline.record.digest,
        "result_digest": baseline.record.result_digest,
        "scenarios": [_scenario(outcome) for outcome in result.outcomes],
    }


def show_simulation(done: Simulated, lang: Lang, *, as_json: bool) -> None:
    """Say what every scenario changes, after the watermark."""
    if as_json:
        print_json({**done.document, "out": str(done.out)})
        return
    baseline = done.result.baseline
    show(sentence("study_page.watermark_long", {}, lang))
    digest = {"round": baseline.config.id, "digest": baseline.record.digest}
    show(sentence("simulate.baseline", digest, lang))
    for outcome in done.result.outcomes:
        show(_line(outcome, lang))
        report(outcome.problems, lang=lang, as_json=False)
    show(sentence("simulate.where", {"out": done.out}, lang))


def _line(outcome: Outcome, lang: Lang) -> str:
    title = outcome.title.model_dump()[lang]
    if outcome.comparison is None:
        return sentence("simulate.failed", {"title": title}, lang)
    whole = outcome.comparison.groups.filter(pl.col("group") == "all").row(0, named=True)
    moved = int((outcome.comparison.cutoffs["moved"] != 0).sum())
    figures = {"gained": whole["gained"], "lost": whole["lost"], "moved": moved}
    return sentence("simulate.scenario", {"title": title, **figures}, lang)


def _scenario(outcome: Outcome) -> dict[str, Any]:
    found = outcome.comparison
    head = {
        "name": outcome.name,
        "title": outcome.title.model_dump(),
        "decided": found is not None,
        "changes": [_change(change) for change in outcome.applied],
        "problems": [problem_document(problem) for problem in outcome.problems],
    }
    if found is None:
        return head
    frames = {name: getattr(found, name) for name in ("totals", "groups", "cutoffs", "flows")}
    return head | {name: [_plain(row) for row in frame.to_dicts()] for name, frame in frames.items()}


def _change(change: Applied) -> dict[str, Any]:
    title = None if change.title is None else change.title.model_dump()
    words = None if change.words is None else [word.model_dump() for word in change.words]
    return {**vars(change), "title": title, "words": words}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal | date) else value for name, value in row.items()}
