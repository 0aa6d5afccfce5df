"""Permits issued under earlier rules: how long they stay valid, and whether they are exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from residence.findings import Answer
from residence.rules import Rules


@dataclass(frozen=True)
class OldPermit:
    """An old permit on a day. `valid`: in its term. `exchange`: whether it may be exchanged now.

    `fee` of the exchange, `not_stated` if no text says; `target`: by when the office means to have
    exchanged all. `old`: whether it was issued before the rules, so that they say anything of it.
    """

    old: bool
    valid: bool
    exchange: Answer
    fee: str
    target: date | None
    cite: str


def old_permit_on(issued: date, expires: date, day: date, rules: Rules, *, eligible: Answer) -> OldPermit:
    """What becomes of a permit with a day of issue and a last day of validity.

    It stays valid to its last day. It is exchanged if its holder is eligible under the new rules
    (`eligibility.judge_application`), where a text speaks of exchange; whether one that has expired is
    exchanged no text says, so then the answer is not known.

    Raises:
        ValueError: it expires before it was issued.
    """
    if expires < issued:
        raise ValueError(f"a permit of {issued} cannot expire on {expires}")
    rule = rules.old_permits
    old = issued < date.fromisoformat(rule["issued_before"])
    valid = old and day <= expires
    exchange: Answer = "not_met"
    if old and rule["exchange"] != "none":
        exchange = eligible if valid or eligible == "not_met" else "unknown"
    fee = rule["exchange"] if rule["exchange"] != "none" else "not_stated"
    target = None if rule["target"] == "none" else date.fromisoformat(rule["target"])
    return OldPermit(old, valid, exchange, fee, target, rules.cites["old_permits"])
