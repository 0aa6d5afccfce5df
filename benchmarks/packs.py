"""Every shipped pack on invented people: all lines of every service with points, and one pack streamed.

    python -m benchmarks.packs [--people N] [--json PATH]

3% of all facts are unknown. Of every service the first people are explained one by one, and every line
and total must equal the columns. The pack with most facts is then scored from Parquet to Parquet, ten times
as many people, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.scoring import MEMORY_BAR_MB, Row, amount_text, figure, peak_mb, seconds
from scenarios.tables import pairs_schema
from scoring.explain import explain
from scoring.facts import Facts, assemble_pairs
from scoring.policy import Policy
from scoring.score import score, score_lazily
from storage.packs import read_pack
from values.tables import Column

POLICIES = Path(__file__).resolve().parents[1] / "policies"
PEOPLE, STREAMED_PARTS, EXPLAINED, UNKNOWN_SHARE = 1_000_000, 10, 200, 0.03
DAYS_OF = {"years": 365, "months": 30, "days": 1}
LONGEST = 20_000
"""Days that an invented date lies back at most."""


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many; ten times as many from Parquet")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--stream", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stream:
        print(json.dumps(stream(*asked.stream)))
        return
    rows = measure(asked.people)
    for row in rows:
        verdict = "" if row["met"] is None else "met" if row["met"] else "MISSED"
        print(f"{row['what']:<70} {row['value']:>10} {row['unit']:<9} {row['bar']:<10} {verdict}")
    if asked.json:
        asked.json.write_text(json.dumps({"benchmark": "packs", "rows": rows}, indent=1) + "\n", "utf-8")


def measure(people: int) -> list[Row]:
    """Seconds of every service, and the stream of the one with most facts."""
    rows, widest = [], (0, POLICIES, "")
    for path, policy, service in scored_services():
        facts = invented(policy, service, people, seed=1)
        took = seconds(lambda facts=facts: score(facts))
        check(facts)
        version = path.relative_to(POLICIES).with_suffix("").as_posix()
        lines = len(policy.indicators_of(service))
        rows.append(figure(f"{amount_text(people)} people, {version} {service}, {lines} lines", took, "s"))
        widest = max(widest, (facts.frame.width, path, service))
    return [*rows, *stream_figures(widest[1], widest[2], people)]


def scored_services() -> Iterator[tuple[Path, Policy, str]]:
    """Every version of every shipped pack with each of its services that has points."""
    for path in sorted(POLICIES.glob("*/*/????-??-??.yaml")):
        policy = read_pack(path).policy
        for service, rule in policy.services.items():
            if rule.kinds:
                yield path, policy, service


def invented(policy: Policy, service: str, people: int, *, seed: int) -> Facts:
    """People whose facts lie anywhere in their limits, computed facts computed."""
    chance = np.random.default_rng(seed)
    as_of = policy.effective.start + timedelta(days=365)
    columns = {"subject": pl.Series([f"{number:08}" for number in range(people)])}
    for column in pairs_schema(policy, service).columns:
        if column.name not in ("subject", "candidate"):
            columns[column.name] = values(policy, column, as_of, people, chance)
    return assemble_pairs(policy, service, pl.DataFrame(columns), as_of=as_of)


def values(
    policy: Policy, column: Column, as_of: date, people: int, chance: np.random.Generator
) -> pl.Series:
    """Every value of the column's limits is as likely as any other; some are unknown."""
    if column.type == "choice":
        members = pl.Series(column.members, dtype=pl.Enum(column.members))
        found = members.gather(chance.integers(0, len(column.members), people))
    elif column.type == "boolean":
        found = pl.Series(chance.random(people) < 0.5)
    elif column.type == "date":
        back = chance.integers(*days_back(policy, column.name.removeprefix("spouse_")), people)
        found = (pl.Series([as_of]).dt.epoch("d")[0] - pl.Series(back)).cast(pl.Int32).cast(pl.Date)
    else:
        low, high = column.minimum or 0, column.maximum or 0
        found = pl.Series(chance.integers(low, high + 1, people), dtype=pl.Int64)
    return found.set(pl.Series(chance.random(people) < UNKNOWN_SHARE), None).alias(column.name)


def days_back(policy: Policy, fact: str) -> tuple[int, int]:
    """How many days a date lies back: no time since it is too long, no day counted to comes before it."""
    rules = [rule for rule in policy.derived.values() if rule.elapsed is not None]
    if any(rule.as_of == fact for rule in rules):
        return 400, 700
    limits = [
        rule.maximum * DAYS_OF[rule.elapsed[0]] - 800
        for rule in rules
        if rule.elapsed is not None and rule.elapsed[1] == fact
    ]
    return 750, max(751, min([LONGEST, *limits]))


def check(facts: Facts) -> None:
    """One person's evaluator gives what the columns give."""
    scores = score(facts)
    for row in range(EXPLAINED):
        person = facts.frame.row(row, named=True)
        sheet = explain(facts.policy, facts.service, person, candidate="c", subject="s", as_of=facts.as_of)
        lines = {line.indicator: line.points for line in sheet.lines}
        if (lines, sheet.total) != (scores.lines.row(row, named=True), scores.totals["total"][row]):
            raise SystemExit(f"{facts.policy.id} {facts.service}: the explanation of row {row} differs")


def stream_figures(path: Path, service: str, people: int) -> list[Row]:
    """Parquet to Parquet in a process of its own."""
    policy = read_pack(path).policy
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in range(STREAMED_PARTS):
            facts = invented(policy, service, people, seed=part)
            facts.frame.write_parquet(folder / f"part{part}.parquet")
        arguments = [str(path), service, str(folder / "part*.parquet"), str(folder / "scores.parquet")]
        command = [sys.executable, "-m", "benchmarks.packs", "--stream", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=POLICIES.parent)
        if done.returncode:
            raise SystemExit(done.stderr)
        rows = pl.scan_parquet(folder / "scores.parquet").select(pl.len()).collect().item()
    if rows != people * STREAMED_PARTS:
        raise SystemExit(f"{rows} rows came out of the stream")
    figures = json.loads(done.stdout)
    what = f"{amount_text(rows)} rows, {policy.id} {service}, Parquet to Parquet"
    peak = figures["peak_mb"]
    return [
        figure(what, figures["seconds"], "s"),
        figure(f"{what}, peak memory", peak, "MB", peak < MEMORY_BAR_MB, f"< {MEMORY_BAR_MB} MB"),
    ]


def stream(pack: str, service: str, source: str, target: str) -> dict[str, float]:
    """Score Parquet files that need not fit in memory."""
    policy = read_pack(Path(pack)).policy
    as_of = policy.effective.start + timedelta(days=365)
    scored = score_lazily(policy, service, pl.scan_parquet(source), as_of=as_of)
    took = seconds(lambda: scored.sink_parquet(target))
    return {"seconds": took, "peak_mb": peak_mb()}


if __name__ == "__main__":
    main()
