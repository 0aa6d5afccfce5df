"""Deferred acceptance beside the public packages `matching` and `algmatch`, at 1,000 to 3,000 people.

    python -m benchmarks.peers [--json PATH]

The market is that of `deferred_acceptance`; a lottery separates equals. Each package gets the same lists and
strict orders as dictionaries, made before the clock starts; ours gets the same dictionaries as a market
document, so that its time holds reading, allocating, verifying and naming. All must give the same outcome.
One run each; a package that is not installed is left out. They are no part of the locked requirements:

    python -m venv /tmp/peers && /tmp/peers/bin/pip install -r requirements/run.txt matching algmatch
    PYTHONPATH=. /tmp/peers/bin/python -m benchmarks.peers
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from allocation.allocate import allocate
from allocation.market import Market
from allocation.market_json import read_market
from allocation.result import assignment_document
from allocation.verify import verify
from benchmarks.deferred_acceptance import Row, city, figure

SIZES = (1_000, 2_000, 3_000)
INSTALL = "pip install matching algmatch"
Lists = dict[str, list[str]]


def main() -> None:
    """Measure what is installed, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args()
    absent = [name for name in PEERS if find_spec(name) is None]
    if absent:
        print(
            f"not installed: {', '.join(absent)} ({INSTALL}, in an environment of its own)", file=sys.stderr
        )
    rows = []
    ours(*lists_of(city(100).market))  # compiles
    for people in SIZES:
        for row in measure(people, [name for name in PEERS if name not in absent]):
            print(f"{row['what']:<62} {row['value']:>9} {row['unit']}", flush=True)
            rows.append(row)
    if asked.json:
        asked.json.write_text(json.dumps({"benchmark": "peers", "rows": rows}, indent=1) + "\n", "utf-8")


def measure(people: int, names: list[str]) -> Iterator[Row]:
    """Seconds of ours and of each package, whose outcome must be the same."""
    market = lists_of(city(people).market)
    found, took = timed(ours, *market)
    label = f"{people:,} people: "
    yield figure(label + "ours, from dictionaries to a verified answer", took, "s")
    for name in names:
        other, seconds = timed(PEERS[name], *market)
        if other != found:
            raise SystemExit(f"{name} gives another outcome")
        yield figure(label + f"{name} {version(name)}", seconds, "s")
        yield figure(label + f"{name} over ours", seconds / took, "ratio")


def timed(call: Callable[..., dict[str, str]], *given: Any) -> tuple[dict[str, str], float]:
    """The outcome by id, and the seconds it took."""
    begin = time.perf_counter()
    found = call(*given)
    return found, time.perf_counter() - begin


def lists_of(market: Market) -> tuple[Lists, Lists, dict[str, int]]:
    """Everybody's list, every offer's strict order of those who list it, and the capacities."""
    assert market.tie_order is not None
    people, offers = market.applicants, market.offers
    keys = market.standing.astype(np.int64) << 31 | market.tie_order[market.wish_person]
    wishes: Lists = {name: [] for name in people}
    orders: Lists = {name: [] for name in offers}
    for wish in range(keys.size):
        wishes[people[market.wish_person[wish]]].append(offers[market.wish_offer[wish]])
    for wish in np.argsort(keys):
        orders[offers[market.wish_offer[wish]]].append(people[market.wish_person[wish]])
    return wishes, orders, dict(zip(offers, market.capacity.tolist(), strict=True))


def ours(wishes: Lists, orders: Lists, capacity: dict[str, int]) -> dict[str, str]:
    """This engine, from a document to the assignment."""
    case = read_market(
        {
            "format": "market/1",
            "mechanism": {"name": "deferred_acceptance"},
            "applicants": [{"id": name, "preferences": listed} for name, listed in wishes.items()],
            "offers": [
                {"id": name, "capacity": capacity[name], "priority": order} for name, order in orders.items()
            ],
        }
    )
    allocation = allocate(case.market, case.mechanism, case.ties)
    verify(case.market, allocation).check()
    document = assignment_document(case.market, allocation)
    return {name: offer for name, offer in document.items() if offer is not None}


def by_matching(wishes: Lists, orders: Lists, capacity: dict[str, int]) -> dict[str, str]:
    """The package `matching`."""
    game = importlib.import_module("matching.games").HospitalResident
    solved = game.create_from_dictionaries(wishes, orders, capacity).solve(optimal="resident")
    return {person.name: str(offer.name) for offer, people in solved.items() for person in people}


def by_algmatch(wishes: Lists, orders: Lists, capacity: dict[str, int]) -> dict[str, str]:
    """The package `algmatch`, which knows people and offers by number."""
    person = {name: at for at, name in enumerate(wishes, 1)}
    offer = {name: at for at, name in enumerate(orders, 1)}
    document = {
        "residents": {person[name]: [offer[o] for o in listed] for name, listed in wishes.items()},
        "hospitals": {
            offer[name]: {"capacity": capacity[name], "preferences": [person[a] for a in order]}
            for name, order in orders.items()
        },
    }
    solved = importlib.import_module("algmatch").HospitalResidentsProblem(dictionary=document)
    found = solved.get_stable_matching()["resident_sided"]
    people, offers = list(wishes), list(orders)
    number = {f"r{at}": name for at, name in enumerate(people, 1)}
    place = {f"h{at}": name for at, name in enumerate(offers, 1)}
    return {number[a]: place[o] for a, o in found.items() if o in place}


PEERS = {"matching": by_matching, "algmatch": by_algmatch}


if __name__ == "__main__":
    main()
