"""Which pack a tool works on: a reference, a day after `@`, readings by `--reading`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from values.problems import bad_input

if TYPE_CHECKING:
    from scoring.pack import Pack

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")

At = Annotated[
    str | None,
    typer.Option("--at", metavar="YYYY-MM-DD", help="The day whose version and parameters hold."),
]
Switches = Annotated[
    list[str] | None,
    typer.Option(
        "--reading", "--switch", metavar="SWITCH=READING", help="Another reading than the one chosen."
    ),
]


def chosen_pack(
    reference: str,
    at: str | None,
    switches: Sequence[str] | None,
    parameters: Sequence[str] | None = None,
) -> Pack:
    """The pack as it stands on a day and under readings; `PACK@2016-01-01` names the day too.

    Raises:
        BadInput: `policy.switch_form`, `.parameter_form`, `round.not_a_date`, `policy.not_in_force`; those of
            the pack.
    """
    from storage.packs import find_pack, read_pack

    name, day = _dated(reference)
    when = as_of_day(at) or day
    path, choices = find_pack(name, base=Path.cwd(), as_of=when), named_readings(switches)
    pack = read_pack(path, at=when, choices=choices, values=named_values(parameters))
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


def named_readings(given: Sequence[str] | None) -> dict[str, str]:
    """Readings by switch, as the command line gives them.

    Raises:
        BadInput: `policy.switch_form`.
    """
    return dict(_pair(text, "policy.switch_form") for text in given or ())


def named_values(given: Sequence[str] | None) -> dict[str, Decimal]:
    """Values by parameter, as the command line gives them.

    Raises:
        BadInput: `policy.parameter_form`.
    """
    pairs = [(*_pair(text, "policy.parameter_form"), text) for text in given or ()]
    return {name: _number(value, text) for name, value, text in pairs}


def _pair(text: str, code: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise bad_input(code, text=text)
    return name, value


def _number(value: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(value):
        raise bad_input("policy.parameter_form", text=text)
    return Decimal(value)
