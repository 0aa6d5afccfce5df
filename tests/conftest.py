"""How much Hypothesis tries: `HYPOTHESIS_PROFILE` is dev (default), ci (repeatable) or thorough."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=15, derandomize=True, database=None)
settings.register_profile(
    "thorough", deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow]
)
os.environ["JIFEN_DEBUG"] = "1"  # an error that nobody foresaw fails a test with its traceback
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
