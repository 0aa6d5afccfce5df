"""Passwords: hashed with Argon2id, checked in the same time whoever is meant, never kept or told."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from values.problems import bad_input

SHORTEST, LONGEST = 12, 200
"""Characters of a password. Nothing else is asked of it; the upper end bounds the work."""

# The least that OWASP's password storage cheat sheet (2024) recommends for Argon2id: 19 MiB, two passes.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
AT_ONCE = BoundedSemaphore(os.cpu_count() or 1)
"""More at once would only take memory."""

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
GROUPS, GROUP = 4, 4  # 31^16: 79 bits


def hashed(password: str) -> str:
    """The Argon2id hash of a password, with its salt and parameters.

    Raises:
        BadInput: `service.password_length`.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise bad_input("service.password_length", least=SHORTEST, most=LONGEST)
    with AT_ONCE:
        return HASHER.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether a password has this hash; without one the work is the same, and the answer no."""
    with AT_ONCE:
        try:
            return HASHER.verify(kept or _nobodys(), password[: LONGEST + 1]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def new_password() -> str:
    """A password by chance, easy to read from paper."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


@lru_cache
def _nobodys() -> str:
    return HASHER.hash(secrets.token_hex())
