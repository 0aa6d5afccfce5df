"""Worked examples of the literature beyond `market-cases`, each derived by hand and by a second, slow code.

`recalled` says that the instance is the published one as remembered, not read again; the outcome is the one
derived in the comment, which the slow code must find as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings

from allocation.deferred_acceptance import DeferredAcceptance
from allocation.efficiency_adjusted_deferred_acceptance import EfficiencyAdjustedDeferredAcceptance
from allocation.flexible_deferred_acceptance import FlexibleDeferredAcceptance
from allocation.immediate_acceptance import ImmediateAcceptance
from allocation.market import TiePolicy
from allocation.outcome import Mechanism
from allocation.parallel import Parallel
from allocation.stable_improvement_cycles import StableImprovementCycles
from allocation.top_trading_cycles import TopTradingCycles
from allocation.verify import verify
from tests.allocation.oracles import (
    best_for_all,
    holders,
    matchings,
    slow_limits,
    slow_pools,
    stable_matchings,
)
from tests.allocation.oracles_trade import (
    by_quotas,
    by_regions,
    is_dominated,
    is_weakly_stable,
    rounds,
    trading_cycles,
    with_consent,
)
from tests.strategies_market import Outcome, Plain, PlainPool, outcome, plain_markets, run

Check = Callable[[Plain, Outcome], bool]


@dataclass(frozen=True)
class Example:
    """A published instance, the mechanism, the outcome (by offer) and the slow second code."""

    source: str
    plain: Plain
    mechanism: Mechanism
    expected: str
    second: Check
    ties: TiePolicy = "order"

    @property
    def outcome(self) -> Outcome:
        """`expected` as who got what."""
        found: Outcome = dict.fromkeys(self.plain.people)
        for part in self.expected.split(", "):
            offer, _, people = part.partition(": ")
            found |= dict.fromkeys(people.split(), offer)
        return found


def town(wishes: str, places: str, **more: object) -> Plain:
    """`wishes` a line a person, best offer first; `places` a line an offer, its seats and people, best first,
    equals joined by `=`. Ties are broken in the order of the people's lines."""
    lists = {
        line.split(":")[0].strip(): tuple(line.split(":")[1].split()) for line in wishes.splitlines() if line
    }
    capacity, standing = {}, {}
    for line in filter(None, places.splitlines()):
        offer, seats, order = (part.strip() for part in line.split(":"))
        capacity[offer] = int(seats)
        ranks = {a: at for at, group in enumerate(order.split()) for a in group.split("=")}
        standing[offer] = {a: ranks.get(a, len(lists)) for a in lists}
    plain = Plain(tuple(lists), tuple(capacity), capacity, lists, standing, tuple(lists))
    return replace(plain, **more)  # type: ignore[arg-type]


def only_stable(plain: Plain, found: Outcome) -> bool:
    return stable_matchings(plain) == [found]


def best_of_ten(plain: Plain, found: Outcome) -> bool:
    stable = stable_matchings(plain)
    return len(stable) == 10 and found == best_for_all(plain, stable)


def worst_of_ten(plain: Plain, found: Outcome) -> bool:
    return found == best_for_all(plain, stable_matchings(plain), worst=True)


def by_bands_of(length: int) -> Check:
    return lambda plain, found: found == rounds(plain, {a: [length] for a in plain.people})


def one_stable_and_not_dominated(plain: Plain, found: Outcome) -> bool:
    stable = [other for other in matchings(plain) if is_weakly_stable(plain, other)]
    return found in stable and not is_dominated(plain, found, stable)


GALE_SHAPLEY_2 = town(
    "α: A B C D\nβ: A D C B\nγ: B A C D\nδ: D B C A",
    "A: 1: δ γ α β\nB: 1: β δ α γ\nC: 1: δ α β γ\nD: 1: γ β α δ",
)
KNUTH = town(
    "1: a b c d\n2: b a d c\n3: c d a b\n4: d c b a",
    "a: 1: 4 3 2 1\nb: 1: 3 4 1 2\nc: 1: 2 1 4 3\nd: 1: 1 2 3 4",
)
EIGHT_STUDENTS = town(
    "i1: s2 s1 s3 s4\ni2: s1 s2 s3 s4\ni3: s3 s2 s1 s4\ni4: s3 s4 s1 s2\n"
    "i5: s1 s3 s4 s2\ni6: s4 s1 s2 s3\ni7: s1 s2 s3 s4\ni8: s1 s2 s4 s3",
    "s1: 2: i1 i2 i3 i4 i5 i6 i7 i8\ns2: 2: i3 i5 i4 i8 i7 i2 i1 i6\n"
    "s3: 3: i5 i3 i1 i7 i2 i8 i6 i4\ns4: 3: i6 i8 i7 i4 i2 i3 i5 i1",
)
SIX_STUDENTS = town(
    "i1: s2 s1 s3 s4 s5\ni2: s3 s1 s5 s2 s4\ni3: s3 s4 s2 s1 s5\n"
    "i4: s1 s2 s4 s3 s5\ni5: s1 s5 s2 s3 s4\ni6: s4 s1 s3 s2 s5",
    "s1: 1: i2 i1 i5 i6 i4 i3\ns2: 1: i3 i6 i4 i1 i2 i5\ns3: 1: i1 i6 i2 i3 i4 i5\n"
    "s4: 1: i4 i3 i6 i1 i2 i5\ns5: 2: i1 i2 i3 i4 i5 i6",
)
TIE_AT_Y = town("1: y x z\n2: z y x\n3: y z x", "x: 1: 1 2 3\ny: 1: 2 1=3\nz: 1: 3 1 2")
MINORITY = town("s1: c1\ns2: c1 c2\ns3: c2 c1", "c1: 2: s1 s2 s3\nc2: 1: s2 s3 s1")
KINDS = {"s1": frozenset({"majority"}), "s2": frozenset({"majority"}), "s3": frozenset({"minority"})}
TEN_DOCTORS = town(
    "\n".join(f"d{at}: {'h1' if at <= 3 else 'h2'}" for at in range(1, 11)),
    "\n".join(f"{h}: 10: {' '.join(f'd{at}' for at in range(1, 11))}" for h in ("h1", "h2")),
)
FIVE_STUDENTS = town(
    "1: c a d b e\n2: e a c b d\n3: c e a d b\n4: c e a b d\n5: e c b d a",
    "a: 1: 3 2 4 1 5\nb: 1: 3 5 1 2 4\nc: 1: 5 4 1 2 3\nd: 1: 5 2 3 1 4\ne: 1: 1 4 2 5 3",
)
WALK_ZONE = town(
    "\n".join(f"{a}: k out" for a in ("w1", "w2", "n1", "w3", "n2", "w4", "n3", "n4")),
    "k: 4: w1 w2 n1 w3 n2 w4 n3 n4\nout: 4: w1 w2 n1 w3 n2 w4 n3 n4",
)
SCORES = town("a: X Y\nb: X Y\nd: X Y\nf: Y X\ng: Y", "X: 2: a b=d f g\nY: 2: a b f d g")

EXAMPLES = (
    # First choices: α, β at A; γ at B; δ at D. A keeps α. β goes to D, which refuses δ; δ goes to B, which
    # refuses γ; γ goes to A, which refuses α; α goes to B, in vain, then to C. Nobody gets the first choice.
    Example(
        "D. Gale and L. Shapley, AMM 69 (1962), Example 2 (recalled); one stable set of marriages",
        GALE_SHAPLEY_2,
        DeferredAcceptance(),
        "A: γ, B: δ, C: α, D: β",
        only_stable,
    ),
    # Everybody's first choice is another offer: nobody is ever refused.
    Example(
        "D. Knuth, Mariages stables (1976); A. Roth and M. Sotomayor (1990), Example 2.17 (recalled)",
        KNUTH,
        DeferredAcceptance(),
        "a: 1, b: 2, c: 3, d: 4",
        best_of_ten,
    ),
    # The offers' first choices are four different people, their last choices.
    Example(
        "the same when offers propose",
        KNUTH,
        DeferredAcceptance("offers"),
        "a: 4, b: 3, c: 2, d: 1",
        worst_of_ten,
    ),
    # Step 1: i1 → s2 → i3 → s3 → i5 → s1 → i1, and i6 → s4 → i6. Step 2: i2 → s1 → i2; s1 is full.
    # Step 3: i4 → s3 → i7 → s2 → i4; s2 is full. Step 4: i8 → s4 → i8.
    Example(
        "A. Abdulkadiroğlu and T. Sönmez, AER 93 (2003), the example of top trading cycles (recalled)",
        EIGHT_STUDENTS,
        TopTradingCycles(),
        "s1: i2 i5, s2: i1 i7, s3: i3 i4, s4: i6 i8",
        lambda plain, found: found == trading_cycles(plain),
    ),
    # Deferred acceptance leaves i5, i6 at s5, which nobody else wants. Without their applications elsewhere
    # only i2, i3 meet, at s3, which keeps i2; i3 goes to s4. Everybody but i3, i5, i6 has the first choice.
    Example(
        "O. Kesten, QJE 125 (2010), the example of six students and five schools (tails of lists completed), "
        "everybody consents",
        replace(SIX_STUDENTS, consents=frozenset(SIX_STUDENTS.people)),
        EfficiencyAdjustedDeferredAcceptance(),
        "s1: i4, s2: i1, s3: i2, s4: i3, s5: i5 i6",
        lambda plain, found: found == with_consent(plain),
    ),
    # Rejections in turn: s3 refuses i3, s1 refuses i4; s4 refuses i6, s2 refuses i1; s1 (i1, i5, i6) keeps i1
    # and refuses i5, i6; s3 (i2, i6) refuses i2; s1 (i1, i2) refuses i1; s3 (i6, i1) refuses i6; s2 (i4, i6)
    # refuses i4; s4 (i3, i4) refuses i3; s2 (i6, i3) refuses i6, who ends at s5.
    Example(
        "the same, nobody consents: deferred acceptance",
        SIX_STUDENTS,
        EfficiencyAdjustedDeferredAcceptance(),
        "s1: i2, s2: i3, s3: i1, s4: i4, s5: i5 i6",
        lambda plain, found: found == slow_pools(plain)[0],
    ),
    # With the tie at y broken for 1: x has 1, y has 2, z has 3. 2 desires z and nobody stands ahead; 3
    # desires y, where only 1 does as well, as an equal: they swap.
    Example(
        "A. Erdil and H. Ergin, AER 98 (2008), Example 1",
        TIE_AT_Y,
        StableImprovementCycles(),
        "x: 1, y: 3, z: 2",
        one_stable_and_not_dominated,
    ),
    # c1 may take one of the majority: s1. s2 goes to c2, ahead of s3, who goes to c1: worse for the minority.
    Example(
        "F. Kojima, GEB 75 (2012), proof of Theorem 1, with the quota",
        replace(MINORITY, categories=KINDS, ceilings={"c1": {"majority": 1}}),
        DeferredAcceptance(),
        "c1: s1 s3, c2: s2",
        lambda plain, found: found == by_quotas(plain),
    ),
    # The same seat as a reserve: nobody of the minority asks c1, so s1, s2 have it; s3 has the first choice.
    Example(
        "I. Hafalir, M. Yenmez and M. Yildirim, TE 8 (2013): a reserve in place of that quota",
        replace(MINORITY, categories=KINDS, reserves={"c1": {"minority": 1}}),
        DeferredAcceptance(),
        "c1: s1 s2, c2: s3",
        lambda plain, found: found == by_quotas(plain),
    ),
    # Targets of five each: h1 keeps three, h2 five; the region's ten allow h2 two more. With the targets as
    # hard caps (`kamada_kojima2015_jrmp`) d9 and d10 had nothing.
    Example(
        "Y. Kamada and F. Kojima, AER 105 (2015), Example 1, flexible deferred acceptance",
        replace(TEN_DOCTORS, regions={"r": (10, ("h1", "h2"))}, targets={"h1": 5, "h2": 5}),
        FlexibleDeferredAcceptance(),
        "h1: d1 d2 d3, h2: d4 d5 d6 d7 d8 d9 d10",
        lambda plain, found: found == by_regions(plain),
    ),
    # Two choices a band. c keeps 4 of 1, 3, 4; e keeps 2 of 2, 5, 3; 5 takes c from 4, 4 takes e from 2,
    # 2 takes a from 1: final. Then 1 and 3 have a (full), d, b: d keeps 3, so 1 gets b.
    Example(
        "Y. Chen and O. Kesten, JPE 125 (2017), the family between the two, bands of two (instance of "
        "`chen_kesten2017_split_e1`)",
        FIVE_STUDENTS,
        Parallel((2,)),
        "a: 2, b: 1, c: 5, d: 3, e: 4",
        by_bands_of(2),
    ),
    # The same lists, bands of one: c takes 4, e takes 2; 1 gets a; 3 asks e and a, both gone, and gets d;
    # 5 asks c, gone, and gets b.
    Example(
        "the same, bands of one: immediate acceptance",
        FIVE_STUDENTS,
        ImmediateAcceptance(),
        "a: 1, b: 5, c: 4, d: 3, e: 2",
        by_bands_of(1),
    ),
    # The walk-zone seats first: w1, w2; the open ones then n1 and w3, the next in the order.
    # With the open seats first (`dkps2018_open_first`) k has w1, w2, w3, w4.
    Example(
        "U. Dur, S. Kominers, P. Pathak and T. Sönmez, JPE 126 (2018): the walk-zone half processed first",
        replace(
            WALK_ZONE,
            categories={a: frozenset({"walk"} if a[0] == "w" else ()) for a in WALK_ZONE.people},
            pools={"k": (PlainPool("walk", 2), PlainPool(None, 2))},
        ),
        DeferredAcceptance(),
        "k: w1 w2 n1 w3, out: n2 w4 n3 n4",
        lambda plain, found: found == slow_pools(plain)[0],
    ),
    # X lets in a, then b and d together although one seat is left; Y then has f, and g for the second seat.
    # (Highest limits leave b and d out: `biro_score_limit_H`.)
    Example(
        "P. Biró and S. Kiselgof, CEJOR 23 (2015): lower stable limits on the same lists",
        SCORES,
        DeferredAcceptance(),
        "X: a b d, Y: f g",
        lambda plain, found: found == slow_limits(plain, "admit_all"),
        "admit_all",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.source)
def test_the_example_has_its_outcome_by_hand_and_by_a_second_code(example: Example) -> None:
    found = outcome(example.plain, example.mechanism, example.ties)

    assert found == example.outcome
    assert example.second(example.plain, found)
    verify(example.plain.market(), run(example.plain, example.mechanism, example.ties)).check()


@given(plain_markets(ties=False, most_people=5))
@settings(max_examples=80)
def test_an_offer_that_stays_short_has_the_same_people_in_every_stable_outcome(plain: Plain) -> None:
    """A. Roth, "On the allocation of residents to rural hospitals", Econometrica 54 (1986), Theorem 1: all
    stable outcomes place the same people, and an offer with seats left has the same people in all of them."""
    stable = stable_matchings(plain)

    for propose in (DeferredAcceptance(), DeferredAcceptance("offers")):
        found = outcome(plain, propose, "order")
        for other in stable:
            assert {a for a, o in found.items() if o} == {a for a, o in other.items() if o}
            for offer in plain.offers:
                inside = set(holders(found, offer))
                assert len(inside) == len(holders(other, offer))
                assert len(inside) == plain.capacity[offer] or inside == set(holders(other, offer))
