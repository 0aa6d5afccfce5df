"""The main path on files: `jifen run` with a million applicants from Parquet, without PDF.

Bar: under 20 s and under 4 GB, from typing the command to the written bundles.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from scenarios.config import load_config
from scenarios.demo_rounds import synthetic_applications
from scenarios.measured import with_measures
from scenarios.tables import round_schemas
from storage.exporters import write_parquet
from storage.packs import find_pack, policies_folder, read_pack
from storage.rounds import CONFIG_FILE

ROUND = policies_folder() / "zhongshan" / "rounds" / "2015-school"
OFFICIAL_FAMILIES = 45_000
SECONDS, GIGABYTES = 20, 4


def main() -> None:
    """Make the people, run the command, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000, help="about how many children apply")
    parser.add_argument("--ledgers", action="store_true", help="hand in ledgers instead of finished months")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        people = write_round(Path(folder) / "round", options.people, ledgers=options.ledgers)
        load = os.getloadavg()[0]
        seconds, processor, gigabytes = timed_run(Path(folder))
    what = f"jifen run, {people:,} applicants from Parquet, no PDF"
    rows = [
        row(f"{what} (load {load:.1f} before)", seconds, "s", SECONDS, people),
        row("the same: time of processors, user and system", processor, "s", None, people),
        row("the same: peak memory", gigabytes, "GB", GIGABYTES, people),
    ]
    for shown in rows:
        print(f"{shown['what']:75} {shown['value']:>8} {shown['unit']:2} {shown['bar']:5} {shown['met']}")
    if options.json:
        figures = {"benchmark": "round", "rows": rows}
        options.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1))


def row(what: str, value: float, unit: str, bar: int | None, people: int) -> dict[str, object]:
    """One line of the table; a small run meets and misses nothing."""
    met = None if bar is None or people < 900_000 else value < bar
    shown = "" if bar is None else f"< {bar} {unit}"
    return {"what": what, "value": round(value, 2), "unit": unit, "bar": shown, "met": met}


def write_round(folder: Path, people: int, *, ledgers: bool) -> int:
    """A round's folder of Parquet tables with quotas that grow with the people; returns how many apply."""
    text = (ROUND / CONFIG_FILE).read_text("utf-8")
    config = load_config(text, CONFIG_FILE)
    pack = read_pack(find_pack(config.policy, base=folder, as_of=config.as_of))
    families = people * 45 // 48  # one family in fifteen has two children
    grown = max(families // OFFICIAL_FAMILIES, 1)
    quotas = pl.read_csv(ROUND / "quotas.csv").with_columns(pl.col("seats") * grown)
    tables = synthetic_applications(pack, config, quotas, seed=1, families=families)
    named = tables.tables()
    if not ledgers:
        named["applicants"] = with_measures(pack.policy, config.service, tables.applicants, tables.ledgers)
        named = {name: frame for name, frame in named.items() if name not in pack.policy.ledgers}
    schemas = round_schemas(pack.policy, config.service)
    folder.mkdir()
    (folder / CONFIG_FILE).write_text(text, "utf-8")
    for name, frame in named.items():
        if name in schemas:
            write_parquet(frame, folder / f"{name}.parquet", schemas[name])
    return tables.candidates.height


def timed_run(folder: Path) -> tuple[float, float, float]:
    """Seconds, seconds of all processors and peak gigabytes of the whole command, kernels compiled before."""
    command = [sys.executable, "-m", "api.cli", "run", str(folder / "round"), "--no-pdf", "--out"]
    started = time.perf_counter()
    subprocess.run([*command, str(folder / "results")], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


if __name__ == "__main__":
    main()
