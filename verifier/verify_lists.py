"""Check wishes that are served by lists: who belongs to which group, and every place worked out again.

`verify_bundle.py` loads this file if it lies in the same folder, as `verify_points.py` and `verify_places.py`
must. Standard library only, written from the published specification, without the engine: bands are carried
out one after the other; in each everybody goes down the own list until no offer turns anybody away.
Each of CHECKS gets the bundle of `verify_bundle.py`; its docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

points, places = (
    importlib.import_module(f"{__package__ or ''}.verify_{name}".lstrip("."))  # beside this file
    for name in ("points", "places")
)

Row = dict[str, Any]
Told = dict[tuple[str, str, str], tuple[int, Row]]  # rows by stage, person and offer, with their numbers
Choose = Callable[
    [str, list[str], int], list[str]
]  # of these people at an offer with so many seats, who stays
OUTCOMES, POOLS, RESERVES, LINES = "outcomes.csv", "pools.csv", "reserves.csv", "score_lines.csv"
PRIORITIES = "priorities.csv"
REST = "*"
BY_LISTS = ("deferred_acceptance", "immediate_acceptance", "parallel")


def groups(bundle: Any) -> None:
    """名额归属：谁属于哪一类，由事实重算 | groups: who belongs to which, recomputed from the facts"""
    if not any(stage.get("pools") for stage in bundle.about["stages"]):
        raise bundle.fault("本轮没有保留名额 | this round keeps no seats for anybody")
    stage = next(stage for stage in bundle.about["stages"] if stage.get("pools"))
    belongs = places.members(bundle, stage["pools"])
    ranked, pools = sorted(p["candidate"] for p in bundle.people), sorted(p["id"] for p in in_order(stage))
    due = [(who, pool) for who in ranked for pool in pools]
    rows = list(bundle.rows(RESERVES))
    bundle.same({"rows": len(rows)}, {"rows": len(due)}, RESERVES)
    for (n, row), (who, pool) in zip(rows, due, strict=True):
        inside = pool not in belongs or who in belongs[pool]
        bundle.same(row, {"candidate": who, "pool": pool, "member": str(inside).lower()}, RESERVES, n)


def lists(bundle: Any) -> None:
    """逐志愿录取：由志愿、次序、名额重新推算 | lists: every place worked out again"""
    wishes = places.wishes_of(bundle)
    found = places.stages_where(bundle, lambda stage: stage["mechanism"] in BY_LISTS)
    if bundle.about["ranking"]["ties"][-1] in ("admit_all", "exclude_all"):
        raise bundle.fault("并列者不分先后 | people who are equal are not put in order")
    told, done, sits = bands_told(bundle), set[tuple[str, str]](), dict[str, str]()
    for stage in found:
        people = {p["candidate"]: p for p in stage["people"]}
        listed = {who: wishes(stage, p) for who, p in people.items()}
        bands = bands_of(bundle, stage, listed)
        if stage["mechanism"] != "deferred_acceptance":
            new = {who: wishes for who, wishes in listed.items() if (stage["name"], who) not in done}
            bands_are_listed(bundle, stage["name"], new, bands, told)
            done |= {(stage["name"], who) for who in new}
        pools, keep = by_order(bundle, stage, people, sits)
        due = served(listed, bands, stage["seats"], keep)
        got = {p["candidate"]: seat for seat, held in stage["admitted"].items() for p in held}
        for who, p in people.items():
            bundle.same({"offer": got.get(who, "")}, {"offer": due.get(who, "")}, OUTCOMES, p["row"])
        if stage.get("pools"):
            sits |= seated(due, pools)
    seated_right(bundle, sits)
    for n, row in told.values():  # bands of nobody's wishes
        bundle.same(row, {"tier": None}, PRIORITIES, n)


def tiers(bundle: Any) -> None:
    """志愿级别：由志愿、各处标记、事实重算 | tiers: recomputed from wishes, marks of offers and facts"""
    rules = {s["name"]: s["tiers"] for s in bundle.about["stages"] if isinstance(s.get("tiers"), dict)}
    if not rules:
        raise bundle.fault("本轮没有先录志愿在前者之处 | no offer takes first choices first in this round")
    rows = [(n, row) for n, row in bundle.rows(PRIORITIES) if row["stage"] in rules]
    told = {(row["stage"], row["candidate"], row["offer"]): (n, row) for n, row in rows}
    offers = {row["offer"]: row for _, row in bundle.rows("inputs/offers.csv")}
    wishes = places.wishes_of(bundle)
    belongs = places.members(bundle, list(rules.values()))
    runs = [stage for stage in places.runs(bundle) if stage["name"] in rules]
    people = {(run["name"], p["candidate"]): (run, p) for run in runs for p in run["people"]}
    for (stage, who), (run, person) in people.items():
        rule = rules[stage]
        counts = "for" not in rule or who in belongs[rule["id"]]
        for number, offer in enumerate(wishes(run, person), 1):
            n, row = told.pop((stage, who, offer), (0, Row()))
            tier = number if counts and offers[offer][rule["choices_first_at"]] == "true" else 1
            bundle.same(row, {"candidate": who, "offer": offer, "tier": str(tier)}, PRIORITIES, n)
    for n, row in told.values():
        bundle.same(row, {"tier": None}, PRIORITIES, n)


def bands_told(bundle: Any) -> Told:
    """The rows of the table of priorities, where they are bands."""
    banded = {s["name"] for s in bundle.about["stages"] if s["mechanism"] in BY_LISTS[1:]}
    rows = [(n, row) for n, row in bundle.rows(PRIORITIES) if row["stage"] in banded]
    return {(row["stage"], row["candidate"], row["offer"]): (n, row) for n, row in rows}


def bands_of(bundle: Any, stage: Row, listed: Row) -> Callable[[str], list[int]]:
    """The lengths of everybody's bands; the last repeats."""
    if stage["mechanism"] == "deferred_acceptance":
        return lambda who: [len(listed[who]) or 1]
    own = stage.get("bands_for", [])
    belongs = places.members(bundle, own)
    rest = [int(length) for length in stage.get("bands", [1])]
    rules = [(belongs[rule["id"]], [int(length) for length in rule["bands"]]) for rule in own]
    return lambda who: next((bands for inside, bands in rules if who in inside), rest)


def bands_are_listed(
    bundle: Any, stage: str, listed: Row, bands: Callable[[str], list[int]], told: Told
) -> None:
    """The table of priorities names the band of every wish; `told` keeps the rows not compared yet."""
    for who, wishes in listed.items():
        lengths, at, band = bands(who), 0, 0
        while at < len(wishes):
            length = lengths[min(band, len(lengths) - 1)]
            band += 1
            for offer in wishes[at : at + length]:
                n, row = told.pop((stage, who, offer), (0, Row()))
                bundle.same(row, {"candidate": who, "offer": offer, "tier": str(band)}, PRIORITIES, n)
            at += length


def served(
    listed: dict[str, list[str]], bands: Callable[[str], list[int]], seats: dict[str, int], keep: Choose
) -> dict[str, str]:
    """Who gets which offer: band after band; what is kept at the end of a band is final."""
    got: dict[str, str] = {}
    left, used, band = dict(seats), dict.fromkeys(listed, 0), 0
    while any(who not in got and used[who] < len(wishes) for who, wishes in listed.items()):
        part = {}
        for who in listed.keys() - got.keys():
            lengths = bands(who)
            length = lengths[min(band, len(lengths) - 1)]
            part[who] = listed[who][used[who] : used[who] + length]
            used[who] += length
        for offer, inside in settled(part, left, keep).items():
            left[offer] -= len(inside)
            got |= dict.fromkeys(inside, offer)
        band += 1
    return got


def settled(part: dict[str, list[str]], seats: dict[str, int], keep: Choose) -> dict[str, list[str]]:
    """By offer who stays, once everybody has gone down the list as far as they were turned away."""
    inside: dict[str, list[str]] = defaultdict(list)
    at, moving = dict.fromkeys(part, 0), list(part)
    while moving:
        came: dict[str, list[str]] = defaultdict(list)
        for who in moving:
            if at[who] < len(part[who]):
                came[part[who][at[who]]].append(who)
        moving = []
        for offer, new in came.items():
            everyone = inside[offer] + new
            inside[offer] = keep(offer, everyone, seats[offer])
            moving += set(everyone) - set(inside[offer])
        for who in moving:
            at[who] += 1
    return inside


def by_order(
    bundle: Any, stage: Row, people: dict[str, Row], sits: dict[str, str]
) -> tuple[Callable[[str, list[str]], dict[str, str]], Choose]:
    """How an offer with pools chooses (who sits where), and how any offer of the stage does.

    `sits`: the pools in which people have a seat from an earlier run.
    """
    whole, banded = bundle.priority(stage), stage["mechanism"] != BY_LISTS[0]
    by = (lambda p, offer: whole(p, offer)[1]) if banded else whole  # bands are served one by one
    belongs, sizes = places.members(bundle, stage.get("pools", [])), pool_sizes(bundle, stage)
    for p in (p for p in stage["holders"] if sizes and p["candidate"] in sits):
        names = [pool["id"] for pool in in_order(stage)]
        sizes[p["offer"]][names.index(sits[p["candidate"]])] -= 1
    ceilings = ceilings_left(bundle, stage)

    def ranked(offer: str, who: list[str]) -> list[str]:
        return sorted(who, key=lambda name: by(people[name], offer))

    def in_pools(offer: str, who: list[str]) -> dict[str, str]:
        seated: dict[str, str] = {}
        for pool, size in zip(in_order(stage), sizes[offer], strict=True):
            free = [name for name in ranked(offer, who) if name not in seated]
            own = [name for name in free if pool["id"] not in belongs or name in belongs[pool["id"]]]
            others = [name for name in free if name not in set(own)] if pool["unfilled"] == "opens" else []
            seated |= dict.fromkeys((own + others)[:size], str(pool["id"]))
        return seated

    def under_ceilings(offer: str, who: list[str], seats: int) -> list[str]:
        inside: list[str] = []
        for name in ranked(offer, who):
            mine = [(group, left[offer]) for group, left in ceilings if name in group]
            if len(inside) < seats and all(len(group & set(inside)) < most for group, most in mine):
                inside.append(name)
        return inside

    if stage.get("pools"):
        return in_pools, lambda offer, who, seats: list(in_pools(offer, who))
    if ceilings:
        return in_pools, under_ceilings
    return in_pools, lambda offer, who, seats: ranked(offer, who)[:seats]


def ceilings_left(bundle: Any, stage: Row) -> list[tuple[set[str], dict[str, int]]]:
    """The people of every ceiling, and how many of them each offer may still take."""
    rules = stage.get("ceilings", [])
    belongs, found = places.members(bundle, rules) if rules else {}, []
    for rule in rules:
        left = {row["offer"]: size_of(rule, row) or 0 for _, row in bundle.rows("offers.csv")}
        for p in (p for p in stage["holders"] if p["candidate"] in belongs[rule["id"]]):
            left[p["offer"]] -= 1
        found.append((belongs[rule["id"]], left))
    return found


def in_order(stage: Row) -> list[Row]:
    """The pools as they are filled: all other seats last unless the policy says when."""
    pools = [{"unfilled": "opens"} | pool for pool in stage.get("pools", [])]
    return pools if any("rest" in pool for pool in pools) else [*pools, {"id": REST, "unfilled": "opens"}]


def pool_sizes(bundle: Any, stage: Row) -> dict[str, list[int]]:
    """By offer the seats of its pools; the rest has what the others leave."""
    sizes = {}
    for _, row in bundle.rows("offers.csv") if stage.get("pools") else ():
        own = [size_of(pool, row) for pool in in_order(stage)]
        left = int(row["seats"]) - sum(size for size in own if size is not None)
        sizes[row["offer"]] = [left if size is None else size for size in own]
    return sizes


def size_of(pool: Row, offer: Row) -> int | None:
    """The seats that a pool has of an offer; nothing for the rest."""
    if "seats" in pool:
        return int(offer[pool["seats"]])
    if "share" not in pool:
        return None
    exact = Fraction(pool["share"]) * int(offer["seats"])
    below, half = exact.numerator // exact.denominator, Fraction(1, 2)
    over = exact - below
    up = {
        "floor": False,
        "ceiling": over > 0,
        "half_up": over >= half,
        "half_even": over > half or (over == half and below % 2 == 1),
    }
    return below + up[pool["round"]]


def seated(due: Row, in_pools: Callable[[str, list[str]], Row]) -> Row:
    """By person the pool that takes them."""
    inside = defaultdict(list)
    for who, offer in due.items():
        inside[offer].append(who)
    return {who: pool for offer, held in inside.items() for who, pool in in_pools(offer, held).items()}


def seated_right(bundle: Any, sits: dict[str, str]) -> None:
    """Everybody sits in the pool that took them; whoever made room for others in none."""
    refill = bundle.about["refusal"]["refill"]
    gone = {p["candidate"] for p in bundle.people if refill and p["outcome"] == "gave_up"}
    for n, row in bundle.rows(RESERVES):
        inside = row["candidate"] not in gone and sits.get(row["candidate"]) == row["pool"]
        bundle.same(row, {"seated": str(inside).lower()}, RESERVES, n)


def pools(bundle: Any) -> None:
    """保留名额：个数、录取人数、末位 | reserved seats: how many, how many admitted, who was last"""
    stages = [stage for stage in bundle.stages if stage.get("pools")]
    if not stages:
        raise bundle.fault("本轮没有保留名额 | this round keeps no seats for anybody")
    due = [line for stage in stages for line in pool_lines(bundle, stage)]
    rows = list(bundle.rows(POOLS))
    bundle.same({"rows": len(rows)}, {"rows": len(due)}, POOLS)
    for (n, row), cells in zip(rows, due, strict=True):
        bundle.same(row, cells, POOLS, n)
    for stage in stages:
        for offer, seats in stage["seats"].items():
            told = sum(int(row["admitted"]) for _, row in rows if row["offer"] == offer)
            bundle.same({offer: told}, {offer: len(stage["admitted"].get(offer, []))}, POOLS)
            bundle.same({offer: told <= seats}, {offer: True}, POOLS)


def pool_lines(bundle: Any, stage: Row) -> Iterator[Row]:
    """Every line of the pools; who was admitted by which is known in an audit bundle only."""
    sizes, place = pool_sizes(bundle, stage), 0
    known, by, own = bundle.form == "audit", bundle.priority(stage), dict[tuple[str, str], Row]()
    for _, row in bundle.rows(RESERVES) if known else ():
        own[row["candidate"], row["pool"]] = row
    for offer in sorted(stage["seats"]):
        place, held = 0, stage["admitted"].get(offer, [])
        for pool, size in zip(in_order(stage), sizes[offer], strict=True):
            inside = [p for p in held if known and own[p["candidate"], pool["id"]]["seated"] == "true"]
            for entry in ("members", *["others"] * ("for" in pool and pool["unfilled"] == "opens")):
                place += 1
                line = {"stage": stage["name"], "offer": offer, "place": str(place), "pool": pool["id"]}
                line |= {"entry": entry, "seats": str(size)}
                mine = [p for p in inside if is_member(own, p, pool) == (entry == "members")]
                last = max(mine, key=lambda p: by(p, offer))["candidate"] if mine else ""
                full = len(mine if entry == "members" else inside) >= size
                told = {"admitted": str(len(mine)), "full": str(full).lower(), "last_admitted": last}
                yield line | (told if known else {})


def is_member(own: dict[tuple[str, str], Row], person: Row, pool: Row) -> bool:
    """Whether somebody belongs to a pool, as the table has it."""
    return bool(own[person["candidate"], pool["id"]]["member"] == "true")


CHECKS: dict[str, Callable[[Any], None]] = {check.__name__: check for check in (groups, tiers, lists, pools)}
