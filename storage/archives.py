"""A folder as one ZIP file: the same files give the same bytes, on any machine and at any time."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

OLDEST = (1980, 1, 1, 0, 0, 0)  # a ZIP file knows no earlier time
UNIX = 3


def write_zip(folder: Path, target: BinaryIO) -> None:
    """Write every file of a folder, sorted by name, without the times and owners the disk has for them.

    Files are stored as they are: what a compressor makes depends on its version.
    """
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = ZipInfo(path.relative_to(folder).as_posix(), OLDEST)
            entry.create_system, entry.external_attr = UNIX, 0o644 << 16
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as copy:
                shutil.copyfileobj(source, copy)
