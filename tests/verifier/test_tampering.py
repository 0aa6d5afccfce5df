"""Someone edits a bundle and computes all digests again: the right check still fails and names the place."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.tiny_bundle import PUBLIC, Tiny, seal
from verifier.verify_bundle import Report, verify

Case = dict[str, Any]
CASES = tomllib.loads((Path(__file__).parent / "tampering.toml").read_text("utf-8"))


def tampered(folder: Path, case: Case) -> None:
    """Both forms of the case's round, edited and sealed again."""
    Tiny(case["round"]).write(folder)
    for file, old, new in case["edits"]:
        path = folder / "audit" / file
        text = path.read_text("utf-8")
        assert old in text, (file, old)
        kept = (line for line in text.splitlines(keepends=True) if not line.startswith(old))
        path.write_text("".join(kept) if new == "drop" else text.replace(old, new), "utf-8", newline="")
    (folder / "public" / "record.json").write_bytes(seal(folder / "audit"))
    for file in PUBLIC:
        if (folder / "audit" / file).exists():
            shutil.copy(folder / "audit" / file, folder / "public")


def found(report: Report, name: str) -> tuple[str, str, int]:
    """The result of a check, and where."""
    check = next(check for check in report.checks if check["name"] == name)
    place = check["place"] or {"file": "", "row": 0}
    return check["result"], place["file"], place["row"] or 0


@pytest.mark.parametrize("case", CASES["public"], ids=lambda case: case["case"])
def test_what_anyone_can_see_in_the_public_bundle(case: Case, tmp_path: Path) -> None:
    tampered(tmp_path, case)
    name, file, row = case["fails"]

    assert found(verify(tmp_path / "public"), name) == ("failed", file, row)
    assert found(verify(tmp_path / "audit"), name) == ("failed", file, row)


@pytest.mark.parametrize("case", CASES["audit"], ids=lambda case: case["case"])
def test_what_only_the_audit_bundle_shows(case: Case, tmp_path: Path) -> None:
    tampered(tmp_path, case)
    name, file, row = case["fails"]

    report = verify(tmp_path / "audit")

    assert found(report, name) == ("failed", file, row)
    assert found(report, "record")[0] == "holds"


@pytest.mark.parametrize("procedure", ["quotas", "wishes"])
def test_nothing_fails_when_nothing_was_edited(procedure: str, tmp_path: Path) -> None:
    tampered(tmp_path, {"round": procedure, "edits": []})

    assert verify(tmp_path / "public").ok
    assert verify(tmp_path / "audit").ok
