"""A registry of a million people: facts, reminders, overdue duties and counts by office from a Parquet file.

    python benchmarks/registry.py [--json PATH] [--people N]

Seven events a person, invented, in a temporary folder: arrival, registration, application, acceptance, issue
and two endorsements, the last of every fifth person late. Measured: reading the file, replaying every history
under the rules of Hangzhou from 2018, all lists in memory. There is no bar: minutes on a core are enough for
a list that is made once a day.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import polars as pl

from scenarios.registry import registry_of
from storage.registry_files import read_histories, read_residence

PEOPLE = 1_000_000
AS_OF = date(2021, 12, 1)
CHOICES = {
    "residence_needed": "6 months",
    "suspension_effect": "pause",
    "deadlines_roll_over": "no",
    "home_visits": "any",
    "absence": "14 days",
    "termination_effect": "reset",
    "suspended_score": "frozen",
    "leap_day": "february_28",
    "insurance_gap": "0 months",
    "insurance_up_to": "month_before",
    "route_gap": "30 days",
    "guardians_which": "both",
    "guardians_without": "back_paid",
}


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many people (default a million)")
    asked = parser.parse_args()
    rows = measure(asked.people)
    for each in rows:
        print(f"{each['what']:<60} {each['value']:>8} {each['unit']}")
    if asked.json:
        asked.json.write_text(json.dumps({"benchmark": "registry", "rows": rows}, indent=1) + "\n", "utf-8")


def measure(people: int) -> list[dict[str, object]]:
    """One row a figure."""
    load = os.getloadavg()[0]
    residence = read_residence("hangzhou/residence/rules-2018-07-01", CHOICES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "histories.parquet"
        histories(people).write_parquet(path)
        begun, worked = time.perf_counter(), time.process_time()
        read = read_histories(path)
        reading = time.perf_counter() - begun
        found = residence.standings(read.frame.drop("row"), AS_OF)
        told = registry_of(found, AS_OF, rows=read.frame.height, ahead=7, per=800)
    seconds, processor = time.perf_counter() - begun, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    assert told.done == people
    return [
        row(f"{people / 1e6:g} M people, {read.frame.height / 1e6:g} M events", seconds, "s"),
        row("of it reading the file", reading, "s"),
        row("processor time", processor, "s"),
        row("most memory", memory, "GB"),
        row("load of the machine at the start", load, ""),
    ]


def histories(people: int) -> pl.DataFrame:
    """Seven events a person."""
    days = [0, 1, 186, 187, 190, 540, 900]
    kinds = ["arrive", "declare", "apply", "accept", "issue", "endorse", "endorse"]
    person = pl.DataFrame({"p": pl.int_range(people, eager=True)})
    events = pl.DataFrame({"after": days, "event": kinds, "stay_days": [400, *[None] * 6]})
    late = pl.when((pl.col("p") % 5 == 0) & (pl.col("after") == 900)).then(60).otherwise(0)
    start = pl.lit(date(2018, 9, 3)) + pl.duration(days=pl.col("p") % 300 + pl.col("after") + late)
    return person.join(events, how="cross").select(
        subject=pl.format("P{}", pl.col("p").cast(pl.String).str.zfill(7)),
        day=start,
        event="event",
        stay_days="stay_days",
        office=pl.format("office {}", pl.col("p") % 40),
    )


def row(what: str, value: float, unit: str) -> dict[str, object]:
    """A figure of the page."""
    return {"what": what, "value": round(value, 1), "unit": unit, "bar": "", "met": None}


if __name__ == "__main__":
    main()
