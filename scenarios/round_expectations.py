"""What a worked round gives, in the form of its `expect`, and where that is not what the text gives."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scenarios.case_differences import Difference, shown
from scenarios.case_forms import ExpectedRound
from scenarios.decision import Decision
from scenarios.placement import StageResult
from scenarios.round_people import WorkedRound
from scenarios.round_tables import person_problem, scope_problems
from scenarios.seat_groups import ordered
from scoring.eligibility import STATUSES
from scoring.policy import EVERYBODY, Policy, Service
from values.points import to_text
from values.problems import Problem

Groups = Sequence[Sequence[str]]
LISTS = ("called", "admitted", "qualified", "waiting", "gave_up")
"""What is expected as a list of people, in any order."""

OF_PEOPLE = ("status", "totals")
"""What is expected person by person."""

MAPPINGS = (*OF_PEOPLE, "order", "numbers", "placed", "pools", "last_admitted")


def expectation_problems(worked: WorkedRound, policy: Policy) -> Iterator[Problem]:
    """What a round expects of somebody or something that it, or the policy, does not have.

    Codes: `examples.unknown_person`, `.unknown_offer`, `.unknown_pool`, `.unknown_scope`, `.one_scope`,
    `.no_call_in`, `.stops_and_more`.
    """
    expect, service = worked.expect, policy.services[worked.service]
    for key, names in _named(worked):
        place = worked.place("expect", *key)
        yield from (person_problem(worked, name, place) for name in names if name not in worked.people)
    for seat in expect.placed:
        if seat not in worked.model.offers:
            yield Problem.of("examples.unknown_offer", worked.place("expect", "placed", seat), value=seat)
    known = worked.model.offers
    seats = (seat for seat in expect.last_admitted if seat not in known and not _is_area(service, seat))
    scopes = [(key, name) for key in ("order", "numbers") for name in getattr(expect, key)]
    for under, scope in [*scopes, *(("last_admitted", s) for s in seats)]:
        yield from scope_problems(policy, worked.service, scope, worked.place("expect", under, scope))
    yield from _pool_problems(worked, service)
    if expect.called is not None and service.ranking.call_in is None:
        yield Problem.of("examples.no_call_in", worked.place("expect", "called"), service=worked.service)
    if expect.stops is not None and expect.model_fields_set != {"stops"}:
        yield Problem.of("examples.stops_and_more", worked.place("expect", "stops"))


def _is_area(service: Service, seat: str) -> bool:
    """Whether a seat may be what is left in an area of a second ranking."""
    last = service.allocation.stages[-1]
    if last.area == "everywhere":
        return last.is_second and seat == EVERYBODY
    return last.is_second and seat.count("/") == len(last.area or ()) - 1


def _pool_problems(worked: WorkedRound, service: Service) -> Iterator[Problem]:
    known = [pool.id for stage in service.allocation.stages for pool in ordered(stage)]
    for name in (name for name in worked.expect.pools if name not in known):
        near = difflib.get_close_matches(name, known, 1)
        place = worked.place("expect", "pools", name)
        yield Problem.of("examples.unknown_pool", place, pool=name, near=near[0] if near else "–")


def _named(worked: WorkedRound) -> Iterator[tuple[tuple[str, ...], Iterable[str]]]:
    """Every name of a person under `expect`, with the keys under which it stands."""
    expect = worked.expect
    for name in (*LISTS, "stops"):
        yield (name,), getattr(expect, name) or ()
    for name in OF_PEOPLE:
        yield from (((name, person), (person,)) for person in getattr(expect, name))
    for name in ("placed", "pools", "last_admitted", "numbers"):
        yield from (((name, seat), people) for seat, people in getattr(expect, name).items())
    for scope, order in expect.order.items():
        yield ("order", scope), (name for equal in order for name in equal)


def outcome_of(worked: WorkedRound, decision: Decision) -> dict[str, object]:
    """What came of a round, in the form of `expect`; people in the order of the file."""
    facts, standings, placement = decision.facts, decision.standings, decision.placement
    people, offers = decision.ground.people, decision.ground.offers["offer"]
    got = dict(zip(people, placement.outcome_names(), strict=True))
    held: dict[str, list[str]] = {offer: [] for offer in offers}
    for name, offer in zip(people, placement.offer.tolist(), strict=True):
        if offer >= 0 and got[name] == "placed":
            held[offers[offer]].append(name)
    totals = decision.scores.totals["total"].gather(standings.pair).to_list()
    scale = facts.policy.scale

    def those(*outcomes: str) -> list[str]:
        return in_order(worked, (name for name in people if got[name] in outcomes))

    return {
        "status": {
            name: STATUSES[code]
            for name, code in zip(facts.candidates, standings.status.tolist(), strict=True)
        },
        "totals": {
            name: None if total is None else to_text(total, scale)
            for name, total in zip(facts.candidates, totals, strict=True)
        },
        "called": in_order(worked, _called(decision)),
        "order": _order(worked, decision),
        "numbers": _numbers(decision),
        "placed": {offer: in_order(worked, names) for offer, names in held.items()},
        "pools": _pools(worked, decision),
        "admitted": those("placed", "qualified"),
        "qualified": those("qualified"),
        "waiting": those("waiting"),
        "gave_up": those("gave_up"),
        "last_admitted": _last_admitted(worked, decision),
        "stops": [],
    }


def stopped(worked: WorkedRound, refusals: Sequence[Problem]) -> dict[str, object]:
    """What came of a round that was refused: the equal people between whom nothing decides."""
    named = [text for problem in refusals for name, text in problem.params if name in ("people", "names")]
    tied = {name for text in named for name in text.split(", ")} & worked.people.keys()
    return {"stops": in_order(worked, tied)}


def in_order(worked: WorkedRound, names: Iterable[str]) -> list[str]:
    """People in the order of the file."""
    place = {name: number for number, name in enumerate(worked.people)}
    return sorted(names, key=lambda name: place.get(name, len(place)))


def _called(decision: Decision) -> list[str]:
    if decision.called is None:
        return []
    return decision.called.table.filter("called")["candidate"].to_list()


def _order(worked: WorkedRound, decision: Decision) -> dict[str, Groups]:
    """The ranking of each scope before lots: equal people together."""
    ranking, found = decision.ranking, dict[str, dict[int, list[str]]]()
    for name, scope, rank in zip(decision.ground.people, ranking.scope, ranking.rank, strict=True):
        found.setdefault(ranking.scopes[scope], {}).setdefault(int(rank), []).append(name)
    return {
        scope: [in_order(worked, ranks[rank]) for rank in sorted(ranks)] for scope, ranks in found.items()
    }


def _numbers(decision: Decision) -> dict[str, list[str]]:
    """The people of each scope from number 1 on, where the service gives numbers."""
    ground, found = decision.ground, dict[str, dict[int, str]]()
    given = decision.pack.policy.services[decision.config.service].numbers is not None
    for name, scope, number in zip(
        ground.people, ground.person_scope.tolist(), decision.placement.waiting.tolist(), strict=True
    ):
        if given:
            found.setdefault(ground.scopes[scope], {})[number] = name
    return {scope: [people[number] for number in sorted(people)] for scope, people in found.items()}


def _pools(worked: WorkedRound, decision: Decision) -> dict[str, list[str]]:
    """Who sits in each pool."""
    found: dict[str, list[str]] = {}
    people = decision.ground.people
    for result in decision.placement.results:
        pools = ordered(result.stage)
        found |= {pool.id: found.get(pool.id, []) for pool in pools}
        for row, pool in zip(result.rows.tolist(), result.pool.tolist() if pools else (), strict=False):
            if pool >= 0:
                found[pools[pool].id].append(people[row])
    return {name: in_order(worked, seated) for name, seated in found.items()}


def _last_admitted(worked: WorkedRound, decision: Decision) -> dict[str, list[str]]:
    """The last whom each seat took by rank, in the last stage that took somebody; equals together."""
    found: dict[str, list[str]] = {}
    for result in decision.placement.results:
        if result.stage.mechanism != "redistribution":
            found |= {seat: in_order(worked, names) for seat, names in _last_of(decision, result)}
    return found


def _last_of(decision: Decision, result: StageResult) -> Iterator[tuple[str, list[str]]]:
    market, people = result.market, decision.ground.people
    last = result.last_admitted().tolist()
    place = {
        (int(result.rows[person]), offer): standing
        for person, offer, standing in zip(
            market.wish_person.tolist(), market.wish_offer.tolist(), market.standing.tolist(), strict=True
        )
    }
    for offer, row in enumerate(last):
        if row < 0:
            continue
        equal = [row]
        if market.tie_order is None:
            admitted = [other for other, got in enumerate(result.assigned.tolist()) if got == offer]
            equal = [other for other in admitted if place[other, offer] == place[row, offer]]
        yield market.offers[offer], [people[other] for other in equal]


def differences_of(worked: WorkedRound, outcome: Mapping[str, Any]) -> Iterator[Difference]:
    """Where the engine gives something else than the round expects, and where it stops and should not."""
    expect, went_on = worked.expect, len(outcome) > 1
    stops = in_order(worked, expect.stops or ())
    if stops != outcome["stops"] or not (stops or went_on):
        yield Difference("stops", shown(stops), shown(outcome["stops"]))
    for label, name, expected, got in _pairs(expect, outcome) if went_on else ():
        want, have = _text(worked, name, expected), _text(worked, name, got)
        if want != have:
            yield Difference(label, want, have)


def _pairs(expect: ExpectedRound, outcome: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    """What is expected with what came, each with a label and the key under which it stands."""
    for name in (name for name in LISTS if getattr(expect, name) is not None):
        yield name, name, getattr(expect, name), outcome[name]
    for name in MAPPINGS:
        for key, value in getattr(expect, name).items():
            yield name if key == EVERYBODY else f"{name} {key}", name, value, outcome[name].get(key)


def _text(worked: WorkedRound, name: str, value: Any) -> str:
    """What stands under `name`, as it is written: one value, people in any order, or an order b, [a, c]."""
    if name in OF_PEOPLE:
        return shown(value)
    if name == "numbers":
        return shown(list(value or ()))
    if name != "order":
        return shown(in_order(worked, value or ()))
    groups = (in_order(worked, group) for group in value or ())
    return shown([one[0] if len(one) == 1 else f"[{', '.join(one)}]" for one in groups])
