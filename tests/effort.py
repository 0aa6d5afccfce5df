"""How much a property tries, as the Hypothesis profile asks: fewer whole rounds, more small markets."""

from __future__ import annotations

from hypothesis import settings

_USUAL = settings.default.max_examples if settings.default is not None else 50

WHOLE_ROUNDS = settings(max_examples=max(6, _USUAL * 2 // 5))
"""Every example decides a round, writes a bundle and verifies it."""

SMALL_MARKETS = settings(max_examples=_USUAL * 4)
"""Every example is a handful of people and offers, compared with a slow code."""
