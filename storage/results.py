"""What came of a job, read from its folder a page at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from sqlmodel import select

from storage.jobs import find_job
from storage.registrations import Registry
from storage.service_tables import JobRow, ResultRow
from values.problems import bad_input


@dataclass(frozen=True, eq=False)
class Result:
    """A job that is done, its row and its folder."""

    job: JobRow
    row: ResultRow
    folder: Path

    @property
    def inputs(self) -> dict[str, str]:
        """The digests of what the job read, by file name."""
        return dict(json.loads(self.job.inputs))

    def path(self, *names: str) -> Path:
        """The first of these files or folders that the result has.

        Raises:
            BadInput: `service.not_in_result`.
        """
        found = [path for path in (self.folder / name for name in names) if path.exists()]
        if not found:
            raise bad_input("service.not_in_result", kind=self.job.kind, what=names[0].split("/")[-1])
        return found[0]

    def files(self) -> dict[str, int]:
        """Every file of the result by its path, with its size in bytes."""
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.stat().st_size for path in paths}


@dataclass(frozen=True, eq=False)
class Page:
    """Some rows of a table that has `total` of them; every amount is text."""

    total: int
    rows: list[dict[str, Any]]


def find_result(registry: Registry, job_id: str) -> Result:
    """The result of a job.

    Raises:
        BadInput: `service.unknown_job`, `service.no_result`.
    """
    with registry.database.reading() as session:
        job = find_job(session, job_id)
        row = session.exec(select(ResultRow).where(ResultRow.job_id == job_id)).first()
    if row is None:
        raise bad_input("service.no_result", id=job_id, status=job.status)
    return Result(job, row, registry.depot.results / row.folder)


def page_of(path: Path, offset: int, limit: int) -> Page:
    """Rows of a CSV file as text, or of a Parquet file as they are typed; only those are read in."""
    if path.suffix == ".csv":
        table = pl.scan_csv(path, infer_schema=False)
    else:
        table = pl.scan_parquet(path)
    total = table.select(pl.len()).collect().item()
    return Page(total, table.slice(offset, limit).collect().to_dicts())
