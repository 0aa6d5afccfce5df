"""The JSON Schema that ships: as the models say now, and true of every pack."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scoring.schema import pack_schema
from storage.packs import policies_folder, shipped_packs, versions_of
from values.yaml_marks import read_yaml

SCHEMA = policies_folder() / "policy-1.schema.json"
HERE = Path(__file__).parent
PACKS = [
    *(path for scheme in shipped_packs() for path in versions_of(scheme, base=Path())),
    *sorted((HERE / "layers").glob("*.yaml")),
    HERE / "tiny_pack.yaml",
]
VALIDATOR = jsonschema.Draft202012Validator(pack_schema())


def plain(value: Any) -> Any:
    """YAML values as an editor hands them to a schema."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def flaws(text: str) -> list[str]:
    value = plain(read_yaml(text, "pack.yaml").value)
    return sorted(".".join(map(str, flaw.absolute_path)) for flaw in VALIDATOR.iter_errors(value))


def test_the_shipped_schema_is_the_models() -> None:
    """Out of date? `jifen policy schema > policies/policy-1.schema.json`."""
    assert json.loads(SCHEMA.read_text("utf-8")) == pack_schema()


def test_the_schema_is_a_schema() -> None:
    VALIDATOR.check_schema(pack_schema())


@pytest.mark.parametrize("path", PACKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_pack_is_true_to_the_schema(path: Path) -> None:
    """With parameters, switches and layers too: an editor marks nothing that the check lets pass."""
    assert flaws(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("right", "wrong", "where"),
    [
        ("    kind: base\n    cite: rules 3", "    kidn: base\n    cite: rules 3", "indicators.education"),
        ("status: illustrative", "status: invented", "status"),
        ("scale: 2", "scale: two", "scale"),
        ("junior: 20}}", 'junior: "20"}}', "indicators.education.points"),
        ("id: tiny/points\n", "", ""),
        ("working_days: 5", "working_days: 0", "services.school.notice.working_days"),
    ],
)
def test_an_editor_marks_a_slip(right: str, wrong: str, where: str) -> None:
    text = (HERE / "tiny_pack.yaml").read_text("utf-8")
    assert right in text

    assert flaws(text.replace(right, wrong, 1)) == [where]
