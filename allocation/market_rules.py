"""The rules of a market document: mechanism and ties. The same for JSON and for folders of tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import cast

from allocation.assemble import Ties
from allocation.columns import POINTS, Columns
from allocation.combinations import BESIDE_OFFERS, RULES, Combination, combination_problems
from allocation.deferred_acceptance import DeferredAcceptance, Proposing
from allocation.extended_seat_deferred_acceptance import ExtendedSeatDeferredAcceptance
from allocation.market import Market, TiePolicy
from allocation.outcome import Mechanism
from allocation.parallel import Parallel
from allocation.reading import Reading, read_order
from allocation.redistribution import Then
from allocation.redistribution_round import Redistribution
from allocation.registry import MECHANISMS, PLANNED
from values.problems import Place, Problem

FORMAT = "market/1"
POLICIES = ("refuse", "lottery", "order", "admit_all", "exclude_all")
PARAMETERS = {
    "serial_dictatorship": frozenset[str](),
    "deferred_acceptance": frozenset({"proposing"}),
    "redistribution": frozenset({"after", "max_cost", "nearest", "then", "offer_order"}),
    "parallel": frozenset({"band", "bands", "bands_by_category"}),
    "extended_seat_deferred_acceptance": frozenset({"order"}),
}
RANKS_PEOPLE = BESIDE_OFFERS | {"rank_maximal"}
"""Mechanisms that use a ranking of people beside the orders of the offers."""

ONE_LOT_A_PERSON = frozenset(
    {"serial_dictatorship", "stable_improvement_cycles", "priority_matching", "rank_maximal"}
)
LATER_PARAMETERS = frozenset({"objectives", "keep_together", "time_limit_s"})
TIES = frozenset({"policy", "seed", "draw_id", "per_offer", "order", "key_names"})
_SEED = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, eq=False)
class MarketCase:
    """A market document, read: the market, the mechanism and what happens to equals.

    `columns` and `rules` are what the market was made of, to make it anew with one thing changed.
    """

    market: Market
    mechanism: Mechanism
    ties: TiePolicy
    columns: Columns
    rules: Ties


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
    reading.keys(table, path, {"name", *PARAMETERS.get(name, ())}, LATER_PARAMETERS)
    if name == "redistribution":
        return _read_redistribution(reading, table, offers, path)
    if name == "deferred_acceptance":
        side = table.get("proposing", "applicants")
        proposing = reading.choice(side, f"{path}.proposing", ("applicants", "offers"))
        return DeferredAcceptance(cast(Proposing, proposing or "applicants"))
    if name == "parallel":
        return _read_parallel(reading, table, path)
    if name == "extended_seat_deferred_acceptance":
        order = read_order(reading, table.get("order"), f"{path}.order", offers)
        return ExtendedSeatDeferredAcceptance(order)
    return MECHANISMS[name]()


def _read_parallel(reading: Reading, table: dict[str, object], path: str) -> Parallel:
    """`band`, `bands` or `bands_by_category`: exactly one of them."""
    given = sorted(PARAMETERS["parallel"] & {key for key, value in table.items() if value is not None})
    if len(given) != 1:
        reading.wrong("market.one_of_bands", path, given=", ".join(given) or "–")
        return Parallel((1,))
    if given == ["band"]:
        return Parallel((reading.whole(table["band"], f"{path}.band", 1) or 1,))
    if given == ["bands"]:
        return Parallel(_read_bands(reading, table["bands"], f"{path}.bands"))
    stated = reading.table(table["bands_by_category"], f"{path}.bands_by_category")
    rows = []
    for category, bands in stated.items():
        spot = f"{path}.bands_by_category.{category}"
        rows.append((reading.name(category, spot) or "", _read_bands(reading, bands, spot)))
    if not rows:
        reading.wrong("market.bands", f"{path}.bands_by_category")
    return Parallel(by_category=tuple(rows) or (("*", (1,)),))


def _read_bands(reading: Reading, value: object, path: str) -> tuple[int, ...]:
    lengths = [reading.whole(item, place, 1) or 1 for item, place in reading.rows(value, path)]
    if not lengths:
        reading.wrong("market.bands", path)
    return tuple(lengths) or (1,)


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
            rules=_rules_of(columns),
            one_ranking=_has_one_ranking(columns, stage.name),
            costs=columns.pairs is not None,
        )
        for problem in combination_problems(asked):
            yield Problem(problem.code, problem.params, place)
        if ties.per_offer and stage.name in ONE_LOT_A_PERSON:
            yield Problem.of("market.lots_per_offer", place, mechanism=stage.name)


def _rules_of(columns: Columns) -> tuple[str, ...]:
    stated = (columns.pools, columns.ceilings, columns.reserves, columns.regions, columns.minimum)
    return tuple(name for name, rows in zip(RULES, stated, strict=True) if rows is not None)


def _has_one_ranking(columns: Columns, mechanism: str) -> bool:
    """Whether there is one ranking; for serial dictatorship the offers must have no order of their own."""
    if not columns.applicants:
        return True
    if columns.common is None and columns.points is None:
        return False
    own_orders = columns.tier is not None or columns.wish_points is not None
    listed = columns.common is None and bool((columns.source != POINTS).any())
    return mechanism in BESIDE_OFFERS or not (own_orders or listed)
