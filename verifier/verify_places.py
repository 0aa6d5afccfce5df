"""Check who got which place: call-in, turns, wishes and priorities, redistribution, distances.

`verify_bundle.py` loads this file if it lies in the same folder, as `verify_points.py` must. Standard library
only, written from the published specification, without the engine: turns are simply taken again, of all else
no mechanism is run and only the laws of an outcome are tested.
Each of CHECKS gets the bundle of `verify_bundle.py`; its docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import importlib
import json
import math
import operator
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

points = importlib.import_module(f"{__package__ or ''}.verify_points".lstrip("."))  # beside this file

Row = dict[str, Any]
Moves = dict[tuple[str, str], tuple[int, int]]  # from offer to offer: what the cheapest move costs, whose row
Wishes = Callable[[Row, Row], list[str]]  # of a stage and a person
RANKING, OUTCOMES, COSTS = "ranking.csv", "outcomes.csv", "costs.csv"
LINES, FACTS = "score_lines.csv", "facts.csv"
EARTH_METRES = 6_371_008.8


def preferences(bundle: Any) -> None:
    """志愿：只得所填，无正当嫉妒，无空置 | wishes: only wished places, no justified envy, no waste"""
    wishes = wishes_of(bundle)
    for stage in stages_where(
        bundle, lambda stage: not (stage["moves"] or {"pools", "ceilings"} & stage.keys())
    ):
        claims: dict[str, list[Any]] = defaultdict(list)
        order = bundle.priority(stage)
        seated = {p["row"] for held in stage["admitted"].values() for p in held}
        for p in stage["people"]:
            listed = wishes(stage, p)
            if p["row"] in seated:
                among(bundle, p, listed)
                listed = listed[: listed.index(p["offer"]) + 1]
            for seat in listed:
                claims[seat].append((order(p, seat), p))
        bundle.fair(stage, claims)


def stages_where(bundle: Any, wanted: Callable[[Row], bool]) -> list[Row]:
    """The stages of a kind, each as often as it ran, if there are any; only who took part got something."""
    found = [stage for stage in runs(bundle) if wanted(stage)]
    if not found:
        raise bundle.fault("本轮没有这种阶段 | this round has no such stage")
    for stage in found:
        inside = {p["row"] for p in stage["people"]}
        for p in (p for held in stage["admitted"].values() for p in held):
            bundle.same(
                {"stage": stage["name"]}, {} if p["row"] in inside else {"stage": ""}, OUTCOMES, p["row"]
            )
    return found


def runs(bundle: Any) -> Iterator[Row]:
    """Every stage over offers, run after run: the seats free then, who took part, who got which.

    Where refused places are refilled, all stages run again for those still waiting until nobody refuses.
    """
    takes_part = participants(bundle)
    given_up = {run_of(p) for p in bundle.people if p["outcome"] == "gave_up" and p.get("run")}
    for run in range(1, int(max(given_up, default=0)) + 2):
        inside = inside_quotas(bundle, run)
        for k, stage in enumerate(bundle.stages):
            if not stage["quota"]:
                now = in_run(bundle, stage, run, k, inside)
                yield now | {"people": [p for p in now["people"] if takes_part(stage, p)]}


def in_run(bundle: Any, stage: Row, run: int, k: int, inside: set[int]) -> Row:
    """A stage as it was in one run: who still waited, who held what, what was free, who got it."""
    now: tuple[float, float] = (run, k)
    ends = [(p, (run_of(p), p["stage"])) for p in bundle.people]
    admitted = defaultdict(list)
    for p in (p for p, end in ends if end == now):
        admitted[p["offer"]].append(p)
    holders = [p for p, end in ends if end < now and not gone(p, run)]
    held = Counter(p["offer"] for p in holders)
    seats = {row["offer"]: int(row["seats"]) for _, row in bundle.rows("offers.csv")}
    left = {offer: max(n - held[offer], 0) for offer, n in seats.items()}
    people = [p for p, end in ends if p["row"] in inside and end >= now]
    return stage | {"people": people, "admitted": admitted, "seats": left, "holders": holders}


def participants(bundle: Any) -> Callable[[Row, Row], bool]:
    """Whether a stage is for somebody, by the facts where it is only for some."""
    stages = bundle.about["stages"]
    if not any(stage.get("only") for stage in stages):
        return lambda stage, person: True
    known = members(bundle, [group for stage in stages for group in points.groups_of(stage)])

    def takes_part(stage: Row, person: Row) -> bool:
        only = stage.get("only")
        return not only or person["candidate"] in known[only if isinstance(only, str) else only["id"]]

    return takes_part


def members(bundle: Any, rules: list[Row]) -> dict[str, set[str]]:
    """By group or class: the candidates for whom its condition holds, by the score that counts."""
    policy, service = points.policy_of(bundle)
    classes = [rule | {"for": rule["when"]} for rule in service["ranking"].get("classes", [])]
    named = points.self_contained([rule for rule in (*classes, *rules) if "for" in rule], policy)
    table = points.FactTable(bundle, policy) if named else None
    counted = [row["candidate"] if row["counts"] == "true" else "" for _, row in bundle.rows(LINES)]
    return {
        rule["id"]: {
            who
            for who, holds in zip(counted, table.each(rule["for"], points.truth), strict=True)
            if who and holds
        }
        for rule in named
        if table
    }


def run_of(person: Row) -> float:
    """The run in which somebody got a place, the first where nothing is refilled; without one, none."""
    if person["outcome"] not in ("placed", "gave_up"):
        return math.inf
    return int(person.get("run") or 1)


def gone(person: Row, run: int) -> bool:
    """Whether somebody gave up before a run."""
    return person["outcome"] == "gave_up" and run_of(person) < run


def inside_quotas(bundle: Any, run: int) -> set[int]:
    """Who is inside a quota in a run: the best of those who have not given up; everybody without quotas."""
    here = [p for p in bundle.people if not gone(p, run)]
    for stage in (stage for stage in bundle.stages if stage["quota"]):
        scopes = defaultdict(list)
        for p in here:
            scopes[p["scope"]].append(((0, p["position"]), p))
        chosen = (bundle.chosen(scopes[scope], n, scope) for scope, n in stage["seats"].items())
        here = [p for inside in chosen for p in inside]
    return {p["row"] for p in here}


def among(bundle: Any, person: Row, offers: Iterable[str]) -> None:
    """The place is one of these."""
    known = person["offer"] in offers
    bundle.same(person, {} if known else {"offer": " / ".join(offers)}, OUTCOMES, person["row"])


def redistribution(bundle: Any) -> None:
    """统筹：入位者按排名最优，再总距离最短或依次最近 | redistribution: best set, least cost or in turn"""
    costs: dict[str, dict[str, int]] = defaultdict(dict)
    for _, row in bundle.rows(COSTS):
        costs[row["candidate"]][row["offer"]] = int(row["metres"])
    for stage in stages_where(bundle, operator.itemgetter("moves")):
        placed = [p for held in stage["admitted"].values() for p in held]
        free = [seat for seat, n in stage["seats"].items() if n > len(stage["admitted"].get(seat, []))]
        moves: Moves = {}
        for p in placed:
            mine = costs[p["candidate"]]
            among(bundle, p, mine)
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
        defaultdict(dict, {row[key]: row for row in handed_in(bundle, f"inputs/{key}s.csv")})
        for key in ("candidate", "offer")
    )
    rows, pairs = bundle.rows(COSTS), set()
    fit = fitting(bundle)
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
    for stage in stages_where(bundle, operator.itemgetter("moves")):
        left_out(bundle, stage, homes, schools, pairs)


def left_out(bundle: Any, stage: Row, homes: Row, schools: Row, pairs: set[tuple[str, str]]) -> None:
    """Everyone to be placed could use every offer of the own ranking that has seats left."""
    possible: dict[str, list[str]] = defaultdict(list)
    for offer, seats in stage["seats"].items():
        if seats > 0 and haversine(schools[offer], schools[offer]) >= 0:
            possible[schools[offer]["scope"]].append(offer)
    fit = fitting(bundle)
    for p in stage["people"] if not {"nearest", "max_cost"} & stage.keys() else ():
        home, who = homes[p["candidate"]], p["candidate"]
        offers = [o for o in possible[p["scope"]] if fit(who, o)] if haversine(home, home) >= 0 else []
        missing = next((offer for offer in offers if (p["candidate"], offer) not in pairs), None)
        bundle.same({p["candidate"]: None}, {p["candidate"]: missing}, COSTS)


def second(bundle: Any, stage: Row, first: Row, got: Row) -> tuple[Row, Row, Row]:
    """Of a second ranking, by area: what the first leaves, who got it (`got` by scope), who may enter there.

    Of each scope no more may enter than its share says, the best placed of those waiting.
    """
    admitted: Row = defaultdict(list)
    claims: Row = defaultdict(list)
    seats = Counter[str]()
    order, rule, scopes = bundle.priority(stage), stage.get("at_most"), defaultdict(list)
    inside = {p["row"] for held in first["admitted"].values() for p in held}
    for p in (p for p in first["people"] if p["row"] not in inside):
        scopes[p["scope"]].append(((p["position"], 0), p))
    for scope, quota in first["seats"].items():
        parts = zip(bundle.about["ranking"]["scope"], scope.split("/"), strict=True)
        kept = [part for fact, part in parts if stage["area"] != "everywhere" and fact in stage["area"]]
        area, most = "/".join(kept) or "*", len(scopes[scope])
        if rule:
            share = Decimal(rule["share"]) * quota
            most = int(share.to_integral_value("ROUND_" + rule["round"].upper()))
        seats[area] += max(quota - len(first["admitted"].get(scope, ())), 0)
        admitted[area] += got.get(scope, ())
        claims[area] += [(order(p, ""), p) for p in bundle.chosen(scopes[scope], most, scope)]
    return seats, admitted, claims


def handed_in(bundle: Any, file: str) -> Iterator[Row]:
    """The rows of an input, with the ranking they belong to where they say so."""
    parts = bundle.about["ranking"]["scope"]
    for _, row in bundle.rows(file):
        yield row | {"scope": "/".join(row.get(part, "") for part in parts) if parts else "*"}


def haversine(one: Row, two: Row) -> float:
    """Metres between two places given in degrees of WGS-84, on a sphere; -1 if a place is unknown."""
    degrees = [place.get(name, "") for place in (one, two) for name in ("longitude", "latitude")]
    if "" in degrees:
        return -1.0
    east, north, other_east, other_north = (math.radians(float(text)) for text in degrees)
    bow = math.sin((other_north - north) / 2) ** 2
    bow += math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(math.sqrt(bow))


def call_in(bundle: Any) -> None:
    """入围：按日期先后、比例以内 | call-in: by date, no more than the share"""
    rule, file = bundle.about["ranking"].get("call_in"), "call_in.csv"
    if not rule:
        raise bundle.fault("本轮没有入围程序 | this round has no call-in")
    seats = {row["scope"]: int(row["seats"]) for _, row in bundle.rows("quotas.csv")}
    ranked, scopes = {row["candidate"] for _, row in bundle.rows(RANKING)}, defaultdict(list)
    for n, row in bundle.rows(file):
        scopes[row["scope"]].append((row["by"], n, row))
        called, inside = row["called"] == "true", row["candidate"] in ranked
        if inside or not (called and rule.get("before")):  # a later check may have kept them out
            bundle.same({row["candidate"]: called}, {row["candidate"]: inside}, file, n)
    for scope, people in scopes.items():
        dates, limit = sorted(by for by, _, _ in people), Decimal(rule["per_seat"]) * seats.get(scope, 0)
        for by, n, row in people:
            first, last = bisect_left(dates, by) + 1, bisect_right(dates, by)
            called = (first if rule["ties"] == "admit_all" else last) <= limit
            bundle.same(row, {"place": str(first), "called": str(called).lower()}, file, n)
    listed = {row["candidate"] for people in scopes.values() for _, _, row in people}
    bundle.same({"candidate": None}, {"candidate": min(ranked - listed, default=None)}, file)
    if bundle.form == "audit":
        dates_are_facts(bundle, rule, file)


def dates_are_facts(bundle: Any, rule: Row, file: str) -> None:
    """The dates of the call-in are the facts; all are listed whom nothing but a later check keeps out."""
    fact, ranked = rule["by"], {row["candidate"] for _, row in bundle.rows(RANKING)}
    later = {code for name in rule.get("before", ()) for code in (name, f"unknown:{name}")}
    failed = {
        row["candidate"] for _, row in bundle.rows("excluded.csv") if set(row["reasons"].split("|")) <= later
    }
    counted = {
        (row["candidate"], row["subject"]): row for _, row in bundle.rows(LINES) if row["counts"] == "true"
    }
    known = {
        row["candidate"]: row[fact]
        for _, row in bundle.rows(FACTS)
        if (row["candidate"], row["subject"]) in counted
    }
    eligible = {who for (who, _), row in counted.items() if row["status"] == "eligible"}
    eligible |= failed
    for n, row in bundle.rows(file):
        bundle.same(row, {"by": known.get(row["candidate"])}, file, n)
        out = row["called"] == "true" and row["candidate"] not in ranked | failed
        listed = row["candidate"] in eligible and not out
        bundle.same({row["candidate"]: True}, {row["candidate"]: listed}, file, n)
        eligible.discard(row["candidate"])
    bundle.same({"candidate": None}, {"candidate": min(eligible, default=None)}, file)


def turns(bundle: Any) -> None:
    """选房：按次序重新走一遍，含递补 | turns: taken again in order, refills included"""
    stages = bundle.about["stages"]
    if not all(replayed(stage) for stage in stages):
        raise bundle.fault("本轮不是依次选择 | people do not take turns in this round")
    if bundle.about["ranking"]["ties"][-1] in ("admit_all", "exclude_all"):
        raise bundle.fault("并列者不分先后 | people who are equal are not put in order")
    wishes, offers, takes_part = wishes_of(bundle), bundle.rows("offers.csv"), participants(bundle)
    refused = {row["candidate"] for _, row in bundle.rows("inputs/refusals.csv")}
    refill, order = bundle.about["refusal"]["refill"], [bundle.priority(stage) for stage in stages]
    left = {row["offer"]: int(row["seats"]) for _, row in offers}
    got: dict[str, tuple[str, str, str]] = {}  # outcome, stage, offer
    while True:
        for stage, by in zip(stages, order, strict=True):
            take_turns([p for p in bundle.people if takes_part(stage, p)], stage, by, wishes, left, got)
        new = [who for who, has in got.items() if who in refused and has[0] == "placed"]
        got |= {who: ("gave_up", *got[who][1:]) for who in new}
        for who in new if refill else ():
            left[got[who][2]] += 1
        if not (new and refill):
            break
    for p in bundle.people:
        outcome, stage, offer = got.get(p["candidate"], ("waiting", "", ""))
        due = {"outcome": outcome, "offer": offer}
        bundle.same(p, due, OUTCOMES, p["row"])
        at = stages[p["stage"]]["name"]
        bundle.same({"stage": at}, {"stage": stage or stages[-1]["name"]}, OUTCOMES, p["row"])


def replayed(stage: Row) -> bool:
    """Whether people choose among the offers one after another."""
    return bool(stage["mechanism"] == "serial_dictatorship" and stage["seats"] == "offers")


def take_turns(
    people: list[Row], stage: Row, by: Callable[[Row, str], Any], wishes: Wishes, left: Row, got: Row
) -> None:
    """Going down the order, everyone without a place takes the best wish that is open to them."""
    scopes = defaultdict(list)
    for p in people:
        scopes["" if stage.get("area") else p["scope"]].append(p)
    for inside in scopes.values():
        for p in sorted(inside, key=lambda p: by(p, "")):
            listed = wishes(stage, p) if p["candidate"] not in got else []
            offer = next((offer for offer in listed if left[offer] > 0), None)
            if offer is not None:
                left[offer] -= 1
                got[p["candidate"]] = ("placed", stage["name"], offer)


def wishes_of(bundle: Any) -> Wishes:
    """The wishes that a stage reads of a person, in order: those that fit and lie where it gives places."""
    rows, filed = bundle.rows("preferences.csv"), defaultdict(list)
    for _, row in rows:
        filed[row["candidate"], row.get("list", "")].append(row["offer"])
    fit = fitting(bundle)
    scopes = {row["offer"]: row["scope"] for _, row in bundle.rows("offers.csv")}

    def read(stage: Row, person: Row) -> list[str]:
        who = person["candidate"]
        listed = filed[who, stage.get("list", "")][: stage["wishes"]]
        listed = [offer for offer in listed if fit(who, offer)]
        return [offer for offer in listed if stage.get("area") or scopes[offer] == person["scope"]]

    return read


def fitting(bundle: Any) -> Callable[[str, str], bool]:
    """Whether an offer is of a type that a candidate may have, by the fits of the policy."""
    if not any(stage.get("fits") for stage in bundle.about["stages"]):
        return lambda who, offer: True
    services, name = json.loads(bundle.read("policy.json"))["services"], bundle.about["round"]["service"]
    service = services.get(services[name].get("based_on"), {}) | services[name]
    fits = service["allocation"]["fits"]
    kinds = {row["offer"]: row["type"] for _, row in bundle.rows("offers.csv")}
    members = {row["candidate"]: row[fits["fact"]] for _, row in bundle.rows(FACTS)}
    return lambda who, offer: kinds[offer] in fits["allowed"].get(members[who], ())


CHECKS: dict[str, Callable[[Any], None]] = {
    check.__name__: check for check in (call_in, turns, preferences, redistribution, distances)
}
