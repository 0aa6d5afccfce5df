"""The mechanisms that exist, by the name they have in market documents and policies."""

from __future__ import annotations

from collections.abc import Mapping

from allocation.deferred_acceptance import DeferredAcceptance
from allocation.outcome import Mechanism
from allocation.redistribution_round import Redistribution
from allocation.serial_dictatorship import SerialDictatorship

MECHANISMS: Mapping[str, type[Mechanism]] = {
    SerialDictatorship.name: SerialDictatorship,
    DeferredAcceptance.name: DeferredAcceptance,
    Redistribution.name: Redistribution,
}

PLANNED = frozenset(
    {
        "immediate_acceptance",
        "parallel",
        "top_trading_cycles",
        "efficiency_adjusted_deferred_acceptance",
        "stable_improvement_cycles",
        "flexible_deferred_acceptance",
        "extended_seat_deferred_acceptance",
        "priority_matching",
        "rank_maximal",
        "optimal",
    }
)
"""Mechanisms of the market format that cannot be run yet: asked for, they are refused by name."""
