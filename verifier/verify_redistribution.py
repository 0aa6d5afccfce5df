"""Check who was placed nearby: the best set of people, least cost or in turn, every distance.

`verify_bundle.py` loads this file if it lies in the same folder, with `verify_places.py`. Standard library
only, written from the published specification, without the engine: no mechanism is run, only the laws of
an outcome are tested.
Each of CHECKS gets the bundle of `verify_bundle.py`; its docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import importlib
import math
import operator
from collections import defaultdict
from collections.abc import Callable
from typing import Any

places, inputs = (
    importlib.import_module(f"{__package__ or ''}.{name}".lstrip("."))
    for name in ("verify_places", "verify_inputs")
)

Row = dict[str, Any]
Moves = dict[tuple[str, str], tuple[int, int]]  # from offer to offer: what the cheapest move costs, whose row
OUTCOMES, COSTS = "outcomes.csv", "costs.csv"
EARTH_METRES = 6_371_008.8


def redistribution(bundle: Any) -> None:
    """统筹：入位者按排名最优，再总距离最短或依次最近 | redistribution: best set, least cost or in turn"""
    costs: dict[str, dict[str, int]] = defaultdict(dict)
    for _, row in bundle.rows(COSTS):
        costs[row["candidate"]][row["offer"]] = int(row["metres"])
    for stage in places.stages_where(bundle, operator.itemgetter("moves")):
        placed = [p for held in stage["admitted"].values() for p in held]
        free = [seat for seat, n in stage["seats"].items() if n > len(stage["admitted"].get(seat, []))]
        moves: Moves = {}
        for p in placed:
            mine = costs[p["candidate"]]
            places.among(bundle, p, mine)
            for offer, metres in mine.items():
                move = (metres - mine[p["offer"]], p["row"])
                moves[p["offer"], offer] = min(move, moves.get((p["offer"], offer), move))
        best_set(bundle, stage, placed, free, moves, costs)
        hub = {(seat, ""): (0, 0) for seat in free} | {("", seat): (0, 0) for seat, _ in moves}
        in_turn = stage.get("then") == "in_order"
        nearest(bundle, placed, costs, hub, None if in_turn else least_cost(bundle, moves | hub))


def best_set(bundle: Any, stage: Row, placed: list[Row], free: list[str], moves: Moves, costs: Row) -> None:
    """No one left out could have a free seat, or the place of someone worse placed, if others moved along."""
    ends, inside = chain_ends(placed, free, moves), {p["row"] for p in placed}
    for p in (p for p in stage["people"] if p["row"] not in inside):
        for seat in costs[p["candidate"]]:
            leaver = ends.get(seat, p)
            if leaver is None:
                text = "{seat} 可腾出空位给 {who} | {seat} could have a seat for {who} without anyone leaving"
                raise bundle.fault(text, OUTCOMES, p["row"], "outcome", who=p["candidate"], seat=seat)
            if leaver["position"] > p["position"]:
                text = "{seat} 应给 {who} 而非 {other} | {seat} could go to {who}, ahead of {other}"
                names = {"who": p["candidate"], "other": leaver["candidate"]}
                raise bundle.fault(text, OUTCOMES, p["row"], "outcome", seat=seat, **names)


def chain_ends(placed: list[Row], free: list[str], moves: Moves) -> dict[str, Row | None]:
    """By offer: the worst placed who could leave so that one more can come; None if a seat becomes free."""
    before = defaultdict(set)
    for one, two in moves:
        before[two].add(one)
    ends: dict[str, Row | None] = {}
    starts: list[tuple[str, Row | None]] = [(seat, None) for seat in free]
    starts += [(p["offer"], p) for p in sorted(placed, key=lambda p: -p["position"])]
    for start, leaver in starts:
        todo = [start]
        while todo:
            seat = todo.pop()
            if seat not in ends:
                ends[seat] = leaver
                todo += before[seat]
    return ends


def least_cost(bundle: Any, moves: Moves) -> dict[str, int]:
    """No chain of moves lowers the total: no negative cycle (Bellman-Ford); "" stands for all free seats.

    Returns:
        A potential of every offer; a move in an equally cheap placement costs what its ends differ by.
    """
    seats = {seat for move in moves for seat in move}
    away, came, last = dict.fromkeys(seats, 0), dict[str, str](), ""
    for _ in range(len(seats) + 1):
        changed = False
        for (one, two), (cost, _) in moves.items():
            if away[one] + cost < away[two]:
                away[two], came[two], last, changed = away[one] + cost, one, two, True
        if not changed:
            return away
    for _ in seats:  # back along the moves, into the cycle
        last = came[last]
    cycle = [(came[last], last)]
    while cycle[-1][0] != last:
        cycle.append((came[cycle[-1][0]], cycle[-1][0]))
    rows, saved = sorted(moves[move][1] for move in cycle), -sum(moves[move][0] for move in cycle)
    text = "第 {rows} 行依次调换可减少 {saved} | a round of moves of rows {rows} saves {saved}"
    shown = ", ".join(str(row) for row in rows if row)
    raise bundle.fault(text, OUTCOMES, rows[-1], "offer", rows=shown, saved=saved)


def nearest(bundle: Any, placed: list[Row], costs: Row, hub: Moves, away: dict[str, int] | None) -> None:
    """Among equally cheap placements (all of that set if `away` is None), each in turn has the nearest.

    Equally near offers: the first by id.
    """

    def free(one: str, two: str, cost: int) -> bool:
        return away is None or away[one] + cost == away[two]

    open_to = {(one, two): math.inf for one, two in hub if free(one, two, 0)}  # worst placed who can move
    wanted = []
    for p in placed:
        mine, here = costs[p["candidate"]], p["offer"]
        for there in mine:
            if there != here and free(here, there, mine[there] - mine[here]):
                open_to[here, there] = max(p["position"], open_to.get((here, there), 0))
                wanted += [(p, there)] if (mine[there], there) < (mine[here], here) else []
    for p, there in wanted:
        reached, todo = {there}, [there]
        while todo:
            seat = todo.pop()
            onward = {two for (one, two), worst in open_to.items() if one == seat and worst > p["position"]}
            todo += onward - reached
            reached |= onward
        if p["offer"] in reached:
            text = (
                "{who} 可得更近（或同样远而编号在前）的 {seat} | "
                "{who} could have {seat}, nearer (or as near, by name before it), at no loss to those before"
            )
            raise bundle.fault(text, OUTCOMES, p["row"], "offer", who=p["candidate"], seat=there)


def distances(bundle: Any) -> None:
    """距离：由坐标重算，无遗漏 | distances: recomputed from the coordinates, none left out"""
    homes, schools = (
        defaultdict(dict, {row[key]: row for row in inputs.handed_in(bundle, f"inputs/{key}s.csv")})
        for key in ("candidate", "offer")
    )
    rows, pairs = bundle.rows(COSTS), set()
    fit = places.fitting(bundle)
    for n, row in rows:
        home, school = homes[row["candidate"]], schools[row["offer"]]
        metres = haversine(home, school)
        right = abs(int(row["metres"]) - metres) < 0.501  # rounded to whole metres
        due = {"offer": home.get("scope"), "metres": row["metres"] if right else f"{metres:.3f}"}
        if not fit(row["candidate"], row["offer"]):
            text = "类型不符合家庭情况 | of a type the household may not have"
            raise bundle.fault(text, COSTS, n, "offer")
        bundle.same({"offer": school.get("scope"), "metres": row["metres"]}, due, COSTS, n)
        pairs.add((row["candidate"], row["offer"]))
    for stage in places.stages_where(bundle, operator.itemgetter("moves")):
        left_out(bundle, stage, homes, schools, pairs)


def left_out(bundle: Any, stage: Row, homes: Row, schools: Row, pairs: set[tuple[str, str]]) -> None:
    """Everyone to be placed could use every offer of the own ranking that has seats left."""
    possible: dict[str, list[str]] = defaultdict(list)
    for offer, seats in stage["seats"].items():
        if seats > 0 and haversine(schools[offer], schools[offer]) >= 0:
            possible[schools[offer]["scope"]].append(offer)
    fit = places.fitting(bundle)
    for p in stage["people"] if not {"nearest", "max_cost"} & stage.keys() else ():
        home, who = homes[p["candidate"]], p["candidate"]
        offers = [o for o in possible[p["scope"]] if fit(who, o)] if haversine(home, home) >= 0 else []
        missing = next((offer for offer in offers if (p["candidate"], offer) not in pairs), None)
        bundle.same({p["candidate"]: None}, {p["candidate"]: missing}, COSTS)


def haversine(one: Row, two: Row) -> float:
    """Metres between two places given in degrees of WGS-84, on a sphere; -1 if a place is unknown."""
    degrees = [place.get(name, "") for place in (one, two) for name in ("longitude", "latitude")]
    if "" in degrees:
        return -1.0
    east, north, other_east, other_north = (math.radians(float(text)) for text in degrees)
    bow = math.sin((other_north - north) / 2) ** 2
    bow += math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(math.sqrt(bow))


CHECKS: dict[str, Callable[[Any], None]] = {check.__name__: check for check in (redistribution, distances)}
