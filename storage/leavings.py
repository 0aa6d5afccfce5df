"""What killed processes left in the data folder."""

from __future__ import annotations

import shutil

from sqlmodel import col, select

from storage.registrations import Registry
from storage.service_tables import JobRow, ResultRow

UPLOAD_SECONDS = 24 * 60 * 60


def sweep(registry: Registry, *, now: int) -> None:
    """Remove folders that no result and no held lease names, and uploads that began a day ago.

    Folders are listed before leases are read: a worker has its lease before it makes its folder.
    """
    folders = registry.depot.leased_folders()
    with registry.database.reading() as session:
        results = set(session.exec(select(ResultRow.folder)))
        leases = set(session.exec(select(JobRow.lease).where(col(JobRow.lease).is_not(None))))
    left = [folder for folder in folders if folder.name not in results | leases]
    for folder in (*left, *registry.depot.old_arrivals(now - UPLOAD_SECONDS)):
        shutil.rmtree(folder, ignore_errors=True)
