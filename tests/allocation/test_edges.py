"""The smallest and the most crowded markets, for every mechanism with everything it takes."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from allocation.allocate import allocate
from allocation.market_json import read_market
from allocation.result import assignment_document
from allocation.standing import NAMED_GROUPS
from tests import laws
from tests.allocation.documents import small_market
from tests.laws import ALL_SETUPS, Setup
from tests.strategies_market import Plain, PlainPool, outcome, run
from values.problems import BadInput, Refused

every_setup = pytest.mark.parametrize("setup", ALL_SETUPS, ids=str)
PEOPLE, OFFERS = ("甲", "乙", "ب"), ("一小", "二小")


def market(
    setup: Setup,
    people: tuple[str, ...] = PEOPLE,
    offers: tuple[str, ...] = OFFERS,
    *,
    seats: int = 2,
    wishes: int = 2,
    tied: bool = False,
) -> Plain:
    """Everybody lists the offers in the same order; with pools, quotas, … where the setup has them."""
    standing = {o: {a: 0 if tied else at for at, a in enumerate(people)} for o in offers}
    plain = Plain(
        people,
        offers,
        dict.fromkeys(offers, seats),
        dict.fromkeys(people, offers[:wishes]),
        standing,
        people,
        one_ranking="one_ranking" in setup.markets,
        categories={a: frozenset({"near"} if at % 2 else ()) for at, a in enumerate(people)},
    )
    return fitted(plain, set(setup.markets), seats)


def fitted(plain: Plain, kinds: set[str], seats: int) -> Plain:
    """The market with what the mechanism is about."""
    offers = plain.offers
    if "pools" in kinds:
        pools = (PlainPool("near", seats // 2), PlainPool(None, seats - seats // 2))
        plain = replace(plain, pools=dict.fromkeys(offers, pools))
    if "quotas" in kinds:
        plain = replace(plain, ceilings={o: {"near": 1} for o in offers})
    if "regions" in kinds:
        plain = replace(plain, regions={"r": (2 * seats, offers)}, targets=dict.fromkeys(offers, 0))
    if "minimum" in kinds:
        plain = replace(plain, minimum=dict.fromkeys(offers, 0), wishes=dict.fromkeys(plain.people, offers))
    if "costs" in kinds:
        costs = {(a, o): 1 for a in plain.people for o in offers}
        plain = replace(plain, costs=costs, accepts=frozenset(plain.people))
    return plain


def placed(setup: Setup, plain: Plain) -> list[str | None]:
    """The places, once the market has been through the laws."""
    laws.is_feasible(setup, plain)
    laws.keeps_its_promises(setup, plain)
    laws.is_the_same_in_any_order(setup, plain, Random(1))
    return list(outcome(plain, setup.mechanism, setup.ties).values())


@every_setup
def test_nobody_applies(setup: Setup) -> None:
    assert placed(setup, market(setup, people=())) == []


@every_setup
def test_nothing_is_offered(setup: Setup) -> None:
    assert placed(setup, market(setup, people=(), offers=())) == []
    if "minimum" in setup.markets:
        with pytest.raises(BadInput, match=r"market\.too_few_seats"):
            placed(setup, market(setup, offers=()))
    else:
        assert placed(setup, market(setup, offers=())) == [None] * 3


@every_setup
def test_no_offer_has_a_seat(setup: Setup) -> None:
    if "minimum" in setup.markets:
        with pytest.raises(BadInput, match=r"market\.too_few_seats"):
            placed(setup, market(setup, seats=0))
    else:
        assert placed(setup, market(setup, seats=0)) == [None] * 3


@every_setup
def test_everybody_lists_one_offer(setup: Setup) -> None:
    """Two seats for three people; the redistributions and complete lists place the third at the other."""
    found = placed(setup, market(setup, wishes=1))

    third = "二小" if {"minimum", "costs"} & set(setup.markets) else None
    assert sorted(found, key=str) == sorted(("一小", "一小", third), key=str)


@every_setup
def test_everybody_is_equal(setup: Setup) -> None:
    """A seat each for three equals: without chance all, none, or a refusal; by lot two of them."""
    plain = market(setup, seats=1 if "minimum" not in setup.markets else 2, tied=True)

    if setup.ties == "refuse":
        with pytest.raises(Refused) as refusal:
            run(plain, setup.mechanism, "refuse")
        assert {problem.code for problem in refusal.value.problems} <= {
            "allocation.tie_refused",
            "allocation.ranking_tie_refused",
        }
    else:
        expected = {"admit_all": 3, "exclude_all": 0}.get(setup.ties, 3 if "minimum" in setup.markets else 2)
        assert sum(place is not None for place in placed(setup, plain)) == expected


@pytest.mark.parametrize(
    "rule", ["deferred_acceptance", "serial_dictatorship", "top_trading_cycles", "priority_matching"]
)
def test_thousands_of_small_tied_groups_are_counted_and_the_first_are_named(rule: str) -> None:
    """3,000 offers with a place for two equals each."""
    groups = range(3000)
    people = [
        {"id": f"p{g}{twin}", "preferences": [f"s{g}"], "points": f"{9 - g % 10}"}
        for g in groups
        for twin in "ab"
    ]
    offers = [{"id": f"s{g}", "capacity": 1} for g in groups]
    case = read_market(small_market(mechanism={"name": rule}, applicants=people, offers=offers))

    with pytest.raises(Refused) as refusal:
        allocate(case.market, case.mechanism, "refuse")

    *named, more = refusal.value.problems
    assert len(named) == NAMED_GROUPS
    assert (more.code, dict(more.params)) == ("allocation.more_ties", {"named": "100", "number": "3000"})
    first = sorted(f"s{g}" for g in groups if rule != "priority_matching" or g % 10 == 0)[:NAMED_GROUPS]
    assert [dict(problem.params)["people"] for problem in named] == [f"p{s[1:]}a, p{s[1:]}b" for s in first]
    assert {dict(problem.params)["number"] for problem in named} == {"2"}


def test_the_groups_named_do_not_depend_on_the_order_of_rows() -> None:
    groups = [f"{g:03d}" for g in range(150)]
    people = [{"id": f"p{g}{twin}", "preferences": [f"s{g}"], "points": "1"} for g in groups for twin in "ab"]
    offers = [{"id": f"s{g}", "capacity": 1} for g in groups]
    told = []
    for turned in (slice(None), slice(None, None, -1)):
        for rule in ("top_trading_cycles", "deferred_acceptance", "priority_matching"):
            document = small_market(
                mechanism={"name": rule}, applicants=people[turned], offers=offers[turned]
            )
            case = read_market(document)
            with pytest.raises(Refused) as refusal:
                allocate(case.market, case.mechanism, "refuse")
            told.append(refusal.value.problems)

    assert told[:3] == told[3:]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("caf\u00e9", "cafe\u0301"),
        ("가", "\u1100\u1161"),
        ("Å", "\u212b"),
    ],
)
def test_ids_that_are_equal_once_normalised_are_one_id_twice(one: str, other: str) -> None:
    """In either table; and a list that names an offer in another form means that offer."""
    people = [{"id": x, "preferences": ["s1"], "points": "1"} for x in (one, other)]
    offers = [{"id": x, "capacity": 1} for x in ("s1", one, other)]

    with pytest.raises(BadInput) as error:
        read_market(small_market(applicants=people, offers=offers))

    assert {(problem.code, problem.place.path) for problem in error.value.problems} == {
        ("market.duplicate_applicant", "$.applicants[1].id"),
        ("market.duplicate_offer", "$.offers[2].id"),
    }
    case = read_market(
        small_market(
            applicants=[{"id": "a", "preferences": [other], "points": "1"}],
            offers=[{"id": one, "capacity": 1}],
        )
    )
    assert assignment_document(case.market, allocate(case.market, case.mechanism)) == {"a": one}
