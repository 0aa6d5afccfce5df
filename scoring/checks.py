"""The load checks of a pack: everything that is wrong with it, each with its place, all at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from scoring.bounds import (
    Bounds,
    all_bounds,
    earned_bounds,
    key_bounds,
    marked_bounds,
    raw_bounds,
    subtotal_bounds,
)
from scoring.condition_checks import check_condition
from scoring.condition_notices import condition_notices
from scoring.conditions import Condition
from scoring.constructs import walk
from scoring.derived_checks import check_facts, table_notices
from scoring.marked_line_checks import check_marked_lines
from scoring.node_checks import check_node, check_size, odd
from scoring.policy import Multiplier, Policy, Service
from scoring.references import cycles
from scoring.service_checks import check_service
from scoring.standing_checks import check_crossing, check_standing, standing_notices
from scoring.units import Domain, domain_of, factor, points, quantity
from values.problems import BadInput, Problem
from values.yaml_marks import Document, Path

NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset(
    "applicants candidate candidates catchment counts factor filed_at latitude longitude multiplied name"
    " histories offer offers outcome position preferences quotas rank refusals scope seats second_subject"
    " stage_name status subject subtotal ticket total type".split()
)
"""Column and table names of a round's own."""

MOST_POINTS = 2**53
"""Totals stay below this, so that sums and products by a factor never leave Int64."""


def check_policy(policy: Policy, document: Document) -> tuple[Problem, ...]:
    """All problems of a well-formed pack, in document order. An empty tuple means it may be used."""
    checker = Checker(policy, document)
    checker.check_names()
    checker.check_citations()
    check_facts(checker)
    checker.check_groups()
    checker.check_indicators()
    checker.check_references()
    for name, service in policy.services.items():
        check_service(checker, name, service)
    check_standing(checker)
    check_marked_lines(checker)
    checker.check_unused()
    if not checker.problems:  # bounds need sound nodes
        check_crossing(checker)
        checker.check_amounts()
    if not checker.problems:
        checker.check_totals()
    return tuple(sorted(checker.problems, key=lambda problem: (problem.place, problem.code)))


class Checker:
    """What was found so far, and the checks that all parts of a pack share."""

    def __init__(self, policy: Policy, document: Document) -> None:
        self.policy = policy
        self.document = document
        self.problems: list[Problem] = []
        self.used: set[str] = set()

    def report(self, code: str, path: Path, **params: object) -> None:
        self.problems.append(Problem.of(f"pack.{code}", self.document.place(path), **params))

    def check_citations(self) -> None:
        self.problems += citation_problems(self.document, self.policy.documents)

    def check_names(self) -> None:
        """Names become columns of published tables: plain, and none that a table has already."""
        sections = ("facts", "derived", "groups", "indicators", "services", "ledgers", "tables", "sanctions")
        for section in sections:
            for name in getattr(self.policy, section):
                self.check_name(name, (section, name))

    def check_name(self, name: str, path: Path) -> None:
        if not NAME.fullmatch(name) or name in RESERVED:
            self.report("bad_name", path, name=name)

    def check_indicators(self) -> None:
        for name, indicator in self.policy.indicators.items():
            path: Path = ("indicators", name)
            if indicator.group not in self.policy.groups:
                self.report("unknown_group", (*path, "group"), group=indicator.group)
            for service in indicator.services or ():
                if service not in self.policy.services:
                    self.report("unknown_service", (*path, "services"), service=service)
            if indicator.unknown is None and indicator.points.unknown is None:
                self.report("unknown_undecided", path, indicator=name)
            elif indicator.unknown is not None and indicator.unknown.points is not None:
                self.exact_points(indicator.unknown.points, (*path, "unknown", "points"))
            for node_path, node in walk(indicator.points, (*path, "points")):
                check_node(self, node, node_path)

    def check_references(self) -> None:
        for cycle in cycles(self.policy):
            self.report("indicator_cycle", ("indicators", cycle[0], "points"), cycle=" → ".join(cycle))

    def check_groups(self) -> None:
        for name, group in self.policy.groups.items():
            path: Path = ("groups", name)
            self.exact_points(group.cap, (*path, "cap"))
            self.exact_points(group.floor, (*path, "floor"))
            if group.floor is not None and group.cap is not None and group.floor > group.cap:
                self.report("floor_above_cap", (*path, "floor"))

    def check_condition(self, condition: Condition, path: Path) -> None:
        check_condition(self, condition, path)

    def expect(self, fact: str, wanted: str, path: Path) -> Domain | None:
        """The fact's domain if it is declared and of the wanted type; a problem otherwise."""
        domain = domain_of(self.policy, fact)
        self.used.add(fact)
        if domain is None:
            self.report("undeclared_fact", path, fact=fact)
            return None
        fits = wanted in ("any", domain.type) or (wanted == "quantity" and domain.is_quantity)
        if not fits:
            self.report("fact_type", path, fact=fact, wanted=wanted, type=domain.type)
            return None
        return domain

    def exact_points(self, amount: Decimal | None, path: Path) -> None:
        if amount is not None:
            try:
                points(self.policy, amount)
            except BadInput:
                self.report("inexact", path, value=amount, decimals=self.policy.scale)

    def exact_quantity(self, fact: str, amount: Decimal | None, path: Path) -> int | None:
        if amount is None:
            return None
        try:
            return quantity(self.policy, fact, amount)
        except BadInput:
            domain = domain_of(self.policy, fact)
            self.report("inexact", path, value=amount, decimals=domain.decimals if domain else 0)
            return None

    def check_unused(self) -> None:
        for name in (*self.policy.facts, *self.policy.derived):
            if name not in self.used:
                section = "facts" if name in self.policy.facts else "derived"
                self.report("unused_fact", (section, name), fact=name)
        for name in self.policy.groups:
            if all(indicator.group != name for indicator in self.policy.indicators.values()):
                self.report("unused_group", ("groups", name), group=name)

    def check_amounts(self) -> None:
        """No node may leave Int64 on its way to its cap."""
        for name, indicator in self.policy.indicators.items():
            for path, node in walk(indicator.points, ("indicators", name, "points")):
                if not check_size(self, node, path):
                    continue
                bounds = raw_bounds(self.policy, node)
                if max(-bounds.low, bounds.high) >= MOST_POINTS:
                    self.report("overflow", path, most=bounds.high)

    def check_totals(self) -> None:
        known = all_bounds(self.policy)
        for name, service in self.policy.services.items():
            every = [subtotal_bounds(self.policy, name, known)]
            if service.gate is not None and not service.gate.deducted:
                every.append(subtotal_bounds(self.policy, name, known, deducted=False))
            most = max(max(-bounds.low, bounds.high) for bounds in every)
            apart = marked_bounds(self.policy, name, known)
            most += sum(max(-bounds.low, bounds.high) for bounds in apart)
            if most >= MOST_POINTS:
                self.report("overflow", ("services", name), most=most)
            if service.multiplier is not None:
                self.check_factor(name, service, service.multiplier, every, known)

    def check_factor(
        self,
        name: str,
        service: Service,
        multiplier: Multiplier,
        sums: Sequence[Bounds],
        known: Mapping[str, Bounds],
    ) -> None:
        """Products by the factor are exact: of a total that is not rounded, of keys after the multiplier."""
        _, denominator = factor(multiplier.factor)
        places: list[tuple[Path, Bounds]] = []
        if service.total is None or service.total.round is None:
            places += [(("services", name, "multiplier", "factor"), bounds) for bounds in sums]
        for index, key in enumerate(service.ranking.keys):
            if key.multiplied:
                path: Path = ("services", name, "ranking", "keys", index)
                places.append((path, key_bounds(self.policy, name, key, known)))
        for path in dict.fromkeys(path for path, bounds in places if bounds.step % denominator):
            self.report("inexact_multiplier", path, factor=multiplier.factor, scale=self.policy.scale)


def citation_problems(document: Document, documents: Collection[str]) -> Iterator[Problem]:
    """Every `cite` that does not name one of the documents and a clause."""
    known = " | ".join(documents)
    for path, cite in _citations(document.value, ()):
        if cite.split(" ")[0] not in documents or " " not in cite.strip():
            yield Problem.of("pack.citation", document.place(path), cite=cite, known=known)


def notices(policy: Policy, document: Document) -> tuple[Problem, ...]:
    """What is odd but may stand in an official text: caps that can never bind, points that never count."""
    found: list[Problem] = []
    for name, indicator in policy.indicators.items():
        if indicator.kind == "deduction" and earned_bounds(policy, indicator).low < 0:
            place = document.place(("indicators", name, "points"))
            found.append(Problem.of("pack.deduction_adds", place, indicator=name))
        for path, node in walk(indicator.points, ("indicators", name, "points")):
            bounds = raw_bounds(policy, node)
            bounds = bounds if node.when is None else bounds.with_value(0)
            found += [
                Problem.of(f"pack.{code}", document.place(at), **told)
                for code, at, told in odd(policy, node, path)
            ]
            if node.cap is not None and points(policy, node.cap) >= bounds.high:
                place = document.place((*path, "cap"))
                found.append(Problem.of("pack.cap_never_binds", place, cap=node.cap, indicator=name))
            if node.floor is not None and points(policy, node.floor) <= bounds.low:
                place = document.place((*path, "floor"))
                found.append(Problem.of("pack.floor_never_binds", place, floor=node.floor, indicator=name))
    found += condition_notices(policy, document)
    return (*found, *standing_notices(policy, document), *table_notices(policy, document))


def _citations(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and (key == "cite" or key.endswith("_cite")):
                yield (*path, key), item
            else:
                yield from _citations(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _citations(item, (*path, index))
