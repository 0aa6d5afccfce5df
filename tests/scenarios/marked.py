"""Small rounds in which points count at marked wishes only, and a naive program for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import polars as pl
from hypothesis import strategies as st

from scenarios.round import Round, run_round
from scenarios.tables import Applications
from scoring.pack import Pack, load_pack
from tests.scenarios import staged
from tests.scenarios.staged import STAGE, Family
from tests.scenarios.test_other_policies import TINY, config

NEAR = """\
  near:
    title: {zh: 原地段, en: old area}
    group: near
    kind: base
    cite: rules 6
    points: {lookup: education, points: {none: 21.5, junior: 1.5}}
    at: {column: near, title: {zh: 原地段学校, en: school of the old area}, unknown: pending, cite: rules 6}
    unknown: {pending: true, cite: rules 4}
  sibling:
    title: {zh: 兄姐在读, en: sibling there}
    group: sibling
    kind: base
    cite: rules 6
    points: {per: months, every: 12, points: 2}
    at: {column: sibling, title: {zh: 兄姐在读的学校, en: the sibling's}, unknown: outside, cite: rules 6}
    unknown: {points: 0, cite: rules 4}
"""
GROUPS = """\
  near: {title: {zh: 原地段, en: old area}, cite: rules 2}
  sibling: {title: {zh: 兄姐, en: sibling}, cite: rules 2, cap: 3}
"""
MULTIPLIER = "    multiplier: {factor: 1.3, when: {fact: town, is: west}, cite: rules 8}\n"


@cache
def text(stages: tuple[str, ...], *, ties: str = "lottery", refill: bool = False) -> str:
    """The tiny pack with lines for marked wishes."""
    whole = TINY.replace(STAGE, "\n        ".join(stages)).replace("gate: {points: 10,", "gate: {points: 0,")
    whole = whole.replace("services:\n", NEAR + "services:\n").replace(
        "indicators:\n", GROUPS + "indicators:\n"
    )
    if any("choices_first_at" in stage for stage in stages):
        rule = f"marks: {{early: {staged.MARK}}}"
        whole = whole.replace(staged.MARKS_GO_HERE, f"{rule}\n      {staged.MARKS_GO_HERE}")
    return whole.replace("ties: [lottery]", f"ties: [{ties}]").replace(
        "refill: false", f"refill: {str(refill).lower()}"
    )


@cache
def pack_of(whole: str) -> Pack:
    return load_pack(whole, "tiny.yaml")


@dataclass(frozen=True)
class Marks:
    """The schools that are marked for a family, by column; `None` in a list: unknown."""

    near: frozenset[str] = frozenset()
    sibling: frozenset[str] = frozenset()


marks = st.builds(
    Marks,
    st.frozensets(st.sampled_from(staged.SCHOOLS), max_size=3),
    st.frozensets(st.sampled_from(staged.SCHOOLS), max_size=2),
)
Given = list[tuple[Family, Marks]]
people = st.lists(st.tuples(staged.families, marks), min_size=1, max_size=7)


def tables(stages: tuple[str, ...], given: Given, free: list[int]) -> Applications:
    """The tables of a round with the marks."""
    found = staged.tables(stages, [family for family, _ in given], free)
    filed = found.preferences
    for column in ("near", "sibling"):
        own = {f"f{at:02d}": getattr(mine, column) for at, (_, mine) in enumerate(given)}
        cells = [offer in own[who] for who, offer in filed.select("candidate", "offer").rows()]
        filed = filed.with_columns(pl.Series(column, cells, dtype=pl.Boolean))
    return replace(found, preferences=filed)


def decided(whole: str, given: Applications) -> Round:
    return run_round(pack_of(whole), config(), given)


def totals(given: Given, *, multiplied: bool = True) -> dict[tuple[str, str], float]:
    """By family and school the total there, in halves that floats hold exactly but for the west's factor."""
    found = {}
    for at, (family, mine) in enumerate(given):
        junior = family.education == "junior"
        total = (20 if junior else 0) + (0 if family.months < 12 else 1.5 if family.months < 24 else 3)
        total = round(total * (1.3 if multiplied and family.town == "west" else 1), 6)
        near, sibling = 1.5 if junior else 21.5, min(family.months // 12 * 2, 3)
        for school in staged.SCHOOLS:
            more = (near if school in mine.near else 0) + (sibling if school in mine.sibling else 0)
            found[f"f{at:02d}", school] = round(total + more, 6)
    return found


@dataclass(frozen=True)
class Small:
    """A round as the naive programs read it: lists, seats, and who comes before whom at which school."""

    lists: dict[str, list[str]]
    seats: dict[str, int]
    before: dict[str, list[str]]

    def stable(self) -> dict[str, str]:
        """Of all placements without justified envy and empty wanted seats, the best for everybody."""
        names = sorted(self.lists)
        found = []
        for offers in product(*([*self.lists[name], ""] for name in names)):
            got = dict(zip(names, offers, strict=True))
            if all(list(offers).count(o) <= n for o, n in self.seats.items()) and not self.envy(got):
                found.append(got)
        return min(found, key=lambda got: sum(self.liking(name, got[name]) for name in names))

    def liking(self, name: str, offer: str) -> int:
        listed = self.lists[name]
        return listed.index(offer) if offer else len(listed)

    def envy(self, got: dict[str, str]) -> bool:
        """Whether somebody wants a seat that is free or held by somebody behind."""
        for name, listed in self.lists.items():
            for offer in listed[: self.liking(name, got[name])]:
                order = self.before[offer]
                held = [other for other, o in got.items() if o == offer]
                if len(held) < self.seats[offer]:
                    return True
                if any(order.index(other) > order.index(name) for other in held):
                    return True
        return False

    def banded(self, lengths: list[int]) -> dict[str, str]:
        """Band after band; in each everybody asks down that part of the list, what is kept is final."""
        got: dict[str, str] = {}
        left, at, band = dict(self.seats), 0, 0
        longest = max(map(len, self.lists.values()), default=0)
        while at < longest:
            length = lengths[min(band, len(lengths) - 1)]
            parts = {n: listed[at : at + length] for n, listed in self.lists.items() if n not in got}
            new = Small(parts, left, self.before).proposals()
            for offer in new.values():
                left[offer] -= 1
            got |= new
            at, band = at + length, band + 1
        return got

    def proposals(self) -> dict[str, str]:
        inside: dict[str, list[str]] = {offer: [] for offer in self.seats}
        asked, todo = dict.fromkeys(self.lists, 0), sorted(self.lists)
        while todo:
            name = todo.pop()
            if asked[name] == len(self.lists[name]):
                continue
            offer = self.lists[name][asked[name]]
            asked[name] += 1
            order = self.before[offer]
            ranked = sorted([*inside[offer], name], key=order.index)
            inside[offer], out = ranked[: self.seats[offer]], ranked[self.seats[offer] :]
            todo += out
        return {name: offer for offer, held in inside.items() for name in held}


def small(stages: tuple[str, ...], given: Given, free: list[int], made: Round) -> Small:
    """The round for the naive programs; only the order of the lots is taken from the engine."""
    there, lots = totals(given), made.ground.priority.tie_order
    assert lots is not None
    lot = dict(zip(made.ground.people, lots.tolist(), strict=True))
    lists = {
        name: staged.possible(stages, None, family.town, family.wishes)
        for at, (family, _) in enumerate(given)
        if (name := f"f{at:02d}") in lot
    }
    before = {
        school: sorted(lists, key=lambda name, s=school: (-there[name, s], lot[name]))  # type: ignore[misc]
        for school in staged.SCHOOLS
    }
    return Small(lists, dict(zip(staged.SCHOOLS, free, strict=True)), before)


def without_marks(whole: str) -> str:
    """The pack without the lines that count at some offers only."""
    assert NEAR in whole
    return whole.replace(NEAR, "").replace(GROUPS, "")


def in_the_total(whole: str) -> str:
    """The pack in which the same lines are in the total."""
    lines = [line for line in whole.splitlines(keepends=True) if not line.startswith("    at: ")]
    return "".join(lines)
