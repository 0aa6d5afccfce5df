"""Load checks of a pack's services: points and their gate, ranking, call-in, stages, fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoring.allocation_rule import Stage
from scoring.mark_checks import check_marks
from scoring.marked_line_checks import BY_LISTS, check_marked_service
from scoring.months_checks import check_given_day
from scoring.policy import Service
from scoring.pool_checks import check_first, check_lapses, check_pools
from scoring.standing_checks import check_total
from values.yaml_marks import Path

if TYPE_CHECKING:
    from scoring.checks import Checker

NEED_ORDER = frozenset({"immediate_acceptance", "parallel", "redistribution"})
"""Mechanisms that cannot treat equals as a group."""


def check_service(checker: Checker, name: str, service: Service) -> None:
    """Report everything that is wrong with one service."""
    path: Path = ("services", name)
    if service.based_on is not None and service.based_on not in checker.policy.services:
        checker.report("unknown_service", (*path, "based_on"), service=service.based_on)
    if service.multiplier is not None:
        checker.check_condition(service.multiplier.when, (*path, "multiplier", "when"))
    if service.gate is not None:
        checker.exact_points(service.gate.points, (*path, "gate", "points"))
    for key, criterion in service.criteria.items():
        checker.check_condition(criterion.require, (*path, "criteria", key, "require"))
        if criterion.asked_of is not None and service.candidate.takes != "higher_parent":
            takes = service.candidate.takes
            checker.report("asked_of_one", (*path, "criteria", key, "asked_of"), service=name, takes=takes)
    _check_points(checker, name, service, path)
    check_total(checker, name, service, path)
    check_marked_service(checker, name, service, path)
    if service.entitlement is not None or not _has_market(checker, service, path):
        _check_entitlement(checker, name, service, path)
        return
    _check_ranking(checker, service, (*path, "ranking"))
    if service.kinds:
        _check_counted_keys(checker, name, service, (*path, "ranking", "keys"))
    _check_ties(checker, service, (*path, "ranking"))
    _check_stages(checker, service, (*path, "allocation", "stages"))
    check_marks(checker, service, (*path, "allocation"))
    _check_fits(checker, service, (*path, "allocation"))


def _has_market(checker: Checker, service: Service, path: Path) -> bool:
    """Whether the service says how people are ranked and placed, and for how long that is on show."""
    parts = {
        "ranking": service.ranking_rule,
        "allocation": service.allocation_rule,
        "notice": service.notice_rule,
    }
    if service.numbers is not None:
        _check_numbers(checker, service, path)
        del parts["allocation"]
    lacking = [key for key, rule in parts.items() if rule is None]
    for key in lacking:
        checker.report("missing_key", path, key=key)
    return not lacking


def _check_numbers(checker: Checker, service: Service, path: Path) -> None:
    """Who is given a number is given nothing else, and no two people have the same."""
    ranking = service.ranking_rule
    others = {"allocation": service.allocation_rule, "ranking.call_in": ranking and ranking.call_in}
    for key in (key for key, rule in others.items() if rule is not None):
        checker.report("numbers_alone", (*path, *key.split(".")), key=key)
    if ranking is not None and ranking.ties[-1] != "lottery":
        checker.report("numbers_ties", (*path, "ranking", "ties"), ties=ranking.ties[-1])


def _check_entitlement(checker: Checker, name: str, service: Service, path: Path) -> None:
    if service.entitlement is None:
        return
    start = service.entitlement.start
    checker.exact_points(start, (*path, "entitlement", "from"))
    if not service.kinds and start is not None:
        checker.report("without_points", (*path, "entitlement", "from"), key="entitlement.from", service=name)
    if service.kinds and start is None:
        checker.report("entitlement_from", (*path, "entitlement"), service=name)
    if not service.kinds and not service.criteria:
        checker.report("entitlement_of_all", (*path, "entitlement"), service=name)
    market: dict[str, object] = {"ranking": service.ranking_rule, "allocation": service.allocation_rule}
    market |= {"numbers": service.numbers, "notice": service.notice_rule, "gate": service.gate}
    for key in (key for key, rule in market.items() if rule is not None):
        checker.report("entitlement_market", (*path, key), key=key, service=name)


def _check_points(checker: Checker, name: str, service: Service, path: Path) -> None:
    """A service has points with a clause and indicators, or nothing that needs points."""
    if service.kinds:
        if service.kinds_cite is None:
            checker.report("uncited", path, rule="kinds")
        if not checker.policy.indicators_of(name):
            checker.report("service_without_indicators", path, service=name)
        return
    needs: dict[str, object] = {
        "gate": service.gate,
        "multiplier": service.multiplier,
        "kinds_cite": service.kinds_cite,
    }
    needs |= {"total": service.total, "kind_limits": service.kind_limits or None}
    if service.ranking.total != "first":
        checker.report("without_points", (*path, "ranking", "total"), key="ranking.total", service=name)
    for key in (key for key, value in needs.items() if value is not None):
        checker.report("without_points", (*path, key), key=key, service=name)
    for index, rule in enumerate(service.ranking.keys):
        if rule.fact is None:
            checker.report("without_points", (*path, "ranking", "keys", index), key=rule.name, service=name)


def _check_ranking(checker: Checker, service: Service, path: Path) -> None:
    policy, ranking = checker.policy, service.ranking
    for index, fact in enumerate(ranking.scope):
        checker.expect(fact, "choice", (*path, "scope", index))
        _expect_candidate(checker, fact, "scope_of_subject", (*path, "scope", index))
    for index, rule in enumerate(ranking.classes):
        checker.check_condition(rule.when, (*path, "classes", index, "when"))
    for index, key in enumerate(ranking.keys):
        place: Path = (*path, "keys", index)
        if key.group is not None and key.group not in policy.groups:
            checker.report("unknown_group", place, group=key.group)
        elif key.indicator is not None and key.indicator not in policy.indicators:
            checker.report("unknown_indicator", place, indicator=key.indicator)
        elif key.fact is not None:
            checker.expect(key.fact, "quantity", place)
    if ranking.keys and ranking.keys_cite is None:
        checker.report("uncited", path, rule="ranking.keys")
    if ranking.call_in is not None:
        check_given_day(checker, ranking.call_in.by, (*path, "call_in", "by"))
        if ranking.call_in.per_seat <= 0:
            checker.report("call_in_share", (*path, "call_in", "per_seat"), value=ranking.call_in.per_seat)
        _check_before(checker, service, (*path, "call_in", "before"))


def _check_before(checker: Checker, service: Service, path: Path) -> None:
    """What is checked after the call-in are criteria of the service, of the one person who can be scored."""
    before = (service.ranking.call_in.before if service.ranking.call_in else None) or ()
    for index, name in enumerate(before):
        if name not in service.criteria:
            checker.report("unknown_criterion", (*path, index), criterion=name)
    if before and service.candidate.takes == "higher_parent":
        checker.report("call_in_parents", path)


def _check_counted_keys(checker: Checker, name: str, service: Service, path: Path) -> None:
    """Points that rank people are points of the service."""
    policy, lines = checker.policy, checker.policy.indicators_of(name)
    groups = {line.group for line in lines.values()}
    for index, key in enumerate(service.ranking.keys):
        if key.multiplied and service.multiplier is None:
            checker.report("key_multiplied_by_nothing", (*path, index, "multiplied"), service=name)
        lost_group = key.group in policy.groups and key.group not in groups
        if lost_group or (key.indicator in policy.indicators and key.indicator not in lines):
            checker.report("key_not_counted", (*path, index), key=key.name, service=name)


def _check_ties(checker: Checker, service: Service, path: Path) -> None:
    classes = [rule.id for rule in service.ranking.classes]
    for index, name in enumerate(classes):
        if name in classes[:index]:
            checker.report("key_twice", (*path, "classes", index), name=name)
    if service.ranking.classes_hit is not None and len(classes) < 2:
        checker.report("classes_hit_one", (*path, "classes_hit"))
    names = [key.name for key in service.ranking.keys]
    for index, name in enumerate(names):
        if name in (*names[:index], *service.ranking.class_keys):
            checker.report("key_twice", (*path, "keys", index), name=name)
    ties = service.ranking.ties
    if ties[-1] == "application_time" or ties[:-1] not in ((), ("application_time",)):
        checker.report("tie_policies", (*path, "ties"), ties=", ".join(ties))


def _check_stages(checker: Checker, service: Service, path: Path) -> None:
    stages = service.allocation.stages
    strict = [s for s in stages if s.mechanism in NEED_ORDER or s.pools or s.ceilings or s.is_second]
    if strict and service.ranking.ties[-1] in ("admit_all", "exclude_all"):
        checker.report("ties_need_order", path, stage=strict[0].name)
    check_first(checker, stages, path)
    check_lapses(checker, stages, path)
    names, named = [stage.name for stage in stages], {rule.id: True for rule in service.ranking.classes}
    named |= {rule.id: True for rule in service.allocation.accepts or ()}
    for index, stage in enumerate(stages):
        place: Path = (*path, index)
        if stage.name in names[:index]:
            checker.report("stage_twice", place, stage=stage.name)
        _check_stage(checker, stage, place)
        _check_bands(checker, stage, place)
        check_pools(checker, stage, service.ranking.scope, named, place)
        _check_second(checker, stage, service.ranking.scope, place)
        if not _may_follow(stages[index - 1] if index else None, stage):
            checker.report("stage_order", place, stage=stage.name)


def _check_stage(checker: Checker, stage: Stage, path: Path) -> None:
    flow, by_lists = stage.mechanism == "redistribution", stage.mechanism in BY_LISTS
    if flow != (stage.cost is not None) or (flow and stage.seats != "offers"):
        checker.report("stage_cost", path, stage=stage.name)
    if stage.then is not None and not flow:
        checker.report("stage_then", path, stage=stage.name)
    if (takes_turns(stage) or by_lists) != (stage.wishes is not None):
        checker.report("stage_wishes", path, stage=stage.name)
    if stage.list is not None and stage.wishes is None:
        checker.report("stage_list", path, stage=stage.name)
    if by_lists and stage.seats != "offers":
        checker.report("stage_seats", path, stage=stage.name, mechanism=stage.mechanism)
    if stage.tiers is not None and stage.mechanism != "deferred_acceptance":
        checker.report("stage_tiers", path, stage=stage.name)
    if stage.area is not None and stage.mechanism != "serial_dictatorship":
        checker.report("stage_area", path, stage=stage.name)


def _check_second(checker: Checker, stage: Stage, scope: tuple[str, ...], path: Path) -> None:
    """A second ranking joins some scopes, and says of how many people of each at most."""
    known = stage.is_second and scope and stage.area == "everywhere"
    some = stage.is_second and set(stage.area or ()) < set(scope)
    if stage.area is not None and not (known or some or (takes_turns(stage) and stage.area == "everywhere")):
        checker.report("stage_area_facts", (*path, "area"), stage=stage.name)
    if stage.at_most is not None and not stage.is_second:
        checker.report("stage_at_most", path, stage=stage.name)
    if stage.at_most is not None and not 0 < stage.at_most.share <= 1:
        place: Path = (*path, "at_most", "share")
        checker.report("at_most_share", place, stage=stage.name, share=stage.at_most.share)


def _check_bands(checker: Checker, stage: Stage, path: Path) -> None:
    """Bands belong to the parallel mechanism, and none lies beyond the last wish."""
    parallel = stage.mechanism == "parallel"
    if parallel != (stage.bands is not None) or (stage.bands_for and not parallel):
        checker.report("stage_bands", path, stage=stage.name)
    for index, group in enumerate(stage.bands_for or ()):
        checker.check_condition(group.people, (*path, "bands_for", index, "for"))
    listed = [("bands", stage.bands or ())]
    listed += [("bands_for", group.bands) for group in stage.bands_for or ()]
    for key, bands in listed:
        if stage.most_wishes is not None and sum(bands[:-1]) >= stage.most_wishes:
            checker.report("bands_beyond", (*path, key), stage=stage.name, wishes=stage.most_wishes)


def takes_turns(stage: Stage) -> bool:
    """Whether people choose among the offers one after another, going down the ranking."""
    return stage.mechanism == "serial_dictatorship" and stage.seats == "offers"


def _may_follow(before: Stage | None, stage: Stage) -> bool:
    """Quotas come first; a second ranking may follow, and ends what the first began."""
    if stage.is_second:
        return before is not None and before.seats == "quotas" and not before.is_second
    return before is None or (stage.seats != "quotas" and not before.is_second)


def _check_fits(checker: Checker, service: Service, path: Path) -> None:
    allocation = service.allocation
    start, last = allocation.refusal.refill_from, allocation.stages[-1]
    if start is not None and not (allocation.refusal.refill and last.is_second and last.name == start):
        checker.report("refill_from", (*path, "refusal", "refill_from"), stage=start)
    fits = allocation.fits
    if fits is None:
        return
    place: Path = (*path, "fits")
    if not any(stage.seats == "offers" for stage in allocation.stages):
        checker.report("fits_nothing", place)
    domain = checker.expect(fits.fact, "choice", (*place, "fact"))
    _expect_candidate(checker, fits.fact, "fits_of_subject", (*place, "fact"))
    for member in (m for m in (domain.members if domain else ()) if m not in fits.allowed):
        checker.report("fits_missing", (*place, "allowed"), fact=fits.fact, member=member)
    for member, types in fits.allowed.items():
        if domain is not None and member not in domain.members:
            checker.report("unknown_member", (*place, "allowed", member), fact=fits.fact, member=member)
        for kind in (kind for kind in types if kind not in fits.types):
            checker.report("unknown_type", (*place, "allowed", member), type=kind)


def _expect_candidate(checker: Checker, fact: str, code: str, path: Path) -> None:
    facts = checker.policy.facts
    if fact in facts and facts[fact].of != "candidate":
        checker.report(code, path, fact=fact)
