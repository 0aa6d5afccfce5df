"""The worked cases of a pack as the people of one round: the verifier, which shares no code, finds the same.

Packs whose places are given by quota alone: where schools or flats are chosen too a round needs more.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from publication.bundle import bundle_files
from scenarios.round import run_round
from scenarios.worked_cases import Case, load_cases
from scoring.facts import service_facts
from scoring.policy import Policy, Service
from storage.folders import write_folder
from storage.packs import read_pack
from storage.rounds import read_round
from verifier.verify_bundle import verify

POLICIES = Path(__file__).parents[2] / "policies"
ROUND = """\
format: round/1
id: worked-cases
title: {{zh: 示例, en: worked cases}}
policy: {pack}
service: {service}
as_of: {day}
{draw}notice:
  office: {{zh: 示例, en: an example}}
  contact: {{zh: 示例, en: an example}}
  published_on: {day}
"""
DRAW = """\
draw:
  id: worked-cases
  sources: [{name: balls, value: "04 11 17 20 26 31 + 09", entropy_bits: 128}]
"""
Rows = list[dict[str, object]]


def by_quota_alone(service: Service) -> bool:
    """Whether a round of the service needs quotas and nothing else."""
    return service.entitlement is None and all(stage.seats == "quotas" for stage in service.allocation.stages)


def groups() -> Iterator[object]:
    """Pack and cases of one service and day, under the readings chosen."""
    for pack in sorted(POLICIES.glob("*/*/????-??-??.yaml")):
        own = pack.with_name(f"examples-{pack.stem}.yaml")
        file = own if own.exists() else pack.with_name("examples.yaml")
        if not file.exists():
            continue
        together: dict[tuple[str, str], list[Case]] = {}
        for case in load_cases(file.read_text("utf-8"), file.name).cases:
            if not case.readings:
                together.setdefault((case.service, str(case.as_of)), []).append(case)
        policy = read_pack(pack).policy
        for key, cases in together.items():
            if by_quota_alone(policy.services[key[0]]):
                yield pytest.param(pack, cases, id=" ".join((pack.relative_to(POLICIES).as_posix(), *key)))


@pytest.mark.parametrize(("pack", "cases"), list(groups()))
def test_the_verifier_recomputes_every_worked_case(pack: Path, cases: Sequence[Case], tmp_path: Path) -> None:
    """Facts from ledgers and tables, lines, totals, sanctions, ranks and places."""
    policy = read_pack(pack).policy
    write_round(tmp_path / "round", pack, policy, cases)

    round_ = read_round(tmp_path / "round")
    decided = run_round(round_.pack, round_.config, round_.tables)

    write_folder(tmp_path / "bundle", bundle_files(decided.record, "audit"))
    report = verify(tmp_path / "bundle", "en")
    assert report.ok, report.as_text("en")


def write_round(folder: Path, pack: Path, policy: Policy, cases: Sequence[Case]) -> None:
    """Everybody applies in one round with places for all, so that no tie has to be settled."""
    service = policy.services[cases[0].service]
    subjects, candidates = Rows(), Rows()
    long: dict[str, Rows] = {name: [] for name in policy.side_tables}
    for number, case in enumerate(cases):
        subject, second = f"S{number:05}", f"T{number:05}"
        candidate = subject if service.candidate.takes == "own" else f"C{number:05}"
        subjects.append({"subject": subject, **read_facts(policy, case.service, case.given.subject)})
        row = {
            "candidate": candidate,
            "subject": subject,
            "filed_at": "2015-03-16T09:00",
            **read_facts(policy, case.service, case.given.candidate),
        }
        if case.given.second_subject is not None:
            subjects.append(
                {"subject": second, **read_facts(policy, case.service, case.given.second_subject)}
            )
            row["second_subject"] = second
        candidates.append(row)
        for name, rows in {**case.given.ledgers, **case.given.tables}.items():
            long[name] += [{"subject": subject, **each} for each in rows]
    scope = service.ranking.scope
    scopes = {tuple(str(row[fact]) for fact in scope) for row in candidates}
    quotas = [{**dict(zip(scope, found, strict=True)), "seats": len(cases)} for found in sorted(scopes)]
    folder.mkdir()
    for name, table in {"applicants": subjects, "candidates": candidates, "quotas": quotas, **long}.items():
        write_table(folder / f"{name}.csv", table, columns_of(policy, name))
    draw = DRAW if "lottery" in service.ranking.ties else ""
    text = ROUND.format(pack=pack, service=cases[0].service, day=cases[0].as_of, draw=draw)
    (folder / "round.yaml").write_text(text, "utf-8")


def read_facts(policy: Policy, service: str, person: Mapping[str, object]) -> dict[str, object]:
    """Without the facts that only another service or another reading of the pack reads."""
    read = service_facts(policy, service)
    return {name: value for name, value in person.items() if name in read}


def columns_of(policy: Policy, name: str) -> tuple[str, ...]:
    """The columns of a long table, which may have no rows; of another one only the rows tell."""
    if name in policy.ledgers:
        return ("subject", *policy.ledgers[name].columns, "first_month", "last_month")
    return ("subject", *policy.tables[name].columns) if name in policy.tables else ()


def write_table(file: Path, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Rows as CSV; an empty cell is unknown."""
    heads = list(dict.fromkeys((*columns, *(name for row in rows for name in row))))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows([cell(row.get(name)) for name in heads] for row in rows)


def cell(value: object) -> str:
    """A value as a table holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
