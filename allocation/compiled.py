"""Array kernels compiled by numba. Only modules of kernels import this, and those are imported late.

The machine code is kept beside the source in `__pycache__`; where that directory cannot be written
(a read-only installation) numba keeps it in the directory named by the setting NUMBA_CACHE_DIR or in
the user's cache directory, and where nothing can be written every process compiles anew (seconds).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """The function as machine code that runs without the interpreter lock."""
    return _compiled(function, inside_callers=False)


def compiled_into_callers(function: Kernel) -> Kernel:
    """The same for what runs millions of times inside another kernel: its arrays are not passed each time."""
    return _compiled(function, inside_callers=True)


def _compiled(function: Kernel, *, inside_callers: bool) -> Kernel:
    try:
        return cast(Kernel, njit(cache=True, nogil=True, forceinline=inside_callers)(function))
    except RuntimeError:  # numba found no directory it may write to
        return cast(Kernel, njit(nogil=True, forceinline=inside_callers)(function))
