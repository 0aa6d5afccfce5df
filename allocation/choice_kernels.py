"""What an offer with ceilings or reserves chooses from people in order. Written from the definitions alone.

`bits[i]` says which of the offer's categories the i-th person belongs to, the best-placed person first.
"""

from __future__ import annotations

import numpy as np

from allocation.arrays import Bool, Int64, Unsigned
from allocation.compiled import compiled


@compiled
def chosen_under_ceilings(bits: Unsigned, seats: Int64, room: int) -> Bool:
    """(people,) down the order, whoever's category is full is skipped, until the room is used."""
    chosen = np.zeros(bits.size, np.bool_)
    inside = np.zeros(seats.size, np.int64)
    taken = 0
    for i in range(bits.size):
        fits = taken < room
        for j in range(seats.size):
            if (np.int64(bits[i]) >> j) & 1 and inside[j] >= seats[j]:
                fits = False
        if fits:
            chosen[i] = True
            taken += 1
            for j in range(seats.size):
                inside[j] += (np.int64(bits[i]) >> j) & 1
    return chosen


@compiled
def chosen_with_reserves(bits: Unsigned, seats: Int64, room: int) -> tuple[Bool, int]:
    """(people,) first those who raise the number of reserve positions filled together, then by order.

    Also returns that number. It is the least, over all sets of categories, of their seats and the people
    chosen who belong to any other category (König): a person raises it if they do so for every set that
    attains it.
    """
    bound = seats_of_sets(seats)
    chosen = np.zeros(bits.size, np.bool_)
    filled = 0
    for i in range(bits.size):
        own = int(np.int64(bits[i]))
        if filled < room and raises(own, bound, filled):
            chosen[i] = True
            filled += 1
            for some in range(bound.size):
                if own & ~some != 0:
                    bound[some] += 1
    taken = filled
    for i in range(bits.size):
        if not chosen[i] and taken < room:
            chosen[i] = True
            taken += 1
    return chosen, filled


@compiled
def admitted_ahead_of(holders: Unsigned, own: int, seats: Int64, room: int, is_ceiling: bool) -> int:
    """The number, from 1, of the last holder whom somebody with these categories could come in ahead of.

    0: nobody of them gets in; one more than there are holders: everybody does. Standing better never hurts,
    so it is found by halving.
    """
    low, high = 0, holders.size + 1
    bits = np.empty(high, np.uint64)
    while low < high:
        middle = (low + high + 1) // 2
        bits[: middle - 1] = holders[: middle - 1]
        bits[middle - 1] = np.uint64(own)
        bits[middle:] = holders[middle - 1 :]
        if is_ceiling:
            chosen = chosen_under_ceilings(bits, seats, room)
        else:
            chosen, _ = chosen_with_reserves(bits, seats, room)
        if chosen[middle - 1]:
            low = middle
        else:
            high = middle - 1
    return low


@compiled
def seats_of_sets(seats: Int64) -> Int64:
    """The seats reserved for each set of categories; bit j of the index: the j-th belongs to it."""
    bound = np.zeros(1 << seats.size, np.int64)
    for some in range(bound.size):
        for j in range(seats.size):
            if (some >> j) & 1:
                bound[some] += seats[j]
    return bound


@compiled
def raises(own: int, bound: Int64, filled: int) -> bool:
    """Whether a person with these categories lets one more position be filled."""
    raising = True
    for some in range(bound.size):
        raising = raising and not (bound[some] == filled and own & ~some == 0)
    return raising
