"""Where everybody's place is on their own list, and what they would have liked better."""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int32, Int64, read_only
from allocation.market import Market


def held_wishes(market: Market, assigned: Int32) -> Int64:
    """(n,) index of the wish that came true; -1 without a place, or with one that was not listed."""
    from allocation.place_kernels import find_places

    return find_places(market.wish_start, market.wish_offer, read_only(assigned, np.int32, "assigned"))


def desired_wishes(market: Market, assigned: Int32) -> Bool:
    """(w,) the wishes liked better than the place held; a place that was not listed is liked least."""
    from allocation.place_kernels import mark_desired

    return mark_desired(market.wish_start, held_wishes(market, assigned))


def by_offer(offer: Int32, keys: Int64, n_offers: int) -> tuple[Int64, Int64]:
    """Rows grouped by offer, the smallest key first: offsets (m + 1,) and the row numbers they cut."""
    from allocation.place_kernels import sort_at_offers

    count = np.bincount(offer, minlength=n_offers)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])
    return start, sort_at_offers(offer, keys, start)
