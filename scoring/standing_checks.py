"""Load checks of limits, choices and sanctions: what reaches across the lines of a score sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from scoring.bounds import all_bounds, set_bounds
from scoring.facts import read_indicators
from scoring.policy import Policy, Service
from scoring.standing_model import Limited, Sanction
from scoring.totals import LineSet, line_sets
from values.problems import Problem
from values.yaml_marks import Document, Path

if TYPE_CHECKING:
    from scoring.checks import Checker


def check_standing(checker: Checker) -> None:
    """Report everything that is wrong with limits, choices and sanctions."""
    _check_limits(checker)
    _check_exclusive(checker)
    for name, sanction in checker.policy.sanctions.items():
        _check_sanction(checker, name, sanction)


def check_total(checker: Checker, name: str, service: Service, path: Path) -> None:
    """The limits of a service's kinds and of its total."""
    for kind, limit in service.kind_limits.items():
        place: Path = (*path, "kind_limits", kind)
        _check_ends(checker, limit, place)
        if service.kinds and kind not in service.kinds:
            checker.report("kind_not_counted", place, kind=kind, service=name)
    rule = service.total
    if rule is None:
        return
    _check_ends(checker, rule, (*path, "total"))
    if rule.round is not None and (rule.round.to or 0) > checker.policy.scale:
        place = (*path, "total", "round", "to")
        checker.report("round_decimals", place, decimals=rule.round.to, scale=checker.policy.scale)


def check_crossing(checker: Checker) -> None:
    """Limited sets of lines lie inside one another or share nothing; the amounts must be sound."""
    told: set[frozenset[str]] = set()
    for name in checker.policy.services:
        limited = [one for one in line_sets(checker.policy, name) if one.is_limited]
        for one, other in combinations(limited, 2):
            pair = frozenset((one.key, other.key))
            if one.crosses(other) and pair not in told:
                told.add(pair)
                _report_crossing(checker, name, one, other)


def _report_crossing(checker: Checker, service: str, one: LineSet, other: LineSet) -> None:
    ours, theirs = sorted((one, other), key=lambda each: each.key.startswith("group:"))
    both = ", ".join(sorted(one.lines & other.lines))
    place = place_of(checker.policy, service, ours.key)
    shown = theirs.key.replace(":", " ")
    checker.report("limits_cross", place, limit=ours.key.replace(":", " "), other=shown, lines=both)


def place_of(policy: Policy, service: str, key: str) -> Path:
    """Where a set of lines with a limit stands in the pack."""
    kind, _, name = key.partition(":")
    if kind == "group":
        return ("groups", name)
    if kind == "kind":
        return ("services", service, "kind_limits", name)
    return ("limits", [limit.id for limit in policy.limits].index(name))


def standing_notices(policy: Policy, document: Document) -> Iterator[Problem]:
    """Limits of sets and kinds that never bind, in no service; and what counts in none."""
    yield from _idle_notices(policy, document)
    idle: dict[str, list[bool]] = {}
    places: dict[str, Path] = {}
    known = all_bounds(policy)
    for service in policy.services:
        for one, amount in set_bounds(policy, service, known):
            if not one.key.startswith("group:"):
                binds = amount.limited(one.floor, one.cap) != amount
                idle.setdefault(one.key, []).append(not binds)
                places.setdefault(one.key, place_of(policy, service, one.key))
    for key, never in idle.items():
        if all(never):
            place = document.place(places[key])
            yield Problem.of("pack.limit_never_binds", place, limit=key.replace(":", " "))


def _idle_notices(policy: Policy, document: Document) -> Iterator[Problem]:
    """Indicators that count in no service and that nothing reads; limits, choices and void lines of such."""
    services = tuple(policy.services)
    read = {name for service in services for name in read_indicators(policy, service)}
    lines = {service: policy.indicators_of(service) for service in services}
    counted = {name for each in lines.values() for name in (*each, *(line.group for line in each.values()))}
    chosen = {rule.id for service in services for rule in policy.exclusive_of(service)}
    idle: list[tuple[Path, str]] = [
        (("indicators", name), name) for name in policy.indicators if name not in read
    ]
    idle += [(("limits", at), rule.id) for at, rule in enumerate(policy.limits) if not counted & set(rule.of)]
    idle += [
        (("exclusive", at), rule.id) for at, rule in enumerate(policy.exclusive) if rule.id not in chosen
    ]
    for name, rule in policy.sanctions.items():
        concerned = (lines[service] for service in services if name in policy.sanctions_of(service))
        if rule.indicators and not any(set(rule.indicators) & each.keys() for each in concerned):
            idle.append((("sanctions", name), name))
    for path, name in idle if services else ():
        yield Problem.of("pack.counts_nowhere", document.place(path), rule=name)


def _check_limits(checker: Checker) -> None:
    policy = checker.policy
    _check_ids(checker, "limits", [limit.id for limit in policy.limits])
    for index, limit in enumerate(policy.limits):
        path: Path = ("limits", index)
        _check_ends(checker, limit, path)
        for number, name in enumerate(limit.of):
            place: Path = (*path, "of", number)
            inside = [key for key, line in policy.indicators.items() if line.group == name]
            if name not in policy.indicators and name not in policy.groups:
                checker.report("unknown_line", place, name=name)
            elif name in policy.indicators and name in policy.groups and inside != [name]:
                checker.report("two_meanings", place, name=name)
            elif name in limit.of[:number]:
                checker.report("named_twice", place, name=name)


def _check_exclusive(checker: Checker) -> None:
    policy = checker.policy
    _check_ids(checker, "exclusive", [rule.id for rule in policy.exclusive])
    seen: dict[str, str] = {}
    for index, rule in enumerate(policy.exclusive):
        path: Path = ("exclusive", index)
        domain = None
        if rule.chosen_by is not None:
            domain = checker.expect(rule.chosen_by, "choice", (*path, "keep", "chosen_by"))
        for number, name in enumerate(rule.of):
            place: Path = (*path, "of", number)
            if name not in policy.indicators:
                checker.report("unknown_indicator", place, indicator=name)
            elif name in rule.of[:number]:
                checker.report("named_twice", place, name=name)
            elif name in seen:
                checker.report("exclusive_twice", place, indicator=name, other=seen[name])
            elif domain is not None and name not in domain.members:
                checker.report("unknown_member", place, fact=rule.chosen_by, member=name)
        seen |= dict.fromkeys(rule.of, rule.id)


def _check_sanction(checker: Checker, name: str, rule: Sanction) -> None:
    policy, path = checker.policy, ("sanctions", name)
    checker.check_condition(rule.when, (*path, "when"))
    for name_of, reach in (("since", rule.since), ("until", rule.until)):
        if reach is not None:
            key = "from" if reach.start is not None else "on"
            checker.expect(reach.fact, "date", (*path, name_of, key))
    for index, service in enumerate(rule.services or ()):
        if service not in policy.services:
            checker.report("unknown_service", (*path, "services", index), service=service)
    for index, indicator in enumerate(rule.indicators or ()):
        if indicator not in policy.indicators:
            checker.report("unknown_indicator", (*path, "indicators", index), indicator=indicator)
    for key, service_rule in policy.services.items():
        if name in service_rule.criteria and policy.concerns(rule.services, key):
            checker.report("sanction_is_criterion", path, name=name, service=key)


def _check_ids(checker: Checker, section: str, ids: Sequence[str]) -> None:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            checker.report("id_twice", (section, index), id=name)


def _check_ends(checker: Checker, limit: Limited, path: Path) -> None:
    checker.exact_points(limit.cap, (*path, "cap"))
    checker.exact_points(limit.floor, (*path, "floor"))
    if limit.floor is not None and limit.cap is not None and limit.floor > limit.cap:
        checker.report("floor_above_cap", (*path, "floor"))
