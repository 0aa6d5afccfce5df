"""The laws say of every outcome of a small market exactly what trying all outcomes says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from verifier.verify_bundle import Bundle, Fault
from verifier.verify_places import preferences
from verifier.verify_redistribution import redistribution

OFFERS = ("a", "b", "c")
Outcome = tuple[str, ...]  # by person, best placed first; "" is no place


class Market:
    """What the checks ask of a bundle, for one stage: persons are 0, 1, … from the best placed on."""

    def __init__(
        self, seats: dict[str, int], outcome: Outcome, tables: dict[str, list[dict[str, str]]], ties: str
    ):
        people = [
            {
                "candidate": str(i),
                "position": i,
                "scope": "*",
                "row": i + 2,
                "stage": 0,
                "offer": offer,
                "outcome": "placed" if offer else "waiting",
            }
            for i, offer in enumerate(outcome)
        ]
        admitted: dict[str, list[Any]] = defaultdict(list)
        for person in people:
            if person["offer"]:
                admitted[str(person["offer"])].append(person)
        stage = {
            "seats": seats,
            "people": people,
            "admitted": admitted,
            "quota": False,
            "wishes": 9,
            "name": "s",
        }
        self.stage = stage | {
            "moves": "costs.csv" in tables,
            "mechanism": "deferred_acceptance",
            "tiers": "catchment" if "priorities.csv" in tables else None,
        }
        self.stages, self.about = [self.stage], {"ranking": {"ties": [ties]}}
        self.people = people
        offers = [{"offer": o, "scope": "*", "seats": str(seats.get(o, 0))} for o in OFFERS]
        self.tables = tables | {"offers.csv": offers}
        self.about |= {"stages": [self.stage], "refusal": {"refill": False}, "round": {"service": "s"}}
        self.marks: list[str] = []  # no points count at some offers only

    form = "audit"
    fault, same, fair, chosen, priority = (
        Fault,
        staticmethod(Bundle.same),
        Bundle.fair,
        Bundle.chosen,
        Bundle.priority,
    )

    def rows(self, file: str) -> Iterator[tuple[int, dict[str, str]]]:
        return iter(enumerate(self.tables.get(file, []), 2))

    def read(self, file: str) -> bytes:
        return b'{"services":{"s":{"allocation":{"stages":[]}}}}\n'  # every offer accepts everybody

    def accepts(self, check: Any) -> bool:
        try:
            check(self)
        except Fault as fault:
            return fault.result != "failed"
        return True


def outcomes(options: list[list[str]], seats: dict[str, int]) -> list[Outcome]:
    """Everything that respects the seats."""
    return [
        outcome
        for outcome in product(*([*offers, ""] for offers in options))
        if all(n <= seats.get(offer, 0) for offer, n in Counter(outcome).items() if offer)
    ]


@st.composite
def placements(draw: st.DrawFn) -> tuple[dict[str, int], list[dict[str, int]]]:
    seats = {offer: draw(st.integers(0, 2)) for offer in OFFERS}
    people = draw(st.integers(1, 4))
    prices = st.dictionaries(st.sampled_from(OFFERS), st.integers(0, 4), max_size=3)
    return seats, [draw(prices) for _ in range(people)]


@given(placements(), st.booleans())
def test_a_redistribution_is_accepted_if_and_only_if_no_other_is_better(
    market: tuple[dict[str, int], list[dict[str, int]]], in_turn: bool
) -> None:
    """Best set by ranking, then least total (but not in turn), then in turn the least cost, first name."""
    seats, costs = market
    everything = outcomes([sorted(prices) for prices in costs], seats)

    def worth(outcome: Outcome) -> tuple[Any, ...]:
        paid = [costs[i][offer] if offer else 0 for i, offer in enumerate(outcome)]
        return (
            [not offer for offer in outcome],
            0 if in_turn else sum(paid),
            [*zip(paid, outcome, strict=True)],
        )

    best = min(worth(outcome) for outcome in everything)
    pairs = [
        {"candidate": str(i), "offer": offer, "metres": str(metres)}
        for i, prices in enumerate(costs)
        for offer, metres in sorted(prices.items())
    ]
    assume(pairs)

    for outcome in everything:
        tried = Market(seats, outcome, {"costs.csv": pairs}, "lottery")
        tried.stage |= {"then": "in_order"} if in_turn else {}
        accepted = tried.accepts(redistribution)
        assert accepted == (worth(outcome) == best), (outcome, worth(outcome), best)


@st.composite
def wishing(draw: st.DrawFn) -> tuple[dict[str, int], list[list[str]], dict[tuple[int, str], int]]:
    seats = {offer: draw(st.integers(0, 2)) for offer in OFFERS}
    people = draw(st.integers(1, 4))
    wishes = [draw(st.lists(st.sampled_from(OFFERS), unique=True, max_size=3)) for _ in range(people)]
    tiers = {(i, offer): draw(st.integers(1, 2)) for i, listed in enumerate(wishes) for offer in listed}
    return seats, wishes, tiers


@given(wishing())
def test_wishes_are_accepted_if_and_only_if_no_one_envies_justly_and_no_seat_is_wasted(
    market: tuple[dict[str, int], list[list[str]], dict[tuple[int, str], int]],
) -> None:
    seats, wishes, tiers = market
    tables = {
        "preferences.csv": [
            {"candidate": str(i), "offer": o} for i, listed in enumerate(wishes) for o in listed
        ],
        "priorities.csv": [
            {"stage": "s", "candidate": str(i), "offer": o, "tier": str(t)} for (i, o), t in tiers.items()
        ],
    }

    def stable(outcome: Outcome) -> bool:
        for i, listed in enumerate(wishes):
            better = listed[: listed.index(outcome[i])] if outcome[i] else listed
            for offer in better:
                holders = [j for j, held in enumerate(outcome) if held == offer]
                behind = [j for j in holders if (tiers[j, offer], j) > (tiers[i, offer], i)]
                if behind or len(holders) < seats[offer]:
                    return False
        return True

    for outcome in outcomes(wishes, seats):
        assert Market(seats, outcome, tables, "lottery").accepts(preferences) == stable(outcome), outcome


@given(
    st.integers(0, 4),
    st.lists(st.integers(1, 3), min_size=1, max_size=6),
    st.sampled_from(["admit_all", "exclude_all", "refuse"]),
)
def test_people_tied_at_the_limit_all_enter_or_all_stay_out_or_are_refused(
    seats: int, positions: list[int], ties: str
) -> None:
    claims: Any = [
        ((0, position), {"candidate": str(i), "row": i}) for i, position in enumerate(sorted(positions))
    ]
    market = Market({"a": seats}, (), {}, ties)
    inside = sorted(positions)[:seats]
    tied = 0 < seats < len(positions) and sorted(positions)[seats] == inside[-1]

    if tied and ties == "refuse":
        assert not market.accepts(lambda bundle: bundle.chosen(claims, seats, "a"))
        return
    chosen = [sorted(positions)[person["row"]] for person in market.chosen(claims, seats, "a")]

    if tied:
        limit = inside[-1]
        inside = [p for p in sorted(positions) if p < limit or (p == limit and ties == "admit_all")]
    assert chosen == inside
