"""Everything a round publishes, as files: both bundles, tables, notices. Written whole or not at all."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from threading import current_thread, main_thread

import polars as pl

from publication.bundle import bundle_files
from publication.messages import LANGUAGES, Lang
from publication.notice import Notice
from publication.notice_page import notice_html
from publication.notice_sheet import notice_pdf
from scenarios.notices import notice_of, notices_by_place
from scenarios.round import Round
from storage.exporters import csv_for_people
from storage.folders import write_folder
from storage.reports import report_files
from values.points import to_text
from values.progress import Progress, no_progress

WORKERS = 2


def publish_round(
    decided: Round,
    target: Path,
    *,
    pdf: bool = True,
    languages: tuple[Lang, ...] = LANGUAGES,
    replace: bool = False,
    progress: Progress = no_progress,
) -> None:
    """Write a decided round: `public/`, `audit/`, `tables/`, `notice/` and the report.

    Raises:
        BadInput: `storage.*` if the target cannot be written; `publication.*` if a notice would show
            personal numbers. Nothing is written then.
    """
    files = {f"public/{name}": data for name, data in bundle_files(decided.record, "public").items()}
    files |= {f"audit/{name}": data for name, data in bundle_files(decided.record, "audit").items()}
    files |= {f"tables/{name}": data for name, data in people_tables(decided).items()}
    files |= notice_files(decided, languages, pdf=pdf, progress=progress)
    files |= report_files(decided, languages, pdf=pdf)
    write_folder(target, files, replace=replace)


def people_tables(decided: Round) -> dict[str, bytes]:
    """Assignments and cut-offs for people (CSV that opens in a spreadsheet) and for machines (Parquet)."""
    tables = {"assignments": assignments(decided), "cutoffs": cutoffs(decided)}
    files: dict[str, bytes] = {}
    for name, frame in tables.items():
        content = io.BytesIO()
        frame.write_parquet(content)
        files |= {f"{name}.csv": csv_for_people(frame), f"{name}.parquet": content.getvalue()}
    return files


def assignments(decided: Round) -> pl.DataFrame:
    """Everyone ranked: scope, position, total, outcome, offer and its name, place on the waiting list."""
    ground, placement = decided.ground, decided.placement
    scale = decided.facts.policy.scale
    chosen = pl.Series(placement.offer, dtype=pl.Int64)
    offer = chosen.set(chosen < 0, None)
    return pl.DataFrame(
        {
            "candidate": pl.Series(ground.people, dtype=pl.String),
            "scope": ground.scopes.gather(ground.person_scope),
            "position": ground.priority.position,
            "total": [to_text(units, scale) for units in ground.ranking.values[:, 0].tolist()],
            "outcome": placement.outcome_names(),
            "offer": ground.offers["offer"].gather(offer),
            "offer_name": ground.offers["name"].gather(offer),
            "waiting": pl.Series(placement.waiting, dtype=pl.Int64).replace(0, None),
        }
    ).sort("scope", "position", "candidate")


def cutoffs(decided: Round) -> pl.DataFrame:
    """The last admitted of every seat, as the bundle has it."""
    return pl.read_csv(decided.record.files["cutoffs.csv"], infer_schema=False)


def notice_files(
    decided: Round, languages: tuple[Lang, ...], *, pdf: bool, progress: Progress = no_progress
) -> dict[str, bytes]:
    """The notice as one page a language, and as one PDF a place and language."""
    whole = notice_of(decided)
    files = {f"notice/notice.{lang}.html": notice_html(whole, lang).encode("utf-8") for lang in languages}
    if pdf:
        sheets = notices_by_place(decided)
        jobs: list[tuple[str, Notice, Lang]] = [
            (f"notice/{place}.zh.pdf", notice, "zh") for place, notice in sheets.items()
        ]
        files |= dict(_in_parallel(_sheet, jobs, progress))
    return files


def _sheet(job: tuple[str, Notice, Lang]) -> tuple[str, bytes]:
    name, notice, lang = job
    return name, notice_pdf(notice, lang)


def _in_parallel(
    work: Callable[[tuple[str, Notice, Lang]], tuple[str, bytes]],
    jobs: list[tuple[str, Notice, Lang]],
    progress: Progress,
) -> Iterator[tuple[str, bytes]]:
    """Run jobs in processes; fresh ones, because a forked typesetter or solver thread may hang."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        try:
            with deaf_children():
                results = pool.map(work, jobs)
            for done, result in enumerate(results, start=1):
                progress("notice", done, len(jobs))
                yield result
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes that begin here do not hear ctrl-C, which is for this one to answer, once and quietly."""
    if current_thread() is not main_thread():
        yield
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)
