"""Files kept by what they hold: the name is the SHA-256 of the bytes, so nothing changes under a name."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.folders import write_file

CHUNK = 1 << 20


@dataclass(frozen=True)
class Depot:
    """The data folder of a service: `contents/` by digest, `results/` by lease; `work/` (by lease) and
    `incoming/` hold what is needed for a moment."""

    folder: Path

    @property
    def results(self) -> Path:
        """Where results are, a folder each."""
        return self.folder / "results"

    def content(self, digest: str) -> Path:
        """Where the file of a digest is."""
        return self.folder / "contents" / digest[:2] / digest

    def keep(self, data: bytes) -> str:
        """Keep bytes; their digest."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.content(digest).is_file():
            write_file(self.content(digest), data)
        return digest

    def keep_file(self, path: Path) -> str:
        """Keep a file of the data folder, which is moved away; its digest."""
        digest = _digest_of_file(path)
        target = self.content(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(path, target)
        return digest

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A new folder on the same disk for files that arrive, gone afterwards."""
        with _passing(self.folder / "incoming" / secrets.token_hex(8)) as folder:
            yield folder

    @contextmanager
    def laid_out(self, files: Mapping[str, str], lease: str | None = None) -> Iterator[Path]:
        """A folder in which the files have names again: digests by file name."""
        new = self.folder / "work" / lease if lease else self.folder / "incoming" / secrets.token_hex(8)
        with _passing(new) as folder:
            for name, digest in files.items():
                _link(self.content(digest), folder / name)
            yield folder

    def leased_folders(self) -> list[Path]:
        """Every folder that is named after a lease."""
        return [*self.results.glob("*"), *(self.folder / "work").glob("*")]

    def old_arrivals(self, before: int) -> list[Path]:
        """Folders of uploads that began before a time (seconds since 1970) and never ended."""
        arrivals = (self.folder / "incoming").glob("*")
        return [folder for folder in arrivals if folder.stat().st_mtime < before]


@contextmanager
def _passing(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a disk without links
        shutil.copyfile(source, target)
