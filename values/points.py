"""Exact points: integers of 10^-scale inside, decimal strings outside, never floats."""

from __future__ import annotations

import re
from decimal import Decimal

from values.problems import Place, bad_input

_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")
MAX_SCALE = 9


def to_units(amount: str | int | Decimal, scale: int, place: Place | None = None) -> int:
    """The amount in units of 10^-scale.

    >>> to_units("1.5", 2)
    150

    Raises:
        BadInput: `points.not_a_number`, or `points.inexact` when the amount needs more decimals.
    """
    text = format(amount, "f") if isinstance(amount, Decimal) else str(amount)
    if isinstance(amount, bool) or not _DECIMAL.fullmatch(text):
        raise bad_input("points.not_a_number", place, value=amount)
    sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text.lstrip("+"))
    whole, _, fraction = digits.partition(".")
    if fraction[scale:].strip("0"):
        raise bad_input("points.inexact", place, value=amount, decimals=scale)
    return sign * int(whole + fraction[:scale].ljust(scale, "0"))


def to_text(units: int, scale: int) -> str:
    """The shortest decimal string of an amount held in units of 10^-scale.

    >>> to_text(150, 2), to_text(-5, 1), to_text(300, 2)
    ('1.5', '-0.5', '3')
    """
    whole, fraction = divmod(abs(int(units)), 10**scale)
    digits = f"{whole}.{fraction:0{scale}d}".rstrip("0").rstrip(".") if scale else str(whole)
    return f"-{digits}" if units < 0 else digits
