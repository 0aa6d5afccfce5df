"""Bar of redistribution: 100 k unplaced × 2,000 offers × 30 nearest in under 30 s, distances included.

    python benchmarks/redistribution.py [--json PATH]

Towns are clusters of homes and schools. Besides the plain one there are two nasty ones: everybody of a
block of 1.5 km has one address (most costs are equal), and every cost is equal. The last one has the
size and shape of a real round: 48 scopes, ten schools each, exactly as many seats as children. Reference
for the choice of the set, in the same run: a minimum-cost flow with weight n - rank. Compiling the kernels
(once per machine) is not measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from allocation.nearest import Pairs, Points, nearest_pairs
from allocation.redistribution import redistribute
from allocation.redistribution_set import best_set
from allocation.verify_redistribution import verify_redistribution

PEOPLE, OFFERS, NEAREST, SHARE = 100_000, 2_000, 30, 0.95
BAR_S, ROUND_BAR_S = 30.0, 2.0


@dataclass(frozen=True)
class Town:
    """Homes, schools and their seats."""

    homes: Points
    schools: Points
    seats: np.ndarray
    order: np.ndarray


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here")
    path = parser.parse_args().json
    rows = measure()
    for row in rows:
        print(f"{row['what']:<58} {row['value']:>9} {row['unit']:<6} {row['bar']}")
    if path:
        path.write_text(json.dumps({"benchmark": "redistribution", "rows": rows}, indent=1) + "\n", "utf-8")


def measure() -> list[dict[str, object]]:
    """One row a figure; `met` is None where there is no bar."""
    whole(town(200, 20, block=1), nearest=5)
    plain, blocks = town(PEOPLE, OFFERS, block=1), town(PEOPLE, OFFERS, block=1500)
    rows = [*figures("clustered", plain), *figures("one address a block", blocks)]
    rows += figures("all costs equal", plain, cost=1)
    rows += set_figures(plain)
    rows += figures("a round, 48 scopes", scoped_round(), nearest=None, bar=ROUND_BAR_S)
    return rows


def figures(
    name: str, place: Town, *, nearest: int | None = NEAREST, cost: int | None = None, bar: float = BAR_S
) -> list[dict[str, object]]:
    """Seconds of each step for both rules, and of the check."""
    took, (pairs, held) = timed(lambda: whole(place, nearest=nearest, cost=cost))
    alone, _ = timed(lambda: redistribute(**arguments(place, pairs)))
    in_order, _ = timed(lambda: redistribute(**arguments(place, pairs), then="in_order"))
    check, laws = timed(lambda: verify_redistribution(held, **arguments(place, pairs)))
    if not all(law.hold for law in laws.values()):
        raise SystemExit(f"{name}: {laws}")
    return [
        figure(f"{name}: distances and least cost", took, "s", took < bar, f"< {bar:g} s"),
        figure(f"{name}: least cost alone", alone, "s"),
        figure(f"{name}: in_order alone", in_order, "s"),
        figure(f"{name}: check of least cost", check, "s"),
        figure(f"{name}: check over least cost alone", check / alone, "ratio", check <= 2 * alone, "<= 2"),
        figure(f"{name}: people placed", int((held >= 0).sum()), ""),
    ]


def set_figures(place: Town) -> list[dict[str, object]]:
    """The choice of the set by augmenting paths and by a flow, and that both choose the same."""
    asked = arguments(place, nearest_pairs(place.homes, place.schools, nearest=NEAREST))
    in_turn = np.argsort(asked["order"])
    ours, held = timed(lambda: best_set(asked["cost_start"], asked["cost_offer"], asked["seats"], in_turn))
    flow, placed = timed(lambda: placed_by_flow(asked))
    if ((held >= 0) != placed).any():
        raise SystemExit("the two ways to choose the set differ")
    return [
        figure("clustered: the set, by augmenting paths", ours, "s"),
        figure("clustered: the set, by a flow of weight n - rank (reference)", flow, "s"),
    ]


def figure(what: str, value: float, unit: str, met: bool | None = None, bar: str = "") -> dict[str, object]:
    """A figure and, if there is one, its bar."""
    return {"what": what, "value": round(value, 3), "unit": unit, "bar": bar, "met": met}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall time of one call, and its answer."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def whole(place: Town, *, nearest: int | None, cost: int | None = None) -> tuple[Pairs, np.ndarray]:
    """From points to places."""
    pairs = nearest_pairs(place.homes, place.schools, nearest=nearest)
    if cost is not None:
        pairs = pairs._replace(metres=np.full_like(pairs.metres, cost))
    return pairs, redistribute(**arguments(place, pairs))


def arguments(place: Town, pairs: Pairs) -> dict[str, Any]:
    """A town as `redistribute` takes it."""
    return {
        "cost_start": pairs.start,
        "cost_offer": pairs.offer,
        "cost": pairs.metres,
        "seats": place.seats,
        "order": place.order,
    }


def town(people: int, offers: int, *, block: int) -> Town:
    """60 clusters; points rounded to `block` units (of about a metre); seats follow the homes."""
    chance = np.random.default_rng(2015)
    centres, weights = chance.uniform(0, 60_000, (60, 2)), chance.dirichlet(np.ones(60))

    def points(count: int) -> Points:
        at = centres[chance.choice(60, count, p=weights)] + chance.normal(0, 2_500, (count, 2))
        x, y = (np.round(at / block) * block).astype(np.int64).T
        return Points(11_300_000 + x, 2_230_000 + y)

    seats = chance.multinomial(int(people * SHARE), chance.dirichlet(np.full(offers, 3.0)))
    return Town(points(people), points(offers), seats, chance.permutation(people).astype(np.int32))


def scoped_round() -> Town:
    """16,370 children in 48 scopes, ten schools each, as many seats as children in every scope."""
    chance = np.random.default_rng(2016)
    base, scope = town(16_370, 480, block=1), chance.integers(0, 48, 16_370).astype(np.int32)
    own = np.repeat(np.arange(48, dtype=np.int32), 10)
    sizes = np.bincount(scope, minlength=48)
    seats = np.concatenate([chance.multinomial(size, np.ones(10) / 10) for size in sizes])
    homes = Points(base.homes.longitude, base.homes.latitude, scope)
    schools = Points(base.schools.longitude, base.schools.latitude, own)
    return Town(homes, schools, seats, base.order)


def placed_by_flow(asked: dict[str, Any]) -> Any:
    """Who is placed if staying out costs n - rank and everything else nothing."""
    n, m, offer = asked["order"].size, asked["seats"].size, asked["cost_offer"]
    person = np.repeat(np.arange(n), np.diff(asked["cost_start"]))
    out, sink = n + m, n + m + 1
    tails = [person, np.arange(n), n + np.arange(m), [out]]
    heads = [n + offer, np.full(n, out), np.full(m, sink), [sink]]
    capacities = [np.ones(offer.size + n), asked["seats"], [n]]
    costs = [np.zeros(offer.size), n - asked["order"], np.zeros(m + 1)]
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        *(np.concatenate(part).astype(np.int32) for part in (tails, heads)),
        *(np.concatenate(part).astype(np.int64) for part in (capacities, costs)),
    )
    nodes = np.append(np.arange(n), sink).astype(np.int32)
    solver.set_nodes_supplies(nodes, np.append(np.ones(n), -n).astype(np.int64))
    if solver.solve() != solver.OPTIMAL:
        raise SystemExit("the reference flow has no answer")
    stays_out: np.ndarray = np.asarray(solver.flows(arcs[offer.size : offer.size + n]))
    return stays_out == 0


if __name__ == "__main__":
    main()
