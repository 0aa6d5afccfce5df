"""The one way in: a market, a mechanism, a tie policy; out comes who got what."""

from __future__ import annotations

from allocation.market import Market, TiePolicy
from allocation.outcome import Allocation, Mechanism
from values.progress import Progress, no_progress


def allocate(
    market: Market, mechanism: Mechanism, ties: TiePolicy = "refuse", progress: Progress = no_progress
) -> Allocation:
    """Allocate the places of a market. The outcome does not depend on the order of the input.

    Check it with `verify.verify` before anybody sees it.

    Raises:
        BadInput: the market lacks what the mechanism or the tie policy needs (`market.*`).
        Refused: `allocation.tie_refused`; a mechanism's own refusals.
    """
    return mechanism.allocate(market, ties, progress)
