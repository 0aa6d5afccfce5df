"""Bars of scoring: speed, memory, explanation, pack loading and growth, for the pack in twelve.yaml.

    python -m benchmarks.scoring [--people N] [--json PATH]

Reference, in the same run: the same twelve lines and total as Polars Int64 expressions, written by hand
by somebody who knows the scheme. Its lines are checked to be equal. 3% of all facts are unknown.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import operator
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from scoring.candidates import qualify
from scoring.eligibility import STATUSES, assess
from scoring.explain import explain
from scoring.facts import Facts, assemble_pairs
from scoring.pack import load_pack
from scoring.policy import Policy
from scoring.ranking import rank
from scoring.score import score, score_lazily

PACK = Path(__file__).parent / "twelve.yaml"
SERVICE, AS_OF = "school", date(2026, 6, 1)
PEOPLE, SMALL, EXPLAINED, STREAMED_PARTS = 1_000_000, 10_000, 2_000, 10
SPEED_BAR, MEMORY_BAR_MB, EXPLAIN_BAR_MS, LOAD_BAR_MS, EXPONENT_BAR = 0.6, 1500, 1.0, 200, 1.15
UNKNOWN_SHARE = 0.03
MOST = {
    "age": 90,
    "insurance_months": 300,
    "residence_months": 400,
    "children": 4,
    "income": 40_000_000,
    "disability": 100,
    "volunteer_hours": 300,
    "late_returns": 8,
    "penalties": 5,
}
LIKELY = {"permit": 0.95, "employed": 0.9}

MAY_CHANGE = "lower_layers: {may_change: [indicators.children.points], cite: scheme 1}\n"
LOWER = """\
format: policy/1
id: benchmarks/lower
title: {zh: 下层（虚构）, en: Lower layer (invented)}
place: {zh: 虚构区, en: an invented district}
status: illustrative
effective: {from: 2026-01-01}
extends: {pack: benchmarks/twelve, version: 2026-01-01}
parameters:
  rate: {title: {zh: 标准, en: rate}, values: [{from: 2026-01-01, value: 4, cite: scheme 1}]}
switches:
  children: {title: {zh: 封顶, en: cap}, choices: {low: {zh: 低, en: low}, high: {zh: 高, en: high}},
    chosen: low, cite: scheme 1, sources: R1}
indicators:
  children:
    points: {per: children, every: 1, points: {parameter: rate}, cap: {switch: children, low: 12, high: 16}}
"""

Row = dict[str, object]


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many; ten times as many from Parquet")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--stream", nargs=3, metavar=("WHICH", "IN", "OUT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stream:
        print(json.dumps(stream(*asked.stream)))
        return
    if asked.people <= SMALL:
        parser.error(f"--people must be above {SMALL}, the smaller size of the growth")
    rows = measure(asked.people)
    for row in rows:
        verdict = "" if row["met"] is None else "met" if row["met"] else "MISSED"
        print(f"{row['what']:<58} {row['value']:>10} {row['unit']:<9} {row['bar']:<10} {verdict}")
    if asked.json:
        asked.json.write_text(json.dumps({"benchmark": "scoring", "rows": rows}, indent=1) + "\n", "utf-8")


def measure(people: int) -> list[Row]:
    """One row a figure; `met` is None where there is no bar."""
    loading = load_figures()
    policy = load_pack(PACK.read_text("utf-8"), PACK.name).policy
    frame = invented(policy, people, seed=1)
    rows = [*speed_figures(policy, frame), *growth_figures(policy, frame)]
    rows += explain_figures(policy, facts_of(policy, frame[:EXPLAINED]))
    return [*rows, *loading, *stream_figures(policy, people)]


def speed_figures(policy: Policy, frame: pl.DataFrame) -> list[Row]:
    """Generated against hand-written expressions, both planned and collected anew each time."""
    ours = score_lazily(policy, SERVICE, frame.lazy(), as_of=AS_OF).collect()
    by_hand = by_hand_lazily(frame.lazy()).collect()
    if not ours.select(by_hand.columns).equals(by_hand):
        raise SystemExit("the hand-written lines differ")
    reference, own = interleaved(
        lambda: by_hand_lazily(frame.lazy()).collect(),
        lambda: score_lazily(policy, SERVICE, frame.lazy(), as_of=AS_OF).collect(),
        times=25,
    )
    size = amount_text(frame.height)
    return [
        figure(f"{size} people, 12 indicators, all lines", own * 1000, "ms"),
        figure(f"{size} people, written by hand (reference)", reference * 1000, "ms"),
        figure(
            f"{size} people, speed over reference",
            reference / own,
            "ratio",
            reference / own >= SPEED_BAR,
            f">= {SPEED_BAR:g}",
        ),
    ]


def growth_figures(policy: Policy, frame: pl.DataFrame) -> list[Row]:
    """Seconds at both sizes and the exponent between them."""
    steps = [steps_of(facts_of(policy, part)) for part in (frame[:SMALL], frame)]
    rows = []
    for name in steps[0]:
        small = min(interleaved(steps[0][name], times=20))
        large = min(interleaved(steps[1][name], times=5))
        exponent = math.log(large / small) / math.log(frame.height / SMALL)
        span = f"{amount_text(SMALL)} to {amount_text(frame.height)}"
        rows.append(figure(f"{amount_text(frame.height)} people, {name}", large * 1000, "ms"))
        met = exponent <= EXPONENT_BAR
        rows.append(figure(f"{span}, {name}", exponent, "exponent", met, f"<= {EXPONENT_BAR:g}"))
    return rows


def steps_of(facts: Facts) -> dict[str, Callable[[], object]]:
    """The steps whose growth is bounded, ready to run."""
    eligibility, scores = assess(facts), score(facts)
    filed_at = np.arange(len(facts.candidates), dtype=np.int64) % 10_000

    def ranked() -> object:
        return rank(facts, scores, qualify(facts, eligibility, scores), filed_at=filed_at)

    return {"score": lambda: score(facts), "qualify and rank": ranked}


def explain_figures(policy: Policy, facts: Facts) -> list[Row]:
    """The median of one explanation each; every one must equal the columns."""
    scores = score(facts)
    status = qualify(facts, assess(facts), scores).pair_status
    took = []
    for row in range(facts.frame.height):
        person = facts.frame.row(row, named=True)
        start = time.perf_counter()
        sheet = explain(policy, SERVICE, person, candidate="c", subject="s", as_of=AS_OF)
        took.append(time.perf_counter() - start)
        lines = {line.indicator: line.points for line in sheet.lines}
        same = (lines, sheet.total) == (scores.lines.row(row, named=True), scores.totals["total"][row])
        if not same or sheet.status != STATUSES[status[row]]:
            raise SystemExit(f"the explanation of row {row} differs")
    median = statistics.median(took) * 1000
    what = f"explanation of one person (median of {len(took):,})"
    return [figure(what, median, "ms", median < EXPLAIN_BAR_MS, f"< {EXPLAIN_BAR_MS:g} ms")]


def load_figures() -> list[Row]:
    """Text to checked policy to a plan that has run on nobody; the first time and the best."""
    text = sixty()
    if len(load_pack(PACK.read_text("utf-8"), PACK.name).policy.indicators) * 5 != 60:
        raise SystemExit(f"{PACK.name} has no longer 12 indicators")

    def compiled() -> None:
        policy = load_pack(text, "sixty.yaml").policy
        score_lazily(policy, SERVICE, invented(policy, 0, seed=0).lazy(), as_of=AS_OF).collect()

    def layered() -> None:
        policy = load_pack(LOWER, "lower.yaml", look_up=lambda *_: (text + MAY_CHANGE, "upper.yaml")).policy
        score_lazily(policy, SERVICE, invented(policy, 0, seed=0).lazy(), as_of=AS_OF).collect()

    first = seconds(compiled)
    best, both = (took * 1000 for took in interleaved(compiled, layered, times=9))
    return [
        figure(
            "60 indicators below another layer, a parameter and a switch: the same",
            both,
            "ms",
            both < LOAD_BAR_MS,
            f"< {LOAD_BAR_MS} ms",
        ),
        figure("60 indicators: load, check, compile, first time", first * 1000, "ms"),
        figure("60 indicators: load, check, compile", best, "ms", best < LOAD_BAR_MS, f"< {LOAD_BAR_MS} ms"),
    ]


def stream_figures(policy: Policy, people: int) -> list[Row]:
    """Parquet to Parquet, each in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in range(STREAMED_PARTS):
            invented(policy, people, seed=part).write_parquet(folder / f"part{part}.parquet")
        pl.scan_parquet(folder / "part*.parquet").sink_parquet(folder / "people.parquet")
        took = {which: child(which, folder) for which in ("generated", "by_hand")}
        totals = [pl.scan_parquet(folder / f"{which}.parquet").select("total").collect() for which in took]
        if totals[0].height != people * STREAMED_PARTS or not totals[0].equals(totals[1]):
            raise SystemExit("the streamed totals differ")
    what, (ours, by_hand) = f"{amount_text(people * STREAMED_PARTS)} rows, Parquet to Parquet", took.values()
    peak = ours["peak_mb"]
    return [
        figure(what, ours["seconds"], "s"),
        figure(f"{what} (reference)", by_hand["seconds"], "s"),
        figure(f"{what}, peak memory", peak, "MB", peak < MEMORY_BAR_MB, f"< {MEMORY_BAR_MB} MB"),
        figure(f"{what}, peak memory (reference)", by_hand["peak_mb"], "MB"),
    ]


def child(which: str, folder: Path) -> dict[str, float]:
    """Run `stream` in a new interpreter."""
    paths = [str(folder / "people.parquet"), str(folder / f"{which}.parquet")]
    command = [sys.executable, "-m", "benchmarks.scoring", "--stream", which, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise SystemExit(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def stream(which: str, source: str, target: str) -> dict[str, float]:
    """Score a Parquet file that need not fit in memory."""
    policy = load_pack(PACK.read_text("utf-8"), PACK.name).policy
    people = pl.scan_parquet(source)
    ours = score_lazily(policy, SERVICE, people, as_of=AS_OF)
    scored = by_hand_lazily(people) if which == "by_hand" else ours
    took = seconds(lambda: scored.sink_parquet(target))
    return {"seconds": took, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory this process has held. Not `getrusage`, whose peak begins with the parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def by_hand_lazily(people: pl.LazyFrame) -> pl.LazyFrame:
    """The scheme of twelve.yaml as somebody would write it who only has this scheme."""
    lines = {
        "age": by_bands("age", {18: 0, 25: 10_000, 35: 20_000, 45: 15_000, 60: 5_000}, 2_500, unknown=0),
        "education": best_education(),
        "insurance": capped(pl.col("insurance_months") * 250, 30_000),
        "residence": capped(pl.col("residence_months") * 125, 22_500),
        "skill": by_member("skill", 0, 2_500, 5_000, 10_000, 15_000, 20_000),
        "children": capped(pl.col("children") * 4_000, 12_000).fill_null(0),
        "income": by_bands(
            "income",
            {3_000_000: 0, 6_000_000: 3_000, 12_000_000: 6_000, 24_000_000: 9_000},
            12_000,
            unknown=0,
        ),
        "housing": by_member("housing", 10_000, 6_000, 3_000, 0),
        "disability": by_bands("disability", {20: 0, 50: 4_000, 80: 8_000}, 12_000, unknown=1_500),
        "language": by_member("language", 0, 3_000, 6_000, 10_000),
        "service": service_to_society(),
        "deductions": deductions(),
    }
    total = functools.reduce(operator.add, (pl.col(name) for name in lines))
    scored = people.select(**lines).with_columns(total=total)
    return scored.with_columns(total=pl.when(pl.col("total") < 0).then(units(0)).otherwise(pl.col("total")))


def units(amount: int) -> pl.Expr:
    """Thousandths of a point."""
    return pl.lit(amount, pl.Int64)


def by_bands(fact: str, below: dict[int, int], last: int, *, unknown: int) -> pl.Expr:
    """One question after the other; unknown first, or it would get the last row's points."""
    result = units(last)
    for limit, amount in reversed(below.items()):
        result = pl.when(pl.col(fact) < limit).then(units(amount)).otherwise(result)
    return pl.when(pl.col(fact).is_null()).then(units(unknown)).otherwise(result)


def by_member(fact: str, *amounts: int) -> pl.Expr:
    """A table read by the member's code, with one more row for unknown, which earns 0."""
    table = pl.lit(pl.Series([*amounts, 0], dtype=pl.Int64))
    return table.gather(pl.col(fact).to_physical().fill_null(len(amounts)))


def capped(amount: pl.Expr, cap: int) -> pl.Expr:
    """At most the cap; null is not above it and stays null."""
    return pl.when(amount > cap).then(units(cap)).otherwise(amount)


def best_education() -> pl.Expr:
    """The better of degree and certificate; 0 if either is unknown."""
    degree = by_member("degree", 0, 10_000, 20_000, 25_000, 30_000)
    certificate = by_member("certificate", 0, 8_000, 12_500)
    unknown = pl.col("degree").is_null() | pl.col("certificate").is_null()
    return pl.when(unknown).then(units(0)).when(degree > certificate).then(degree).otherwise(certificate)


def service_to_society() -> pl.Expr:
    """Hours and three flags; what is unknown earns 0."""
    total = (pl.col("volunteer_hours") * 50).fill_null(0)
    for fact, amount in (("blood_donor", 2_000), ("foster_carer", 5_000), ("veteran", 4_000)):
        total = total + pl.when(pl.col(fact)).then(units(amount)).otherwise(units(0))
    return capped(total, 12_000)


def deductions() -> pl.Expr:
    """Three parts, pending while one is unknown."""
    lied = pl.col("false_statement").cast(pl.Int64) * 20_000
    late = capped(pl.col("late_returns") * 2_000, 10_000)
    punished = capped(pl.col("penalties") * 5_000, 15_000)
    return -capped(late + punished + lied, 25_000)


def invented(policy: Policy, people: int, *, seed: int) -> pl.DataFrame:
    """Facts of people who do not exist; only the scope is always known."""
    chance = np.random.default_rng(seed)
    columns = {}
    for name, fact in policy.facts.items():
        if fact.members:
            members = pl.Series(list(fact.members), dtype=pl.Enum(list(fact.members)))
            column = members.gather(chance.integers(0, len(fact.members), people))
        elif fact.type == "boolean":
            column = pl.Series(chance.random(people) < LIKELY.get(name, 0.15))
        else:
            column = pl.Series(chance.integers(0, MOST.get(name, 20) + 1, people))
        if fact.of == "subject":
            known = pl.Series(chance.random(people) >= UNKNOWN_SHARE, dtype=pl.Boolean)
            column = pl.select(pl.when(known).then(column)).to_series()
        columns[name] = column
    return pl.DataFrame(columns)


def facts_of(policy: Policy, frame: pl.DataFrame) -> Facts:
    """Everybody scored for themselves."""
    ids = pl.select(pl.format("s{}", pl.int_range(frame.height).cast(pl.String).str.zfill(9))).to_series()
    return assemble_pairs(policy, SERVICE, frame.with_columns(subject=ids), as_of=AS_OF)


def sixty() -> str:
    """The pack five times over: facts and indicators copied under new names."""
    text = PACK.read_text("utf-8")
    facts = between(text, "facts:\n", "  permit:\n")  # the last three are read by the service alone
    indicators = between(text, "indicators:\n", "\nservices:\n")
    names = "|".join(re.findall(r"^  (\w+):$", facts + indicators, re.MULTILINE))
    for number in range(2, 6):
        for part, heading in ((facts, "facts:\n"), (indicators, "indicators:\n")):
            copy = re.sub(rf"\b({names})\b", rf"\1_{number}", part)
            text = text.replace(f"\n{heading}", f"\n{heading}{copy}", 1)
    return text


def between(text: str, start: str, end: str) -> str:
    """What stands between two lines."""
    return text.partition(f"\n{start}")[2].partition(end)[0] + ("\n" if end.startswith("\n") else "")


def interleaved(*works: Callable[[], object], times: int) -> list[float]:
    """The least wall time of each, run in turn, so that all meet the same machine."""
    took = [[seconds(work) for work in works] for _ in range(times)]
    return [min(column) for column in zip(*took, strict=True)]


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def amount_text(people: int) -> str:
    """1000000 -> `1 M`."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if people % size == 0:
            return f"{people // size} {unit}"
    return str(people)


def figure(what: str, value: float, unit: str, met: bool | None = None, bar: str = "") -> Row:
    """A figure and, if there is one, its bar."""
    return {"what": what, "value": round(value, 3), "unit": unit, "bar": bar, "met": met}


if __name__ == "__main__":
    main()
