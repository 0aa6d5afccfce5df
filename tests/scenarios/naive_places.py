"""Who gets which place, worked out naively: step by step as the texts say, one person at a time.

A second implementation for tests, without arrays, kernels or solvers, for a handful of people whose order is
strict. It reads the stages of a policy and nothing else of the engine.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from scoring.allocation_rule import Stage
from scoring.seat_groups import Accepts

Places = dict[str, str]  # by person
Choose = Callable[[str, list["Person"]], list["Person"]]


@dataclass(frozen=True)
class Person:
    """Somebody ranked: `place` in the own scope, `everywhere` among all; metres to the scope's offers."""

    name: str
    scope: str
    place: int
    everywhere: int
    wishes: Mapping[str, Sequence[str]]
    metres: Mapping[str, int]
    groups: frozenset[str] = frozenset()
    refuses: bool = False


@dataclass
class Naive:
    """A round of `stages`; `offers` as scope and seats, `quotas` seats by scope."""

    stages: Sequence[Stage]
    people: Sequence[Person]
    offers: Mapping[str, tuple[str, int]]
    quotas: Mapping[str, int]
    refill: bool = False
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    accepts: Sequence[Accepts] = ()
    inside: set[str] = field(default_factory=set)
    got: Places = field(default_factory=dict)
    run_of: dict[str, int] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    sits: dict[str, str] = field(default_factory=dict)

    def decide(self) -> Naive:
        """Run the stages until nobody refuses a place any more, or once."""
        run = 1
        while True:
            for stage in self.stages:
                self.one(stage, run)
            new = {p.name for p in self.people if p.refuses and self.placed(p.name)} - self.given_up
            self.given_up |= new
            run += 1
            if not (self.refill and new):
                return self

    def one(self, stage: Stage, run: int) -> None:
        """One stage for those who still wait."""
        if stage.seats == "quotas":
            new = self.admitted()
            self.inside |= new
        else:
            given = MECHANISMS[stage.mechanism](self, stage, self.waiting(stage))
            self.sits |= self.seating(stage, given)
            self.got |= given
            new = set(given)
        if stage.seats == self.stages[-1].seats:
            self.run_of |= dict.fromkeys(new, run)

    def placed(self, name: str) -> bool:
        """Whether somebody has what the last stage gives."""
        return name in (self.inside if self.stages[-1].seats == "quotas" else self.got)

    def outcome(self, name: str) -> tuple[str, str, int]:
        """What, which offer, in which run."""
        what = "placed" if self.placed(name) else "qualified" if name in self.inside else "waiting"
        if name in self.given_up:
            what = "gave_up"
        return what, self.got.get(name, ""), self.run_of.get(name, 0)

    def gone(self) -> set[str]:
        return self.given_up if self.refill else set()

    def waiting(self, stage: Stage) -> list[Person]:
        """Who takes part, best first."""
        here = [p for p in self.people if p.name not in self.got and p.name not in self.given_up]
        if self.stages[0].seats == "quotas":
            here = [p for p in here if p.name in self.inside]
        if stage.participants is not None:
            here = [p for p in here if stage.participants in p.groups]
        return sorted(here, key=lambda p: p.everywhere if stage.area else p.place)

    def left(self, offer: str) -> int:
        """The seats that nobody holds."""
        held = Counter(o for name, o in self.got.items() if name not in self.gone())
        return self.offers[offer][1] - held[offer]

    def admitted(self) -> set[str]:
        """The next of every scope, as many as its quota has seats left."""
        new: set[str] = set()
        for scope, seats in self.quotas.items():
            here = sorted((p for p in self.people if p.scope == scope), key=lambda p: p.place)
            free = seats - sum(p.name in self.inside and p.name not in self.gone() for p in here)
            outside = [p.name for p in here if p.name not in self.inside]
            new |= set(outside[: max(free, 0)])
        return new

    def listed(self, stage: Stage, person: Person) -> list[str]:
        """The wishes that the stage reads."""
        first = person.wishes.get(stage.list or "", ())[: stage.most_wishes]
        return [
            o for o in first if self.accepted(person, o) and (stage.area or self.offers[o][0] == person.scope)
        ]

    def accepted(self, person: Person, offer: str) -> bool:
        """Whether no mark of the offer keeps the person out."""
        return all(rule.id in person.groups for rule in self.accepts if offer in self.marks[rule.marked])

    def in_turn(self, stage: Stage, people: list[Person]) -> Places:
        """Everybody takes the best that is left."""
        given: Places = {}
        for p in people:
            free = [o for o in self.listed(stage, p) if self.left(o) > list(given.values()).count(o)]
            if free:
                given[p.name] = free[0]
        return given

    def deferred(self, stage: Stage, people: list[Person]) -> Places:
        """One after the other asks down the own list; an offer keeps whom it likes best so far."""
        return self.proposals({p.name: self.listed(stage, p) for p in people}, people, self.keep(stage))

    def banded(self, stage: Stage, people: list[Person]) -> Places:
        """Band after band; what is kept at the end of a band is final."""
        lists = {p.name: list(self.bands(stage, p)) for p in people}
        given: Places = {}
        for at in range(max(map(len, lists.values()), default=0)):
            here = [p for p in people if p.name not in given]
            parts = {p.name: lists[p.name][at] if at < len(lists[p.name]) else [] for p in here}
            taken = Counter(given.values())
            given |= self.proposals(parts, here, lambda o, who, t=taken: who[: self.left(o) - t[o]])
        return given

    def bands(self, stage: Stage, person: Person) -> Iterator[list[str]]:
        """The person's list cut as the stage says."""
        own = [group.bands for group in stage.bands_for or () if group.id in person.groups]
        lengths, listed = list((own or [stage.bands or (1,)])[0]), self.listed(stage, person)
        while listed:
            length = lengths.pop(0) if len(lengths) > 1 else lengths[0]
            yield listed[:length]
            listed = listed[length:]

    def keep(self, stage: Stage) -> Choose:
        """Whom an offer keeps of people in its order."""
        if stage.pools:
            return lambda offer, who: [p for p in who if p.name in self.seated(stage, offer, who)]
        return lambda offer, who: self.under_ceilings(stage, offer, self.by_tier(stage, offer, who))

    def by_tier(self, stage: Stage, offer: str, who: list[Person]) -> list[Person]:
        """People in their order; where first choices come first, by the number of the wish before that."""
        rule = stage.choices_first
        if rule is None or offer not in self.marks[rule.choices_first_at]:
            return who

        def number(person: Person) -> int:
            concerned = rule.people is None or rule.id in person.groups
            return self.listed(stage, person).index(offer) if concerned else 0

        return sorted(who, key=number)

    def seating(self, stage: Stage, given: Places) -> Places:
        """By person the pool in which a stage seats them."""
        if not stage.pools:
            return {}
        found: Places = {}
        for offer in set(given.values()):
            here = [p for p in self.people if given.get(p.name) == offer]
            found |= self.seated(stage, offer, sorted(here, key=lambda p: p.place))
        return found

    def seated(self, stage: Stage, offer: str, who: list[Person]) -> Places:
        """Pool after pool over the seats that nobody sits in: members in order, then others if it opens."""
        pools, who = {pool.id: pool for pool in stage.pools or ()}, self.by_tier(stage, offer, who)
        names = [*pools, *([] if any(pool.rest for pool in pools.values()) else ["*"])]
        own = {name: self.most(pool.share, offer) for name, pool in pools.items() if not pool.rest}
        seated: Places = {}
        for name in names:
            pool, size = pools.get(name), own.get(name, self.offers[offer][1] - sum(own.values()))
            held = [p for p, at in self.sits.items() if at == name and self.got[p] == offer]
            size -= len(set(held) - self.gone())
            free = [p for p in who if p.name not in seated]
            everybody = pool is None or pool.rest
            members = [p for p in free if everybody or name in p.groups]
            opens = pool is not None and pool.unfilled == "opens"
            others = [p for p in free if p not in members] if opens else []
            seated |= {p.name: name for p in (members + others)[: max(size, 0)]}
        return seated

    def under_ceilings(self, stage: Stage, offer: str, who: list[Person]) -> list[Person]:
        """Going down the order, whoever's ceiling is reached is passed over."""
        kept: list[Person] = []
        held = [p for p in self.people if self.got.get(p.name) == offer and p.name not in self.gone()]
        for person in who:
            full = [
                ceiling
                for ceiling in stage.ceilings or ()
                if ceiling.id in person.groups
                and sum(ceiling.id in p.groups for p in (*held, *kept)) >= self.most(ceiling.share, offer)
            ]
            if len(kept) < self.left(offer) and not full:
                kept.append(person)
        return kept

    def most(self, share: Decimal | None, offer: str) -> int:
        """Of the seats of an offer, whole ones of this share."""
        assert share is not None
        return int(share * self.offers[offer][1])

    def proposals(self, lists: Mapping[str, list[str]], people: list[Person], keep: Choose) -> Places:
        """Asking down the lists until nobody is turned away; `people` are in order."""
        asked, inside = Counter[str](), defaultdict[str, list[str]](list)
        todo = [p.name for p in people]
        while todo:
            name = todo.pop()
            if asked[name] == len(lists[name]):
                continue
            offer = lists[name][asked[name]]
            asked[name] += 1
            everyone = [p for p in people if p.name in (*inside[offer], name)]
            kept = [p.name for p in keep(offer, everyone)]
            todo += {p.name for p in everyone} - set(kept)
            inside[offer] = kept
        return {name: offer for offer, names in inside.items() for name in names}

    def nearby(self, stage: Stage, people: list[Person]) -> Places:
        """Of all placements: the best set by ranking, the least total, then down the ranking the nearest."""
        people = sorted(people, key=lambda p: p.everywhere)
        choices = [
            [*(o for o in sorted(p.metres) if self.left(o) > 0 and self.accepted(p, o)), ""] for p in people
        ]

        def worth(places: Iterable[str]) -> tuple[list[bool], int, list[int]]:
            metres = [p.metres[o] if o else 0 for p, o in zip(people, places, strict=True)]
            return [not o for o in places], sum(metres), metres

        possible = (
            places
            for places in product(*choices)
            if all(n <= self.left(o) for o, n in Counter(places).items() if o)
        )
        best = min(possible, key=worth)
        return {p.name: o for p, o in zip(people, best, strict=True) if o}


MECHANISMS: dict[str, Callable[[Naive, Stage, list[Person]], Places]] = {
    "serial_dictatorship": Naive.in_turn,
    "deferred_acceptance": Naive.deferred,
    "immediate_acceptance": Naive.banded,
    "parallel": Naive.banded,
    "redistribution": Naive.nearby,
}
