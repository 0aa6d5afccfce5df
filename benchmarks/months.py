"""Bars of months from ledgers: a million people with ten years of monthly rows in under a minute and 6 GB.

    python benchmarks/months.py [--json PATH] [--people N]

The ledger, 117 M rows of Parquet, is made first, in a temporary folder: a row a month and person, one month
in forty missing and one in twenty paid late. Measured: the months without a break, at most three missing
bridged, late ones not counted. Reference, in the same run: a plain Python loop over the rows of one person
after the other, on every fiftieth person, told for all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import polars as pl

from scoring.pack import load_pack
from scoring.policy import Policy
from storage.ledger_stream import measure_ledgers

PEOPLE, MONTHS, FIRST, SAMPLE = 1_000_000, 120, 2015 * 12, 50
SECONDS_BAR, GIGABYTES_BAR = 60.0, 6.0
FREE_NEEDED = 3 * 2**30
PACK = Path(__file__).parents[1] / "tests" / "scoring" / "tiny_pack.yaml"
BRIDGE = 3


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many people (default a million)")
    asked = parser.parse_args()
    rows = measure(asked.people)
    for each in rows:
        print(f"{each['what']:<60} {each['value']:>8} {each['unit']:<7} {each['bar']}")
    if asked.json:
        asked.json.write_text(json.dumps({"benchmark": "months", "rows": rows}, indent=1) + "\n", "utf-8")


def measure(people: int) -> list[dict[str, object]]:
    """One row a figure; `met` is None where there is no bar."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < FREE_NEEDED:
            raise SystemExit("not enough room for the ledger in the temporary folder")
        path = Path(folder) / "dues.parquet"
        status = os.spawnv(
            os.P_WAIT,
            sys.executable,
            [sys.executable, "-c", _MAKE, str(path), str(people), str(MONTHS), str(FIRST)],
        )
        assert status == 0
        size = path.stat().st_size / 2**30
        applicants = pl.DataFrame(
            {
                "subject": [f"P{number:07d}" for number in range(people)],
                "accepted_on": [date(2024, 12, 31)] * people,
            }
        )
        policy = policy_of()
        begun, worked = time.perf_counter(), time.process_time()
        told = measure_ledgers(policy, "school", applicants, {"dues": path})
        seconds, processor = time.perf_counter() - begun, time.process_time() - worked
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        looped, expected = reference(path, people)
    measured = dict(zip(told["subject"], told["months"], strict=True))
    assert all(measured[who] == months for who, months in expected.items())
    bars = people == PEOPLE
    return [
        row(
            f"{people / 1e6:g} M people, {MONTHS} months",
            seconds,
            "s",
            seconds < SECONDS_BAR if bars else None,
            f"< {SECONDS_BAR:g} s",
        ),
        row("processor time", processor, "s"),
        row("most memory", memory, "GB", memory < GIGABYTES_BAR if bars else None, f"< {GIGABYTES_BAR:g} GB"),
        row("plain Python loop (reference, from a fiftieth)", looped, "s"),
        row("reference over measured", looped / seconds, "ratio"),
        row("the ledger's file", size, "GB"),
        row("load of the machine at the start", load, ""),
    ]


_MAKE = """
import sys
import polars as pl
path, people, months, first = sys.argv[1], *map(int, sys.argv[2:])
n = pl.LazyFrame({"p": pl.int_range(people, eager=True)}).with_columns(
    subject=pl.format("P{}", pl.col("p").cast(pl.String).str.zfill(7)),
    m=pl.int_ranges(pl.lit(0), pl.lit(months)),
).explode("m")
chance = (pl.col("p") * 7919 + pl.col("m") * 104729) * 2654435761 % 4294967296
table = n.with_columns(chance=chance).filter(pl.col("chance") % 1000 >= 25).select(
    "subject",
    kind=pl.when(pl.col("chance") % 997 < 50).then(pl.lit("back_paid")).otherwise(pl.lit("paid")),
    first_month=pl.date((pl.col("m") + first) // 12, (pl.col("m") + first) % 12 + 1, 1),
)
table.with_columns(last_month=pl.col("first_month")).sink_parquet(path, row_group_size=1_000_000)
"""


def reference(path: Path, people: int) -> tuple[float, dict[str, int]]:
    """Seconds for everybody of a loop as one would write it, and what it gives for those looped over."""
    chosen = [f"P{number:07d}" for number in range(0, people, SAMPLE)]
    table = pl.scan_parquet(path).filter(pl.col("subject").is_in(chosen)).collect()
    begun = time.perf_counter()
    rows = list(table.iter_rows())
    found: dict[str, list[int]] = {}
    for subject, kind, first, _ in rows:
        if kind == "paid":
            found.setdefault(subject, []).append(first.year * 12 + first.month - 1)
    months = {who: counted(found.get(who, []), 2024 * 12 + 11) for who in chosen}
    return (time.perf_counter() - begun) * people / len(chosen), months


def counted(months: Iterable[int], up_to: int) -> int:
    """Months of the spell that reaches the month looked back from."""
    run, reached = 0, up_to + 1
    for month in sorted(set(months), reverse=True):
        if reached - month - 1 > BRIDGE:
            break
        run, reached = run + 1, month
    return run


def policy_of() -> Policy:
    """A tiny policy with one measure."""
    text = PACK.read_text("utf-8")
    before, rest = text.split("  months:\n", 1)
    after = rest[rest.index("  town:\n") :]
    fact = (
        "  accepted_on: {title: {zh: 受理, en: accepted}, of: subject, type: date, supplied_by: department,"
        " attested_by: {zh: 局, en: bureau}, cite: rules 1}\n"
    )
    measures = (
        "ledgers:\n  dues: {title: {zh: 缴费, en: dues}, columns: {kind: [paid, back_paid]}, cite: rules 1}\n"
        "derived:\n  months: {title: {zh: 月数, en: months}, of: subject, months_in: dues,"
        f" except: {{kind: back_paid}}, up_to: accepted_on, bridge: {BRIDGE}, bridged_months: excluded,"
        " on_break: stop, cite: rules 1, maximum: 600}\ngroups:\n"
    )
    return load_pack((before + fact + after).replace("groups:\n", measures, 1), "tiny.yaml").policy


def row(what: str, value: float, unit: str, met: bool | None = None, bar: str = "") -> dict[str, object]:
    """A figure of the page."""
    return {"what": what, "value": round(value, 2), "unit": unit, "bar": bar, "met": met}


if __name__ == "__main__":
    main()
