"""The mechanisms that exist, by the name they have in market documents and policies."""

from __future__ import annotations

from collections.abc import Mapping

from allocation.deferred_acceptance import DeferredAcceptance
from allocation.efficiency_adjusted_deferred_acceptance import EfficiencyAdjustedDeferredAcceptance
from allocation.extended_seat_deferred_acceptance import ExtendedSeatDeferredAcceptance
from allocation.flexible_deferred_acceptance import FlexibleDeferredAcceptance
from allocation.immediate_acceptance import ImmediateAcceptance
from allocation.outcome import Mechanism
from allocation.parallel import Parallel
from allocation.priority_matching import PriorityMatching
from allocation.rank_maximal import RankMaximal
from allocation.redistribution_round import Redistribution
from allocation.serial_dictatorship import SerialDictatorship
from allocation.stable_improvement_cycles import StableImprovementCycles
from allocation.top_trading_cycles import TopTradingCycles

MECHANISMS: Mapping[str, type[Mechanism]] = {
    mechanism.name: mechanism
    for mechanism in (
        SerialDictatorship,
        DeferredAcceptance,
        ImmediateAcceptance,
        Parallel,
        TopTradingCycles,
        EfficiencyAdjustedDeferredAcceptance,
        StableImprovementCycles,
        FlexibleDeferredAcceptance,
        ExtendedSeatDeferredAcceptance,
        PriorityMatching,
        RankMaximal,
        Redistribution,
    )
}

PLANNED = frozenset({"optimal"})
"""Mechanisms of the market format that cannot be run yet: asked for, they are refused by name."""
