"""How a command's process uses memory. Nothing here changes a result."""

from __future__ import annotations

import os


def reuse_freed_memory() -> None:
    """Let polars keep what it frees for ten seconds, not half of one: a large round soon takes it again.

    A million applicants then cost a quarter fewer page faults and 0.1 GB more. To be called before polars
    is loaded, which reads the variable (pola-rs/polars#18088); whoever has set it keeps their choice.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000")
