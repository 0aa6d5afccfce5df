"""The list of packs names every pack that ships."""

from __future__ import annotations

from pathlib import Path

POLICIES = Path(__file__).parents[2] / "policies"


def test_every_version_of_every_pack_is_in_the_list() -> None:
    """A row a version, with a link to its sources."""
    listed = (POLICIES / "README.md").read_text("utf-8").splitlines()

    for path in POLICIES.glob("*/*/????-??-??.yaml"):
        scheme = path.parent.relative_to(POLICIES).as_posix()
        link = f"| [{scheme}]({scheme}/SOURCES.md) |"
        assert any(row.startswith(link) and path.stem in row for row in listed), path
