"""Bars of the mechanisms at 1 M people × 2,000 offers × 10 wishes, beside a minimal heap kernel.

    python -m benchmarks.deferred_acceptance [--people N] [--json PATH]

Market: utility = quality of the offer + Gumbel noise, ten distinct wishes (of 40 candidates each above
200,000 people), max(20, n / 500) offers with 0.9 n places together; points 0..100, +30 for three in ten,
+20 for three in a hundred; a lottery separates equals. The reference is a textbook deferred acceptance with
a heap an offer, written below and compiled by numba; every run checks that both give the same outcome.
Times are the best of several alternating runs in this process; compiling is not measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from allocation.allocate import allocate
from allocation.cutoffs import cutoffs
from allocation.deferred_acceptance import DeferredAcceptance
from allocation.kernels import applicants_propose
from allocation.market import Market, Pools, TiePolicy
from allocation.outcome import Mechanism
from allocation.score_limits import seat_bounds
from allocation.serial_dictatorship import SerialDictatorship
from allocation.standing import StrictOrder, dense_standing, strict_order
from allocation.verify import verify
from allocation.waiting import waiting_lists
from values.problems import Refused

WISHES, SMALLEST, MOST_POINTS = 10, 10_000, 150
RUNS = 5
Row = dict[str, object]


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000, help="size of the largest market")
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args()
    rows = measure(asked.people)
    for row in rows:
        print(f"{row['what']:<62} {row['value']:>9} {row['unit']:<6} {row['bar']}")
    if asked.json:
        figures = {"benchmark": "deferred_acceptance", "rows": rows}
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def measure(people: int) -> list[Row]:
    """One row a figure; `met` is None where there is no bar."""
    sizes = [size for size in (SMALLEST, 10 * SMALLEST) if size < people] + [people]
    kernels_of(city(1_000))  # compiles
    rows: list[Row] = []
    seconds = {}
    for size in sizes:
        place = city(size)
        reference, ours = seconds[size] = kernels_of(place)
        bar = ours <= 1.3 * reference if size == people else None
        rows += [
            figure(f"{size:,} people: reference kernel", reference, "s"),
            figure(f"{size:,} people: our kernel", ours, "s"),
            figure(
                f"{size:,} people: our kernel over the reference", ours / reference, "ratio", bar, "<= 1.3"
            ),
        ]
    rows += growth(seconds)
    return rows + mechanisms(place)


def growth(seconds: dict[int, tuple[float, float]]) -> list[Row]:
    """Exponents between the smallest and the largest market."""
    small, large = min(seconds), max(seconds)
    if small == large:
        return []
    reference, ours = (
        log(after / before) / log(large / small)
        for before, after in zip(seconds[small], seconds[large], strict=True)
    )
    return [
        figure("exponent of the reference", reference, ""),
        figure("exponent of our kernel", ours, "", ours <= reference + 0.1, "reference + 0.1"),
    ]


def mechanisms(place: City) -> list[Row]:
    """Whole calls in turn with the whole call of deferred acceptance, each checked by the laws."""
    market = place.market
    strict, one_ranking, pools = untied(market), ranked_alike(market), pooled(market)
    base = partial(allocate, market, DeferredAcceptance(), "lottery")
    allocation = base()
    verify(market, allocation).check()
    name = f"{len(market.applicants):,} people: "
    whole, check = in_turn(base, partial(verify, market, allocation))
    rows = [
        figure(name + "deferred acceptance, whole call", whole, "s"),
        figure(name + "verification of all laws", check, "s"),
        figure(name + "verification over the mechanism", check / whole, "ratio", check <= 2 * whole, "<= 2"),
    ]
    calls: list[tuple[str, Market, Mechanism, TiePolicy]] = [
        ("serial dictatorship, lottery", one_ranking, SerialDictatorship(), "lottery"),
        ("serial dictatorship, exclude_all", one_ranking, SerialDictatorship(), "exclude_all"),
        ("deferred acceptance, exclude_all", market, DeferredAcceptance(), "exclude_all"),
        ("deferred acceptance, admit_all", market, DeferredAcceptance(), "admit_all"),
        ("deferred acceptance, refuse (no ties)", strict, DeferredAcceptance(), "refuse"),
        ("deferred acceptance, three pools an offer", pools, DeferredAcceptance(), "lottery"),
    ]
    for what, of, mechanism, ties in calls:
        verify(of, allocate(of, mechanism, ties)).check()
        rows.append(times_base(name + what, base, partial(allocate, of, mechanism, ties)))
    rows.append(times_base(name + "deferred acceptance, refuse (refused)", base, partial(refusal, market)))
    offers = partial(allocate, market, DeferredAcceptance("offers"), "lottery")
    return [
        *rows,
        times_base(name + "deferred acceptance, offers propose", base, offers, has_bar=False),
        figure(name + "cut-offs", in_turn(partial(cutoffs, market, allocation))[0], "s"),
        figure(name + "waiting lists", in_turn(partial(waiting_lists, market, allocation))[0], "s"),
    ]


def times_base(
    what: str, base: Callable[[], object], call: Callable[[], object], *, has_bar: bool = True
) -> Row:
    """A call over deferred acceptance, both run in turn."""
    whole, took = in_turn(base, call)
    return figure(what, took / whole, "× DA", took <= 2.5 * whole if has_bar else None, "<= 2.5")


def in_turn(*works: Callable[[], object]) -> list[float]:
    """The shortest time of each, run one after the other several times; the first round does not count."""
    rounds = [[timed(work) for work in works] for _ in range(RUNS + 1)]
    return [min(times) for times in zip(*rounds[1:], strict=True)]


def refusal(market: Market) -> int:
    """How many tied groups stand in the way."""
    try:
        allocate(market, DeferredAcceptance(), "refuse")
    except Refused as refused:
        return len(refused.problems)
    raise SystemExit("ties that matter were not refused")


def figure(what: str, value: float, unit: str, met: bool | None = None, bar: str = "") -> Row:
    """A figure and, if there is one, its bar."""
    return {
        "what": what,
        "value": round(value, 4),
        "unit": unit,
        "bar": bar if met is not None else "",
        "met": met,
    }


def timed(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@dataclass(frozen=True, eq=False)
class City:
    """The market, and the same for the reference: lists and points (n, 10), lots where larger is better."""

    market: Market
    wishes: np.ndarray
    points: np.ndarray
    lots: np.ndarray


def kernels_of(place: City) -> tuple[float, float]:
    """Seconds of the reference and of our kernel, run in turn; both must agree."""
    market, order = place.market, strict_order(place.market)
    arguments = kernel_arguments(market, order)

    def reference() -> np.ndarray:
        return minimal_heap(place.wishes, place.points, place.lots, market.capacity)

    def ours() -> np.ndarray:
        return applicants_propose(*arguments)

    held = ours()
    if (np.where(held >= 0, market.wish_offer[held], -1) != reference()).any():
        raise SystemExit("the two kernels differ")
    one, other = in_turn(reference, ours)
    return one, other


def kernel_arguments(market: Market, order: StrictOrder) -> tuple[Any, ...]:
    """What our kernel takes."""
    seats = seat_bounds(market, market.capacity)
    return market.wish_start, market.wish_offer, order.standing, order.tie, order.person_at, seats


def city(people: int) -> City:
    """The market of the module's docstring."""
    chance = np.random.default_rng(2026)
    offers = max(20, people // 500)
    quality = chance.normal(size=offers)
    wishes = np.concatenate(
        [listed(chance, quality, min(50_000, people - first)) for first in range(0, people, 50_000)]
    )
    points = chance.integers(0, 101, (people, WISHES))
    points += 30 * (chance.random((people, WISHES)) < 0.3) + 20 * (chance.random((people, WISHES)) < 0.03)
    lots = chance.permutation(people).astype(np.int32)
    market = Market.of_arrays(
        [f"a{row:07d}" for row in range(people)],
        [f"s{row:05d}" for row in range(offers)],
        np.full(offers, int(0.9 * people / offers)),
        np.arange(people + 1) * WISHES,
        wishes.reshape(-1),
        (MOST_POINTS - points).astype(np.int32).reshape(-1),
        tie_order=(people - 1 - lots).astype(np.int32),
    )
    return City(market, wishes, points.astype(np.int16), lots)


def listed(chance: np.random.Generator, quality: np.ndarray, people: int) -> np.ndarray:
    """The ten best-liked offers of some people."""
    candidates = np.tile(np.arange(quality.size, dtype=np.int32), (people, 1))
    if quality.size > 400:
        candidates = np.sort(chance.integers(0, quality.size, (people, 40)).astype(np.int32), axis=1)
    liking = quality[candidates] + chance.gumbel(size=candidates.shape)
    liking[:, 1:][candidates[:, 1:] == candidates[:, :-1]] = -np.inf
    chosen = np.argsort(-liking, axis=1)[:, :WISHES]
    return np.ascontiguousarray(np.take_along_axis(candidates, chosen, axis=1))


def ranked_alike(market: Market) -> Market:
    """The same people and wishes with one ranking: everybody's points at the first wish."""
    ranking = dense_standing((market.standing[market.wish_start[:-1]].astype(np.int64), "lower"))
    return Market.of_arrays(
        market.applicants,
        market.offers,
        market.capacity,
        market.wish_start,
        market.wish_offer,
        ranking=ranking,
        tie_order=market.tie_order,
    )


def untied(market: Market) -> Market:
    """The same with equals already separated."""
    order = strict_order(market)
    keys = order.standing.astype(np.int64) << 31 | order.tie[market.wish_person]
    return replace(market, standing=dense_standing((keys, "lower")), tie_order=None)


def pooled(market: Market) -> Market:
    """Three pools an offer: a closed quarter and an open quarter for two categories, the rest for all."""
    chance = np.random.default_rng(5)
    m, w = len(market.offers), market.wish_offer.size
    quarter = market.capacity // 4
    seats = np.stack([quarter, quarter, market.capacity - 2 * quarter], axis=1).reshape(-1)
    pools = Pools(
        np.arange(m + 1) * 3,
        ("near", "sibling", None) * m,
        seats,
        np.tile([False, True, True], m),
        (chance.integers(0, 4, w) | 4).astype(np.uint8),
        np.ones(m, bool),
    )
    return Market.of_arrays(
        market.applicants,
        market.offers,
        market.capacity,
        market.wish_start,
        market.wish_offer,
        market.standing,
        tie_order=market.tie_order,
        pools=pools,
    )


@njit(cache=True)
def minimal_heap(
    wishes: np.ndarray, points: np.ndarray, lots: np.ndarray, capacity: np.ndarray
) -> np.ndarray:
    """The reference: one person after the other, whoever is displaced goes on at once; min-heaps of keys."""
    people, most = wishes.shape
    start = np.zeros(capacity.size + 1, np.int64)
    for o in range(capacity.size):
        start[o + 1] = start[o] + capacity[o]
    keys = np.empty(start[-1], np.int64)
    who = np.empty(start[-1], np.int32)
    size = np.zeros(capacity.size, np.int64)
    at = np.zeros(people, np.int8)
    assigned = np.full(people, -1, np.int32)
    for newcomer in range(people):
        a = newcomer
        while a >= 0 and at[a] < most:
            o = wishes[a, at[a]]
            key = np.int64(points[a, at[a]]) << 32 | lots[a]
            base = start[o]
            if size[o] < capacity[o]:
                child = size[o]
                size[o] += 1
                while child > 0 and keys[base + (child - 1) // 2] > key:
                    keys[base + child] = keys[base + (child - 1) // 2]
                    who[base + child] = who[base + (child - 1) // 2]
                    child = (child - 1) // 2
                keys[base + child], who[base + child], assigned[a] = key, a, o
                break
            if capacity[o] == 0 or key < keys[base]:
                at[a] += 1
                continue
            out = who[base]
            parent, child = 0, 1
            while child < capacity[o]:
                if child + 1 < capacity[o] and keys[base + child + 1] < keys[base + child]:
                    child += 1
                if keys[base + child] >= key:
                    break
                keys[base + parent], who[base + parent] = keys[base + child], who[base + child]
                parent, child = child, 2 * child + 1
            keys[base + parent], who[base + parent], assigned[a] = key, a, o
            assigned[out] = -1
            at[out] += 1
            a = out
    return assigned


if __name__ == "__main__":
    main()
