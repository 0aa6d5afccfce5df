"""The published figures of a wish: tier, points, tie keys, place in the tie order. Text and integers only."""

from __future__ import annotations

from allocation.market import Key, Market


def fixed_text(units: int, scale: int) -> str:
    """The decimal text of an amount with all decimals of its scale.

    >>> fixed_text(8750, 2), fixed_text(-5, 1), fixed_text(3, 0)
    ('87.50', '-0.5', '3')
    """
    whole, fraction = divmod(abs(int(units)), 10**scale)
    digits = f"{whole}.{fraction:0{scale}d}" if scale else str(whole)
    return f"-{digits}" if units < 0 else digits


def figures_at(market: Market, wish: int) -> dict[str, object]:
    """What the person of a wish brings to that offer; only what the offer ranks by."""
    figures, person = market.figures, int(market.wish_person[wish])
    shown: dict[str, object] = {}
    if figures.listed is None or not figures.listed[market.wish_offer[wish]]:
        if figures.tier is not None:
            shown["tier"] = int(figures.tier[wish])
        points = points_at(market, wish)
        if points is not None:
            shown["points"] = fixed_text(points, figures.points_scale)
        if figures.keys:
            shown["tie_keys"] = [key_text(key, int(key.values[person])) for key in figures.keys]
    return shown


def points_at(market: Market, wish: int) -> int | None:
    """The points the person brings to that offer, in units; None in a market without points."""
    figures = market.figures
    if figures.wish_points is not None:
        return int(figures.wish_points[wish])
    return None if figures.points is None else int(figures.points[market.wish_person[wish]])


def key_text(key: Key, units: int) -> int | str:
    """A tie key's number: an integer, or decimal text if the key has decimals."""
    return fixed_text(units, key.scale) if key.scale else units
