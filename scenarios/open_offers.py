"""Which offers are open to whom: of a type that the person may have, and accepting that person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocation.arrays import Int32
from allocation.market import REASONS, Removed
from scoring.allocation_rule import Fits

if TYPE_CHECKING:
    from scenarios.markets import Ground

NOT_ACCEPTED = "accepts:"
"""Before the id of the rule by which an offer accepts others only; no type of offer has such a name."""


def closed(ground: Ground, person: Int32, offer: Int32) -> Int32:
    """(p,) for pairs of a ranked person and an offer: what keeps them apart, -1 if nothing does.

    The number of the type in `fits` where the person may not have it; after the types, that of the first
    rule of `accepts` by which the offer accepts others only.
    """
    why = np.full(person.size, -1, dtype=np.int32)
    types = [] if ground.fits is None else list(ground.fits.types)
    for at, rule in reversed(list(enumerate(ground.accepts, len(types)))):
        marked = ground.offers[rule.marked].to_numpy()[offer]
        why[marked & ~ground.members[rule.id][person]] = at
    if ground.fits is not None:
        unfit = ~_of_types(ground, ground.fits, person, offer)
        kind = ground.offers["type"].cast(pl.Enum(types)).to_physical().to_numpy()[offer]
        why[unfit] = kind[unfit]
    return why


def _of_types(ground: Ground, fits: Fits, person: Int32, offer: Int32) -> NDArray[np.bool_]:
    """(p,) whether each of these offers is of a type that the person may have."""
    allowed = [(member, kind) for member, kinds in fits.allowed.items() for kind in kinds]
    known = pl.DataFrame(allowed, schema={"member": pl.String, "type": pl.String}, orient="row")
    pairs = pl.DataFrame(
        {
            "member": ground.candidates[fits.fact].cast(pl.String).gather(person),
            "type": ground.offers["type"].cast(pl.String).gather(offer),
        }
    )
    found = pairs.join(known.with_columns(fit=True), on=["member", "type"], how="left", maintain_order="left")
    return found["fit"].fill_null(False).to_numpy()


def removed_wishes(ground: Ground, person: Int32, offer: Int32, why: Int32) -> Removed:
    """The wishes that are `closed`, with what keeps them apart, for the reasons given later."""
    out = np.flatnonzero(why >= 0)
    if not out.size:
        return Removed.nothing()
    types = () if ground.fits is None else tuple(ground.fits.types)
    return Removed(
        person[out],
        offer[out],
        np.cumsum(why < 0)[out].astype(np.int64),
        np.full(out.size, REASONS.index("requires"), np.int8),
        why[out].astype(np.int64),
        np.zeros(out.size, np.int64),
        (*types, *(f"{NOT_ACCEPTED}{rule.id}" for rule in ground.accepts)),
    )
