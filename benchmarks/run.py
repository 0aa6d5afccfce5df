"""Run every benchmark in a process of its own and write what they measured to README.md.

    python -m benchmarks.run [--date YYYY-MM-DD] [--json PATH] [--record PATH]

`--json` also keeps the figures as a record, `--record` writes the page from such a record without
measuring. The exit status is 1 if a bar was missed.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
NAMES = (
    "scoring",
    "packs",
    "deferred_acceptance",
    "mechanisms",
    "lottery",
    "redistribution",
    "round",
    "months",
    "registry",
)
LIBRARIES = ("polars", "numpy", "numba", "ortools", "pydantic")
HEAD = """# Benchmarks

Written by `make bench`; do not edit. Each part is a module of this folder and runs in a process of its own.
Times are wall times. References are written in the modules and measured in the same run, so that a ratio
compares like with like on one machine. People are invented from fixed seeds. Every mechanism from 10,000 to
10 million people, and beside public packages, on a day of its own: [mechanisms.md](mechanisms.md).
Ledgers of a million people and every shipped pack, too: [packs_and_months.md](packs_and_months.md).
"""

Record = dict[str, Any]


def main() -> None:
    """Measure or read a record, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--date", type=date.fromisoformat, help="the day on the page (default: today)")
    parser.add_argument("--json", type=Path, help="keep the record here")
    parser.add_argument("--record", type=Path, help="write the page from this record")
    asked = parser.parse_args()
    if asked.record:
        record = json.loads(asked.record.read_text("utf-8"))
    else:
        record = measure(asked.date or date.today())
    if asked.json:
        asked.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (FOLDER / "README.md").write_text(page(record), "utf-8")
    missed = [row["what"] for part in record["benchmarks"] for row in part["rows"] if row["met"] is False]
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


def measure(day: date) -> Record:
    """Run the modules one after the other."""
    present = [name for name in NAMES if (FOLDER / f"{name}.py").exists()]
    return {"measured_on": day.isoformat(), **machine(), "benchmarks": [figures_of(name) for name in present]}


def machine() -> Record:
    """What the figures depend on, without names of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 2**30),
        "processor": platform.machine(),
        "load": round(os.getloadavg()[0], 1),
        "versions": {"Python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    }


def figures_of(name: str) -> Record:
    """The rows of one module, which prints its own table meanwhile."""
    print(f"-- {name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        command = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(path)]
        status = subprocess.run(command, check=False, cwd=FOLDER.parent).returncode
        broken = {"what": "exit status", "value": status, "unit": "", "bar": "0", "met": False}
        rows = [broken] if status else json.loads(path.read_text("utf-8"))["rows"]
    return {"name": name, "method": method_of(name), "rows": rows}


def method_of(name: str) -> str:
    """The module's docstring without the command line."""
    text = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))) or ""
    paragraphs = (part for part in text.split("\n\n") if not part.startswith(" "))
    return " ".join(" ".join(paragraphs).split())


def page(record: Record) -> str:
    """The record as a page."""
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    lines = [
        f"Measured on {record['measured_on']}: {record['cores']} cores ({record['processor']}), "
        f"{record['memory_gb']} GB, load {record['load']} at the start; {versions}.",
        "",
        "| part | what | measured | bar | |",
        "|---|---|--:|--:|---|",
        *(cells(part["name"], row) for part in record["benchmarks"] for row in part["rows"]),
        "",
        "## Method",
        "",
        *(f"* **{part['name']}**: {part['method']}" for part in record["benchmarks"]),
    ]
    return HEAD + "\n" + "\n".join(lines) + "\n"


def cells(name: str, row: Record) -> str:
    """One row of the table."""
    verdict = {True: "met", False: "**missed**"}.get(row["met"], "")
    value = int(row["value"]) if row["value"] == int(row["value"]) else row["value"]
    return f"| {name} | {row['what']} | {value:,} {row['unit']} | {row['bar']} | {verdict} |"


if __name__ == "__main__":
    main()
