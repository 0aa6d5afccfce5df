"""Decision letters as files: a folder a ranking, one file a person and language. All or nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote

import polars as pl

from publication.letter import LetterText, letter_text
from publication.letter_page import letter_html
from publication.letter_sheet import letter_pdf
from publication.messages import Lang
from scenarios.letters import Letters
from scenarios.round import run_round
from storage.bundles import audit_folder, is_bundle, read_record
from storage.exporters import csv_for_people
from storage.folders import write_folder
from storage.publications import deaf_children
from storage.replays import rerun
from storage.rounds import read_round
from values.problems import Place, Problem, Refused
from values.progress import Progress, no_progress

WORKERS = 2
BATCH = 16
"""How many sheets a process is given at once."""

INDEX = "index.csv"


def letters_from(path: Path, *, progress: Progress = no_progress) -> Letters:
    """The letters of a run's results, an audit bundle, or a round's folder; the round is decided again.

    Letters of a bundle cite the published record, and there are none if the round does not give its results.

    Raises:
        BadInput: the folder is neither, or cannot be read.
        Refused: `letters.bundle_differs`; the round itself is refused.
    """
    folder = audit_folder(path)
    if not is_bundle(folder):
        files = read_round(folder)
        decided = run_round(files.pack, files.config, files.tables, progress=progress)
        return Letters(decided, decided.record.digest)
    decided, replay = rerun(folder, progress=progress)
    if not replay.same:
        raise Refused([Problem.of("letters.bundle_differs", Place(file=str(folder))), *replay.differences])
    return Letters(decided, str(read_record(folder)["digest"]))


def write_letters(
    letters: Letters,
    applicants: Sequence[str],
    target: Path,
    *,
    languages: tuple[Lang, ...],
    pdf: bool = False,
    replace: bool = False,
    progress: Progress = no_progress,
) -> int:
    """Write `<ranking>/<application>.<lang>.html` (and `.pdf`) for these applicants, with `index.csv`.

    Letters are made one after the other while they are written, so that any number needs little memory. The
    number of letters in all languages comes back.

    Raises:
        BadInput: `facts.nobody_of_that_name`, `publication.*`, `storage.*`. Nothing is written then.
        Refused: `facts.explanation_differs`.
    """
    names = {candidate: file_name(letters, candidate) for candidate in applicants}
    with ExitStack() as stack:
        made = _made(letters, names, languages, stack if pdf else None, progress)
        write_folder(target, chain([(INDEX, _index(names))], made), replace=replace)
    return len(names) * len(languages)


def file_name(letters: Letters, candidate: str) -> str:
    """Where a letter lies, without language and kind: a folder a ranking; odd characters as %XX."""
    return "/".join(map(name_part, [*letters.scope_of(candidate).split("/"), candidate]))


def name_part(part: str) -> str:
    """How an id is written in a file's name: no two ids alike."""
    return quote(part, safe="").replace(".", "%2E") or "-"


def _index(names: Mapping[str, str]) -> bytes:
    """Which letter lies where, for whoever posts them."""
    return csv_for_people(
        pl.DataFrame(
            {"candidate": list(names), "file": list(names.values())},
            schema={"candidate": pl.String, "file": pl.String},
        )
    )


@dataclass(frozen=True)
class _Job:
    """A letter in one language: the file's name without its kind, the text, the date."""

    name: str
    text: LetterText
    day: date


def _made(
    letters: Letters,
    names: Mapping[str, str],
    languages: tuple[Lang, ...],
    sheets: ExitStack | None,
    progress: Progress,
) -> Iterator[tuple[str, bytes]]:
    """Everybody's files, one after the other; sheets are typeset in processes of their own."""
    jobs = _jobs(letters, names, languages, progress)
    if sheets is None:
        yield from (_page(job) for job in jobs)
        return
    pool = sheets.enter_context(ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")))
    sheets.callback(pool.shutdown, wait=False, cancel_futures=True)
    for batch, typeset in _ahead(pool, jobs):
        for job, sheet in zip(batch, typeset.result(), strict=True):
            yield _page(job)
            yield f"{job.name}.pdf", sheet


def _jobs(
    letters: Letters, names: Mapping[str, str], languages: tuple[Lang, ...], progress: Progress
) -> Iterator[_Job]:
    for done, (candidate, name) in enumerate(names.items(), start=1):
        letter = letters.letter(candidate)
        for lang in languages:
            yield _Job(f"{name}.{lang}", letter_text(letter, lang), letter.notice.published_on)
        progress("letters", done, len(names))


def _page(job: _Job) -> tuple[str, bytes]:
    return f"{job.name}.html", letter_html(job.text).encode("utf-8")


Batch = list[_Job]


def _ahead(pool: ProcessPoolExecutor, jobs: Iterator[_Job]) -> Iterator[tuple[Batch, Future[list[bytes]]]]:
    """Batches with their sheets on the way, never more than the processes can work on."""
    waiting: deque[tuple[Batch, Future[list[bytes]]]] = deque()
    while batch := list(islice(jobs, BATCH)):
        with deaf_children():
            waiting.append((batch, pool.submit(_sheets, batch)))
        if len(waiting) > 2 * WORKERS:
            yield waiting.popleft()
    yield from waiting


def _sheets(batch: Batch) -> list[bytes]:
    return [letter_pdf(job.text, job.day) for job in batch]
