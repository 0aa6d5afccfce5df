"""Threads of the edge: they write files and do work that is given aside. They decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from values.aside import Aside

T = TypeVar("T")


@contextmanager
def threads(count: int) -> Iterator[Executor]:
    """Threads that are waited for at the end. What has not begun when something fails is not begun then."""
    with ThreadPoolExecutor(count) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def one_aside() -> Iterator[Aside]:
    """One thread beside this one, which does work in the order in which it is given."""
    with threads(1) as pool:

        def aside(work: Callable[[], T]) -> Callable[[], T]:
            return pool.submit(work).result

        yield aside
