"""The answer as a document, `allocation/1`: who got what, the cut-offs, the laws, who waits, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from allocation.cutoffs import cutoff_document
from allocation.laws import Laws
from allocation.market import Market
from allocation.outcome import Allocation, has_lines
from allocation.tie_costs import tie_cost
from allocation.waiting import waiting_document
from allocation.why_not import Outcome, why_not
from values.canonical import digest_of

FORMAT = "allocation/1"
NOT_DIGESTED = frozenset({"digest", "seconds"})


def allocation_document(outcome: Outcome, laws: Laws, *, why: Iterable[int] | None = ()) -> dict[str, object]:
    """The whole answer. `why` are the people (row numbers) to give reasons for; None for everybody.

    The digest covers everything but itself and `seconds`, which the caller may add.
    """
    market, allocation = outcome.market, outcome.allocation
    document: dict[str, object] = _head(outcome, laws) | {
        "assignment": assignment_document(market, allocation),
        "pools": pools_document(market, allocation),
        "cutoffs": _cutoffs(outcome),
        "waiting": waiting_document(market, outcome.waiting),
    }
    reasons = why_not(outcome, why)
    if reasons:
        document["why_not"] = reasons
    return with_digest(document)


def summary_document(outcome: Outcome, laws: Laws, *, tables: Mapping[str, str]) -> dict[str, object]:
    """The answer's `result.json` beside tables: everything but the rows, and the tables' digests by file."""
    allocation = outcome.allocation
    counted = int(np.count_nonzero(allocation.assigned >= 0))
    counts = {"applicants": allocation.assigned.size, "placed": counted}
    return with_digest(_head(outcome, laws) | {"counts": counts, "tables": dict(tables)})


def with_digest(document: dict[str, object]) -> dict[str, object]:
    """The document with the digest of its canonical JSON."""
    counted = {key: value for key, value in document.items() if key not in NOT_DIGESTED}
    return document | {"digest": digest_of(counted)}


def assignment_document(market: Market, allocation: Allocation) -> dict[str, str | None]:
    """Each applicant's offer by id, None for nobody's."""
    names: tuple[str | None, ...] = (*market.offers, None)
    return {
        name: names[offer]
        for name, offer in zip(market.applicants, allocation.assigned.tolist(), strict=True)
    }


def pools_document(market: Market, allocation: Allocation) -> dict[str, int]:
    """The position of the pool, for those who sit in one that the market states."""
    rows = np.flatnonzero(sits_in_stated_pool(market, allocation))
    return {market.applicants[row]: int(allocation.pool[row]) for row in rows}


def sits_in_stated_pool(market: Market, allocation: Allocation) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) whether the pool of the person's place was given by the market, not made for an offer without."""
    placed = (allocation.pool >= 0) & (allocation.assigned >= 0)
    if market.pools is None:
        return np.zeros(placed.size, bool)
    stated = placed.copy()
    stated[placed] = market.pools.declared[allocation.assigned[placed]]
    return stated


def _head(outcome: Outcome, laws: Laws) -> dict[str, object]:
    allocation = outcome.allocation
    return {
        "format": FORMAT,
        "mechanism": allocation.mechanism,
        "status": allocation.status,
        "laws": laws.document(),
        "ties": tie_cost(outcome.market, allocation).document(),
        "exceptions": [
            {"code": exception.code, **dict(exception.params)}
            for exception in (allocation.main or allocation).exceptions
        ],
    }


def _cutoffs(outcome: Outcome) -> dict[str, list[dict[str, object]]]:
    """The lines; a redistribution alone has none, nor has a mechanism that no line describes."""
    allocation = outcome.allocation
    if not has_lines(allocation):
        return {}
    return cutoff_document(outcome.market, allocation, outcome.cutoffs)
