"""Minimum-cost flow from groups of people to offers, by OR-Tools. Imported late: OR-Tools is heavy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from allocation.arrays import Int64
from values.problems import Refused, refused


def least_cost_flow(
    *,
    tail: NDArray[np.integer],
    head: NDArray[np.integer],
    cost: Int64,
    supply: NDArray[np.integer],
    capacity: NDArray[np.integer],
) -> Int64:
    """How many people of group `tail` go to offer `head`, per pair, at least total cost.

    Every group's `supply` leaves it; no offer takes more than its `capacity`.

    Raises:
        Refused: `redistribution.infeasible`, `redistribution.cost_range`, `redistribution.not_optimal`.
    """
    groups, offers = supply.size, capacity.size
    sink = groups + offers
    nodes = np.arange(groups, sink)
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(  # x_go
        tail.astype(np.int32), (groups + head).astype(np.int32), supply[tail].astype(np.int64), cost
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        nodes.astype(np.int32),
        np.full(offers, sink, np.int32),
        capacity.astype(np.int64),
        np.zeros(offers, np.int64),
    )
    solver.set_nodes_supplies(
        np.append(np.arange(groups), sink).astype(np.int32), np.append(supply, -supply.sum()).astype(np.int64)
    )
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise _refusal(status.name, int(cost.max()))
    flow: Int64 = np.asarray(solver.flows(arcs), dtype=np.int64)
    return flow


def _refusal(status: str, largest: int) -> Refused:
    """What the solver's status means for the office."""
    if status == "BAD_COST_RANGE":
        return refused("redistribution.cost_range", spread=largest)
    if status == "INFEASIBLE":
        return refused("redistribution.infeasible")
    return refused("redistribution.not_optimal", status=status)
