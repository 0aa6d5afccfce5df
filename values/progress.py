"""How long work reports itself. The library never prints; a face passes a callback."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, the steps done and the steps in total."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Report to nobody."""
