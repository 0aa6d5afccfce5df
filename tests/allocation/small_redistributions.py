"""Redistributions small enough to try every outcome, and the outcome that the rules single out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

RULES = ("least_cost", "in_order")


@dataclass(frozen=True)
class Case:
    """`costs[a]` and `wishes[a]` by offer; the rest by row number."""

    costs: tuple[dict[int, int], ...]
    wishes: tuple[dict[int, int], ...]
    seats: tuple[int, ...]
    order: tuple[int, ...]
    guaranteed: tuple[bool, ...]
    offer_order: tuple[int, ...]

    def arguments(self) -> dict[str, Any]:
        """The case as `redistribute` takes it; pairs in the order of the dictionaries."""
        return {
            "cost_start": np.cumsum([0, *map(len, self.costs)]),
            "cost_offer": np.array([o for row in self.costs for o in row], np.int32),
            "cost": np.array([c for row in self.costs for c in row.values()], np.int64),
            "seats": np.array(self.seats, np.int64),
            "order": np.array(self.order, np.int32),
            "guaranteed": np.array(self.guaranteed, np.bool_),
            "wish_position": np.array(
                [wishes[o] for row, wishes in zip(self.costs, self.wishes, strict=True) for o in row],
                np.int32,
            ),
            "offer_order": np.array(self.offer_order, np.int32),
        }

    def with_people(self, rows: list[int]) -> Case:
        """The same case; row `i` is now who was in row `rows[i]`."""
        return replace(
            self,
            costs=tuple(self.costs[a] for a in rows),
            wishes=tuple(self.wishes[a] for a in rows),
            order=tuple(self.order[a] for a in rows),
            guaranteed=tuple(self.guaranteed[a] for a in rows),
        )

    def with_offers(self, rows: list[int]) -> Case:
        """The same case; offer `i` is now what was offer `rows[i]`, and pairs stand in another order."""
        new = {old: i for i, old in enumerate(rows)}
        return replace(
            self,
            costs=tuple({new[o]: row[o] for o in rows if o in row} for row in self.costs),
            wishes=tuple({new[o]: wish for o, wish in row.items()} for row in self.wishes),
            seats=tuple(self.seats[o] for o in rows),
            offer_order=tuple(self.offer_order[o] for o in rows),
        )

    def total(self, outcome: tuple[int, ...]) -> int:
        """The cost of everybody placed."""
        return sum(row[o] for row, o in zip(self.costs, outcome, strict=True) if o >= 0)

    def set_of(self, outcome: tuple[int, ...]) -> tuple[bool, ...]:
        """Who is placed, in the order in which seats are given."""
        turn = sorted(range(len(self.order)), key=lambda a: (not self.guaranteed[a], self.order[a]))
        return tuple(outcome[a] >= 0 for a in turn)

    def keeps_seats(self, outcome: tuple[int, ...]) -> bool:
        """No offer has more people than seats."""
        return all(outcome.count(o) <= seats for o, seats in enumerate(self.seats))


def outcomes(case: Case) -> Iterator[tuple[int, ...]]:
    """Every way to give people one of their offers or none, within the seats."""
    choices = [[-1, *sorted(row)] for row in case.costs]
    return (outcome for outcome in itertools.product(*choices) if case.keeps_seats(outcome))


def by_enumeration(case: Case, then: str) -> tuple[int, ...]:
    """The one outcome that is left after set, cost and everybody's turn."""
    left = list(outcomes(case))
    best = max(map(case.set_of, left))
    left = [outcome for outcome in left if case.set_of(outcome) == best]
    if then == "least_cost":
        least = min(map(case.total, left))
        left = [outcome for outcome in left if case.total(outcome) == least]
    for a in sorted(range(len(case.order)), key=lambda a: case.order[a]):
        if left[0][a] < 0:
            continue
        tastes = [(case.costs[a][o[a]], case.wishes[a][o[a]], case.offer_order[o[a]]) for o in left]
        left = [outcome for outcome, taste in zip(left, tastes, strict=True) if taste == min(tastes)]
    (only,) = left
    return only


@st.composite
def cases(draw: st.DrawFn, people: int = 6, offers: int = 4) -> Case:
    """Few different costs and wishes, so that much is equal."""
    n, m = draw(st.integers(0, people)), draw(st.integers(1, offers))
    cost = st.integers(-1, draw(st.integers(-1, 3)))
    wish = st.integers(0, draw(st.integers(0, 2)))
    reach = st.lists(st.integers(0, m - 1), unique=True, max_size=m)
    lists = draw(st.lists(reach, min_size=n, max_size=n))
    return Case(
        costs=tuple({o: draw(cost) for o in listed} for listed in lists),
        wishes=tuple({o: draw(wish) for o in listed} for listed in lists),
        seats=tuple(draw(st.lists(st.integers(0, 3), min_size=m, max_size=m))),
        order=tuple(draw(st.permutations(range(n)))),
        guaranteed=tuple(draw(st.lists(st.booleans(), min_size=n, max_size=n))),
        offer_order=tuple(draw(st.permutations(range(m)))),
    )


def case_of(
    costs: list[dict[int, int]],
    seats: list[int],
    *,
    order: list[int] | None = None,
    guaranteed: list[int] | None = None,
    wishes: list[dict[int, int]] | None = None,
    offer_order: list[int] | None = None,
) -> Case:
    """A case written by hand: row 0 stands first, nobody is guaranteed, all wishes are alike."""
    return Case(
        costs=tuple(costs),
        wishes=tuple(wishes or [dict.fromkeys(row, 0) for row in costs]),
        seats=tuple(seats),
        order=tuple(order or range(len(costs))),
        guaranteed=tuple(a in (guaranteed or []) for a in range(len(costs))),
        offer_order=tuple(offer_order or range(len(seats))),
    )


def town(
    people: int, offers: int, *, reach: int, share: float, seed: int, block_m: int = 1
) -> dict[str, Any]:
    """Arguments of a larger redistribution: clustered homes and schools, seats for `share` of the people.

    Places are rounded to blocks of `block_m` metres: with large blocks many people live at one point.
    """
    chance = np.random.default_rng(seed)
    centres = chance.uniform(0, 40_000, (20, 2))
    homes = centres[chance.integers(20, size=people)] + chance.normal(0, 2_000, (people, 2))
    schools = centres[chance.integers(20, size=offers)] + chance.normal(0, 2_000, (offers, 2))
    homes, schools = (np.round(points / block_m) * block_m for points in (homes, schools))
    gaps = np.linalg.norm(homes[:, None] - schools[None], axis=2).round().astype(np.int64)
    nearest = np.argsort(gaps, axis=1, kind="stable")[:, :reach]
    return {
        "cost_start": np.arange(people + 1) * reach,
        "cost_offer": nearest.ravel().astype(np.int32),
        "cost": np.take_along_axis(gaps, nearest, axis=1).ravel(),
        "seats": chance.multinomial(int(people * share), np.ones(offers) / offers).astype(np.int64),
        "order": chance.permutation(people).astype(np.int32),
    }
