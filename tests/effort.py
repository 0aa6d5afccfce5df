"""How much a property tries, as the Hypothesis profile asks: less where an example costs much."""

from __future__ import annotations

from hypothesis import settings

_USUAL = settings.default.max_examples if settings.default is not None else 50

COSTLY = settings(max_examples=max(6, _USUAL * 2 // 5))
"""Every example decides and verifies a round, makes a whole pack, or runs a command."""

CHEAP = settings(max_examples=_USUAL * 4)
"""Every example is a handful of people and offers, compared with a slow code."""
