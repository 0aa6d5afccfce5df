"""What equal treatment costs: with tied groups a false list can pay. Documented, so shown."""

from __future__ import annotations

import pytest

from allocation.deferred_acceptance import DeferredAcceptance
from allocation.market import TiePolicy
from tests.strategies_market import Plain, outcome


def town(wishes: dict[str, str], places: dict[str, str]) -> Plain:
    """Offers A, B and D with a seat each; `places` lists people best first, `=` ties with the one before."""
    standing: dict[str, dict[str, int]] = {}
    for offer, order in places.items():
        groups = [group.split("=") for group in order.split()]
        standing[offer] = {person: at for at, group in enumerate(groups) for person in group}
    return Plain(
        tuple(wishes),
        tuple(places),
        dict.fromkeys(places, 1),
        {person: tuple(offers) for person, offers in wishes.items()},
        {offer: {person: ranks.get(person, 9) for person in wishes} for offer, ranks in standing.items()},
        tuple(wishes),
    )


@pytest.mark.parametrize(
    ("ties", "wishes", "places"),
    [
        ("exclude_all", {"a": "AD", "b": "BAD", "c": "AB"}, {"A": "a=b c", "B": "c b", "D": "a=b"}),
        (
            "admit_all",
            {"a": "AD", "b1": "BA", "b2": "BD", "c": "AB"},
            {"A": "b1 a c", "B": "c b1=b2", "D": "b2 a"},
        ),
    ],
)
def test_a_false_list_can_pay_where_equals_share_one_fate(
    ties: TiePolicy, wishes: dict[str, str], places: dict[str, str]
) -> None:
    """By asking for A first, a starts a chain that pushes out two people, who come back to push out a."""
    plain = town(wishes, places)

    honest = outcome(plain, DeferredAcceptance(), ties)["a"]
    lied = outcome(plain.with_wishes("a", ("D",)), DeferredAcceptance(), ties)["a"]

    assert (honest, lied) == (None, "D")
