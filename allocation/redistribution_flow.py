"""Minimum-cost flow from groups of people to offers, by OR-Tools. Imported late: OR-Tools is heavy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from allocation.arrays import Int64
from values.problems import Refused, refused

Rows = NDArray[np.integer]


def least_cost_flow(
    *,
    tail: Rows,
    head: Rows,
    cost: Int64,
    supply: Rows,
    capacity: Rows,
) -> Int64:
    """How many people of group `tail` go to offer `head`, per pair, at least total cost.

    Every group's `supply` leaves it; no offer takes more than its `capacity`.

    Raises:
        Refused: `redistribution.infeasible`, `redistribution.cost_range`, `redistribution.not_optimal`.
    """
    flow = np.zeros(tail.size, np.int64)
    for pairs in _apart(tail, head, supply.size, capacity.size):
        group, own_tail = np.unique(tail[pairs], return_inverse=True)
        offer, own_head = np.unique(head[pairs], return_inverse=True)
        flow[pairs] = _solved(own_tail, own_head, cost[pairs], supply[group], capacity[offer])
    if flow.sum() != supply.sum():  # a group without any pair is in no part
        raise refused("redistribution.infeasible")
    return flow


def _apart(tail: Rows, head: Rows, groups: int, offers: int) -> list[NDArray[np.intp]]:
    """The pairs of each part of the market that shares no offer with another: small flows are cheap."""
    part, found = np.arange(offers), np.full(groups, offers)
    while True:
        np.minimum.at(found, tail, part[head])
        least = part.copy()
        np.minimum.at(least, head, found[tail])
        least = least[least]
        if (least == part).all():
            break
        part = least
    order = np.argsort(part[head], kind="stable")
    return np.split(order, np.flatnonzero(np.diff(part[head][order])) + 1)


def _solved(tail: Rows, head: Rows, cost: Int64, supply: Rows, capacity: Rows) -> Int64:
    """The flow of one part. Raises as `least_cost_flow`."""
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
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def _refusal(status: str, largest: int) -> Refused:
    """What the solver's status means for the office."""
    if status == "BAD_COST_RANGE":
        return refused("redistribution.cost_range", spread=largest)
    if status == "INFEASIBLE":
        return refused("redistribution.infeasible")
    return refused("redistribution.not_optimal", status=status)
