"""A handful of families put through a whole round of a shipped school pack."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scenarios.round import Round, run_round
from storage.packs import DATED, read_pack
from storage.rounds import read_round
from values.yaml_marks import read_yaml

POLICIES = Path(__file__).parents[2] / "policies"
AS_WRITTEN: Mapping[str, str] = MappingProxyType({})
NOWHERE: Mapping[str, Mapping[str, object]] = MappingProxyType({})
ROUND = """\
format: round/1
id: small
title: {{zh: 示例, en: an example}}
policy: {pack}
service: school
as_of: {day}
draw:
  id: small
  sources: [{{name: balls, value: "04 11 17 20 26 31 + 09", entropy_bits: 128}}]
notice:
  office: {{zh: 示例, en: an example}}
  contact: {{zh: 示例, en: an example}}
  published_on: {day}
"""


@dataclass(frozen=True)
class Family:
    """What differs from the defaults of the pack's examples, and the schools it lists, best first.

    `lists` are further sheets of wishes by name.
    """

    wishes: Sequence[str]
    parent: Mapping[str, object] = field(default_factory=dict)
    child: Mapping[str, object] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)


def admitted(round_: Round) -> dict[str, str]:
    """Everybody who is ranked with the school, empty for those without one."""
    schools = round_.ground.offers["offer"]
    rows = zip(round_.ground.people, round_.placement.offer, strict=True)
    return {name: schools[int(row)] if row >= 0 else "" for name, row in rows}


def decided(
    folder: Path,
    pack: str,
    families: Mapping[str, Family],
    schools: Mapping[str, int],
    scope: Mapping[str, str],
    sites: Mapping[str, Mapping[str, object]] = NOWHERE,
    readings: Mapping[str, str] = AS_WRITTEN,
) -> Round:
    """A round of service `school` in one ranking scope, with these schools, seats, sites and readings."""
    examples: Any = read_yaml((POLICIES / pack / "examples.yaml").read_text("utf-8"), "examples.yaml").value
    defaults = examples["defaults"]
    parents = {f"P-{name}": {**defaults["subject"], **family.parent} for name, family in families.items()}
    children = {
        name: {"subject": f"P-{name}", **defaults["candidate"], **scope, **family.child}
        for name, family in families.items()
    }
    offers = {
        school: {**scope, "name": school, "seats": seats, **sites.get(school, {})}
        for school, seats in schools.items()
    }
    wishes = [
        (name, sheet, number, school)
        for name, family in families.items()
        for sheet, listed in {"": family.wishes, **family.lists}.items()
        for number, school in enumerate(listed, 1)
    ]
    head = ["candidate", "list", "rank", "offer"]
    if not any(family.lists for family in families.values()):
        head, wishes = [head[0], *head[2:]], [(name, *rest) for name, _, *rest in wishes]
    _write(folder / "applicants.csv", "subject", parents)
    _write(folder / "candidates.csv", "candidate", children)
    _write(folder / "offers.csv", "offer", offers)
    _table(folder / "quotas.csv", [[*scope, "seats"], [*scope.values(), sum(schools.values())]])
    _table(folder / "preferences.csv", [head, *wishes])
    (folder / "round.yaml").write_text(ROUND.format(pack=pack, day=defaults["as_of"]), "utf-8")
    given = read_round(folder)
    if not readings:
        return run_round(given.pack, given.config, given.tables)
    (version,) = (POLICIES / pack).glob(DATED)
    return run_round(read_pack(version, choices=readings), given.config, given.tables)


def _write(path: Path, key: str, rows: Mapping[str, Mapping[str, object]]) -> None:
    columns = list(next(iter(rows.values())))
    _table(
        path,
        [
            [key, *columns],
            *([name, *(cell(row[column]) for column in columns)] for name, row in rows.items()),
        ],
    )


def _table(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def cell(value: object) -> str:
    """A value as a table holds it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
