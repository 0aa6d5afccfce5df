"""Check what a round was decided by instead of what its pack says: other readings, other values.

`verify_bundle.py` loads this file if it lies in the same folder. Standard library only, written from the
published specification, without the engine. Each of CHECKS gets the bundle of `verify_bundle.py`; its
docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
RECORD, POLICY, ROUND = "record.json", "policy.json", "inputs/round.json"
CHOSEN = {"readings": "chosen", "parameters": "value"}


def named(departures: Row) -> Row:
    """What was chosen, by section and name; a number as a number."""
    return {
        section: {name: one[key] if key == "chosen" else Decimal(one[key]) for name, one in part.items()}
        for section, key in CHOSEN.items()
        if (part := departures.get(section))
    }


def readings(bundle: Any) -> None:
    """读法：所列与政策、轮次设定一致，确与政策原定不同 | readings: as policy and settings have them, other than the policy's own"""  # noqa: E501
    listed = bundle.about["policy"].get("departures") or {}
    for section, key in CHOSEN.items():
        for name, one in (listed.get(section) or {}).items():
            same = one["instead_of"] == one[key]
            if key == "value":
                same = Decimal(one["instead_of"]) == Decimal(one[key])
            if same:
                text = "{name} 与政策原定相同 | {name} is the policy's own choice"
                raise bundle.fault(text, RECORD, 0, f"policy.departures.{section}", name=name)
    if bundle.form == "public":
        text = "需要审计包中的 {f} | needs {f} of the audit bundle"
        raise bundle.fault(text, f=f"{POLICY}, {ROUND}")
    policy, settings = (json.loads(bundle.read(file)) for file in (POLICY, ROUND))
    bundle.same({"departures": listed}, {"departures": policy.get("departures") or {}}, RECORD)
    given = {
        "readings": settings.get("readings") or {},
        "parameters": {name: Decimal(value) for name, value in (settings.get("parameters") or {}).items()},
    }
    for section, part in named(listed).items():
        bundle.same(given[section], part, ROUND)


CHECKS = {"readings": readings}
