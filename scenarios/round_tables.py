"""The people, seats and wishes of a worked round as the tables that a round would read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from scenarios.case_tables import (
    cell_problems,
    frame_of,
    household,
    household_problems,
    sheets_of,
    tables_of_households,
)
from scenarios.links import FIRST_ROW
from scenarios.round_people import Entrant, WorkedRound
from scenarios.tables import Applications, empty_tables, gives_offers, list_names, round_schemas, takes_wishes
from scoring.pack import Pack
from scoring.policy import EVERYBODY, Policy
from values.problems import Place, Problem
from values.tables import TableSchema
from values.yaml_marks import Path

OWN_WORDS = {
    "round.unknown_offer": "examples.unknown_offer",
    "round.scope_without_quota": "examples.scope_without_seats",
}
"""Problems of tables that a file without tables is told in words of its own."""

LOTS = {"lottery.lots_missing": "ties_drawn", "round.call_in_lots_missing": "called_drawn"}
"""The key that lacks lots."""


@dataclass(frozen=True, eq=False)
class TablesOfRound:
    """The tables of a round; `paths` tell where in the round each row of a table comes from."""

    tables: Applications
    paths: Mapping[str, list[Path]]

    def placed(self, worked: WorkedRound, problem: Problem) -> Problem:
        """A problem of a table, or of the round as a whole, at its place in the file."""
        paths, row = self.paths.get(problem.place.file, []), problem.place.row - FIRST_ROW
        whole: Path = (LOTS.get(problem.code, "round"),)
        path = paths[row] if 0 <= row < len(paths) else whole
        code = OWN_WORDS.get(problem.code, problem.code)
        return replace(problem, code=code, place=worked.place(*path))


def given_problems(worked: WorkedRound, pack: Pack) -> Iterator[Problem]:
    """What a round gives that the tables of its service could not hold, and what it lacks.

    Codes: `examples.unknown_service`, `.no_market`, `.unknown_fact`, `.unknown_rows`, `.wrong_value`,
    `.value_missing`, `.wishes_not_taken`, `.seats_missing`, `.seats_not_given`, `.offers_missing`,
    `.offers_not_given`, `.unknown_scope`, `.one_scope`, `.nothing_drawn`, `.unknown_person`, `.unknown_mark`,
    `.mark_not_wished`.
    """
    policy = pack.policy
    service = policy.services.get(worked.service)
    place = worked.place("service")
    if service is None:
        known = ", ".join(policy.services)
        yield Problem.of("examples.unknown_service", place, service=worked.service, known=known)
    elif service.entitlement is not None:
        yield Problem.of("examples.no_market", place, service=worked.service)
    else:
        yield from _people_problems(worked, pack)
        yield from _seat_problems(worked, policy)
        yield from _lots_problems(worked, policy)


def _people_problems(worked: WorkedRound, pack: Pack) -> Iterator[Problem]:
    policy, idle = pack.policy, pack.resolution.idle
    sheets = sheets_of(policy, worked.service)
    columns = sheets.schemas["candidates"].columns
    needed = [
        column.name for column in columns if column.complete and column.name not in ("candidate", "subject")
    ]
    for name, entrant in worked.people.items():
        one = household(entrant.given)
        yield from household_problems(sheets, one, entrant.sources, idle)
        yield from _missing(one.candidate, needed, worked.place("people", name), name)
        if entrant.wishes and not takes_wishes(policy, worked.service):
            place = entrant.sources.place(("wishes",))
            yield Problem.of("examples.wishes_not_taken", place, service=worked.service)
        known = list_names(policy, worked.service)
        for which in (which for which in entrant.lists if which not in known):
            place, names = entrant.sources.place(("lists",), which), ", ".join(known) or "–"
            yield Problem.of("examples.unknown_list", place, list=which, known=names)
        yield from _mark_problems(entrant, policy, worked.service)


def _mark_problems(entrant: Entrant, policy: Policy, service: str) -> Iterator[Problem]:
    """Marks that no points read, or of offers that are not wished for."""
    marks = policy.marks_of(service)
    wished = {offer for listed in entrant.sheets.values() for offer in listed}
    for column, offers in entrant.at.items():
        place = entrant.sources.place(("at",), column)
        if column not in marks:
            yield Problem.of("examples.unknown_mark", place, column=column, known=", ".join(marks) or "–")
        for offer in (offer for offer in offers or () if offer not in wished):
            yield Problem.of("examples.mark_not_wished", place, column=column, offer=offer)


def _missing(row: Mapping[str, object], needed: list[str], place: Place, name: str) -> Iterator[Problem]:
    for column in (column for column in needed if row.get(column) is None):
        yield Problem.of("examples.value_missing", place, name=name, fact=column)


def _seat_problems(worked: WorkedRound, policy: Policy) -> Iterator[Problem]:
    seats, offers, place = worked.model.seats, worked.model.offers, worked.place("round")
    given_out = gives_offers(policy, worked.service)
    numbered = policy.services[worked.service].numbers is not None
    if seats is None and not given_out and not numbered:
        yield Problem.of("examples.seats_missing", place)
    if seats and numbered:
        yield Problem.of("examples.seats_not_given", worked.place("seats"), service=worked.service)
        return
    if given_out and not offers:
        yield Problem.of("examples.offers_missing", place)
    if offers and not given_out:
        yield Problem.of("examples.offers_not_given", worked.place("offers"), service=worked.service)
        return
    for scope in seats or ():
        yield from scope_problems(policy, worked.service, scope, worked.place("seats", scope))
    for name, offer in offers.items():
        yield from _offer_problems(worked, policy, name, offer)


def _offer_problems(
    worked: WorkedRound, policy: Policy, name: str, offer: Mapping[str, object]
) -> Iterator[Problem]:
    path = ("offers", name)
    scope = str(offer.get("scope", EVERYBODY))
    yield from scope_problems(policy, worked.service, scope, worked.place(*path, "scope"))
    own = {key: value for key, value in offer.items() if key != "scope"}
    schema = _own_columns(policy, worked.service)
    yield from cell_problems(own, schema, lambda key: worked.place(*path, key))
    needed = [column.name for column in schema.columns if column.complete]
    yield from _missing(own, needed, worked.place(*path), name)


def _own_columns(policy: Policy, service: str) -> TableSchema:
    """The columns of an offer besides its id and scope."""
    schema = round_schemas(policy, service)["offers"]
    scope = policy.services[service].ranking.scope
    own = tuple(column for column in schema.columns if column.name not in ("offer", *scope))
    return replace(schema, columns=own)


def scope_problems(policy: Policy, service: str, scope: str, place: Place) -> Iterator[Problem]:
    """A ranking scope that the service does not have."""
    if _cells(policy, service, scope) is not None:
        return
    facts = policy.services[service].ranking.scope
    if not facts:
        yield Problem.of("examples.one_scope", place, scope=scope)
        return
    known = ["/".join(parts) for parts in product(*(policy.facts[fact].members or {} for fact in facts))]
    near = difflib.get_close_matches(scope, known, 1) or known[:1]
    yield Problem.of("examples.unknown_scope", place, scope=scope, form="/".join(facts), near=near[0])


def _cells(policy: Policy, service: str, scope: str) -> dict[str, str] | None:
    """The scope's facts by name; None if there is no such scope."""
    facts = policy.services[service].ranking.scope
    parts = [] if scope == EVERYBODY else scope.split("/")
    fits = len(parts) == len(facts) and all(
        part in (policy.facts[fact].members or {}) for fact, part in zip(facts, parts, strict=True)
    )
    return dict(zip(facts, parts, strict=True)) if fits else None


def _lots_problems(worked: WorkedRound, policy: Policy) -> Iterator[Problem]:
    ranking, model = policy.services[worked.service].ranking, worked.model
    drawn = ranking.call_in is not None and ranking.call_in.ties == "lottery"
    for key, lots, draws in (
        ("ties_drawn", model.ties_drawn, "lottery" in ranking.ties),
        ("called_drawn", model.called_drawn, drawn),
    ):
        place = worked.place(key)
        if lots and not draws:
            yield Problem.of("examples.nothing_drawn", place, service=worked.service, key=key)
        for name in dict.fromkeys(lots):
            if name not in worked.people:
                yield person_problem(worked, name, place)
            if lots.count(name) > 1:
                yield Problem.of("examples.lot_twice", place, person=name, key=key)


def person_problem(worked: WorkedRound, name: str, place: Place) -> Problem:
    """Somebody is named whom the round does not have."""
    near = difflib.get_close_matches(name, worked.people, 1)
    return Problem.of("examples.unknown_person", place, person=name, near=near[0] if near else "–")


def tables_of_round(policy: Policy, worked: WorkedRound) -> TablesOfRound:
    """The tables of a round in which `given_problems` finds nothing wrong."""
    service, people = worked.service, worked.people
    frames = tables_of_households(
        policy, service, {name: household(one.given) for name, one in people.items()}
    )
    rows, paths = _seats(policy, worked)
    rows["preferences"] = [
        {
            "candidate": name,
            "list": which,
            "rank": rank,
            "offer": offer,
            **{column: one.marked(column, offer) for column in policy.marks_of(service)},
        }
        for name, one in people.items()
        for which, listed in one.sheets.items()
        for rank, offer in enumerate(listed, 1)
    ]
    rows["refusals"] = [{"candidate": name} for name, one in people.items() if one.refuses]
    paths["preferences"] = [
        ("people", name, *(("wishes",) if which is None else ("lists", which)), number)
        for name, one in people.items()
        for which, listed in one.sheets.items()
        for number in range(len(listed))
    ]
    paths["refusals"] = [("people", str(row["candidate"])) for row in rows["refusals"]]
    paths["candidates"] = [("people", name) for name in people]
    schemas = round_schemas(policy, service)
    own = {name: frame_of(schemas[name], found) for name, found in rows.items() if name in schemas}
    fixed = {**empty_tables(), **own}
    applications = Applications(
        frames.pop("applicants"),
        frames.pop("candidates"),
        fixed["offers"],
        fixed["quotas"],
        fixed["preferences"],
        fixed["refusals"],
        frames,
    )
    return TablesOfRound(applications, paths)


def _seats(
    policy: Policy, worked: WorkedRound
) -> tuple[dict[str, list[dict[str, object]]], dict[str, list[Path]]]:
    """Rows of offers and quotas; where the round does not say the seats of a scope, its offers do."""
    offers, sums = list[dict[str, object]](), dict[str, int]()
    for name, offer in worked.model.offers.items():
        own = {key: value for key, value in offer.items() if key != "scope"}
        scope = str(offer.get("scope", EVERYBODY))
        cells = _cells(policy, worked.service, scope)
        assert cells is not None  # checked by `given_problems`
        offers.append({"name": name, **own, "offer": name, **cells})
        sums[scope] = sums.get(scope, 0) + int(str(own["seats"]))
    seats = sums if worked.model.seats is None else worked.model.seats
    quotas: list[dict[str, object]] = [
        {**(_cells(policy, worked.service, scope) or {}), "seats": number} for scope, number in seats.items()
    ]
    told = worked.model.seats is not None
    paths: dict[str, list[Path]] = {
        "offers": [("offers", name) for name in worked.model.offers],
        "quotas": [("seats", scope) if told else ("offers",) for scope in seats],
    }
    return {"offers": offers, "quotas": quotas}, paths
