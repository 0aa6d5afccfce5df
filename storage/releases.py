"""Which result of a round its applicants see: the one that was released last."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from sqlmodel import Session, col, select

from storage.jobs import find_job
from storage.letters import INDEX, name_part
from storage.registrations import Registry
from storage.results import Result, find_result
from storage.service_tables import JobRow, ReleaseRow, ResultRow
from values.problems import bad_input

RELEASED_KINDS = ("allocate", "score")
TEXT_MARK = "'"
"""What a table for people has before text that a spreadsheet would run."""


def release(session: Session, round_id: str, job_id: str, *, now: int) -> None:
    """Let the applicants of a round see the result of one of its jobs.

    Raises:
        BadInput: `service.unknown_job`; `service.no_result`; `service.cannot_release` for a job of another
            round or kind.
    """
    job = find_job(session, job_id)
    if job.round_id != round_id or job.kind not in RELEASED_KINDS:
        raise bad_input("service.cannot_release", id=job_id, kind=job.kind)
    if session.get(ResultRow, job_id) is None:
        raise bad_input("service.no_result", id=job_id, status=job.status)
    session.add(ReleaseRow(round_id=round_id, job_id=job_id, at=now))


def withdraw_release(session: Session, round_id: str, *, now: int) -> None:
    """Let the applicants of a round see nothing."""
    session.add(ReleaseRow(round_id=round_id, job_id=None, at=now))


def newest_release(session: Session, round_id: str) -> ReleaseRow | None:
    """What is released of a round; None if nothing is."""
    rows = select(ReleaseRow).where(ReleaseRow.round_id == round_id).order_by(col(ReleaseRow.number).desc())
    newest = session.exec(rows).first()
    return newest if newest is not None and newest.job_id is not None else None


def released_result(registry: Registry, round_id: str) -> Result:
    """The result that applicants see.

    Raises:
        BadInput: `service.nothing_released`.
    """
    with registry.database.reading() as session:
        newest = newest_release(session, round_id)
    if newest is None or newest.job_id is None:
        raise bad_input("service.nothing_released")
    return find_result(registry, newest.job_id)


def letter_file(registry: Registry, result: Result, candidate: str, lang: str) -> Path:
    """An applicant's letter about a result: from the newest job that made letters of the same record.

    Raises:
        BadInput: `service.no_letter`.
    """
    of_record = select(ResultRow).join(JobRow).where(JobRow.kind == "letters")
    same = (JobRow.round_id == result.job.round_id, ResultRow.digest == result.row.digest)
    with registry.database.reading() as session:
        row = session.exec(of_record.where(*same).order_by(col(JobRow.number).desc())).first()
    if row is None or not result.row.digest:
        raise bad_input("service.no_letter")
    folder = registry.depot.results / row.folder
    ends = "/" + name_part(candidate)
    files = pl.scan_csv(folder / INDEX, infer_schema=False).select("file")
    found = files.filter(pl.col("file").str.ends_with(ends)).collect()["file"]
    if found.is_empty():
        raise bad_input("service.no_letter")
    return folder / f"{found[0].lstrip(TEXT_MARK)}.{lang}.html"
