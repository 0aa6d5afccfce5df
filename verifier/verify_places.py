"""Check who got which place: call-in, turns, wishes and priorities.

`verify_bundle.py` loads this file if it lies in the same folder, as `verify_points.py` must. Standard library
only, written from the published specification, without the engine: turns are simply taken again, of all else
no mechanism is run and only the laws of an outcome are tested.
Each of CHECKS gets the bundle of `verify_bundle.py`; its docstring is its title, "Chinese | English".
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import math
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

points = importlib.import_module(f"{__package__ or ''}.verify_points".lstrip("."))  # beside this file

Row = dict[str, Any]
Wishes = Callable[[Row, Row], list[str]]  # of a stage and a person
RANKING, OUTCOMES = "ranking.csv", "outcomes.csv"
LINES, FACTS = "score_lines.csv", "facts.csv"


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


def second(bundle: Any, stage: Row, first: Row, got: Row) -> tuple[Row, Row]:
    """Of a second ranking, by area, in the end: what the first leaves, and who has it (`got` by scope)."""
    seats, admitted = Counter[str](), defaultdict[str, list[Row]](list)
    for scope, quota in first["seats"].items():
        area = area_of(bundle, stage, scope)
        seats[area] += max(quota - len(first["admitted"].get(scope, ())), 0)
        admitted[area] += got.get(scope, ())
    return seats, admitted


def area_of(bundle: Any, stage: Row, scope: str) -> str:
    """The area of a second ranking that a scope lies in."""
    parts = zip(bundle.about["ranking"]["scope"], scope.split("/"), strict=True)
    kept = [part for fact, part in parts if stage["area"] != "everywhere" and fact in stage["area"]]
    return "/".join(kept) or "*"


def rankings(bundle: Any) -> Iterator[Row]:
    """A ranking over quotas and the second, run after run: the seats free then, who claims them, who got one.

    Where places are refilled each belongs to the ranking that gave it, and what a scope's own does not need
    to the second; with `refill_from` all belong to the second, and the first is not held again.
    """
    rule = bundle.about["refusal"]
    ends = [(p, (run_of(p), p["stage"])) for p in bundle.people]
    runs = {1.0}
    if rule["refill"]:
        runs |= {run for _, (run, _) in ends if run < math.inf}
        runs |= {run_of(p) + 1 for p in bundle.people if p["outcome"] == "gave_up"}
    first, other = bundle.stages
    for run in sorted(runs):
        for k, stage in enumerate((first, other)):
            held, got = Counter[tuple[int, str]](), defaultdict[str, list[Row]](list)
            waiting: dict[str, list[Any]] = defaultdict(list)
            for p, end in ends:
                if end >= (run, k):
                    waiting[p["scope"]].append(((0, p["position"]), p))
                elif not (rule["refill"] and gone(p, int(run))):
                    held[end[1], p["scope"]] += 1
                if end == (run, k):
                    got[p["scope"]].append(p)
            if k:
                yield stage | second_run(bundle, stage, held, waiting, got)
            elif run > 1 and rule.get("refill_from"):
                yield stage | {"seats": {}, "claims": {}, "admitted": got}
            else:
                left = {scope: n - held[0, scope] for scope, n in first["seats"].items()}
                yield stage | {"seats": left, "claims": waiting, "admitted": got}


def second_run(bundle: Any, stage: Row, held: Counter[tuple[int, str]], waiting: Row, got: Row) -> Row:
    """One run of a second ranking: of each scope no more may be in it than its share says, the best first."""
    seats, order, rule = Counter[str](), bundle.priority(stage), stage.get("at_most")
    admitted, claims = defaultdict[str, list[Row]](list), defaultdict[str, list[Any]](list)
    quotas = bundle.stages[0]["seats"]
    for scope in sorted({*quotas, *got}):
        quota, area, most = quotas.get(scope, 0), area_of(bundle, stage, scope), len(waiting[scope])
        if rule:
            share = Decimal(rule["share"]) * quota
            most = int(share.to_integral_value("ROUND_" + rule["round"].upper())) - held[1, scope]
        seats[area] += max(quota - held[0, scope], 0) - held[1, scope]
        admitted[area] += got[scope]
        chosen = bundle.chosen(waiting[scope], max(most, 0), scope)
        claims[area] += [(order(p, ""), p) for p in chosen]
    return {"seats": seats, "claims": claims, "admitted": admitted}


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
    lots = tickets_of_list(bundle, file) if rule["ties"] == "lottery" else {}
    for scope, people in scopes.items():
        dates, limit = sorted(by for by, _, _ in people), Decimal(rule["per_seat"]) * seats.get(scope, 0)
        order = sorted((by, lots.get(n, ""), n) for by, n, _ in people)
        turn = {n: at for at, (_, _, n) in enumerate(order, 1)}
        for by, n, row in people:
            first, last = bisect_left(dates, by) + 1, bisect_right(dates, by)
            place = {"admit_all": first, "lottery": turn[n]}.get(rule["ties"], last)
            bundle.same(row, {"place": str(first), "called": str(place <= limit).lower()}, file, n)
    listed = {row["candidate"] for people in scopes.values() for _, _, row in people}
    bundle.same({"candidate": None}, {"candidate": min(ranked - listed, default=None)}, file)
    if bundle.form == "audit":
        dates_are_facts(bundle, rule, file)


def tickets_of_list(bundle: Any, file: str) -> dict[int, str]:
    """By row the ticket of the call-in's draw: roster and sources of the round's, an id of its own."""
    draw = bundle.about["draw"]
    name = packed(draw["id"] + "/call_in")
    seed = b"ALLOC-SEED-v1\0" + bytes.fromhex(draw["roster_hash"]) + name
    seed += len(draw["sources"]).to_bytes(2, "big")
    for source in draw["sources"]:
        value = bytes.fromhex(source["value_hex"])
        seed += packed(source["name"]) + len(value).to_bytes(4, "big") + value
    key, lots = hashlib.sha256(seed).digest(), {}
    bundle.same(draw, {"call_in": {"id": draw["id"] + "/call_in", "seed": key.hex()}}, "record.json")
    for n, row in bundle.rows(file):
        message = b"ALLOC-TICKET-v1\0" + name + packed(row["candidate"]) + bytes(4)
        lots[n] = hmac.digest(key, message, "sha256").hex()
        bundle.same(row, {"ticket": lots[n]}, file, n)
    return lots


def packed(text: str) -> bytes:
    """Its length in two bytes, then its bytes."""
    data = unicodedata.normalize("NFC", text).encode()
    return len(data).to_bytes(2, "big") + data


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
        most = None if stage["wishes"] == "any" else stage["wishes"]
        listed = filed[who, stage.get("list", "")][:most]
        listed = [offer for offer in listed if fit(who, offer)]
        return [offer for offer in listed if stage.get("area") or scopes[offer] == person["scope"]]

    return read


def fitting(bundle: Any) -> Callable[[str, str], bool]:
    """Whether an offer is of a type that a candidate may have, and accepts the candidate, by the policy."""
    allocation = points.allocation_of(points.policy_of(bundle)[1])
    accepts, fits = allocation.get("accepts", []), allocation.get("fits")
    if not (accepts or fits):
        return lambda who, offer: True
    belongs = members(bundle, accepts) if accepts else {}
    rows = {row["offer"]: row for _, row in bundle.rows("inputs/offers.csv")}
    closed = {
        o: [belongs[rule["id"]] for rule in accepts if row[rule["marked"]] == "true"]
        for o, row in rows.items()
    }
    known = {row["candidate"]: row[fits["fact"]] for _, row in bundle.rows(FACTS)} if fits else {}

    def fit(who: str, offer: str) -> bool:
        of_type = not fits or rows[offer]["type"] in fits["allowed"].get(known[who], ())
        return of_type and all(who in inside for inside in closed[offer])

    return fit


CHECKS: dict[str, Callable[[Any], None]] = {check.__name__: check for check in (call_in, turns, preferences)}
