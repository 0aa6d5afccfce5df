from __future__ import annotations

import doctest
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import allocation.distance
from allocation.distance import EARTH_RADIUS_M, metres, metres_between
from allocation.nearest import Points, nearest_pairs
from values.problems import BadInput

longitudes = st.integers(-18_000_000, 18_000_000)
latitudes = st.integers(-9_000_000, 9_000_000)
points = st.tuples(longitudes, latitudes)


def vector(one: tuple[int, int], other: tuple[int, int]) -> int:
    return int(metres(*(np.array([value]) for value in (*one, *other)))[0])


def by_the_formula(one: tuple[int, int], other: tuple[int, int]) -> float:
    (lon1, lat1), (lon2, lat2) = ((radians(x / 1e5), radians(y / 1e5)) for x, y in (one, other))
    share = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(share, 1)))


@given(points, points)
def test_arrays_and_single_pairs_give_the_same_metres(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert vector(one, other) == metres_between(*one, *other)
    assert metres_between(*one, *other) == metres_between(*other, *one)


@given(points, points)
def test_the_metres_are_the_rounded_haversine(one: tuple[int, int], other: tuple[int, int]) -> None:
    expected = by_the_formula(one, other)
    assume(expected < 15_000_000)  # farther apart the formula in floating point is no reference

    assert metres_between(*one, *other) == pytest.approx(expected, abs=0.500001)


def test_known_distances() -> None:
    """A degree of latitude, half a circle, a quarter, the same point, across the date line."""
    assert metres_between(0, 0, 0, 100_000) == 111_195
    assert metres_between(0, 0, 18_000_000, 0) == 20_015_114
    assert metres_between(0, 0, 9_000_000, 0) == 10_007_557
    assert metres_between(11_338_000, 2_252_000, 11_338_000, 2_252_000) == 0
    assert metres_between(-18_000_000, 500, 18_000_000, 500) == 0


def test_a_distance_next_to_a_half_metre_is_decided_exactly() -> None:
    """Along a meridian length is angle times radius; every step within a millionth of a half metre."""
    steps = np.arange(1, 9_000_001)
    lengths = steps * (radians(1e-5) * EARTH_RADIUS_M)
    near = steps[np.abs(lengths % 1 - 0.5) < 1e-6]
    nowhere = np.zeros(near.size, int)

    rounded = metres(nowhere, nowhere, nowhere, near)

    unit = Decimal("3.14159265358979323846264338327950288") / 18_000_000 * Decimal("6371008.8")
    assert near.size > 10
    assert rounded.tolist() == [round(int(step) * unit) for step in near]


def test_points_broadcast() -> None:
    table = metres(np.array([[0], [100]]), np.zeros((2, 1), int), np.array([0, 100, 200]), np.zeros(3, int))

    assert table.tolist() == [[0, 111, 222], [111, 0, 111]]


def test_coordinates_off_the_globe_are_refused_all_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        metres(np.array([0, 18_000_001]), np.array([-9_000_001, 0]), np.zeros(2, int), np.zeros(2, int))

    found = [(problem.code, problem.place.row, dict(problem.params)) for problem in caught.value.problems]
    assert found == [
        ("redistribution.coordinate_range", 2, {"name": "longitude", "value": "18000001"}),
        ("redistribution.coordinate_range", 1, {"name": "latitude", "value": "-9000001"}),
    ]


def test_the_example_in_the_source_is_true() -> None:
    assert doctest.testmod(allocation.distance).failed == 0


@st.composite
def neighbourhoods(draw: st.DrawFn) -> dict[str, list[int]]:
    """Few different points, so that many distances are equal."""
    n, m = draw(st.integers(0, 5)), draw(st.integers(1, 9))
    spread = st.integers(0, draw(st.sampled_from([0, 3, 20_000])))
    drawn = {"person": n, "offer": m}
    return {
        f"{who}_{what}": [draw(values) for _ in range(size)]
        for who, size in drawn.items()
        for what, values in (("x", spread), ("y", spread), ("scope", st.integers(0, 1)))
    } | {"seats": [draw(st.integers(0, 2)) for _ in range(m)], "order": draw(st.permutations(range(m)))}


@given(neighbourhoods(), st.sampled_from([None, 1, 2, 4]), st.sampled_from([None, 0, 3, 15_000]))
def test_pairs_are_the_nearest_open_offers_of_the_scope(
    place: dict[str, list[int]], nearest: int | None, max_cost: int | None
) -> None:
    people, offers = (
        Points(*(np.array(place[f"{who}_{what}"], int) for what in ("x", "y", "scope")))
        for who in ("person", "offer")
    )

    pairs = nearest_pairs(
        people,
        offers,
        seats=np.array(place["seats"]),
        nearest=nearest,
        max_cost=max_cost,
        offer_order=np.array(place["order"], np.int32),
    )

    for a, scope in enumerate(place["person_scope"]):
        home = (place["person_x"][a], place["person_y"][a])
        open_offers = [
            (metres_between(*home, place["offer_x"][o], place["offer_y"][o]), place["order"][o], o)
            for o in range(len(place["seats"]))
            if place["offer_scope"][o] == scope and place["seats"][o]
        ]
        within = sorted(offer for offer in open_offers if max_cost is None or offer[0] <= max_cost)
        expected = sorted((o, far) for far, _, o in within[:nearest])
        own = slice(pairs.start[a], pairs.start[a + 1])
        assert list(zip(pairs.offer[own], pairs.metres[own], strict=True)) == expected


@pytest.mark.parametrize("limits", [{"nearest": 0}, {"max_cost": -1}])
def test_limits_that_let_nobody_through_are_refused(limits: dict[str, Any]) -> None:
    nowhere = Points(np.zeros(1, int), np.zeros(1, int))

    with pytest.raises(BadInput) as caught:
        nearest_pairs(nowhere, nowhere, **limits)

    assert [problem.code for problem in caught.value.problems] == ["redistribution.limit_range"]
