"""Every mechanism beside deferred acceptance in the same run, and what checking its laws costs.

    python -m benchmarks.mechanisms [--people N] [--json PATH]

The market is that of `deferred_acceptance`; a lottery separates equals. Ceilings and reserves: every offer
caps or reserves a third of its places for each of two categories, which one person in four belongs to (both
at once for some reserves). Regions: fifty offers share a cap of 0.8 of their places, targets are a half.
Minimum seats need complete lists: a tenth of the people with twenty offers. Everybody consents to waive
priorities. Times are the best of two runs; compiling is not measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from allocation.allocate import allocate
from allocation.deferred_acceptance import DeferredAcceptance
from allocation.efficiency_adjusted_deferred_acceptance import EfficiencyAdjustedDeferredAcceptance
from allocation.extended_seat_deferred_acceptance import ExtendedSeatDeferredAcceptance
from allocation.flexible_deferred_acceptance import FlexibleDeferredAcceptance
from allocation.immediate_acceptance import ImmediateAcceptance
from allocation.market import Market, Quotas, Regions
from allocation.outcome import Mechanism
from allocation.parallel import Parallel
from allocation.priority_matching import PriorityMatching
from allocation.rank_maximal import RankMaximal
from allocation.serial_dictatorship import SerialDictatorship
from allocation.stable_improvement_cycles import StableImprovementCycles
from allocation.top_trading_cycles import TopTradingCycles
from allocation.verify import verify
from benchmarks.deferred_acceptance import Row, city, figure, ranked_alike, timed

RUNS = 2
BARRED = ("serial dictatorship", "parallel", "immediate acceptance")


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000, help="size of the largest market")
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args()
    list(measure(city(1_000).market))  # compiles
    rows = []
    for people in sorted({10_000, asked.people}):
        for row in measure(city(people).market):
            print(f"{row['what']:<62} {row['value']:>9} {row['unit']:<6} {row['bar']}", flush=True)
            rows.append(row)
    if asked.json:
        asked.json.write_text(json.dumps({"benchmark": "mechanisms", "rows": rows}, indent=1) + "\n", "utf-8")


def measure(market: Market) -> Iterator[Row]:
    """Seconds of each mechanism and of its check, and the ratio to deferred acceptance where a bar holds."""
    name = f"{len(market.applicants):,} people: "
    base, _ = seconds(market, DeferredAcceptance())
    yield figure(name + "deferred acceptance", base, "s")
    for what, of, mechanism in cases(market):
        whole, check = seconds(of, mechanism)
        yield figure(name + what, whole, "s")
        if what in BARRED:
            bar = whole <= 2.5 * base if len(market.applicants) >= 100_000 else None
            yield figure(
                name + what + ", ratio", whole / base, "× DA", bar, "<= 2.5" if bar is not None else ""
            )
        yield figure(name + what + ", check of all laws", check, "s")


def seconds(market: Market, mechanism: Mechanism) -> tuple[float, float]:
    """Of the mechanism and of its verification, which must find every promise kept."""
    call = partial(allocate, market, mechanism, "lottery")
    allocation = call()
    check = partial(verify, market, allocation)
    check().check()
    return min(timed(call) for _ in range(RUNS)), min(timed(check) for _ in range(RUNS))


def cases(market: Market) -> Iterator[tuple[str, Market, Mechanism]]:
    """Each mechanism with a market it takes."""
    one_ranking = ranked_alike(market)
    willing = replace(market, consents=np.ones(len(market.applicants), bool))
    yield "serial dictatorship", one_ranking, SerialDictatorship()
    yield "immediate acceptance", market, ImmediateAcceptance()
    yield "parallel", market, Parallel((3,))
    yield "ceilings", with_quotas(market, reserves=False), DeferredAcceptance()
    yield "horizontal reserves", with_quotas(market, reserves=True), DeferredAcceptance()
    yield "top trading cycles", market, TopTradingCycles()
    yield "efficiency-adjusted deferred acceptance", willing, EfficiencyAdjustedDeferredAcceptance()
    yield "flexible deferred acceptance", with_regions(market), FlexibleDeferredAcceptance()
    yield "extended-seat deferred acceptance", with_minimum(market), ExtendedSeatDeferredAcceptance()
    yield "priority matching", one_ranking, PriorityMatching()
    yield "rank-maximal", one_ranking, RankMaximal()
    if len(market.applicants) <= 10_000:
        yield "stable improvement cycles", market, StableImprovementCycles()


def with_quotas(market: Market, *, reserves: bool) -> Market:
    """Two categories with a third of the places each, at every offer."""
    chance, m = np.random.default_rng(6), len(market.offers)
    own = chance.integers(0, 4, len(market.applicants))
    bits = np.where(own == 3, 3 if reserves else 0, own)[market.wish_person]
    quotas = Quotas(
        np.arange(m + 1) * 2,
        ("near", "sibling") * m,
        np.repeat(market.capacity // 3, 2),
        bits.astype(np.uint64),
    )
    return replace(market, reserves=quotas) if reserves else replace(market, ceilings=quotas)


def with_regions(market: Market) -> Market:
    """Regions of fifty offers."""
    m = len(market.offers)
    region = (np.arange(m) // 50).astype(np.int32)
    cap = np.bincount(region, market.capacity) * 4 // 5
    names = tuple(f"r{r}" for r in range(cap.size))
    turn = np.arange(m, dtype=np.int32)
    return replace(market, regions=Regions(names, cap.astype(np.int64), region, market.capacity // 2, turn))


def with_minimum(market: Market) -> Market:
    """A tenth of the people, complete lists of twenty offers, a third of the places to be filled."""
    people, offers = max(len(market.applicants) // 10, 20), 20
    chance = np.random.default_rng(7)
    lists = np.argsort(chance.random((people, offers)), axis=1)
    return Market.of_arrays(
        market.applicants[:people],
        [f"s{o}" for o in range(offers)],
        np.full(offers, -(-people // offers) + people // 100),
        np.arange(people + 1) * offers,
        lists.ravel(),
        chance.integers(0, 150, people * offers),
        tie_order=chance.permutation(people),
        minimum=np.full(offers, people // (3 * offers)),
    )


if __name__ == "__main__":
    main()
