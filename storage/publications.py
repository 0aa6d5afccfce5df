"""Everything a round publishes, as files: both bundles, tables, notices. Written whole or not at all."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from threading import current_thread, main_thread

import polars as pl

from publication.bundle import RECORD_FILE, Form, bundle_names
from publication.canonical_csv import decimal_texts
from publication.messages import LANGUAGES, Lang
from publication.notice import Notice, check_notice
from publication.notice_page import notice_html, notice_index
from publication.notice_sheet import notice_pdf
from publication.record import Record
from scenarios.markets import totals_at_places
from scenarios.notices import notice_of, notices_by_place
from scenarios.round import Round, run_round
from storage.exporters import csv_for_people
from storage.folders import NewFolder, new_folder
from storage.notice_books import notice_xlsx
from storage.reports import report_files
from storage.round_shelf import FolderShelf
from storage.rounds import RoundFiles
from storage.threads import one_aside
from values.aside import Aside
from values.progress import Progress, no_progress

FORMS: tuple[Form, ...] = ("public", "audit")
WORKERS = 2
ROWS_OF_ONE_PAGE = 100_000
"""Browsers show so many rows; a larger round is published as a page a place."""

Files = Iterable[tuple[str, bytes]]


def publish_round(
    decided: Round,
    target: Path,
    *,
    pdf: bool = True,
    xlsx: bool = False,
    languages: tuple[Lang, ...] = LANGUAGES,
    replace: bool = False,
    progress: Progress = no_progress,
) -> None:
    """Write a decided round: `public/`, `audit/`, `tables/`, `notice/` and the report.

    Raises:
        BadInput: `storage.*` if the target cannot be written; `publication.*` if a notice would show
            personal numbers. Nothing is written then.
    """
    with new_folder(target, replace=replace) as folder, one_aside() as aside:
        _publish(decided, folder, aside, languages, pdf=pdf, xlsx=xlsx, progress=progress)


def run_and_publish(
    given: RoundFiles,
    target: Path,
    *,
    pdf: bool = True,
    xlsx: bool = False,
    replace: bool = False,
    progress: Progress = no_progress,
) -> Round:
    """`run_round` and `publish_round` in one: files go to the disk as they are made, never all in memory.

    Raises:
        BadInput, Refused: as these two; nothing is written then.
    """
    with new_folder(target, replace=replace) as folder, one_aside() as aside:
        shelf = FolderShelf(folder, "audit")
        decided = run_round(
            given.pack, given.config, given.tables, shelf=shelf, aside=aside, progress=progress
        )
        _publish(decided, folder, aside, LANGUAGES, pdf=pdf, xlsx=xlsx, progress=progress)
    return decided


def _publish(
    decided: Round,
    folder: NewFolder,
    aside: Aside,
    languages: tuple[Lang, ...],
    *,
    pdf: bool,
    xlsx: bool,
    progress: Progress,
) -> None:
    notice = notice_of(decided)
    check_notice(notice)  # before anything is begun
    rest = chain(report_files(decided, languages, pdf=pdf), _below("tables", people_tables(decided)))
    written = aside(lambda: folder.add_all(rest))
    for form in FORMS:
        _bundle(decided.record, form, folder)
    pages = notice_files(decided, notice, languages, pdf=pdf, xlsx=xlsx, progress=progress)
    folder.add_all(_below("notice", pages))
    written()


def _bundle(record: Record, form: Form, folder: NewFolder) -> None:
    """A bundle; what the folder has already is not written again."""
    folder.add(f"{form}/{RECORD_FILE}", record.to_json())
    files = record.files
    for path in bundle_names(record, form):
        name = f"{form}/{path}"
        if not isinstance(files, FolderShelf) or files.folder is not folder:
            folder.add(name, files[path])
        elif files.name(path) != name:
            folder.copy(name, files.name(path))


def _below(folder: str, files: Files) -> Files:
    return ((f"{folder}/{name}", content) for name, content in files)


def people_tables(decided: Round) -> Files:
    """Assignments and cut-offs for people (CSV that opens in a spreadsheet) and for machines (Parquet)."""
    for name, table in (("assignments", assignments), ("cutoffs", cutoffs)):
        frame, content = table(decided), io.BytesIO()
        frame.write_parquet(content)
        yield f"{name}.parquet", content.getvalue()
        yield f"{name}.csv", csv_for_people(frame)


def assignments(decided: Round) -> pl.DataFrame:
    """Everyone ranked: scope, position, total, outcome, offer and its name, place on the waiting list.

    Where points count at some offers only also the total at the offer.
    """
    ground, placement = decided.ground, decided.placement
    totals, scale = ground.ranking.total, decided.facts.policy.scale
    chosen = pl.Series(placement.offer, dtype=pl.Int64)
    offer = chosen.set(chosen < 0, None)
    lists = [placement.results[at].stage.list for at in placement.decided]
    there = totals_at_places(ground, lists, placement.offer) if ground.marked else None
    frame = pl.DataFrame(
        {
            "candidate": ground.names,
            "scope": ground.scopes.gather(ground.person_scope),
            "position": ground.priority.position,
            "total": None if totals is None else decimal_texts(pl.Series(totals), scale),
            "outcome": placement.outcomes(),
            "offer": ground.offers["offer"].gather(offer),
            "offer_name": ground.offers["name"].gather(offer),
            "waiting": pl.Series(placement.waiting, dtype=pl.Int64).replace(0, None),
            "total_there": None if there is None else decimal_texts(there, scale),
        }
    ).sort("scope", "position", "candidate")
    return frame if ground.marked else frame.drop("total_there")


def cutoffs(decided: Round) -> pl.DataFrame:
    """The last admitted of every seat, as the bundle has it."""
    return pl.read_csv(decided.record.files["cutoffs.csv"], infer_schema=False)


def notice_files(
    decided: Round,
    whole: Notice,
    languages: tuple[Lang, ...],
    *,
    pdf: bool,
    xlsx: bool = False,
    progress: Progress = no_progress,
) -> Files:
    """The notice as web pages in every language, as one workbook, and as one PDF a place."""
    places = notices_by_place(decided, whole)
    for lang in languages:
        yield from _pages(whole, places, lang)
    if xlsx:
        yield "notice.zh.xlsx", notice_xlsx(whole, "zh")
    if pdf:
        jobs: list[tuple[str, Notice, Lang]] = [
            (f"{place}.zh.pdf", notice, "zh") for place, notice in places.items()
        ]
        yield from _in_parallel(_sheet, jobs, progress)


def _pages(whole: Notice, places: Mapping[str, Notice], lang: Lang) -> Files:
    """One page; a page a place behind an index if a browser could hardly show all of it."""
    index = f"notice.{lang}.html"
    if len(places) < 2 or sum(section.ranked for section in whole.sections) <= ROWS_OF_ONE_PAGE:
        yield index, notice_html(whole, lang).encode("utf-8")
        return
    pages = {place: f"{place}.{lang}.html" for place in places}
    where = {section.scope: pages[place] for place in places for section in places[place].sections}
    yield index, notice_index(whole, lang, where).encode("utf-8")
    for place, notice in places.items():
        yield pages[place], notice_html(notice, lang, index=index).encode("utf-8")


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
