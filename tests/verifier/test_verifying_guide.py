"""The guide for outsiders does what it says."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

from tests.verifier.tiny_bundle import Tiny
from verifier.verify_bundle import verify

GUIDE = (Path(__file__).parents[2] / "docs" / "verifying.md").read_text("utf-8")


def test_ten_lines_of_python_recompute_a_ticket(tmp_path: Path) -> None:
    Tiny("quotas").write(tmp_path)
    lines = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0]
    with (tmp_path / "public" / "ranking.csv").open(encoding="utf-8", newline="") as file:
        tickets = {row["candidate"]: row["ticket"] for row in csv.DictReader(file)}

    printed = subprocess.run(
        [sys.executable, "-c", lines], cwd=tmp_path / "public", capture_output=True, check=True, text=True
    )

    assert len(lines.splitlines()) == 10
    assert printed.stdout.strip() == tickets["c03"]


def test_the_guide_names_every_check_in_both_languages(tmp_path: Path) -> None:
    Tiny("wishes").write(tmp_path)
    chinese, english = GUIDE.split("\n## English\n")

    for check in verify(tmp_path / "audit").checks:
        assert f"`{check['name']}`" in chinese
        assert f"`{check['name']}`" in english
