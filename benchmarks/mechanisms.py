"""Every mechanism beside deferred acceptance in the same run, and what checking its laws costs.

    python -m benchmarks.mechanisms [--people N] [--json PATH] [--largest]

The market is that of `deferred_acceptance`; a lottery separates equals. Ceilings and reserves: every offer
caps or reserves a third of its places for each of two categories, which one person in four belongs to (both
at once for some reserves). Regions: fifty offers share a cap of 0.8 of their places, targets are a half.
Minimum seats need complete lists: a tenth of the people with twenty offers. Everybody consents to waive
priorities. The reference kernel is the minimal heap of that module, without the making of its arguments. The
largest market is ten copies of the last side by side, their people mixed: serial dictatorship and deferred
acceptance in one process of their own, once each, with its peak memory. Times are the best of two runs
otherwise, memory (Linux) is the most a run added to the process, which holds the market; compiling is not
measured.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
from benchmarks.deferred_acceptance import City, Row, city, figure, kernels_of, ranked_alike, timed

RUNS = 2
BARRED = ("serial dictatorship", "parallel", "immediate acceptance")


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000, help="size of the last market of all")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--largest", action="store_true", help="only ten times as many")
    asked = parser.parse_args()
    rows = []
    for row in largest(asked.people) if asked.largest else everything(asked.people):
        print(f"{row['what']:<74} {row['value']:>9} {row['unit']:<6} {row['bar']}", flush=True)
        rows.append(row)
    if asked.json:
        asked.json.write_text(json.dumps({"benchmark": "mechanisms", "rows": rows}, indent=1) + "\n", "utf-8")


def everything(people: int) -> Iterator[Row]:
    """All sizes, the largest in processes of their own."""
    list(measure(city(1_000)))  # compiles
    for size in [size for size in (10_000, 100_000) if size < people] + [people]:
        yield from measure(city(size))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        asked = ["--people", str(people), "--largest", "--json", str(path)]
        subprocess.run(
            [sys.executable, "-m", "benchmarks.mechanisms", *asked],
            check=True,
            cwd=Path(__file__).resolve().parents[1],
            stdout=subprocess.DEVNULL,
        )
        yield from json.loads(path.read_text("utf-8"))["rows"]


def largest(people: int) -> Iterator[Row]:
    """Serial dictatorship, then deferred acceptance on ten times as many people, once each."""
    for mechanism in (SerialDictatorship(), DeferredAcceptance()):
        verify(small := ranked_alike(city(1_000).market), allocate(small, mechanism, "lottery"))  # compiles
    market = side_by_side(city(people).market, 10)
    label = f"{len(market.applicants):,} people: "
    yield figure(label + "peak memory of making the market", peak_gb(), "GB")
    yield from once(ranked_alike(market), SerialDictatorship(), label + "serial dictatorship")
    yield from once(market, DeferredAcceptance(), label + "deferred acceptance")


def once(market: Market, mechanism: Mechanism, label: str) -> Iterator[Row]:
    """One run and its check, and the most memory the process has had so far."""
    begin = time.perf_counter()
    allocation = allocate(market, mechanism, "lottery")
    took = time.perf_counter() - begin
    yield figure(label, took, "s")
    laws = verify(market, allocation)
    yield figure(label + ", check of all laws", time.perf_counter() - begin - took, "s")
    yield figure(label + ", peak memory of the process so far", peak_gb(), "GB")
    laws.check()


def side_by_side(market: Market, times: int) -> Market:
    """The same city again and again, its people mixed, each copy with its own offers and lots."""
    n, m, w = len(market.applicants), len(market.offers), market.wish_offer.size
    whose = np.random.default_rng(8).permutation(n * times)
    copies, wishes = np.divmod(whose, n), market.wish_offer.reshape(n, -1)
    width = w // n
    offer = wishes[copies[1]] + (copies[0] * m).astype(np.int32)[:, None]
    return Market.of_arrays(
        [f"a{row:08d}" for row in range(n * times)],
        [f"s{row:06d}" for row in range(m * times)],
        np.tile(market.capacity, times),
        np.arange(n * times + 1) * width,
        offer.reshape(-1),
        market.standing.reshape(n, -1)[copies[1]].reshape(-1),
        tie_order=np.random.default_rng(9).permutation(n * times).astype(np.int32),
    )


def peak_gb() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measure(place: City) -> Iterator[Row]:
    """Seconds of each mechanism and of its check, and the ratio to deferred acceptance where a bar holds."""
    market = place.market
    name = f"{len(market.applicants):,} people: "
    reference, _ = kernels_of(place)
    yield figure(name + "reference kernel", reference, "s")
    base, check, memory = costs(market, DeferredAcceptance())
    yield figure(name + "deferred acceptance", base, "s")
    yield figure(name + "deferred acceptance, check of all laws", check, "s")
    yield figure(name + "deferred acceptance, memory added", memory, "MB")
    for what, of, mechanism in cases(market):
        whole, check, memory = costs(of, mechanism)
        yield figure(name + what, whole, "s")
        yield figure(name + what + ", memory added", memory, "MB")
        if what in BARRED:
            bar = whole <= 2.5 * base if len(market.applicants) >= 100_000 else None
            yield figure(
                name + what + ", ratio", whole / base, "× DA", bar, "<= 2.5" if bar is not None else ""
            )
        yield figure(name + what + ", check of all laws", check, "s")
        bar = check <= 2 * whole if len(market.applicants) >= 1_000_000 else None
        yield figure(
            name + what + ", check over mechanism",
            check / whole,
            "ratio",
            bar,
            "<= 2" if bar is not None else "",
        )


def costs(market: Market, mechanism: Mechanism) -> tuple[float, float, float]:
    """Seconds of the mechanism and of its check, which must find every promise kept; its memory in MB."""
    call = partial(allocate, market, mechanism, "lottery")
    memory = added_mb(call)
    check = partial(verify, market, call())
    check().check()
    return min(timed(call) for _ in range(RUNS)), min(timed(check) for _ in range(RUNS)), memory


def added_mb(call: Callable[[], object]) -> float:
    """How far one call takes the process above the memory it holds before."""
    ctypes.CDLL(None).malloc_trim(0)  # what was freed is given back, or it would be used again unseen
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # forgets the peak so far
    call()
    return (resident("VmHWM") - before) / 2**10


def resident(field: str) -> int:
    """Memory of this process in kB."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field))


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
