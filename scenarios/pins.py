"""What of a pack its worked cases pin down: everything that decides is altered by one step, one thing at a
time, and some case or round must notice.

An altered pack that the load checks refuse is no pack and is not counted, nor is a cap or floor that no
points reach before and after. Cases are computed by the scalar evaluator, which equals the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from pydantic import ValidationError

from scenarios.pin_alterations import Alteration, Changes, alterations_of, altered, parameter_values
from scenarios.pin_people import CaseGroup, OneRound, case_group, one_round
from scenarios.worked_cases import Case, Cases
from scenarios.worked_rounds import PackOn
from scoring.bounds import all_bounds, set_bounds
from scoring.checks import check_policy, notices
from scoring.pack import Pack, reread
from scoring.policy import Policy
from values.problems import BadInput, Problem
from values.progress import Progress, no_progress
from values.yaml_marks import Document

Readings = tuple[tuple[str, str], ...]

NEVER_BINDS = ("pack.cap_never_binds", "pack.floor_never_binds")
FACT_SECTIONS = frozenset(("facts", "derived", "ledgers", "tables"))
ORDERS = ("ranking", "allocation", "candidate")
"""What of a service decides without anybody's score sheet saying so."""


@dataclass(frozen=True)
class Pins:
    """How many alterations of a pack were tried, and those that no case and no round notices.

    `excused` are unnoticed too, but the examples say why nothing can notice them; `idle` are excuses for
    nothing.
    """

    tried: int
    unnoticed: tuple[Alteration, ...]
    excused: tuple[Alteration, ...] = ()
    idle: tuple[str, ...] = ()


@dataclass(eq=False)
class Variant:
    """The pack on a day under a set of readings, and the cases and rounds that stand there."""

    pack: Pack
    as_of: date
    readings: Readings
    known: frozenset[object]
    groups: list[CaseGroup] = field(default_factory=list)
    rounds: list[OneRound] = field(default_factory=list)


Try = Callable[[], bool | None]
"""Whether an alteration is noticed; None if it makes no pack, or nothing that could be noticed."""


def try_pins(cases: Cases, pack_on: PackOn, file: str, *, progress: Progress = no_progress) -> Pins:
    """Every alteration of what is written in `file`, tried on the cases and rounds that can be concerned.

    These must come out as they expect before anything is altered.

    Raises:
        BadInput: as `try_cases` and `try_rounds`.
    """
    variants = variants_of(cases, pack_on)
    quiet = not any(group.notices(group.pack.policy) for variant in variants for group in variant.groups)
    assert quiet, "a case differs, or the scalar evaluator from the columns"
    work = [*_written(variants, file), *_parameters(variants, file), *_readings(variants, pack_on, file)]
    work.sort(key=lambda item: (item[0].place, item[0].after))
    found, tried = list[Alteration](), 0
    for done, (alteration, notice) in enumerate(work):
        progress("pins", done, len(work))
        noticed = notice()
        tried += noticed is not None
        if noticed is False:
            found.append(alteration)
    progress("pins", len(work), len(work))
    excused = [one for one in found if any(excuse.covers(one.rule, one.after) for excuse in cases.excuses)]
    idle = (
        excuse.told
        for excuse in cases.excuses
        if not any(excuse.covers(one.rule, one.after) for one in excused)
    )
    return Pins(tried, tuple(one for one in found if one not in excused), tuple(excused), tuple(idle))


def unnoticed_readings(cases: Cases, pack_on: PackOn, file: str) -> tuple[Alteration, ...]:
    """Readings that no case and no round that names them tells from another reading of the same switch."""
    named = replace(
        cases,
        cases=tuple(case for case in cases.cases if case.readings),
        rounds=tuple(worked for worked in cases.rounds if worked.given.readings),
    )
    found = _readings(variants_of(named, pack_on), pack_on, file, named=True)
    return tuple(one for one, notice in found if notice() is False)


def variants_of(cases: Cases, pack_on: PackOn) -> list[Variant]:
    """The pack on every day and under every set of readings on which a case or round stands."""
    found: dict[tuple[date, Readings], Variant] = {}

    def variant(as_of: date, readings: Readings) -> Variant:
        if (as_of, readings) not in found:
            pack = pack_on(as_of, dict(readings))
            known = frozenset((one.code, one.params) for one in check_policy(pack.policy, pack.document))
            found[as_of, readings] = Variant(pack, as_of, readings, known)
        return found[as_of, readings]

    together: dict[tuple[str, date, Readings], list[Case]] = {}
    for case in cases.cases:
        together.setdefault((case.service, case.as_of, tuple(sorted(case.readings.items()))), []).append(case)
    for (_, as_of, readings), group in together.items():
        there = variant(as_of, readings)
        there.groups.append(case_group(there.pack, group))
    for worked in cases.rounds:
        there = variant(worked.as_of, tuple(sorted(worked.given.readings.items())))
        there.rounds.append(one_round(there.pack, worked))
    return list(found.values())


def _written(variants: Sequence[Variant], file: str) -> Iterator[tuple[Alteration, Try]]:
    """What is written in the file, altered wherever a resolved pack has it."""
    found: dict[object, tuple[Alteration, list[tuple[Variant, Changes]]]] = {}
    for variant in variants:
        for key, (one, changes) in alterations_of(variant.pack, file).items():
            found.setdefault(key, (one, []))[1].append((variant, changes))
    for one, places in found.values():
        yield one, partial(_try_written, places)


def _try_written(places: Sequence[tuple[Variant, Changes]]) -> bool | None:
    """First by cases under all readings, then by rounds, which take longer; refused once is no pack."""
    waiting: list[tuple[Pack, list[OneRound]]] = []
    moves = False
    for number, (variant, changes) in enumerate(places):
        policy = _altered(variant, changes)
        if policy is None or not (number or _loads(variant, policy, changes)):
            return None
        cases = [notice for group in variant.groups if (notice := _case_notice(group, policy, changes))]
        rounds = [one for one in variant.rounds if _concerns(one, policy, changes)]
        if number and (cases or rounds) and not _loads(variant, policy, changes):
            return None
        if any(notice() for notice in cases):
            return True
        waiting.append((replace(variant.pack, policy=policy), rounds))
        moves = moves or _moves(variant, changes, policy)
    if any(one.notices(pack) for pack, rounds in waiting for one in rounds):
        return True
    return False if moves else None


def _altered(variant: Variant, changes: Changes) -> Policy | None:
    """The altered policy; None if it has not the form of one. Only rules that change are read again."""
    before = variant.pack.policy
    value: Any = altered(variant.pack.document.value, changes)
    parts: dict[str, Any] = {name: getattr(before, name) for name in type(before).model_fields}
    try:
        for section, name in {path[:2] for path in changes}:
            if isinstance(parts[str(section)], dict):
                rule = type(parts[str(section)][name]).model_validate(value[section][name])
                parts[str(section)] = {**parts[str(section)], name: rule}
            else:
                parts[str(section)] = value[section]
        return type(before).model_validate(parts)
    except ValidationError:
        return None


def _loads(variant: Variant, policy: Policy, changes: Changes) -> bool:
    """Whether the load checks find nothing that they do not find in the pack itself."""
    document = variant.pack.document
    problems = check_policy(
        policy, Document(document.name, altered(document.value, changes), document.places)
    )
    return {(one.code, one.params) for one in problems} <= variant.known


def _case_notice(group: CaseGroup, policy: Policy, changes: Changes) -> Callable[[], bool] | None:
    """What asks the cases that can be concerned; None if there are none."""
    sections = {path[0] for path in changes}
    if sections == {"services"} and group.service not in {path[1] for path in changes}:
        return None
    if sections == {"indicators"}:
        concerned = dict.fromkeys(at for path in changes for at in group.changed(policy, str(path[1])))
        return partial(group.notices, policy, tuple(concerned)) if concerned else None
    if sections & FACT_SECTIONS:
        reads = group.reads({str(path[1]) for path in changes})
        return partial(group.notices_other_facts, policy) if reads else None
    return partial(group.notices, policy)


def _concerns(one: OneRound, policy: Policy, changes: Changes) -> bool:
    """Whether anything of a round can come out otherwise."""
    sections = {path[0] for path in changes}
    if sections == {"services"} and one.worked.service not in {path[1] for path in changes}:
        return False
    if sections & FACT_SECTIONS:
        return one.reads({str(path[1]) for path in changes})
    if any(path[0] == "services" and path[2] in ORDERS for path in changes):
        return True
    if sections == {"indicators"}:
        return any(one.changed(policy, str(path[1])) for path in changes)
    return one.sheets_change(policy)


def _moves(variant: Variant, changes: Changes, policy: Policy) -> bool:
    """Whether more moves than a cap or a floor that points never reach."""
    if not all(path[-1] in ("cap", "floor") for path in changes):
        return True
    document = variant.pack.document
    after = notices(policy, Document(document.name, altered(document.value, changes), document.places))
    before = variant.pack
    idle = _idle(before.policy, before.notices) & _idle(policy, after)
    return not all((path[1] if path[0] == "groups" else document.place(path)) in idle for path in changes)


def _idle(policy: Policy, told: Iterable[Problem]) -> set[object]:
    """The places of caps and floors that never bind, and the groups whose own never does."""
    known = all_bounds(policy)
    sets = [each for service in policy.services for each in set_bounds(policy, service, known)]
    binds = {one.key for one, amount in sets if amount.limited(one.floor, one.cap) != amount}
    groups = {name for name in policy.groups if f"group:{name}" not in binds}
    return {one.place for one in told if one.code in NEVER_BINDS} | groups


def _parameters(variants: Sequence[Variant], file: str) -> Iterator[tuple[Alteration, Try]]:
    """Each value of a parameter by one step, on the days on which it holds."""
    found: dict[object, tuple[Alteration, str, Decimal, list[Variant]]] = {}
    for variant in variants:
        for one, name, start, value in parameter_values(variant.pack, file):
            there = found.setdefault(one.key, (one, name, value, []))[3]
            held = variant.pack.resolution.parameters.get(name)
            if held is not None and held.start == start:
                there.append(variant)
    for one, name, value, there in found.values():
        yield one, partial(_try_value, name, value, there)


def _try_value(name: str, value: Decimal, there: Sequence[Variant]) -> bool | None:
    packs: list[tuple[Variant, Pack]] = []
    for variant in there:
        try:
            pack = reread(variant.pack, choices=dict(variant.readings), values={name: value})
        except BadInput:
            return None
        packs.append((variant, pack))
    return _other_pack_noticed(packs)


def _readings(
    variants: Sequence[Variant], pack_on: PackOn, file: str, *, named: bool = False
) -> Iterator[tuple[Alteration, Try]]:
    """Each reading under which cases stand, taken for each other one; those that name it come first."""
    found: dict[object, tuple[Alteration, str, str, list[Variant]]] = {}
    for variant in sorted(variants, key=lambda one: not one.readings):
        resolution = variant.pack.resolution
        for name, switch in resolution.switches.items():
            chosen = resolution.chosen[name]
            assert resolution.stack is not None
            place = resolution.stack.document.place(("switches", name, "choices", chosen))
            if place.file != file or not (
                name in dict(variant.readings) or (chosen == switch.chosen and not named)
            ):
                continue
            for other in switch.choices:
                if other != chosen:
                    one = Alteration(place, f"switches.{name}.chosen", "reading", chosen, other)
                    found.setdefault(one.key, (one, name, other, []))[3].append(variant)
    for one, name, other, there in found.values():
        there.sort(key=lambda variant: name not in dict(variant.readings))
        yield one, partial(_try_reading, name, other, there, pack_on)


def _try_reading(name: str, other: str, there: Sequence[Variant], pack_on: PackOn) -> bool | None:
    made = 0
    for variant in there:
        try:
            pack = pack_on(variant.as_of, {**dict(variant.readings), name: other})
        except BadInput:
            continue
        made += 1
        if _other_pack_noticed([(variant, pack)]):
            return True
    return False if made else None


def _other_pack_noticed(packs: Sequence[tuple[Variant, Pack]]) -> bool:
    if any(group.notices_other_facts(pack.policy) for variant, pack in packs for group in variant.groups):
        return True
    return any(one.notices(pack) for variant, pack in packs for one in variant.rounds)
