"""Work that may be done beside other work. The library starts no thread; a face passes a way to do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Aside(Protocol):
    """Takes work and gives back how to ask for its result, which waits until it is there.

    Only pure work is given away: when and where it is done decides nothing. What it raises is raised
    where the result is asked for, or at once.
    """

    def __call__(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin the work."""


def at_once(work: Callable[[], T]) -> Callable[[], T]:
    """Do the work before anything else."""
    result = work()
    return lambda: result
