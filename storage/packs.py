"""Policy packs on disk: given by path, or shipped with the product and found by id and date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path

from scenarios.record_parts import POLICY_FILE, layer_file
from scoring.departures import NO_CHOICES, NO_VALUES
from scoring.layers import LookUp
from scoring.pack import Pack, load_pack
from scoring.pack_check import CheckedPack, check_pack
from scoring.resolve import first_day
from scoring.versions import Version, version_problems
from storage.texts import read_text
from values.problems import BadInput, Place, bad_input
from values.progress import Progress, no_progress
from values.yaml_marks import read_yaml

_PACK_ID = re.compile(r"[a-z0-9][a-z0-9/-]*")

DATED = "????-??-??.yaml"


def read_pack(
    path: Path,
    *,
    at: date | None = None,
    choices: Mapping[str, str] = NO_CHOICES,
    values: Mapping[str, Decimal] = NO_VALUES,
) -> Pack:
    """Read and check a pack file, as it stands on a day, under the readings and values chosen.

    Raises:
        BadInput: `storage.*` if the file cannot be read as text; every `pack.*` problem of the pack.
    """
    text, look_up = read_text(path), layers_near(path)
    return load_pack(text, str(path), at=at, choices=choices, values=values, look_up=look_up)


def check_file(path: Path, *, progress: Progress = no_progress) -> CheckedPack:
    """A pack file checked on every day and under every two readings, and beside the versions in its folder.

    Raises:
        BadInput: every problem of the pack and of the days in force of all versions.
    """
    problems = list(version_problems(_versions_beside(path), _scheme(path)))
    try:
        found = check_pack(read_text(path), str(path), look_up=layers_near(path), progress=progress)
    except BadInput as error:
        problems += error.problems
    if problems:
        raise BadInput(sorted(set(problems), key=lambda problem: (problem.place, problem.code)))
    return found


def _versions_beside(path: Path) -> list[Version]:
    """The versions in a file's folder, if the file is one; those that cannot be read tell it themselves."""
    found = []
    for file in sorted(path.parent.glob(DATED)) if path.match(DATED) else ():
        with suppress(BadInput, ValueError):
            found.append(Version(read_yaml(read_text(file), str(file)), date.fromisoformat(file.stem)))
    return found


def _scheme(path: Path) -> str | None:
    """The id that a pack in a folder of policies must have."""
    folder = path.resolve().parent
    root = folder.parent.parent
    return f"{folder.parent.name}/{folder.name}" if root == policies_folder().resolve() else None


def layers_near(path: Path) -> LookUp:
    """Finds upper layers in the folder of policies that a pack file lies in, then among the shipped ones."""

    def look_up(pack: str, version: date) -> tuple[str, str] | None:
        for root in path.resolve().parents[2:3]:
            file = root / pack / f"{version}.yaml"
            if _PACK_ID.fullmatch(pack) and file.is_file():
                return read_text(file), str(file)
        return shipped_layer(pack, version)

    return look_up


def shipped_layer(pack: str, version: date) -> tuple[str, str] | None:
    """Text and name of a version of a shipped pack; None if there is none."""
    file = policies_folder() / pack / f"{version}.yaml"
    known = pack in shipped_packs() and file.is_file()
    return (read_text(file), str(file)) if known else None


def read_bundled_pack(
    inputs: Path,
    *,
    at: date,
    choices: Mapping[str, str] = NO_CHOICES,
    values: Mapping[str, Decimal] = NO_VALUES,
) -> Pack:
    """The pack among the inputs of an audit bundle, with the upper layers that lie beside it.

    Raises:
        BadInput: as `read_pack`.
    """

    def look_up(pack: str, version: date) -> tuple[str, str] | None:
        file = inputs / layer_file(pack, version)
        return (read_text(file), str(file)) if _PACK_ID.fullmatch(pack) and file.is_file() else None

    path = inputs / POLICY_FILE
    return load_pack(read_text(path), str(path), at=at, choices=choices, values=values, look_up=look_up)


def find_pack(reference: str, *, base: Path, as_of: date | None = None) -> Path:
    """The file a reference means: a path (relative to `base`), or the id of a shipped pack.

    A folder of versions, or an id such as `zhongshan/points`, means the version in force at `as_of`, or the
    newest without it.

    Raises:
        BadInput: `storage.pack_missing`, `storage.pack_not_in_force`.
    """
    for path in (base / reference, Path(reference)):
        with suppress(OSError):  # a reference that no disk could hold is no path
            if path.is_file():
                return path
    versions = versions_of(reference, base=base)
    if not versions:
        known = ", ".join(shipped_packs())
        raise bad_input(
            "storage.pack_missing", Place(file=str(base / reference)), reference=reference, known=known
        )
    in_force = [path for path in versions if as_of is None or date.fromisoformat(path.stem) <= as_of]
    if not in_force:
        first = versions[0].stem
        raise bad_input("storage.pack_not_in_force", reference=reference, as_of=as_of, first=first)
    return in_force[-1]


def pack_version(path: Path) -> tuple[object, object]:
    """The id and the first day in force that a pack file names."""
    document = read_yaml(read_text(path), str(path))
    value = document.value if isinstance(document.value, dict) else {}
    return value.get("id"), first_day(document)


def policies_folder() -> Path:
    """The folder of shipped policies."""
    return Path(str(resources.files("policies").joinpath("README.md"))).parent


def shipped_packs() -> tuple[str, ...]:
    """Ids of the shipped packs."""
    root = policies_folder()
    return tuple(sorted({str(path.parent.relative_to(root)) for path in root.glob(f"*/*/{DATED}")}))


def versions_of(reference: str, *, base: Path) -> list[Path]:
    """The files of a scheme's versions, oldest first: of a folder, or of a shipped pack; else none."""
    for folder in (base / reference, Path(reference)):
        with suppress(OSError):
            if folder.is_dir() and (found := sorted(folder.glob(DATED))):
                return found
    return sorted((policies_folder() / reference).glob(DATED)) if reference in shipped_packs() else []
