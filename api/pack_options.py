"""Which pack a tool works on: a reference, a day after `@`, readings by `--switch`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from values.problems import bad_input

if TYPE_CHECKING:
    from scoring.pack import Pack

At = Annotated[
    str | None,
    typer.Option("--at", metavar="YYYY-MM-DD", help="The day whose version and parameters hold."),
]
Switches = Annotated[
    list[str] | None,
    typer.Option("--switch", metavar="SWITCH=READING", help="Another reading than the one chosen."),
]


def chosen_pack(reference: str, at: str | None, switches: Sequence[str] | None) -> Pack:
    """The pack as it stands on a day and under readings; `PACK@2016-01-01` names the day too.

    Raises:
        BadInput: `policy.switch_form`, `round.not_a_date`, `policy.not_in_force`; those of the pack.
    """
    from storage.packs import find_pack, read_pack

    name, day = _dated(reference)
    when = as_of_day(at) or day
    pack = read_pack(
        find_pack(name, base=Path.cwd(), as_of=when), at=when, choices=dict(map(_choice, switches or ()))
    )
    effective, policy = pack.policy.effective, pack.policy
    if when is not None and not effective.start <= when <= (effective.until or date.max):
        raise bad_input("policy.not_in_force", id=policy.id, at=when, start=effective.start)
    return pack


def _dated(reference: str) -> tuple[str, date | None]:
    name, _, day = reference.rpartition("@")
    try:
        return (name, date.fromisoformat(day)) if name else (reference, None)
    except ValueError:
        return reference, None


def as_of_day(text: str | None) -> date | None:
    """A day given on the command line.

    Raises:
        BadInput: `round.not_a_date`.
    """
    return _date(text) if text else None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_input("round.not_a_date", value=text) from None


def _choice(text: str) -> tuple[str, str]:
    name, sign, choice = text.partition("=")
    if not sign or not name or not choice:
        raise bad_input("policy.switch_form", text=text)
    return name, choice
