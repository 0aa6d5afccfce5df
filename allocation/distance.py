"""Great-circle metres between WGS-84 points by the haversine formula on a sphere of 6,371,008.8 m.

Coordinates are integers of 10^-5 degrees. The result is the mathematically exact value, rounded half
to even: sines differ in the last bit between platforms, so wherever binary floating point comes within
`_DOUBTFUL` of a half metre, or loses its accuracy near the antipode, decimal arithmetic decides. A
distance is therefore the same number on every machine.

Source: mean radius R1 of WGS-84 (IUGG 1980); R. W. Sinnott, "Virtues of the Haversine", Sky and
Telescope 68 (1984).
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import lru_cache
from math import asin, radians, sqrt

import numpy as np
import numpy.typing as npt

from values.problems import BadInput, Place, Problem

EARTH_RADIUS_M = 6_371_008.8
UNITS_PER_DEGREE = 100_000
LONGITUDE_LIMIT = 180 * UNITS_PER_DEGREE
LATITUDE_LIMIT = 90 * UNITS_PER_DEGREE
_RADIANS_PER_UNIT = radians(1) / UNITS_PER_DEGREE
_DOUBTFUL = 1e-6
_FAR = 0.98  # above this haversine the arcsine loses more than `_DOUBTFUL`
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
_DIGITS = 50

Units = npt.NDArray[np.int32] | npt.NDArray[np.int64]


def metres(lon1: Units, lat1: Units, lon2: Units, lat2: Units) -> npt.NDArray[np.int64]:
    """Metres between points, element by element; the four arrays broadcast against each other.

    Raises:
        BadInput: `redistribution.coordinate_range`.
    """
    _refuse_out_of_range(longitude=lon1, latitude=lat1)
    _refuse_out_of_range(longitude=lon2, latitude=lat2)
    points = np.broadcast_arrays(*(np.asarray(a, dtype=np.int64) for a in (lon1, lat1, lon2, lat2)))
    share = _haversine(*points)
    exact = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(share, 1.0)))
    rounded = np.rint(exact).astype(np.int64)
    doubtful = (np.abs(exact - np.floor(exact) - 0.5) < _DOUBTFUL) | (share > _FAR)
    rounded[doubtful] = [
        _decimal_metres(*map(int, p)) for p in zip(*(a[doubtful] for a in points), strict=True)
    ]
    return rounded


def metres_between(lon1: int, lat1: int, lon2: int, lat2: int) -> int:
    """Metres between two points; equal to `metres`, for one pair.

    >>> metres_between(11338000, 2252000, 11338000, 2253000)  # one hundredth of a degree north
    1112

    Raises:
        BadInput: `redistribution.coordinate_range`.
    """
    for longitude, latitude in ((lon1, lat1), (lon2, lat2)):
        _refuse_out_of_range(longitude=np.array([longitude]), latitude=np.array([latitude]))
    return _decimal_metres(lon1, lat1, lon2, lat2)


def _haversine(
    lon1: npt.NDArray[np.int64],
    lat1: npt.NDArray[np.int64],
    lon2: npt.NDArray[np.int64],
    lat2: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """sin²(Δφ/2) + cos φ1 cos φ2 sin²(Δλ/2). The differences are taken as integers: no cancellation."""
    across = np.sin((lat2 - lat1) * (_RADIANS_PER_UNIT / 2))
    along = np.sin((lon2 - lon1) * (_RADIANS_PER_UNIT / 2))
    shrink = np.cos(lat1 * _RADIANS_PER_UNIT) * np.cos(lat2 * _RADIANS_PER_UNIT)
    share: npt.NDArray[np.float64] = across * across + shrink * along * along
    return share


@lru_cache(maxsize=65536)
def _decimal_metres(lon1: int, lat1: int, lon2: int, lat2: int) -> int:
    """The same distance, decided at fifty digits: which whole metre's half-way marks enclose it."""
    with localcontext() as context:
        context.prec, context.rounding = _DIGITS, ROUND_HALF_EVEN
        unit = _PI / 180 / UNITS_PER_DEGREE
        across, along = _sin(unit * (lat2 - lat1) / 2), _sin(unit * (lon2 - lon1) / 2)
        shrink = _sin(_PI / 2 - unit * abs(lat1)) * _sin(_PI / 2 - unit * abs(lat2))
        share = min(across * across + shrink * along * along, Decimal(1))
        metre = max(int(2 * EARTH_RADIUS_M * asin(sqrt(share))) - 2, 0)
        while _is_beyond_half(share, metre):
            metre += 1
        return metre


def _is_beyond_half(share: Decimal, metre: int) -> bool:
    """Whether the distance is above `metre` + ½, or exactly there with `metre` odd (half to even)."""
    angle = (Decimal(metre) + Decimal("0.5")) / (2 * Decimal(str(EARTH_RADIUS_M)))
    if angle >= _PI / 2:
        return False
    mark = _sin(angle) ** 2
    return share > mark or (share == mark and metre % 2 == 1)


def _sin(angle: Decimal) -> Decimal:
    """Sine by its series, |angle| <= π."""
    term = total = angle
    for n in range(3, 121, 2):
        term = -term * angle * angle / (n * (n - 1))
        total += term
        if abs(term) < Decimal(10) ** (-_DIGITS - 5):
            break
    return total


def _refuse_out_of_range(*, longitude: Units, latitude: Units) -> None:
    """Every coordinate beyond ±180° or ±90°, by its position from 1."""
    problems = [
        Problem.of(
            "redistribution.coordinate_range", Place(row=int(at) + 1), name=name, value=int(values.flat[at])
        )
        for name, values, limit in (
            ("longitude", longitude, LONGITUDE_LIMIT),
            ("latitude", latitude, LATITUDE_LIMIT),
        )
        for at in np.flatnonzero(np.abs(np.asarray(values)) > limit)
    ]
    if problems:
        raise BadInput(problems)
