"""Small markets in plain Python: what tests draw, permute, rename, and hand to slow oracles.

Nothing here is shared with the package but the arrays that `Plain.market` builds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from allocation.allocate import allocate
from allocation.market import Bystanders, Market, Pools, Quotas, Regions, Terms, TiePolicy
from allocation.memberships import Memberships
from allocation.outcome import Allocation, Mechanism

ScriptIds = ("a", "甲", "ب", "Ω", "é", "🙂", "0", "Z z", "b", "乙")
CATEGORIES = ("near", "sibling")
Outcome = dict[str, str | None]
_categories = st.sets(st.sampled_from(CATEGORIES))


@dataclass(frozen=True)
class PlainPool:
    """One pool: category (None: everybody), seats, whether others may take what is left."""

    category: str | None
    seats: int
    open: bool = True


@dataclass(frozen=True)
class Plain:
    """A market as dicts by id. `standing[o][a]` smaller is better, equal is tied; `lots` separates equals."""

    people: tuple[str, ...]
    offers: tuple[str, ...]
    capacity: Mapping[str, int]
    wishes: Mapping[str, tuple[str, ...]]
    standing: Mapping[str, Mapping[str, int]]
    lots: tuple[str, ...]
    one_ranking: bool = False
    pools: Mapping[str, tuple[PlainPool, ...]] = field(default_factory=dict)
    categories: Mapping[str, frozenset[str]] = field(default_factory=dict)
    costs: Mapping[tuple[str, str], int] | None = None
    accepts: frozenset[str] = frozenset()
    guaranteed: frozenset[str] = frozenset()
    ceilings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reserves: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    regions: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    targets: Mapping[str, int] = field(default_factory=dict)
    minimum: Mapping[str, int] = field(default_factory=dict)
    consents: frozenset[str] = frozenset()

    def key(self, offer: str, person: str) -> tuple[int, int]:
        """The strict place of a person at an offer."""
        return self.standing[offer][person], self.lots.index(person)

    def market(self) -> Market:
        """The same as arrays."""
        row = {name: at for at, name in enumerate(self.offers)}
        lists = [self.wishes[a] for a in self.people]
        start = np.concatenate([[0], np.cumsum([len(x) for x in lists])]).astype(np.int64)
        pairs = [(a, o) for a, x in zip(self.people, lists, strict=True) for o in x]
        place = {name: at for at, name in enumerate(self.lots)}
        ranking = None
        if self.one_ranking:
            ranking = np.array([self.rank_of(a) for a in self.people], np.int32)
        return Market.of_arrays(
            self.people,
            self.offers,
            np.array([self.capacity[o] for o in self.offers], np.int64),
            start,
            np.array([row[o] for _, o in pairs], np.int32),
            np.array([self.standing[o][a] for a, o in pairs], np.int32),
            ranking=ranking,
            tie_order=np.array([place[a] for a in self.people], np.int32),
            pools=self._pools(pairs) if self.pools else None,
            terms=self._terms(row) if self.costs is not None else None,
            ceilings=self._quotas(self.ceilings, pairs) if self.ceilings else None,
            reserves=self._quotas(self.reserves, pairs) if self.reserves else None,
            regions=self._regions() if self.regions else None,
            minimum=np.array([self.minimum[o] for o in self.offers], np.int64) if self.minimum else None,
            consents=np.array([a in self.consents for a in self.people], bool),
            memberships=self._memberships(),
            bystanders=self._bystanders(row, set(pairs)),
        )

    def _memberships(self) -> Memberships:
        names = tuple(sorted(set().union(*self.categories.values())))
        held = [(at, names.index(x)) for at, a in enumerate(self.people) for x in self.categories.get(a, ())]
        table = np.array(held, np.int32).reshape(-1, 2)
        return Memberships(len(self.people), names, table[:, 0], table[:, 1])

    def _bystanders(self, row: Mapping[str, int], wishes: set[tuple[str, str]]) -> Bystanders:
        others = [(a, o) for a in self.people for o in self.offers if (a, o) not in wishes]
        number = {a: at for at, a in enumerate(self.people)}
        return Bystanders(
            np.array([number[a] for a, _ in others], np.int32),
            np.array([row[o] for _, o in others], np.int32),
            np.array([self.standing[o][a] for a, o in others], np.int32),
        )

    def _quotas(self, stated: Mapping[str, Mapping[str, int]], pairs: Sequence[tuple[str, str]]) -> Quotas:
        rows = [(x, seats) for o in self.offers for x, seats in stated.get(o, {}).items()]
        bits = [
            sum((x in self.categories[a]) << at for at, x in enumerate(stated.get(o, ()))) for a, o in pairs
        ]
        return Quotas(
            np.cumsum([0, *(len(stated.get(o, ())) for o in self.offers)]).astype(np.int64),
            tuple(x for x, _ in rows),
            np.array([seats for _, seats in rows], np.int64),
            np.array(bits, np.uint64),
        )

    def _regions(self) -> Regions:
        region = {o: at for at, (_, order) in enumerate(self.regions.values()) for o in order}
        turn = {o: at for _, order in self.regions.values() for at, o in enumerate(order)}
        return Regions(
            tuple(self.regions),
            np.array([cap for cap, _ in self.regions.values()], np.int64),
            np.array([region.get(o, -1) for o in self.offers], np.int32),
            np.array([self.targets.get(o, 0) for o in self.offers], np.int64),
            np.array([turn.get(o, -1) for o in self.offers], np.int32),
        )

    def rank_of(self, person: str) -> int:
        """The one rank; every offer ranks alike."""
        return self.standing[self.offers[0]][person] if self.offers else 0

    def pools_of(self, offer: str) -> tuple[PlainPool, ...]:
        """The pools of an offer, one of everybody if it states none."""
        return self.pools.get(offer) or (PlainPool(None, self.capacity[offer]),)

    def is_member(self, person: str, pool: PlainPool) -> bool:
        """Whether the person belongs to the pool's category."""
        return pool.category is None or pool.category in self.categories.get(person, frozenset())

    def _pools(self, pairs: Sequence[tuple[str, str]]) -> Pools:
        rows = [pool for o in self.offers for pool in self.pools_of(o)]
        sizes = [len(self.pools_of(o)) for o in self.offers]
        bits = [
            sum(self.is_member(a, pool) << at for at, pool in enumerate(self.pools_of(o))) for a, o in pairs
        ]
        return Pools(
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            tuple(pool.category for pool in rows),
            np.array([pool.seats for pool in rows], np.int64),
            np.array([pool.open for pool in rows], bool),
            np.array(bits, np.uint8),
            np.array([o in self.pools for o in self.offers], bool),
        )

    def _terms(self, row: Mapping[str, int]) -> Terms:
        assert self.costs is not None
        pairs = sorted((self.people.index(a), row[o], cost) for (a, o), cost in self.costs.items())
        person = np.array([a for a, _, _ in pairs], np.int64)
        return Terms(
            np.searchsorted(person, np.arange(len(self.people) + 1)).astype(np.int64),
            np.array([o for _, o, _ in pairs], np.int32),
            np.array([cost for _, _, cost in pairs], np.int64),
            np.array([a in self.accepts for a in self.people], bool),
            np.array([a in self.guaranteed for a in self.people], bool),
        )

    def reordered(self, people: Sequence[str], offers: Sequence[str]) -> Plain:
        """The same market with its rows in another order."""
        return replace(self, people=tuple(people), offers=tuple(offers))

    def renamed(self, names: Mapping[str, str]) -> Plain:
        """The same market under other ids."""

        def name(x: str) -> str:
            return names.get(x, x)

        def by(table: Mapping[str, Any]) -> dict[str, Any]:
            return {name(key): value for key, value in table.items()}

        return replace(
            self,
            people=tuple(map(name, self.people)),
            offers=tuple(map(name, self.offers)),
            capacity=by(self.capacity),
            wishes={name(a): tuple(map(name, x)) for a, x in self.wishes.items()},
            standing={name(o): by(x) for o, x in self.standing.items()},
            lots=tuple(map(name, self.lots)),
            pools=by(self.pools),
            categories=by(self.categories),
            costs=None
            if self.costs is None
            else {(name(a), name(o)): cost for (a, o), cost in self.costs.items()},
            accepts=frozenset(map(name, self.accepts)),
            guaranteed=frozenset(map(name, self.guaranteed)),
            ceilings=by(self.ceilings),
            reserves=by(self.reserves),
            regions={r: (cap, tuple(map(name, order))) for r, (cap, order) in self.regions.items()},
            targets=by(self.targets),
            minimum=by(self.minimum),
            consents=frozenset(map(name, self.consents)),
        )

    def with_offer(self, offer: str, capacity: int) -> Plain:
        """One more offer, which nobody lists and nobody could be placed at."""
        alike = dict.fromkeys(self.people, 0)
        if self.offers:
            alike = dict(self.standing[self.offers[0]])
        return replace(
            self,
            offers=(offer, *self.offers),
            capacity={**self.capacity, offer: capacity},
            standing={**self.standing, offer: alike},
            minimum={**self.minimum, offer: 0} if self.minimum else {},
        )

    def with_wishes(self, person: str, wishes: Sequence[str]) -> Plain:
        """One person hands in another list."""
        return replace(self, wishes={**self.wishes, person: tuple(wishes)})

    def with_seat(self, offer: str) -> Plain:
        """One more seat at an offer, in its first pool if it has pools."""
        pools = dict(self.pools)
        if offer in pools:
            first, *others = pools[offer]
            pools[offer] = (replace(first, seats=first.seats + 1), *others)
        return replace(self, capacity={**self.capacity, offer: self.capacity[offer] + 1}, pools=pools)

    def with_lots(self, lots: Sequence[str]) -> Plain:
        """Another way to break the ties."""
        return replace(self, lots=tuple(lots))


def run(plain: Plain, mechanism: Mechanism, ties: TiePolicy) -> Allocation:
    """Allocate a plain market."""
    return allocate(plain.market(), mechanism, ties)


def by_id(plain: Plain, allocation: Allocation) -> Outcome:
    """Who got what, by id."""
    names = (*plain.offers, None)
    return {a: names[o] for a, o in zip(plain.people, allocation.assigned, strict=True)}


def outcome(plain: Plain, mechanism: Mechanism, ties: TiePolicy) -> Outcome:
    """Allocate and name."""
    return by_id(plain, run(plain, mechanism, ties))


@st.composite
def plain_markets(
    draw: st.DrawFn,
    *,
    most_people: int = 6,
    most_offers: int = 4,
    one_ranking: bool = False,
    pools: bool = False,
    costs: bool = False,
    ties: bool = True,
    quotas: bool = False,
    regions: bool = False,
    minimum: bool = False,
    categories: bool = False,
) -> Plain:
    """Up to six people and four offers, often tied, often short of seats, edges included."""
    people = tuple(f"p{name}" for name in draw(_ids(most_people)))
    offers = tuple(f"o{name}" for name in draw(_ids(most_offers)))
    capacity = {o: draw(st.integers(0, 3)) for o in offers}
    wishes = {a: tuple(draw(_lists(offers))) for a in people}
    one = _standing(draw, people, ties)
    standing = {o: one if one_ranking else _standing(draw, people, ties) for o in offers}
    plain = Plain(
        people, offers, capacity, wishes, standing, tuple(draw(st.permutations(people))), one_ranking
    )
    if pools:
        plain = draw(_with_pools(plain))
    if costs:
        plain = draw(_with_costs(plain))
    if quotas:
        plain = draw(_with_quotas(plain))
    if regions:
        plain = draw(_with_regions(plain))
    if minimum:
        plain = draw(_with_minimum(plain))
    if categories:
        plain = replace(plain, categories={a: frozenset(draw(_categories)) for a in people})
    some = st.sets(st.sampled_from(people)) if people else st.just(set[str]())
    return replace(plain, consents=frozenset(draw(some)))


def _ids(most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(ScriptIds), unique=True, max_size=most)


def _lists(offers: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(offers), unique=True) if offers else st.just([])


def _standing(draw: st.DrawFn, people: Sequence[str], ties: bool) -> dict[str, int]:
    if not ties:
        return {a: at for at, a in enumerate(draw(st.permutations(people)))}
    return {a: draw(st.integers(0, max(len(people) - 2, 0))) for a in people}


@st.composite
def _with_pools(draw: st.DrawFn, plain: Plain) -> Plain:
    categories = {a: frozenset(draw(st.sets(st.sampled_from(CATEGORIES)))) for a in plain.people}
    pool = st.builds(PlainPool, st.sampled_from((*CATEGORIES, None)), st.integers(0, 2), st.booleans())
    stated = {o: tuple(draw(st.lists(pool, max_size=3))) for o in plain.offers}
    stated = {o: pools for o, pools in stated.items() if pools}
    if plain.offers and not stated:
        stated = {plain.offers[0]: (PlainPool(CATEGORIES[0], 1), PlainPool(None, 1))}
    capacity = {
        o: sum(x.seats for x in stated[o]) if o in stated else plain.capacity[o] for o in plain.offers
    }
    return replace(plain, categories=categories, pools=stated, capacity=capacity)


@st.composite
def _with_quotas(draw: st.DrawFn, plain: Plain) -> Plain:
    """Reserves may overlap and exceed the seats; nobody is under two ceilings."""
    categories = {a: frozenset(draw(_categories)) for a in plain.people}
    seats = st.dictionaries(st.sampled_from(CATEGORIES), st.integers(0, 2), min_size=1)
    kinds = {o: draw(st.sampled_from(("ceilings", "reserves", ""))) for o in plain.offers}
    ceilings = {o: draw(seats) for o in plain.offers if kinds[o] == "ceilings"}
    reserves = {o: draw(seats) for o in plain.offers if kinds[o] == "reserves"}
    if any(len(stated) > 1 for stated in ceilings.values()):
        categories = {a: frozenset(sorted(held)[:1]) for a, held in categories.items()}
    return replace(plain, categories=categories, ceilings=ceilings, reserves=reserves)


@st.composite
def _with_regions(draw: st.DrawFn, plain: Plain) -> Plain:
    """Up to two regions; targets within capacities and caps."""
    where = {o: draw(st.sampled_from(("r1", "r2", ""))) for o in plain.offers}
    regions, targets = {}, {}
    for name in sorted({*where.values()} - {""}):
        inside = tuple(draw(st.permutations([o for o in plain.offers if where[o] == name])))
        targets |= {o: draw(st.integers(0, plain.capacity[o])) for o in inside}
        least = sum(targets[o] for o in inside)
        regions[name] = (draw(st.integers(least, least + 3)), inside)
    if plain.offers and not regions:
        regions["r1"] = (draw(st.integers(0, 3)), plain.offers[:1])
        targets[plain.offers[0]] = 0
    assume(regions)
    return replace(plain, regions=regions, targets=targets)


@st.composite
def _with_minimum(draw: st.DrawFn, plain: Plain) -> Plain:
    """Complete lists; sum of minima <= people <= sum of capacities."""
    assume(plain.offers)
    wishes = {a: tuple(draw(st.permutations(plain.offers))) for a in plain.people}
    capacity = dict(plain.capacity)
    capacity[plain.offers[0]] += max(0, len(plain.people) - sum(capacity.values()))
    minimum, left = {}, len(plain.people)
    for o in plain.offers:
        minimum[o] = draw(st.integers(0, min(left, capacity[o])))
        left -= minimum[o]
    return replace(plain, wishes=wishes, capacity=capacity, minimum=minimum)


@st.composite
def _with_costs(draw: st.DrawFn, plain: Plain) -> Plain:
    pairs = [(a, o) for a in plain.people for o in plain.offers]
    chosen = draw(st.sets(st.sampled_from(pairs))) if pairs else set()
    costs = {pair: draw(st.integers(0, 3)) for pair in sorted(chosen)}
    some = st.sets(st.sampled_from(plain.people)) if plain.people else st.just(set[str]())
    accepts = frozenset(plain.people) - frozenset(draw(some))
    return replace(plain, costs=costs, accepts=accepts, guaranteed=frozenset(draw(some)))
