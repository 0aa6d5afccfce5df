"""What-if studies on disk: the study, the round it compares with, and the folder of its results."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from publication.messages import Lang
from publication.study_page import study_html
from scenarios.alteration import policies
from scenarios.study import Study, load_study
from scenarios.study_view import view_of
from scenarios.what_if import StudyResult
from storage.bundles import STUDY_FILE, audit_folder, is_bundle, read_record, refuse_what_if
from storage.exporters import csv_for_people
from storage.folders import write_folder
from storage.importers import checked_frame, read_raw_table
from storage.packs import policies_folder
from storage.rounds import RoundFiles, read_bundle_inputs, read_round
from storage.texts import read_text
from values.canonical import canonical_json
from values.tables import Column, TableSchema

PAGE_FILE = "study.html"
IDS = ("candidate", "subject")
FRAMES = ("totals", "by_group", "cutoffs", "flows", "people")


@dataclass(frozen=True, eq=False)
class StudyFiles:
    """A study, the round's folder and its own table of people as far as it names them."""

    study: Study
    folder: Path | None
    people: pl.DataFrame | None


@dataclass(frozen=True, eq=False)
class Baseline:
    """A round's inputs, and the record it was published with, if it is published."""

    files: RoundFiles
    published: Mapping[str, Any] | None


def find_study(reference: str) -> Path:
    """The file a reference means: a path, or a shipped study: `zhongshan/2015-school`."""
    path = Path(reference)
    place, _, name = reference.partition("/")
    shipped = policies_folder() / place / "studies" / f"{name}.yaml"
    with suppress(OSError):  # a reference that no disk could hold is no path
        if not path.exists() and shipped.is_file():
            return shipped
    return path


def read_study(path: Path) -> StudyFiles:
    """Read a study and the table of people beside it.

    Raises:
        BadInput: every problem of the study; `storage.*` of the files.
    """
    study = load_study(read_text(path), str(path))
    folder, people = study.model.folder, study.model.people
    return StudyFiles(
        study,
        None if folder is None else path.parent / folder,
        None if people is None else _people(path.parent / people),
    )


def _people(path: Path) -> pl.DataFrame:
    """A table of people: `candidate` or `subject`, once each, and any columns as text."""
    raw = read_raw_table(path, path.stem)
    key = next((name for name in IDS if name in raw.header), None)
    columns = tuple(
        Column(name, "id" if name in IDS else "text", complete=name == key)
        for name in dict.fromkeys(raw.header)
    )
    return checked_frame(raw, TableSchema(path.stem, columns, (key,) if key else ()))


def read_baseline(folder: Path, study: Study) -> Baseline:
    """A round's folder, or a published round: its results or its audit bundle.

    A folder is read with what the study's scenarios need; a bundle holds only what its round needed.

    Raises:
        BadInput: as `read_round` and `read_bundle_inputs`.
        Refused: the folder is a study's (`storage.what_if`).
    """
    refuse_what_if(folder)
    bundle = audit_folder(folder)
    if is_bundle(bundle):
        return Baseline(read_bundle_inputs(bundle), read_record(bundle))
    return Baseline(read_round(folder, lambda pack: policies(study, pack)), None)


def write_study(
    result: StudyResult, document: Mapping[str, Any], target: Path, lang: Lang, *, replace: bool = False
) -> None:
    """Write `study.html`, `comparison.json` and the tables as CSV. There is no record among them.

    Raises:
        BadInput: `storage.*` if the target cannot be written.
    """
    files = {
        PAGE_FILE: study_html(view_of(result), lang).encode("utf-8"),
        STUDY_FILE: canonical_json(document) + b"\n",
    }
    files |= {f"tables/{name}.csv": csv_for_people(getattr(result, name)) for name in FRAMES}
    write_folder(target, files, replace=replace)
