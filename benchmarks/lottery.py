"""Bars of the draw: 1 M uniform tickets under 5 s, and cost that grows no faster than n^1.15.

    python benchmarks/lottery.py [--json PATH]

Reference, in the same run: one `hmac.digest` of the standard library per applicant, nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from allocation.lottery import RosterRow, roster_hash, ticket_order, tickets

SEED = hashlib.sha256(b"benchmark").digest()
DRAW = "2015-school"
SMALL, LARGE = 10_000, 1_000_000
TICKETS_BAR_S, EXPONENT_BAR = 5.0, 1.15


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here")
    path = parser.parse_args().json
    rows = measure()
    for row in rows:
        print(f"{row['what']:<52} {row['value']:>8} {row['unit']:<9} {row['bar']}")
    if path:
        path.write_text(json.dumps({"benchmark": "lottery", "rows": rows}, indent=1) + "\n", "utf-8")


def measure() -> list[dict[str, object]]:
    """One row a figure; `met` is None where there is no bar."""
    ids = [f"2015-{number:07d}" for number in range(LARGE)]
    ready = tickets(SEED, DRAW, ids)
    reference, drawn = seconds(lambda: plain_tickets(ids)), seconds(lambda: tickets(SEED, DRAW, ids))
    growth = math.log(best(lambda: draw(ids), 2) / best(lambda: draw(ids[:SMALL]))) / math.log(LARGE / SMALL)
    return [
        row("1 M tickets", drawn, "s", drawn < TICKETS_BAR_S, f"< {TICKETS_BAR_S:g} s"),
        row("1 M tickets, plain hmac.digest loop (reference)", reference, "s"),
        row("1 M tickets over reference", drawn / reference, "ratio"),
        row("1 M rows, roster hash", seconds(lambda: freeze(ids)), "s"),
        row(
            "1 M tickets put in order",
            seconds(lambda: ticket_order(ready, ids)),
            "s",
        ),
        row(
            "10 k to 1 M, tickets and order", growth, "exponent", growth <= EXPONENT_BAR, f"<= {EXPONENT_BAR}"
        ),
    ]


def row(what: str, value: float, unit: str, met: bool | None = None, bar: str = "") -> dict[str, object]:
    """A figure and, if there is one, its bar."""
    return {"what": what, "value": round(value, 3), "unit": unit, "bar": bar, "met": met}


def plain_tickets(ids: list[str]) -> list[bytes]:
    """What anybody would write first."""
    head = b"ALLOC-TICKET-v1\0" + len(DRAW).to_bytes(2, "big") + DRAW.encode()
    return [
        hmac.digest(SEED, head + len(app_id).to_bytes(2, "big") + app_id.encode() + b"\0\0\0\0", "sha256")
        for app_id in ids
    ]


def freeze(ids: list[str]) -> bytes:
    """The roster hash of everybody in one stratum."""
    return roster_hash(RosterRow(app_id, "shiqi/primary") for app_id in ids)


def draw(ids: list[str]) -> object:
    """Tickets and their order."""
    return ticket_order(tickets(SEED, DRAW, ids), ids)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def best(work: Callable[[], object], times: int = 5) -> float:
    """The shortest of a few calls: small sizes are noisy."""
    return min(seconds(work) for _ in range(times))


if __name__ == "__main__":
    main()
