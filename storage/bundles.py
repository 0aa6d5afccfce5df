"""Published bundles on disk, read without trust: what is missing or damaged is named, never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from storage.importers import require_folder
from storage.json_files import read_json
from values.problems import BadInput, Place, bad_input, refused

RECORD_FILE = "record.json"
STUDY_FILE = "comparison.json"
STUDY_FORMAT = "what-if/1"


def is_bundle(folder: Path) -> bool:
    """Whether a folder is a published bundle: it has a record."""
    return (folder / RECORD_FILE).is_file()


def audit_folder(path: Path) -> Path:
    """A run's output folder means the audit bundle in it; any other folder means itself."""
    return path / "audit" if is_bundle(path / "audit") else path


def require_bundle(path: Path) -> None:
    """Refuse what cannot be meant as one bundle. A damaged bundle still is one.

    Raises:
        BadInput: `storage.file_missing`, `storage.not_a_folder`, `storage.two_bundles`.
        Refused: the folder is a study's (`storage.what_if`).
    """
    require_folder(path)
    refuse_what_if(path)
    if not is_bundle(path) and (is_bundle(path / "public") or is_bundle(path / "audit")):
        raise bad_input("storage.two_bundles", Place(file=str(path)))


def refuse_what_if(path: Path) -> None:
    """Refuse the folder of a what-if study, whatever else was put into it.

    Raises:
        Refused: `storage.what_if`.
    """
    whole = path.resolve()
    for folder in (whole, whole.parent) if whole.name == "tables" else (whole,):
        if (folder / STUDY_FILE).is_file() and _is_study(folder / STUDY_FILE):
            raise refused("storage.what_if", Place(file=str(path)))


def _is_study(file: Path) -> bool:
    try:
        return read_json(file).get("format") == STUDY_FORMAT
    except BadInput:
        return True  # damaged, and by its name a study's


def read_record(bundle: Path) -> dict[str, Any]:
    """The record of a bundle, unchecked beyond being a JSON object.

    Raises:
        BadInput: `storage.*` if it cannot be read.
    """
    return read_json(bundle / RECORD_FILE)


@contextmanager
def told_as_damaged(bundle: Path) -> Iterator[None]:
    """Inside, a record or table that lacks what a bundle must have is told as a problem.

    Raises:
        BadInput: `storage.damaged_bundle`.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, OSError, pl.exceptions.PolarsError) as error:
        reason = type(error).__name__ if isinstance(error, LookupError) else error
        raise bad_input("storage.damaged_bundle", Place(file=str(bundle)), reason=reason) from None
