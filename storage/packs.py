"""Policy packs on disk: given by path, or shipped with the product and found by id and date."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from importlib import resources
from pathlib import Path

from scoring.pack import Pack, load_pack
from storage.texts import read_text
from values.problems import Place, bad_input


def read_pack(path: Path) -> Pack:
    """Read and check a pack file.

    Raises:
        BadInput: `storage.*` if the file cannot be read as text; every `pack.*` problem of the pack.
    """
    return load_pack(read_text(path), str(path))


def find_pack(reference: str, *, base: Path, as_of: date | None = None) -> Path:
    """The file a reference means: a path (relative to `base`), or the id of a shipped pack.

    An id such as `zhongshan/points` means the version in force at `as_of`, or the newest without it.

    Raises:
        BadInput: `storage.pack_missing`, `storage.pack_not_in_force`.
    """
    for path in (base / reference, Path(reference)):
        with suppress(OSError):  # a reference that no disk could hold is no path
            if path.is_file():
                return path
    versions = sorted(_versions(reference))
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


def policies_folder() -> Path:
    """The folder of shipped policies."""
    return Path(str(resources.files("policies").joinpath("README.md"))).parent


def shipped_packs() -> tuple[str, ...]:
    """Ids of the shipped packs."""
    root = policies_folder()
    return tuple(sorted({str(path.parent.relative_to(root)) for path in root.glob("*/*/????-??-??.yaml")}))


def _versions(reference: str) -> list[Path]:
    return (
        list(policies_folder().glob(f"{reference}/????-??-??.yaml")) if reference in shipped_packs() else []
    )
