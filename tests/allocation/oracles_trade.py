"""Slow second codes in plain Python for the mechanisms beyond deferred acceptance, written from the
papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.allocation.oracles import holders, likes, matchings
from tests.strategies_market import Outcome, Plain


def rounds(plain: Plain, bands: Mapping[str, Sequence[int]]) -> Outcome:
    """The application-rejection mechanism of Chen and Kesten, band by band; `bands` by person, the last
    repeats."""
    found: Outcome = dict.fromkeys(plain.people)
    left = dict(plain.capacity)
    used = dict.fromkeys(plain.people, 0)
    number = 0
    while any(found[a] is None and used[a] < len(plain.wishes[a]) for a in plain.people):
        lists = {}
        for a in plain.people:
            length = bands[a][min(number, len(bands[a]) - 1)]
            lists[a] = plain.wishes[a][used[a] : used[a] + length] if found[a] is None else ()
            used[a] += length
        inside = one_by_one(plain, lists, left)
        for a, o in inside.items():
            if o is not None:
                found[a] = o
                left[o] -= 1
        number += 1
    return found


def one_by_one(plain: Plain, lists: Mapping[str, Sequence[str]], seats: Mapping[str, int]) -> Outcome:
    """Deferred acceptance, one proposal after the other (McVitie and Wilson)."""
    at = dict.fromkeys(plain.people, 0)
    inside: dict[str, list[str]] = {o: [] for o in plain.offers}
    free = [a for a in plain.people if lists[a]]
    while free:
        a = free.pop()
        if at[a] == len(lists[a]):
            continue
        o = lists[a][at[a]]
        at[a] += 1
        inside[o] = sorted([*inside[o], a], key=lambda b: plain.key(o, b))
        if len(inside[o]) > seats[o]:
            free.append(inside[o].pop())
    places = {a: o for o in plain.offers for a in inside[o]}
    return {a: places.get(a) for a in plain.people}


def trading_cycles(plain: Plain) -> Outcome:
    """Top trading cycles as in Abdulkadiroglu and Sonmez: one cycle a step, found by following arrows."""
    found: Outcome = dict.fromkeys(plain.people)
    left, remaining = dict(plain.capacity), set(plain.people)
    while remaining:
        wanted = {a: next((o for o in plain.wishes[a] if left[o] > 0), None) for a in remaining}
        lost = {a for a, o in wanted.items() if o is None}
        if lost:
            remaining -= lost
            continue
        ahead = {o: min(remaining, key=lambda a: plain.key(o, a)) for o in plain.offers}
        walk = [min(remaining)]
        while walk.count(walk[-1]) == 1:
            walk.append(ahead[str(wanted[walk[-1]])])
        cycle = walk[walk.index(walk[-1]) + 1 :]
        for a in cycle:
            found[a] = wanted[a]
            left[str(wanted[a])] -= 1
        remaining -= set(cycle)
    return found


def with_consent(plain: Plain) -> Outcome:
    """Kesten's own procedure: the last step at which a consenting interrupter is rejected, again and again.

    An interrupter is tentatively accepted somewhere, somebody else is rejected there meanwhile, and then
    they are rejected there as well.
    """
    lists = {a: list(plain.wishes[a]) for a in plain.people}
    while True:
        found, pairs = _steps_of_acceptance(plain, lists)
        consenting = [(step, a, o) for step, a, o in pairs if a in plain.consents]
        if not consenting:
            return found
        last = max(step for step, _, _ in consenting)
        for step, a, o in consenting:
            if step == last:
                lists[a].remove(o)


def _steps_of_acceptance(
    plain: Plain, lists: Mapping[str, Sequence[str]]
) -> tuple[Outcome, list[tuple[int, str, str]]]:
    """Deferred acceptance in simultaneous steps, and its interrupting pairs with the step of their
    rejection."""
    at = dict.fromkeys(plain.people, 0)
    inside: dict[str, list[str]] = {o: [] for o in plain.offers}
    came: dict[tuple[str, str], int] = {}
    rejected: dict[tuple[str, str], int] = {}
    step = 0
    while True:
        step += 1
        seated = {a for group in inside.values() for a in group}
        proposals = [(a, lists[a][at[a]]) for a in plain.people if a not in seated and at[a] < len(lists[a])]
        if not proposals:
            break
        for a, o in proposals:
            inside[o].append(a)
        for o in plain.offers:
            ranked = sorted(inside[o], key=lambda b: plain.key(o, b))
            inside[o] = ranked[: plain.capacity[o]]
            for a in inside[o]:
                came.setdefault((a, o), step)
            for a in ranked[plain.capacity[o] :]:
                rejected[a, o] = step
                at[a] += 1
    pairs = [
        (out, a, o)
        for (a, o), out in rejected.items()
        if (a, o) in came
        and any(x == o and b != a and came[a, o] <= when < out for (b, x), when in rejected.items())
    ]
    places = {a: o for o in plain.offers for a in inside[o]}
    return {a: places.get(a) for a in plain.people}, pairs


def is_weakly_stable(plain: Plain, found: Outcome) -> bool:
    """Nobody with a better-liked offer that has a seat free or holds somebody whom its ranking puts
    behind."""
    for person in plain.people:
        for offer in plain.wishes[person][: likes(plain, person, found[person])]:
            inside = holders(found, offer)
            own = plain.standing[offer][person]
            if len(inside) < plain.capacity[offer] or any(plain.standing[offer][b] > own for b in inside):
                return False
    return True


def is_dominated(plain: Plain, found: Outcome, others: Sequence[Outcome]) -> bool:
    """Whether one of the others is at least as good for everybody and better for somebody."""
    return any(
        other != found and all(likes(plain, a, other[a]) <= likes(plain, a, found[a]) for a in plain.people)
        for other in others
    )


def quota_choice(plain: Plain, offer: str, people: Sequence[str]) -> list[str]:
    """Who of `people` an offer takes by its ceilings or its horizontal reserves (else by order)."""
    ranked = sorted(people, key=lambda a: plain.key(offer, a))
    seats = plain.capacity[offer]
    if offer in plain.ceilings:
        taken: list[str] = []
        for a in ranked:
            full = any(
                name in plain.categories[a] and sum(name in plain.categories[b] for b in taken) >= most
                for name, most in plain.ceilings[offer].items()
            )
            if not full and len(taken) < seats:
                taken.append(a)
        return taken
    reserved: list[str] = []
    for a in ranked if offer in plain.reserves else ():
        if len(reserved) < seats and reserves_filled(plain, offer, [*reserved, a]) > len(reserved):
            reserved.append(a)
    rest = [a for a in ranked if a not in reserved]
    return [*reserved, *rest[: seats - len(reserved)]]


def reserves_filled(plain: Plain, offer: str, people: Sequence[str]) -> int:
    """The most reserve positions that people can fill together, by trying who takes which."""
    positions = [name for name, seats in plain.reserves[offer].items() for _ in range(seats)]

    def most(rest: Sequence[str], free: Sequence[str]) -> int:
        if not rest:
            return 0
        best = most(rest[1:], free)
        for name in {x for x in free if x in plain.categories[rest[0]]}:
            others = list(free)
            others.remove(name)
            best = max(best, 1 + most(rest[1:], others))
        return best

    return most(people, positions)


def by_quotas(plain: Plain) -> Outcome:
    """Deferred acceptance by rounds; each offer chooses anew from everybody who ever applied to it."""
    applied: dict[str, set[str]] = {o: set() for o in plain.offers}
    while True:
        taken = {o: quota_choice(plain, o, sorted(applied[o])) for o in plain.offers}
        places = {a: o for o in plain.offers for a in taken[o]}
        new = False
        for a in plain.people:
            if a not in places:
                more = [o for o in plain.wishes[a] if a not in applied[o]]
                if more:
                    applied[more[0]].add(a)
                    new = True
        if not new:
            return {a: places.get(a) for a in plain.people}


def by_regions(plain: Plain) -> Outcome:
    """Flexible deferred acceptance by rounds: targets first, then turn by turn up to the cap of the
    region."""
    applied: dict[str, list[str]] = {o: [] for o in plain.offers}
    while True:
        taken: dict[str, list[str]] = {}
        for region, (cap, order) in plain.regions.items():
            taken |= _of_region(plain, order, cap, applied, {o: plain.targets[o] for o in order})
            assert sum(len(taken[o]) for o in order) <= cap, region
        for o in plain.offers:
            if o not in taken:
                taken |= _of_region(plain, (o,), plain.capacity[o], applied, {o: plain.capacity[o]})
        places = {a: o for o in plain.offers for a in taken[o]}
        new = False
        for a in plain.people:
            more = [o for o in plain.wishes[a] if a not in applied[o]]
            if a not in places and more:
                applied[more[0]].append(a)
                new = True
        if not new:
            return {a: places.get(a) for a in plain.people}


def _of_region(
    plain: Plain,
    order: Sequence[str],
    cap: int,
    applied: Mapping[str, Sequence[str]],
    targets: Mapping[str, int],
) -> dict[str, list[str]]:
    ranked = {o: sorted(applied[o], key=lambda a, o=o: plain.key(o, a))[: plain.capacity[o]] for o in order}
    taken = {o: ranked[o][: targets[o]] for o in order}
    grew = True
    while grew:
        grew = False
        for o in order:
            if len(taken[o]) < len(ranked[o]) and sum(map(len, taken.values())) < cap:
                taken[o] = ranked[o][: len(taken[o]) + 1]
                grew = True
    return taken


def best_by_ranks(plain: Plain) -> list[Outcome]:
    """All outcomes with most first choices, then most second choices, and so on."""
    longest = max((len(x) for x in plain.wishes.values()), default=0)

    def signature(found: Outcome) -> list[int]:
        ranks = [likes(plain, a, found[a]) for a in plain.people if found[a] is not None]
        return [ranks.count(r) for r in range(longest)]

    everything = list(matchings(plain))
    best = max(map(signature, everything))
    return [found for found in everything if signature(found) == best]


def first_in_turn(plain: Plain, outcomes: Sequence[Outcome], turns: Sequence[str]) -> Outcome:
    """Of some outcomes the one that gives each in turn the place they like best."""
    left = list(outcomes)
    for a in turns:
        best = min(likes(plain, a, found[a]) for found in left)
        left = [found for found in left if likes(plain, a, found[a]) == best]
    assert len(left) == 1
    return left[0]


def best_sets(plain: Plain, turns: Sequence[str]) -> list[Outcome]:
    """All outcomes that place the lexicographically best set by `turns` at the least sum of list places."""
    everything = list(matchings(plain))

    def placed(found: Outcome) -> list[bool]:
        return [found[a] is not None for a in turns]

    best = max(map(placed, everything))
    chosen = [found for found in everything if placed(found) == best]

    def total(found: Outcome) -> int:
        return sum(likes(plain, a, found[a]) for a in plain.people if found[a] is not None)

    least = min(map(total, chosen))
    return [found for found in chosen if total(found) == least]
