"""The rules of a market document: mechanism and ties. The same for JSON and for folders of tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import cast

from allocation.assemble import Ties
from allocation.columns import POINTS, Columns
from allocation.combinations import Combination, combination_problems
from allocation.deferred_acceptance import DeferredAcceptance, Proposing
from allocation.market import Market, TiePolicy
from allocation.outcome import Mechanism
from allocation.reading import Reading
from allocation.redistribution import Then
from allocation.redistribution_round import Redistribution
from allocation.registry import MECHANISMS, PLANNED
from allocation.serial_dictatorship import SerialDictatorship
from values.problems import Place, Problem

FORMAT = "market/1"
POLICIES = ("refuse", "lottery", "order", "admit_all", "exclude_all")
PARAMETERS = {
    "serial_dictatorship": frozenset[str](),
    "deferred_acceptance": frozenset({"proposing"}),
    "redistribution": frozenset({"after", "max_cost", "nearest", "then", "offer_order"}),
}
LATER_PARAMETERS = frozenset({"objectives", "keep_together", "time_limit_s"})
TIES = frozenset({"policy", "seed", "draw_id", "per_offer", "order", "key_names"})
_SEED = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, eq=False)
class MarketCase:
    """A market document, read: the market, the mechanism and what happens to equals."""

    market: Market
    mechanism: Mechanism
    ties: TiePolicy


def read_format(reading: Reading, document: dict[str, object]) -> None:
    """`format` must be there and be this one."""
    if document.get("format") != FORMAT:
        reading.wrong("market.format", "$.format", found=document.get("format"), expected=FORMAT)


def read_mechanism(
    reading: Reading, value: object, offers: Collection[str], path: str = "$.mechanism"
) -> Mechanism | None:
    """`mechanism` with its parameters; a word alone is a mechanism without any."""
    table: dict[str, object] = {"name": value} if isinstance(value, str) else reading.table(value, path)
    name = table.get("name")
    if name is None:
        reading.wrong("market.missing", f"{path}.name", key="name")
        return None
    if not isinstance(name, str) or name not in MECHANISMS:
        planned = isinstance(name, str) and name in PLANNED
        code = "market.not_available" if planned else "market.unknown_mechanism"
        reading.wrong(code, f"{path}.name", name=name)
        return None
    reading.keys(table, path, {"name", *PARAMETERS[name]}, LATER_PARAMETERS)
    if name == "redistribution":
        return _read_redistribution(reading, table, offers, path)
    if name == "deferred_acceptance":
        side = table.get("proposing", "applicants")
        proposing = reading.choice(side, f"{path}.proposing", ("applicants", "offers"))
        return DeferredAcceptance(cast(Proposing, proposing or "applicants"))
    return SerialDictatorship()


def _read_redistribution(
    reading: Reading, table: dict[str, object], offers: Collection[str], path: str
) -> Redistribution:
    after = None
    if table.get("after") is not None:
        after = read_mechanism(reading, table["after"], offers, f"{path}.after")
        if isinstance(after, Redistribution):
            reading.wrong("market.after_itself", f"{path}.after")
    limits = {
        key: reading.whole(table[key], f"{path}.{key}", least)
        for key, least in (("max_cost", 0), ("nearest", 1))
        if table.get(key) is not None
    }
    then = reading.choice(table.get("then", "least_cost"), f"{path}.then", ("least_cost", "in_order"))
    order = read_order(reading, table.get("offer_order"), f"{path}.offer_order", offers)
    return Redistribution(
        after, limits.get("max_cost"), limits.get("nearest"), cast(Then, then or "least_cost"), order
    )


def read_order(reading: Reading, value: object, path: str, known: Collection[str]) -> tuple[str, ...]:
    """A strict list that names each of the known ids once; empty if it is not there."""
    if value is None:
        return ()
    names = reading.names(value, path)
    seen: set[str] = set()
    for name, place in names:
        if name not in known:
            reading.wrong("market.unknown_id", place, id=name)
        elif name in seen:
            reading.wrong("market.listed_twice", place, id=name)
        seen.add(name)
    missing = [name for name in known if name not in seen]
    for name in missing:
        reading.wrong("market.order_lacks", path, id=name)
    return tuple(name for name, _ in names)


def read_ties(reading: Reading, value: object, people: Collection[str]) -> Ties:
    """`ties`: the policy with what it needs; `refuse` if there is none."""
    if value is None:
        return Ties()
    table = reading.table(value, "$.ties")
    reading.keys(table, "$.ties", TIES, ())
    policy = reading.choice(table.get("policy", "refuse"), "$.ties.policy", POLICIES)
    if policy == "lottery":
        return _read_lottery(reading, table)
    if policy == "order":
        if table.get("order") is None:
            reading.wrong("market.missing", "$.ties.order", key="order")
        return Ties("order", order=read_order(reading, table.get("order"), "$.ties.order", people))
    return Ties(cast(TiePolicy, policy or "refuse"))


def _read_lottery(reading: Reading, table: dict[str, object]) -> Ties:
    seed, draw = table.get("seed"), table.get("draw_id")
    for key in ("seed", "draw_id"):
        if table.get(key) is None:
            reading.wrong("market.missing", f"$.ties.{key}", key=key)
    if seed is not None and not (isinstance(seed, str) and _SEED.fullmatch(seed)):
        reading.wrong("market.seed", "$.ties.seed")
        seed = None
    name = None if draw is None else reading.name(draw, "$.ties.draw_id")
    per_offer = reading.flag(table.get("per_offer"), "$.ties.per_offer", False)
    return Ties("lottery", bytes.fromhex(seed) if isinstance(seed, str) else b"", name or "", per_offer)


def read_key_names(reading: Reading, value: object, keys: int) -> tuple[str, ...]:
    """`ties.key_names`, one for each tie key; numbered without them."""
    table = value if isinstance(value, dict) else {}
    names = tuple(name for name, _ in reading.names(table.get("key_names"), "$.ties.key_names"))
    if names and len(names) != keys:
        reading.wrong("market.key_names", "$.ties.key_names", names=len(names), keys=keys)
        names = ()
    return names or tuple(f"tie key {at + 1}" for at in range(keys))


def rule_problems(mechanism: Mechanism | None, ties: Ties, columns: Columns, file: str) -> Iterable[Problem]:
    """What the mechanism needs and these tables do not give, or cannot be combined."""
    place = Place(file=file, path="$.mechanism")
    stages = [mechanism, mechanism.after] if isinstance(mechanism, Redistribution) else [mechanism]
    for stage in stages:
        if stage is None:
            continue
        asked = Combination(
            stage.name,
            ties.policy,
            offers_propose=isinstance(stage, DeferredAcceptance) and stage.proposing == "offers",
            pools=columns.pools is not None,
            one_ranking=_has_one_ranking(columns, stage.name),
            costs=columns.pairs is not None,
        )
        for problem in combination_problems(asked):
            yield Problem(problem.code, problem.params, place)
        if ties.per_offer and stage.name == "serial_dictatorship":
            yield Problem.of("market.lots_per_offer", place, mechanism=stage.name)


def _has_one_ranking(columns: Columns, mechanism: str) -> bool:
    """Whether there is one ranking; for serial dictatorship the offers must have no order of their own."""
    if columns.common is None and columns.points is None:
        return False
    own_orders = columns.tier is not None or columns.wish_points is not None
    listed = columns.common is None and bool((columns.source != POINTS).any())
    return mechanism == "redistribution" or not (own_orders or listed)
