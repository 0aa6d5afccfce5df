"""Where the engine gives something else than a worked case or round expects."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.case_forms import as_text


@dataclass(frozen=True)
class Difference:
    """What is expected, and what the engine gives instead."""

    name: str
    expected: str
    got: str


def differ(expected: object, got: object) -> bool:
    """A fact may have a member `unknown`, which is not what is not known."""
    return (expected is None) != (got is None) or shown(expected) != shown(got)


def shown(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    return str(as_text(value))
